"""A linear layer under a scaled hyperbolic tangent as a function of the framework."""

import torch

HYPER = {"a": 1.7, "b": 0.66}
BACKWARD = ("ScaledTanhLinear.backward",)


class ScaledTanhLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        z = x @ weight.t() + bias
        t = torch.tanh(HYPER["b"] * z)
        ctx.save_for_backward(x, weight, t)
        return HYPER["a"] * t

    @staticmethod
    def backward(ctx, grad_output):
        x, weight, t = ctx.saved_tensors
        scale = HYPER["a"] * HYPER["b"]
        grad_z = scale * grad_output * (1 - t ** 2)
        grad_x = grad_z @ weight
        grad_weight = grad_z.t() @ x
        grad_bias = grad_z.sum(dim=0)
        return grad_x, grad_weight, grad_bias


FUNCTION = ScaledTanhLinear


def inputs(seed):
    generator = torch.Generator().manual_seed(900 + seed)

    def draw(*shape):
        values = torch.randn(*shape, generator=generator, dtype=torch.float64)
        return values.requires_grad_()

    return draw(7, 4), draw(3, 4), draw(3)
