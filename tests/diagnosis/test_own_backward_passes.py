"""This library's own backward passes, checked by its own gradient check.

The tape follows the layers as it follows a user's code. The losses and penalties return plain
numbers, which it cannot follow: they, and whole networks, are checked by differences.
"""

import numpy as np
import pytest
from tables import ACTIVATIONS, LAYERS, LOSSES, PENALTIES, TRAINING

from trainwell.diagnosis.gradients import check_gradients
from trainwell.network.build import mlp
from trainwell.network.objective import Objective

EXAMPLES, M = 5, 7.5
PASSES = {
    "plain": (False, 0.0, None),
    "dropout": (False, 0.35, TRAINING),
    "batch norm": (True, 0.0, TRAINING),
    "batch norm, evaluating": (True, 0.0, None),
    "batch norm and dropout": (True, 0.35, TRAINING),
}


def doubled(gradient):
    """Return a backward pass that is wrong in its last number."""

    def wrong(*arguments):
        found = np.array(gradient(*arguments))
        found.flat[-1] *= 1.001
        return found

    return wrong


def away_from_zero(rng, shape):
    x = rng.standard_normal(shape)
    return np.sign(x) * (np.abs(x) + 0.05)


@pytest.mark.parametrize("randomness", [None, TRAINING], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_right_by_the_tape_of_their_forward_pass(name, randomness):
    layer = LAYERS[name]
    rng = np.random.default_rng(22)
    x = away_from_zero(rng, (layer.inputs, 6))
    params = [x, *(rng.standard_normal(slot.shape) for slot in layer.slots)]
    statistics = tuple(rng.uniform(0.5, 1.5, slot.shape) for slot in layer.statistics)
    project = rng.standard_normal((layer.outputs, 6))

    def cost(p):
        output, cache = layer.forward(tuple(p[1:]), statistics, p[0], randomness)
        return (project * output).sum(), cache

    def gradient(p, cache):
        grad_x, grads = layer.backward(tuple(p[1:]), cache, project)
        return [grad_x, *grads]

    report = check_gradients(cost, gradient, params)
    assert report.ok, str(report)
    # GELU asks SciPy for the normal distribution, which the tape does not know.
    assert report.method == "trace" or "ndtr" in report.note
    assert max(found.error for found in report.arrays.values()) < 1e-10


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_right_by_differences(name, weighted):
    row, rng = LOSSES[name], np.random.default_rng(23)
    logits, y = away_from_zero(rng, (3, EXAMPLES)), row.targets(rng, 3, EXAMPLES)
    weight = rng.uniform(0.2, 1.8, EXAMPLES) if weighted else None

    def cost(logits):
        return row.loss(logits, y, weight)[0]

    def gradient(logits):
        return row.loss(logits, y, weight)[1]

    report = check_gradients(cost, gradient, logits, method="central", points=1)
    assert report.ok, str(report)
    report = check_gradients(cost, doubled(gradient), logits, method="central", points=1)
    assert report.verdict == "FAIL", str(report)


@pytest.mark.parametrize("name", PENALTIES)
def test_penalties_are_right_by_differences(name):
    network = mlp(2, (3,), 1)
    theta = away_from_zero(np.random.default_rng(24), network.size)
    penalty = PENALTIES[name]
    report = check_gradients(
        lambda theta: penalty(theta, network.penalized, M)[0],
        lambda theta: penalty(theta, network.penalized, M)[1],
        theta,
        method="central",
        points=1,
    )
    assert report.ok, str(report)


def objective_of(activation, loss, kind, penalty):
    """Return cost and gradient of a whole network as functions of its one vector."""
    batch_norm, rate, randomness = PASSES[kind]
    network = mlp(2, (3, 2), 3, activation=activation, batch_norm=batch_norm, dropout=rate)
    row, rng = LOSSES[loss], np.random.default_rng(25)
    theta = 0.8 * rng.standard_normal(network.size)
    buffers = rng.uniform(0.5, 1.5, network.buffer_size)
    x, y = rng.standard_normal((2, EXAMPLES)), row.targets(rng, 3, EXAMPLES)
    weight = rng.uniform(0.2, 1.8, EXAMPLES)
    objective = Objective(row.loss, PENALTIES[penalty], M)

    def both(theta):
        return objective.value_and_gradient(network, theta, buffers, x, y, weight, randomness)

    return lambda theta: both(theta)[0], lambda theta: both(theta)[1], theta


NETWORKS = [
    (activation, tuple(LOSSES)[at % len(LOSSES)], tuple(PASSES)[at % len(PASSES)], "elastic")
    for at, activation in enumerate(ACTIVATIONS)
]


@pytest.mark.parametrize(("activation", "loss", "kind", "penalty"), NETWORKS)
def test_whole_networks_are_right_by_differences(activation, loss, kind, penalty):
    cost, gradient, theta = objective_of(activation, loss, kind, penalty)
    report = check_gradients(cost, gradient, theta, method="central", points=1)
    assert report.ok, str(report)
    assert report.method == "central"
    assert report["theta"].error < 1e-7


def test_a_planted_mistake_in_a_whole_network_is_found():
    cost, gradient, theta = objective_of("tanh", "softmax", "batch norm", "l2")
    report = check_gradients(cost, doubled(gradient), theta, points=1)
    assert report.verdict == "FAIL", str(report)
    assert np.flatnonzero(report["theta"].wrong).tolist() == [theta.size - 1]


def test_a_whole_network_is_checked_without_a_choice_of_method():
    cost, gradient, theta = objective_of("silu", "squared", "dropout", "elastic")
    report = check_gradients(cost, gradient, theta)
    assert report.ok, str(report)
    assert report.note
