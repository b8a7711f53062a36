"""Backward passes that are made by the forward pass: functions within functions."""

import ast

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_patches.around import around
from trainwell.diagnosis.gradient_patches.bound_constants import bound
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import Trial, together
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patches import patches
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients

CALLBACKS = """\
import numpy as np

def dense(x, W):
    y = x @ W

    def pull(dy):
        return dy @ W.T, x.T @ dy

    return y, pull


def scaled(x, gain):
    mean = x.mean(axis=1, keepdims=True)
    middle = x - mean
    y = gain * middle

    def pull(dy):
        dgain = (dy * middle).sum(axis=0)
        dmiddle = dy * gain
        return dmiddle - dmiddle.mean(axis=1, keepdims=True), dgain

    return y, pull


def squashed(x):
    t = np.tanh(x)

    def pull(dy):
        return dy * (1 - t**2)

    return t, pull


def cost(p, x, y):
    h, first = dense(x, p["W"])
    h, second = scaled(h, p["gain"])
    h, third = squashed(h)
    z, fourth = dense(h, p["V"])
    return np.mean((z - y) ** 2), (first, second, third, fourth, 2 * (z - y) / y.size)


def grad(p, x, y, cache):
    first, second, third, fourth, d = cache
    d, dV = fourth(d)
    d, dgain = second(third(d))
    return {"W": first(d)[1], "gain": dgain, "V": dV}
"""

GRAPH = """\
import numpy as np

class Value:
    def __init__(self, data, before=()):
        self.data, self.before = np.asarray(data), before
        self.grad = np.zeros_like(self.data)
        self.pull = lambda: None

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def pull():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.pull = pull
        return out

    def __matmul__(self, other):
        out = Value(self.data @ other.data, (self, other))

        def pull():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad

        out.pull = pull
        return out

    def tanh(self):
        t = np.tanh(self.data)
        out = Value(t, (self,))

        def pull():
            self.grad += (1 - t**2) * out.grad

        out.pull = pull
        return out

    def sum(self):
        out = Value(self.data.sum(), (self,))

        def pull():
            self.grad += np.ones_like(self.data) * out.grad

        out.pull = pull
        return out

    def backward(self):
        order = []

        def visit(value):
            if value not in order:
                for each in value.before:
                    visit(each)
                order.append(value)

        visit(self)
        self.grad = np.ones_like(self.data)
        while order:
            order.pop().pull()


def built(p, x):
    values = {name: Value(array) for name, array in p.items()}
    h = (Value(x) @ values["W"]).tanh()
    return (h * h * h @ values["V"]).sum(), values


def cost(p, x):
    return built(p, x)[0].data


def grad(p, x):
    total, values = built(p, x)
    total.backward()
    return {name: value.grad for name, value in values.items()}
"""

RNG = np.random.default_rng(3)
OF_CALLBACKS = (
    {
        "W": RNG.normal(size=(3, 4)),
        "gain": RNG.normal(size=4),
        "V": RNG.normal(size=(4, 2)),
    },
    (RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2))),
)
OF_GRAPH = (
    {"W": RNG.normal(size=(3, 4)), "V": RNG.normal(size=(4, 2))},
    (RNG.normal(size=(5, 3)),),
)

MISTAKES = {
    "not captured": (
        CALLBACKS,
        ("dmiddle = dy * gain", "dmiddle = dy"),
        "`* gain` is missing",
    ),
    "captured": (CALLBACKS, ("1 - t**2", "1 - t"), "`1 - t` should be `1 - t ** 2`"),
    "axis": (
        CALLBACKS,
        ("- dmiddle.mean(axis=1", "- dmiddle.mean(axis=0"),
        "mean along axis 1 is meant, not along 0",
    ),
    "variable": (
        CALLBACKS,
        ("(dy * middle).sum(axis=0)", "(dy * x).sum(axis=0)"),
        "`dy * x` should be `dy * middle`",
    ),
    "slope": (GRAPH, ("(1 - t**2) *", "(1 - t) *"), "`1 - t` should be `1 - t ** 2`"),
    "assigned": (
        GRAPH,
        ("            other.grad += self.data * out", "            other.grad = self.data * out"),
        "`=` should be `+=`",
    ),
    "operand": (
        GRAPH,
        ("self.grad += other.data * out.grad", "self.grad += out.grad"),
        "`* other.data` is missing",
    ),
}


