"""How large the quantities of a run were at its last steps, and which of them grew."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from trainwell.diagnosis.replay import Sizes
from trainwell.network.network import Network

_GROWN = 100.0  # times in all: a growth that is worth a word
_NOISE = 10.0  # times the lowest: batches differ
_PLURALS = {"parameter": "parameters", "statistic": "running statistics"}


@dataclass(frozen=True)
class Trace:
    """The size of one quantity at the last steps.

    Parameters
    ----------
    quantity : str
        ``"input"``, ``"activation"``, ``"logits"``, ``"statistic"``, ``"loss"``,
        ``"penalty"``, ``"gradient"``, and after the step ``"first moment"``, ... and
        ``"parameter"``.
    layer : int
        Layer, from 1; 0 where it belongs to none.
    kind : str
        Class of that layer, or ``""``.
    values : tuple of float or None
        Largest absolute value at each step; ``None`` where it is not finite.
    """

    quantity: str
    layer: int
    kind: str
    values: tuple[float | None, ...]

    def __str__(self) -> str:
        words = _PLURALS.get(self.quantity, self.quantity)
        return f"the {words} of layer {self.layer} ({self.kind})" if self.layer else f"the {words}"


@dataclass(frozen=True)
class Growth:
    """How one quantity grew up to the last step at which it was finite.

    Parameters
    ----------
    quantity : str
        As in :class:`Trace`.
    what : str
        The same with its layer, in words.
    factor : float
        Per step, the geometric mean.
    steps : int
        Over how many.
    first, last : float
        Largest absolute values before and after them.
    """

    quantity: str
    what: str
    factor: float
    steps: int
    first: float
    last: float

    def __str__(self) -> str:
        often = f"times a step over the last {self.steps} steps"
        if self.steps == 1:
            often = "times in the last step"
        factor = f"{self.factor:.2g}" if self.factor < 100 else f"{self.factor:,.0f}"
        if self.factor >= 1e4:
            factor = f"{self.factor:.0e}"
        return f"{self.what} grew {factor} {often}, from {self.first:.2g} to {self.last:.2g}"


def traces(network: Network, sizes: Sequence[Sizes]) -> tuple[Trace, ...]:
    """Return the sizes of each quantity over the steps, in the order of their computation."""
    found = []
    for quantity, layer in sizes[-1]:
        kind = type(network.layers[layer - 1]).__name__ if layer else ""
        values = [step[quantity, layer] for step in sizes]
        finite = tuple(value if isfinite(value) else None for value in values)
        found.append(Trace(quantity, layer, kind, finite))
    return tuple(found)


def growths(found: Sequence[Trace]) -> tuple[Growth, ...]:
    """Return what grew at least hundredfold until the end, what began first standing first."""
    grown = []
    for trace in found:
        values = [value for value in trace.values if value]
        start = _onset(values)
        steps = len(values) - 1 - start
        if trace.quantity == "input" or steps < 1 or values[-1] < _GROWN * values[start]:
            continue
        factor = _factor(values, start)
        growth = Growth(trace.quantity, str(trace), factor, steps, values[start], values[-1])
        grown.append(growth)
    return tuple(sorted(grown, key=lambda growth: (-growth.steps, -growth.factor)))


def told(found: Sequence[Growth], measured: Sequence[Trace]) -> list[str]:
    """Return a sentence for each quantity, about the layer that began first."""
    chosen: dict[str, Growth] = {}
    for growth in found:
        chosen.setdefault(growth.quantity, growth)
    sentences = []
    for quantity, growth in chosen.items():
        layers = sum(trace.quantity == quantity for trace in measured)
        all_did = layers > 1 and sum(other.quantity == quantity for other in found) == layers
        sentences.append(f"{growth}" + "; the other layers grew, too" * all_did)
    return sentences


def _onset(values: Sequence[float]) -> int:
    """Return where a growth starts: before it stays above ten times the lowest so far.

    A growth that is slow began earlier: go back for as long as it was alike.
    """
    lowest, start = float("inf"), 0
    for place, value in enumerate(values):
        lowest = min(lowest, value)
        if value <= _NOISE * lowest:
            start = place
    while start > 0 and values[start - 1] < values[start]:
        later = _factor(values, start)
        if values[start] / values[start - 1] < later**0.5:
            break
        start -= 1
    return start


def _factor(values: Sequence[float], start: int) -> float:
    """Return the growth per step from a place to the end."""
    steps = max(1, len(values) - 1 - start)
    # Of the roots, since the quotient itself may overflow.
    return float(values[-1] ** (1 / steps) / values[start] ** (1 / steps))
