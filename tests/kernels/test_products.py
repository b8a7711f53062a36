"""The matrix products of a dense layer are NumPy's, at every edge of tiles and panels."""

from itertools import product
from math import isqrt
from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT
from numba import njit

from trainwell.engine.lowering import lower
from trainwell.kernels.families import call_backward, call_forward
from trainwell.kernels.products import BLAS_BYTES
from trainwell.kernels.program import EXTRA_SIZE
from trainwell.network.dense import Dense
from trainwell.network.network import Network
from trainwell.network.regression_losses import SquaredError
from trainwell.training.plan import Plan
from trainwell.types import FloatArray

PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
EXAMPLES = (1, 2, 3, 4, 7, 8, 11, 12, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 97)
EXAMPLES = EXAMPLES if JIT else (1, 2, 17, 33)
OUTPUTS, INPUTS = (range(1, 10), range(1, 8)) if JIT else ((1, 3, 5), (1, 4))
PANELS = (64, 65, 130) if JIT else ()
"""Inputs of which a cache holds only some examples."""

GUARD = 64


@njit
def there(address: int, given: tuple[Any, ...], y: FloatArray, extra: FloatArray) -> None:
    layer, numbers, theta, x = given
    call_forward(address, (layer, numbers, theta, theta, x, y, extra, True, np.uint32(0), 0))


@njit
def back(
    address: int,
    given: tuple[Any, ...],
    y: FloatArray,
    extra: FloatArray,
    grads: tuple[FloatArray, FloatArray, FloatArray],
    wanted: bool,
) -> None:
    layer, numbers, theta, x = given
    grad_y, grad_x, gradient = grads
    call_backward(address, (layer, numbers, theta, x, y, extra, grad_y, grad_x, gradient, wanted))


class Guarded:
    """A matrix of no numbers between margins that nobody may write to."""

    def __init__(self, rows: int, columns: int, dtype: Any) -> None:
        self.room = np.full(rows * columns + 2 * GUARD, np.nan, dtype)
        self.matrix = self.room[GUARD : self.room.size - GUARD].reshape(rows, columns)

    def check(self, expected: Any, sizes: Any) -> None:
        """Compare with exact numbers, whose terms have these sizes, and look at the margins."""
        bound = 8 * np.finfo(self.room.dtype).eps * sizes
        assert (np.abs(self.matrix - expected) <= bound).all()
        assert np.isnan(self.room[:GUARD]).all()
        assert np.isnan(self.room[-GUARD:]).all()


def drawn(shape: tuple[int, ...], dtype: Any, seed: int) -> FloatArray:
    numbers: FloatArray = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    return numbers


def exact(array: FloatArray) -> Any:
    return array.astype(np.longdouble)


def assert_right(
    outputs: int, inputs: int, examples: int, dtype: Any, *, bias: bool = True
) -> None:
    layer = Dense(inputs, outputs, bias=bias)
    program = lower(Network((layer,)), examples, dtype, Plan(SquaredError()))
    size = outputs * inputs + outputs * bias
    theta, x = drawn((size,), dtype, 1), drawn((inputs, examples), dtype, 2)
    grad_y, extra = (
        drawn((outputs, examples), dtype, 3),
        np.zeros(program.layers[0, EXTRA_SIZE], dtype),
    )
    y, grad_x = Guarded(outputs, examples, dtype), Guarded(inputs, examples, dtype)
    gradient = Guarded(1, size, dtype)
    given = (program.layers[0], program.numbers[0], theta, x)
    there(program.forward[0], given, y.matrix, extra)
    grads = (grad_y, grad_x.matrix, gradient.matrix[0])
    back(program.backward[0], given, y.matrix, extra, grads, True)
    weights = theta[: outputs * inputs].reshape(outputs, inputs)
    shift = theta[outputs * inputs :].reshape(-1, 1) if bias else np.zeros((1, 1), dtype)
    y.check(exact(weights) @ exact(x) + shift, np.abs(weights) @ np.abs(x) + np.abs(shift))
    grad_x.check(exact(weights).T @ exact(grad_y), np.abs(weights).T @ np.abs(grad_y))
    parts = [((exact(grad_y) @ exact(x).T), np.abs(grad_y) @ np.abs(x).T)]
    if bias:
        parts.append((exact(grad_y).sum(axis=1), np.abs(grad_y).sum(axis=1)))
    sums, sizes = (np.concatenate([part[k].ravel() for part in parts]) for k in range(2))
    gradient.check(sums, sizes)


@PRECISIONS
@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_dense_layer_is_right_for_every_size(examples: int, dtype: Any) -> None:
    for outputs, inputs in product(OUTPUTS, INPUTS):
        assert_right(outputs, inputs, examples, dtype, bias=(outputs + inputs) % 2 == 0)


@PRECISIONS
@pytest.mark.parametrize("inputs", PANELS)
def test_panels_of_examples_are_right(inputs: int, dtype: Any) -> None:
    for outputs, examples in product((4, 7), (31, 33, 200, 257, 1000)):
        assert_right(outputs, inputs, examples, dtype)


@PRECISIONS
@pytest.mark.parametrize("examples", [1, 2, 17, 64])
def test_the_products_of_large_layers_are_right_on_both_sides_of_the_limit(
    examples: int, dtype: Any
) -> None:
    limit = isqrt(BLAS_BYTES // np.dtype(dtype).itemsize)
    for more in (0, 1, 3) if JIT else (1,):
        assert_right(limit + more, limit, examples, dtype)


@PRECISIONS
def test_the_gradient_of_the_input_is_left_out_where_nobody_wants_it(dtype: Any) -> None:
    program = lower(Network((Dense(2, 3),)), 5, dtype, Plan(SquaredError()))
    theta, x, grad_y = drawn((9,), dtype, 1), drawn((2, 5), dtype, 2), drawn((3, 5), dtype, 3)
    y, grad_x, gradient = (np.full(shape, np.nan, dtype) for shape in ((3, 5), (2, 5), 9))
    given = (program.layers[0], program.numbers[0], theta, x)
    extra = np.zeros(program.layers[0, EXTRA_SIZE], dtype)
    back(program.backward[0], given, y, extra, (grad_y, grad_x, gradient), False)
    assert np.isnan(grad_x).all()
    assert np.isfinite(gradient).all()


@PRECISIONS
def test_what_is_not_finite_stays_in_its_example(dtype: Any) -> None:
    # Columns of a tile are computed side by side: one that is broken must not break others.
    program = lower(Network((Dense(3, 5),)), 40, dtype, Plan(SquaredError()))
    theta, x = drawn((20,), dtype, 1), drawn((3, 40), dtype, 3)
    expected, y = np.empty((5, 40), dtype), np.empty((5, 40), dtype)
    extra = np.zeros(program.layers[0, EXTRA_SIZE], dtype)
    there(program.forward[0], (program.layers[0], program.numbers[0], theta, x), expected, extra)
    x[1, 7], x[2, 33] = np.nan, np.inf
    with np.errstate(all="ignore"):
        there(program.forward[0], (program.layers[0], program.numbers[0], theta, x), y, extra)
    others = np.delete(np.arange(40), [7, 33])
    np.testing.assert_array_equal(y[:, others], expected[:, others])
    assert not np.isfinite(y[:, [7, 33]]).any()
