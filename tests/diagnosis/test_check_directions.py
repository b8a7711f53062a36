"""What goes the wrong way: loops, indices, running sums; and what is handed out as it is."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_localisation.signatures import factor_text
from trainwell.diagnosis.gradient_verdict.constants import constants_of
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.programs import load

HAZARD = """
import numpy as np


def cost(p, x, y):
    h = 1 / (1 + np.exp(-(x @ p["w"])))
    alive = np.cumprod(1 - h)
    scale = np.exp(p["log_scale"])
    log_k = p["log_k"]
    k = np.exp(log_k)
    grid = np.zeros((3, 2))
    for i in range(3):
        for j in range(2):
            grid[i, j] = p["m"][i] * p["m"][j] ** 2
    rest = np.sum(np.sin(k)) + np.sum(grid**2)
    return np.sum(alive * y) * scale + rest, (h, alive, scale, k, grid)


def grad(p, x, y, cache):
    h, alive, scale, k, grid = cache
    dw, dm = np.zeros_like(p["w"]), np.zeros_like(p["m"])
    g = y * alive * scale
    tail = np.cumsum(g[::-1])[::-1]
    dh = -tail / (1 - h)
    dz = dh * h * (1 - h)
    for at in range(len(x)):
        dw = dw + x[at] * dz[at]
    dgrid = 2 * grid
    for i in range(3):
        for j in range(2):
            dm[i] += dgrid[i, j] * p["m"][j] ** 2
            dm[j] += dgrid[i, j] * p["m"][i] * 2 * p["m"][j]
    dscale = np.sum(alive * y)
    dk = np.cos(k)
    return {"w": dw, "log_scale": dscale * scale, "log_k": dk * k, "m": dm}
"""
STEPS = """
import numpy as np


def cost(p, x):
    kept, u = [], x
    for t in range(4):
        kept.append(u)
        u = np.tanh(u * p["w"][t % 2] + p["b"])
    return np.sum(u**2), (kept, u)


def grad(p, x, cache):
    kept, u = cache
    g = {"w": np.zeros(2), "b": np.zeros_like(p["b"])}
    d, t = 2 * u, 4
    for before in reversed(kept):
        t -= 1
        dz = d * (1 - np.tanh(before * p["w"][t % 2] + p["b"]) ** 2)
        g["b"] = g["b"] + dz
        g["w"][t % 2] += np.sum(dz * before)
        d = dz * p["w"][t % 2]
    return g
"""


def checked(text, old="", new=""):
    assert text.count(old) == 1 or not old
    rng = np.random.default_rng(7)
    if text is STEPS:
        params = {"w": rng.normal(size=2), "b": rng.normal(size=3)}
        data: tuple[object, ...] = (rng.normal(size=3),)
    else:
        params = {
            "w": rng.normal(size=3),
            "log_scale": np.array(0.3),
            "log_k": rng.normal(size=4),
            "m": rng.normal(size=3),
        }
        data = rng.normal(size=(5, 3)), rng.normal(size=5)
    module = load(text.replace(old, new) if old else text, "directions.py")
    return check_gradients(module["cost"], module["grad"], params, data, seconds=5)


@pytest.mark.parametrize("text", [HAZARD, STEPS], ids=["hazard", "steps"])
def test_right_ones_pass(text):
    report = checked(text)
    assert (report.verdict, report.method) == ("PASS", "trace"), str(report)


MISTAKES = {
    "running sum": (
        *(HAZARD, "np.cumsum(g[::-1])[::-1]", "np.cumsum(g)"),
        "should be `np.cumsum(g[::-1])[::-1]`",
    ),
    "loop": (STEPS, "in reversed(kept)", "in kept", "`kept` should be `reversed(kept)`"),
    "handed out": (HAZARD, '"log_k": dk * k', '"log_k": dk', "* k"),
    "number handed out": (HAZARD, "dscale * scale", "dscale", "`* scale` is missing"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_where_it_is_made(name):
    text, old, new, said = MISTAKES[name]
    report = checked(text, old, new)
    (finding,) = report.findings
    assert finding.line == text[: text.index(old)].count("\n") + 1, str(report)
    assert said in finding.message


def test_a_sign_is_told_where_what_follows_is_what_it_is_called():
    report = checked(HAZARD, "dh = -tail / (1 - h)", "dh = tail / (1 - h)")
    first = HAZARD[: HAZARD.index("g = y")].count("\n") + 1
    (finding,) = report.findings
    assert first <= finding.line <= first + 2, str(report)  # not where it reaches the parameter


PART = """
import numpy as np


def cost(p, x):
    scale = np.exp(p["log_scale"])
    kernel = scale * x + 0.2 * np.eye(3)
    return np.sum(kernel**3) + np.sum((p["b"] @ kernel) ** 2), (scale, kernel)


