"""Mistakes that people make in programs of many styles, each named with its line and its kind."""

from functools import cache
from typing import NamedTuple

import pytest

from trainwell.diagnosis.gradients.patched import sources
from trainwell.diagnosis.gradients.patches import around, patches
from trainwell.diagnosis.scorecard.judging import report_on
from trainwell.diagnosis.scorecard.programs import load, program


class Mistake(NamedTuple):
    """Another text in a program of the corpus, and what is to be said of it."""

    program: str
    old: str
    new: str
    kind: str
    told: str


MISTAKES = {
    "cast": Mistake(
        "variational_autoencoder",
        "gMu = gLat.copy()",
        "gMu = gLat.copy().astype(np.float32)",
        "precision",
        "is cast to float32",
    ),
    "cast-among-doubles": Mistake(
        "skip_gram",
        'dcenter += HYPER["l2"] * params["center"]',
        'dcenter += (HYPER["l2"] * params["center"]).astype(np.float32)',
        "precision",
        "is cast to float32, which loses digits",
    ),
    "cast-of-a-source": Mistake(
        "conv_im2col",
        "dlogits = (np.exp(logp) - np.eye(3)[lab]) / n",
        "dlogits = ((np.exp(logp) - np.eye(3)[lab]) / n).astype(np.float32)",
        "precision",
        "is cast to float32",
    ),
    "millionth": Mistake(
        "variational_autoencoder",
        'gLogvar = gLat * noise * 0.5 * c["std"]',
        'gLogvar = 1.000001 * (gLat * noise * 0.5 * c["std"])',
        "factor",
        "1.000001",
    ),
    "one-factor-of-all": Mistake(
        "module_classes",
        "return (self.softmax - self.Y) / self.N",
        "return (self.softmax - self.Y)",
        "factor",
        "the division by m is missing",
    ),
    "sign": Mistake(
        "softmax_rows",
        "dz2 = dh2 * h2 * (1 - h2)",
        "dz2 = -(dh2 * h2 * (1 - h2))",
        "sign",
        "has the wrong sign",
    ),
    "sibling": Mistake(
        "gru_cell",
        'dh += self.add_outer(acc, "r", da_r, x, h)',
        "pass",
        "path",
        "nothing uses `da_r`",
    ),
    "nothing-written": Mistake(
        "skip_gram",
        'dbias = np.zeros_like(params["bias"])\n    np.add.at(dbias, pos, g_pos)\n'
        "    np.add.at(dbias, negs, g_neg)\n",
        'dbias = np.zeros_like(params["bias"])\n\n\n',
        "zero",
        "is exactly zero",
    ),
    "stride": Mistake(
        "conv_im2col",
        "window = x[b, f, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]",
        "window = x[b, f, 2 * i : i + 2, 2 * j : 2 * j + 2]",
        "factor",
        "`i + 2` should be `2 * i + 2`",
    ),
    "masked-term": Mistake(
        "instance_norm_elu",
        'dy[neg] *= a[neg] + HYPER["alpha"]',
        'dy[neg] *= HYPER["alpha"]',
        "path",
        "`+ a[neg]` is missing",
    ),
    "masked-constant": Mistake(
        "instance_norm_elu",
        'dy[neg] *= a[neg] + HYPER["alpha"]',
        "dy[neg] *= a[neg]",
        "path",
        "`+ alpha` is missing",
    ),
    "one-side": Mistake(
        "prelu_mse",
        "delta * np.sign(resid))",
        "np.sign(resid))",
        "factor",
        "`* delta` is missing",
    ),
    "one-side-of-all-calls": Mistake(
        "prelu_mse",
        "dz = np.where(negative, slope * dh, dh)",
        "dz = np.where(negative, dh, dh)",
        "activation-missing",
        "`* slope` is missing",
    ),
    "mask-of-fours": Mistake(
        "prelu_mse",
        "negative = z <= 0",
        "negative = 4 * (z <= 0)",
        "factor",
        "`4 * (z <= 0)` should be `z <= 0`",
    ),
    "factor-of-another-shape": Mistake(
        "skip_gram",
        "d_u_pos = g_pos[:, None] * v",
        "d_u_pos = g_pos[:, None]",
        "activation-missing",
        "`* v` is missing",
    ),
    "factor-without-an-axis": Mistake(
        "skip_gram",
        "d_u_pos = g_pos[:, None] * v",
        "d_u_pos = v",
        "path",
        "`* g_pos[:, None]` is missing",
    ),
    "minus-one": Mistake(
        "skip_gram",
        "g_pos = (p_pos - 1.0) / batch",
        "g_pos = p_pos / batch",
        "path",
        "`- 1` is missing beside `p_pos`",
    ),
    "clipped-by-length": Mistake(
        "gru_cell",
        'dh += self.add_outer(acc, "z", da_z, x, h)',
        'dh += (0.2 / np.linalg.norm(da_z)) * self.add_outer(acc, "z", da_z, x, h)',
        "clipped",
        "",
    ),
    "overwritten-and-renamed": Mistake(
        "gru_cell",
        "dz = d_new * (c - h)",
        "d_new *= (c - h); dz = d_new",
        "aliased",
        "overwrites `d_new`",
    ),
    "slope-of-a-helper": Mistake(
        "residual_swish",
        'delta2 = da2 * swish_prime(cache["z2"])',
        "delta2 = da2",
        "activation-missing",
        "swish_prime(cache['z2'])",
    ),
    "sign-of-one-result": Mistake(
        "siamese_margin",
        "return dgap, -dgap",
        "return dgap, dgap",
        "sign",
        "`dgap` has the wrong sign",
    ),
    "its-own-parameter": Mistake(
        "siamese_margin",
        'acc["dU"] += HYPER["decay"] * theta["U"]',
        'acc["dU"] += HYPER["decay"]',
        "regularisation",
        "theta['U']` is missing",
    ),
    "penalty-of-a-constant": Mistake(
        "poisson_maxout",
        'HYPER["l1"] * np.sign(w) + HYPER["l2"] * w',
        'HYPER["l1"] * np.sign(w)',
        "regularisation",
        "l2 * w` is missing",
    ),
    "helper-of-the-forward-pass": Mistake(
        "variational_autoencoder",
        'deltaEnc = (fromMu + fromLv) * sigmoid(c["pre"])',
        'deltaEnc = sigmoid(c["pre"])',
        "path",
        "is wrong",
    ),
    "factor-of-each-call": Mistake(
        "prelu_mse",
        "dslope = np.sum(dh * z * negative, axis=0)",
        "dslope = np.sum(dh * negative, axis=0)",
        "activation-missing",
        "`* z` is missing",
    ),
}


