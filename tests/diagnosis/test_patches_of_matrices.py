"""Mistakes in Jacobians: entries of written matrices, rows of sparse ones, what a call has kept."""

import numpy as np
import pytest
from patched_programs import line_of, load, written
from scipy.sparse import SparseEfficiencyWarning

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.leftovers import kept_as_found
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.jacobian import check_jacobian

PENDULUM = """\
import numpy as np


class Driven:
    def __init__(self, sigma):
        self.sigma = sigma

    def residuals(self, x):
        u, v, w = x
        found = np.stack([u * v - w**2, np.sin(u) + 0.5 * w, w**3 * v])
        return found / self.sigma

    def jac(self, x):
        u, v, w = x
        J = np.array([
            [v, u, -2 * w], [np.cos(u), 0.0, 0.5], [0.0, w**3, 3 * v * w**2]
        ])
        return J / self.sigma[:, None]
"""
OF_ENTRIES = {
    "a number and an entry": (
        "[np.cos(u), 0.0, 0.5]",
        "[0.0, np.cos(u), 0.5]",
        "`0.0` and `np.cos(u)` are exchanged",
    ),
    "columns": (
        "[v, u, -2 * w], [np.cos(u), 0.0, 0.5], [0.0, w**3, 3 * v * w**2]",
        "[u, v, -2 * w], [0.0, np.cos(u), 0.5], [w**3, 0.0, 3 * v * w**2]",
        "columns 0 and 1 are exchanged",
    ),
    "rows": ("J / self.sigma[:, None]", "J", "`/ self.sigma[:, None]` is missing"),
}


def driven(module):
    return module.Driven(np.array([0.4, 1.7, 0.9])), np.array([0.6, -0.8, 1.3])


@pytest.mark.parametrize("name", OF_ENTRIES)
def test_a_mistake_in_a_written_matrix_is_told(tmp_path, name):
    right, wrong, said = OF_ENTRIES[name]
    module = load(tmp_path, written((right, wrong), program=PENDULUM))
    model, x = driven(module)
    (finding,) = check_jacobian(model.residuals, model.jac, x).findings
    assert said in finding.message
    assert name == "rows" or finding.line == line_of(module, "J = np.array")


def test_the_right_matrix_passes(tmp_path):
    model, x = driven(load(tmp_path, PENDULUM))
    assert check_jacobian(model.residuals, model.jac, x).ok


FORMULAS = """\
import numpy as np


def spring(a, x):
    return x**3 + a * x


def curve(p, t, y):
    a, k, c = p
    q = 1 + k * t
    return a * np.exp(-c * t) / q - y


def curve_jac(p, t, y):
    a, k, c = p
    q = 1 + k * t
    e = np.exp(-c * t)
    return np.column_stack([e / q, -a * t * e / q**2, -a * t * e / q])


def logit(w, X, y, lam):
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (p - y) + lam * w


def logit_jac(w, X, y, lam):
    p = 1 / (1 + np.exp(-X @ w))
    return (X.T * (p * (1 - p))) @ X + lam * np.eye(len(w))


def growth(y, r, rate):
    u, v = y
    return [r * u - u * v, rate * u * v - v**2]


def growth_jac(y, r, rate):
    u, v = y
    return [[r - v, -u], [rate * v, rate * u - 2 * v]]


def wave(p, t):
    return p[2] * np.sin(p[1] * t + p[0])


def wave_jac(p, t):
    c = np.cos(p[1] * t + p[0])
    return np.column_stack([p[2] * c, p[2] * c * t, np.sin(p[1] * t + p[0])])


def inverse(p, loads):
    a, b = p
    total = 0.0
    for each in loads:
        x = a + b * each
        total = total + (3 * x**2 + a) ** 2
    return total


def inverse_grad(p, loads):
    a, b = p
    g = np.zeros(2)
    for each in loads:
        x = a + b * each
        fx = 3 * x**2 + a
        g += 2 * fx * np.array([6 * x + 1, 6 * x * each])
    return g
"""
RNG = np.random.default_rng(12)
CASES = {
    "curve": (np.array([1.3, 0.4, 0.7]), (np.linspace(0.2, 2, 7), RNG.normal(size=7))),
    "logit": (
        RNG.normal(size=3),
        (RNG.normal(size=(9, 3)), (RNG.random(9) < 0.5) * 1.0, 0.4),
    ),
    "growth": (np.array([0.7, 1.6]), (1.9, 0.8)),
    "wave": (np.array([0.7, 1.6, 0.9]), (np.linspace(0.1, 1, 6),)),
}
OF_FORMULAS = {
    "square of a divisor": ("curve", "e / q**2,", "e / q,", "`** 2` is missing after `q`"),
    "rest": ("logit", "(X.T * (p * (1 - p)))", "(X.T * p)", "`* (1 - p)` is missing beside `p`"),
    "diagonal": (
        *("logit", ") @ X + lam * np.eye(len(w))", ") @ X + lam"),
        "`* np.eye(len(w))` is missing beside `lam`",
    ),
    "factor of another entry": (
        *("growth", "[rate * v, rate * u", "[v, rate * u"),
        "`* rate` is missing beside `v`",
    ),
    "factor of the other entries": (
        *("wave", "[p[2] * c, p", "[c, p"),
        "`p[2] *` is missing beside `c`",
    ),
    "number of an entry": ("growth", "[r - v, -u]", "[r - v, -0.5 * u]", "`-0.5` should be `-1`"),
}


