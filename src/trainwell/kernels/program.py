"""A network, a plan, data and a course through them as the arrays that kernels read."""

from typing import NamedTuple

from trainwell.types import FloatArray, IntArray

# Columns of ``Program.layers``: one row a layer.
INPUTS, OUTPUTS = 0, 1
PARAMETERS, STATISTICS = 2, 3
"""Where the layer's arrays begin in ``theta`` and in ``buffers``."""
VALUES = 4
"""Where its output begins in ``Workspace.values``, in numbers per example."""
EXTRA, EXTRA_SIZE = 5, 6
"""Where its own place in ``Workspace.extras`` begins, and how large it is."""
SAME = 7
"""Whether the way back works in place: gradients before and after it share their array."""
BIAS, PRODUCT = 8, 9
"""Of a dense layer: whether there is one, and the address of ``affine``."""
VALUE, SLOPE = 10, 11
"""Of an activation: the addresses of the function and of its way back."""
IN_PLACE, KEEPS_INPUT = 12, 13
"""Of an activation: whether it writes over its input, whether its way back needs that."""
ORDINAL, THRESHOLD = 14, 15
"""Of dropout: its number among its kind; an entry stays if its 32 bits are below."""
COLUMNS = 16

# Entries of ``Program.numbers`` of a layer.
KEEP = 0
MOMENTUM, EPSILON = 0, 1
NUMBERS = 2

# Entries of ``Program.rules``; a limit of 0 is none.
L1, L2, EXAMPLES, CLIP_VALUE, CLIP_NORM, WEIGHT_DECAY = range(6)


class Program(NamedTuple):
    """A network and a plan.

    ``forward`` and ``backward`` are the addresses of the layers' kernels, ``segments``
    (start, stop, whether penalised) the arrays within ``theta``; layers below ``lowest`` have
    nothing to train. The addresses of ``penalty``, ``clipping`` and ``decay`` are 0 where the
    plan has none; ``rules`` holds their strengths.
    """

    forward: IntArray
    backward: IntArray
    layers: IntArray
    numbers: FloatArray
    segments: IntArray
    lowest: int
    loss: int
    loss_numbers: FloatArray
    update: int
    update_numbers: FloatArray
    penalty: int
    clipping: int
    decay: int
    rules: FloatArray


class Position(NamedTuple):
    """What a step changes: parameters (P,), statistics (S,) and moments (M, P)."""

    theta: FloatArray
    buffers: FloatArray
    moments: FloatArray


class Workspace(NamedTuple):
    """Where a step writes what nobody reads after it, for up to ``capacity`` examples.

    ``values`` holds the outputs of the layers, ``extras`` what a layer keeps for its way
    back, ``grads`` the gradients before and after the layer at hand, ``x``, ``y`` and
    ``weight`` the batch, ``ones`` the weights of examples without weights.
    """

    capacity: int
    values: FloatArray
    extras: FloatArray
    grads: tuple[FloatArray, FloatArray]
    gradient: FloatArray
    x: FloatArray
    y: FloatArray
    weight: FloatArray
    ones: FloatArray


class Source(NamedTuple):
    """A data set, as rows (examples first) or as columns; the other is empty.

    ``weight`` is empty where the examples have none.
    """

    examples: int
    x_rows: FloatArray
    y_rows: FloatArray
    x_columns: FloatArray
    y_columns: FloatArray
    weight: FloatArray


class Course(NamedTuple):
    """Where an epoch is cut and how it goes on.

    ``orders`` holds the order of the examples, one row for each epoch or one for all;
    ``cuts`` where the batches begin and end; ``rates`` (epochs, steps). ``examples`` is the
    size of an epoch, ``carried`` what the steps before have added to its loss. ``full`` says
    that the one batch is the whole source in its own order, ``careful`` that every step is
    looked at, ``settled`` that the course ends epochs: with flushing, validation and the
    best point, which is that of the epoch's start if it ``judges_start``.
    """

    orders: IntArray
    cuts: IntArray
    rates: FloatArray
    examples: int
    carried: float
    full: bool
    careful: bool
    settled: bool
    judges_start: bool
    smallest: float
    dropout_key: int
