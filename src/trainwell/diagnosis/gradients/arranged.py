"""A person's functions as the check calls them: with other arguments, or one after the other."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from typing import Any, Literal

import numpy as np

from trainwell.diagnosis.gradient_verdict.parameters import called_like

Function = Callable[..., Any]
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_PLAIN = (*_POSITIONAL, Parameter.KEYWORD_ONLY)
HELD = "held_by_the_owner"
"""The argument for the parameters, which an object may hold as ``params``."""
SPACE = "changed_by_the_forward_pass"
"""The argument of a backward pass for the copy of its object."""
_MISPLACED = (TypeError, IndexError, KeyError, AttributeError, ValueError)
"""What functions raise that are given one thing for another."""
_SOURCES = {
    "params": "the parameters",
    "cache": "what the forward pass keeps",
    "output": "a result of the forward pass",
}


@dataclass(frozen=True)
class Place:
    """What one argument of a function gets.

    Parameters
    ----------
    name : str
        What the argument is called.
    gets : str
        Where that comes from.
    what : Any, default=None
        Which entry, which of the data or outputs, or the number itself.
    by_name : bool, default=False
        Whether it has to be given by name.
    """

    name: str
    gets: Literal["params", "entry", "data", "rest", "cache", "kept", "output", "number"]
    what: Any = None
    by_name: bool = False


class Adapted:
    """A person's function with the arguments ``(params, *data)``, or ``(params, *data, cache)``.

    Parameters
    ----------
    function : callable
        The function.
    places : sequence of Place
        What each of its arguments gets, in their order.
    data : int
        How many data there are.
    """

    def __init__(self, function: Function, places: Sequence[Place], data: int) -> None:
        # Who looks for generators in sight of a function looks behind ``func``.
        self.func = function
        self.places = tuple(places)
        self.data = data
        called = {place.what: place.name for place in places if place.gets == "data"}
        own = [called.get(at, f"data_{at}") for at in range(data)]
        names = ["params", *(f"data_{at}" if n == "params" else n for at, n in enumerate(own))]
        names += [place.name for place in places if place.gets in ("cache", "kept")]
        names += ["cache"] if any(place.gets == "output" for place in places) else []
        kind = Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = Signature([Parameter(name, kind) for name in names])

    def __call__(self, params: Any, *given: Any) -> Any:
        """Call the function."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for place in self.places:
            if place.gets == "rest":
                positional += [given[at] for at in place.what]
            elif place.by_name:
                named[place.name] = self._value(place, params, given)
            else:
                positional.append(self._value(place, params, given))
        try:
            return self.func(*positional, **named)
        except _MISPLACED as error:
            if not hasattr(error, "__notes__"):
                error.add_note(self._described(params, given))
            raise

    def _value(self, place: Place, params: Any, given: Sequence[Any]) -> Any:
        if place.gets == "params":
            return params
        if place.gets == "entry":
            return params[place.what]
        if place.gets == "data":
            return given[place.what]
        if place.gets == "kept":
            return given[self.data + place.what]
        if place.gets == "output":
            return given[self.data][place.what]
        return given[-1] if place.gets == "cache" else place.what

    def _described(self, params: Any, given: Sequence[Any]) -> str:
        """Say what each argument was given: it is known by its name only."""
        parts = []
        for place in self.places:
            if place.gets != "rest" and place.name not in (HELD, SPACE):
                source = _SOURCES.get(place.gets)
                parts.append(
                    f"{place.name}: {source or _sort_of(self._value(place, params, given))}"
                )
        return f"given {', '.join(parts)}"


def _sort_of(value: Any) -> str:
    """Say what a person would call something that is given to a function."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"array {value.shape}"
    return repr(value) if isinstance(value, int | float) else type(value).__name__


class InTurn:
    """A forward pass, then the cost of what it returns: gives the cost, and all of that.

    Parameters
    ----------
    forward, cost : callable
        The two functions.
    taken : mapping of str to int
        Arguments of ``cost`` that are something which ``forward`` returns, and which.
    """

    def __init__(self, forward: Function, cost: Function, taken: Mapping[str, int]) -> None:
        self.func = forward
        self.cost = cost
        self.taken = dict(taken)
        self.__signature__ = merged(forward, cost, taken)

    def __call__(self, *args: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """Call both."""
        given = self.__signature__.bind(*args, **named).arguments
        outputs = several(called_with(self.func, given))
        own = {name: outputs[at] for name, at in self.taken.items() if at < len(outputs)}
        return called_with(self.cost, {**given, **own}), outputs


class Paired:
    r"""A function that returns arrays, as a cost: :math:`J = \sum_k \langle y_k, u_k \rangle`.

    Parameters
    ----------
    forward : callable
        The function.
    cotangents : mapping of str to int
        Names for the :math:`u_k`, which become arguments, and which output each belongs to.
    """

    def __init__(self, forward: Function, cotangents: Mapping[str, int]) -> None:
        self.func = forward
        self.cotangents = dict(cotangents)
        kind = Parameter.KEYWORD_ONLY
        own = [p for p in signature(forward).parameters.values() if p.kind is not p.VAR_KEYWORD]
        self.__signature__ = Signature([*own, *(Parameter(name, kind) for name in cotangents)])

    def __call__(self, *args: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """Call it, and add up what it returns."""
        given = self.__signature__.bind(*args, **named).arguments
        outputs = several(called_with(self.func, given))
        pairs = ((outputs[at], given[name]) for name, at in self.cotangents.items())
        return pairing(pairs), outputs


class Then:
    """A function, and what is made of its result.

    Parameters
    ----------
    function : callable
        The function.
    change : callable
        From its result to that of this one.
    """

    def __init__(self, function: Function, change: Callable[[Any], Any]) -> None:
        self.func = function
        self.change = change
        self.__signature__ = signature(function)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call it."""
        return self.change(self.func(*args, **named))


