"""Vanishing and exploding gradients: how large the numbers are at each depth.

A signal that passes through many layers is multiplied at each of them. If a layer
changes its scale by a factor ever so slightly off 1, depth turns that into nothing
or into infinity: forward for the activations, backward for the gradient.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isfinite

import numpy as np

from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.activate import Activate
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.dense import Dense
from trainwell.network.initializers import INITIALIZERS, Initializer
from trainwell.network.layer import Cache, Layer, Parameters
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.randomness import Randomness, generator
from trainwell.types import FloatArray

_LIMIT = 10.0  # a tenth or ten times: what the whole depth may do to a scale
_BLOCKED = 0.01  # a slope below this lets nothing through
_MOSTLY = 0.75  # more blocked entries than this are worth a word: ReLU blocks half


@dataclass(frozen=True)
class SignalScales:
    r"""Root mean squares per layer, over units and examples.

    Layer 0 is the input; a layer is a dense one with everything up to the next.

    Parameters
    ----------
    name : str
        What was measured, as a legend says it.
    activations : tuple of float
        Of the activations :math:`A^{[0]}, \dots, A^{[L]}`.
    gradients : tuple of float
        Of :math:`\partial J / \partial A^{[0]}, \dots, \partial J / \partial A^{[L]}`.
    weights : tuple of float
        Of :math:`\partial J / \partial W^{[1]}, \dots, \partial J / \partial W^{[L]}`.
    blocked : tuple of float
        Share of the entries of layers 1 to L whose activation function has a slope
        below 0.01: saturated units, and those that ReLU has switched off.

    See Also
    --------
    signal_scales : Measures them for an initializer and an activation function.
    network_scales : Measures them for a network, parameters and data.
    """

    name: str
    activations: tuple[float, ...]
    gradients: tuple[float, ...]
    weights: tuple[float, ...]
    blocked: tuple[float, ...]

    @property
    def depth(self) -> int:
        """Return the number of layers, L."""
        return len(self.weights)

    @property
    def activation_rate(self) -> float:
        """Return the factor that one layer applies to the activations, going forward."""
        return _rate(self.activations[0], self.activations[-1], self.depth)

    @property
    def gradient_rate(self) -> float:
        """Return the factor that one layer applies to the gradient, going backward."""
        return _rate(self.gradients[-1], self.gradients[0], self.depth)

    @property
    def kind(self) -> str:
        """Return ``"vanishing"``, ``"exploding"`` or ``"steady"``.

        The gradient decides, then the activations: a tenth of the scale or less over the
        whole depth has vanished, ten times or more has exploded.
        """
        if self._overflows():
            return "exploding"
        for first, last in self._journeys():
            if first == 0:
                continue  # nothing was sent
            if last >= _LIMIT * first:
                return "exploding"
            if last <= first / _LIMIT:
                return "vanishing"
        return "steady"

    @property
    def text(self) -> str:
        """Return the verdict and its reason as a person reads it."""
        if self._overflows():
            sentence = f"{self.kind}: the numbers overflow within {self.depth} layers"
        elif self.kind == "steady":
            sentence = f"steady: the gradient keeps its scale, {self.gradient_rate:.2f} per layer"
        else:
            sentence = f"{self.kind}: {self._change()}"
        blocked = float(np.mean(self.blocked))
        if blocked > _MOSTLY:
            sentence += f"; {blocked:.0%} of the units let no gradient through"
        return sentence

    def _overflows(self) -> bool:
        return not all(map(isfinite, chain(self.activations, self.gradients)))

    def _journeys(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the gradient and the activations start, and where they arrive."""
        return (
            (self.gradients[-1], self.gradients[0]),
            (self.activations[0], self.activations[-1]),
        )

    def _change(self) -> str:
        gradient, activations = self._journeys()
        changed = not 1 / _LIMIT < _ratio(*gradient) < _LIMIT
        first, last = gradient if changed else activations
        what = "the gradient" if changed else "the activation"
        if last == 0:
            return f"{what} is zero after {self.depth} layers"
        verb = "grows" if last > first else "shrinks"
        rate, total = _rate(first, last, self.depth), _ratio(first, last)
        return (
            f"{what} {verb} by {rate:.3g} per layer, "
            f"to {total:.2g} times its size over {self.depth} layers"
        )


