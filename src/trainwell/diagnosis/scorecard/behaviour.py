"""What a program's gradient does at a few points, and how that differs from what is right."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias

import numpy as np

from trainwell.diagnosis.scorecard.programs import Namespace, Program, execute
from trainwell.randomness import generator
from trainwell.types import FloatArray

TOLERANCE = 1e-9
"""Relative difference from which on two gradients are two."""

ZERO_FLOOR = 1e-6
"""Share of the norm of all arrays below which an array counts as zero."""

SEEN = 1e-6
"""Relative difference that a check promises to see."""

Gradient: TypeAlias = Mapping[str, FloatArray]
Status = Literal["wrong", "crash", "shape", "equivalent"]


@dataclass(frozen=True)
class Behaviour:
    """Gradients of a program at a few points, evaluated one after the other.

    Parameters
    ----------
    first : tuple of dict
        The gradient at each point.
    again : tuple of dict
        The gradient of a second call with the same arguments.
    kept : tuple of dict
        What has become of the arrays of the first calls after all calls.
    arguments_kept : bool
        Whether parameters and data are what they were.
    """

    first: tuple[Gradient, ...]
    again: tuple[Gradient, ...]
    kept: tuple[Gradient, ...]
    arguments_kept: bool


def behaviour(program: Program, source: str, seeds: Sequence[int]) -> Behaviour:
    """Run a program, or what a fault has made of it, at the points of some seeds.

    Parameters
    ----------
    program : Program
        Whose framework it needs.
    source : str
        The text to run.
    seeds : sequence of int
        Seeds of the points.

    Returns
    -------
    Behaviour
        An exception of the program is not caught.
    """
    namespace = execute(compile(source, f"<{program.name}>", "exec"))
    first, again, raw = [], [], []
    arguments_kept = True
    with quiet(program):
        for seed in seeds:
            call, arguments = gradient_call(program, namespace, seed)
            before = deepcopy(arguments) if program.framework == "numpy" else arguments
            raw.append(call())
            first.append(_copied(raw[-1]))
            again.append(_copied(call()) if program.framework == "numpy" else first[-1])
            arguments_kept = arguments_kept and _equal_arguments(before, arguments)
        kept = tuple(_copied(each) for each in raw)
    return Behaviour(tuple(first), tuple(again), kept, arguments_kept)


def gradient_call(
    program: Program, namespace: Namespace, seed: int
) -> tuple[Callable[[], Mapping[str, Any]], Any]:
    """Return a function that evaluates the gradient at one point, and its arguments.

    Parameters
    ----------
    program : Program
        Whose framework it needs.
    namespace : dict
        What the program defines.
    seed : int
        Seed of the point.

    Returns
    -------
    callable
        Each call is one backward pass with the same arguments.
    tuple
        Parameters and data, or the inputs of the function of a framework.
    """
    if program.framework == "torch":
        return _torch_call(namespace, seed)
    if program.framework == "jax":
        return _jax_call(namespace, seed)
    params, data = namespace["case"](seed)
    result = namespace["cost"](params, *data)
    cache = result[1:] if isinstance(result, tuple) else ()
    return lambda: namespace["grad"](params, *data, *cache), (params, data)


def cost_of(namespace: Namespace, params: Mapping[str, Any], data: Sequence[Any]) -> float:
    """Return the cost of a NumPy program.

    Parameters
    ----------
    namespace : dict
        What the program defines.
    params : dict
        Arrays by name.
    data : sequence
        The other arguments of the cost.

    Returns
    -------
    float
        What the program minimises.
    """
    result = namespace["cost"](params, *data)
    return float(np.squeeze(result[0] if isinstance(result, tuple) else result))


@contextmanager
def quiet(program: Program) -> Iterator[None]:
    """Let faults overflow without a warning, and JAX compute in double precision."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if program.framework != "jax":
            yield
            return
        switch = getattr(import_module("jax"), "enable_x64", None)
        if switch is None:  # before it had a place of its own
            switch = import_module("jax.experimental").enable_x64
        with switch(new_val=True):
            yield


