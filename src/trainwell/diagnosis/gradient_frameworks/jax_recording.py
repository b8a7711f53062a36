"""Writes down what a function of JAX does, equation by equation, as NumPy would do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.jax_forwards import pulled
from trainwell.diagnosis.gradient_frameworks.mirror import NOWHERE, Mirror, first_place
from trainwell.diagnosis.gradient_tape.places import Place, is_inside
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.errors import DependencyError

Params = dict[str, Any]


def jax_for(owner: str) -> Any:
    """Return JAX, or say how it is installed.

    Parameters
    ----------
    owner : str
        Who asks, for the message.

    Returns
    -------
    module
        ``jax``.

    Raises
    ------
    DependencyError
        If it is not installed.
    """
    try:
        return import_module("jax")
    except ImportError:
        raise DependencyError.missing(owner, "JAX", "jax") from None


def in_double() -> Any:
    """Return the context in which JAX computes in double precision."""
    switch = getattr(import_module("jax"), "enable_x64", None)
    if switch is None:  # before it had a place of its own
        switch = import_module("jax.experimental").enable_x64
    return switch(True)  # noqa: FBT003


@lru_cache(maxsize=1)
def _folders() -> tuple[str, ...]:
    jax = Path(str(import_module("jax").__file__)).parent
    return tuple(str(folder / "_")[:-1] for folder in (jax, jax.parent / "jaxlib"))


def place_of_equation(equation: Any) -> Place:
    """Return the place in the user's code that an equation was made by."""
    traceback = getattr(equation.source_info, "traceback", None)
    if traceback is None:
        return NOWHERE
    rows = (
        (code.co_filename, int(traceback.code_addr2line(code, at)), int(at))
        for code, at in zip(*traceback.raw_frames(), strict=True)
    )
    return first_place(rows, _folders())


@dataclass(frozen=True, eq=False, slots=True)
class Cell:
    """A value of JAX, and what it is called in the recording.

    Parameters
    ----------
    value : Any
        The value.
    traced : Traced or None
        ``None`` for a constant.
    """

    value: Any
    traced: Any = None

    @property
    def given(self) -> Any:
        """Return what NumPy's version of an operation is given."""
        if self.traced is not None:
            return self.traced
        array = np.asarray(self.value)
        return array.item() if array.ndim == 0 and array.dtype.kind in "fi" else array


class JaxMirror(Mirror):
    """A mirror that reads the equations of JAX."""

    def leaf(self, value: Any) -> Cell:
        """Return a value that nothing was done to."""
        return Cell(value, self.recorder.leaf(np.asarray(value)))

    def run(self, closed: Any, arguments: Sequence[Cell], place: Place | None = None) -> list[Cell]:
        """Carry out, and write down, the equations of a function.

        Parameters
        ----------
        closed : ClosedJaxpr
            As ``jax.make_jaxpr`` gives it.
        arguments : sequence of Cell
            Its arguments.
        place : tuple, optional
            Where all of it stands, if it was called from one place.

        Returns
        -------
        list of Cell
            What it returns.
        """
        jaxpr, constants = closed.jaxpr, closed.consts
        cells: dict[Any, Cell] = {}
        cells |= zip(jaxpr.constvars, map(Cell, constants), strict=True)
        cells |= zip(jaxpr.invars, arguments, strict=True)

        def read(variable: Any) -> Cell:
            return Cell(variable.val) if hasattr(variable, "val") else cells[variable]

        for equation in jaxpr.eqns:
            inputs = [read(variable) for variable in equation.invars]
            at = place or place_of_equation(equation)
            inner = inner_equations(equation)
            if inner is not None:
                count = len(inner.jaxpr.invars)
                outer = None if place is None and _is_users(inner.jaxpr) else at
                results = self.run(inner, inputs[len(inputs) - count :], outer)
            else:
                results = self._carry_out(equation, inputs, at)
            cells |= zip(equation.outvars, results, strict=True)
        return [read(variable) for variable in jaxpr.outvars]

    def _carry_out(self, equation: Any, inputs: list[Cell], place: Place) -> list[Cell]:
        name = equation.primitive.name
        bind = partial(bind_equation, equation)
        results = bind(*(cell.value for cell in inputs))
        cells = []
        for at, result in enumerate(results):
            if not hasattr(result, "dtype") or not np.issubdtype(result.dtype, np.generic):
                cells.append(Cell(result))  # a key
                continue
            value = np.array(result)
            if not any(cell.traced is not None for cell in inputs):
                made = value.ndim > 0 and value.dtype.kind == "f"
                cells.append(Cell(result, self.made(name, value, place) if made else None))
                continue
            first = inputs[0].traced
            if name in _ALIASES and first is not None and first.dtype == value.dtype:
                cells.append(Cell(result, first))
                continue
            operation = PRIMITIVES.get(name)
            traced = None
            if operation is not None:
                given = [cell.given for cell in inputs]
                make = partial(operation, equation.params, *given)
                traced = self.as_numpy(make, value, place)
            if traced is None:
                traced = self._foreign(name, bind, at, inputs, value, place)
            cells.append(Cell(result, traced))
        return cells

    def _foreign(
        self,
        name: str,
        bind: Callable[..., list[Any]],
        at: int,
        inputs: list[Cell],
        value: Any,
        place: Place,
    ) -> Any:
        """Write an operation down as JAX's own: it repeats it, and differentiates it."""
        recorded = [k for k, cell in enumerate(inputs) if cell.traced is not None]
        fixed = [cell.value for cell in inputs]
        own = [inputs[k].traced for k in recorded]
        values = [traced.step.value for traced in own]

        def run(*changed: Any) -> Any:
            everything = list(fixed)
            for k, new in zip(recorded, changed, strict=True):
                everything[k] = new
            return bind(*everything)[at]

        def call(*changed: Any) -> Any:
            jnp = import_module("jax.numpy")
            return np.array(run(*map(jnp.asarray, changed)))

        def pull(g: Any) -> list[Any]:
            parts = pulled(run, values, g.astype(value.dtype))
            return [
                np.array(part) if v.dtype.kind == "f" else None
                for part, v in zip(parts, values, strict=True)
            ]

        return self.as_it_is(_ALIKE.get(name, f"jax.{name}"), value, call, tuple(own), pull, place)


