"""Passes through a network: forward, backward, and the gather of a batch before them."""

import numpy as np

from trainwell.kernels.compiling import kernel, part
from trainwell.kernels.families import call_backward, call_forward
from trainwell.kernels.program import (
    EXTRA,
    EXTRA_SIZE,
    INPUTS,
    OUTPUTS,
    SAME,
    VALUES,
    Program,
    Workspace,
)
from trainwell.kernels.views import flat, matrix, row, segment
from trainwell.types import FloatArray, IntArray

BLOCK = 16
"""Examples that are gathered together: what they write fills whole lines of the cache."""


@part
def output_of(program: Program, workspace: Workspace, layer: int, examples: int) -> FloatArray:
    """View the output (U, B) of a layer."""
    units = program.layers[layer, OUTPUTS]
    start = program.layers[layer, VALUES] * workspace.capacity
    return matrix(workspace.values, start, units, examples)


@part
def _extra_of(program: Program, workspace: Workspace, layer: int) -> FloatArray:
    """View what a layer keeps for its way back."""
    return segment(
        workspace.extras, program.layers[layer, EXTRA], program.layers[layer, EXTRA_SIZE]
    )


@kernel
def forward(
    program: Program,
    theta: FloatArray,
    buffers: FloatArray,
    workspace: Workspace,
    x: FloatArray,
    training: bool,
    key: int,
    first: int,
) -> FloatArray:
    """Return the logits (O, B) of a batch (I, B) or of its examples from ``first`` on.

    They are a view of the workspace.
    """
    examples = x.shape[1]
    values = x
    for layer in range(program.layers.shape[0]):
        output = output_of(program, workspace, layer, examples)
        call_forward(
            program.forward[layer],
            (
                row(program.layers, layer),
                row(program.numbers, layer),
                theta,
                buffers,
                values,
                output,
                _extra_of(program, workspace, layer),
                training,
                key,
                first,
            ),
        )
        values = output
    return values


@kernel
def backward(
    program: Program, theta: FloatArray, workspace: Workspace, x: FloatArray, side: int
) -> None:
    """Compute the gradient; that of the logits stands in ``workspace.grads[side]``."""
    examples = x.shape[1]
    for layer in range(program.layers.shape[0] - 1, program.lowest - 1, -1):
        inputs, outputs = program.layers[layer, INPUTS], program.layers[layer, OUTPUTS]
        before = x if layer == 0 else output_of(program, workspace, layer - 1, examples)
        grad_y = matrix(workspace.grads[side], 0, outputs, examples)
        side = side if program.layers[layer, SAME] else 1 - side
        grad_x = matrix(workspace.grads[side], 0, inputs, examples)
        call_backward(
            program.backward[layer],
            (
                row(program.layers, layer),
                row(program.numbers, layer),
                theta,
                before,
                output_of(program, workspace, layer, examples),
                _extra_of(program, workspace, layer),
                grad_y,
                grad_x,
                workspace.gradient,
                layer > program.lowest,
            ),
        )


@kernel
def gather(rows: FloatArray, order: IntArray, columns: FloatArray) -> None:
    """Copy the rows of some examples to ``columns`` (I, B), block by block."""
    features, examples = columns.shape
    numbers = flat(rows)
    places = np.empty(BLOCK, np.uint64)  # unsigned: no index counts from the end
    for start in range(0, examples, BLOCK):
        width = min(BLOCK, examples - start)
        for example in range(width):
            places[example] = np.uint64(order[start + example] * features)
        if width == BLOCK:
            for feature in range(np.uint64(features)):
                for example in range(BLOCK):
                    columns[feature, start + example] = numbers[places[example] + feature]
        else:
            for feature in range(np.uint64(features)):
                for example in range(width):
                    columns[feature, start + example] = numbers[places[example] + feature]


@kernel
def slice_columns(whole: FloatArray, first: int, columns: FloatArray) -> None:
    """Copy adjacent columns from ``first`` on to ``columns`` (I, B)."""
    for feature in range(columns.shape[0]):
        for example in range(columns.shape[1]):
            columns[feature, example] = whole[feature, first + example]


@part
def batch_views(
    workspace: Workspace, examples: int, inputs: int, outputs: int
) -> tuple[FloatArray, FloatArray]:
    """View the places of a batch's features (I, B) and targets (O, B)."""
    x = matrix(workspace.x, 0, inputs, examples)
    return x, matrix(workspace.y, 0, outputs, examples)
