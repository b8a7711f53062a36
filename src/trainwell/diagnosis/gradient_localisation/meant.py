"""What belongs where a value is wrong: which derivative, and how it follows from the one above."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradient_localisation.matching import (
    Derivative,
    parts_by_line,
    used_at,
)
from trainwell.diagnosis.gradient_localisation.names import described, variable_of
from trainwell.diagnosis.gradient_localisation.namesakes import alike, names_of, target_of
from trainwell.diagnosis.gradient_localisation.usual_factors import usual_factors
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, between, near
from trainwell.diagnosis.gradient_tape.recording import Step, replay
from trainwell.diagnosis.gradient_verdict.comparison import all_finite, are_close
from trainwell.types import FloatArray

_LONGEST = 12  # operations from a value to the one whose derivative is at hand
_MOST = 100  # operations between a value and what is right before it

_EXACT = 1e-9  # relative error of a sum of parts
_ROUNDS = 50  # of a loop that are looked at

SLOPES: Mapping[str, str] = {
    "exp": "exp({0})",
    "expm1": "exp({0})",
    "log": "1 / {0}",
    "log1p": "1 / (1 + {0})",
    "tanh": "(1 - tanh({0})**2)",
    "sqrt": "1 / (2 * sqrt({0}))",
    "square": "2 * {0}",
    "sin": "cos({0})",
    "cos": "-sin({0})",
    "absolute": "sign({0})",
    "reciprocal": "-1 / {0}**2",
}
"""The derivative of an operation."""

SLOPES_OF_TWO: Mapping[tuple[str, int], str] = {
    ("multiply", 0): "{1}",
    ("multiply", 1): "{0}",
    ("divide", 0): "1 / {1}",
    ("divide", 1): "-{0} / {1}**2",
}
"""The same, by one of two arguments."""


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
    whole : bool, default=False
        Whether the message says all that is wrong.
    """

    message: str
    local: bool
    whole: bool = False


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
    called = _called(shop, value) or f"the value of line {value.place[1]}"
    lacking = [] if consumer is not None else _left_out(shop, best, value)
    if lacking:
        said = f"lacks what comes through {_lines(lacking)}, where {called} is used"
        return Meant(said, local=False, whole=True)
    users = _users(shop, value) if consumer is None else [consumer]
    lines = sorted({used_at(value, user)[1] for user in users})
    if value.operation == "leaf" and consumer is None:
        if not lines[1:]:
            return None
        return Meant(f"{called} is used in {_lines(lines)}", local=False)
    said = f"the derivative with respect to {called} belongs here"
    if consumer is not None:
        return Meant(f"{said}, as far as line {lines[0]} uses it", local=False)
    return _of_all_uses(shop, best, value, said)


def _called(shop: Workshop, value: Step) -> str:
    """Return the variable that holds a value, also where it is one number."""
    number = not np.ndim(value.value) and value.index in shop.around.named
    target = target_of(value) if number else ""
    return (
        f"`{target}` of line {value.place[1]}" if target.isidentifier() else described(shop, value)
    )


def _of_all_uses(shop: Workshop, best: Repair, value: Step, said: str) -> Meant:
    """Return that a whole derivative is meant, with the formula by which it follows."""
    users = _users(shop, value)
    lines = sorted({used_at(value, user)[1] for user in users})
    local = _follows(shop, best, value)
    slope = _slope(shop, users[0], value) if local and len(users) == 1 else ""
    if slope:
        return Meant(f"{said}: that of line {lines[0]} times {slope}", local)
    if lines[1:]:
        return Meant(f"{said}: it is used in {_lines(lines)}", local)
    return Meant(said, local)


def _told(shop: Workshop, best: Repair) -> Derivative | None:
    """Return the derivative that a repair puts in a place; of several, the namesake's."""
    if best.new is None or (np.size(best.new) < 2 and len(best.site) == 1):
        return None
    # One number is a multiple of any other.
    usual = usual_factors(shop, shop.matches()) if np.size(best.new) > 1 else [1.0]
    fitting = [
        match.derivative
        for match in shop.matcher.matches(best.new)
        if any(near(match.factor, c) for c in usual)
    ]
    fitting.sort(key=lambda each: (each.consumer is not None, not _called(shop, each.step)))
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


