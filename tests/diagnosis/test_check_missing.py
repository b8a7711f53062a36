"""What is missing is named by what lacks it: a term, a factor, the update of one entry."""

import ast
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from patched_programs import offered_for

from trainwell.diagnosis.gradient_patches.around import _passed_on
from trainwell.diagnosis.gradient_patches.patch import Patch, lacking
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.uncalled import uncalled
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.programs import load, program
from trainwell.randomness import generator

SOURCE = """
import numpy as np


def cost(params, X, Y):
    H = np.tanh(X @ params["U"])
    E = H @ params["V"] - Y
    squares = sum(rate(name) * np.sum(params[name] ** 2) for name in params)
    return 0.5 * np.mean(np.sum(E**2, axis=1)) + 0.5 * squares, (H, E)


def rate(name):
    return RATES["rate_" + name]


def slope(d, H):
    return d * (1 - H**2)


def grad(params, X, Y, cache):
    H, E = cache
    acc = {"dU": np.zeros_like(params["U"]), "dV": np.zeros_like(params["V"])}
    for x, h, e in zip(X, H, E):
        d = params["V"] @ e
        acc["dV"] += np.outer(h, e)
        acc["dU"] += np.outer(x, slope(d, h))
    for name in acc:
        acc[name] /= len(X)
    acc["dV"] += RATES["rate_V"] * params["V"]
    acc["dU"] += RATES["rate_U"] * params["U"]
    return acc


RATES = {"rate_U": 0.3, "rate_V": 0.2}
"""


class Meant(NamedTuple):
    """Another text in a program of the corpus, how its line begins, and what is to be said."""

    program: str
    old: str
    new: str
    line: str
    told: str


MISSING = {
    "acc['dU'] += RATES['rate_U'] * params['U']": ("acc['dU']", 'acc["dV"] += RATES'),
    "acc['dV'] += RATES['rate_V'] * params['V']": ("acc['dV']", 'acc["dU"] += RATES'),
}


def checked(source, a="U", d="V"):
    module = load(source, f"program-{hash(source)}.py")
    rng = generator(0, "program with two penalties")
    params = {a: rng.normal(size=(4, 3)), d: rng.normal(size=(3, 2))}
    data = (rng.normal(size=(5, 4)), rng.normal(size=(5, 2)))
    return check_gradients(
        module["cost"], module["grad"], params, data, hyperparams=module["RATES"], seconds=6
    )


def line_of(source, text):
    return source[: source.index(text)].count("\n") + 1


def test_the_program_is_right():
    assert checked(SOURCE).ok


@pytest.mark.parametrize("missing", MISSING)
def test_an_update_like_that_of_another_entry_is_missing(missing):
    target, model = MISSING[missing]
    dropped = missing.replace("'", '"')
    source = SOURCE.replace(f"    {dropped}\n", "")
    (finding,) = checked(source).findings
    assert (finding.target, finding.kind) == (target, "regularisation")
    assert finding.message == f"`{missing}` is missing, as in line {finding.line}"
    assert finding.line == line_of(source, model)


def test_settings_whose_names_end_alike_stay():
    exchanged = {"rate_U": "lambd", "rate_V": "lambd", '"dU"': '"da"', '"dV"': '"dd"'}
    exchanged |= {'"U"': '"a"', '"V"': '"d"', '"rate_" + name': '"lambd"'}
    source = SOURCE.replace('RATES = {"rate_U": 0.3, "rate_V": 0.2}', 'RATES = {"lambd": 0.3}')
    for old, new in exchanged.items():
        source = source.replace(old, new)
    assert checked(source, a="a", d="d").ok
    (finding,) = checked(
        source.replace('    acc["da"] += RATES["lambd"] * params["a"]\n', ""), a="a", d="d"
    ).findings
    assert finding.target == "acc['da']"
    assert "`acc['da'] += RATES['lambd'] * params['a']` is missing, as in" in finding.message


def test_what_lacks_a_penalty_is_told_where_gradients_are_returned():
    right = program("gcn_nodes")
    dropped = '    dW0 += HYPER["weight_decay"] * params["W0"]\n'
    assert dropped in right.source
    module = load(right.source.replace(dropped, ""), f"{right.file}@dropped")
    params, data = module["case"](0)
    report = check_gradients(
        module["cost"], module["grad"], params, data, hyperparams=module["HYPER"]
    )
    (finding,) = report.findings
    assert (finding.target, finding.kind) == ("dW0", "regularisation")
    assert finding.statement.text.startswith('return {"dW0": dW0')


