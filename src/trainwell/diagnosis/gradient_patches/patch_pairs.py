"""Two patches that make wrong gradients right only together.

What one patch does beside another is foreseen from what each does alone; what cannot be foreseen
is tried, first where one of them makes numbers right, or all wrong by one factor.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Patchable,
    Trial,
    gradient_of,
    mended,
    numbers_of,
    right,
    together,
)
from trainwell.randomness import generator
from trainwell.types import BoolArray, FloatArray

_EQUAL = 1e-8  # relative to the largest number
_FORESEEN = 1e-9  # of sums of numbers, which are compared instead of all of them
_MOST = 1500  # patches, the simplest
_TRIED = 100_000  # pairs
_FINITE = 8  # patches that make finite what is not
_CLOSE = 0.06  # costs that do not differ
_SPOILT = 0.1  # share of numbers on which one patch may show only beside the other

Pair = tuple[Trial, Trial]
Half = tuple[Trial, tuple[str, ...], Mapping[str, Any]]
"""A patch, the gradients that are wrong without it, and all gradients then."""


@dataclass(frozen=True, eq=False)
class Effects:
    """What patches make of some numbers, each patch alone.

    Parameters
    ----------
    rows : FloatArray, (patches, numbers)
        With each patch.
    base : FloatArray, (numbers,)
        Without any.
    expected : FloatArray, (numbers,)
        The right ones.
    costs : FloatArray, (patches,)
        Of the patches.
    factors : sequence of float or None
        By what a patch divides a value, where it does.
    """

    rows: FloatArray
    base: FloatArray
    expected: FloatArray
    costs: FloatArray
    factors: Sequence[float | None]


def simplest_pair(
    backward: Patchable, wrong: Sequence[str], trials: Sequence[Trial], deadline: Deadline
) -> tuple[Half, ...]:
    """Return two patches that together make all wrong gradients right.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    trials : sequence of Trial
        What each patch does alone, the simplest first.
    deadline : Deadline
        When to end.

    Returns
    -------
    tuple of Half
        Two of them, the first statement first; none if no two were found.
    """
    base = numbers_of(backward, gradient_of(backward) or {}, wrong)
    expected = numbers_of(backward, backward.expected, wrong)
    if base is None or expected is None:
        return ()
    if not np.isfinite(base).all():
        pair = _behind_not_finite(backward, wrong, trials, deadline)
        return () if pair is None else _halves(backward, pair, wrong)
    distinct = _distinct(trials, base, expected)
    if len(distinct) < 2:
        return ()
    effects = Effects(
        np.array([trial.numbers for trial in distinct]),
        base,
        expected,
        np.array([trial.patch.cost for trial in distinct]),
        [trial.patch.factor for trial in distinct],
    )
    costs = effects.costs
    likely = sorted(foreseen(effects), key=lambda pair: costs[[*pair]].sum())
    best: Pair | None = None
    least = np.inf
    for one, two in chain(likely, unforeseen(effects)):
        if deadline.passed:
            break
        cost = costs[one] + costs[two]
        pair = (distinct[one], distinct[two])
        if cost < least - _CLOSE and _mends(backward, pair, wrong):
            best, least = pair, cost
    return () if best is None else _halves(backward, best, wrong)


def _behind_not_finite(
    backward: Patchable, wrong: Sequence[str], trials: Sequence[Trial], deadline: Deadline
) -> Pair | None:
    """Return a patch that makes everything finite, and one that makes it right then."""
    finite = [t for t in trials if t.numbers is not None and np.isfinite(t.numbers).all()]
    for pair in sorted(product(finite[:_FINITE], trials), key=_cost_of):
        if deadline.passed:
            break
        if pair[0] is not pair[1] and _mends(backward, pair, wrong):
            return pair
    return None


def _cost_of(pair: Pair) -> float:
    return pair[0].patch.cost + pair[1].patch.cost


def _distinct(trials: Sequence[Trial], base: FloatArray, expected: FloatArray) -> list[Trial]:
    """Return the simplest patch of each effect."""
    size = _EQUAL * max(float(np.abs(expected).max(initial=0.0)), 1e-300)
    found: dict[bytes, Trial] = {}
    for trial in trials:
        numbers = trial.numbers
        if numbers is None or not np.isfinite(numbers).all() or _same(numbers, base, size).all():
            continue
        found.setdefault((np.round(numbers / size) + 0.0).tobytes(), trial)
        if len(found) == _MOST:
            break
    return list(found.values())


def _same(one: FloatArray, two: FloatArray, size: float) -> BoolArray:
    return np.abs(one - two) <= size


def foreseen(effects: Effects) -> Iterator[tuple[int, int]]:
    r"""Yield the pairs whose common effect on numbers :math:`g` follows from those of each.

    .. math::
        g_{pq} = g_p + g_q - g, \qquad g_{pq} = g_p g_q / g, \qquad
        g_{pq} = r + (g_q - r) / c

    Two terms; two factors; and a factor :math:`c` too many of what :math:`q` changes, beside
    :math:`r = (c g_p - g) / (c - 1)`, which has not that factor.

    Parameters
    ----------
    effects : Effects
        Of the patches.

    Yields
    ------
    tuple of int
        Two rows.
    """
    rows, base, expected = effects.rows, effects.base, effects.expected
    weights = generator(0, "weights of numbers").uniform(0.5, 1.0, len(base))
    with np.errstate(all="ignore"):
        size = float(np.abs(expected) @ weights)
        yield from _partners((rows - base) @ weights, (expected - rows) @ weights, size)
        known = (base != 0) & (expected != 0) & np.isfinite(base)
        logarithms = np.log(np.abs(rows[:, known] / base[known])) @ weights[known]
        wanted = np.log(np.abs(expected[known] / base[known])) @ weights[known]
        yield from _partners(logarithms, wanted - logarithms, 1.0)
        c = np.array([c if c not in (None, 0, 1) else np.nan for c in effects.factors], dtype=float)
        rest = (c[:, None] * rows - base) / (c[:, None] - 1)
        wanted = (rest + c[:, None] * (expected - rest)) @ weights
        yield from _partners(rows @ weights, wanted, size)


def _partners(values: FloatArray, wanted: FloatArray, size: float) -> Iterator[tuple[int, int]]:
    """Yield for each wanted sum, of numbers of some size, the rows that have it."""
    order = np.argsort(values)
    found = values[order]
    slack = _FORESEEN * np.maximum(np.abs(wanted), size)
    low = np.searchsorted(found, wanted - slack)
    high = np.searchsorted(found, wanted + slack)
    for one in np.flatnonzero(np.isfinite(wanted) & (low < high)):
        for two in order[low[one] : high[one]]:
            if one != two:
                yield int(one), int(two)


def unforeseen(effects: Effects) -> Iterator[tuple[int, int]]:
    """Yield pairs that may mend each other's numbers: in turn the simplest and most useful.

    Parameters
    ----------
    effects : Effects
        Of the patches.

    Yields
    ------
    tuple of int
        Two rows: what one leaves as it was, the other has to make right.
    """
    rows, expected, costs = effects.rows, effects.expected, effects.costs
    size = _EQUAL * float(np.abs(expected).max(initial=0.0))
    wrong = (~_same(rows, expected, size)).astype(np.float32)
    kept = _same(rows, effects.base, size).astype(np.float32)
    # What the other one leaves alone has to be right with this one.
    spoilt = wrong @ kept.T
    spoilt = np.maximum(spoilt, spoilt.T) / len(expected)
    one, two = np.nonzero(np.triu(spoilt <= _SPOILT, 1))
    gains = np.array([_progress(row, expected) for row in rows])
    simple = costs[one] + costs[two] + spoilt[one, two]
    useful = simple - np.maximum(gains[one], gains[two])
    orders = (np.argsort(key, kind="stable")[:_TRIED] for key in (simple, useful))
    done: set[int] = set()
    for at in np.column_stack([*orders]).ravel().tolist():
        if at not in done:
            done.add(at)
            yield int(one[at]), int(two[at])


def _progress(numbers: FloatArray, expected: FloatArray) -> float:
    """Return the largest share of numbers that are too large by one factor."""
    known = expected != 0
    if not known.any():
        return 0.0
    ratios = np.round(numbers[known] / expected[known], 7)
    _, counts = np.unique(ratios[ratios != 0], return_counts=True)
    return float(counts.max(initial=0)) / len(ratios)


def _mends(backward: Patchable, pair: Pair, wrong: Sequence[str]) -> bool:
    with together(pair) as possible:
        found = mended(backward, wrong) if possible else None
    return found is not None and len(found[0]) == len(wrong)


def _halves(backward: Patchable, pair: Pair, wrong: Sequence[str]) -> tuple[Half, ...]:
    found: list[Half] = []
    for trial, other in (pair, pair[::-1]):
        with together([other]):
            given = gradient_of(backward) or {}
            others = right(backward, given, wrong, wrong)
        # Where memory that nothing writes holds what it held before, half seems to be enough.
        own = tuple(name for name in wrong if name not in others) or tuple(wrong)
        found.append((trial, own, given))
    return tuple(sorted(found, key=lambda half: half[0].patch.statement.lineno))
