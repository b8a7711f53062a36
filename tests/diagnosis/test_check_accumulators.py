"""Sums that nothing is added to, and functions without a rule in backward passes."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest
from tape_cases import recorded

from trainwell.diagnosis.gradient_localisation import localisation
from trainwell.diagnosis.gradient_localisation.accumulators import (
    Sums,
    entry_of,
    first_zero,
    left_at_zero,
)
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.alarms import hostile_point
from trainwell.diagnosis.scorecard.behaviour import quiet
from trainwell.diagnosis.scorecard.programs import load, program
from trainwell.randomness import generator

SOURCE = """
import numpy as np
from scipy.special import gammaln, polygamma, psi


def cost(params, X, Y):
    padded = np.pad(X, ((0, 0), (1, 1)))
    H = np.stack([(padded[:, k : k + 4] @ params["U"]) for k in range(3)]).sum(axis=0)
    A = np.exp(0.3 * H) + 1.0
    E = A @ params["V"] + params["c"] + params["d"] - Y
    shape = np.exp(params["r"])
    prior = np.sum(gammaln(shape) + np.exp(-shape))
    return 0.5 * np.sum(E**2) / len(X) + prior, (A, E, padded, shape)


def through(dA, A):
    dH = np.zeros_like(A)
    for i in range(len(A)):
        dH[i] += dA[i] * 0.3 * (A[i] - 1.0)
    return dH


def grad(params, X, Y, cache):
    A, E, padded, shape = cache
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dc = np.zeros(2)
    dd = 0.0
    for a, e in zip(A, E):
        grads["V"] += np.outer(a, e) / len(X)
        dc += e / len(X)
        dd += e.sum() / len(X)
    dH = through(E @ params["V"].T / len(X), A)
    for k in range(3):
        grads["U"] += padded[:, k : k + 4].T @ dH
    grads["r"] += psi(shape) * shape
    grads["r"] -= np.exp(-shape) * shape
    return {"dU": grads["U"], "dV": grads["V"], "dr": grads["r"], "dc": dc, "dd": np.array([dd])}
