"""Checks ``jax.custom_vjp`` and ``jax.custom_jvp``: their rules against JAX's own derivative."""

from dataclasses import replace
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_report import framework_report
from trainwell.diagnosis.gradient_frameworks.framework_subject import Settings
from trainwell.diagnosis.gradient_frameworks.jax_function import custom_function
from trainwell.diagnosis.gradient_frameworks.jax_recording import in_double
from trainwell.diagnosis.gradient_frameworks.jax_subject import BLUNT, JaxSubject
from trainwell.diagnosis.gradient_verdict.comparison import TOLERANCE
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.errors import ConfigurationError


def check_jax(
    function: Any,
    inputs: Any,
    settings: Settings,
    rng: np.random.Generator,
    seconds: float,
) -> GradientReport:
    """Check a custom derivative of JAX.

    Parameters
    ----------
    function : jax.custom_vjp or jax.custom_jvp
        With its rule; ``jax.jit`` may stand around it and its parts.
    inputs : tuple
        The arguments: arrays, or trees of them. What is no floating-point number, such as a
        key of random numbers, is left alone.
    settings : Settings
        How thoroughly.
    rng : numpy.random.Generator
        Draws cotangents, directions and points.
    seconds : float
        Time for the search of lines.

    Returns
    -------
    GradientReport
        Its arrays are called as the arguments of the function.
    """
    function = custom_function(function)
    inputs = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
    with in_double():
        subject = JaxSubject(function, inputs, rng, seconds)
        if not subject.arrays:
            raise ConfigurationError.out_of_range(
                "check_function", "inputs", "none", "with floating-point arrays"
            )
        rough = subject.roughness() if settings.tolerance is None else 0.0
        if rough > TOLERANCE:
            settings = replace(settings, tolerance=rough)
        report = framework_report(subject, settings, rng)
    within = any(array.error > TOLERANCE for array in report.arrays.values())
    if rough > BLUNT and report.ok and within:
        return replace(report, verdict="UNDECIDED")
    return report