MEANT = {
    "rest of what nothing reads": Meant(
        "attention",
        "return P * (dP - inner)",
        "return P",
        "return P",
        "path: `* (dP - inner)` is missing",
    ),
    "argument of a call": Meant(
        "mixture_density",
        "dh * (1 - h * h))",
        "1 - h * h)",
        'affine_back("h", x, 1 - h * h)',
        "path: `* dh` is missing beside `1 - h * h`",
    ),
    "mean of the caller": Meant(
        "averaged_embeddings",
        'huber_prime(cache["resid"]) / len(documents)',
        'huber_prime(cache["resid"])',
        "g_resid =",
        "factor: is exactly 7 = m x the correct gradient: the division by m is missing",
    ),
    "labels": Meant(
        "conv1d_pooling",
        "    dscores[np.arange(n), labels] -= 1\n",
        "",
        'dscores = np.exp(cache["logp"])',
        "path: `dscores[range(len(labels)), labels] -= 1` is missing behind it",
    ),
    "label of one step": Meant(
        "lstm_tagger",
        "dy[gold[t]] -= 1",
        "pass",
        "dy = ",
        "path: `dy[gold[t]] -= 1` is missing behind it",
    ),
    "formula that nothing calls": Meant(
        "sparse_autoencoder",
        ' * klGradient(HYPER["sparsityParam"], rhoHat)',
        "",
        "sparsityDelta = ",
        "activation-missing: `* klGradient(HYPER['sparsityParam'], rhoHat)` is missing: "
        "nothing calls it",
    ),
    "carry that stays zero": Meant(
        "vanilla_rnn",
        "dhnext = np.dot(Whh.T, dhraw)",
        "pass",
        "dhnext = ",
        "zero: stays zero: the loop reads it and never changes it",
    ),
    "mask that nothing reads": Meant(
        "course_dropout",
        "    dA1 = dA1 * D1\n",
        "",
        "dA1 = dA1 / keep_prob",
        "dropout: `* D1` is missing",
    ),
    "array that is only written": Meant(
        "pinball_blocks",
        "return dR / R.shape[1]",
        "return R / R.shape[1]",
        "return R /",
        "operand: `R / R.shape[1]` should be `dR / R.shape[1]`",
    ),
}


def lacking_it(mistake):
    """Return the source of a program with a mistake, and what it defines."""
    right = program(mistake.program)
    assert right.source.count(mistake.old) == 1
    source = right.source.replace(mistake.old, mistake.new)
    return source, load(source, f"{right.file}@{hash(source)}")


PATCHED = (
    "argument of a call",
    "formula that nothing calls",
    "label of one step",
    "labels",
    "rest of what nothing reads",
)


@pytest.mark.parametrize("name", PATCHED)
def test_what_is_missing_is_among_the_patches(name):
    mistake = MEANT[name]
    source, module = lacking_it(mistake)
    patches = [p for _, p in offered_for(SimpleNamespace(**module), *module["case"](0))]
    told = {(p.statement.lineno, f"{p.kinds[0]}: {p.told()}") for p in patches}
    assert (line_of(source, mistake.line), mistake.told) in told


@pytest.mark.usefixtures("plain_search")
@pytest.mark.parametrize("name", MEANT)
def test_what_is_missing_stands_in_its_line(name):
    mistake = MEANT[name]
    source, module = lacking_it(mistake)
    params, data = module["case"](0)
    numbers = module.get("HYPER", {})
    (finding,) = check_gradients(
        module["cost"], module["grad"], params, data, hyperparams=numbers, seconds=4.0
    ).findings
    assert finding.line == line_of(source, mistake.line)
    assert f"{finding.kind}: {finding.message}" == mistake.told


def test_what_is_called_is_not_missing():
    text = """
import numpy as np


def height(a, b):
    return a * np.exp(b)


def forgotten(a, b):
    return np.exp(b)


def grad(x, y):
    return height(x, y) + height(x, unknown_here) + height(y, np.tanh(x))
"""
    module = load(text, "calls.py")
    tree = next(n for n in ast.parse(text).body if getattr(n, "name", "") == "grad")
    found = uncalled(Source(module["grad"], tree, {"x": ("number",), "y": ("number",)}, {}))
    assert sorted(found) == ["forgotten(x, y)", "forgotten(y, np.tanh(x))"]


def test_a_mean_of_what_was_written_to_is_missing_where_operations_are_not_followed():
    source = """
import numpy as np


def cost(params, x, labels):
    scores = x @ params["W"] + params["b"]
    top = scores.max(axis=1, keepdims=True)
    logp = scores - top - np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(x)), labels]), logp


def grad(params, x, labels, logp):
    n = len(labels)
    dscores = np.exp(logp)
    dscores.flat[np.arange(n) * 4 + labels] -= 1
    dscores /= n
    return {"W": x.T @ dscores, "b": dscores.sum(axis=0)}
"""
    rng = generator(0, "a mean that is missing")
    params = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}
    data = (rng.normal(size=(6, 3)), np.array([0, 3, 1, 2, 2, 0]))
    for text, count in ((source, 0), (source.replace("    dscores /= n\n", ""), 1)):
        module = load(text, f"flat-{count}.py")
        report = check_gradients(module["cost"], module["grad"], params, data)
        told = [(finding.line, finding.message) for finding in report.findings]
        line = line_of(source, "dscores.flat[")
        assert told == [(line, "`dscores /= n` is missing behind it")] * count


