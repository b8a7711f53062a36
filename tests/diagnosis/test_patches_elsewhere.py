"""A patch that makes everything right at one point is looked at at another one, too."""

import ast

import numpy as np
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_patches.elsewhere import holds_elsewhere, weighed_elsewhere
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import tried
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters, given_gradient
from trainwell.diagnosis.gradient_verdict.reference import reference
from trainwell.diagnosis.gradient_verdict.verdict import judged
from trainwell.diagnosis.gradients.patchable import patchable_of

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
