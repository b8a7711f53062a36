"""Randomness as a pure function of (seed, purpose, counters): nothing draws from a stream.

Two sources serve two needs. :func:`generator` gives NumPy's Philox generator for
draws made once per epoch or network (initial weights, shuffles). :func:`uniform_bits`
is an integer hash for draws made once per activation (dropout masks): NumPy and
compiled code compute it identically, and any element can be computed alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

UInt32Array = NDArray[np.uint32]


@lru_cache(maxsize=256, typed=True)
def _word(*parts: object) -> int:
    """Hash anything printable to 64 bits, the same on every machine."""
    # An integer of NumPy's is the same seed as Python's.
    plain = tuple(int(part) if isinstance(part, Integral) else part for part in parts)
    return int.from_bytes(blake2b(repr(plain).encode(), digest_size=8).digest(), "little")


def generator(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """Return the generator that belongs to one seed, purpose and set of counters.

    Parameters
    ----------
    seed : int
        The run's seed, non-negative.
    purpose : str
        What is drawn, for example ``"shuffle"``.
    *counters : int
        Where in the run the draw stands: epoch, layer, row. Up to three.

    Returns
    -------
    numpy.random.Generator
        A Philox generator whose key is ``(seed, purpose)`` and whose counter holds
        ``counters``; equal arguments give equal draws, others independent ones.

    References
    ----------
    .. [1] J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random
       numbers: as easy as 1, 2, 3", SC 2011.

    Examples
    --------
    The draws of epoch 7 do not depend on whether epoch 6 was drawn:

    >>> from trainwell.randomness import generator
    >>> generator(0, "shuffle", 7).permutation(5).tolist()
    [2, 3, 0, 1, 4]
    """
    key = np.array([_word(seed), _word(purpose)], dtype=np.uint64)
    # The lowest word counts the draws themselves; ours stand above it.
    counter = np.zeros(4, dtype=np.uint64)
    counter[1 : 1 + len(counters)] = counters
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


def row_generators(
    seed: int, purpose: str, counter: int, rows: int
) -> Iterator[np.random.Generator]:
    """Yield ``generator(seed, purpose, counter, row)`` for each row from 0 on.

    It is one object, which each turn puts in its place: making one costs more than most
    rows draw.

    Parameters
    ----------
    seed : int
        The run's seed, non-negative.
    purpose : str
        What is drawn.
    counter : int
        Where in the run the draw stands.
    rows : int
        How many.

    Yields
    ------
    numpy.random.Generator
        To be used before the next is asked for.
    """
    rng = generator(seed, purpose, counter)
    state = rng.bit_generator.state
    for row in range(rows):
        state["state"]["counter"][2] = row
        rng.bit_generator.state = state
        yield rng


def uniform_bits(key: int | UInt32Array, index: UInt32Array) -> UInt32Array:
    """Hash each index under a 32-bit key to 32 uniform bits.

    Parameters
    ----------
    key : int or ndarray of uint32
        In [0, 2**32); an array is broadcast against ``index``.
    index : ndarray of uint32
        What is to be hashed; not modified.

    Returns
    -------
    ndarray of uint32
        Uniform bits, of the broadcast shape.

    References
    ----------
    .. [1] C. Wellons, "Prospecting for hash functions", 2018: the ``lowbias32``
       finaliser.
    """
    keys = np.asarray(key, dtype=np.uint32)
    bits = np.atleast_1d((index * np.uint32(0x9E3779B9)) ^ keys)
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x7FEB352D)
    bits ^= bits >> np.uint32(15)
    bits *= np.uint32(0x846CA68B)
    bits ^= bits >> np.uint32(16)
    return bits


def dropout_key(seed: int) -> int:
    """Return the 32-bit key of a run's dropout masks."""
    return _word(seed, "dropout") & 0xFFFFFFFF


def _derived(key: int, index: int) -> int:
    """Return the key of one of the things that a key stands for."""
    return int(uniform_bits(key, np.array([int(index) & 0xFFFFFFFF], dtype=np.uint32))[0])


@dataclass(frozen=True)
class Randomness:
    """The place in a run that fixes every random decision of one training pass.

    A pass that gets a ``Randomness`` trains; a pass that gets ``None`` evaluates.

    Parameters
    ----------
    seed : int
        The run's seed, non-negative.
    step : int
        Number of the update, counted from 0 over the whole run.
    layer : int, default=0
        Ordinal of the layer among those of its kind.
    """

    seed: int
    step: int
    layer: int = 0

    def at_layer(self, layer: int) -> "Randomness":
        """Return the same place in the run, for one layer."""
        return Randomness(self.seed, self.step, layer)

    def kept(self, shape: tuple[int, int], keep: float) -> NDArray[np.bool_]:
        """Return which entries survive, each with probability ``keep``.

        Entry ``(unit, example)`` is kept where a uniform number that depends on
        seed, step, layer, unit and example alone is below ``keep``: a narrower
        layer sees a prefix of a wider one's mask, and a larger ``keep`` keeps
        whatever a smaller one kept.
        """
        key = _derived(_derived(dropout_key(self.seed), self.step), self.layer)
        threshold = round(keep * 2.0**32)
        if threshold >= 2**32:
            return np.ones(shape, dtype=np.bool_)
        units, examples = (np.arange(length, dtype=np.uint32) for length in shape)
        bits = uniform_bits(uniform_bits(key, units)[:, np.newaxis], examples)
        kept: NDArray[np.bool_] = bits < np.uint32(threshold)
        return kept
