"""Double precision for the verdict, and what the user's own precision makes of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.comparison import scale_of_all
from trainwell.errors import ConfigurationError

_FAINT = 1e-3  # of the largest gradient


def in_double(torch: Any, tensor: Any) -> Any:
    """Return a copy of a tensor in double precision."""
    device = "cpu" if tensor.device.type == "mps" else tensor.device
    return tensor.detach().to(device=device, dtype=torch.float64, copy=True)


@contextmanager
def double_by_default(torch: Any, owner: str) -> Iterator[None]:
    """Let new tensors be of double precision, as the inputs are; what mixes both is refused.

    Parameters
    ----------
    torch : module
        PyTorch.
    owner : str
        Who computes, for the sentence.

    Yields
    ------
    None
        The default is what it was before, behind this.

    Raises
    ------
    ConfigurationError
        If the user's code makes tensors of another precision than its inputs.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    except RuntimeError as error:
        said = str(error).splitlines()[0]
        if "dtype" not in said and "scalar type" not in said:
            raise
        mixed = f"it is checked in double precision, and makes tensors of another one ({said})"
        mixed += ": make constants with `dtype=x.dtype`"
        raise ConfigurationError.contradiction(owner, mixed) from error
    finally:
        torch.set_default_dtype(before)


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
