"""The forms that data have: frames, gaps, categories, units."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.datasets import load_diabetes, load_iris

from trainwell import MLPClassifier, MLPRegressor

IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
PLAIN = {
    "hidden_layer_sizes": (8,),
    "learning_rate": "constant",
    "early_stopping": False,
    "n_members": 1,
    "random_state": 0,
}
pytestmark = pytest.mark.filterwarnings("ignore:.*Maximum iterations")


def pet_table(rows=200):
    rng = np.random.default_rng(5)
    pets = rng.choice(["cat", "dog", "eel"], rows)
    weight = rng.normal(4, 1, rows) + 3 * (pets == "dog")
    born = np.datetime64("2020-01-01") + rng.integers(0, 700, rows).astype("timedelta64[D]")
    frame = pd.DataFrame(
        {
            "pet": pd.Categorical(pets),
            "weight": np.where(rng.random(rows) < 0.1, np.nan, weight),
            "born": born.astype("datetime64[us]"),
            "colour": rng.choice(["red", "blue"], rows),
        }
    )
    old = np.where((pets == "dog") ^ (weight > 5), "old", "young")
    return frame, old


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "arrow"])
def test_a_frame_is_the_same_in_every_library(kind):
    frame, old = pet_table()
    reference = MLPClassifier(max_iter=20, random_state=0).fit(frame, old)
    other = MLPClassifier(max_iter=20, random_state=0).fit(kind(frame), old)
    np.testing.assert_array_equal(reference.predict_proba(frame), other.predict_proba(kind(frame)))
    assert reference.classes_.tolist() == ["old", "young"]
    assert reference.feature_names_in_.tolist() == ["pet", "weight", "born", "colour"]


def test_a_table_of_words_dates_and_gaps_is_learnt():
    frame, old = pet_table(400)
    model = MLPClassifier(random_state=0).fit(frame, old)
    assert model.score(frame, old) > 0.85
    assert "weight (missing)" in model.fitted_.translation.encoding.feature_names


def test_numbers_that_are_declared_categories_have_no_order():
    frame, old = pet_table()
    codes = frame.assign(pet=frame["pet"].cat.codes.astype(float))[["pet", "weight"]]
    names = MLPClassifier(max_iter=2, categorical_features=["pet"]).fit(codes, old)
    features = names.fitted_.translation.encoding.feature_names
    assert set(features[:3]) == {"pet = 0.0", "pet = 1.0", "pet = 2.0"}
    places = MLPClassifier(max_iter=2, categorical_features=[0]).fit(codes.to_numpy(), old)
    assert places.fitted_.translation.encoding.feature_names[0].startswith("x0 = ")
    mask = MLPClassifier(max_iter=2, categorical_features=[True, False]).fit(codes, old)
    assert (
        mask.fitted_.translation.encoding.feature_names
        == names.fitted_.translation.encoding.feature_names
    )


def test_missing_numbers_are_marked_and_imputed():
    x, y = IRIS
    holes = x.copy()
    holes[::7, 2] = np.nan
    model = MLPClassifier(random_state=0).fit(holes, y)
    assert model.fitted_.translation.encoding.feature_names[3] == "x2 (missing)"
    assert model.score(holes, y) > 0.9


def test_standardisation_is_reversible_and_can_be_left_out():
    x, y = DIABETES
    big = 1e6 * y + 5e8
    model = MLPRegressor(random_state=0).fit(x, y)
    scaled = MLPRegressor(random_state=0).fit(x, big)
    np.testing.assert_allclose(scaled.predict(x), 1e6 * model.predict(x) + 5e8, rtol=1e-6)
    plain = MLPRegressor(**PLAIN, max_iter=2, standardize=False).fit(x, y)
    layer = np.maximum(x @ plain.coefs_[0] + plain.intercepts_[0], 0)
    by_hand = layer @ plain.coefs_[1][:, 0] + plain.intercepts_[1]
    np.testing.assert_allclose(plain.predict(x), by_hand, rtol=1e-10)
