"""Of several explanations, the one that somebody may have meant."""

import ast
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from patched_programs import PARAMS, X, Y, line_of, load, written

from trainwell.diagnosis.gradient_localisation.backward import called_beside, record_backward
from trainwell.diagnosis.gradient_localisation.edits_of_form import exchanges
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.localisation import (
    localised_certain,
    localised_first,
    localised_further,
)
from trainwell.diagnosis.gradient_localisation.signatures import forms, ratio
from trainwell.diagnosis.gradient_localisation.statements import Statement
from trainwell.diagnosis.gradient_patches import likeliest
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import Offer
from trainwell.diagnosis.gradient_tape.recording import Step, sweep
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients, diagnosis, held_right, one_by_one
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.vjp import check_vjp
from trainwell.diagnosis.gradients.weighing import better, convincing, of_one_line
from trainwell.diagnosis.scorecard.programs import load as program_of
from trainwell.diagnosis.scorecard.programs import program

SOFTPLUS = """\
import numpy as np


def cost(w, x):
    z = x @ w
    return np.sum(np.log(1 + np.exp(z))), z


def grad(w, x, z):
    s = 1 / (1 + np.exp(-z))
    g = np.ones_like(z)
    dz = g * s
    return x.T @ dz
"""


def test_the_operation_is_wrong_where_a_value_is_used_not_in_the_inverse_it_is(tmp_path):
    module = load(tmp_path, written(("g * s", "g / s"), program=SOFTPLUS))
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=4), rng.normal(size=(5, 4))
    (finding,) = check_gradients(module.cost, module.grad, w, (x,)).findings
    assert (finding.line, finding.kind) == (line_of(module, "dz = "), "operation")


def test_to_multiply_is_hardly_meant_by_an_inverse(tmp_path):
    module = load(tmp_path, SOFTPLUS)
    calls = Calls(module.cost, module.grad, Parameters.of(np.ones(4)), (np.ones((5, 4)),))
    backward = record_backward(calls, lambda name: name)
    (inverse,) = [step for step in backward.steps if step.operation == "divide"]
    assert next(iter(exchanges(inverse))).cost > 1


def test_sizes_are_hardly_compared_where_it_matters_whether_they_are_equal():
    costs = {change.message: change.cost for change in exchanges(comparison(np.greater))}
    assert costs["`>` should be `>=`"] == costs["`>` should be `<`"] == 1
    assert costs["`>` should be `!=`"] == costs["`>` should be `==`"] > 1.1
    costs = {change.message: change.cost for change in exchanges(comparison(np.not_equal))}
    assert costs["`!=` should be `>`"] == 1


def comparison(function):
    calls = Calls(lambda w: np.sum(w * w), lambda w: function(w, 0), Parameters.of(np.ones(4)), ())
    backward = record_backward(calls, lambda name: name)
    return next(step for step in backward.steps if step.operation == function.__name__)


def test_of_a_loop_the_round_that_is_wrong_is_looked_at():
    right = program("vanilla_rnn")
    missing = "dhnext = np.dot(Whh.T, dhraw)"
    assert missing in right.source
    located = localised_first(
        *recorded(right.source.replace(missing, "pass"), "without-a-carry"), Constants({}, {}), 60.0
    )
    assert located.findings
    assert not [each for each in located.findings if "exactly 1 x" in each.message]


def recorded(source, name):
    wrong = program_of(source, f"{name}.py")
    params, data = wrong["case"](0)
    calls = Calls(wrong["cost"], wrong["grad"], Parameters.of(params), data)
    backward = record_backward(calls, "d{}")
    trace = backward.trace
    return backward, trace.gradient(sweep(trace.recording, trace.output))


@pytest.mark.parametrize("same", [np.full(7, 0.8), np.array([0.8, -0.8, 0.8])])
def test_what_holds_one_size_is_not_called_clipped(same):
    expected = same * np.linspace(2, 3, len(same))
    assert "clipped" not in {form.kind for form in forms(same, expected, Constants({}, {}))}


