"""Penalties: the course's L2, the lasso and the elastic net, on weights only."""

import numpy as np
import pytest
from numerical import numerical_gradient, relative_difference
from tables import PENALTIES

from trainwell.errors import ConfigurationError
from trainwell.network.build import mlp
from trainwell.network.penalties import Penalty

THETA = np.array([3.0, -1.0, 5.0, -0.5])
WEIGHTS = np.array([True, True, False, True])
THETA.flags.writeable = WEIGHTS.flags.writeable = False


@pytest.mark.parametrize(
    ("penalty", "value", "gradient"),
    [
        # 3 + 1 + 0.5 = 4.5;  9 + 1 + 0.25 = 10.25;  8 examples
        (Penalty(), 0.0, [0.0, 0.0, 0.0, 0.0]),
        (Penalty(l1=2.0), 2 * 4.5 / 8, [0.25, -0.25, 0.0, -0.25]),
        (Penalty(l2=4.0), 4 / 2 * 10.25 / 8, [1.5, -0.5, 0.0, -0.25]),
        (Penalty(2.0, 4.0), 1.125 + 2.5625, [1.75, -0.75, 0.0, -0.5]),
    ],
    ids=repr,
)
def test_a_penalty_is_as_worked_by_hand(
    penalty: Penalty, value: float, gradient: list[float]
) -> None:
    found = penalty(THETA, WEIGHTS, 8)
    assert found[0] == pytest.approx(value, rel=1e-15)
    assert found[1].tolist() == gradient


@pytest.mark.parametrize("name", PENALTIES)
def test_the_gradient_is_the_derivative(name: str) -> None:
    penalty = PENALTIES[name]
    numeric = numerical_gradient(lambda theta: penalty(theta, WEIGHTS, 3)[0], THETA)
    assert relative_difference(penalty(THETA, WEIGHTS, 3)[1], numeric) < 1e-9


def test_the_published_cost_with_l2() -> None:
    # Test case of the course: weights drawn by seed 1, lambd = 0.1, five examples.
    legacy = np.random.RandomState(1)
    weights = []
    for shape in ((2, 3), (2, 1), (3, 2), (3, 1), (1, 3), (1, 1)):
        drawn = legacy.randn(*shape)
        if shape[1] > 1:
            weights.append(drawn.ravel())
    theta = np.concatenate(weights)
    value, _ = Penalty(l2=0.1)(theta, np.ones(theta.size, dtype=bool), 5)
    assert 1.6025016047573226 + value == pytest.approx(1.7864859451590758, abs=1e-12)


def test_weights_of_every_layer_count_and_nothing_else() -> None:
    network = mlp(3, (4, 2), 1, batch_norm=True)
    theta = np.ones(network.size)
    value, gradient = Penalty(l2=2.0)(theta, network.penalized, 1)
    assert value == 3 * 4 + 4 * 2 + 2 * 1
    assert gradient.sum() == 2 * value


def test_only_a_penalty_of_zero_is_none() -> None:
    assert not Penalty()
    assert Penalty(l1=1e-300)
    assert Penalty(l2=1e-300)


def test_precision_is_kept() -> None:
    theta = THETA.astype(np.float32)
    assert Penalty(0.1, 0.2)(theta, WEIGHTS, 3)[1].dtype == np.float32


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"l1": -0.1}, "Penalty.l1 must be at least 0, got -0.1"),
        ({"l2": float("inf")}, "Penalty.l2 must be at least 0, got inf"),
    ],
)
def test_a_strength_outside_its_domain_is_refused(
    settings: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Penalty(**settings)
    assert str(caught.value) == sentence
