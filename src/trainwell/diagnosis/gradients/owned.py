"""Functions whose parameters an object or a module holds, as functions of these parameters."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.attributes import is_record
from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.diagnosis.gradient_verdict.parameters import called_like, named_parts
from trainwell.diagnosis.gradients.arranged import HELD, SPACE, Function, several
from trainwell.diagnosis.gradients.left_gradients import GRADIENTS
from trainwell.diagnosis.gradients.owners import OfObject, Owner, number_in


class Owned:
    """A forward pass whose parameters an owner holds.

    Parameters
    ----------
    owner : Owner
        Who holds them.
    build : callable
        From what gives the owner's functions by name to the function: it returns the cost, or the
        cost and other things.
    in_one : bool, default=False
        Whether these other things come as one tuple.
    """

    def __init__(
        self,
        owner: Owner,
        build: Callable[[Callable[[str], Any]], Function],
        *,
        in_one: bool = False,
    ) -> None:
        self.owner = owner
        self.build = build
        self.in_one = in_one
        with owner.holding(owner.arrays) as space:
            self.func = build(partial(owner.function, space))
        self.__signature__ = with_parameters(self.func)

    def __call__(self, params: Any, *args: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """Call it, and hand on the copy that it has changed with what it returns."""
        with self.owner.holding(params) as space:
            cost, *kept = several(self.build(partial(self.owner.function, space))(*args, **named))
            outputs = kept[0] if self.in_one and isinstance(kept[0], tuple) else kept
            return number_in(cost), (space, *outputs)


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
    given : sequence of str, default=()
        What a layer's forward pass is given, where the gradients of that are returned.
    rate : float, default=0.0
        How much of the gradient it takes away from the parameters itself; 0 if it leaves them.
    """

    def __init__(
        self,
        owner: Owner,
        name: str,
        called: Sequence[str],
        *,
        anew: bool = False,
        given: Sequence[str] = (),
        rate: float = 0.0,
    ) -> None:
        self.owner = owner
        self.given = tuple(given)
        self.rate = rate
        self.name = name
        self.called = tuple(called)
        with owner.holding(owner.arrays) as space:
            self.func = owner.function(space, name)
        self.__signature__ = with_parameters(self.func, () if anew else (SPACE,))

    def __call__(self, params: Any, *args: Any, **named: Any) -> dict[str, Any]:
        """Call it, and collect the gradients from what it returns, or has left."""
        with self.owner.holding(params, named.pop(SPACE, None)) as held:
            space = _written_to(self.owner, held, params)
            left = {name: self.owner.gradient(space, name) for name in self.owner.arrays}
            before = {name: (a, _copy(a)) for name, a in left.items()}
            own = self.owner.values(space) if self.rate else {}
            own = {name: a + 0.0 for name, a in own.items()}  # which may be changed in place
            returned = self.owner.function(space, self.name)(*args, **named)
            found = collected(self.owner, space, returned, self.called, before)
            found = {name: _copy(a) for name, a in found.items()}
            if self.rate:
                found |= self._taken_away(space, own, found)
                _put_back(params, own)
            shapes = {name: np.shape(params[name]) for name in self.given}
            found |= _of_given(returned, self.called, shapes)
            for name, pair in before.items():  # what is added to begins anew behind this call
                self.owner.begin_anew(space, name, *pair)
        return {f"d{name}": gradient for name, gradient in found.items()}

    def _taken_away(
        self, space: Any, own: Mapping[str, Any], found: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the gradients that a step has taken away from the parameters."""
        now = self.owner.values(space)
        return {n: (a - now[n]) / self.rate for n, a in own.items() if n not in found}


def of_used(function: Any, space: Any) -> Any:
    """Return a forward pass of what a backward pass has used.

    Parameters
    ----------
    function : callable
        The forward pass, or what calls it.
    space : Any
        The copy that the backward pass has seen.

    Returns
    -------
    callable or None
        Each call begins with what is in that copy, but for the parameters; ``None`` where nobody
        holds them.
    """
    found = copy(function)
    if isinstance(function, Owned):
        found.owner = function.owner.used(space)
        return found
    inner = of_used(function.func, space) if hasattr(function, "func") else None
    if inner is None:
        return None
    found.func = inner
    return found


def owner_of(function: Any) -> Owner | None:
    """Return who holds the parameters of a forward pass; ``None`` if nobody does."""
    while not isinstance(function, Owned):
        if not hasattr(function, "func"):
            return None
        function = function.func
    return function.owner


def _put_back(params: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Give parameters, which are modified, the numbers that they had before a step."""
    for name, array in own.items():
        held = params.get(name)
        if type(held) is np.ndarray:
            held[...] = array


def _written_to(owner: Owner, space: Any, params: Mapping[str, Any]) -> Any:
    """Return an object whose arrays for gradients are recorded where its parameters are.

    What is written into an array that was made before, as by ``self.grads[0][...] = dW``, leaves
    the tape otherwise.
    """
    recorder = next((each.recorder for each in params.values() if is_traced(each)), None)
    if recorder is None or not isinstance(owner, OfObject):
        return space
    arrays = [owner.gradient(space, name) for name in owner.arrays]
    plain = [each for each in arrays if type(each) is np.ndarray and each.dtype.kind == "f"]
    if not plain:
        return space
    recorder.shares = True
    try:
        return deep_copy(space, {id(a): recorder.constant(a.copy(), "held") for a in plain})
    finally:
        recorder.shares = False


def _of_given(
    returned: Any, called: Sequence[str], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Any]:
    """Return the gradients of what a layer was given: they are called so, or have the shapes."""
    items = tuple(returned) if isinstance(returned, list) else several(returned)
    named = dict(zip(called, items, strict=True)) if len(called) == len(items) else {}
    found = {name: called_like(named, name) for name in shapes}
    found = {name: item for name, item in found.items() if item is not None}
    taken = {id(item) for item in found.values()}
    others = [item for item in items if id(item) not in taken]
    left = {name: shape for name, shape in shapes.items() if name not in found}
    if [*left.values()] == [*map(shape_of, others)]:
        found |= zip(left, others, strict=True)
    for name, shape in left.items():
        alike = [item for item in others if shape_of(item) == shape]
        if name not in found and len(alike) == 1:  # of several inputs it is that of the first
            found[name] = alike[0]
            others = [item for item in others if item is not alike[0]]
    return {name: _copy(item) for name, item in found.items()}


def shape_of(item: Any) -> tuple[int, ...] | None:
    """Return the shape of an array, recorded or not, or of a number; ``None`` of anything else."""
    if isinstance(item, int | float):
        return ()
    shape = getattr(item, "shape", None)
    return shape if isinstance(shape, tuple) else None


def with_parameters(function: Function, more: Sequence[str] = ()) -> Signature:
    """Return the arguments of a function behind one for the parameters."""
    kind = Parameter.KEYWORD_ONLY
    own = [p for p in signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
    first = Parameter(HELD, Parameter.POSITIONAL_ONLY)
    return Signature([first, *own, *(Parameter(name, kind) for name in more)])


def _copy(value: Any) -> Any:
    return value.copy() if type(value) is np.ndarray else value


def collected(
    owner: Owner,
    space: Any,
    returned: Any,
    called: Sequence[str] = (),
    before: Mapping[str, tuple[Any, Any]] | None = None,
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
    before : mapping of str to tuple, optional
        What was left for each parameter before the call, and a copy of that. What is still the
        same may be of another call, as of a training loop: what is returned comes first.

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
    found: dict[str, Any] = {}
    stale: dict[str, Any] = {}
    for name, last in zip(names, lasts, strict=True):
        value = given.get(name)
        for called_so in (name, last) if lasts.count(last) == 1 else (name,):
            for source in (given, named):
                value = called_like(source, called_so) if value is None else value
            value = given.get(called_so) if value is None else value
        left = owner.gradient(space, name) if value is None else None
        if left is not None and before and _is_same(left, *before[name]):
            stale[name] = left
            continue
        value = left if value is None else value
        if value is not None:
            found[name] = value
    found = found or _by_first_letter(owner, named) or _by_structure(owner, returned)
    return {**stale, **(found or _by_place(owner, returned))}


def _is_same(left: Any, before: Any, copy: Any) -> bool:
    """Say whether what is left is what was there before, with the same numbers."""
    return left is before and (type(left) is not np.ndarray or np.array_equal(left, copy))


def _last(name: str) -> str:
    """Return what an array is called within what holds it."""
    return re.split(r"[.\[]", name)[-1].strip("]'\"")


def _by_first_letter(owner: Owner, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return gradients that are called by a letter: ``nabla_b`` or ``db`` of ``biases``."""
    groups: dict[str, list[str]] = {}
    for name in owner.arrays:
        groups.setdefault(name.partition("[")[0], []).append(name)
    letters = [group[0].lower() for group in groups]
    lower = {called.lower(): item for called, item in named.items() if called not in GRADIENTS}
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
    items = [returned, *several(returned)] if isinstance(returned, tuple) else [returned]
    for item in items:
        flat = dict(_flat(item))
        alike = [
            names
            for names in groups.values()
            if flat and {*flat} == {*names} and not {*names.values()} & {*found}
            if all(shape_of(flat[end]) == shape_of(owner.arrays[n]) for end, n in names.items())
        ]
        if alike:  # an optimiser's averages are like the parameters, and come behind them
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
    """Return gradients without a name: as many as there are arrays or numbers, of their shapes."""
    items = returned if isinstance(returned, list | tuple) else (returned,)
    if any(isinstance(item, Mapping | list | tuple | None) for item in items):
        return {}
    arrays = {n: a for n, a in owner.arrays.items() if isinstance(a, np.ndarray)}
    for group in (arrays, owner.arrays):
        if [*map(np.shape, group.values())] == [*map(np.shape, items)]:
            return dict(zip(group, items, strict=True))
    return {}
