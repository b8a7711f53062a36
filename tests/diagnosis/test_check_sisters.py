"""What expressions, variables and statements lack that others like them have."""

import ast
from functools import partial

import numpy as np
import pytest
from patched_programs import line_of, load, written
from recurrent_programs import (
    ATTENTION,
    ATTENTION_POINT,
    GATED,
    GATED_POINT,
    JOINED,
    JOINED_POINT,
    KERNEL,
    KERNEL_POINT,
    STATES,
    STATES_POINT,
    TIMED,
    TIMED_POINT,
    UNROLLED,
    UNROLLED_POINT,
)

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patches_of_sisters import _of_sisters, _Parts
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradient_patches.syntax import parts_of
from trainwell.diagnosis.gradients import check_gradients

# Program, point, what is right, what stands there, how its line begins, what is said.
CASES = {
    "carried for nothing": (
        *(GATED, GATED_POINT, "dhs[:, t] + dh, dc", "dhs[:, t], dc", "dh, dc, own ="),
        "`+ dh` is missing beside `dhs[:, t]`",
    ),
    "a term of three sisters": (
        *(GATED, GATED_POINT, "before = dc * f + dh * o * s * f", "before = dc * f"),
        *("before =", "`+ dh * o * s * f` is missing"),
    ),
    "another term": (
        *(GATED, GATED_POINT, "(dc * c + dh * o * s * c)", "(dc * c + dh * o * np.tanh(now) * c)"),
        *("df =", "`dh * o * np.tanh(now) * c` should be `dh * o * s * c`"),
    ),
    "one of a row": (
        *(GATED, GATED_POINT, " + do @ Wo.T", "", "dz ="),
        "`+ do @ Wo.T` is missing",
    ),
    "not handed on": (
        *(GATED, GATED_POINT, "dh, dc, own = step", "dh, last, own = step", "dh, last, own ="),
        "nothing reads `last`: `dc` is meant",
    ),
    "a factor at its own index": (
        *(TIMED, TIMED_POINT, "error[t] * (1 - s[t] ** 2)", "error[t]", "delta = p["),
        "`* (1 - s[t] ** 2)` is missing",
    ),
    "a keyword": (
        *(UNROLLED, UNROLLED_POINT, 'grad2.reshape(10, order="F")', "grad2.reshape(10)"),
        *("return J", "`order='F'` is missing, as beside it"),
    ),
    "the scale of a namesake": (
        *(UNROLLED, UNROLLED_POINT, "grad2 = big2 / m", "grad2 = big2", "grad2 ="),
        "`/ m` is missing, as in line 29",
    ),
    "all of an example": (
        *(UNROLLED, UNROLLED_POINT, "slope(z2[t])", "slope(a2[t][1:])", "delta2 ="),
        "`a2[t][1:]` should be `z2[t]`",
    ),
    "a statement beside its model": (
        *(UNROLLED, UNROLLED_POINT, "    grad1[:, 0] = plain1[:, 0]\n", "", "grad2[:, 0] ="),
        "`grad1[:, 0] = plain1[:, 0]` is missing, as in line 35",
    ),
    "a path beside it": (
        *(ATTENTION, ATTENTION_POINT, "dv = dthrough + dout", "dv = dthrough", "dv ="),
        "`+ dout` is missing",
    ),
    "a stack of matrices": (
        *(ATTENTION, ATTENTION_POINT, "dk = dscores.swapaxes(1, 2) @ q", "dk = dscores @ q"),
        *("dk =", "`dscores @ q` should be `dscores.swapaxes(-1, -2) @ q`"),
    ),
    "a call that is left out": (
        *(ATTENTION, ATTENTION_POINT, "dmixed = dropout_back(dout, dropped)", "dmixed = dout"),
        *("da =", "`dmixed = dropout_back(dmixed, dropped)` is missing before it"),
    ),
    "arrays joined in another order": (
        *(JOINED, JOINED_POINT, "(da, db, dc))", "(db, dc, da))", "dz ="),
        "`(db, dc, da)` should be `(da, db, dc)`",
    ),
    "a part of a size of the file": (
        *(JOINED, JOINED_POINT, "back[:, :HIDDEN]", "back[:, INPUTS:]", "dh = back"),
        "`INPUTS:` should be `:HIDDEN`",
    ),
    "a number in a list": (
        *(KERNEL, KERNEL_POINT, "[2 * theta[0] * e,", "[theta[0] * e,", "return np.array"),
        "`2 *` is missing",
    ),
    "the rest of a product": (
        *(KERNEL, KERNEL_POINT, " + (1 - y) * (1 / (1 - p))", "", "dp ="),
        "`+ (1 - y) / (1 - p)` is missing",
    ),
    "an attribute that nothing reads": (
        *(STATES, STATES_POINT, "        dh = dh + cache[at + 1].early_h\n", "", "dh = cache[at]"),
        "`+ cache[at + 1].early_h` is missing",
    ),
}


