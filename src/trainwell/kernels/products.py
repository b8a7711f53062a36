r"""The three matrix products of a dense layer, each for small and for large layers.

Small ones keep a block of the result in registers while they run over the inner axis;
above a measured size the BLAS that SciPy brings is faster. Examples are the columns, so the
innermost loop runs over examples that are adjacent in memory.
"""

import numpy as np

from trainwell.kernels.calls import member
from trainwell.kernels.compiling import kernel, sum_kernel
from trainwell.kernels.families import AFFINE
from trainwell.kernels.lanes import lane_count, load, multiply_add, spread, store, total
from trainwell.kernels.views import flat, row
from trainwell.types import FloatArray

BLAS_BYTES = 128 * 1024
"""Weights of more bytes than this leave the first-level caches: BLAS, which packs them,
is then the faster (measured on matrices from 10 x 2 to 256 x 784, see docs/performance.md)."""

PANEL_BYTES = 16 * 1024
"""Half of a first-level cache: the inputs of so many examples are read again for every unit."""

BLOCK = 16
"""Rows that are copied together: what they write fills whole lines of the cache."""


@member(AFFINE)
def affine(weights: FloatArray, bias: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Compute ``y = W x + b`` for W (O, I), b (O,), x (I, B); ``y`` (O, B) is modified."""
    examples = x.shape[1]
    if weights.size * weights.itemsize > BLAS_BYTES:
        np.dot(weights, x, y)
        for unit in range(y.shape[0]):
            for example in range(examples):
                y[unit, example] += bias[unit]
    elif examples >= 4 * lane_count(x):
        _tiled(weights, bias, x, y)
    else:
        _short(weights, bias, x, y)


@kernel
def transpose(matrix: FloatArray, transposed: FloatArray) -> None:
    """Copy (O, I) to (I, O) in blocks that stay in cache; ``transposed`` is modified."""
    outputs, inputs = matrix.shape
    for start in range(0, outputs, BLOCK):
        stop = min(start + BLOCK, outputs)
        for inner in range(inputs):
            for unit in range(start, stop):
                transposed[inner, unit] = matrix[unit, inner]


@kernel
def outer_sum(grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray) -> None:
    """Compute ``dW = dy x^T`` for dy (O, B), x (I, B); ``grad_weights`` (O, I) is modified."""
    if grad_weights.size * grad_weights.itemsize > BLAS_BYTES:
        np.dot(grad_y, x.T, grad_weights)
    else:
        _dotted(grad_y, x, grad_weights)


@kernel
def _tiled(weights: FloatArray, bias: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Compute ``W x + b`` in tiles, panel by panel of so many examples as a cache holds."""
    outputs, inputs = weights.shape
    examples, tile = x.shape[1], 4 * lane_count(x)
    even = outputs - outputs % 4
    panel = max(1, PANEL_BYTES // (inputs * x.itemsize * tile)) * tile
    for start in range(0, examples, panel):
        # The last panel and the last tile may overlap the one before.
        first, last = min(start, examples - tile), min(start + panel, examples)
        for unit in range(0, even, 4):
            _four_units(weights, bias, x, y, unit, first, last)
        for unit in range(even, outputs):
            _one_unit(weights, bias, x, y, unit, first, last)


@kernel
def _four_units(
    weights: FloatArray,
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
        for inner in range(weights.shape[1]):
            x0, x1, x2 = load(x, inner, column), load(x, inner, second), load(x, inner, third)
            weight = weights[unit, inner]
            a0 = multiply_add(weight, x0, a0)
            a1 = multiply_add(weight, x1, a1)
            a2 = multiply_add(weight, x2, a2)
            weight = weights[unit + 1, inner]
            b0 = multiply_add(weight, x0, b0)
            b1 = multiply_add(weight, x1, b1)
            b2 = multiply_add(weight, x2, b2)
            weight = weights[unit + 2, inner]
            c0 = multiply_add(weight, x0, c0)
            c1 = multiply_add(weight, x1, c1)
            c2 = multiply_add(weight, x2, c2)
            weight = weights[unit + 3, inner]
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


@kernel
def _one_unit(
    weights: FloatArray,
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
        for inner in range(weights.shape[1]):
            weight = weights[unit, inner]
            a = multiply_add(weight, load(x, inner, column), a)
            b = multiply_add(weight, load(x, inner, second), b)
            c = multiply_add(weight, load(x, inner, third), c)
            d = multiply_add(weight, load(x, inner, fourth), d)
        store(y, unit, column, a)
        store(y, unit, second, b)
        store(y, unit, third, c)
        store(y, unit, fourth, d)


@sum_kernel
def _short(weights: FloatArray, bias: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Compute ``W x + b`` for fewer examples than fill a tile."""
    outputs, inputs = weights.shape
    examples = x.shape[1]
    if examples == 1:
        column = flat(x)
        for unit in range(outputs):
            y[unit, 0] = bias[unit] + _dot(row(weights, unit), column)
        return
    for unit in range(outputs):
        for example in range(examples):
            y[unit, example] = bias[unit]
        for inner in range(inputs):
            weight = weights[unit, inner]
            for example in range(examples):
                y[unit, example] += weight * x[inner, example]


@kernel
def _dotted(grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray) -> None:
    """Compute ``dy x^T`` as dot products over the examples, four by three at a time."""
    outputs, inputs = grad_weights.shape
    whole_outputs, whole_inputs = outputs - outputs % 4, inputs - inputs % 3
    for unit in range(0, whole_outputs, 4):
        for inner in range(0, whole_inputs, 3):
            _four_by_three(grad_y, x, grad_weights, unit, inner)
    for unit in range(outputs):
        for inner in range(whole_inputs if unit < whole_outputs else 0, inputs):
            grad_weights[unit, inner] = _dot(row(grad_y, unit), row(x, inner))


@kernel
def _four_by_three(
    grad_y: FloatArray, x: FloatArray, grad_weights: FloatArray, unit: int, inner: int
) -> None:
    """Compute twelve dot products at once: each number is read for several of them."""
    examples, lanes = x.shape[1], lane_count(x)
    zero = x.dtype.type(0)
    a0 = a1 = a2 = b0 = b1 = b2 = spread(x, zero)
    c0 = c1 = c2 = d0 = d1 = d2 = spread(x, zero)
    whole = examples - examples % lanes
    for example in range(0, whole, lanes):
        x0, x1 = load(x, inner, example), load(x, inner + 1, example)
        x2 = load(x, inner + 2, example)
        y0 = load(grad_y, unit, example)
        a0, a1, a2 = multiply_add(y0, x0, a0), multiply_add(y0, x1, a1), multiply_add(y0, x2, a2)
        y0 = load(grad_y, unit + 1, example)
        b0, b1, b2 = multiply_add(y0, x0, b0), multiply_add(y0, x1, b1), multiply_add(y0, x2, b2)
        y0 = load(grad_y, unit + 2, example)
        c0, c1, c2 = multiply_add(y0, x0, c0), multiply_add(y0, x1, c1), multiply_add(y0, x2, c2)
        y0 = load(grad_y, unit + 3, example)
        d0, d1, d2 = multiply_add(y0, x0, d0), multiply_add(y0, x1, d1), multiply_add(y0, x2, d2)
    sums = grad_weights
    sums[unit, inner], sums[unit, inner + 1] = total(a0), total(a1)
    sums[unit, inner + 2], sums[unit + 1, inner] = total(a2), total(b0)
    sums[unit + 1, inner + 1], sums[unit + 1, inner + 2] = total(b1), total(b2)
    sums[unit + 2, inner], sums[unit + 2, inner + 1] = total(c0), total(c1)
    sums[unit + 2, inner + 2], sums[unit + 3, inner] = total(c2), total(d0)
    sums[unit + 3, inner + 1], sums[unit + 3, inner + 2] = total(d1), total(d2)
    if whole < examples:
        for output in range(unit, unit + 4):
            for entry in range(inner, inner + 3):
                for example in range(whole, examples):
                    sums[output, entry] += grad_y[output, example] * x[entry, example]


@sum_kernel
def _dot(left: FloatArray, right: FloatArray) -> float:
    """Return the dot product of two vectors."""
    sum_ = left.dtype.type(0)
    for i in range(left.size):
        sum_ += left[i] * right[i]
    return sum_
