"""Assignment "Initialization": zeros, large random numbers and He on two circles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from trainwell.course.cost import compute_cost
from trainwell.course.datasets import course_arrays
from trainwell.course.descent import Progress, descend
from trainwell.course.dictionary_network import (
    Labels,
    Parameters,
    backward_propagation,
    check_sizes,
    check_training,
    forward_propagation,
    predict,
    predict_dec,
    relu,
    sigmoid,
    update_parameters,
)
from trainwell.course.plots import plot_costs, plot_decision_boundary, plot_examples
from trainwell.data.toys import make_circles
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray, IntArray

__all__ = [
    "backward_propagation",
    "compute_loss",
    "forward_propagation",
    "initialize_parameters_he",
    "initialize_parameters_random",
    "initialize_parameters_zeros",
    "iterations",
    "load_dataset",
    "model",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "update_parameters",
]

SEED = 3
RECORDED_EVERY = 1000

compute_loss = compute_cost


def drawn_parameters(
    layers_dims: Sequence[int], scaled: Callable[[FloatArray, int], FloatArray]
) -> Parameters:
    """Draw the course's normal numbers, ``scaled`` by the inputs of their layer; zero biases."""
    check_sizes("initialize_parameters", layers_dims)
    rng = np.random.RandomState(SEED)
    parameters: Parameters = {}
    for layer, (inputs, outputs) in enumerate(pairwise(layers_dims), start=1):
        parameters[f"W{layer}"] = scaled(rng.randn(outputs, inputs), inputs)
        parameters[f"b{layer}"] = np.zeros((outputs, 1))
    return parameters


def initialize_parameters_zeros(layers_dims: Sequence[int]) -> Parameters:
    """Start every weight and bias at zero, so that all units of a layer stay alike.

    Parameters
    ----------
    layers_dims : sequence of int
        Inputs of the network, then units of each layer.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, ..., WL, bL``, weights of shape (O, I), biases of shape (O, 1).

    Raises
    ------
    ConfigurationError
        If there are fewer than two sizes, or one is not positive.

    Examples
    --------
    >>> from trainwell.course.initialization import initialize_parameters_zeros
    >>> parameters = initialize_parameters_zeros([3, 2, 1])
    >>> {name: value.shape for name, value in parameters.items()}
    {'W1': (2, 3), 'b1': (2, 1), 'W2': (1, 2), 'b2': (1, 1)}
    """
    check_sizes("initialize_parameters_zeros", layers_dims)
    parameters: Parameters = {}
    for layer, outputs in enumerate(layers_dims[1:], start=1):
        parameters[f"W{layer}"] = np.zeros((outputs, layers_dims[layer - 1]))
        parameters[f"b{layer}"] = np.zeros((outputs, 1))
    return parameters


def initialize_parameters_random(layers_dims: Sequence[int]) -> Parameters:
    """Draw normal weights of standard deviation 10, far too large, with zero biases.

    Parameters
    ----------
    layers_dims : sequence of int
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
    >>> from trainwell.course.initialization import initialize_parameters_random
    >>> initialize_parameters_random([3, 2, 1])["W2"].round(8).tolist()
    [[-0.82741481, -6.27000677]]
    """
    return drawn_parameters(layers_dims, lambda draws, _: draws * 10)


def initialize_parameters_he(layers_dims: Sequence[int]) -> Parameters:
    r"""Draw normal weights of variance :math:`2 / n^{[l-1]}`, with zero biases.

    Parameters
    ----------
    layers_dims : sequence of int
        Inputs of the network, then units of each layer.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, ..., WL, bL``; always the draws of the legacy generator's seed 3.

    Raises
    ------
    ConfigurationError
        If there are fewer than two sizes, or one is not positive.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers",
       ICCV 2015, equation 10.

    Examples
    --------
    >>> from trainwell.course.initialization import initialize_parameters_he
    >>> initialize_parameters_he([2, 4, 1])["W1"][0].round(8).tolist()
    [1.78862847, 0.43650985]
    """
    return drawn_parameters(layers_dims, lambda draws, inputs: draws * np.sqrt(2 / inputs))


INITIALIZATIONS: Mapping[str, Callable[[Sequence[int]], Parameters]] = {
    "zeros": initialize_parameters_zeros,
    "random": initialize_parameters_random,
    "he": initialize_parameters_he,
}


