r"""The three matrix products of a dense layer, each for small and for large layers.

Small ones keep a block of the result in registers while they run over the inner axis;
above a measured size the BLAS that SciPy brings is faster. Examples are the columns, so the
innermost loop runs over examples that are adjacent in memory.
"""

import numpy as np

from trainwell.kernels.calls import member
from trainwell.kernels.compiling import kernel, part, sum_kernel
from trainwell.kernels.families import AFFINE
from trainwell.kernels.lanes import (
    lane_count,
    load,
    multiply_add,
    repeated,
    spread,
    store,
    store_totals,
)
from trainwell.kernels.views import flat, row, segment
from trainwell.types import FloatArray

BLAS_BYTES = 128 * 1024
"""Weights of more bytes than this leave the first-level caches: BLAS, which packs them,
is then the faster (measured on matrices from 10 x 2 to 256 x 784, see docs/performance.md)."""

PANEL_BYTES = 24 * 1024
"""Most of a first-level cache: the inputs of so many examples are read again for every unit."""


@member(AFFINE)
def affine(
    weights: FloatArray, bias: FloatArray, x: FloatArray, y: FloatArray, transposed: bool
) -> None:
    """Compute ``y = W x + b``, or ``W^T x + b`` if ``transposed``; ``y`` is modified.

    W has the shape (O, I), b (O,), x (I, B), y (O, B); transposed, O and I change places.
    """
    examples, width = x.shape[1], weights.shape[1]
    along, across = (1, width) if transposed else (width, 1)
    if weights.size * weights.itemsize > BLAS_BYTES:
        if transposed:
            np.dot(weights.T, x, y)
        else:
            np.dot(weights, x, y)
        for unit in range(y.shape[0]):
            for example in range(examples):
                y[unit, example] += bias[unit]
    elif examples >= 4 * lane_count(x):
        _tiled(flat(weights), along, across, bias, x, y)
    else:
        _short(flat(weights), along, across, bias, x, y)


@kernel
def outer_sum(grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray) -> None:
    """Compute ``dW = dy x^T`` for dy (O, B), x (I, B); ``grad_weights`` (O, I) is modified."""
    if grad_weights.size * grad_weights.itemsize > BLAS_BYTES:
        np.dot(grad_y, x.T, grad_weights)
    else:
        _dotted(grad_y, x, grad_weights)


