"""Assignment "Optimization methods": mini-batches, momentum, Adam and decay on two moons."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from trainwell.course.cost import cross_entropy_sum
from trainwell.course.datasets import course_arrays
from trainwell.course.decay import schedule_lr_decay, update_lr
from trainwell.course.descent import Progress
from trainwell.course.dictionary_network import (
    Labels,
    Parameters,
    backward_propagation,
    check_training,
    forward_propagation,
    predict,
    predict_dec,
    relu,
    sigmoid,
    update_parameters,
)
from trainwell.course.initialization import initialize_parameters_he
from trainwell.course.mini_batches import descend_in_mini_batches, random_mini_batches
from trainwell.course.plots import plot_costs, plot_decision_boundary, plot_examples
from trainwell.course.test_cases import load_params_and_grads
from trainwell.course.updates import (
    initialize_adam,
    initialize_velocity,
    update_parameters_with_adam,
    update_parameters_with_gd,
    update_parameters_with_momentum,
)
from trainwell.data.toys import make_moons
from trainwell.errors import ConfigurationError
from trainwell.training.adaptive import Adam
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.optimizer import Optimizer
from trainwell.types import FloatArray, IntArray

__all__ = [
    "backward_propagation",
    "compute_cost",
    "epochs",
    "forward_propagation",
    "initialize_adam",
    "initialize_parameters",
    "initialize_velocity",
    "load_dataset",
    "load_params_and_grads",
    "model",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "random_mini_batches",
    "relu",
    "schedule_lr_decay",
    "sigmoid",
    "update_lr",
    "update_parameters",
    "update_parameters_with_adam",
    "update_parameters_with_gd",
    "update_parameters_with_momentum",
]

Decay = Callable[[float, int, float], float]

FIRST_SHUFFLE_SEED = 11
RECORDED_EVERY = 100
PRINTED_EVERY = 1000
COST_CONVENTIONS = frozenset({"epoch_average", "last_minibatch"})


def initialize_parameters(layer_dims: Sequence[int]) -> Parameters:
    r"""Draw normal weights of variance :math:`2 / n^{[l-1]}` (He), with zero biases.

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

    See Also
    --------
    trainwell.course.regularization.initialize_parameters : The same name, but Xavier.

    Examples
    --------
    >>> from trainwell.course.optimization import initialize_parameters
    >>> initialize_parameters([2, 5, 1])["W1"][0].round(8).tolist()
    [1.78862847, 0.43650985]
    """
    return initialize_parameters_he(layer_dims)


def load_dataset(is_plot: bool = True) -> tuple[FloatArray, IntArray]:
    """Draw the two moons of the assignment.

    Parameters
    ----------
    is_plot : bool, default=True
        Whether to show the examples, as the course does.

    Returns
    -------
    train_X : FloatArray of shape (2, 300)
        Inputs.
    train_Y : IntArray of shape (1, 300)
        0 on the upper moon, 1 on the lower one.

    See Also
    --------
    trainwell.data.toys.make_moons : The generator.

    Examples
    --------
    >>> from trainwell.course.optimization import load_dataset
    >>> train_X, train_Y = load_dataset(is_plot=False)
    >>> train_X.shape, int(train_Y.sum())
    ((2, 300), 150)
    """
    train_X, train_Y = course_arrays(make_moons(300, noise=0.2, seed=3))
    if is_plot:
        plot_examples(train_X, train_Y)
    return train_X, train_Y


def compute_cost(a3: FloatArray, Y: Labels, average: bool = False) -> float:
    r"""Return the cross-entropy of a mini-batch, summed or averaged.

    .. math:: -\sum_i y_i \log a_i + (1 - y_i) \log(1 - a_i)

    Parameters
    ----------
    a3 : FloatArray of shape (1, B)
        Probabilities of label 1.
    Y : ndarray of shape (1, B)
        Labels, 0 or 1.
    average : bool, default=False
        Whether to divide by ``B``. The first edition of the assignment does; later ones
        add up the sums of the mini-batches and divide by the number of examples once.

    Returns
    -------
    float
        Nats, per mini-batch or per example.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.course.optimization import compute_cost
    >>> half, Y = np.full((1, 4), 0.5), np.array([[0, 1, 1, 0]])
    >>> round(compute_cost(half, Y), 6), round(compute_cost(half, Y, average=True), 6)
    (2.772589, 0.693147)
    """
    total = cross_entropy_sum(a3, Y)
    return 1.0 / Y.shape[1] * total if average else total


def epochs(
    X: FloatArray,
    Y: Labels,
    layers_dims: Sequence[int],
    optimizer: str,
    *,
    learning_rate: float = 0.0007,
    mini_batch_size: int = 64,
    beta: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    num_epochs: int = 10000,
    decay: Decay | None = None,
    decay_rate: float = 1.0,
    cost: str = "epoch_average",
) -> Iterator[Progress]:
    """Train the assignment's network in silence, one record every 100 epochs.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels, 0 or 1.
    layers_dims : sequence of int
        Inputs of the network, then units of each layer.
    optimizer : {"gd", "momentum", "adam"}
        The update rule.
    learning_rate : float, default=0.0007
        Length of a step, before any decay.
    mini_batch_size : int, default=64
        Examples of a mini-batch.
    beta : float, default=0.9
        Decay of momentum's velocity.
    beta1 : float, default=0.9
        Decay of Adam's mean gradient.
    beta2 : float, default=0.999
        Decay of Adam's mean squared gradient.
    epsilon : float, default=1e-8
        Keeps Adam from dividing by zero.
    num_epochs : int, default=10000
        Passes over the examples.
    decay : callable, optional
        ``decay(learning_rate, epoch, decay_rate)``, called behind the updates of an
        epoch, gives the rate of the next one: :func:`update_lr`, for example. Epochs 0
        and 1 therefore have the same rate.
    decay_rate : float, default=1.0
        Handed to ``decay``.
    cost : {"epoch_average", "last_minibatch"}, default="epoch_average"
        What is recorded: the mean over all examples of the epoch, seen while the
        parameters moved; or, as the assignment's first edition, the mean over the last
        mini-batch before its update.

    Returns
    -------
    iterator of Progress
        One record behind every 100th epoch, from epoch 0, and one after the last, whose
        cost is that of all examples under the last parameters.

    Raises
    ------
    ConfigurationError
        If a name is unknown or a number outside its range.
    ShapeError
        If ``X`` and ``Y`` are not columns of the same examples.

    See Also
    --------
    model : The same with the course's lines and picture.

    Examples
    --------
    >>> from trainwell.course.optimization import epochs, load_dataset
    >>> X, Y = load_dataset(is_plot=False)
    >>> records = epochs(X, Y, [2, 5, 2, 1], "adam", num_epochs=200)
    >>> [(record.iteration, round(record.cost, 6)) for record in records]
    [(0, 0.702166), (100, 0.58718), (200, 0.499922)]
    """
    check_training(X, Y, "num_epochs", num_epochs)
    rules: Mapping[str, Callable[[], Optimizer]] = {
        "gd": GradientDescent,
        "momentum": lambda: Momentum(beta),
        "adam": lambda: Adam(beta1, beta2, epsilon),
    }
    if optimizer not in rules:
        raise ConfigurationError.unknown_name("optimizer", optimizer, rules)
    if cost not in COST_CONVENTIONS:
        raise ConfigurationError.unknown_name("cost", cost, COST_CONVENTIONS)
    return descend_in_mini_batches(
        initialize_parameters(layers_dims),
        rules[optimizer](),
        lambda epoch: random_mini_batches(X, Y, mini_batch_size, FIRST_SHUFFLE_SEED + epoch),
        lambda epoch: learning_rate if decay is None else decay(learning_rate, epoch, decay_rate),
        learning_rate=learning_rate,
        epochs=num_epochs,
        every=RECORDED_EVERY,
        last_batch_only=cost == "last_minibatch",
    )


def model(
    X: FloatArray,
    Y: Labels,
    layers_dims: Sequence[int],
    optimizer: str,
    learning_rate: float = 0.0007,
    mini_batch_size: int = 64,
    beta: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    num_epochs: int = 10000,
    print_cost: bool = True,
    decay: Decay | None = None,
    decay_rate: float = 1.0,
    *,
    cost: str = "epoch_average",
) -> Parameters:
    """Train a network in mini-batches, print its cost and show the curve.

    Parameters
    ----------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : ndarray of shape (1, N)
        Labels, 0 or 1.
    layers_dims : sequence of int
        Inputs of the network, then units of each layer.
    optimizer : {"gd", "momentum", "adam"}
        The update rule.
    learning_rate : float, default=0.0007
        Length of a step, before any decay.
    mini_batch_size : int, default=64
        Examples of a mini-batch.
    beta : float, default=0.9
        Decay of momentum's velocity.
    beta1 : float, default=0.9
        Decay of Adam's mean gradient.
    beta2 : float, default=0.999
        Decay of Adam's mean squared gradient.
    epsilon : float, default=1e-8
        Keeps Adam from dividing by zero.
    num_epochs : int, default=10000
        Passes over the examples.
    print_cost : bool, default=True
        Whether to print the cost, and under decay the learning rate, every 1,000 epochs;
        the curve has a point for every 100.
    decay : callable, optional
        ``decay(learning_rate, epoch, decay_rate)`` gives the rate of the next epoch.
    decay_rate : float, default=1.0
        Handed to ``decay``.
    cost : {"epoch_average", "last_minibatch"}, default="epoch_average"
        Which cost is printed: see :func:`epochs`.

    Returns
    -------
    dict of str to FloatArray
        ``W1, b1, ..., WL, bL`` after the last update.

    Raises
    ------
    ConfigurationError
        If a name is unknown or a number outside its range.
    ShapeError
        If ``X`` and ``Y`` are not columns of the same examples.

    See Also
    --------
    epochs : The same records without printing.
    """
    records = epochs(
        X,
        Y,
        layers_dims,
        optimizer,
        learning_rate=learning_rate,
        mini_batch_size=mini_batch_size,
        beta=beta,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        num_epochs=num_epochs,
        decay=decay,
        decay_rate=decay_rate,
        cost=cost,
    )
    costs = []
    for record in records:
        if record.iteration == num_epochs:
            break
        costs.append(record.cost)
        if print_cost and record.iteration % PRINTED_EVERY == 0:
            print(f"Cost after epoch {record.iteration}: {record.cost:f}")
            if decay is not None:
                print(f"learning rate after epoch {record.iteration}: {record.learning_rate:f}")
    plot_costs(costs, "epochs (per 100)", learning_rate)
    return record.parameters
