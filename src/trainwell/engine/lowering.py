"""A network and a plan as the arrays and addresses that the kernels read."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from trainwell.errors import ConfigurationError
from trainwell.kernels.activate import activate, activate_back
from trainwell.kernels.activations import ACTIVATION_KERNELS
from trainwell.kernels.batch_norm import batch_norm, batch_norm_back
from trainwell.kernels.calls import Member
from trainwell.kernels.dense import dense, dense_back
from trainwell.kernels.dropout import dropout, dropout_back
from trainwell.kernels.gradients import clip, decay, penalize
from trainwell.kernels.losses import LOSS_KERNELS
from trainwell.kernels.optimizers import UPDATE_KERNELS
from trainwell.kernels.products import affine
from trainwell.kernels.program import (
    BIAS,
    COLUMNS,
    EPSILON,
    EXTRA,
    EXTRA_SIZE,
    IN_PLACE,
    INPUTS,
    KEEP,
    KEEPS_INPUT,
    MOMENTUM,
    NUMBERS,
    ORDINAL,
    OUTPUTS,
    PARAMETERS,
    PRODUCT,
    SAME,
    SLOPE,
    STATISTICS,
    THRESHOLD,
    VALUE,
    VALUES,
    Program,
    Workspace,
)
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.layer import Layer
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.training.descent import Momentum
from trainwell.training.optimizer import Optimizer
from trainwell.training.plan import Plan
from trainwell.types import FloatArray

LINE = 64
"""Bytes that a cache holds or fetches together."""

LAYER_KERNELS: dict[type, tuple[Member, Member]] = {
    Dense: (dense, dense_back),
    BatchNorm: (batch_norm, batch_norm_back),
    Activate: (activate, activate_back),
    Dropout: (dropout, dropout_back),
}
"""Every layer's way there and back."""


def lacks_kernel(network: Network, loss: Loss, optimizer: Optimizer | None = None) -> str:
    """Return which part has no kernel.

    Parameters
    ----------
    network : Network
        Its layers must have kernels.
    loss : Loss
        The loss.
    optimizer : Optimizer or None, default=None
        The optimizer, where there is one.

    Returns
    -------
    str
        The part in words; empty if all have kernels.
    """
    for layer in network.layers:
        if type(layer) not in LAYER_KERNELS:
            return f"the layer {type(layer).__name__}"
    if type(loss) not in LOSS_KERNELS:
        return f"the loss {type(loss).__name__}"
    if optimizer is not None and type(optimizer) not in UPDATE_KERNELS:
        return f"the optimizer {type(optimizer).__name__}"
    return ""


def require_kernels(network: Network, loss: Loss, optimizer: Optimizer | None = None) -> None:
    """Refuse parts of the caller's own, which only the reference engine can run.

    Parameters
    ----------
    network : Network
        Its layers must have kernels.
    loss : Loss
        The loss.
    optimizer : Optimizer or None, default=None
        The optimizer, where there is one.

    Raises
    ------
    ConfigurationError
        If a part has no kernel.
    """
    if missing := lacks_kernel(network, loss, optimizer):
        sentence = f"'compiled' has no kernel for {missing}; take 'reference'"
        raise ConfigurationError.contradiction("engine", sentence)


def lower(
    network: Network, capacity: int, dtype: Any, plan: Plan | None = None, examples: float = 1.0
) -> Program:
    """Return a network, and where it is trained its plan, for the kernels.

    Parameters
    ----------
    network : Network
        Layers that have kernels.
    capacity : int
        Most examples of a pass.
    dtype : dtype
        Single or double precision.
    plan : Plan or None, default=None
        Loss, optimizer and rules; without one the network can only predict.
    examples : float, default=1.0
        Total weight of the training examples, over which the penalty is spread.

    Returns
    -------
    Program
        Arrays and addresses; kernels that were never needed before are compiled.
    """
    layers = np.zeros((len(network.layers), COLUMNS), dtype=np.int64)
    numbers = np.zeros((len(network.layers), NUMBERS))
    values = extra = 0
    before: Layer | None = None
    for row, own, layer, ordinal, arrays, statistics in zip(
        layers,
        numbers,
        network.layers,
        network.ordinals,
        network.parameter_cuts,
        network.buffer_cuts,
        strict=True,
    ):
        row[[INPUTS, OUTPUTS]] = layer.inputs, layer.outputs
        row[PARAMETERS] = arrays[0][0] if arrays else 0
        row[STATISTICS] = statistics[0][0] if statistics else 0
        if isinstance(layer, Activate):
            row[SAME] = 1
            row[IN_PLACE] = isinstance(before, Dense | BatchNorm | Dropout)
        values -= layer.outputs if row[IN_PLACE] else 0
        row[[VALUES, EXTRA, EXTRA_SIZE]] = values, extra, _extra_size(layer, capacity)
        _describe(layer, ordinal, dtype, row, own)
        values += layer.outputs
        extra += int(row[EXTRA_SIZE])
        before = layer
    there, back = zip(*(LAYER_KERNELS[type(layer)] for layer in network.layers), strict=True)
    trained = [bool(layer.slots) for layer in network.layers]
    return Program(
        forward=_addresses(there, dtype),
        backward=_addresses(back if plan else (), dtype),
        layers=layers,
        numbers=numbers,
        segments=_segments(network),
        lowest=trained.index(True) if any(trained) else len(trained),
        loss=LOSS_KERNELS[type(plan.loss)].loss.address(dtype) if plan else 0,
        loss_numbers=_numbers_of(plan.loss) if plan else np.zeros(0),
        update=UPDATE_KERNELS[type(plan.optimizer)].address(dtype) if plan else 0,
        update_numbers=_numbers_of(plan.optimizer) if plan else np.zeros(0),
        penalty=penalize.address(dtype) if plan and plan.penalty else 0,
        clipping=clip.address(dtype) if plan and (plan.clip_value or plan.clip_norm) else 0,
        decay=decay.address(dtype) if plan and plan.weight_decay else 0,
        rules=_rules(plan, examples) if plan else np.zeros(0),
    )


