"""What modules of PyTorch have of their own: hooks, padding, constants, checkpoints."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install 'trainwell[torch]'")

from torch.utils.checkpoint import checkpoint  # noqa: E402
from torch_rules import draw, line_of  # noqa: E402

from trainwell.diagnosis.gradient_frameworks.torch_check import check_function, check_module  # noqa: E402
from trainwell.errors import ConfigurationError  # noqa: E402


def doubled(gradient):  # the hook
    return 2 * gradient


def kept(gradient):
    return gradient


def test_a_hook_of_a_parameter_is_told():
    module = torch.nn.Linear(3, 2)
    x = draw(4, 3)
    assert check_module(module, x).ok
    module.weight.register_hook(kept)
    module.weight.register_hook(doubled)
    report = check_module(module, x)
    (finding,) = report.findings
    assert finding.affected == ("weight",)
    assert "the backward hook doubled of weight changes the gradient" in finding.message
    assert finding.line == line_of(doubled, "# the hook")
    assert module.weight._backward_hooks


class Words(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(5, 3, padding_idx=0)
        self.out = torch.nn.Linear(3, 2)

    def forward(self, words):
        return self.out(torch.tanh(self.table(words)))


def test_padding_gets_no_gradient_and_that_is_right():
    report = check_module(Words(), torch.tensor([[0, 1], [2, 0]]))
    assert report.ok
    assert not np.any(report["table.weight"].given[0])
    assert any("padding_idx" in said for said in report.reasons)


class Tied(Words):
    def forward(self, words):
        return torch.tanh(self.table(words)) @ self.again.weight.T

    def __init__(self):
        super().__init__()
        self.again = torch.nn.Linear(3, 5)
        self.again.weight = self.table.weight


def test_a_row_that_is_used_elsewhere_is_no_padding():
    given = check_module(Tied(), torch.tensor([[1, 2], [3, 4]]))["table.weight"].given
    assert np.any(given[0])


class Looked(torch.nn.Linear):
    def forward(self, x):
        hidden = super().forward(x)
        hidden.register_hook([].append)
        return torch.tanh(hidden)


class WithConstants(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x) @ torch.ones(2, 2).tril()


@pytest.mark.parametrize("kind", [Looked, WithConstants])
def test_modules_pass_that_look_at_gradients_or_make_constants(kind):
    before = torch.get_default_dtype()
    assert check_module(kind(3, 2), draw(4, 3).float()).ok
    assert torch.get_default_dtype() == before


WEIGHT = torch.tensor([[1.0, 2.0], [0.5, -1.0], [0.3, 0.7]], dtype=torch.float32)


class Single(torch.autograd.Function):
    """A rule of a constant that was made before, in single precision."""

    @staticmethod
    def forward(ctx, x):
        y = torch.tanh(x @ WEIGHT)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return (g * (1 - y**2)) @ WEIGHT.T


class Wrong(Single):
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        dz = g * (1 - y)  # here
        return dz @ WEIGHT.T


class Only(Single):
    """The constant is used on the way back alone."""

    @staticmethod
    def forward(ctx, x):
        y = torch.tanh(x @ WEIGHT.to(x.dtype))
        ctx.save_for_backward(y)
        return y


class InModule(torch.nn.Linear):
    rule = Single

    def forward(self, x):
        return self.rule.apply(super().forward(x))


def test_constants_in_single_precision_are_made_double_where_both_meet():
    def loss(output):
        return torch.nn.functional.cross_entropy(output, torch.tensor([0, 1]), weight=WEIGHT[0])

    before = torch.get_default_dtype()
    for rule in (Single, Only):
        assert check_function(rule, draw(5, 3).float()).ok
        module = type("M", (InModule,), {"rule": rule})(4, 3)
        assert check_module(module, draw(2, 4)).ok
        assert check_module(module, draw(2, 4), loss).ok
    assert torch.get_default_dtype() == before
    assert WEIGHT.dtype == torch.float32


def test_the_line_of_a_rule_with_constants_in_single_precision_is_told():
    report = check_function(Wrong, draw(5, 3).float())
    assert report.findings[0].line == line_of(Wrong, "# here"), str(report)
    report = check_module(type("M", (InModule,), {"rule": Wrong})(4, 3), draw(2, 4))
    assert report.findings[0].line == line_of(Wrong, "# here"), str(report)


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, beta):
        s = torch.sigmoid(beta * x)
        ctx.save_for_backward(x, s, beta)
        return x * s

    @staticmethod
    def backward(ctx, g):
        x, s, beta = ctx.saved_tensors  # noqa: RUF059 - it should be used
        dx = g * (s + x * s * (1 - s))  # here
        return dx, (g * x * x * s * (1 - s)).sum()


def test_a_parameter_that_is_one_number_names_a_factor():
    report = check_function(Swish, (draw(4, 3), torch.tensor(0.86, requires_grad=True)))
    (finding,) = report.findings
    assert finding.line == line_of(Swish, "# here")
    assert "`* beta` is missing" in finding.message


def test_what_is_written_into_narrower_tensors_is_refused_in_one_sentence():
    class Written(torch.nn.Linear):
        def forward(self, x):
            held = torch.zeros(4, 2, dtype=torch.float32)
            held[torch.tensor([0, 2, 1, 3])] = super().forward(x)
            return held

    with pytest.raises(ConfigurationError, match=r"make them with `dtype=x\.dtype`"):
        check_module(Written(3, 2), draw(4, 3))


class Reentrant(torch.nn.Linear):
    def forward(self, x):
        return checkpoint(super().forward, x, use_reentrant=True)


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
def test_reentrant_checkpoints_are_refused():
    with pytest.raises(ConfigurationError, match="use_reentrant=False"):
        check_module(Reentrant(3, 2), draw(4, 3))


def test_a_loss_that_is_no_tensor_is_refused():
    with pytest.raises(ConfigurationError, match="loss must be a function that returns tensors"):
        check_module(torch.nn.Linear(3, 2), draw(4, 3), lambda output: float(output.sum()))


@pytest.mark.parametrize("tolerance", ["1e-3", 0.0])
def test_a_tolerance_is_a_positive_number(tolerance):
    with pytest.raises(ConfigurationError, match="tolerance must be positive"):
        check_module(torch.nn.Linear(3, 2), draw(4, 3), tolerance=tolerance)


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(ConfigurationError, match="seconds must be at least 0"):
        check_module(torch.nn.Linear(3, 2), draw(4, 3), seconds=-1)
    with pytest.raises(ConfigurationError, match="one at least of real numbers"):
        check_function(Attention, (1, 2, 3))


class Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v):
        p = torch.softmax(q @ k.transpose(-1, -2), -1)
        ctx.save_for_backward(q, k, v, p)
        return p @ v

    @staticmethod
    def backward(ctx, g):
        q, k, v, p = ctx.saved_tensors
        dp = g @ v.transpose(-1, -2)
        ds = p * (dp - (dp * p).sum(-1, keepdim=True))
        dq, dk = ds @ k, ds.transpose(-1, -2) @ q
        return dk, dq, p.transpose(-1, -2) @ g  # exchanged


def test_gradients_in_another_order_are_told_at_the_return():
    report = check_function(Attention, (draw(2, 4, 3), draw(2, 4, 3), draw(2, 4, 3)))
    (finding,) = report.findings
    assert "stand in another order" in finding.message
    assert finding.line == line_of(Attention, "# exchanged")


class Rounded(torch.autograd.Function):
    @staticmethod
    def forward(_, x):
        return torch.round(x)

    @staticmethod
    def backward(_, g):
        return g


def test_a_straight_through_estimator_is_told_to_be_one():
    report = check_function(Rounded, (draw(5),))
    assert report.verdict == "FAIL"
    assert any("straight-through estimator" in said for said in report.reasons)


class Normed(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))


def test_rounding_is_told_beside_the_largest_gradient():
    (said,) = check_module(Normed(), draw(6, 3).float()).reasons  # that of the bias is zero
    assert said.startswith("in the precision of the tensors")
    assert float(said.split()[-1]) < 1e-3