"""
LOST = {
    'grads["V"] += np.outer(a, e) / len(X)': ("grads['V']", "for a, e in zip"),
    "dc += e / len(X)": ("dc", "dc = np.zeros(2)"),
    "dd += e.sum() / len(X)": ("dd", "dd = 0.0"),
    "dH[i] += dA[i] * 0.3 * (A[i] - 1.0)": ("dH", "dH = np.zeros_like(A)"),
}


def checked(source, **settings):
    module = load(source, f"program-{hash(source)}.py")
    rng = generator(0, "program with sums")
    shapes = {"U": (4, 3), "V": (3, 2), "c": (2,), "d": (1,), "r": (2,)}
    params = {name: 0.5 * rng.normal(size=shape) for name, shape in shapes.items()}
    data = (rng.normal(size=(5, 4)), rng.normal(size=(5, 2)))
    return check_gradients(module["cost"], module["grad"], params, data, **settings)


def line_of(text):
    return SOURCE[: SOURCE.index(text)].count("\n") + 1


def test_the_program_is_right():
    report = checked(SOURCE)
    assert report.ok
    assert report.method == "trace"


@pytest.mark.parametrize("lost", LOST)
def test_a_sum_that_nothing_is_added_to_has_its_name_and_its_line(lost):
    target, written = LOST[lost]
    (finding,) = checked(SOURCE.replace(lost, "pass"), seconds=2.0).findings
    assert (finding.target, finding.line) == (target, line_of(written))
    assert finding.kind == "zero"
    unread = ", in a loop that never reads `a`" if written.startswith("for") else ""
    assert finding.message == f"stays zero: nothing is added to it{unread}"


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("mended", [("U",), ("U", "V")])
def test_a_sum_that_lacks_something_is_called_by_its_entry(zero, mended, tmp_path):
    file = tmp_path / "program.py"
    file.write_text("\ng = {name: np.zeros(3) for name in params}\n", encoding="utf-8")
    made = step("zeros", [0.0, 0.0], place=(str(file), 2, 0, ()))
    scaled = step("multiply", [0.0, 0.0], made, place=(str(file), 3, 0, ()))
    outputs = {"U": step("add", [0.0 if zero else 1.0, 0.0]), "V": made}
    passes = SimpleNamespace(boundary=5, lines_of_forward=set(), steps=[], outputs=outputs)
    sums = Sums(passes, {name: np.zeros(2) for name in mended}, mended)
    kinds = ["zero"]  # what it begins with
    message = "stays zero: nothing is added to it" if zero else "lacks something"
    called = "g['U']" if len(mended) == 1 else ""
    assert sums.source(made, kinds, vague=True) == (made, called, message)
    assert sums.source(scaled, kinds, vague=False)[0] is made
    assert sums.source(scaled, ["path"], vague=False)[0] is scaled
    passes.lines_of_forward.add(made.place[:2])  # what the forward pass runs, too, is right
    assert sums.source(scaled, kinds, vague=True) == (scaled, "", "")


def test_what_is_wrong_as_a_part_of_it_was_never_added_to(tmp_path):
    file = tmp_path / "program.py"
    file.write_text("\ndV = np.zeros(2)\nout['dV'] = dV + more\ndV += more\n", encoding="utf-8")
    at = {line: (str(file), line, 0, ()) for line in (2, 3, 4)}
    made = step("zeros", [0.0, 0.0], place=at[2])
    penalty = step("multiply", [1.0, 2.0])
    passes = SimpleNamespace(boundary=5, lines_of_forward=set(), steps=[])
    told = (made, "dV", "stays zero: nothing is added to it")
    for part in (made, step("divide", [0.0, 0.0], made)):
        whole = step("add", [1.0, 2.0], step("copy", [0.0, 0.0], part), penalty, place=at[3])
        assert Sums(passes, {"V": np.ones(2)}, ("V",)).source(whole, ["path"], vague=True) == told
        for sums, vague in (
            (Sums(passes, {"V": np.ones(3)}, ("V",)), True),  # a state, say, of a recurrence
            (Sums(passes, {"V": np.ones(2), "U": np.ones(2)}, ("V", "U")), True),
            (Sums(passes, {"V": np.ones(2)}, ("V",)), False),
        ):
            assert sums.source(whole, ["path"], vague=vague) == (whole, "", "")
    for line, found in ((4, (penalty, "", "")), (3, told)):
        passes.steps[:] = [step("add", [1.0, 2.0], made, penalty, place=at[line])]
        sums = Sums(passes, {"V": np.ones(2)}, ("V",))
        assert sums.source(penalty, ["path"], vague=True) == found


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("psi(shape) * shape * 2", "is exactly 2 x the correct gradient"),
        ("psi(shape)", "`* shape` is missing"),
        ("np.interp(psi(shape), [-9, 9], [-9, 9]) * shape * 3", "is exactly 3 x"),
        ("np.linalg.cholesky(np.diag(psi(shape) ** 2), upper=True).sum(0) * shape", "too many"),
    ],
)
def test_a_backward_pass_may_use_functions_without_a_rule(wrong, told):
    report = checked(SOURCE.replace("psi(shape) * shape", wrong))
    (finding,) = report.findings
    assert finding.line == line_of('grads["r"] +=')
    assert told in finding.message


LOOP = """
import numpy as np


def cost(params, X, Y):
    A = [X]
    for k in range(3):
        A.append(np.tanh(A[-1] @ params[f"W{k}"]))
    penalty = sum(np.sum(params[f"W{k}"] ** 2) for k in range(3))
    return np.sum((A[-1] - Y) ** 2) + 0.5 * DECAY["decay"] * penalty, A


def back(d, a, b, W):
    dz = d * (1 - b**2)
    return dz @ W.T, a.T @ dz + DECAY["decay"] * W


def grad(params, X, Y, A):
    grads, d = {}, 2 * (A[-1] - Y)
    for k in reversed(range(3)):
        d, found = back(d, A[k], A[k + 1], params[f"W{k}"])
        grads[f"dW{k}"] = found
    return grads


DECAY = {"decay": 0.1}
"""


@pytest.mark.parametrize("searched", [False, True])
def test_what_each_round_of_a_loop_lacks_is_one_bug(searched, monkeypatch, only):
    if searched:  # without a look at what all gradients lack, and without patches
        only("_several")
        monkeypatch.setattr(localisation, "penalty_left_out", lambda *_: None)
    lost = "return dz @ W.T, a.T @ dz"
    source = LOOP.replace(f'{lost} + DECAY["decay"] * W', lost)
    module = load(source, "loop.py")
    rng = generator(0, "program with a loop")
    params = {f"W{k}": rng.normal(size=(3, 3)) for k in range(3)}
    data = (rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
    report = check_gradients(
        module["cost"], module["grad"], params, data, hyperparams=module["DECAY"], seconds=2.0
    )
    (finding,) = report.findings
    assert finding.line == source[: source.index(lost)].count("\n") + 1
    assert set(finding.affected) == set(params)


DECAYED = """
import numpy as np


