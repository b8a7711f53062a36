"""A person's functions as the check calls them: arguments are told apart by their names."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from typing import Any

from trainwell.cli.check_case import Case
from trainwell.cli.text import listed
from trainwell.diagnosis.gradient_tape.attributes import is_record
from trainwell.diagnosis.gradient_verdict.calls import CACHE
from trainwell.diagnosis.gradients.arranged import HELD, SPACE, Adapted, Function, Place
from trainwell.errors import DataError

PARAMETERS = re.compile(r"parameters|params|param|thetas?|weights?|w\d*|ws", re.IGNORECASE)
"""What all parameters together are called."""
_FIRST = re.compile(r"p|pars?|beta|mu|coefs?|phi|q|v|c", re.IGNORECASE)
"""How parameters may be called where they come first, beside data that are called weights."""
_ARRAY = re.compile(r"w\d*")
"""What one of several parameters, or a noise, may be called; but hardly all of them."""
RATE = re.compile(r"lr|learning_?rate|eta|step_?size|rate|learn_?rate", re.IGNORECASE)
"""What a backward pass calls the length of the step that it takes itself."""
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Pair:
    """A forward pass and the backward pass that belongs to it.

    Parameters
    ----------
    forward, backward : callable
        The two functions.
    forward_name, backward_name : str
        What they are called, for a person.
    outputs : tuple of str, default=()
        What the forward pass returns behind the cost as one tuple: how each thing is called.
    note : str, default=""
        What a person should know of them.
    is_jacobian : bool, default=False
        Whether the forward pass returns several numbers, and the backward pass their Jacobian.
    """

    forward: Function
    backward: Function
    forward_name: str
    backward_name: str
    outputs: tuple[str, ...] = ()
    note: str = ""
    is_jacobian: bool = False


@dataclass(frozen=True)
class Target:
    """What is checked: the two functions with their arguments in order, and the point.

    Parameters
    ----------
    cost, grad : Adapted
        ``cost(params, *data)`` and ``grad(params, *data)`` or ``grad(params, *data, cache)``.
    params : Any
        The parameters.
    data : tuple
        What both take beside them.
    numbers : mapping of str to float
        Numbers with a name, for the report.
    names : tuple of str
        What the data are called.
    """

    cost: Adapted
    grad: Adapted
    params: Any
    data: tuple[Any, ...]
    numbers: Mapping[str, float]
    names: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The length of a step that the backward pass is told to take; 0 if it is told none."""
        given = (p.what for p in self.grad.places if p.gets == "number" and RATE.fullmatch(p.name))
        return float(next(given, 0.0))


def arguments_of(function: Function) -> list[str]:
    """Return the names of a function's arguments."""
    return [parameter.name for parameter in _parameters(function)]


