"""scikit-learn's own checks of estimators, in several configurations."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from trainwell import MLPClassifier, MLPRegressor, TableEncoder

CONFIGURATIONS = [
    MLPClassifier(),
    MLPClassifier(solver="lbfgs", max_iter=100),
    MLPClassifier(hidden_layer_sizes=(20, 10), activation=("tanh", "relu"), max_iter=100),
    MLPRegressor(),
    MLPRegressor(hidden_layer_sizes=(20,), learning_rate_init=0.01, max_iter=100),
    MLPRegressor(solver="lbfgs", loss="huber", max_iter=100),
    TableEncoder(),
    TableEncoder(standardize=False),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(CONFIGURATIONS)
def test_a_check_passes(estimator, check):
    check(estimator)
