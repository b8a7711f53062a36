"""Layer normalisation with a weight and a bias as a function of the framework."""

import torch

EPS = 1e-3
HYPER = {}
BACKWARD = ("LayerNorm.backward",)


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        mean = x.mean(dim=-1, keepdim=True)
        var = ((x - mean) ** 2).mean(dim=-1, keepdim=True)
        rstd = 1 / torch.sqrt(var + EPS)
        xhat = (x - mean) * rstd
        ctx.save_for_backward(xhat, weight, var)
        return xhat * weight + bias

    @staticmethod
    def backward(ctx, dy):
        xhat, weight, var = ctx.saved_tensors
        rstd = 1 / torch.sqrt(var + EPS)
        wdy = dy * weight
        c1 = (xhat * wdy).mean(dim=-1, keepdim=True)
        c2 = wdy.mean(dim=-1, keepdim=True)
        dx = (wdy - (xhat * c1 + c2)) * rstd
        dweight = (dy * xhat).sum(dim=0)
        dbias = dy.sum(dim=0)
        return dx, dweight, dbias


FUNCTION = LayerNorm


def inputs(seed):
    generator = torch.Generator().manual_seed(1000 + seed)
    x = torch.randn(8, 5, generator=generator, dtype=torch.float64)
    weight = 0.5 + torch.rand(5, generator=generator, dtype=torch.float64)
    bias = torch.randn(5, generator=generator, dtype=torch.float64)
    return tuple(value.requires_grad_() for value in (x, weight, bias))
