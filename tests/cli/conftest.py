"""What the tests of the command line share: a call of it, small tables, a fitted model."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from trainwell.cli.main import main

TARGET = ("--target", "kind")
FEW_EPOCHS = ("--max-epochs", "3")


class Answer(NamedTuple):
    """What a call returned and printed."""

    code: int
    out: str
    err: str


Call = Callable[..., Answer]


def small_table(rows: int = 60) -> str:
    """Return a table with numbers, levels and missing cells whose class can be learnt."""
    draw = random.Random(0)  # noqa: S311 - no secret
    lines = ["length,width,colour,kind"]
    for _ in range(rows):
        kind = draw.choice(["elm", "oak"])
        length = draw.gauss(2 if kind == "elm" else 5, 1)
        width = "" if draw.random() < 0.1 else f"{draw.gauss(0, 1):.3f}"
        lines.append(f"{length:.3f},{width},{draw.choice(['red', 'green', 'blue'])},{kind}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def call(call_in_full: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return what runs ``trainwell`` in this process, without drawing pictures."""
    page = "trainwell.estimators.run_results.fit_page"
    monkeypatch.setattr(page, lambda summary: f"<!DOCTYPE html>{summary}")
    return call_in_full


@pytest.fixture
def call_in_full(capsys: pytest.CaptureFixture[str]) -> Call:
    """Return what runs ``trainwell`` in this process."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = main(arguments)
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def trees() -> str:
    """Return the text of a table whose column ``kind`` can be learnt."""
    return small_table()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trees: str) -> Path:
    """Return the working folder, with ``trees.csv`` in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trees.csv").write_text(trees, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a fit of ``trees.csv``, which stands beside it."""
    place = tmp_path_factory.mktemp("fitted")
    table, out = place / "trees.csv", place / "trees-fit"
    table.write_text(small_table(), encoding="utf-8")
    assert main(["fit", str(table), *TARGET, "--out", str(out), "--quiet", *FEW_EPOCHS]) == 0
    return out


def _content(place: Path) -> dict[str, bytes | None]:
    """Return every file of a folder and its folders; ``None`` stands for a folder."""
    return {
        str(path.relative_to(place)): path.read_bytes() if path.is_file() else None
        for path in sorted(place.rglob("*"))
    }


@pytest.fixture
def content() -> Callable[[Path], dict[str, bytes | None]]:
    """Return what lists a folder with every byte in it."""
    return _content


@pytest.fixture
def refused(call: Call, folder: Path) -> Callable[..., None]:
    """Return what checks that a call ends with one sentence and leaves nothing behind."""

    def check(*arguments: str, fragment: str) -> None:
        before = _content(folder)
        answer = call(*arguments)
        assert answer.code == 2, answer.err
        assert answer.err.startswith("trainwell: ")
        assert answer.err.count("\n") == 1, answer.err
        assert answer.err.endswith("\n")
        assert fragment in answer.err
        assert "Traceback" not in answer.err
        assert answer.out == ""
        assert _content(folder) == before

    return check


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what writes a program into the working folder, from its parts."""
    monkeypatch.chdir(tmp_path)

    def program(*parts: str, name: str = "net.py") -> str:
        Path(name).write_text("\n".join(parts), encoding="utf-8")
        return name

    return program


@pytest.fixture
def sentence(call_in_full: Call) -> Callable[..., str]:
    """Return what checks that ``trainwell check`` ends with one sentence, and returns it."""

    def refused(*arguments: str) -> str:
        answer = call_in_full("check", *arguments, "--quiet")
        assert (answer.code, answer.out) == (2, ""), answer
        assert answer.err.startswith("trainwell: ")
        assert answer.err.count("\n") == 1, answer.err
        assert "Traceback" not in answer.err
        return answer.err.removeprefix("trainwell: ").strip()

    return refused
