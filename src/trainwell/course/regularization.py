"""Assignment "Regularization": L2 and dropout on the football field."""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike

import numpy as np

from trainwell.course.cost import compute_cost
from trainwell.course.datasets import course_arrays
from trainwell.course.descent import Progress, descend
from trainwell.course.dictionary_network import (
    Cache,
    Labels,
    Parameters,
    backward,
    check_training,
    forward_propagation,
    layer_count,
    predict,
    predict_dec,
    relu,
    sigmoid,
    update_parameters,
)
from trainwell.course.dropout import (
    backward_propagation_with_dropout,
    check_keep_prob,
    forward_propagation_with_dropout,
)
from trainwell.course.initialization import drawn_parameters
from trainwell.course.plots import plot_costs, plot_decision_boundary, plot_examples
from trainwell.data.football import load_football
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray, IntArray

__all__ = [
    "backward_propagation",
    "backward_propagation_with_dropout",
    "backward_propagation_with_regularization",
    "compute_cost",
    "compute_cost_with_regularization",
    "forward_propagation",
    "forward_propagation_with_dropout",
    "initialize_parameters",
    "iterations",
    "load_2D_dataset",
    "model",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "update_parameters",
]

RECORDED_EVERY = 1000
PRINTED_EVERY = 10000


def initialize_parameters(layer_dims: Sequence[int]) -> Parameters:
    r"""Draw normal weights of variance :math:`1 / n^{[l-1]}`, with zero biases.

    The course calls this Xavier; in the library it is ``lecun_normal``.

    Parameters
    ----------
    layer_dims : sequence of int
        Inputs of the network, then units of each layer.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, ..., WL, bL``; always the draws of the legacy generator's seed 3.

    Raises
    ------
    ConfigurationError
        If there are fewer than two sizes, or one is not positive.

    Examples
    --------
    >>> from trainwell.course.regularization import initialize_parameters
    >>> initialize_parameters([4, 2, 1])["W1"][0, 0].round(8).item()
    0.89431424
    """
    return drawn_parameters(layer_dims, lambda draws, inputs: draws / np.sqrt(inputs))


def load_2D_dataset(  # noqa: N802 - the course's name
    path: str | PathLike[str] | None = None, is_plot: bool = True
) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """Read the football field from its file.

    Parameters
    ----------
    path : path-like, optional
        The ``data.mat`` of the course; without it ``datasets/data.mat`` in the working
        folder, then the file that ``$TRAINWELL_FOOTBALL`` names.
    is_plot : bool, default=True
        Whether to show the training examples, as the course does.

    Returns
    -------
    train_X : FloatArray of shape (2, 211)
        Where the ball was headed.
    train_Y : IntArray of shape (1, 211)
        1 where a French player headed it, else 0.
    test_X : FloatArray of shape (2, 200)
        The same for the test set.
    test_Y : IntArray of shape (1, 200)
        Its labels.

    Raises
    ------
    DataError
        If there is no such file, or it is not the football field; the message says
        what to do.
    """
    training, test = load_football(path)
    train_X, train_Y = course_arrays(training)
    test_X, test_Y = course_arrays(test)
    if is_plot:
        plot_examples(train_X, train_Y)
    return train_X, train_Y, test_X, test_Y


def compute_cost_with_regularization(
    A3: FloatArray, Y: Labels, parameters: Mapping[str, FloatArray], lambd: float
) -> float:
    r"""Return the mean cross-entropy plus the L2 penalty of the weights.

    .. math:: J = -\frac{1}{m} \sum_i y_i \log a_i + (1 - y_i) \log(1 - a_i)
        + \frac{\lambda}{2 m} \sum_l \lVert W^{[l]} \rVert^2

    Parameters
    ----------
    A3 : FloatArray of shape (1, B)
        Probabilities of label 1.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.
    parameters : mapping of str to FloatArray
        ``W1, b1, ..., WL, bL``; biases are not penalised.
    lambd : float
        Strength of the penalty, non-negative.

    Returns
    -------
    float
        Nats per example.

    See Also
    --------
    trainwell.network.penalties.Penalty : The same penalty for the library's networks.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.regularization import compute_cost_with_regularization
    >>> parameters = {"W1": np.array([[3.0]]), "b1": np.array([[100.0]])}
    >>> half = np.array([[0.5, 0.5]])
    >>> with_penalty = compute_cost_with_regularization(half, np.array([[0, 1]]), parameters, 2.0)
    >>> round(float(with_penalty - np.log(2)), 12)
    4.5
    """
    layers = range(1, layer_count(parameters) + 1)
    squares = sum(float(np.sum(np.square(parameters[f"W{layer}"]))) for layer in layers)
    examples = int(Y.shape[1])
    return compute_cost(A3, Y) + 1.0 / examples * lambd / 2 * squares


def backward_propagation(X: FloatArray, Y: Labels, cache: Cache) -> Parameters:
    r"""Compute the gradient of the mean cross-entropy, the mean taken at each weight.

    .. math::

        dZ^{[L]} &= A^{[L]} - Y, &
        dW^{[l]} &= \tfrac{1}{m} dZ^{[l]} A^{[l-1]T}, &
        db^{[l]} &= \tfrac{1}{m} \textstyle\sum_i dZ^{[l](i)}, \\
        dA^{[l-1]} &= W^{[l]T} dZ^{[l]}, & dZ^{[l]} &= dA^{[l]} \, [A^{[l]} > 0]

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward_propagation` returned.

    Returns
    -------
    dict of str to FloatArray
        ``dZ, dW, db`` of every layer and ``dA`` of the hidden ones, each with the number
        of its layer.

    Notes
    -----
    ``dW`` and ``db`` are those of
    :func:`trainwell.course.initialization.backward_propagation` up to rounding; ``dZ`` and
    ``dA`` are ``m`` times as large.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.regularization import backward_propagation, forward_propagation
    >>> X, Y = np.array([[1.0, 3.0]]), np.array([[0, 1]])
    >>> parameters = {"W1": np.zeros((1, 1)), "b1": np.zeros((1, 1))}
    >>> gradients = backward_propagation(X, Y, forward_propagation(X, parameters)[1])
    >>> gradients["dW1"].tolist(), gradients["dZ1"].tolist()
    ([[-0.5]], [[0.5, -0.5]])
    """
    return backward(X, Y, cache, mean_first=False)


