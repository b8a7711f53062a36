"""Why a run broke: its last steps, tried with one thing changed at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from trainwell.data.dataset import Data
from trainwell.diagnosis.dissection import dissect
from trainwell.diagnosis.first_break import Break
from trainwell.diagnosis.replay import Broken, Trial, Window, attempt, sizes_of
from trainwell.diagnosis.suspects import Outlier, Scale, outliers, scales, standardised, without
from trainwell.errors import DataError
from trainwell.network.regression_losses import Poisson
from trainwell.training.job import Job

_FACTORS = (0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)  # of the learning rate
_SHRUNK = (0.1, 0.01, 0.001)  # of the initial weights
_CLIPPED = 1.0  # norm of the gradient
_HELPLESS = "None of those that were tried helps."
_ALONE = 10  # columns that are tried one by one, the most striking ones


@dataclass(frozen=True)
class Cause:
    """Why a run broke.

    Parameters
    ----------
    kind : str
        ``"outlier"`` or ``"outliers"``: values of one column, of several; ``"scale"``:
        columns of large numbers; ``"learning rate"``: too high; ``"initial weights"``: too
        large; ``"exponential"``: of an output; ``"moment"``: the square of a gradient;
        ``"column"``: without one input the step is finite; ``"unclear"``.
    reason : str
        The same in words.
    remedy : str
        What to do, and what was seen when it was tried.
    column : int or None, default=None
        The one input that is to blame, from 0; ``None`` where it is not one.
    outlier : Outlier or None, default=None
        The values that are to blame, if those of one column are.
    trials : tuple of Trial, default=()
        What was tried.
    since : int, default=0
        Number of the step from which on.
    """

    kind: str
    reason: str
    remedy: str
    column: int | None = None
    outlier: Outlier | None = None
    trials: tuple[Trial, ...] = ()
    since: int = 0


@dataclass(frozen=True, eq=False)
class _Inquiry:
    """A run that broke, and what was tried so far."""

    job: Job
    data: Data
    names: Sequence[str]
    broken: Broken
    past: Window
    trials: list[Trial] = field(default_factory=list)

    def tried(self, change: str, job: Job | None = None, **settings: float) -> Trial:
        """Try a change and remember what came of it."""
        trial = attempt(job or self.job, self.past, change, **settings)
        self.trials.append(trial)
        return trial

    def on(self, data: Data) -> Job:
        """Return the run on other data."""
        return replace(self.job, training=data)


def find_cause(
    job: Job, data: Data, names: Sequence[str], broken: Broken, past: Window, at: Break
) -> Cause:
    """Try what usually breaks a run, from the data to the optimizer.

    Parameters
    ----------
    job : Job
        The run.
    data : Data
        Its training data.
    names : sequence of str
        What the inputs are called, then what the targets are called.
    broken : Broken
        The step that broke.
    past : Window
        The steps before, which are tried again.
    at : Break
        What was not finite.

    Returns
    -------
    Cause
        The first change that lets the run go on names it.
    """
    inquiry = _Inquiry(job, data, names, broken, past)
    stages = (_outlying, _unscaled, _fast, _large, partial(_overflowing, at=at), _column)
    found = next(filter(None, (stage(inquiry) for stage in stages)), None)
    if found is None:
        reason = "no single change that was tried lets it go on"
        found = Cause("unclear", reason, _HELPLESS)
    return replace(found, trials=tuple(inquiry.trials), since=past.point.memory.step)


def _outlying(inquiry: _Inquiry) -> Cause | None:
    """Blame values that stand out: those of one column, or of several."""
    suspects = outliers(inquiry.data, inquiry.names)[:_ALONE]

    def heals(chosen: Sequence[Outlier], change: str) -> Trial:
        return inquiry.tried(change, inquiry.on(without(inquiry.data, chosen)))

    healing = []
    for suspect in suspects:
        trial = heals([suspect], _replaced(suspect))
        if trial.healed:
            healing.append((suspect, trial))
    if len(healing) == 1:
        ((guilty, trial),) = healing
        count = 1
        while count < len(guilty.rows):  # the fewest of the farthest values
            fewer = replace(guilty, rows=guilty.rows[:count])
            again = heals([fewer], _replaced(fewer))
            if again.healed:
                guilty, trial = fewer, again
                break
            count *= 2
        column = guilty.column if guilty.role == "input" else None
        what = "that value" if len(guilty.rows) == 1 else "those values"
        remedy = f"Correct {what} or leave the rows out. Tried: {trial}."
        return Cause("outlier", str(guilty), remedy, column, guilty)
    listed = _listed(suspect.name for suspect in suspects)
    if healing:
        reason = f"values of {listed} stand out, and each column alone would do"
    elif len(suspects) > 1 and heals(suspects, f"the medians of {listed}").healed:
        reason = f"values of several columns stand out: of {listed}"
    else:
        return None
    remedy = f"Correct those values or leave the rows out. Tried: {inquiry.trials[-1]}."
    return Cause("outliers", reason, remedy)


def _unscaled(inquiry: _Inquiry) -> Cause | None:
    """Blame columns of large numbers: one of them, or together."""
    suspects = scales(inquiry.data, inquiry.names)
    try:  # counts have no standardised form
        inquiry.on(standardised(inquiry.data, suspects))
    except DataError:
        suspects = [suspect for suspect in suspects if suspect.role == "input"]

    def heals(chosen: Sequence[Scale]) -> Trial:
        change = f"{_listed(scale.name for scale in chosen)} standardised"
        return inquiry.tried(change, inquiry.on(standardised(inquiry.data, chosen)))

    if not suspects or not (together := heals(suspects)).healed:
        return None
    alone = [(suspects[0], together)]
    if len(suspects) > 1:
        each = [(suspect, heals([suspect])) for suspect in suspects[:_ALONE]]
        alone = [(suspect, trial) for suspect, trial in each if trial.healed]
    if len(alone) == 1:
        ((guilty, trial),) = alone
        column = guilty.column if guilty.role == "input" else None
        return Cause("scale", str(guilty), f"Standardise it. Tried: {trial}.", column)
    reason = f"{_listed(suspect.name for suspect in suspects)} hold large numbers"
    return Cause("scale", reason, f"Standardise the columns. Tried: {together}.")


def _fast(inquiry: _Inquiry) -> Cause | None:
    """Blame the learning rate."""
    rate = inquiry.broken.rate
    for factor in _FACTORS:
        trial = inquiry.tried(f"{factor:g} times the learning rate", factor=factor)
        if trial.healed:
            reason = f"the learning rate {rate:g} is too high"
            remedy = f"Use a learning rate of {rate * factor:.3g} or less. Tried: {trial}."
            return Cause("learning rate", reason, remedy)
    return None


def _large(inquiry: _Inquiry) -> Cause | None:
    """Blame the initial weights, where the steps start from them."""
    if inquiry.past.point.memory.step:
        return None
    healing = []
    for factor in _SHRUNK:
        trial = inquiry.tried(f"{factor:g} times the initial weights", shrink=factor)
        healing += [trial] * trial.healed
        if trial.healed and trial.fell:
            break
    if not healing:
        return None
    remedy = f"Start from smaller weights. Tried: {healing[-1]}."
    if exponential := _exponent(inquiry):
        return Cause("exponential", exponential, remedy)
    return Cause("initial weights", "the weights that it starts from are too large", remedy)


def _overflowing(inquiry: _Inquiry, at: Break) -> Cause | None:
    """Blame what is raised to a power: a logit, or a gradient in a moment."""
    plan = inquiry.job.plan
    clipped = None
    if plan.clip_norm is None or plan.clip_norm > _CLIPPED:
        change = f"the gradient's norm clipped at {_CLIPPED:g}"
        clipped = inquiry.tried(
            change, replace(inquiry.job, plan=replace(plan, clip_norm=_CLIPPED))
        )
    helps = clipped is not None and clipped.healed
    remedy = (
        f"Use clip_norm={_CLIPPED:g}. Tried: {clipped}." if helps else "None that was tried helps."
    )
    if exponential := _exponent(inquiry):
        return Cause("exponential", exponential, remedy)
    if at.quantity.endswith("moment"):
        gradients = [
            size
            for (quantity, _), size in sizes_of(inquiry.broken.dissection).items()
            if quantity == "gradient"
        ]
        rule = type(plan.optimizer).__name__
        reason = f"the gradient reached {max(gradients):.3g}, whose square {rule} cannot hold"
        return Cause("moment", reason, remedy)
    return None


def _column(inquiry: _Inquiry) -> Cause | None:
    """Blame the one input without which the step would have been finite."""
    inputs, data, broken = inquiry.job.network.inputs, inquiry.data, inquiry.broken

    def finite(columns: Sequence[int]) -> bool:
        x = broken.batch.x.copy()
        for column in columns:
            x[column] = np.median(data.x[column] / 2) * 2
        with np.errstate(all="ignore"):
            batch = broken.batch._replace(x=x)
            return dissect(inquiry.job, broken.point, batch, broken.rate).finite

    if inputs == 1 or not finite(range(inputs)):
        return None
    guilty = [column for column in range(inputs) if finite([column])]
    if len(guilty) != 1:
        return None
    name = inquiry.names[guilty[0]]
    reason = f"the step is finite with the median of {name} in place of its values"
    return Cause("column", reason, f"Look at {name}: nothing else that was tried helps.", guilty[0])


def _exponent(inquiry: _Inquiry) -> str:
    """Say which logit has an exponential beyond all numbers, or nothing."""
    if not isinstance(inquiry.job.plan.loss, Poisson):
        return ""
    layers = len(inquiry.job.network.layers)
    logits: Any = next(
        part.values
        for part in inquiry.broken.dissection.parts
        if part.quantity == "logits" and part.layer == layers
    )
    limit = float(np.log(np.finfo(logits.dtype).max))
    highest = float(logits.max())
    if not highest > limit:
        return ""
    return f"an output reached {highest:.3g}, and exponentials overflow beyond {limit:.4g}"


def _replaced(outlier: Outlier) -> str:
    rows = len(outlier.rows)
    farthest = "farthest value" if rows == 1 else f"{rows} farthest values"
    return f"the median of {outlier.name} in place of its {farthest}"


def _listed(names: Iterable[str]) -> str:
    *first, last = list(names) or [""]
    if len(first) > 3:
        return f"{', '.join(first[:3])} and {len(first) - 2} more"
    return f"{', '.join(first)} and {last}" if first else last
