"""What several calls, and the rounds of a loop, give that is not what it is called."""

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.programs import load as loaded
from trainwell.diagnosis.scorecard.programs import program

RNG = np.random.default_rng(8)


WIDTHS = """\
import numpy as np


def forward(x):
    var = np.mean(x**2, axis=1, keepdims=True) + 0.1
    sqrtvar = np.sqrt(var)
    ivar = 1 / sqrtvar
    return x * ivar, (x, var, sqrtvar, ivar)


def backward(dout, kept):
    x, var, sqrtvar, ivar = kept
    n = x.shape[1]
    divar = np.sum(dout * x, axis=1, keepdims=True)
    dsqrtvar = -1 / sqrtvar**2 * divar
    dvar = 0.5 / np.sqrt(var) * dsqrtvar
    return dout * ivar + 2 * x * dvar / n


def cost(p, X):
    u, first = forward(X @ p["W"])
    h = np.tanh(u)
    v, second = forward(h[:-1] @ p["V"])
    return np.sum(np.cos(v)), (first, h, second, v)


def grad(p, X, cache):
    first, h, second, v = cache
    dv = backward(-np.sin(v), second)
    dh = np.zeros_like(h)
    dh[:-1] = dv @ p["V"].T
    return {"V": h[:-1].T @ dv, "W": X.T @ backward(dh * (1 - h**2), first)}
"""
OF_WIDTHS = (
    {"W": RNG.normal(size=(3, 5)), "V": RNG.normal(size=(5, 4))},
    (RNG.normal(size=(7, 3)),),
)


def checked(tmp_path, *changes, program, point):
    module = load(tmp_path, written(*changes, program=program))
    return module, check_gradients(module.cost, module.grad, *point)


def test_what_each_call_gives_of_its_own_size_is_judged_by_what_it_is_called(tmp_path):
    change = ("-1 / sqrtvar**2", "-1 / sqrtvar")
    module, report = checked(tmp_path, change, program=WIDTHS, point=OF_WIDTHS)
    (finding,) = report.findings
    assert finding.line == line_of(module, "dsqrtvar = ")


ROOTS = """\
import numpy as np


class Norm:
    def forward(self, x):
        self.x, self.inv = x, 1 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)
        return x * self.inv

    def backward(self, d):
        n = self.x.shape[-1]
        dot = np.sum(d * self.x, axis=-1, keepdims=True)
        return self.inv * d - self.x * self.inv**3 * dot / n


def cost(p, X, y):
    norms, h = [], X
    for name in "UV":
        norms.append(Norm())
        h = norms[-1].forward(h @ p[name])
    return np.sum(np.cos(h * p["w"]) * y[:, None]), (norms, h)


def grad(p, X, y, cache):
    norms, h = cache
    dlast = -np.sin(h * p["w"]) * y[:, None]
    d = norms[1].backward(dlast * p["w"])
    first = X @ p["U"] * norms[0].inv
    dU = X.T @ norms[0].backward(d @ p["V"].T)
    return {"V": first.T @ d, "U": dU, "w": np.sum(dlast * h, axis=0)}
"""


def test_of_a_count_of_examples_in_the_place_of_another_length_the_count_is_to_blame(tmp_path):
    point = (
        {"U": RNG.normal(size=(3, 4)), "V": RNG.normal(size=(4, 4)), "w": RNG.normal(size=4)},
        (RNG.normal(size=(6, 3)), RNG.normal(size=6)),
    )
    assert checked(tmp_path, program=ROOTS, point=point)[1].verdict == "PASS"
    change = ("n = self.x.shape[-1]", "n = self.x.shape[0]")
    module, report = checked(tmp_path, change, program=ROOTS, point=point)
    (finding,) = report.findings
    assert (finding.line, finding.kind) == (line_of(module, "n = "), "factor")


@pytest.mark.usefixtures("plain_search")
def test_in_a_loop_the_value_is_to_blame_that_is_not_what_it_is_called():
    right = program("gru_cell")
    source = right.source.replace("dz = d_new * (c - h)", "dz = c - h")
    namespace = loaded(source, right.file.replace(".py", "-dz.py"))
    params, data = namespace["case"](0)
    numbers = namespace["HYPER"]
    report = check_gradients(
        namespace["cost"], namespace["grad"], params, data, hyperparams=numbers, seconds=10.0
    )
    (finding,) = report.findings
    assert finding.target == "dz"
    assert source.splitlines()[finding.line - 1].strip() == "dz = c - h"
