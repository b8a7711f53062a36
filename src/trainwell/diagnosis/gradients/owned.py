"""Functions whose parameters an object or a module holds, as functions of these parameters."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import is_record
from trainwell.diagnosis.gradient_verdict.parameters import called_like, named_parts
from trainwell.diagnosis.gradients.arranged import Function, several
from trainwell.diagnosis.gradients.owners import Owner

SPACE = "changed_by_the_forward_pass"
"""The argument of a backward pass for the copy of its object."""


class Owned:
    """A forward pass whose parameters an owner holds.

    Parameters
    ----------
    owner : Owner
        Who holds them.
    build : callable
        From what gives the owner's functions by name to the function: it returns the cost, or the
        cost and other things.
    """

    def __init__(self, owner: Owner, build: Callable[[Callable[[str], Any]], Function]) -> None:
        self.owner = owner
        self.build = build
        with owner.holding(owner.arrays) as space:
            self.func = build(partial(owner.function, space))
        self.__signature__ = with_parameters(self.func)

    def __call__(self, params: Any, *args: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """Call it, and hand on what it returns with the copy that it has changed."""
        with self.owner.holding(params) as space:
            cost, *kept = several(self.build(partial(self.owner.function, space))(*args, **named))
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
            self.func = owner.function(space, name)
        self.__signature__ = with_parameters(self.func, () if anew else (SPACE,))

    def __call__(self, params: Any, *args: Any, **named: Any) -> dict[str, Any]:
        """Call it, and collect the gradients from what it returns, or has left."""
        with self.owner.holding(params, named.pop(SPACE, None)) as space:
            left = [self.owner.gradient(space, name) for name in self.owner.arrays]
            begun = [(a, a.copy()) for a in left if type(a) is np.ndarray]
            returned = self.owner.function(space, self.name)(*args, **named)
            found = collected(self.owner, space, returned, self.called)
            found = {n: a.copy() if type(a) is np.ndarray else a for n, a in found.items()}
            for array, before in begun:  # what is added to begins anew after a forward pass
                array[...] = before
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
    if isinstance(returned, list) and len(returned) == len(called):
        items = tuple(returned)
    named = dict(zip(called, items, strict=True)) if len(called) == len(items) else {}
    given: dict[Any, Any] = {}
    for item in items:
        given.update(item if isinstance(item, Mapping) else {})
        if is_record(item) and item is not space:
            given.update(named_parts(item))
    names = [*owner.arrays]
    lasts = [_last(name) for name in names]
    found = {}
    for name, last in zip(names, lasts, strict=True):
        value = given.get(name)
        for called_so in (name, last) if lasts.count(last) == 1 else (name,):
            for source in (given, named):
                value = called_like(source, called_so) if value is None else value
            value = given.get(called_so) if value is None else value
        value = owner.gradient(space, name) if value is None else value
        if value is not None:
            found[name] = value
    found = found or _by_first_letter(owner, named) or _by_structure(owner, returned)
    return found or _by_place(owner, returned)


def _last(name: str) -> str:
    """Return what an array is called within what holds it."""
    return re.split(r"[.\[]", name)[-1].strip("]'\"")


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


def _by_structure(owner: Owner, returned: Any) -> dict[str, Any]:
    """Return gradients in lists and dictionaries like those of the arrays."""
    groups: dict[str, dict[str, str]] = {}
    for name in owner.arrays:
        group, bracket, rest = name.partition("[")
        if bracket:
            groups.setdefault(group, {})[bracket + rest] = name
    found: dict[str, Any] = {}
    for item in (returned, *several(returned)):
        flat = dict(_flat(item))
        alike = [names for names in groups.values() if flat and {*flat} == {*names}]
        if len(alike) == 1:
            found |= {name: flat[suffix] for suffix, name in alike[0].items()}
    return found


def _flat(item: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what lists and dictionaries hold, by how it is reached."""
    if isinstance(item, Mapping | list | tuple):
        pairs = item.items() if isinstance(item, Mapping) else enumerate(item)
        for key, value in pairs:
            yield from _flat(value, f"{path}[{key!r}]")
    elif path:
        yield path, item


def _by_place(owner: Owner, returned: Any) -> dict[str, Any]:
    """Return gradients without a name: as many as there are arrays, each of its array's shape."""
    items = returned if isinstance(returned, list | tuple) else (returned,)
    arrays = {n: a for n, a in owner.arrays.items() if isinstance(a, np.ndarray)}
    shapes = [np.shape(array) for array in arrays.values()]
    if any(isinstance(item, Mapping | list | tuple | None) for item in items):
        return {}
    return dict(zip(arrays, items, strict=True)) if shapes == [*map(np.shape, items)] else {}
