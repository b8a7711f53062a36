"""Fourier's transforms of real numbers, of several axes and of cosines, by other handlers."""

# ruff: noqa: ARG001 - handlers take the table, the recorder, and what NumPy takes

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.composed import Handlers
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced


def _real(f: Handlers, recorder: Recorder, a: Any) -> Any:
    return f["real_part"](recorder, a) if a.dtype.kind == "c" else a


def _imaginary(f: Handlers, recorder: Recorder, a: Any) -> Any:
    return f["imaginary_part"](recorder, a) if a.dtype.kind == "c" else np.zeros(a.shape)


def _conjugate(f: Handlers, recorder: Recorder, a: Any) -> Any:
    if a.dtype.kind != "c":
        return f["copy"](recorder, a)
    return recorder.traced(recorder.elementwise(np.conjugate, (a,)))


def _angle(f: Handlers, recorder: Recorder, z: Any, deg: Any = False) -> Any:  # noqa: FBT002
    parts = _imaginary(f, recorder, z), _real(f, recorder, z)
    found = recorder.traced(recorder.elementwise(np.arctan2, parts))
    return found * (180 / np.pi) if deg else found


def _part(a: Any, stop: int, axis: int, start: int = 0) -> Any:
    return a[(*(slice(None),) * (axis % a.ndim), slice(start, stop))]


def _of_real(
    f: Handlers, recorder: Recorder, a: Any, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    """Return the first half of a transform; the other one is its mirror image."""
    whole = f["fft"](recorder, a, n, axis, norm)
    return _part(whole, whole.shape[axis] // 2 + 1, axis)


def _to_real(
    f: Handlers, recorder: Recorder, a: Any, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    """Transform a half back, with its mirror image behind it."""
    n = 2 * (a.shape[axis] - 1) if n is None else n
    missing = n // 2 + 1 - a.shape[axis]
    half = _part(a, n // 2 + 1, axis)
    if missing > 0:
        widths = [(0, 0)] * a.ndim
        widths[axis] = 0, missing
        half = f["pad"](recorder, half, widths)
    mirrored = f["flip"](recorder, _part(half, (n + 1) // 2, axis, 1), axis)
    whole = f["concatenate"](recorder, [half, f["conj"](recorder, mirrored)], axis)
    return _real(f, recorder, f["ifft"](recorder, whole, None, axis, norm))


def _of_several(
    name: str,
    f: Handlers,
    recorder: Recorder,
    a: Any,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    *,
    count: int | None = None,
    last: str = "",
) -> Any:
    """Transform along one axis after the other; ``last`` for the last of them."""
    if axes is None:
        axes = range(-count, 0) if count else range(-(a.ndim if s is None else len(s)), 0)
    lengths = [None] * len(axes) if s is None else s
    pairs = [*zip(axes, lengths, strict=True)]
    if last == "rfft":
        a = f["rfft"](recorder, a, pairs[-1][1], pairs[-1][0], norm)
    for axis, n in pairs[:-1] if last else pairs:
        a = f[name](recorder, a, n, axis, norm)
    if last == "irfft":
        a = f["irfft"](recorder, a, pairs[-1][1], pairs[-1][0], norm)
    return a


def _shifted(sign: int) -> Callable[..., Any]:
    def handler(f: Handlers, recorder: Recorder, x: Any, axes: Any = None) -> Any:
        along = [*range(x.ndim)] if axes is None else [int(axis) for axis in np.atleast_1d(axes)]
        halves = [x.shape[axis] // 2 if sign > 0 else -(x.shape[axis] // 2) for axis in along]
        return f["roll"](recorder, x, tuple(halves), tuple(along))

    return handler


def _cosines(
    f: Handlers,
    recorder: Recorder,
    x: Any,
    type: int = 2,  # noqa: A002 - as SciPy calls it
    n: int | None = None,
    axis: int = -1,
    norm: Any = None,
    *,
    inverse: bool = False,
) -> Any:
    if not is_traced(x) or (n is not None and n != x.shape[axis]) or x.dtype.kind == "c":
        raise Unsupported.operation("a cosine transform with these arguments")
    return recorder.traced(
        recorder.by_rule("cosine_transform", (x,), type=type, axis=axis, norm=norm, inverse=inverse)
    )


COMPOSED_SPECTRA: dict[str, Callable[..., Any]] = {
    "real": _real,
    "imag": _imaginary,
    "conj": _conjugate,
    "angle": _angle,
    "rfft": _of_real,
    "irfft": _to_real,
    "fft2": partial(_of_several, "fft", count=2),
    "ifft2": partial(_of_several, "ifft", count=2),
    "fftn": partial(_of_several, "fft"),
    "ifftn": partial(_of_several, "ifft"),
    "rfft2": partial(_of_several, "fft", count=2, last="rfft"),
    "irfft2": partial(_of_several, "ifft", count=2, last="irfft"),
    "rfftn": partial(_of_several, "fft", last="rfft"),
    "irfftn": partial(_of_several, "ifft", last="irfft"),
    "fftshift": _shifted(1),
    "ifftshift": _shifted(-1),
    "dct": _cosines,
    "idct": partial(_cosines, inverse=True),
}
"""By the name of the function in ``numpy.fft``, and in ``scipy.fft``."""
