"""What the README promises is there and runs."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from shlex import split

import pytest
import typer

from trainwell.cli.main import app

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def calls() -> Iterator[list[str]]:
    """Yield every call of our command, in blocks and between backticks, word by word."""
    lines = "\n".join(blocks("sh")).splitlines()
    inline = re.findall(
        r"`(trainwell [^`]+)`", re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    )
    for line in (*lines, *inline):
        for part in line.split("&&"):
            words = split(part)
            if words[:1] == ["trainwell"]:
                yield words[1:]


def run(code: str, folder: Path) -> str:
    """Run code in a process of its own, where a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    ).stdout


def test_the_two_commands_stand_there_word_for_word():
    first, second, *_ = blocks("sh")
    assert first == "pip install . && trainwell fit --demo\n"
    assert second == "pip install '.[test]' && pytest\n"


def test_what_the_two_commands_install_is_defined():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(need.startswith("pytest") for need in project["optional-dependencies"]["test"])
    assert project["scripts"]["trainwell"] == "trainwell.cli.main:main"
    assert project["readme"] == "README.md"


@pytest.mark.parametrize("words", list(calls()), ids=" ".join)
def test_every_command_is_understood(words):
    """The words are parsed, not run."""
    name, *arguments = words
    command = COMMANDS[name]
    asked = [word for word in arguments if word != "--help"]
    context = command.make_context(name, asked, resilient_parsing=len(asked) < len(arguments))
    assert context.params


def test_every_flag_that_the_text_names_is_one():
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", TEXT))
    known = {
        name for command in COMMANDS.values() for option in command.params for name in option.opts
    }
    assert named
    assert named <= {*known, "--help"}


def test_the_python_block_runs_as_it_stands_and_learns(tmp_path):
    (block,) = blocks("python")
    lines = [line.split() for line in run(block, tmp_path).splitlines()]
    assert [int(number) for number, _ in lines] == [50, 100, 150, 200]
    assert all(float(loss) < 0.3 for _, loss in lines)
    assert len([line for line in block.splitlines() if line.strip()]) <= 10


def test_the_added_line_of_a_notebook_registers_its_modules(tmp_path):
    (line,) = re.findall(r"`(import trainwell\.course;[^`]+)`", TEXT)
    run(f"{line}\nimport init_utils, reg_utils, gc_utils, opt_utils, testCases", tmp_path)


LINKS = re.findall(r"\]\(([^)\s]+)\)", TEXT)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_to_a_file(link):
    path, _, heading = link.partition("#")
    assert not path.startswith(("http", "/"))
    assert (ROOT / path).is_file()
    assert not heading


def test_every_program_between_backticks_is_there():
    assert "`bash .ci/run`" in TEXT
    assert (ROOT / ".ci" / "run").is_file()


def test_the_picture_has_words_for_those_who_do_not_see_it():
    ((words, path),) = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", TEXT)
    assert len(words) > 20
    assert path in LINKS
    assert "](" not in TEXT[: TEXT.index("![")], "the picture comes before the first link"
