"""What a check at this point could not have seen, whatever the bug."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_verdict.comparison import peak_of
from trainwell.diagnosis.gradient_verdict.constants import batch_size
from trainwell.diagnosis.gradient_verdict.symmetric import symmetric_ones
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.types import BoolArray, FloatArray

_SWITCHES = (
    *("maximum", "minimum", "greater", "greater_equal", "less", "less_equal"),
    *("absolute", "sign"),  # beside zero
)
_FLAT = 1e-9
_ZERO = " is zero: whatever passes through it"
_LISTED = 6  # names

ONE_SIDED = "every choice of"
"""What a blind spot begins with that a point with the opposite signs may cure."""


def blind_spots(
    trace: Trace | None,
    gradient: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    data: tuple[Any, ...],
    hyperparameters: Mapping[str, float],
) -> Iterator[str]:
    """Yield what a check at a point cannot reveal.

    Parameters
    ----------
    trace : Trace or None
        The recorded forward pass.
    gradient : mapping of str to FloatArray
        The reference.
    arrays : mapping of str to FloatArray
        The parameters.
    data : tuple
        What the cost was given beside them.
    hyperparameters : mapping of str to float
        Named numbers.

    Yields
    ------
    str
        One short sentence each; those of the hyperparameters cannot be cured by another point.
    """
    yield from switched_off(hyperparameters)
    yield from hidden(trace, gradient, arrays, data).spots


def switched_off(hyperparameters: Mapping[str, float]) -> Iterator[str]:
    """Yield what hyperparameters hide, at any point.

    Parameters
    ----------
    hyperparameters : mapping of str to float
        Named numbers.

    Yields
    ------
    str
        One short sentence each.
    """
    for name, value in hyperparameters.items():
        low = name.lower()
        if value == 0:
            yield f"{name} = 0: whatever is multiplied by it"
        elif value == 1 and ("keep" in low or "prob" in low):
            yield f"{name} = 1: dropout does nothing"


@dataclass(frozen=True, eq=False)
class Hidden:
    """What a point hides that another one may show.

    Parameters
    ----------
    numbers : tuple of str
        What parameters, data and gradient tell; one short sentence each.
    choices : tuple of str
        What the choices of the forward pass tell.
    faint : mapping of str to BoolArray
        Elements of the gradient that are nil beside others.
    """

    numbers: tuple[str, ...]
    choices: tuple[str, ...]
    faint: Mapping[str, BoolArray]

    @property
    def spots(self) -> tuple[str, ...]:
        """All of it."""
        return self.numbers + self.choices


def hidden(
    trace: Trace | None,
    gradient: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    data: tuple[Any, ...],
) -> Hidden:
    """Return what a point hides.

    Parameters
    ----------
    trace : Trace or None
        The recorded forward pass.
    gradient : mapping of str to FloatArray
        The reference.
    arrays : mapping of str to FloatArray
        The parameters.
    data : tuple
        What the cost was given beside them.

    Returns
    -------
    Hidden
        Nothing at a generic point.
    """
    faint = _faint(gradient)
    numbers = (*_numbers(arrays, data), *_symmetric(arrays, gradient), *_vanishing(faint))
    return Hidden(numbers, () if trace is None else tuple(_choices(trace)), faint)


def still_hidden(
    known: Hidden,
    trace: Callable[[], Trace | None],
    gradient: Mapping[str, FloatArray],
    arrays: Mapping[str, FloatArray],
    data: tuple[Any, ...],
) -> Hidden:
    """Return what another point hides, too.

    Parameters
    ----------
    known : Hidden
        What was hidden so far.
    trace : callable
        Records the forward pass at the other point; called only if its choices matter.
    gradient : mapping of str to FloatArray
        The gradient there.
    arrays : mapping of str to FloatArray
        The parameters there.
    data : tuple
        What the cost is given beside them there.

    Returns
    -------
    Hidden
        What both hide.
    """
    faint = {name: mask & known.faint[name] for name, mask in _faint(gradient).items()}
    found = {*_numbers(arrays, data), *_symmetric(arrays, gradient), *_vanishing(faint)}
    recorded = trace() if known.choices else None
    # Where nothing could be recorded, nothing is known of the choices: they are not cured by that.
    choices = set(known.choices if recorded is None else _choices(recorded))
    return Hidden(
        tuple(spot for spot in known.numbers if spot in found),
        tuple(spot for spot in known.choices if spot in choices),
        faint,
    )


def in_words(spots: Sequence[str]) -> str:
    """Return what a point hides as one text; arrays that are zero together.

    Parameters
    ----------
    spots : sequence of str
        One by one.

    Returns
    -------
    str
        Separated by semicolons.

    Examples
    --------
    >>> in_words([f"{name} is zero: whatever passes through it" for name in ("b1", "b2")])
    'b1 and b2 are zero: whatever passes through them'
    """
    names = [spot.removesuffix(_ZERO) for spot in spots if spot.endswith(_ZERO)]
    if len(names) < 2:
        return "; ".join(spots)
    if len(names) > _LISTED:
        names = [*names[: _LISTED - 1], f"{len(names) - _LISTED + 1} more"]
    together = f"{', '.join(names[:-1])} and {names[-1]} are zero: whatever passes through them"
    return "; ".join([together, *(spot for spot in spots if not spot.endswith(_ZERO))])


def _numbers(arrays: Mapping[str, FloatArray], data: tuple[Any, ...]) -> Iterator[str]:
    if batch_size(data) == 1:
        yield "one example: sums, means and which example is which"
    for name, array in arrays.items():
        yield from _degenerate(name, array)


def _degenerate(name: str, array: FloatArray) -> Iterator[str]:
    """Yield what equal numbers hide."""
    if array.size < 2:
        return
    if array.ndim > 1 and not array.flat[0] and not array.any():
        yield name + _ZERO
    elif array.ndim > 1 and array.shape[0] > 1 and _equal_rows(array):
        yield f"{name} has equal rows: units that are exchanged"
    elif array.ndim == 1 and array.any() and (array == array[0]).all():
        yield f"{name} holds one number: elements that are exchanged"


def _symmetric(
    arrays: Mapping[str, FloatArray], gradient: Mapping[str, FloatArray]
) -> Iterator[str]:
    """Yield what symmetric matrices hide."""
    names = sorted(symmetric_ones(arrays, gradient))
    if names:
        yield f"{', '.join(names)} is symmetric, and so is its gradient: a transpose"


def _equal_rows(array: FloatArray) -> bool:
    first, second = array[0], array[1]
    same = first.flat[0] == second.flat[0] and (first == second).all()
    return bool(same and (array == array[:1]).all())


def _faint(gradient: Mapping[str, FloatArray]) -> dict[str, BoolArray]:
    """Say which elements of a gradient are nil beside the largest one."""
    least = _FLAT * max(map(peak_of, gradient.values()), default=0.0)
    return {name: (r <= least) & (r >= -least) for name, r in gradient.items()}


def _vanishing(faint: Mapping[str, BoolArray]) -> Iterator[str]:
    """Yield what a gradient of zero hides."""
    gone, thin = [], []
    for name, mask in faint.items():
        zeros = np.count_nonzero(mask)
        if zeros == mask.size > 0:
            gone.append(name)
        elif zeros:
            thin.append(name)
    if gone:
        yield f"the gradient of {', '.join(gone)} is zero: factors and signs of it"
    if thin:
        yield f"some elements of the gradient of {', '.join(thin)} are zero: mistakes in these"


def _choices(trace: Trace) -> Iterator[str]:
    seen = set()
    for step in trace.recording.steps:
        if step.operation not in _SWITCHES or np.ndim(step.value) == 0 or np.size(step.value) < 2:
            continue
        first, second = (*(a.value if hasattr(a, "value") else a for a in step.arguments), 0)[:2]
        above = np.greater(first, second)
        if np.count_nonzero(above) in (0, above.size):
            line = step.place[1]
            if line not in seen:
                seen.add(line)
                where = f" in line {line}" if line else ""
                side = "first" if above.all() else "second"  # at another point it may be the other
                yield (
                    f"{ONE_SIDED} `{step.operation}`{where} falls on one side, the {side}:"
                    " a wrong mask"
                )
    if trace.ties:
        count = sum(tie.count for tie in trace.ties)
        yield f"{count} number{'s' if count > 1 else ''} exactly at a kink: on which side it counts"
