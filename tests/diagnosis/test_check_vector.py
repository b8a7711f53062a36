"""One vector of all parameters, cut into arrays within: what is said of a part of it."""

import numpy as np
from patched_programs import load

from trainwell.diagnosis.gradients import check_gradients

PROGRAM = """\
import numpy as np


def cost_and_gradient(theta, hidden, X, y, lambd):
    inputs = X.shape[1]
    W = theta[: hidden * (inputs + 1)].reshape(hidden, inputs + 1)
    v = theta[hidden * (inputs + 1) :]
    ones = np.ones((len(X), 1))
    h = np.tanh(np.hstack([ones, X]) @ W.T)
    e = h @ v - y
    penalty = lambd / (2 * len(X)) * np.sum(W[:, 1:] ** 2)
    J = np.sum(e**2) / len(X) + penalty
    de = 2 * e / len(X)
    dW = (np.outer(de, v) * (1 - h**2)).T @ np.hstack([ones, X])
    dW[:, 1:] += lambd / len(X) * W[:, 1:]
    return J, np.concatenate([dW.ravel(), h.T @ de])
"""


def test_a_penalty_on_biases_is_told_with_its_column(tmp_path):
    right = "    dW[:, 1:] += lambd / len(X) * W[:, 1:]\n"
    assert PROGRAM.count(right) == 1
    wrong = PROGRAM.replace(right, "    dW = dW + lambd / len(X) * W\n")
    rng = np.random.default_rng(2)
    data = (4, rng.normal(size=(7, 3)), rng.normal(size=7), 0.4)
    theta = rng.normal(size=4 * 4 + 4)
    for text, passes in ((PROGRAM, True), (wrong, False)):
        f = load(tmp_path, text).cost_and_gradient
        report = check_gradients(
            lambda t, *d, f=f: f(t, *d)[0], lambda t, *d, f=f: f(t, *d)[1], theta, data
        )
        assert report.ok == passes, str(report)
    (finding,) = report.findings
    assert finding.kind == "regularisation"
    assert "and is right elsewhere: the penalty leaves that out" in finding.message
