"""Parameters that are symmetric matrices have symmetric gradients, whatever triangle is read."""

import numpy as np
import pytest
from scipy import linalg

from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(0)
ROOT = RNG.normal(size=(3, 3))
S = ROOT @ ROOT.T + np.eye(3)
Z = RNG.normal(size=(3, 4))
WEIGHTS = np.array([[1.0, 0.3], [0.3, -2.0]])


def by_cho_factor(s, z):
    factor = linalg.cho_factor(s, lower=True)
    return 2 * np.log(np.diag(factor[0])).sum() + np.sum(z * linalg.cho_solve(factor, z))


def by_cholesky(s, z):
    lower = np.linalg.cholesky(s)
    return 2 * np.log(np.diag(lower)).sum() + np.sum(np.linalg.solve(lower, z) ** 2)


def by_eigenvectors(s, z):
    values, vectors = np.linalg.eigh(s)
    return np.log(values).sum() + np.sum((vectors.T @ z) ** 2 / values[:, None])


def by_one_and_both(s, z):
    return np.log(np.linalg.eigvalsh(s)).sum() + np.sum(z * np.linalg.solve(s, z))


def by_positive_definite(s, z):
    return np.linalg.slogdet(s)[1] + np.sum(z * linalg.solve(s, z, assume_a="pos"))


def by_differences(s, z):
    return float(str(by_cholesky(s, z)))


def by_both(s, z):
    return np.linalg.slogdet(s)[1] + np.sum(z * np.linalg.solve(s, z))


ONE_TRIANGLE = [
    by_cho_factor,
    by_cholesky,
    by_eigenvectors,
    by_one_and_both,
    by_positive_definite,
    by_differences,
]


def symmetric(s, z):
    inverse = np.linalg.inv(s)
    a = inverse @ z
    return inverse - a @ a.T


def twice(s, z):
    inverse = np.linalg.inv(s)
    a = inverse @ z
    return inverse - 2 * a @ a.T


def without_inverse(s, z):
    inverse = np.linalg.inv(s)
    a = inverse @ z
    return inverse - z @ a.T


@pytest.mark.parametrize("cost", ONE_TRIANGLE)
def test_the_symmetric_gradient_of_what_reads_one_triangle_is_right(cost):
    report = check_gradients(cost, symmetric, S, (Z,))
    assert report.verdict == "PASS"
    assert "a symmetric matrix, and the cost reads" in report.reasons[0]


@pytest.mark.parametrize("cost", ONE_TRIANGLE)
def test_a_symmetric_gradient_that_is_wrong_fails(cost):
    report = check_gradients(cost, twice, S, (Z,))
    assert report.verdict == "FAIL"
    assert report.findings[0].line == twice.__code__.co_firstlineno + 3


def test_what_is_not_symmetric_is_compared_with_what_should_be():
    (found,) = check_gradients(by_cholesky, without_inverse, S, (Z,)).findings
    assert found.line == without_inverse.__code__.co_firstlineno + 3
    assert "`a @ a.T`" in found.message


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_of_one_triangle_is_right_too(seed):
    def of_one(s, z):
        both = symmetric(s, z)
        return np.tril(both) + np.tril(both.T, -1)

    assert check_gradients(by_cholesky, of_one, S, (Z,), seed=seed).ok
    assert not check_gradients(by_both, of_one, S, (Z,)).ok


def test_a_gradient_for_symmetric_matrices_is_looked_at_for_these_alone():
    report = check_gradients(by_both, symmetric, S, (Z,))
    assert report.verdict == "PASS"
    assert report.reasons == ()
    assert "theta is symmetric, and so is its gradient: a transpose" in report.blind_spots


def test_weights_that_happen_to_be_symmetric_are_moved_freely():
    def cost(p, x):
        return np.sum((np.tanh(x @ p["W1"]) @ p["W2"]) ** 2)

    def grad(p, x):
        h = np.tanh(x @ p["W1"])
        out = 2 * h @ p["W2"]
        return {"dW2": h.T @ out, "dW1": x.T @ (out @ p["W2"] * (1 - h * h))}

    params = {"W1": RNG.normal(size=(2, 2)), "W2": WEIGHTS}
    report = check_gradients(cost, grad, params, (RNG.normal(size=(5, 2)),))
    assert report.verdict == "FAIL"
    assert "`p['W2']` should be `p['W2'].T`" in report.findings[0].message.replace('"', "'")


def linear(s, z):
    return np.sum((ROOT @ z[:3, :3]) * s)


def half_of_linear(_, z):
    return (ROOT @ z[:3, :3] + z[:3, :3].T @ ROOT.T) / 2


def test_a_matrix_that_is_one_number_is_no_symmetric_one():
    for matrix in (np.zeros((3, 3)), np.ones((3, 3))):
        assert not check_gradients(linear, half_of_linear, matrix, (Z,)).ok
    assert check_gradients(linear, half_of_linear, S, (Z,)).ok
