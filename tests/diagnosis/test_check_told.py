"""What is said of mistakes in programs as people write them, and what is not said."""

from dataclasses import replace

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_verdict.adequacy import in_words
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.text import as_text

FLAT = """\
import numpy as np


def parts(theta):
    return theta[:12].reshape(3, 4), theta[12:].reshape(2, 4)


def cost(theta, X, Y, lam):
    A, B = parts(theta)
    m = len(X)
    a1 = np.hstack([np.ones((m, 1)), X])
    a2 = np.hstack([np.ones((m, 1)), np.tanh(a1 @ A.T)])
    J = 0.5 * np.sum((a2 @ B.T - Y) ** 2) / m
    return J + lam / (2 * m) * (np.sum(A[:, 1:] ** 2) + np.sum(B[:, 1:] ** 2))


def grad(theta, X, Y, lam):
    A, B = parts(theta)
    m = len(X)
    D1 = np.zeros(A.shape)
    D2 = np.zeros(B.shape)
    for t in range(m):
        a1 = np.concatenate(([1], X[t]))
        h = np.tanh(A @ a1)
        a2 = np.concatenate(([1], h))
        d3 = B @ a2 - Y[t]
        d2 = (B.T @ d3)[1:] * (1 - h**2)
        D1 += np.outer(d2, a1)
        D2 += np.outer(d3, a2)
    A_grad = D1 / m
    B_grad = D2 / m
    A_grad[:, 1:] += lam / m * A[:, 1:]
    B_grad[:, 1:] += lam / m * B[:, 1:]
    return np.concatenate([A_grad.ravel(), B_grad.ravel()])
"""


def test_a_division_that_an_alias_lacks_is_told_of_a_flat_vector(tmp_path):
    module = load(tmp_path, FLAT.replace("A_grad = D1 / m", "A_grad = D1"))
    rng = np.random.default_rng(2)
    data = (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), 0.7)
    theta = rng.normal(size=20)
    (found,) = check_gradients(module.cost, module.grad, theta, data).findings
    assert (found.line, found.message) == (line_of(module, "A_grad = D1"), "`/ m` is missing")


PENALTY = """\
import numpy as np

LAM = 0.3


def cost(p, X, Y):
    return 0.5 * np.sum((X @ p["W"] - Y) ** 2) + 0.5 * LAM * np.sum(p["W"] ** 2) / len(X)


def grad(p, X, Y):
    e = X @ p["W"] - Y
    dW = X.T @ e + LAM * p["W"] / len(X)
    return {"dW": dW}
"""


def test_of_one_term_it_is_not_said_that_the_gradient_is_off(tmp_path):
    right = 'LAM * p["W"] / len(X)\n    return'
    module = load(tmp_path, PENALTY.replace(right, right.replace(" / len(X)", "")))
    rng = np.random.default_rng(3)
    data = (rng.normal(size=(9, 3)), rng.normal(size=(9, 2)))
    params = {"W": rng.normal(size=(3, 2))}
    (found,) = check_gradients(module.cost, module.grad, params, data).findings
    assert found.line == line_of(module, "dW = ")
    assert found.message.startswith("has a term that is exactly 9 = m x what is right")
    twice = load(tmp_path, PENALTY.replace('{"dW": dW}', '{"dW": 2 * dW}'))
    (found,) = check_gradients(twice.cost, twice.grad, params, data).findings
    assert "a term" not in found.message


NORM = """\
import numpy as np


def cost(p, X, Y):
    u = X @ p["W"] + p["b"]
    xhat = (u - u.mean(0)) / np.sqrt(u.var(0) + 1e-5)
    return 0.5 * np.mean((p["gamma"] * xhat - Y) ** 2)


def grad(p, X, Y):
    u = X @ p["W"] + p["b"]
    s = np.sqrt(u.var(0) + 1e-5)
    xhat = (u - u.mean(0)) / s
    d = (p["gamma"] * xhat - Y) / Y.size
    dx = d * p["gamma"]
    du = np.zeros(u.shape)
    du[:] = (dx - dx.mean(0) - xhat * (dx * xhat).mean(0)) / s
    return {"dW": X.T @ du, "db": du.sum(0), "dgamma": (d * xhat).sum(0)}
"""


def test_rounding_of_what_is_zero_is_not_wrong_beside_a_mistake(tmp_path):
    module = load(tmp_path, NORM.replace(") / Y.size\n", ") * 1000\n"))
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4), "gamma": rng.normal(size=4)}
    data = (rng.normal(size=(9, 3)), rng.normal(size=(9, 4)))
    report = check_gradients(module.cost, module.grad, params, data, diagnose=False)
    assert {name: found.status.value for name, found in report.arrays.items()} == {
        "W": "WRONG",
        "b": "ok",
        "gamma": "WRONG",
    }


