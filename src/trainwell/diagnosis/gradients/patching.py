"""The search for a patch of the user's source that makes wrong gradients right.

Every small change of the functions of the backward pass is tried, the simplest first, until the
gradients are those of the reference: program repair with an exact oracle.
"""

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from types import CodeType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradients.comparison import relative_error, scale_of_all
from trainwell.diagnosis.gradients.constants import Constants
from trainwell.diagnosis.gradients.deadline import Deadline
from trainwell.diagnosis.gradients.finding import Finding, confidence
from trainwell.diagnosis.gradients.patched import Source, replaced
from trainwell.diagnosis.gradients.patches import Patch, around, patches
from trainwell.diagnosis.gradients.signatures import factor_text, ratio
from trainwell.diagnosis.gradients.statements import statement_at
from trainwell.types import FloatArray

_RIGHT = 1e-8
"""Relative error of a gradient that a patch made right."""
_CLOSE = 0.06  # costs that do not differ
_COMPARED = 12
MOST = 3
"""Patches of one backward pass."""


@dataclass(frozen=True, eq=False)
class Patchable:
    """A backward pass that can be called with patched functions.

    Parameters
    ----------
    gradient : callable
        Calls forward and backward pass; gives the gradients by the name of their parameter.
    expected : mapping of str to FloatArray
        The right ones.
    sources : sequence of Source
        The functions that may be patched.
    constants : mapping of str to float
        Numbers with a name.
    sense : callable or None
        How many values of the backward pass are derivatives, as it stands.
    settled : frozenset of tuple
        File and line of statements that right gradients are made of.
    """

    gradient: Callable[[], Mapping[str, Any]]
    expected: Mapping[str, FloatArray]
    sources: Sequence[Source]
    constants: Mapping[str, float]
    sense: Callable[[], float] | None = None
    settled: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, eq=False)
class _Mended:
    """A patch, and the gradients that it makes right."""

    source: Source
    patch: Patch
    code: CodeType
    names: tuple[str, ...]
    told: str


def patched_findings(
    backward: Patchable,
    wrong: Sequence[str],
    seconds: float,
    dearest: float = np.inf,
    most: int = MOST,
) -> list[Finding]:
    """Return the statements whose patches make wrong gradients right.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    seconds : float
        How long to search.
    dearest : float, default=inf
        Cost of the patches that are looked at last.
    most : int, default=MOST
        How many patches together may mend what is wrong; if it is 1, one has to mend everything.

    Returns
    -------
    list of Finding
        One for each patch; together they account for what they affect.
    """
    deadline = Deadline(seconds)
    found: list[Finding] = []
    left = list(wrong)
    with ExitStack() as kept, _quietly():
        given = _gradient(backward)
        while left and len(found) < most:
            best = _simplest(backward, left, deadline, dearest, whole=most == 1)
            if best is None:
                break
            found.append(_finding(best, given or {}, backward, wrong))
            left = [name for name in left if name not in best.names]
            kept.enter_context(best.patch.applied())
            kept.enter_context(replaced(best.source.function, best.code))
    return found


