"""L-BFGS finds minima of the objective that steps descend on."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from trainwell import (
    Data,
    Job,
    Penalty,
    Plan,
    SigmoidCrossEntropy,
    SquaredError,
    make_circles,
    mlp,
)
from trainwell.engine.lbfgs import minimize
from trainwell.errors import ConfigurationError
from trainwell.network.objective import Objective

CIRCLES = make_circles(200, 0.1, seed=1)


def test_a_linear_network_becomes_scikit_learns_logistic_regression():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4))
    labels = x @ [1.0, -2.0, 0.5, 0.0] + rng.normal(size=300) > 0.3
    weight = rng.uniform(0.5, 2, 300)
    data = Data(x.T, labels[np.newaxis].astype(float), weight)
    plan = Plan(SigmoidCrossEntropy(), penalty=Penalty(l2=2.0), max_epochs=500)
    found = minimize(Job(mlp(4, (), 1), plan, data), tolerance=1e-10)
    # The penalty is spread over the total weight, and so is their 1 / C.
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(x, labels, weight)
    expected = np.append(theirs.coef_, theirs.intercept_)
    np.testing.assert_allclose(found.theta, expected, rtol=1e-5, atol=1e-5)
    assert found.converged


def test_least_squares_are_solved():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    plan = Plan(SquaredError(), max_epochs=200)
    found = minimize(Job(mlp(3, (), 1), plan, Data(x.T, y[np.newaxis])), tolerance=1e-12)
    solved, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(50)]), y, rcond=None)
    np.testing.assert_allclose(found.theta, solved, rtol=1e-5, atol=1e-6)


def test_the_losses_fall_and_the_gradient_vanishes():
    plan = Plan(SigmoidCrossEntropy(), penalty=Penalty(l2=1.0), max_epochs=500)
    job = Job(mlp(2, (8,), 1, activation="tanh"), plan, CIRCLES)
    found = minimize(job, tolerance=1e-6)
    assert all(b <= a for a, b in zip(found.losses, found.losses[1:], strict=False))
    assert len(found.losses) == found.iterations
    objective = Objective(plan.loss, plan.penalty, CIRCLES.total_weight)
    value, gradient, _ = objective.value_and_gradient(
        job.network, found.theta, np.empty(0), CIRCLES.x, CIRCLES.y
    )
    assert value == pytest.approx(found.losses[-1], rel=1e-12)
    assert np.abs(gradient).max() < 1e-4


def test_it_ends_when_it_is_told_to():
    plan = Plan(SigmoidCrossEntropy(), max_epochs=500)
    job = Job(mlp(2, (8,), 1), plan, CIRCLES)
    seen = []

    def watch(iteration, loss, theta):
        seen.append((iteration, loss, theta.size))
        return iteration == 4

    found = minimize(job, watch=watch)
    assert [one[0] for one in seen] == [1, 2, 3, 4]
    assert found.iterations == 4
    assert not found.converged or found.losses
    few = minimize(replace(job, plan=replace(plan, max_epochs=3)))
    assert few.iterations == 3
    assert not few.converged


def test_single_precision_stays_single():
    data = Data(CIRCLES.x.astype(np.float32), CIRCLES.y)
    found = minimize(Job(mlp(2, (8,), 1), Plan(SigmoidCrossEntropy(), max_epochs=20), data))
    assert found.theta.dtype == np.float32


@pytest.mark.parametrize("noise", [{"dropout": 0.1}, {"batch_norm": True}])
def test_a_network_without_a_single_objective_is_refused(noise):
    job = Job(mlp(2, (8,), 1, **noise), Plan(SigmoidCrossEntropy()), CIRCLES)
    with pytest.raises(ConfigurationError, match="no single objective to minimise"):
        minimize(job)
