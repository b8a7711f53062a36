"""Programs that go example by example: many numbers, and functions that are called for each."""

import ast
from pathlib import Path

import numpy as np
import pytest
from patched_programs import (
    NETWORK,
    checked,
    line_of,
    load,
    offered_for,
    offers_for,
    patchable,
    written,
)

from trainwell.diagnosis.gradient_localisation import localisation, repair
from trainwell.diagnosis.gradient_localisation.matching import Derivative, Matcher
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patches_of_updates import _unwritten
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradients import check_gradients, diagnosis

ENERGY = """\
import numpy as np

HYPER = {"ridge": 0.05}


def logistic(a):
    return 1 / (1 + np.exp(-a))


def point(p, x):
    precision = np.exp(p["q"])
    field = precision * x
    spread = precision.sum()
    units = []
    for j in range(len(p["a"])):
        s = logistic(p["W"][j] @ x + p["b"][j])
        slope = s * (1 - s)
        field = field + p["a"][j] * s * p["W"][j]
        spread = spread + p["a"][j] * slope * (p["W"][j] @ p["W"][j])
        units.append((s, slope))
    return 0.5 * (field @ field) - spread, (precision, field, units)


def cost(p, X):
    total, kept = 0.0, []
    for x in X:
        value, tape = point(p, x)
        total += value
        kept.append(tape)
    penalty = 0.5 * HYPER["ridge"] * (np.sum(p["W"] ** 2) + np.sum(p["b"] ** 2))
    return total / len(X) + penalty, kept


def point_back(p, x, tape, out, weight):
    precision, field, units = tape
    dfield = weight * field
    dspread = -weight
    for j in range(p["a"].size):
        s, slope = units[j]
        direction = p["W"][j]
        square = direction @ direction
        out["a"][j] += s * (dfield @ direction) + dspread * slope * square
        ddirection = p["a"][j] * (s * dfield + 2 * dspread * slope * direction)
        ds = p["a"][j] * (dfield @ direction)
        ds = ds + p["a"][j] * dspread * square * (1 - 2 * s)
        dpre = ds * slope
        out["W"][j] += ddirection + dpre * x
        out["b"][j] += dpre
    out["q"] += (dfield * x + dspread) * precision


def grad(p, X, kept):
    out = {name: np.zeros_like(value) for name, value in p.items()}
    for x, tape in zip(X, kept):
        point_back(p, x, tape, out, 1 / len(X))
    for name in ("W", "b"):
        out[name] += HYPER["ridge"] * p[name]
    return out
"""

OF_NUMBERS = {
    "sign-of-a-number": ("(dfield @ direction) + dspread", "(dfield @ direction) - dspread"),
    "number-of-two": ("ds = ds + p", "ds = ds - p"),
    "array-of-a-term": ("2 * dspread * slope * direction", "2 * dspread * slope"),
    "digits": ('HYPER["ridge"] * p[name]', '(HYPER["ridge"] * p[name]).astype(np.float32)'),
}


def energy_case():
    rng = np.random.default_rng(3)
    shapes = {"W": (4, 3), "b": (4,), "a": (4,), "q": (3,)}
    params = {name: rng.normal(0, 0.7, shape) for name, shape in shapes.items()}
    params["b"] *= 0.1  # its share of the penalty has few digits to lose
    return params, (rng.normal(size=(6, 3)),)


def energy(module):
    return check_gradients(module.cost, module.grad, *energy_case(), hyperparams=module.HYPER)


@pytest.mark.usefixtures("plain_search")
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_fault_among_many_numbers_is_named(name, tmp_path):
    assert energy(load(tmp_path, ENERGY)).verdict == "PASS"
    right, wrong = OF_NUMBERS[name]
    module = load(tmp_path, written((right, wrong), program=ENERGY))
    (finding,) = energy(module).findings
    assert finding.line == line_of(module, wrong)


