"""Gradients that are written for one example at a time."""

import numpy as np

from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(6)
X, Y = RNG.normal(size=(3, 7)), RNG.normal(size=(1, 7))


def affine(p, x, y):
    a = np.tanh(p["W"] @ x + p["b"])
    return 0.5 * np.sum((a - y) ** 2), a


def for_one_example(p, x, y, a, times=1.0):
    delta = (a - y) * (1 - a**2)
    return {"dW": delta @ x.T, "db": times * delta + 0 * p["b"]}


def test_what_is_written_for_one_example_is_right_for_one():
    params = {"W": np.array([[0.3, -0.8, 1.1]]), "b": np.array([[0.2]])}
    data = (X[:, :1], Y[:, :1])
    report = check_gradients(affine, for_one_example, params, data)
    assert report.ok, str(report)
    assert any(said.startswith("right for one example at a time") for said in report.reasons)
    assert any("one example" in spot for spot in report.blind_spots)


def test_a_gradient_of_each_example_is_wrong_for_several_and_where_its_sum_is():
    params = {"W": np.array([[0.3, -0.8, 1.1]]), "b": np.array([[0.2]])}
    assert check_gradients(affine, for_one_example, params, (X, Y)).verdict == "FAIL"

    def twice_for_several(p, x, y, a):
        return for_one_example(p, x, y, a, times=1.0 + (x.shape[1] > 1))

    data = (X[:, :1], Y[:, :1])
    assert check_gradients(affine, twice_for_several, params, data).verdict == "FAIL"
