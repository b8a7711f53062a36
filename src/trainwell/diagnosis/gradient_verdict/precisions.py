"""What rounding does to a gradient: seen in longer numbers, or excluded by shorter ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import relative_error, scale_of_all
from trainwell.diagnosis.gradient_verdict.parameters import given_gradient
from trainwell.diagnosis.gradient_verdict.reference import Reference, converted, converted_trace
from trainwell.diagnosis.gradient_verdict.slopes import scale_of
from trainwell.types import FloatArray

_SHRUNK = 0.05  # of an error: long double has three more digits than this
_STEPS = 2.0 ** -np.array([18, 20])
_CLEARLY = 0.1  # of the distance between two gradients: so near is the slope to one of them
_ROUNDINGS = 1e-12  # relative: thousands of the last digit, so that each rounding is another
_STEADY = 1e-3  # what single precision may change: of that, a double has the billionth part


def agree(
    own: Any, better: FloatArray, everything: Mapping[str, FloatArray], error: float = 0.0
) -> bool:
    """Say whether a gradient agrees with the reference in longer numbers.

    Parameters
    ----------
    own : Any
        What the backward pass gave in longer numbers.
    better : FloatArray
        The reference in them.
    everything : mapping of str to FloatArray
        That of all parameters.
    error : float, default=0.0
        Of the gradient in double precision.

    Returns
    -------
    bool
        True if the error has shrunk as rounding does; a mistake stays.
    """
    value = np.asarray(own)
    if value.shape != better.shape or value.dtype.kind != better.dtype.kind:
        return False
    floor = 1e-6 * max(float(np.abs(r).max(initial=0.0)) for r in everything.values())
    size = max(float(np.abs(better).max(initial=0.0)), floor) or 1.0
    allowed = max(1e-10, min(_SHRUNK * error, 1e-3))
    return bool(np.abs(value - better).max(initial=0.0) <= allowed * size)


def in_long_double(calls: Calls, key: Any) -> tuple[dict[str, FloatArray], dict[str, Any]] | None:
    """Return reference and gradient in longer numbers; ``None`` where they are not to be had."""
    own = own_in(calls, key, np.longdouble)
    if own is None:
        return None
    try:
        with np.errstate(all="ignore"):
            trace = converted_trace(calls, np.longdouble)
            better = trace.gradient(sweep(trace.recording, trace.output))
    except Exception:  # noqa: BLE001 - the user's functions may refuse other numbers as they like
        return None
    return better, own


def own_in(calls: Calls, key: Any, dtype: Any) -> dict[str, Any] | None:
    """Return what the backward pass gives for numbers of another precision.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    key : str, callable or mapping
        From parameters to their gradients.
    dtype : type
        Of the numbers.

    Returns
    -------
    dict of str to Any or None
        ``None`` if it does not take them, or if long doubles are doubles here.
    """
    if dtype is np.longdouble and np.finfo(dtype).eps == np.finfo(np.float64).eps:
        return None
    arrays, data = converted(calls, dtype)
    try:
        with np.errstate(all="ignore"):
            apart = calls.untimed()
            _, cache = apart.value(lambda name: arrays[name].copy(), data)
            returned = apart.gradients(cache, lambda name: arrays[name].copy(), data)
    except Exception:  # noqa: BLE001 - the user's functions may refuse other numbers as they like
        return None
    return given_gradient(returned, calls.parameters, key)


def sides_with(
    better: Mapping[str, FloatArray], own: Mapping[str, Any], calls: Calls, names: Sequence[str]
) -> bool:
    r"""Say whether the untouched function takes the side of a reference against a gradient.

    .. math:: \langle \nabla f, u \rangle
        \approx \langle r, u \rangle, \qquad u = (g - r) / \lVert g - r \rVert

    with a difference in longer numbers, for which :math:`\lVert g - r \rVert` may be small.

    Parameters
    ----------
    better : mapping of str to FloatArray
        The reference in longer numbers, r.
    own : mapping of str to Any
        The gradient in them, g.
    calls : Calls
        The functions and the point.
    names : sequence of str
        The parameters in question.

    Returns
    -------
    bool
        False also where the function loses the digits that this takes.
    """
    arrays, data = converted(calls, np.longdouble)
    apart = {n: np.asarray(own[n], np.longdouble) - better[n] for n in names}
    length = np.sqrt(sum(np.vdot(part, part) for part in apart.values()))
    if not length > 0:
        return False
    reach = min(scale_of(calls.parameters.arrays[n]) for n in names)
    long_calls = calls.untimed()

    def at(t: float) -> Any:
        with np.errstate(all="ignore"):
            cost, _ = long_calls.value(
                lambda n: arrays[n] + (t / length) * apart[n] if n in apart else arrays[n].copy(),
                data,
            )
        return np.longdouble(np.real(np.asarray(cost)).reshape(()))

    long, short = ((at(h) - at(-h)) / (2 * h) for h in reach * _STEPS)
    promised = sum(np.vdot(better[n], part) for n, part in apart.items()) / length
    return bool(abs((16 * short - long) / 15 - promised) <= _CLEARLY * length)


def lasting(
    calls: Calls,
    found: Reference,
    given: Mapping[str, Any],
    key: Any,
    names: Sequence[str],
    rng: np.random.Generator,
) -> list[str]:
    """Return the parameters whose gradients are off by the same where all is rounded otherwise.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    found : Reference
        The reference there.
    given : mapping of str to Any
        What the backward pass gave there.
    key : str, callable or mapping
        From parameters to their gradients.
    names : sequence of str
        The parameters in question.
    rng : numpy.random.Generator
        Draws a point that is a few roundings away.

    Returns
    -------
    list of str
        Of ``names``: the others may be off by rounding.
    """
    arrays = {
        n: a * (1 + _ROUNDINGS * rng.standard_normal(a.shape))
        for n, a in calls.parameters.arrays.items()
    }
    moved = calls.elsewhere(arrays)
    own = own_in(moved, key, np.float64)
    try:
        trace = converted_trace(moved, np.float64)
    except Unsupported:
        return []
    if own is None:
        return []
    right = trace.gradient(sweep(trace.recording, trace.output))
    pairs = {
        n: (np.asarray(given[n], np.float64) - found.gradient[n], np.asarray(own[n]) - right[n])
        for n in names
    }
    return [
        n
        for n, (one, two) in pairs.items()
        if np.linalg.norm(two - one) <= _CLEARLY * np.linalg.norm(one)
    ]


def is_well_conditioned(
    calls: Calls, found: Reference, given: Mapping[str, Any], key: Any, names: Sequence[str]
) -> bool:
    """Say whether single precision shows that rounding explains no error in double precision.

    Where seven digits instead of sixteen change the gradients by a thousandth at most, the
    rounding of doubles changes them by less than 1e-11. That is quickly seen; that rounding
    does explain an error takes long doubles, which are slow.

    Parameters
    ----------
    calls : Calls
        The functions and the point.
    found : Reference
        The reference, with its recording.
    given : mapping of str to Any
        What the backward pass gave.
    key : str, callable or mapping
        From parameters to their gradients.
    names : sequence of str
        The parameters in question.

    Returns
    -------
    bool
        False also where the functions do not take such numbers, or compute with longer ones.
    """
    own = own_in(calls, key, np.float32)
    if own is None:
        return False
    try:
        with np.errstate(all="ignore"):
            trace = converted_trace(calls, np.float32)
            rough = trace.gradient(sweep(trace.recording, trace.output))
    except Exception:  # noqa: BLE001 - the user's functions may refuse other numbers as they like
        return False
    if any(step.value.dtype == np.float64 for step in trace.of_cost):
        return False  # part of it was not rounded to single precision
    scale = scale_of_all(found.gradient)
    pairs = [(rough[name], found.gradient[name]) for name in names]
    pairs += [(own[name], np.asarray(given[name], np.float64)) for name in names]
    return all(
        np.shape(less) == more.shape
        and relative_error(np.asarray(less, np.float64), more, scale) <= _STEADY
        for less, more in pairs
    )
