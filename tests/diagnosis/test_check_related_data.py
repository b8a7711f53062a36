"""Right code passes whatever rule its data obey; a cost that looks up too little is told."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.data_rules import rule_of
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=12)
CENTRED = X - X.mean(axis=0)
TURN = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
ROOT = np.tril(RNG.normal(size=(3, 3))) + 3 * np.eye(3)
SPREAD = X.T @ X + np.eye(3)
W = np.array([0.4, -0.7, 1.1])


def of_products(w, _x, y, xtx, xty):
    return np.log(1 + w @ xtx @ w - 2 * w @ xty + y @ y)


def by_residuals(w, x, y, _xtx, _xty):
    r = x @ w - y
    return 2 * x.T @ r / (1 + r @ r)


def of_spread(w, x):
    return np.sum(np.tanh(x @ w - (x @ w).mean()) ** 2)


def of_centred(w, x):
    h = np.tanh(x @ w)
    return x.T @ (2 * h * (1 - h * h))


def turned(w, turn):
    return np.sum(np.sin(turn @ w)) + np.sum((turn @ w) ** 2)


def of_orthonormal(w, turn):
    return turn.T @ np.cos(turn @ w) + 2 * w


def by_inverse(w, spread, _inverse):
    return np.log(1 + w @ np.linalg.solve(spread, w))


def of_inverse(w, _spread, inverse):
    a = inverse @ w
    return 2 * a / (1 + w @ a)


RELATED = {
    "products": (of_products, by_residuals, (X, Y, X.T @ X, X.T @ Y), "xtx is _x.T @ _x"),
    "centred": (of_spread, of_centred, (CENTRED,), "x has means of zero along axis 0"),
    "orthonormal": (turned, of_orthonormal, (TURN,), "turn has lengths of 1 along axis 0"),
    "inverse": (
        by_inverse,
        of_inverse,
        (SPREAD, np.linalg.inv(SPREAD)),
        "_inverse is the inverse of spread",
    ),
}


@pytest.mark.parametrize("name", RELATED)
def test_what_is_right_for_data_that_belong_together_passes(name):
    cost, grad, data, rule = RELATED[name]
    report = check_gradients(cost, grad, W, data)
    assert report.verdict == "PASS"
    assert report.reasons[0].startswith(f"right for these data, of which {rule};")


def test_what_is_right_for_data_without_a_rule_fails():
    def cost(w, x):
        return np.sum(np.maximum(x - 1.1 * X.max(), 0) * (x @ w)[:, None]) + w @ w

    report = check_gradients(cost, lambda w, _: 2 * w, W, (X,))
    assert report.verdict == "FAIL"
    assert "right at your point, wrong at another one" in report.reasons[0]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ({"y": Y, "total": Y.sum()}, "total is the sum of y"),
        ({"y": Y, "share": 1 / 12}, "share is 1 / the length of y"),
        ({"t": np.array([0.5, 1, 2, 4])}, ""),  # larger ones ascend, too
        ({"x": X, "y": Y, "both": X.T @ Y}, "both is x.T @ y"),
        ({"x": X, "y": Y, "name": "abc", "labels": np.arange(12)}, ""),
        ({"x": X[:2, :2], "zero": np.zeros(2)}, ""),
        ({"low": ROOT, "k": np.linalg.inv(ROOT @ ROOT.T)}, "k is the inverse of low @ low.T"),
        ({"x": X, "y": Y, "v": np.ones(3) / 7, "u": Y * Y}, "u is y ** 2"),
        ({"a": Y, "b": Y + 2, "ab": Y * (Y + 2)}, "ab is a * b"),
        ({"x": np.linspace(0.1, 0.7, 500_000), "y": np.linspace(1, 2, 500_000)}, ""),
    ],
)
def test_the_rule_is_named(data, rule):
    assert rule_of(data) == rule


@pytest.mark.parametrize("name", RELATED)
def test_what_is_wrong_for_them_fails(name):
    cost, grad, data, _ = RELATED[name]
    assert not check_gradients(cost, lambda *given: 1.01 * grad(*given), W, data).ok


def test_what_fails_at_other_data_is_no_error_of_the_check():
    def cost(h, times):
        places = np.floor(times).astype(int)
        return np.sum(np.exp(np.maximum(h[places], -9))) + np.sum(h**2)

    def grad(h, times):
        places = np.floor(times).astype(int)
        return np.bincount(places, np.exp(h[places]), minlength=len(h)) + 2 * h

    times = np.array([0.2, 1.4, 2.9, 3.97])
    assert check_gradients(cost, grad, np.array([0.5, 1.0, 0.2, 0.8]), (times,)).ok


def test_a_tiny_number_that_is_not_tiny_is_told_as_what_is_left_out():
    def cost(p, t):
        return -np.sum(t * np.log(p + 1e-5))

    def grad(p, t):
        return -t / p

    report = check_gradients(cost, grad, np.array([3e-5, 5e-5, 2e-5]), (np.array([1.0, 2, 3]),))
    (finding,) = report.findings
    assert report["theta"].status is Status.WRONG
    assert "is written without `1e-05`" in finding.message
    assert "not tiny here" in finding.message


KEPT = """\
import numpy as np

