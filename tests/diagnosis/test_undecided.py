import numpy as np
import pytest

from trainwell.diagnosis.gradient_check import check_gradient
from trainwell.errors import ConfigurationError
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.network.objective import Objective
from trainwell.network.penalties import Penalty
from trainwell.randomness import Randomness

THETA = np.array([1.0, -2.0, 0.5])
FACTORS = [-2.0, 0.0, 3.0]


def parabola(t):
    return float(t @ t)


@pytest.mark.parametrize("factor", [*FACTORS, 2.0])
def test_a_cost_without_digits_to_spare_decides_nothing(factor):
    check = check_gradient(lambda t: 1e15 + parabola(t), factor * THETA, THETA)
    assert check.verdict in {"UNDECIDED", "FAIL"}
    assert not check.passed


def test_the_undecided_text_says_what_to_do():
    text = check_gradient(lambda t: 1e15 + parabola(t), 0 * THETA, THETA).text
    assert text.startswith("UNDECIDED: the cost is rounded so coarsely")
    assert text.endswith("check at another point.")


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e4])
@pytest.mark.parametrize("factor", FACTORS)
def test_what_can_be_seen_is_decided(offset, factor):
    cost = lambda t: offset + parabola(t)  # noqa: E731
    assert check_gradient(cost, 2 * THETA, THETA).verdict == "PASS"
    assert check_gradient(cost, factor * THETA, THETA).verdict == "FAIL"


def test_a_cost_with_dropout_of_its_own_is_refused():
    network, passes = mlp(2, (16,), 1, dropout=0.3, activation="tanh"), iter(range(10_000))
    theta, x = network.initial(0), np.random.default_rng(0).normal(size=(2, 9))
    objective, y = Objective(SigmoidCrossEntropy(), Penalty(), 9), np.ones((1, 9))

    def cost(shifted):
        place = Randomness(0, next(passes))
        return objective.value_and_gradient(network, shifted, np.empty(0), x, y, None, place)[0]

    with pytest.raises(ConfigurationError, match="the same each time"):
        check_gradient(cost, np.zeros_like(theta), theta)


def test_a_kink_hides_nothing():
    check = check_gradient(
        lambda t: float(abs(t).sum()), np.array([1.0, 1.0]), np.array([0.0, 2.0])
    )
    assert check.verdict == "PASS"
    assert check.hidden < 1e-6
