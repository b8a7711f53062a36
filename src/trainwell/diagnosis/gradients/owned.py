"""Functions whose parameters an object or a module holds, as functions of these parameters."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature, signature
from typing import Any

from trainwell.diagnosis.gradients.arranged import Function, several
from trainwell.diagnosis.gradients.owners import Owner, called_like

SPACE = "changed_by_the_forward_pass"
"""The argument of a backward pass for the copy of its object."""


class Owned:
    """A forward pass whose parameters an owner holds.

    Parameters
    ----------
    owner : Owner
        Who holds them.
    made : callable
        From the owner, or a copy of it, to the function: it returns the cost, or the cost and
        other things.
    """

    def __init__(self, owner: Owner, made: Callable[[Any], Function]) -> None:
        self.owner = owner
        self.made = made
        with owner.holding(owner.arrays) as space:
            self.func = made(space)
        self.__signature__ = with_parameters(self.func)

    def __call__(self, params: Any, *args: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """Call it, and hand on what it returns with the copy that it has changed."""
        with self.owner.holding(params) as space:
            cost, *kept = several(self.made(space)(*args, **named))
            outputs = kept[0] if len(kept) == 1 and isinstance(kept[0], tuple) else tuple(kept)
            return cost, (*outputs, space)


class OwnedGradient:
    """A backward pass whose parameters an owner holds.

    Parameters
    ----------
    owner : Owner
        Who holds them.
    name : str
        What it is called there.
    called : sequence of str
        What the things are called that it returns.
    anew : bool, default=False
        Whether it needs nothing of a forward pass.
    """

    def __init__(
        self, owner: Owner, name: str, called: Sequence[str], *, anew: bool = False
    ) -> None:
        self.owner = owner
        self.name = name
        self.called = tuple(called)
        with owner.holding(owner.arrays) as space:
            self.func = getattr(space, name)
        self.__signature__ = with_parameters(self.func, () if anew else (SPACE,))

    def __call__(self, params: Any, *args: Any, **named: Any) -> dict[str, Any]:
        """Call it, and collect the gradients from what it returns, or has left."""
        with self.owner.holding(params, named.pop(SPACE, None)) as space:
            returned = getattr(space, self.name)(*args, **named)
            found = collected(self.owner, space, returned, self.called)
        return {f"d{name}": gradient for name, gradient in found.items()}


def with_parameters(function: Function, more: Sequence[str] = ()) -> Signature:
    """Return the arguments of a function behind one for the parameters."""
    kind = Parameter.KEYWORD_ONLY
    own = [p for p in signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
    first = Parameter("params", Parameter.POSITIONAL_ONLY)
    return Signature([first, *own, *(Parameter(name, kind) for name in more)])


def collected(
    owner: Owner, space: Any, returned: Any, called: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the gradients that a backward pass returns, or leaves with the owner.

    Parameters
    ----------
    owner : Owner
        Who holds the parameters.
    space : Any
        What of it the backward pass has seen.
    returned : Any
        What it has returned.
    called : sequence of str, default=()
        What its last statement calls the things that it returns.

    Returns
    -------
    dict
        By the name of the parameter; those without a gradient are missing.
    """
    items = several(returned)
    named = dict(zip(called, items, strict=True)) if len(called) == len(items) else {}
    given = {
        key: value for item in items if isinstance(item, Mapping) for key, value in item.items()
    }
    found = {}
    for name in owner.arrays:
        value = given.get(name)
        for source in (given, named):
            value = called_like(source, name) if value is None else value
        value = owner.gradient(space, name) if value is None else value
        if value is not None:
            found[name] = value
    return found or _by_first_letter(owner, named)


def _by_first_letter(owner: Owner, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return gradients that are called by a letter: ``nabla_b`` or ``db`` of ``biases``."""
    groups: dict[str, list[str]] = {}
    for name in owner.arrays:
        groups.setdefault(name.partition("[")[0], []).append(name)
    letters = [group[0].lower() for group in groups]
    lower = {called.lower(): item for called, item in named.items()}
    found: dict[str, Any] = {}
    for group, names in groups.items():
        item = called_like(lower, group[0].lower())
        if item is None or letters.count(group[0].lower()) > 1:
            continue
        if names == [group]:
            found[group] = item
        elif isinstance(item, list | tuple) and len(item) == len(names):
            found |= zip(names, item, strict=True)
    return found
