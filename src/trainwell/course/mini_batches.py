"""The course's mini-batches, shuffled by the legacy generator, and the descent over them."""

from collections.abc import Callable, Iterator

import numpy as np

from trainwell.course.cost import cross_entropy_sum
from trainwell.course.descent import Progress
from trainwell.course.dictionary_network import (
    Labels,
    Parameters,
    backward_propagation,
    check_examples,
    forward_propagation,
    layer_count,
)
from trainwell.course.vectors import flattened, parameter_names, unflattened
from trainwell.data.batches import partition
from trainwell.training.optimizer import Optimizer
from trainwell.types import FloatArray

MiniBatches = list[tuple[FloatArray, Labels]]


def random_mini_batches(
    X: FloatArray, Y: Labels, mini_batch_size: int = 64, seed: int = 0
) -> MiniBatches:
    """Shuffle the examples and cut them into mini-batches, the remainder last.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels.
    mini_batch_size : int, default=64
        Examples of a mini-batch, at least 1; more than there are make one mini-batch.
    seed : int, default=0
        Of the legacy generator, for the order.

    Returns
    -------
    list of (FloatArray of shape (I, B), ndarray of shape (1, B))
        Inputs and labels of each mini-batch.

    Raises
    ------
    ConfigurationError
        If ``mini_batch_size`` is no positive integer.
    ShapeError
        If ``X`` and ``Y`` are not columns of the same examples.

    See Also
    --------
    trainwell.data.batches.partition : Says where to cut.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.optimization import random_mini_batches
    >>> batches = random_mini_batches(np.ones((2, 148)), np.ones((1, 148)))
    >>> [(X.shape, Y.shape) for X, Y in batches]
    [((2, 64), (1, 64)), ((2, 64), (1, 64)), ((2, 20), (1, 20))]
    """
    check_examples("random_mini_batches", X, Y)
    order = np.random.RandomState(seed).permutation(X.shape[1])
    X, Y = X[:, order], Y[:, order]
    return [(X[:, cut], Y[:, cut]) for cut in partition(order.size, mini_batch_size)]


def descend_in_mini_batches(
    parameters: Parameters,
    rule: Optimizer,
    batches: Callable[[int], MiniBatches],
    rate_behind: Callable[[int], float],
    *,
    learning_rate: float,
    epochs: int,
    every: int,
    last_batch_only: bool,
) -> Iterator[Progress]:
    """Descend over mini-batches, one record behind every ``every``-th epoch.

    Parameters
    ----------
    parameters : dict of str to FloatArray
        Where to begin; not modified.
    rule : Optimizer
        How a gradient becomes a step.
    batches : callable
        Takes the epoch and returns its mini-batches.
    rate_behind : callable
        Takes the epoch that is over and returns the learning rate of the next one.
    learning_rate : float
        Of epoch 0.
    epochs : int
        How many.
    every : int
        Epochs between two records, positive.
    last_batch_only : bool
        Whether the recorded cost is that of the epoch's last mini-batch alone.

    Yields
    ------
    Progress
        Costs are taken before the update of their mini-batch. The last record has
        ``iteration == epochs`` and the cost of all examples under the last parameters.
    """
    names = parameter_names(layer_count(parameters))
    slopes = [f"d{name}" for name in names]
    shapes = {name: parameters[name].shape for name in names}
    theta = flattened(parameters, names)
    memory = rule.initial(theta)
    for epoch in range(epochs):
        seen: list[tuple[float, int]] = []
        for X, Y in batches(epoch):
            A, cache = forward_propagation(X, unflattened(theta, shapes))
            if epoch % every == 0:
                seen.append((cross_entropy_sum(A, Y), Y.shape[1]))
            gradient = flattened(backward_propagation(X, Y, cache), slopes)
            theta, memory = rule.step(theta, gradient, memory, learning_rate=learning_rate)
        learning_rate = rate_behind(epoch)
        if seen:
            cost = _mean(seen[-1:] if last_batch_only else seen)
            yield Progress(epoch, cost, unflattened(theta, shapes), learning_rate)
    parameters = unflattened(theta, shapes)
    cost = _mean(
        [
            (cross_entropy_sum(forward_propagation(X, parameters)[0], Y), Y.shape[1])
            for X, Y in batches(0)
        ]
    )
    yield Progress(epochs, cost, parameters, learning_rate)


def _mean(sums: list[tuple[float, int]]) -> float:
    """Return the mean over all examples of several sums, each with its number of examples."""
    return sum(total for total, _ in sums) / sum(examples for _, examples in sums)