def load_dataset(is_plot: bool = True) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """Draw the two circles of the assignment.

    Parameters
    ----------
    is_plot : bool, default=True
        Whether to show the training examples, as the course does.

    Returns
    -------
    train_X : FloatArray of shape (2, 300)
        Training inputs.
    train_Y : IntArray of shape (1, 300)
        0 on the outer circle, 1 on the inner one.
    test_X : FloatArray of shape (2, 100)
        Test inputs.
    test_Y : IntArray of shape (1, 100)
        Their labels.

    See Also
    --------
    trainwell.data.toys.make_circles : The generator.

    Examples
    --------
    >>> from trainwell.course.initialization import load_dataset
    >>> train_X, train_Y, test_X, test_Y = load_dataset(is_plot=False)
    >>> train_X.shape, int(train_Y.sum()), test_X.shape, int(test_Y.sum())
    ((2, 300), 150, (2, 100), 50)
    """
    train_X, train_Y = course_arrays(make_circles(300, noise=0.05, seed=1))
    test_X, test_Y = course_arrays(make_circles(100, noise=0.05, seed=2))
    if is_plot:
        plot_examples(train_X, train_Y)
    return train_X, train_Y, test_X, test_Y


def iterations(
    X: FloatArray,
    Y: Labels,
    *,
    learning_rate: float = 0.01,
    num_iterations: int = 15000,
    initialization: str = "he",
) -> Iterator[Progress]:
    """Train the assignment's network in silence, one record every 1,000 iterations.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels, 0 or 1.
    learning_rate : float, default=0.01
        Length of a step.
    num_iterations : int, default=15000
        Number of updates, each on all examples.
    initialization : {"zeros", "random", "he"}, default="he"
        Where the weights start.

    Returns
    -------
    iterator of Progress
        One record before every 1,000th update, and one after the last.

    Raises
    ------
    ConfigurationError
        If ``initialization`` is none of the three.
    ShapeError
        If ``X`` and ``Y`` are not columns of the same examples.

    See Also
    --------
    model : The same with the course's lines and picture.

    Examples
    --------
    >>> from trainwell.course.initialization import iterations, load_dataset
    >>> X, Y, _, _ = load_dataset(is_plot=False)
    >>> first = next(iterations(X, Y, initialization="he"))
    >>> first.iteration, round(first.cost, 15)
    (0, 0.883053746341976)
    """
    check_training(X, Y, "num_iterations", num_iterations)
    if initialization not in INITIALIZATIONS:
        raise ConfigurationError.unknown_name("initialization", initialization, INITIALIZATIONS)

    def gradient(parameters: Parameters) -> Parameters:
        return backward_propagation(X, Y, forward_propagation(X, parameters)[1])

    def cost(parameters: Parameters) -> float:
        return compute_loss(forward_propagation(X, parameters)[0], Y)

    return descend(
        INITIALIZATIONS[initialization]([X.shape[0], 10, 5, 1]),
        gradient,
        cost,
        learning_rate=learning_rate,
        iterations=num_iterations,
        every=RECORDED_EVERY,
    )


def model(
    X: FloatArray,
    Y: Labels,
    learning_rate: float = 0.01,
    num_iterations: int = 15000,
    print_cost: bool = True,
    initialization: str = "he",
) -> Parameters:
    """Train a network of 10, 5 and 1 units, print its cost and show the curve.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels, 0 or 1.
    learning_rate : float, default=0.01
        Length of a step.
    num_iterations : int, default=15000
        Number of updates, each on all examples.
    print_cost : bool, default=True
        Whether to print the cost every 1,000 iterations.
    initialization : {"zeros", "random", "he"}, default="he"
        Where the weights start.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, W2, b2, W3, b3`` after the last update.

    Raises
    ------
    ConfigurationError
        If ``initialization`` is none of the three.
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
        initialization=initialization,
    )
    costs = []
    for record in records:
        if record.iteration == num_iterations:
            break
        costs.append(record.cost)
        if print_cost:
            print(f"Cost after iteration {record.iteration}: {record.cost}")
    plot_costs(costs, "iterations (x1,000)", learning_rate)
    return record.parameters
