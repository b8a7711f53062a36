"""The numbers in the picture of a gradient check; nothing is drawn here."""

from dataclasses import dataclass
from textwrap import shorten

import numpy as np

from trainwell.diagnosis.gradient_verdict.comparison import TOLERANCE, Comparison, Status
from trainwell.diagnosis.gradient_verdict.step_curve import StepCurve
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.diagnosis.gradients.text import bugs_of, finding_lines, headline
from trainwell.types import FloatArray

MOST_BARS = 20
"""Arrays that have a row in the first panel; of more, the worst."""
MOST_SCATTERED = 5
"""Arrays that have points in the second panel."""
MOST_POINTS = 1500
MOST_CELLS = (300, 512)
"""Rows and columns of the map; of a larger array each cell shows the worst of several elements."""
_WIDTH = 128  # characters of a remark
_ONE_ROW = 64  # a longer vector is folded
_ROUNDING = 1000 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Bar:
    """The error of one array.

    Parameters
    ----------
    name : str
        Of the parameter.
    error : float or None
        Relative; ``None`` where nothing could be compared.
    status : Status
        The verdict.
    """

    name: str
    error: float | None
    status: Status


@dataclass(frozen=True, eq=False)
class Scatter:
    """The gradient that was given against the expected one.

    Parameters
    ----------
    name : str
        Of the parameter.
    expected, given : FloatArray of shape (n,)
        Shares of the largest expected number of the array.
    slope : float
        Of the line through zero that fits best.
    fits : bool
        Whether the points lie on that line.
    """

    name: str
    expected: FloatArray
    given: FloatArray
    slope: float
    fits: bool


@dataclass(frozen=True, eq=False)
class RatioMap:
    """Given over expected of one array, as rows and columns.

    Parameters
    ----------
    name : str
        Of the parameter.
    cells : FloatArray of shape (r, c)
        The ratio minus 1; NaN where both are zero, infinite where only the expected is,
        minus infinite where what was given is not finite.
    shape : tuple of int
        Of the array.
    block : tuple of int
        How many rows and columns stand behind one cell.
    """

    name: str
    cells: FloatArray
    shape: tuple[int, ...]
    block: tuple[int, int]


@dataclass(frozen=True, eq=False)
class GradientPanels:
    """What the picture of a gradient check shows.

    Parameters
    ----------
    title, remarks : str
        The verdict, and the bugs.
    verdict : str
        ``"PASS"``, ``"FAIL"`` or ``"UNDECIDED"``.
    bars : tuple of Bar
        Of the arrays, the worst ones if there are many, in their order.
    hidden : int
        How many arrays have no bar.
    tolerance, noise : float
        Relative error that passes; what rounding leaves.
    scatters : tuple of Scatter
        Of the wrong arrays; of the largest ones if none is wrong.
    unscattered : int
        How many wrong arrays have no points.
    ratios : RatioMap or None
        Of the worst array that can be compared.
    curve : StepCurve or None
        What steps of other sizes would have shown.
    """

    title: str
    remarks: str
    verdict: str
    bars: tuple[Bar, ...]
    hidden: int
    tolerance: float
    noise: float
    scatters: tuple[Scatter, ...]
    unscattered: int
    ratios: RatioMap | None
    curve: StepCurve | None


def gradient_panels(
    report: GradientReport, curve: StepCurve | None = None, *, tolerance: float = TOLERANCE
) -> GradientPanels:
    """Collect what the picture of a gradient check shows; nothing is drawn.

    Parameters
    ----------
    report : GradientReport
        What was found.
    curve : StepCurve or None, default=None
        From :func:`trainwell.diagnosis.gradients.step_curve`.
    tolerance : float, default=1e-7
        Relative error that passed.

    Returns
    -------
    GradientPanels
        Its numbers.
    """
    arrays = list(report.arrays.values())
    worst = sorted(arrays, key=_badness, reverse=True)
    shown = {found.name for found in worst[:MOST_BARS]}
    wrong = [found for found in worst if found.status is not Status.OK]
    drawable = [found for found in wrong or _largest(arrays) if _comparable(found)]
    bugs = bugs_of(report.findings)
    findings = [next(finding_lines(at, bug, report)).strip() for at, bug in enumerate(bugs[:2], 1)]
    lines = [shorten(line, _WIDTH, placeholder=" …") for line in findings]
    if len(bugs) > 2:
        lines[-1] += f"   ... and {len(bugs) - 2} more"
    disagreement = report.disagreement if np.isfinite(report.disagreement) else 0.0
    return GradientPanels(
        title=headline(report).removeprefix("GRADIENT CHECK").strip(),
        remarks="\n".join(lines),
        verdict=report.verdict,
        bars=tuple(_bar(found) for found in arrays if found.name in shown),
        hidden=len(arrays) - len(shown),
        tolerance=tolerance,
        noise=min(tolerance, max(_ROUNDING, disagreement)),
        scatters=tuple(map(_scatter, drawable[:MOST_SCATTERED])),
        unscattered=max(0, len(wrong) - len(drawable[:MOST_SCATTERED])),
        ratios=_ratios(drawable[0]) if drawable else None,
        curve=curve,
    )