def test_an_array_that_a_term_lacks_is_offered(tmp_path):
    right, wrong = OF_NUMBERS["array-of-a-term"]
    module = load(tmp_path, written((right, wrong), program=ENERGY))
    told = offers_for(module, *energy_case())
    assert ("`* direction` is missing beside `2 * dspread * slope`", line_of(module, wrong)) in told


def derivatives_of(values):
    steps = [Step(at, "multiply", value) for at, value in enumerate(values)]
    return [Derivative(step, None, step.value) for step in steps]


def test_of_many_numbers_only_whole_multiples_are_told():
    values = [np.array(x) for x in np.random.default_rng(8).normal(size=150)]
    few, many = Matcher(derivatives_of(values[:50])), Matcher(derivatives_of(values))
    asked = -3 * values[7]
    assert len(few.matches(asked)) == 50
    (match,) = many.matches(asked)
    assert match.derivative.value is values[7]
    assert match.factor == pytest.approx(-3)
    (part,) = many.matches(values[9] / 4)
    assert part.factor == pytest.approx(0.25)


SEQUENCES = """\
import numpy as np

HYPER = {"sparsity": 0.7, "decay": 0.1}


def cost(p, sequences):
    total, kept = 0.0, []
    for x in sequences:
        states = [np.zeros(len(p["b"]))]
        for row in x:
            states.append(np.tanh(p["W"] @ row + p["U"] @ states[-1] + p["b"]))
        code = p["g"] * states[-1]
        outs = [code]
        for _ in range(len(x) - 1):
            outs.append(np.tanh(p["R"] @ outs[-1]))
        errors = [p["W"].T @ out - row for out, row in zip(outs, x[::-1])]
        total += sum(0.5 * e @ e for e in errors) / len(x)
        total += HYPER["sparsity"] * np.sum(np.sqrt(1 + code**2) - 1)
        kept.append((x, states, code, outs, errors))
    return total / len(sequences), kept


def decoder_back(p, grads, outs, errors):
    dnext = np.zeros_like(outs[0])
    for k in range(len(outs) - 1, -1, -1):
        de = errors[k] / len(outs)
        grads["W"] += np.outer(outs[k], de)
        dout = p["W"] @ de
        if k < len(outs) - 1:
            da = dnext * (1 - outs[k + 1] ** 2)
            grads["R"] += np.outer(da, outs[k])
            dout = dout + p["R"].T @ da
        dnext = dout
    return dnext


def encoder_back(p, grads, x, states, dstates):
    carry = np.zeros_like(p["b"])
    for t in range(len(x) - 1, -1, -1):
        da = (dstates[t] + carry) * (1 - states[t + 1] ** 2)
        grads["W"] += np.outer(da, x[t])
        grads["U"] += np.outer(da, states[t])
        grads["b"] += da
        carry = p["U"].T @ da


def grad(p, sequences, kept):
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    for x, states, code, outs, errors in kept:
        dcode = decoder_back(p, grads, outs, errors)
        dcode = dcode + HYPER["sparsity"] * code / np.sqrt(1 + code**2)
        grads["g"] += dcode * states[-1]
        dstates = np.zeros_like(states[1:])
        dstates[-1] = dcode * p["g"]
        encoder_back(p, grads, x, states, dstates)
    return {name: value / len(sequences) for name, value in grads.items()}
"""

PENALTY = 'dcode = dcode + HYPER["sparsity"] * code / np.sqrt(1 + code**2)'
CALL = "dcode = decoder_back(p, grads, outs, errors)"


def sequences_case():
    rng = np.random.default_rng(4)
    shapes = {"W": (4, 3), "U": (4, 4), "b": (4,), "g": (4,), "R": (4, 4)}
    params = {name: rng.normal(0, 0.6, shape) for name, shape in shapes.items()}
    return params, (rng.normal(size=(2, 3, 3)),)


