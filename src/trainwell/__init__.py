"""Train, explain and improve feed-forward neural networks.

A run is a pure function of network, plan and data that yields one record per epoch;
everything else reads those records.
"""

from trainwell.data.augmentation import FeatureNoise, Mixup
from trainwell.data.dataset import Data
from trainwell.data.football import load_football
from trainwell.data.image_augmentation import ImageJitter
from trainwell.data.scaling import Standardizer, fit_standardizer
from trainwell.data.shift import distribution_differences, warn_about_differences
from trainwell.data.splits import split, split_indices
from trainwell.data.toys import (
    make_blobs,
    make_circles,
    make_football_field,
    make_moons,
    make_spirals,
    make_xor,
)
from trainwell.diagnosis.gradient_check import (
    GradientCheck,
    check_gradient,
    numerical_gradient,
    relative_difference,
)
from trainwell.diagnosis.signals import SignalScales, signal_scales
from trainwell.engine.epochs import Run, epochs, train
from trainwell.network.activate import Activate
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.initializers import INITIALIZERS
from trainwell.network.losses import LOSSES
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.network.regression_losses import (
    AbsoluteError,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.averages import exponentially_weighted_average
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.loop import Epoch
from trainwell.training.outcome import Outcome
from trainwell.training.plan import OPTIMIZERS, Plan
from trainwell.training.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    InverseRoot,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    Stepped,
    WarmupCosine,
)
from trainwell.training.state import State

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "AbsoluteError",
    "Activate",
    "Adagrad",
    "Adam",
    "BatchNorm",
    "Constant",
    "Cosine",
    "Data",
    "Dense",
    "Dropout",
    "Epoch",
    "Exponential",
    "FeatureNoise",
    "GradientCheck",
    "GradientDescent",
    "Huber",
    "ImageJitter",
    "InverseRoot",
    "InverseTime",
    "Mixup",
    "Momentum",
    "Network",
    "OneCycle",
    "Outcome",
    "Penalty",
    "Pinball",
    "Plan",
    "Poisson",
    "RMSprop",
    "ReduceOnPlateau",
    "Run",
    "SigmoidCrossEntropy",
    "SignalScales",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Standardizer",
    "State",
    "Stepped",
    "WarmupCosine",
    "check_gradient",
    "distribution_differences",
    "epochs",
    "exponentially_weighted_average",
    "fit_standardizer",
    "load_football",
    "make_blobs",
    "make_circles",
    "make_football_field",
    "make_moons",
    "make_spirals",
    "make_xor",
    "mlp",
    "numerical_gradient",
    "relative_difference",
    "signal_scales",
    "split",
    "split_indices",
    "train",
    "warn_about_differences",
]