def backward_propagation_with_regularization(
    X: FloatArray, Y: Labels, cache: Cache, lambd: float
) -> Parameters:
    r"""Compute the gradient of the mean cross-entropy plus the L2 penalty.

    As :func:`backward_propagation`, with :math:`\frac{\lambda}{m} W^{[l]}` added to
    each :math:`dW^{[l]}`.

    Parameters
    ----------
    X : FloatArray of shape (I, B)
        The inputs of the forward pass.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.
    cache : tuple of ndarray
        What :func:`forward_propagation` returned.
    lambd : float
        Strength of the penalty, non-negative.

    Returns
    -------
    dict of str to FloatArray
        ``dZ, dW, db`` of every layer and ``dA`` of the hidden ones, each with the number
        of its layer.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course import regularization
    >>> X, Y = np.zeros((1, 2)), np.array([[0, 1]])
    >>> _, cache = regularization.forward_propagation(X, {"W1": np.ones((1, 1)), "b1": X[:, :1]})
    >>> regularization.backward_propagation_with_regularization(X, Y, cache, 0.5)["dW1"].tolist()
    [[0.25]]
    """
    return backward(X, Y, cache, mean_first=False, lambd=lambd)


def iterations(
    X: FloatArray,
    Y: Labels,
    *,
    learning_rate: float = 0.3,
    num_iterations: int = 30000,
    lambd: float = 0.0,
    keep_prob: float = 1.0,
) -> Iterator[Progress]:
    """Train the assignment's network in silence, one record every 1,000 iterations.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels, 0 or 1.
    learning_rate : float, default=0.3
        Length of a step.
    num_iterations : int, default=30000
        Number of updates, each on all examples.
    lambd : float, default=0.0
        Strength of the L2 penalty; not together with dropout.
    keep_prob : float, default=1.0
        Probability that a hidden unit is kept, in (0, 1]; 1 is no dropout.

    Returns
    -------
    iterator of Progress
        One record before every 1,000th update, and one after the last. Its cost is what
        the update descends: with the penalty, or under the masks.

    Raises
    ------
    ConfigurationError
        If ``keep_prob`` is outside (0, 1], or both kinds of regularisation are asked for.
    ShapeError
        If ``X`` and ``Y`` are not columns of the same examples.

    See Also
    --------
    model : The same with the course's lines and picture.
    """
    check_training(X, Y, "num_iterations", num_iterations)
    check_keep_prob("model", keep_prob)
    if lambd != 0 and keep_prob < 1:
        sentence = "lambd and keep_prob exclude each other in this assignment"
        raise ConfigurationError.contradiction("model", sentence)

    def run(parameters: Parameters) -> tuple[FloatArray, Cache]:
        if keep_prob < 1:
            return forward_propagation_with_dropout(X, parameters, keep_prob)
        return forward_propagation(X, parameters)

    def gradient(parameters: Parameters) -> Parameters:
        _, cache = run(parameters)
        if keep_prob < 1:
            return backward_propagation_with_dropout(X, Y, cache, keep_prob)
        return backward_propagation_with_regularization(X, Y, cache, lambd)

    def cost(parameters: Parameters) -> float:
        return compute_cost_with_regularization(run(parameters)[0], Y, parameters, lambd)

    return descend(
        initialize_parameters([X.shape[0], 20, 3, 1]),
        gradient,
        cost,
        learning_rate=learning_rate,
        iterations=num_iterations,
        every=RECORDED_EVERY,
    )


def model(
    X: FloatArray,
    Y: Labels,
    learning_rate: float = 0.3,
    num_iterations: int = 30000,
    print_cost: bool = True,
    lambd: float = 0.0,
    keep_prob: float = 1.0,
) -> Parameters:
    """Train a network of 20, 3 and 1 units, print its cost and show the curve.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels, 0 or 1.
    learning_rate : float, default=0.3
        Length of a step.
    num_iterations : int, default=30000
        Number of updates, each on all examples.
    print_cost : bool, default=True
        Whether to print the cost every 10,000 iterations; the curve has a point for
        every 1,000.
    lambd : float, default=0.0
        Strength of the L2 penalty; not together with dropout.
    keep_prob : float, default=1.0
        Probability that a hidden unit is kept, in (0, 1]; 1 is no dropout.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, W2, b2, W3, b3`` after the last update.

    Raises
    ------
    ConfigurationError
        If ``keep_prob`` is outside (0, 1], or both kinds of regularisation are asked for.
    ShapeError
        If ``X`` and ``Y`` are not columns of the same examples.

    See Also
    --------
    iterations : The same records without printing.
    """
    records = iterations(
        X,
        Y,
        learning_rate=learning_rate,
        num_iterations=num_iterations,
        lambd=lambd,
        keep_prob=keep_prob,
    )
    costs = []
    for record in records:
        if record.iteration == num_iterations:
            break
        costs.append(record.cost)
        if print_cost and record.iteration % PRINTED_EVERY == 0:
            print(f"Cost after iteration {record.iteration}: {record.cost}")
    plot_costs(costs, "iterations (x1,000)", learning_rate)
    return record.parameters
