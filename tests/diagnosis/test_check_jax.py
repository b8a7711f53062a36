"""Custom derivatives of JAX: the faulty line, the traps, and nothing is changed."""

import inspect
from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is an extra: pip install 'trainwell[jax]'")
jnp = pytest.importorskip("jax.numpy")

from trainwell.diagnosis.gradient_corpus import jax_rms_norm, jax_softplus_dense  # noqa: E402
from trainwell.diagnosis.gradient_frameworks.torch_check import check_function  # noqa: E402
from trainwell.errors import ConfigurationError, DependencyError  # noqa: E402


def line_of(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if text in line)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def dense(x, w):
    return jnp.tanh(x @ w)


def forwards(x, w):
    y = jnp.tanh(x @ w)
    return y, (x, w, y)


def with_rule(bwd):
    function = jax.custom_vjp(dense)
    function.defvjp(forwards, bwd)
    return function


def right(residuals, g):
    x, w, y = residuals
    dz = g * (1 - y**2)
    return dz @ w.T, x.T @ dz


def zero(residuals, g):
    _, w, y = residuals
    dz = g * (1 - y**2)
    dw = jnp.zeros_like(w)  # here
    return dz @ w.T, dw


def doubled(residuals, g):
    x, w, y = residuals
    dz = g * (1 - y**2)
    dw = 2 * (x.T @ dz)  # here
    return dz @ w.T, dw


def negative(residuals, g):
    x, w, y = residuals
    dz = g * (1 - y**2)
    dw = -(x.T @ dz)  # here
    return dz @ w.T, dw


def transposed(residuals, g):
    x, w, y = residuals
    dz = g * (1 - y**2)
    dw = dz.T @ x  # here
    return dz @ w.T, dw


def one_element(residuals, g):
    x, w, y = residuals
    dz = g * (1 - y**2)
    dw = x.T @ dz
    dw = dw.at[1, 2].multiply(2)  # here
    return dz @ w.T, dw


def nothing(residuals, g):
    _, w, y = residuals
    dz = g * (1 - y**2)
    return dz @ w.T, None  # here


WRONG = [
    pytest.param(zero, "zero", id="zero"),
    pytest.param(doubled, "factor", id="doubled"),
    pytest.param(negative, "sign", id="sign"),
    pytest.param(transposed, "transposed", id="transposed"),
    pytest.param(one_element, "support", id="one-element"),
    pytest.param(nothing, "zero", id="nothing"),
]


@pytest.mark.parametrize("program", [jax_rms_norm, jax_softplus_dense])
def test_right_functions_pass(program):
    report = check_function(program.FUNCTION, program.inputs(0), hyperparams=program.HYPER)
    assert report.ok, str(report)
    assert report.method == "autograd"
    assert report.miss_probability < 1e-6


@pytest.mark.parametrize("size", [5, 200])
@pytest.mark.parametrize(("rule", "kind"), WRONG)
def test_a_wrong_rule_fails_with_line_and_kind(rule, kind, size):
    report = check_function(with_rule(rule), (draw(7, size), draw(size, size, seed=1) / size**0.5))
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.line == line_of(rule, "# here")
    assert kind in {finding.kind, *finding.alternatives}
    assert finding.affected == ("w",)


@jax.custom_jvp
def softplus(x, slope):
    return jnp.log1p(jnp.exp(slope * x)) / slope


@softplus.defjvp
def softplus_rule(primals, tangents):
    x, slope = primals
    dx, dslope = tangents
    y = softplus(x, slope)
    s = jax.nn.sigmoid(slope * x)
    return y, s * dx + (x * s / slope - y / slope) * dslope


@jax.custom_jvp
def wrong_softplus(x, slope):
    return jnp.log1p(jnp.exp(slope * x)) / slope


@wrong_softplus.defjvp
def wrong_softplus_rule(primals, tangents):
    x, slope = primals
    dx, _ = tangents
    y = wrong_softplus(x, slope)
    s = jax.nn.sigmoid(slope * x)
    part = 3.0 * s * dx  # here
    return y, part


def test_rules_in_forward_mode():
    x, slope = draw(6), draw(6, seed=1) ** 2 + 0.5
    assert check_function(softplus, (x, slope)).ok
    report = check_function(wrong_softplus, (x, slope))
    assert report.verdict == "FAIL"
    assert line_of(wrong_softplus_rule, "# here") in {f.line for f in report.findings}
    assert report["slope"].status.name == "WRONG"


def test_keys_whole_numbers_and_trees_are_arguments():
    @jax.custom_vjp
    def f(params, x, key, at):
        mask = jax.random.bernoulli(key, 0.5, x.shape)
        return params["w"] * x * mask + params["b"][0], x[at]

    def fwd(params, x, key, at):
        mask = jax.random.bernoulli(key, 0.5, x.shape)
        return f(params, x, key, at), (params, x, mask, at)

    def bwd(residuals, cotangents):
        params, x, mask, at = residuals
        g, h = cotangents
        dx = (g * params["w"] * mask).at[at].add(h)
        return {"w": g * x * mask, "b": [jnp.sum(g)]}, dx, None, None

    f.defvjp(fwd, bwd)
    params = {"w": draw(5), "b": [draw(1)[0]]}
    for key in (jax.random.PRNGKey(0), jax.random.key(0)):
        report = check_function(f, (params, draw(5, seed=3), key, jnp.array(2)))
        assert report.ok, str(report)
        assert set(report.arrays) == {"params['w']", "params['b'][0]", "x"}


