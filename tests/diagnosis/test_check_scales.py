"""Parameters on several scales: steps in the units of each, and what one vector hides."""

import math

import numpy as np
import pytest
from patched_programs import line_of, load
from scipy.special import digamma, gammaln

from trainwell.diagnosis.gradient_verdict.own_units import is_small, measured_slope, own_slope
from trainwell.diagnosis.gradient_verdict.slopes import pairing
from trainwell.diagnosis.gradients import check_gradients

COUNTS = np.array([3.0, 0, 5])


def dirichlet(alpha):
    whole = gammaln(alpha.sum()) - gammaln(alpha.sum() + COUNTS.sum())
    return -(whole + (gammaln(alpha + COUNTS) - gammaln(alpha)).sum())


def of_dirichlet(alpha):
    whole = digamma(alpha.sum()) - digamma(alpha.sum() + COUNTS.sum())
    return -(whole + digamma(alpha + COUNTS) - digamma(alpha))


def rates(p):
    return sum(10 * rate - k * math.log(rate) for rate, k in zip(p["rates"], COUNTS, strict=True))


def of_rates(p):
    return {"drates": 10 - COUNTS / p["rates"]}


def refusing(p):
    if p["sigma"] <= 0:
        raise ValueError("sigma must be positive")
    return np.sum((np.abs(p["w"]) - 1) ** 2) / p["sigma"] + np.log(p["sigma"])


def of_refusing(p):
    apart = np.abs(p["w"]) - 1
    return {
        "dw": 2 * apart * np.sign(p["w"]) / p["sigma"],
        "dsigma": -np.sum(apart**2) / p["sigma"] ** 2 + 1 / p["sigma"],
    }


def determinant(p):
    return np.linalg.slogdet(p["L"] @ p["L"].T)[1]


def of_determinant(p):
    return {"dL": 2 * np.linalg.inv(p["L"]).T}


SMALL = {
    "all small": (dirichlet, of_dirichlet, np.array([1e-6, 2e-6, 5e-6])),
    "a domain": (rates, of_rates, {"rates": np.array([0.004, 1.2, 2.3])}),
    "a refusal": (refusing, of_refusing, {"w": np.array([0.7, -1.2]), "sigma": np.array(0.008)}),
    "zeros beside": (determinant, of_determinant, {"L": 1e-7 * np.array([[2.0, 0], [1, 3]])}),
}


@pytest.mark.parametrize("method", ["auto", "central"])
@pytest.mark.parametrize("case", SMALL.values(), ids=SMALL)
def test_what_is_right_passes_on_its_own_scale(case, method):
    cost, grad, params = case
    report = check_gradients(cost, grad, params, method=method)
    assert report.verdict == "PASS", str(report)


@pytest.mark.parametrize("case", SMALL.values(), ids=SMALL)
def test_what_is_wrong_fails_on_its_own_scale(case):
    cost, grad, params = case

    def wrong(p):
        found = grad(p)
        if isinstance(found, dict):
            return {name: 1.001 * each for name, each in found.items()}
        return 1.001 * found

    assert check_gradients(cost, wrong, params, diagnose=False).verdict == "FAIL"


def test_what_refuses_every_step_is_told_as_it_said():
    def refuses(w):
        if (w != [1.0, 2.0]).any():
            raise ValueError("only there")
        return float(np.sum(w**2))

    with pytest.raises(ValueError, match="only there"):
        check_gradients(refuses, lambda w: 2 * w, np.array([1.0, 2.0]))


def test_a_number_is_moved_by_a_part_of_itself():
    arrays = {"w": np.array([1e-6, 2.0, 0.0])}
    v = {"w": np.array([1.0, 1.0, 1.0])}

    def function(values):
        w = values("w")
        return np.log(np.abs(w[0])) + w[1] ** 2 + 3 * w[2]

    r = {"w": np.array([1e6, 4.0, 3.0])}
    slope, promised, size = measured_slope(function, r, arrays, v, 1e6)
    assert slope.value == pytest.approx(promised, rel=1e-9)
    assert promised != pytest.approx(pairing(r, v))
    assert 1 < size < 10
    assert is_small(1e-6, arrays["w"])
    assert not is_small(0.0, arrays["w"])
    assert not is_small(2.0, arrays["w"])


def test_a_tape_that_is_wrong_is_refuted_on_any_scale():
    arrays, v = {"w": np.array([1e-6, 2.0])}, {"w": np.array([0.3, -1.0])}
    wrong = {"w": np.array([1e6 * 1.01, 4.0])}
    slope, promised, size = measured_slope(
        lambda values: np.log(np.abs(values("w")[0])) + values("w")[1] ** 2, wrong, arrays, v, 1e6
    )
    assert abs(slope.value - promised) > 1e-4 * size


def test_steps_that_are_refused_have_no_end_of_an_error():
    def refuses(values):
        raise ValueError(values("w"))

    assert own_slope(refuses, {"w": np.ones(2)}, {"w": np.ones(2)}).bar == np.inf


ARRHENIUS = """\
import numpy as np

K = 8.617e-5


def cost(p, T, y):
    r = np.log(p[0]) - p[1] / (K * T) - y
    return r @ r


def grad(p, T, y):
    r = np.log(p[0]) - p[1] / (K * T) - y
    first = FACTOR * r.sum() / p[0]
    return np.array([first, -2 * r @ (1 / (K * T))])
"""


@pytest.mark.parametrize("factor", [2, 1])
def test_a_small_part_of_one_vector_is_compared_in_its_units(tmp_path, factor):
    module = load(tmp_path, ARRHENIUS.replace("FACTOR", str(factor)))
    T = np.linspace(300, 600, 9)
    data = (T, np.log(2e13) - 0.7 / (module.K * T))
    report = check_gradients(module.cost, module.grad, np.array([1e13, 0.8]), data)
    assert report.verdict == ("PASS" if factor == 2 else "FAIL")
    if factor == 1:
        (finding,) = report.findings
        assert finding.line in (line_of(module, "first ="), line_of(module, "return np.array"))
        assert "2 * " in finding.message