def pairing(pairs: Iterable[tuple[Any, Any]]) -> Any:
    r"""Return :math:`\sum_k \langle y_k, u_k \rangle` of arrays and their cotangents."""
    total: Any = 0.0
    for y, u in pairs:
        total = total + np.sum(np.multiply(y, u))
    return total


def several(result: Any) -> tuple[Any, ...]:
    """Return what a function returns as a tuple, also where it is one thing."""
    return result if isinstance(result, tuple) else (result,)


def called_with(function: Function, given: Mapping[str, Any]) -> Any:
    """Call a function with those of some values that it has arguments for."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for p in signature(function).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            positional += given.get(p.name, ())
        elif p.name not in given:
            continue
        elif p.kind is p.POSITIONAL_ONLY:
            positional.append(given[p.name])
        else:
            named[p.name] = given[p.name]
    return function(*positional, **named)


def parameters_of(function: Function) -> list[Parameter]:
    """Return the arguments that a function has by name."""
    found = signature(function).parameters.values()
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def named_gradients(
    result: Any,
    called: Sequence[str],
    params: Mapping[str, tuple[int, ...]],
    without: int | None = None,
) -> Any:
    """Return the gradients in what a function returns, by name if they are those of parameters.

    Parameters
    ----------
    result : Any
        What it has returned.
    called : sequence of str
        What its last statement calls the parts.
    params : mapping of str to tuple
        The parameters with their shapes; none if they have no names.
    without : int, optional
        Which part is the cost.

    Returns
    -------
    Any
        A dictionary where that is possible; otherwise what there is without the cost.
    """
    parts = [("", result)]
    if isinstance(result, tuple):
        names = called if len(called) == len(result) else [""] * len(result)
        parts = [pair for at, pair in enumerate(zip(names, result, strict=True)) if at != without]
    mappings = [item for _, item in parts if isinstance(item, Mapping)]
    if not isinstance(result, tuple) and len(called) == 1 < len(params):
        parts = [(called[0], result)]
    elif not mappings and len(parts) == 1:
        return parts[0][1]
    named = mappings[0] if mappings else {name: item for name, item in parts if name}
    ends = [name.rpartition(".")[::2] for name in params]
    lasts = [last for _, last in ends]
    within = {  # of {"parameters": {"W": ...}}, what is returned as "dW", or as "W"
        f"{path}.d{last}": gradient
        for path, last in ends
        if path and lasts.count(last) == 1
        if (gradient := _called(named, last)) is not None
    }
    found = {**named, **within, **{name: item for name, item in parts if name}}
    left = {n: s for n, s in params.items() if called_like(found, n) is None and n not in found}
    left = {n: s for n, s in left.items() if ".d".join(n.rpartition(".")[::2]) not in within}
    if len(left) < len(params):
        others = [item for name, item in parts if not name and not isinstance(item, Mapping)]
        return {**found, **_by_shape(others, left)}
    if mappings:
        return named
    return tuple(item for _, item in parts) if isinstance(result, tuple) else result


def _called(named: Mapping[str, Any], name: str) -> Any:
    """Return what is called like a parameter's gradient, or like the parameter."""
    found = called_like(named, name)
    return named.get(name) if found is None else found


def _by_shape(items: Sequence[Any], left: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Return gradients without a name for the parameters without one, each of a shape of its own.

    Nothing is said of two that have the same shape.
    """
    found = {np.shape(item): item for item in items if item is not None}
    same = len(found) == len(items) == len(left) and {*found} == {*left.values()}
    return {f"d{name}": found[shape] for name, shape in left.items()} if same else {}


def merged(first: Function, second: Function, without: Collection[str]) -> Signature:
    """Return the arguments of two functions, each once.

    Parameters
    ----------
    first, second : callable
        The functions.
    without : collection of str
        Arguments of the second that come from elsewhere.

    Returns
    -------
    Signature
        Those of the second are given by name.
    """
    found = {p.name: p for p in signature(first).parameters.values() if p.kind in _POSITIONAL}
    others = signature(second).parameters.values()
    found |= {
        p.name: p
        for p in others
        if p.name not in found and p.name not in without and p.kind in _PLAIN
    }
    kind = Parameter.KEYWORD_ONLY  # one with a default may stand in front of one without
    own = [p.name for p in signature(first).parameters.values()]
    return Signature([p if p.name in own else p.replace(kind=kind) for p in found.values()])
