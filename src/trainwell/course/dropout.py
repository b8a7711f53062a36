"""The course's dropout: masks that are the same in every forward pass.

The course seeds its generator at the start of each forward pass, so all iterations
of a training see one set of masks. The published numbers need that; for masks that
change use :class:`trainwell.network.dropout.Dropout`.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from trainwell.course.dictionary_network import Cache, Labels, Parameters, backward, forward
from trainwell.errors import ConfigurationError
from trainwell.settings import Interval
from trainwell.types import BoolArray, FloatArray

SEED = 1
KEPT_SHARE = Interval(0, 1, closed="right")


@lru_cache(maxsize=16)
def _masks(units: tuple[int, ...], examples: int, keep_prob: float) -> tuple[BoolArray, ...]:
    """Draw the mask of each hidden layer, one layer after the other."""
    rng = np.random.RandomState(SEED)
    masks = tuple(rng.rand(size, examples) < keep_prob for size in units)
    for mask in masks:
        mask.flags.writeable = False  # the next caller gets the same array
    return masks


def check_keep_prob(owner: str, keep_prob: float) -> None:
    """Refuse a share of kept units that is none."""
    if keep_prob not in KEPT_SHARE:
        raise ConfigurationError.out_of_range(owner, "keep_prob", keep_prob, str(KEPT_SHARE))


def forward_propagation_with_dropout(
    X: FloatArray, parameters: Mapping[str, FloatArray], keep_prob: float = 0.5
) -> tuple[FloatArray, Cache]:
    r"""Compute the network's output while hidden units are shut down.

    .. math:: A^{[l]} \leftarrow A^{[l]} \odot D^{[l]} / q, \qquad
        D^{[l]}_{ij} = [\, u_{ij} < q \,], \quad u_{ij} \sim U(0, 1)

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        Inputs; examples are columns.
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``.
    keep_prob : float, default=0.5
        Probability :math:`q` that a hidden unit is kept, in (0, 1].

    Returns
    -------
    A : FloatArray of shape (1, B)
        Probability of label 1 under this mask.
    cache : tuple of ndarray
        ``Z1, D1, A1, W1, b1, ..., ZL, AL, WL, bL``.

    Raises
    ------
    ConfigurationError
        If ``keep_prob`` is outside (0, 1].

    Notes
    -----
    As in the course, equal shapes get equal masks, call after call. No global
    generator is touched for it.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.regularization import forward_propagation_with_dropout
    >>> parameters = {"W1": np.ones((4, 1)), "b1": np.zeros((4, 1)),
    ...               "W2": np.ones((1, 4)), "b2": np.zeros((1, 1))}
    >>> A, cache = forward_propagation_with_dropout(np.ones((1, 1)), parameters, keep_prob=0.5)
    >>> cache[1].ravel().tolist(), cache[2].ravel().tolist()
    ([True, False, True, True], [2.0, 0.0, 2.0, 2.0])
    """
    check_keep_prob("forward_propagation_with_dropout", keep_prob)
    units = tuple(parameters[f"W{layer}"].shape[0] for layer in range(1, len(parameters) // 2))
    return forward(X, parameters, _masks(units, X.shape[1], keep_prob), keep_prob)


def backward_propagation_with_dropout(
    X: FloatArray, Y: Labels, cache: Cache, keep_prob: float
) -> Parameters:
    r"""Compute the gradient of the mean cross-entropy under the masks of the forward pass.

    As :func:`trainwell.course.regularization.backward_propagation`, with

    .. math:: dA^{[l]} = W^{[l+1]T} dZ^{[l+1]} \odot D^{[l]} / q

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward_propagation_with_dropout` returned.
    keep_prob : float
        Probability :math:`q` that a hidden unit is kept, in (0, 1].

    Returns
    -------
    dict of str to FloatArray
        ``dZ, dW, db`` of every layer and ``dA`` of the hidden ones, each with the number
        of its layer.

    Raises
    ------
    ConfigurationError
        If ``keep_prob`` is outside (0, 1].

    Examples
    --------
    What was shut down gets no gradient:

    >>> import numpy as np
    >>> from trainwell.course import regularization
    >>> parameters = {"W1": np.ones((4, 1)), "b1": np.zeros((4, 1)),
    ...               "W2": np.ones((1, 4)), "b2": np.zeros((1, 1))}
    >>> X, Y = np.zeros((1, 1)), np.array([[0]])
    >>> _, cache = regularization.forward_propagation_with_dropout(X, parameters)
    >>> gradients = regularization.backward_propagation_with_dropout(X, Y, cache, 0.5)
    >>> gradients["dA1"].ravel().tolist()
    [1.0, 0.0, 1.0, 1.0]
    """
    check_keep_prob("backward_propagation_with_dropout", keep_prob)
    return backward(X, Y, cache, mean_first=False, keep_prob=keep_prob)