@pytest.mark.parametrize("name", OF_FORMULAS)
def test_a_mistake_in_a_formula_of_a_jacobian_is_told(tmp_path, name):
    function, right, wrong, said = OF_FORMULAS[name]
    module = load(tmp_path, written((right, wrong), program=FORMULAS))
    params, data = CASES[function]
    passes = getattr(module, function), getattr(module, f"{function}_jac")
    (finding,) = check_jacobian(*passes, params, data).findings
    assert said in finding.message
    assert finding.shown_line == line_of(module, wrong)


@pytest.mark.parametrize("function", CASES)
def test_the_right_formulas_pass(tmp_path, function):
    module = load(tmp_path, FORMULAS)
    params, data = CASES[function]
    passes = getattr(module, function), getattr(module, f"{function}_jac")
    assert check_jacobian(*passes, params, data).ok


def test_a_number_that_is_added_is_told(tmp_path):
    text = FORMULAS.replace(
        "        fx = 3 * x**2 + a\n        g +=", "        fx = 3 * x**2\n        g +="
    )
    module = load(tmp_path, text)
    report = check_gradients(
        module.inverse, module.inverse_grad, np.array([0.4, 0.9]), (np.array([0.5, 1.0, 2.0]),)
    )
    (finding,) = report.findings
    assert finding.message == "`+ a` is missing"


SPARSE = """\
import numpy as np
from scipy.sparse import diags, lil_matrix

LAPLACE = diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(5, 5)).tocsr()


def residual(u, lam):
    return LAPLACE @ u + lam * np.exp(u)


def residual_jac(u, lam):
    J = lil_matrix(LAPLACE)
    for k in range(5):
        J[k, k] += np.exp(u[k])
    return J.tocsr()
"""


def test_a_patch_writes_into_no_sparse_matrix(tmp_path):
    module = load(tmp_path, SPARSE)
    before = module.LAPLACE.toarray()
    (finding,) = check_jacobian(
        module.residual, module.residual_jac, RNG.normal(size=5), (3.0,)
    ).findings
    np.testing.assert_array_equal(module.LAPLACE.toarray(), before)
    assert finding.message == "`* lam` is missing"
    assert finding.line == line_of(module, "J[k, k] +=")


