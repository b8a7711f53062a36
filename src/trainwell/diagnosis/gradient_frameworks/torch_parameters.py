"""What a module's parameters have of their own: hooks, and rows that never get a gradient."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_subject import Point
from trainwell.diagnosis.gradient_frameworks.torch_cuts import of_hook
from trainwell.diagnosis.gradient_localisation.finding import Finding

Hooks = Mapping[str, Sequence[Callable[[Any], Any]]]
"""By the name of the parameter: what changes its gradient."""


def hooks_of(module: Any) -> dict[str, tuple[Callable[[Any], Any], ...]]:
    """Return the hooks of parameters, which copies of them do not have.

    Parameters
    ----------
    module : torch.nn.Module
        As the user has it.

    Returns
    -------
    dict of str to tuple
        Without parameters that have none.
    """
    hooks = {n: (p._backward_hooks or {}).values() for n, p in module.named_parameters()}  # noqa: SLF001 - no other handle
    return {name: tuple(own) for name, own in hooks.items() if own}


def hooked(tensors: Mapping[str, Any], hooks: Hooks) -> Mapping[str, Any]:
    """Give tensors, which are modified, the hooks of the parameters that they stand for."""
    for name, own in hooks.items():
        for hook in own if name in tensors else ():
            tensors[name].register_hook(hook)
    return tensors


def hook_findings(
    hooks: Hooks, given: Mapping[str, Any], expected: Point, wrong: Sequence[str]
) -> list[Finding]:
    """Return the hooks that make gradients of their parameters wrong.

    Parameters
    ----------
    hooks : mapping of str to sequence
        Of the parameters.
    given : mapping of str to Any
        The gradients without these hooks.
    expected : mapping of str to FloatArray
        The right ones.
    wrong : sequence of str
        Parameters and inputs whose gradients are wrong.

    Returns
    -------
    list of Finding
        None where something else is wrong, too.
    """
    return [
        of_hook(hook, name, (name,), sure=True)
        for name in wrong
        for hook in hooks.get(name, ())
        if given.get(name) is not None and np.allclose(given[name], expected[name])
    ]


def padding_of(torch: Any, module: Any) -> dict[str, tuple[Any, Any]]:
    """Return what keeps the row of an embedding as it is that ``padding_idx`` chooses.

    Parameters
    ----------
    torch : module
        PyTorch.
    module : torch.nn.Module
        In double precision.

    Returns
    -------
    dict of str to tuple
        By the name of the weights: by what they are to be multiplied, and what is to be added.
    """
    return {name: _constant_row(torch, weight, row) for name, weight, row in _padded(module)}


def _padded(module: Any) -> Iterator[tuple[str, Any, int]]:
    for prefix, part in module.named_modules():
        row, weight = getattr(part, "padding_idx", None), getattr(part, "weight", None)
        if row is not None and weight is not None:
            yield f"{prefix}.weight" if prefix else "weight", weight, row


def _constant_row(torch: Any, weight: Any, row: int) -> tuple[Any, Any]:
    with torch.no_grad():
        factor, term = torch.ones_like(weight[:, :1]), torch.zeros_like(weight)
        factor[row], term[row] = 0.0, weight[row]
    return factor.detach(), term.detach()
