"""Names and sizes to a network, and a network to JSON and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.errors import ConfigurationError
from trainwell.network.activate import Activate
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.initializers import (
    DEFAULT_INITIALIZERS,
    Filled,
    Initializer,
    Normal,
    Orthogonal,
    ScaledIdentity,
    VarianceScaling,
    glorot_normal,
)
from trainwell.network.layer import Layer
from trainwell.network.network import Network

NETWORK_KINDS: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Network,
        Dense,
        BatchNorm,
        Activate,
        Dropout,
        Filled,
        Normal,
        VarianceScaling,
        Orthogonal,
        ScaledIdentity,
    )
}
"""What may appear in the JSON form of a network."""


def mlp(
    inputs: int,
    hidden: Sequence[int],
    outputs: int,
    *,
    activation: str | Sequence[str] = "relu",
    initializer: Initializer | Sequence[Initializer] | None = None,
    batch_norm: bool = False,
    dropout: float | Sequence[float] = 0.0,
) -> Network:
    """Build a multi-layer perceptron; without hidden layers, a linear model.

    Each hidden layer is dense, batch norm (if wanted), activation, dropout (if any).
    The output layer is dense; its function belongs to the loss. With no hidden layers
    and :class:`~trainwell.network.cross_entropy.SigmoidCrossEntropy` this is logistic
    regression, with squared error linear regression.

    Parameters
    ----------
    inputs : int
        Number of features.
    hidden : sequence of int
        Units of each hidden layer; may be empty.
    outputs : int
        Number of outputs.
    activation : str or sequence of str, default="relu"
        A name of :data:`trainwell.network.activations.ACTIVATIONS`, or one a hidden layer.
    initializer : Initializer, sequence of Initializer or None, default=None
        Of all weights, or one a layer, the output's included; ``None`` takes the one that
        suits the activation for hidden layers, and Glorot's for the output.
    batch_norm : bool, default=False
        Whether to normalise each hidden layer before its activation.
    dropout : float or sequence of float, default=0.0
        Rate after each hidden activation, in [0, 1), or one a hidden layer.

    Returns
    -------
    Network
        The layers, with no parameters yet.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.

    Examples
    --------
    >>> from trainwell.network.build import mlp
    >>> [type(layer).__name__ for layer in mlp(4, (8,), 3, batch_norm=True, dropout=0.2).layers]
    ['Dense', 'BatchNorm', 'Activate', 'Dropout', 'Dense']
    """
    if not isinstance(hidden, Sequence):
        domain = "a sequence of numbers of units, such as (10, 5) or ()"
        raise ConfigurationError.out_of_range("mlp", "hidden", hidden, domain)
    activations = _each("activation", activation, len(hidden))
    for name in activations or [activation]:
        if name not in ACTIVATIONS:
            raise ConfigurationError.unknown_name("activation", name, ACTIVATIONS)
    rates = _each("dropout", dropout, len(hidden))
    starts = _each("initializer", initializer, len(hidden) + 1)
    layers: list[Layer] = []
    units = inputs
    for width, name, rate, start in zip(hidden, activations, rates, starts[:-1], strict=True):
        layers.append(Dense(units, width, start or DEFAULT_INITIALIZERS[name], bias=not batch_norm))
        if batch_norm:
            layers.append(BatchNorm(width))
        layers.append(Activate(width, name))
        if rate:
            layers.append(Dropout(width, rate))
        units = width
    layers.append(Dense(units, outputs, starts[-1] or glorot_normal))
    return Network(tuple(layers))


def _each(name: str, value: Any, layers: int) -> Sequence[Any]:
    """Return a setting for each of so many layers."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value] * layers
    if len(value) != layers:
        domain = f"one value, or {layers} of them, one a layer"
        raise ConfigurationError.out_of_range("mlp", name, value, domain)
    return value
