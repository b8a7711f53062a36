"""Random jobs: a strategy over networks, plans and data."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from kernels.jobs import drawn
from tables import ACTIVATIONS, LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES

from trainwell.data.augmentation import FeatureNoise, Mixup
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.layer import Layer
from trainwell.network.network import Network
from trainwell.training.job import Job
from trainwell.training.optimizer import Optimizer
from trainwell.training.plan import Plan
from trainwell.training.schedules import ReduceOnPlateau, Schedule
from trainwell.training.state import state_at

RATES = st.sampled_from([1e-5, 1e-4, 3e-4])
"""Small: a rate too large for the curvature multiplies rounding from step to step, and behind a
kink a large step takes two engines to places far from each other."""

BIASES = st.sampled_from(["zero", "base rate"])

TABLED_RATE = 0.1
"""The rate of the schedules in the table."""

WEIGHTLESS = st.sampled_from(["activate", "dropout", "batch-norm"])


def _weightless(kind: str, units: int, draw: st.DrawFn) -> Layer:
    if kind == "activate":
        return Activate(units, draw(st.sampled_from(ACTIVATIONS)))
    if kind == "dropout":
        return Dropout(units, draw(st.sampled_from([0.0, 0.2, 0.5])))
    momentum, epsilon = draw(st.sampled_from([0.0, 0.5, 0.9])), draw(st.sampled_from([1e-3, 0.1]))
    return BatchNorm(units, momentum, epsilon)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw layers in any order, some of them dense."""
    stack: list[Layer] = []
    units = draw(st.integers(1, 6))
    for _ in range(draw(st.integers(0, 3))):
        stack += [_weightless(kind, units, draw) for kind in draw(st.lists(WEIGHTLESS, max_size=3))]
        following = draw(st.integers(1, 9))
        stack.append(Dense(units, following, bias=draw(st.booleans())))
        units = following
    return Network((*stack, Dense(units, draw(st.integers(2, 3)))))


def _without_amplification(rule: Optimizer) -> Optimizer:
    """Return the rule with an epsilon that leaves rounding small.

    Where batch norm takes a shift or a scale away, and where a parabola's bottom is reached,
    a gradient is rounding alone; a division by its own size would make it a step.
    """
    return replace(rule, epsilon=0.1) if hasattr(rule, "epsilon") else rule


def _slowed(schedule: Schedule, rate: float) -> Schedule:
    """Return the schedule, all of it scaled down to a rate."""
    if isinstance(schedule, ReduceOnPlateau):
        # Halved too often it moves nothing: then rounding says which epoch is the best.
        return replace(schedule, rate=rate, patience=20)
    lowest = getattr(schedule, "floor", None)
    floor = {} if lowest is None else {"floor": lowest * rate / TABLED_RATE}
    return replace(schedule, rate=rate, **floor)


@st.composite
def plans(draw: st.DrawFn, loss: str) -> Plan:
    """Draw everything about a run but network and data."""
    rule = _without_amplification(OPTIMIZERS[draw(st.sampled_from(sorted(OPTIMIZERS)))])
    schedule = SCHEDULES[draw(st.sampled_from(sorted(SCHEDULES)))]
    settings: dict[str, Any] = {
        "optimizer": rule,
        "learning_rate": _slowed(schedule, draw(RATES)),
        "batch_size": draw(st.none() | st.integers(1, 30)),
        "penalty": PENALTIES[draw(st.sampled_from(sorted(PENALTIES)))],
        "weight_decay": draw(st.sampled_from([0.0, 0.1])),
        "clip_value": draw(st.sampled_from([None, 0.1])),
        "clip_norm": draw(st.sampled_from([None, 0.3])),
        "augmentation": draw(st.sampled_from([None, None, FeatureNoise(0.1), Mixup(0.5)])),
        "output_bias": "zero" if loss == "poisson" else draw(BIASES),
        "shuffle": draw(st.booleans()),
        # Never 0: rounding would say which of equally good epochs is the best.
        "tolerance": draw(st.sampled_from([1e-8, 0.01])),
        "seed": draw(st.integers(0, 2**32)),
    }
    return Plan(LOSSES[loss].loss, **settings)


@st.composite
def combinations(draw: st.DrawFn) -> Job:
    """Draw a job: a network, a plan and data that fit together."""
    network = draw(networks())
    loss = draw(st.sampled_from(sorted(LOSSES)))
    plan = draw(plans(loss))
    sizes = {"inputs": network.inputs, "outputs": network.outputs}
    seed = draw(st.integers(0, 2**32))
    training, checked = (
        drawn(loss, draw(st.integers(1, 40)), **sizes, weighted=draw(st.booleans()), seed=seed + k)
        for k in range(2)
    )
    start = None
    if plan.output_bias == "zero":
        # Off the kinks: with every bias at zero a unit that sees zeros stands on one.
        noise = 0.1 * np.random.default_rng(seed).standard_normal(network.size)
        # The exponential of a large logit has a gradient of 1e7, and rounding of that size is
        # all that is left where batch norm cancels it.
        scale = 0.3 if loss == "poisson" else 1.0
        start = state_at(network, plan, scale * (network.initial(plan.seed) + noise))
    return Job(network, plan, training, checked if draw(st.booleans()) else None, start)