@part
def _tiled(
    weights: FloatArray, along: int, across: int, bias: FloatArray, x: FloatArray, y: FloatArray
) -> None:
    """Compute ``W x + b`` in tiles, panel by panel of so many examples as a cache holds.

    From one output to the next it is ``along`` numbers in ``weights``, from one input to the
    next ``across``.
    """
    outputs, inputs = y.shape[0], x.shape[0]
    examples, lanes = x.shape[1], lane_count(x)
    tile, tiles = 4 * lanes, 12 * lanes  # tiles of three and of four lanes fill a panel
    even = outputs - outputs % 4
    panel = max(1, PANEL_BYTES // (inputs * x.itemsize * tiles)) * tiles
    for start in range(0, examples, panel):
        # The last panel and the last tile may overlap the one before.
        first, last = min(start, examples - tile), min(start + panel, examples)
        for unit in range(0, even, 4):
            _four_units(weights, along, across, bias, x, y, unit, first, last)
        for unit in range(even, outputs):
            _one_unit(weights, along, across, bias, x, y, unit, first, last)


@part
def _four_units(
    weights: FloatArray,
    along: int,
    across: int,
    bias: FloatArray,
    x: FloatArray,
    y: FloatArray,
    unit: int,
    first: int,
    last: int,
) -> None:
    """Compute four units of a panel, three lanes of examples at a time."""
    lanes = lane_count(x)
    for start in range(first, last, 3 * lanes):
        column = min(start, last - 3 * lanes)
        second, third = column + lanes, column + 2 * lanes
        a0 = a1 = a2 = spread(x, bias[unit])
        b0 = b1 = b2 = spread(x, bias[unit + 1])
        c0 = c1 = c2 = spread(x, bias[unit + 2])
        d0 = d1 = d2 = spread(x, bias[unit + 3])
        for inner in range(x.shape[0]):
            place = unit * along + inner * across
            x0, x1, x2 = load(x, inner, column), load(x, inner, second), load(x, inner, third)
            weight = repeated(weights, place)
            a0 = multiply_add(weight, x0, a0)
            a1 = multiply_add(weight, x1, a1)
            a2 = multiply_add(weight, x2, a2)
            weight = repeated(weights, place + along)
            b0 = multiply_add(weight, x0, b0)
            b1 = multiply_add(weight, x1, b1)
            b2 = multiply_add(weight, x2, b2)
            weight = repeated(weights, place + 2 * along)
            c0 = multiply_add(weight, x0, c0)
            c1 = multiply_add(weight, x1, c1)
            c2 = multiply_add(weight, x2, c2)
            weight = repeated(weights, place + 3 * along)
            d0 = multiply_add(weight, x0, d0)
            d1 = multiply_add(weight, x1, d1)
            d2 = multiply_add(weight, x2, d2)
        store(y, unit, column, a0)
        store(y, unit, second, a1)
        store(y, unit, third, a2)
        store(y, unit + 1, column, b0)
        store(y, unit + 1, second, b1)
        store(y, unit + 1, third, b2)
        store(y, unit + 2, column, c0)
        store(y, unit + 2, second, c1)
        store(y, unit + 2, third, c2)
        store(y, unit + 3, column, d0)
        store(y, unit + 3, second, d1)
        store(y, unit + 3, third, d2)


@part
def _one_unit(
    weights: FloatArray,
    along: int,
    across: int,
    bias: FloatArray,
    x: FloatArray,
    y: FloatArray,
    unit: int,
    first: int,
    last: int,
) -> None:
    """Compute one unit of a panel, four lanes of examples at a time."""
    lanes = lane_count(x)
    for start in range(first, last, 4 * lanes):
        column = min(start, last - 4 * lanes)
        second, third, fourth = column + lanes, column + 2 * lanes, column + 3 * lanes
        a = b = c = d = spread(x, bias[unit])
        for inner in range(x.shape[0]):
            place = unit * along + inner * across
            weight = repeated(weights, place)
            a = multiply_add(weight, load(x, inner, column), a)
            b = multiply_add(weight, load(x, inner, second), b)
            c = multiply_add(weight, load(x, inner, third), c)
            d = multiply_add(weight, load(x, inner, fourth), d)
        store(y, unit, column, a)
        store(y, unit, second, b)
        store(y, unit, third, c)
        store(y, unit, fourth, d)


@sum_kernel
def _short(
    weights: FloatArray, along: int, across: int, bias: FloatArray, x: FloatArray, y: FloatArray
) -> None:
    """Compute ``W x + b`` for fewer examples than fill a tile; the strides as in ``_tiled``."""
    outputs, inputs = y.shape[0], x.shape[0]
    examples = x.shape[1]
    if examples == 1 and across == 1:
        column = flat(x)
        for unit in range(outputs):
            y[unit, 0] = bias[unit] + _dot(segment(weights, unit * along, inputs), column)
        return
    for unit in range(outputs):
        for example in range(examples):
            y[unit, example] = bias[unit]
        for inner in range(inputs):
            weight = weights[unit * along + inner * across]
            for example in range(examples):
                y[unit, example] += weight * x[inner, example]


@kernel
def _dotted(grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray) -> None:
    """Compute ``dy x^T`` as dot products over the examples, three by four at a time."""
    outputs, inputs = grad_weights.shape
    examples, lanes = x.shape[1], lane_count(x)
    whole = examples - examples % lanes
    whole_outputs, whole_inputs = outputs - outputs % 3, inputs - inputs % 4
    for unit in range(0, whole_outputs, 3):
        for inner in range(0, whole_inputs, 4):
            _three_by_four(grad_y, x, grad_weights, unit, inner, whole)
    for unit in range(whole_outputs, outputs):
        for inner in range(0, whole_inputs, 4):
            _one_by_four(grad_y, x, grad_weights, unit, inner, whole)
    for unit in range(outputs):
        for inner in range(whole_inputs, inputs):
            grad_weights[unit, inner] = _dot(row(grad_y, unit), row(x, inner))
    for example in range(whole, examples):
        for unit in range(outputs):
            for inner in range(whole_inputs):
                grad_weights[unit, inner] += grad_y[unit, example] * x[inner, example]


@part
def _three_by_four(
    grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray, unit: int, inner: int, whole: int
) -> None:
    """Compute twelve dot products at once: each number is read for several of them."""
    lanes, zero = lane_count(x), x.dtype.type(0)
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = spread(x, zero)
    for example in range(0, whole, lanes):
        a, b = load(grad_y, unit, example), load(grad_y, unit + 1, example)
        c, other = load(grad_y, unit + 2, example), load(x, inner, example)
        a0, b0 = multiply_add(a, other, a0), multiply_add(b, other, b0)
        c0, other = multiply_add(c, other, c0), load(x, inner + 1, example)
        a1, b1 = multiply_add(a, other, a1), multiply_add(b, other, b1)
        c1, other = multiply_add(c, other, c1), load(x, inner + 2, example)
        a2, b2 = multiply_add(a, other, a2), multiply_add(b, other, b2)
        c2, other = multiply_add(c, other, c2), load(x, inner + 3, example)
        a3, b3 = multiply_add(a, other, a3), multiply_add(b, other, b3)
        c3 = multiply_add(c, other, c3)
    store_totals(grad_weights, unit, inner, (a0, a1, a2, a3))
    store_totals(grad_weights, unit + 1, inner, (b0, b1, b2, b3))
    store_totals(grad_weights, unit + 2, inner, (c0, c1, c2, c3))


@part
def _one_by_four(
    grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray, unit: int, inner: int, whole: int
) -> None:
    """Compute four dot products at once."""
    lanes = lane_count(x)
    a = b = c = d = spread(x, x.dtype.type(0))
    for example in range(0, whole, lanes):
        other = load(grad_y, unit, example)
        a = multiply_add(other, load(x, inner, example), a)
        b = multiply_add(other, load(x, inner + 1, example), b)
        c = multiply_add(other, load(x, inner + 2, example), c)
        d = multiply_add(other, load(x, inner + 3, example), d)
    store_totals(grad_weights, unit, inner, (a, b, c, d))


@sum_kernel
def _dot(left: FloatArray, right: FloatArray) -> float:
    """Return the dot product of two vectors."""
    sum_ = left.dtype.type(0)
    for i in range(left.size):
        sum_ += left[i] * right[i]
    return sum_
