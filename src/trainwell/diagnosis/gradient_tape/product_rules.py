"""Derivatives of the operations that multiply arrays and add up the products.

A rule takes the values of the arguments and returns what came out with its *pulls*: functions
from the cotangent of the result to that of each argument, in their order.
"""

from collections.abc import Callable, Sequence
from functools import partial
from string import ascii_letters
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import Ruled, unbroadcast
from trainwell.types import FloatArray


def _matmul(a: FloatArray, b: FloatArray) -> Ruled:
    r""":math:`\bar{A} = \bar{Y} B^T, \quad \bar{B} = A^T \bar{Y}`."""
    y = np.matmul(a, b)
    if a.ndim == b.ndim == 2:
        return y, (lambda g: g @ b.T, lambda g: a.T @ g)
    if a.ndim == b.ndim == 1:
        return y, (lambda g: g * b, lambda g: g * a)

    def left(g: FloatArray) -> Any:
        if b.ndim == 1:
            return unbroadcast(g[..., np.newaxis] * b, a.shape)
        if a.ndim == 1:
            rows = np.matmul(g[..., np.newaxis, :], np.swapaxes(b, -1, -2))[..., 0, :]
            return unbroadcast(rows, a.shape)
        return unbroadcast(np.matmul(g, np.swapaxes(b, -1, -2)), a.shape)

    def right(g: FloatArray) -> Any:
        if a.ndim == 1:
            return unbroadcast(a[:, None] * g[..., None, :], b.shape)
        if b.ndim == 1:
            columns = np.matmul(np.swapaxes(a, -1, -2), g[..., np.newaxis])[..., 0]
            return unbroadcast(columns, b.shape)
        return unbroadcast(np.matmul(np.swapaxes(a, -1, -2), g), b.shape)

    return y, (left, right)


def _dot(a: Any, b: Any) -> Ruled:
    """Multiply as :func:`_matmul` does, by a number, or over the last axis but one of ``b``."""
    if a.ndim == b.ndim == 2:
        return np.dot(a, b), (lambda g: np.dot(g, b.T), lambda g: np.dot(a.T, g))
    if a.ndim == 0 or b.ndim == 0:
        return np.dot(a, b), (
            lambda g: unbroadcast(g * b, a.shape),
            lambda g: unbroadcast(g * a, b.shape),
        )
    if b.ndim > 2:
        return np.dot(a, b), _tensordot(a, b, ((a.ndim - 1,), (b.ndim - 2,)))[1]
    return np.dot(a, b), _matmul(a, b)[1]


def _inner(a: Any, b: Any) -> Ruled:
    """Multiply as :func:`_dot` does, over the last axes."""
    if a.ndim == 0 or b.ndim == 0:
        return _dot(a, b)
    return np.inner(a, b), _tensordot(a, b, ((a.ndim - 1,), (b.ndim - 1,)))[1]


def _vdot(a: FloatArray, b: FloatArray) -> Ruled:
    """Add up the products of all elements."""
    return np.vdot(a, b), (
        lambda g: (g * np.ravel(b)).reshape(a.shape),
        lambda g: (g * np.ravel(a)).reshape(b.shape),
    )


def _outer(a: FloatArray, b: FloatArray) -> Ruled:
    r""":math:`\bar{a} = \bar{Y} b, \quad \bar{b} = \bar{Y}^T a`."""
    return np.outer(a, b), (
        lambda g: (g @ np.ravel(b)).reshape(a.shape),
        lambda g: (g.T @ np.ravel(a)).reshape(b.shape),
    )


def _cross(
    a: FloatArray,
    b: FloatArray,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Ruled:
    r""":math:`\bar{a} = b \times \bar{y}, \quad \bar{b} = \bar{y} \times a`."""
    along = axisa if axis is None else axis
    alike = axis is not None or axisa == axisb == axisc
    if not alike or a.shape[along] != 3 or b.shape[along] != 3:
        raise NotImplementedError
    if a.ndim != b.ndim and along != -1:  # then axes are not told apart from the end on
        raise NotImplementedError
    return np.cross(a, b, axis=along), (
        lambda g: unbroadcast(np.cross(b, g, axis=along), a.shape),
        lambda g: unbroadcast(np.cross(g, a, axis=along), b.shape),
    )


def _einsum(*operands: FloatArray, subscripts: str) -> Ruled:
    """Exchange the letters of the output with those of each operand in turn."""
    terms, output = _terms(subscripts.replace(" ", ""), [x.ndim for x in operands])

    def part(g: FloatArray, at: int) -> Any:
        term, operand = terms[at], operands[at]
        others = [i for i in range(len(terms)) if i != at]
        available = set(output).union(*(terms[i] for i in others))
        once = "".join(dict.fromkeys(term))
        kept = "".join(letter for letter in once if letter in available)
        back = ",".join([output, *(terms[i] for i in others)]) + "->" + kept
        summed = np.einsum(back, g, *(operands[i] for i in others))
        lengths = dict(zip(kept, summed.shape, strict=True))
        whole = summed.reshape(tuple(lengths.get(letter, 1) for letter in once))
        if once == term:
            return unbroadcast(whole, operand.shape)
        found = np.zeros(operand.shape, summed.dtype)
        diagonal = np.einsum(f"{term}->{once}", found)  # a view: what it lacks stays zero
        diagonal[...] = unbroadcast(whole, diagonal.shape)
        return found

    pulls = tuple(partial(part, at=at) for at in range(len(terms)))
    return np.einsum(subscripts, *operands), pulls


def _terms(spelled: str, dimensions: Sequence[int]) -> tuple[list[str], str]:
    """Return the letters of each operand and of the output, in the place of dots, too."""
    inputs, arrow, output = spelled.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(dimensions):
        raise NotImplementedError
    if not arrow:
        once = sorted(x for x in set(inputs) - {",", "."} if inputs.count(x) == 1)
        output = "..." * ("." in inputs) + "".join(once)
    free = [letter for letter in ascii_letters if letter not in spelled]
    hidden = [n - len(t.replace(".", "")) for t, n in zip(terms, dimensions, strict=True)]
    named = "".join(free[: max(hidden)])
    for at, count in enumerate(hidden):  # dots stand for the last dimensions that others have
        terms[at] = terms[at].replace("...", named[len(named) - count :])
    return terms, output.replace("...", named)


def _tensordot(a: FloatArray, b: FloatArray, axes: Any = 2) -> Ruled:
    """Write it as an :func:`_einsum`."""
    if isinstance(axes, int):
        axes = (tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))
    first, second = ((x,) if isinstance(x, int) else tuple(x) for x in axes)
    letters = "abcdefghijklmnopqrstuvwxyz"
    left, right = list(letters[: a.ndim]), list(letters[a.ndim : a.ndim + b.ndim])
    for i, j in zip(first, second, strict=True):
        right[j % b.ndim] = left[i % a.ndim]
    kept = [x for i, x in enumerate(left) if i not in {at % a.ndim for at in first}]
    kept += [x for j, x in enumerate(right) if j not in {at % b.ndim for at in second}]
    spelled = "".join(left) + "," + "".join(right) + "->" + "".join(kept)
    return np.tensordot(a, b, axes), _einsum(a, b, subscripts=spelled)[1]


PRODUCT_RULES: dict[str, Callable[..., Ruled]] = {
    "matmul": _matmul,
    "dot": _dot,
    "inner": _inner,
    "vdot": _vdot,
    "outer": _outer,
    "cross": _cross,
    "tensordot": _tensordot,
    "einsum": _einsum,
}
"""By name."""
