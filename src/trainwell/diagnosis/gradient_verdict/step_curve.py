"""How a difference errs with its step, and how fast Taylor's remainder falls.

With a long step the function bends; with a short one its rounding is divided by next to nothing.
The remainder of a right gradient falls with the square of the step, that of a wrong one with the
step itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters, gradient_of
from trainwell.diagnosis.gradient_verdict.slopes import (
    complex_slope,
    direction,
    ladder_slope,
    pairing,
)
from trainwell.randomness import generator
from trainwell.types import BoolArray, FloatArray

COURSE_STEP = 1e-7
"""The step of the course's check."""
_STEPS = 10.0 ** np.linspace(-1, -13, 37)  # three a decade; 1e-7 is one of them
_MACHINE = float(np.finfo(np.float64).eps)
_CLEAR = 1000.0  # a remainder this many times its rounding belongs to the line
_FITTED = 7  # steps, the shortest that are clear: a small mistake shows there first


@dataclass(frozen=True, eq=False)
class StepCurve:
    r"""A derivative along one random direction of length one, by steps of many sizes.

    Parameters
    ----------
    steps : FloatArray of shape (K,)
        Lengths of the steps, the longest first.
    errors : FloatArray of shape (K,)
        Of the central difference, relative to the slope.
    remainders : FloatArray of shape (K,) or None
        :math:`|J(\theta + h v) - J(\theta) - h \langle g, v \rangle|` relative to the slope,
        with the gradient g that was given; ``None`` if it gave none.
    order : float or None
        Exponent of the step in the remainder: 2 of a right gradient, 1 of a wrong one; ``None``
        where rounding hides it.
    slope : float
        The derivative.

    See Also
    --------
    step_curve : Measures one.
    """

    steps: FloatArray
    errors: FloatArray
    remainders: FloatArray | None
    order: float | None
    slope: float

    @property
    def best(self) -> int:
        """Return which step errs least."""
        return int(np.nanargmin(np.where(np.isfinite(self.errors), self.errors, np.inf)))

    @property
    def at_the_course_step(self) -> float:
        """Return the relative error with the course's step, 1e-7."""
        return float(self.errors[np.argmin(np.abs(np.log(self.steps / COURSE_STEP)))])


def step_curve(
    cost: Callable[..., Any],
    grad: Any,
    params: Any,
    data: tuple[Any, ...] = (),
    *,
    key: Any = "d{}",
    seed: int = 0,
) -> StepCurve:
    r"""Measure the derivative along a random direction with steps of many sizes.

    Parameters
    ----------
    cost : callable
        The forward pass, as for :func:`trainwell.diagnosis.gradients.check_gradients`.
    grad : callable, mapping, sequence or None
        The backward pass, its gradients, or nothing.
    params : mapping, sequence, object or FloatArray
        The parameters. Not modified.
    data : tuple, default=()
        What both functions take after the parameters. Not modified.
    key : str, callable or mapping, default="d{}"
        From the name of a parameter to that of its gradient.
    seed : int, default=0
        Of the direction.

    Returns
    -------
    StepCurve
        At the given point.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradients import step_curve
    >>> def cost(w):
    ...     return float(np.exp(w).sum())
    >>> right = step_curve(cost, np.exp, np.array([0.3, -0.2]))
    >>> wrong = step_curve(cost, lambda w: 2 * np.exp(w), np.array([0.3, -0.2]))
    >>> round(right.order, 1), round(wrong.order, 1)
    (2.0, 1.0)
    """
    given_data = tuple(data) if isinstance(data, tuple | list) else (data,)
    function = grad if callable(grad) else None
    calls = Calls(cost, function, Parameters.of(params), given_data)
    try:
        return _measured(calls, grad, key, generator(seed, "step curve"))
    finally:
        calls.generators.restore()


def _measured(calls: Calls, grad: Any, key: Any, rng: np.random.Generator) -> StepCurve:
    arrays = calls.parameters.arrays

    function = calls.cost_alone
    v = direction(arrays, rng)
    length = np.sqrt(sum(float(np.vdot(part, part)) for part in v.values())) or 1.0
    v = {name: part / length for name, part in v.items()}
    found = complex_slope(function, arrays, v)
    # A function that is not analytic, such as abs, has no derivative of this kind.
    ladder = ladder_slope(function, arrays, v)
    wide = 10 * ladder.bar + 1e-7 * abs(ladder.value)
    slope = found.value if found and abs(found.value - ladder.value) <= wide else ladder.value
    size = abs(slope) or 1.0

    def at(h: float) -> float:
        with np.errstate(all="ignore"):
            value = function(lambda name: arrays[name] + h * v[name])
        return float(np.real(np.asarray(value).reshape(())))

    middle = at(0.0)
    forward, backward = (np.array([at(sign * h) for h in _STEPS]) for sign in (1, -1))
    errors = np.abs((forward - backward) / (2 * _STEPS) - slope) / size
    promised = _promised(calls, grad, key, v)
    if promised is None:
        return StepCurve(_STEPS.copy(), errors, None, None, slope)
    remainders = np.abs(forward - middle - _STEPS * promised)
    rounding = _MACHINE * np.maximum(np.abs(forward), abs(middle))
    clear = np.isfinite(remainders) & (remainders > _CLEAR * rounding)
    return StepCurve(_STEPS.copy(), errors, remainders / size, _order(remainders, clear), slope)


def _order(remainders: FloatArray, clear: BoolArray) -> float | None:
    """Return the exponent of the step, fitted to the shortest steps that rounding spares."""
    end = clear.size if clear.all() else int(np.argmin(clear))
    used = slice(max(0, end - _FITTED), end)
    if end < 3:
        return None
    return float(np.polyfit(np.log(_STEPS[used]), np.log(remainders[used]), 1)[0])


def _promised(calls: Calls, grad: Any, key: Any, v: dict[str, FloatArray]) -> float | None:
    """Return the slope that the given gradient promises; ``None`` if an array is missing."""
    if grad is None:
        return None
    returned = grad
    if calls.grad is not None:
        _, cache = calls.value()
        returned = calls.gradients(cache)
    given = gradient_of(returned, calls.parameters, key)
    arrays = {}
    for name, part in v.items():
        array = given[name]
        if array is None or np.size(array) != part.size:
            return None
        arrays[name] = np.asarray(array, dtype=np.float64).reshape(part.shape)
    slope = pairing(arrays, v)
    return slope if np.isfinite(slope) else None
