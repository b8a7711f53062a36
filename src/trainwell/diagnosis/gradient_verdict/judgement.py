"""The verdict at one point: each gradient beside what is held to be right."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import (
    FLOOR,
    Comparison,
    Status,
    compared,
    length,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.reference import Reference
from trainwell.types import FloatArray

_MIXED = 1e6  # times another number of the same array


@dataclass(frozen=True, eq=False)
class Judgement:
    """The verdict at one point.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    reference : Reference
        What was held to be right.
    given : mapping of str to Any
        What the backward pass gave.
    arrays : mapping of str to Comparison
        The verdict on each parameter.
    reasons : tuple of str
        What explains a disagreement that is no bug, or why nothing could be decided.
    beside : Judgement, optional
        Of a point right beside one where the cost has a kink, if the gradient is wrong there, too.
    """

    calls: Calls
    reference: Reference
    given: Mapping[str, Any]
    arrays: Mapping[str, Comparison]
    reasons: tuple[str, ...] = ()
    beside: "Judgement | None" = None

    @property
    def verdict(self) -> str:
        """Return ``"PASS"``, ``"FAIL"`` or ``"UNDECIDED"``."""
        statuses = {found.status for found in self.arrays.values()}
        if statuses & {Status.WRONG, Status.MISSING, Status.SHAPE}:
            return "FAIL"
        return "UNDECIDED" if Status.UNDECIDED in statuses else "PASS"


def compared_all(
    given: Mapping[str, Any],
    expected: Mapping[str, FloatArray],
    tolerance: float,
    arrays: Mapping[str, FloatArray] | None = None,
) -> dict[str, Comparison]:
    """Compare each gradient that was given with the one that is expected.

    Parameters
    ----------
    given : mapping of str to Any
        What the backward pass gave for each parameter.
    expected : mapping of str to FloatArray
        What is held to be right.
    tolerance : float
        Relative error that passes.
    arrays : mapping of str to FloatArray, optional
        The parameters: where one has numbers of very different size, they are compared in the
        units of each, too.

    Returns
    -------
    dict of str to Comparison
        By the name of the parameter.
    """
    scale = scale_of_all(expected)
    # What is zero for a reason is rounded as the user's own numbers are, right or wrong.
    own = [each for each in given.values() if isinstance(each, np.ndarray) and each.dtype == float]
    sizes = [size for size in map(length, own) if np.isfinite(size)]
    scale = min(max([scale, *sizes]), scale / FLOOR)
    found = {
        name: compared(name, given.get(name), r, scale, tolerance) for name, r in expected.items()
    }
    for name, array in (arrays or {}).items():
        each = found[name]
        if each.status is Status.OK and each.given is not None and is_mixed(array):
            found[name] = _in_own_units(each, np.abs(array), tolerance)
    return found


def is_mixed(array: FloatArray) -> bool:
    """Say whether an array has numbers of very different size, as a vector of all parameters."""
    if array.ndim != 1 or array.size < 2:
        return False
    sizes = np.abs(array[array != 0])
    return bool(sizes.size > 1 and sizes.max() > _MIXED * sizes.min())


def _in_own_units(found: Comparison, units: FloatArray, tolerance: float) -> Comparison:
    """Compare once more what each number would change if it were moved by a part of itself."""
    given, expected = np.asarray(found.given), found.expected
    scaled = compared(found.name, given * units, expected * units, 0.0, tolerance)
    if scaled.status is Status.OK:
        return found
    return replace(found, status=Status.WRONG, error=scaled.error, wrong=scaled.wrong)


def undecided(judgement: Judgement, reason: str) -> Judgement:
    """Return that nothing can be said of what could be compared, and why.

    Parameters
    ----------
    judgement : Judgement
        What was compared.
    reason : str
        Why that shows nothing.

    Returns
    -------
    Judgement
        What is missing, or has another shape, stays so.
    """
    arrays = {
        name: replace(a, status=Status.UNDECIDED) if a.status in (Status.OK, Status.WRONG) else a
        for name, a in judgement.arrays.items()
    }
    return replace(judgement, arrays=arrays, reasons=(*judgement.reasons, reason))
