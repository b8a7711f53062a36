"""Writes down what a function of PyTorch does, operation by operation, as NumPy would do it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.mirror import Mirror, agrees, first_place
from trainwell.diagnosis.gradient_frameworks.torch_operations import (
    ALIASES,
    CASTS,
    MADE,
    OPERATIONS,
    name_of,
)
from trainwell.diagnosis.gradient_tape.places import Place
from trainwell.diagnosis.gradient_tape.recorder import Unsupported, is_traced
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_tape.views import become
from trainwell.errors import DependencyError


def torch_for(owner: str) -> Any:
    """Return PyTorch, or say how it is installed.

    Parameters
    ----------
    owner : str
        Who asks, for the message.

    Returns
    -------
    module
        ``torch``.

    Raises
    ------
    DependencyError
        If it is not installed.
    """
    try:
        return import_module("torch")
    except ImportError:
        raise DependencyError.missing(owner, "PyTorch", "torch") from None


def numbers(tensor: Any) -> Any:
    """Return a copy of a tensor's numbers as a NumPy array."""
    torch = import_module("torch")
    plain = tensor.detach()
    if plain.dtype == torch.bfloat16:
        plain = plain.to(torch.float32)
    return np.array(plain.cpu().resolve_conj().resolve_neg().numpy())


@lru_cache(maxsize=1)
def torch_folder() -> str:
    """Return where PyTorch's own source is, with a separator at the end."""
    return str(Path(str(import_module("torch").__file__)).parent / "_")[:-1]


