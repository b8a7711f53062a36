"""Checks the derivative rule of a vector-valued function: random cotangents make a cost of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.calls import Generators, reachable
from trainwell.diagnosis.gradients.arranged import pairing
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.errors import ConfigurationError
from trainwell.randomness import generator
from trainwell.types import FloatArray

COTANGENTS = 2
"""How many are drawn: each makes a cost of its own."""


def check_vjp(
    f: Callable[[Any], Any],
    vjp: Callable[[Any, Any], Any],
    x: Any,
    *,
    seed: int = 0,
    **settings: Any,
) -> GradientReport:
    r"""Check the derivative rule of a function that returns arrays, and name the faulty line.

    A Gaussian cotangent :math:`u` makes the cost :math:`J = \langle f(x), u \rangle`, whose
    gradient is what the rule returns for :math:`u`. So one check sees every element of it.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns an array, or a tuple of arrays.
    vjp : callable
        ``vjp(x, cotangent)`` returns the cotangent of ``x``, in its structure. The cotangent
        has the structure of what ``f`` returns.
    x : FloatArray, tuple, list or mapping
        Where; arrays of floating-point numbers are taken as float64. Not modified.
    seed : int, default=0
        Of the cotangents, and of the random directions and points.
    **settings
        Further settings of :func:`check_gradients`, such as ``hyperparams`` and ``points``.

    Returns
    -------
    GradientReport
        Of the cotangent that shows most; its arrays are called ``x``, or ``x[0]``, ...

    Raises
    ------
    ConfigurationError
        If ``f`` returns no floating-point array, or a setting is outside its domain.

    See Also
    --------
    check_gradients : Checks the gradient of a cost.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradients.vjp import check_vjp
    >>> def softmax(z):
    ...     e = np.exp(z - z.max(axis=-1, keepdims=True))
    ...     return e / e.sum(axis=-1, keepdims=True)
    >>> def right(z, u):
    ...     p = softmax(z)
    ...     return p * (u - (u * p).sum(axis=-1, keepdims=True))
    >>> def wrong(z, u):
    ...     p = softmax(z)
    ...     return p * (1 - p) * u
    >>> z = np.random.default_rng(0).normal(size=(4, 3))
    >>> check_vjp(softmax, right, z).verdict, check_vjp(softmax, wrong, z).verdict
    ('PASS', 'FAIL')
    """
    rng = generator(seed, "check of a gradient")
    sources = [*reachable(f), *reachable(vjp)]
    generators = Generators([x, sources])
    outputs = _shapes(f(_copied(x)))
    generators.restore()
    reports: list[GradientReport] = []
    for _ in range(COTANGENTS):
        u = [rng.standard_normal(shape) for shape in outputs]
        cost, grad = _as_cost(f, vjp, u, sources)
        reports.append(check_gradients(cost, grad, {"x": x}, seed=seed, **settings))
        if reports[-1].verdict == "FAIL":
            break
    return _worst(reports)


def _worst(reports: Sequence[GradientReport]) -> GradientReport:
    """Return the report that says most, with the time of all."""
    order = {"PASS": 0, "UNDECIDED": 1, "FAIL": 2}

    def weight(report: GradientReport) -> tuple[int, float]:
        return order[report.verdict], max(found.error for found in report.arrays.values())

    return replace(
        max(reports, key=weight),
        seconds=sum(report.seconds for report in reports),
        forward_equivalents=sum(report.forward_equivalents for report in reports),
    )


def _as_cost(
    f: Callable[[Any], Any],
    vjp: Callable[[Any, Any], Any],
    cotangents: Sequence[FloatArray],
    sources: Sequence[Any],
) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return cost and gradient of a function for one cotangent."""
    several: list[bool] = []

    def cost(params: Any) -> Any:
        y = f(params["x"])
        several[:] = [isinstance(y, tuple | list)]
        return pairing(zip(y if several[0] else (y,), cotangents, strict=True))

    def grad(params: Any) -> Any:
        _ = sources  # the generators that both functions read are found through this
        copies = tuple(u.copy() for u in cotangents)
        return {"x": vjp(params["x"], copies if several[0] else copies[0])}

    return cost, grad


def _shapes(y: Any) -> list[tuple[int, ...]]:
    parts = [np.asarray(part) for part in (y if isinstance(y, tuple | list) else (y,))]
    if not parts or any(part.dtype.kind != "f" for part in parts):
        raise ConfigurationError.out_of_range(
            "check_vjp", "f(x)", type(y).__name__, "a floating-point array, or a tuple of them"
        )
    return [part.shape for part in parts]


def _copied(x: Any) -> Any:
    if isinstance(x, dict):
        return {name: _copied(item) for name, item in x.items()}
    if isinstance(x, tuple | list):
        return type(x)(_copied(item) for item in x)
    return np.array(x, dtype=np.float64) if np.asarray(x).dtype.kind == "f" else x
