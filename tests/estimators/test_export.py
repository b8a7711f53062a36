"""A model as a module of PyTorch or an ONNX file: it predicts the same."""

import copy
import doctest
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exported_models import FEW, MODELS, SMALL, WORDS, X, answers, close, fitted, run, session

from trainwell import ACTIVATIONS, LOSSES, MLPClassifier, MLPRegressor, load
from trainwell.data.cells import tidy
from trainwell.data.frames import as_frame, to_polars
from trainwell.estimators import onnx_graph, torch_export
from trainwell.estimators.given import features_of

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def runtime():
    pytest.importorskip("onnx")
    return pytest.importorskip("onnxruntime")


def with_outliers(x):
    """Return rows with missing numbers and outliers in every column, as far as they go."""
    far = x.copy()
    far[:10] = np.nan
    far[10:20] *= 1e4
    far[20:30] *= -1e25
    return far


@pytest.mark.parametrize("name", MODELS)
def test_a_module_predicts_the_same(name, torch):
    model, x = fitted(name)
    module = model.to_torch()
    rows = x if name == "as they are" else with_outliers(x)
    assert not module.training
    with torch.no_grad():
        close(module(torch.from_numpy(rows)).numpy(), answers(model, rows), model)


@pytest.mark.parametrize("name", MODELS)
def test_a_file_predicts_the_same(name, runtime, tmp_path):
    model, x = fitted(name)
    model.to_onnx(tmp_path / "model.onnx")
    rows = x if name == "as they are" else with_outliers(x)
    given = run(runtime, tmp_path / "model.onnx", rows)
    if hasattr(model, "classes_"):
        assert list(given) == ["label", "probabilities"]
        close(given["probabilities"], answers(model, rows), model)
        np.testing.assert_array_equal(given["label"], model.predict(rows))
    else:
        assert list(given) == ["prediction"]
        close(given["prediction"], answers(model, rows), model)


EVERY_ACTIVATION = pytest.mark.parametrize(
    "model",
    [
        pytest.param(
            MLPClassifier(**SMALL, activation=activation, batch_norm=batch_norm, dtype=dtype),
            id=f"{activation}-{'batch norm' if batch_norm else 'plain'}-{dtype}",
        )
        for activation in ACTIVATIONS
        for batch_norm in (False, True)
        for dtype in ("float32", "float64")
    ],
)


@EVERY_ACTIVATION
def test_every_activation_is_in_a_module(model, torch):
    module = model.fit(X, WORDS).to_torch()
    with torch.no_grad():
        close(module(torch.from_numpy(X)).numpy(), model.predict_proba(X), model)


@EVERY_ACTIVATION
def test_every_activation_is_in_a_file(model, runtime, tmp_path):
    model.fit(X, WORDS).to_onnx(tmp_path / "m")
    close(run(runtime, tmp_path / "m", X)["probabilities"], model.predict_proba(X), model)


def test_nothing_that_an_estimator_can_be_made_of_is_forgotten():
    assert set(torch_export.ACTIVATION_MODULES) == set(ACTIVATIONS)
    assert set(onnx_graph.ACTIVATION_GRAPHS) == set(ACTIVATIONS)
    assert len(LOSSES) == 7  # a new one needs its output in both


def test_far_from_zero_a_gelu_in_double_precision_is_exact(runtime, tmp_path):
    x = np.linspace(-40, 40, 160)[:, np.newaxis]
    model = MLPRegressor(
        **{**SMALL, "hidden_layer_sizes": (1,), "solver": "lbfgs"},
        activation="gelu",
        standardize=False,
    ).fit(x, np.maximum(x[:, 0], 0))
    model.to_onnx(tmp_path / "m")
    error = run(runtime, tmp_path / "m", x)["prediction"] - model.predict(x)
    assert np.abs(error).max() < 1e-13


# Tables begin at their features.


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "colour": rng.choice(["red", "green", "blue"], 120),
            "size": np.where(rng.random(120) < 0.1, np.nan, rng.normal(50, 9, 120)),
            "sold": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 120), "D"),
        }
    )
    target = frame["size"].fillna(0) + 9 * (frame["colour"] == "red")
    return frame, target, MLPRegressor(**{**FEW, "numeric_bins": 3}).fit(frame, target)


