import numpy as np
import pytest

from trainwell.course import initialization, optimization, regularization
from trainwell.errors import ConfigurationError, DataError

X, Y = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -1.0]]), np.array([[0, 1, 1]])
GONE = np.where(X > 1, np.nan, X)

MODELS = {
    "initialization": lambda X, Y, count: initialization.iterations(X, Y, num_iterations=count),
    "regularization": lambda X, Y, count: regularization.iterations(X, Y, num_iterations=count),
    "optimization": lambda X, Y, count: optimization.epochs(
        X, Y, [2, 3, 1], "adam", num_epochs=count
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_can_be_trained_on_is(name: str) -> None:
    assert len(list(MODELS[name](X, Y, 1))) == 2


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("x", "y", "count", "error", "sentence"),
    [
        (GONE, Y, 1, DataError, "model: X must be finite"),
        (X, 2 * Y, 1, DataError, "model: Y must hold labels 0 and 1 alone"),
        (X, Y, -1, ConfigurationError, "must be at least 0, got -1"),
    ],
)
def test_a_model_refuses_what_it_cannot_learn(
    name: str, x: np.ndarray, y: np.ndarray, count: int, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        list(MODELS[name](x, y, count))