QUICK = ("carried for nothing", "another term", "a call that is left out", "a keyword")


def passes_of(module):
    """Return the cost and its gradient, which may be one function."""
    if hasattr(module, "grad"):
        return module.cost, module.grad
    return (lambda *given: module.cost(*given)[0]), (lambda *given: module.cost(*given)[1])


def module_of(folder, case):
    """Return a program with a mistake, its point, how the line begins and what is to be said."""
    program, point, meant, instead, begins, told = case
    module = load(folder, written((meant, instead), program=program))
    return module, point, line_of(module, f"    {begins}"), told


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_others_like_it_have_is_among_the_patches(tmp_path, case):
    module, (params, data), line, told = module_of(tmp_path, case)
    cost, rule = passes_of(module)

    def gradient():
        cache = (cost(params, *data)[1],) if hasattr(module, "grad") else ()
        given = rule(params, *data, *cache)
        return given if isinstance(given, dict) else {"theta": given}

    forward = partial(cost, params, *data) if hasattr(module, "grad") else lambda: None
    found = sources(forward, gradient)
    patches = [patch for _, patch in offered(Patchable(gradient, gradient(), found, {})).patches]
    own = [p for p in patches if told in p.told() and p.statement.lineno == line]
    assert min(patch.cost for patch in own) < 1.26


@pytest.mark.parametrize("case", [CASES[name] for name in QUICK], ids=QUICK)
def test_what_others_like_it_have_is_told(tmp_path, case):
    module, (params, data), line, told = module_of(tmp_path, case)
    (finding,) = check_gradients(*passes_of(module), params, data, seconds=12.0).findings
    assert finding.line == line
    assert told in finding.message


@pytest.mark.parametrize("text", dict.fromkeys(case[0] for case in CASES.values()))
def test_the_programs_are_right_as_they_stand(tmp_path, text):
    params, data = next(case[1] for case in CASES.values() if case[0] == text)
    passes = passes_of(load(tmp_path, text))
    assert check_gradients(*passes, params, data).verdict == "PASS"


def expression(text):
    """Return a piece of syntax."""
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize("own", ["d", "-d", "d.T", "cache['d']", "d[t]"])
def test_what_is_only_read_is_like_any_other(own):
    sister = _Parts(tuple(parts_of(expression(f"{own.replace('d', 'a')} + b"), ast.Add)))
    assert [*_of_sisters([expression(own)], [sister])] == []


def test_a_sister_says_it_in_its_own_words():
    sister = _Parts(tuple(parts_of(expression("f(a) * a * g(a)"), ast.Mult)))
    found = [
        ast.unparse(part)
        for _, part in _of_sisters([expression("f(d)"), expression("d")], [sister])
    ]
    assert found == ["g(d)"]
    assert [*_of_sisters([expression("f(d)"), expression("e")], [sister])] == []


def test_a_rule_that_only_hands_on_a_gradient_is_patched(tmp_path):
    module = load(tmp_path, HANDED_ON)
    at = {name: line_of(module, name) for name in (*COST, *SLOPE)}

    def shared():
        lines = [frozenset((module.__file__, at[n]) for n in names) for names in (COST, SLOPE)]
        return lines[0], lines[1]

    both = partial(module.both, np.arange(3.0), np.ones(3))
    found = [source.tree.name for source in sources(both, both, shared)]
    assert found == ["both", "mask_backward"]


COST, SLOPE = ("y = ", "J = "), ("d = ",)
HANDED_ON = """
import numpy as np


def mask_backward(d, cache):
    return d


def kept_of(x):
    return x


def both(p, x):
    kept = kept_of(x)
    y = p * kept
    J = np.sum(y**2)
    d = 2 * mask_backward(y, kept)
    return J, {"dp": d * x}
"""


def test_a_gradient_that_nobody_needs_is_not_asked_for(tmp_path):
    right = "before = dc * f + dh * o * s * f"
    module = load(tmp_path, written((right, "before = dc * f"), program=GATED))
    params, data = GATED_POINT

    def grad(p, *given):
        return module.grad({name: p[name] for name in params}, *given)

    report = check_gradients(module.cost, grad, {**params, "Wy": np.ones((3, 2))}, data, seconds=4)
    assert [finding.message for finding in report.findings] == ["`+ dh * o * s * f` is missing"]
