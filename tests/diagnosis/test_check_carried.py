"""What a loop of the backward pass hands on: what it lacks, and what it should not have kept."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_localisation.backward import record_backward
from trainwell.diagnosis.gradient_localisation.localisation import localised_first
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients

CONTROL = """\
import numpy as np


def simulate(p, A, B, x0):
    xs, us = [x0], []
    for K in p["K"]:
        u = K @ xs[-1]
        us.append(u)
        xs.append(A @ xs[-1] + B @ np.sin(u))
    return xs, us


def cost(p, A, B, x0):
    xs, us = simulate(p, A, B, x0)
    total = 0.5 * xs[-1] @ xs[-1]
    for x, u in zip(xs[:-1], us):
        total = total + 0.1 * u @ u + 0.2 * x @ x
    return total


def grad(p, A, B, x0):
    xs, us = simulate(p, A, B, x0)
    dK = np.zeros_like(p["K"])
    lam = xs[-1]
    for t in reversed(range(len(us))):
        mu = 0.2 * us[t] + np.cos(us[t]) * (B.T @ lam)
        dK[t] = np.outer(mu, xs[t])
        lam = 0.4 * xs[t] + A.T @ lam + p["K"][t].T @ mu
    return {"K": dK}
"""
FILTER = """\
import numpy as np


def cost(p, y):
    q, r = np.exp(p["logq"]), np.exp(p["logr"])
    m, P, total = 0.0, 1.0, 0.0
    kept = []
    for yt in y:
        Pp = p["a"] ** 2 * P + q
        S = Pp + r
        v = yt - p["a"] * m
        gain = Pp / S
        kept.append((m, P, Pp, S, v, gain))
        total = total + np.log(S) + v**2 / S
        m = p["a"] * m + gain * v
        P = Pp - S * gain**2
    return total, kept


def grad(p, y, kept):
    da = dq = dr = dm = dP = 0.0
    for m, P, Pp, S, v, gain in reversed(kept):
        dPp = dP
        dS = -dP * gain**2
        dgain = dm * v - 2 * dP * S * gain
        dv = dm * gain + 2 * v / S
        dS += 1 / S - v**2 / S**2
        dPp += dgain / S
        dS -= dgain * gain / S
        dPp += dS
        dr += dS
        dq += dPp
        da += dm * m - dv * m + 2 * p["a"] * P * dPp
        dm = p["a"] * dm - p["a"] * dv
        dP = p["a"] ** 2 * dPp
    return {"a": da, "logq": dq * np.exp(p["logq"]), "logr": dr * np.exp(p["logr"])}
"""
TRACKER = """\
import numpy as np


def cost(p, y):
    F, noise = p["F"], np.exp(p["logs"])
    x, P, total, kept = np.zeros(2), np.eye(2), 0.0, []
    for seen in y:
        ahead, spread = F @ x, F @ P @ F.T + 0.1 * np.eye(2)
        width = spread[0, 0] + noise
        off = seen - ahead[0]
        gain = spread[:, 0] / width
        kept.append((x, P, spread, width, off, gain))
        total = total + np.log(width) + off**2 / width
        x = ahead + gain * off
        P = spread - width * np.outer(gain, gain)
    return total, kept


def grad(p, y, kept):
    F, noise = p["F"], np.exp(p["logs"])
    dF, dnoise, dx, dP = np.zeros((2, 2)), 0.0, np.zeros(2), np.zeros((2, 2))
    for x, P, spread, width, off, gain in reversed(kept):
        dwidth = 1 / width - off**2 / width**2 - gain @ dP @ gain
        doff = 2 * off / width + gain @ dx
        dgain = off * dx - width * (dP + dP.T) @ gain
        dwidth = dwidth - dgain @ gain / width
        dspread = dP.copy()
        dspread[:, 0] += dgain / width
        dspread[0, 0] += dwidth
        dahead = dx.copy()
        dahead[0] -= doff
        dnoise += dwidth
        dF += np.outer(dahead, x) + dspread @ F @ P.T + dspread.T @ F @ P
        dx, dP = F.T @ dahead, F.T @ dspread @ F
    return {"F": dF, "logs": dnoise * noise}
"""
BALANCED = """\
import numpy as np


def cost(p, C):
    K = np.exp(-p["theta"] * C)
    v = np.ones(C.shape[1])
    for _ in range(4):
        u = 1 / (K @ v)
        v = 1 / (u @ K)
    return np.sum(np.log(u)) + np.sum(v * v)


def grad(p, C):
    K = np.exp(-p["theta"] * C)
    v = np.ones(C.shape[1])
    kept = []
    for _ in range(4):
        u = 1 / (K @ v)
        kept.append((v, u))
        v = 1 / (u @ K)
        kept[-1] = (*kept[-1], v)
    du, dv = 1 / u, 2 * v
    dK = np.zeros_like(K)
    for before, u, v in reversed(kept):
        dw = -dv * v**2
        dK += np.outer(u, dw)
        du += K @ dw
        dz = -du * u**2
        dK += np.outer(dz, before)
        dv = dz @ K
        du = np.zeros_like(u)
    return {"theta": np.sum(-dK * K * C)}
"""


EDGES = """\
import numpy as np


