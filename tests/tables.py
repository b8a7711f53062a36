"""The rows that tables of tests run over: a new thing gets every test by one row here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trainwell.network.activate import Activate
from trainwell.network.activations import ACTIVATIONS as REGISTERED_ACTIVATIONS
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.initializers import (
    Filled,
    Initializer,
    Normal,
    Orthogonal,
    ScaledIdentity,
    VarianceScaling,
)
from trainwell.network.layer import Layer
from trainwell.network.losses import Loss
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import (
    AbsoluteError,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)
from trainwell.randomness import Randomness
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.optimizer import Optimizer
from trainwell.training.schedules import (
    Constant,
    Cosine,
    Exponential,
    InverseRoot,
    InverseScaling,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    Stepped,
    WarmupCosine,
)
from trainwell.types import FloatArray

ACTIVATIONS: tuple[str, ...] = tuple(REGISTERED_ACTIVATIONS)

KINKED = frozenset({"relu", "leaky_relu", "selu"})
"""Activations whose slope jumps at 0."""

TRAINING = Randomness(seed=5, step=2)
"""Where training passes of the tests stand."""

LAYERS: Mapping[str, Layer] = {
    "dense": Dense(4, 3),
    "dense-without-bias": Dense(4, 3, bias=False),
    "dense-to-one": Dense(4, 1),
    "batch-norm": BatchNorm(4),
    "batch-norm-large-epsilon": BatchNorm(4, momentum=0.5, epsilon=0.3),
    "dropout": Dropout(4, 0.4),
    "dropout-of-nothing": Dropout(4, 0.0),
    **{f"activate-{name}": Activate(4, name) for name in ACTIVATIONS},
}


@dataclass(frozen=True)
class LossRow:
    """A loss, targets of its domain, and where its slope jumps."""

    loss: Loss
    targets: Callable[[np.random.Generator, int, int], FloatArray]
    kinked: bool = False


def _labels(rng: np.random.Generator, outputs: int, examples: int) -> FloatArray:
    return (rng.random((outputs, examples)) < 0.5).astype(float)


def _classes(rng: np.random.Generator, outputs: int, examples: int) -> FloatArray:
    return np.eye(outputs)[:, rng.integers(outputs, size=examples)]


def _counts(rng: np.random.Generator, outputs: int, examples: int) -> FloatArray:
    return rng.poisson(2.0, (outputs, examples)).astype(float)


def _measured(rng: np.random.Generator, outputs: int, examples: int) -> FloatArray:
    return 2 * rng.standard_normal((outputs, examples))


LOSSES: Mapping[str, LossRow] = {
    "sigmoid": LossRow(SigmoidCrossEntropy(), _labels),
    "sigmoid-smoothed": LossRow(SigmoidCrossEntropy(label_smoothing=0.2), _labels),
    "softmax": LossRow(SoftmaxCrossEntropy(), _classes),
    "softmax-smoothed": LossRow(SoftmaxCrossEntropy(label_smoothing=0.2), _classes),
    "squared": LossRow(SquaredError(), _measured),
    "absolute": LossRow(AbsoluteError(), _measured, kinked=True),
    "huber": LossRow(Huber(), _measured),
    "huber-narrow": LossRow(Huber(delta=0.3), _measured),
    "poisson": LossRow(Poisson(), _counts),
    "pinball": LossRow(Pinball(quantile=0.8), _measured, kinked=True),
}

PENALTIES: Mapping[str, Penalty] = {
    "no-penalty": Penalty(),
    "l1": Penalty(l1=0.3),
    "l2": Penalty(l2=0.7),
    "elastic": Penalty(l1=0.2, l2=0.5),
}

INITIALIZERS: Mapping[str, Initializer] = {
    "zeros": Filled(0.0),
    "filled": Filled(-0.25),
    "normal": Normal(0.01),
    "he": VarianceScaling(2.0, "in"),
    "he-uniform": VarianceScaling(2.0, "in", "uniform"),
    "glorot": VarianceScaling(1.0, "mean"),
    "glorot-uniform": VarianceScaling(1.0, "mean", "uniform"),
    "lecun": VarianceScaling(1.0, "in"),
    "fan-out": VarianceScaling(3.0, "out", "uniform"),
    "orthogonal": Orthogonal(1.5),
    "identity": ScaledIdentity(1.1),
}

OPTIMIZERS: Mapping[str, Optimizer] = {
    "gradient-descent": GradientDescent(),
    "momentum": Momentum(0.9),
    "classical-momentum": Momentum(0.8, "classical"),
    "nesterov": Momentum(0.9, "classical", nesterov=True),
    "average-nesterov": Momentum(0.5, nesterov=True),
    "rmsprop": RMSprop(0.9, 1e-7),
    "adagrad": Adagrad(),
    "adam": Adam(),
    "adam-fast": Adam(0.5, 0.75, 1e-3),
}

SCHEDULES: Mapping[str, Schedule] = {
    "constant": Constant(0.1),
    "inverse-time": InverseTime(0.1, 0.5),
    "exponential": Exponential(0.1, 0.9),
    "inverse-root": InverseRoot(0.1),
    "inverse-scaling": InverseScaling(0.1, examples=3),
    "stepped": Stepped(0.1, 0.5, 3),
    "cosine": Cosine(0.1, 12.0, 0.001),
    "warmup-cosine": WarmupCosine(0.1, 2.5, 12.0, 0.001),
    "one-cycle": OneCycle(0.1, 12.0, 0.4),
    "plateau": ReduceOnPlateau(0.1, 0.5, 2, 1e-3),
}
