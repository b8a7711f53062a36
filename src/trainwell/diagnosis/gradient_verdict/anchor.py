r"""Is a gradient that of the untouched function? Random directions say no, or almost surely.

For a direction :math:`v \sim N(0, S^2)` an error :math:`e` of the gradient shows as
:math:`\langle e, v \rangle \sim N(0, \lVert S e \rVert^2)`, whatever its structure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.own_units import measured_slope
from trainwell.diagnosis.gradient_verdict.slopes import (
    Function,
    complex_slope,
    direction,
    pairing,
    spread_of,
)
from trainwell.types import FloatArray

TOLERANCES = (1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7)
"""Relative disagreements that rounding may explain, the strictest first."""
REVEALED = 1e-6
"""Relative error for which the probability of a miss is told."""
_ORDINARY = 1e-9  # a tolerance at which each direction counts in full


@dataclass(frozen=True)
class Anchor:
    """What random directions say of a reference.

    Parameters
    ----------
    confirmed : bool
        Whether all agreed.
    directions : int
        How many were drawn.
    tolerance : float
        Relative disagreement that was allowed.
    disagreement : float
        The largest that was seen, relative.
    method : str
        How the slopes were found.
    last : mapping of str to FloatArray
        The direction that was drawn last; to draw one takes as long as a forward pass.
    elsewhere : tuple of Calls and mapping, optional
        Another point, if they were drawn there, and the gradient that the backward pass gave there
        and they agreed with; at the given point it is that of the reference.
    """

    confirmed: bool
    directions: int
    tolerance: float
    disagreement: float
    method: str
    last: Mapping[str, FloatArray] = field(default_factory=dict, compare=False, repr=False)
    elsewhere: tuple[Calls, Mapping[str, FloatArray]] | None = field(
        default=None, compare=False, repr=False
    )

    @property
    def miss_probability(self) -> float:
        """Probability with which a reference that is wrong by 1e-6, relative, is confirmed."""
        return miss_probability(self.tolerance, REVEALED, self.directions)


def miss_probability(tolerance: float, error: float, directions: int) -> float:
    r"""Return a bound of the probability that random directions do not show an error.

    .. math:: P(|Z| \le \tau / \lVert e \rVert)^k
        \le \left(\sqrt{2 / \pi}\, \tau / \lVert e \rVert\right)^k

    Parameters
    ----------
    tolerance : float
        Disagreement that is allowed, relative to the gradient.
    error : float
        Length of the error, relative to the gradient, positive.
    directions : int
        Independent Gaussian directions, k.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> from trainwell.diagnosis.gradient_verdict.anchor import miss_probability
    >>> round(miss_probability(1e-9, 1e-6, 2), 9)
    6.37e-07
    """
    return min(1.0, sqrt(2 / np.pi) * tolerance / error) ** directions


def are_enough(drawn: int, tolerance: float, directions: int) -> bool:
    """Say whether some directions show as much as others would at a tolerance of 1e-9.

    Parameters
    ----------
    drawn : int
        How many agreed.
    tolerance : float
        So well.
    directions : int
        Those others.

    Returns
    -------
    bool
        By the probability of a miss.
    """
    enough = miss_probability(_ORDINARY, REVEALED, directions)
    return miss_probability(tolerance, REVEALED, drawn) <= enough


def anchored(
    function: Function,
    r: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    rng: np.random.Generator,
    directions: int = 2,
    *,
    analytic: bool = True,
) -> Anchor:
    """Compare a reference with the untouched function along random directions.

    Parameters
    ----------
    function : callable
        The untouched function.
    r : mapping of str to FloatArray
        The reference.
    arrays : mapping of str to FloatArray
        Where.
    rng : numpy.random.Generator
        Draws the directions.
    directions : int, default=2
        How many at most: fewer, where they agree so well that they show as much as so many
        would at a tolerance of 1e-9.
    analytic : bool, default=True
        Whether to try complex steps; where they disagree, differences have the last word.

    Returns
    -------
    Anchor
        Confirmed at the strictest tolerance at which all directions agree.
    """
    size = spread_of(r, arrays) or 1.0
    largest, methods, allowed, drawn = 0.0, set(), TOLERANCES[0], 0
    tolerance = TOLERANCES[-1]
    v: Mapping[str, FloatArray] = {}
    while drawn < directions and not are_enough(drawn, tolerance, directions):
        drawn += 1
        v = direction(arrays, rng)
        promised, unit = pairing(r, v), size
        slope = complex_slope(function, arrays, v) if analytic else None
        if slope is None or not abs(slope.value - promised) <= TOLERANCES[-1] * size:
            slope, promised, unit = measured_slope(function, r, arrays, v, size)
        methods.add(slope.method)
        largest = max(largest, abs(slope.value - promised) / unit)
        # A difference that is within its own error bar says nothing against the reference.
        allowed = max(allowed, slope.bar / unit)
        tolerance = next((t for t in TOLERANCES if t >= max(allowed, largest)), TOLERANCES[-1])
        if allowed > TOLERANCES[-1]:
            tolerance = 2 * allowed
    confirmed = largest <= tolerance <= 1e-3
    return Anchor(confirmed, drawn, tolerance, largest, " and ".join(sorted(methods)), v)
