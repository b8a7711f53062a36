"""The reproduction: run once for all tests that look at it, and results made up in no time."""

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import cache, partial
from io import StringIO
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest

from trainwell.cli.main import main
from trainwell.course import regularization, reproduction
from trainwell.course.descent import Experiment
from trainwell.course.published import Published
from trainwell.course.reproduction import Comparison, Result, Trained
from trainwell.data.dataset import Data

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

    def recorded(football: Any = None, engine: Any = None) -> Iterator[Result]:
        for result in run(football, engine):
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


def trained(case, costs=(0.7, 0.5)):
    x = np.array([[1.0, -1.0, 0.5, -0.5], [0.0, 1.0, -1.0, 0.5]])
    data = Data(x, np.array([[1.0, 0.0, 1.0, 0.0]]))
    parameters = {"W1": np.array([[2.0, 0.0]]), "b1": np.zeros((1, 1))}
    return Trained(case, data, data, Experiment(parameters, costs, 0.4), 1000)


def comparison(case, quantity, printed, computed, at=()):
    return Comparison(Published(case, quantity, tuple(printed), 1e-8, at), tuple(computed))


RESULTS = (
    Result("cost with L2", (comparison("cost with L2", "cost", [1.78], [1.780000004]),)),
    Result(
        "circles, large random",
        (
            comparison("circles, large random", "cost", [inf, 0.5], [inf, 0.500000001], (0, 1000)),
            comparison("circles, large random", "test predictions", [1, 0], [1, 0]),
        ),
        trained("circles, large random", (inf, 0.5)),
    ),
    Result(
        "football, L2",
        (comparison("football, L2", "test accuracy", [0.93], [0.93]),),
        trained("football, L2"),
    ),
)
SYNTHETIC = (*RESULTS[:2], replace(RESULTS[2], comparisons=()))
