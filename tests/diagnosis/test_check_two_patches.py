"""Two simple patches: one makes some gradients right, and the other one the rest."""

import ast

import pytest

from trainwell.diagnosis.gradient_patches.patches_of_removal import left_out
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.programs import load, program

FIRST = ("dy = np.copy(ps[t])", "dy = 2 * np.copy(ps[t])")
SECOND = ("dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = (1 + hs[t] * hs[t]) * dh")


@pytest.mark.usefixtures("plain_search")
def test_both_are_told_in_their_lines(only):
    only("single_patch", "two_patches")
    right = program("vanilla_rnn")
    source = right.source
    for old, new in (FIRST, SECOND):
        assert source.count(old) == 1
        source = source.replace(old, new)
    code = load(source, "vanilla-rnn-twice.py")
    params, data = code["case"](0)
    found = check_gradients(code["cost"], code["grad"], params, data, seconds=10.0).findings
    lines = [right.source[: right.source.index(old)].count("\n") + 1 for old, _ in (FIRST, SECOND)]
    assert [each.line for each in found] == lines
    first, second = (set(each.affected) for each in found)
    assert first >= {"Why", "by"}
    assert second == {"Wxh", "Whh", "bh"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x = x.at[0].set(1)", "support"),
        ("x = x.at['a'].set(1)", "path"),
        ("x = x.of[0].set(1)", "path"),
        ("x[0] = 1", "support"),
        ("x['a'] = 1", "path"),
        ("x += 1", "regularisation"),
    ],
)
def test_what_is_changed_in_part_is_told_apart(text, kind):
    body = ast.parse(f"def f():\n    x = y\n    {text}").body[0].body
    (patch,) = left_out(body, 1, body[1])
    assert patch.kinds[0] == kind
