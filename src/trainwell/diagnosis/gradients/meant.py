"""What belongs where a value is wrong: which derivative, and how it follows from the one above."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from trainwell.diagnosis.gradients.matching import Derivative, used_at
from trainwell.diagnosis.gradients.names import name_of
from trainwell.diagnosis.gradients.namesakes import alike, names_of
from trainwell.diagnosis.gradients.recording import Step
from trainwell.diagnosis.gradients.workshop import Repair, Workshop, near, usual_factors

_LONGEST = 12  # operations from a value to the one whose derivative is at hand

_SLOPES: Mapping[str, Callable[..., str]] = {
    "exp": "exp({0})".format,
    "expm1": "exp({0})".format,
    "log": "1 / {0}".format,
    "log1p": "1 / (1 + {0})".format,
    "tanh": "(1 - tanh({0})**2)".format,
    "sqrt": "1 / (2 * sqrt({0}))".format,
    "square": "2 * {0}".format,
    "sin": "cos({0})".format,
    "cos": "-sin({0})".format,
    "absolute": "sign({0})".format,
    "reciprocal": "-1 / {0}**2".format,
}
_SLOPES_OF_TWO: Mapping[tuple[str, int], Callable[..., str]] = {
    ("multiply", 0): "{1}".format,
    ("multiply", 1): "{0}".format,
    ("divide", 0): "1 / {1}".format,
    ("divide", 1): "-{0} / {1}**2".format,
}


@dataclass(frozen=True)
class Meant:
    """What should have come out of a statement.

    Parameters
    ----------
    message : str
        For a person.
    local : bool
        Whether it follows from a derivative at hand by one path, so that nothing is missing but
        the local derivative is another one.
    """

    message: str
    local: bool


def meant(shop: Workshop, best: Repair) -> Meant | None:
    """Return what belongs in the place of a value, where a derivative mends it.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    best : Repair
        A derivative in the place of a value.

    Returns
    -------
    Meant or None
        ``None`` where it is not known which derivative it is.
    """
    derivative = _told(shop, best)
    if derivative is None:
        return None
    value, consumer = derivative.step, derivative.consumer
    users = _users(shop, value) if consumer is None else [consumer]
    name = partial(_name, shop)
    called = f"`{name(value)}`" if name(value) else "the value"
    lines = sorted({used_at(value, user)[1] for user in users})
    if value.operation == "leaf" and consumer is None:
        text = f"{called} is used in lines {_listed(lines)}"
        return Meant(text, local=False) if lines[1:] else None
    where = f" of line {value.place[1]}" if value.place[1] else ""
    said = f"the derivative with respect to {called}{where} belongs here"
    if consumer is not None:
        return Meant(f"{said}, as far as line {lines[0]} uses it", local=False)
    local = _follows(shop, best, value)
    if local and len(users) == 1:
        slope = _slope(users[0], value, name)
        if slope:
            return Meant(f"{said}: that of line {lines[0]} times {slope}", local)
    if lines[1:]:
        return Meant(f"{said}: it is used in lines {_listed(lines)}", local)
    return Meant(said, local)


def _told(shop: Workshop, best: Repair) -> Derivative | None:
    """Return the derivative that a repair puts in a place; of several, the namesake's."""
    if best.new is None or np.size(best.new) < 2:
        return None
    usual = usual_factors(shop, shop.matches())
    fitting = [
        match.derivative
        for match in shop.matcher.matches(best.new)
        if any(near(match.factor, c) for c in usual)
    ]
    fitting.sort(key=lambda each: each.consumer is not None)
    own = names_of(best.site[0])
    named = [d for d in fitting if d.consumer is None and alike(own, names_of(d.step))]
    return next(iter([*named, *fitting]), None)


def _users(shop: Workshop, value: Step) -> list[Step]:
    """Return the operations of the forward pass on which the cost depends that use a value."""
    known = {d.step.index for d in shop.known}
    return [
        step
        for step in shop.backward.forward
        if step.index in known and step.pull is not None and value in step.parents
    ]


def _follows(shop: Workshop, best: Repair, value: Step) -> bool:
    """Say whether one path leads from a value to one whose derivative the statement is given."""
    found = shop.matches()
    at_hand: set[int] = set()
    seen: set[int] = set()
    waiting = list(best.site[0].parents)
    while waiting:
        step = waiting.pop()
        if step.index in seen:
            continue
        seen.add(step.index)
        forward = step.index < shop.backward.boundary  # of squares, an error is a derivative itself
        matches = shop.matcher.matches(step.value) if forward else found.get(step.index, [])
        if matches and np.size(step.value) > 1:
            at_hand.update(match.derivative.step.index for match in matches)
        elif not forward:
            waiting.extend(step.parents)
    for _ in range(_LONGEST):
        users = _users(shop, value)
        if len(users) != 1:
            return False
        value = users[0]
        if value.index in at_hand:
            return True
    return False


def _slope(user: Step, value: Step, name: Callable[[Step], str]) -> str:
    """Return the derivative of an operation by one argument, in the user's names; or nothing."""
    texts = [_text(argument, name) for argument in user.arguments]
    if not all(texts):
        return ""
    if len(texts) == 1 and user.operation in _SLOPES:
        return _SLOPES[user.operation](*texts)
    if len(texts) == 2:
        at = 0 if user.arguments[0] is value else 1
        form = _SLOPES_OF_TWO.get((user.operation, at))
        return form(*texts) if form else ""
    return ""


def _name(shop: Workshop, step: Step) -> str:
    """Return a name by which a value can be found; empty if there is none."""
    name = name_of(shop, step) if step.index in shop.ends_of_forward else ""
    return "" if "," in name or name == "return" else name


def _text(argument: object, name: Callable[[Step], str]) -> str:
    if isinstance(argument, Step):
        return name(argument)
    return f"{argument:g}" if isinstance(argument, int | float) else ""


def _listed(lines: Sequence[int]) -> str:
    *first, last = map(str, lines)
    return f"{', '.join(first)} and {last}" if first else last
