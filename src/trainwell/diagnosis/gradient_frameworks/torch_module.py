"""A module of PyTorch at a point, ready to be checked: with all custom functions in it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_report import framework_report
from trainwell.diagnosis.gradient_frameworks.framework_subject import Point, Settings
from trainwell.diagnosis.gradient_frameworks.mirror import weighted
from trainwell.diagnosis.gradient_frameworks.torch_cuts import (
    Hooks,
    hidden_parts,
    hooks_of_modules,
)
from trainwell.diagnosis.gradient_frameworks.torch_function import (
    forward_code,
    new_context,
    parts_of,
    plain_forward,
    without_tensors,
)
from trainwell.diagnosis.gradient_frameworks.torch_parameters import (
    hooked,
    hooks_of,
    padding_of,
)
from trainwell.diagnosis.gradient_frameworks.torch_precision import (
    in_double,
    is_narrow,
    largest_error,
    mixes,
)
from trainwell.diagnosis.gradient_frameworks.torch_recording import TorchMirror, numbers, torch_for
from trainwell.diagnosis.gradient_frameworks.torch_subject import FunctionSubject
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.calls import Generators
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray


class ModuleSubject:
    """A module, as a cost of its parameters and inputs.

    Parameters
    ----------
    module : torch.nn.Module
        A copy of it is made, if it can be copied; it is not modified.
    inputs : tuple
        Its arguments; copies are made.
    loss : callable or None
        From the output to one number; ``None`` multiplies by random cotangents.
    rng : numpy.random.Generator
        Draws the cotangents.
    seconds : float
        Time for the search of lines.
    """

    def __init__(
        self,
        module: Any,
        inputs: tuple[Any, ...],
        loss: Callable[[Any], Any] | None,
        rng: np.random.Generator,
        seconds: float,
    ) -> None:
        torch = self.torch = torch_for("check_module")
        self.loss, self.rng, self.seconds = loss, rng, seconds
        self.generators = Generators([list(inputs), vars(module)])
        self.module = _copied(torch, module)
        self.hooks, self.padding = hooks_of(module), padding_of(torch, self.module)
        parameters = dict(module.named_parameters())
        self.buffers = {
            name: in_double(torch, b) if b.is_floating_point() else b.detach().clone()
            for name, b in module.named_buffers()
        }
        self.inputs = tuple(
            in_double(torch, x) if isinstance(x, torch.Tensor) and x.is_floating_point() else x
            for x in inputs
        )
        self.dtypes = {x.dtype for x in (*parameters.values(), *inputs) if _floats(torch, x)}
        self.fixed = {
            name: in_double(torch, p) if p.is_floating_point() else p.detach().clone()
            for name, p in parameters.items()
            if not (p.requires_grad and p.is_floating_point())
        }
        names = _input_names(self.module, inputs, set(parameters))
        self.names = [n if _floats(torch, x) else None for n, x in zip(names, inputs, strict=True)]
        self.devices = {name: p.device for name, p in parameters.items()}
        arrays: dict[str, FloatArray] = {
            name: numbers(p).astype(np.float64)
            for name, p in parameters.items()
            if name not in self.fixed
        }
        self.parameters = tuple(arrays)
        for name, x in zip(self.names, self.inputs, strict=True):
            if name is not None:
                arrays[name] = numbers(x)
        self.arrays: Point = arrays
        self.cotangents: list[FloatArray | None] | None = None
        self.factor = 1.0
        self._said = [
            f"{name} has a row that gets no gradient: padding_idx chooses it"
            for name in self.padding
        ]

    def tensors(self, point: Point) -> dict[str, Any]:
        """Return parameters and inputs as new tensors."""
        cpu = self.torch.device("cpu")
        devices = self.devices | {
            name: x.device for name, x in zip(self.names, self.inputs, strict=True) if name
        }
        return {
            name: self.torch.tensor(np.array(point[name]), device=devices.get(name, cpu))
            for name in self.arrays
        }

    def call(self, tensors: Mapping[str, Any]) -> Any:
        """Return the output of the module with these parameters and inputs."""
        self.generators.restore()
        state = {name: tensors[name] for name in self.parameters} | self.fixed
        for name in self.padding.keys() & state.keys():
            factor, term = self.padding[name]
            state[name] = state[name] * factor + term
        state |= {name: b.clone() for name, b in self.buffers.items()}
        args = tuple(
            tensors[name] if name else x.clone() if isinstance(x, self.torch.Tensor) else x
            for name, x in zip(self.names, self.inputs, strict=True)
        )
        output = self.torch.func.functional_call(self.module, state, args)
        return output if self.loss is None else self.loss(output)

    def pairs(self, output: Any) -> list[tuple[Any, Any]]:
        """Return the outputs that count with their cotangents, drawn the first time."""
        parts = list(output.values()) if isinstance(output, dict) else parts_of(output)
        if self.cotangents is None:
            self.cotangents = [
                self.rng.standard_normal(tuple(p.shape)) if _floats(self.torch, p) else None
                for p in parts
            ]
        return list(zip(parts, self.cotangents, strict=True))

    def total(self, output: Any) -> Any:
        """Return the cost as a tensor."""
        double = self.torch.float64
        terms = [
            (p.to(double) * self.torch.tensor(self.factor * u, device=p.device)).sum()
            for p, u in self.pairs(output)
            if u is not None
        ]
        if not terms:
            raise without_tensors("check_module", "module" if self.loss is None else "loss", output)
        return sum(terms[1:], terms[0])

    def stoppable(self) -> AbstractContextManager[Any]:
        """Return a context that does nothing: PyTorch's loops are Python's."""
        return nullcontext()

    def scale(self, factor: float) -> None:
        """Make the cotangents larger, or smaller again."""
        self.factor *= factor

    def value(self, point: Point) -> float:
        """Return the cost by the untouched module."""
        return float(self.total(self._called(point)).detach())

    def _called(self, point: Point) -> Any:
        """Return the output; with a graph only where a hook of the forward pass needs one."""
        try:
            with self.torch.no_grad():
                return self.call(self.tensors(point))
        except RuntimeError as error:
            if "register a hook" not in str(error):
                raise
        with self.torch.enable_grad():
            leaves = {n: x.requires_grad_() for n, x in self.tensors(point).items()}
            return self.call({n: x.clone() for n, x in leaves.items()})

    def _differentiated(self, point: Point, hooks: Mapping[str, Hooks]) -> dict[str, FloatArray]:
        torch = self.torch
        with torch.enable_grad():
            leaves = {n: x.requires_grad_() for n, x in self.tensors(point).items()}
            clones = hooked({n: x.clone() for n, x in leaves.items()}, hooks)
            total = self.total(self.call(clones))
            if not total.requires_grad:
                raise Unsupported(
                    "the forward pass leaves PyTorch: nothing there can be differentiated"
                )
            found = _gradients(torch, total, list(leaves.values()))
        return {
            name: np.zeros_like(self.arrays[name]) if g is None else numbers(g)
            for name, g in zip(leaves, found, strict=True)
        }

    def given(self, point: Point) -> dict[str, Any]:
        """Return what PyTorch gives with the user's rules."""
        try:
            return dict(self._differentiated(point, self.hooks))
        except (RuntimeError, Unsupported) as error:
            if mixes(error):
                raise
            said = f"PyTorch refuses this backward pass: {str(error).splitlines()[0]}"
            if said not in self._said:
                self._said.append(said)
            return dict.fromkeys(self.arrays)

    def rule(self, point: Point) -> Callable[[], dict[str, Any]]:
        """Return a function that gives the same, whatever patches lead to."""

        def given() -> dict[str, Any]:
            try:
                return dict(self._differentiated(point, self.hooks))
            except (RuntimeError, Unsupported):
                return dict.fromkeys(self.arrays)

        return given

    def expected(self, point: Point) -> dict[str, FloatArray]:
        """Return what PyTorch gives with the forward code of every custom function."""
        with plain_forward():
            try:
                return self._differentiated(point, {})
            except RuntimeError as error:
                said = f"PyTorch does not differentiate the forward code: {error}"
                raise Unsupported(said) from error

    def recorded(self, point: Point) -> Trace | None:
        """Return the forward pass as NumPy would have it."""
        mirror = TorchMirror()
        tensors = self.tensors(point)
        leaves: dict[str, Step] = {name: mirror.leaf(x) for name, x in tensors.items()}
        try:
            with self.torch.no_grad(), plain_forward(), mirror.mode():
                output = self.call(tensors)
            pairs = self.pairs(output)
            parts = [mirror.argument(part) for part, _ in pairs]
            scaled = [None if u is None else self.factor * u for _, u in pairs]
            step = weighted(mirror, parts, scaled)
        except (Unsupported, ValueError, TypeError, IndexError, RuntimeError):
            return None
        recorder = mirror.recorder
        return Trace(recorder.recording, leaves, step, None, recorder)

    def lost_digits(self, point: Point) -> tuple[bool, bool]:
        """Say whether the forward pass, or a rule, uses numbers narrower than float64."""
        trace = self.recorded(point)
        if trace is not None and any(map(is_narrow, trace.recording.steps)):
            return True, False
        applied = self.applications(point)
        return False, any(s.lost_digits(s.arrays)[1] for s, _ in applied if s.usable)

    def applications(self, point: Point) -> list[tuple[FunctionSubject, dict[str, str]]]:
        """Return every custom function that is called, where it is called."""
        torch = self.torch
        found: list[tuple[FunctionSubject, dict[str, str]]] = []
        tensors = self.tensors(point)
        known = {x.data_ptr(): name for name, x in tensors.items() if x.numel()}

        def convert(function: Any, args: tuple[Any, ...]) -> Any:
            copies = tuple(
                a.detach().clone().requires_grad_(_floats(torch, a))
                if isinstance(a, torch.Tensor)
                else a
                for a in args
            )
            subject = FunctionSubject(function, copies, self.rng, self.seconds)
            owners = {
                own: known[a.data_ptr()]
                for own, a in zip(subject.all_names, args, strict=True)
                if isinstance(a, torch.Tensor) and a.data_ptr() in known
            }
            found.append((subject, owners))
            needs = [_floats(torch, a) for a in args]
            return forward_code(function, new_context(needs), args)

        with torch.no_grad(), plain_forward(convert):
            self.call(tensors)
        return found

    def backward(self, _point: Point) -> None:
        """Return nothing: every custom function is followed by itself."""

    def told(
        self, point: Point, expected: Point, wrong: Sequence[str], constants: Constants
    ) -> list[Finding]:
        """Return the bugs of the custom functions, each checked by itself."""
        findings: dict[tuple[Any, ...], Finding] = {}
        settings = Settings(directions=1, points=1, hyperparams=constants.named)
        applied = self.applications(point)
        for subject, owners in applied:
            if not subject.usable:
                continue
            try:
                report = framework_report(subject, settings, self.rng)
            except Exception as error:  # noqa: BLE001 - the user's rule may fail as it likes
                self._said.append(f"{subject.function.__name__}: {error}")
                continue
            for finding in report.findings:
                own = {owners.get(name) for name in finding.affected}
                local = own and None not in own and own <= set(wrong)
                affected = tuple(n for n in wrong if n in own) if local else tuple(wrong)
                target = finding.target or subject.function.__name__
                key = (finding.file, finding.line, finding.kind, finding.target)
                known = findings.get(key)
                before = () if known is None else known.affected
                both = tuple(n for n in wrong if n in {*before, *affected})
                findings[key] = replace(finding, affected=both, target=target)
        if not findings:
            with plain_forward():
                hidden = hidden_parts(
                    self.torch,
                    (*hooks_of_modules(self.module), *self.hooks.items()),
                    lambda: self._differentiated(point, self.hooks),
                    expected,
                    wrong,
                )
            if hidden:
                return hidden
            which = "every custom function is right by itself" if applied else "no custom function"
            self._said.append(f"{which}: look for hooks, detach and .data in the module")
        return list(findings.values())

    def placed(self, finding: Finding) -> Finding:
        """Return the finding: a module has no rule of its own."""
        return finding

    def oddities(self) -> tuple[list[Finding], list[str]]:
        """Return what PyTorch's engine refused."""
        return [], self._said

    def rounding(self, exact: Point, module: Any, inputs: tuple[Any, ...]) -> float | None:
        """Return how far what the module itself gives is from what is exact; ``None`` if double."""
        torch = self.torch
        if self.dtypes <= {torch.float64}:
            return None
        state = {n: p.detach().clone() for n, p in module.named_parameters()}
        buffers = {n: b.detach().clone() for n, b in module.named_buffers()}
        args = tuple(x.detach().clone() if isinstance(x, torch.Tensor) else x for x in inputs)
        leaves = {n: state[n].requires_grad_() for n in self.parameters}
        leaves |= {
            n: x.requires_grad_() for n, x in zip(self.names, args, strict=True) if n is not None
        }
        single = deepcopy(self.module).to(next(iter(self.dtypes)))
        self.generators.restore()
        try:
            with torch.enable_grad():
                output = torch.func.functional_call(single, state | buffers, args)
                total = self.total(output if self.loss is None else self.loss(output))
                found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        except RuntimeError:
            return None
        own = {n: None if g is None else numbers(g) for n, g in zip(leaves, found, strict=True)}
        return largest_error(own, exact)


