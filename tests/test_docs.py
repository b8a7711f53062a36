import doctest
import re
from pathlib import Path

import pytest
import typer

from trainwell.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "tutorials").glob("*.md")]


@pytest.mark.parametrize(
    "page", sorted(path.relative_to(ROOT / "docs").as_posix() for path in PAGES)
)
def test_the_examples_of_a_page_give_what_they_show(page: str) -> None:
    failures, _ = doctest.testfile(str(ROOT / "docs" / page), module_relative=False)
    assert failures == 0


def test_the_tour_of_the_library_has_examples() -> None:
    _, examples = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False)
    assert examples > 15


@pytest.mark.parametrize("page", ["gradient-checking.md", "tutorials/find-the-bug.md"])
def test_a_page_about_gradients_has_examples_and_its_links_lead_somewhere(page: str) -> None:
    path = ROOT / "docs" / page
    _, examples = doctest.testfile(str(path), module_relative=False)
    assert examples >= 5
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert links
    assert all((path.parent / link).is_file() for link in links if "://" not in link)


@pytest.mark.parametrize("page", ["gradient-checking.md", "tutorials/find-the-bug.md"])
def test_every_flag_of_the_check_that_a_page_names_is_one(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    command = typer.main.get_command(app).commands["check"]
    known = {name for option in command.params for name in option.opts} | {"--gradcheck-points"}
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text))
    assert named
    assert named <= {*known, "--help"}
