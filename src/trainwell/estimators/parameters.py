"""The parameters of the estimators: what each may be, checked when a fit begins."""

from collections.abc import Collection, Mapping, Sequence
from math import inf
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn.utils import check_random_state

from trainwell.errors import ConfigurationError
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.initializers import INITIALIZERS, Initializer
from trainwell.settings import (
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    required_integer,
    required_real,
)
from trainwell.training.optimizer import Optimizer
from trainwell.training.plan import OPTIMIZERS
from trainwell.training.schedules import SCHEDULES, Schedule

AUTO = "auto"
"""What leaves a choice to the table's size."""

OPEN_UNIT = Interval(0, 1, closed="neither")

REALS: Mapping[str, Interval] = {
    "alpha": NON_NEGATIVE,
    "l1": NON_NEGATIVE,
    "weight_decay": NON_NEGATIVE,
    "label_smoothing": FRACTION,
    "learning_rate_init": POSITIVE,
    "power_t": NON_NEGATIVE,
    "tol": NON_NEGATIVE,
    "momentum": FRACTION,
    "validation_fraction": OPEN_UNIT,
    "beta_1": FRACTION,
    "beta_2": FRACTION,
    "epsilon": POSITIVE,
    "clip_norm": POSITIVE,
    "clip_value": POSITIVE,
    "time_limit": POSITIVE,
    "quantile": OPEN_UNIT,
    "huber_delta": POSITIVE,
    "checkpoint_every": NON_NEGATIVE,
}
INTEGERS = ("batch_size", "max_iter", "max_fun", "n_members")
FLAGS = ("shuffle", "warm_start", "nesterovs_momentum", "batch_norm", "standardize")
CHOICES: Mapping[str, Collection[str]] = {
    "engine": ("auto", "compiled", "reference"),
    "dtype": ("auto", "float32", "float64"),
}
AUTOMATIC = frozenset(
    {
        *("hidden_layer_sizes", "batch_size", "learning_rate", "learning_rate_init"),
        *("max_iter", "early_stopping", "n_iter_no_change", "dropout", "weight_decay"),
        *("n_members", "tol", "validation_fraction", "label_smoothing"),
        "numeric_bins",
    }
)
"""Parameters that may be ``"auto"``."""
OPTIONAL = frozenset({"clip_norm", "clip_value", "time_limit"})
"""Parameters that may be ``None``."""

ACTIVATION_NAMES = {"logistic": "sigmoid", "linear": "identity"}
"""Names that others use for our activations."""

SOLVERS = frozenset({"sgd", "adam", "lbfgs", *OPTIMIZERS})
LEARNING_RATES = frozenset({"auto", "constant", "invscaling", "adaptive", *SCHEDULES})


