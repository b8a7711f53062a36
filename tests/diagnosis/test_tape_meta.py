"""Every derivative of the tape is broken, one at a time: the untouched function must notice."""

import numpy as np
import pytest
from tape_cases import ARRAY_CASES, ELEMENTWISE_CASES, draw, weighted

from trainwell.diagnosis.gradient_tape.array_rules import ARRAY_RULES, PRODUCTS
from trainwell.diagnosis.gradient_tape.elementwise_rules import ELEMENTWISE, NOT_ANALYTIC
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.anchor import anchored
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.reference import reference
from trainwell.diagnosis.gradient_verdict.trace import record

SHIFTS = {"arccosh": 1.5}
CASES = {
    **{name: [(ufunc, [(3, 4), (4,)][: ufunc.nin])] for name, ufunc in ELEMENTWISE_CASES.items()},
    **{name: ARRAY_CASES.get(name, []) for name in ARRAY_RULES},
}
DAMAGE = {"slightly off": 1 + 1e-3, "zero": 0.0}


def arguments(name):
    """Return how many derivatives a rule has."""
    if name in ELEMENTWISE:
        return len(ELEMENTWISE[name])
    if name in PRODUCTS:
        return max(len(shapes) for _, shapes in CASES[name])
    return 1  # of what else a rule takes, nothing has a derivative by it


def calls_of(name, function, shapes):
    arrays = {f"a{at}": draw(shape, at) + SHIFTS.get(name, 0) for at, shape in enumerate(shapes)}
    arrays = {key: np.array(array) for key, array in arrays.items()}

    def cost(params):
        return weighted(function(*params.values()))

    return Calls(cost, None, Parameters.of(arrays), ())


def broken(name, at, factor):
    """Return a rule of which one derivative is wrong."""
    if name in ELEMENTWISE:
        parts = list(ELEMENTWISE[name])
        right = parts[at]
        parts[at] = lambda *args: factor * right(*args)
        return tuple(parts)

    def rule(*values, **settings):
        y, pulls = ARRAY_RULES[name](*values, **settings)
        if at >= len(pulls) or pulls[at] is None:
            return y, pulls
        pulls = list(pulls)
        pull = pulls[at]
        pulls[at] = lambda g: factor * pull(g) if pull(g) is not None else None
        return y, tuple(pulls)

    return rule


def anchor_of(calls, rules=None):
    """Return what the untouched function says of the tape's gradient."""
    trace = record(calls, rules=rules)
    gradient = trace.gradient(sweep(trace.recording, trace.output))
    analytic = not any(step.operation in NOT_ANALYTIC for step in trace.recording.steps)
    arrays, rng = calls.parameters.arrays, np.random.default_rng(0)
    return anchored(lambda v: calls.value(v)[0], gradient, arrays, rng, analytic=analytic)


def case_of(name, at):
    """Return the first case in which a derivative counts: of more than one number."""
    function, shapes = next(
        case
        for case in CASES[name]
        if len(case[1]) > at and all(int(np.prod(shape)) for shape in case[1])
    )
    return calls_of(name, function, shapes)


RULES = [(name, at) for name in sorted(CASES) for at in range(arguments(name))]


def test_every_rule_has_a_cost():
    assert set(CASES) == set(ELEMENTWISE) | set(ARRAY_RULES)
    assert all(CASES.values())


@pytest.mark.parametrize(("name", "at"), RULES, ids=str)
def test_a_right_rule_is_confirmed_and_a_broken_one_refuted(name, at):
    calls = case_of(name, at)
    assert anchor_of(calls).confirmed
    for factor in DAMAGE.values():
        anchor = anchor_of(calls, {name: broken(name, at, factor)})
        assert not anchor.confirmed
        assert anchor.disagreement > 1e-6


def test_a_refuted_tape_gives_way_to_complex_steps(monkeypatch):
    calls = calls_of("tanh", np.tanh, [(2, 3)])
    value, rng = float(calls.value()[0]), np.random.default_rng(1)
    right = reference(calls, value, rng)
    assert right.method == "trace"
    parts = (lambda g, y, a: 1.001 * g * (1 - y * y),)  # noqa: ARG005
    recording = record
    monkeypatch.setattr(
        "trainwell.diagnosis.gradient_verdict.reference.record",
        lambda calls, *args, **keywords: recording(calls, *args, rules={"tanh": parts}, **keywords),
    )
    found = reference(calls, value, rng)
    assert found.method == "complex"
    assert found.anchor.confirmed
    assert found.note == "the untouched function contradicts the tape"
    np.testing.assert_allclose(found.gradient["a0"], right.gradient["a0"], rtol=1e-12)
    assert not reference(calls, value, rng, method="trace").anchor.confirmed
