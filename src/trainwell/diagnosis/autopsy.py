"""The autopsy of a run that broke: what was not finite first, what grew before, and why.

A run is deterministic: its last steps can be taken again and measured, and then taken once
more with one thing changed at a time. A cause is named where changing it alone lets the
run go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trainwell.data.dataset import Data
from trainwell.diagnosis.cause import Cause, find_cause
from trainwell.diagnosis.first_break import Break, first_break
from trainwell.diagnosis.growth import Growth, Trace, growths, told, traces
from trainwell.diagnosis.replay import Trial, broken_step, window
from trainwell.errors import ConfigurationError
from trainwell.settings import required_integer
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.training.state import State

_GROWTHS = 4
_TRIALS = 6


@dataclass(frozen=True)
class Autopsy:
    """Why a run broke: ``str`` tells a person, the fields a program.

    Parameters
    ----------
    broken : Break
        The first number that was not finite.
    cause : Cause
        Why, what to do, and what was tried.
    learning_rate : float
        Of the step that broke.
    steps : tuple of int
        Numbers of the steps that were measured; the last one broke.
    traces : tuple of Trace
        How large each quantity was at those steps.
    growth : tuple of Growth
        What grew, what began first standing first.
    distance : float or None
        How far the parameters of the repeated steps ended from the run's own, relative to
        the largest of them: 0 for the reference engine. ``None`` if the repetition broke
        earlier; then, and above 0.01, the steps before the last are not told.

    See Also
    --------
    autopsy : Makes one.
    trainwell.report.autopsy.draw_autopsy : Draws one.
    """

    broken: Break
    cause: Cause
    learning_rate: float
    steps: tuple[int, ...]
    traces: tuple[Trace, ...]
    growth: tuple[Growth, ...]
    distance: float | None

    def __str__(self) -> str:
        at = self.broken
        lines = [
            f"The run broke at step {at.step}, in epoch {at.epoch}: {self.cause.reason}.",
            f"First not finite: {at}{_rows(at)}.",
            *self._before(),
        ]
        if vain := _vain(self.cause.trials):
            lines.append(f"Tried in vain from step {self.cause.since} on:")
            lines += [f"- {trial}" for trial in vain[:_TRIALS]]
        counting = "Steps, rows and columns count from 0, epochs and layers from 1."
        return "\n".join([*lines, f"Remedy: {self.cause.remedy}", counting])

    def renumbered(self, places: Sequence[int]) -> "Autopsy":
        """Return the autopsy with other numbers for the rows: where they stand in a larger table.

        Parameters
        ----------
        places : sequence of int
            The number of each training row.

        Returns
        -------
        Autopsy
            The same otherwise.
        """
        broken = replace(self.broken, rows=tuple(int(places[row]) for row in self.broken.rows))
        cause = self.cause
        if cause.outlier is not None:
            rows = tuple(int(places[row]) for row in cause.outlier.rows)
            outlier = replace(cause.outlier, rows=rows)
            cause = replace(cause, outlier=outlier, reason=str(outlier))
        return replace(self, broken=broken, cause=cause)

    def _before(self) -> list[str]:
        """Tell what happened before the last step."""
        if self.steps[-1] == 0:
            return ["It was the first step."]
        if len(self.steps) == 1:
            return ["Repeated, the steps before end elsewhere: what grew is not known."]
        before = len(self.steps) - 1
        if not self.growth:
            return [f"Nothing had grown over the {before} steps before."]
        lines = ["What grew, what began first standing first:"]
        lines += [f"- {sentence}" for sentence in told(self.growth, self.traces)[:_GROWTHS]]
        if self.steps[0] and self.growth[0].steps >= before - 1:
            lines.append("It began earlier than what was measured: ask for more steps.")
        return lines


def autopsy(
    job: Job,
    state: State,
    *,
    since: State | None = None,
    steps: int = 50,
    columns: Sequence[str] | None = None,
    engine: str = "auto",
) -> Autopsy:
    """Find out why the numbers of a run are no longer finite.

    The step after ``state`` is taken apart. The steps before it are repeated from ``since``
    on and measured, and then tried with one thing changed at a time: without the values
    that stand out, with large columns standardised, with lower learning rates, smaller
    initial weights, a clipped gradient.

    Parameters
    ----------
    job : Job
        What was trained: the run's own network, plan and data.
    state : State
        The last finite one, as a diverged :class:`~trainwell.engine.run.Run` or
        :class:`~trainwell.training.engine.Epoch` keeps it; not modified.
    since : State or None, default=None
        An earlier state of the run, between two epochs; the later, the sooner the answer.
        ``None`` repeats the run from the job's start.
    steps : int, default=50
        How many steps before the last are measured at most, positive; only their sizes
        are kept in memory.
    columns : sequence of str or None, default=None
        Names of the inputs.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What took the steps of the run: it repeats the whole epochs that are not measured.

    Returns
    -------
    Autopsy
        Equal for equal arguments.

    Raises
    ------
    ConfigurationError
        If the run did not diverge, the states do not belong together, or the training
        data are a :class:`~trainwell.data.stream.Stream`.

    Notes
    -----
    What is measured are steps of the reference engine, from which a compiled run differs
    in the last bits; the step that broke starts from the run's own numbers.

    Examples
    --------
    One value out of 400 breaks the first batch that holds it:

    >>> import numpy as np
    >>> from trainwell import Data, Job, Plan, SquaredError, autopsy, mlp, train
    >>> x = np.random.default_rng(0).standard_normal((4, 100))
    >>> y = x[:1] - x[1:2]
    >>> x[2, 17] = 1e200
    >>> job = Job(mlp(4, (8,), 1), Plan(SquaredError(), batch_size=20), Data(x, y))
    >>> run = train(job.network, job.plan, job.training)
    >>> found = autopsy(job, run.state)
    >>> found.cause.kind, found.cause.column, found.cause.outlier.rows
    ('outlier', 2, (17,))
    """
    required_integer("autopsy", "steps", steps, 1)
    data = job.training
    if not isinstance(data, Data):
        sentence = "the training data must be in memory: pass a Data, not a Stream"
        raise ConfigurationError.contradiction("autopsy", sentence)
    names = _names(columns, data)
    start = starting_point(job if since is None else replace(job, start=since))
    broken = broken_step(job, starting_point(replace(job, start=state)), start)
    past = window(job, broken, start, steps, engine)
    with np.errstate(all="ignore"):
        at = first_break(job, broken)
        found = traces(job.network, past.sizes)
        cause = find_cause(job, data, names, broken, past, at)
    return Autopsy(at, cause, broken.rate, past.steps, found, growths(found), past.distance)


def _names(columns: Sequence[str] | None, data: Data) -> list[str]:
    """Return what inputs and targets are called."""
    inputs = len(data.x)
    if columns is None:
        names = [f"input {number}" for number in range(inputs)]
    elif isinstance(columns, str) or len(columns) != inputs:
        domain = f"{inputs} names, one an input"
        raise ConfigurationError.out_of_range("autopsy", "columns", columns, domain)
    else:
        names = [f"column {name!r}" for name in columns]
    return names + [f"target {number}" for number in range(len(data.y))]


def _rows(at: Break) -> str:
    """Say which examples are concerned."""
    if not at.rows:
        return ""
    if len(at.rows) == at.batch:
        return (
            " (for all examples of the batch)" if at.batch > 1 else f" (training row {at.rows[0]})"
        )
    shown = ", ".join(map(str, at.rows[:5])) + (", ..." if len(at.rows) > 5 else "")
    return f" (training row{'s' * (len(at.rows) > 1)} {shown})"


def _vain(trials: Sequence[Trial]) -> list[Trial]:
    """Return what did not help; of the same thing in several sizes the last."""
    kept = {}
    for trial in trials:
        if not trial.healed:
            kept[trial.change.partition(" times ")[2] or trial.change] = trial
    return list(kept.values())
