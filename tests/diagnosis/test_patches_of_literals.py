"""Other numbers and texts in the place of those that are written."""

import numpy as np
import pytest
from patched_programs import load

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.sources import sources
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


WORDS = """\
import numpy as np


def grad(p, x):
    mask, number = x > 3, len(x)
    made = np.einsum("...ab,cb->...ac", x.reshape(1, 2, 4), np.ones((3, 4)))
    found = np.where(mask, 2 * x, 0) / mask.size
    total = found.sum() / number + made.sum() * 0.1 * p["w"].sum()
    return {"w": np.full(3, total)}
"""


def offered_in(tmp_path):
    module = load(tmp_path, WORDS)
    data = ({"w": np.ones(3)}, np.arange(8.0))
    found = sources(lambda: 0.0, lambda: module.grad(*data))
    backward = Patchable(lambda: module.grad(*data), {"w": np.ones(3)}, found, {})
    return {patch.told() for _, patch in offered(backward).patches}


def test_letters_of_one_array_of_einsum_are_exchanged(tmp_path):
    told = " ".join(offered_in(tmp_path))
    assert "'...ba,cb->...ac'" in told
    assert "'...ab,bc->...ac'" in told
    assert "'...ab,cb->...ca'" in told
    assert "'...ba,bc->...ac'" not in told


def test_a_count_may_be_a_sum_of_weights(tmp_path):
    told = offered_in(tmp_path)
    assert "`mask.size` should be `mask.sum()`" in told
    assert "`found.sum() / number` should be `found.sum() / mask.sum()`" in told
    assert "`len(x)` should be `x.sum()`" in told
    assert not any("0.1 / mask.sum()" in each or "* mask.sum()" in each for each in told)


def test_what_a_part_of_a_sum_lacks_is_told_with_that_part(tmp_path):
    told = offered_in(tmp_path)
    assert "`2 *` is missing beside `found.sum() / number`" in told
    assert not any(len(each.rpartition("beside `")[2]) > 41 for each in told if "beside `" in each)


MASKED = """\
import numpy as np


def grad(p, x):
    mask, d = x > 3, 1.0 * x
    d[mask] *= x[mask]
    return {"w": np.full(3, d.sum())}
"""


def test_some_elements_lack_a_number_that_has_a_name(tmp_path):
    module = load(tmp_path, MASKED)
    data = ({"w": np.ones(3)}, np.arange(8.0))
    found = sources(lambda: 0.0, lambda: module.grad(*data))
    backward = Patchable(lambda: module.grad(*data), {"w": np.ones(3)}, found, {"alpha": 0.3})
    patches = [patch for _, patch in offered(backward).patches if patch.statement.lineno == 6]
    assert "`+ alpha` is missing" in {patch.told() for patch in patches}