def _left_out(shop: Workshop, best: Repair, value: Step) -> list[int]:
    r"""Return the lines whose parts of a derivative are all that a value lacks.

    With the part :math:`D_l` that comes through each line :math:`l` that uses the value, the
    least squares of :math:`G = \sum_l w_l D_l` give 0 for these and 1 for the others.
    """
    parts = parts_by_line(shop.known, value)
    own: FloatArray = np.asarray(best.site[0].value, dtype=np.float64)  # also what is narrower
    if own.size == 1 or len(parts) >= own.size:
        parts, own = _in_all_rounds(shop, best, value)
    if not 1 < len(parts) < own.size or any(p.shape != own.shape for p in parts.values()):
        return []
    if not all_finite(own) or not all(map(all_finite, parts.values())):
        return []
    columns = np.stack([part.ravel() for part in parts.values()], axis=1)
    counts = np.rint(np.linalg.lstsq(columns, own.ravel(), rcond=None)[0])
    exact = are_close(columns @ counts, own.ravel(), 0.0, _EXACT)
    if not exact or set(counts) != {0.0, 1.0}:
        return []
    return sorted(line for line, count in zip(parts, counts, strict=True) if count == 0)


def _in_all_rounds(
    shop: Workshop, best: Repair, value: Step
) -> tuple[dict[int, FloatArray], FloatArray]:
    """Return parts and values as one vector each for a loop, whose other rounds are right."""
    known = [
        d for d in shop.known if d.consumer is None and d.step.instruction == value.instruction
    ]
    rounds: list[tuple[dict[int, FloatArray], FloatArray]] = []
    for step in best.site if len(best.site) <= _ROUNDS else ():
        edit = best.edits.get(step.index)
        right = np.nan if edit is None else edit[0]()
        told = next((d.step for d in known if np.array_equal(d.value, right)), None)
        if told is not None:
            others = {at: each for at, each in best.edits.items() if at != step.index}
            values = replay(shop.steps, {}, {**shop.accepted, **others})
            given = np.asarray(values.get(step.index, shop.value(step)), np.float64)
            rounds.append((parts_by_line(shop.known, told), given.ravel()))
    lines = max((parts for parts, _ in rounds), key=len, default={})
    rounds = [each for each in rounds if {*each[0]} == {*lines}]  # the last one mostly has less
    if not rounds:
        return {}, np.zeros(0)
    columns = {n: np.concatenate([parts[n].ravel() for parts, _ in rounds]) for n in lines}
    return columns, np.concatenate([given for _, given in rounds])


def _follows(shop: Workshop, best: Repair, value: Step) -> bool:
    """Say whether one path leads from a value to one whose derivative the statement is given."""
    found = {**shop.given, **shop.matches()}
    right = {at for at, row in found.items() if np.size(row[0].derivative.value) > 1}
    _, behind = between(best.site[0], right, shop.backward.boundary, _MOST)
    at_hand = {match.derivative.step.index for step in behind for match in found[step.index]}
    for _ in range(_LONGEST):
        users = _users(shop, value)
        if len(users) != 1:
            return False
        value = users[0]
        if value.index in at_hand:
            return True
    return False


def _slope(shop: Workshop, user: Step, value: Step) -> str:
    """Return the derivative of a statement's one operation by its argument; nothing for others."""
    texts = [_text(shop, argument) for argument in user.arguments]
    if user.index not in shop.around.named or not all(texts):
        return ""
    if len(texts) == 1 and user.operation in SLOPES:
        return SLOPES[user.operation].format(*texts)
    at = 0 if user.arguments[0] is value else 1
    return SLOPES_OF_TWO.get((user.operation, at), "").format(*texts)


def _text(shop: Workshop, argument: object) -> str:
    if isinstance(argument, Step):
        return variable_of(shop, argument)
    return f"{argument:g}" if isinstance(argument, int | float) else ""


def _lines(lines: Sequence[int]) -> str:
    return f"line{'s' if lines[1:] else ''} {_listed(lines)}"


def _listed(lines: Sequence[int]) -> str:
    *first, last = map(str, lines)
    return f"{', '.join(first)} and {last}" if first else last
