"""A ``torch.autograd.Function`` taken apart: forward code, context and backward rule."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from inspect import Parameter, signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.mirror import NOWHERE, last_return, summed_axes
from trainwell.diagnosis.gradient_frameworks.torch_recording import numbers
from trainwell.diagnosis.gradient_tape.places import Place
from trainwell.errors import ConfigurationError


@lru_cache(maxsize=1)
def _context_type() -> Any:
    """Return a context that remembers what is saved, without PyTorch's engine behind it."""
    base = import_module("torch.autograd.function").FunctionCtx

    def saved(self: Any) -> tuple[Any, ...]:
        return tuple(getattr(self, "to_save", ()))

    return type("Context", (base,), {"saved_tensors": property(saved)})


def new_context(needs: Sequence[bool]) -> Any:
    """Return what ``forward`` and ``backward`` are given as ``ctx``."""
    context = _context_type()()
    context.needs_input_grad = tuple(needs)
    context.materialize_grads = True
    return context


def parts_of(outputs: Any) -> list[Any]:
    """Return the outputs of a function as a list."""
    return list(outputs) if isinstance(outputs, tuple | list) else [outputs]


def without_tensors(owner: str, setting: str, output: Any) -> ConfigurationError:
    """Return what is said of a function that returns nothing to be differentiated.

    Parameters
    ----------
    owner, setting : str
        Who was given it, and as what.
    output : Any
        What it has returned.

    Returns
    -------
    ConfigurationError
        To be raised.
    """
    parts = output.values() if isinstance(output, dict) else parts_of(output)
    kinds = " and ".join(dict.fromkeys(type(part).__name__ for part in parts)) or "nothing"
    must = "a function that returns tensors of real numbers"
    return ConfigurationError.out_of_range(owner, setting, kinds, must)


def forward_code(function: Any, context: Any, args: tuple[Any, ...]) -> Any:
    """Call ``forward`` directly, in either of PyTorch's two styles.

    Parameters
    ----------
    function : type
        The subclass of ``torch.autograd.Function``.
    context : Any
        As :func:`new_context` makes it.
    args : tuple
        The inputs.

    Returns
    -------
    Any
        What ``forward`` returns.
    """
    base = import_module("torch").autograd.Function
    if function.setup_context is base.setup_context:
        return function.forward(context, *args)
    outputs = function.forward(*args)
    function.setup_context(context, args, outputs)
    return outputs


def backward_code(function: Any) -> Callable[..., Any]:
    """Return the rule: ``backward``, or ``vjp`` by its other name."""
    base = import_module("torch").autograd.Function
    return function.vjp if function.vjp is not base.vjp else function.backward  # type: ignore[no-any-return]


@contextmanager
def plain_forward(
    convert: Callable[[Any, tuple[Any, ...]], Any] | None = None,
) -> Iterator[list[Any]]:
    """Let every custom function call its forward code, so that PyTorch differentiates that.

    Parameters
    ----------
    convert : callable, optional
        Called with the function and its inputs in the place of its forward code.

    Yields
    ------
    list
        The functions that were called, as they come.
    """
    torch = import_module("torch")
    module = import_module("torch.autograd.function")
    # Function.apply is often kept under another name; what it calls can still be exchanged.
    owner = getattr(module, "_SingleLevelFunction", torch.autograd.Function)
    own = owner.__dict__.get("apply")
    native = own or torch._C._FunctionBase.__dict__["apply"]  # noqa: SLF001
    seen: list[Any] = []

    def apply(function: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs or function.__module__.partition(".")[0] == "torch":
            return native.__get__(None, function)(*args, **kwargs)
        seen.append(function)
        if convert is not None:
            return convert(function, args)
        needs = [isinstance(a, torch.Tensor) and a.requires_grad for a in args]
        outputs = forward_code(function, new_context(needs), args)
        # Outputs are new tensors, also where forward returns what it was given.
        kept = [p.view_as(p) if isinstance(p, torch.Tensor) else p for p in parts_of(outputs)]
        return tuple(kept) if isinstance(outputs, tuple | list) else kept[0]

    owner.apply = classmethod(apply)
    try:
        yield seen
    finally:
        if own is None:
            del owner.apply
        else:
            owner.apply = own


def names_of(function: Any, args: tuple[Any, ...]) -> list[str]:
    """Return what the inputs of a function are called."""
    base = import_module("torch").autograd.Function
    first = 1 if function.setup_context is base.setup_context else 0
    names: list[str] = []
    try:
        parameters = list(signature(function.forward).parameters.values())[first:]
    except (TypeError, ValueError):
        parameters = []
    for parameter in parameters:
        if parameter.kind is Parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{at}]" for at in range(len(args) - len(names))]
        elif parameter.kind is not Parameter.VAR_KEYWORD:
            names.append(parameter.name)
    names += [f"input[{at}]" for at in range(len(names), len(args))]
    return names[: len(args)]