@pytest.mark.parametrize(("given", "clipped"), [([0.2, 2, -0.5], False), ([0.2, 2, 2], True)])
def test_one_number_that_is_too_small_is_not_called_clipped(given, clipped):
    expected = np.array([0.2, 4, -0.5]) if not clipped else np.array([0.2, 4, 3.0])
    kinds = {form.kind for form in forms(np.array(given), expected, Constants({}, {}))}
    assert ("clipped" in kinds) == clipped


def finding(confidence, factor=None, names=("W1", "b1")):
    return Finding("x", "operand", factor, None, "is wrong", confidence, names)


def test_a_factor_and_what_undoes_it_are_one_term_of_another_scale():
    statement = Statement("file.py", 3, 3, "g", "g = a + b")
    told = {0.05: "is 0.05 x", 20.0: "is 20 x"}
    both = [
        replace(finding(0.98, c, ("w",)), statement=statement, message=m) for c, m in told.items()
    ]
    (one,) = of_one_line(both, [], ["w"])
    assert one.message == "one of its terms is exactly 20 x too large beside the others"
    assert one.factor == 20
    other = replace(both[1], factor=10.0)
    assert of_one_line([both[0], other], [], ["w"]) == [both[0], other]


def test_what_all_terms_lack_is_missing_once():
    statement = Statement("file.py", 3, 3, "g", "g = a - b")
    said = ["`0.5 *` is missing beside `a`", "`0.5 *` is missing beside `b`"]
    both = [replace(finding(0.9, 0.5, ("w",)), statement=statement, message=m) for m in said]
    (one,) = of_one_line(both, [], ["w"])
    assert one.message == "`0.5 *` is missing"
    other = replace(both[1], message="`2 *` is missing beside `b`")
    assert of_one_line([both[0], other], [], ["w"]) == [both[0], other]
    elsewhere = replace(both[1], statement=replace(statement, line=4))
    assert of_one_line([both[0], elsewhere], [], ["w"]) == [both[0], elsewhere]


def test_one_factor_in_several_places_may_be_of_one_count():
    first = finding(1.0, 3.0, ("W1",))
    assert convincing([first, finding(1.0, 2.0, ("b1",))], ["W1", "b1"])
    assert not convincing([first, finding(1.0, 3.0, ("b1",))], ["W1", "b1"])
    assert convincing([finding(1.0, 3.0)], ["W1", "b1"])


def test_two_findings_that_say_what_is_wrong_are_worth_more_than_a_vague_one():
    vague, sure = [finding(0.5)], [finding(0.9), finding(0.9)]
    assert better(vague, sure, ["W1", "b1"]) == sure
    assert better(sure, vague, ["W1", "b1"]) == sure
    assert better([finding(1.0)], sure, ["W1", "b1"]) == [finding(1.0)]


def test_a_mistake_is_told_beside_another_one_without_any_patch():
    right = program("softmax_rows")
    one, two = "dh1 = dz2 @ W2.T", "dz1 = dh1 * (1 - h1 ** 2)"
    source = right.source.replace(one, f"{one}; dh1[2] = 0")
    source = source.replace(two, f"{two}; dz1[3, 2] *= 2")
    backward, expected = recorded(source, "softmax-rows-beside")
    constants = Constants({}, {})
    located = localised_first(backward, expected, constants, 60.0)
    located = localised_certain(localised_further(located, constants), constants)
    lines = {source[: source.index(text)].count("\n") + 1 for text in (one, two)}
    assert {each.line for each in located.findings if each.confidence >= 0.9} == lines
    assert not located.shop.wrong()


def test_another_search_begins_with_nothing_mended():
    right = program("softmax_rows")
    one = "dh1 = dz2 @ W2.T"
    recording = recorded(right.source.replace(one, f"{one} * 2"), "softmax-rows-twice")
    located = localised_first(*recording, Constants({}, {}), 60.0)
    assert located.findings
    assert not located.shop.wrong()
    other = located.again(60.0)
    assert set(other.wrong()) == set(other.unsettled) == {"W1", "b1"}
    assert set(located.without({"b1"}).shop.wrong()) == {"W1"}
    other.accept(located.start[0])
    assert not other.wrong()
    assert located.again(60.0).wrong()


