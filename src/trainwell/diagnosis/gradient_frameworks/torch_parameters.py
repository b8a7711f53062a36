"""What a module's parameters have of their own: hooks, and rows that never get a gradient."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trainwell.diagnosis.gradient_frameworks.torch_cuts import Hooks


def hooks_of(module: Any) -> dict[str, Hooks]:
    """Return the hooks of parameters, which copies of them do not have.

    Parameters
    ----------
    module : torch.nn.Module
        As the user has it.

    Returns
    -------
    dict of str to dict
        Copies, without parameters that have none.
    """
    hooks = {n: dict(p._backward_hooks or {}) for n, p in module.named_parameters()}  # noqa: SLF001 - no other handle
    return {name: own for name, own in hooks.items() if own}


def hooked(tensors: dict[str, Any], hooks: Mapping[str, Hooks]) -> dict[str, Any]:
    """Give tensors, which are modified, the hooks of the parameters that they stand for."""
    for name, own in hooks.items():
        for hook in own.values():
            tensors[name].register_hook(hook)
    return tensors


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
        Weights that another part of the module uses, too, are missing: there the row counts.
    """
    tables = (torch.nn.Embedding, torch.nn.EmbeddingBag)
    uses = Counter(id(p) for _, p in module.named_parameters(remove_duplicate=False))
    return {
        f"{prefix}.weight" if prefix else "weight": _constant_row(torch, part)
        for prefix, part in module.named_modules()
        if isinstance(part, tables) and part.padding_idx is not None and uses[id(part.weight)] == 1
    }


def _constant_row(torch: Any, table: Any) -> tuple[Any, Any]:
    weight, row = table.weight.detach(), table.padding_idx
    factor, term = torch.ones_like(weight[:, :1]), torch.zeros_like(weight)
    factor[row], term[row] = 0.0, weight[row]
    return factor, term
