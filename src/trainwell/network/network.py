"""A stack of layers over one flat vector of parameters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.dense import Dense
from trainwell.network.layer import Cache, Layer, Parameters, Slot, Tracking
from trainwell.randomness import Randomness
from trainwell.types import BoolArray, FloatArray

Cuts = list[list[tuple[int, int, tuple[int, int]]]]
"""For each layer and array: where it starts and ends in the flat vector, and its shape."""


def _cuts(slots: Sequence[tuple[Slot, ...]]) -> Cuts:
    """Place every slot in the flat vector."""
    cuts: Cuts = []
    start = 0
    for group in slots:
        cuts.append([])
        for slot in group:
            cuts[-1].append((start, start + slot.size, slot.shape))
            start += slot.size
    return cuts


def _views(vector: FloatArray, cuts: Cuts) -> list[Parameters]:
    """View a flat vector as each layer's arrays."""
    return [tuple(vector[a:b].reshape(shape) for a, b, shape in group) for group in cuts]


@dataclass(frozen=True)
class Network:
    """Layers in a row, all of whose trainable numbers live in one vector ``theta``.

    Running statistics of batch norm live in a second vector, ``buffers``. The network
    itself holds neither: both are arguments.

    Parameters
    ----------
    layers : tuple of Layer
        From input to output; each takes as many units as the one before gives.

    Raises
    ------
    ConfigurationError
        If there is no layer or two neighbours do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.network.build import mlp
    >>> network = mlp(2, (10, 5), 1)
    >>> theta = network.initial(seed=0)
    >>> logits, _ = network.forward(theta, network.initial_buffers(), np.zeros((2, 7)))
    >>> theta.shape, logits.shape
    ((91,), (1, 7))
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        layers = isinstance(self.layers, tuple) and all(isinstance(a, Layer) for a in self.layers)
        if not layers or not self.layers:
            domain = "a tuple of at least one layer"
            raise ConfigurationError.out_of_range("Network", "layers", self.layers, domain)
        for number, (a, b) in enumerate(zip(self.layers, self.layers[1:], strict=False), start=1):
            if a.outputs != b.inputs:
                problem = (
                    f"layer {number} ({type(a).__name__}) gives {a.outputs} units, "
                    f"but layer {number + 1} ({type(b).__name__}) takes {b.inputs}"
                )
                raise ConfigurationError.contradiction("Network", problem)

    @property
    def inputs(self) -> int:
        """Number of features."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return self.layers[-1].outputs

    @cached_property
    def size(self) -> int:
        """Number of trainable parameters, P."""
        return sum(slot.size for layer in self.layers for slot in layer.slots)

    @cached_property
    def buffer_size(self) -> int:
        """Number of running statistics, S."""
        return sum(slot.size for layer in self.layers for slot in layer.statistics)

    @cached_property
    def tracks(self) -> bool:
        """Whether a layer tracks statistics of its batches."""
        return any(isinstance(layer, Tracking) for layer in self.layers)

    @cached_property
    def penalized(self) -> BoolArray:
        """Which parameters are weights, of shape (P,)."""
        parts = [
            np.full(slot.size, slot.penalized) for layer in self.layers for slot in layer.slots
        ]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.bool_)

    @cached_property
    def parameter_cuts(self) -> Cuts:
        """Where each layer's arrays stand in ``theta``."""
        return _cuts([layer.slots for layer in self.layers])

    @cached_property
    def buffer_cuts(self) -> Cuts:
        """Where each layer's statistics stand in ``buffers``."""
        return _cuts([layer.statistics for layer in self.layers])

    @cached_property
    def ordinals(self) -> tuple[int, ...]:
        """Number of each layer among those of its kind, from 0."""
        seen: Counter[type] = Counter()
        numbers = []
        for layer in self.layers:
            numbers.append(seen[type(layer)])
            seen[type(layer)] += 1
        return tuple(numbers)

    def initial(self, seed: int) -> FloatArray:
        """Return the parameters before training, of shape (P,)."""
        parts = [
            slot.initial(seed, ordinal).ravel()
            for layer, ordinal in zip(self.layers, self.ordinals, strict=True)
            for slot in layer.slots
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def initial_buffers(self) -> FloatArray:
        """Return the running statistics before training, of shape (S,)."""
        parts = [slot.initial(0, 0).ravel() for layer in self.layers for slot in layer.statistics]
        return np.concatenate(parts) if parts else np.empty(0)

    def split(self, theta: FloatArray) -> list[Parameters]:
        """View ``theta`` (P,) as each layer's arrays; nothing is copied."""
        return _views(theta, self.parameter_cuts)

    def split_buffers(self, buffers: FloatArray) -> list[Parameters]:
        """View ``buffers`` (S,) as each layer's statistics; nothing is copied."""
        return _views(buffers, self.buffer_cuts)

    def forward(
        self,
        theta: FloatArray,
        buffers: FloatArray,
        x: FloatArray,
        randomness: Randomness | None = None,
    ) -> tuple[FloatArray, list[Cache]]:
        """Return the logits and what :meth:`backward` needs.

        Parameters
        ----------
        theta : FloatArray of shape (P,)
            Parameters.
        buffers : FloatArray of shape (S,)
            Running statistics; read when evaluating.
        x : FloatArray of shape (I, B)
            Examples in columns.
        randomness : Randomness or None, default=None
            Where in the run this pass stands; ``None`` is evaluation.

        Returns
        -------
        logits : FloatArray of shape (O, B)
            Output of the last layer.
        caches : list of tuple
            One a layer.

        Raises
        ------
        ShapeError
            If ``theta``, ``buffers`` or ``x`` do not fit the network.
        """
        self._check(theta, buffers, x)
        caches = []
        parts = zip(
            self.layers,
            self.ordinals,
            self.split(theta),
            self.split_buffers(buffers),
            strict=True,
        )
        for layer, ordinal, parameters, statistics in parts:
            place = None if randomness is None else randomness.at_layer(ordinal)
            x, cache = layer.forward(parameters, statistics, x, place)
            caches.append(cache)
        return x, caches

    def backward(
        self, theta: FloatArray, caches: Sequence[Cache], grad_logits: FloatArray
    ) -> FloatArray:
        """Return the gradient with respect to ``theta``.

        Parameters
        ----------
        theta : FloatArray of shape (P,)
            Parameters of the forward pass.
        caches : sequence of tuple
            What the forward pass returned.
        grad_logits : FloatArray of shape (O, B)
            Gradient of the loss at the logits.

        Returns
        -------
        FloatArray of shape (P,)
            Gradient of the loss at the parameters.
        """
        gradient = np.empty_like(theta)
        slots = self.split(gradient)
        grad = grad_logits
        for layer, parameters, cache, views in zip(
            reversed(self.layers),
            reversed(self.split(theta)),
            reversed(caches),
            reversed(slots),
            strict=True,
        ):
            grad, grads = layer.backward(parameters, cache, grad)
            for view, values in zip(views, grads, strict=True):
                view[...] = values
        return gradient

    def moved(self, buffers: FloatArray, caches: Sequence[Cache]) -> FloatArray:
        """Return the running statistics (S,) after the training pass that left ``caches``."""
        if not self.buffer_size:
            return buffers
        parts: list[FloatArray] = []
        for layer, statistics, cache in zip(
            self.layers, self.split_buffers(buffers), caches, strict=True
        ):
            if isinstance(layer, Tracking):
                parts.extend(array.ravel() for array in layer.moved(statistics, cache))
        return np.concatenate(parts)

    def _check(self, theta: FloatArray, buffers: FloatArray, x: FloatArray) -> None:
        if theta.shape != (self.size,):
            raise ShapeError.mismatch("Network", "theta", theta.shape, f"({self.size},)")
        if buffers.shape != (self.buffer_size,):
            expected = f"({self.buffer_size},)"
            raise ShapeError.mismatch("Network", "buffers", buffers.shape, expected)
        if x.ndim != 2 or x.shape[0] != self.inputs:
            raise ShapeError.mismatch("Network", "x", x.shape, f"({self.inputs}, B)")


def with_output_bias(network: Network, theta: FloatArray, bias: FloatArray) -> FloatArray:
    """Return parameters whose last dense layer starts at a given bias: the base rate.

    Parameters
    ----------
    network : Network
        Its last layer is a dense one with a bias.
    theta : FloatArray of shape (P,)
        Parameters; not modified.
    bias : FloatArray of shape (O, 1)
        The constant logits, for example ``loss.base(y)``.

    Returns
    -------
    FloatArray of shape (P,)
        The same parameters with the output bias replaced.

    Raises
    ------
    ConfigurationError
        If the last layer has no bias.
    """
    last = network.layers[-1]
    if not (isinstance(last, Dense) and last.bias):
        problem = "an output bias needs a dense last layer with a bias"
        raise ConfigurationError.contradiction("Network", problem)
    result = theta.copy()
    network.split(result)[-1][1][...] = bias
    return result