def test_what_each_call_lacks_is_named_where_it_is_called(tmp_path):
    def report(module):
        hyper = module.HYPER
        return check_gradients(
            module.cost, module.grad, *sequences_case(), hyperparams=hyper, seconds=2.0, points=1
        )

    assert report(load(tmp_path, SEQUENCES)).verdict == "PASS"
    module = load(tmp_path, written((f"        {PENALTY}\n", ""), program=SEQUENCES))
    (finding,) = report(module).findings
    assert (finding.line, finding.kind) == (line_of(module, CALL), "path")


def test_what_is_found_first_is_kept_where_the_time_ends(tmp_path, monkeypatch):
    module = load(tmp_path, written((f"        {PENALTY}\n", ""), program=SEQUENCES))
    searched, seen = repair._searched, []

    def first(*given):
        seen.append(searched(*given) if not seen else [])
        return seen[-1]

    def found(shop, wrong):
        proposed = repair.repairs(shop, wrong)
        kept.append((seen[:2], proposed))
        return proposed

    kept = []
    monkeypatch.setattr(repair, "_searched", first)
    monkeypatch.setattr(localisation, "repairs", found)
    settings = {"hyperparams": module.HYPER, "points": 1, "seconds": 2.5}
    check_gradients(module.cost, module.grad, *sequences_case(), **settings)
    (one, nothing), proposed = kept[0]
    assert one
    assert not nothing
    assert proposed == one


def test_what_is_hardly_written_by_mistake_costs_more(tmp_path):
    instead = 'kind = "x"\n        slope = slope if kind == "x" else s\n        direction = p["W"]'
    text = written(('direction = p["W"]', instead), program=ENERGY.replace("ddirection", "dway"))
    module = load(tmp_path, text)
    params, data = energy_case()
    found = [patch for _, patch in offered_for(module, params, data)]
    told = {patch.told(): patch.cost for patch in found}
    assert told["`kind == 'x'` should be `kind != 'x'`"] == 1.05
    scaled = {
        patch.statement.lineno: patch.cost
        for patch in found
        if patch.told() == "`HYPER['ridge'] *` is missing"
    }
    at = {name: line_of(module, f"{name} = ") for name in ("direction", "square", "dway")}
    assert scaled[at["direction"]] > scaled[at["square"]] == scaled[at["dway"]]
    terms = {
        (new.left.value, patch.cost)
        for patch in found
        for *_, new in patch.changes
        if isinstance(new, ast.BinOp) and isinstance(new.op, ast.Add)
        if isinstance(new.left, ast.Constant) and isinstance(new.right, ast.Name)
    }
    assert min(cost for value, cost in terms if value == 2) > min(
        cost for value, cost in terms if value == 1
    )


def test_a_minus_of_an_axis_is_no_sign(tmp_path):
    text = NETWORK.replace("axis=1", "axis=-1")
    found = [patch for _, patch in offered(patchable(load(tmp_path, text))).patches]
    told = [patch for patch in found if patch.told() == "`-1` should be `1`"]
    assert told
    assert {patch.kinds[0] for patch in told} == {"reduction"}


@pytest.mark.parametrize(
    "without",
    [("single_patch",), ("single_patch", "patched_findings")],
    ids=["by patches", "by operation"],
)
def test_what_is_exactly_a_value_of_the_forward_pass_is_right(tmp_path, monkeypatch, without):
    for name in without:  # which find it, too
        monkeypatch.setattr(diagnosis, name, lambda *_: [])
    again = ('s = sigmoid(cache["z2"])', 's = 1 / (1 + np.exp(-cache["z2"]))')
    lost = ("    gate = s * (1 - s)\n    d2 = (a2 - Y) / m * gate", "    d2 = (a2 - Y) / m * s")
    module = load(tmp_path, written(again, lost))
    (finding,) = checked(module).findings
    assert (finding.line, finding.kind) == (line_of(module, "d2 = "), "activation-wrong")


