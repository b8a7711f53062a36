"""Where a module of PyTorch hides a part of itself: ``detach``, ``.data``, ``no_grad``, hooks.

Nothing of this is a mistake by itself: running averages are computed so. Each suspect is taken
away, and it is named if the gradient is then another one.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_subject import Point
from trainwell.diagnosis.gradient_frameworks.mirror import first_place
from trainwell.diagnosis.gradient_frameworks.torch_operations import name_of
from trainwell.diagnosis.gradient_frameworks.torch_recording import torch_folder, torch_frames
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_verdict.comparison import scale_of_all

_SAME = 1e-5  # of two gradients, one of which may be measured
_WORDS = {"detach": "detach", "detach_": "detach_", "data": ".data"}

Spot = tuple[str, int]
"""File and line."""

Gradient = Callable[[], Mapping[str, Any]]


Hooks = dict[Any, Callable[..., Any]]
"""What changes a gradient on its way back, by the handle that PyTorch gave it."""


def hidden_parts(
    torch: Any,
    owners: Iterable[tuple[str, Hooks]],
    gradient: Gradient,
    expected: Point,
    wrong: Iterable[str],
) -> list[Finding]:
    """Return what hides a part of a module from the gradient, or changes it on its way back.

    Parameters
    ----------
    torch : module
        PyTorch.
    owners : iterable of tuple
        Whose hooks there are, and these, of which each is taken away for a moment.
    gradient : callable
        Calls the module and differentiates it.
    expected : mapping of str to FloatArray
        The right gradient.
    wrong : iterable of str
        Parameters and inputs whose gradients are wrong.

    Returns
    -------
    list of Finding
        By line; sure ones if nothing else is wrong.
    """
    names = tuple(wrong)
    found = _cuts(torch, gradient, expected, names)
    return found or _of_hooks(owners, gradient, expected, names)


def _cuts(torch: Any, gradient: Gradient, expected: Point, names: tuple[str, ...]) -> list[Finding]:
    watch = _watching(torch)
    _carried_out(gradient, watch)
    spots = frozenset(watch.cuts)
    if not spots:
        return []
    mended = _carried_out(gradient, _watching(torch, spots))
    if mended is None:  # what was cut off goes on to NumPy, say
        return [_cut(spot, watch.cuts[spot], names, sure=False) for spot in watch.cuts]
    right = not _apart(mended, expected, names)
    found = []
    for spot, name in watch.cuts.items():
        without = _carried_out(gradient, _watching(torch, spots - {spot}))
        affected = names if without is None else _apart(without, mended, names)
        if affected:
            found.append(_cut(spot, name, affected, sure=right))
    return found


def _cut(spot: Spot, name: str, affected: tuple[str, ...], *, sure: bool) -> Finding:
    statement = statement_at(*spot)
    message = f"{name} cuts the graph here: what it is made of gets no gradient through it"
    if sure:
        message += "; without it the gradient is right"
    confidence = 1.0 if sure else 0.5
    target = statement.target or "forward"
    return Finding(target, "path", None, statement, message, confidence, affected)


def _watching(torch: Any, opened: frozenset[Spot] = frozenset()) -> Any:
    """Return a mode that notes where the graph is cut, and does not let it be cut at some lines."""

    class Watch(torch.overrides.TorchFunctionMode):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.cuts: dict[Spot, str] = {}

        def __torch_function__(
            self, function: Any, _: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = name_of(function)
            if not _differentiable(torch, (*args, *(kwargs or {}).values())):
                return function(*args, **(kwargs or {}))
            place = first_place(torch_frames(sys._getframe(1)), (torch_folder(),))  # noqa: SLF001
            spot = place[:2]
            if spot not in opened:
                result = function(*args, **(kwargs or {}))
                if _is_cut(torch, result):
                    self.cuts.setdefault(spot, _WORDS.get(name) or _block(torch, name))
                return result
            if name in _WORDS:
                return args[0].view_as(args[0])
            with torch.enable_grad():
                return function(*args, **(kwargs or {}))

    return Watch()


def _block(torch: Any, name: str) -> str:
    return name if torch.is_grad_enabled() else "no_grad"


def _differentiable(torch: Any, values: Iterable[Any]) -> bool:
    return any(isinstance(value, torch.Tensor) and value.requires_grad for value in values)


def _is_cut(torch: Any, result: Any) -> bool:
    return (
        isinstance(result, torch.Tensor) and result.is_floating_point() and not result.requires_grad
    )


def hooks_of_modules(module: Any) -> Iterator[tuple[str, Hooks]]:
    """Yield the hooks of the backward passes of modules, each with its class."""
    for part in module.modules():
        for hooks in (part._backward_hooks, part._backward_pre_hooks):  # noqa: SLF001 - no other handle
            yield type(part).__name__, hooks


def _of_hooks(
    owners: Iterable[tuple[str, Hooks]], gradient: Gradient, expected: Point, names: tuple[str, ...]
) -> list[Finding]:
    given, found = _carried_out(gradient, nullcontext()), []
    for owner, hooks in owners:
        for key, hook in list(hooks.items()):
            with _without(hooks, key):
                mended = _carried_out(gradient, nullcontext())
            if given is None or mended is None:
                continue
            affected = _apart(given, mended, names)
            if affected:
                right = not _apart(mended, expected, names)
                found.append(_hook(hook, owner, affected, sure=right))
    return found


def _hook(hook: Any, owner: str, affected: tuple[str, ...], *, sure: bool) -> Finding:
    code = getattr(getattr(hook, "__func__", hook), "__code__", None)
    statement = None if code is None else statement_at(code.co_filename, code.co_firstlineno)
    name = getattr(hook, "__name__", "a hook")
    message = f"the backward hook {name} of {owner} changes the gradient"
    if sure:
        message += "; without it the gradient is right"
    return Finding(name, "operation", None, statement, message, 1.0 if sure else 0.5, affected)


@contextmanager
def _without(hooks: Any, key: Any) -> Iterator[None]:
    kept = dict(hooks)
    del hooks[key]
    try:
        yield
    finally:
        hooks.clear()
        hooks.update(kept)


def _carried_out(gradient: Gradient, mode: Any) -> Mapping[str, Any] | None:
    try:
        with mode:
            return gradient()
    except Exception:  # noqa: BLE001 - where nothing is cut the module may refuse as it likes
        return None


def _apart(
    one: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the parameters whose gradients differ."""
    allowed = _SAME * (scale_of_all(dict(other)) or 1.0)
    return tuple(n for n in names if not np.abs(one[n] - other[n]).max(initial=0.0) <= allowed)
