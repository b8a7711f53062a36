"""Functions of NumPy that the tape makes of others: values, derivatives, and what is refused."""

import numpy as np
import pytest
from tape_cases import agrees, draw, recorded, weighted

from trainwell.diagnosis.gradient_tape.recorder import Unsupported


def put_along_axis(w, v):
    out = np.zeros((3, 5))
    at = np.argsort(w, axis=1)[:, :2]
    np.put_along_axis(out, at, w[:, :2] * v[:2], axis=1)
    flat = np.ones(4)
    np.put_along_axis(flat, np.array([2, 0]), v[:2], None)
    return weighted(out) + weighted(flat)


def put(w, v):
    out = w * 1
    np.put(out, [0, -1, 5], v[:3])
    np.put(out, [[1], [2]], v[3])
    return weighted(out)


def put_mask_and_place(w, v):
    out, other = w * 1, np.zeros_like(w)
    np.putmask(out, w > 0.5, w**2)
    np.putmask(other, w > 0.4, v[0])
    np.place(other, w > 0.7, 0.0)
    np.place(out, np.eye(3, 4, dtype=bool), v[:3])
    return weighted(out) + weighted(other)


def chosen(w, v):
    rows = np.compress([True, False, True], w, axis=0)
    flat = np.compress([False, True, True], w)
    return weighted(rows) + weighted(flat) + weighted(np.extract(w > 0.5, w * v))


def selected(w, v):
    return weighted(np.select([w > 0.7, w > 0.4], [w**2, w * v], default=v[0]))


def broadcast_together(w, v):
    a, b, c = np.broadcast_arrays(w, v, np.ones((2, 1, 1)))
    return weighted(a * b * c)


def unstacked(w, v):
    first, second, third = np.unstack(w)
    columns = np.unstack(w, axis=1)
    return weighted(first * second + third * v) + weighted(columns[2])


def convolved(w, v):
    total = 0.0
    for mode in ("full", "same", "valid"):
        total = total + weighted(np.convolve(w.ravel(), v, mode))
        total = total + weighted(np.convolve(v[:3], w.ravel(), mode))
    return total


def correlated(w, v):
    total = 0.0
    for mode in ("full", "same", "valid"):
        for length in (3, 4):
            total = total + weighted(np.correlate(w.ravel(), v[:length], mode))
    return total + weighted(np.correlate(v[:2], w[0], "full"))


def cumulative_products(w, v):
    return (
        weighted(np.cumprod(w, axis=1))
        + weighted(np.cumprod(w * v, axis=0))
        + weighted(w.cumprod())
    )


def areas(w, v):
    grid = np.array([0.0, 0.5, 0.7, 2.0])
    return (
        weighted(np.trapezoid(w))
        + weighted(np.trapezoid(w, grid))
        + weighted(np.trapezoid(w, dx=0.25, axis=0))
        + weighted(np.trapezoid(w, w**2 + v))
    )


def crossed(w, v):
    return weighted(np.cross(w[:, :3], v[:3])) + weighted(np.cross(w, w[::-1] ** 2, axis=0))


def kronecker(w, v):
    return weighted(np.kron(w, w[:2, :2])) + weighted(np.kron(v, v[:2]))


def many_products(w, v):
    square = w @ w.T
    return (
        weighted(np.linalg.multi_dot([w, w.T, w, v]))
        + weighted(np.linalg.matrix_power(square, 3))
        + weighted(np.linalg.matrix_power(square + np.eye(3), -2))
    )


def blocks(w, v):
    return weighted(np.block([[w, np.ones((3, 1))], [w[:1] * v, v[:1]]]))


def without_what_is_missing(w, v):
    gaps = np.where(w > 0.75, np.nan, w)
    return (
        weighted(np.nanmean(gaps, axis=0))
        + weighted(np.nanmean(np.where(w > 0.75, np.nan, w * v), axis=1, keepdims=True))
        + weighted(np.nanmax(gaps, axis=1))
        + weighted(np.nanmin(gaps, 0))
        + np.nanmean(gaps)
    )


def in_order(w, v):
    return (
        weighted(np.median(w, axis=1))
        + weighted(np.median(w, axis=0, keepdims=True))
        + np.median(w) * np.median(v[:3])
        + weighted(np.quantile(w, 0.3, axis=1))
        + weighted(np.percentile(w, 85, axis=0))
        + np.quantile(v, 1.0)
    )


def along_an_axis(w, v):
    rows = np.apply_along_axis(lambda row: row * v / row.sum(), 1, w)
    columns = np.apply_along_axis(lambda column: column[::-1] ** 2, 0, w)
    return weighted(rows) + weighted(columns) + weighted(np.apply_along_axis(np.sum, 0, w))


def differences_and_diagonals(w, v):
    return weighted(np.ediff1d(w)) + weighted(np.diagflat(v)) + weighted(np.diagflat(v, 1))


CASES = [
    put_along_axis,
    put,
    put_mask_and_place,
    chosen,
    selected,
    broadcast_together,
    unstacked,
    convolved,
    correlated,
    cumulative_products,
    areas,
    crossed,
    kronecker,
    many_products,
    blocks,
    without_what_is_missing,
    in_order,
    along_an_axis,
    differences_and_diagonals,
]


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_what_is_made_of_other_functions_has_their_derivative(function):
    agrees(function, draw((3, 4), 1), draw((4,), 2))


MADE = np.zeros(3)

REFUSED = {
    "put_along_axis into": lambda w: np.put_along_axis(MADE, np.array([0]), w[0, 0], 0),
    "put_along_axis(axis=None)": lambda w: np.put_along_axis(w, np.array([0]), 1.0, None),
    "put with": lambda w: np.put(w, [0, 1, 2], w[0, :2]),
    "putmask with": lambda w: np.putmask(w, w > 0, w[0]),
    "place with": lambda w: np.place(w, w > 0, w[0, :2]),
    "correlate": lambda w: np.correlate(w[0, :2], w[0], "valid"),
    "cross": lambda w: np.cross(w[:, :2], w[:, :2]),
    "kron": lambda w: np.kron(w, w[0]),
    "matrix_power": lambda w: np.linalg.matrix_power(w[:, :3], 0),
    "block": lambda w: np.block([w, w]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_derivative_here_is_refused_by_its_name(name):
    with pytest.raises(Unsupported, match=name.replace("(", r"\(").replace(")", r"\)")):
        recorded(lambda w: REFUSED[name](w * 1), [draw((3, 4), 1)])
