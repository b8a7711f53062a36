"""An activation as a layer there and back, whichever function it is."""

from trainwell.kernels.calls import member
from trainwell.kernels.families import BACKWARD, FORWARD, call_slope, call_value
from trainwell.kernels.program import IN_PLACE, KEEPS_INPUT, SLOPE, VALUE
from trainwell.kernels.views import flat, segment
from trainwell.types import FloatArray, IntArray


@member(FORWARD)
def activate(
    layer: IntArray,
    numbers: FloatArray,
    theta: FloatArray,
    buffers: FloatArray,
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    training: bool,
    key: int,
    first: int,
) -> None:
    """Compute ``g(x)``; ``y`` may be the very array ``x``, ``extra`` may keep the input."""
    given, made = flat(x), flat(y)
    if not layer[IN_PLACE]:
        for i in range(given.size):
            made[i] = given[i]
    if layer[KEEPS_INPUT] and training:
        for i in range(given.size):
            extra[i] = given[i]
    call_value(layer[VALUE], (made,))


@member(BACKWARD)
def activate_back(
    layer: IntArray,
    numbers: FloatArray,
    theta: FloatArray,
    x: FloatArray,
    y: FloatArray,
    extra: FloatArray,
    grad_y: FloatArray,
    grad_x: FloatArray,
    gradient: FloatArray,
    wanted: bool,
) -> None:
    """Multiply by the slope; ``grad_x`` is the very array ``grad_y``."""
    kept = segment(extra, 0, y.size) if layer[KEEPS_INPUT] else flat(y)
    call_slope(layer[SLOPE], (kept, flat(grad_y)))
