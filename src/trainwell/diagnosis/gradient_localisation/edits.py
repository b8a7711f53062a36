"""Small changes of one recorded operation: what the user may have meant to write."""

from collections.abc import Iterator

from trainwell.diagnosis.gradient_localisation import edits_of_form as form
from trainwell.diagnosis.gradient_localisation import edits_of_values as values
from trainwell.diagnosis.gradient_localisation.change import Change, Surroundings, scaling
from trainwell.diagnosis.gradient_tape.recording import Step


def changes(step: Step, around: Surroundings, phase: int) -> Iterator[Change]:
    """Yield ways in which one operation could have been meant.

    Parameters
    ----------
    step : Step
        The operation.
    around : Surroundings
        What it could have used.
    phase : {0, 1, 2}
        First the same values in another way, then other values, then what is missing.

    Yields
    ------
    Change
        The simplest are not necessarily first.
    """
    if phase == 0:
        yield from values.drops(step, around)
        yield scaling(-1.0, 1.05)
        yield from form.exchanges(step)
        yield from values.slices(step)
        yield from form.constants(step, around)
        yield from form.reductions(step)
        yield from form.transpositions(step)
    elif phase == 1:
        yield from form.powers(step)
        yield from values.masks(step, around)
        yield from values.operands(step, around)
    else:
        yield from values.slopes(step, around)
        yield from values.insertions(step, around)
