"""Train, explain and improve feed-forward neural networks.

A run is a pure function of network, plan and data that yields one record per epoch;
everything else reads those records.
"""

from typing import TYPE_CHECKING, Any

from trainwell.data.augmentation import FeatureNoise, Mixup
from trainwell.data.chunks import ArrayChunks, ParquetChunks
from trainwell.data.dataset import Data
from trainwell.data.football import load_football
from trainwell.data.image_augmentation import ImageJitter
from trainwell.data.scaling import Standardizer, fit_standardizer
from trainwell.data.shift import distribution_differences, warn_about_differences
from trainwell.data.splits import split, split_indices
from trainwell.data.stream import Stream
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
from trainwell.diagnosis.signals import SignalScales, network_scales, signal_scales
from trainwell.engine.epochs import epochs
from trainwell.engine.many import train_many
from trainwell.engine.prediction import predict
from trainwell.engine.run import Run, train
from trainwell.errors import (
    ConfigurationError,
    DataError,
    DistributionWarning,
    FileFormatError,
    ShapeError,
    StorageError,
    TrainwellError,
)
from trainwell.network.activate import Activate
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.initializers import (
    INITIALIZERS,
    Filled,
    Normal,
    Orthogonal,
    ScaledIdentity,
    VarianceScaling,
)
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
from trainwell.randomness import Randomness
from trainwell.settings import as_json, from_json
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.averages import exponentially_weighted_average
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.engine import Epoch
from trainwell.training.job import Job
from trainwell.training.outcome import Outcome
from trainwell.training.plan import OPTIMIZERS, PLAN_KINDS, Plan
from trainwell.training.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    InverseRoot,
    InverseScaling,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    Stepped,
    WarmupCosine,
)
from trainwell.training.state import State
from trainwell.training.storage import load_state, save_state

if TYPE_CHECKING:
    from trainwell.diagnosis.autopsy import Autopsy, autopsy
    from trainwell.diagnosis.gradient_frameworks.torch_check import check_function, check_module
    from trainwell.diagnosis.gradients.check import assert_gradients, check_gradients
    from trainwell.diagnosis.gradients.jacobian import check_jacobian
    from trainwell.diagnosis.gradients.vjp import check_vjp
    from trainwell.estimators.classifier import MLPClassifier
    from trainwell.estimators.model_file import load
    from trainwell.estimators.regressor import MLPRegressor
    from trainwell.estimators.table_encoder import TableEncoder

_LATER = {
    "Autopsy": "diagnosis.autopsy",
    "MLPClassifier": "estimators.classifier",
    "MLPRegressor": "estimators.regressor",
    "TableEncoder": "estimators.table_encoder",
    "assert_gradients": "diagnosis.gradients.check",
    "autopsy": "diagnosis.autopsy",
    "check_function": "diagnosis.gradient_frameworks.torch_check",
    "check_gradients": "diagnosis.gradients.check",
    "check_jacobian": "diagnosis.gradients.jacobian",
    "check_module": "diagnosis.gradient_frameworks.torch_check",
    "check_vjp": "diagnosis.gradients.vjp",
    "load": "estimators.model_file",
}
"""What is imported when it is asked for: scikit-learn takes longer than all the rest."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"trainwell.{_LATER[name]}"), name)


__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LOSSES",
    "OPTIMIZERS",
    "PLAN_KINDS",
    "SCHEDULES",
    "AbsoluteError",
    "Activate",
    "Adagrad",
    "Adam",
    "ArrayChunks",
    "Autopsy",
    "BatchNorm",
    "ConfigurationError",
    "Constant",
    "Cosine",
    "Data",
    "DataError",
    "Dense",
    "DistributionWarning",
    "Dropout",
    "Epoch",
    "Exponential",
    "FeatureNoise",
    "FileFormatError",
    "Filled",
    "GradientCheck",
    "GradientDescent",
    "Huber",
    "ImageJitter",
    "InverseRoot",
    "InverseScaling",
    "InverseTime",
    "Job",
    "MLPClassifier",
    "MLPRegressor",
    "Mixup",
    "Momentum",
    "Network",
    "Normal",
    "OneCycle",
    "Orthogonal",
    "Outcome",
    "ParquetChunks",
    "Penalty",
    "Pinball",
    "Plan",
    "Poisson",
    "RMSprop",
    "Randomness",
    "ReduceOnPlateau",
    "Run",
    "ScaledIdentity",
    "ShapeError",
    "SigmoidCrossEntropy",
    "SignalScales",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "Standardizer",
    "State",
    "Stepped",
    "StorageError",
    "Stream",
    "TableEncoder",
    "TrainwellError",
    "VarianceScaling",
    "WarmupCosine",
    "as_json",
    "assert_gradients",
    "autopsy",
    "check_function",
    "check_gradient",
    "check_gradients",
    "check_jacobian",
    "check_module",
    "check_vjp",
    "distribution_differences",
    "epochs",
    "exponentially_weighted_average",
    "fit_standardizer",
    "from_json",
    "load",
    "load_football",
    "load_state",
    "make_blobs",
    "make_circles",
    "make_football_field",
    "make_moons",
    "make_spirals",
    "make_xor",
    "mlp",
    "network_scales",
    "numerical_gradient",
    "predict",
    "relative_difference",
    "save_state",
    "signal_scales",
    "split",
    "split_indices",
    "train",
    "train_many",
    "warn_about_differences",
]
