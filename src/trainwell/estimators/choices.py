"""Parameters of an estimator to a network and a plan; ``"auto"`` is decided by the table's size."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from trainwell.estimators.parameters import AUTO
from trainwell.estimators.recipe import Size, refuse_too_large
from trainwell.network.build import mlp
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.training.adaptive import Adam, RMSprop
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.optimizer import Optimizer
from trainwell.training.plan import OPTIMIZERS, Plan
from trainwell.training.schedules import (
    SCHEDULES,
    Cosine,
    InverseScaling,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    WarmupCosine,
)

FEWEST_TO_DIVIDE = 100
"""Rows from which on some are kept for validation where nothing was said."""

DESCENDING = ("cosine", "warmup_cosine", "one_cycle")
"""Schedules that end with the last epoch, so that it is no sign of a fit too short."""

MANY_ROWS = 50_000
"""With more rows than this fewer members are trained."""


def divides(given: Mapping[str, Any], rows: int) -> bool:
    """Return whether some of so many rows are kept for validation."""
    early: bool | str = given["early_stopping"]
    if early == AUTO:
        return rows >= FEWEST_TO_DIVIDE and given["solver"] != "lbfgs"
    return bool(early)


@dataclass(frozen=True)
class Circumstances:
    """What else the choices depend on.

    Parameters
    ----------
    measured : bool
        Whether there are rows for validation.
    steady : bool
        Whether later calls go on with the fit, which then has no planned end.
    partial : bool
        Whether this call is ``partial_fit``.
    """

    measured: bool
    steady: bool
    partial: bool


def completed(given: Mapping[str, Any], size: Size, about: Circumstances) -> dict[str, Any]:
    """Return parameters in which every ``"auto"`` has become a value.

    Parameters
    ----------
    given : mapping of str to object
        Checked parameters.
    size : Size
        Of the rows.
    about : Circumstances
        What else decides.

    Returns
    -------
    dict
        The same names.

    Notes
    -----
    docs/defaults.md has the experiment behind each number. Tables of less than 100 rows are
    trained on as one batch without dropout, so that a row of weight 2 is two rows there.
    """
    rows = size.rows
    noisy = given["solver"] != "lbfgs" and rows >= FEWEST_TO_DIVIDE
    rate = 2e-3 if noisy else 1e-2
    chosen = {
        "hidden_layer_sizes": (64, 64),
        "batch_size": rows if rows < FEWEST_TO_DIVIDE else _batch(rows),
        "learning_rate": "constant" if about.steady else "cosine",
        "learning_rate_init": rate / 2 if about.steady else rate,
        "max_iter": 200 if rows < 1000 else 100 if rows < 5000 else 60,
        "n_iter_no_change": 30 if about.measured else 10,
        "dropout": 0.1 if noisy else 0.0,
        "weight_decay": 0.01 if given["solver"] != "lbfgs" else 0.0,
        "label_smoothing": 0.0,
        "tol": 0.0 if about.measured else 1e-4,
        "validation_fraction": 0.15,
        "n_members": 1 if about.partial else 4 if rows <= MANY_ROWS else 2,
    }
    return {
        name: chosen[name] if name in chosen and isinstance(value, str) and value == AUTO else value
        for name, value in given.items()
    }


def _batch(rows: int) -> int:
    """Return how many of so many rows a step takes."""
    return 32 if rows < 1000 else 64 if rows < 5000 else 128


def choose_network(owner: str, given: Mapping[str, Any], size: Size) -> Network:
    """Return the network of completed parameters.

    Parameters
    ----------
    owner : str
        Class that asks, for messages.
    given : mapping of str to object
        As :func:`completed` returns.
    size : Size
        Its inputs and outputs.

    Returns
    -------
    Network
        Layers without parameters yet.

    Raises
    ------
    ConfigurationError
        If settings of layers do not fit their number, or the network would be too large.
    """
    widths = given["hidden_layer_sizes"]
    network = mlp(
        size.features,
        widths,
        size.outputs,
        activation=given["activation"],
        initializer=given["initializer"],
        batch_norm=given["batch_norm"],
        dropout=given["dropout"],
    )
    refuse_too_large(owner, network, widths)
    return network


def choose_plan(given: Mapping[str, Any], loss: Loss, size: Size, seed: int) -> Plan:
    r"""Return the plan of completed parameters.

    ``alpha`` keeps scikit-learn's meaning: the gradient of a batch of ``b`` examples has the
    term :math:`\alpha W / b`. Our penalty is spread over all ``N`` examples, so that its
    strength is :math:`\lambda_2 = \alpha N / b`.

    Parameters
    ----------
    given : mapping of str to object
        As :func:`completed` returns.
    loss : Loss
        Loss and output function.
    size : Size
        Of the training rows.
    seed : int
        Key of every random decision.

    Returns
    -------
    Plan
        Whose ``patience`` is ``None`` where no new best is waited for: with the adaptive
        rate, which ends a fit by becoming too small.
    """
    batch = min(given["batch_size"], size.rows)
    full = batch == size.rows
    share = size.rows / batch
    waits = inf if given["learning_rate"] == "adaptive" else given["n_iter_no_change"]
    return Plan(
        loss,
        _optimizer(given),
        _schedule(given, size),
        batch_size=None if full else batch,
        penalty=Penalty(given["l1"] * share, given["alpha"] * share),
        weight_decay=given["weight_decay"],
        clip_value=given["clip_value"],
        clip_norm=given["clip_norm"],
        output_bias="base rate",
        shuffle=given["shuffle"],
        max_epochs=given["max_iter"],
        patience=None if waits == inf else int(waits) + 1,
        tolerance=given["tol"],
        seed=seed,
    )


def with_tenth_of_rate(plan: Plan) -> Plan:
    """Return a plan of a tenth of the rate, to be tried after a divergence."""
    schedule = plan.learning_rate
    slower = replace(schedule, rate=schedule.rate / 10)  # type: ignore[type-var,attr-defined]
    return replace(plan, learning_rate=slower)


def _optimizer(given: Mapping[str, Any]) -> Optimizer:
    solver = given["solver"]
    if not isinstance(solver, str):
        optimizer: Optimizer = solver
        return optimizer
    momentum, nesterov = given["momentum"], given["nesterovs_momentum"]
    match solver:
        case "adam":
            chosen: Optimizer = Adam(given["beta_1"], given["beta_2"], given["epsilon"])
        case "rmsprop":
            chosen = RMSprop(epsilon=given["epsilon"])
        case "sgd" if momentum:
            chosen = Momentum(momentum, form="classical", nesterov=nesterov)
        case "sgd" | "lbfgs":
            chosen = GradientDescent()
        case _:
            chosen = OPTIMIZERS[solver]
    return chosen


def _schedule(given: Mapping[str, Any], size: Size) -> Schedule:
    name, rate, epochs = (given[n] for n in ("learning_rate", "learning_rate_init", "max_iter"))
    if not isinstance(name, str):
        schedule: Schedule = name
        return schedule
    match name:
        case "invscaling" | "inverse_scaling":
            chosen: Schedule = InverseScaling(rate, size.rows, given["power_t"])
        case "adaptive":
            waits = given["n_iter_no_change"]
            # With no end to waiting the rate stays.
            patience = epochs if waits == inf else int(waits) + 1
            chosen = ReduceOnPlateau(rate, 0.2, patience, given["tol"])
        case "warmup_cosine":
            chosen = WarmupCosine(rate, max(1, epochs // 20), epochs)
        case "cosine":
            chosen = Cosine(rate, epochs)
        case "one_cycle":
            chosen = OneCycle(rate, epochs)
        case _:
            chosen = SCHEDULES[name](rate)  # type: ignore[call-arg]
    return chosen
