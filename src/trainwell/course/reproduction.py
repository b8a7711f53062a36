"""Run every experiment with a printed result, and hold the results against the print."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from os import PathLike

import numpy as np

from trainwell.course import gradient_checking, initialization, regularization
from trainwell.course import test_cases as cases
from trainwell.course.core_descent import descend_in_core
from trainwell.course.datasets import course_arrays
from trainwell.course.descent import Experiment, finished
from trainwell.course.dictionary_network import Parameters
from trainwell.course.published import PUBLISHED, Published
from trainwell.data.dataset import Data
from trainwell.data.football import load_football
from trainwell.data.toys import make_circles, make_football_field
from trainwell.errors import DataError
from trainwell.types import FloatArray

Quantities = Mapping[str, FloatArray]
"""What an experiment gives, by the name of the quantity."""


@dataclass(frozen=True)
class Comparison:
    """A printed quantity beside the computed one.

    Parameters
    ----------
    published : Published
        What was printed.
    computed : tuple of float
        What was computed, number by number.
    """

    published: Published
    computed: tuple[float, ...]

    @property
    def differences(self) -> tuple[float, ...]:
        """Absolute difference of each number; 0 where both are infinite."""
        pairs = zip(self.published.values, self.computed, strict=True)
        return tuple(0.0 if a == b else abs(a - b) for a, b in pairs)

    @property
    def worst(self) -> int:
        """Which number differs most."""
        return int(np.argmax(np.nan_to_num(self.differences, nan=np.inf)))

    @property
    def difference(self) -> float:
        """The largest difference."""
        return self.differences[self.worst]

    @property
    def within(self) -> bool:
        """Whether every number is within the tolerance."""
        return all(difference <= self.published.tolerance for difference in self.differences)


@dataclass(frozen=True, eq=False)
class Trained:
    """An experiment that trains a network on points of the plane.

    Parameters
    ----------
    case : str
        As in :class:`~trainwell.course.published.Published`.
    training, test : Data
        The points.
    experiment : Experiment
        Parameters and costs.
    every : int
        Iterations between two costs.
    """

    case: str
    training: Data
    test: Data
    experiment: Experiment
    every: int

    def decide(self, points: FloatArray) -> FloatArray:
        """Return the predicted probability (N,) of label 1 at points (2, N)."""
        A, _ = initialization.forward_propagation(points, self.experiment.parameters)
        probabilities: FloatArray = A[0]
        return probabilities

    def quantities(self) -> Quantities:
        """Return costs, predictions and accuracies by their names in print."""
        found: dict[str, FloatArray] = {"cost": np.array(self.experiment.costs)}
        for part, data in (("train", self.training), ("test", self.test)):
            labels = (self.decide(data.x) > 0.5).astype(float)
            found[f"{part} predictions"] = labels
            found[f"{part} accuracy"] = np.array([np.mean(labels == data.y[0])])
            found[f"{part} accuracy in percent"] = 100 * found[f"{part} accuracy"]
        return found


@dataclass(frozen=True)
class Result:
    """One experiment, run.

    Parameters
    ----------
    case : str
        Its name.
    comparisons : tuple of Comparison
        Printed quantities beside the computed ones; empty on data of our own.
    trained : Trained or None, default=None
        The trained network, where there is one.
    excepted : str, default=""
        Why it was not held against the print, where that is not for want of data.
    """

    case: str
    comparisons: tuple[Comparison, ...]
    trained: Trained | None = None
    excepted: str = ""


def _cost_with_l2() -> Quantities:
    A3, Y, parameters = cases.compute_cost_with_regularization_test_case()
    cost = regularization.compute_cost_with_regularization(A3, Y, parameters, lambd=0.1)
    return {"cost": np.array([cost])}


def _gradients_with_l2() -> Quantities:
    X, Y, cache = cases.backward_propagation_with_regularization_test_case()
    return regularization.backward_propagation_with_regularization(X, Y, cache, lambd=0.7)


def _forward_with_dropout() -> Quantities:
    X, parameters = cases.forward_propagation_with_dropout_test_case()
    A3, _ = regularization.forward_propagation_with_dropout(X, parameters, keep_prob=0.7)
    return {"A3": A3}


def _backward_with_dropout() -> Quantities:
    X, Y, cache = cases.backward_propagation_with_dropout_test_case()
    return regularization.backward_propagation_with_dropout(X, Y, cache, keep_prob=0.8)


def _check_in_one_dimension() -> Quantities:
    with redirect_stdout(StringIO()):
        difference = gradient_checking.gradient_check(2, 4)
    return {
        "J": np.array([gradient_checking.forward_propagation(2, 4)]),
        "dtheta": np.array([gradient_checking.backward_propagation(2, 4)]),
        "difference": np.array([difference]),
    }


def _check_of_planted_bugs() -> Quantities:
    X, Y, parameters = cases.gradient_check_n_test_case()
    _, cache = gradient_checking.forward_propagation_n(X, Y, parameters)
    gradients = gradient_checking.backward_propagation_n_with_bugs(X, Y, cache)
    with redirect_stdout(StringIO()):
        difference = gradient_checking.gradient_check_n(parameters, gradients, X, Y)
    return {"difference": np.array([difference])}


_FUNCTIONS: Mapping[str, Callable[[], Quantities]] = {
    "zeros, 3-2-1": lambda: initialization.initialize_parameters_zeros([3, 2, 1]),
    "large random, 3-2-1": lambda: initialization.initialize_parameters_random([3, 2, 1]),
    "He, 2-4-1": lambda: initialization.initialize_parameters_he([2, 4, 1]),
    "cost with L2": _cost_with_l2,
    "gradients with L2": _gradients_with_l2,
    "forward pass with dropout": _forward_with_dropout,
    "backward pass with dropout": _backward_with_dropout,
    "gradient check, 1-D": _check_in_one_dimension,
    "gradient check, N-D, planted bugs": _check_of_planted_bugs,
}

CHAOTIC = "from such weights the path is chaotic: sums in another order change the third digit"
LEGACY_MASKS = "its masks come from NumPy's legacy generator, which the engines do not draw from"

_CIRCLES = {"zeros": "zeros", "large random": "random", "He": "he"}
_FOOTBALL = {"no regularisation": (0.0, 1.0), "L2": (0.7, 1.0), "dropout": (0.0, 0.86)}
"""Values of ``lambd`` and ``keep_prob``."""

CASES = (
    *_FUNCTIONS,
    *(f"circles, {name}" for name in _CIRCLES),
    *(f"football, {name}" for name in _FOOTBALL),
)
"""Every experiment, in the order in which it is run."""


def reproduce(
    football: tuple[Data, Data] | None = None, engine: str | None = None
) -> Iterator[Result]:
    """Run every experiment, one after the other.

    Parameters
    ----------
    football : tuple of Data or None, default=None
        Training and test part of the course's football data; ``None`` takes synthetic
        fields instead, for which nothing was printed.
    engine : {"auto", "compiled", "reference"} or None, default=None
        Engine of the core that carries out the trainings; ``None`` takes the course's own
        functions. Two trainings are then not compared, and say why.

    Yields
    ------
    Result
        In the order of :data:`CASES`.
    """
    for case, function in _FUNCTIONS.items():
        yield Result(case, _compared(case, function()))
    circles = (make_circles(300, noise=0.05, seed=1), make_circles(100, noise=0.05, seed=2))
    for name, start in _CIRCLES.items():
        if engine is None:
            records = initialization.iterations(*course_arrays(circles[0]), initialization=start)
            yield _trained(f"circles, {name}", circles, finished(records), compare=True)
        else:
            parameters = initialization.INITIALIZATIONS[start]([2, 10, 5, 1])
            experiment = _in_core(engine, parameters, circles[0], 0.01, 15_000)
            excepted = CHAOTIC if start == "random" else ""
            yield _trained(f"circles, {name}", circles, experiment, True, excepted)
    synthetic = (make_football_field(211, 0.1, seed=0), make_football_field(200, 0.1, seed=1))
    field = football or synthetic
    for name, (lambd, keep_prob) in _FOOTBALL.items():
        excepted = LEGACY_MASKS if engine is not None and keep_prob < 1 else ""
        if engine is None or excepted:
            X, Y = course_arrays(field[0])
            records = regularization.iterations(X, Y, lambd=lambd, keep_prob=keep_prob)
            experiment = finished(records)
        else:
            parameters = regularization.initialize_parameters([2, 20, 3, 1])
            experiment = _in_core(engine, parameters, field[0], 0.3, 30_000, lambd)
        yield _trained(f"football, {name}", field, experiment, field is football, excepted)


def find_football(path: str | PathLike[str] | None) -> tuple[tuple[Data, Data] | None, str]:
    """Return the football data if they are there, and what to do if they are not.

    Parameters
    ----------
    path : path-like or None
        Where they should be; ``None`` looks in the usual places.

    Returns
    -------
    football : tuple of Data or None
        Training and test part.
    advice : str
        Empty, or the sentence that says how to get them.

    Raises
    ------
    DataError
        If ``path`` is given but cannot be used.
    """
    try:
        return load_football(path), ""
    except DataError as error:
        if path is not None:
            raise
        return None, str(error)


def _in_core(
    engine: str,
    parameters: Parameters,
    data: Data,
    learning_rate: float,
    iterations: int,
    lambd: float = 0.0,
) -> Experiment:
    return descend_in_core(
        parameters,
        data,
        engine=engine,
        learning_rate=learning_rate,
        iterations=iterations,
        every=regularization.RECORDED_EVERY,
        lambd=lambd,
    )


def _trained(
    case: str,
    field: tuple[Data, Data],
    experiment: Experiment,
    compare: bool,
    excepted: str = "",
) -> Result:
    trained = Trained(case, *field, experiment, regularization.RECORDED_EVERY)
    if excepted or not compare:
        return Result(case, (), trained, excepted)
    return Result(case, _compared(case, trained.quantities()), trained)


def _compared(case: str, found: Quantities) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(printed, _numbers(printed, found[printed.quantity.partition(",")[0]]))
        for printed in PUBLISHED
        if printed.case == case
    )


def _numbers(printed: Published, found: FloatArray) -> tuple[float, ...]:
    """Return the computed numbers at the places that were printed."""
    numbers = np.asarray(found, dtype=float).ravel()
    if printed.at:
        numbers = numbers[[at // regularization.RECORDED_EVERY for at in printed.at]]
    return tuple(numbers.tolist())