def test_a_sparse_matrix_has_the_elements_that_it_had(tmp_path):
    module = load(tmp_path, SPARSE)
    calls = Calls(module.residual, None, Parameters.of(np.ones(5)), (3.0,))
    before = module.LAPLACE.toarray()
    as_found = kept_as_found(calls, calls.value)
    with pytest.warns(SparseEfficiencyWarning):
        module.LAPLACE[0, 4] = 7.0
    module.LAPLACE[0, 0] = 8.0
    as_found()
    np.testing.assert_array_equal(module.LAPLACE.toarray(), before)


KEPT = """\
import functools
import numpy as np
from scipy.linalg import expm


def memoized(function):
    kept = []

    @functools.wraps(function)
    def called(x, *data):
        key = tuple(np.asarray(x).ravel())
        if not kept or kept[0][0] != key:
            kept[:] = [(key, function(x, *data))]
        return kept[0][1]

    return called


@memoized
def simulated(k, start, times):
    K = np.array([[-k[0], k[1]], [k[0], -k[1]]])
    return np.array([expm(K * t) @ start for t in times])


def cost(k, start, times, data):
    return 0.5 * np.sum((simulated(k, start, times) - data) ** 2)


def grad(k, start, times, data):
    K = np.array([[-k[0], k[1]], [k[0], -k[1]]])
    residuals = simulated(k, start, times) - data
    g = np.zeros(2)
    for i, E in enumerate((np.array([[-1.0, 0], [1, 0]]), np.array([[0.0, 1], [0, -1]]))):
        for t, r in zip(times, residuals):
            both = np.block([[K, E], [np.zeros((2, 2)), K]])
            g[i] += r @ (expm(both)[:2, 2:] @ start)
    return g
"""


@pytest.mark.parametrize("point", [(1.0, 0.4), (1.0, 2.0)])
def test_a_patch_writes_into_nothing_that_is_kept_for_the_next_call(tmp_path, point):
    module = load(tmp_path, KEPT)
    data = (np.array([1.0, 0.1]), np.array([0.2, 0.5, 1.0]), RNG.normal(size=(3, 2)))
    report = check_gradients(module.cost, module.grad, np.array(point), data)
    # Whole numbers may be compared for what they are.
    assert (report.method == "trace") == (point[1] == 0.4)
    (finding,) = report.findings
    assert finding.message == "`* t` is missing"
    assert finding.line == line_of(module, "both =")


LAYERS = """\
import numpy as np


def cost(model, x, y):
    h = x
    for layer in model["layers"]:
        h = np.tanh(h @ layer["W"] + layer["b"])
    return np.mean((h @ model["w"] - y) ** 2)


def grad(model, x, y):
    acts = [x]
    for layer in model["layers"]:
        acts.append(np.tanh(acts[-1] @ layer["W"] + layer["b"]))
    d = 2 * (acts[-1] @ model["w"] - y) / len(y)
    grads = {"w": acts[-1].T @ d, "layers": []}
    d = np.outer(d, model["w"])
    for at in (1, 0):
        dz = d * (1 - acts[at + 1] ** 2)
        grads["layers"].insert(0, {"W": acts[at].T @ dz, "b": dz.sum(axis=0)})
        d = dz @ model["layers"][at]["W"].T
    return grads
"""


def test_what_is_put_at_the_wrong_end_of_a_list_is_told(tmp_path):
    sizes = ((3, 5), (5, 4))
    layers = [{"W": RNG.normal(size=size), "b": RNG.normal(size=size[1])} for size in sizes]
    model, data = {"layers": layers, "w": RNG.normal(size=4)}, (RNG.normal(size=(6, 3)), np.ones(6))
    right = load(tmp_path, LAYERS)
    assert check_gradients(right.cost, right.grad, model, data).ok
    wrong = load(tmp_path, written(("insert(0, {", "append({"), program=LAYERS))
    (finding,) = check_gradients(wrong.cost, wrong.grad, model, data).findings
    assert finding.target == 'grads["layers"]'.replace('"', "'")
    assert finding.message.endswith("`.append(...)` should be `.insert(0, ...)`")
    assert finding.line == line_of(wrong, "append({")
