"""Custom derivatives of JAX: loops of unknown length, callbacks and what is compiled."""

import inspect
from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is an extra: pip install 'trainwell[jax]'")
jnp = pytest.importorskip("jax.numpy")

from trainwell.diagnosis.gradient_frameworks.torch_check import check_function  # noqa: E402
from trainwell.errors import ConfigurationError  # noqa: E402


def line_of(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if text in line)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def solved(a):
    """Return w of w e^w = a, by Newton."""

    def goes_on(state):
        _, step, turn = state
        return (jnp.max(jnp.abs(step)) > 1e-12) & (turn < 50)

    def turned(state):
        w, _, turn = state
        e = jnp.exp(w)
        step = (w * e - a) / (e * (w + 1))
        return w - step, step, turn + 1

    return jax.lax.while_loop(goes_on, turned, (jnp.log1p(a), jnp.ones_like(a), 0))[0]


def with_rule(function, bwd):
    made = jax.custom_vjp(function)
    made.defvjp(lambda *inputs: (function(*inputs), (function(*inputs), *inputs)), bwd)
    return made


def implicit(residuals, g):
    w, _ = residuals
    slope = jnp.exp(w) * (1 + w)
    return (g / slope,)


def multiplied(residuals, g):
    w, _ = residuals
    slope = jnp.exp(w) * (1 + w)
    return (g * slope,)  # here


def lacking_a_term(residuals, g):
    w, _ = residuals
    slope = jnp.exp(w) * w
    return (g / slope,)


def lacking_a_factor(residuals, g):
    w, _ = residuals
    slope = 1 + w
    return (g / slope,)


POSITIVE = np.array([0.3, 1.2, 2.5, 7.0])


def test_a_loop_of_unknown_length_has_forward_mode_as_its_reference():
    report = check_function(with_rule(solved, implicit), POSITIVE)
    assert report.ok, str(report)
    assert report.method == "autograd"
    assert ["forward mode" in reason for reason in report.reasons] == [True]


@pytest.mark.parametrize("rule", [lacking_a_term, lacking_a_factor])
def test_a_wrong_rule_of_a_loop_of_unknown_length_fails(rule):
    report = check_function(with_rule(solved, rule), POSITIVE, diagnose=False)
    assert report["a"].status.name == "WRONG"


def test_the_line_of_a_rule_is_told_though_its_function_has_a_loop_of_unknown_length():
    report = check_function(with_rule(solved, multiplied), POSITIVE)
    assert report.findings[0].line == line_of(multiplied, "# here")


def settling(a, least=1e-6):
    """Return z = cos(z) / 2 + a, roughly."""

    def turned(state):
        z, _ = state
        following = 0.5 * jnp.cos(z) + a
        return following, jnp.max(jnp.abs(following - z))

    begin = jnp.zeros_like(a), jnp.asarray(1.0, a.dtype)
    return jax.jit(lambda s: jax.lax.while_loop(lambda s: s[1] > least, turned, s))(begin)[0]


def settled_rule(factor, residuals, g):
    z, _ = residuals
    return (factor * g / (1 + 0.5 * jnp.sin(z)),)


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "PASS"), (1.001, "FAIL")])
def test_a_loop_that_stops_early_excuses_what_more_turns_would_change(factor, verdict):
    function = with_rule(settling, partial(settled_rule, factor))
    report = check_function(function, np.array([0.3, 1.2, 0.7]), diagnose=False)
    assert report.verdict == verdict, str(report)
    assert any("before it has settled" in reason for reason in report.reasons)


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "UNDECIDED"), (1.5, "FAIL")])
def test_what_a_loop_explains_that_stops_very_early_is_not_decided(factor, verdict):
    def roughly(a):
        return settling(a, least=1e-3)

    function = with_rule(roughly, partial(settled_rule, factor))
    report = check_function(function, np.array([0.3, 1.2, 0.7]), diagnose=False)
    assert report.verdict == verdict, str(report)
    assert any("cannot be judged" in reason for reason in report.reasons)


def in_another_order(residuals, g):
    _, a, b = residuals
    return g * jnp.cos(a) * b**2, 2 * g * jnp.sin(a) * b  # in order