def workspace(program: Program, capacity: int, dtype: Any, size: int = 0) -> Workspace:
    """Return room for passes of up to ``capacity`` examples.

    Parameters
    ----------
    program : Program
        Lowered for at least as many.
    capacity : int
        Most examples of a pass.
    dtype : dtype
        Single or double precision.
    size : int, default=0
        Number of parameters, where there are passes back.

    Returns
    -------
    Workspace
        Zeros, where it matters.
    """
    layers = program.layers
    inputs, outputs, values, extras = (
        int(layers[which, column])
        for which, column in ((0, INPUTS), (-1, OUTPUTS), (-1, VALUES), (-1, EXTRA))
    )
    widest = max(inputs, *layers[:, OUTPUTS].tolist())
    lengths = {
        "values": (values + outputs) * capacity,
        "extras": extras + int(layers[-1, EXTRA_SIZE]),
        "gradient": size,
        "x": inputs * capacity,
        "y": outputs * capacity,
        "weight": capacity,
        "ones": capacity,
    }
    room = aligned((*lengths.values(), widest * capacity, widest * capacity), dtype)
    parts = dict(zip(lengths, room, strict=False))
    parts["ones"][:] = 1
    return Workspace(capacity=capacity, grads=(room[-2], room[-1]), **parts)


def aligned(lengths: Sequence[int], dtype: Any) -> list[FloatArray]:
    """Return zeros, each part on a line of the cache: no vector of numbers lies across two.

    Parameters
    ----------
    lengths : sequence of int
        Of the parts.
    dtype : dtype
        Single or double precision.

    Returns
    -------
    list of FloatArray
        Vectors.
    """
    size = np.dtype(dtype).itemsize
    line = LINE // size
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + -(-length // line) * line)
    room = np.zeros(starts[-1] + line, dtype)
    first = -room.__array_interface__["data"][0] % LINE // size
    return [
        room[first + start : first + start + length]
        for start, length in zip(starts, lengths, strict=False)
    ]


def _extra_size(layer: Layer, capacity: int) -> int:
    if isinstance(layer, Dense):  # zeros in place of a bias, which the way back never has
        return max(layer.outputs, layer.inputs)
    if isinstance(layer, BatchNorm):  # normal values, and what they were divided by
        return layer.units * (capacity + 1)
    if isinstance(layer, Activate):
        return layer.units * capacity if ACTIVATION_KERNELS[layer.function].keeps_input else 0
    return layer.outputs * capacity  # the mask of dropout


def _describe(layer: Layer, ordinal: int, dtype: Any, row: Any, numbers: FloatArray) -> None:
    """Write what is particular to a layer into its ``row`` and ``numbers``."""
    if isinstance(layer, Dense):
        row[[BIAS, PRODUCT]] = layer.bias, affine.address(dtype)
    elif isinstance(layer, BatchNorm):
        numbers[[MOMENTUM, EPSILON]] = layer.momentum, layer.epsilon
    elif isinstance(layer, Activate):
        kernels = ACTIVATION_KERNELS[layer.function]
        row[[VALUE, SLOPE]] = kernels.value.address(dtype), kernels.back.address(dtype)
        row[KEEPS_INPUT] = kernels.keeps_input
    elif isinstance(layer, Dropout):
        numbers[KEEP] = 1 - layer.rate
        row[[ORDINAL, THRESHOLD]] = ordinal, round((1 - layer.rate) * 2.0**32)


def _addresses(kernels: Sequence[Member], dtype: Any) -> Any:
    return np.array([kernel.address(dtype) for kernel in kernels], dtype=np.int64)


def _segments(network: Network) -> Any:
    """Return start, stop and whether it is penalised of each array within ``theta``."""
    rows = [
        (start, stop, slot.penalized)
        for layer, cuts in zip(network.layers, network.parameter_cuts, strict=True)
        for slot, (start, stop, _) in zip(layer.slots, cuts, strict=True)
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _numbers_of(setting: Loss | Optimizer) -> FloatArray:
    """Return the settings of a loss or optimizer, in the order of its fields."""
    if isinstance(setting, Momentum):
        newest = 1 - setting.beta if setting.form == "average" else 1.0
        return np.array([setting.beta, newest, setting.nesterov], dtype=np.float64)
    values = [getattr(setting, field.name) for field in fields(setting)]  # type: ignore[arg-type]
    return np.array(values, dtype=np.float64)


def _rules(plan: Plan, examples: float) -> FloatArray:
    penalty = plan.penalty
    clipping = (plan.clip_value or 0, plan.clip_norm or 0)
    return np.array([penalty.l1, penalty.l2, examples, *clipping, plan.weight_decay], float)
