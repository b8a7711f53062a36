"""A value that is used in several lines, of which a gradient leaves some out."""

import numpy as np
import pytest
from patched_programs import load

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