def checked(owner: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in one plain form, or refuse the first that is outside its domain.

    Parameters
    ----------
    owner : str
        Class that asks, for the message.
    given : mapping of str to object
        As ``get_params`` returns.

    Returns
    -------
    dict
        Numbers as Python's own; widths, activations and dropout rates as tuples, one a
        hidden layer where their number is known.

    Raises
    ------
    ConfigurationError
        With the name of the parameter, its domain and the value.
    """
    plain = dict(given)
    for name, value in given.items():
        if (isinstance(value, str) and value == AUTO and name in AUTOMATIC) or (
            value is None and name in OPTIONAL
        ):
            continue
        if name in REALS:
            plain[name] = required_real(owner, name, value, REALS[name])
        elif name in INTEGERS:
            plain[name] = required_integer(owner, name, value, 1)
        elif name == "numeric_bins":
            plain[name] = required_integer(owner, name, value, 0)
        elif name in FLAGS and not isinstance(value, bool):
            raise ConfigurationError.out_of_range(owner, name, value, "True or False")
        elif name in CHOICES and value not in CHOICES[name]:
            raise ConfigurationError.unknown_name(f"{owner}.{name}", value, CHOICES[name])
    return plain | _special(owner, plain)


def _special(owner: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that have more than one form."""
    widths = _widths(owner, given["hidden_layer_sizes"])
    return {
        "hidden_layer_sizes": widths,
        "activation": _names(
            owner, "activation", given["activation"], ACTIVATIONS, ACTIVATION_NAMES
        ),
        "initializer": _initializers(owner, given["initializer"]),
        "dropout": _rates(owner, given["dropout"]),
        "solver": _solver(owner, given["solver"]),
        "learning_rate": _learning_rate(owner, given["learning_rate"]),
        "early_stopping": _early(owner, given["early_stopping"]),
        "n_iter_no_change": _patience(owner, given["n_iter_no_change"]),
        "n_jobs": _threads(owner, given["n_jobs"]),
        "on_epoch": _function(owner, given["on_epoch"]),
        "checkpoint": _path(owner, given["checkpoint"]),
    }


def _widths(owner: str, value: Any) -> tuple[int, ...] | str:
    if isinstance(value, str) and value == AUTO:
        return AUTO
    listed = [value] if isinstance(value, Real) or not hasattr(value, "__iter__") else list(value)
    if isinstance(value, str) or any(
        not isinstance(one, Integral) or isinstance(one, bool) or one <= 0 for one in listed
    ):
        domain = "a positive number of units, a sequence of them, or 'auto'"
        raise ConfigurationError.out_of_range(owner, "hidden_layer_sizes", value, domain)
    return tuple(int(one) for one in listed)


def _names(
    owner: str, name: str, value: Any, known: Mapping[str, Any], others: Mapping[str, str]
) -> str | tuple[str, ...]:
    """Return a name, or one a layer, with the words of others translated."""
    if isinstance(value, str):
        word = others.get(value, value)
        if word not in known:
            raise ConfigurationError.unknown_name(f"{owner}.{name}", value, {*known, *others})
        return word
    if not isinstance(value, Sequence):
        raise ConfigurationError.out_of_range(owner, name, value, "a name, or one a hidden layer")
    return tuple(str(_names(owner, name, one, known, others)) for one in value)


def _initializers(owner: str, value: Any) -> Any:
    if value is None or isinstance(value, Initializer):
        return value
    if isinstance(value, str):
        if value not in INITIALIZERS:
            raise ConfigurationError.unknown_name(f"{owner}.initializer", value, INITIALIZERS)
        return INITIALIZERS[value]
    if not isinstance(value, Sequence):
        domain = "a name, an initializer, or one a layer"
        raise ConfigurationError.out_of_range(owner, "initializer", value, domain)
    return tuple(_initializers(owner, one) for one in value)


def _rates(owner: str, value: Any) -> Any:
    if isinstance(value, str) and value == AUTO:
        return AUTO
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(required_real(owner, "dropout", one, FRACTION) for one in value)
    return required_real(owner, "dropout", value, FRACTION)


def _solver(owner: str, value: Any) -> Any:
    if isinstance(value, str):
        if value not in SOLVERS:
            raise ConfigurationError.unknown_name(f"{owner}.solver", value, SOLVERS)
        return value
    if isinstance(value, type) or not isinstance(value, Optimizer):
        raise ConfigurationError.out_of_range(owner, "solver", value, "a name or an optimizer")
    return value


def _learning_rate(owner: str, value: Any) -> Any:
    if isinstance(value, str):
        if value not in LEARNING_RATES:
            raise ConfigurationError.unknown_name(f"{owner}.learning_rate", value, LEARNING_RATES)
        return value
    if isinstance(value, type) or not isinstance(value, Schedule):
        domain = "a name or a schedule; a number is learning_rate_init"
        raise ConfigurationError.out_of_range(owner, "learning_rate", value, domain)
    return value


def _early(owner: str, value: Any) -> bool | str:
    if isinstance(value, bool) or (isinstance(value, str) and value == AUTO):
        return value
    domain = "True, False or 'auto'"
    raise ConfigurationError.out_of_range(owner, "early_stopping", value, domain)


def _patience(owner: str, value: Any) -> int | float | str:
    if isinstance(value, str) and value == AUTO:
        return AUTO
    if isinstance(value, Real) and value == inf:
        return inf
    return required_integer(owner, "n_iter_no_change", value, 1)


def _threads(owner: str, value: Any) -> int:
    if value is None:
        return 1
    if isinstance(value, Integral) and not isinstance(value, bool) and value == -1:
        return -1
    return required_integer(owner, "n_jobs", value, 1)


def _function(owner: str, value: Any) -> Any:
    if value is not None and not callable(value):
        raise ConfigurationError.out_of_range(owner, "on_epoch", value, "a function or None")
    return value


def _path(owner: str, value: Any) -> Path | None:
    if value is None or isinstance(value, str | PathLike):
        return None if value is None else Path(value)
    raise ConfigurationError.out_of_range(owner, "checkpoint", value, "a path or None")


def seed_of(random_state: Any) -> int:
    """Return the key of every random decision: an integer stands for itself."""
    if isinstance(random_state, Integral) and not isinstance(random_state, bool):
        return required_integer("estimator", "random_state", random_state, 0)
    if hasattr(random_state, "integers"):
        return int(random_state.integers(2**31 - 1))
    return int(check_random_state(random_state).randint(2**31 - 1))