@pytest.mark.parametrize(
    ("program", "at"), [(CALLBACKS, OF_CALLBACKS), (GRAPH, OF_GRAPH)], ids=["callbacks", "graph"]
)
def test_the_programs_are_right(program, at, tmp_path):
    module = load(tmp_path, program)
    assert check_gradients(module.cost, module.grad, *at).verdict == "PASS"


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_wrong_in_a_function_within_another_is_told(name, tmp_path):
    program, mistake, message = MISTAKES[name]
    module = load(tmp_path, written(mistake, program=program))
    at = OF_CALLBACKS if program is CALLBACKS else OF_GRAPH
    (finding,) = check_gradients(module.cost, module.grad, *at).findings
    assert (finding.line, finding.message) == (line_of(module, mistake[1].strip()), message)


def test_two_mistakes_in_two_functions_of_one_are_told(tmp_path):
    both = (
        ("dy @ W.T, x.T @ dy", "dy @ W.T, 3 * x.T @ dy"),
        ("dmiddle = dy * gain", "dmiddle = dy"),
    )
    module = load(tmp_path, written(*both, program=CALLBACKS))
    findings = check_gradients(module.cost, module.grad, *OF_CALLBACKS).findings
    assert {each.line for each in findings} == {line_of(module, wrong) for _, wrong in both}


def test_where_something_is_kept_is_rarely_mistaken_for_another_object(tmp_path):
    module = load(tmp_path, GRAPH)
    line = line_of(module, "self.grad += other.data * out.grad")
    params, data = OF_GRAPH
    found = sources(lambda: module.cost(params, *data), lambda: module.grad(params, *data))
    offers = [patch for each in found for patch in patches(around(each, {}, ("W", "V")))]
    costs = {patch.told(): patch.cost for patch in offers if patch.statement.lineno == line}
    assert costs["`self.grad` should be `out.grad`"] > costs["`other.data` should be `self.data`"]


def test_marks_are_replaced_in_functions_within():
    text = "def f():\n    def g():\n        return 'mark'\n    return g"
    found = {}
    exec(bound(compile(text, "program.py", "exec"), "mark", 7), found)  # noqa: S102 - above
    assert found["f"]()() == 7


def test_two_patches_in_two_functions_of_one_are_applied_together():
    program = ast.parse(
        "def maker():\n    def one():\n        return 1\n    def two():\n        return 2\n"
        "    return one() + two()"
    )
    found = {}
    exec(compile(program, "program.py", "exec"), found)  # noqa: S102 - the program above
    maker = program.body[0]
    trials = []
    for inner, number in zip(maker.body, (10, 20), strict=False):
        source = Source(found["maker"], inner, {}, {}, outer=maker)
        changes = ((inner.body[0], "value", None, ast.Constant(number, lineno=3, col_offset=0)),)
        patch = Patch(inner.body[0], ("constant",), 1.0, "another number", changes)
        with patch.applied():
            trials.append(Trial(source, patch, source.compiled(), (), None))
    with together(trials) as compiled:
        assert compiled
        assert found["maker"]() == 30
    assert found["maker"]() == 3


def test_the_functions_are_as_before_afterwards(tmp_path):
    module = load(tmp_path, written(MISTAKES["captured"][1], program=CALLBACKS))
    codes = {name: getattr(module, name).__code__ for name in ("dense", "scaled", "squashed")}
    check_gradients(module.cost, module.grad, *OF_CALLBACKS)
    assert all(getattr(module, name).__code__ is code for name, code in codes.items())


def test_a_function_that_is_made_anew_is_found_in_its_maker_also_if_one_of_it_is_kept(tmp_path):
    module = load(tmp_path, CALLBACKS)
    params, data = OF_CALLBACKS
    kept = module.cost(params, *data)[1]
    found = sources(
        lambda: module.cost(params, *data),
        lambda: module.grad(params, *data, module.cost(params, *data)[1]),
    )
    assert kept
    of = {each.tree.lineno: each.function for each in found if each.tree.name == "pull"}
    assert set(of.values()) == {module.dense, module.scaled, module.squashed}
    assert all(each.outer is not None for each in found if each.tree.name == "pull")
    assert {each.function for each in found if each.outer is None} == {module.grad}
