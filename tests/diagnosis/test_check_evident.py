"""Two mistakes of which the text tells one: it is mended first, and the other one found beside."""

from types import SimpleNamespace

import pytest
from patched_programs import offered_for

from trainwell.diagnosis.gradient_patches.likeliest import reach
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.weighing import convincing
from trainwell.diagnosis.scorecard.programs import load
from trainwell.randomness import generator

GATED = """
import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def cost(p, x):
    z = sigmoid(x @ p["Wz"])
    r = sigmoid(x @ p["Wr"])
    s = r * x
    c = np.tanh(s @ p["Wc"])
    h = z * x + (1 - z) * c
    return 0.5 * np.mean(np.sum(h * h * h * h, axis=1)), (x, z, r, c, s, h)


def grad(p, x, cache):
    x, z, r, c, s, h = cache
    dh = 2 * h**3 / len(x)
    dz = dh * (x - c)
    daz = dz * z * (1 - z)
    dc = dh * (1 - z)
    dac = dc * (1 - c * c)
    ds = dac @ p["Wc"].T
    dr = ds * x
    dar = dr * r * (1 - r)
    return {"Wz": x.T @ daz, "Wr": x.T @ dar, "Wc": s.T @ dac}
"""
PACKED = ("x, z, r, c, s, h = cache", "x, z, r, s, c, h = cache", "`s` and `c` are exchanged")
UNREAD = ("dac = dc *", "dac = dh *", "`dh * (1 - c * c)` should be `dc * (1 - c * c)`")
BEHIND = ("dar = dr * r", "dar = ds * r", "`ds * r` should be `dr * r`")
HALF = ("dh = 2 * h**3 / len(x)", "dh = h**3 / len(x)", "is exactly 0.5 x the correct gradient")
SLOPE = ("dar = dr * r * (1 - r)", "dar = dr * r", "`* (1 - r)` is missing beside `r`")
SIGN = ("ds = dac @", "ds = -dac @", "has the wrong sign")


def program(*changes):
    source = GATED
    for old, new, _ in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    rng = generator(0, "a gated cell")
    params = {name: rng.standard_normal((4, 4)) for name in ("Wz", "Wr", "Wc")}
    data = (rng.standard_normal((6, 4)),)
    return SimpleNamespace(**load(source, f"gated-{hash(source)}.py")), params, data


def report_on(*changes):
    code, params, data = program(*changes)
    return check_gradients(code.cost, code.grad, params, data=data, seconds=20.0)


def line_of(change):
    return GATED[: GATED.index(change[0])].count("\n") + 1


@pytest.mark.parametrize("changes", [(PACKED,), (UNREAD,), ()])
def test_what_the_text_speaks_for_is_said(changes):
    said = {
        (patch.told(), patch.statement.lineno)
        for _, patch in offered_for(*program(*changes))
        if patch.evident
    }
    assert {(change[-1], line_of(change)) for change in changes} <= said
    assert changes or not said


@pytest.mark.parametrize(
    "changes", [(PACKED, HALF), (UNREAD, HALF), (BEHIND, SIGN), (PACKED, SLOPE)]
)
def test_both_are_told(changes):
    found = {each.line: each.message for each in report_on(*changes).findings}
    assert {*found} == {line_of(change) for change in changes}
    evident, other = changes
    assert found[line_of(evident)] == evident[-1]
    assert other is SIGN or found[line_of(other)] == other[-1]


def test_of_what_is_evident_that_is_told_which_it_changes():
    found = {each.line: each for each in report_on(BEHIND, HALF).findings}
    assert found[line_of(BEHIND)].affected == ("Wr",)
    assert set(found[line_of(HALF)].affected) == {"Wz", "Wr", "Wc"}


def test_what_is_read_now_does_not_speak_against_one_fault():
    (finding,) = report_on(SIGN).findings
    code = load(GATED.replace(*BEHIND[:2]), finding.file)
    assert code
    wrong = list(finding.affected)
    assert not convincing([finding], wrong)
    assert convincing([finding], wrong, read=True)


NAN = (
    "dr = ds * x",
    "dr = np.where(np.abs(ds * x) > 0.02, np.nan, ds * x)",
    "`np.where(np.abs(ds * x) > 0.02, np.nan, ds * x)` should be `ds * x`",
)
BEFORE = ("ds = dac @ p", "ds = dc @ p", "`dc @ p['Wc'].T` should be `dac @ p['Wc'].T`")


def test_what_is_hidden_by_numbers_that_are_not_finite_is_found_beside_them():
    report = report_on(NAN, BEFORE)
    assert {(f.line, f.message) for f in report.findings} == {
        (line_of(change), change[-1]) for change in (NAN, BEFORE)
    }
    (alone,) = report_on(NAN).findings
    assert alone.line == line_of(NAN)


def test_what_is_rare_is_so_in_several_ways():
    assert reach(1.3, 0.06) == pytest.approx(1.36)
    assert reach(1.35, 0.06) == pytest.approx(1.65)
