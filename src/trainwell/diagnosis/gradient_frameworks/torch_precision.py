"""Double precision for the verdict, and what the user's own precision makes of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.comparison import scale_of_all
from trainwell.errors import ConfigurationError

_Result = TypeVar("_Result")
_FAINT = 1e-3  # of the largest gradient


def in_double(torch: Any, tensor: Any) -> Any:
    """Return a copy of a tensor in double precision."""
    device = "cpu" if tensor.device.type == "mps" else tensor.device
    return tensor.detach().to(device=device, dtype=torch.float64, copy=True)


def computed_in_double(torch: Any, owner: str, run: Callable[[], _Result]) -> _Result:
    """Return what is computed while new tensors are of double precision, as the inputs are.

    Where PyTorch does not mix them with narrower ones that were made before, all is computed
    once more, and those are made double wherever both meet.

    Parameters
    ----------
    torch : module
        PyTorch.
    owner : str
        Who computes, for the sentence.
    run : callable
        Computes it; it may be called twice.

    Returns
    -------
    Any
        What it returns. The default precision is what it was before.

    Raises
    ------
    ConfigurationError
        If the user's code writes double numbers into narrower tensors.
    """
    with _double_by_default(torch):
        try:
            return run()
        except RuntimeError as error:
            if not mixes(error):
                raise
        try:
            with _widening(torch):
                return run()
        except RuntimeError as error:
            if not mixes(error):
                raise
            said = str(error).partition("\n")[0]
    mixed = f"it is checked in double precision, and writes into tensors of another one ({said})"
    raise ConfigurationError.contradiction(owner, f"{mixed}: make them with `dtype=x.dtype`")


@contextmanager
def _double_by_default(torch: Any) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def mixes(error: Exception) -> bool:
    """Say whether PyTorch complains that tensors hold numbers of several kinds.

    Parameters
    ----------
    error : Exception
        What it has raised.

    Returns
    -------
    bool
        By its words: it has no class of its own.
    """
    said = str(error).partition("\n")[0]
    return isinstance(error, RuntimeError) and ("dtype" in said or "scalar type" in said)


def _widening(torch: Any) -> Any:
    """Return a mode in which narrower tensors are made double where PyTorch does not mix both."""
    tree_map_only = import_module("torch.utils._pytree").tree_map_only
    mode_type = import_module("torch.utils._python_dispatch").TorchDispatchMode

    def wide(value: Any) -> Any:
        return value.to(torch.float64) if value.is_floating_point() else value

    def handle(_: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = kwargs or {}
        try:
            return function(*args, **kwargs)
        except RuntimeError as error:
            if function._schema.is_mutable or not mixes(error):  # noqa: SLF001
                raise
        args, kwargs = tree_map_only(torch.Tensor, wide, (args, kwargs))
        return function(*args, **kwargs)

    return type("Widening", (mode_type,), {"__torch_dispatch__": handle})()


def is_narrow(step: Step) -> bool:
    """Say whether a value has fewer digits than a double."""
    dtype = np.asarray(step.value).dtype
    return dtype.kind == "f" and dtype.itemsize < 8


def largest_error(own: Mapping[str, Any], exact: Mapping[str, Any]) -> float | None:
    """Return the largest relative error of any array; ``None`` if nothing can be compared.

    What is nearly zero beside the others is measured by these.
    """
    known = {name: g for name, g in exact.items() if g is not None}
    errors, least = [], _FAINT * scale_of_all(known)
    for name, value in own.items():
        right = exact.get(name)
        if value is None or right is None or np.shape(value) != np.shape(right):
            continue
        size = max(float(np.abs(right).max(initial=0.0)), least)
        if size:
            errors.append(float(np.abs(value - right).max(initial=0.0)) / size)
    return max(errors, default=None)
