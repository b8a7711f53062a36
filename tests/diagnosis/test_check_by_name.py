"""Several faults in the statements of a loop: each judged alone, by what its value is called."""

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_localisation.backward import record_backward
from trainwell.diagnosis.gradient_localisation.judged_alone import repairs_by_name
from trainwell.diagnosis.gradient_localisation.localisation import localised_first
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(5)

CELLS = """\
import numpy as np

H = 3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(x, h_prev, c_prev, W, b):
    hx = np.concatenate([h_prev, x])
    z = W @ hx + b
    f = sigmoid(z[:H])
    i = sigmoid(z[H : 2 * H])
    o = sigmoid(z[2 * H : 3 * H])
    g = np.tanh(z[3 * H :])
    c = f * c_prev + i * g
    tc = np.tanh(c)
    h = o * tc
    return h, c, (hx, c_prev, f, i, o, g, tc)


def cost(p, X, Y):
    loss, kept = 0.0, []
    for xs, ys in zip(X, Y):
        h, c, steps = np.zeros(H), np.zeros(H), []
        for x, y in zip(xs, ys):
            h, c, gates = step(x, h, c, p["W"], p["b"])
            e = p["V"] @ h - y
            loss += 0.5 * np.sum(e**2)
            steps.append((h, e, gates))
        kept.append(steps)
    return loss / len(X), kept


def step_back(dh, dc_next, W, gates):
    hx, c_prev, f, i, o, g, tc = gates
    do = dh * tc
    dc = dc_next + dh * o * (1 - tc * tc)
    df = dc * c_prev
    di = dc * g
    dg = dc * i
    dz = np.concatenate([df * f * (1 - f), di * i * (1 - i), do * o * (1 - o), dg * (1 - g * g)])
    return (W.T @ dz)[:H], dc * f, np.outer(dz, hx), dz


def grad(p, X, Y, kept):
    out = {name: np.zeros_like(value) for name, value in p.items()}
    for steps in kept:
        dh_next, dc_next = np.zeros(H), np.zeros(H)
        for h, e, gates in reversed(steps):
            d = e / len(X)
            out["V"] += np.outer(d, h)
            dh = p["V"].T @ d + dh_next
            dh_next, dc_next, dW, db = step_back(dh, dc_next, p["W"], gates)
            out["W"] += dW
            out["b"] += db
    return out
"""
POINT = (
    {
        "W": 0.5 * RNG.normal(size=(12, 5)),
        "b": 0.3 * RNG.normal(size=12),
        "V": RNG.normal(size=(2, 3)),
    },
    (RNG.normal(size=(1, 3, 2)), RNG.normal(size=(1, 3, 2))),
)


def checked(folder, *changes):
    module = load(folder, written(*changes, program=CELLS))
    return module, check_gradients(module.cost, module.grad, *POINT, seconds=4.0)


def test_the_program_is_right(tmp_path):
    _, report = checked(tmp_path)
    assert (report.verdict, report.findings) == ("PASS", ())


TWICE = {
    "factors": (
        [("df = dc * c_prev", "df = dc * c_prev * c_prev"), ("f * (1 - f)", "f * (1)")],
        {"df": "a factor is too many", "dz": "the slope should be a (1 - a)"},
    ),
    "operands": (
        [("di = dc * g", "di = dc * i"), ("dg = dc * i", "dg = dc * o")],
        {"di": "another variable is meant", "dg": "another variable is meant"},
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_each_statement_is_judged_alone(name, tmp_path):
    changes, said = TWICE[name]
    module = load(tmp_path, written(*changes, program=CELLS))
    calls = Calls(module.cost, module.grad, Parameters.of(POINT[0]), POINT[1])
    backward = record_backward(calls, lambda name: name)
    kept = module.cost(POINT[0], *POINT[1])[1]
    (tmp_path / "right").mkdir()
    expected = load(tmp_path / "right", CELLS).grad(POINT[0], *POINT[1], kept)
    shop = localised_first(backward, expected, Constants({}, {}), 0.01).again(3.0)
    found = [choices[0] for choices in repairs_by_name(shop)]
    assert [statement_at(*each.site[0].place[:2]).target for each in found] == [*said]
    pairs = zip(found, said.values(), strict=True)
    assert all(each.change.message.startswith(text) for each, text in pairs)


def test_two_faults_of_each_round_are_named(tmp_path, only):
    only("localised_by_name")
    module, report = checked(tmp_path, *TWICE["operands"][0])
    expected = [line_of(module, f"{name} = ") for name in TWICE["operands"][1]]
    assert [finding.line for finding in report.findings] == expected
    assert [finding.kind for finding in report.findings] == ["operand", "operand"]
    assert {finding.affected for finding in report.findings} == {("W", "b")}