def _ratio(first: float, last: float) -> float:
    return last / first if first else 0.0


def _rate(first: float, last: float, layers: int) -> float:
    return float(_ratio(first, last) ** (1 / layers))


def signal_scales(
    initializer: Initializer,
    activation: str,
    *,
    depth: int = 50,
    width: int = 100,
    examples: int = 100,
    seed: int = 0,
    name: str = "",
) -> SignalScales:
    r"""Send noise through a deep network, forward and backward, and measure it.

    The network has ``depth`` dense layers of ``width`` units, biases zero, each followed
    by the activation function. Standard normal noise goes in at the bottom as the
    examples, and independent noise at the top as the gradient; both have scale 1. Per
    layer, independent weights of variance :math:`v` multiply

    .. math::

        \frac{\mathrm{rms}(A^{[l]})}{\mathrm{rms}(A^{[l-1]})} \approx
            \sqrt{n v \, \frac{E[g(z)^2]}{E[z^2]}}, \qquad
        \frac{\mathrm{rms}(dA^{[l-1]})}{\mathrm{rms}(dA^{[l]})} \approx
            \sqrt{n v \, E[g'(z)^2]}

    Parameters
    ----------
    initializer : Initializer
        Draws the weights.
    activation : str
        A name of :data:`trainwell.network.activations.ACTIVATIONS`.
    depth : int, default=50
        Layers, at least 1.
    width : int, default=100
        Units of each layer, at least 1.
    examples : int, default=100
        Columns of noise, at least 1.
    seed : int, default=0
        Of the weights and of the noise.
    name : str, default=""
        What the legend calls it; by default initializer and activation.

    Returns
    -------
    SignalScales
        Scales of layers 0 to ``depth``; the activations start and the gradient ends at 1.

    Raises
    ------
    ConfigurationError
        If the activation is unknown or a count is not positive.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS 2010, equations 5 and 6.
    .. [2] K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers", ICCV 2015,
       equations 9 and 13.
    .. [3] S. Schoenholz, J. Gilmer, S. Ganguli and J. Sohl-Dickstein, "Deep Information
       Propagation", ICLR 2017, section 3.

    Examples
    --------
    The course's picture: weights of 1.1 and of 0.9 times the identity, no nonlinearity.

    >>> from trainwell.diagnosis.signals import signal_scales
    >>> from trainwell.network.initializers import ScaledIdentity
    >>> exploding = signal_scales(ScaledIdentity(1.1), "identity", depth=150, width=2)
    >>> abs(exploding.activations[-1] / 1.1**150 - 1) < 1e-12
    True
    >>> signal_scales(ScaledIdentity(0.9), "identity", depth=150, width=2).text
    'vanishing: the gradient shrinks by 0.9 per layer, to 1.4e-07 times its size over 150 layers'
    """
    for setting, value in (("depth", depth), ("width", width), ("examples", examples)):
        if value < 1:
            raise ConfigurationError.out_of_range("signal_scales", setting, value, "at least 1")
    network = Network((Dense(width, width, initializer), Activate(width, activation)) * depth)
    noise = generator(seed, "signal scales").standard_normal((2, width, examples))
    x, cotangent = (part / _rms(part) for part in noise)
    trace = _forward(network, network.initial(seed), network.initial_buffers(), x, None)
    scales = _backward(name or f"{_name(initializer)}, {activation}", trace, cotangent)
    # A loss takes the mean over its examples; the noise at the top did not.
    return replace(scales, weights=tuple(weight / examples for weight in scales.weights))


