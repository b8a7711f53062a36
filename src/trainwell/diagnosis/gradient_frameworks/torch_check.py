"""Checks the custom derivatives of PyTorch: of one function, or of all within a module."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from trainwell.diagnosis.gradient_frameworks.framework_report import framework_report
from trainwell.diagnosis.gradient_frameworks.framework_subject import Point, Settings
from trainwell.diagnosis.gradient_frameworks.torch_module import ModuleSubject
from trainwell.diagnosis.gradient_frameworks.torch_precision import computed_in_double
from trainwell.diagnosis.gradient_frameworks.torch_recording import torch_for
from trainwell.diagnosis.gradient_frameworks.torch_subject import FunctionSubject
from trainwell.diagnosis.gradient_verdict.constants import named_numbers
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.errors import ConfigurationError
from trainwell.randomness import generator


def check_function(
    function: Any,
    inputs: Any,
    *,
    hyperparams: Mapping[str, Any] | None = None,
    points: int = 2,
    directions: int = 2,
    tolerance: float | None = None,
    diagnose: bool = True,
    seed: int = 0,
    seconds: float = 10.0,
) -> GradientReport:
    """Check the rule of a custom function of PyTorch or JAX, and say which line is wrong and how.

    The forward code is differentiated by the framework itself, and random directions on the
    untouched function confirm it; the rule is compared with that.

    Parameters
    ----------
    function : type or callable
        A subclass of ``torch.autograd.Function`` (or its ``apply``), or what ``jax.custom_vjp``
        or ``jax.custom_jvp`` returned.
    inputs : tuple
        The arguments. Of tensors those that require a gradient are checked, or all of
        floating-point numbers if none does. They are taken as float64, and not modified.
    hyperparams : mapping of str to Any, optional
        Numbers with a name, or lists of them, so that the report can say it.
    points : int, default=2
        Points to check at, at least 1: the given one, and others nearby.
    directions : int, default=2
        Random directions that must confirm the reference, at least 1.
    tolerance : float or None, default=None
        Relative error that passes; ``None`` takes 1e-7, or what the forward code can show.
    diagnose : bool, default=True
        Whether to look for the faulty lines.
    seed : int, default=0
        Of the cotangents, directions and points.
    seconds : float, default=10.0
        Work for the search of faulty lines.

    Returns
    -------
    GradientReport
        Its arrays are called as the arguments of ``forward``.

    Raises
    ------
    ConfigurationError
        If it is no custom function, or a setting is outside its domain.
    DependencyError
        If the framework is not installed.

    Notes
    -----
    Gradient mode, ``.grad``, ``requires_grad`` and the generators are left as they were found.
    """
    numbers = named_numbers("check_function", hyperparams)
    settings = Settings(directions, points, tolerance, diagnose, numbers)
    settings.refuse("check_function", seconds)
    rng = generator(seed, "check of a gradient")
    if any(
        kind.__module__.partition(".")[0] in {"jax", "jaxlib"} for kind in type(function).__mro__
    ):
        from trainwell.diagnosis.gradient_frameworks.jax_check import check_jax

        return check_jax(function, inputs, settings, rng, seconds)
    torch = torch_for("check_function")
    function = getattr(function, "__self__", function)
    if not (isinstance(function, type) and issubclass(function, torch.autograd.Function)):
        raise ConfigurationError.out_of_range(
            "check_function",
            "function",
            function,
            "a subclass of torch.autograd.Function, or made by jax.custom_vjp or jax.custom_jvp",
        )
    inputs = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)

    def run() -> tuple[FunctionSubject, GradientReport, Point]:
        rng = generator(seed, "check of a gradient")
        subject = FunctionSubject(function, inputs, rng, seconds)
        if not subject.arrays:
            raise ConfigurationError.out_of_range(
                "check_function", "inputs", "none of them", "tensors, one at least of real numbers"
            )
        try:
            report = framework_report(subject, settings, rng)
            return subject, report, subject.given(subject.arrays)
        finally:
            subject.generators.restore()

    subject, report, exact = computed_in_double(torch, "check_function", run)
    try:
        return _with_rounding(report, subject.rounding(exact))
    finally:
        subject.generators.restore()


def check_module(
    module: Any,
    inputs: Any,
    loss: Callable[[Any], Any] | None = None,
    *,
    hyperparams: Mapping[str, Any] | None = None,
    points: int = 2,
    directions: int = 2,
    tolerance: float | None = None,
    diagnose: bool = True,
    seed: int = 0,
    seconds: float = 10.0,
) -> GradientReport:
    """Check the gradients of a module of PyTorch: of its parameters and its inputs.

    Every ``torch.autograd.Function`` within is found. PyTorch differentiates their forward code
    in the place of their rules, random directions on the untouched module confirm the result,
    and what the rules give is compared with it. On failure each function is checked by itself.

    Parameters
    ----------
    module : torch.nn.Module
        It is not modified: a copy in double precision is checked.
    inputs : tuple
        Its arguments; a single tensor need not be in a tuple. Not modified.
    loss : callable, optional
        From the module's output to one number. By default the outputs are multiplied by random
        numbers and added up, which hides less.
    hyperparams : mapping of str to Any, optional
        Numbers with a name, or lists of them, so that the report can say it.
    points : int, default=2
        Points to check at, at least 1: the given one, and others nearby.
    directions : int, default=2
        Random directions that must confirm the reference, at least 1.
    tolerance : float or None, default=None
        Relative error that passes; ``None`` takes 1e-7, or what the forward code can show.
    diagnose : bool, default=True
        Whether to look for the faulty lines.
    seed : int, default=0
        Of the cotangents, directions and points.
    seconds : float, default=10.0
        Work for the search of faulty lines, for each function.

    Returns
    -------
    GradientReport
        Its arrays are called as the module's parameters and the arguments of its ``forward``.

    Raises
    ------
    ConfigurationError
        If it is no module, or a setting is outside its domain.
    DependencyError
        If PyTorch is not installed.

    Notes
    -----
    Gradient mode, parameters, buffers, ``.grad``, ``requires_grad`` and the generators are left
    as they were found. Every call starts from the same random numbers: dropout is checked as
    it is.
    """
    numbers = named_numbers("check_module", hyperparams)
    settings = Settings(directions, points, tolerance, diagnose, numbers)
    settings.refuse("check_module", seconds)
    torch = torch_for("check_module")
    if isinstance(module, torch.jit.ScriptModule):
        must = "the module as it was before torch.jit compiled it"
        raise ConfigurationError.out_of_range("check_module", "module", type(module).__name__, must)
    if not isinstance(module, torch.nn.Module):
        raise ConfigurationError.out_of_range("check_module", "module", module, "a torch.nn.Module")
    inputs = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)

    def run() -> tuple[ModuleSubject, GradientReport, Point]:
        rng = generator(seed, "check of a gradient")
        subject = ModuleSubject(module, inputs, loss, rng, seconds)
        try:
            report = framework_report(subject, settings, rng)
            return subject, report, subject.given(subject.arrays) if report.ok else {}
        finally:
            subject.generators.restore()

    subject, report, exact = computed_in_double(torch, "check_module", run)
    try:
        rounding = subject.rounding(exact, module, inputs) if report.ok else None
        return _with_rounding(report, rounding)
    finally:
        subject.generators.restore()


def _with_rounding(report: GradientReport, rounding: float | None) -> GradientReport:
    if rounding is None:
        return report
    said = f"in the precision of the tensors as they were given, rounding leaves {rounding:.0e}"
    return replace(report, reasons=(*report.reasons, said))