def test_a_table_begins_at_its_features(table, torch, runtime, tmp_path):
    frame, _, model = table
    encoding = model.fitted_.translation.encoding
    features = features_of(encoding, tidy(to_polars(as_frame(frame))))
    module = model.to_torch()
    assert module.feature_names == list(encoding.feature_names)
    with torch.no_grad():
        close(module(torch.from_numpy(features)).numpy(), model.predict(frame), model)
    model.to_onnx(tmp_path / "m")
    close(run(runtime, tmp_path / "m", features)["prediction"], model.predict(frame), model)
    about = session(runtime, tmp_path / "m").get_modelmeta().custom_metadata_map
    assert json.loads(about["feature_names"]) == list(encoding.feature_names)


# A module is PyTorch's alone.

ALONE = """
import sys
sys.modules["trainwell"] = None
import numpy, torch
module = torch.load(sys.argv[1], weights_only=False)
again = torch.load(sys.argv[1], weights_only=False)
again.load_state_dict(module.state_dict())
with torch.inference_mode():
    numpy.save(sys.argv[3], again(torch.from_numpy(numpy.load(sys.argv[2]))).numpy())
print(module.feature_names, module.classes)
"""


def test_a_file_of_a_module_needs_pytorch_alone(torch, tmp_path):
    model, x = fitted("words")
    torch.save(model.to_torch(), tmp_path / "module.pt")
    np.save(tmp_path / "x.npy", x)
    names = [str(tmp_path / name) for name in ("module.pt", "x.npy", "y.npy")]
    code = [sys.executable, "-W", "ignore", "-c", ALONE, *names]
    done = subprocess.run(code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{[f'x{at}' for at in range(5)]} {sorted(set(WORDS.tolist()))}\n"
    close(np.load(tmp_path / "y.npy"), model.predict_proba(x), model)


def test_a_module_can_be_copied_and_made_more_precise(torch):
    model, x = fitted("words")
    module = copy.deepcopy(model.to_torch()).double()
    assert module.classes == model.classes_.tolist()
    with torch.no_grad():
        theirs = module(torch.from_numpy(x)).numpy()
    assert theirs.dtype == np.float64
    np.testing.assert_allclose(theirs, model.predict_proba(x), atol=1e-6)


def test_a_module_can_be_trained_on(torch):
    model, x = fitted("normalised")
    module = model.to_torch().train()
    kinds = [type(layer).__name__ for layer in module.member0]
    assert kinds[:4] == ["Linear", "BatchNorm1d", "ReLU", "Dropout"]
    module(torch.from_numpy(x)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_to_make_a_module_draws_nothing_and_leaves_the_model_as_it_is(torch):
    model, x = fitted("normalised")
    torch.manual_seed(0)
    before, ours = torch.get_rng_state(), model.predict(x)
    module = model.to_torch()
    assert torch.equal(torch.get_rng_state(), before)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    np.testing.assert_array_equal(model.predict(x), ours)


# A file says what it holds.


def test_a_file_says_what_it_holds(runtime, tmp_path):
    model, x = fitted("words")
    frame = pd.DataFrame(x, columns=list("abcde"))
    copy.deepcopy(model).fit(frame, WORDS).to_onnx(tmp_path / "m")
    made = session(runtime, tmp_path / "m")
    about = made.get_modelmeta().custom_metadata_map
    assert json.loads(about["feature_names"]) == list("abcde")
    assert json.loads(about["classes"]) == sorted(set(WORDS.tolist()))
    assert json.loads(about["estimator"]) == "MLPClassifier"
    assert json.loads(about["provenance"])["trainwell"]
    assert [(i.name, i.type, i.shape) for i in made.get_inputs()] == [
        ("X", "tensor(double)", ["N", 5])
    ]
    assert [(o.name, o.type, o.shape) for o in made.get_outputs()] == [
        ("label", "tensor(string)", ["N"]),
        ("probabilities", "tensor(float)", ["N", 3]),
    ]


@pytest.mark.usefixtures("runtime")
def test_equal_models_give_equal_files_and_a_loaded_one_too(tmp_path):
    model, _ = fitted("numbers")
    model.save(tmp_path / "model")
    for name, one in (("a", model), ("b", model), ("c", load(tmp_path / "model"))):
        one.to_onnx(tmp_path / name)
    first, *others = [(tmp_path / name).read_bytes() for name in "abc"]
    assert others == [first, first]


# The page.


@pytest.mark.usefixtures("torch")
def test_the_examples_of_the_page_that_need_pytorch_give_what_they_show():
    page = ROOT / "docs" / "export.md"
    text = page.read_text(encoding="utf-8").replace("  # doctest: +SKIP", "")
    example = doctest.DocTestParser().get_doctest(text, {}, "export.md", str(page), 0)
    assert sum("torch" in one.source for one in example.examples) >= 3
    assert doctest.DocTestRunner().run(example).failed == 0