kept = {}


def cost(x, a):
    key = KEY
    if key not in kept:
        kept.clear()
        kept[key] = np.tanh(a @ x)
    return np.sum(kept[key] ** 2)


def grad(x, a):
    h = np.tanh(a @ x)
    return a.T @ (2 * h * (1 - h * h))
"""


@pytest.mark.parametrize(
    ("key", "place"),
    [("x.tobytes()", ""), ("x[:2].tobytes()", "theta[2]"), ("hash((x[0], x[2]))", "theta[1]")],
)
def test_a_cost_that_looks_up_too_little_is_told(tmp_path, key, place):
    module = load(tmp_path, KEPT.replace("KEY", key))
    report = check_gradients(module.cost, module.grad, W, (X,))
    assert report.ok == (not place)
    for finding in report.findings:
        assert f"the cost stays the same where {place} alone is changed" in finding.message
        assert finding.line == line_of(module, "key = ")


@pytest.mark.parametrize("refreshes", [True, False])
def test_a_gradient_that_reads_what_another_call_has_kept_is_told(refreshes):
    class Objective:
        def __init__(self):
            self.x = None

        def cost(self, x):
            if self.x is None or not np.array_equal(self.x, x):
                self.x, self.h = x.copy(), np.tanh(X @ x)
            return np.sum(self.h**2)

        def grad(self, x):
            if refreshes:
                self.cost(x)
            return X.T @ (2 * self.h * (1 - self.h**2))

    objective = Objective()
    report = check_gradients(objective.cost, objective.grad, W)
    assert report.ok
    assert (
        any(said.startswith("the gradient is that of the last call") for said in report.reasons)
        != refreshes
    )


@pytest.mark.parametrize("copies", [True, False])
def test_a_cost_that_keeps_the_parameters_themselves_is_told(copies):
    kept = {}

    def cost(x):
        if "x" not in kept or not np.array_equal(kept["x"], x):
            kept["x"], kept["h"] = x.copy() if copies else x, np.tanh(X @ x)
        return np.sum(kept["h"] ** 2)

    def grad(x):
        cost(x)
        return X.T @ (2 * kept["h"] * (1 - kept["h"] ** 2))

    report = check_gradients(cost, grad, W)
    assert report.ok
    assert any("no copy of them" in said for said in report.reasons) != copies


@pytest.mark.parametrize("looks_up", [True, False])
def test_nothing_complex_is_left_in_the_users_objects(looks_up):
    class Objective:
        def __init__(self):
            self.x = None

        def at_point(self, x):
            if not looks_up or self.x is None or not np.allclose(self.x, x, rtol=0, atol=0):
                self.x, self.h = x.copy(), np.tanh(X @ x)

        def cost(self, x):
            self.at_point(x)
            return np.sum(self.h**2)

        def grad(self, x):
            self.at_point(x)
            return X.T @ (2 * self.h * (1 - self.h**2))

    objective = Objective()
    assert check_gradients(objective.cost, objective.grad, W).ok
    assert objective.x.dtype == objective.h.dtype == float
    np.testing.assert_array_equal(objective.x, W)
    np.testing.assert_array_equal(objective.h, np.tanh(X @ W))
