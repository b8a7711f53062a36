"""What the tests of the gradient checker share."""

from contextlib import nullcontext

import pytest

from trainwell.diagnosis.gradient_patches import patches
from trainwell.diagnosis.gradients import diagnosis, patchable
from trainwell.diagnosis.gradients.second_look import each_looked_at_again


@pytest.fixture
def plain_search(monkeypatch):
    """Leave out what finds a fault in several ways, for tests of one of the others."""
    for name in ("beside_clear", "lacking"):
        monkeypatch.setattr(diagnosis, name, lambda *_: [])
    monkeypatch.setattr(diagnosis, "each_looked_at_again", once_if_alone)
    monkeypatch.setattr(patches, "linear", lambda patch, *_: patch)
    monkeypatch.setattr(patchable, "_EXACTLY", 0.0)
    monkeypatch.setattr(patchable, "assigned", lambda both: {step.index for step in both.steps})
    monkeypatch.setattr(patchable, "as_before", lambda _: nullcontext())


SEARCHES = (
    *("single_patch", "lacking", "beside_clear", "localised_by_name", "two_left_out"),
    *("beside_scaling", "two_patches", "beside_evident", "beside_likely"),
    *("_apart", "_of_long", "_several", "_with_any_patches"),
)
"""Ways to find faults that the operations do not show."""


@pytest.fixture
def only(monkeypatch):
    """Return what leaves out all searches but those named."""

    first = diagnosis.localised_first

    def chosen(*names):
        if "_several" not in names:  # which goes on with it; others need its recording
            monkeypatch.setattr(diagnosis, "localised_first", lambda *rest: first(*rest[:-1], 0.05))
        for name in {*SEARCHES} - {*names}:
            monkeypatch.setattr(diagnosis, name, lambda *_: [])
        if "wrong_slope" not in names:
            monkeypatch.setattr(diagnosis, "wrong_slope", lambda *_: (None, False))

    return chosen


def once_if_alone(findings, *rest):
    """Look again at one finding only."""
    return each_looked_at_again(findings, *rest) if len(findings) == 1 else findings
