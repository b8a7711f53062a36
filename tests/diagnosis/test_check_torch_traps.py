"""What misleads a check of PyTorch's rules, or ought to be told beside it."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install 'trainwell[torch]'")

from torch_rules import Layer, Linear, draw, line_of  # noqa: E402

from trainwell.diagnosis.gradient_frameworks.torch_check import check_function, check_module  # noqa: E402


class Counted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, power):
        ctx.save_for_backward(x)
        ctx.power = power
        return x**power

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * ctx.power * x ** (ctx.power - 1)  # here


class ForNumbers(Counted):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * ctx.power * x ** (ctx.power - 1), g.sum()  # here


class Misshapen(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        db = g.sum(1)  # here
        return g @ w, g.t() @ x, db


def test_what_the_engine_refuses_is_told_with_its_line():
    report = check_function(Counted, (draw(4), 3))
    assert report.verdict == "FAIL"
    assert "1 gradient for 2 inputs" in report.findings[0].message
    assert report.findings[0].line == line_of(Counted, "# here")
    assert any("PyTorch refuses" in reason for reason in report.reasons)

    report = check_function(ForNumbers, (draw(4), 3))
    assert report.verdict == "FAIL"
    assert "no tensor" in report.findings[0].message
    assert report.findings[0].line == line_of(ForNumbers, "# here")

    report = check_function(Misshapen, (draw(5, 3), draw(4, 3, seed=1), draw(4, seed=2)))
    assert report.verdict == "FAIL"
    assert report.findings[0].kind == "reduction"
    assert "shape" in report.findings[0].message
    assert report.findings[0].line == line_of(Misshapen, "# here")


class Spread(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w, g.t() @ x, g  # the engine adds it up


def test_what_the_engine_adds_up_is_right():
    report = check_function(Spread, (draw(5, 3), draw(4, 3, seed=1), draw(4, seed=2)))
    assert report.ok, str(report)


class ThroughData(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x.data.sin()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.sin() + x * x.cos())


class ThroughDataWrong(ThroughData):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x.sin()


class ThroughNumPy(ThroughData):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(x.detach().numpy() * np.sin(x.detach().numpy()))


class ThroughNumPyWrong(ThroughNumPy):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * g * (x.sin() + x * x.cos())


@pytest.mark.parametrize("right", [ThroughData, ThroughNumPy])
def test_forward_code_that_hides_from_autograd_does_not_mislead(right):
    report = check_function(right, draw(6))
    assert report.ok, str(report)
    assert report.method in {"trace", "central"}
    assert report.reasons


@pytest.mark.parametrize("wrong", [ThroughDataWrong, ThroughNumPyWrong])
def test_a_wrong_rule_of_hidden_forward_code_fails(wrong):
    assert check_function(wrong, draw(6)).verdict == "FAIL"


def test_a_module_that_detaches_fails():
    class Detached(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))

        def forward(self, x):
            return (self.weight * x).detach() * self.weight

    report = check_module(Detached(), draw(4, 3))
    assert report.verdict == "FAIL"


class InPlace(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        g *= 2  # here
        return g @ w / 2, g.t() @ x / 2, g.sum(0) / 2


class SavedInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        y.mul_(g)  # here
        return y


def test_changes_in_place_are_told_with_their_line():
    report = check_function(InPlace, (draw(5, 3), draw(4, 3, seed=1), draw(4, seed=2)))
    assert report.findings[0].kind == "aliased"
    assert report.findings[0].line == line_of(InPlace, "# here")
    report = check_function(SavedInPlace, draw(5))
    assert report.findings[0].kind == "aliased"
    assert report.findings[0].line == line_of(SavedInPlace, "# here")


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x >= 0)


def test_a_convention_at_a_kink_is_no_bug():
    x = torch.tensor([0.0, 0.0, 1.0, -2.0], dtype=torch.float64)
    report = check_function(Relu, x)
    assert report.ok, str(report)
    assert any("kink" in reason for reason in report.reasons)


class Rounded(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        dw = (g.t() @ x).float().double()  # here
        return g @ w, dw, g.sum(0)


def test_lost_digits_are_seen():
    report = check_function(Rounded, (draw(5, 3), draw(4, 3, seed=1), draw(4, seed=2)))
    assert report.verdict == "FAIL"
    assert report.findings[0].kind == "precision"
    assert report.findings[0].line == line_of(Rounded, "# here")


class Single(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.float().exp()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x.exp()


def test_forward_code_in_single_precision_is_judged_by_what_it_can_show():
    report = check_function(Single, draw(5))
    assert report.verdict in {"PASS", "UNDECIDED"}, str(report)


class Drops(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        mask = (torch.rand_like(x) < 0.5) / 0.5
        ctx.save_for_backward(mask)
        return x * mask

    @staticmethod
    def backward(ctx, g):
        (mask,) = ctx.saved_tensors
        return g * mask


def test_dropout_is_checked_as_it_is():
    assert check_function(Drops, draw(50)).ok
    module = torch.nn.Sequential(
        torch.nn.Linear(5, 5), torch.nn.Dropout(), torch.nn.BatchNorm1d(5), Layer(Linear, 5, 5)
    )
    assert check_module(module, draw(9, 5)).ok
