"""Of several explanations, the one that somebody may have meant."""

import numpy as np
import pytest
from patched_programs import PARAMS, X, Y, line_of, load, written

from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.backward import called_beside, record_backward
from trainwell.diagnosis.gradients.calls import Calls
from trainwell.diagnosis.gradients.parameters import Parameters
from trainwell.diagnosis.gradients.signatures import ratio
from trainwell.diagnosis.gradients.vjp import check_vjp

SOFTPLUS = """\
import numpy as np


def cost(w, x):
    z = x @ w
    return np.sum(np.log(1 + np.exp(z))), z


def grad(w, x, z):
    s = 1 / (1 + np.exp(-z))
    g = np.ones_like(z)
    dz = g * s
    return x.T @ dz
"""


def test_the_operation_is_wrong_where_a_value_is_used_not_in_the_inverse_it_is(tmp_path):
    module = load(tmp_path, written(("g * s", "g / s"), program=SOFTPLUS))
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=4), rng.normal(size=(5, 4))
    (finding,) = check_gradients(module.cost, module.grad, w, (x,)).findings
    assert (finding.line, finding.kind) == (line_of(module, "dz = "), "operation")


def root_mean_square(x):
    return x / np.sqrt(np.mean(x**2, axis=1, keepdims=True))


def term_twice(x, g):
    n = x.shape[1]
    rms = np.sqrt(np.mean(x**2, axis=1, keepdims=True))
    dot = np.sum(g * x, axis=1, keepdims=True)
    return g / rms - x * dot / (n * rms**3) - x * dot / (n * rms**3)


def test_a_term_with_the_parameter_and_other_arrays_is_no_penalty():
    x = np.random.default_rng(1).normal(size=(4, 5))
    (finding,) = check_vjp(root_mean_square, term_twice, x).findings
    assert finding.kind == "path"


def test_a_factor_that_is_nothing_but_rounding_is_zero():
    expected = np.arange(1.0, 7.0)
    assert ratio(4e-16 * expected, expected) == 0
    assert ratio(1e-6 * expected, expected) == pytest.approx(1e-6)


def test_what_a_gradient_is_made_of_is_no_explanation_of_it(tmp_path):
    module = load(tmp_path, written())
    calls = Calls(module.cost, module.grad, Parameters.of(PARAMS), (X, Y))
    backward = record_backward(calls, "d{}")
    named = called_beside(backward, ["W1"])
    assert {"dW2", "db2", "z1", "a1"} <= set(named)
    assert not {"dW1", "d1", "d2"} & set(named)
    assert "dW1" in called_beside(backward, [])