def network_scales(
    network: Network,
    theta: FloatArray,
    x: FloatArray,
    y: FloatArray,
    loss: Loss,
    *,
    randomness: Randomness | None = None,
    name: str = "network",
) -> SignalScales:
    """Measure one forward and one backward pass of a network on its data.

    Parameters
    ----------
    network : Network
        Any layers; one without a weight matrix counts to the dense layer before it, or to
        the first.
    theta : FloatArray of shape (P,)
        Its parameters.
    x : FloatArray of shape (I, B)
        Examples in columns.
    y : FloatArray of shape (O, B)
        Their targets.
    loss : Loss
        Whose gradient is sent back.
    randomness : Randomness, optional
        Where in a run the pass stands, for the masks of dropout and the statistics of
        the batch; by default the network evaluates, with initial running statistics.
    name : str, default="network"
        What the legend calls it.

    Returns
    -------
    SignalScales
        Scales of the input, of each dense layer, the logits last.

    Raises
    ------
    ShapeError
        If an array does not fit the network.

    Examples
    --------
    Weights near zero let neither signals nor gradients through:

    >>> import numpy as np
    >>> from trainwell.diagnosis.signals import network_scales
    >>> from trainwell.network.build import mlp
    >>> from trainwell.network.initializers import Normal
    >>> from trainwell.network.regression_losses import SquaredError
    >>> network = mlp(2, (10, 10, 10), 1, activation="tanh", initializer=Normal(0.01))
    >>> x, y = np.eye(2), np.ones((1, 2))
    >>> network_scales(network, network.initial(0), x, y, SquaredError()).kind
    'vanishing'
    """
    with np.errstate(over="ignore", invalid="ignore"):
        logits, _ = network.forward(theta, network.initial_buffers(), x, randomness)
    if y.shape != logits.shape:
        raise ShapeError.mismatch("network_scales", "y", y.shape, str(logits.shape))
    trace = _forward(network, theta, network.initial_buffers(), x, randomness)
    return _backward(name, trace, loss(logits, y)[1])


@dataclass(frozen=True)
class _Passed:
    """One layer after the forward pass; ``block`` counts the dense layers, from 1."""

    block: int
    layer: Layer
    parameters: Parameters
    cache: Cache
    x: FloatArray
    y: FloatArray


def _forward(
    network: Network,
    theta: FloatArray,
    buffers: FloatArray,
    x: FloatArray,
    randomness: Randomness | None,
) -> list[_Passed]:
    trace: list[_Passed] = []
    dense = 0
    parts = zip(
        network.layers,
        network.ordinals,
        network.split(theta),
        network.split_buffers(buffers),
        strict=True,
    )
    for layer, ordinal, parameters, statistics in parts:
        dense += isinstance(layer, Dense)
        place = None if randomness is None else randomness.at_layer(ordinal)
        with np.errstate(over="ignore", invalid="ignore"):  # overflow is a result here
            y, cache = layer.forward(parameters, statistics, x, place)
        trace.append(_Passed(max(1, dense), layer, parameters, cache, x, y))
        x = y
    return trace


def _backward(name: str, trace: Sequence[_Passed], grad: FloatArray) -> SignalScales:
    depth = trace[-1].block
    activations = {0: _rms(trace[0].x)} | {passed.block: _rms(passed.y) for passed in trace}
    gradients = [0.0] * depth + [_rms(grad)]
    weights, blocked = [0.0] * depth, [0.0] * depth
    for passed in reversed(trace):
        block = passed.block
        with np.errstate(over="ignore", invalid="ignore"):
            grad, grads = passed.layer.backward(passed.parameters, passed.cache, grad)
        gradients[block - 1] = _rms(grad)
        for slot, values in zip(passed.layer.slots, grads, strict=True):
            if slot.penalized:
                weights[block - 1] = _rms(values)
        if isinstance(passed.layer, Activate):
            with np.errstate(over="ignore", invalid="ignore"):
                slope = ACTIVATIONS[passed.layer.function].slope(passed.x, passed.y)
            blocked[block - 1] = float((np.abs(slope) < _BLOCKED).mean())
    return SignalScales(
        name, tuple(activations.values()), tuple(gradients), tuple(weights), tuple(blocked)
    )


def _rms(values: FloatArray) -> float:
    """Return the root mean square; of the largest first, since squares overflow."""
    largest = float(np.abs(values).max())
    if largest == 0 or not isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean((values / largest) ** 2)))


def _name(initializer: Initializer) -> str:
    return next(
        (name for name, known in INITIALIZERS.items() if known == initializer), str(initializer)
    )
