"""What every layer offers: its slots in the flat vectors, a forward and a backward pass."""

from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, runtime_checkable

import numpy as np

from trainwell.network.initializers import Initializer
from trainwell.randomness import Randomness
from trainwell.types import FloatArray

Parameters = tuple[FloatArray, ...]
"""The arrays of one layer: views of the network's vector, or gradients of that form."""

Cache = tuple[Any, ...]
"""What a layer's forward pass leaves for its backward pass."""


@dataclass(frozen=True)
class Slot:
    """A place for one array in a flat vector, and what stands there before training.

    Parameters
    ----------
    name : str
        The course's letter: ``"W"``, ``"b"``, ``"gamma"``, ``"beta"``, ...
    shape : tuple of int
        Shape of the array.
    start : Initializer or float, default=0.0
        Draws the array, or fills it.
    penalized : bool, default=False
        Whether penalties and weight decay apply: to weights only.
    """

    name: str
    shape: tuple[int, int]
    start: Initializer | float = 0.0
    penalized: bool = False

    @property
    def size(self) -> int:
        """Number of entries."""
        return prod(self.shape)

    def initial(self, seed: int, ordinal: int) -> FloatArray:
        """Return the array before training; ``ordinal`` counts the layers of a kind."""
        if isinstance(self.start, float | int):
            return np.full(self.shape, float(self.start))
        return self.start(seed, ordinal, *self.shape)


@runtime_checkable
class Layer(Protocol):
    """A function of its parameters and its input that remembers nothing."""

    @property
    def inputs(self) -> int:
        """Number of units before the layer."""
        ...

    @property
    def outputs(self) -> int:
        """Number of units after the layer."""
        ...

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The layer's trainable arrays."""
        ...

    @property
    def statistics(self) -> tuple[Slot, ...]:
        """The layer's running statistics."""
        ...

    def forward(
        self,
        parameters: Parameters,
        statistics: Parameters,
        x: FloatArray,
        randomness: Randomness | None,
    ) -> tuple[FloatArray, Cache]:
        """Return the output (O, B) for the input (I, B), and what ``backward`` needs."""
        ...

    def backward(
        self, parameters: Parameters, cache: Cache, grad_y: FloatArray
    ) -> tuple[FloatArray, Parameters]:
        """Return the gradients with respect to the input and to each of ``slots``."""
        ...


@runtime_checkable
class Tracking(Protocol):
    """A layer whose running statistics follow the batches it is trained on."""

    def moved(self, statistics: Parameters, cache: Cache) -> Parameters:
        """Return the running statistics after the training pass that left ``cache``."""
        ...
