"""A fitted estimator as one safetensors file, and back; docs/model-file.md describes it."""

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np

from trainwell.data.encoding import from_parts
from trainwell.errors import ConfigurationError, FileFormatError, TrainwellError
from trainwell.estimators.classifier import MLPClassifier
from trainwell.estimators.fitted import Fitted, Member, Translation
from trainwell.estimators.perceptron import Perceptron
from trainwell.estimators.regressor import MLPRegressor
from trainwell.estimators.table_fit import versions
from trainwell.estimators.table_model import ESTIMATOR, TableModel, load_model
from trainwell.estimators.table_model import KIND as TABLE_MODEL
from trainwell.estimators.targets import Classes, Measured
from trainwell.settings import as_json, from_json
from trainwell.training.plan import PLAN_KINDS
from trainwell.training.storage import state_from_parts, state_to_parts
from trainwell.training.tensor_file import read_tensors, within, write_tensors
from trainwell.types import Json

FORMAT = 1
"""Version of the files that this module writes."""

KINDS: Mapping[str, type[Perceptron]] = {
    "MLPClassifier": MLPClassifier,
    "MLPRegressor": MLPRegressor,
}
CLASSIFIER = "MLPClassifier"
_NUMBERS = ("n_iter_", "t_", "seed_", "n_features_in_")
_LEFT_OUT = frozenset({"on_epoch", "random_state", "class_weight", "checkpoint"})
"""Parameters that a file does not keep: functions, generators and what only a fit needs."""


def save_estimator(path: str | PathLike[str], estimator: Perceptron) -> None:
    """Write a fitted estimator as one file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where; an older file is replaced.
    estimator : MLPClassifier or MLPRegressor
        Fitted.

    Raises
    ------
    StorageError
        If the file cannot be written; the older one is intact.
    ConfigurationError
        If a class is neither a word nor a number.
    """
    fitted: Fitted = estimator.fitted_
    arrays, document = _fitted_to_parts(fitted)
    if estimator.validation_scores_ is not None:
        arrays["validation_scores"] = np.array(estimator.validation_scores_)
    names = getattr(estimator, "feature_names_in_", None)
    about = {
        "kind": ESTIMATOR,
        "format": FORMAT,
        "estimator": type(estimator).__name__,
        "parameters": _parameters(estimator),
        "feature_names_in": None if names is None else [str(name) for name in names],
        "numbers": {name: int(getattr(estimator, name)) for name in _NUMBERS},
        "stopped_because": estimator.stopped_because_,
        "provenance": versions(),
    }
    write_tensors(path, arrays, about | document)


def _fitted_to_parts(fitted: Fitted) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """Return what a fit has left as named arrays and JSON."""
    translation = fitted.translation
    arrays: dict[str, np.ndarray[Any, Any]] = {
        f"encoding.{name}": array for name, array in translation.encoding.arrays().items()
    }
    members = []
    for number, member in enumerate(fitted.members):
        parts, document = state_to_parts(fitted.network, member.plan, member.state)
        arrays |= {f"member{number}.{name}": array for name, array in parts.items()}
        members.append(document | {"restored": member.restored})
    targets = translation.targets
    if isinstance(targets, Measured):
        arrays |= {"target.centre": targets.centre, "target.scale": targets.scale}
    return arrays, {
        "encoding": translation.encoding.as_json(),
        "targets": _targets_to_json(targets),
        "tabular": translation.tabular,
        "precision": translation.precision.name,
        "dtype": fitted.dtype.name,
        "engine": fitted.engine,
        "members": members,
    }


def _fitted_from_parts(
    arrays: Mapping[str, np.ndarray[Any, Any]], document: Json, source: str
) -> Fitted:
    """Return what :func:`_fitted_to_parts` was given."""
    translation = Translation(
        from_parts(document["encoding"], within(arrays, "encoding.")),
        _targets(document["targets"], arrays),
        bool(document["tabular"]),
        _precision(document["precision"]),
    )
    members = []
    network = None
    for number, part in enumerate(document["members"]):
        own = within(arrays, f"member{number}.")
        network, plan, state = state_from_parts(own, part, source)
        members.append(Member(plan, state, bool(part["restored"])))
    if network is None or document["engine"] not in {"compiled", "reference"}:
        raise FileFormatError.unreadable(source, "holds no network")
    if network.inputs != len(translation.encoding.feature_names):
        raise FileFormatError.unreadable("network", "takes other inputs than the encoding gives")
    if network.outputs != translation.targets.outputs:
        raise FileFormatError.unreadable("network", "gives other outputs than the targets have")
    if any(member.point.theta.size != network.size for member in members):
        raise FileFormatError.unreadable("members", "differ in their networks")
    return Fitted(
        translation, network, tuple(members), _precision(document["dtype"]), document["engine"]
    )


def load(path: str | PathLike[str]) -> Perceptron | TableModel:
    """Read a model that ``save`` wrote, of an estimator or of the command line.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    MLPClassifier, MLPRegressor or TableModel
        Predicts the bits of the one that was saved; an estimator goes on to those of a fit
        that was never saved.

    Raises
    ------
    FileFormatError
        If the file is not a whole model of this version.
    """
    if read_tensors(path)[1].get("kind") == TABLE_MODEL:
        return load_model(path)
    return load_estimator(path)


