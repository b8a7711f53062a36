"""Custom derivatives of JAX with loops in the rule: they are followed turn by turn."""

import inspect
from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is an extra: pip install 'trainwell[jax]'")
jnp = pytest.importorskip("jax.numpy")

from trainwell.diagnosis.gradient_frameworks.jax_recording import (  # noqa: E402
    SHORT,
    JaxMirror,
    in_double,
)
from trainwell.diagnosis.gradient_frameworks.jax_subject import JaxSubject  # noqa: E402
from trainwell.diagnosis.gradient_frameworks.torch_check import check_function  # noqa: E402
from trainwell.diagnosis.gradient_tape.recording import sweep  # noqa: E402


def line_of(function, text="# here"):
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if text in line)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def averaged(x, decay):
    """Return running means of the rows."""

    def turn(mean, row):
        mean = decay * mean + (1 - decay) * row
        return mean, mean

    return jax.lax.scan(turn, jnp.zeros(x.shape[1:]), x)[1]


def with_rule(function, bwd):
    made = jax.custom_vjp(function)
    made.defvjp(lambda *inputs: (function(*inputs), (function(*inputs), *inputs)), bwd)
    return made


def backwards(turn, residuals, g):
    means, x, decay = residuals
    before = jnp.concatenate([jnp.zeros_like(means[:1]), means[:-1]])
    begin = jnp.zeros(x.shape[1:])
    _, (dx, ddecay) = jax.lax.scan(partial(turn, decay), begin, (g, x, before), reverse=True)
    return dx, jnp.sum(ddecay)


def right(decay, dmean, row):
    g, x, before = row
    dmean = dmean + g
    return decay * dmean, ((1 - decay) * dmean, jnp.sum(dmean * (before - x)))


def of_the_wrong_sign(decay, dmean, row):
    g, x, before = row
    dmean = dmean + g
    return decay * dmean, ((1 - decay) * dmean, jnp.sum(dmean * (before + x)))  # here


def not_added(decay, dmean, row):
    g, x, before = row
    dmean = g  # here
    return decay * dmean, ((1 - decay) * dmean, jnp.sum(dmean * (before - x)))


def of_the_other_share(decay, dmean, row):
    g, x, before = row
    dmean = dmean + g
    return decay * dmean, (decay * dmean, jnp.sum(dmean * (before - x)))  # here


INPUTS = draw(8, 2), 0.7


def test_a_right_rule_with_a_loop_passes():
    assert check_function(with_rule(averaged, partial(backwards, right)), INPUTS).ok


@pytest.mark.parametrize("turn", [of_the_wrong_sign, not_added, of_the_other_share])
def test_the_line_within_a_loop_is_told(turn):
    report = check_function(with_rule(averaged, partial(backwards, turn)), INPUTS)
    (finding,) = report.findings
    assert finding.line == line_of(turn), str(report)


def test_a_factor_is_that_of_the_given_point():
    report = check_function(with_rule(averaged, partial(backwards, of_the_other_share)), INPUTS)
    assert report.findings[0].factor == pytest.approx(0.7 / (1 - 0.7))
    assert "x the correct gradient here" in report.findings[0].message


def power(x, n):
    return jax.lax.fori_loop(0, n, lambda _, a: a * jnp.sin(x), jnp.ones_like(x))


def root(a):
    def goes_on(state):
        return (jnp.max(jnp.abs(state[0] ** 3 + state[0] - a)) > 1e-13) & (state[1] < 60)

    def turn(state):
        x, count = state
        return x - (x**3 + x - a) / (3 * x**2 + 1), count + 1

    return jax.lax.while_loop(goes_on, turn, (jnp.zeros_like(a), 0))[0]


def chosen(x):
    parts = (jnp.sin, jnp.cos, jnp.tanh)
    return jnp.stack([jax.lax.switch(k, parts, x) for k in (0, 2, 5)])


def rows_backwards(x):
    return jax.lax.scan(lambda c, row: (c + row, c * row), jnp.ones(3), x, reverse=True)[1]


def of_no_turns(x):
    return jnp.sum(x) + jax.lax.scan(lambda c, row: (c + row, row), 0.0, x[:0])[0]


def counted_up(x, turns):
    """Return x + turns."""
    begin = (x, jnp.asarray(0.0))
    return jax.lax.while_loop(
        lambda state: state[1] < turns, lambda state: (state[0] + 1, state[1] + 1), begin
    )[0]


@pytest.mark.parametrize(
    ("function", "x", "turns"),
    [
        (partial(power, n=4), draw(5), 4),
        (root, np.array([0.3, -0.5, 0.8]), None),
        (chosen, draw(4), 0),
        (rows_backwards, draw(6, 3), 6),
        (partial(power, n=SHORT + 1), 1 + 0.1 * draw(5), 0),
        (of_no_turns, draw(3), 0),
        (lambda x: counted_up(x, SHORT + 1.0) ** 2, draw(3), 0),
    ],
)
def test_a_loop_is_written_down_as_it_runs(function, x, turns):
    with in_double():
        mirror = JaxMirror()
        leaf = mirror.leaf(jnp.asarray(x))
        (cell,) = mirror.run(jax.make_jaxpr(function)(leaf.value), [leaf])
        weights = draw(*np.shape(cell.value), seed=1)
        expected = jax.jacfwd(lambda x: (function(x) * weights).sum())(leaf.value)
        total = np.sum(cell.traced * weights)
        gradient = sweep(mirror.recorder.recording, total.step)[leaf.traced.step.index]
    np.testing.assert_allclose(cell.traced.step.value, cell.value, rtol=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-12)
    assert turns is None or mirror.turns == turns
    assert turns is not None or mirror.turns > 3


def solved(residuals, g, gone=1.0):
    """Return the solution v of slope * v = g, by steps."""
    x, _ = residuals
    slope = 3 * x**2 + gone

    def goes_on(state):
        return jnp.max(jnp.abs(state[1])) > 1e-14

    def turn(state):
        step = 0.2 * (g - slope * state[0])
        return state[0] + step, step

    return (jax.lax.while_loop(goes_on, turn, (jnp.zeros_like(g), jnp.ones_like(g)))[0],)


def test_loops_that_may_not_end_are_carried_out_by_python():
    made = with_rule(root, solved), with_rule(averaged, partial(backwards, right))
    inputs = (np.array([0.3, -0.5, 0.8]),), INPUTS
    disabled = []
    for function, given in zip(made, inputs, strict=True):
        subject = JaxSubject(function, given, np.random.default_rng(0), 1.0)
        with subject.stoppable():
            disabled.append(jax.config.jax_disable_jit)
    assert disabled == [True, False]


def test_a_loop_that_is_repeated_ends():
    with in_double():
        mirror = JaxMirror()
        leaves = [mirror.leaf(jnp.asarray(value)) for value in (1.0, SHORT + 1.0)]
        mirror.run(jax.make_jaxpr(counted_up)(*(leaf.value for leaf in leaves)), leaves)
        step = next(each for each in mirror.steps if each.operation == "jax.while")
        assert step.call(np.array(SHORT + 9.0), np.array(1.0)) == SHORT + 10
        assert step.call(np.array(1e6), np.array(1.0)) < 1e5


def test_a_loop_that_larger_cotangents_never_end_is_stopped():
    # Rounding alone is more than 1e-14 where cotangents are 32 times as large.
    given = np.array([0.3, -0.5, 0.8])
    report = check_function(with_rule(root, solved), given)
    assert report.ok, str(report)
    report = check_function(with_rule(root, partial(solved, gone=0.3)), given, seconds=1)
    assert report["a"].status.name == "WRONG"