def bind_equation(equation: Any, *values: Any) -> list[Any]:
    """Carry out an equation of JAX on other values."""
    found = equation.primitive.get_bind_params(equation.params)
    functions, params = ((), found) if isinstance(found, dict) else found  # as it was before 0.10
    results = equation.primitive.bind(*functions, *values, **params)
    return list(results) if equation.primitive.multiple_results else [results]


def inner_equations(equation: Any) -> Any:
    """Return the equations of a function that is only called; ``None`` for other operations."""
    if equation.primitive.name not in _CALLS:
        return None
    for name in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        found = equation.params.get(name)
        if found is not None:
            if hasattr(found, "consts"):
                return found
            return import_module("jax.extend.core").ClosedJaxpr(found, ())
    return None


def _is_users(jaxpr: Any) -> bool:
    """Say whether a function that is only called is the user's: its lines are told."""
    info = getattr(getattr(jaxpr, "debug_info", None), "func_src_info", None) or ""
    file = info.partition(" at ")[2]
    return bool(file) and not (is_inside(file) or file.startswith(_folders()))


_CALLS = frozenset(
    {
        "pjit",
        "jit",
        "closed_call",
        "core_call",
        "remat",
        "remat2",
        "checkpoint",
        "custom_jvp_call",
        "custom_vjp_call",
        "custom_vjp_call_jaxpr",
        "custom_lin",
    }
)
_ALIASES = frozenset(
    {"copy", "copy_p", "stop_gradient", "convert_element_type", "optimization_barrier"}
)
_ALIKE = {
    "scatter": "setitem",
    "scatter-mul": "setitem",
    "scatter_mul": "setitem",
    "scatter-add": "add.at",
    "scatter_add": "add.at",
    "gather": "getitem",
    "dynamic_slice": "getitem",
    "dynamic_update_slice": "setitem",
}


def _dot_general(params: Params, a: Any, b: Any) -> Any:
    (left, right), (left_batch, right_batch) = params["dimension_numbers"]
    left, right = tuple(left), tuple(right)
    if not left_batch and a.ndim <= 2 and b.ndim <= 2 and len(left) == len(right) == 1:
        if a.ndim == 2 and left == (0,):
            a = np.transpose(a)
        if b.ndim == 2 and right == (1,):
            b = np.transpose(b)
        return np.dot(a, b) if a.ndim == b.ndim == 1 else np.matmul(a, b)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    first = [next(letters) for _ in range(a.ndim)]
    second = [next(letters) for _ in range(b.ndim)]
    pairs = [*zip(left_batch, right_batch, strict=True), *zip(left, right, strict=True)]
    for i, j in pairs:
        second[j] = first[i]
    batch = [first[i] for i in left_batch]
    skipped = {first[i] for i in left} | set(batch)
    rest = [x for x in (*first, *second) if x not in skipped]
    return np.einsum(f"{''.join(first)},{''.join(second)}->{''.join([*batch, *rest])}", a, b)


