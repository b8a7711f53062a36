"""A custom derivative of JAX as a cost of named arrays."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from inspect import signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_subject import Point, placed
from trainwell.diagnosis.gradient_frameworks.jax_forwards import forwards
from trainwell.diagnosis.gradient_frameworks.jax_loops import unsettled
from trainwell.diagnosis.gradient_frameworks.jax_recording import (
    Cell,
    JaxMirror,
    jax_for,
    recorded_cells,
)
from trainwell.diagnosis.gradient_frameworks.mirror import NOWHERE, last_return, weighted
from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement, statement_at
from trainwell.diagnosis.gradient_tape.imported_names import is_named
from trainwell.diagnosis.gradient_tape.places import Place
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.comparison import TOLERANCE
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.diagnosis.gradients.hygiene import repeated
from trainwell.types import FloatArray

_REFUSALS = (TypeError, ValueError, NotImplementedError)
BLUNT = 1e-4
"""Relative error that a loop explains, from which on what is within it does not pass."""


class JaxSubject:
    """A function of JAX with its rule, as a cost of its arguments.

    Parameters
    ----------
    function : jax.custom_vjp or jax.custom_jvp
        The function.
    inputs : tuple
        Its arguments.
    rng : numpy.random.Generator
        Draws the cotangents.
    seconds : float
        Time for the search of lines.
    """

    def __init__(
        self, function: Any, inputs: tuple[Any, ...], rng: np.random.Generator, seconds: float
    ) -> None:
        jax = self.jax = jax_for("check_function")
        self.function, self.rng, self.seconds = function, rng, seconds
        self.reverse = isinstance(function, jax.custom_vjp)
        self.callable = self.reverse and not getattr(function, "symbolic_zeros", False)
        self.fixed = {at % len(inputs) for at in getattr(function, "nondiff_argnums", ())}
        names = [*signature(function.fun).parameters, *map(str, range(len(inputs)))]
        arrays: dict[str, FloatArray] = {}
        self.arguments: list[tuple[Any, list[Any], list[str | None]]] = []
        for at, (name, given) in enumerate(zip(names, inputs, strict=False)):
            paths, tree = jax.tree_util.tree_flatten_with_path(given)
            leaves, own = [x for _, x in paths], [f"{name}{_spelled(p)}" for p, _ in paths]
            kept = [
                n if at not in self.fixed and _floats(x) else None
                for n, x in zip(own, leaves, strict=True)
            ]
            for n, x in zip(kept, leaves, strict=True):
                if n is not None:
                    arrays[n] = np.array(x, dtype=np.float64)
            self.arguments.append((tree, leaves if at not in self.fixed else [given], kept))
        self.arrays: Point = arrays
        self.cotangents: list[FloatArray | None] | None = None
        self._noted = False
        self._short = False
        self._refusals = (jax.errors.JAXTypeError, jax.errors.UnexpectedTracerError, *_REFUSALS)
        self._oddities: list[Finding] = []
        self._said: list[str] = []
        self._place: Place = NOWHERE
        self._places: dict[str, Place] = {}  # of gradients of another shape

    def args(self, values: Callable[[str], Any]) -> list[Any]:
        """Return the arguments with other numbers."""
        built = []
        for at, (tree, leaves, names) in enumerate(self.arguments):
            if at in self.fixed:
                built.append(leaves[0])
                continue
            filled = [x if n is None else values(n) for n, x in zip(names, leaves, strict=True)]
            built.append(self.jax.tree_util.tree_unflatten(tree, filled))
        return built

    def at(self, point: Point) -> list[Any]:
        """Return the numbers of a point as arrays of JAX."""
        return [self.jax.numpy.asarray(np.array(point[name])) for name in self.arrays]

    def called(self, function: Callable[..., Any], values: Sequence[Any]) -> Any:
        """Return what a function gives for some numbers."""
        found = dict(zip(self.arrays, values, strict=True))
        return function(*self.args(lambda name: found[name]))

    def total(self, output: Any) -> Any:
        """Return the cost."""
        parts = self.jax.tree_util.tree_leaves(output)
        if self.cotangents is None:
            self.cotangents = [
                self.rng.standard_normal(np.shape(p)) if _floats(p) else None for p in parts
            ]
        terms = [
            (p * u).sum() for p, u in zip(parts, self.cotangents, strict=True) if u is not None
        ]
        return sum(terms[1:], terms[0])

    def _cost(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values: self.total(self.called(function, values))

    def scale(self, factor: float) -> None:
        """Make the cotangents larger, or smaller again."""
        self.cotangents = [None if u is None else factor * u for u in self.cotangents or ()]

    def stoppable(self) -> AbstractContextManager[Any]:
        """Return the context in which Python carries out short loops, and those without end.

        To compile one for each change that is tried takes longer than its turns.
        """
        parts = (getattr(self.function, name, None) for name in ("fun", "fwd", "bwd", "jvp"))
        slowly = self._short or is_named("while_loop", parts)
        return self.jax.disable_jit() if slowly else nullcontext()

    def value(self, point: Point) -> float:
        """Return the cost by the untouched function."""
        return float(self.total(self.called(self.function, self.at(point))))

    def _differentiated(
        self, function: Callable[..., Any], point: Point, *, forward: bool = False
    ) -> dict[str, FloatArray]:
        cost, values = self._cost(function), self.at(point)
        count = tuple(range(len(values)))
        found = forwards(cost, values) if forward else self.jax.grad(cost, argnums=count)(*values)
        return {name: np.array(g) for name, g in zip(self.arrays, found, strict=True)}

    def expected(self, point: Point) -> dict[str, FloatArray]:
        """Return JAX's own derivative of the function: in forward mode, if there is no other."""
        function = self.function.fun
        try:
            return self._differentiated(function, point)
        except self._refusals as error:
            said = str(error).splitlines()[0].partition(". ")[0]
        try:
            found = self._differentiated(function, point, forward=True)
        except (Unsupported, *self._refusals) as error:
            why = "JAX does not differentiate the function: the reference was found without it"
            raise Unsupported(f"{why} ({said})") from error
        self._say(f"the reference is JAX's forward mode, number by number, since it says: {said}")
        return found

    def roughness(self) -> float:
        """Return the relative error that loops explain that stop before they have settled."""
        try:
            found = unsettled(self._cost(self.function.fun), self.at(self.arrays))
        except (Unsupported, *self._refusals):
            return 0.0
        if found > TOLERANCE:
            told = "cannot be judged" if found > BLUNT else "pass"
            self._say(
                f"a loop stops before it has settled: relative errors up to {found:.0e} {told}"
            )
        return found

    def _say(self, said: str) -> None:
        if said not in self._said:
            self._said.append(said)

    def given(self, point: Point) -> dict[str, Any]:
        """Return what the rule gives."""
        if not self._noted:
            self._noted = True
            self._note(point)
        try:
            return dict(self._differentiated(self.function, point))
        except self._refusals as error:
            self._say(f"JAX refuses this rule: {str(error).splitlines()[0]}")
        if not self.reverse:
            return dict.fromkeys(self.arrays)
        return self.rule(point)()

    def rule(self, point: Point) -> Callable[[], dict[str, Any]]:
        """Return a function that gives the same, by the rule alone where that can be called."""
        held = self._residuals(point) if self.callable else None
        return lambda: self.given(point) if held is None else self._named(self._rule(*held))

    def _named(self, leaves: Sequence[Any]) -> dict[str, Any]:
        return {
            name: None if leaf is None else np.array(leaf)
            for name, leaf in zip(self.arrays, leaves, strict=True)
        }

    def _residuals(self, point: Point) -> tuple[Any, Any]:
        output, residuals = self.called(self.function.fwd, self.at(point))
        return residuals, self._cotangent(output)

    def _cotangent(self, output: Any) -> Any:
        parts, tree = self.jax.tree_util.tree_flatten(output)
        self.total(output)
        jnp = self.jax.numpy
        filled = [
            jnp.zeros_like(p) if u is None else jnp.asarray(u, dtype=p.dtype)
            for p, u in zip(parts, self.cotangents or (), strict=True)
        ]
        return self.jax.tree_util.tree_unflatten(tree, filled)

    def _rule(self, residuals: Any, cotangent: Any) -> list[Any]:
        """Return what the rule returns for each array; ``None`` for what is missing."""
        fixed = [self.arguments[at][1][0] for at in sorted(self.fixed)]
        known = self._place != NOWHERE  # what watches a function return slows JAX down
        with nullcontext(()) if known else last_return(self.function.bwd) as places:
            returned = self.function.bwd(*fixed, residuals, cotangent)
        if places:
            self._place = places[-1]
        returned = list(returned) if isinstance(returned, tuple | list) else [returned]
        rows = [row for at, row in enumerate(self.arguments) if at not in self.fixed]
        if len(returned) != len(rows):
            self._refused(f"returns {len(returned)} cotangents for {len(rows)} arguments")
        returned += [None] * (len(rows) - len(returned))
        found = []
        for (_, leaves, names), part in zip(rows, returned, strict=False):
            parts = self.jax.tree_util.tree_leaves(part, is_leaf=lambda x: x is None)
            if len(parts) != len(leaves):
                if part is not None:
                    self._refused("returns a cotangent of another structure than its argument")
                parts = [None] * len(leaves)
            found += [p for n, p in zip(names, parts, strict=True) if n is not None]
        return found

    def _refused(self, said: str) -> None:
        statement = self._statement()
        finding = Finding("return", "shape", None, statement, said, 1.0, ())
        if all(known.message != said for known in self._oddities):
            self._oddities.append(finding)

    def _statement(self) -> Statement | None:
        return statement_at(*self._place[:2]) if self._place[1] else None

    def _note(self, point: Point) -> None:
        """Look whether the rule's forward half is the function itself."""
        if not self.callable:
            return
        try:
            output = self.called(self.function.fun, self.at(point))
            other, _ = self.called(self.function.fwd, self.at(point))
            same = abs(float(self.total(output)) - float(self.total(other)))
            size = abs(float(self.total(output))) or 1.0
            rule = self.rule(point)
            kept = repeated(rule(), rule())
        except self._refusals:
            return
        if kept is not None:
            self._oddities.append(kept)
        if not same <= 1e-9 * size:
            said = "the forward half of the rule returns another value than the function itself"
            code = self.function.fwd.__code__
            statement = statement_at(code.co_filename, code.co_firstlineno)
            self._oddities.append(Finding("fwd", "operation", None, statement, said, 0.9, ()))

    def _mirrored(
        self, mirror: JaxMirror, function: Callable[..., Any], cells: Sequence[Cell]
    ) -> tuple[list[Cell], Any]:
        """Return what a function of flat arguments returns, written down, and its structure."""
        trees: list[Any] = []

        def flat(*values: Any) -> Any:
            leaves, tree = self.jax.tree_util.tree_flatten(function(*values))
            trees.append(tree)
            return leaves

        closed = self.jax.make_jaxpr(flat)(*(cell.value for cell in cells))
        return mirror.run(closed, cells), trees[-1]

    def _recorded(self, point: Point) -> tuple[JaxMirror, Trace, list[Cell], list[Cell], Any]:
        mirror = JaxMirror()
        cells = [mirror.leaf(value) for value in self.at(point)]
        leaves: dict[str, Step] = {
            name: cell.traced.step for name, cell in zip(self.arrays, cells, strict=True)
        }
        forward = self.function.fwd if self.callable else self.function.fun
        found, tree = self._mirrored(mirror, lambda *v: self.called(forward, v), cells)
        built = self.jax.tree_util.tree_unflatten(tree, found)
        outputs, residuals = built if self.callable else (built, None)
        parts = self.jax.tree_util.tree_leaves(outputs)
        output = weighted(mirror, recorded_cells(parts), self.cotangents or ())
        recorder = mirror.recorder
        trace = Trace(recorder.recording, leaves, output, None, recorder)
        return mirror, trace, cells, parts, (outputs, residuals)

    def recorded(self, point: Point) -> Trace | None:
        """Return the function as NumPy would have it."""
        try:
            return self._recorded(point)[1]
        except (Unsupported, IndexError, KeyError, *_REFUSALS):
            return None

    def backward(self, point: Point) -> Backward | None:
        """Return both passes in one recording."""
        try:
            mirror, trace, cells, parts, (outputs, residuals) = self._recorded(point)
            given = [
                mirror.leaf(self.jax.numpy.asarray(u, dtype=part.value.dtype))
                if u is not None
                else Cell(self.jax.numpy.zeros_like(part.value))
                for part, u in zip(parts, self.cotangents or (), strict=True)
            ]
            boundary = len(mirror.steps)
            if residuals is not None:
                held, tree = self.jax.tree_util.tree_flatten(residuals)
                shape = self.jax.tree_util.tree_structure(outputs)
                count = len(held)

                def rule(*values: Any) -> Any:
                    own = self.jax.tree_util.tree_unflatten(tree, values[:count])
                    cotangent = self.jax.tree_util.tree_unflatten(shape, values[count:])
                    filled = self._rule(own, cotangent)
                    return [self.jax.numpy.zeros(()) if g is None else g for g in filled]

                found, _ = self._mirrored(mirror, rule, [*held, *given])
            else:
                number = len(cells)

                def pulled(*values: Any) -> Any:
                    def plain(*own: Any) -> Any:
                        output = self.called(self.function, own)
                        return self.jax.tree_util.tree_leaves(output)

                    return self.jax.vjp(plain, *values[:number])[1](list(values[number:]))

                found, _ = self._mirrored(mirror, pulled, [*cells, *given])
        except (Unsupported, IndexError, KeyError, *self._refusals):
            return None
        self._short = mirror.turns > 0 and not mirror.long
        steps: dict[str, Step] = {}
        for name, cell in zip(self.arrays, found, strict=True):
            if cell.traced is None:
                continue
            if cell.traced.shape != self.arrays[name].shape:
                self._places[name] = cell.traced.step.place
                continue
            step = cell.traced.step
            if step.index < boundary:
                copy: Any = np.copy(cell.traced)
                step = copy.step
                step.place = self._place
            steps[name] = step
        return Backward(trace, boundary, steps)

    def lost_digits(self, point: Point) -> tuple[bool, bool]:
        """Say whether forward and backward pass use numbers narrower than float64."""
        backward = self.backward(point)
        if backward is None:
            return False, False
        return any(map(_narrow, backward.forward)), any(map(_narrow, backward.steps))

    def told(
        self, _point: Point, _expected: Point, _wrong: Sequence[str], _constants: Constants
    ) -> list[Finding]:
        """Return nothing: the rule has to be searched."""
        return []

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the line at fault, where the shape or the ``return`` says it."""
        return placed(finding, self._places, self._statement())

    def oddities(self) -> tuple[list[Finding], list[str]]:
        """Return what JAX refuses, and what is odd about the rule."""
        return [*self._oddities], [*self._said]  # what patches lead to is not said


def _floats(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return isinstance(value, float)
    return bool(np.issubdtype(dtype, np.floating)) if isinstance(dtype, np.dtype) else False


def _spelled(path: Any) -> str:
    return "".join(str(key) for key in path)


def _narrow(step: Step) -> bool:
    dtype = np.asarray(step.value).dtype
    return dtype.kind == "f" and dtype.itemsize < 8