def status(right: Behaviour, other: Behaviour) -> Status:
    """Say how what a program does differs from what is right."""
    pairs = list(_pairs(right, other))
    if any(not _comparable(one, two) for one, two in pairs):
        return "shape"
    if not other.arguments_kept or any(differ(one, two) for one, two in pairs):
        return "wrong"
    return "equivalent"


def differ(right: Gradient, other: Gradient, tolerance: float = TOLERANCE) -> bool:
    """Say whether any array of two gradients differs by more than rounding, or a tolerance.

    Parameters
    ----------
    right : mapping of str to FloatArray
        A gradient.
    other : mapping of str to FloatArray
        Another one.
    tolerance : float, default=1e-9
        Relative to the length of each array.

    Returns
    -------
    bool
        True also where something is not finite.
    """
    total = np.sqrt(sum(float(np.sum(np.square(array))) for array in right.values()))
    for name, array in right.items():
        with np.errstate(invalid="ignore"):  # of what is infinite
            difference = float(np.linalg.norm((other[name] - array).ravel()))
        scale = max(float(np.linalg.norm(array.ravel())), ZERO_FLOOR * total)
        if not difference <= tolerance * scale:
            return True
    return False


def shows(right: Behaviour, other: Behaviour) -> bool:
    """Say whether any call is off by so much that a check has to see it."""
    pairs = _pairs(right, other)
    return not other.arguments_kept or any(differ(one, two, SEEN) for one, two in pairs)


def _pairs(right: Behaviour, other: Behaviour) -> Iterator[tuple[Gradient, Gradient]]:
    for part in ("first", "again", "kept"):
        yield from zip(right.first, getattr(other, part), strict=True)


def _comparable(right: Gradient, other: Gradient) -> bool:
    return right.keys() <= other.keys() and all(
        array.shape == other[name].shape for name, array in right.items()
    )


def _copied(gradient: Mapping[str, Any]) -> dict[str, FloatArray]:
    return {name: np.array(array, dtype=np.float64) for name, array in gradient.items()}


def _equal_arguments(before: Any, after: Any) -> bool:
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(
            _equal_arguments(before[name], after[name]) for name in before
        )
    if isinstance(before, tuple | list):
        return all(map(_equal_arguments, before, after))
    return before is after or bool(np.array_equal(before, after))


def _torch_call(
    namespace: Namespace, seed: int
) -> tuple[Callable[[], Mapping[str, Any]], tuple[Any, ...]]:
    torch = import_module("torch")

    values = namespace["inputs"](seed)
    wanted = [value for value in values if value.requires_grad]

    def call() -> Mapping[str, Any]:
        results = namespace["FUNCTION"].apply(*values)
        results = results if isinstance(results, tuple) else (results,)
        generator = torch.Generator().manual_seed(seed)
        total = sum(
            (torch.randn(each.shape, generator=generator, dtype=each.dtype) * each).sum()
            for each in results
        )
        found = torch.autograd.grad(total, wanted, allow_unused=True)
        return {
            str(place): np.array(0.0) if each is None else each.detach().numpy()
            for place, each in enumerate(found)
        }

    return call, values


def _jax_call(
    namespace: Namespace, seed: int
) -> tuple[Callable[[], Mapping[str, Any]], tuple[Any, ...]]:
    jax = import_module("jax")

    values = namespace["inputs"](seed)

    def call() -> Mapping[str, Any]:
        result, pull = jax.vjp(namespace["FUNCTION"], *values)
        rng = generator(seed, "weights of outputs")
        weights = jax.tree.map(lambda each: rng.normal(size=each.shape).astype(each.dtype), result)
        return {str(place): np.asarray(each) for place, each in enumerate(pull(weights))}

    return call, values
