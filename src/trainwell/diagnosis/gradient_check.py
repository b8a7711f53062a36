"""Is a gradient the gradient of its cost? The course's number, and a verdict that holds.

The course compares the relative difference with 1e-7. Rounding alone can make it
larger (1.19e-7 in the course's own corrected exercise), and a wrong component can be
too small to show in it. The verdict here therefore looks at each component, and asks
whether its disagreement is more than the rounding of the cost explains.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.step_ladder import step_ladder
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.types import FloatArray

_MACHINE = float(np.finfo(np.float64).eps)
_SHOWN = 1e-7  # the course's threshold; a larger difference wants an explanation
MOST_HIDDEN = 0.01
"""A check that leaves more than this relative difference unexplained has shown nothing."""


def numerical_gradient(
    function: Callable[[FloatArray], float], theta: FloatArray, *, step: float | None = None
) -> FloatArray:
    r"""Return the gradient of a function by central differences.

    .. math:: g_i = \frac{f(\theta + h e_i) - f(\theta - h e_i)}{2 h}

    Parameters
    ----------
    function : callable
        Takes an array of the shape of ``theta``, returns a number; called twice for
        each component.
    theta : FloatArray
        Where; of any shape, not modified.
    step : float, optional
        :math:`h`, the same for all components, as in the course. By default
        :math:`h_i = \sqrt[3]{u} \max(1, |\theta_i|)` with the machine's precision
        :math:`u`, about 6e-6, and the distance of the two points as it is after rounding.

    Returns
    -------
    FloatArray of the shape of theta
        The gradient, in the units of the function per unit of ``theta``; float64.

    Raises
    ------
    ConfigurationError
        If ``step`` is not positive.
    DataError
        If ``theta`` is no array of real numbers.

    See Also
    --------
    trainwell.diagnosis.gradient_verdict.numerical.numerical_gradient : Takes dictionaries and
        objects, too, and gives each number an error bar.

    References
    ----------
    .. [1] W. H. Press, S. A. Teukolsky, W. T. Vetterling and B. P. Flannery, "Numerical
       Recipes", 3rd edition, 2007, equation 5.7.8: the step that balances bending
       against rounding.

    Examples
    --------
    A matrix has a gradient of its own shape:

    >>> import numpy as np
    >>> from trainwell.diagnosis.gradient_check import numerical_gradient
    >>> weights = np.array([[1.0, -2.0], [3.0, 400.0]])
    >>> numerical_gradient(lambda w: float((w**2).sum()), weights).round(3).tolist()
    [[2.0, -4.0], [6.0, 800.0]]
    """
    if step is not None and not step > 0:
        raise ConfigurationError.out_of_range("numerical_gradient", "step", step, "positive")
    try:
        theta = np.asarray(theta, dtype=np.float64)
    except (TypeError, ValueError):
        problem = f"must be one array of real numbers, got {type(theta).__name__}"
        raise DataError.in_array("numerical_gradient", "theta", problem) from None
    gradient = np.empty_like(theta)
    for i in range(theta.size):
        length = step or np.cbrt(_MACHINE) * max(1.0, abs(float(theta.flat[i])))
        above, below = theta.copy(), theta.copy()
        above.flat[i] += length
        below.flat[i] -= length
        distance = 2 * step if step else float(above.flat[i] - below.flat[i])
        gradient.flat[i] = (float(function(above)) - float(function(below))) / distance
    return gradient


def relative_difference(analytic: FloatArray, numeric: FloatArray) -> float:
    r"""Return how far two gradients are apart: 0 is equal, 1 is unrelated.

    .. math:: \frac{\lVert a - n \rVert_2}{\lVert a \rVert_2 + \lVert n \rVert_2}

    Parameters
    ----------
    analytic, numeric : FloatArray
        Two gradients of one shape.

    Returns
    -------
    float
        In [0, 1]; two gradients of zero are equal.

    Raises
    ------
    ShapeError
        If the shapes differ.

    References
    ----------
    .. [1] A. Ng, "Improving Deep Neural Networks", course notes on gradient checking.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradient_check import relative_difference
    >>> gradient = np.array([3.0, -4.0])
    >>> relative_difference(gradient, gradient), relative_difference(gradient, -gradient)
    (0.0, 1.0)
    >>> relative_difference(np.zeros(2), np.zeros(2))
    0.0
    """
    analytic, numeric = np.asarray(analytic), np.asarray(numeric)
    if analytic.shape != numeric.shape:
        raise ShapeError.mismatch(
            "relative_difference", "numeric", numeric.shape, str(analytic.shape)
        )
    size = float(np.linalg.norm(analytic.ravel()) + np.linalg.norm(numeric.ravel()))
    return float(np.linalg.norm((analytic - numeric).ravel())) / size if size else 0.0


@dataclass(frozen=True)
class GradientCheck:
    """What a gradient check has found.

    Parameters
    ----------
    difference : float
        The course's number: relative difference to central differences with the given
        step, rounding and all.
    settled : float
        The same, after each component in doubt was measured with its best step: what
        is left when rounding is out of the way.
    hidden : float
        The same without the components at a kink: how much may be wrong unseen.
    noise : float
        Rounding that one component of the central differences carries at least, in the
        units of the gradient.
    components : int
        How many there are.
    wrong : tuple of int
        Components (flat, from 0) whose disagreement rounding does not explain.
    kinks : tuple of int
        Components at a corner of the cost whose gradient lies between the two sides.
    worst : int
        The component with the largest disagreement, among the wrong ones if there are any.
    analytic, numeric : float
        The gradient that was given for the worst component, and the measured one.

    See Also
    --------
    check_gradient : Makes one.
    """

    difference: float
    settled: float
    hidden: float
    noise: float
    components: int
    wrong: tuple[int, ...]
    kinks: tuple[int, ...]
    worst: int
    analytic: float
    numeric: float

    @property
    def passed(self) -> bool:
        """Say whether every component was seen to be right."""
        return self.verdict == "PASS"

    @property
    def verdict(self) -> str:
        """Return ``"PASS"``, ``"FAIL"`` or, where rounding hides too much, ``"UNDECIDED"``."""
        if self.wrong:
            return "FAIL"
        return "PASS" if self.hidden <= MOST_HIDDEN else "UNDECIDED"

    @property
    def text(self) -> str:
        """Return the verdict and its reason as a person reads it."""
        number = f"relative difference {self.difference:.3g}"
        if self.verdict == "UNDECIDED":
            return (
                f"UNDECIDED: the cost is rounded so coarsely here that it cannot tell, {number}, "
                f"{self.hidden:.3g} at the best steps; check at another point."
            )
        if self.wrong:
            verb = "is" if len(self.wrong) == 1 else "are"
            return (
                f"FAIL: {len(self.wrong)} of {self.components} components {verb} wrong, {number}; "
                f"the worst is component {self.worst}, given {self.analytic:.6g}, "
                f"measured {self.numeric:.6g}."
            )
        sentence = f"PASS: all {self.components} components agree, {number}"
        if self.kinks:
            sentence += f" ({len(self.kinks)} at a kink of the cost, where both sides count)"
        elif self.difference > _SHOWN:
            sentence += f"; that is rounding of the cost, longer steps leave {self.settled:.3g}"
        return sentence + "."


def check_gradient(
    cost: Callable[[FloatArray], float],
    gradient: FloatArray | Callable[[FloatArray], FloatArray],
    theta: FloatArray,
    epsilon: float = 1e-7,
) -> GradientCheck:
    r"""Compare a gradient with central differences of its cost, component by component.

    First every component is measured with the step :math:`\varepsilon`, as in the
    course. The rounding of two costs and of one parameter explains a disagreement of

    .. math::

        \frac{u \, (|J| + |\theta_i g_i|)}{\varepsilon}

    with the machine's precision :math:`u`. A component that disagrees by more, or for
    which this is more than a hundredth of the largest component, is measured again with
    steps of eight sizes (:func:`step_ladder`): a cost may carry more rounding than its
    last digit, for example where it takes the logarithm of :math:`1 - a` with :math:`a`
    near 1. It is wrong if no step that agrees with its neighbours admits it, and if it is
    not at a kink. Where even the best steps leave a difference of more than a hundredth,
    the check is undecided.

    Parameters
    ----------
    cost : callable
        Takes an array of the shape of ``theta``, returns the cost; deterministic, so
        without dropout, or with the same masks in each call.
    gradient : FloatArray of the shape of theta, or callable
        The gradient that is to be checked, or the function that gives it at ``theta``.
    theta : FloatArray
        Where; of any shape, not modified.
    epsilon : float, default=1e-7
        The course's step, in the units of ``theta``; positive.

    Returns
    -------
    GradientCheck
        The course's number, the verdict, and the components that are wrong.

    Raises
    ------
    ConfigurationError
        If ``epsilon`` is not positive, or the cost at ``theta`` is not finite or not
        the same when it is computed again.
    ShapeError
        If the gradient does not have the shape of ``theta``, or ``theta`` is empty.

    Notes
    -----
    A gradient that is not finite is wrong. The cost is called twice for each component
    and sixteen times more for each component in doubt. A cost that has lost its digits
    altogether shows nothing: where a sigmoid is saturated so far that :math:`1 - a` has
    one or two digits left, and the cost takes its logarithm, a right gradient can fail.
    Check it at another point, or compute the cost from the logits.

    References
    ----------
    .. [1] A. Ng, "Improving Deep Neural Networks", course notes on gradient checking.
    .. [2] J. J. Moré and S. M. Wild, "Estimating derivatives of noisy simulations", ACM
       Transactions on Mathematical Software 38(3), 2012: the noise of a function
       decides which step can show what.

    Examples
    --------
    The difference cannot see one small wrong component; the verdict can:

    >>> import numpy as np
    >>> from trainwell.diagnosis.gradient_check import check_gradient
    >>> theta, scale = np.ones(3), np.array([1e6, 1.0, 1e-3])
    >>> right = 2 * scale * theta
    >>> wrong = right * np.array([1, 1, 2])
    >>> cost = lambda t: float(scale @ t**2)
    >>> check_gradient(cost, right, theta, epsilon=1e-3).verdict
    'PASS'
    >>> check = check_gradient(cost, wrong, theta, epsilon=1e-3)
    >>> check.verdict, check.wrong, check.difference < 1e-7
    ('FAIL', (2,), True)
    """
    theta, given = _checked(gradient, theta, epsilon)
    value, again = float(cost(theta.copy())), float(cost(theta.copy()))
    if not np.isfinite(value):
        raise ConfigurationError.out_of_range("check_gradient", "cost(theta)", value, "finite")
    if value != again:
        domain = "the same each time (freeze its random draws)"
        values = (value, again)
        raise ConfigurationError.out_of_range("check_gradient", "cost(theta)", values, domain)
    numeric = numerical_gradient(cost, theta, step=epsilon)
    bound = _MACHINE * (abs(value) + np.abs(theta * given)) / epsilon
    settled = numeric.copy()
    wrong: list[int] = []
    kinks: list[int] = []
    # Not "greater": a component that is not a number is in doubt, too.
    coarse = bound > MOST_HIDDEN * max(np.abs(given).max(), np.abs(numeric).max())
    for i in np.flatnonzero(~(np.abs(given - numeric) <= bound) | coarse).tolist():
        ladder, slope = step_ladder(cost, theta, i, value=value), float(given.flat[i])
        settled.flat[i] = ladder.slope
        if not ladder.admits(slope):
            (kinks if ladder.admits_at_kink(slope) else wrong).append(i)
    errors = np.abs(given - settled).ravel()
    errors[~np.isfinite(errors)] = np.inf
    worst = max(wrong or range(theta.size), key=lambda i: errors[i])
    smooth = np.setdiff1d(np.arange(theta.size), kinks)
    return GradientCheck(
        difference=relative_difference(given, numeric),
        settled=relative_difference(given, settled),
        hidden=relative_difference(given.ravel()[smooth], settled.ravel()[smooth]),
        noise=_MACHINE * abs(value) / epsilon,
        components=theta.size,
        wrong=tuple(wrong),
        kinks=tuple(kinks),
        worst=worst,
        analytic=float(given.flat[worst]),
        numeric=float(settled.flat[worst]),
    )


def _checked(
    gradient: FloatArray | Callable[[FloatArray], FloatArray], theta: FloatArray, epsilon: float
) -> tuple[FloatArray, FloatArray]:
    """Return ``theta`` and the gradient as float64, or refuse them."""
    if not epsilon > 0:
        raise ConfigurationError.out_of_range("check_gradient", "epsilon", epsilon, "positive")
    theta = np.asarray(theta, dtype=np.float64)
    if theta.size == 0:
        raise ShapeError.mismatch("check_gradient", "theta", theta.shape, "(P,) with P at least 1")
    given = np.asarray(gradient(theta.copy()) if callable(gradient) else gradient, np.float64)
    if given.shape != theta.shape:
        raise ShapeError.mismatch("check_gradient", "gradient", given.shape, str(theta.shape))
    return theta, given