def test_gradients_in_another_order_are_told_at_the_return():
    def product(a, b):
        return jnp.sin(a) * b**2

    right = with_rule(product, in_another_order)
    wrong = with_rule(product, lambda *given: in_another_order(*given)[::-1])
    inputs = POSITIVE, draw(4)
    assert check_function(right, inputs).ok
    (finding,) = check_function(wrong, inputs).findings
    assert "stand in another order" in finding.message


def test_a_loop_that_does_not_settle_excuses_nothing():
    def counted(a):
        def turned(state):
            return state[0] + jnp.sin(a), state[1] + 1

        return jax.lax.while_loop(lambda s: s[1] < 4, turned, (jnp.zeros_like(a), 0))[0]

    def rule(residuals, g):
        return ((1 + 1e-5) * 4 * g * jnp.cos(residuals[1]),)

    report = check_function(with_rule(counted, rule), POSITIVE, diagnose=False)
    assert report.verdict == "FAIL"


def called_back(x, w):
    shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
    return jax.pure_callback(lambda x, w: np.sin(x) * w, shape, x, w)


def test_what_jax_does_not_differentiate_at_all_is_measured():
    def rule(residuals, g):
        _, x, w = residuals
        return g * w * jnp.cos(x), g * jnp.sin(x)

    def doubled(residuals, g):
        _, x, w = residuals
        dx = 2 * g * w * jnp.cos(x)  # here
        return dx, g * jnp.sin(x)

    inputs = draw(4), draw(4, seed=1)
    report = check_function(with_rule(called_back, rule), inputs)
    assert report.ok, str(report)
    assert "does not differentiate" in report.reasons[0]
    report = check_function(with_rule(called_back, doubled), inputs)
    assert report.findings[0].line == line_of(doubled, "# here")


def dense(x, w):
    return jnp.tanh(x @ w)


@jax.jit
def sloped(y, g):
    return 3 * g * (1 - y**2)  # here


@jax.jit
def in_a_helper(residuals, g):
    y, x, w = residuals
    dz = sloped(y, g)
    return dz @ w.T, x.T @ dz


@jax.jit
def compiled(residuals, g):
    y, x, w = residuals
    dz = g * (1 - y)  # here
    return dz @ w.T, x.T @ dz


def right(residuals, g):
    y, x, w = residuals
    dz = g * (1 - y**2)
    return dz @ w.T, x.T @ dz


def test_compiled_rules_have_lines():
    inputs = draw(5, 3), draw(3, 4, seed=1)
    for rule, of in ((compiled, compiled), (in_a_helper, sloped)):
        function = with_rule(dense, rule)
        report = check_function(function, inputs)
        assert report.findings[0].line == line_of(of, "# here"), str(report)
        assert function.bwd is rule


def test_a_compiled_custom_derivative_is_checked():
    inputs = draw(5, 3), draw(3, 4, seed=1)
    assert check_function(jax.jit(with_rule(dense, right)), inputs).ok
    assert check_function(jax.jit(with_rule(jax.jit(dense), jax.jit(right))), inputs).ok


@jax.custom_jvp
@jax.jit
def normal(v, eps):
    return v / jnp.sqrt(jnp.sum(v * v) + eps)


@normal.defjvp
@jax.jit
def normal_rule(primals, tangents):
    v, eps = primals
    dv, deps = tangents
    n = jnp.sqrt(jnp.sum(v * v) + eps)
    u = v / n
    dn = (jnp.sum(v * dv) + deps) / n  # here
    return u, dv / n - u * dn / n


def test_compiled_rules_in_forward_mode_have_lines():
    report = check_function(normal, (draw(4), 0.1))
    assert report.findings[0].line == line_of(normal_rule, "# here")
    assert report.reasons == ()  # what is tried is not told


@pytest.mark.parametrize(("kind", "rule"), [("custom_vjp", "defvjp"), ("custom_jvp", "defjvp")])
def test_a_function_whose_rule_is_missing_is_refused(kind, rule):
    with pytest.raises(ConfigurationError, match=f"set by {rule}, got 'dense'"):
        check_function(getattr(jax, kind)(dense), (draw(3, 3), draw(3, 3)))
