"""What nothing reads any more, slopes that are none, and sums that are forgotten."""

import ast

import numpy as np
import pytest
from patched_programs import line_of, load, offered_for, written

from trainwell.diagnosis.gradient_localisation.carried_zeros import idle_loop
from trainwell.diagnosis.gradient_localisation.local_slopes import slopes
from trainwell.diagnosis.gradient_patches.serving import serving
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters, given_gradient
from trainwell.diagnosis.gradient_verdict.trace import record
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(33)

LAYERS = """\
import numpy as np

C = 0.044715


def gelu(u):
    inner = np.sqrt(2 / np.pi) * (u + C * u**3)
    return 0.5 * u * (1 + np.tanh(inner))


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def elu_back(d, z):
    return d * np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


def norm(z):
    std = np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
    xhat = (z - z.mean(axis=1, keepdims=True)) / std
    return xhat, (xhat, std)


def norm_back(dout, kept):
    xhat, std = kept
    dz = dout - dout.mean(axis=1, keepdims=True)
    dz -= xhat * (dout * xhat).mean(axis=1, keepdims=True)
    return dz / std


def slope(u):
    t = np.tanh(np.sqrt(2 / np.pi) * (u + C * u**3))
    dinner = np.sqrt(2 / np.pi) * (1 + 3 * C * u**2)
    return 0.5 * (1 + t) + 0.5 * u * (1 - t**2) * dinner


def cost(p, X, weight, y):
    u, kept = norm(X @ p["first.W"])
    a = gelu(u)
    z = a @ p["second.W"]
    q = 1 / (1 + np.exp(-elu(z).sum(axis=1)))
    loss = np.sum(weight * -(y * np.log(q) + (1 - y) * np.log(1 - q))) / np.sum(weight)
    return loss, (u, kept, a, z, q)


def back(dq, q):
    return dq * q * (1 - q)


def grad(p, X, weight, y, cache):
    u, kept, a, z, q = cache
    share = 1.0 / weight.sum()
    dq = -y / q + (1 - y) / (1 - q)
    d = np.repeat(back(share * weight * dq, q)[:, None], 4, axis=1)
    d = elu_back(d, z)
    g = {"dsecond.W": a.T @ d}
    d = d @ p["second.W"].T
    d = d * slope(u)
    d = norm_back(d, kept)
    g["dfirst.W"] = X.T @ d
    return g
"""
LAYERED = (
    {"first.W": RNG.normal(size=(3, 5)), "second.W": 0.5 * RNG.normal(size=(5, 4))},
    (RNG.normal(size=(7, 3)), RNG.uniform(1.1, 2.3, size=7), RNG.integers(0, 2, size=7) * 1.0),
)

STEPS = """\
import numpy as np


def scan(p, drive):
    s = np.zeros((len(drive), drive.shape[1] + 1, 3))
    for t in range(drive.shape[1]):
        s[:, t + 1] = p["a"] * s[:, t] + drive[:, t]
    return s


def scan_back(ds_out, p, drive, s):
    ddrive, da, carry = np.empty_like(drive), np.zeros(3), np.zeros_like(s[:, 0])
    for t in range(drive.shape[1] - 1, -1, -1):
        carry = carry + ds_out[:, t]
        ddrive[:, t] = carry
        da += np.sum(carry * s[:, t], axis=0)
        carry = carry * p["a"]
    return da, ddrive


def dense(p, x):
    def pull(d):
        return d @ p["W"].T, {"W": x.T @ d, "b": d.sum(axis=0)}

    return x @ p["W"] + p["b"], pull


def cost(p, X):
    drive = np.stack([X[:, t] @ p["B"] for t in range(X.shape[1])], axis=1)
    s = scan(p, drive)
    h, tape = s[:, -1], []
    for _ in range(2):
        h, pull = dense(p, np.tanh(h))
        tape.append((h, pull))
    return np.sum(np.cos(h)) + np.sum(s**3), (drive, s, tape)


def grad(p, X, cache):
    drive, s, tape = cache[0], cache[1], list(cache[2])
    out = {name: np.zeros_like(value) for name, value in p.items()}
    d = -np.sin(tape[-1][0])
    while tape:
        h, pull = tape.pop()
        d, parts = pull(d)
        for name, value in parts.items():
            out[name] += value
        d = d * (1 - np.tanh(tape[-1][0] if tape else s[:, -1]) ** 2)
    ds_out = 3 * s[:, 1:] ** 2
    ds_out[:, -1] += d
    out["a"], ddrive = scan_back(ds_out, p, drive, s)
    for d, x in zip(ddrive.reshape(-1, 3), X.reshape(-1, 2)):
        out["B"] += np.outer(x, d)
    return out
"""
STEPPED = (
    {
        "a": RNG.uniform(0.4, 0.9, size=3),
        "B": RNG.normal(size=(2, 3)),
        "W": RNG.normal(size=(3, 3)),
        "b": RNG.normal(size=3),
    },
    (RNG.normal(size=(4, 3, 2)),),
)

