"""Carries out NumPy's operations on recorded values, and writes down each."""

import operator
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.diagnosis.gradient_tape.array_rules import ARRAY_RULES
from trainwell.diagnosis.gradient_tape.complex_rules import ANALYTIC, between, fitting
from trainwell.diagnosis.gradient_tape.cotangents import Pull, unbroadcast
from trainwell.diagnosis.gradient_tape.elementwise_rules import ELEMENTWISE, FLAT, Part
from trainwell.diagnosis.gradient_tape.places import Place, is_inside, place_of
from trainwell.diagnosis.gradient_tape.recording import Recording, Step, filled, steps_in
from trainwell.errors import TrainwellError

if TYPE_CHECKING:
    from trainwell.diagnosis.gradient_tape.traced import Traced

__all__ = ["Recorder", "Unsupported", "is_inside", "is_traced", "kept", "place_of"]

_NAMES = {"true_divide": "divide"}
_NUMBERS = (float, int, bool)
_TINY = 1e-5
_PLAIN: dict[str, Callable[..., Any]] = {
    "matmul": operator.matmul,
    "dot": np.dot,
    "outer": np.outer,
}
"""What products are by themselves: carried out once more, nobody asks for their derivatives."""

_UFUNCS: dict[np.ufunc, tuple[str, tuple[Part, ...] | None]] = {}


class Unsupported(TrainwellError, TypeError):  # noqa: N818 - what it says is a state
    """An operation that the tape cannot follow; another way to a reference takes over."""

    @classmethod
    def operation(cls, name: str) -> "Unsupported":
        """Say which operation, and where it stands."""
        file, line, *_ = place_of(sys._getframe(1))  # noqa: SLF001
        where = f" in line {line} of {file}" if line else ""
        return cls(f"the tape does not follow {name}{where}")


def is_traced(value: Any) -> bool:
    """Say whether a value is recorded, whatever it says it is."""
    return hasattr(type(value), "is_recorded")


def is_tiny(argument: Any) -> bool:
    """Say whether an argument is a number that is added so that nothing is divided by zero."""
    return isinstance(argument, float | np.floating) and bool(0 < abs(float(argument)) <= _TINY)


def kept(value: Any) -> Any:
    """Return an argument as it is now: the user may write into an array later."""
    if type(value) is np.ndarray:
        return value.copy("K") if value.flags.writeable else value
    if type(value) in (tuple, list):
        return type(value)(kept(item) for item in value)
    return value


