"""What the user's functions read that is not given to them stays as it is, whatever is tried."""

import ast

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_patches.elsewhere import holds_elsewhere, weighed_elsewhere
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import tried
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.leftovers import kept_as_found
from trainwell.diagnosis.gradient_verdict.parameters import Parameters, given_gradient
from trainwell.diagnosis.gradient_verdict.reference import reference
from trainwell.diagnosis.gradient_verdict.verdict import judged
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.arranged import Then
from trainwell.diagnosis.gradients.patchable import patchable_of

CENSORED = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 2)), rng.normal(size=12)
SEEN, LATE = np.arange(12) % 3 > 0, np.arange(12) % 3 == 0


class Model:
    def __init__(self, x, y, seen, late):
        self.x, self.y, self.seen, self.late = x, y, seen, late

    def cost(self, w):
        s = np.exp(w[-1])
        r = (self.y - self.x @ w[:-1]) / s
        late = np.logaddexp(0, -r[self.late]).sum()
        return 0.5 * (r[self.seen] ** 2).sum() + self.seen.sum() * w[-1] + late

    def grad(self, w):
        s = np.exp(w[-1])
        r = (self.y - self.x @ w[:-1]) / s
        g = np.zeros(len(w))
        chosen = self.seen
        g[:-1] -= r[chosen] @ self.x[chosen] / s
        g[-1] += len(r[chosen]) - (r[chosen] ** 2).sum()
        chosen = self.late
        p = 1 / (1 + np.exp(r[chosen]))
        g[:-1] += p @ self.x[chosen]
        g[-1] += (p * r[chosen]).sum()
        return g


model = Model(X, Y, SEEN, LATE)
"""


def test_a_patch_writes_into_nothing_that_is_only_read(tmp_path):
    module = load(tmp_path, CENSORED)
    arrays = {name: array.copy() for name, array in vars(module.model).items()}
    report = check_gradients(module.model.cost, module.model.grad, np.array([0.1, 0.4, 0.2]))
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(module.model, name), array, err_msg=name)
    (finding,) = report.findings
    assert finding.line == line_of(module, "g[:-1] += p @")
    assert "`/ s` is missing" in finding.message


@pytest.mark.parametrize("held", ["closure", "behind another"])
def test_arrays_in_reach_are_given_their_numbers_again(held):
    mask, buffer = np.array([True, False, True]), np.zeros(3)

    def cost(w):
        buffer[:] = w
        return np.sum(w[mask] ** 2)

    w = np.array([1.0, 2.0, 3.0])
    calls = Calls(cost if held == "closure" else Then(cost, float), None, Parameters.of(w), ())
    put_back = kept_as_found(calls, calls.value)
    mask[:] = False
    buffer[:] = 7
    put_back()
    np.testing.assert_array_equal(mask, [True, False, True])
    np.testing.assert_array_equal(buffer, [7, 7, 7])  # which the functions write to themselves


WAVE = """\
import numpy as np


def cost(p, t, y):
    s = np.sin(p["f"] * t)
    r = p["A"] * s - y
    return np.sum(r**2), (s, np.cos(p["f"] * t), r)


def grad(p, t, y, cache):
    A, f = p["A"], p["f"]
    s, c, r = cache
    dA = r @ s
    df = 2 * (r * A * c) @ t
    return {"dA": dA, "df": df}
"""


def test_what_is_right_by_chance_costs_more(tmp_path):
    module = load(tmp_path, WAVE)
    rng = np.random.default_rng(3)
    data = (rng.normal(size=7), rng.normal(size=7))
    parameters = Parameters.of({"A": np.array(0.7), "f": np.array(2.0)})
    calls = Calls(module.cost, module.grad, parameters, data)
    value, cache = calls.value()
    given = given_gradient(calls.gradients(cache), parameters, "d{}")
    judgement = judged(calls, reference(calls, float(value), rng), given, "d{}", rng)
    backward = patchable_of(judgement, "d{}", {})
    (source,) = backward.sources
    line = line_of(module, "dA = ")
    statement = next(n for n in ast.walk(source.tree) if getattr(n, "lineno", 0) == line)

    def trial(text):
        new = ast.copy_location(ast.parse(text, mode="eval").body, statement.value)
        patch = Patch(statement, ("factor",), 1.0, text, ((statement, "value", None, new),))
        found = tried(backward, source, patch, ("A",))
        assert found.names == ("A",)
        return found

    right, by_chance = trial("2 * r @ s"), trial("f * r @ s")
    assert holds_elsewhere(backward, right)
    assert not holds_elsewhere(backward, by_chance)
    assert weighed_elsewhere(backward, right, ("A",)).patch.cost == 1.0
    assert weighed_elsewhere(backward, by_chance, ("A",)).patch.cost > 1.2
    assert weighed_elsewhere(backward, by_chance, ("A", "f")) is by_chance
