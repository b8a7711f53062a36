"""A dense layer there and back: the formulas of ``trainwell.network.dense``."""

from trainwell.kernels.calls import member
from trainwell.kernels.compiling import part, sum_kernel
from trainwell.kernels.families import BACKWARD, FORWARD, call_affine
from trainwell.kernels.products import outer_sum
from trainwell.kernels.program import BIAS, PARAMETERS, PRODUCT
from trainwell.kernels.views import matrix, segment
from trainwell.types import FloatArray, IntArray


@part
def _weights(layer: IntArray, vector: FloatArray, outputs: int, inputs: int) -> FloatArray:
    """View the weights (O, I) of a layer in a flat vector."""
    return matrix(vector, layer[PARAMETERS], outputs, inputs)


@part
def _bias(layer: IntArray, vector: FloatArray, outputs: int, inputs: int) -> FloatArray:
    """View the bias (O,) of a layer in a flat vector."""
    return segment(vector, layer[PARAMETERS] + outputs * inputs, outputs)


@member(FORWARD)
def dense(
    layer: IntArray,
    numbers: FloatArray,
    theta: FloatArray,
    buffers: FloatArray,
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    training: bool,
    key: int,
    first: int,
) -> None:
    """Compute ``W x + b``; ``extra`` holds zeros, for where there is no ``b``."""
    outputs, inputs = y.shape[0], x.shape[0]
    bias = _bias(layer, theta, outputs, inputs) if layer[BIAS] else segment(extra, 0, outputs)
    weights = _weights(layer, theta, outputs, inputs)
    call_affine(layer[PRODUCT], (weights, bias, x, y, False))


@member(BACKWARD)
def dense_back(
    layer: IntArray,
    numbers: FloatArray,
    theta: FloatArray,
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    grad_y: FloatArray,
    grad_x: FloatArray,
    gradient: FloatArray,
    wanted: bool,
) -> None:
    """Compute ``dW = dy x^T``, ``db`` as the sum of ``dy``, and ``dx = W^T dy``."""
    outputs, inputs = grad_y.shape[0], x.shape[0]
    outer_sum(grad_y, x, _weights(layer, gradient, outputs, inputs))
    if layer[BIAS]:
        _row_sums(grad_y, _bias(layer, gradient, outputs, inputs))
    if wanted:
        weights, nothing = _weights(layer, theta, outputs, inputs), segment(extra, 0, inputs)
        call_affine(layer[PRODUCT], (weights, nothing, grad_y, grad_x, True))


@sum_kernel
def _row_sums(matrix: FloatArray, sums: FloatArray) -> None:
    """Sum each row; ``sums`` is modified."""
    for row in range(matrix.shape[0]):
        total = matrix.dtype.type(0)
        for column in range(matrix.shape[1]):
            total += matrix[row, column]
        sums[row] = total
