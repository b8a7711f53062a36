"""Terms, factors and counts that are missing in programs as people write them."""

import ast

import pytest
from patched_programs import line_of, load, offered_for, written
from term_programs import (
    BATCHES,
    BOTH_WAYS,
    COUNTED,
    COUNTS,
    GATED,
    GATES,
    RNG,
    TWO_BATCHES,
    TWO_WAYS,
)

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import slots_of
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patches_of_ones import one_patches
from trainwell.diagnosis.gradient_patches.patches_of_powers import power_patches
from trainwell.diagnosis.gradient_patches.patches_of_terms import _shape_of, term_patches
from trainwell.diagnosis.gradient_patches.sorts_by_line import SortsByLine, sorts_before
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.weighing import SIMPLE
from trainwell.diagnosis.scorecard.judging import report_on
from trainwell.diagnosis.scorecard.programs import load as loaded
from trainwell.diagnosis.scorecard.programs import program

# Program, point, what is right, what stands there, how the line begins, the kind, what is said.
CASES = {
    "count": (COUNTS, COUNTED, "self.X.shape[0]", "self.X.size", "m = ", "factor", "exactly"),
    "turned": (COUNTS, COUNTED, "self.X.shape[0]", "self.X.T.shape[0]", "m = ", "factor", ""),
    "penalty": (COUNTS, COUNTED, " + 0.02 * self.W", "", "self.dW", "regularisation", "decay"),
    "slope": (BOTH_WAYS, TWO_WAYS, "dh * (1 - left[t] ** 2)", "dh", "draw = ", None, "left[t]"),
    "zipped": (BATCHES, TWO_BATCHES, "[a + b for", "[a for", "dW1, dW2, dW3", "path", "`+ b`"),
    "product": (
        BATCHES,
        TWO_BATCHES,
        'delta @ p["W2"].T + da2',
        "da2",
        "da1 = ",
        "path",
        "`+ delta @ p['W2'].T`",
    ),
    "labels": (BATCHES, TWO_BATCHES, 's"]) - y) / n', 's"])) / n', "ds = ", "path", "`- y`"),
    "sigmoid": (
        BATCHES,
        TWO_BATCHES,
        " * (1 - sigmoid(z))",
        "",
        "return sigmoid",
        "activation-missing",
        "1 - sigmoid(z)",
    ),
    "carry": (
        GATES,
        GATED,
        "dh_before + dh * (1 - keep)",
        "dh_before",
        "dh = dh_before",
        "path",
        "`+ dh * (1 - keep)`",
    ),
    "rest-of-number": (
        GATES,
        GATED,
        "upper * (1 - upper)",
        "upper * (1)",
        "d_up = ",
        "activation-wrong",
        "`- upper`",
    ),
    "number": (
        GATES,
        GATED,
        "-2 * lower * lower * (1",
        "-2 * lower * (1",
        "d_low = ",
        "factor",
        "lower",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_missing_is_named(name, tmp_path):
    text, point, right, wrong, begins, kind, said = CASES[name]
    module = load(tmp_path, written((right, wrong), program=text))
    numbers = {"decay": 0.02}
    report = check_gradients(module.cost, module.grad, *point, hyperparams=numbers, seconds=4.0)
    (finding,) = report.findings
    assert finding.line == line_of(module, begins)
    assert kind is None or finding.kind == kind
    assert said in finding.message


def test_what_mends_everything_is_told_alone(tmp_path, only):
    only(
        "single_patch", "beside_evident"
    )  # a count that is evident, and means nothing beside what is missing
    right, wrong, begins = CASES["carry"][2:5]
    module = load(tmp_path, written((right, wrong), program=GATES))
    (finding,) = check_gradients(module.cost, module.grad, *GATED).findings
    assert finding.line == line_of(module, begins)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("count", "penalty")])
def test_what_is_missing_is_among_the_patches(name, tmp_path):
    text, point, right, wrong, begins, _, said = CASES[name]
    module = load(tmp_path, written((right, wrong), program=text))
    patches = [patch for _, patch in offered_for(module, *point) if said in patch.told()]
    assert line_of(module, begins) in {patch.statement.lineno for patch in patches}


WEIGHED = """\
import numpy as np


def cost(p, X, w):
    z = X @ p["W"]
    return 0.5 * np.sum(w * z**2), (z, np.tanh(z))


def grad(p, X, w, cache):
    z, h = cache
    dz = w
    return {"W": X.T @ (dz + h - z)}
"""


def test_a_larger_array_may_be_missing(tmp_path):
    point = {"W": RNG.normal(size=(3, 2))}, (RNG.normal(size=(5, 3)), RNG.normal(size=(5, 1)))
    module = load(tmp_path, WEIGHED)
    offer = [p for _, p in offered_for(module, *point) if p.told() == "`* h` is missing"]
    assert line_of(module, "dz = ") in {patch.statement.lineno for patch in offer}


@pytest.mark.parametrize(
    "value", ['sigmoid(real["s"]) / len(y)', 'sigmoid(real["s"]) * (1 / n)'], ids=["read", "unread"]
)
def test_what_a_call_gives_may_lack_a_term(value, tmp_path):
    module = load(tmp_path, written(('(sigmoid(real["s"]) - y) / n', value), program=BATCHES))
    offer = [patch for _, patch in offered_for(module, *TWO_BATCHES) if "`- y`" in patch.told()]
    assert "sigmoid(real['s']) - y" in [ast.unparse(patch.changes[0][3]) for patch in offer]


