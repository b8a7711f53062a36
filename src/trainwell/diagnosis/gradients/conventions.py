"""Which cost a wrong gradient was written for: that one, or one without tiny numbers."""

from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import record_backward
from trainwell.diagnosis.gradient_localisation.finding import Finding, gradients_called
from trainwell.diagnosis.gradient_localisation.formed import assigned
from trainwell.diagnosis.gradient_localisation.matching import Matcher, derivatives, matched
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.leftovers import as_before
from trainwell.diagnosis.gradient_verdict.tiny_numbers import without_logarithms

_EXACT = 1e-10


@np.errstate(all="ignore")  # what is infinite in the user's passes may be so
def as_it_is_written(judgement: Judgement, key: Any) -> Judgement:
    """Return the comparison in which more of the backward pass's values are derivatives.

    Parameters
    ----------
    judgement : Judgement
        Of a gradient that is wrong.
    key : str, callable or mapping
        From parameters to their gradients.

    Returns
    -------
    Judgement
        Another one only if the cost adds tiny numbers in its logarithms.
    """
    other = None if judgement.calls.grad is None else without_logarithms(judgement)
    if other is None:
        return judgement
    more = _exact_values(other.calls, key) > _exact_values(judgement.calls, key)
    return other if more else judgement


def of_another_cost(judgement: Judgement, reason: str) -> Finding:
    """Return that a gradient is that of another cost, which is not close to the given one here.

    Parameters
    ----------
    judgement : Judgement
        Of the cost as it is.
    reason : str
        Which tiny numbers are left out of it.

    Returns
    -------
    Finding
        Without a line: the cost adds them, and the gradient nowhere.
    """
    wrong = tuple(n for n, a in judgement.arrays.items() if a.status is not Status.OK)
    said = f"{reason.removeprefix('the gradient ')}, which is not tiny here, and is right otherwise"
    kinds = ("regularisation", "operand")
    return Finding(gradients_called(wrong), "constant", None, None, said, 1.0, wrong, kinds)


def _exact_values(calls: Calls, key: Any) -> int:
    """Return how many values of the backward pass are derivatives, up to a factor."""
    with as_before(calls):
        backward = record_backward(calls, key)
    if backward is None:
        return 0
    given = assigned(backward)
    values = [step for step in backward.steps if step.index in given]
    trace = backward.trace
    return len(matched(values, {}, Matcher(derivatives(trace.recording, trace.output), _EXACT)))