def test_arguments_that_are_not_differentiated():
    @partial(jax.custom_vjp, nondiff_argnums=(0,))
    def power(n, x):
        return x**n

    def fwd(n, x):
        return x**n, x

    def bwd(n, x, g):
        return (g * x ** (n - 1),)  # here

    power.defvjp(fwd, bwd)
    report = check_function(power, (3, draw(4) + 3))
    assert report.findings[0].factor == pytest.approx(1 / 3)
    assert report.findings[0].line == line_of(bwd, "# here")


def test_what_jax_refuses_is_told_with_its_line():
    def misshapen(residuals, g):
        x, w, y = residuals
        dz = g * (1 - y**2)
        dw = dz.T @ x  # here
        return dz @ w.T, dw

    def short(residuals, g):
        _, w, y = residuals
        return ((g * (1 - y**2)) @ w.T,)  # here

    x, w = draw(7, 4), draw(4, 3, seed=1)
    report = check_function(with_rule(misshapen), (x, w))
    assert report.findings[0].kind == "shape"
    assert report.findings[0].line == line_of(misshapen, "# here")
    assert any("JAX refuses" in reason for reason in report.reasons)
    report = check_function(with_rule(short), (x, w))
    assert "1 cotangents for 2 arguments" in " ".join(f.message for f in report.findings)
    assert report.findings[0].line == line_of(short, "# here")


def test_a_forward_half_that_is_another_function_is_told():
    def other(x, w):
        y = jnp.tanh(x @ w)
        return 2 * y, (x, w, y)

    function = jax.custom_vjp(dense)
    function.defvjp(other, right)
    report = check_function(function, (draw(7, 4), draw(4, 3, seed=1)))
    assert report.verdict == "FAIL"
    assert any("forward half" in finding.message for finding in report.findings)


def test_a_function_that_stops_gradients_does_not_mislead():
    def hidden(factor):
        @jax.custom_vjp
        def f(x):
            return x * jax.lax.stop_gradient(jnp.sin(x))

        f.defvjp(lambda x: (f(x), x), lambda x, g: (factor * g * (jnp.sin(x) + x * jnp.cos(x)),))
        return f

    assert check_function(hidden(1.0), draw(6)).ok
    assert check_function(hidden(2.0), draw(6)).verdict == "FAIL"


def broken(residuals, g):
    raise KeyError(residuals, g)


def test_nothing_is_changed():
    x, w = draw(5, 4).astype(np.float32), draw(4, 3, seed=1).astype(np.float32)
    before = x.copy(), w.copy(), np.random.get_state()[1].copy(), jax.config.jax_enable_x64
    for rule in (right, doubled):
        check_function(with_rule(rule), (x, w))
    with pytest.raises(KeyError):
        check_function(with_rule(broken), (x, w))
    assert (x == before[0]).all()
    assert (w == before[1]).all()
    assert (np.random.get_state()[1] == before[2]).all()
    assert jax.config.jax_enable_x64 == before[3]
    assert jnp.ones(2).dtype == jnp.float32


def test_what_has_no_rule_is_refused():
    with pytest.raises(ConfigurationError, match="floating-point"):
        check_function(with_rule(right), (jnp.arange(3), jnp.arange(3)))
    with pytest.raises(ConfigurationError, match=r"check_function\.function"):
        check_function(jax.jit(dense), (draw(3, 3), draw(3, 3)))


def test_a_missing_framework_is_one_clear_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jax", None)
    with pytest.raises(DependencyError, match=r"pip install 'trainwell\[jax\]'"):
        check_function(with_rule(right), (draw(3, 3), draw(3, 3)))


def told_what_is_zero(factor):
    """Return a function whose rule asks which arguments and cotangents count at all."""

    def scaled_sum(x, w, times):
        y = jnp.tanh(x @ w)
        return y * times, x.sum()

    def half(x, w, times):
        assert x.perturbed
        assert not times.perturbed
        y = jnp.tanh(x.value @ w.value)
        return (y * times.value, x.value.sum()), (x.value, w.value, y, times.value, w.perturbed)

    def rule(residuals, cotangents):
        x, w, y, times, wanted = residuals
        dx, dw = jnp.zeros_like(x), None
        given, of_sum = cotangents
        if not isinstance(of_sum, jax.custom_derivatives.SymbolicZero):
            dx = dx + of_sum
        if not isinstance(given, jax.custom_derivatives.SymbolicZero):
            dz = times * given * (1 - y**2)
            dx = dx + dz @ w.T
            dw = factor * (x.T @ dz) if wanted else None
        return dx, dw, None

    function = jax.custom_vjp(scaled_sum)
    function.defvjp(half, rule, symbolic_zeros=True)
    return function


def test_rules_with_symbolic_zeros_are_checked_as_others():
    inputs = draw(5, 3), draw(3, 4, seed=1), 3
    report = check_function(told_what_is_zero(1.0), inputs)
    assert report.ok, str(report)
    assert report.method == "autograd"
    report = check_function(told_what_is_zero(2.0), inputs)
    assert report.verdict == "FAIL"
    assert report["x"].status.name == "OK"
    (finding,) = report.findings
    assert finding.affected == ("w",)
    assert finding.factor == pytest.approx(2)
    # Such a rule takes other arguments than arrays: it is not followed, so there is no line.
    assert not finding.line
