"""Values of the backward pass that are called like a derivative: what they are, and should be."""

from collections.abc import Container, Iterator, Mapping, Sequence

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import kind_of
from trainwell.diagnosis.gradient_localisation.formed import Line, lines_of
from trainwell.diagnosis.gradient_localisation.matching import Derivative, Match
from trainwell.diagnosis.gradient_localisation.namesakes import alike, names_of
from trainwell.diagnosis.gradient_localisation.workshop import Workshop, between, near
from trainwell.diagnosis.gradient_localisation.wrong_values import LONGEST, WrongValue, unfinished
from trainwell.diagnosis.gradient_tape.recording import Step


class CalledValues(Container[int]):
    """The indices of values that are derivatives, each looked at when it is asked for.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    factor : float, optional
        By which something is wrong: no derivative has it by convention then.
    """

    def __init__(self, shop: Workshop, factor: float | None = None) -> None:
        m = shop.around.constants.get("m", 1.0)
        usual = (c for c in (m, 1 / m) if factor is None or not near(c, factor))
        self._shop, self._factors = shop, (1.0, *usual)
        self._steps = {step.index: step for step in (*shop.backward.forward, *shop.steps)}
        ends = shop.ends_of_forward
        whole = (d for d in shop.known if d.consumer is None and d.step.index in ends)
        self._whole = frozenset(whole)
        self._rows: dict[int, list[Match]] = {}

    def __contains__(self, index: object) -> bool:
        return any(near(m.factor, c) for m in self._row(index) for c in self._factors)

    def _row(self, index: object) -> list[Match]:
        step = self._steps.get(index) if isinstance(index, int) else None
        if step is None:
            return []
        if step.index not in self._rows:
            self._rows[step.index] = self._shop.matcher.matches(self._shop.value(step))
        return self._rows[step.index]

    def _meant(self, step: Step) -> frozenset[Derivative]:
        """Return the derivatives like which a value is called."""
        own, size = names_of(step), np.size(step.value)
        sized = (d for d in self._whole if np.size(d.value) == size)
        return frozenset(d for d in sized if alike(own, names_of(d.step)))

    def misnamed(self, wrong: Sequence[str], longest: int = LONGEST) -> Iterator[WrongValue]:
        """Yield what is called like a derivative and is none, from the cost on.

        Parameters
        ----------
        wrong : sequence of str
            Parameters whose gradients are wrong.
        longest : int, default=LONGEST
            Operations of which one value may be made.

        Yields
        ------
        WrongValue
            No right gradient is made of it; it may be the derivative with the wrong sign.
        """
        shop = self._shop
        made = set().union(*(shop.lineage[name] for name in wrong))
        kept = set().union(*(line for name, line in shop.lineage.items() if name not in wrong))
        of_use = made - kept - unfinished(shop, None)
        for step in shop.assigned:
            if shop.out_of_time():
                return
            if step.index not in of_use or kind_of(step.value) != "f" or not step.parents:
                continue
            # What is zero is a multiple of anything.
            meant = self._meant(step) if np.any(step.value) else frozenset()
            if not meant or step.index in self:
                continue
            region, behind = between(step, self, shop.backward.boundary, longest)
            above = frozenset(m.derivative for p in behind for m in self._row(p.index))
            if len(region) <= longest and self._others(step, meant) <= above:
                yield WrongValue(step, region, self._factors, meant, above)

    def _others(self, step: Step, meant: frozenset[Derivative]) -> frozenset[Derivative]:
        """Return the derivatives of which a value is a multiple, but those it is called like.

        Within a statement of the forward pass there are others that are multiples of each other.
        """
        row = [match for match in self._row(step.index) if match.derivative in self._whole]
        own = [match.factor for match in row if match.derivative in meant]  # of equal ones
        return frozenset(m.derivative for m in row if not any(near(m.factor, c) for c in own))

    def is_right(self, steps: Sequence[Step]) -> bool:
        """Say whether values are exactly the derivatives like which they are called.

        What is made of one that is may be wrong by what lies between them.
        """
        own, behind = {step.index for step in steps}, set[int]()
        for step in self._shop.steps:
            if behind.intersection(parent.index for parent in step.parents):
                behind.add(step.index)
            elif step.index in own:
                if not self._is_exact(step, self._row(step.index)):
                    return False
                behind.add(step.index)
        return bool(behind)

    def count(self, steps: Sequence[Step], rows: Mapping[int, Sequence[Match]]) -> int:
        """Return how many of some values are exactly the derivatives like which they are called.

        Parameters
        ----------
        steps : sequence of Step
            What statements give.
        rows : mapping of int to sequence of Match
            What they match, by their index.

        Returns
        -------
        int
            Of several rounds of a loop each counts.
        """
        return sum(self._is_exact(step, rows.get(step.index, ())) for step in steps)

    def _is_exact(self, step: Step, row: Sequence[Match]) -> bool:
        # Of several names that a statement gives, nobody knows which is a value's.
        meant = self._meant(step) if len(names_of(step)) == 1 else frozenset()
        known = [match for match in row if match.derivative in meant]
        exact = any(near(match.factor, 1.0) and not match.transposed for match in known)
        # Of two examples that are compared, each derivative may be the other one's negative.
        return exact and not any(near(match.factor, -1.0) for match in known)

    def users(self, steps: Sequence[Step]) -> frozenset[Line]:
        """Return the statements that use some values, or call what gives them."""
        used = {step.index for step in steps}
        users = [s for s in self._shop.steps if used & {p.index for p in s.parents}]
        places = [place for step in users for place in (step.place[:2], *step.place[3])]
        return lines_of([*places, *(place for step in steps for place in step.place[3])])
