"""Mistakes that people make in programs of many styles, each named with its line and its kind."""

from functools import cache

import pytest
from everyday_mistakes import LONG, MISTAKES
from offered_mistakes import TRIED

from trainwell.diagnosis.gradient_patches.around import around
from trainwell.diagnosis.gradient_patches.patches import patches
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients, diagnosis
from trainwell.diagnosis.scorecard.judging import report_on
from trainwell.diagnosis.scorecard.programs import load, program


@cache
def checked(name: str, old: str, new: str):
    right = program(name)
    assert right.source.count(old) >= 1
    return report_on(right, load(right.source.replace(old, new, 1), f"{name}-{hash(new)}.py"), 0)


def tried(name, old, new):
    """Return the patches of a program with a mistake."""
    right = program(name)
    assert old in right.source
    wrong = load(right.source.replace(old, new, 1), f"{name}-{new}.py")
    params, data = wrong["case"](0)
    given = wrong["cost"](params, *data)
    cache = given[1:] if isinstance(given, tuple) else ()
    numbers = {k: v for k, v in wrong["HYPER"].items() if isinstance(v, int | float)}
    constants = {key: float(value) for key, value in numbers.items()}
    found = sources(
        lambda: wrong["cost"](params, *data), lambda: wrong["grad"](params, *data, *cache)
    )
    return [
        patch for source in found for patch in patches(around(source, constants, tuple(params)))
    ]


@pytest.mark.long
@pytest.mark.parametrize("name", [*LONG, *TRIED, "repeated-index", "rest-of-one"])
def test_what_is_meant_is_among_the_patches(name):
    mistake = (MISTAKES | TRIED)[name]
    found = tried(mistake.program, mistake.old, mistake.new)
    told = [patch for patch in found if mistake.told in patch.told()]
    assert min(told, key=lambda patch: patch.cost).kinds[0] == mistake.kind


def test_names_are_exchanged_sooner_where_they_were_packed_in_that_order():
    packed = "(Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache"
    found = tried("course", packed, packed.replace("Z2, A2", "A2, Z2"))
    costs = {patch.told(): patch.cost for patch in found if "are exchanged" in patch.told()}
    assert costs["`A2` and `Z2` are exchanged"] == min(costs.values()) < 1
    assert len(set(costs.values())) == 2
    right = tried("course", packed, packed)
    assert {patch.cost for patch in right if "are exchanged" in patch.told()} == {1.2}


def test_an_array_is_hardly_turned_to_find_a_place_in_it():
    unpacked = "r, s = np.unravel_index(np.argmax(window), window.shape)"
    found = tried("conv_im2col", unpacked, unpacked.replace("r, s", "s, r"))
    costs = {patch.told(): patch.cost for patch in found}
    turned = costs["`np.argmax(window)` should be `np.argmax(window.T)`"]
    assert costs["`s` and `r` are exchanged"] + 0.1 < turned


@pytest.mark.usefixtures("plain_search")
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
    "what only patches tell, twice": (
        "prelu_mse",
        ('dh2 = np.outer(dpred, p["w3"])', 'dh2 = np.outer(dpred, p["w3"]); dh2[9] = 0'),
        ('prelu_grad(dh2, tape["z2"], p["a2"])', 'prelu_grad(dh2, tape["h1"], p["a2"])'),
    ),
    "a variable behind a factor": (
        "gcn_nodes",
        ("d = np.exp(logp)", "d = 0.5 * np.exp(logp)"),
        ("graph_conv_grad(d_pre, a_hat, feats", "graph_conv_grad(d_hidden, a_hat, feats"),
    ),
    "a mask behind a length": (
        "course_dropout",
        ("dA1 = dA1 * D1", "dA1 = (0.03 / np.linalg.norm(dA1 * D1)) * (dA1 * D1)"),
        ("dZ1 = np.multiply(dA1, np.int64(Z1 > 0))", "dZ1 = np.multiply(dA1, np.int64(Z1 != 0))"),
    ),
}


@pytest.mark.parametrize("case", TWO.values(), ids=TWO)
def test_of_two_mistakes_on_one_path_both_are_named(case):
    both_are_named(case)


def test_two_mistakes_on_one_path_are_named_without_a_patch(monkeypatch):
    monkeypatch.setattr(diagnosis, "patched_findings", lambda *_: [])
    both_are_named(TWO["an order behind a number"])


@pytest.mark.parametrize(
    "case", [name for name in TWO if name.startswith("two factors")], ids=["odd", "another's"]
)
def test_two_factors_on_one_path_are_told_by_operation(case, monkeypatch):
    for name in ("two_left_out", "beside_scaling", "beside_written", "beside_likely"):
        monkeypatch.setattr(diagnosis, name, lambda *_: [])
    both_are_named(TWO[case])


SECONDS = 20.0  # a slow machine needs more than a user may wait


def both_are_named(case):
    name, *changes = case
    right = program(name)
    source = right.source
    lines = set()
    for old, new in changes:
        assert right.source.count(old) == 1
        lines.add(right.source[: right.source.index(old)].count("\n") + 1)
        source = source.replace(old, new)
    wrong = load(source, f"{name}-two.py")
    params, data = wrong["case"](0)
    numbers = wrong["HYPER"]
    report = check_gradients(
        wrong["cost"], wrong["grad"], params, data, hyperparams=numbers, seconds=SECONDS
    )
    assert {finding.line for finding in report.findings} == lines
    assert len(report.findings) == 2
