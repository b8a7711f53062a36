"""Dropout there and back, and activations as layers."""

import numpy as np

from trainwell.kernels.calls import member
from trainwell.kernels.compiling import kernel
from trainwell.kernels.families import BACKWARD, FORWARD
from trainwell.kernels.program import KEEP, ORDINAL, THRESHOLD
from trainwell.kernels.views import matrix
from trainwell.types import FloatArray, IntArray


@kernel
def hashed(key: int, index: int) -> int:
    """Return the 32 bits of :func:`trainwell.randomness.uniform_bits`."""
    bits = np.uint32(np.uint32(index) * np.uint32(0x9E3779B9)) ^ np.uint32(key)
    bits = np.uint32(bits ^ np.uint32(bits >> np.uint32(16)))
    bits = np.uint32(bits * np.uint32(0x7FEB352D))
    bits = np.uint32(bits ^ np.uint32(bits >> np.uint32(15)))
    bits = np.uint32(bits * np.uint32(0x846CA68B))
    return np.uint32(bits ^ np.uint32(bits >> np.uint32(16)))


@member(FORWARD)
def dropout(
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
    """Zero what is dropped and divide the rest by ``keep``; ``extra`` (U B) is the mask."""
    units, examples = x.shape
    if not training:
        for unit in range(units):
            for example in range(examples):
                y[unit, example] = x[unit, example]
        return
    zero, kept = x.dtype.type(0), x.dtype.type(1) / x.dtype.type(numbers[KEEP])
    mask = matrix(extra, 0, units, examples)
    own = hashed(key, layer[ORDINAL])
    everything, threshold = layer[THRESHOLD] > 0xFFFFFFFF, np.uint32(layer[THRESHOLD])
    for unit in range(units):
        row = hashed(own, unit)
        for example in range(examples):
            stays = hashed(row, first + example) < threshold
            mask[unit, example] = kept if stays or everything else zero
        for example in range(examples):
            y[unit, example] = x[unit, example] * mask[unit, example]


@member(BACKWARD)
def dropout_back(
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
    """Pass the gradient through the entries that were kept."""
    units, examples = x.shape
    mask = matrix(extra, 0, units, examples)
    for unit in range(units):
        for example in range(examples):
            grad_x[unit, example] = grad_y[unit, example] * mask[unit, example]
