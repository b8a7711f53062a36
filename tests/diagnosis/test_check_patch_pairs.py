"""Two patches that make wrong gradients right only together."""

from dataclasses import replace

import numpy as np
import pytest
from patched_programs import line_of, load, patchable, written

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_patches.patch_pairs import Effects, foreseen, unforeseen
from trainwell.diagnosis.gradient_patches.patching import patched_findings

EVERYTHING = ["W1", "b1", "W2", "b2"]
RNG = np.random.default_rng(3)
BASE, RIGHT, ONE, TWO, REST, OTHER = RNG.normal(size=(6, 20))


def pairs(rows, base, expected, factors=None):
    """Return the pairs that are foreseen, each once."""
    effects = Effects(
        np.array(rows), base, expected, np.ones(len(rows)), factors or [None] * len(rows)
    )
    found = foreseen(effects)
    return {tuple(sorted(pair)) for pair in found}


def test_two_terms_are_foreseen():
    assert pairs([OTHER, BASE + ONE, BASE + TWO], BASE, BASE + ONE + TWO) == {(1, 2)}


def test_two_factors_are_foreseen_whatever_their_signs():
    assert pairs([OTHER, BASE * ONE, BASE * TWO], BASE, BASE * ONE * TWO) == {(1, 2)}


def test_a_factor_of_what_the_other_patch_changes_is_foreseen():
    # Four times a part that is wrong, beside one that is right.
    base, dropped = REST + 4 * ONE, REST + ONE
    mended = REST + 4 * TWO
    assert pairs([OTHER, dropped, mended], base, REST + TWO, [None, 4.0, None]) == {(1, 2)}
    assert pairs([OTHER, dropped, mended], base, REST + TWO) == set()


def test_nothing_is_foreseen_of_patches_that_have_nothing_to_do_with_it():
    assert pairs([ONE, TWO, OTHER], BASE, RIGHT) == set()
    assert pairs([ONE, TWO, 1e12 * OTHER], BASE, RIGHT) == set()


def tried(rows, base, expected, costs):
    """Return the pairs that are tried, in their order."""
    factors = [None] * len(rows)
    return list(unforeseen(Effects(np.array(rows), base, expected, np.array(costs), factors)))


def test_the_simplest_pairs_are_tried_first():
    assert tried([ONE, TWO, OTHER], BASE, RIGHT, [1.2, 1.0, 1.1]) == [(1, 2), (0, 1), (0, 2)]


def test_a_patch_after_which_one_factor_is_left_is_tried_sooner():
    order = tried([ONE, TWO, 3 * RIGHT, OTHER], BASE, RIGHT, [1.0, 1.0, 1.3, 1.0])
    # In turn with the simplest ones.
    assert order[0] == (0, 1)
    assert 2 in order[1]
    assert order.index((2, 3)) < 6


def test_zeros_are_no_progress():
    order = tried([ONE, TWO, 0 * RIGHT, OTHER], BASE, RIGHT, [1.0, 1.0, 1.3, 1.0])
    assert set(order[3:]) == {(0, 2), (1, 2), (2, 3)}


def test_what_one_patch_leaves_as_it_was_the_other_has_to_make_right():
    half = np.arange(20) < 10
    left = np.where(half, RIGHT, BASE)
    right = np.where(half, BASE, RIGHT)
    nothing = np.where(half, BASE, OTHER)
    order = tried([left, right, nothing], BASE, RIGHT, [1.0, 1.0, 1.0])
    assert order == [(0, 1)]
    # A number in ten may only show beside the other patch.
    almost = np.where(np.arange(20) < 18, right, OTHER)
    assert (0, 1) in tried([left, almost], BASE, RIGHT, [1.0, 1.0])


PAIRS = {
    "in one expression": (
        (("(a2 - Y) / m", "(a2 + Y) * m"),),
        ["(a2 + Y) * m"] * 2,
    ),
    "one after the other": (
        (("gate = s * (1 - s)", "gate = s + (1 + s)"),),
        ["gate = "] * 2,
    ),
    "in two functions": (
        (
            ("(W2.T @ d2) * slope", "(W2.T @ d2) / slope"),
            ("return 1 - np.tanh(z) ** 2", "return 1 + np.tanh(z) ** 2"),
        ),
        ["return 1 + np.tanh", "(W2.T @ d2) / slope"],
    ),
}


@pytest.mark.parametrize("case", PAIRS.values(), ids=PAIRS)
def test_two_mistakes_that_no_single_patch_mends_are_found_together(case, tmp_path):
    mistakes, lines = case
    module = load(tmp_path, written(*mistakes))
    wrong = ["W1", "b1"] if len(mistakes) > 1 else EVERYTHING
    found = patched_findings(patchable(module), wrong, 6.0)
    assert [finding.line for finding in found] == [line_of(module, text) for text in lines]
    assert all(finding.affected == tuple(wrong) for finding in found)
    assert all(finding.confidence >= 0.9 for finding in found)
    assert len({finding.message for finding in found}) == 2
    assert patched_findings(patchable(module), wrong, 6.0, most=1) == []


def test_the_functions_are_as_they_were(tmp_path):
    module = load(tmp_path, written(("(a2 - Y) / m", "(a2 + Y) * m")))
    code = module.grad.__code__
    patched_findings(patchable(module), EVERYTHING, 6.0)
    assert module.grad.__code__ is code


def test_each_says_what_is_left_if_only_the_other_is_mended(tmp_path):
    module = load(tmp_path, written(("(a2 - Y) / m", "(a2 + Y) / 3")))
    factors = [f.factor for f in patched_findings(patchable(module), EVERYTHING, 6.0)]
    assert any(factor == pytest.approx(2.0) for factor in factors if factor)


def test_two_mistakes_of_one_gradient_are_found_where_only_that_one_is_made(tmp_path):
    module = load(tmp_path, written(("dW2 = d2 @ a1.T", "dW2 = 7 * (d2 @ a1.T) + a1.sum()")))
    found = patched_findings(patchable(module), ["W2"], 6.0)
    assert {finding.line for finding in found} == {line_of(module, "dW2 = ")}


def watched(backward, calls):
    """Return what notes of each call whether the first gradient is right then."""

    def gradient():
        given = backward.gradient()
        calls.append(np.allclose(given["W1"], backward.expected["W1"]))
        return given

    return replace(backward, gradient=gradient)


def test_a_suspected_function_is_patched_first(tmp_path):
    module = load(tmp_path, written(("1 - np.tanh(z) ** 2", "1 + np.tanh(z) ** 2")))
    at = line_of(module, "1 + np.tanh(z)")
    counts = []
    for suspected in (frozenset(), frozenset({(module.__file__, at - 1)})):  # another statement
        calls = []
        backward = watched(patchable(module, suspected=suspected), calls)
        (finding,) = patched_findings(backward, ["W1", "b1"], 6.0)
        assert finding.line == at
        counts.append(calls.index(True))
    assert counts[1] < counts[0]


def test_a_deadline_says_how_much_is_left():
    assert 9 < Deadline(10.0).left <= 10
    assert Deadline(0.0).left == 0
