"""A penalty's term that several gradients lack, where one statement writes all of them last.

As in a loop over the parameters that divides by the number of examples and leaves out
``grads["d" + name] += lambd * params[name]``: each gradient by itself could be wrong anywhere.
"""

from collections.abc import Mapping, Sequence
from math import isclose

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.signatures import ratio
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_tape.recording import Step, ancestors
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import FloatArray

_SEVERAL = 2  # gradients
_SCALED = ("multiply", "divide", "add", "subtract", "negative")  # as the terms of a penalty are
_ALIKE = 1e-6  # relative error of coefficients that are the same


def penalty_left_out(
    backward: Backward,
    expected: Mapping[str, FloatArray],
    wrong: Sequence[str],
    constants: Constants,
) -> Finding | None:
    """Return what all wrong gradients lack, if it is one multiple of their parameters.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    expected : mapping of str to FloatArray
        The right gradients.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    constants : Constants
        Numbers with a name.

    Returns
    -------
    Finding or None
        At the statement that has written all of them; none is made of its parameter elsewhere.
    """
    outputs, leaves = backward.outputs, backward.trace.leaves
    if len(wrong) < _SEVERAL or not {*wrong} <= {*outputs}:
        return None
    places = {outputs[name].place[:2] for name in wrong}
    if len(places) > 1 or any(_reads(backward, outputs[name], leaves[name]) for name in wrong):
        return None
    lacks = [_coefficient(outputs[name], expected[name], leaves[name]) for name in wrong]
    first = lacks[0] or 0.0
    if first <= 0 or not all(each and isclose(each, first, rel_tol=_ALIKE) for each in lacks):
        return None
    statement = statement_at(*places.pop())
    message = f"lacks {constants.name(first, _ALIKE)} x W: the penalty's term"
    kinds = ("path", "factor")
    return Finding(
        statement.target, "regularisation", None, statement, message, 1.0, tuple(wrong), kinds
    )


def _reads(backward: Backward, output: Step, leaf: Step) -> bool:
    """Say whether a gradient is made of numbers times its parameter: then nothing is left out."""
    needed = ancestors([output])
    steps = [s for s in backward.trace.recording.steps[backward.boundary :] if s.index in needed]
    return any(
        step.operation in _SCALED and any(parent is leaf for parent in step.parents)
        for step in steps
    )


def _coefficient(given: Step, expected: FloatArray, leaf: Step) -> float | None:
    """Return by how many times the parameter a gradient is too small, if it is nothing else."""
    if given.value.shape != expected.shape or expected.size <= 1:
        return None
    return ratio(expected - given.value, leaf.value)
