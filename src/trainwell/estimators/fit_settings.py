"""Everything that one can ask of a fit, as one frozen value with one JSON form."""

from collections.abc import Mapping
from dataclasses import dataclass

from trainwell.errors import ConfigurationError
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.initializers import INITIALIZERS
from trainwell.network.losses import LOSSES
from trainwell.settings import (
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    check_integer,
    check_name,
    check_real,
)
from trainwell.training.plan import OPTIMIZERS

TASKS = frozenset({"auto", "classification", "regression"})
FIT_SCHEDULES = frozenset({"constant", "cosine", "one_cycle", "inverse_time", "reduce_on_plateau"})
SHARE = Interval(0, 1, closed="neither")

_OPTIONAL_REALS: Mapping[str, Interval] = {
    "dropout": FRACTION,
    "l2": NON_NEGATIVE,
    "weight_decay": NON_NEGATIVE,
    "learning_rate": POSITIVE,
    "clip_norm": POSITIVE,
}
_OPTIONAL_INTEGERS = ("batch_size", "max_epochs", "patience")


@dataclass(frozen=True)
class FitSettings:
    """What to fit and how; ``None`` leaves the choice to the table's size.

    Parameters
    ----------
    target : str
        Column to predict.
    task : {"auto", "classification", "regression"}, default="auto"
        Kind of the target.
    header : bool or None, default=None
        Whether the first line of a text table names the columns; ``None`` detects it.
    drop : tuple of str, default=()
        Columns to leave out.
    hidden : tuple of int or None, default=None
        Units of each hidden layer; ``()`` is a linear model.
    activation : str, default="relu"
        Of the hidden layers.
    batch_norm : bool, default=False
        Whether hidden layers are normalised over the batch.
    initializer : str or None, default=None
        Of the weights; ``None`` takes the one that suits the activation.
    dropout : float or None, default=None
        Rate after each hidden layer, in [0, 1).
    l1 : float, default=0.0
        Penalty on the absolute weights, at least 0.
    l2 : float or None, default=None
        Penalty on the squared weights (course meaning), at least 0.
    weight_decay : float or None, default=None
        Decoupled decay, at least 0.
    label_smoothing : float, default=0.0
        For classes, in [0, 1).
    loss : str or None, default=None
        A loss that suits the task; ``None`` takes cross-entropy or squared error.
    optimizer : str, default="adam"
        A name of :data:`trainwell.training.plan.OPTIMIZERS`.
    learning_rate : float or None, default=None
        Highest rate, positive.
    schedule : str, default="constant"
        How the rate moves.
    batch_size : int or None, default=None
        Rows per step, positive.
    clip_norm : float or None, default=None
        Largest norm of the gradient, positive.
    max_epochs : int or None, default=None
        Longest run, positive.
    patience : int or None, default=None
        Epochs without a new best before the run stops, positive.
    dev_share, test_share : float, default=0.2
        Parts of the rows, in (0, 1); together less than 1.
    seed : int, default=0
        Key of every random decision, at least 0.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.
    """

    target: str
    task: str = "auto"
    header: bool | None = None
    drop: tuple[str, ...] = ()
    hidden: tuple[int, ...] | None = None
    activation: str = "relu"
    batch_norm: bool = False
    initializer: str | None = None
    dropout: float | None = None
    l1: float = 0.0
    l2: float | None = None
    weight_decay: float | None = None
    label_smoothing: float = 0.0
    loss: str | None = None
    optimizer: str = "adam"
    learning_rate: float | None = None
    schedule: str = "constant"
    batch_size: int | None = None
    clip_norm: float | None = None
    max_epochs: int | None = None
    patience: int | None = None
    dev_share: float = 0.2
    test_share: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_texts()
        check_integer(self, "seed", 0)
        for name, interval in _OPTIONAL_REALS.items():
            if getattr(self, name) is not None:
                check_real(self, name, interval)
        for name in _OPTIONAL_INTEGERS:
            if getattr(self, name) is not None:
                check_integer(self, name, 1)
        check_real(self, "label_smoothing", FRACTION)
        check_real(self, "l1", NON_NEGATIVE)
        for name in ("dev_share", "test_share"):
            check_real(self, name, SHARE)
        if self.dev_share + self.test_share >= 1:
            total = self.dev_share + self.test_share
            sentence = f"dev_share and test_share must leave rows to train on, they sum to {total}"
            raise ConfigurationError.contradiction("FitSettings", sentence)
        widths = () if self.hidden is None else self.hidden
        wrong: list[object] = [widths]
        if isinstance(widths, tuple):
            wrong = [width for width in widths if type(width) is not int or width <= 0]
        if wrong:
            domain = "positive whole numbers"
            raise ConfigurationError.out_of_range("FitSettings", "hidden", wrong[0], domain)

    def _check_texts(self) -> None:
        texts = isinstance(self.drop, tuple) and all(isinstance(name, str) for name in self.drop)
        for name, fits, domain in (
            ("target", isinstance(self.target, str) and self.target, "the name of a column"),
            ("drop", texts, "names of columns"),
            ("batch_norm", isinstance(self.batch_norm, bool), "true or false"),
            ("header", self.header is None or isinstance(self.header, bool), "true, false or null"),
        ):
            if not fits:
                value = getattr(self, name)
                raise ConfigurationError.out_of_range("FitSettings", name, value, domain)
        if self.target in self.drop:
            sentence = f"{self.target!r} is the target, so it cannot be dropped"
            raise ConfigurationError.contradiction("FitSettings", sentence)
        check_name(self, "task", TASKS)
        check_name(self, "activation", ACTIVATIONS)
        check_name(self, "optimizer", OPTIMIZERS)
        check_name(self, "schedule", FIT_SCHEDULES)
        if self.initializer is not None:
            check_name(self, "initializer", INITIALIZERS)
        if self.loss is not None:
            check_name(self, "loss", LOSSES)


SETTINGS_KINDS: Mapping[str, type] = {"FitSettings": FitSettings}
"""What may appear in the JSON form of the settings."""
