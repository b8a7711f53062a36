"""Everything about a run but the network and the data, as one frozen value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from trainwell.data.augmentation import Augmentation, FeatureNoise, Mixup
from trainwell.data.image_augmentation import ImageJitter
from trainwell.network.build import NETWORK_KINDS
from trainwell.network.losses import LOSSES, Loss
from trainwell.network.penalties import Penalty
from trainwell.settings import (
    NON_NEGATIVE,
    POSITIVE,
    check_flag,
    check_integer,
    check_kind,
    check_name,
    check_real,
)
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.optimizer import Optimizer
from trainwell.training.schedules import SCHEDULES, Constant, Schedule

OUTPUT_BIASES = frozenset({"zero", "base rate"})

OPTIMIZERS: Mapping[str, Optimizer] = {
    "gd": GradientDescent(),
    "momentum": Momentum(),
    "classical_momentum": Momentum(form="classical"),
    "nesterov": Momentum(form="classical", nesterov=True),
    "rmsprop": RMSprop(),
    "adagrad": Adagrad(),
    "adam": Adam(),
}
"""Named instances; AdamW is Adam in a plan with ``weight_decay``."""


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    Parameters
    ----------
    loss : Loss
        Loss and output function.
    optimizer : Optimizer, default=Adam()
        The rule of one step.
    learning_rate : Schedule, default=Constant(0.001)
        Rate as a function of time.
    batch_size : int or None, default=None
        Examples per step; ``None`` takes all, 1 is stochastic gradient descent.
    penalty : Penalty, default=Penalty()
        L1 and L2 (course meaning), part of the objective.
    weight_decay : float, default=0.0
        Decoupled decay: before each step weights shrink by ``learning_rate`` times
        this share; at least 0. With Adam this is AdamW.
    clip_value : float or None, default=None
        Largest absolute value of a gradient coordinate, positive.
    clip_norm : float or None, default=None
        Largest Euclidean norm of the gradient, positive; applied after ``clip_value``.
    augmentation : Augmentation or None, default=None
        Change of each batch.
    output_bias : {"zero", "base rate"}, default="zero"
        Where the output bias starts; at the base rate the untrained network starts
        around the mean target.
    shuffle : bool, default=True
        Whether each epoch has its own order; full batches keep theirs.
    max_epochs : int, default=200
        Longest run, positive.
    patience : int or None, default=None
        Epochs without a new best loss before the run stops; ``None`` never stops.
    tolerance : float, default=0.0
        How much lower than the best a loss must be to count as new best, at least 0.
    seed : int, default=0
        Key of every random decision, at least 0.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.

    Examples
    --------
    >>> from trainwell.network.cross_entropy import SigmoidCrossEntropy
    >>> from trainwell.settings import as_json, from_json
    >>> from trainwell.training.plan import PLAN_KINDS, Plan
    >>> plan = Plan(SigmoidCrossEntropy(), batch_size=64)
    >>> from_json(as_json(plan), PLAN_KINDS) == plan
    True
    """

    loss: Loss
    optimizer: Optimizer = field(default_factory=Adam)
    learning_rate: Schedule = field(default_factory=lambda: Constant(0.001))
    batch_size: int | None = None
    penalty: Penalty = field(default_factory=Penalty)
    weight_decay: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    augmentation: Augmentation | None = None
    output_bias: Literal["zero", "base rate"] = "zero"
    shuffle: bool = True
    max_epochs: int = 200
    patience: int | None = None
    tolerance: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_kind(self, "loss", Loss, "a loss")
        check_kind(self, "optimizer", Optimizer, "an optimizer")
        check_kind(self, "learning_rate", Schedule, "a schedule")
        check_kind(self, "penalty", Penalty, "a penalty")
        if self.augmentation is not None:
            check_kind(self, "augmentation", Callable, "an augmentation")  # type: ignore[arg-type]
        check_flag(self, "shuffle")
        check_real(self, "weight_decay", NON_NEGATIVE)
        check_real(self, "tolerance", NON_NEGATIVE)
        check_name(self, "output_bias", OUTPUT_BIASES)
        check_integer(self, "max_epochs", 1)
        check_integer(self, "seed", 0)
        for name in ("clip_value", "clip_norm"):
            if getattr(self, name) is not None:
                check_real(self, name, POSITIVE)
        for name in ("batch_size", "patience"):
            if getattr(self, name) is not None:
                check_integer(self, name, 1)


PLAN_KINDS: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Plan,
        Penalty,
        GradientDescent,
        Momentum,
        RMSprop,
        Adagrad,
        Adam,
        FeatureNoise,
        Mixup,
        ImageJitter,
        *LOSSES.values(),
        *SCHEDULES.values(),
        *NETWORK_KINDS.values(),
    )
}
"""What may appear in the JSON form of a plan or network."""
