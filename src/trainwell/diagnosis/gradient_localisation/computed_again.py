"""Values of the forward pass that the backward pass computes again, and not so."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import Change
from trainwell.diagnosis.gradient_localisation.names import described
from trainwell.diagnosis.gradient_localisation.namesakes import target_of
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop
from trainwell.diagnosis.gradient_tape.recording import Edit, Step

_COST = 1.02
_MOST = 3  # values of one name


def computed_again(shop: Workshop, wrong: Sequence[str]) -> Iterator[Repair]:
    """Yield values of the forward pass in the place of those that are called the same.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Yields
    ------
    Repair
        Where that mends something.
    """
    known: dict[tuple[str, tuple[int, ...]], list[Step]] = {}
    of_cost = {step.index for step in shop.backward.trace.of_cost}  # and no gradient beside it
    for step in shop.backward.forward:
        if step.index in shop.ends_of_forward & of_cost and np.size(step.value) > 1:
            known.setdefault((target_of(step), np.shape(step.value)), []).append(step)
    for step in shop.assigned:
        name = target_of(step)
        if not name.isidentifier() or name == "return":
            continue
        for other in known.get((name, np.shape(step.value)), [])[-_MOST:]:
            if shop.out_of_time():
                return
            said = f"is not {described(shop, other) or f'`{name}` of the forward pass'}"
            change = Change("activation-wrong", _COST, said, partial(_instead, other))
            repair = shop.tried([step], change, wrong)
            if repair is not None:
                yield repair


def _instead(other: Step, _: Step) -> Edit:
    return _given, (other,)


def _given(value: object) -> object:
    return value