def cost(params, X, y):
    errors = X @ params["w"] - y
    return 0.5 * np.mean(errors**2) + 0.5 * np.sum(params["w"] ** 2) / S["sigma"], errors


def grad(params, X, y, errors):
    g = np.zeros(3)
    for x, e in zip(X, errors):
        g += x * e
    g = g / len(X) + params["w"] / S["sigma"]
    return {"dw": g}


S = {"sigma": 3.0}
"""


def test_a_penalty_that_a_sum_lacks_is_told():
    module = load(DECAYED.replace(' + params["w"] / S["sigma"]\n', "\n"), "decayed.py")
    rng = generator(0, "program with a loop")
    params, data = {"w": rng.normal(size=3)}, (rng.normal(size=(4, 3)), rng.normal(size=4))
    report = check_gradients(
        module["cost"], module["grad"], params, data, hyperparams=module["S"], seconds=1.0
    )
    (finding,) = report.findings
    assert (finding.target, finding.kind) == ("g", "regularisation")
    assert finding.message == "lacks 1/3 x w: the penalty's term"


def test_two_bugs_of_one_line_are_two():
    source = """
import numpy as np


def cost(params, X, Y):
    Z = X @ params["W"] + params["b"]
    E = Z + X @ params["V"] - Y
    return 0.5 * np.sum(E**2) / len(X), (E, X)


def grad(params, X, Y, cache):
    E, A = cache
    dZ = E / len(X)
    return {"dW": X.T @ dZ * 2, "db": dZ.sum(axis=0) * 3, "dV": -(A.T @ dZ)}
"""
    module = load(source, "one-line.py")
    rng = generator(0, "program with one line")
    params = {n: rng.normal(size=s) for n, s in {"W": (3, 2), "b": (2,), "V": (3, 2)}.items()}
    data = (rng.normal(size=(4, 3)), rng.normal(size=(4, 2)))
    findings = check_gradients(module["cost"], module["grad"], params, data).findings
    assert {f.affected: round(f.factor, 9) for f in findings} == {
        ("W",): 2.0,
        ("b",): 3.0,
        ("V",): -1.0,
    }


def test_functions_without_a_rule_change_no_parameter():
    source = SOURCE.replace(
        "    dc = np.zeros(2)\n", '    dc = np.zeros(2)\n    np.put(params["c"], [0], 9.0)\n'
    )
    report = checked(source.replace("psi(shape) * shape", "psi(shape) * shape * 2"))
    assert [(f.affected, f.factor) for f in report.findings] == [(("r",), 2.0)]
    assert any("changes c in place" in reason for reason in report.reasons)


def step(operation, value, *parents, index=9, place=("", 0, 0, ())):
    return SimpleNamespace(
        operation=operation, value=np.asarray(value), parents=parents, index=index, place=place
    )


def test_zeros_come_from_the_last_step_that_no_argument_explains():
    made = step("zeros", [0.0, 0.0])
    full = step("add", [1.0, 2.0])
    assert first_zero(step("multiply", [0.0, 0.0], full, made), 5) is made
    assert first_zero(step("add", [0.0, 0.0], step("copy", [0.0, 0.0], made), made), 5) is made
    lost = step("subtract", [0.0, 0.0], full, full)
    assert first_zero(step("matmul", [0.0, 0.0], lost), 5) is lost
    masked = step("where", [0.0, 0.0], made, full)
    assert first_zero(masked, 5) is masked
    forward = step("zeros", [0.0, 0.0], index=2)
    product = step("multiply", [0.0, 0.0], forward)
    assert first_zero(product, 5) is product


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("g = {n: np.zeros_like(p) for n, p in params.items()}", "g['W1']"),
        ("g = dict((n, np.zeros_like(p)) for n, p in params.items())", "g['W1']"),
        ("self.g = {'d' + n: np.zeros_like(p) for n, p in params.items()}", "self.g['dW1']"),
        ("g['d' + n] = np.zeros_like(params[n])", "g['dW1']"),
        ("g[f'd_{n}'] = np.zeros_like(params[n])", "g['d_W1']"),
        ("g['d%s' % n] = np.zeros_like(params[n])", "g['dW1']"),
        ("g = {'W1': np.zeros(3), 'b1': np.zeros(2)}", "g['W1']"),
        ("g = {'dW1': np.zeros(3), 'b1': np.zeros(2)}", "g['dW1']"),
        ("g = {'w': np.zeros(3)}", "g"),
        ("g['W'] = np.zeros(3)", "g['W']"),
        ("g['d' + n + m] = np.zeros(3)", "target"),
        ("g = np.zeros(3)", "target"),
        ("g = (", "target"),
    ],
)
def test_an_entry_of_many_is_told_from_the_statement_that_makes_them(text, entry):
    target = {"g": "g", "g['W']": "g['W']"}.get(entry, "target")
    assert entry_of(SimpleNamespace(text=text, target=target), "W1") == entry


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("db = 0.0\n    return {'db': np.array([db])}", "db"),
        ("s = 0.0\n    return {'b': s}", "s"),
        ("m = 4\n    return {'db': 1 / m}", None),
        ("s = np.zeros(2)\n    m = 4\n    return {'db': s / m}", "s"),
        ("s = float(np.sum(e))\n    return {'db': s}", None),
        ("return {'db': 0.0}", None),
        ("dc = 0.0\n    return {'dc': dc}", None),
    ],
)
def test_a_number_is_handed_out_as_it_is(body, name, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(f"def grad():\n    {body}\n", encoding="utf-8")
    tree = ast.parse(file.read_text(encoding="utf-8")).body[0]
    found = left_at_zero(tree, str(file), "b")
    assert (found and (found[0], found[1].line)) == (name and (name, 2))


THRESHOLDS = """
import numpy as np


