"""Checks the Jacobian of a function of several numbers: random weights make a cost of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_verdict.calls import Generators, positional, reachable
from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients.arranged import pairing
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.gradients.named_data import arranged
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.errors import ConfigurationError
from trainwell.randomness import generator
from trainwell.types import FloatArray

_ROWS = 64  # are looked at one by one, at most
_LISTED = 8  # rows that are told
_ALIKE = 1e3  # how much larger than another one a row may be


def check_jacobian(
    f: Callable[..., Any],
    jacobian: Callable[..., Any],
    params: Any,
    data: Any = (),
    *,
    seed: int = 0,
    **settings: Any,
) -> GradientReport:
    r"""Check a hand-written Jacobian, and say which line is wrong and how.

    Gaussian weights :math:`u` make the cost :math:`\langle f(x), u \rangle`, whose gradient is
    :math:`J^\top u`: one check sees every element of it. Rows of very different size are weighed
    so that they count alike. Then the rows that are wrong are told.

    Parameters
    ----------
    f : callable
        ``f(params, *data)`` returns an array, or a list or tuple of numbers, as
        ``scipy.optimize.least_squares`` takes it.
    jacobian : callable
        ``jacobian(params, *data)`` returns :math:`\partial f_i / \partial x_j`: the shape of what
        ``f`` returns, then that of the parameters, or a matrix with a row for each number that
        ``f`` returns. Of several parameters one such array each; also a sparse matrix.
    params : FloatArray, sequence, mapping or object
        The parameters, as :func:`check_gradients` takes them. Not modified.
    data : tuple or mapping, default=()
        What both functions take after the parameters. Not modified.
    seed : int, default=0
        Of the weights, and of the random directions and points.
    **settings
        Further settings of :func:`check_gradients`, such as ``hyperparams`` and ``points``.

    Returns
    -------
    GradientReport
        On :math:`J^\top u`.

    Raises
    ------
    ConfigurationError
        If ``f`` returns no floating-point numbers, or a setting is outside its domain.

    See Also
    --------
    check_gradients : Checks the gradient of a cost.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradients.jacobian import check_jacobian
    >>> def polar(x):
    ...     return np.array([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])
    >>> def jac(x):
    ...     return np.array([[np.cos(x[1]), x[0] * np.sin(x[1])],
    ...                      [np.sin(x[1]), x[0] * np.cos(x[1])]])
    >>> report = check_jacobian(polar, jac, np.array([2.0, 0.7]))
    >>> report.verdict, report.reasons[0]
    ('FAIL', 'wrong in row 0 of 2')
    """
    cost, grad, (*data, weights) = as_cost(f, jacobian, params, data, seed)
    shape = weights.shape

    def checked(u: FloatArray, **more: Any) -> GradientReport:
        every = {"seed": seed, **settings, **more}
        return check_gradients(cost, grad, params, (*data, u), **every)

    report = checked(weights)
    if report.verdict != "FAIL":
        return report
    shapes = [a for a in report.arrays.values() if a.status is Status.SHAPE]
    if shapes:
        return _of_another_shape(report, shape)
    quick = {"diagnose": False, "points": 1, "directions": 1}
    rows = np.ndindex(shape) if 1 < weights.size <= _ROWS else iter(())
    wrong = [row for row in rows if checked(_unit(shape, row), **quick).verdict == "FAIL"]
    return replace(report, reasons=(*_told(wrong, weights.size), *report.reasons))


def as_cost(
    f: Callable[..., Any], jacobian: Callable[..., Any], params: Any, data: Any, seed: int
) -> tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]:
    r"""Return :math:`\langle f(x), u \rangle` and :math:`J^\top u` with their data, u the last.

    Parameters
    ----------
    f, jacobian : callable
        As :func:`check_jacobian` takes them.
    params : Any
        The parameters.
    data : tuple or mapping
        What both take beside them.
    seed : int
        Of the weights u.

    Returns
    -------
    cost, grad : callable
        As :func:`check_gradients` takes them.
    data : tuple
        What both take beside the parameters.

    Raises
    ------
    ConfigurationError
        If ``f`` returns no floating-point numbers.
    """
    f, jacobian, ordered = arranged(f, jacobian, data)
    count = len(ordered)
    parameters = Parameters.of(params)
    in_one = isinstance(params, list) or len(parameters.arrays) == 1

    def called(function: Callable[..., Any]) -> Any:
        point = parameters.rebuilt(lambda name: parameters.arrays[name].copy())
        return function(point, *deep_copy(ordered))

    sources = [*reachable(f), *reachable(jacobian)]
    generators = Generators([params, ordered, sources])
    shape = _shape(called(f))
    generators.restore()
    given = called(jacobian)
    generators.restore()
    weights = generator(seed, "check of a gradient").standard_normal(shape)
    weights /= _sizes(_as_rows(given, weights) if in_one else given, shape)

    def cost(params: Any, *given: Any) -> Any:
        result = f(params, *given[:count])
        result = _joined(result) if isinstance(result, list | tuple) else result
        return pairing([(result, given[count])])

    def grad(params: Any, *given: Any) -> Any:
        _ = sources  # the generators that both functions read are found through this
        found = jacobian(params, *given[:count])
        return _weighted(_as_rows(found, given[count]) if in_one else found, given[count])

    # Neither takes more than that: what takes anything would be given what the cost has kept.
    own = positional(f)
    names = own if len(own) == 1 + count else ("params", *(f"data_{at}" for at in range(count)))
    kind = Parameter.POSITIONAL_OR_KEYWORD
    arguments = Signature([Parameter(name, kind) for name in (*names, "weights_of_the_rows")])
    for function in (cost, grad):
        setattr(function, "__signature__", arguments)  # noqa: B010 - unknown to the type checker
    return cost, grad, (*ordered, weights)


def _joined(numbers: Sequence[Any]) -> Any:
    """Return numbers as an array, so that the tape can follow it."""
    return np.stack([*numbers])


def _as_rows(jacobian: Any, u: FloatArray) -> Any:
    """Return a tuple of rows, as ``fsolve`` takes it, as a list."""
    if not isinstance(jacobian, tuple) or len(jacobian) != u.size:
        return jacobian
    return [*jacobian]


def _weighted(jacobian: Any, u: FloatArray) -> Any:
    r"""Return :math:`J^\top u` of each Jacobian, in the structure in which they are returned."""
    if isinstance(jacobian, Mapping):
        return {name: _weighted(each, u) for name, each in jacobian.items()}
    if isinstance(jacobian, tuple):
        return tuple(_weighted(each, u) for each in jacobian)
    matrix = np.asarray(_plain(jacobian))
    if matrix.shape[: u.ndim] == u.shape:
        return np.tensordot(u, matrix, u.ndim)
    if matrix.ndim and len(matrix) == u.size:
        return np.tensordot(u.ravel(), matrix, 1)
    return matrix


def _sizes(jacobian: Any, shape: tuple[int, ...]) -> FloatArray:
    """Return how long each row is, where they are very different; otherwise 1."""
    parts = [*jacobian.values()] if isinstance(jacobian, Mapping) else [jacobian]
    parts = [*jacobian] if isinstance(jacobian, tuple) else parts
    sizes = np.ones(shape)
    matrices = [np.asarray(_plain(each)) for each in parts]
    if any(matrix.shape[: len(shape)] != shape for matrix in matrices):
        return sizes
    squares = [np.square(m.reshape(*shape, -1), dtype=np.float64).sum(axis=-1) for m in matrices]
    lengths = np.sqrt(sum(squares))
    known = lengths[(lengths > 0) & np.isfinite(lengths)]
    if not known.size or known.max() <= _ALIKE * known.min():
        return sizes
    sizes[...] = np.where((lengths > 0) & np.isfinite(lengths), lengths, np.median(known))
    return sizes


def _plain(jacobian: Any) -> Any:
    """Return a sparse matrix as an array, and what else there is as it is."""
    return jacobian.toarray() if hasattr(jacobian, "toarray") else jacobian


def _shape(result: Any) -> tuple[int, ...]:
    """Return the shape of what a function has returned: numbers that have a derivative."""
    values = np.asarray(result)
    if values.dtype.kind != "f" or not values.size:
        must = "an array of floating-point numbers, or a list of them"
        said = f"an array of {values.dtype}" if values.size else "nothing"
        raise ConfigurationError.out_of_range("check_jacobian", "f(params, *data)", said, must)
    return values.shape


def _unit(shape: tuple[int, ...], at: tuple[int, ...]) -> FloatArray:
    unit = np.zeros(shape)
    unit[at] = 1.0
    return unit


def _told(wrong: Sequence[tuple[int, ...]], count: int) -> tuple[str, ...]:
    """Say which rows are wrong."""
    if not wrong:
        return ()
    if len(wrong) == count:
        return (f"wrong in all {count} rows",)
    names = [str(row[0]) if len(row) == 1 else str(row) for row in wrong[:_LISTED]]
    more = f" and {len(wrong) - _LISTED} more" if len(wrong) > _LISTED else ""
    return (f"wrong in row{'s' if len(wrong) > 1 else ''} {', '.join(names)}{more} of {count}",)


def _of_another_shape(report: GradientReport, shape: tuple[int, ...]) -> GradientReport:
    """Say what shape a Jacobian has, and what it should have."""
    if len(report.arrays) > 1:
        return report
    (found,) = report.arrays.values()
    given, expected = np.asarray(found.given).shape, found.expected.shape
    given = given if len(given) > len(expected) else (*shape, *given)  # its rows were weighed
    right = (*shape, *expected)
    turned = ", which is its transpose" if given == right[::-1] else ""
    said = f"has shape {given}, not {right}{turned}"
    return replace(report, findings=tuple(replace(f, message=said) for f in report.findings))