def test_what_is_almost_right_is_told_from_what_is_right():
    right = program("conv_im2col")
    line = "dlogits = (np.exp(logp) - np.eye(3)[lab]) / n"
    assert right.source.count(line) == 1
    source = right.source.replace(line, f"{line}; dlogits = dlogits.astype(np.float32)")
    backward, expected = recorded(source, "almost-right")
    located = localised_first(backward, expected, Constants({}, {}), 60.0)
    assert [found.kind for found in located.findings] == ["precision"]
    cast = next(step for step in located.shop.steps if step.operation == "cast")
    assert located.shop.matcher.matches(cast.parents[0].value)
    assert not located.shop.matcher.matches(cast.value)


def root_mean_square(x):
    return x / np.sqrt(np.mean(x**2, axis=1, keepdims=True))


def term_twice(x, g):
    n = x.shape[1]
    rms = np.sqrt(np.mean(x**2, axis=1, keepdims=True))
    dot = np.sum(g * x, axis=1, keepdims=True)
    return g / rms - x * dot / (n * rms**3) - x * dot / (n * rms**3)


def test_a_term_with_the_parameter_and_other_arrays_is_no_penalty():
    x = np.random.default_rng(1).normal(size=(4, 5))
    (finding,) = check_vjp(root_mean_square, term_twice, x).findings
    assert finding.kind == "path"


def test_a_factor_that_is_nothing_but_rounding_is_zero():
    expected = np.arange(1.0, 7.0)
    assert ratio(4e-16 * expected, expected) == 0
    assert ratio(1e-6 * expected, expected) == pytest.approx(1e-6)


def test_what_a_gradient_is_made_of_is_no_explanation_of_it(tmp_path):
    module = load(tmp_path, written())
    calls = Calls(module.cost, module.grad, Parameters.of(PARAMS), (X, Y))
    backward = record_backward(calls, "d{}")
    named = called_beside(backward, ["W1"])
    assert {"dW2", "db2", "z1", "a1"} <= set(named)
    assert not {"dW1", "d1", "d2"} & set(named)
    assert "dW1" in called_beside(backward, [])


def patch_at(line):
    statement = ast.parse("\n" * (line - 1) + "z = a * b").body[0]
    patch = Patch(statement, ("path", "operand"), 1.5, "", ())
    return SimpleNamespace(patch=patch, source=SimpleNamespace(file="net.py"))


def test_a_term_is_missing_from_what_is_called_like_a_gradient(monkeypatch):
    monkeypatch.setattr(likeliest, "together", lambda _: nullcontext(True))
    backward = SimpleNamespace(sense=lambda: 1.0, called={("net.py", 5)})
    best = likeliest.by_sense(backward, [patch_at(3), patch_at(5)], 0.06)
    assert best.patch.statement.lineno == 5


def test_what_is_known_beside_a_patch_is_to_stay_as_it_is_given(monkeypatch):
    given = {"a": np.array([2.0]), "b": np.array([5.0])}
    expected = {"a": np.array([1.0]), "b": np.array([4.0])}
    seen = []
    monkeypatch.setattr(diagnosis, "single_patch", lambda apart, *_: seen.append(apart) or [])
    sure = finding(1.0, names=("a",))
    patchable = Patchable(lambda: given, expected, [], {})
    passes = Passes(lambda: None, Constants({}, {}), patchable, Offer([]), ["a", "b"])
    diagnosis._apart(passes, [sure], 1.0)
    assert {name: array.item() for name, array in seen[0].expected.items()} == {"a": 2.0, "b": 4.0}


def test_what_is_known_is_held_right(monkeypatch):
    step, asked = Step(3, "multiply", np.ones(2), place=("net.py", 7, 1, ())), []
    for module in (one_by_one, held_right):
        monkeypatch.setattr(module, "line_of", lambda each: each.place[:2])
    monkeypatch.setattr(one_by_one, "place_of", lambda each: ("net.py", each.line))
    monkeypatch.setattr(held_right, "holding", lambda _, each: asked.append(each))
    shop = SimpleNamespace(
        assigned=[step], values={}, matcher=SimpleNamespace(matches=lambda _: [])
    )
    located = SimpleNamespace(shop=shop, findings=[SimpleNamespace(confidence=1.0, line=7)])
    assert one_by_one._beside_known(None, located, None) == []
    assert asked == [step]
