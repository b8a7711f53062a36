"""Double precision for the verdict, and what the user's own precision makes of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recording import Step


def in_double(torch: Any, tensor: Any) -> Any:
    """Return a copy of a tensor in double precision."""
    device = "cpu" if tensor.device.type == "mps" else tensor.device
    return tensor.detach().to(device=device, dtype=torch.float64, copy=True)


def is_narrow(step: Step) -> bool:
    """Say whether a value has fewer digits than a double."""
    dtype = np.asarray(step.value).dtype
    return dtype.kind == "f" and dtype.itemsize < 8


def largest_error(own: Mapping[str, Any], exact: Mapping[str, Any]) -> float | None:
    """Return the largest relative error of any array; ``None`` if nothing can be compared."""
    errors = []
    for name, value in own.items():
        right = exact.get(name)
        if value is None or right is None or np.shape(value) != np.shape(right):
            continue
        size = float(np.abs(right).max(initial=0.0))
        if size:
            errors.append(float(np.abs(value - right).max(initial=0.0)) / size)
    return max(errors, default=None)