@dataclass(eq=False)
class Returned:
    """What a backward rule returned, as PyTorch's engine would see it.

    Parameters
    ----------
    gradients : list
        A tensor, ``None``, or something else, for each input.
    faults : list of tuple of str and int or None
        What the engine would refuse: a sentence, and the input it is about.
    place : tuple
        Of the statement that returned.
    """

    gradients: list[Any]
    faults: list[tuple[str, int | None]] = field(default_factory=list)
    place: Place = NOWHERE


def returned_by(
    function: Any, context: Any, cotangents: Sequence[Any], args: tuple[Any, ...]
) -> Returned:
    """Call a backward rule directly.

    Parameters
    ----------
    function : type
        Whose rule.
    context : Any
        After the forward code.
    cotangents : sequence
        One for each output.
    args : tuple
        The inputs.

    Returns
    -------
    Returned
        One gradient for each input, and what is wrong with how they were returned.
    """
    torch = import_module("torch")
    rule = backward_code(function)
    with last_return(rule) as places:
        result = rule(context, *cotangents)
    gradients = list(result) if isinstance(result, tuple | list) else [result]
    place = places[-1] if places else NOWHERE
    faults: list[tuple[str, int | None]] = []
    extra = gradients[len(args) :]
    if len(gradients) < len(args) or any(g is not None for g in extra):
        n, m = len(gradients), len(args)
        faults.append((f"returns {n} gradient{'s' if n != 1 else ''} for {m} inputs", None))
    gradients = (gradients + [None] * len(args))[: len(args)]
    for at, (gradient, argument) in enumerate(zip(gradients, args, strict=True)):
        if gradient is None:
            continue
        if not isinstance(argument, torch.Tensor):
            said = f"returns a gradient for input {at + 1}, which is no tensor: return None there"
            faults.append((said, at))
        elif not isinstance(gradient, torch.Tensor):
            faults.append((f"returns a {type(gradient).__name__} as a gradient", at))
            gradients[at] = None
    return Returned(gradients, faults, place)


def fitted(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Return a gradient as NumPy array, added up to the shape of its input as the engine does."""
    if gradient is None:
        return None
    value = numbers(gradient)
    axes = summed_axes(value.shape, shape)
    if axes is None:
        return value
    return np.sum(value, axis=axes, keepdims=True).reshape(shape) if axes else value.reshape(shape)


def changed_tensors(before: Mapping[str, tuple[Any, Any]]) -> list[str]:
    """Return the names of tensors that are no longer what they were.

    Parameters
    ----------
    before : mapping of str to tuple
        Each tensor with a copy of it.

    Returns
    -------
    list of str
        In their order.
    """
    torch = import_module("torch")
    return [
        name
        for name, (tensor, copy) in before.items()
        if tensor.shape != copy.shape or not torch.equal(tensor.nan_to_num(), copy.nan_to_num())
    ]
