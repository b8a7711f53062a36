"""Values of a wrong backward pass that should be derivatives, and which ones they should be."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import kind_of
from trainwell.diagnosis.gradient_localisation.formed import Line, lines_of
from trainwell.diagnosis.gradient_localisation.matching import Derivative, Match
from trainwell.diagnosis.gradient_localisation.namesakes import alike, names_of
from trainwell.diagnosis.gradient_localisation.statements import bindings_of, statement_at
from trainwell.diagnosis.gradient_localisation.usual_factors import usual_factors
from trainwell.diagnosis.gradient_localisation.workshop import Workshop, between, near
from trainwell.diagnosis.gradient_tape.recording import Step

_SUMS = ("add", "subtract")
_BINDINGS = 2  # how far back is looked for what an array is made of, such as indices
LONGEST = 60
"""Operations between two derivatives."""


@dataclass(frozen=True, eq=False)
class WrongValue:
    """A value that should be a derivative.

    Parameters
    ----------
    step : Step
        The value.
    region : list of Step
        The operations that make it of what is right, in their order.
    factors : tuple of float
        By what derivatives are multiplied here.
    multiple : frozenset of Derivative
        Which it is a multiple of already.
    above : frozenset of Derivative
        Of which it is made.
    """

    step: Step
    region: list[Step]
    factors: tuple[float, ...]
    multiple: frozenset[Derivative]
    above: frozenset[Derivative]

    @property
    def lines(self) -> frozenset[Line]:
        """The statements that make it of what is right."""
        return lines_of(step.place[:2] for step in self.region)


def namesakes(value: WrongValue, wanted: frozenset[Derivative]) -> frozenset[Derivative]:
    """Return the derivatives like which a value is called."""
    size, own = np.size(value.step.value), names_of(value.step)
    sized = (d for d in wanted if np.size(d.value) == size)
    return frozenset(d for d in sized if alike(own, names_of(d.step)))


def missing(shop: Workshop) -> frozenset[Derivative]:
    """Return the derivatives of what statements of the forward pass give that are still missing."""
    rows = shop.matches()
    given = (rows.get(step.index, ()) for step in shop.assigned)
    there = {match.derivative for row in given for match in row if near(abs(match.factor), 1.0)}
    whole = (d for d in shop.known if d.consumer is None and d.step.index in shop.ends_of_forward)
    return frozenset(d for d in whole if d not in there)


def wrong_values(
    shop: Workshop, wrong: Sequence[str], longest: int = LONGEST
) -> Iterator[WrongValue]:
    """Yield what statements give that is no derivative, from the cost on.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    longest : int, default=LONGEST
        Operations of which one value may be made.

    Yields
    ------
    WrongValue
        It is made of derivatives.
    """
    ends = shop.ends_of_forward
    boundary = shop.backward.boundary
    assigned = {step.index for step in shop.assigned}
    known = shop.matches()
    usual = usual_factors(shop, known)
    found = {**shop.given, **{at: row for at, row in known.items() if at in assigned}}
    made = set().union(*(shop.lineage[name] for name in wrong))
    right = {index for index, row in found.items() if _is_right(row, usual)}
    begun = unfinished(shop)
    for step in shop.assigned:
        if shop.out_of_time():
            return
        if step.index not in made or step.index in begun or kind_of(step.value) != "f":
            continue
        if not step.parents:
            continue  # where a sum begins
        region, behind = between(step, right, boundary, longest)
        rows = (found.get(p.index, ()) for p in behind if np.size(p.value) > 1)
        own = {round(m.factor, 12): m.factor for row in rows for m in row}
        factors = (*own.values(), *usual)
        row = found.get(step.index, ()) if step.index in right else ()
        carried = [*factors, *(c * u for c in own.values() for u in usual)]
        if any(has(carried, m.factor) for m in row):
            continue
        # An operation within a statement may have another sign, such as that of exp(-z).
        named = names_of(step)
        meant = [alike(named, names_of(m.derivative.step)) for m in row if _ends(ends, m)]
        if len(meant) < len(row) and not any(meant):
            continue
        if len(region) > longest or (not behind and right & made):
            continue  # what is made of forward values alone may be a slope
        multiple = frozenset(m.derivative for m in row)
        above = frozenset(m.derivative for p in behind for m in found.get(p.index, ()))
        yield WrongValue(step, region, factors, multiple, above)


def lines_behind(value: WrongValue) -> frozenset[Line]:
    """Return the statements of which a value is made."""
    steps = [*value.region, *(parent for step in value.region for parent in step.parents)]
    lines = lines_of(step.place[:2] for step in steps)
    lines |= lines_of(caller for step in steps for caller in step.place[3][:1])
    for _ in range(_BINDINGS):
        lines |= {(each.file, each.line) for line in lines for each in bindings_of(*line)}
    return lines


def _ends(ends: Container[int], match: Match) -> bool:
    return match.derivative.step.index in ends


def unfinished(shop: Workshop, operations: Container[str] | None = _SUMS) -> set[int]:
    """Return the indices of values of which only a new value of the same name is made.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    operations : container of str or None, default=("add", "subtract")
        By what that is made; ``None`` stands for anything.

    Returns
    -------
    set of int
        Of what statements give.
    """
    users: dict[int, list[Step]] = {}
    for step in shop.steps:
        for parent in step.parents:
            users.setdefault(parent.index, []).append(step)
    return {
        step.index
        for step in shop.assigned
        if users.get(step.index)
        and all(
            (operations is None or each.operation in operations) and _name(each) == _name(step)
            for each in users[step.index]
        )
    }


def _name(step: Step) -> str:
    """Return the array that a statement changes, or a part of which it changes."""
    return statement_at(*step.place[:2]).target.partition("[")[0]


def _is_right(row: Sequence[Match], usual: Sequence[float]) -> bool:
    """Say whether a value is a derivative; one number, which is a multiple of any, by its size."""
    return any(np.size(m.derivative.value) > 1 or has(usual, m.factor) for m in row)


def has(factors: Sequence[float], factor: float) -> bool:
    """Say whether a factor is one of some."""
    return any(near(factor, known) for known in factors)