def test_what_comes_from_above_and_from_the_step_behind_is_missing_together(tmp_path):
    text = written(("(dstates[t] + carry) * (1", "(1"), program=SEQUENCES)
    module = load(tmp_path, text)
    costs = {
        patch.cost
        for _, patch in offered_for(module, *sequences_case())
        if patch.told() == "`* (carry + dstates[t])` is missing"
    }
    assert max(costs) < 1.3


GATES = """\
import numpy as np


def cost(p, X, Y):
    kept = {name: np.tanh(p["W" + name] @ X + p["b" + name]) for name in "io"}
    error = kept["i"] * kept["o"] - Y
    return 0.5 * np.sum(error**2), (kept, error)


def grad(p, X, Y, cache):
    kept, error = cache
    g = {name: np.zeros_like(value) for name, value in p.items()}
    di = error * kept["o"] * (1 - kept["i"] ** 2)
    do = error * kept["i"] * (1 - kept["o"] ** 2)
    for name, da in zip("io", (di, do)):
        g["W" + name] += da @ X.T
        g["b" + name] += da.sum(axis=1, keepdims=True)
    return g
"""

UPDATES = {
    "sums": ('        g["b" + name] += da.sum(axis=1, keepdims=True)\n', "g['b' + name]"),
    "products": ('        g["W" + name] += da @ X.T\n', "g['W' + name]"),
}


@pytest.mark.parametrize("name", UPDATES)
def test_the_update_that_a_gradient_lacks_is_told_beside_another(name, tmp_path):
    lost, target = UPDATES[name]
    rng = np.random.default_rng(2)
    params = {"Wi": (2, 3), "bi": (2, 1), "Wo": (2, 3), "bo": (2, 1)}
    params = {name: rng.normal(size=shape) for name, shape in params.items()}
    data = (rng.normal(size=(3, 5)), rng.normal(size=(2, 5)))
    right = load(tmp_path, GATES)
    assert check_gradients(right.cost, right.grad, params, data).verdict == "PASS"
    module = load(tmp_path, written((lost, ""), program=GATES))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert (finding.target, finding.kind) == (target, "path")
    assert f"`{lost.strip()}` is missing".replace('"', "'") in finding.message
    assert finding.line == line_of(module, "        g[")


def test_what_a_function_writes_lacks_no_update(tmp_path):
    found = sources_of_gates(load(tmp_path, GATES))
    keys = ("Wi", "bi", "Wo", "bo", "c")
    assert _unwritten(keys, "W", found) == []
    text = written((UPDATES["sums"][0], '        g["bi"] += da.sum()\n'), program=GATES)
    found = sources_of_gates(load(tmp_path, text))
    assert _unwritten(keys, "W", found) == ["b"]
    assert _unwritten(keys, "bi", found) == ["bo", "c"]


def sources_of_gates(module):
    """Return what the statements of the backward pass could have used."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body[-1]
    return Around(Source(module.grad, tree, {}, {}))


HELPER = """
import numpy as np


def cost(p, x):
    h = np.tanh(x @ p["W1"])
    y = np.tanh(h @ p["W2"])
    return np.sum(y**2), (h, y)


def back(g, out):
    return 2 * (g * (1 - out * out))


def grad(p, x, cache):
    h, y = cache
    dz2 = back(2 * y, y)
    dz1 = back(dz2 @ p["W2"].T, h)
    return {"W1": x.T @ dz1, "W2": h.T @ dz2}
"""


def test_a_helper_is_told_by_what_one_call_gives(tmp_path):
    code = load(tmp_path, HELPER)
    rng = np.random.default_rng(0)
    params = {"W1": rng.standard_normal((3, 4)), "W2": rng.standard_normal((4, 2))}
    data = (rng.standard_normal((5, 3)),)
    (finding,) = check_gradients(code.cost, code.grad, params, data=data).findings
    assert finding.line == HELPER[: HELPER.index("return 2 *")].count("\n") + 1
    assert finding.message == "is exactly 2 x the correct gradient"
    assert finding.factor == pytest.approx(2.0)
