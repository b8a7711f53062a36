"""Custom functions and modules of PyTorch: the faulty line, the traps, and nothing is changed."""

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install 'trainwell[torch]'")

from torch_rules import Layer, Linear, draw, line_of  # noqa: E402

from trainwell.diagnosis.gradient_corpus import torch_layer_norm, torch_tanh_linear  # noqa: E402
from trainwell.diagnosis.gradient_frameworks.torch_check import check_function, check_module  # noqa: E402
from trainwell.errors import ConfigurationError, DependencyError  # noqa: E402


class Zero(Linear):
    @staticmethod
    def backward(ctx, g):
        _, w = ctx.saved_tensors
        dw = torch.zeros_like(w)  # here
        return g @ w, dw, g.sum(0)


class Doubled(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        dw = 2 * (g.t() @ x)  # here
        return g @ w, dw, g.sum(0)


class Negative(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        dw = -(g.t() @ x)  # here
        return g @ w, dw, g.sum(0)


class Transposed(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        dw = x.t() @ g  # here
        return g @ w, dw, g.sum(0)


class OneElement(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        dw = g.t() @ x
        dw[1, 2] *= 2  # here
        return g @ w, dw, g.sum(0)


class Nothing(Linear):
    @staticmethod
    def backward(ctx, g):
        _, w = ctx.saved_tensors
        return g @ w, None, g.sum(0)  # here


WRONG = [
    pytest.param(Zero, "zero", id="zero"),
    pytest.param(Doubled, "factor", id="doubled"),
    pytest.param(Negative, "sign", id="sign"),
    pytest.param(Transposed, "transposed", id="transposed"),
    pytest.param(OneElement, "support", id="one-element"),
    pytest.param(Nothing, "zero", id="nothing"),
]


def two_layers(function, size):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return torch.nn.Sequential(
            Layer(Linear, size, size), torch.nn.Tanh(), Layer(function, size, size)
        )


@pytest.mark.parametrize("program", [torch_layer_norm, torch_tanh_linear])
def test_right_functions_pass(program):
    report = check_function(program.FUNCTION, program.inputs(0), hyperparams=program.HYPER)
    assert report.ok, str(report)
    assert report.method == "autograd"
    assert report.miss_probability < 1e-6


@pytest.mark.parametrize("size", [6, 200])
@pytest.mark.parametrize(("function", "kind"), WRONG)
def test_a_wrong_rule_fails_with_line_and_kind(function, kind, size):
    inputs = draw(5, size), draw(size, size, seed=1), draw(size, seed=2)
    report = check_function(function, inputs)
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.line == line_of(function, "# here")
    assert kind in {finding.kind, *finding.alternatives}
    assert finding.affected == ("w",)
    assert report["x"].status.name == report["b"].status.name == "OK"


@pytest.mark.parametrize(("function", "kind"), WRONG)
def test_a_module_names_the_line_of_the_function_within(function, kind):
    report = check_module(two_layers(function, 20), draw(8, 20))
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.line == line_of(function, "# here")
    assert kind in {finding.kind, *finding.alternatives}
    assert finding.affected == ("2.weight",)


def test_a_right_module_passes_in_some_tens_of_milliseconds():
    module, x = two_layers(Linear, 300), torch.randn(64, 300)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        check_module(module, x)
        report = check_module(module, x)
    finally:
        torch.set_num_threads(threads)
    assert report.ok, str(report)
    assert any("rounding leaves" in reason for reason in report.reasons)  # it is float32


class WithSetup(torch.autograd.Function):
    @staticmethod
    def forward(x, scale):
        return torch.exp(x) * scale

    @staticmethod
    def setup_context(ctx, inputs, output):  # noqa: ARG004 - how PyTorch calls it
        x, ctx.scale = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.exp(x) * ctx.scale, None


class WithSetupWrong(WithSetup):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.exp(x), None  # here


def test_both_styles_of_functions():
    assert check_function(WithSetup, (draw(4), 3.0)).ok
    report = check_function(WithSetupWrong.apply, (draw(4), 3.0))
    assert report.findings[0].line == line_of(WithSetupWrong, "# here")
    assert report.findings[0].factor == pytest.approx(1 / 3)


class TwoOutputs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        largest, at = x.max(dim=1)
        ctx.mark_non_differentiable(at)
        ctx.save_for_backward(at)
        ctx.shape = x.shape
        return largest, at, x.sum()

    @staticmethod
    def backward(ctx, g, _, h):
        (at,) = ctx.saved_tensors
        dx = torch.zeros(ctx.shape, dtype=g.dtype)
        dx.scatter_(1, at.unsqueeze(1), g.unsqueeze(1))
        return dx + h


def test_outputs_without_a_gradient_are_left_out():
    report = check_function(TwoOutputs, draw(4, 3))
    assert report.ok, str(report)


class Writes(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        g *= 2
        return g @ w, g.t() @ x, g.sum(0)


class Short(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w, g.t() @ x


@pytest.mark.parametrize("function", [Linear, Doubled, Writes, Short])
def test_nothing_is_changed(function):
    class Holder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = torch.nn.BatchNorm1d(4)
            self.layer = Layer(function, 4, 4)
            self.count = 0

        def forward(self, x):
            self.count += 1
            return self.layer(self.norm(x))

    module, x = Holder(), torch.randn(6, 4)
    module.layer.bias.grad = torch.ones(4)
    state = {name: value.clone() for name, value in module.state_dict().items()}
    before = x.clone(), torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    apply, graded = vars(torch.autograd.function._SingleLevelFunction).get("apply"), []
    for enabled in (True, False):
        with torch.set_grad_enabled(enabled):
            check_module(module, x)
            w = module.layer.weight.detach().clone().requires_grad_()
            check_function(function, (x, w, module.layer.bias))
            graded.append(torch.is_grad_enabled() is enabled)
            assert w.grad is None
    assert all(graded)
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    assert torch.equal(x, before[0])
    assert not x.requires_grad
    assert torch.equal(torch.get_rng_state(), before[1])
    assert (np.random.get_state()[1] == before[2]).all()
    assert random.getstate() == before[3]
    assert module.count == 0
    assert module.training
    assert torch.equal(module.layer.bias.grad, torch.ones(4))
    assert module.layer.weight.grad is None
    assert module.layer.weight.dtype == torch.float32
    assert vars(torch.autograd.function._SingleLevelFunction).get("apply") is apply


def test_an_error_of_the_user_leaves_nothing_behind():
    class Broken(Linear):
        @staticmethod
        def backward(ctx, g):
            raise KeyError(ctx, g)

    apply = vars(torch.autograd.function._SingleLevelFunction).get("apply")
    with pytest.raises(KeyError):
        check_function(Broken, (draw(5, 3), draw(4, 3, seed=1), draw(4, seed=2)))
    assert vars(torch.autograd.function._SingleLevelFunction).get("apply") is apply


def test_a_loss_may_be_given():
    module, x = two_layers(Doubled, 4), draw(3, 4)
    report = check_module(module, x, lambda y: (y**2).mean())
    assert report.findings[0].line == line_of(Doubled, "# here")


def test_what_is_no_function_is_refused():
    with pytest.raises(ConfigurationError, match=r"check_function\.function"):
        check_function(torch.relu, draw(3))
    with pytest.raises(ConfigurationError, match=r"check_module\.module"):
        check_module(torch.relu, draw(3))
    with pytest.raises(ConfigurationError, match="points"):
        check_function(Linear, draw(3), points=0)


def test_a_missing_framework_is_one_clear_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(DependencyError, match=r"pip install 'trainwell\[torch\]'"):
        check_module(None, ())
