"""A factor of rows that are put together: it is told where the rows are made."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradients import check_gradients

MEANS = """\
import numpy as np


def cost(p, u):
    mean = np.zeros(p["x"].shape[1:])
    out = []
    for row in p["x"]:
        mean = p["decay"] * mean + (1 - p["decay"]) * row
        out.append(mean)
    means = np.stack(out)
    return np.sum(means * u), means


def grad(p, u, means):
    dmean = np.zeros(p["x"].shape[1:])
    rows, ddecay = [], 0.0
    for t in reversed(range(len(p["x"]))):
        before = means[t - 1] if t else np.zeros_like(dmean)
        dmean = dmean + u[t]
        ddecay = ddecay + np.sum(dmean * (before - p["x"][t]))
        rows.append((1 - p["decay"]) * dmean)
        dmean = p["decay"] * dmean
    dx = np.stack(rows[::-1])
    return {"x": dx, "decay": ddecay}
"""
OTHER = ('rows.append((1 - p["decay"]) * dmean)', 'rows.append(p["decay"] * dmean)')
TWICE = ("dx = np.stack(rows[::-1])", "dx = 2 * np.stack(rows[::-1])")
JOINED = ("dx = np.stack(rows[::-1])", "dx = np.concatenate([row[None] for row in rows[::-1]])")


def finding_in(folder, *changes):
    source = MEANS
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    module = load(folder, source)
    rng = np.random.default_rng(0)
    params = {"x": rng.normal(size=(6, 2)), "decay": 0.7}
    report = check_gradients(module.cost, module.grad, params, (rng.normal(size=(6, 2)),))
    (finding,) = report.findings
    return finding, module


@pytest.mark.parametrize("more", [(), (JOINED,)])
def test_a_factor_of_rows_is_told_where_they_are_made(more, tmp_path):
    finding, module = finding_in(tmp_path, OTHER, *more)
    assert finding.factor == pytest.approx(0.7 / (1 - 0.7))
    assert finding.line == line_of(module, OTHER[1])


def test_a_factor_of_what_is_put_together_is_told_there(tmp_path):
    finding, module = finding_in(tmp_path, TWICE)
    assert finding.factor == pytest.approx(2)
    assert finding.line == line_of(module, TWICE[1])


def test_rows_that_are_made_in_two_places_are_not_told_from_each_other(tmp_path):
    last = (
        "dx = np.stack(rows[::-1])",
        "rows[0] = p['decay'] * dlast\n    dx = np.stack(rows[::-1])",
    )
    kept = ("rows, ddecay = [], 0.0", "rows, ddecay, dlast = [], 0.0, u[-1]")
    finding, module = finding_in(tmp_path, OTHER, kept, last)
    assert finding.line == line_of(module, "dx = np.stack")


def test_rows_that_something_else_uses_are_right(tmp_path):
    used = (
        'ddecay = ddecay + np.sum(dmean * (before - p["x"][t]))\n',
        """rows.append(p["decay"] * dmean)
        ddecay = ddecay + np.sum(rows[-1] * (before - p["x"][t])) / p["decay"]
""",
    )
    finding, module = finding_in(
        tmp_path, used, ('rows.append((1 - p["decay"]) * dmean)\n', "pass\n")
    )
    assert finding.line == line_of(module, "dx = np.stack")
