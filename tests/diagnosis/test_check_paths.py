"""A value that is used in several lines, of which a gradient leaves some out."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradients import check_gradients

PROGRAM = """\
import numpy as np


def decoded(h, p):
    return h @ p["W"] + p["c"]


def cost(p, X):
    h = np.tanh(X @ p["W"].T)
    r = decoded(h, p)
    s = h + 0.5 * h**3
    e = r - X
    return 0.5 * np.sum(e**2) / len(X) + np.sum(s) / len(X), (h, e)


def grad(p, X, cache):
    h, e = cache
    d = e / len(X)
    dh = d @ p["W"].T + (1 + 1.5 * h**2) / len(X)
    through_code = (dh * (1 - h**2)).T @ X
    through_decoder = h.T @ d
    return {"W": through_code + through_decoder, "c": d.sum(axis=0)}
"""
MISTAKES = {
    "decoder": (
        ("    through_decoder = h.T @ d\n", "through_code + through_decoder,"),
        ("", "through_code,"),
        "lacks what comes through line 5, where `W` is used",
    ),
    "code": (
        ("    through_code = (dh * (1 - h**2)).T @ X\n", "through_code + through_decoder,"),
        ("", "through_decoder,"),
        "lacks what comes through line 9, where `W` is used",
    ),
    "activation": (
        ("+ (1 + 1.5 * h**2) / len(X)", ""),
        ("", ""),
        "lacks what comes through line 11, where `h` of line 9 is used",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_line_through_which_a_part_comes_is_told(tmp_path, mistake):
    meant, instead, told = mistake
    text = PROGRAM
    for old, new in zip(meant, instead, strict=True):
        text = text.replace(old, new)
    assert text != PROGRAM
    module = load(tmp_path, text)
    rng = np.random.default_rng(1)
    params = {"W": rng.normal(size=(3, 4)), "c": rng.normal(size=4)}
    report = check_gradients(module.cost, module.grad, params, (rng.normal(size=(6, 4)),))
    (finding,) = report.findings
    assert (finding.message, finding.kind) == (told, "path")


ODD = {"float16": ".astype(np.float16)", "nan": " * np.nan", "infinite": " * np.inf"}


@pytest.mark.parametrize("changed", ODD.values(), ids=ODD)
def test_what_is_no_double_number_is_told_all_the_same(tmp_path, changed):
    wrong = PROGRAM.replace("through_code + through_decoder,", f"through_code{changed},")
    module = load(tmp_path, wrong)
    rng = np.random.default_rng(1)
    params = {"W": rng.normal(size=(3, 4)), "c": rng.normal(size=4)}
    report = check_gradients(module.cost, module.grad, params, (rng.normal(size=(6, 4)),))
    assert report.verdict == "FAIL"
    assert report.findings


def test_a_mean_of_what_is_divided_later_on_is_told_where_it_is_taken(tmp_path):
    text = PROGRAM.replace("    d = e / len(X)\n", "    d = e\n    through_c = d.mean(axis=0)\n")
    text = text.replace("through_decoder, ", "through_decoder) / len(X), ").replace(
        '": thr', '": (thr'
    )
    text = text.replace('"c": d.sum(axis=0)', '"c": through_c / len(X)')
    text = text.replace("(1 + 1.5 * h**2) / len(X)", "(1 + 1.5 * h**2)")
    module = load(tmp_path, text)
    rng = np.random.default_rng(1)
    params = {"W": rng.normal(size=(3, 4)), "c": rng.normal(size=4)}
    report = check_gradients(module.cost, module.grad, params, (rng.normal(size=(6, 4)),))
    (finding,) = report.findings
    assert finding.affected == ("c",)
    assert finding.line == line_of(module, "through_c = d.mean")
    assert "`d.mean(axis=0)` should be `d.sum(axis=0)`" in finding.message
