"""How wrong lines are searched for: what takes the least time first, and nothing twice."""

from collections import Counter

import numpy as np
import pytest
from patched_programs import MISTAKES, checked, load, written

from trainwell.diagnosis.gradient_patches import patching
from trainwell.diagnosis.gradient_tape.recorder import Recorder
from trainwell.diagnosis.gradient_tape.recording import dependents, replay
from trainwell.diagnosis.gradients import diagnosis


def test_one_simple_patch_is_found_before_several_faults_are_looked_for(tmp_path, monkeypatch):
    def refused(*_):
        raise AssertionError("several faults were looked for")

    monkeypatch.setattr(diagnosis, "localised_further", refused)
    monkeypatch.setattr(diagnosis, "patched_findings", refused)
    mistake = MISTAKES["unpacked"]
    (finding,) = checked(load(tmp_path, written((mistake.meant, mistake.written)))).findings
    assert mistake.told in finding.message


def test_a_patch_is_tried_once(tmp_path, monkeypatch):
    tries = Counter()
    given = patching.tried

    def counted(backward, source, patch, wrong):
        if source.hold is None:  # beside what is held right it does something else
            tries[id(patch)] += 1
            kept.append(patch)
        return given(backward, source, patch, wrong)

    kept = []
    monkeypatch.setattr(patching, "tried", counted)
    beyond = ("(a2 - Y) / m * gate", "np.sin(a2 - 0.3 * Y) / m * gate")
    checked(load(tmp_path, written(beyond)), seconds=4.0)
    assert sum(tries.values()) > 100
    assert max(tries.values()) == 1


def recorded():
    recorder = Recorder()
    a = recorder.leaf([1.0, 2.0])
    b = recorder.leaf([3.0, 4.0])
    product, other = a * b, np.exp(b)
    return recorder.recording.steps, a, b, product, other, product + other


@pytest.mark.parametrize("changed", ["a", "b"])
def test_only_what_depends_on_a_change_is_repeated(changed):
    steps, a, b, product, other, total = recorded()
    leaf = {"a": a, "b": b}[changed].step
    behind = {"a": [a, product, total], "b": [b, product, other, total]}[changed]
    assert dependents(steps, {leaf.index}) == [each.step for each in behind]
    values = replay(steps, {leaf.index: np.array([5.0, 6.0])})
    assert set(values) == {each.step.index for each in behind}
    left, right = (values.get(x.step.index, x.step.value) for x in (a, b))
    np.testing.assert_array_equal(values[total.step.index], left * right + np.exp(right))
