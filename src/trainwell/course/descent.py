"""Full-batch gradient descent on a dictionary of parameters, as an iterator of records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from trainwell.course.dictionary_network import Parameters, update_parameters


@dataclass(frozen=True)
class Progress:
    """Where a training of the course stands.

    Parameters
    ----------
    iteration : int
        Updates (``optimization``: epochs) done so far, from 0.
    cost : float
        What the course prints for it.
    parameters : dict of str to FloatArray
        The parameters before the next update; treat as read-only.
    learning_rate : float
        Of the next update.
    """

    iteration: int
    cost: float
    parameters: Parameters
    learning_rate: float


@dataclass(frozen=True)
class Experiment:
    """A finished training of the course.

    Parameters
    ----------
    parameters : dict of str to FloatArray
        ``W1, b1, ..., WL, bL`` after the last update; treat as read-only.
    costs : tuple of float
        One for each recorded iteration, from iteration 0.
    final_cost : float
        The cost after the last update, which the course does not print.
    """

    parameters: Parameters
    costs: tuple[float, ...]
    final_cost: float


def descend(
    parameters: Parameters,
    gradient: Callable[[Parameters], Parameters],
    cost: Callable[[Parameters], float],
    *,
    learning_rate: float,
    iterations: int,
    every: int,
) -> Iterator[Progress]:
    """Descend, one record before every ``every``-th update and one after the last.

    The cost is computed where it is recorded, and nowhere else.

    Parameters
    ----------
    parameters : dict of str to FloatArray
        Where to begin; not modified.
    gradient : callable
        Takes parameters and returns ``dW1, db1, ...``.
    cost : callable
        Takes parameters and returns the cost to record.
    learning_rate : float
        Length of a step, positive.
    iterations : int
        Number of updates.
    every : int
        Updates between two records, positive.

    Yields
    ------
    Progress
        The last one has ``iteration == iterations``.

    Examples
    --------
    A parabola, whose gradient is 2 W; each step of 0.25 halves the distance:

    >>> import numpy as np
    >>> from trainwell.course.descent import descend
    >>> records = descend(
    ...     {"W1": np.array([[8.0]])},
    ...     lambda parameters: {"dW1": 2 * parameters["W1"]},
    ...     lambda parameters: parameters["W1"].item() ** 2,
    ...     learning_rate=0.25,
    ...     iterations=3,
    ...     every=2,
    ... )
    >>> [(record.iteration, record.cost) for record in records]
    [(0, 64.0), (2, 4.0), (3, 1.0)]
    """
    for iteration in range(iterations):
        if iteration % every == 0:
            yield Progress(iteration, cost(parameters), parameters, learning_rate)
        parameters = update_parameters(parameters, gradient(parameters), learning_rate)
    yield Progress(iterations, cost(parameters), parameters, learning_rate)


def finished(records: Iterable[Progress]) -> Experiment:
    """Run a training to its end without a word.

    Parameters
    ----------
    records : iterable of Progress
        What an ``iterations`` or ``epochs`` function of the course returned.

    Returns
    -------
    Experiment
        The last parameters, and the costs of all records but the last.
    """
    *before, last = records
    return Experiment(last.parameters, tuple(record.cost for record in before), last.cost)
