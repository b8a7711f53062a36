"""One partial derivative, measured with many steps, and what they have in common.

A central difference errs in two ways. With a long step the function bends; with a
short one its rounding is divided by next to nothing. No single step serves every
component, so a component in doubt is measured with all of them, and the estimates
that agree with their neighbours carry the verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainwell.types import FloatArray

_RUNGS = 10.0 ** -np.arange(1, 9)
_MACHINE = float(np.finfo(np.float64).eps)
# A step ten times as long errs a hundred times as much where the function bends, one ten
# times as short ten times as much where it is rounded: twice the distance to the farther
# neighbour is a wide bar.
_WIDTHS = 2.0
# A bend moves an estimate by one part in 200 of that bar; ten times more is not a bend.
_BENT = 1 / 20
# A bar wider than this share of the slope shows too little to contradict anything.
_LOOSEST = 1e-4


@dataclass(frozen=True)
class StepLadder:
    """Central differences of one component, from the longest step to the shortest.

    Parameters
    ----------
    slopes : tuple of float
        The central difference of each step.
    bars : tuple of float
        Half the width of the range in which the derivative is, according to the
        neighbouring steps and the rounding of the function; infinite at both ends.
    jumps : tuple of float
        Right difference minus left difference of each step: the bend of the function.

    See Also
    --------
    step_ladder : Measures one.
    """

    slopes: tuple[float, ...]
    bars: tuple[float, ...]
    jumps: tuple[float, ...]

    @property
    def best(self) -> int:
        """Return which step has the narrowest bar."""
        return int(np.argmin(self.bars))

    @property
    def slope(self) -> float:
        """Return the central difference of the best step."""
        return self.slopes[self.best]

    def admits(self, slope: float) -> bool:
        """Say whether ``slope`` may be the derivative, for all that rounding lets us see.

        The step with the narrowest bar decides. Where a longer step contradicts it,
        rounding has flattened part of the function for the shorter one, or a corner lies
        between them: then either may be right.
        """
        estimate, bar = self.slope, self.bars[self.best]
        return abs(slope - estimate) <= bar or any(
            abs(slope - other) <= width <= _LOOSEST * abs(other)
            and abs(other - estimate) > _BENT * width
            for other, width in zip(self.slopes, self.bars, strict=True)
        )

    def admits_at_kink(self, slope: float) -> bool:
        """Say whether the function has a corner here and ``slope`` lies between its sides.

        A corner keeps its jump when the step is shortened; a bend loses nine tenths. One
        that only steps longer than the best one reach is elsewhere, and excuses nothing.
        """
        return any(
            abs(jump) > 4 * bar
            and 0.5 < jump / (following or np.inf) < 2
            and abs(slope - estimate) <= abs(jump) / 2 + bar
            for estimate, bar, jump, following in zip(
                self.slopes[self.best : -1],
                self.bars[self.best : -1],
                self.jumps[self.best : -1],
                self.jumps[self.best + 1 :],
                strict=True,
            )
        )


def step_ladder(
    function: Callable[[FloatArray], float], theta: FloatArray, index: int, *, value: float
) -> StepLadder:
    r"""Measure one partial derivative with steps of 0.1 down to 1e-8.

    .. math::

        D_h = \frac{f(\theta + h e_i) - f(\theta - h e_i)}{2 h}, \qquad
        h = 10^{-k} \max(1, |\theta_i|), \quad k = 1, \dots, 8

    The bar of a step is twice the larger of its distances to the estimates of the next
    longer and the next shorter step, plus the rounding of two values of the function.

    Parameters
    ----------
    function : callable
        Takes an array of the shape of ``theta``, returns a number.
    theta : FloatArray
        Where; of any shape, not modified.
    index : int
        Which component, in the flat order of ``theta``.
    value : float
        ``function(theta)``, known to the caller.

    Returns
    -------
    StepLadder
        Sixteen values of the function, condensed.

    References
    ----------
    .. [1] C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances
       in Engineering Software 4(2), 1982: estimates of several steps, and the distance
       between neighbours as the error. There they are extrapolated; here they are not,
       since a function with corners has no series.

    Examples
    --------
    The derivative of the exponential at 1, to ten digits, without choosing a step:

    >>> import numpy as np
    >>> from trainwell.diagnosis.step_ladder import step_ladder
    >>> ladder = step_ladder(lambda x: float(np.exp(x[0])), np.ones(1), 0, value=np.e)
    >>> round(ladder.slope, 9), ladder.admits(np.e), ladder.admits(1.0001 * np.e)
    (2.718281828, True, False)
    """
    slopes, jumps, floors = [], [], []
    for rung in _RUNGS * max(1.0, abs(float(theta.flat[index]))):
        above, below = theta.copy(), theta.copy()
        above.flat[index] += rung
        below.flat[index] -= rung
        step = float(above.flat[index] - below.flat[index]) / 2  # what was added after rounding
        with np.errstate(all="ignore"):  # a long step may leave the function's domain
            right, left = float(function(above)), float(function(below))
        slopes.append((right - left) / (2 * step))
        jumps.append((right - 2 * value + left) / step)
        floors.append(_MACHINE * max(abs(right), abs(left)) / step)
    bars = _bars(np.array(slopes), np.array(floors))
    return StepLadder(tuple(slopes), tuple(bars.tolist()), tuple(jumps))


def _bars(slopes: FloatArray, floors: FloatArray) -> FloatArray:
    bars = np.full(len(slopes), np.inf)
    distances = np.abs(np.diff(slopes))
    inner = _WIDTHS * np.maximum(distances[:-1], distances[1:]) + floors[1:-1]
    # Where rounding has flattened the function a slope of zero agrees with itself.
    flattened = (slopes[1:-1] == 0) & np.any(slopes != 0)
    bars[1:-1] = np.where(np.isfinite(inner) & ~flattened, inner, np.inf)
    return bars
