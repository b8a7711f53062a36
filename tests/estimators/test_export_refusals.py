"""An export that would predict otherwise is refused, and what it lacks is named."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from exported_models import SMALL, fitted

from trainwell import MLPClassifier, MLPRegressor
from trainwell.errors import DependencyError, ExportError, StorageError
from trainwell.estimators import export_check, onnx_export, torch_export
from trainwell.estimators.raw_features import raw_features

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def runtime():
    pytest.importorskip("onnx")
    return pytest.importorskip("onnxruntime")


CHANGES = {
    "median": lambda array: array + 0.3,
    "half_centre": lambda array: array + 0.01,
    "half_scale": lambda array: array * 1.01,
    "low": lambda array: array - 0.5,
    "high": lambda array: array + 0.5,
    "half_starts": lambda array: array + 0.01,
    "half_widths": lambda array: array * 1.01,
    "piece_columns": lambda array: np.roll(array, 1),
    "mark_columns": lambda array: np.roll(array, 1),
    "order": lambda array: array[::-1].copy(),
    "bounded": lambda bounded: not bounded,
}


def wrong(monkeypatch, module, field):
    """Make an export take numbers other than those of the encoding."""

    def changed(encoding):
        right = raw_features(encoding)
        return replace(right, **{field: CHANGES[field](getattr(right, field))})

    monkeypatch.setattr(module, "raw_features", changed)


@pytest.mark.parametrize("name", ["words", "labels", "numbers", "counts"])
def test_without_onnxruntime_a_file_is_tried_all_the_same(name, monkeypatch, tmp_path):
    pytest.importorskip("onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    model, _ = fitted(name)
    model.to_onnx(tmp_path / "m")
    assert (tmp_path / "m").stat().st_size > 1000
    wrong(monkeypatch, onnx_export, "median")
    with pytest.raises(ExportError):
        model.to_onnx(tmp_path / "m")


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.usefixtures("torch")
def test_a_module_that_reads_rows_otherwise_is_refused(field, monkeypatch):
    model, _ = fitted("words")
    wrong(monkeypatch, torch_export, field)
    with pytest.raises(ExportError, match=r"^MLPClassifier.to_torch: nothing was exported"):
        model.to_torch()


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.usefixtures("runtime")
def test_a_file_that_reads_rows_otherwise_is_refused(field, monkeypatch, tmp_path):
    model, _ = fitted("words")
    (tmp_path / "m").write_text("older")
    wrong(monkeypatch, onnx_export, field)
    with pytest.raises(ExportError, match=r"the exported model gives \[.*\] instead of \["):
        model.to_onnx(tmp_path / "m")
    assert (tmp_path / "m").read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("field", ["scale", "centre"])
@pytest.mark.usefixtures("runtime")
def test_a_number_in_other_units_is_refused(field, monkeypatch, tmp_path):
    model, _ = fitted("a number")
    export = onnx_export._prediction

    def changed(graph, whole, targets, mean):
        targets = replace(targets, **{field: getattr(targets, field) * 1.001})
        return export(graph, whole, targets, mean)

    monkeypatch.setattr(onnx_export, "_prediction", changed)
    with pytest.raises(ExportError, match=r"^MLPRegressor.to_onnx"):
        model.to_onnx(tmp_path / "m")


@pytest.mark.usefixtures("runtime")
def test_labels_of_other_classes_are_refused(monkeypatch, tmp_path):
    model, _ = fitted("words")
    monkeypatch.setattr(onnx_export, "_labels", lambda names: names[::-1].astype(object))
    with pytest.raises(ExportError, match="labels are not the likeliest"):
        model.to_onnx(tmp_path / "m")


def test_answers_of_another_shape_are_refused():
    model, _ = fitted("words")
    rows = export_check.trial_rows(model.fitted_)
    ours = export_check.answers(model.fitted_, rows)
    export_check.require_same_answers("here", model.fitted_, rows, ours)
    with pytest.raises(ExportError, match=r"shape \(256, 2\) instead of \(256, 3\)"):
        export_check.require_same_answers("here", model.fitted_, rows, ours[:, :2])


def test_a_nan_is_not_close_to_anything():
    model, _ = fitted("words")
    rows = export_check.trial_rows(model.fitted_)
    ours = export_check.answers(model.fitted_, rows)
    ours[7, 1] = np.nan
    with pytest.raises(ExportError, match="nan"):
        export_check.require_same_answers("here", model.fitted_, rows, ours)


@pytest.mark.parametrize("name", ["two classes", "words", "a number"])
def test_a_difference_beyond_the_tolerance_is_refused(name):
    model, _ = fitted(name)
    rows = export_check.trial_rows(model.fitted_)
    ours = export_check.answers(model.fitted_, rows)
    tolerance = export_check.TOLERANCES[model.fitted_.dtype.name]
    targets = model.fitted_.translation.targets
    scale = 1.0 if hasattr(model, "classes_") else float(targets.scale[0])
    theirs = ours.copy()
    theirs[3] += 0.3 * tolerance * scale
    export_check.require_same_answers("here", model.fitted_, rows, theirs)
    theirs[3] += 9 * tolerance * scale
    with pytest.raises(ExportError):
        export_check.require_same_answers("here", model.fitted_, rows, theirs)


def test_ten_times_what_rounding_does_is_no_difference(monkeypatch):
    model, _ = fitted("a number")
    rows = export_check.trial_rows(model.fitted_)
    ours = export_check.answers(model.fitted_, rows)
    scale = float(model.fitted_.translation.targets.scale[0])
    size = np.full((len(rows), 1), 0.1 * scale)
    monkeypatch.setattr(export_check, "_rounding", lambda *_: size)
    export_check.require_same_answers("here", model.fitted_, rows, ours + 0.9 * scale)
    with pytest.raises(ExportError):
        export_check.require_same_answers("here", model.fitted_, rows, ours + 1.1 * scale)


def test_rounding_is_measured_for_each_kind_of_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 20)) * 1e3 + 1e5
    model = MLPRegressor(**SMALL, standardize=False, dtype="float32").fit(x, x[:, 0] - x[:, 1])
    rows = export_check.trial_rows(model.fitted_)
    ours = export_check.answers(model.fitted_, rows)
    moved = export_check._rounding(model.fitted_, rows, ours).reshape(4, 64)
    assert (moved == moved[:, :1]).all()
    assert len(set(moved[:, 0].tolist())) == 4
    assert (moved > 0).all()
    assert (moved[:, 0] < 1e-5 * np.abs(ours).max()).all()
    exact = MLPRegressor(**SMALL).fit(x, x[:, 0])
    assert not export_check._rounding(exact.fitted_, rows, ours).any()


@pytest.mark.parametrize("name", ["words", "single precision", "as they are"])
def test_the_rows_that_are_tried_are_of_every_kind(name):
    model, x = fitted(name)
    rows = export_check.trial_rows(model.fitted_)
    assert rows.dtype == x.dtype
    assert not np.isinf(rows).any()
    assert np.isnan(rows).all(axis=1).any()
    assert np.isnan(rows).any(axis=0).all()
    assert (~np.isnan(rows)).all(axis=1).mean() > 0.5
    varied = np.nanstd(x, axis=0) > 0
    assert (np.nanmax(rows, axis=0) > np.nanmax(x, axis=0))[varied].all()
    assert (np.nanmin(rows, axis=0) < np.nanmin(x, axis=0))[varied].all()
    if name != "as they are":  # there nothing is held, and far away anything goes
        distance = np.abs(rows - np.nanmean(x, axis=0))[:, varied] / np.nanstd(x, axis=0)[varied]
        assert (np.nanmax(distance, axis=0) > 1e9).all()


@pytest.mark.usefixtures("torch")
def test_a_layer_that_has_no_equal_elsewhere_is_named(monkeypatch, tmp_path):
    pytest.importorskip("onnx")
    model, _ = fitted("words")
    monkeypatch.delitem(torch_export.ACTIVATION_MODULES, "relu")
    with pytest.raises(ExportError, match=r"PyTorch has no equal of Activate\("):
        model.to_torch()
    monkeypatch.setattr(onnx_export, "ACTIVATION_GRAPHS", {})
    with pytest.raises(ExportError, match=r"ONNX has no equal of Activate\("):
        model.to_onnx(tmp_path / "m")


def test_a_file_that_the_format_cannot_hold_is_refused(monkeypatch, tmp_path):
    pytest.importorskip("onnx")
    monkeypatch.setattr(onnx_export, "LARGEST_FILE", 100)
    with pytest.raises(ExportError, match="an ONNX file holds 2 GB"):
        fitted("words")[0].to_onnx(tmp_path / "m")


@pytest.mark.usefixtures("runtime")
def test_where_a_file_cannot_be_written_it_is_said(tmp_path):
    with pytest.raises(StorageError, match="could not be written"):
        fitted("words")[0].to_onnx(tmp_path / "no folder" / "m")


# What is missing is named.


@pytest.mark.parametrize(
    ("package", "export"),
    [("torch", lambda m: m.to_torch()), ("onnx", lambda m: m.to_onnx("no file"))],
)
def test_a_missing_package_is_named(package, export, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    sentence = (
        rf"^MLPClassifier.to_{package} needs {package};"
        rf" to install it: pip install 'trainwell\[{package}\]'$"
    )
    with pytest.raises(DependencyError, match=sentence) as caught:
        export(fitted("words")[0])
    assert isinstance(caught.value, ImportError)


def test_what_is_not_fitted_is_not_exported(tmp_path):
    for export in (MLPClassifier().to_torch, lambda: MLPRegressor().to_onnx(tmp_path / "m")):
        with pytest.raises(ValueError, match="not fitted yet"):
            export()
