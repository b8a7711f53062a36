"""What variables hold, and what stands beside them, as ways to mend a backward pass."""

import ast
from functools import partial
from itertools import islice
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from held_mistakes import MENDED

from trainwell.diagnosis.gradient_localisation.matching import Derivative, Match
from trainwell.diagnosis.gradient_localisation.usual_factors import sense_of
from trainwell.diagnosis.gradient_patches import patching
from trainwell.diagnosis.gradient_patches.around import around
from trainwell.diagnosis.gradient_patches.held import held_by, sort_of
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, tried
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.patches import patches
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.programs import load, program
from trainwell.errors import ConfigurationError


class Tape(NamedTuple):
    """What a layer keeps."""

    x: object
    h: object


@pytest.mark.parametrize("mistake", [pytest.param(each, id=name) for name, each in MENDED.items()])
def test_the_simplest_patch_of_this_text_makes_the_gradients_right(mistake):
    right = program(mistake.program)
    assert right.source.count(mistake.old) == 1
    line = right.source[: right.source.index(mistake.old)].count("\n") + 1
    text = right.source.replace(mistake.old, mistake.new)
    own, wrong = load(right.source, right.file), load(text, f"{right.file}@{hash(text)}")
    params, data = own["case"](0)
    _, *cache = own["cost"](params, *data)
    expected = {n.removeprefix("d"): g for n, g in own["grad"](params, *data, *cache).items()}

    def gradient():
        _, *kept = wrong["cost"](params, *data)
        return {n.removeprefix("d"): g for n, g in wrong["grad"](params, *data, *kept).items()}

    given = gradient()
    off = [name for name in expected if not np.allclose(given[name], expected[name], 1e-9, 1e-12)]
    assert off
    constants = {k: float(v) for k, v in wrong["HYPER"].items() if isinstance(v, int | float)}
    found = sources(lambda: wrong["cost"](params, *data), gradient)
    backward = Patchable(gradient, expected, found, constants)
    offered = [
        (source, patch)
        for source in found
        for patch in patches(around(source, constants, tuple(expected)))
        if mistake.told in patch.told()
        and patch.statement.lineno <= line <= patch.statement.end_lineno
    ]
    mending = []
    for source, patch in offered:
        trial = tried(backward, source, patch, off)
        if trial is not None and set(trial.names) == set(off):
            mending.append(patch)
    assert min(mending, key=lambda patch: patch.cost).kinds[0] == mistake.kind


def held(text, **variables):
    return held_by(variables, ast.parse(text).body[0])


READING = "def f():\n    return xs[t] + hs[t - 1]"


def test_texts_that_read_a_variables_parts_are_found_with_what_they_are():
    array, number = np.zeros((2, 3)), 0.5
    found = held(
        READING,
        tape=Tape(array, number),
        cache={"A1": array, 3: array, "deep": {"W": array}},
        self=SimpleNamespace(mask=array > 0, name="relu"),
    )
    assert found == {
        "tape.x": ("array", (2, 3)),
        "tape.h": ("number",),
        "cache['A1']": ("array", (2, 3)),
        "cache['deep']['W']": ("array", (2, 3)),
        "self.mask": ("array", (2, 3)),
    }


def test_elements_are_read_by_the_indices_that_the_function_uses():
    vector = np.zeros(4)
    found = held(READING, xs=[vector] * 3, ys=[vector] * 3, zs=[vector] * 5, t=2)
    assert found == {"xs[t]": ("array", (4,)), "ys[t]": ("array", (4,))}
    rounds = held(READING, xs=[vector] * 3, hs={-1: vector, 0: vector, 1: vector}, t=0)
    assert set(rounds) == {"xs[t]", "hs[t]", "hs[t - 1]"}


def test_no_code_of_the_users_runs_to_find_what_variables_hold():
    class Trap(dict):
        def __getattr__(self, name):
            raise AssertionError(name)

        def __getitem__(self, key):
            raise AssertionError(key)

    class Lazy:
        __slots__ = ()

        def __getattr__(self, name):
            raise AssertionError(name)

        @property
        def value(self):
            raise AssertionError("a property was read")

    trap, lazy = Trap(x=np.zeros(3)), Lazy()
    found = held(READING, trap=trap, lazy=lazy, module=np, function=np.sum, kind=Tape)
    assert found == {"trap['x']": ("array", (3,))}
    assert sort_of(lazy) == ("Lazy",)
    assert sort_of(trap) == ("dict", ("x",))


# Where to look first


def test_patches_of_the_statement_that_spoils_what_is_right_are_tried_first(monkeypatch):
    right = program("lstm_tagger")
    text = right.source.replace("[df * f * (1 - f),", "[df * (1 - f),")
    seen = []

    def noted(backward, *_, **__):
        seen.append(backward)
        return []

    monkeypatch.setattr(patching, "_trials", noted)
    wrong = load(text, f"{right.file}@spoilt")
    params, data = wrong["case"](0)
    check_gradients(wrong["cost"], wrong["grad"], params, data, seconds=1.0)
    line = text[: text.index("dz = np.concatenate(")].count("\n") + 1
    assert {at for _, at in seen[0].suspected} == {line}
    given = {at for _, at in seen[0].close}
    assert {text[: text.index(name)].count("\n") + 1 for name in ("df = dc", "di = dc")} <= given
    source = next(s for s in seen[0].sources if s.tree.name == "lstm_step_back")
    every = [(source, patch) for patch in patches(around(source, {}, ()))]
    first = [patch.statement.lineno for _, patch in islice(patching.in_turn(seen[0], every), 30)]
    assert first.count(line) > 10 > first.count(line + 3)


