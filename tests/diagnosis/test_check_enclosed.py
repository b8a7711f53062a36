"""Objectives that one call of a function makes: what only one of them reads may be meant in all."""

import numpy as np
import pandas as pd
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_patches.near import near
from trainwell.diagnosis.gradients import check_gradients

OBJECTIVE = """\
import numpy as np

def objective(K, y, noise, rho, centre):
    count = len(y)

    def parts(theta):
        return theta[:5], np.exp(theta[5:])

    def cost(theta):
        a, s = parts(theta)
        fit = 0.5 * np.sum((y - K @ a) ** 2 / noise ** 2) / count
        return fit + rho * np.sum(s ** 2) + np.sum((a - centre) ** 2)

    def grad(theta):
        a, s = parts(theta)
        ga = -K.T @ ((y - K @ a) / noise ** 2) / count + 2 * (a - centre)
        gs = 2 * rho * s * s
        return np.concatenate([ga, gs])

    return cost, grad
"""
RNG = np.random.default_rng(4)
GIVEN = (RNG.normal(size=(13, 5)), RNG.normal(size=13), 0.3 + RNG.random(13), 0.7)
CENTRE, POINT = RNG.normal(size=5), RNG.normal(size=8)
MISTAKES = {
    "number": ("2 * rho * s", "2 * s", "gs", "rho"),
    "count": (" / count + 2", " + 2", "ga", "count"),
    "array": (" 2 * (a - centre)", " 2 * a", "ga", "centre"),
    "formula": ("((y - K @ a) / noise ** 2)", "(y - K @ a)", "ga", "`/ noise ** 2` is missing"),
}


def told_of(folder, *mistakes):
    module = load(folder, written(*(each[:2] for each in mistakes), program=OBJECTIVE))
    cost, grad = module.objective(*GIVEN, CENTRE)
    report = check_gradients(cost, grad, POINT, seconds=5.0)
    return {(f.line, f.target): f.message for f in report.findings}, report, module


@pytest.mark.parametrize("name", MISTAKES)
def test_what_a_gradient_of_a_closure_lacks_is_told(tmp_path, name):
    _, _, target, said = MISTAKES[name]
    told, _, module = told_of(tmp_path, MISTAKES[name])
    (at,) = told
    assert at == (line_of(module, f"{target} = "), target)
    assert said in told[at]


def test_both_things_that_it_lacks_are_told(tmp_path):
    told, _, _ = told_of(tmp_path, MISTAKES["number"], MISTAKES["formula"])
    assert sorted(target for _, target in told) == ["ga", "gs"]


def test_the_right_one_passes(tmp_path):
    _, report, _ = told_of(tmp_path)
    assert report.ok


def test_variables_of_another_call_of_the_maker_are_not_near():
    def made(scale, shift):
        return (lambda x: x * scale), (lambda x: x * scale + shift)

    one, both = made(2.0, 3.0)
    assert near(one, [both]).values() == {"shift": 3.0}
    assert near(both, [one]).values() == {}
    _, other = made(4.0, 5.0)
    assert near(one, [other]).values() == {}
    assert near(told_of, [both]).values() == {}


def test_a_variable_that_holds_nothing_yet_is_not_near():
    def made(scale):
        def one(x):
            return x * scale

        def two(x):
            return x * scale + later

        found = near(one, [two]).values()
        later = scale
        return found, near(one, [two]).values(), later

    assert made(2.0) == ({}, {"later": 2.0}, 2.0)


COUNTS = """\
import numpy as np


def cost(beta, table, lam):
    eta = table[["one", "age"]] @ beta + np.log(table["exposure"])
    return (np.exp(eta) - table["count"] * eta).mean() + 0.5 * lam * np.sum(beta[1:] ** 2)


def grad(beta, table, lam):
    X = table[["one", "age"]]
    mu = np.exp(X @ beta + np.log(table["exposure"]))
    g = (X.T @ (mu - table["count"])).to_numpy() / len(table)
    return g + lam * np.r_[0.0, beta[1:]]
"""
OF_TABLES = {
    "column": ('(mu - table["count"])', "mu", "`- table['count']` is missing"),
    "intercept": (
        "lam * np.r_[0.0, beta[1:]]",
        "lam * beta",
        "`lam * beta` should be `lam * np.r_[0.0, beta[1:]]`",
    ),
}


@pytest.mark.parametrize("name", OF_TABLES)
def test_what_a_gradient_of_a_table_lacks_is_told(tmp_path, name):
    right, wrong, said = OF_TABLES[name]
    module = load(tmp_path, written((right, wrong), program=COUNTS))
    columns = {"one": 1.0, "age": RNG.normal(size=9), "exposure": 0.5 + RNG.random(9)}
    table = pd.DataFrame({**columns, "count": RNG.poisson(2.0, 9)})
    (finding,) = check_gradients(
        module.cost, module.grad, RNG.normal(size=2), (table, 0.3)
    ).findings
    assert finding.message == said