def cost(params, x, y):
    edges = np.concatenate([[-np.inf], np.cumsum(np.exp(params["t"])), [np.inf]])
    score = x @ params["w"]
    upper, lower = 1 / (1 + np.exp(score - edges[y + 1])), 1 / (1 + np.exp(score - edges[y]))
    return -np.sum(np.log(upper - lower)), (edges, upper, lower)


def grad(params, x, y, cache):
    edges, upper, lower = cache
    g_up = -upper * (1 - upper) / (upper - lower)
    g_lo = lower * (1 - lower) / (upper - lower)
    g_edges = np.bincount(y + 1, g_up, 4) + np.bincount(y, weights=g_lo, minlength=4)
    g_t = np.exp(params["t"]) * np.cumsum(g_edges[2:0:-1])[::-1]
    return {"dt": g_t, "dw": -x.T @ (g_up + g_lo)}
"""


def test_infinite_thresholds_and_sums_by_number_are_followed_without_a_warning():
    rng = generator(0, "program with thresholds")
    params = {"t": np.array([0.1, -0.2]), "w": rng.normal(size=3)}
    data = (rng.normal(size=(6, 3)), np.array([0, 1, 2, 2, 1, 0]))
    right = load(THRESHOLDS, "thresholds.py")
    assert check_gradients(right["cost"], right["grad"], params, data).ok
    wrong = THRESHOLDS.replace("np.bincount(y + 1, g_up, 4) +", "2 * np.bincount(y + 1, g_up, 4) +")
    module = load(wrong, "thresholds-doubled.py")
    (finding,) = check_gradients(module["cost"], module["grad"], params, data).findings
    assert (finding.target, finding.affected) == ("g_edges", ("t",))


def test_what_nothing_depends_on_has_no_slope_though_it_is_infinite():
    def function(a, b):
        return np.sum(np.flip(a) * np.array([1.0, 0.0, 0.0])) + np.sum(1 / (1 + np.exp(b)))

    recorder, leaves, output = recorded(
        function, [np.array([2.0, 3.0, 4.0]), np.array([np.inf, 0.0])]
    )
    assert np.isnan(sweep(recorder.recording, output)[leaves[1].index]).any()
    found = sweep(recorder.recording, output, tame=True)
    turned, thresholds = (found[leaf.index] for leaf in leaves)
    np.testing.assert_array_equal(turned, [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(thresholds, [0.0, -0.25])


@pytest.mark.parametrize(("name", "seed"), [("survival_net", 2), ("dice_segmentation", 100001)])
def test_no_other_point_counts_where_nothing_can_be_seen(name, seed):
    right = program(name)
    module = load(right.source, right.file)
    params, data = hostile_point(right, "saturation, 10 to 50 times", seed)
    with quiet(right):
        report = check_gradients(module["cost"], module["grad"], params, data)
    assert report.verdict == "PASS"
