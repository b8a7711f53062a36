"""A number that is missing on a path through many statements: where it should have stood."""

from types import SimpleNamespace

import numpy as np
import pytest
from patched_programs import line_of, load, written

from trainwell.diagnosis.gradient_localisation.names import given_by
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.judging import report_on
from trainwell.diagnosis.scorecard.programs import load as loaded
from trainwell.diagnosis.scorecard.programs import program

POOL = """\
import numpy as np


def pooled(h):
    return h.mean(axis=2)


def cost(p, X, Y, V):
    z = {}
    z["h"] = np.tanh(np.einsum("nct,kc->nkt", X, p["W"]) + p["b"][:, None])
    z["f"] = pooled(z["h"])
    scale = np.exp(p["s"])
    z["err"] = scale * (z["f"] @ V) - Y
    return 0.5 * np.sum(z["err"] ** 2) / z["err"].size, z


def spread(df, n):
    return np.broadcast_to(df[:, :, None] / n, (*df.shape, n))


def grad(p, X, Y, V, z):
    derr = np.tanh(np.arctanh(z["err"])) / z["err"].size
    dout = derr
    scale = np.exp(p["s"])
    ds = np.sum(dout * scale * (z["f"] @ V))
    dscore = scale * dout
    df = dscore @ V.T
    dh = spread(df, X.shape[2])
    dpre = dh * (1 - z["h"] ** 2)
    dW = np.einsum("nkt,nct->kc", dpre, X)
    return {"W": dW, "b": dpre.sum(axis=(0, 2)), "s": ds}
"""

LOST = {
    "returned": ("df[:, :, None] / n", "df[:, :, None]", "return np.broadcast_to"),
    "called": (' / z["err"].size\n    dout', "\n    dout", "derr = "),
    "computed": ("dscore = scale * dout", "dscore = dout", "dscore = "),
}


@pytest.mark.parametrize("name", LOST)
def test_a_lost_number_is_missing_where_the_value_is_not_what_it_is_called(name, tmp_path):
    right, wrong, begins = LOST[name]
    rng = np.random.default_rng(9)
    params = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=3), "s": np.array(0.37)}
    labels, weights = rng.uniform(-0.3, 0.3, size=(4, 2)), 0.2 * rng.normal(size=(3, 2))
    data = (rng.normal(size=(4, 2, 5)), labels, weights)
    module = load(tmp_path, POOL)
    assert check_gradients(module.cost, module.grad, params, data).verdict == "PASS"
    module = load(tmp_path, written((right, wrong), program=POOL))
    (finding,) = check_gradients(module.cost, module.grad, params, data).findings
    assert (finding.line, finding.kind) == (line_of(module, begins), "factor")


def test_a_helper_that_is_wrong_in_every_call_is_to_blame_itself():
    right = program("prelu_mse")
    text = right.source.replace("dz.sum(axis=0)", "dz.mean(axis=0)")
    text = text.replace("np.outer(dpred,", "4 * np.outer(dpred,")
    assert text.count("mean(axis=0)") == text.count("4 * np.outer") == 1
    findings = report_on(right, loaded(text, f"{right.file}@{hash(text)}"), 0).findings
    lines = [text[: text.index(part)].count("\n") + 1 for part in ("mean(axis=0)", "4 * np.outer")]
    assert sorted(finding.line for finding in findings) == lines


def test_what_a_statement_gives_is_what_its_last_operation_gives():
    values = np.ones(2)
    first = Step(4, "getitem", values, place=("net.py", 7, 1, ()))
    last = Step(5, "broadcast_to", values, (first,), place=("net.py", 7, 2, ()))
    other = Step(6, "add", values, (last,), place=("net.py", 8, 3, ()))
    again = Step(7, "getitem", values, (last,), place=("net.py", 7, 1, ()))
    shop = SimpleNamespace(steps=[first, last, other, again])
    assert given_by(shop, first) is last
    assert given_by(shop, other) is other
