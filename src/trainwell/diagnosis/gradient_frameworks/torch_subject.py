"""A ``torch.autograd.Function`` at a point, ready to be checked."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_subject import Point, placed
from trainwell.diagnosis.gradient_frameworks.mirror import reduced, weighted
from trainwell.diagnosis.gradient_frameworks.torch_function import (
    Returned,
    changed_tensors,
    fitted,
    forward_code,
    names_of,
    new_context,
    parts_of,
    plain_forward,
    returned_by,
    without_tensors,
)
from trainwell.diagnosis.gradient_frameworks.torch_precision import (
    in_double,
    is_narrow,
    largest_error,
)
from trainwell.diagnosis.gradient_frameworks.torch_recording import TorchMirror, numbers, torch_for
from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import Statement, statement_at
from trainwell.diagnosis.gradient_tape.places import Place
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.calls import Generators
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.diagnosis.gradients.hygiene import overwritten, repeated
from trainwell.types import FloatArray


class FunctionSubject:
    """A function of PyTorch with its rule, as a cost of its inputs.

    Parameters
    ----------
    function : type
        The subclass of ``torch.autograd.Function``.
    inputs : tuple
        Its arguments; copies are made.
    rng : numpy.random.Generator
        Draws the cotangents.
    seconds : float
        Time for the search of lines.
    """

    def __init__(
        self, function: Any, inputs: tuple[Any, ...], rng: np.random.Generator, seconds: float
    ) -> None:
        torch = self.torch = torch_for("check_function")
        self.function, self.seconds, self.rng = function, seconds, rng
        self.generators = Generators([list(inputs)])
        floating = [isinstance(x, torch.Tensor) and x.is_floating_point() for x in inputs]
        wanted = [f and x.requires_grad for f, x in zip(floating, inputs, strict=True)]
        self.needs = wanted = wanted if any(wanted) else floating
        self.inputs = tuple(
            in_double(torch, x) if f else x for x, f in zip(inputs, floating, strict=True)
        )
        self.given_inputs = inputs
        self.all_names = names_of(function, inputs)
        self.names = [n if w else None for n, w in zip(self.all_names, wanted, strict=True)]
        pairs = zip(self.names, self.inputs, strict=True)
        self.arrays: Point = {name: numbers(x) for name, x in pairs if name is not None}
        self.cotangents: list[FloatArray | None] | None = None
        self._returned: Returned | None = None
        self._kept: list[Any] = []
        self._places: dict[str, Place] = {}  # of gradients of another shape
        self._oddities: list[Finding] = []
        self._said: list[str] = []

    @property
    def usable(self) -> bool:
        """Say whether there is anything to differentiate by."""
        return bool(self.arrays)

    def args(self, point: Point) -> tuple[Any, ...]:
        """Return fresh inputs."""
        return tuple(
            self.torch.tensor(np.array(point[name]), device=x.device)
            if name is not None
            else x.clone()
            if isinstance(x, self.torch.Tensor)
            else x
            for name, x in zip(self.names, self.inputs, strict=True)
        )

    def outputs(self, outputs: Any, *, hidden: Sequence[Any] = ()) -> list[tuple[Any, Any]]:
        """Return the outputs that count with their cotangents, drawn the first time."""
        parts = parts_of(outputs)
        if self.cotangents is None:
            self.cotangents = [
                self.rng.standard_normal(tuple(p.shape))
                if isinstance(p, self.torch.Tensor)
                and p.is_floating_point()
                and not any(p is other for other in hidden)
                else None
                for p in parts
            ]
        return list(zip(parts, self.cotangents, strict=True))

    def total(self, outputs: Any) -> Any:
        """Return the cost as a tensor."""
        pairs = [(p, u) for p, u in self.outputs(outputs) if u is not None]
        terms = [
            (p.to(self.torch.float64) * self.torch.tensor(u, device=p.device)).sum()
            for p, u in pairs
        ]
        if not terms:
            raise without_tensors("check_function", "function", outputs)
        return sum(terms[1:], terms[0])

    def value(self, point: Point) -> float:
        """Return the cost by the untouched function."""
        with self.torch.no_grad():
            if self.cotangents is None:
                self._forward(self.args(point))
            self.generators.restore()
            return float(self.total(self.function.apply(*self.args(point))))

    def _forward(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        """Return context and outputs of the forward code, without differentiation."""
        self.generators.restore()
        context = new_context(self.needs)
        with self.torch.no_grad(), plain_forward():
            outputs = forward_code(self.function, context, args)
        self.outputs(outputs, hidden=getattr(context, "non_differentiable", ()))
        return context, outputs

    def stoppable(self) -> AbstractContextManager[Any]:
        """Return a context that does nothing: PyTorch's loops are Python's."""
        return nullcontext()

    def scale(self, factor: float) -> None:
        """Make the cotangents larger, or smaller."""
        self.cotangents = [None if u is None else factor * u for u in self.cotangents or ()]

    def _given(self, context: Any, outputs: Any) -> list[Any]:
        """Return the cotangents as the rule is given them."""
        given: list[Any] = []
        for part, u in self.outputs(outputs):
            if u is not None:
                given.append(self.torch.tensor(u, dtype=part.dtype, device=part.device))
            elif isinstance(part, self.torch.Tensor) and context.materialize_grads:
                given.append(self.torch.zeros_like(part))
            else:
                given.append(None)
        return given

    def _rule(self, context: Any, given: list[Any], args: tuple[Any, ...]) -> Returned:
        """Return what the rule gives for some cotangents."""
        with self.torch.no_grad(), plain_forward():
            return returned_by(self.function, context, given, args)

    def given(self, point: Point) -> dict[str, Any]:
        """Return what the rule gives."""
        args = self.args(point)
        context, outputs = self._forward(args)
        cotangents = self._given(context, outputs)
        first = self._returned is None
        before = self._held(context, cotangents) if first else {}
        returned = self._rule(context, cotangents, args)
        found = self._named(returned)
        if first:
            self._returned = returned
            self._kept = [None if g is None else numbers(g) for g in returned.gradients]
            changed = changed_tensors(before)
            again = self._named(self._rule(context, self._given(context, outputs), args))
            self._note(returned, found, again, changed)
            self._note_engine()
        return found

    def rule(self, point: Point) -> Callable[[], dict[str, Any]]:
        """Return a function that gives the same, again and again."""
        return lambda: self.given(point)

    def _named(self, returned: Returned) -> dict[str, Any]:
        return {
            name: fitted(g, self.arrays[name].shape)
            for name, g in zip(self.names, returned.gradients, strict=True)
            if name is not None
        }

    def _held(self, context: Any, cotangents: list[Any]) -> dict[str, tuple[Any, Any]]:
        """Return the tensors that a rule must leave as they are, with copies."""
        tensor = self.torch.Tensor
        held = {f"saved tensor {at + 1}": x for at, x in enumerate(context.saved_tensors)}
        held |= {f"grad_output {at + 1}": x for at, x in enumerate(cotangents)}
        return {n: (x, x.clone()) for n, x in held.items() if isinstance(x, tensor)}

    def expected(self, point: Point) -> dict[str, FloatArray]:
        """Return PyTorch's own derivative of the forward code."""
        torch = self.torch
        self.generators.restore()
        with torch.enable_grad(), plain_forward():
            leaves = self.args(point)
            wanted = [x.requires_grad_() for x, n in zip(leaves, self.names, strict=True) if n]
            args = tuple(
                x.clone() if n else x for x, n in zip(leaves, self.names, strict=True)
            )  # so that they may be changed in place
            context = new_context(self.needs)
            try:
                total = self.total(forward_code(self.function, context, args))
                if not total.requires_grad:
                    raise Unsupported(
                        "the forward pass leaves PyTorch: nothing there can be differentiated"
                    )
                found = torch.autograd.grad(total, wanted, allow_unused=True)
            except RuntimeError as error:
                raise Unsupported(
                    f"PyTorch does not differentiate the forward code: {error}"
                ) from error
        return {
            name: np.zeros_like(self.arrays[name]) if g is None else numbers(g)
            for name, g in zip(self.arrays, found, strict=True)
        }

    def _recorded(self, point: Point) -> tuple[TorchMirror, Trace, Any, Any, tuple[Any, ...]]:
        mirror = TorchMirror()
        args = self.args(point)
        leaves: dict[str, Step] = {}
        for name, x in zip(self.names, args, strict=True):
            if name is not None:
                leaves[name] = mirror.leaf(x)
        self.generators.restore()
        context = new_context(self.needs)
        with self.torch.no_grad(), plain_forward(), mirror.mode():
            outputs = forward_code(self.function, context, args)
        parts = [mirror.argument(part) for part, _ in self.outputs(outputs)]
        output = weighted(mirror, parts, self.cotangents or ())
        recorder = mirror.recorder
        return (
            mirror,
            Trace(recorder.recording, leaves, output, None, recorder),
            context,
            outputs,
            args,
        )

    def recorded(self, point: Point) -> Trace | None:
        """Return the forward code as NumPy would have it."""
        try:
            return self._recorded(point)[1]
        except (Unsupported, ValueError, TypeError, IndexError):
            return None

    def backward(self, point: Point) -> Backward | None:
        """Return both passes in one recording."""
        try:
            mirror, trace, context, outputs, args = self._recorded(point)
            given = self._given(context, outputs)
            for cotangent in given:
                if cotangent is not None:
                    mirror.leaf(cotangent)
            boundary = len(mirror.steps)
            with self.torch.no_grad(), plain_forward(), mirror.mode():
                returned = returned_by(self.function, context, given, args)
            steps: dict[str, Step] = {}
            for name, gradient in zip(self.names, returned.gradients, strict=True):
                if name is None or gradient is None:
                    continue
                value: Any = mirror.traced(gradient)
                if value is None:
                    continue
                if value.step.index < boundary:  # what it was given: the return is what it does
                    value = np.copy(value)
                    value.step.place = returned.place
                small = reduced(mirror, value, self.arrays[name].shape, returned.place)
                if small is None:
                    self._places[name] = value.step.place
                else:
                    steps[name] = small.step
        except (Unsupported, ValueError, TypeError, IndexError, RuntimeError):
            return None
        return Backward(trace, boundary, steps)

    def lost_digits(self, point: Point) -> tuple[bool, bool]:
        """Say whether forward and backward pass use numbers narrower than float64."""
        backward = self.backward(point)
        if backward is None:
            return False, False
        forward = any(map(is_narrow, backward.forward))
        return forward, any(map(is_narrow, backward.steps))

    def told(
        self, _point: Point, _expected: Point, wrong: Sequence[str], _constants: Constants
    ) -> list[Finding]:
        """Return what is not returned at all: it is missing in the ``return``."""
        returned = self._returned
        if returned is None:
            return []
        statement = self._statement(returned)
        pairs = zip(self.names, returned.gradients, strict=True)
        missing = [str(name) for name, g in pairs if name in wrong and g is None]
        if not missing:
            return []
        said = f"returns None for {', '.join(missing)}, whose gradient is not zero"
        return [Finding("return", "zero", None, statement, said, 1.0, tuple(missing), ("path",))]

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the line at fault, where the shape or the ``return`` says it."""
        line = self._statement(self._returned) if self._returned else None
        return placed(finding, self._places, line)

    def oddities(self) -> tuple[list[Finding], list[str]]:
        """Return what PyTorch's engine would refuse, and what the rule does beside its work."""
        returned = self._returned
        if returned is not None and not self._oddities:
            pairs = zip(self.names, self._kept, returned.gradients, strict=True)
            rows = [(n, was, numbers(now)) for n, was, now in pairs if n and was is not None]
            kept = overwritten({n: was for n, was, _ in rows}, {n: now for n, _, now in rows})
            if kept is not None:
                return [replace(kept, statement=self._written(returned=True))], self._said
        return self._oddities, self._said

    def _statement(self, returned: Returned) -> Statement | None:
        return statement_at(*returned.place[:2]) if returned.place[1] else None

    def _note(
        self,
        returned: Returned,
        found: dict[str, Any],
        again: dict[str, Any],
        changed: list[str],
    ) -> None:
        statement = self._statement(returned)
        for said, at in returned.faults:
            affected = () if at is None else (self.all_names[at],)
            self._oddities.append(Finding("return", "shape", None, statement, said, 1.0, affected))
        if changed:
            said = f"changes {', '.join(changed)} in place: use a copy"
            line = self._written()
            target = "" if line is None else line.target
            names = tuple(self.arrays)
            finding = Finding(target or "backward", "aliased", None, line, said, 1.0, names)
            self._oddities.append(finding)
        elif (kept := repeated(found, again)) is not None:
            self._oddities.append(kept)

    def _written(self, *, returned: bool = False) -> Statement | None:
        """Return the last statement that writes to what the rule was given, or returns."""
        try:
            mirror, _, context, outputs, args = self._recorded(self.arrays)
            given = self._given(context, outputs)
            held = [tensor for tensor, _ in self._held(context, given).values()]
            before = len(mirror.written)
            with mirror.mode():
                gradients = self._rule(context, given, args).gradients
        except (Unsupported, ValueError, TypeError, IndexError, RuntimeError):
            return None
        looked_for = {x.data_ptr() for x in (gradients if returned else held) if x is not None}
        places = [p for x, p in mirror.written[before:] if x.data_ptr() in looked_for]
        return statement_at(*places[-1][:2]) if places else None

    def _note_engine(self) -> None:
        """Run PyTorch's engine over the untouched function: it refuses what it cannot use."""
        torch = self.torch
        self.generators.restore()
        fresh = self.args(self.arrays)
        with torch.enable_grad():
            wanted = [x.requires_grad_() for x, n in zip(fresh, self.names, strict=True) if n]
            inputs = tuple(x.clone() if n else x for x, n in zip(fresh, self.names, strict=True))
            try:
                total = self.total(self.function.apply(*inputs))
                torch.autograd.grad(total, wanted, allow_unused=True)
            except RuntimeError as error:
                said = str(error).splitlines()[0]
                self._said.append(f"PyTorch refuses this backward pass: {said}")
                if not self._oddities and "modified by an inplace operation" in said:
                    text = "a saved tensor is changed in place after it was saved"
                    self._oddities.append(
                        Finding("forward", "aliased", None, None, text, 1.0, tuple(self.arrays))
                    )

    def rounding(self, exact: Point) -> float | None:
        """Return how far what the given tensors give is from what is exact; ``None`` if double."""
        tensor = self.torch.Tensor
        given = [x for x in self.given_inputs if isinstance(x, tensor) and x.is_floating_point()]
        if all(x.dtype == self.torch.float64 for x in given):
            return None
        args = tuple(x.detach().clone() if isinstance(x, tensor) else x for x in self.given_inputs)
        try:
            context, outputs = self._forward(args)
            own = self._named(self._rule(context, self._given(context, outputs), args))
        except (RuntimeError, TypeError, ValueError):
            return None
        return largest_error(own, exact)