# What is right, and what stands there; what the line begins with, the kind, and a part of what is
# said.
IN_LAYERS = {
    "call": ("    d = elu_back(d, z)\n", "", "g = {", "activation-missing", "`d = elu_back(d, z)`"),
    "mean of a product": (
        "    dz -= xhat * (dout * xhat).mean(axis=1, keepdims=True)\n",
        "",
        "dz = dout",
        "path",
        "`- xhat * (dout * xhat).mean(axis=1, keepdims=True)`",
    ),
    "number": (
        " * (1 + 3 * C * u**2)",
        "",
        "dinner = ",
        "activation-wrong",
        "is one number where a slope belongs",
    ),
    "slope": (
        "(1 + 3 * C * u**2)",
        "(1 + np.sin(u))",
        "dinner = ",
        "activation-wrong",
        "is not the slope of `inner` of line 7, with respect to `xhat` of line 21",
    ),
    "mean": (
        "    dz = dout - dout.mean(axis=1, keepdims=True)\n    dz -= xhat *",
        "    dz = dout - xhat *",
        "dz = dout",
        "path",
        "`- dout.mean(axis=1, keepdims=True)`",
    ),
    "sum": ("1.0 / weight.sum()", "1.0", "share = ", "factor", "`/ weight.sum()`"),
    "rest": (" + (1 - y) / (1 - q)", "", "dq = ", "path", "`+ (1 - y) / (1 - q)`"),
    "first quotient": ("-y / q + (1", "(1", "dq = ", "path", "`- y / q`"),
}
IN_STEPS = {
    "step": (
        "        carry = carry + ds_out[:, t]\n",
        "",
        "ddrive[:, t]",
        "path",
        "`carry = carry + ds_out[:, t]`",
    ),
    "while": ("out[name] += value", "out[name] = value", "out[name] = ", "data-term", "`+=`"),
}


def lost(folder, name):
    """Return a program that lacks something, its point, and what is to be said."""
    text, point = (LAYERS, LAYERED) if name in IN_LAYERS else (STEPS, STEPPED)
    right, wrong, *told = (IN_LAYERS | IN_STEPS)[name]
    return load(folder, written((right, wrong), program=text)), point, told


PATCHED = ("call", "mean of a product", "mean", "rest", "first quotient", "sum", "step")


@pytest.mark.parametrize("name", PATCHED)
def test_what_is_lost_is_among_the_patches(name, tmp_path):
    module, point, (begins, kind, said) = lost(tmp_path, name)
    patches = [p for _, p in offered_for(module, *point) if p.told().startswith(f"{said} is")]
    assert {patch.kinds[0] for patch in patches} == {kind}
    assert line_of(module, begins) in {patch.statement.lineno for patch in patches}


@pytest.mark.parametrize("name", ["number", "slope"])
def test_a_wrong_slope_is_found_by_itself(name, tmp_path, only):
    only("wrong_slope")
    module, point, (begins, kind, said) = lost(tmp_path, name)
    (finding,) = check_gradients(module.cost, module.grad, *point, seconds=6).findings
    assert (finding.line, finding.kind) == (line_of(module, begins), kind)
    assert said in finding.message


NAMED = ("call", "mean of a product", "number", "slope", "step", "while")


@pytest.mark.parametrize("name", NAMED)
def test_what_is_lost_is_named(name, tmp_path):
    module, point, (begins, kind, said) = lost(tmp_path, name)
    (finding,) = check_gradients(module.cost, module.grad, *point, seconds=6).findings
    assert finding.line == line_of(module, begins)
    assert finding.kind == kind
    assert said in finding.message


@pytest.mark.parametrize("text", [LAYERS, STEPS], ids=["layers", "steps"])
def test_the_programs_are_right(text, tmp_path):
    module = load(tmp_path, text)
    point = LAYERED if text is LAYERS else STEPPED
    report = check_gradients(module.cost, module.grad, *point)
    assert (report.verdict, report.findings) == ("PASS", ())


WEIGHTS = """\
import numpy as np


def clipped(r):
    return np.clip(r, -0.7, 0.7)


def through(d, h):
    return d * (1 - h**2)


def cost(p, X, weight, y):
    h = np.tanh(X @ p["W"])
    r = h @ p["v"] - y
    loss = np.where(np.abs(r) < 0.7, 0.5 * r**2, 0.7 * np.abs(r) - 0.245)
    return np.sum(weight * loss) / np.sum(weight), (h, r)


def grad(p, X, weight, y, cache):
    h, r = cache
    psi = weight * clipped(r) / np.sum(weight)
    dz = through(np.outer(psi, p["v"]), h)
    return {"W": X.T @ dz, "v": h.T @ psi}
"""


def of_weights(tmp_path, wrong):
    module = load(
        tmp_path, written(("weight * clipped(r) / np.sum(weight)", wrong), program=WEIGHTS)
    )
    params = {"W": RNG.normal(size=(3, 4)), "v": RNG.normal(size=4)}
    weight = np.array([2.0, 4.0, 6.0, 3.0, 4.0, 5.0])
    data = RNG.normal(size=(6, 3)), weight, RNG.normal(size=6)
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    return finding, line_of(module, "psi = ")


