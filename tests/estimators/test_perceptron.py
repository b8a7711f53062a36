"""What the estimators promise beyond scikit-learn's checks."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score

from trainwell import Activate, Adam, Cosine, Data, Dropout, MLPClassifier, MLPRegressor
from trainwell.errors import ConfigurationError, DataError, FitError
from trainwell.estimators.rows import divided

IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
PLAIN = {
    "hidden_layer_sizes": (8,),
    "learning_rate": "constant",
    "learning_rate_init": 0.01,
    "early_stopping": False,
    "n_members": 1,
    "random_state": 0,
    "dropout": 0.0,
}
pytestmark = pytest.mark.filterwarnings("ignore:.*Maximum iterations")


def weights(model):
    return np.concatenate([part.ravel() for part in (*model.coefs_, *model.intercepts_)])


# Going on.


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_parts_of_a_fit_give_the_bits_of_one_long_fit(engine, solver):
    x, y = IRIS
    plain = {**PLAIN, "engine": engine, "solver": solver, "batch_size": 32, "dropout": 0.2}
    whole = MLPClassifier(**plain, max_iter=12, n_iter_no_change=np.inf).fit(x, y)
    parts = MLPClassifier(**plain)
    for _ in range(12):
        parts.partial_fit(x, y, classes=[0, 1, 2])
    warm = MLPClassifier(**plain, max_iter=6, n_iter_no_change=np.inf, warm_start=True)
    warm.fit(x, y).fit(x, y)
    np.testing.assert_array_equal(weights(parts), weights(whole))
    np.testing.assert_array_equal(weights(warm), weights(whole))
    assert parts.loss_curve_ == whole.loss_curve_ == warm.loss_curve_
    assert (parts.n_iter_, warm.n_iter_, whole.n_iter_) == (1, 6, 12)
    assert parts.t_ == warm.t_ == whole.t_ == 12 * 150


def test_a_fit_without_warm_start_begins_anew():
    model = MLPClassifier(**PLAIN, max_iter=5)
    first = weights(model.fit(*IRIS))
    np.testing.assert_array_equal(weights(model.fit(*IRIS)), first)


# Weights of rows and classes.


def test_a_row_of_weight_three_counts_as_three_rows():
    x, y = IRIS
    rng = np.random.default_rng(0)
    times = rng.integers(0, 4, len(x))
    weighted = MLPClassifier(**PLAIN, max_iter=30, batch_size=1000)
    repeated = clone(weighted).fit(np.repeat(x, times, axis=0), np.repeat(y, times))
    weighted.fit(x, y, sample_weight=times)
    np.testing.assert_allclose(weighted.predict_proba(x), repeated.predict_proba(x), rtol=1e-9)


def test_class_weights_are_weights_of_rows():
    x, y = IRIS
    y = np.minimum(y, 1)
    by_class = MLPClassifier(**PLAIN, max_iter=20, class_weight="balanced").fit(x, y)
    by_row = MLPClassifier(**PLAIN, max_iter=20)
    by_row.fit(x, y, sample_weight=np.where(y == 0, 150 / 100, 150 / 200))
    np.testing.assert_allclose(weights(by_class), weights(by_row), rtol=1e-12)
    plain = MLPClassifier(**PLAIN, max_iter=20).fit(x, y)
    assert by_class.predict_proba(x)[:, 0].mean() > plain.predict_proba(x)[:, 0].mean()


# Validation.


def test_the_best_weights_on_rows_of_ones_own_are_restored():
    x, y = DIABETES
    model = MLPRegressor(
        hidden_layer_sizes=(64,),
        learning_rate_init=0.02,
        max_iter=200,
        n_iter_no_change=15,
        n_members=1,
        random_state=0,
    )
    model.fit(x[:300], y[:300], X_val=x[300:], y_val=y[300:])
    curve = model.validation_loss_curve_
    best = int(np.argmin(curve))
    assert best < len(curve) - 1, "the run must go on beyond its best epoch"
    scale = y[:300].std()
    error = np.mean((model.predict(x[300:]) - y[300:]) ** 2) / 2 / scale**2
    assert error == pytest.approx(min(curve), rel=1e-5)
    assert len(curve) == len(model.loss_curve_) == model.n_iter_


def test_weights_of_validation_rows_count():
    x, y = IRIS
    given = {"X_val": x[::3], "y_val": y[::3]}
    model = MLPClassifier(**{**PLAIN, "max_iter": 5})
    plain = model.fit(x, y, **given).validation_loss_curve_
    first = np.where(y[::3] == 0, 1.0, 0.0)
    weighted = model.fit(x, y, **given, sample_weight_val=first).validation_loss_curve_
    assert plain != weighted
    only = model.fit(x, y, X_val=x[:50:3], y_val=y[:50:3]).validation_loss_curve_
    np.testing.assert_allclose(weighted, only, rtol=1e-9)


def test_a_score_of_each_epoch_comes_with_early_stopping():
    model = MLPClassifier(early_stopping=True, random_state=0, n_members=1).fit(*IRIS)
    assert len(model.validation_scores_) == model.n_iter_ == len(model.validation_loss_curve_)
    assert model.best_validation_score_ == max(model.validation_scores_) > 0.8
    assert model.best_loss_ is None


def test_every_class_has_its_share_of_the_validation_rows():
    x, _ = load_digits(return_X_y=True)
    rare = np.arange(len(x)) % 100 == 0
    data = Data(x.T, rare[np.newaxis].astype(float))
    training, validation, places = divided("test", data, 0.15, 0, rare.astype(int))
    np.testing.assert_array_equal(training.x, data.x[:, places])
    assert (training.y.sum(), validation.y.sum()) == (15, 3)
    assert training.examples + validation.examples == len(x)


# Settings of scikit-learn's users' wishes.


def test_layers_have_settings_of_their_own():
    model = MLPClassifier(
        hidden_layer_sizes=(6, 5),
        activation=("tanh", "relu"),
        dropout=(0.1, 0.3),
        initializer=("glorot", "he", "zeros"),
        batch_norm=True,
        max_iter=1,
    ).fit(*IRIS)
    layers = model.fitted_.network.layers
    kinds = ["Dense", "BatchNorm", "Activate", "Dropout"]
    assert [type(layer).__name__ for layer in layers] == [*kinds * 2, "Dense"]
    assert [layer.function for layer in layers if isinstance(layer, Activate)] == ["tanh", "relu"]
    assert [layer.rate for layer in layers if isinstance(layer, Dropout)] == [0.1, 0.3]


def test_any_schedule_goes_with_any_optimizer():
    schedule = {**PLAIN, "learning_rate": Cosine(0.02, 10), "max_iter": 10}
    model = MLPClassifier(**schedule, solver=Adam(beta2=0.95)).fit(*IRIS)
    assert model.learning_rate_curve_[-1] < 0.002 < model.learning_rate_curve_[0]


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("absolute_error", {}),
        ("huber", {"huber_delta": 0.5}),
        ("poisson", {}),
        ("quantile", {"quantile": 0.9}),
    ],
)
def test_other_losses_fit_what_they_are_for(loss, options):
    x, y = DIABETES
    model = MLPRegressor(loss=loss, random_state=0, **options).fit(x, y)
    found = model.predict(x)
    if loss == "quantile":
        assert 0.82 < np.mean(y <= found) < 0.97
    else:
        assert model.score(x, y) > 0.35
    if loss == "poisson":
        assert (found > 0).all()
        assert model.out_activation_ == "exp"


def test_a_time_limit_ends_a_fit():
    model = MLPClassifier(**{**PLAIN, "max_iter": 10**6}, n_iter_no_change=np.inf, time_limit=0.2)
    model.fit(*IRIS)
    assert 0 < model.n_iter_ < 10**6
    assert model.stopped_because_ == "the time limit was reached"


def test_a_function_sees_each_epoch_and_stops_the_fit():
    seen = []

    def on_epoch(record):
        seen.append(record.training_loss)
        return record.number == 4

    model = MLPClassifier(**PLAIN, max_iter=50, on_epoch=on_epoch).fit(*IRIS)
    assert seen == model.loss_curve_
    assert model.n_iter_ == 4


def test_members_differ_and_their_mean_is_the_answer():
    model = MLPClassifier(max_iter=15, n_members=3, random_state=0).fit(*IRIS)
    single = [
        MLPClassifier(max_iter=15, n_members=1, random_state=seed).fit(*IRIS) for seed in range(3)
    ]
    mean = np.mean([one.predict_proba(IRIS[0]) for one in single], axis=0)
    np.testing.assert_allclose(model.predict_proba(IRIS[0]), mean, rtol=1e-12)
    assert not np.array_equal(weights(single[0]), weights(single[1]))


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_members_in_threads_come_to_the_same_bits(engine):
    given = {"max_iter": 15, "n_members": 4, "random_state": 0, "engine": engine}
    alone = MLPClassifier(**given).fit(*IRIS)
    together = MLPClassifier(**given, n_jobs=2).fit(*IRIS)
    np.testing.assert_array_equal(together.predict_proba(IRIS[0]), alone.predict_proba(IRIS[0]))
    assert together.loss_curve_ == alone.loss_curve_


# What goes wrong.


def test_a_divergence_is_recovered_from_once_and_told():
    x, y = DIABETES
    model = MLPRegressor(
        **{**PLAIN, "learning_rate_init": 0.5}, solver="sgd", max_iter=40, activation="identity"
    )
    with pytest.warns(
        ConvergenceWarning, match=r"diverged\. The run broke at step .* a tenth of the"
    ):
        model.fit(100 * x, y)
    assert np.isfinite(model.predict(x)).all()
    assert model.fitted_.members[0].plan.learning_rate.rate == pytest.approx(0.05)
    assert "learning rate" in model.autopsy_.cause.remedy


def test_the_row_that_broke_a_fit_is_called_by_its_number_in_the_callers_table():
    x, y = DIABETES
    x = 10 * x
    x[100, 3] = 1e9
    much = {**PLAIN, "early_stopping": True, "hidden_layer_sizes": (4,), "standardize": False}
    model = MLPRegressor(**much, solver="sgd", max_iter=5, batch_size=50)
    weight = np.where(np.arange(len(x)) < 10, 0.0, 1.0)
    with pytest.raises(FitError, match=r"'x3' of training row 100 is 1e\+09"):
        model.fit(x, y, weight)


def test_a_fit_that_cannot_take_an_epoch_is_an_error():
    x, y = DIABETES
    much = {**PLAIN, "learning_rate_init": 1e12, "batch_size": 20}
    model = MLPRegressor(**much, solver="sgd", max_iter=5)
    with pytest.raises(FitError, match="MLPRegressor: Solver produced non-finite"):
        model.fit(x, y)


def test_batch_norm_takes_a_remainder_of_one():
    x, y = IRIS
    model = MLPClassifier(**{**PLAIN, "batch_size": 50}, batch_norm=True, max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        model.fit(np.vstack([x, x[:1]]), np.append(y, y[0]))
    assert model.n_iter_ == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("alpha", -1, "MLPClassifier.alpha must be at least 0"),
        ("hidden_layer_sizes", (5, 0), "MLPClassifier.hidden_layer_sizes must be a positive"),
        ("activation", "rleu", "did you mean 'relu'"),
        ("solver", "adan", "did you mean 'adam'"),
        ("learning_rate", 0.1, "a number is learning_rate_init"),
        ("dropout", 1.0, r"MLPClassifier.dropout must be in \[0, 1\), got 1.0"),
        ("dropout", (0.1, 0.2), "dropout must be one value, or 1 of them"),
        ("batch_norm", 1, "MLPClassifier.batch_norm must be True or False"),
        ("n_iter_no_change", 0, "n_iter_no_change must be an integer of at least 1"),
        ("early_stopping", "yes", "early_stopping must be True, False or 'auto'"),
        ("engine", "gpu", "MLPClassifier.engine must be one of auto, compiled, reference"),
        ("random_state", -5, "random_state must be an integer of at least 0"),
        ("on_epoch", 5, "on_epoch must be a function or None"),
        ("checkpoint", 5, "checkpoint must be a path or None"),
        ("categorical_features", ["no"], "categorical_features must be names or numbers"),
        ("validation_fraction", 1.0, r"validation_fraction must be in \(0, 1\)"),
    ],
)
def test_a_parameter_outside_its_domain_is_one_clear_sentence(name, value, sentence):
    model = MLPClassifier(**{**PLAIN, name: value})
    with pytest.raises(ConfigurationError, match=sentence):
        model.fit(*IRIS)


def test_targets_that_do_not_fit_are_refused():
    x, y = IRIS
    with pytest.raises(DataError, match=r"MLPRegressor: y must be at least 0 for .*poisson"):
        MLPRegressor(loss="poisson").fit(x, y - 1.0)
    with pytest.raises(DataError, match="which is none of the classes 0, 1, 2"):
        MLPClassifier(**PLAIN, max_iter=1).fit(x, y, X_val=x, y_val=y + 1)
    with pytest.raises(ConfigurationError, match="X_val and y_val go together"):
        MLPClassifier().fit(x, y, X_val=x)


# Living among scikit-learn's.


def test_a_grid_search_and_a_pickle_work():
    x, y = IRIS
    grid = GridSearchCV(MLPClassifier(**PLAIN, max_iter=5), {"alpha": [0.0, 1.0]}, cv=2)
    grid.fit(x, y)
    again = pickle.loads(pickle.dumps(grid.best_estimator_))  # noqa: S301
    np.testing.assert_array_equal(again.predict_proba(x), grid.predict_proba(x))


def test_defaults_are_good_on_tables_that_need_no_thought():
    x, y = load_breast_cancer(return_X_y=True)
    assert cross_val_score(MLPClassifier(random_state=0), x, y, cv=3).mean() > 0.95
    assert cross_val_score(MLPRegressor(random_state=0), *DIABETES, cv=3).mean() > 0.42


def test_callbacks_of_scikit_learn_see_each_epoch():
    calls = []

    class Watch:
        def setup(self, estimator, context):
            calls.append("setup")

        def teardown(self, estimator, context):
            calls.append("teardown")

        def on_fit_task_begin(self, estimator, context, *, fitted_estimator=None):
            calls.append(f"begin {context.task_name}")

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            calls.append(f"end {context.task_name}")
            assert fitted_estimator.predict(IRIS[0]).shape == (150,)
            return context.task_name == "epoch" and context.task_id == 2

    model = MLPClassifier(**PLAIN, max_iter=50).set_callbacks(Watch()).fit(*IRIS)
    assert model.n_iter_ == 3
    assert calls[:3] == ["setup", "begin fit", "begin epoch"]
    assert calls[-2:] == ["end fit", "teardown"]
    assert calls.count("end epoch") == 3
