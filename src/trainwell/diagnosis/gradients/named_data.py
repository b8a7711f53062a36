"""Data that are given by the names of arguments, and a cost that comes with its gradient."""

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature, signature
from typing import Any

from trainwell.diagnosis.gradients.arranged import Then
from trainwell.diagnosis.gradients.given_data import in_order

Function = Callable[..., Any]
_PLAIN = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class ByName:
    """A function whose data are given by their names, wherever its arguments stand.

    Parameters
    ----------
    function : callable
        The user's.
    names : sequence of str
        What the data are called, in the order in which they come; it need not take all of them.
    """

    def __init__(self, function: Function, names: Sequence[str]) -> None:
        self.func = function
        self.names = tuple(names)
        every = [*signature(function).parameters.values()]
        first = next(p for p in every if p.name not in names)
        own = [p for p in every if p is not first]
        self.params = "" if first is every[0] else first.name  # as of ``rhs(t, y)``
        self.own = {p.name for p in own}
        others = [p for p in own if p.name not in names and p.kind is not p.VAR_KEYWORD]
        self.others = [p.name for p in others]
        kind = Parameter.POSITIONAL_OR_KEYWORD
        data = [Parameter(name, kind) for name in names]
        behind = [p.replace(kind=kind) for p in others if p.kind is not p.VAR_POSITIONAL]
        self.__signature__ = Signature([first.replace(kind=kind), *data, *behind])

    def __call__(self, params: Any, *given: Any, **named: Any) -> Any:
        """Call it."""
        data = zip(self.names, given[: len(self.names)], strict=True)
        own = {name: value for name, value in data if name in self.own}
        kept = dict(zip(self.others, given[len(self.names) :], strict=False))
        if self.params:
            return self.func(**{self.params: params}, **own, **kept, **named)
        return self.func(params, **own, **kept, **named)


def arranged(cost: Function, grad: Any, data: Any) -> tuple[Function, Any, tuple[Any, ...]]:
    """Return cost, gradient and data so that both take the data in one order.

    Parameters
    ----------
    cost : callable
        The forward pass.
    grad : Any
        The backward pass, or the gradients; or the cost itself, if that returns both.
    data : Any
        A tuple, a dictionary by the names of arguments, or one thing.

    Returns
    -------
    cost, grad : Any
        As they were, where nothing has to be changed.
    data : tuple
        In the order of the cost's arguments.
    """
    if grad is cost:
        cost, grad = Then(cost, _first), Then(cost, _rest)
    if not isinstance(data, dict) or not data:
        return cost, grad, in_order(cost, data)
    called = [p.name for p in _arguments(cost)]
    called = called if called[:1] and called[0] in data else called[1:]
    if not {*data} <= {*called}:
        return cost, grad, in_order(cost, data)
    names = [name for name in called if name in data]
    passes = [_by_name(f, names) if callable(f) else f for f in (cost, grad)]
    return passes[0], passes[1], tuple(data[name] for name in names)


def _first(both: Any) -> Any:
    return both[0] if isinstance(both, tuple) else both


def _rest(both: Any) -> Any:
    """Return the gradients behind a cost."""
    if not isinstance(both, tuple) or len(both) < 2:
        return both
    return both[1] if len(both) == 2 else both[1:]


def _by_name(function: Function, names: Sequence[str]) -> Function:
    """Return a function that takes some data in this order; the same if it does so itself."""
    every = _arguments(function)
    behind = bool(every) and every[0].name in names
    own = every if behind else every[1:]
    plain = [p.name for p in own if p.kind in _PLAIN]
    if (not behind and plain[: len(names)] == [*names]) or not {p.name for p in own} & {*names}:
        return function
    return ByName(function, names)


def _arguments(function: Any) -> list[Parameter]:
    """Return the arguments of a function that have names."""
    try:
        found = signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind in (*_PLAIN, Parameter.KEYWORD_ONLY)]