def test_gradients_of_which_nothing_is_said_are_one_bug():
    unknown = Finding(
        "dW", "unknown", None, None, "is wrong by 1", 0.3, ("W",), ("operand", "path")
    )
    others = [replace(unknown, target=f"d{name}", affected=(name,)) for name in "bc"]
    params = {name: np.ones(2) for name in "Wbc"}
    found = check_gradients(lambda p: sum(map(np.sum, p.values())), lambda p: p, params)
    text = as_text(replace(found, verdict="FAIL", findings=(unknown, *others)))
    assert ", 1 bug " in text
    assert "1. dW, db, dc, somewhere: are wrong, and nothing that was tried says why" in text
    assert "maybe another variable is meant, or a path of the gradient is dropped" in text
    assert "(212 s, " in as_text(replace(found, seconds=212.3))
    one = as_text(replace(found, verdict="FAIL", findings=(unknown,)))
    assert "1. dW, somewhere: is wrong by 1" in one


WAVE = """\
import numpy as np


def cost(p, x, y):
    return np.mean((p["a"] * np.sin(p["w"] * x) + p["b"] * x - y) ** 2)


def grad(p, x, y):
    d = 2 * (p["a"] * np.sin(p["w"] * x) + p["b"] * x - y) / len(x)
    return {
        "a": np.sum(d * np.sin(p["w"] * x)),
        "w": np.sum(d * p["a"] * np.cos(p["w"] * x)),
        "b": np.sum(d * x),
    }
"""


def test_a_factor_that_is_missing_is_told_with_what_it_is(tmp_path):
    module = load(tmp_path, WAVE)
    rng = np.random.default_rng(0)
    params = {"a": np.array(1.3), "w": np.array(0.7), "b": np.array(0.4)}
    report = check_gradients(module.cost, module.grad, params, tuple(rng.normal(size=(2, 9))))
    (finding,) = report.findings
    assert finding.affected == ("w",)
    assert finding.message.startswith("`* x` is missing")


NARROW = """\
import numpy as np


def cost(p, X, Y):
    X = X.astype(np.float32)
    h = np.maximum(X @ p["W1"].astype(np.float32) + p["b1"].astype(np.float32), 0)
    o = h @ p["W2"].astype(np.float32)
    return np.sum(np.square(o - Y)), (h, o)


def grad(p, X, Y, cache):
    h, o = cache
    d = 2 * (o - Y)
    dz = (d @ p["W2"].T) * (h > 0)
    return dict(W1=X.T @ dz, b1=dz.sum(axis=0), W2=h.T @ d / 2)
"""


def test_what_is_right_is_no_bug(tmp_path):
    module = load(tmp_path, NARROW)
    rng = np.random.default_rng(0)
    shapes = {"W1": (3, 4), "b1": 4, "W2": (4, 3)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    data = (rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))
    report = check_gradients(module.cost, module.grad, params, data)
    assert [finding.affected for finding in report.findings] == [("W2",)]


def test_what_is_wrong_in_a_second_call_is_right_in_the_first():
    def cost(w, x):
        p = np.tanh(w @ x)
        return np.sum(p**2), p

    def grad(w, x, p):
        del w
        slope = 1 - p**2
        p *= 2
        return (p * slope) @ x.T

    rng = np.random.default_rng(0)
    report = check_gradients(cost, grad, rng.normal(size=(2, 3)), rng.normal(size=(3, 5)))
    assert report.verdict == "FAIL"
    assert "(so theta is wrong in a second call)" in " ".join(as_text(report).split())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "has shape (3,), the parameter (3, 1); its numbers are right"),
        ([1], "has shape (3,), the parameter (3, 1), and is wrong in 1 of its 3 numbers"),
    ],
)
def test_of_another_shape_it_is_said_whether_the_numbers_are_right(wrong, said):
    x = np.arange(12.0).reshape(4, 3)
    given = 2 * x.T @ x @ np.ones(3)
    given[wrong] *= 2
    params = {"net": {"w": np.ones((3, 1))}}
    gradients = {"net": {"w": given}}
    report = check_gradients(lambda p: np.sum((x @ p["net"]["w"]) ** 2), gradients, params)
    (finding,) = report.findings
    assert finding.target == "the gradient of net.w"
    assert finding.message == said


def test_a_gradient_of_another_size_has_a_shape_only():
    report = check_gradients(lambda w: w @ w, np.ones((2, 2)), np.ones(3))
    (finding,) = report.findings
    assert (finding.target, finding.message) == ("dtheta", "has shape (2, 2), the parameter (3,)")


def test_parameters_that_are_zero_are_told_together():
    spots = [f"{name} is zero: whatever passes through it" for name in "abcdefgh"]
    assert in_words([]) == ""
    assert in_words(["other", spots[0]]) == f"other; {spots[0]}"
    assert in_words([*spots[:2], "other"]) == (
        "a and b are zero: whatever passes through them; other"
    )
    assert in_words(spots).startswith("a, b, c, d, e and 3 more are zero")