def test_variables_of_a_loop_are_exchanged():
    source = """
import numpy as np


def cost(params, X, Y):
    w = params["w"]
    kept = [(x, np.tanh(w * x), np.sin(w)) for x in X]
    return sum(np.sum(a**2 * b * y) for y, (_, a, b) in zip(Y, kept)), kept


def grad(params, X, Y, kept):
    w = params["w"]
    dw = np.zeros_like(w)
    for y, (x, b, a) in zip(Y, kept):
        dw += y * (2 * a * b * (1 - a**2) * x + a**2 * np.cos(w))
    return {"dw": dw}
"""
    rng = generator(0, "two values of one shape")
    data = (rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))
    for text, count in ((source, 1), (source.replace("(x, b, a)", "(x, a, b)"), 0)):
        module = load(text, f"loop-{count}.py")
        params = {"w": rng.normal(size=3)}
        said = "`b` and `a` are exchanged"
        patches = [
            patch.told() for _, patch in offered_for(SimpleNamespace(**module), params, data)
        ]
        assert said in patches or not count
        report = check_gradients(module["cost"], module["grad"], params, data)
        told = [(finding.line, finding.message) for finding in report.findings]
        assert told == [(line_of(source, "for y, (x"), said)] * count


@pytest.mark.usefixtures("plain_search")
@pytest.mark.parametrize(
    ("left", "kind", "told"),
    [("s", "path", "`* g_cost` is missing"), ("g_cost", "activation-missing", "`* s` is missing")],
)
def test_of_two_names_for_one_value_the_second_lacks_a_factor(left, kind, told):
    source = f"""
import numpy as np


def cost(params, x, weight):
    return np.sum(weight * np.log1p(np.exp(x * params["w"])))


def grad(params, x, weight):
    g_cost = 1.0 * weight
    s = 1 / (1 + np.exp(-x * params["w"]))
    dz = {left}
    return {{"dw": np.sum(dz * x, keepdims=True)}}
"""
    module = load(source, f"aliased-{left}.py")
    params, data = {"w": np.array([0.4])}, (np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, 0.5]))
    (finding,) = check_gradients(module["cost"], module["grad"], params, data).findings
    assert finding.line == line_of(source, f"dz = {left}")
    assert (finding.kind, finding.message) == (kind, told)


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("r = f(d)", "d"),
        ("r, s = f(2, c['d'])", "c['d']"),
        ("return {'d': d}", "d"),
        ("return d", "d"),
        ("r = d", ""),  # it is `r` that lacks it
        ("r = f(d) * d", ""),  # in the other place `d` is right
        ("r = f(c.d)", ""),
    ],
)
def test_what_lacks_a_term_is_a_variable_that_is_read_once(written, target):
    tree = ast.parse(f"def g(c, d, e):\n    {written}\n").body[0]
    statement = tree.body[0]
    place = next(p for p in places(statement) if ast.unparse(p[3]) in ("d", "c['d']", "c.d"))
    *where, old = place
    more = ast.BinOp(old, ast.Add(), ast.Name("e", ast.Load()))
    assert lacking(Patch(statement, ("path",), 1.0, "", ((*where, more),)), tree) == target
    other = ast.BinOp(ast.Name("e", ast.Load()), ast.Add(), ast.Name("e", ast.Load()))
    assert lacking(Patch(statement, ("path",), 1.0, "", ((*where, other),)), tree) == ""


def places(statement):
    """Yield each expression of a statement that reads something, and where it hangs."""
    for holder in ast.walk(statement):
        for name, value in ast.iter_fields(holder):
            for at, node in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(getattr(node, "ctx", None), ast.Load):
                    yield holder, name, at if isinstance(value, list) else None, node


@pytest.mark.parametrize(
    ("body", "carriers"),
    [
        ("a = dout * 2\n    b = a + 1\n    c = x * 2", {"a", "b"}),
        ("b = a + 1\n    a = dout", {"a", "b"}),
        ("a = x\n    a += dz\n    dz = x", {"a", "dz"}),
        ("u_bar, s = split(x)\n    r = u_bar * s", {"u_bar", "r"}),
        ("a = x + 1", set()),
    ],
)
def test_what_is_made_of_gradients_carries_one(body, carriers):
    nodes = list(ast.walk(ast.parse(f"def f(x, dout):\n    {body}")))
    assert _passed_on(nodes) == carriers | {"dout"}
