"""A SwiGLU unit (two linear maps, a SiLU gate and a product) as a function of the framework."""

import torch

HYPER = {}
BACKWARD = ("SwiGLU.backward",)


class SwiGLU(torch.autograd.Function):
    """silu(x @ w_gate.T + b_gate) * (x @ w_up.T + b_up), row by row."""

    @staticmethod
    def forward(ctx, x, w_gate, b_gate, w_up, b_up):
        gate = torch.addmm(b_gate, x, w_gate.t())
        up = torch.addmm(b_up, x, w_up.t())
        sig = torch.sigmoid(gate)
        ctx.save_for_backward(x, w_gate, w_up, gate, up, sig)
        return gate * sig * up

    @staticmethod
    def backward(ctx, grad_out):
        x, w_gate, w_up, gate, up, sig = ctx.saved_tensors
        grad_x = grad_w_gate = grad_b_gate = grad_w_up = grad_b_up = None

        # The product hands each branch the value of the other one.
        d_up = grad_out * gate * sig
        d_silu = grad_out * up
        d_gate = d_silu * sig * (1 + gate * (1 - sig))

        if ctx.needs_input_grad[0]:
            grad_x = d_gate.mm(w_gate) + d_up.mm(w_up)
        if ctx.needs_input_grad[1]:
            grad_w_gate = d_gate.t().mm(x)
        if ctx.needs_input_grad[2]:
            grad_b_gate = d_gate.sum(0)
        if ctx.needs_input_grad[3]:
            grad_w_up = d_up.t().mm(x)
        if ctx.needs_input_grad[4]:
            grad_b_up = d_up.sum(0)
        return grad_x, grad_w_gate, grad_b_gate, grad_w_up, grad_b_up


FUNCTION = SwiGLU


def inputs(seed):
    generator = torch.Generator().manual_seed(2100 + seed)

    def draw(*shape, scale=1.0):
        values = scale * torch.randn(*shape, generator=generator, dtype=torch.float64)
        return values.requires_grad_()

    return (
        draw(7, 4),
        draw(5, 4, scale=0.7),
        draw(5, scale=0.5),
        draw(5, 4, scale=0.7),
        draw(5, scale=0.5),
    )