def test_the_sum_is_missing_where_it_is_known(tmp_path):
    finding, line = of_weights(tmp_path, "weight * clipped(r)")
    assert (finding.line, finding.message) == (line, "`/ weight.sum()` is missing")


PAIRS = """\
import numpy as np


def cost(p, X, Y):
    loss = 0.1 * np.sum(p["W"] ** 2)
    for x, y in zip(X, Y):
        loss += 0.5 * np.sum((p["W"] @ x + p["V"] @ np.tanh(p["U"] @ x) + p["b"] - y) ** 2)
    return loss


def grad(p, X, Y):
    gU, gV, gW, gb = np.zeros((3, 2)), np.zeros((2, 3)), 0.2 * p["W"], np.zeros(2)
    deltas = [p["W"] @ x + p["V"] @ np.tanh(p["U"] @ x) + p["b"] - y for x, y in zip(X, Y)]
    for d, x in zip(deltas, X):
        h = np.tanh(p["U"] @ x)
        gV += np.outer(d, h)
        gU += np.outer((p["V"].T @ d) * (1 - h**2), x)
    for d, x in zip(deltas, X):
        gW += np.outer(d, x)
        gb += d
    return {"U": gU, "V": gV, "W": gW, "b": gb}
"""


def test_a_product_with_what_a_loop_is_given_in_vain_is_missing(tmp_path):
    params = {"U": RNG.normal(size=(3, 2)), "V": RNG.normal(size=(2, 3))}
    params |= {"W": RNG.normal(size=(2, 2)), "b": RNG.normal(size=2)}
    data = RNG.normal(size=(4, 2)), RNG.normal(size=(4, 2))
    lost = ("        gW += np.outer(d, x)\n", "")
    module = load(tmp_path, written(lost, program=PAIRS))
    (finding,) = check_gradients(module.cost, module.grad, params, data, seconds=2.0).findings
    assert (finding.line, finding.target) == (line_of(module, "gb += d"), "gW")
    assert finding.message == "`gW += np.outer(d, x)` is missing in its loop"
    module = load(tmp_path, written(lost, ('0.2 * p["W"]', "np.zeros((2, 2))"), program=PAIRS))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert finding.affected == ("W",)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("    while tape:\n        f = tape.pop()(g)\n        g = f", {2, 3}),
        ("    while i < n:\n        i += step\n        x = 3\n        step = 1", {2, 3, 5}),
        (
            "    while q:\n        if a:\n            q.pop()\n        a = b\n        c = 1",
            {2, 3, 4, 5},
        ),
        ("    for x in y:\n        z = x", {2}),
        ("    n = 3\n    m = n\n    while i < m:\n        z = m\n        i += 1", {2, 3, 4, 6}),
        ("    while o.tape.calls:\n        g = o.tape.calls.pop()(g)\n        h = o.f(g)", {2, 3}),
        ("    while o.k > 0:\n        o.g = o.f(o.g)\n        o.k -= 1", {2, 4}),
    ],
    ids=["pops", "counts", "branches", "for", "before", "within", "attribute"],
)
def test_what_makes_what_a_loop_reads_serves_it(text, lines):
    tree = ast.parse(f"def f():\n{text}").body[0]
    loop = next(node for node in ast.walk(tree) if isinstance(node, ast.While | ast.For))
    assert serving(tree, [loop.lineno], []) == lines


def test_a_loop_that_reads_what_it_is_given_is_not_idle(tmp_path):
    def found(*loops):
        body = "".join(f"    for a, b in c:\n        {each}\n" for each in loops)
        return idle_loop(ast.parse(f"def f(c):\n{body}").body[0], str(tmp_path / "none.py"))

    assert found("pass")[0] == "a, b"
    assert found("print(b)")[0] == "a"
    assert found("print(a, b)") is None
    assert found("pass", "pass") is None
    assert found("pass", "print(a, b)")[0] == "a, b"


def test_a_dot_in_a_name_is_no_step_into_what_is_nested():
    parameters = Parameters.of({"fc.weight": np.ones(2), "bias": np.ones(1)})
    given = {"dfc.weight": np.zeros(2), "dbias": np.zeros(1)}
    assert {*given_gradient(given, parameters, "d{}")} == {"fc.weight", "bias"}
    assert all(array is not None for array in given_gradient(given, parameters, "d{}").values())


def test_slopes_are_of_each_number_by_itself():
    def cost(p, x):
        y = p["w"] * np.exp(p["w"])
        return np.sum(np.exp(x + p["w"]) * y)

    w, x = np.array([0.5, -1.0, 2.0]), np.array([[0.1], [0.2]])
    trace = record(Calls(cost, None, Parameters.of({"w": w}), (x,)))
    found = list(slopes(trace.recording.steps, [trace.leaves["w"].index]))
    assert [slope.of.operation for slope in found] == ["exp", "multiply"]
    np.testing.assert_allclose(found[0].value, np.exp(w))
    np.testing.assert_allclose(found[1].value, (1 + w) * np.exp(w))
