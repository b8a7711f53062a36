"""A model as a file: what is written is what is read, or it is refused."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification

from trainwell import Cosine, MLPClassifier, MLPRegressor, load
from trainwell.errors import ConfigurationError, FileFormatError, StorageError

IRIS = load_iris(return_X_y=True)
WORDS = np.array(["setosa", "versicolor", "virginica"])[IRIS[1]]
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 0}
MODELS = {
    "words": (MLPClassifier(**SMALL, n_members=2, batch_norm=True), IRIS[0], WORDS),
    "scored": (
        MLPClassifier(**SMALL, early_stopping=True, learning_rate=Cosine(0.1, 5)),
        *IRIS,
    ),
    "numbers": (MLPRegressor(**SMALL), *load_diabetes(return_X_y=True)),
    "poisson": (MLPRegressor("poisson", (4,), max_iter=5), *load_diabetes(return_X_y=True)),
    "labels": (
        MLPClassifier(**SMALL, solver="lbfgs"),
        *make_multilabel_classification(n_samples=60, random_state=0),
    ),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def answers(model, x):
    return model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_was_saved_is_the_same_model(name, tmp_path):
    model, x, y = MODELS[name]
    model.fit(x, y).save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    assert type(again) is type(model)
    np.testing.assert_array_equal(answers(again, x), answers(model, x))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert set(vars(again)) == set(vars(model))
    assert again.loss_curve_ == model.loss_curve_
    assert again.validation_scores_ == model.validation_scores_
    again.save(tmp_path / "again.safetensors")
    files = [(tmp_path / f"{n}.safetensors").read_bytes() for n in ("model", "again")]
    assert files[0] == files[1]


def test_a_model_that_was_loaded_goes_on_to_the_same_bits(tmp_path):
    x, y = IRIS
    model = MLPClassifier(**{**SMALL, "early_stopping": False}).fit(x, y)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    for one in (model, again):
        one.partial_fit(x, y)
    np.testing.assert_array_equal(again.coefs_[0], model.coefs_[0])


def test_the_documented_ten_lines_of_numpy_predict(tmp_path):
    x, y = IRIS
    model = MLPClassifier(**SMALL, n_members=1).fit(x, y)
    model.save(tmp_path / "m.safetensors")
    raw = (tmp_path / "m.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    arrays = {
        name: np.frombuffer(
            raw[8 + size :][slice(*about["data_offsets"])],
            {"F32": np.float32, "F64": np.float64}[about["dtype"]],
        ).reshape(about["shape"])
        for name, about in header.items()
        if name != "__metadata__"
    }
    _, centre, scale, low, high = arrays["encoding.input_statistics"].T
    a = np.clip((x - centre) / scale, low, high).T
    prefix = "member0.best." if model.fitted_.members[0].restored else "member0."
    theta, at = arrays[f"{prefix}theta"], 0
    for inputs, outputs in ((4, 4), (4, 3)):
        weights = theta[at : at + inputs * outputs].reshape(outputs, inputs)
        at += inputs * outputs
        a = weights @ a + theta[at : at + outputs, None]
        at += outputs
        a = np.maximum(a, 0) if outputs == 4 else a
    shares = np.exp(a) / np.exp(a).sum(axis=0)
    np.testing.assert_allclose(shares.T, model.predict_proba(x), rtol=1e-6)


def test_what_cannot_be_kept_or_written_is_said(tmp_path):
    x, y = IRIS
    mixed = np.array([("a", 1), ("b", 2), ("c", 3)], dtype=object)
    model = MLPClassifier(**SMALL).fit(x, y)
    with pytest.raises(StorageError, match="could not be written"):
        model.save(tmp_path / "no" / "m")
    model.fitted_.translation.targets.__dict__["names"] = (
        mixed[:, 0].astype("datetime64[D]")
        if (False)
        else np.array(["2020-01-01", "2021-01-01", "2022-01-01"], "datetime64[D]")
    )
    with pytest.raises(ConfigurationError, match="words or numbers, to be kept in a file"):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


FILES = Path(__file__).parent / "files"


def test_files_of_earlier_versions_are_read_for_ever():
    numbers = np.array([[-3.0, -2.0, 0.0], [-2.0, -1.0, 1.5], [-1.0, 2.0, 3.0]])
    classifier = load(FILES / "format1-classifier.safetensors")
    np.testing.assert_allclose(
        classifier.predict_proba(numbers)[:, 0],
        [0.07805649594396247, 0.17354491869490574, 0.22264137278799556],
        rtol=1e-12,
    )
    assert classifier.predict(numbers).tolist() == ["yes"] * 3
    assert len(classifier.validation_scores_) == 4
    frame = pl.DataFrame({"size": numbers[:, 0], "pet": ["cat", "dog", "eel"]})
    found = load(FILES / "format1-regressor.safetensors").predict(frame)
    expected = [3.464690993353292, 3.304950033425329, 2.737553439416019]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_parameter_that_is_a_function_is_left_out(tmp_path):
    model = MLPClassifier(**SMALL, on_epoch=print).fit(*IRIS)
    model.set_params(on_epoch=print)
    model.save(tmp_path / "m")
    assert load(tmp_path / "m").on_epoch is None


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "m.safetensors"
    MLPClassifier(**SMALL, n_members=2).fit(*IRIS).save(path)
    return path.read_bytes()


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_file_that_was_changed_is_refused_or_still_a_model(data, saved, tmp_path_factory):
    content = bytearray(saved)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["byte", "cut", "digit", "drop"])):
            case "byte":
                content[at] = data.draw(st.integers(0, 255))
            case "cut":
                del content[max(1, at) :]
            case "digit":
                content[at : at + 1] = b"9"
            case _:
                del content[at]
    path = tmp_path_factory.getbasetemp() / "changed.safetensors"
    path.write_bytes(bytes(content))
    try:
        model = load(path)
    except FileFormatError:
        return
    model.predict(IRIS[0][:3, : model.n_features_in_])
