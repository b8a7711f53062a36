"""A factor of what is only put together from its parts: it is wrong where these are made."""

from collections.abc import Sequence

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


def _index(step: Step) -> int:
    return step.index