def _bar(found: Comparison) -> Bar:
    return Bar(found.name, float(found.error) if np.isfinite(found.error) else None, found.status)


def _badness(found: Comparison) -> tuple[bool, float]:
    return found.status is not Status.OK, found.error


def _largest(arrays: list[Comparison]) -> list[Comparison]:
    """Return arrays with the most elements first."""
    return sorted(arrays, key=lambda found: -found.expected.size)


def _comparable(found: Comparison) -> bool:
    given = found.given
    return (
        given is not None
        and given.shape == found.expected.shape
        and given.size > 0
        and bool(np.isfinite(given).any())
    )


def _pair(found: Comparison) -> tuple[FloatArray, FloatArray]:
    assert found.given is not None  # noqa: S101 - only arrays that can be compared come here
    given = np.asarray(found.given, dtype=np.float64)
    return given, np.asarray(found.expected, dtype=np.float64)


def _scatter(found: Comparison) -> Scatter:
    given, expected = (array.ravel() for array in _pair(found))
    finite = np.isfinite(given)
    given, expected = given[finite], expected[finite]
    scale = float(np.abs(expected).max(initial=0.0)) or float(np.abs(given).max()) or 1.0
    given, expected = given / scale, expected / scale
    square = float(expected @ expected)
    slope = float(given @ expected) / square if square else float("nan")
    residual = float(np.abs(given - slope * expected).max()) if square else float("inf")
    fits = residual <= 1e-6 * max(1.0, abs(slope))
    if given.size > MOST_POINTS:
        # The worst ones are among those that are drawn.
        bad = np.argsort(-np.abs(given - expected))[: MOST_POINTS // 3]
        even = np.linspace(0, given.size - 1, MOST_POINTS - bad.size).astype(int)
        kept = np.union1d(bad, even)
        given, expected = given[kept], expected[kept]
    return Scatter(found.name, expected, given, slope, fits)


def _ratios(found: Comparison) -> RatioMap:
    given, expected = _pair(found)
    negligible = 1e-13 * float(np.abs(expected).max(initial=0.0))
    with np.errstate(all="ignore"):
        ratio = given / expected - 1
    nothing = np.abs(expected) <= negligible
    ratio = np.where(nothing, np.where(np.abs(given) <= negligible, np.nan, np.inf), ratio)
    ratio = np.where(np.isfinite(given), ratio, -np.inf)
    table = _as_table(ratio)
    rows, columns = (-(-n // most) for n, most in zip(table.shape, MOST_CELLS, strict=True))
    return RatioMap(found.name, _worst(table, (rows, columns)), expected.shape, (rows, columns))


def _as_table(array: FloatArray) -> FloatArray:
    """Return an array as rows and columns; a long vector as one that is about square."""
    table = array.reshape(array.shape[0] if array.ndim > 1 else 1, -1)
    if min(table.shape) == 1:
        flat = table.ravel()
        if flat.size <= _ONE_ROW:
            return flat.reshape(1, -1)
        columns = int(np.ceil(np.sqrt(flat.size)))
        padded = np.full(columns * -(-flat.size // columns), np.nan)
        padded[: flat.size] = flat
        return padded.reshape(-1, columns)
    return table


def _worst(table: FloatArray, block: tuple[int, int]) -> FloatArray:
    """Return of each block the number that is furthest from zero."""
    rows, columns = block
    if rows == columns == 1:
        return table
    high, wide = (-(-length // step) for length, step in zip(table.shape, block, strict=True))
    padded = np.full((high * rows, wide * columns), np.nan)
    padded[: table.shape[0], : table.shape[1]] = table
    blocks = padded.reshape(high, rows, wide, columns).swapaxes(1, 2).reshape(high, wide, -1)
    far = np.where(np.isnan(blocks), -1.0, np.abs(blocks)).argmax(axis=-1)
    worst: FloatArray = np.take_along_axis(blocks, far[..., np.newaxis], axis=-1)[..., 0]
    return worst