def torch_frames(frame: FrameType | None) -> Iterator[tuple[str, int, int]]:
    """Yield file, line and instruction of each call, the innermost first."""
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno, frame.f_lasti
        frame = frame.f_back


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of PyTorch, as it was asked for.

    Parameters
    ----------
    name : str
        As in :data:`~trainwell.diagnosis.gradient_frameworks.torch_operations.OPERATIONS`.
    function : callable
        Carries it out.
    args, kwargs : tuple and dict
        What it was given.
    given, settings : tuple and dict
        The same, with recorded and NumPy arrays in the place of tensors.
    place : tuple
        Where the user asked for it.
    state : tensor or None
        Of the generator of random numbers, if it draws some.
    """

    name: str
    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    given: tuple[Any, ...]
    settings: dict[str, Any]
    place: Place
    state: Any = None


class TorchMirror(Mirror):
    """A mirror that knows tensors.

    A tensor is known by its identity; views and changes in place are followed. Where a tensor
    has changed without being seen, :class:`Unsupported` is raised.
    """

    def __init__(self) -> None:
        super().__init__()
        self.torch = import_module("torch")
        self._known: dict[int, tuple[Any, Any, int]] = {}
        self.written: list[tuple[Any, Place]] = []

    def know(self, tensor: Any, traced: Any) -> None:
        """Note what a tensor is called in the recording."""
        self._known[id(tensor)] = (tensor, traced, tensor._version)  # noqa: SLF001 - no other handle

    def leaf(self, tensor: Any) -> Step:
        """Return a tensor as a step that nothing was done to."""
        traced = self.recorder.leaf(numbers(tensor))
        self.know(tensor, traced)
        return traced.step  # the property of a recorded array

    def traced(self, tensor: Any) -> Any:
        """Return the recorded array of a tensor; ``None`` if it is a constant."""
        found = self._known.get(id(tensor))
        if found is None:
            return None
        _, traced, version = found
        if tensor._version != version:  # noqa: SLF001
            if not agrees(np.asarray(traced.step.value), numbers(tensor)):
                raise Unsupported.operation("a change of a tensor through another one")
            self.know(tensor, traced)
        return traced

    def argument(self, value: Any) -> Any:
        """Return an argument with recorded and NumPy arrays in the place of tensors."""
        if isinstance(value, self.torch.Tensor):
            traced = self.traced(value)
            return numbers(value) if traced is None else traced
        if type(value) in (tuple, list):
            return type(value)(self.argument(item) for item in value)
        if type(value) is self.torch.Size:
            return tuple(value)
        if isinstance(value, slice):
            return slice(*map(self.argument, (value.start, value.stop, value.step)))
        return value

    def mode(self) -> Any:
        """Return the context in which operations are written down."""
        mode_type = import_module("torch.overrides").TorchFunctionMode

        def handle(_: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            del types
            return self.carry_out(function, args, kwargs or {})

        return type("Recording", (mode_type,), {"__torch_function__": handle})()

    def carry_out(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Carry out an operation, and write it down."""
        name = name_of(function)
        if name not in MADE and (
            name in _PLAIN or not any(True for _ in _tensors(self.torch, args))
        ):
            return function(*args, **kwargs)
        if name == "item" or (name == "float" and function is not self.torch.Tensor.float):
            return self._number(function, args, kwargs)
        place = first_place(torch_frames(sys._getframe(1)), (torch_folder(),))  # noqa: SLF001
        changes = isinstance(args[0], self.torch.Tensor) and (
            name.endswith("_") or name == "setitem"
        )
        given = self.argument(tuple(args))
        settings = {key: self.argument(value) for key, value in kwargs.items()}
        state = self.torch.get_rng_state() if name in _RANDOM else None
        done = Operation(name, function, args, kwargs, given, settings, place, state)
        if changes:
            return self._changing(done)
        result = function(*args, **kwargs)
        if name == "iter":
            result = list(result)
        if isinstance(result, self.torch.Tensor):
            self._result(done, result)
        elif isinstance(result, tuple | list):
            for at, part in enumerate(result):
                if isinstance(part, self.torch.Tensor) and any_traced(given):
                    self.know(part, self._foreign(done, numbers(part), at))
        return iter(result) if name == "iter" else result

    def _number(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        traced = self.traced(args[0])
        number = function(*args, **kwargs)
        if traced is None or not isinstance(number, float):
            return number
        return self.recorder.number(traced.step)

    def _result(self, done: Operation, result: Any) -> None:
        """Write down an operation with one result."""
        name, given = done.name, done.given
        value = numbers(result)
        if name in MADE or not any_traced((given, tuple(done.settings.values()))):
            if value.dtype.kind == "f":
                self.know(result, self.made(name, value, done.place))
            return
        first = given[0] if is_traced(given[0]) else None
        make: Callable[[], Any] | None = None
        if first is not None and name in ALIASES | CASTS:
            if value.dtype == first.dtype and value.shape == first.shape:
                self.know(result, first)
                return
            make = partial(_astype, first, value.dtype)
        elif name == "getitem":
            make = partial(_taken, given[0], _index(given[1], given[0], alone=value.ndim == 0))
        elif name in OPERATIONS:
            make = partial(OPERATIONS[name], *given, **done.settings)
        traced = None if make is None else self.as_numpy(make, value, done.place)
        self.know(result, self._foreign(done, value) if traced is None else traced)

    def _changing(self, done: Operation) -> Any:
        """Carry out, and write down, an operation that changes its first argument."""
        target, name = done.args[0], done.name
        before = numbers(target)
        if not is_traced(done.given[0]):
            first = self.made("array", before, done.place)
            self.know(target, first)
            done = replace(done, given=(first, *done.given[1:]))
        result = done.function(*done.args, **done.kwargs)
        self.written.append((target, done.place))
        traced, value = done.given[0], numbers(target)
        begin = len(self.steps)
        if name == "setitem":
            traced[_index(done.given[1], traced, alone=True)] = done.given[2]
        elif name in ("zero_", "fill_", "copy_"):
            traced[...] = done.given[1] if len(done.given) > 1 else 0.0
        elif name in _DRAWS:
            traced[...] = value
        else:
            operation = OPERATIONS.get(name.removesuffix("_"))
            made = None
            if operation is not None:
                make = partial(operation, *done.given, **done.settings)
                made = self.as_numpy(make, value, done.place)
            if made is None:
                made = self._foreign(done, value, before=before)
            become(traced, made.step)
        self.put(done.place, begin)
        if not agrees(np.asarray(traced.step.value), value):
            raise Unsupported.operation(f"the change in place by {name}")
        self.know(target, traced)
        return result

    def _foreign(
        self, done: Operation, value: Any, at: int | None = None, before: Any = None
    ) -> Any:
        """Write an operation down as PyTorch's own: it repeats it, and differentiates it."""
        flat: list[Any] = []
        given, original = (done.given, done.settings), (done.args, done.kwargs)
        pattern = _pattern(given, original, flat, self.torch)
        values = [item.step.value for item in flat]
        if before is not None:
            values[0] = before
        run = partial(_run, self.torch, done.function, pattern, at, done.state)
        name = _ALIKE.get(done.name.removesuffix("_"), f"torch.{done.name}")
        call, pull = partial(_repeated, self.torch, run), partial(_pulled, self.torch, run, values)
        return self.as_it_is(name, value, call, tuple(flat), pull, done.place)


_PLAIN = set(
    """shape size dim ndim dtype device requires_grad is_cuda grad grad_fn is_leaf layout numel
    is_floating_point is_complex stride storage_offset element_size is_contiguous _version names
    data_ptr is_sparse is_quantized is_meta nelement len format repr hash bool int index
    is_same_size is_grad_enabled result_type get_device is_inference dim_order str names itemsize
    nbytes untyped_storage storage broadcast_shapes is_tensor is_nonzero""".split()  # noqa: SIM905 - a list to read
)
"""Questions that are no operations."""


_ALIKE = {
    "index_put": "setitem",
    "index_fill": "setitem",
    "index_copy": "setitem",
    "scatter": "setitem",
    "masked_scatter": "setitem",
    "index_add": "add.at",
    "scatter_add": "add.at",
    "gather": "getitem",
    "index_select": "getitem",
    "masked_select": "getitem",
}
"""What NumPy calls that which only PyTorch can repeat."""

_RANDOM = {"dropout", "feature_dropout", "alpha_dropout", "dropout1d", "dropout2d", "dropout3d"}
_DRAWS = {"bernoulli_", "normal_", "uniform_", "random_", "exponential_", "geometric_"}


def _tensors(torch: Any, args: Any) -> Iterator[Any]:
    for item in args:
        if isinstance(item, torch.Tensor):
            yield item
        elif type(item) in (tuple, list):
            yield from _tensors(torch, item)


def any_traced(value: Any) -> bool:
    """Say whether something recorded is among arguments."""
    if type(value) in (tuple, list):
        return any(map(any_traced, value))
    return is_traced(value)


def _astype(a: Any, dtype: Any) -> Any:
    return a.astype(dtype)


def _taken(a: Any, index: Any) -> Any:
    return a[index]


def _index(index: Any, array: Any, *, alone: bool) -> Any:
    """Return an index that gives NumPy a view where PyTorch has one, also of a single element."""
    if type(index) is list:
        index = np.asarray(index)
    whole = index if type(index) is tuple else (index,)
    if alone and len(whole) == array.ndim and all(type(item) is int for item in whole):
        return (*whole, ...)
    return index


class _Slot(int):
    """The place of a recorded argument."""


def _pattern(given: Any, original: Any, flat: list[Any], torch: Any) -> Any:
    """Return arguments as they were, with a number for each recorded one; collect those."""
    if is_traced(given):
        flat.append(given)
        return _Slot(len(flat) - 1)
    if isinstance(original, torch.Tensor):
        return original.detach().clone()
    if type(original) in (tuple, list):
        pairs = zip(given, original, strict=True)
        return type(original)(_pattern(g, o, flat, torch) for g, o in pairs)
    if type(original) is dict:
        return {key: _pattern(given[key], o, flat, torch) for key, o in original.items()}
    return original


def _filled(pattern: Any, tensors: list[Any]) -> Any:
    if isinstance(pattern, _Slot):
        return tensors[pattern]
    if type(pattern) in (tuple, list):
        return type(pattern)(_filled(item, tensors) for item in pattern)
    if type(pattern) is dict:
        return {key: _filled(item, tensors) for key, item in pattern.items()}
    return pattern


def _run(
    torch: Any, function: Any, pattern: Any, at: int | None, state: Any, tensors: list[Any]
) -> Any:
    args, kwargs = _filled(pattern, tensors)
    if state is None:
        result = function(*args, **kwargs)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(state)
            result = function(*args, **kwargs)
    if result is None:  # an element was set
        result = args[0]
    return result if at is None else list(result)[at]


def _repeated(torch: Any, run: Callable[[list[Any]], Any], *values: Any) -> Any:
    with torch.no_grad():
        return numbers(run([torch.tensor(np.array(value)) for value in values]))


def _pulled(torch: Any, run: Callable[[list[Any]], Any], values: list[Any], g: Any) -> list[Any]:
    with torch.enable_grad():
        leaves = [torch.tensor(np.array(value)) for value in values]
        wanted = [leaf.requires_grad_() for leaf in leaves if leaf.is_floating_point()]
        result = run([leaf.clone() for leaf in leaves])
        if not wanted or not result.requires_grad:
            return [None] * len(leaves)
        seed = torch.tensor(np.array(g), dtype=result.dtype)
        found = iter(torch.autograd.grad(result, wanted, seed, allow_unused=True))
        parts = [next(found) if leaf.requires_grad else None for leaf in leaves]
    return [None if part is None else numbers(part) for part in parts]
