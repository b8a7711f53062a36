"""Writes down what a function of JAX does, equation by equation, as NumPy would do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.jax_forwards import pulled
from trainwell.diagnosis.gradient_frameworks.jax_primitives import PRIMITIVES
from trainwell.diagnosis.gradient_frameworks.jax_turns import counted, split
from trainwell.diagnosis.gradient_frameworks.mirror import NOWHERE, Mirror, first_place
from trainwell.diagnosis.gradient_tape.places import Place, is_inside
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.errors import DependencyError


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


SHORT = 300
"""Turns of loops that are followed one by one."""
_TIMES = 10  # what a loop may take with other numbers


class _TooLong(Exception):  # noqa: N818 - it is caught where it is raised
    """A loop is not followed turn by turn."""


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
    """A mirror that reads the equations of JAX; short loops are followed turn by turn.

    Attributes
    ----------
    turns : int
        Turns of loops that were followed.
    long : set of JaxprEqn
        Loops that were not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0
        self.long: set[Any] = set()

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
            turned = self._turned(equation, inputs, place)
            if turned is not None:
                results = turned
            elif inner is not None:
                count = len(inner.jaxpr.invars)
                outer = None if place is None and _is_users(inner.jaxpr) else at
                results = self.run(inner, inputs[len(inputs) - count :], outer)
            else:
                results = self._carry_out(equation, inputs, at)
            cells |= zip(equation.outvars, results, strict=True)
        return [read(variable) for variable in jaxpr.outvars]

    def _turned(self, equation: Any, inputs: list[Cell], place: Place | None) -> list[Cell] | None:
        """Carry out a loop, or a choice, part by part; ``None`` for what else there is."""
        turn = {"scan": self._scan, "while": self._while, "cond": self._branch}
        found = turn.get(equation.primitive.name)
        if found is None or equation in self.long:
            return None
        begin, turns = len(self.steps), self.turns
        try:
            return found(equation, inputs, place)
        except _TooLong:
            del self.steps[begin:]
            self.turns = turns
            self.long.add(equation)
            return None

    def _count(self) -> None:
        self.turns += 1
        if self.turns > SHORT:
            raise _TooLong

    def _scan(self, equation: Any, inputs: list[Cell], place: Place | None) -> list[Cell]:
        params, at = equation.params, place or place_of_equation(equation)
        first, length = params["num_consts"], params["length"]
        second = first + params["num_carry"]
        fixed, state, rows = inputs[:first], inputs[first:second], inputs[second:]
        if not 0 < length <= SHORT - self.turns:
            raise _TooLong
        order = range(length)[::-1] if params["reverse"] else range(length)
        made: dict[int, list[Cell]] = {}
        for k in order:
            self._count()
            row = [self._part(cell, k, at) for cell in rows]
            found = self.run(params["jaxpr"], [*fixed, *state, *row], place)
            state, made[k] = found[: second - first], found[second - first :]
        columns = zip(*(made[k] for k in range(length)), strict=True)
        return [*state, *(self._stacked(column, at) for column in columns)]

    def _while(self, equation: Any, inputs: list[Cell], place: Place | None) -> list[Cell]:
        params = equation.params
        asked, fixed, state = split(params, inputs)
        while self.run(params["cond_jaxpr"], [*asked, *state], place)[0].value:
            self._count()
            state = self.run(params["body_jaxpr"], [*fixed, *state], place)
        return state

    def _branch(self, equation: Any, inputs: list[Cell], place: Place | None) -> list[Cell]:
        return self.run(equation.params["branches"][int(inputs[0].value)], inputs[1:], place)

    def _part(self, cell: Cell, k: int, place: Place) -> Cell:
        """Return one row of what a loop reads."""
        value = cell.value[k]
        if cell.traced is None:
            return Cell(value)
        return Cell(value, self._kept(lambda: cell.traced[k], value, place))

    def _stacked(self, parts: Sequence[Cell], place: Place) -> Cell:
        """Return what a loop has made, one row for each turn."""
        value = import_module("jax.numpy").stack([part.value for part in parts])
        if all(part.traced is None for part in parts):
            return Cell(value)
        rows = recorded_cells(parts)
        return Cell(value, self._kept(lambda: np.stack(rows), value, place))

    def _kept(self, make: Callable[[], Any], value: Any, place: Place) -> Any:
        traced = self.as_numpy(make, np.array(value), place)
        if traced is None:
            raise _TooLong
        return traced

    def _carry_out(self, equation: Any, inputs: list[Cell], place: Place) -> list[Cell]:
        name = equation.primitive.name
        bind = _ending(equation, [cell.value for cell in inputs])
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


def _ending(equation: Any, values: Sequence[Any]) -> Callable[..., list[Any]]:
    """Return what carries an equation out; for a loop, with a limit far beyond its turns."""
    if equation.primitive.name != "while":
        return partial(bind_equation, equation)
    turns = int(counted(equation.params, values)[1])
    return lambda *given: counted(equation.params, given, _TIMES * (turns + 1))[0]


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


def recorded_cells(cells: Sequence[Cell]) -> list[Any]:
    """Return the recorded arrays of some values; constants stay as they are."""
    return [cell.traced if is_traced(cell.traced) else np.asarray(cell.value) for cell in cells]