def cost(p, edges, seen):
    total = 0.0
    for (i, j), z in zip(edges, seen):
        e = p["x"][j] - p["x"][i] - z
        total = total + np.sqrt(1 + e @ e)
    return total


def grad(p, edges, seen):
    dx = np.zeros_like(p["x"])
    for (i, j), z in zip(edges, seen):
        e = p["x"][j] - p["x"][i] - z
        de = e / np.sqrt(1 + e @ e)
        dx[j] += de
        dx[i] -= de
    return {"x": dx}
"""


def control():
    rng = np.random.default_rng(1)
    A = np.eye(3) + 0.2 * rng.normal(size=(3, 3))
    params = {"K": 0.3 * rng.normal(size=(5, 2, 3))}
    return params, (A, rng.normal(size=(3, 2)), rng.normal(size=3))


def filtered():
    rng = np.random.default_rng(2)
    params = {"a": np.array(0.8), "logq": np.array(-0.5), "logr": np.array(0.3)}
    return params, (rng.normal(size=5),)


def tracked():
    params = {"F": np.array([[0.9, 0.3], [-0.2, 0.8]]), "logs": np.array(0.2)}
    return params, (np.random.default_rng(0).normal(size=5),)


def between():
    rng = np.random.default_rng(6)
    edges = np.array([[0, 1], [1, 2], [0, 2], [2, 3]])
    return {"x": rng.normal(size=(4, 3))}, (edges, 2 * rng.normal(size=(4, 3)))


def balanced():
    rng = np.random.default_rng(3)
    return {"theta": np.array(0.7)}, (rng.random((5, 4)),)


PROGRAMS = {
    "control": (CONTROL, control),
    "filter": (FILTER, filtered),
    "tracker": (TRACKER, tracked),
    "edges": (EDGES, between),
    "balanced": (BALANCED, balanced),
}


def changed(folder, name, changes):
    source, case = PROGRAMS[name]
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return load(folder, source), case()


def reported(folder, name, *changes):
    module, case = changed(folder, name, changes)
    return check_gradients(module.cost, module.grad, *case, seconds=2.5), module


def located(folder, name, *changes):
    """Return the one finding by operation, for which the time is enough."""
    module, (params, data) = changed(folder, name, changes)
    calls = Calls(module.cost, module.grad, Parameters.of(params), data)
    backward = record_backward(calls, "d{}")
    trace = backward.trace
    right = trace.gradient(sweep(trace.recording, trace.output))
    (finding,) = localised_first(backward, right, Constants({}, {}), 25.0).findings
    return finding, module


@pytest.mark.parametrize("name", PROGRAMS)
def test_right_programs_pass(name, tmp_path):
    report, _ = reported(tmp_path, name)
    assert report.ok, str(report)


def test_a_state_that_lacks_a_path_is_told_where_it_is_handed_on(tmp_path):
    """It begins outside of the loop, and nobody needs what the last round hands on."""
    finding, module = located(tmp_path, "control", (' + p["K"][t].T @ mu', ""))
    assert finding.line == line_of(module, "lam = 0.4 * xs[t] + A.T @ lam")
    assert finding.message.startswith("lacks what comes through line")
    assert f"line {line_of(module, 'u = K @ xs[-1]')}" in finding.message


def test_what_a_number_of_a_loop_lacks_is_told_by_all_rounds(tmp_path):
    finding, module = located(tmp_path, "filter", ("        dS -= dgain * gain / S\n", ""))
    assert finding.line == line_of(module, "dS += 1 / S")
    assert finding.message == (
        f"lacks what comes through line {line_of(module, 'gain = Pp / S')},"
        f" where `S` of line {line_of(module, 'S = Pp + r')} is used"
    )


def test_a_vector_of_a_loop_is_told_though_its_first_round_is_right(tmp_path):
    finding, module = located(tmp_path, "tracker", ("(dP + dP.T) @ gain", "dP @ gain"))
    assert finding.line == line_of(module, "dgain = off * dx")
    line = line_of(module, "gain = spread[:, 0] / width")
    said = f"is wrong: the derivative with respect to `gain` of line {line} belongs here"
    assert finding.message.startswith(said)


def test_a_factor_of_one_round_is_not_told_of_a_loop(tmp_path):
    finding, module = located(tmp_path, "edges", ("e / np.sqrt(1 + e @ e)", "e / (2 + e @ e)"))
    assert finding.line == line_of(module, "de = e / (2 + e @ e)")
    assert finding.factor is None
    assert "x the correct gradient" not in finding.message


def test_the_slope_of_a_sisters_logarithm_is_missing(tmp_path):
    report, module = reported(tmp_path, "filter", ('dr * np.exp(p["logr"])', "dr"))
    (finding,) = report.findings
    assert finding.line == line_of(module, 'return {"a": da')
    assert "`* np.exp(p['logr'])` is missing, as beside it" in finding.message


def test_a_sum_that_is_not_set_to_zero_again_is_told(tmp_path):
    report, module = reported(tmp_path, "balanced", ("        du = np.zeros_like(u)\n", ""))
    (finding,) = report.findings
    assert finding.line == line_of(module, "dz = -du * u**2")
    assert finding.message == "`du` has to be set to zero again behind this, for the next round"
    assert finding.kind == "accumulated"