class Recorder:
    """Makes recorded values, and new ones out of them.

    Parameters
    ----------
    rules : mapping of str to tuple, optional
        Derivatives that are used in the place of those of the same name; to test them.
    callers : bool, default=False
        Whether to note which calls led to each operation.
    without : collection of tuple, default=()
        File and line where tiny numbers are added, as in ``log(p + 1e-7)``, and are not to be.

    Attributes
    ----------
    recording : Recording
        What was done so far.
    converted : list of tuple of float and Step
        Numbers that were taken out of recorded arrays, with what they are the value of.
    written : list of tuple of Step and Step
        Values before and behind each operation in place.
    backward : bool
        Whether it is a backward pass that is written down: nobody asks for its derivatives, so
        that functions of arrays without a rule are followed, too, if they return one array.
    shares : bool
        Whether deep copies of what holds recorded arrays hold these arrays themselves.
    looked_up : list of tuple
        Where the user's code has asked for what it has kept of an earlier call.
    """

    def __init__(
        self,
        rules: Mapping[str, Any] | None = None,
        *,
        callers: bool = False,
        without: Collection[tuple[str, int]] = (),
    ) -> None:
        self.callers = callers
        self.without = without
        self.recording = Recording()
        self.converted: list[tuple[float, Step]] = []
        self.written: list[tuple[Step, Step]] = []
        self.backward = False
        self.shares = False
        self.looked_up: list[Place] = []
        self.rules = rules or {}
        self._numbers: dict[int, Step] = {}
        from trainwell.diagnosis.gradient_tape.traced import Traced

        self.recorded_type = Traced

    def leaf(self, value: Any, *, data: bool = False) -> "Traced":
        """Return a value that nothing was done to; it is copied. Data need no gradient."""
        return self.traced(self.recording.add("data" if data else "leaf", np.array(value)))

    def parameter(self, value: Any) -> "Traced":
        """Return a value that nothing was done to, nor will be: nobody else has it."""
        return self.traced(self.recording.add("leaf", np.asarray(value)))

    def traced(self, step: Step) -> "Traced":
        """Return the array that the user's code is given."""
        return self.recorded_type(self, step)

    def number(self, step: Step) -> float:
        """Return a value as a number of Python's, which is known again if it is used as it is."""
        number = float(step.value)
        self.converted.append((number, step))  # kept, so that no other number has its identity
        self._numbers[id(number)] = step
        return number

    def constant(self, value: Any, name: str) -> "Traced":
        """Return a new array of the user's, which may be written to."""
        place = place_of(sys._getframe(1), callers=self.callers)  # noqa: SLF001
        return self.traced(self.recording.add(name, np.asarray(value), place=place))

    def argument(self, value: Any) -> Any:
        """Return an argument as a step's arguments hold it: a step, a number or an array."""
        kind = type(value)
        if hasattr(kind, "is_recorded"):
            return value.step
        if kind is np.ndarray:
            return value.copy("K") if value.flags.writeable else value
        if kind is float:
            # It may be a number that was taken out of a recorded array just before.
            return self._numbers.get(id(value), value) if self._numbers else value
        if kind in _NUMBERS or isinstance(value, np.generic):
            return value
        if kind in (list, tuple) and any(True for _ in steps_in(noted(value))):
            from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS

            return FUNCTIONS["array"](self, value).step
        array = value.toarray() if kind.__module__.startswith("scipy.sparse") else np.array(value)
        if array.dtype.kind not in "biufc" or isinstance(value, np.ndarray):
            raise Unsupported.operation(f"an operation with a {kind.__name__}")
        return array

    def elementwise(self, ufunc: np.ufunc, inputs: tuple[Any, ...], **keywords: Any) -> Step:
        """Carry out a universal function."""
        name, parts = _UFUNCS.get(ufunc) or _known(ufunc)
        if self.rules:
            parts = self.rules.get(name, parts)
        if keywords:
            raise Unsupported.operation(f"{ufunc.__name__}(..., {', '.join(keywords)})")
        if name == "matmul":
            return self.by_rule(name, inputs)
        if parts is None and not (self.backward and ufunc.nout == 1):
            by_hand = ufunc.__name__.removesuffix(" (vectorized)")
            made = by_hand != ufunc.__name__
            raise Unsupported.operation(f"frompyfunc({by_hand})" if made else by_hand)
        recorded = self.recorded_type
        arguments, values, parents = [], [], []
        for given in inputs:
            argument = given.step if type(given) is recorded else self.argument(given)
            arguments.append(argument)
            if type(argument) is Step:
                parents.append(argument)
                values.append(argument.value)
            else:
                values.append(argument)
        exact = self._without_tiny if self.without and name == "add" else _as_given
        arguments, values = exact(arguments), exact(values)
        y = ufunc(*values)
        pull = None
        kind = y.dtype.kind
        if parts and kind in "fc":
            pull = partial(_pulled_elementwise, parts, y, arguments, values)
            if kind == "c" and not self.backward:
                _must_be_analytic(name)
            if kind == "c" or (name == "absolute" and np.iscomplexobj(values[0])):
                pull = partial(_pulled_complex, parts, y, arguments, values)
        place = place_of(sys._getframe(1), callers=self.callers)  # noqa: SLF001
        return self.recording.add(name, y, tuple(parents), ufunc, tuple(arguments), pull, place)

    def _without_tiny(self, given: list[Any]) -> list[Any]:
        """Return arguments with zeros for what is not to be added."""
        if place_of(sys._getframe(2))[:2] not in self.without:  # noqa: SLF001
            return given
        return [0.0 if is_tiny(each) else each for each in given]

    def by_rule(self, name: str, arrays: tuple[Any, ...], **keywords: Any) -> Step:
        """Carry out an operation of :data:`ARRAY_RULES`."""
        rule = (self.rules.get(name) if self.rules else None) or ARRAY_RULES[name]
        recorded = self.recorded_type
        arguments, values = [], []
        for given in arrays:
            argument = given.step if type(given) is recorded else self.argument(given)
            arguments.append(argument)
            values.append(argument.value if type(argument) is Step else np.asarray(argument))
        if any(value.dtype.kind == "c" for value in values):
            _must_be_analytic(name)
        try:
            y, pulls = rule(*values, **keywords)
        except NotImplementedError:
            raise Unsupported.operation(f"{name}({_spelled(keywords)})") from None
        again = None if self.rules or keywords else _PLAIN.get(name)
        call = again or partial(_first_of, rule, keywords)
        return self.general(name, y, call, tuple(arguments), pulls)

    def without_rule(
        self, function: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> "Traced":
        """Carry out a function of the backward pass of which no derivative is known."""
        if any(True for _ in steps_in(noted(tuple(keywords.values())))):
            raise Unsupported.operation(f"{function.__name__} with these arguments")
        arguments = tuple(kept(noted(argument)) for argument in args)
        value = function(*kept(filled(arguments)), **keywords)  # it may write into what it is given
        if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biuf":
            raise Unsupported.operation(function.__name__)
        call = partial(function, **keywords)
        return self.traced(self.general(function.__name__, value, call, arguments, ()))

    def general(
        self,
        name: str,
        value: Any,
        call: Callable[..., Any],
        arguments: tuple[Any, ...],
        pulls: tuple[Pull | None, ...],
    ) -> Step:
        """Write down an operation whose result and derivatives are known: one for an argument."""
        parents: list[Step] = []
        taken: list[Pull | None] = []
        count = len(pulls)
        for at, argument in enumerate(arguments):
            kind = type(argument)
            if kind is Step:
                parents.append(argument)
                taken.append(pulls[at] if at < count else None)
            elif kind is tuple or kind is list:
                for step in steps_in(argument):
                    parents.append(step)
                    taken.append(None)
        if not isinstance(value, np.ndarray | np.generic):
            value = np.asarray(value)
        pull = partial(_pulled, parents, taken) if value.dtype.kind in "fc" else None
        place = place_of(sys._getframe(1), callers=self.callers)  # noqa: SLF001
        return self.recording.add(name, value, tuple(parents), call, arguments, pull, place)


def _as_given(arguments: list[Any]) -> list[Any]:
    return arguments


def noted(value: Any) -> Any:
    """Return a value with the step in the place of what is recorded, also within sequences."""
    if is_traced(value):
        return value.step
    if type(value) in (tuple, list):
        return type(value)(noted(item) for item in value)
    return value


def _spelled(keywords: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in keywords.items())


def _first_of(rule: Callable[..., Any], keywords: Mapping[str, Any], *values: Any) -> Any:
    """Return what a rule computes, without its derivatives."""
    arrays = [x if type(x) is np.ndarray else np.asarray(x) for x in values]
    return rule(*arrays, **keywords)[0]


def _known(ufunc: np.ufunc) -> tuple[str, tuple[Part, ...] | None]:
    """Return name and derivatives of a universal function; none at all if it is not known."""
    name = _NAMES.get(ufunc.__name__, ufunc.__name__)
    parts = () if name in FLAT else ELEMENTWISE.get(name)
    _UFUNCS[ufunc] = name, parts
    return name, parts


def _pulled_elementwise(
    parts: tuple[Part, ...], y: Any, arguments: list[Any], values: list[Any], g: Any
) -> list[Any]:
    """Pull back through a universal function: by part, then summed over what was repeated."""
    found: list[Any] = []
    for part, argument in zip(parts, arguments, strict=True):
        if type(argument) is not Step:
            continue
        value = argument.value
        dtype = value.dtype
        if dtype.kind not in "fc" or argument.operation == "data":
            found.append(None)
            continue
        cotangent = part(g, y, *values)
        if cotangent.shape != value.shape:
            cotangent = unbroadcast(cotangent, value.shape)
        if cotangent.dtype != dtype:
            cotangent = cotangent.astype(dtype)
        found.append(cotangent)
    return found


def _pulled(parents: list[Step], pulls: list[Pull | None], g: Any) -> list[Any]:
    """Pull back to each parent that a gradient can reach."""
    found: list[Any] = []
    for parent, pull in zip(parents, pulls, strict=True):
        dtype = parent.value.dtype
        if pull is None or dtype.kind not in "fc" or parent.operation == "data":
            found.append(None)
            continue
        cotangent = between(pull, g) if dtype.kind == "c" or g.dtype.kind == "c" else pull(g)
        if cotangent is not None and cotangent.dtype != dtype:
            cotangent = fitting(cotangent, dtype)
        found.append(cotangent)
    return found


def _pulled_complex(
    parts: tuple[Part, ...], y: Any, arguments: list[Any], values: list[Any], g: Any
) -> list[Any]:
    """Pull back through a universal function of complex numbers."""
    found: list[Any] = []
    for part, argument in zip(parts, arguments, strict=True):
        if type(argument) is not Step:
            continue
        value = argument.value
        if value.dtype.kind not in "fc" or argument.operation == "data":
            found.append(None)
            continue
        cotangent = np.conj(part(np.conj(g), y, *values))
        found.append(fitting(unbroadcast(cotangent, value.shape), value.dtype))
    return found


def _must_be_analytic(name: str) -> None:
    if name not in ANALYTIC:
        raise Unsupported.operation(f"{name} of complex numbers")
