"""Other values in the place of those that were used, or of what was made of them."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import (
    COMPARISONS,
    POWERS,
    Change,
    Surroundings,
    is_mask,
    is_number,
    kind_of,
    plain_value,
    with_argument,
)
from trainwell.diagnosis.gradient_tape.recording import Edit, Step

OTHER_VARIABLE = "another variable is meant"
"""What is said of a value in the place of which another one makes everything right."""

PRODUCTS = ("dot", "matmul", "outer", "einsum", "inner", "tensordot")
"""What NumPy calls products of matrices."""
_NAMELESS = 0.2  # what it costs more to mean a part of a formula
_DEEP = 4  # operations of one line that are dropped together
_DROPPED = {
    "setitem": "support",
    "clip": "clipped",
    "maximum": "clipped",
    "minimum": "clipped",
    "cast": "precision",
    "rint": "precision",
    "floor": "precision",
    "trunc": "precision",
    "flip": "permuted",
    "roll": "permuted",
    "getitem": "permuted",
    "reshape": "permuted",
    "ravel": "permuted",
    "transpose": "transposed",
    "swapaxes": "transposed",
    "negative": "sign",
    "power": "constant",
    "square": "constant",
    "sqrt": "constant",
    "where": "mask",
    "copy": "operand",
    **dict.fromkeys(PRODUCTS, "operand"),
    "add.at": "path",
}
_STRONG = ("support", "clipped", "precision", "permuted", "transposed")


def drops(step: Step, around: Surroundings) -> Iterator[Change]:
    """Yield the values that an operation was made of, in its place."""
    shape = np.shape(step.value)
    for path, kept, passed in _inside(step, (), step.place[:2], around.boundary):
        if np.shape(kept.value) != shape or kind_of(kept.value) != kind_of(step.value):
            continue

        def make(other: Step, path: tuple[int, ...] = path) -> Edit | None:
            value: Any = other
            for at in path:
                if not isinstance(value, Step) or at >= len(value.arguments):
                    return None
                value = value.arguments[at]
            if not isinstance(value, Step) or np.shape(value.value) != np.shape(other.value):
                return None
            return np.positive, (value,)

        kind, factor, message = _dropped(passed, path, around)
        cost = _cost_of_drop(step, path, kind)
        yield Change(kind, cost, message, make, factor if len(path) == 1 else None)
    if step.operation == "subtract" and len(step.arguments) == 2:
        second = step.arguments[1]
        if isinstance(second, Step) and np.shape(second.value) == shape:
            message = "the first term is too many"
            yield Change("path", 1.2, message, lambda s: (np.negative, (s.arguments[1],)))


def _cost_of_drop(step: Step, path: tuple[int, ...], kind: str) -> float:
    cost = 1.0 + 0.02 * (len(path) - 1) + (0.0 if np.shape(step.value) else 0.3)
    if len(path) > 1 and kind not in _STRONG:
        cost += 0.2
    if step.operation == "divide" and path == (1,):
        cost += 0.1  # the numerator, and that it is divided
    return cost


def _inside(
    step: Step, path: tuple[int, ...], place: tuple[Any, ...], boundary: int
) -> Iterator[tuple[tuple[int, ...], Step, list[Step]]]:
    """Yield the recorded values inside an expression, with the operations around each."""
    waiting: list[tuple[Step, tuple[int, ...], list[Step]]] = [(step, path, [step])]
    while waiting:
        outer, at_path, passed = waiting.pop(0)
        for at, argument in enumerate(outer.arguments):
            if not isinstance(argument, Step):
                continue
            yield (*at_path, at), argument, passed
            deep = len(passed) < _DEEP and argument.index >= boundary
            if deep and argument.place[:2] == place:
                waiting.append((argument, (*at_path, at), [*passed, argument]))


def _dropped(
    passed: list[Step], path: tuple[int, ...], around: Surroundings
) -> tuple[str, float | None, str]:
    """Return kind, factor and message of operations that are left out."""
    step, name = passed[0], passed[0].operation
    if len(passed) > 1:
        kinds = [_DROPPED.get(step.operation, "operation") for step in passed]
        strong = next((kind for kind in _STRONG if kind in kinds), kinds[0])
        names = " and ".join(dict.fromkeys(step.operation for step in passed))
        return strong, None, f"{names} {'are' if ' and ' in names else 'is'} too many"
    rest = [x for i, x in enumerate(step.arguments) if i != path[-1]]
    if name in ("multiply", "divide") and rest:
        return _dropped_factor(name, rest[0])
    if name in ("add", "subtract") and rest:
        return _dropped_term(step.arguments[path[-1]], rest[0], around)
    if name == "setitem":
        return "support", None, "some elements are overwritten"
    if name == "cast":
        return "precision", None, f"is cast to {step.value.dtype}, which loses digits"
    return _DROPPED.get(name, "operation"), None, f"{name} is too many"


def _dropped_factor(name: str, other: Any) -> tuple[str, float | None, str]:
    made = (other, *other.parents) if isinstance(other, Step) else ()
    if any(step.operation == "norm" for step in made):
        return "clipped", None, "is scaled to a length"
    value = plain_value(other)
    if is_number(value) or (np.ndim(value) == 0 and not np.iscomplexobj(value)):
        number = float(value)
        factor = number if name == "multiply" else (1 / number if number else None)
        kind = "zero" if number == 0 else "sign" if number == -1 else "factor"
        return kind, factor, "a factor is too many"
    if is_mask(value):
        return "mask", None, "a mask is applied that does not belong here"
    return "activation-wrong", None, "a factor is too many"


def _dropped_term(first: Any, other: Any, around: Surroundings) -> tuple[str, float | None, str]:
    if isinstance(other, np.ndarray) and other.ndim:
        return "accumulated", None, "something is added that earlier calls have left"
    if isinstance(other, Step) and _from_leaf(other, around):
        return "regularisation", None, "a term in the parameter is too many"
    if isinstance(first, Step) and first.index in around.leaves:
        return "stale", None, "the parameter is taken after an update"
    return "path", None, "a term is too many"


def _from_leaf(step: Step, around: Surroundings) -> bool:
    """Say whether a value is a parameter, up to factors."""
    while step.index not in around.leaves:
        shape = np.shape(step.value)
        parents = [p for p in step.parents if np.shape(p.value) == shape or np.size(p.value) > 1]
        passing = ("multiply", "divide", "sign", "square", "power", "negative", "absolute")
        if len(parents) != 1 or step.operation not in passing:
            return False
        step = parents[0]
    return True


def slices(step: Step) -> Iterator[Change]:
    """Yield the operation on whole arrays, where it was given slices of them."""

    def whole(run: Step) -> Edit | None:
        if run.call is None:
            return None
        changed, cut = list(run.arguments), False
        for at, argument in enumerate(changed):
            outer = _uncut(argument)
            if outer is not None:
                changed[at], cut = outer, True
        return (run.call, tuple(changed)) if cut else None

    reducing = step.operation in ("dot", "matmul", "sum", "mean", "multiply", "einsum", "outer")
    if reducing and any(_uncut(argument) is not None for argument in step.arguments):
        yield Change("examples", 0.98, "only some of the examples are used", whole)
    for at, argument in enumerate(step.arguments):
        if _uncut(argument) is not None:

            def one(run: Step, at: int = at) -> Edit | None:
                outer = _uncut(run.arguments[at])
                return None if outer is None else with_argument(run, at, outer)

            yield Change("examples", 1.1, "only some of the examples are used", one)


def _uncut(argument: Any) -> Step | None:
    """Return the array that an argument is a slice of, with its length along one axis cut."""
    if not isinstance(argument, Step) or argument.operation != "getitem":
        return None
    outer = argument.parents[0]
    longer = np.ndim(outer.value) == np.ndim(argument.value) and np.size(outer.value) > np.size(
        argument.value
    )
    return outer if longer else None


def masks(step: Step, around: Surroundings) -> Iterator[Change]:
    """Yield the masks that recorded values give, in the place of one that was used."""
    if step.operation not in ("multiply", "where", "setitem", "divide"):
        return
    for at, argument in enumerate(step.arguments):
        value = plain_value(argument)
        if not is_mask(value) or not isinstance(value, np.ndarray):
            continue
        for other in around.pool.get(value.shape, ()):
            if other.index >= around.boundary or kind_of(other.value) != "f":
                continue
            for comparison, sign in ((np.greater, "> 0"), (np.less_equal, "<= 0")):

                def make(
                    run: Step, at: int = at, other: Step = other, comparison: Any = comparison
                ) -> Edit | None:
                    if run.call is None or at >= len(run.arguments):
                        return None
                    call = run.call

                    def masked(source: Any, *values: Any) -> Any:
                        changed = list(values)
                        changed[at] = comparison(source, 0)
                        return call(*changed)

                    return masked, (other, *run.arguments)

                where = f" of line {other.place[1]}" if other.place[1] else ""
                message = f"the mask should be where the value{where} is {sign}"
                yield Change("mask", 1.2, message, make)


def operands(step: Step, around: Surroundings) -> Iterator[Change]:
    """Yield the operation with another value in the place of one that was used."""
    for at, argument in enumerate(step.arguments):
        used = isinstance(argument, Step)
        if not used and not (isinstance(argument, np.ndarray) and argument.ndim):
            continue
        value = plain_value(argument)
        for other in around.pool.get(np.shape(value), ()):
            if other is argument or other.index >= step.index:
                continue
            if kind_of(other.value) == kind_of(value):
                kind, message = _exchanged(step, argument, other, around)
                cost = 1.2 if other.index < around.boundary else 1.4
                cost += 0.0 if other.index in around.named else _NAMELESS
                yield Change(kind, cost, message, partial(_with, at, other))
        if not used and np.ndim(value) == 2:
            yield from _turned(step, at, value, around)


def _exchanged(step: Step, argument: Any, other: Step, around: Surroundings) -> tuple[str, str]:
    """Return kind and message of one value in the place of another."""
    if not isinstance(argument, Step):
        return "stale", "a value is used that an earlier call has left"
    if argument.index in around.leaves and other.index in around.leaves:
        return "matrix", OTHER_VARIABLE
    if step.operation in COMPARISONS or kind_of(argument.value) == "b":
        return "mask", OTHER_VARIABLE
    power = _power_of(argument.value, other)
    if power:
        return "activation-wrong", power
    return "operand", OTHER_VARIABLE


def _power_of(value: Any, other: Step) -> str:
    """Say which power of a value another one is that was computed as such; empty if it is none."""
    if other.operation not in ("square", "sqrt", "power"):
        return ""
    with np.errstate(all="ignore"):
        alike = (m for power, m in POWERS if np.array_equal(other.value, value**power))
        return next(alike, "")


def _with(at: int, other: Step, run: Step) -> Edit | None:
    return with_argument(run, at, other)


def _turned(step: Step, at: int, value: Any, around: Surroundings) -> Iterator[Change]:
    """Yield the operation with what a recorded value gives for an array that is not recorded."""
    forms = ((value.shape[::-1], np.transpose), (value.shape, np.negative))
    for shape, form in forms:
        for other in around.pool.get(shape, ()):
            if other.index >= step.index or kind_of(other.value) != kind_of(value):
                continue
            make = partial(_formed, at, other, form)
            yield Change("stale", 1.25, "a value is used that an earlier call has left", make)


def _formed(at: int, other: Step, form: Any, run: Step) -> Edit | None:
    """Return the operation with a function of a recorded value as one argument."""
    if run.call is None or at >= len(run.arguments):
        return None
    call = run.call

    def formed(source: Any, *values: Any) -> Any:
        changed = list(values)
        changed[at] = form(source)
        return call(*changed)

    return formed, (other, *run.arguments)


SLOPES: dict[str, Any] = {
    "1 - a": lambda a: 1 - a,
    "1 - a^2": lambda a: 1 - a * a,
    "a (1 - a)": lambda a: a * (1 - a),
    "a^2": lambda a: a * a,
    "1 / a": lambda a: 1 / a,
    "2 a": lambda a: 2 * a,
}
"""What the slopes of activations look like in terms of recorded values."""


def slopes(step: Step, around: Surroundings) -> Iterator[Change]:
    """Yield a product with the slope of an activation in the place of what was used for it."""
    if step.operation not in ("multiply", "divide"):
        return
    shape = np.shape(step.value)
    for at in range(len(step.arguments)):
        for other in around.pool.get(shape, ()):
            if other.index >= around.boundary or kind_of(other.value) not in "fiu":
                continue
            for said, form in SLOPES.items():
                make = partial(_formed, at, other, form)
                where = f" with a of line {other.place[1]}" if other.place[1] else ""
                yield Change("activation-wrong", 1.6, f"the slope should be {said}{where}", make)


def insertions(step: Step, around: Surroundings) -> Iterator[Change]:
    """Yield the result times a recorded value: a mask, a weight, the slope of an activation."""
    if step.call is None or kind_of(step.value) != "f" or np.ndim(step.value) == 0:
        return
    yield from _factors_of(step, None, np.shape(step.value), around)
    if step.operation in ("add", "subtract", "dot", "matmul", "sum", "mean"):
        for at, argument in enumerate(step.arguments):
            if isinstance(argument, Step) and argument.index >= around.boundary:
                yield from _factors_of(step, at, np.shape(argument.value), around)


def _factors_of(
    step: Step, at: int | None, shape: tuple[int, ...], around: Surroundings
) -> Iterator[Change]:
    """Yield the operation with its result, or one argument, times recorded values."""
    extra = 0.0 if at is None else 0.01
    for wanted in dict.fromkeys([shape, (*shape[:-1], 1), (1, *shape[1:]), shape[1:]]):
        for other in around.pool.get(wanted, ()):
            if other.index >= step.index:
                continue
            kind = "mask" if is_mask(other.value) else "activation-missing"
            behind = other.index >= around.boundary or around.is_derivative(other)
            kind = "path" if behind else kind
            cost = (1.5 if other.index < around.boundary else 1.55) + extra
            # What calls a function has hardly given it what it lacks.
            cost += 0.02 if behind and len(step.place[3]) > len(other.place[3]) else 0.0
            make = partial(_times, at, other, None)
            yield Change(kind, cost, "a factor is missing", make)
    for other in around.pool.get(shape, ()):
        if other.index >= around.boundary or kind_of(other.value) != "f" or is_mask(other.value):
            continue
        where = f" of line {other.place[1]}" if other.place[1] else ""
        message = f"the mask of the value{where} is missing"
        yield Change("mask", 1.52 + extra, message, partial(_times, at, other, _positive))
        for said, form in SLOPES.items():
            message = f"the slope {said} is missing, with a{where}"
            make = partial(_times, at, other, form)
            yield Change("activation-missing", 1.62 + extra, message, make)


def _positive(a: Any) -> Any:
    return np.asarray(a) > 0


def _times(at: int | None, other: Step, form: Any, run: Step) -> Edit | None:
    """Return the operation with its result, or one argument, times a recorded value."""
    if run.call is None:
        return None
    call = run.call

    def product(source: Any, *values: Any) -> Any:
        factor = source if form is None else form(source)
        if at is None:
            return _like(np.asarray(call(*values)), factor)
        changed = list(values)
        changed[at] = _like(np.asarray(changed[at]), factor)
        return call(*changed)

    return product, (other, *run.arguments)


def _like(value: Any, factor: Any) -> Any:
    product = value * factor
    if product.shape != value.shape:
        raise ValueError("a factor must not change the shape")
    return product
