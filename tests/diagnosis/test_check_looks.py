"""Each of two findings looked at once more, beside the other one."""

from types import SimpleNamespace

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_localisation.called_values import CalledValues
from trainwell.diagnosis.gradient_localisation.edits_of_values import insertions
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.matching import Match
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.weighing import reaches_no_more
from trainwell.diagnosis.scorecard.programs import load as scorecard_load
from trainwell.diagnosis.scorecard.programs import program

GATES = """\
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost(params, X, Y):
    act = np.arctan(X @ params["A"])
    gate = sigmoid(X @ params["G"] + params["c"])
    mix = act * gate
    error = mix @ params["W"] + params["b"] - Y
    return 0.5 * np.mean(error**2), (X @ params["A"], act, gate, mix, error)


def grad(params, X, Y, cache):
    line, act, gate, mix, error = cache
    derror = error / error.size
    db = derror.sum(axis=0)
    dW = mix.T @ derror
    dmix = derror @ params["W"].T
    dact = dmix * gate
    dgate = dmix * act
    dpre = dgate * gate
    dpre -= dpre * gate
    dG = X.T @ dpre
    dc = dpre.sum(axis=0)
    dline = dact / (1 + line**2)
    dA = X.T @ dline
    return {"A": dA, "G": dG, "c": dc, "W": dW, "b": db}
"""


@pytest.mark.parametrize(
    "changes",
    [
        (("dgate = dmix * act", "dgate = dmix * mix"), ("dc = dpre", "dc = -dpre")),
        (("dgate = dmix * act", "dgate = dmix * mix"), ("line**2", "line**1")),
        (("db = derror.sum", "db = derror.mean"), ("dgate = dmix * act", "dgate = dmix / act")),
    ],
    ids=["name and sign", "name and power", "mean and division"],
)
def test_each_of_two_is_looked_at_again(tmp_path, changes):
    rng = np.random.default_rng(2)
    params = {"A": rng.normal(size=(3, 4)), "G": rng.normal(size=(3, 4)), "c": rng.normal(size=4)}
    params |= {"W": rng.normal(size=(4, 2)), "b": rng.normal(size=2)}
    data = (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    module = load(tmp_path, written(*changes, program=GATES))
    report = check_gradients(module.cost, module.grad, params, data)
    wrong = {new if new != "line**1" else "dline =" for _, new in changes}
    assert {each.line for each in report.findings} == {line_of(module, text) for text in wrong}


def test_another_place_spoils_no_more_gradients(tmp_path):
    module = load(tmp_path, GATES)
    file = module.__file__
    lines = {name: line_of(module, f"    {name} = ") for name in ("db", "dmix", "dgate")}
    steps = [
        SimpleNamespace(index=at, place=(file, line, 0, ()))
        for at, line in enumerate(lines.values())
    ]
    lineage = {"b": {0}, "A": {1}, "G": {1, 2}}
    shop = SimpleNamespace(steps=steps, lineage=lineage)
    db, dmix, dgate = (
        Finding(name, "factor", 2.0, statement_at(file, line), "is 2 x", 1.0, ())
        for name, line in lines.items()
    )
    assert not reaches_no_more(shop, dmix, dgate, ["A", "b"])
    assert reaches_no_more(shop, dmix, dgate, ["G", "b"])
    assert reaches_no_more(shop, db, dgate, ["A", "G"])


def test_a_factor_is_no_convention_where_it_is_wrong():
    shop = SimpleNamespace(
        around=SimpleNamespace(constants={"m": 8.0}),
        backward=SimpleNamespace(forward=[]),
        steps=[SimpleNamespace(index=0, value=np.ones(3))],
        value=lambda step: step.value,
        matcher=SimpleNamespace(matches=lambda _: [Match(None, 1 / 8, transposed=False)]),
        known=[],
        ends_of_forward=set(),
    )
    assert 0 in CalledValues(shop)
    assert 0 in CalledValues(shop, 8.0)
    assert 0 not in CalledValues(shop, 1 / 8)


WEIGHTED = """\
import numpy as np


def cost(params, X, y, weight):
    H = np.logaddexp(0, X @ params["W"])
    r = y - H @ params["v"]
    return 0.7 * np.sum(weight * np.sqrt(1 + r**2)) / weight.sum(), (H, r)


def slope(r):
    return r / np.sqrt(1 + r * r)


def grad(params, X, y, weight, cache):
    H, r = cache
    w = weight / weight.sum()
    dr = -0.7 * w * slope(r)
    dH = np.dot(dr, params["v"].T)
    dH *= 1 - np.exp(-H)
    return {"W": X.T @ dH, "v": H.T @ dr}
"""


def test_a_factor_is_missing_where_it_can_be_known(tmp_path):
    rng = np.random.default_rng(7)
    params = {"W": rng.normal(size=(3, 4)), "v": rng.normal(size=(4, 1))}
    data = (rng.normal(size=(6, 3)), rng.normal(size=(6, 1)), rng.uniform(0.5, 2.0, (6, 1)))
    module = load(tmp_path, written(("-0.7 * w * slope(r)", "-0.7 * slope(r)"), program=WEIGHTED))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert finding.line == line_of(module, "dr = ")


@pytest.mark.parametrize(
    ("at", "within", "cost"), [(6, 1, 1.57), (6, 0, 1.55), (2, 1, 1.5)], ids=["inside", "", "given"]
)
def test_a_function_is_not_given_what_calls_it_has_made(at, within, cost):
    calls = (("file.py", 3, 0),) * within
    step = SimpleNamespace(
        index=9, call=np.multiply, value=np.ones(2), operation="multiply", place=("", 1, 0, calls)
    )
    other = SimpleNamespace(index=at, value=np.array([0.3, 0.4]), place=("", 4, 0, ()))
    around = SimpleNamespace(pool={(2,): [other]}, boundary=5, is_derivative=lambda _: False)
    (change, *_) = insertions(step, around)
    assert change.cost == pytest.approx(cost)


def test_where_a_value_is_right_its_users_are_wrong():
    right = program("batch_norm")
    source = right.source.replace("+ dmu / N", "+ dmu")
    module = scorecard_load(source, "centred.py")
    report = check_gradients(module["cost"], module["grad"], *module["case"](0))
    assert [each.message for each in report.findings] == ["`/ N` is missing"]
