"""What wrong gradients tell by themselves: without lines, or beside one that says little."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding, gradients_called
from trainwell.diagnosis.gradient_localisation.signatures import forms
from trainwell.diagnosis.gradient_verdict.comparison import Comparison, Status
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.types import FloatArray

_LIKELY = ("activation-wrong", "operand", "path")
"""What is wrong most often where no simple form fits."""
_SAME = 1e-6  # of the largest number


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
        found, called = judgement.arrays[name], gradients_called([name])
        if found.status is Status.MISSING:
            text = "is not returned"
            findings.append(Finding(called, "zero", None, None, text, 1.0, (name,), ("path",)))
            continue
        if found.status is Status.SHAPE or found.given is None:
            text = _of_shape(found)
            findings.append(Finding(called, "shape", None, None, text, 1.0, (name,), ()))
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
            findings.append(Finding(called, "unknown", None, None, text, 0.3, (name,), _LIKELY))
            continue
        first = found_forms[0]
        kinds = tuple(dict.fromkeys(form.kind for form in found_forms[1:]))
        findings.append(
            Finding(
                gradients_called([name]),
                first.kind,
                first.factor,
                None,
                first.message,
                0.8,
                (name,),
                kinds,
            )
        )
    return findings


def with_shape(finding: Finding, judgement: Judgement) -> Finding:
    """Return a finding that tells both shapes, where the gradient has not that of its parameter.

    Parameters
    ----------
    finding : Finding
        Whatever it says.
    judgement : Judgement
        What was compared.

    Returns
    -------
    Finding
        Itself, where the shapes are right.
    """
    off = [n for n in finding.affected if judgement.arrays[n].status is Status.SHAPE]
    told = by_shape(judgement, off[:1], Constants({}, {}), None)
    if not told:
        return finding
    return replace(
        finding,
        kind=finding.kind if finding.kind == "reduction" else told[0].kind,
        message=f"{told[0].message}: {finding.message}",
        alternatives=(finding.kind, *finding.alternatives)[:3],
    )


def with_penalty(finding: Finding, judgement: Judgement, constants: Constants) -> Finding:
    """Return a finding that says little with what its parameter's penalty tells.

    Parameters
    ----------
    finding : Finding
        Whatever it says.
    judgement : Judgement
        What was compared.
    constants : Constants
        Numbers with a name.

    Returns
    -------
    Finding
        Itself, where it says what is wrong or no term of a penalty does.
    """
    if finding.confidence >= SURE or not finding.affected:
        return finding
    told, *rest = by_shape(judgement, finding.affected, constants)
    alike = all((each.kind, each.message) == (told.kind, told.message) for each in rest)
    if told.kind != "regularisation" or not alike:
        return finding
    kinds = dict.fromkeys((finding.kind, *finding.alternatives))
    others = tuple(kind for kind in kinds if kind != told.kind)
    return replace(finding, kind=told.kind, message=told.message, alternatives=others[:3])


def _of_shape(found: Comparison) -> str:
    """Say which shape a gradient has, and if its numbers are right as far as they are as many."""
    given, expected = found.given, found.expected
    said = f"has shape {() if given is None else given.shape}, the parameter {expected.shape}"
    if given is None or given.size != expected.size:
        return said
    apart = np.abs(given.reshape(expected.shape) - expected)
    wrong = np.count_nonzero(apart > _SAME * np.abs(expected).max(initial=0.0))
    if not wrong:
        return f"{said}; its numbers are right"
    return f"{said}, and is wrong in {wrong} of its {given.size} numbers"


def with_parameter(finding: Finding) -> Finding:
    """Return a finding on the penalty of one parameter with its name.

    Parameters
    ----------
    finding : Finding
        Whatever it says.

    Returns
    -------
    Finding
        As ``lacks 0.1 x W1``; of several parameters each is W.
    """
    if len(finding.affected) != 1:
        return finding
    return replace(finding, message=finding.message.replace(" x W", f" x {finding.affected[0]}"))


def _cosine(given: np.ndarray, expected: np.ndarray) -> float:
    lengths = float(np.linalg.norm(given) * np.linalg.norm(expected))
    return float(np.vdot(given, expected)) / lengths if lengths else 0.0
