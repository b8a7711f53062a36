"""The masks of the kernels are those of :class:`trainwell.randomness.Randomness`."""

from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT
from numba import njit

from trainwell.engine.lowering import lower
from trainwell.kernels.dropout import hashed
from trainwell.kernels.families import call_forward
from trainwell.network.dropout import Dropout
from trainwell.network.network import Network
from trainwell.randomness import Randomness, dropout_key, uniform_bits
from trainwell.types import FloatArray

PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
INDICES = np.concatenate(
    [
        np.arange(500 if JIT else 20, dtype=np.uint32),
        np.array([2**16, 2**31 - 1, 2**31, 2**32 - 1], np.uint32),
        np.random.default_rng(0).integers(0, 2**32, 500 if JIT else 20, dtype=np.uint32),
    ]
)


@njit
def hashes(key: int, indices: Any, result: Any) -> None:
    for i in range(indices.size):
        result[i] = hashed(key, indices[i])


@njit
def key_of(key: int, step: int) -> int:
    return hashed(key, step)


@njit
def thinned(
    address: int,
    rows: tuple[Any, Any],
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    training: bool,
    key: int,
) -> None:
    layer, numbers = rows
    call_forward(address, (layer, numbers, extra, extra, x, y, extra, training, key, 0))


@pytest.mark.parametrize("key", [0, 1, 0x9E3779B9, 2**31, 2**32 - 1])
def test_the_hash_is_that_of_the_reference(key: int) -> None:
    result = np.empty_like(INDICES)
    with np.errstate(over="ignore"):
        hashes(key, INDICES, result)
    np.testing.assert_array_equal(result, uniform_bits(key, INDICES))


def mask(rate: float, shape: tuple[int, int], place: Randomness, dtype: Any) -> FloatArray:
    """Return what the kernel makes of ones, in the last of so many layers of dropout."""
    units, examples = shape
    network = Network((Dropout(units, rate),) * (place.layer + 1))
    program = lower(network, examples, dtype)
    row = place.layer
    y, extra = np.empty(shape, dtype), np.empty(units * examples, dtype)
    with np.errstate(over="ignore"):
        key = np.uint32(key_of(dropout_key(place.seed), place.step))
        rows = (program.layers[row], program.numbers[row])
        thinned(program.forward[row], rows, np.ones(shape, dtype), y, extra, True, key)
    return y


@PRECISIONS
@pytest.mark.parametrize("rate", [0.0, 1e-9, 0.2, 0.5, 0.75, 1 - 2.0**-30])
@pytest.mark.parametrize(("seed", "step", "layer"), [(0, 0, 0), (7, 123_456, 2), (2**40, 3, 1)])
def test_what_is_kept_is_what_the_reference_keeps(
    seed: int, step: int, layer: int, rate: float, dtype: Any
) -> None:
    place = Randomness(seed, step, layer)
    for shape in ((1, 1), (3, 4), (5, 33), (70, 41)) if JIT else ((1, 1), (5, 9)):
        kept = place.kept(shape, 1 - rate)
        expected = np.where(kept, 1 / dtype(1 - rate), dtype(0))
        np.testing.assert_array_equal(mask(rate, shape, place, dtype), expected)


@PRECISIONS
def test_a_pass_that_does_not_train_keeps_everything(dtype: Any) -> None:
    program = lower(Network((Dropout(3, 0.5),)), 4, dtype)
    x = np.arange(12, dtype=dtype).reshape(3, 4)
    y = np.empty_like(x)
    rows = (program.layers[0], program.numbers[0])
    thinned(program.forward[0], rows, x, y, np.empty(12, dtype), False, np.uint32(5))
    np.testing.assert_array_equal(y, x)