def _gradients(torch: Any, total: Any, leaves: list[Any]) -> list[Any]:
    """Return the gradients of leaves; what calls the module anew on the way back is refused."""
    try:
        return list(torch.autograd.grad(total, leaves, allow_unused=True))
    except RuntimeError as error:
        if "use_reentrant" not in str(error):
            raise
    said = "a reentrant checkpoint calls the module anew on the way back: give use_reentrant=False"
    raise ConfigurationError.contradiction("check_module", said)


def _floats(torch: Any, value: Any) -> bool:
    return isinstance(value, torch.Tensor) and bool(value.is_floating_point())


def _copied(torch: Any, module: Any) -> Any:
    """Return a copy in double precision; the module itself where it cannot be copied."""
    try:
        copy = deepcopy(module).double()
    except (RuntimeError, TypeError, NotImplementedError):
        return module
    for part in copy.modules():
        for name, value in list(vars(part).items()):
            if _floats(torch, value):
                setattr(part, name, in_double(torch, value))
    return copy


def _input_names(module: Any, inputs: tuple[Any, ...], taken: set[str]) -> list[str]:
    names: list[str] = []
    for parameter in signature(module.forward).parameters.values():
        if parameter.kind is Parameter.VAR_POSITIONAL:
            break
        if parameter.kind is not Parameter.KEYWORD_ONLY:
            names.append(parameter.name)
    names += [f"input[{at}]" for at in range(len(names), len(inputs))]
    return [f"input {n}" if n in taken else n for n in names[: len(inputs)]]
