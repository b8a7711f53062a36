"""Functions of ``numpy.linalg`` and ``scipy.linalg`` with several results, or made of others."""

# ruff: noqa: ARG001, FBT002, FBT001 - handlers take the table, the recorder, and what NumPy takes

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers, values_of
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported


def _slogdet(f: Handlers, recorder: Recorder, a: Any) -> Any:
    """Record the logarithm; the sign has no derivative."""
    found = np.linalg.slogdet(values_of(a))
    return found._replace(logabsdet=recorder.traced(recorder.by_rule("slogdet", (a,))))


def _eigh(f: Handlers, recorder: Recorder, a: Any, UPLO: Any = "L") -> Any:
    found = np.linalg.eigh(values_of(a), UPLO)
    return found._replace(
        eigenvalues=f["eigvalsh"](recorder, a, UPLO),
        eigenvectors=f["eigenvectors"](recorder, a, UPLO),
    )


def _eigh_of_scipy(
    f: Handlers,
    recorder: Recorder,
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
) -> Any:
    if b is not None:
        raise Unsupported.operation("eigh of two matrices")
    triangle = "L" if lower else "U"
    if eigvals_only:
        return f["eigvalsh"](recorder, a, triangle)
    from scipy.linalg import eigh

    values, vectors = _eigh(f, recorder, a, triangle)
    own = eigh(values_of(a), lower=lower)[1]  # each up to its sign
    return values, vectors * np.sign(np.sum(own * values_of(vectors), axis=0))


def _svd(
    f: Handlers, recorder: Recorder, a: Any, full_matrices: bool = True, compute_uv: bool = True
) -> Any:
    if not compute_uv:
        return f["svdvals"](recorder, a)
    found = np.linalg.svd(values_of(a), full_matrices=full_matrices)
    singular = f["svdvals"](recorder, a)
    if full_matrices and a.shape[-2] != a.shape[-1]:  # vectors beside the matrix are not unique
        return found._replace(S=singular)
    return found._replace(
        U=f["left_singular_vectors"](recorder, a),
        S=singular,
        Vh=f["right_singular_vectors"](recorder, a),
    )


def _qr(f: Handlers, recorder: Recorder, a: Any, mode: str = "reduced") -> Any:
    if mode == "r":
        return f["qr_r"](recorder, a)
    if mode != "reduced" and not (mode == "complete" and a.shape[-2] == a.shape[-1]):
        raise Unsupported.operation(f"qr(mode={mode!r})")
    found = np.linalg.qr(values_of(a))
    return found._replace(Q=f["qr_q"](recorder, a), R=f["qr_r"](recorder, a))


def _lstsq(f: Handlers, recorder: Recorder, a: Any, b: Any, rcond: Any = None) -> Any:
    """Multiply by the pseudo-inverse; what else it returns has no derivative here."""
    found = np.linalg.lstsq(values_of(a), values_of(b), rcond=rcond)
    if found[2] < min(np.shape(values_of(a))):
        raise Unsupported.operation("lstsq of a matrix without full rank")
    return (f["matmul"](recorder, f["pinv"](recorder, a), b), *found[1:])


def _norm(
    f: Handlers,
    recorder: Recorder,
    x: Any,
    ord: Any = None,  # noqa: A002 - as NumPy calls it
    axis: Any = None,
    keepdims: Any = False,
) -> Any:
    vectors = x.ndim == 1 if axis is None else not isinstance(axis, tuple)
    if vectors and ord in (1, np.inf):
        size = recorder.traced(recorder.elementwise(np.absolute, (x,)))
        return f["sum" if ord == 1 else "max"](recorder, size, axis=axis, keepdims=keepdims)
    if x.ndim == 2 and axis is None and not keepdims and ord in _OF_SINGULAR:
        return f[_OF_SINGULAR[ord]](recorder, f["svdvals"](recorder, x))
    step = recorder.by_rule("norm", (x,), ord=ord, axis=axis, keepdims=keepdims)
    return recorder.traced(step)


