"""What is only put together from its parts, and is wrong: it is so where these are made."""

from collections.abc import Sequence

import numpy as np

from trainwell.diagnosis.gradient_localisation.oracles import told
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop
from trainwell.diagnosis.gradient_tape.function_settings import VIEWS
from trainwell.diagnosis.gradient_tape.recording import Step

_JOINED = ("stack", "concatenate")
_MOVED = (*VIEWS, "getitem")
_FEWEST = 2


def made_of(step: Step, steps: Sequence[Step]) -> Step:
    """Return one of the parts that a value is put together from, all made by one other statement.

    Parameters
    ----------
    step : Step
        The value.
    steps : sequence of Step
        The whole backward pass.

    Returns
    -------
    Step
        The last of the parts; the value itself, if it is computed, or its parts are made in
        several places, or used for something else, too.
    """
    if step.operation not in _JOINED:
        return step
    taken: set[int] = set()
    parts: list[Step] = []
    open_ = list(step.parents)
    while open_:
        part = open_.pop()
        taken.add(part.index)
        if part.operation in _MOVED:
            open_ += part.parents
        else:
            parts.append(part)
    own = {part.index for part in steps}
    places = {part.place[:2] for part in parts if part.index in own and part.parents}
    if len({part.index for part in parts}) < _FEWEST or len(places) != 1:
        return step
    if len({*map(_index, parts)} - own) or step.place[:2] in places:
        return step
    elsewhere = (each for each in steps if each.index not in {step.index, *taken})
    used = {parent.index for each in elsewhere for parent in each.parents}
    return step if used & taken else max(parts, key=_index)


def of_one_part(shop: Workshop, best: Repair, wrong: Sequence[str]) -> Repair:
    """Return the repair of the one part that is wrong of a vector, as of all parameters.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    best : Repair
        A derivative in the place of such a vector.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    Repair
        That of the whole vector, if it is none, or several parts are wrong.
    """
    step, right = best.site[0], best.new
    while step.operation == "negative" and step.parents:
        step, right = step.parents[0], np.negative(right)
    if best.change.kind != "unknown" or step.operation != "concatenate" or np.ndim(right) != 1:
        return best
    parts = [each for each in step.arguments if isinstance(each, Step)]
    ends = np.cumsum([np.size(part.value) for part in parts])
    if not parts or len(parts) < len(step.arguments) or ends[-1] != np.size(right):
        return best
    pairs = zip(parts, np.split(np.asarray(right), ends[:-1]), strict=True)
    off = [pair for pair in pairs if not np.allclose(shop.value(pair[0]), pair[1], 1e-9, 0.0)]
    if len(off) != 1:
        return best
    part, value = off[0]
    while part.operation in VIEWS and part.parents and np.size(part.parents[0].value) == value.size:
        part = part.parents[0]
    if part.place[:2] == step.place[:2] or part.index < shop.backward.boundary:
        return best
    change = told({part.index: value.reshape(np.shape(part.value))})
    return shop.tried([part], change, wrong) or best


def _index(step: Step) -> int:
    return step.index
