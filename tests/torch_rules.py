"""What the tests of PyTorch's rules share: a right rule, numbers, and lines by their text."""

import inspect

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install 'trainwell[torch]'")


def line_of(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if text in line)


def draw(*shape, seed=0, dtype=torch.float64):
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    return values.requires_grad_()


class Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w.t() + b

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        dw = g.t() @ x
        return g @ w, dw, g.sum(0)


class Layer(torch.nn.Module):
    def __init__(self, function, inputs, outputs):
        super().__init__()
        self.apply_it = function.apply  # kept under another name, as people do
        self.weight = torch.nn.Parameter(torch.randn(outputs, inputs) / inputs**0.5)
        self.bias = torch.nn.Parameter(torch.randn(outputs))

    def forward(self, x):
        return self.apply_it(x, self.weight, self.bias)