_OF_SINGULAR = {2: "max", -2: "min", "nuc": "sum"}


def _condition(f: Handlers, recorder: Recorder, x: Any, p: Any = None) -> Any:
    if p not in (None, 2) or x.ndim != 2:
        raise Unsupported.operation(f"cond(p={p!r})")
    singular = f["svdvals"](recorder, x)
    return singular[0] / singular[-1]


def _upper_cholesky(f: Handlers, recorder: Recorder, a: Any, lower: bool = False, **_: Any) -> Any:
    """Return the factor as SciPy does: the upper one, made of the upper triangle."""
    if lower:
        return f["cholesky"](recorder, a)
    return f["swapaxes"](recorder, f["cholesky"](recorder, f["swapaxes"](recorder, a, 0, 1)), 0, 1)


def _cho_factor(f: Handlers, recorder: Recorder, a: Any, lower: bool = False, **_: Any) -> Any:
    return _upper_cholesky(f, recorder, a, lower), lower


def _solve_triangular(
    f: Handlers,
    recorder: Recorder,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    **_: Any,
) -> Any:
    if unit_diagonal:
        raise Unsupported.operation("solve_triangular(unit_diagonal=True)")
    triangle = f["tril" if lower else "triu"](recorder, a)
    if trans in (1, "T", 2, "C"):
        triangle = f["swapaxes"](recorder, triangle, 0, 1)
    return f["solve"](recorder, triangle, b)


def _cho_solve(f: Handlers, recorder: Recorder, c_and_lower: Any, b: Any, **_: Any) -> Any:
    factor, lower = c_and_lower
    first = _solve_triangular(f, recorder, factor, b, 0 if lower else 1, lower)
    return _solve_triangular(f, recorder, factor, first, 1 if lower else 0, lower)


def _solve(
    f: Handlers, recorder: Recorder, a: Any, b: Any, lower: bool = False, **settings: Any
) -> Any:
    """Solve as SciPy does: of what is said to be symmetric it reads one triangle."""
    if settings.pop("transposed", False):
        raise Unsupported.operation("solve with these arguments")
    if settings.get("assume_a") in _ONE_TRIANGLE:
        half, rest = (f["tril"], -1) if lower else (f["triu"], 1)
        other = f["swapaxes"](recorder, half(recorder, a, rest), -2, -1)
        a = half(recorder, a) + other
    return f["solve"](recorder, a, b)


_ONE_TRIANGLE = frozenset({"sym", "symmetric", "her", "hermitian", "pos", "positive definite"})


def _block_diag(f: Handlers, recorder: Recorder, *arrays: Any) -> Any:
    blocks = [f["atleast_2d"](recorder, each) if each.ndim < 2 else each for each in arrays]
    width = sum(each.shape[1] for each in blocks)
    rows, before = [], 0
    for each in blocks:
        behind = width - before - each.shape[1]
        sides = np.zeros((each.shape[0], before)), np.zeros((each.shape[0], behind))
        rows.append(f["concatenate"](recorder, [sides[0], each, sides[1]], 1))
        before += each.shape[1]
    return f["concatenate"](recorder, rows, 0)


COMPOSED_LINALG: dict[str, Callable[..., Any]] = {
    "slogdet": _slogdet,
    "eigh": _eigh,
    "eigh_of_scipy": _eigh_of_scipy,
    "eigvalsh_of_scipy": partial(_eigh_of_scipy, eigvals_only=True),
    "svd": _svd,
    "qr": _qr,
    "lstsq": _lstsq,
    "norm": _norm,
    "cond": _condition,
    "upper_cholesky": _upper_cholesky,
    "cho_factor": _cho_factor,
    "cho_solve": _cho_solve,
    "solve_triangular": _solve_triangular,
    "solve_of_scipy": _solve,
    "block_diag": _block_diag,
}
"""By the name of the function; of SciPy's that NumPy has, too, by one of ours."""
