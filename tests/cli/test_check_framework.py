"""``trainwell check`` of a file whose case returns a rule of PyTorch or JAX, with its inputs."""

from collections.abc import Callable

import pytest
from cli.conftest import Call

TORCH = """\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * x


class Layer(torch.nn.Module):
    def forward(self, x):
        return Square.apply(x).sum()


def case():
    return CASE
"""
JAX = """\
import jax
import jax.numpy as jnp


@jax.custom_vjp
def square(x):
    return x**2


square.defvjp(lambda x: (x**2, x), lambda x, g: (2 * g * x,))


def case():
    return square, (jnp.array([0.3, -1.2]),)
"""


@pytest.mark.parametrize("given", ["Square, (torch.randn(3),)", "Layer(), torch.randn(3)"])
@pytest.mark.parametrize("wrong", [False, True])
def test_a_rule_of_pytorch_is_checked(
    call: Call, write: Callable[..., str], given: str, wrong: bool
) -> None:
    pytest.importorskip("torch", reason="PyTorch is an extra")
    text = TORCH.replace("CASE", given)
    answer = call("check", write(text.replace("2 * g * x", "g * x") if wrong else text))
    assert answer.code == wrong, answer
    assert f"Checking {given.partition(',')[0].removesuffix('()')} of" in answer.err
    assert (", line 13: " in answer.out) == wrong


def test_tensors_are_refused_with_what_to_return(call: Call, write: Callable[..., str]) -> None:
    pytest.importorskip("torch", reason="PyTorch is an extra")
    text = TORCH.replace("CASE", '{"W": torch.randn(3, 2)}, (torch.randn(3),)')
    answer = call("check", write(text))
    assert answer.code == 2, answer
    assert "case returns what a framework holds: return arrays of NumPy" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_another_reference_is_refused(call: Call, write: Callable[..., str]) -> None:
    pytest.importorskip("torch", reason="PyTorch is an extra")
    text = TORCH.replace("CASE", "Square, torch.randn(3)")
    answer = call("check", write(text), "--method", "central", "--quiet")
    assert answer.code == 2, answer
    assert "--method is for NumPy" in answer.err


def test_a_rule_of_jax_is_checked(call: Call, write: Callable[..., str]) -> None:
    pytest.importorskip("jax", reason="JAX is an extra")
    assert call("check", write(JAX)).code == 0
    answer = call("check", write(JAX.replace("2 * g * x", "g * x")))
    assert answer.code == 1, answer
    assert "0.5 x" in answer.out or "`2 *` is missing" in answer.out
