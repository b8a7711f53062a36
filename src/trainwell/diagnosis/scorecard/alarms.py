"""False alarms: right programs at ordinary points and at hostile ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.constants import common_lengths, shape_of
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.behaviour import cost_of, quiet
from trainwell.diagnosis.scorecard.programs import Program, load, program
from trainwell.randomness import generator
from trainwell.types import FloatArray

Params = dict[str, FloatArray]
Point = tuple[Params, tuple[FloatArray, ...]]
Change = Callable[[Point, np.random.Generator], Point]

ORDINARY = "ordinary"
"""The points that the programs draw themselves."""


@dataclass(frozen=True)
class Alarms:
    """What the checker said of a right program at points of one sort.

    Parameters
    ----------
    program : str
        Name of the program.
    held_out : bool
        Whether nothing was tuned on it.
    sort : str
        ``"ordinary"``, or one of :data:`HOSTILE`.
    checks : int
        How many points.
    failed : tuple of int
        Seeds of the points at which the verdict was FAIL: false alarms.
    undecided : tuple of int
        Seeds of those at which it was UNDECIDED.
    ended : tuple of int
        Seeds of those at which the check ended with an exception.
    left_out : int
        Points at which the cost or the program's own gradient is not finite.
    """

    program: str
    held_out: bool
    sort: str
    checks: int
    failed: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()
    ended: tuple[int, ...] = ()
    left_out: int = 0


def alarms(name: str, sort: str, seeds: Sequence[int]) -> Alarms:
    """Check a right program at points of one sort.

    Parameters
    ----------
    name : str
        Of a NumPy program.
    sort : str
        ``"ordinary"``, or one of :data:`HOSTILE`.
    seeds : sequence of int
        Of the points.

    Returns
    -------
    Alarms
        Counted and listed.
    """
    right = program(name)
    said: dict[str, list[int]] = {}
    for seed in seeds:
        said.setdefault(_verdict(right, sort, seed), []).append(seed)
    failed, undecided, ended, none = (
        tuple(said.get(word, ())) for word in ("FAIL", "UNDECIDED", "exception", "")
    )
    checks = len(seeds) - len(none)
    return Alarms(name, right.held_out, sort, checks, failed, undecided, ended, len(none))


def hostile_point(right: Program, sort: str, seed: int) -> Point:
    """Return parameters and data of one of the sorts of :data:`HOSTILE`.

    Parameters
    ----------
    right : Program
        A NumPy program.
    sort : str
        Which sort.
    seed : int
        Of the program's case, and of what the sort leaves to chance.

    Returns
    -------
    dict
        The parameters.
    tuple
        The data.
    """
    point = load(right.source, right.file)["case"](seed)
    return HOSTILE[sort](point, generator(seed, f"{sort} point of {right.name}"))


def _verdict(right: Program, sort: str, seed: int) -> str:
    """Return the verdict, ``"exception"``, or nothing where there is nothing to check."""
    namespace = load(right.source, right.file)
    with quiet(right):
        if sort == ORDINARY:
            params, data = namespace["case"](seed)
        else:
            params, data = hostile_point(right, sort, seed)
            result = namespace["cost"](params, *data)
            cache = result[1:] if isinstance(result, tuple) else ()
            gradient = namespace["grad"](params, *data, *cache)
            numbers = [cost_of(namespace, params, data), *gradient.values()]
            if not all(np.isfinite(each).all() for each in numbers):
                return ""
        try:
            numbers = namespace.get("HYPER", {})
            cost, grad = namespace["cost"], namespace["grad"]
            return check_gradients(cost, grad, params, data, hyperparams=numbers).verdict
        except Exception:  # noqa: BLE001 - whatever the checker lets through is counted
            return "exception"


def _kinks(point: Point, _: np.random.Generator) -> Point:
    """Zero all that is added, and one example: units without any input, exactly at their kink."""
    params, data = point
    lowest = {name for name, array in params.items() if name[0] == "b" or array.ndim < 2}
    kept = {n: np.zeros_like(a) if n in lowest else a for n, a in params.items()}
    if lowest == set(params):
        kept = dict(params)
    examples = common_lengths(data)
    changed, done = [], False
    for array in data:
        axes = [axis for axis, length in enumerate(shape_of(array)) if length in examples]
        if not done and axes and len(shape_of(array)) > 1 and _is_continuous(array):
            array = array.copy()  # noqa: PLW2901 - the program's own stays as it is
            np.moveaxis(array, axes[0], 0)[0] = 0
            done = True
        changed.append(array)
    return kept, tuple(changed)


def _is_real(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.dtype.kind == "f"


def _is_continuous(item: Any) -> bool:
    return _is_real(item) and not np.array_equal(item, np.round(item))


def _zero(point: Point, _: np.random.Generator) -> Point:
    params, data = point
    return {name: np.zeros_like(array) for name, array in params.items()}, data


def _saturation(point: Point, rng: np.random.Generator) -> Point:
    params, data = point
    factor = rng.uniform(10, 50)
    return {name: array * factor for name, array in params.items()}, data


def _scale(point: Point, rng: np.random.Generator) -> Point:
    params, data = point
    factor = 10 ** rng.uniform(-4, 4)
    return {name: array * factor for name, array in params.items()}, data


def _float32(point: Point, _: np.random.Generator) -> Point:
    params, data = point
    narrow = [item.astype(np.float32) if _is_real(item) else item for item in data]
    return {name: array.astype(np.float32) for name, array in params.items()}, tuple(narrow)


HOSTILE: dict[str, Change] = {
    "exact kinks": _kinks,
    "all parameters zero": _zero,
    "saturation, 10 to 50 times": _saturation,
    "scales of 1e-4 to 1e4": _scale,
    "float32": _float32,
}
"""Sorts of points that make checkers fail right code."""
