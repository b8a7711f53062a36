"""Seven defects that were measured in scikit-learn's perceptrons: ours do not have them."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import neural_network as theirs
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from threadpoolctl import threadpool_info, threadpool_limits

import trainwell
from trainwell import MLPClassifier, MLPRegressor
from trainwell.network.network import Network

DIABETES = load_diabetes(return_X_y=True)
WINE = load_wine(return_X_y=True)


def test_a_divergence_under_early_stopping_is_noticed_at_once():
    x, y = DIABETES
    model = MLPRegressor(
        hidden_layer_sizes=(8,),
        early_stopping=True,
        solver="sgd",
        learning_rate="constant",
        learning_rate_init=0.5,
        activation="identity",
        max_iter=300,
        n_members=1,
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning, match=r"diverged\. The run broke at step"):
        model.fit(x, y)
    assert np.isfinite(model.validation_loss_curve_).all()
    assert model.score(x, y) > 0.3


@pytest.mark.filterwarnings("ignore:.*Maximum iterations")
def test_parts_of_a_fit_do_not_repeat_the_order_of_the_first():
    x, y = WINE
    plain = {
        "batch_size": 16,
        "learning_rate": "constant",
        "learning_rate_init": 0.003,
        "early_stopping": False,
        "n_members": 1,
        "random_state": 7,
        "dropout": 0.0,
    }
    whole = MLPClassifier(**plain, max_iter=20, tol=0.0, n_iter_no_change=np.inf).fit(x, y)
    parts = MLPClassifier(**plain)
    for _ in range(20):
        parts.partial_fit(x, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(parts.coefs_[0], whole.coefs_[0])


@pytest.mark.filterwarnings("ignore:.*Maximum iterations")
def test_a_warm_start_keeps_what_adam_remembers():
    x, y = WINE
    plain = {"learning_rate": "constant", "learning_rate_init": 0.003, "early_stopping": False}
    given = {**plain, "n_members": 1, "random_state": 7, "n_iter_no_change": np.inf}
    warm = MLPClassifier(**given, warm_start=True, max_iter=10).fit(x, y).fit(x, y)
    whole = MLPClassifier(**given, max_iter=20).fit(x, y)
    np.testing.assert_array_equal(warm.coefs_[0], whole.coefs_[0])


def test_numbers_in_any_unit_are_learnt_from():
    regression = cross_val_score(MLPRegressor(random_state=0), *DIABETES, cv=5)
    assert regression.mean() > 0.4  # theirs: -3.1
    classes = cross_val_score(MLPClassifier(random_state=0), *WINE, cv=5)
    assert classes.mean() > 0.96  # theirs: 0.89


def test_gaps_and_categories_are_taken():
    x, y = WINE
    frame = pd.DataFrame(x[:, :3], columns=["a", "b", "c"])
    frame.loc[::5, "a"] = np.nan
    frame["kind"] = pd.Categorical(np.where(x[:, 9] > 5, "dark", "light"))
    assert MLPClassifier(random_state=0).fit(frame, y).score(frame, y) > 0.85


@pytest.mark.parametrize("solver", ["adam", "rmsprop", "sgd"])
def test_schedules_work_with_every_solver(solver):
    model = MLPClassifier((4,), solver=solver, learning_rate="invscaling", max_iter=3, n_members=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rates = model.fit(*WINE).learning_rate_curve_
    assert rates[0] > rates[1] > rates[2]


def test_a_fit_does_not_take_every_core(monkeypatch):
    seen, forward = set(), Network.forward

    def watched(*given):
        seen.update(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")
        return forward(*given)

    monkeypatch.setattr(Network, "forward", watched)
    with threadpool_limits(2, user_api="blas"):
        MLPClassifier((300,), max_iter=2, n_members=1, engine="reference").fit(*WINE)
        after = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert seen == {1}
    assert after == {2}


# Nothing that scikit-learn has is missing.


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_every_parameter_and_method_is_there(name):
    ours, other = getattr(trainwell, name), getattr(theirs, name)
    mine = inspect.signature(ours).parameters
    for parameter, about in inspect.signature(other).parameters.items():
        assert parameter in mine
        assert mine[parameter].kind == about.kind
    public = {method for method in dir(other) if not method.startswith("_")}
    assert public - set(dir(ours)) == set()


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_every_fitted_attribute_is_there(name, early):
    frame = pd.DataFrame(WINE[0], columns=[f"c{at}" for at in range(13)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, other = (
            kind((5,) if name == "MLPClassifier" else "squared_error", max_iter=3)
            .set_params(hidden_layer_sizes=(5,), early_stopping=early)
            .fit(frame, WINE[1])
            for kind in (getattr(trainwell, name), getattr(theirs, name))
        )
    wanted = {attribute for attribute in vars(other) if attribute.endswith("_")}
    wanted = {attribute for attribute in wanted if not attribute.startswith("_")}
    assert wanted - set(vars(ours)) == set()
    assert [w.shape for w in ours.coefs_] == [w.shape for w in other.coefs_]
    assert [b.shape for b in ours.intercepts_] == [b.shape for b in other.intercepts_]
    assert ours.out_activation_ == other.out_activation_
