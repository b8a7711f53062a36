"""What is smaller than a check promises to see, in its score card."""

from types import SimpleNamespace

import numpy as np

from trainwell.diagnosis.scorecard.behaviour import behaviour
from trainwell.diagnosis.scorecard.judging import judged
from trainwell.diagnosis.scorecard.mutants import mutants, pairs
from trainwell.diagnosis.scorecard.programs import program


def one(operator):
    """Return a mutant of the course's program."""
    return next(each for each in mutants(program("course"), 0) if each.operator == operator)


def test_only_what_is_smaller_than_a_millionth_need_not_be_seen(monkeypatch):
    monkeypatch.setattr(
        "trainwell.diagnosis.scorecard.judging._answer", lambda *_: SimpleNamespace(**UNSEEN)
    )
    assert judged(one("float32")) is None
    assert not judged(one("scale-4")).detected
    hidden = next(each for each in mutants(program("course"), 0) if each.calls == 2)
    assert not judged(hidden).detected


UNSEEN = {
    "findings": (),
    "detected": False,
    "seconds": 0.0,
    "forward_equivalents": 0.0,
    "error": "",
}


def test_each_of_two_faults_alone_is_a_millionth_or_more():
    right = program("course")
    found = pairs(right, 8, 21)
    assert len(found) == 8
    for pair in found:
        for each in (pair.first, pair.second):
            seeds = tuple(range(each.seed, each.seed + 2001, 1000))
            done = behaviour(right, each.source, seeds)
            assert any(map(differs, behaviour(right, right.source, seeds).first, done.first))


def differs(right, wrong):
    """Say whether an array is off by a millionth of its length."""
    with np.errstate(all="ignore"):
        return not all(
            np.linalg.norm(wrong[name] - array) < 1e-6 * np.linalg.norm(array)
            for name, array in right.items()
        )
