"""Findings without lines: what the gradients themselves tell."""

from collections.abc import Mapping, Sequence

import numpy as np

from trainwell.diagnosis.gradients.comparison import Status
from trainwell.diagnosis.gradients.constants import Constants
from trainwell.diagnosis.gradients.finding import Finding
from trainwell.diagnosis.gradients.signatures import forms
from trainwell.diagnosis.gradients.verdict import Judgement
from trainwell.types import FloatArray

_LIKELY = ("activation-wrong", "operand", "path")
"""What is wrong most often where no simple form fits."""


def by_shape(
    judgement: Judgement,
    names: Sequence[str],
    constants: Constants,
    values: Mapping[str, FloatArray] | None = None,
) -> list[Finding]:
    """Return one finding for each array, by the form of its error.

    Parameters
    ----------
    judgement : Judgement
        What was compared.
    names : sequence of str
        The arrays to explain.
    constants : Constants
        Numbers with a name.
    values : mapping of str to FloatArray, optional
        Other values of the two passes, by what they are called.

    Returns
    -------
    list of Finding
        All arrays that are scaled alike share one.
    """
    findings = []
    expected = judgement.reference.gradient
    for name in names:
        found = judgement.arrays[name]
        if found.status is Status.MISSING:
            text = "is not returned"
            findings.append(Finding(f"d{name}", "zero", None, None, text, 1.0, (name,), ("path",)))
            continue
        if found.status is Status.SHAPE or found.given is None:
            shape = () if found.given is None else found.given.shape
            text = f"has shape {shape}, the parameter {found.expected.shape}"
            findings.append(Finding(f"d{name}", "shape", None, None, text, 1.0, (name,), ()))
            continue
        parameters = judgement.calls.parameters.arrays
        others = {f"the gradient of {n}": r for n, r in expected.items() if n != name}
        others |= {f"the parameter {n}": array for n, array in parameters.items()}
        others |= values or {}
        parameter = parameters[name]
        found_forms = list(forms(found.given, found.expected, constants, parameter, others))
        if not found_forms:
            cosine = _cosine(found.given, found.expected)
            text = (
                f"is wrong by {found.error:.1e}, its angle to the right one has cosine {cosine:.3f}"
            )
            findings.append(Finding(f"d{name}", "unknown", None, None, text, 0.3, (name,), _LIKELY))
            continue
        first = found_forms[0]
        kinds = tuple(dict.fromkeys(form.kind for form in found_forms[1:]))
        findings.append(
            Finding(f"d{name}", first.kind, first.factor, None, first.message, 0.8, (name,), kinds)
        )
    return findings


def _cosine(given: np.ndarray, expected: np.ndarray) -> float:
    lengths = float(np.linalg.norm(given) * np.linalg.norm(expected))
    return float(np.vdot(given, expected)) / lengths if lengths else 0.0