@pytest.mark.parametrize(
    ("text", "point"),
    [(COUNTS, COUNTED), (BOTH_WAYS, TWO_WAYS), (BATCHES, TWO_BATCHES), (GATES, GATED)],
    ids=["counts", "both-ways", "batches", "gates"],
)
def test_the_programs_are_right(text, point, tmp_path):
    module = load(tmp_path, text)
    report = check_gradients(module.cost, module.grad, *point)
    assert (report.verdict, report.findings) == ("PASS", ())


def offered(folder, text, **held):
    """Return what is said of terms that a function may lack."""
    tree = ast.parse(text).body[0]
    source = Source(load(folder, text).f, tree, held, held)
    known = Around(source, passed_on=frozenset(n for n in held if n.startswith("d")))
    return {
        patch.message
        for statement in tree.body
        for slot in slots_of(statement)
        for patch in term_patches(slot, known)
    }


def test_what_a_list_reads_lacks_nothing(tmp_path):
    assert offered(tmp_path, "def f(x, y):\n    return [a + b for a, b in zip(x, y)]\n") == set()
    assert offered(tmp_path, "def f(x, y):\n    return [0 for a, b in zip(x, y)]\n") == set()
    missing = offered(tmp_path, "def f(x, y):\n    return [a for a, b in zip(x, y)]\n")
    assert missing == {"`+ b` is missing", "`- b` is missing", "`* b` is missing"}


def test_the_shape_of_a_product():
    assert _shape_of((4, 3), (3, 2)) == (4, 2)
    assert _shape_of((4, 3), (3,)) == (4,)
    assert _shape_of((3,), (3, 2)) == (2,)
    assert _shape_of((4, 3), (2, 3)) is None
    assert _shape_of((), (3,)) is None


def test_a_count_alone_is_forgotten_more_often_than_its_square(tmp_path):
    text = "def f(x):\n    return x / len(x)\n"
    tree = ast.parse(text).body[0]
    known = Around(Source(load(tmp_path, text).f, tree, {}, {}))
    slots = [slot for statement in tree.body for slot in slots_of(statement)]
    costs = {patch.message: patch.cost for slot in slots for patch in power_patches(slot, known)}
    assert costs["the square of `len(x)` is missing"] > SIMPLE
    assert costs["the square root of `len(x)` is missing"] < SIMPLE


def test_a_factor_of_one_is_hardly_meant(tmp_path):
    text = "def f(a, b):\n    c = b * a * 1\n    return c + 1\n"
    tree = ast.parse(text).body[0]
    sorts = dict.fromkeys("abc", ("array", (3,)))
    known = Around(Source(load(tmp_path, text).f, tree, sorts, {}))
    slots = [slot for statement in tree.body for slot in slots_of(statement)]
    costs = [
        p.cost for s in slots for p in one_patches(s, known) if p.message == "`- a` is missing"
    ]
    assert sorted(cost < SIMPLE for cost in costs) == [False, True]


def test_only_what_a_loop_hands_on_is_a_carry(tmp_path):
    array = ("array", (3,))
    text = "def f(dh, z):\n    dh = dh * z\n    return dh\n"
    assert offered(tmp_path, text, dh=array, z=array) == set()


def test_a_statement_reads_what_variables_were_before_it():
    lines = SortsByLine()
    lines.before[1] = {"x": ("array", (2,)), "z": ("dict", ())}
    lines.behind[1] = {"x": ("array", (3,)), "y": ("array", (4,)), "of_another_call": ("number",)}
    last = {"x": ("dict", ()), "y": ("tuple",), "z": ("dict", ("key",))}
    known = {"x": ("array", (2,)), "y": ("array", (4,)), "z": last["z"]}
    assert sorts_before(1, lines, last) == known
    assert sorts_before(3, lines, last) is last


UNDER_WAY = """\
from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class Kept:
    values: np.ndarray
    shape: tuple


def cost(p, X):
    h = np.tanh(X @ p["W"])
    return np.sum(h**2) / 2, h


def grad(p, X, h):
    kept = Kept(h, h.shape)
    dh = kept.values * (1 - h**2)
    return {"W": X.T @ dh}
"""


def test_what_is_only_being_made_stops_nothing(tmp_path):
    module = load(tmp_path, UNDER_WAY)
    params, h = {"W": RNG.normal(size=(3, 2))}, RNG.normal(size=(4, 2))
    data = RNG.normal(size=(4, 3))
    called = sources(lambda: None, lambda: module.grad(params, data, h))
    (grad,) = (source for source in called if source.function is module.grad)
    assert grad.sorts["dh"] == ("array", (4, 2))


def test_the_turns_of_a_loop_are_no_factor():
    right = program("generalized_entropy")
    wrong = loaded(right.source.replace("range(P.shape[1])", "range(P.shape[0])"), "turns.py")
    assert [(f.line, f.kind) for f in report_on(right, wrong, 0).findings] == [(57, "examples")]
