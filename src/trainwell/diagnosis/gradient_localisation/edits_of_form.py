"""The same values, put together in another way."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import (
    COMPARISONS,
    POWERS,
    Change,
    Surroundings,
    is_number,
    kind_of,
    plain_value,
    with_argument,
)
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_tape.recording import Edit, Step

WHOLE = "`//` should be `/`"
CONJUGATE = "one of the two factors is to be conjugated"
_EQUALITY = ("equal", "not_equal")  # hardly meant where one compares sizes
_EXCHANGES: dict[str, tuple[np.ufunc, str, str]] = {
    "add": (np.subtract, "+", "-"),
    "subtract": (np.add, "-", "+"),
    "multiply": (np.divide, "*", "/"),
    "divide": (np.multiply, "/", "*"),
}
_FUNCTIONS = {
    "exp": ("log", "tanh"),
    "log": ("exp",),
    "tanh": ("cosh", "exp", "sin"),
    "cos": ("sin",),
    "sin": ("cos",),
    "sqrt": ("square",),
    "square": ("sqrt", "absolute"),
}
_NUMBERS = (0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -0.5, -1.5, -2.0, 1.5, 4.0)


def _first_conjugated(a: Any, b: Any) -> Any:
    return np.conj(a) * b


def _second_conjugated(a: Any, b: Any) -> Any:
    return a * np.conj(b)


def exchanges(step: Step) -> Iterator[Change]:
    """Yield other operations with the same arguments."""
    name = step.operation
    if name == "multiply" and step.value.dtype.kind == "c":
        yield Change("operand", 1.5, CONJUGATE, partial(_called, _first_conjugated))
        yield Change("operand", 1.51, CONJUGATE, partial(_called, _second_conjugated))
    elif name in _EXCHANGES and len(step.arguments) == 2:
        other, was, meant = _EXCHANGES[name]
        message = f"`{was}` should be `{meant}`"
        # `1 * x` is hardly what was meant by `1 / x`.
        first = step.arguments[0]
        inverse = name == "divide" and not isinstance(first, Step) and np.all(first == 1)
        cost = 1.1 if inverse else 1.0
        yield Change("operation", cost, message, lambda s: (other, s.arguments))
        if name in ("add", "multiply"):
            yield Change("operation", 1.1, message, lambda s: (other, s.arguments[::-1]))
            sum_of = name == "multiply"
            message = "`*` should be `+`" if sum_of else "`+` should be `*`"
            ufunc = np.add if sum_of else np.multiply
            yield Change("operation", 1.15, message, partial(_called, ufunc))
        else:
            kind = "sign" if name == "subtract" else "operation"
            yield Change(
                kind,
                1.1,
                "the two sides are exchanged",
                lambda s: None if s.call is None else (s.call, s.arguments[::-1]),
            )
    if name == "floor_divide":
        yield Change("precision", 0.98, WHOLE, lambda s: (np.divide, s.arguments))
    if name in COMPARISONS:
        for called, (comparison, sign) in COMPARISONS.items():
            if called != name:
                message = f"`{COMPARISONS[name][1]}` should be `{sign}`"
                far = called in _EQUALITY and name not in _EQUALITY
                yield Change("mask", 1.2 if far else 1.0, message, partial(_called, comparison))
    if name in ("maximum", "minimum"):
        swapped = np.minimum if name == "maximum" else np.maximum
        yield Change("operation", 1.2, f"{name} is the wrong one", partial(_called, swapped))
    for other_name in _FUNCTIONS.get(name, ()):
        message = f"{name} should be {other_name}"
        yield Change("operation", 1.4, message, partial(_called, getattr(np, other_name)))


def _called(function: Any, step: Step) -> Edit | None:
    return function, step.arguments


def constants(step: Step, around: Surroundings) -> Iterator[Change]:
    """Yield other numbers in the place of one that stands in the operation."""
    if step.operation in ("setitem", "getitem", "reshape"):
        return
    named = {float(v): k for k, v in around.constants.items()}
    numbers = dict.fromkeys([*_NUMBERS, *named, *(1 - x for x in named), *(-x for x in named)])
    for at, argument in enumerate(step.arguments):
        if not is_number(argument) or _is_start_of_sum(step, argument):
            continue
        was = float(argument)
        nearby = (was / 2, was * 2, was / 10, was * 10, was + 1, was - 1, was - 0.5, was - 0.1)
        for number in dict.fromkeys([*numbers, *nearby]):
            if number == was:
                continue

            def make(other: Step, at: int = at, number: float = number) -> Edit | None:
                if at >= len(other.arguments) or not is_number(other.arguments[at]):
                    return None
                return with_argument(other, at, number)

            kind, message, factor = _said(step, was, number, named)
            yield Change(kind, 1.15 if number in numbers else 1.25, message, make, factor, was)


def _is_start_of_sum(step: Step, number: Any) -> bool:
    """Say whether a zero is what ``sum(...)`` begins with, and does not stand in the source."""
    if number or step.operation != "add":
        return False
    return re.search(r"(?<![\w.])0(\.0*)?(?![\w.])", statement_at(*step.place[:2]).text) is None


def _said(
    step: Step, was: float, number: float, named: Mapping[float, str]
) -> tuple[str, str, float | None]:
    """Return the kind of a number in the place of another, the message, and what it scales by."""
    if was == np.floor(number) != number and "//" in statement_at(*step.place[:2]).text:
        return "precision", WHOLE, None
    message = f"{was:.6g} should be {named.get(number, f'{number:g}')}"
    if step.operation in ("multiply", "divide") and number:
        ratio = was / number
        factor = ratio if step.operation == "multiply" else (1 / ratio if ratio else None)
        return "sign" if factor == -1 else "factor", message, factor
    if step.operation in ("add", "subtract") and not number:
        return "path", f"the term {was:.6g} is too many", None
    return "mask" if step.operation in COMPARISONS else "constant", message, None


def reductions(step: Step) -> Iterator[Change]:
    """Yield a sum for a mean, and sums along other axes."""
    if step.operation not in ("sum", "mean", "max", "min", "prod") or not step.parents:
        return
    call = step.call
    keywords = dict(call.args[1]) if isinstance(call, partial) and len(call.args) > 1 else {}
    own = keywords.get("axis")
    for name in ("sum", "mean"):
        for axis in (own, 0, 1, None):
            if name == step.operation and axis == own:
                continue
            message = (
                f"{step.operation} should be {name}"
                if name != step.operation and axis == own
                else f"{name} along axis {axis} is meant, not along {own}"
            )
            for keepdims in (True, False):
                settings = {"axis": axis, "keepdims": keepdims}
                make = partial(_reducing, np.sum if name == "sum" else np.mean, settings)
                yield Change("reduction", 1.1, message, make)


def _reducing(function: Any, settings: dict[str, Any], step: Step) -> Edit | None:
    try:
        value = function(np.asarray(step.parents[0].value), **settings)
    except (ValueError, IndexError, TypeError):
        return None
    shape = np.shape(step.value) if np.size(value) == np.size(step.value) else np.shape(value)
    return partial(_reduced, function, settings, shape), (step.parents[0],)


def _reduced(function: Any, settings: Any, shape: tuple[int, ...], value: Any) -> Any:
    return np.reshape(function(np.asarray(value), **settings), shape)


def transpositions(step: Step) -> Iterator[Change]:
    """Yield matrices for their transposes, where the shape stays the same."""
    if step.operation in ("dot", "matmul"):
        for at, argument in enumerate(step.arguments[:2]):
            value = plain_value(argument)
            if np.ndim(value) == 2 and value.shape[0] == value.shape[1]:
                make = partial(_transposed_argument, at)
                yield Change("matrix", 1.1, "a matrix stands for its transpose", make)
        yield Change("transposed", 1.3, "the two factors are exchanged", _swapped_product)
    shape = np.shape(step.value)
    if len(shape) == 2 and shape[0] == shape[1] and kind_of(step.value) == "f":
        message = "the result is the transpose of the right one"
        yield Change("transposed", 1.2, message, _transposition)


def _transposed_argument(at: int, step: Step) -> Edit | None:
    call = step.call
    if call is None:
        return None

    def turned(*values: Any) -> Any:
        changed = list(values)
        changed[at] = np.transpose(changed[at])
        return call(*changed)

    return turned, step.arguments


def _transposition(step: Step) -> Edit | None:
    if step.call is None:
        return None
    call = step.call
    return (lambda *values: np.transpose(call(*values))), step.arguments


def _swapped_product(step: Step) -> Edit | None:
    return (step.call, step.arguments[1::-1]) if step.call else None


def powers(step: Step) -> Iterator[Change]:
    """Yield squares, roots and reciprocals that were forgotten on one argument."""
    if step.operation not in ("add", "subtract", "multiply", "divide", "sum", "mean", "dot"):
        return
    for at, argument in enumerate(step.arguments):
        if not isinstance(argument, Step) or kind_of(argument.value) != "f":
            continue
        for exponent, message in POWERS:

            def make(other: Step, at: int = at, exponent: float = exponent) -> Edit | None:
                if other.call is None:
                    return None
                call = other.call

                def powered(*values: Any) -> Any:
                    changed = list(values)
                    changed[at] = np.power(changed[at], exponent)
                    return call(*changed)

                return powered, other.arguments

            yield Change("activation-wrong", 1.35, message, make)
