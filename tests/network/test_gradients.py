"""Every combination of activation, loss, penalty and kind of pass against differences."""

from itertools import product

import numpy as np
import pytest
from numerical import numerical_gradient, numerical_gradients, relative_difference
from tables import ACTIVATIONS, KINKED, LAYERS, LOSSES, PENALTIES, TRAINING, LossRow

from trainwell.network.activate import Activate
from trainwell.network.build import mlp
from trainwell.network.layer import Layer
from trainwell.network.network import Network
from trainwell.network.objective import Objective
from trainwell.randomness import Randomness
from trainwell.types import FloatArray

LIMIT = 1e-7
MARGIN = 1e-3
"""Distance of every number from a kink: a hundred steps of the differences."""

M = 7.5
"""Total weight of the training examples, which a penalty is spread over."""

INPUTS, HIDDEN, OUTPUTS, EXAMPLES = 2, (3, 2), 3, 5

PASSES: dict[str, tuple[bool, float, Randomness | None]] = {
    "plain": (False, 0.0, None),
    "dropout": (False, 0.35, TRAINING),
    "batch-norm-training": (True, 0.0, TRAINING),
    "batch-norm-evaluating": (True, 0.0, None),
    "batch-norm-and-dropout": (True, 0.35, TRAINING),
}
"""Whether there is batch norm, the rate of dropout, and training or evaluation."""


class Case:
    """One network at one point, with one set of examples."""

    def __init__(self, network: Network, row: LossRow, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.network, self.row = network, row
        self.theta = 0.8 * rng.standard_normal(network.size)
        self.buffers = rng.uniform(0.5, 1.5, network.buffer_size)
        self.x = rng.standard_normal((network.inputs, EXAMPLES))
        self.y = row.targets(rng, network.outputs, EXAMPLES)
        self.weight = rng.uniform(0.2, 1.8, EXAMPLES)

    def margin(self, randomness: Randomness | None) -> float:
        """Return how far this point is from the nearest kink."""
        logits, caches = self.network.forward(self.theta, self.buffers, self.x, randomness)
        distances = [np.abs(self.theta[self.network.penalized])]
        if self.row.kinked:
            distances.append(np.abs(logits - self.y))
        for layer, cache in zip(self.network.layers, caches, strict=True):
            if isinstance(layer, Activate) and layer.function in KINKED:
                distances.append(np.abs(cache[0]))
        return min(float(distance.min()) for distance in distances)


def away_from_kinks(network: Network, row: LossRow, randomness: Randomness | None) -> Case:
    """Return the first case, by seed, that stands clear of every kink."""
    cases = (Case(network, row, seed) for seed in range(100))
    return next(case for case in cases if case.margin(randomness) > MARGIN)


def errors(case: Case, randomness: Randomness | None) -> dict[str, float]:
    """Return the error of the gradient for every penalty, with and without weights."""
    ways = list(product(PENALTIES.items(), (None, case.weight)))

    def values(theta: FloatArray) -> FloatArray:
        """Return the objective in every way; the forward pass is the same for all."""
        logits, _ = case.network.forward(theta, case.buffers, case.x, randomness)
        return np.array(
            [
                case.row.loss(logits, case.y, weight)[0]
                + penalty(theta, case.network.penalized, M)[0]
                for (_, penalty), weight in ways
            ]
        )

    found, here, slopes = {}, values(case.theta), numerical_gradients(values, case.theta)
    for ((name, penalty), weight), value, slope in zip(ways, here, slopes, strict=True):
        reported, gradient, _ = Objective(case.row.loss, penalty, M).value_and_gradient(
            case.network, case.theta, case.buffers, case.x, case.y, weight, randomness
        )
        assert reported == value
        label = name if weight is None else f"{name}, weighted"
        found[label] = relative_difference(gradient, slope)
    return found


@pytest.mark.parametrize("kind", PASSES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backward_is_the_derivative_of_the_objective(activation: str, loss: str, kind: str) -> None:
    batch_norm, rate, randomness = PASSES[kind]
    network = mlp(
        INPUTS, HIDDEN, OUTPUTS, activation=activation, batch_norm=batch_norm, dropout=rate
    )
    case = away_from_kinks(network, LOSSES[loss], randomness)
    wrong = {name: error for name, error in errors(case, randomness).items() if error > LIMIT}
    assert not wrong


@pytest.mark.parametrize("outputs", [1, OUTPUTS])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_linear_model_has_the_right_gradient(loss: str, outputs: int) -> None:
    case = away_from_kinks(mlp(4, (), outputs), LOSSES[loss], None)
    assert max(errors(case, None).values()) < LIMIT


def input_at_a_safe_distance(layer: Layer) -> FloatArray:
    """Return an input whose entries are none of them near 0."""
    rng = np.random.default_rng(8)
    x = rng.standard_normal((layer.inputs, 6))
    return np.sign(x) * (np.abs(x) + 0.01)


@pytest.mark.parametrize("randomness", [None, TRAINING], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_the_gradient_of_its_input_and_of_each_array(
    name: str, randomness: Randomness | None
) -> None:
    layer = LAYERS[name]
    rng = np.random.default_rng(7)
    x = input_at_a_safe_distance(layer)
    parameters = tuple(rng.standard_normal(slot.shape) for slot in layer.slots)
    statistics = tuple(rng.uniform(0.5, 1.5, slot.shape) for slot in layer.statistics)
    project = rng.standard_normal((layer.outputs, x.shape[1]))

    def value(parameters: tuple[FloatArray, ...], x: FloatArray) -> float:
        return float((project * layer.forward(parameters, statistics, x, randomness)[0]).sum())

    _, cache = layer.forward(parameters, statistics, x, randomness)
    grad_x, grads = layer.backward(parameters, cache, project)

    numeric = numerical_gradient(lambda x: value(parameters, x), x)
    assert relative_difference(grad_x, numeric) < LIMIT
    assert len(grads) == len(parameters)
    for place, (array, grad) in enumerate(zip(parameters, grads, strict=True)):

        def of_array(changed: FloatArray, place: int = place) -> float:
            return value((*parameters[:place], changed, *parameters[place + 1 :]), x)

        assert grad.shape == array.shape
        assert relative_difference(grad, numerical_gradient(of_array, array)) < LIMIT


def test_the_masks_of_these_cases_drop_some_and_keep_some() -> None:
    masks = [TRAINING.at_layer(n).kept((units, EXAMPLES), 0.65) for n, units in enumerate(HIDDEN)]
    assert all(0 < mask.sum() < mask.size for mask in masks)


def test_a_planted_mistake_is_far_beyond_the_limit() -> None:
    case = away_from_kinks(mlp(2, (3,), 1), LOSSES["squared"], None)
    right = case.theta
    wrong = np.where(np.arange(right.size) == 0, 1.001 * right, right)
    assert relative_difference(right, wrong) > 100 * LIMIT
