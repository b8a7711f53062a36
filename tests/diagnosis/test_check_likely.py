"""Two mistakes, one of which a patch is likely to mend: a factor of all, or an entry."""

from types import SimpleNamespace

import numpy as np
from patched_programs import offered_for

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement
from trainwell.diagnosis.gradient_patches.patch_trials import Trial
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.beside_the_other import is_doubtful
from trainwell.diagnosis.gradients.weighing import better, likelier
from trainwell.diagnosis.gradients.written_factors import _scales_all
from trainwell.diagnosis.scorecard.programs import load
from trainwell.randomness import generator

CODED = """
import numpy as np


def cost(p, x):
    h = np.tanh(x @ p["W"] + p["b"])
    s = 1 - h * h
    r = h @ p["W"].T + p["c"]
    penalty = 0.5 * 0.1 * np.sum(p["W"] ** 2)
    return np.sum((r - x) ** 2) / len(x) + penalty, {"h": h, "s": s, "r": r}


def grad(p, x, cache):
    h, s, r = cache["h"], cache["s"], cache["r"]
    dr = 2 * (r - x) / len(x)
    dh = dr @ p["W"]
    da = dh * s
    dW = x.T @ da + dr.T @ h + 0.1 * p["W"]
    return {name: value for name, value in (("W", dW), ("b", da.sum(0)), ("c", dr.sum(0)))}
"""
ALL = ("name: value for", "name: 0.5 * value for", "`0.5 * value` should be `value`")
SEED = ("dr = 2 * (r - x) / len(x)", "dr = 2 * (r - x)", "is exactly 8 x the correct gradient")
ENTRY = ('h, s, r = cache["h"]', 'h, s, r = cache["s"]', "`cache['s']` should be `cache['h']`")
HALF = ("dh = dr @", "dh = 0.5 * dr @", "is exactly 0.5 x the correct gradient")


def line_of(change):
    return CODED[: CODED.index(change[0])].count("\n") + 1


def program(*changes):
    source = CODED
    for old, new, _ in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    code = SimpleNamespace(**load(source, f"coded-{hash(source)}.py"))
    rng = generator(0, "a coded input")
    shapes = {"W": (3, 4), "b": (4,), "c": (3,)}
    params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return code, params, (rng.standard_normal((8, 3)),)


def checked(*changes):
    code, params, data = program(*changes)
    return check_gradients(code.cost, code.grad, params, data=data)


def test_the_program_is_right():
    assert checked().ok


def test_a_factor_of_all_gradients_is_told_apart_from_another_one():
    found = {(each.line, each.message) for each in checked(ALL, SEED).findings}
    assert found == {(line_of(change), change[-1]) for change in (ALL, SEED)}


def test_only_a_number_that_is_left_out_is_a_factor_too_many():
    seen = []
    for _, patch in offered_for(*program(ALL)):
        trial = Trial(None, patch, None, (), np.array([2.0, 4.0, 0.0]))
        if _scales_all(trial, np.array([1.0, 2.0, 0.0])):
            seen.append((patch.told(), patch.statement.lineno))
    assert (ALL[-1], line_of(ALL)) in seen
    assert not [told for told, _ in seen if "missing" in told or "/ len(x)` should" in told]
    (patch,) = [p for _, p in offered_for(*program(ALL)) if p.told() == ALL[-1]]
    for numbers in ([2.0, 4.1, 0.0], [2.0, 4.0, 0.1], [1.0, 2.0, 0.0]):
        trial = Trial(None, patch, None, (), np.array(numbers))
        assert not _scales_all(trial, np.array([1.0, 2.0, 0.0]))


def test_an_entry_that_nothing_reads_is_told():
    said = {
        (patch.told(), patch.statement.lineno)
        for _, patch in offered_for(*program(ENTRY, HALF))
        if patch.evident
    }
    assert said == {(ENTRY[-1], line_of(ENTRY))}
    found = {each.line for each in checked(ENTRY, HALF).findings}
    assert found == {line_of(ENTRY), line_of(HALF)}


def finding(text, factor, sure, affected=("W",), **more):
    statement = Statement("file.py", 3, 3, "dz", text)
    return Finding("dz", "factor", factor, statement, "is wrong", sure, affected, **more)


def test_what_patches_tell_of_other_gradients_is_told_beside():
    vague, patch = (
        finding("dz = da", None, 0.5, ("W", "b")),
        finding("dv = 2 * da", 2.0, 0.9, ("v",)),
    )
    assert better([vague], [patch], ["W", "b", "v"]) == [vague, patch]
    same = finding("dv = 2 * da", 2.0, 0.9, ("b",))
    assert better([vague], [same], ["W", "b"]) == [vague]


def test_of_two_factors_the_one_that_is_written_is_likelier():
    written = [finding("dz = 1.0001 * da", 1.0001 + 1e-16, 0.95)]
    computed = [finding("dz = 1.0001 * da", -1.0001, 0.98)]
    assert likelier(written, computed, ["W"]) is written
    assert likelier(computed, written, ["W"]) is written
    plain = [finding("dz = da / m", 1.0001, 0.95)]
    assert likelier(plain, computed, ["W"]) is computed


WEIGHTED = """
import numpy as np


def cost(p, x, y):
    z = p["W"] @ x
    at = np.sum(np.array([2.0, 3.0]).reshape(-1, 1) * y, axis=0)
    return np.sum(at * np.sum(np.log(np.cosh(z)), axis=0)), z


def grad(p, x, y, z):
    alpha = 1.001 * np.array([2.0, 3.0]).reshape(-1, 1)
    at = np.sum(alpha * y, axis=0)
    dz = at * np.tanh(z)
    return {"W": dz @ x.T}
"""


def test_a_factor_is_told_where_it_is_written():
    code = load(WEIGHTED, "weighted.py")
    rng = generator(0, "weights of classes")
    params, data = {"W": rng.standard_normal((2, 3))}, rng.standard_normal((3, 5))
    labels = np.eye(2)[[0, 1, 1, 0, 1]].T
    (told,) = check_gradients(code["cost"], code["grad"], params, (data, labels)).findings
    assert told.statement.text == "alpha = 1.001 * np.array([2.0, 3.0]).reshape(-1, 1)"


def test_what_a_helper_is_given_is_missing_beside_a_number():
    helper = "def shrunk(w):\n    return 0.0 * np.sign(w) + 0.1\n\n\ndef grad("
    changes = (("def grad(", helper, ""), ('+ 0.1 * p["W"]', '+ shrunk(p["W"])', ""))
    (told,) = checked(*changes).findings
    assert (told.line, told.message) == (line_of(changes[0]) + 1, "`* w` is missing beside `0.1`")


def test_what_was_tried_is_not_doubted():
    assert is_doubtful(finding("dz = da", 0.3, 0.9))
    assert not is_doubtful(finding("dz = da", 0.3, 0.9, tried=True))
    assert any(each.tried for each in checked(ALL, SEED).findings)
