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


FLAT = """\
import numpy as np


def parts(theta):
    return theta[:3], theta[3:]


def scores(theta, x):
    a, c = parts(theta)
    return a - np.log(np.exp(a).sum()) - 0.5 * (x[:, None] - c) ** 2


def cost(theta, x):
    return -np.sum(np.log(np.exp(scores(theta, x)).sum(axis=1)))


def grad(theta, x):
    a, c = parts(theta)
    z = np.exp(scores(theta, x))
    shares = z / z.sum(axis=1, keepdims=True)
    counts = shares.sum(axis=0)
    da = counts - len(x) * np.exp(a) / np.exp(a).sum()
    dc = np.sum(shares * (x[:, None] - c), axis=0)
    return -np.concatenate([da, dc])
"""


def flat(folder, old, new):
    assert FLAT.count(old) == 1
    module = load(folder, FLAT.replace(old, new))
    rng = np.random.default_rng(3)
    return check_gradients(
        module.cost, module.grad, rng.normal(size=6), (rng.normal(size=5),)
    ), module


def test_a_right_vector_of_all_parameters_passes(tmp_path):
    report, _ = flat(tmp_path, "len(x)", "x.size")
    assert report.ok, str(report)


def test_the_part_of_a_vector_that_is_wrong_is_told_where_it_is_made(tmp_path):
    """Also where it is the derivative of something else."""
    right = "da = counts - len(x) * np.exp(a) / np.exp(a).sum()"
    report, module = flat(tmp_path, right, "da = counts / 1.0")
    (finding,) = report.findings
    assert finding.line == line_of(module, "da = counts / 1.0")
    assert finding.target == "da"
    assert "the derivative with respect to the value of line" in finding.message


def test_a_vector_of_which_two_parts_are_wrong_is_not_one_of_them(tmp_path):
    swapped = ("np.concatenate([da, dc])", "np.concatenate([da ** 3, np.sin(dc)])")
    report, module = flat(tmp_path, *swapped)
    assert report.findings[0].line == line_of(module, "return -np.concatenate")