@contextmanager
def _quietly() -> Iterator[None]:
    """Let patched functions print and warn without anybody hearing it."""
    with (
        redirect_stdout(StringIO()),
        redirect_stderr(StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _gradient(backward: Patchable) -> Mapping[str, Any] | None:
    try:
        return backward.gradient()
    except Exception:  # noqa: BLE001 - what a patched function raises is not foreseen
        return None


def _simplest(
    backward: Patchable, wrong: Sequence[str], deadline: Deadline, dearest: float, *, whole: bool
) -> _Mended | None:
    """Return the patch that mends the most; of several, the simplest that makes sense."""
    everything = [
        (source, patch)
        for source in backward.sources
        if not any(isinstance(node, ast.While) for node in ast.walk(source.tree))
        for patch in patches(around(source, backward.constants, tuple(backward.expected)))
    ]
    everything = [
        (source, patch)
        for source, patch in everything
        if patch.cost <= dearest
        and ((source.file, patch.statement.lineno) not in backward.settled or _is_mask(patch))
    ]
    everything.sort(key=lambda pair: pair[1].cost)
    best: list[_Mended] = []
    for source, patch in everything:
        done = bool(best) and len(best[0].names) == len(wrong)
        if deadline.passed or (done and patch.cost > best[0].patch.cost + _CLOSE):
            break
        mended = _tried(backward, source, patch, wrong)
        if mended is None or (whole and len(mended.names) < len(wrong)):
            continue
        if not best or len(mended.names) > len(best[0].names):
            best = [mended]
        elif len(mended.names) == len(best[0].names):
            best.append(mended)
    return _by_sense(backward, best) if best else None


def _is_mask(patch: Patch) -> bool:
    """Say whether a number too many makes a mask another one only where it is a factor."""
    compares = any(isinstance(node, ast.Compare) for node in ast.walk(patch.statement))
    return compares and patch.kinds[0] == "factor"


def _tried(
    backward: Patchable, source: Source, patch: Patch, wrong: Sequence[str]
) -> _Mended | None:
    """Return a patch if it mends something and breaks nothing."""
    with patch.applied():
        code = source.compiled()
    if code is None or code == source.function.__code__:
        return None
    with replaced(source.function, code):
        names = tuple(wrong)
        for _ in range(2):  # what is kept from call to call shows in the second one
            names = _right(backward, names, wrong)
            if not names:
                return None
    return _Mended(source, patch, code, names, patch.told())


def _right(backward: Patchable, names: Sequence[str], wrong: Sequence[str]) -> tuple[str, ...]:
    """Return which of some wrong gradients are right now; none if a right one is not."""
    given = _gradient(backward)
    if given is None:
        return ()
    scale = scale_of_all(backward.expected)
    right = tuple(name for name in names if _is_right(backward, given, name, scale))
    others = (name for name in backward.expected if name not in wrong)
    if right and all(_is_right(backward, given, name, scale) for name in others):
        return right
    return ()


def _is_right(backward: Patchable, given: Mapping[str, Any], name: str, scale: float) -> bool:
    expected = backward.expected[name]
    try:
        own = np.asarray(given.get(name), dtype=np.float64)
    except (TypeError, ValueError):
        return False
    if own.shape != expected.shape:
        return False
    return relative_error(own, expected, scale) <= _RIGHT


def _by_sense(backward: Patchable, found: Sequence[_Mended]) -> _Mended:
    """Return the patch with which most values of the backward pass are derivatives."""
    first = found[0].patch.cost
    close = [each for each in found if each.patch.cost <= first + _CLOSE][:_COMPARED]
    if len({each.patch.statement.lineno for each in close}) < 2 or backward.sense is None:
        return close[0]
    counts = []
    for each in close:
        with replaced(each.source.function, each.code):
            counts.append(backward.sense())
    return close[counts.index(max(counts))]


def _finding(
    best: _Mended, given: Mapping[str, Any], backward: Patchable, wrong: Sequence[str]
) -> Finding:
    patch = best.patch
    statement = statement_at(best.source.file, patch.statement.lineno)
    ratios = [_ratio(given.get(name), backward.expected[name]) for name in best.names]
    known = [c for c in ratios if c is not None]
    factor, message = patch.factor, best.told
    if len(known) == len(ratios) and np.ptp(known) <= 1e-9 * abs(known[0]):
        factor = known[0]
        if factor and not patch.message:
            message = f"{factor_text(factor, Constants(backward.constants, {}))}: {message}"
    kinds = patch.kinds
    if factor == -1 and "sign" in kinds:
        kinds = ("sign", *kinds)
    written = {n.attr for n in ast.walk(patch.statement) if isinstance(n, ast.Attribute)}
    if written & {"nan", "inf", "NaN", "Inf"}:
        kinds = ("not-finite", *kinds)
    ordered = tuple(dict.fromkeys(kinds))
    return Finding(
        target=statement.target,
        kind=ordered[0],
        factor=factor,
        statement=statement,
        message=message,
        confidence=confidence(patch.cost) if len(best.names) == len(wrong) else 0.9,
        affected=best.names,
        alternatives=ordered[1:4],
    )


def _ratio(given: Any, expected: FloatArray) -> float | None:
    """Return by what a gradient is too large, if it is a multiple of the right one."""
    own = np.asarray(given)
    comparable = own.shape == expected.shape and own.dtype.kind == "f" and np.isfinite(own).all()
    return ratio(own, expected) if comparable else None