def load_estimator(path: str | PathLike[str]) -> Perceptron:
    """Read what :func:`save_estimator` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    MLPClassifier or MLPRegressor
        As :func:`load`.

    Raises
    ------
    FileFormatError
        If the file is not a whole estimator of this version.
    """
    arrays, document = read_tensors(path)
    if document.get("kind") != ESTIMATOR:
        raise FileFormatError.unreadable(path, "holds no model")
    if document.get("format") != FORMAT:
        problem = f"has format {document.get('format')!r}; this version reads {FORMAT}"
        raise FileFormatError.unreadable(path, problem)
    try:
        return _estimator(arrays, document, fspath(path))
    except (
        *(KeyError, TypeError, ValueError, AttributeError, IndexError),
        *(OverflowError, RecursionError),
    ) as error:
        reason = str(error) if isinstance(error, TrainwellError) else repr(error)
        problem = f"lacks or garbles a part: {reason}"
        raise FileFormatError.unreadable(path, problem) from None


def _estimator(
    arrays: Mapping[str, np.ndarray[Any, Any]], document: Json, source: str
) -> Perceptron:
    parameters = {
        name: from_json(value, PLAN_KINDS) if isinstance(value, dict | list) else value
        for name, value in document["parameters"].items()
    }
    estimator: Any = KINDS[document["estimator"]](**parameters)
    for name in _NUMBERS:
        value = document["numbers"][name]
        if type(value) is not int or value < 0:
            raise FileFormatError.unreadable(name, f"must be a number from 0 on, got {value!r}")
        setattr(estimator, name, value)
    if document["feature_names_in"] is not None:
        names = np.array([str(name) for name in document["feature_names_in"]], dtype=object)
        if len(names) != estimator.n_features_in_:
            raise FileFormatError.unreadable("feature_names_in", "are not as many as the columns")
        estimator.feature_names_in_ = names
    fitted = _fitted_from_parts(arrays, document, source)
    columns = len(fitted.translation.encoding.inputs)
    if not fitted.translation.tabular and columns != estimator.n_features_in_:
        raise FileFormatError.unreadable("encoding", "reads other columns than the matrix has")
    if isinstance(fitted.translation.targets, Classes) != (document["estimator"] == CLASSIFIER):
        raise FileFormatError.unreadable("targets", "are not those of the estimator")
    scores = arrays.get("validation_scores")
    estimator.describe(
        fitted,
        epochs=estimator.n_iter_,
        scores=None if scores is None else [float(score) for score in scores],
        reason=str(document["stopped_because"]),
    )
    return estimator  # type: ignore[no-any-return]


def _precision(name: str) -> np.dtype[Any]:
    if name not in {"float32", "float64"}:
        raise FileFormatError.unreadable("precision", f"must be float32 or float64, got {name!r}")
    return np.dtype(name)


def _parameters(estimator: Perceptron) -> Json:
    """Return the parameters that a file can keep; the others take their defaults again."""
    given = estimator.get_params(deep=False)
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if name in _LEFT_OUT and not isinstance(value, int):
            continue
        infinite = isinstance(value, float) and not np.isfinite(value)
        listed = list(value) if isinstance(value, np.ndarray) else value
        kept[name] = "auto" if infinite else as_json(listed)
    return kept


def _targets_to_json(targets: Classes | Measured) -> dict[str, Any]:
    """Return targets as JSON: classes with the kind of number or word that they are."""
    if isinstance(targets, Measured):
        return {"single": targets.single}
    names = targets.names
    words = [isinstance(name, str) for name in names]
    if names.dtype.kind not in "biufU" and not (names.dtype.kind == "O" and all(words)):
        domain = "words or numbers, to be kept in a file"
        raise ConfigurationError.out_of_range("save", "classes_", names.dtype.name, domain)
    return {
        "classes": names.tolist(),
        "dtype": names.dtype.str if names.dtype.kind != "O" else "object",
        "multilabel": targets.multilabel,
    }


def _targets(about: Json, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Classes | Measured:
    if "classes" in about:
        kind = np.dtype(about["dtype"])
        if kind.kind not in "biufUO" or kind.itemsize > 4 * 10_000:
            raise FileFormatError.unreadable("classes", f"cannot be of dtype {kind}")
        names = np.array(about["classes"], dtype=kind)
        if names.ndim != 1 or not len(names) or len(set(names.tolist())) != len(names):
            raise FileFormatError.unreadable("classes", "must be some that all differ")
        return Classes(names, multilabel=bool(about["multilabel"]))
    centre, scale = arrays["target.centre"], arrays["target.scale"]
    fits = centre.ndim == 1 and centre.shape == scale.shape and centre.size
    if not fits or not (np.isfinite(centre).all() and (scale > 0).all()):
        raise FileFormatError.unreadable("target", "must hold finite centres and positive scales")
    return Measured(centre.astype(np.float64), scale.astype(np.float64), bool(about["single"]))
