"""A sensible network and plan for a table of a given size."""

from collections.abc import Sequence
from dataclasses import dataclass

from trainwell.errors import ConfigurationError
from trainwell.estimators.fit_settings import FitSettings
from trainwell.network.build import mlp
from trainwell.network.initializers import INITIALIZERS
from trainwell.network.losses import LOSSES, Loss
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.training.plan import OPTIMIZERS, Plan
from trainwell.training.schedules import (
    Constant,
    Cosine,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
)

REGRESSION_LOSSES = frozenset({"squared_error", "absolute_error", "huber"})
"""Losses that make sense on a standardised target."""

MOST_PARAMETERS = 100_000_000
"""Beyond this a network does not fit the memory of the machines this is for."""


@dataclass(frozen=True)
class Size:
    """What the choice depends on.

    Parameters
    ----------
    rows : int
        Training rows.
    features : int
        Inputs of the network.
    outputs : int
        Its outputs.
    """

    rows: int
    features: int
    outputs: int

    @property
    def wide(self) -> bool:
        """Whether there are more features than rows to tell them apart."""
        return self.features > self.rows


def choose_loss(settings: FitSettings, task: str, outputs: int) -> Loss:
    """Return the loss of a task, or the one that was asked for.

    Parameters
    ----------
    settings : FitSettings
        May name a loss.
    task : {"classification", "regression"}
        Kind of the target.
    outputs : int
        1 for a binary or a numeric target, else the number of classes.

    Returns
    -------
    Loss
        With label smoothing, if that was asked for.

    Raises
    ------
    ConfigurationError
        If the loss does not suit the task.
    """
    if task == "regression":
        name = settings.loss or "squared_error"
        fitting = REGRESSION_LOSSES
    else:
        name = settings.loss or (
            "sigmoid_cross_entropy" if outputs == 1 else "softmax_cross_entropy"
        )
        fitting = frozenset({"sigmoid_cross_entropy" if outputs == 1 else "softmax_cross_entropy"})
    if name not in fitting:
        sentence = f"loss {name!r} does not suit {task} here; {' or '.join(sorted(fitting))} does"
        raise ConfigurationError.contradiction("FitSettings", sentence)
    if task == "regression":
        if settings.label_smoothing:
            sentence = "label_smoothing is for classes, but the task is regression"
            raise ConfigurationError.contradiction("FitSettings", sentence)
        return LOSSES[name]()
    smoothed: Loss = LOSSES[name](settings.label_smoothing)  # type: ignore[call-arg]
    return smoothed


def choose_network(settings: FitSettings, size: Size) -> Network:
    """Return the network that was asked for, or one that suits the table's size.

    Parameters
    ----------
    settings : FitSettings
        What was asked for.
    size : Size
        Rows, features and outputs.

    Returns
    -------
    Network
        Two hidden layers, wider for more rows; a linear model that starts at zero where
        there are more features than rows.

    Raises
    ------
    ConfigurationError
        If the network would be too large.
    """
    if size.wide and settings.hidden is None:
        widths: tuple[int, ...] = ()
    else:
        chosen = (32, 16) if size.rows < 1000 else (64, 32) if size.rows < 20_000 else (128, 64)
        widths = chosen if settings.hidden is None else settings.hidden
    # A linear model needs no noise: there is no symmetry to break.
    name = settings.initializer or (None if widths else "zeros")
    network = mlp(
        size.features,
        widths,
        size.outputs,
        activation=settings.activation,
        initializer=None if name is None else INITIALIZERS[name],
        batch_norm=settings.batch_norm,
        dropout=0.1 if settings.dropout is None else settings.dropout,
    )
    refuse_too_large("FitSettings", network, widths)
    return network


def refuse_too_large(owner: str, network: Network, widths: Sequence[int]) -> None:
    """Refuse a network of more numbers than the memory of usual machines holds.

    Parameters
    ----------
    owner : str
        Class that asks, for the message.
    network : Network
        What was asked for.
    widths : sequence of int
        Units of its hidden layers.

    Raises
    ------
    ConfigurationError
        If it has more than :data:`MOST_PARAMETERS`.
    """
    if network.size > MOST_PARAMETERS:
        units = ", ".join(map(str, widths)) or "no"
        sentence = f"hidden layers of {units} units make {network.size:,} numbers to learn"
        limit = f"at most {MOST_PARAMETERS:,} are accepted"
        raise ConfigurationError.contradiction(owner, f"{sentence}, but {limit}")


def choose_plan(settings: FitSettings, loss: Loss, size: Size) -> Plan:
    """Return the plan that was asked for, completed by the table's size.

    Parameters
    ----------
    settings : FitSettings
        What was asked for.
    loss : Loss
        Loss and output function.
    size : Size
        Rows, features and outputs.

    Returns
    -------
    Plan
        Adam with decoupled decay and early stopping, unless something else was asked.
    """
    batch = 32 if size.rows < 2000 else 64 if size.rows < 10_000 else 256
    epochs = settings.max_epochs or (300 if size.rows < 10_000 else 100)
    return Plan(
        loss=loss,
        optimizer=OPTIMIZERS[settings.optimizer],
        learning_rate=_schedule(settings, epochs),
        batch_size=settings.batch_size or batch,
        penalty=Penalty(settings.l1, _l2(settings, size)),
        weight_decay=0.01 if settings.weight_decay is None else settings.weight_decay,
        clip_norm=settings.clip_norm,
        output_bias="base rate",
        max_epochs=epochs,
        patience=settings.patience or (40 if size.rows < 2000 else 20),
        seed=settings.seed,
    )


def _l2(settings: FitSettings, size: Size) -> float:
    """Return the L2 penalty: on a wide table as large as a linear model needs there."""
    if settings.l2 is not None:
        return settings.l2
    # As a prior: logits of a linear model on standardised features then vary by 1/3.
    return 3.0 * size.features if size.wide else 0.0


def _schedule(settings: FitSettings, epochs: int) -> Schedule:
    adaptive = settings.optimizer in {"adam", "rmsprop", "adagrad"}
    rate = settings.learning_rate or (0.002 if adaptive else 0.05)
    match settings.schedule:
        case "cosine":
            return Cosine(rate, epochs)
        case "one_cycle":
            return OneCycle(rate, epochs)
        case "inverse_time":
            return InverseTime(rate, 0.05)
        case "reduce_on_plateau":
            return ReduceOnPlateau(rate)
        case _:
            return Constant(rate)
