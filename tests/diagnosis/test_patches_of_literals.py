"""Other numbers and texts in the place of those that are written."""

import numpy as np
import pytest
from patched_programs import load

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patched import sources
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.syntax import exchanged

PROGRAM = """\
import numpy as np


def grad(p, x):
    half = len(x) // 2
    made = np.arange(len(x) / 4 + 1)
    return {"w": 2 * p["w"] + made.sum() + half % 3 + np.zeros(3)}
"""


def told_of(tmp_path, line):
    """Return what is offered for the numbers of a line."""
    module = load(tmp_path, PROGRAM)
    data = ({"w": np.ones(3)}, np.arange(8.0))

    def gradient():
        return module.grad(*data)

    found = sources(lambda: 0.0, gradient)
    backward = Patchable(gradient, {"w": np.ones(3)}, found, {})
    found = [patch for _, patch in offered(backward).patches if patch.statement.lineno == line]
    return [patch.told() for patch in found]


@pytest.mark.parametrize(("line", "divisor"), [(5, "len(x) // "), (6, "len(x) / ")])
def test_what_counts_is_a_whole_number(tmp_path, line, divisor):
    told = told_of(tmp_path, line)
    divided = [each for each in told if f"should be `{divisor}" in each]
    assert divided
    assert not any(f"{divisor}{tiny}" in each for each in divided for tiny in ("1e-", "0.", "-"))


def test_what_stands_twice_in_a_line_is_shown_with_what_is_around_it(tmp_path):
    twice = PROGRAM.replace("half % 3", "half % 3 - made[half - 3] * x[half - 3]")
    module = load(tmp_path, twice)
    data = ({"w": np.ones(3)}, np.arange(8.0))
    found = sources(lambda: 0.0, lambda: module.grad(*data))
    backward = Patchable(lambda: module.grad(*data), {"w": np.ones(3)}, found, {})
    told = [patch.told() for _, patch in offered(backward).patches]
    assert "`x[half - 3]` should be `x[half]`" in told
    assert "`made[half - 3]` should be `made[half]`" in told


def test_of_long_texts_the_part_is_shown_that_differs():
    text = "np.log(np.sum(np.exp(first_of_all + second_of_all), axis={}, keepdims=True))"
    said = exchanged(text.format(0), text.format(1))
    assert "axis=0" in said
    assert "axis=1" in said
    assert max(map(len, said.split("`"))) <= 60
    assert exchanged("a", "b") == "`a` should be `b`"
    early = exchanged("a" + text, "b" + text)
    assert early.startswith("`anp.log(")
