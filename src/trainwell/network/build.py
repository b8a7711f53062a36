"""Names and sizes to a network, and a network to JSON and back."""

from collections.abc import Mapping, Sequence

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
    activation: str = "relu",
    initializer: Initializer | None = None,
    batch_norm: bool = False,
    dropout: float = 0.0,
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
    activation : str, default="relu"
        A name of :data:`trainwell.network.activations.ACTIVATIONS`.
    initializer : Initializer or None, default=None
        Of all weights; ``None`` takes the one that suits the activation for hidden
        layers, and Glorot's for the output.
    batch_norm : bool, default=False
        Whether to normalise each hidden layer before its activation.
    dropout : float, default=0.0
        Rate after each hidden activation, in [0, 1).

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
    if activation not in ACTIVATIONS:
        raise ConfigurationError.unknown_name("activation", activation, ACTIVATIONS)
    if not isinstance(hidden, Sequence):
        domain = "a sequence of numbers of units, such as (10, 5) or ()"
        raise ConfigurationError.out_of_range("mlp", "hidden", hidden, domain)
    layers: list[Layer] = []
    units = inputs
    for width in hidden:
        start = initializer or DEFAULT_INITIALIZERS[activation]
        layers.append(Dense(units, width, start, bias=not batch_norm))
        if batch_norm:
            layers.append(BatchNorm(width))
        layers.append(Activate(width, activation))
        if dropout:
            layers.append(Dropout(width, dropout))
        units = width
    layers.append(Dense(units, outputs, initializer or glorot_normal))
    return Network(tuple(layers))
