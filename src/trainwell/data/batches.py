"""Mini-batches: where an epoch is cut, and the order of its examples."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from trainwell.randomness import generator
from trainwell.settings import required_integer
from trainwell.types import IntArray


def partition(
    examples: int, batch_size: int | None, *, merge_single: bool = False
) -> tuple[slice, ...]:
    r"""Cut an epoch into consecutive batches, the remainder last.

    As in the course: :math:`\lfloor N / m \rfloor` batches of ``batch_size`` :math:`= m`
    examples and, where :math:`m` does not divide :math:`N`, one shorter batch behind them.
    Fewer examples than the batch size make one batch.

    Parameters
    ----------
    examples : int
        Number of examples ``N``, at least 1.
    batch_size : int or None
        Examples of a batch, at least 1; ``None`` is one batch of all examples.
    merge_single : bool, default=False
        Whether a remainder of one example joins the batch before it, because batch
        normalisation can learn nothing from an example alone. Batches of size one
        that were asked for stay.

    Returns
    -------
    tuple of slice
        Positions of each batch in the epoch's order, without steps.

    Raises
    ------
    ConfigurationError
        If a number is smaller than 1 or no integer.

    Examples
    --------
    >>> from trainwell.data.batches import partition
    >>> [batch.stop - batch.start for batch in partition(148, 64)]
    [64, 64, 20]
    >>> [batch.stop - batch.start for batch in partition(129, 64, merge_single=True)]
    [64, 65]
    """
    cuts = batch_cuts(examples, batch_size, merge_single=merge_single).tolist()
    return tuple(slice(start, stop) for start, stop in pairwise(cuts))


def batch_cuts(examples: int, batch_size: int | None, *, merge_single: bool = False) -> IntArray:
    """Return where the batches of an epoch begin and end; see :func:`partition`.

    Parameters
    ----------
    examples : int
        Number of examples ``N``, at least 1.
    batch_size : int or None
        Examples of a batch, at least 1; ``None`` is one batch of all examples.
    merge_single : bool, default=False
        Whether a remainder of one example joins the batch before it.

    Returns
    -------
    IntArray of shape (batches + 1,)
        From 0 to ``N``.

    Raises
    ------
    ConfigurationError
        If a number is smaller than 1 or no integer.
    """
    total = required_integer("partition", "examples", examples, 1)
    size = total
    if batch_size is not None:
        size = required_integer("partition", "batch_size", batch_size, 1)
    cuts = np.append(np.arange(0, total, size), total)
    if merge_single and size > 1 and total > size and total % size == 1:
        cuts = np.delete(cuts, -2)
    return cuts


def epoch_order(examples: int, seed: int, epoch: int) -> IntArray:
    """Return the order in which one epoch visits the examples.

    Parameters
    ----------
    examples : int
        Number of examples ``N``.
    seed : int
        The run's seed, non-negative.
    epoch : int
        Which epoch of the run, non-negative.

    Returns
    -------
    IntArray of shape (N,)
        A permutation that depends on the three arguments alone.

    Raises
    ------
    ConfigurationError
        If a number is negative or no integer, or ``examples`` is 0.

    Examples
    --------
    Epoch 7 does not depend on whether epoch 6 was drawn:

    >>> from trainwell.data.batches import epoch_order
    >>> epoch_order(5, seed=0, epoch=7).tolist()
    [2, 3, 0, 1, 4]
    """
    total = required_integer("epoch_order", "examples", examples, 1)
    seed = required_integer("epoch_order", "seed", seed, 0)
    epoch = required_integer("epoch_order", "epoch", epoch, 0)
    return generator(seed, "shuffle", epoch).permutation(total)


def batches(
    examples: int,
    batch_size: int | None,
    seed: int,
    epoch: int,
    *,
    shuffle: bool = True,
    merge_single: bool = False,
) -> Iterator[IntArray]:
    """Iterate over the batches of one epoch, each the columns that form it.

    Parameters
    ----------
    examples : int
        Number of examples ``N``, at least 1.
    batch_size : int or None
        Examples of a batch, at least 1; ``None`` is one batch of all examples, in
        the order given, since a full batch needs no shuffle.
    seed : int
        The run's seed, non-negative.
    epoch : int
        Which epoch of the run, non-negative.
    shuffle : bool, default=True
        Whether each epoch has its own order, that of :func:`epoch_order`.
    merge_single : bool, default=False
        Whether a remainder of one example joins the batch before it.

    Returns
    -------
    iterator of IntArray of shape (B,)
        Columns of the data set that form each batch; together all of them, once.

    Raises
    ------
    ConfigurationError
        If a number is outside its range.

    See Also
    --------
    partition : Where the epoch is cut.

    Examples
    --------
    >>> from trainwell.data.batches import batches
    >>> [batch.tolist() for batch in batches(5, 2, seed=0, epoch=7)]
    [[2, 3], [0, 1], [4]]
    """
    cuts = partition(examples, batch_size, merge_single=merge_single)
    if shuffle and batch_size is not None:
        order = epoch_order(examples, seed, epoch)
    else:
        order = np.arange(examples)
    return (order[cut] for cut in cuts)