def target(path: str, found: Pair, case: Case, numbers: Mapping[str, float]) -> Target:
    """Give every argument of the two functions what its name says."""
    forward = _Reader(path, found.forward_name, found.forward, case, numbers)
    cost = forward.forward()
    named = Case(case.params, case.data, forward.data_names())
    called = forward.called("params")
    usual = {**forward.defaults(), **numbers}
    backward = _Reader(
        path, found.backward_name, found.backward, named, usual, called, found.outputs
    )
    grad = backward.backward()
    count = len(case.data)
    known = {
        name: float(value)
        for name, value in zip(named.names or (), case.data, strict=False)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    known |= {name: float(value) for name, value in usual.items()}
    params = case.params
    if not isinstance(params, Mapping | list | tuple) and not is_record(params):
        # One array is called as the forward pass calls it.
        name = next(place.name for place in cost if place.gets == "params")
        params = {name: params}
        cost, grad = ([_as_entry(place, name) for place in each] for each in (cost, grad))
    return Target(
        Adapted(found.forward, cost, count),
        Adapted(found.backward, grad, count),
        params,
        case.data,
        known,
        named.names or (),
    )


def _as_entry(place: Place, name: str) -> Place:
    return replace(place, gets="entry", what=name) if place.gets == "params" else place


def _parameters(function: Function) -> list[Parameter]:
    try:
        return list(signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


class _Reader:
    """Reads one function's arguments."""

    def __init__(
        self,
        path: str,
        name: str,
        function: Function,
        case: Case,
        numbers: Mapping[str, float],
        params: Collection[str] = (),
        outputs: Sequence[str] = (),
    ) -> None:
        self.path, self.name, self.case, self.numbers = path, name, case, numbers
        self.params = params  # what they are called in another function
        self.outputs = outputs  # what the forward pass returns, one by one
        self.parameters = [p for p in _parameters(function) if p.kind is not p.VAR_KEYWORD]
        self.places: dict[str, Place] = {}

    def forward(self) -> list[Place]:
        """Return the places of a forward pass."""
        pending = self._by_name(cache=False)
        if pending and not self._has("params", "entry"):
            self._put(pending.pop(0), "params")
        if not self._has("params", "entry"):
            raise self._problem("takes no parameters")
        self._data(pending)
        return self._in_order()

    def backward(self) -> list[Place]:
        """Return the places of a backward pass, whose data have the names of the forward one's."""
        pending = self._by_name(cache=True)
        if pending and not self._has("params", "entry", "cache", "output"):
            self._put(pending.pop(0), "params")
        needed = [p for p in pending if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
        rest = any(p.kind is p.VAR_POSITIONAL for p in pending)
        placed = len(needed) == 1 or self._has("data") or rest or not self.case.data
        if placed and not self._has("cache") and not any(map(self._close, needed)):
            # What is left when everything else has its place is what the forward pass has kept.
            taken = {place.what for place in self.places.values() if place.gets == "output"}
            left = [at for at in range(len(self.outputs)) if at not in taken]
            for at, p in enumerate(needed):
                if self.outputs:
                    self._put(p, "output", left[min(at, len(left) - 1)] if left else 0)
                else:
                    self._put(p, *(("cache",) if len(needed) == 1 else ("kept", at)))
                pending.remove(p)
        self._data(pending)
        return self._in_order()

    def data_names(self) -> tuple[str, ...]:
        """Return what the data are called, by the case or by this function's arguments."""
        if self.case.names is not None:
            return self.case.names
        names = {place.what: place.name for place in self.places.values() if place.gets == "data"}
        return tuple(names.get(at, f"data {at + 1}") for at in range(len(self.case.data)))

    def called(self, kind: str) -> set[str]:
        """Return the names of the arguments that get something."""
        return {place.name for place in self.places.values() if place.gets == kind}

    def defaults(self) -> dict[str, float]:
        """Return the numbers that stand in the function's signature, counts as whole numbers."""
        return {
            p.name: p.default
            for p in self.parameters
            if p.name not in self.places
            and isinstance(p.default, int | float)
            and not isinstance(p.default, bool)
        }

    def _by_name(self, *, cache: bool) -> list[Parameter]:
        """Place every argument whose name says what it is, and return the others."""
        pending = []
        names = self.case.names or ()
        for p in self.parameters:
            if p.kind is p.VAR_POSITIONAL:
                pending.append(p)
            elif p.name in self.numbers:
                self._put(p, "number", self.numbers[p.name])
            elif p.name in names:
                self._put(p, "data", names.index(p.name))
            elif self._is_entry(p.name):
                self._put(p, "entry", p.name)
            elif cache and (at := self._output(p.name)) is not None:
                self._put(p, "output", at)
            elif cache and CACHE.fullmatch(p.name):
                self._put(p, "cache")
            elif cache and RATE.fullmatch(p.name):
                self._put(p, "number", 1.0)  # a step of this length shows the gradient
            elif self._are_parameters(p) and not self._has("params"):
                self._put(p, "params")
            else:
                pending.append(p)
        return pending

    def _is_entry(self, name: str) -> bool:
        """Say whether one of the parameters is called so, and is not only kept by their owner."""
        held = any(p.name == HELD for p in self.parameters) and self.case.names is None
        return not held and isinstance(self.case.params, Mapping) and name in self.case.params

    def _are_parameters(self, p: Parameter) -> bool:
        """Say whether an argument is called like all parameters, or is the first such one."""
        first = self.parameters[0].name
        if p.name == HELD or p.name in self.params:
            return True
        several = isinstance(self.case.params, Mapping) and len(self.case.params) > 1
        if several and p.name != first and _ARRAY.fullmatch(p.name):
            return False
        if _FIRST.fullmatch(first) and first not in (self.case.names or ()):
            return p.name == first
        return PARAMETERS.fullmatch(p.name) is not None

    def _data(self, pending: list[Parameter]) -> None:
        """Place the data, by order if they have no names."""
        ordered = list(range(len(self.case.data))) if self.case.names is None else []
        # One with a default may stand in front of one without, which comes from another function.
        for p in sorted(pending, key=lambda p: p.default is not p.empty):
            if p.kind is p.VAR_POSITIONAL:
                taken = {q.what for q in self.places.values() if q.gets == "data"}
                left = [at for at in range(len(self.case.data)) if at not in taken]
                self._put(p, "rest", left)
                ordered = []
            elif ordered and not isinstance(p.default, bool | str):
                self._put(p, "data", ordered.pop(0))
            elif (at := self._close(p)) is not None:
                self._put(p, "data", at[0])
            elif p.default is p.empty:
                raise self._problem(f"takes {p.name!r}, which is {self._unknown()}")
        if ordered:
            takes = listed([p.name for p in self.parameters if p.name not in (HELD, SPACE)])
            count = len(self.case.data)
            raise self._problem(
                f"takes ({takes}), but the case gives {count} data: a forward pass takes the"
                " parameters and all data, and returns the cost"
            )

    def _output(self, name: str) -> int | None:
        """Return which of the things that the forward pass returns is called so."""
        if name in self.outputs:
            return self.outputs.index(name)
        if not self.outputs or not CACHE.fullmatch(name):
            return None
        caches = [at for at, called in enumerate(self.outputs) if CACHE.fullmatch(called)]
        return caches[0] if len(caches) == 1 else len(self.outputs) - 1

    def _close(self, p: Parameter) -> tuple[int] | None:
        """Return which of the data has this name but for upper and lower case."""
        same = [at for at, n in enumerate(self.case.names or ()) if n.lower() == p.name.lower()]
        return (same[0],) if len(same) == 1 else None

    def _unknown(self) -> str:
        names = listed(self.case.names or ())
        has = f"one of the data ({names})" if names else "one of the data, of which none is left"
        return f"neither the parameters nor {has}, nor given with --hyper"

    def _problem(self, problem: str) -> DataError:
        return DataError.in_file(self.path, f"{self.name} {problem}")

    def _has(self, *kinds: str) -> bool:
        return any(place.gets in kinds for place in self.places.values())

    def _put(self, p: Parameter, gets: Any, what: Any = None) -> None:
        self.places[p.name] = Place(p.name, gets, what)

    def _in_order(self) -> list[Place]:
        """Return the places in the order of the arguments, by name behind one that is left out."""
        found, gap = [], False
        for p in self.parameters:
            place = self.places.get(p.name)
            if place is None:
                gap = True
                continue
            by_name = p.kind is p.KEYWORD_ONLY or (gap and p.kind in _POSITIONAL)
            found.append(Place(place.name, place.gets, place.what, by_name))
        return found
