"""The reproduction, run once through the command line for all tests that look at it."""

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache, partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from trainwell.cli.main import main
from trainwell.course import regularization, reproduction
from trainwell.course.reproduction import Result

FOOTBALL = Path(__file__).parents[3] / "shared" / "data" / "football.mat"
SHORT = 2000


class Reproduced(NamedTuple):
    """What one call of the command returned, printed, wrote and computed."""

    code: int
    out: str
    err: str
    page: str
    results: tuple[Result, ...]


@cache
def whole() -> Reproduced:
    """Run everything, with the course's football data where they are at hand."""
    results: list[Result] = []
    run = reproduction.reproduce

    def recorded(football: Any = None) -> Iterator[Result]:
        for result in run(football):
            results.append(result)
            yield result

    out, err = StringIO(), StringIO()
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("TRAINWELL_FOOTBALL", raising=False)
        patch.setattr(reproduction, "reproduce", recorded)
        football = ["--football", str(FOOTBALL)] if FOOTBALL.exists() else []
        with redirect_stdout(out), redirect_stderr(err):
            code = main(["reproduce", *football])
        page = Path("reproduction.html").read_text(encoding="utf-8")
    return Reproduced(code, out.getvalue(), err.getvalue(), page, tuple(results))


@cache
def functions() -> tuple[Result, ...]:
    """Return the cases that need no training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reproduction, "_CIRCLES", {})
        patch.setattr(reproduction, "_FOOTBALL", {})
        return tuple(reproduction.reproduce())


def short_field() -> tuple[Result, ...]:
    """Train shortly on the synthetic field."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reproduction, "_FUNCTIONS", {})
        patch.setattr(reproduction, "_CIRCLES", {})
        short = partial(regularization.iterations, num_iterations=SHORT)
        patch.setattr(regularization, "iterations", short)
        return tuple(reproduction.reproduce())
