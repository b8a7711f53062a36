"""Right gradients as people write them: without the tiny numbers, the idle and the second draw."""

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients

NETWORK = """\
import numpy as np

TINY = 1e-7


def cost(p, x, y):
    h = np.tanh(x @ p["W"])
    z = h @ p["V"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    s = e / e.sum(axis=1, keepdims=True)
    return -np.sum(y * np.log(s + TINY)) / len(x), (h, s)


def grad(p, x, y, cache):
    h, s = cache
    d = (s - y) / len(x)
    return {"W": x.T @ (d @ p["V"].T * (1 - h**2)), "V": h.T @ d}
"""

NORMED = """\
import numpy as np


def cost(p, x, y):
    h = x @ p["W"]
    m = h - h.mean(axis=1, keepdims=True)
    s = np.sqrt((m**2).mean(axis=1, keepdims=True) + 1e-5)
    return np.sum((m / s - y) ** 2), (m, s)


def grad(p, x, y, cache):
    m, s = cache
    n = m / s
    d = 2 * (n - y)
    d = (d - d.mean(axis=1, keepdims=True) - n * (d * n).mean(axis=1, keepdims=True)) / s
    return {"W": x.T @ d}
"""

RNG = np.random.default_rng(5)
POINT = {"W": RNG.normal(size=(4, 5)), "V": RNG.normal(size=(5, 3))}
DATA = RNG.normal(size=(8, 4)), np.eye(3)[RNG.integers(0, 3, size=8)]
NORMED_DATA = DATA[0], RNG.normal(size=(8, 5))


@pytest.mark.parametrize("tiny", ["1e-5", "1e-7", "1e-9", "1e-12"])
def test_a_gradient_without_the_tiny_number_of_a_logarithm_passes(tiny, tmp_path):
    module = load(tmp_path, written(("TINY = 1e-7", f"TINY = {tiny}"), program=NETWORK))
    report = check_gradients(module.cost, module.grad, POINT, DATA)
    assert report.verdict == "PASS"
    told = [reason for reason in report.reasons if "leaves out" in reason]
    if float(tiny) > 1e-8:
        line = line_of(module, "np.log")
        assert told[0].startswith(f"the gradient leaves out `{float(tiny):g}` in line {line} of")


def test_a_number_that_is_not_tiny_is_not_left_out(tmp_path):
    module = load(tmp_path, written(("TINY = 1e-7", "TINY = 1e-4"), program=NETWORK))
    assert check_gradients(module.cost, module.grad, POINT, DATA).verdict == "FAIL"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("1 - h**2", "1 - h"), ("d @ p[", "2 * d @ p["), ('"V": h.T @ d', '"V": 3 * h.T @ d')],
)
def test_a_mistake_beside_a_tiny_number_is_named(right, wrong, tmp_path):
    module = load(tmp_path, written((right, wrong), program=NETWORK))
    report = check_gradients(module.cost, module.grad, POINT, DATA)
    (finding,) = report.findings
    assert finding.line == line_of(module, wrong)
    assert any("leaves out `1e-07`" in reason for reason in report.reasons)


def test_where_all_is_wrong_it_is_seen_that_the_tiny_number_is_not_meant(tmp_path):
    module = load(tmp_path, written(("(s - y) / len(x)", "(s - y)"), program=NETWORK))
    report = check_gradients(module.cost, module.grad, POINT, DATA)
    (finding,) = report.findings
    assert finding.line == line_of(module, "d = (s - y)")
    assert "1.0000" not in finding.message
    assert any("is written without `1e-07`" in reason for reason in report.reasons)


def test_a_gradient_with_the_tiny_number_is_compared_with_that_of_the_cost(tmp_path):
    exact = (
        "    d = (s - y) / len(x)\n",
        "    w = -y / (s + TINY) / len(x)\n    d = s * (w - (w * s).sum(axis=1, keepdims=True))\n",
    )
    module = load(tmp_path, written(exact, program=NETWORK))
    assert check_gradients(module.cost, module.grad, POINT, DATA).reasons == ()
    module = load(
        tmp_path, written((exact[0], exact[1].replace("s * (w", "2 * s * (w")), program=NETWORK)
    )
    report = check_gradients(module.cost, module.grad, POINT, DATA)
    assert [finding.factor for finding in report.findings] == [2.0]
    assert report.reasons == ()


def test_the_tiny_number_of_a_root_has_to_be_there(tmp_path):
    module = load(tmp_path, NORMED)
    point = {"W": POINT["W"]}
    assert check_gradients(module.cost, module.grad, point, NORMED_DATA).verdict == "PASS"
    lost = (
        "    n = m / s\n",
        "    s = np.sqrt((m**2).mean(axis=1, keepdims=True))\n    n = m / s\n",
    )
    module = load(tmp_path, written(lost, program=NORMED))
    assert check_gradients(module.cost, module.grad, point, NORMED_DATA).verdict == "FAIL"


def test_nobody_needs_a_gradient_of_what_the_cost_is_made_without():
    def cost(p, x):
        return np.sum(p["w"] * x)

    point, x = {"w": np.ones(3), "idle": np.ones((2, 2))}, (np.arange(3.0),)
    report = check_gradients(cost, lambda _, x: {"dw": x}, point, x)
    assert report.verdict == "PASS"
    assert report.reasons[0] == "the cost does not depend on idle: no gradient of it is needed"
    report = check_gradients(cost, lambda _, x: {"dq": x}, point, x)
    assert report.verdict == "FAIL"
    assert report["w"].status.value == "MISSING"
    assert any("are returned by these names: dq" in reason for reason in report.reasons)


class Dropped:
    """A layer that keeps its mask; a training step calls ``loss`` within the backward pass."""

    def loss(self, p, x):
        self.z = x @ p["W"]
        self.mask = np.random.rand(*self.z.shape) < 0.6
        return np.sum((self.z * self.mask) ** 2), None

    def grad(self, p, x, cache):
        self.loss(p, x)
        return {"W": x.T @ (2 * self.z * self.mask)}

    def redrawn(self, p, x, cache):
        mask = np.random.rand(*cache.shape) < 0.6
        return {"W": x.T @ (2 * cache * mask)}


def test_a_backward_pass_that_runs_the_forward_pass_has_its_draws():
    layer = Dropped()

    def cost(p, x):
        return layer.loss(p, x)[0], layer

    def grad(p, x, cache):
        return cache.grad(p, x, None)

    assert check_gradients(cost, grad, {"W": POINT["W"]}, DATA[:1]).verdict == "PASS"


def test_a_mask_that_the_backward_pass_draws_itself_is_another_one():
    layer = Dropped()

    def cost(p, x):
        return layer.loss(p, x)[0], layer.z

    def grad(p, x, cache):
        return layer.redrawn(p, x, cache)

    assert check_gradients(cost, grad, {"W": POINT["W"]}, DATA[:1]).verdict == "FAIL"


def test_tiny_numbers_are_looked_for_anew_at_another_point():
    calls = Calls(np.sum, None, Parameters.of(np.ones(2)), ())
    without = calls.leaving_out(frozenset({("program.py", 3)}))
    assert without.without
    assert not without.elsewhere({"theta": np.zeros(2)}).without