def grad(p, x, cache):
    scale, kernel = cache
    dkernel = 3 * kernel**2 + 2 * np.outer(p["b"], p["b"] @ kernel)
    return {"log_scale": np.sum(dkernel * kernel), "b": 2 * kernel @ (p["b"] @ kernel)}
"""


def test_a_part_of_what_is_unpacked_is_no_exchange():
    module = load(PART, "part.py")
    rng = np.random.default_rng(5)
    params, x = {"log_scale": np.array(0.3), "b": rng.normal(size=3)}, rng.normal(size=(3, 3))
    x = x + x.T
    (finding,) = check_gradients(module["cost"], module["grad"], params, (x,)).findings
    assert finding.line == 14
    assert "each other" not in finding.message
    assert "line 7" in finding.message


START = """
import numpy as np


def cost(p, x):
    nu = p["nu"]
    return nu * np.sum(x) + 2 * nu * np.log(nu), nu


def grad(p, x, nu):
    total = sum(float(each) for each in x)
    dnu = total + 2 * np.log(nu)
    return {"nu": dnu}
"""


def test_what_a_sum_begins_with_does_not_stand_there():
    module = load(START, "start.py")
    report = check_gradients(
        module["cost"], module["grad"], {"nu": np.array(1.7)}, (np.arange(3.0),)
    )
    (finding,) = report.findings
    assert "0 should be" not in finding.message


GRID = """
import numpy as np


def cost(p, x):
    out = np.zeros((3, 4))
    for i in range(3):
        for j in range(4):
            out[i, j] = np.sum(x[i : i + 2, j : j + 2] * p["k"])
    return np.sum(out**3), out


def grad(p, x, out):
    d = 3 * out**2
    dk = np.zeros_like(p["k"])
    for u in range(2):
        for v in range(2):
            dk[u, v] = np.sum(d * x[u : u + 3, v : v + 4])
    return {"k": dk}
"""


@pytest.mark.parametrize("old", ["dk[u, v] =", "x[u : u + 3, v : v + 4]"])
def test_two_indices_that_are_exchanged_are_one_finding(old):
    new = {"dk[u, v] =": "dk[v, u] =", "x[u : u + 3, v : v + 4]": "x[v : v + 3, u : u + 4]"}[old]
    module = load(GRID.replace(old, new), "grid.py")
    rng = np.random.default_rng(1)
    params, x = {"k": rng.normal(size=(2, 2))}, rng.normal(size=(4, 5))
    (finding,) = check_gradients(module["cost"], module["grad"], params, (x,)).findings
    assert finding.line == 18
    if old.startswith("dk"):
        assert finding.message == "`dk[v, u]` should be `dk[u, v]`"


ONE_NUMBER = """
import numpy as np


def cost(p, x):
    a, b = p["a"], p["b"]
    z = a * x + b
    return np.sum(np.tanh(z) ** 2), z


def grad(p, x, z):
    t = np.tanh(z)
    da, db = np.zeros_like(p["a"]), np.zeros_like(p["b"])
    for at in range(len(x)):
        d = 2 * t[at] * (1 - t[at] ** 2)
        da = da + d * x[at]
        db = db + d
    return {"a": da, "b": db}
"""


def of_one_number(old, new):
    assert ONE_NUMBER.count(old) == 1
    module = load(ONE_NUMBER.replace(old, new), "one-number.py")
    params = {"a": np.array(0.4), "b": np.array(-0.2)}
    return check_gradients(module["cost"], module["grad"], params, (np.arange(4.0),))


def test_a_sum_that_something_is_added_to_does_not_stay_zero():
    report = of_one_number("db = db + d\n", "db = db + t[0]\n")
    assert all("stays zero" not in each.message for each in report.findings), str(report)
    assert [each.line for each in report.findings] == [17]


def test_a_factor_of_one_number_is_not_called_exact():
    module = load(ONE_NUMBER, "one-number.py")
    params, x = {"a": np.array(0.4), "b": np.array(-0.2)}, np.arange(4.0)
    right = module["grad"](params, x, module["cost"](params, x)[1])
    for factor, said in ((1.2345678, "is 1.234568 times"), (1.5, "is exactly 1.5 x")):
        given = {"a": right["a"], "b": factor * right["b"]}
        (finding,) = check_gradients(module["cost"], given, params, (x,)).findings
        assert said in finding.message
    report = of_one_number('"b": db}', '"b": db * 2}')
    assert "2" in report.findings[0].message
    assert report.findings[0].line == 18


@pytest.mark.parametrize(
    ("factor", "said"),
    [(1 / 0.86, "`* beta` is missing, or"), (0.86, "`* beta` is too many, or"), (3.3, "gradient")],
)
def test_a_parameter_that_is_one_number_names_a_factor(factor, said):
    constants = constants_of((), {}, {"beta": np.array(0.86), "zero": 0.0, "x": np.ones(3)})
    assert said in factor_text(factor, constants)
