"""SciPy's functions of images, structured matrices and gamma functions, by other handlers."""

# ruff: noqa: ARG001 - handlers take the table, the recorder, and what SciPy takes

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers, arrayed, values_of
from trainwell.diagnosis.gradient_tape.decomposition_rules import rows_of
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced

_RIMS = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}
"""What is beside an image: in ``scipy.ndimage``, and in ``numpy.pad``."""


def _filtered(
    f: Handlers,
    recorder: Recorder,
    input: Any,  # noqa: A002 - as SciPy calls it
    weights: Any,
    output: Any = None,
    mode: str = "reflect",
    cval: float = 0.0,
    origin: int = 0,
    *,
    turned: bool = False,
) -> Any:
    """Correlate an image with weights, or convolve it; it keeps its shape."""
    if output is not None or np.ndim(origin) or mode not in _RIMS:
        raise Unsupported.operation("a filter of an image with these arguments")
    sizes = np.shape(values_of(weights))
    if origin and 1 in sizes:
        raise Unsupported.operation("a filter of an image with an origin")
    centres = [size // 2 - (1 - size % 2 if turned else 0) for size in sizes]
    centres = [centre - origin if turned else centre + origin for centre in centres]
    widths = [(centre, size - 1 - centre) for centre, size in zip(centres, sizes, strict=True)]
    if min(map(min, widths)) < 0:
        raise Unsupported.operation("a filter of an image with these arguments")
    settings = {"constant_values": cval} if _RIMS[mode] == "constant" else {}
    wide = f["pad"](recorder, input, widths, mode=_RIMS[mode], **settings)
    name = "convolve_along_all" if turned else "correlate_along_all"
    return f[name](recorder, wide, weights, "valid")


def _filtered_along(
    f: Handlers,
    recorder: Recorder,
    input: Any,  # noqa: A002
    weights: Any,
    axis: int = -1,
    *args: Any,
    turned: bool = False,
    **keywords: Any,
) -> Any:
    shape = [1] * input.ndim
    shape[axis] = -1
    across = f["reshape"](recorder, weights, tuple(shape))
    return _filtered(f, recorder, input, across, *args, turned=turned, **keywords)


def _toeplitz(f: Handlers, recorder: Recorder, c: Any, r: Any = None) -> Any:
    """Take the first column, and the first row behind it, along all diagonals."""
    first = f["ravel"](recorder, arrayed(f, recorder, c))
    rows = first.shape[0]
    row = first if r is None else f["ravel"](recorder, arrayed(f, recorder, r))
    columns = row.shape[0]
    line = f["concatenate"](recorder, [f["flip"](recorder, first), row[1:]])
    return line[np.arange(rows)[::-1, None] + np.arange(columns)]


def _lu_factor(f: Handlers, recorder: Recorder, a: Any, **_: Any) -> Any:
    from scipy.linalg import lu_factor

    return f["lu_packed"](recorder, a), lu_factor(values_of(a))[1]


def _lu_solve(
    f: Handlers, recorder: Recorder, lu_and_piv: Any, b: Any, trans: int = 0, **_: Any
) -> Any:
    packed, pivots = lu_and_piv
    order = rows_of(pivots)
    lower = f["tril"](recorder, packed, -1) + np.eye(len(pivots))
    upper = f["triu"](recorder, packed)
    if trans == 0:
        b = b[order]
        return f["solve"](recorder, upper, f["solve"](recorder, lower, b))
    found = f["solve"](recorder, lower.T, f["solve"](recorder, upper.T, b))
    return found[np.argsort(order)]


def _multigammaln(f: Handlers, recorder: Recorder, a: Any, d: Any) -> Any:
    r""":math:`\log \Gamma_d(a) = d (d - 1) / 4 \log \pi + \sum_j \log \Gamma(a - j / 2)`."""
    from scipy.special import gammaln

    found: Any = 0.25 * d * (d - 1) * np.log(np.pi)
    for j in range(int(d)):
        found = found + gammaln(a - 0.5 * j)
    return found


def _polygamma(f: Handlers, recorder: Recorder, n: Any, x: Any) -> Any:
    if is_traced(n) or not is_traced(x):
        raise Unsupported.operation("polygamma of a recorded order")
    from scipy.special import polygamma

    value, place = x.step.value, x.step
    pulls = (lambda g: g * polygamma(np.asarray(n) + 1, value),)
    call = partial(polygamma, n)
    return recorder.traced(
        recorder.general("polygamma", polygamma(n, value), call, (place,), pulls)
    )


COMPOSED_SCIPY: dict[str, Callable[..., Any]] = {
    "correlate_image": _filtered,
    "convolve_image": partial(_filtered, turned=True),
    "correlate_along": _filtered_along,
    "convolve_along": partial(_filtered_along, turned=True),
    "toeplitz": _toeplitz,
    "lu_factor": _lu_factor,
    "lu_solve": _lu_solve,
    "multigammaln": _multigammaln,
    "polygamma": _polygamma,
}
"""By the name of SciPy's function, or one of ours."""