# Data and settings as people keep them

RAGGED = [[0, 2], [1], [2, 0, 1]]
PLACES = {"E": np.array([[0.3, -0.2], [0.5, 0.1], [-0.4, 0.7]])}
GOALS = np.array([0.2, -0.1, 0.4])


def mean_cost(params, lists, goals):
    means = [params["E"][ids].mean(axis=0) for ids in lists]
    return sum((m.sum() - y) ** 2 for m, y in zip(means, goals, strict=True)) / len(lists)


def mean_grad(params, lists, goals, factor=1.0):
    found = np.zeros_like(params["E"])
    for ids, goal in zip(lists, goals, strict=True):
        off = params["E"][ids].mean(axis=0).sum() - goal
        np.add.at(found, ids, factor * 2 * off / (len(ids) * len(lists)))
    return {"dE": found}


@pytest.mark.parametrize("factor", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("given", ["code", "numbers"])
def test_lists_of_different_lengths_are_data(given, factor):
    grad = partial(mean_grad, factor=factor)
    if given == "numbers":
        grad = grad(PLACES, RAGGED, GOALS)
    report = check_gradients(mean_cost, grad, PLACES, (RAGGED, GOALS))
    assert report.verdict == ("PASS" if factor == 1 else "FAIL")
    if factor != 1:
        assert report.findings[0].factor == pytest.approx(factor)


@pytest.mark.usefixtures("plain_search")
def test_an_array_in_a_list_of_the_data_that_is_changed_is_named():
    def spoils(params, lists, goals):
        lists[1][0] = 0
        return mean_grad(params, lists, goals)

    lists = [np.array([0, 2]), np.array([1]), np.array([2, 0, 1])]
    report = check_gradients(mean_cost, spoils, PLACES, (lists, GOALS))
    assert any("data[0][1]" in reason and "in place" in reason for reason in report.reasons)
    assert lists[1][0] == 1


@pytest.mark.usefixtures("plain_search")
def test_what_is_changed_in_long_lists_is_named():
    def spoils(w, lists):
        lists[1][0] = 0
        return 70.0 + 0 * w

    lists = [np.array([1, 2]) for _ in range(70)]
    report = check_gradients(lambda w, lists: len(lists) * w.sum(), spoils, np.ones(1), (lists,))
    assert any("data[0][1]" in reason and "in place" in reason for reason in report.reasons)
    assert lists[1][0] == 1


def test_a_list_of_the_data_is_left_as_it_was():
    def cost(w, x, weights):
        weights.append(1.0)
        return np.sum(x.dot(w)) * weights[0]

    def grad(w, x, weights):
        return x.sum(axis=0) * weights[0] + 0 * w

    weights = [2.0, 3.0]
    report = check_gradients(cost, grad, np.ones(3), (np.ones((2, 3)), weights))
    assert (report.verdict, report.method, weights) == ("PASS", "trace", [2.0, 3.0])


def test_settings_of_any_kind_may_be_given_and_their_numbers_are_named():
    hyper = {"activation": "relu", "weights": (0.25, 7.0), "shape": None, "verbose": True}
    grad = partial(mean_grad, factor=7.0)
    report = check_gradients(mean_cost, grad, PLACES, (RAGGED, GOALS), hyperparams=hyper)
    assert "weights[1]" in report.findings[0].message
    with pytest.raises(ConfigurationError, match="numbers by their names, not a list"):
        check_gradients(mean_cost, grad, PLACES, (RAGGED, GOALS), hyperparams=[0.25])


def test_a_buffer_that_a_later_call_overwrites_has_its_line():
    right = program("pinball_blocks")
    old = 'G["dQ"] = dPred @ cache["Xs"][-1].T'
    new = (
        f"{old}; grad.kept = getattr(grad, 'kept', G['dQ']); "
        "grad.kept[...] = G['dQ']; G['dQ'] = grad.kept"
    )
    wrong = load(right.source.replace(old, new), f"{right.file}@buffer")
    params, data = wrong["case"](0)
    (found,) = check_gradients(wrong["cost"], wrong["grad"], params, data).findings
    assert found.line == right.source[: right.source.index(old)].count("\n") + 1
    assert "a later call overwrites" in found.message


def test_what_is_kept_from_call_to_call_needs_no_call_elsewhere_to_show():
    (found,) = check_gradients(mean_cost, keeps_its_sum, PLACES, (RAGGED, GOALS)).findings
    assert found.kind in ("accumulated", "stale")
    assert "`keeps_its_sum.__dict__.setdefault('kept'" in found.message


def keeps_its_sum(params, lists, goals):
    """Add to what the call before has left."""
    kept = keeps_its_sum.__dict__.setdefault("kept", np.zeros_like(params["E"]))
    kept += mean_grad(params, lists, goals)["dE"]
    return {"dE": kept.copy()}


def test_a_derivative_with_an_odd_factor_makes_half_a_sense():
    derivative = Derivative(None, None, np.ones(2))
    usual, odd = (Match(derivative, factor, transposed=False) for factor in (1.0, -1.0))
    assert sense_of([[usual], [odd], [odd, usual]], (1.0, 5.0)) == 2.5


def test_keys_are_offered_whatever_stands_there():
    text = "def grad(cache):\n    first, second = cache['left']\n    return first\n"
    function, tree = load(text, "keys.py")["grad"], ast.parse(text).body[0]
    source = Source(function, tree, {"cache": ("dict", ("left", "right"))}, {})
    told = {patch.told() for patch in patches(around(source, {}, ()))}
    assert "`cache['left']` should be `cache['right']`" in told