def _broadcast(params: Params, a: Any, *_: Any) -> Any:
    shape = tuple(params["shape"])
    kept = [1] * len(shape)
    for at, length in zip(params["broadcast_dimensions"], np.shape(a), strict=True):
        kept[at] = length
    wide = np.reshape(a, tuple(kept))
    return wide if tuple(kept) == shape else np.broadcast_to(wide, shape)


def _transpose(params: Params, a: Any) -> Any:
    order = tuple(params["permutation"])
    return np.transpose(a) if order == (1, 0) else np.transpose(a, order)


def _slice(params: Params, a: Any) -> Any:
    steps = params["strides"] or (1,) * a.ndim
    bounds = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return a[tuple(slice(*map(int, bound)) for bound in bounds)]


def _cumulated(params: Params, a: Any) -> Any:
    if params.get("reverse"):
        raise TypeError("reverse")
    return np.cumsum(a, axis=params["axis"])


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _, *values: function(*values)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda params, a: function(a, axis=tuple(params["axes"]))


PRIMITIVES: dict[str, Callable[..., Any]] = {
    "integer_pow": lambda params, a: np.power(a, int(params["y"])),
    "rsqrt": lambda _, a: np.divide(1.0, np.sqrt(a)),
    "select_n": lambda _, which, no, yes: np.where(which, yes, no),
    "clamp": lambda _, low, a, high: np.clip(a, low, high),
    "reduce_sum": _reduction(np.sum),
    "reduce_max": _reduction(np.max),
    "reduce_min": _reduction(np.min),
    "reduce_prod": _reduction(np.prod),
    "dot_general": _dot_general,
    "broadcast_in_dim": _broadcast,
    "transpose": _transpose,
    "reshape": lambda params, a: np.reshape(a, tuple(params["new_sizes"])),
    "squeeze": lambda params, a: np.squeeze(a, axis=tuple(params["dimensions"])),
    "expand_dims": lambda params, a: np.expand_dims(a, tuple(params["dimensions"])),
    "concatenate": lambda params, *parts: np.concatenate(parts, axis=params["dimension"]),
    "slice": _slice,
    "rev": lambda params, a: np.flip(a, tuple(params["dimensions"])),
    "cumsum": _cumulated,
    "convert_element_type": lambda params, a: a.astype(np.dtype(params["new_dtype"])),
    **{
        jax: _elementwise(getattr(np, name))
        for jax, name in {
            "add": "add",
            "add_any": "add",
            "sub": "subtract",
            "mul": "multiply",
            "div": "divide",
            "neg": "negative",
            "pow": "power",
            "max": "maximum",
            "min": "minimum",
            "abs": "absolute",
            "sign": "sign",
            "square": "square",
            "sqrt": "sqrt",
            "cbrt": "cbrt",
            "exp": "exp",
            "exp2": "exp2",
            "expm1": "expm1",
            "log": "log",
            "log1p": "log1p",
            "tanh": "tanh",
            "sin": "sin",
            "cos": "cos",
            "tan": "tan",
            "sinh": "sinh",
            "cosh": "cosh",
            "floor": "floor",
            "ceil": "ceil",
            "rem": "fmod",
            "gt": "greater",
            "ge": "greater_equal",
            "lt": "less",
            "le": "less_equal",
            "eq": "equal",
            "ne": "not_equal",
            "and": "bitwise_and",
            "or": "bitwise_or",
            "xor": "bitwise_xor",
            "not": "invert",
            "is_finite": "isfinite",
        }.items()
    },
}
"""By the name of JAX's primitive: its settings, then recorded arrays."""


def recorded_cells(cells: Sequence[Cell]) -> list[Any]:
    """Return the recorded arrays of some values; constants stay as they are."""
    return [cell.traced if is_traced(cell.traced) else np.asarray(cell.value) for cell in cells]