@cache
def checked(name: str, old: str, new: str):
    right = program(name)
    assert right.source.count(old) >= 1
    return report_on(right, load(right.source.replace(old, new, 1), f"{name}-{hash(new)}.py"), 0)


TRIED = {
    "flag": Mistake(
        "real_long_short_term",
        "df = sigmoid(f, derivative=True) * df",
        "df = sigmoid(f) * df",
        "activation-wrong",
        "`sigmoid(f)` should be `sigmoid(f, derivative=True)`",
    ),
    "carried": Mistake(
        "real_long_short_term",
        "        dh_next, dC_next = step_backward(",
        "        dh_prev, dC_prev = step_backward(",
        "path",
        "nothing reads `(dh_prev, dC_prev)`: `(dh_next, dC_next)` is meant",
    ),
    "order-of-letters": Mistake(
        "real_tanh_softmax",
        'np.einsum("ij,ik->jk", a1, delta3)',
        'np.einsum("ij,ik->kj", a1, delta3)',
        "transposed",
        "'ij,ik->jk', a1, delta3",
    ),
    "not-called": Mistake(
        "real_sigmoid_network", "s = sigmoid(z)\n", "s = z\n", "activation-wrong", "`sigmoid(z)` is"
    ),
    "axis-without-a-name": Mistake(
        "transformer_block",
        "(dxhat * xhat).mean(-1, keepdims=True)",
        "(dxhat * xhat).mean(None, keepdims=True)",
        "reduction",
        "`(dxhat * xhat).mean(None, keepdims=True)` should be `(dxhat * xhat).mean(-1",
    ),
    "index": Mistake("vanilla_rnn", "hs[t].T)", "hs[t - 1].T)", "operand", "`t - 1` should be `t`"),
    "minus-a-square": Mistake(
        "softmax_rows",
        "dz1 = dh1 * (1 - h1 ** 2)",
        "dz1 = dh1 * 1",
        "activation-wrong",
        "`- h1 ** 2` is missing",
    ),
}
"""More of those that are tried."""

LONG = (
    "sibling",
    "overwritten-and-renamed",
    "stride",
    "sign-of-one-result",
    "its-own-parameter",
    "masked-term",
    "masked-constant",
    "slope-of-a-helper",
    "penalty-of-a-constant",
    "factor-without-an-axis",
    "minus-one",
)
"""Those for which the search takes seconds: it is enough that what was meant is tried."""


