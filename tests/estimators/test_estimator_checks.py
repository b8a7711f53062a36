"""scikit-learn's own checks of estimators, in several configurations."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from trainwell import MLPClassifier, MLPRegressor, TableEncoder

FEW = {"hidden_layer_sizes": (10,), "n_members": 1, "max_iter": 100}
CONFIGURATIONS = [
    MLPClassifier(max_iter=60),
    MLPClassifier(**FEW | {"max_iter": 30}, solver="lbfgs"),
    MLPClassifier(**FEW | {"hidden_layer_sizes": (20, 10)}, activation=("tanh", "relu")),
    MLPRegressor(max_iter=60),
    MLPRegressor(**FEW, loss="huber", learning_rate_init=0.03, solver="rmsprop"),
    MLPRegressor(**FEW | {"max_iter": 40}, solver="lbfgs", standardize=False),
    TableEncoder(),
    TableEncoder(standardize=False),
]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(CONFIGURATIONS)
def test_a_check_passes(estimator, check):
    check(estimator)