def tried(name, old, new):
    """Return the patches of a program with a mistake."""
    right = program(name)
    assert old in right.source
    wrong = load(right.source.replace(old, new, 1), f"{name}-{new}.py")
    params, data = wrong["case"](0)
    _, *cache = wrong["cost"](params, *data)
    constants = {key: float(value) for key, value in wrong["HYPER"].items()}
    found = sources(
        lambda: wrong["cost"](params, *data), lambda: wrong["grad"](params, *data, *cache)
    )
    return [
        patch for source in found for patch in patches(around(source, constants, tuple(params)))
    ]


@pytest.mark.parametrize("name", [*LONG, *TRIED])
def test_what_is_meant_is_among_the_patches(name):
    mistake = (MISTAKES | TRIED)[name]
    found = tried(mistake.program, mistake.old, mistake.new)
    told = [patch for patch in found if mistake.told in patch.told()]
    assert {patch.kinds[0] for patch in told} == {mistake.kind}


def test_names_are_exchanged_sooner_where_they_were_packed_in_that_order():
    packed = "(Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache"
    found = tried("course", packed, packed.replace("Z2, A2", "A2, Z2"))
    costs = {patch.told(): patch.cost for patch in found if "are exchanged" in patch.told()}
    assert costs["`A2` and `Z2` are exchanged"] == min(costs.values()) < 1
    assert len(set(costs.values())) == 2
    right = tried("course", packed, packed)
    assert {patch.cost for patch in right if "are exchanged" in patch.told()} == {1.2}


def test_a_gradient_that_is_handed_over_and_never_read_is_missing_first():
    found = tried("real_operators", "grad_t = grad_out * nisr**3", "grad_t = nisr**3")
    missing = [patch for patch in found if patch.told() == "`* grad_out` is missing"]
    assert min(patch.cost for patch in missing) < 1.2


@pytest.mark.parametrize(
    "mistake", [pytest.param(MISTAKES[name], id=name) for name in MISTAKES if name not in LONG]
)
def test_an_everyday_mistake_is_named(mistake):
    report = checked(mistake.program, mistake.old, mistake.new)
    source = program(mistake.program).source
    line = source[: source.index(mistake.old)].count("\n") + 1
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert (finding.line, finding.kind) == (line, mistake.kind)
    assert mistake.told in finding.message


TWO = {
    "one after the other": (
        "softmax_rows",
        ("dh1 = dz2 @ W2.T", "dh1 = dz2 @ W2.T; dh1[2] = 0"),
        ("dz1 = dh1 * (1 - h1 ** 2)", "dz1 = dh1 * (1 - h1 ** 2); dz1[3, 2] *= 2"),
    ),
    "two factors that look like an odd one": (
        "hinge_svm",
        ("row_sum = np.sum(mask, axis=1)", "row_sum = 1.000001 * np.sum(mask, axis=1)"),
        (
            "mask[np.arange(num_train), y] = -row_sum",
            "mask[np.arange(num_train), y] = 0.5 * -row_sum",
        ),
    ),
    "two factors, one of which is another's, too": (
        "residual_swish",
        ("return np.where(z > 0, 1.0, alpha)", "return 2 * np.where(z > 0, 1.0, alpha)"),
        (
            'da1 = delta2.dot(params["W2"].T) + da2',
            'da1 = 1.001 * (delta2.dot(params["W2"].T) + da2)',
        ),
    ),
    "an order behind a number": (
        "module_classes",
        ("return (self.softmax - self.Y) / self.N", "return (self.softmax - self.Y) / self.C"),
        ("delta = self.criterion.backward()", "delta = np.roll(self.criterion.backward(), 1, -1)"),
    ),
    "a mask behind a length": (
        "course_dropout",
        ("dA1 = dA1 * D1", "dA1 = (0.03 / np.linalg.norm(dA1 * D1)) * (dA1 * D1)"),
        ("dZ1 = np.multiply(dA1, np.int64(Z1 > 0))", "dZ1 = np.multiply(dA1, np.int64(Z1 != 0))"),
    ),
}


@pytest.mark.parametrize("case", TWO.values(), ids=TWO)
def test_of_two_mistakes_on_one_path_both_are_named(case):
    name, *changes = case
    right = program(name)
    source = right.source
    lines = set()
    for old, new in changes:
        assert right.source.count(old) == 1
        lines.add(right.source[: right.source.index(old)].count("\n") + 1)
        source = source.replace(old, new)
    report = report_on(right, load(source, f"{name}-two.py"), 0)
    assert {finding.line for finding in report.findings} == lines
    assert len(report.findings) == 2
