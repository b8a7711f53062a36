"""A fitted estimator as one ONNX file."""

import json
import platform
from importlib import import_module
from importlib.metadata import version
from os import PathLike
from typing import Any

import numpy as np

from trainwell.errors import ExportError
from trainwell.estimators.export_check import require_same_answers, required, trial_rows
from trainwell.estimators.fitted import Fitted, Member
from trainwell.estimators.onnx_graph import ACTIVATION_GRAPHS, IR_VERSION, OPSET, OnnxGraph
from trainwell.estimators.raw_features import RawFeatures, raw_features
from trainwell.estimators.targets import Classes, Measured, output_name
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.training.tensor_file import write_bytes

INPUT, LABEL, PROBABILITIES, PREDICTION = "X", "label", "probabilities", "prediction"
LARGEST_FILE = 2_000_000_000
"""Bytes; the format's own limit."""

_DOUBLE = np.dtype(np.float64)
_OUTPUTS = {"logistic": "Sigmoid", "exp": "Exp"}


def write_onnx(owner: str, fitted: Fitted, path: str | PathLike[str]) -> None:
    """Write a fit as one ONNX file, after it was seen to predict the same.

    Parameters
    ----------
    owner : str
        Who exports, for messages.
    fitted : Fitted
        What is exported.
    path : path-like
        Where; an older file is replaced, whole or not at all.

    Raises
    ------
    DependencyError
        If onnx is not installed.
    ExportError
        If the file would not predict what the fit does; nothing is written.
    StorageError
        If the file cannot be written; the older one is intact.
    """
    onnx = required(owner, "onnx", "onnx")
    bytes_held = fitted.network.size * fitted.dtype.itemsize * len(fitted.members)
    if bytes_held > LARGEST_FILE:
        reason = f"an ONNX file holds 2 GB and the networks have {bytes_held / 1e9:.1f} GB"
        raise ExportError.not_exported(owner, reason)
    model = _model(owner, onnx, fitted)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    rows = trial_rows(fitted)
    results = _run(model, content, rows)
    theirs = results[-1]
    require_same_answers(owner, fitted, rows, theirs)
    targets = fitted.translation.targets
    if isinstance(targets, Classes) and len(results) > 1:
        wrong = results[0] != targets.decode(theirs)
        if wrong.any():
            raise ExportError.not_exported(
                owner, f"{int(wrong.sum())} labels are not the likeliest"
            )
    write_bytes(path, content)


def _model(owner: str, onnx: Any, fitted: Fitted) -> Any:
    """Return a fit as a model of ONNX."""
    helper, translation = onnx.helper, fitted.translation
    encoding, targets = translation.encoding, translation.targets
    graph = OnnxGraph(onnx, fitted.dtype)
    features = graph.cast(_features(graph, fitted), fitted.dtype)
    outputs = [
        _output(graph, fitted, _network(graph, owner, fitted, member, f"member{number}", features))
        for number, member in enumerate(fitted.members)
    ]
    mean = outputs[0]
    if len(outputs) > 1:
        mean = graph.add("Div", graph.add("Sum", *outputs), graph.number(float(len(outputs))))
    if isinstance(targets, Measured):
        results = [_prediction(graph, fitted, targets, mean)]
    else:
        results = _classes(graph, fitted, targets, mean)
    names = encoding.feature_names if translation.tabular else encoding.columns
    kind = helper.np_dtype_to_tensor_dtype(translation.precision)
    given = helper.make_tensor_value_info(INPUT, kind, ["N", len(names)])
    made = helper.make_graph(
        graph.nodes, "trainwell", [given], results, list(graph.constants.values())
    )
    model = helper.make_model(
        made,
        producer_name="trainwell",
        producer_version=version("trainwell"),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    about: dict[str, Any] = {
        "estimator": owner.partition(".")[0],
        "feature_names": list(names),
        "provenance": _provenance(),
    }
    if isinstance(targets, Classes):
        about["classes"] = targets.names.tolist()
    helper.set_model_props(
        model,
        {name: json.dumps(value, ensure_ascii=False, default=str) for name, value in about.items()},
    )
    return model


def _provenance() -> dict[str, str]:
    packages = {name: version(name) for name in ("trainwell", "numpy", "onnx")}
    return packages | {"python": platform.python_version()}


def _features(graph: OnnxGraph, fitted: Fitted) -> str:
    """Return the features of rows, in the precision of the rows of the fit."""
    translation = fitted.translation
    if translation.tabular:
        return INPUT
    raw = raw_features(translation.encoding)
    rows = graph.cast(INPUT, _DOUBLE)
    missing = graph.add("IsNaN", rows)
    filled = graph.add("Where", missing, graph.constant("median", raw.median), rows)
    halves = graph.add("Mul", filled, graph.number(0.5, _DOUBLE))
    parts = [_values(graph, raw, halves) if raw.standardized else filled]
    if raw.piece_columns.size:
        columns = graph.constant("piece_columns", raw.piece_columns)
        numbers = graph.add("Gather", halves, columns, axis=1)
        distance = graph.add("Sub", numbers, graph.constant("half_starts", raw.half_starts))
        share = graph.add("Div", distance, graph.constant("half_widths", raw.half_widths))
        ends = graph.number(0.0, _DOUBLE), graph.number(1.0, _DOUBLE)
        parts.append(graph.add("Clip", share, *ends))
    if raw.mark_columns.size:
        columns = graph.constant("mark_columns", raw.mark_columns)
        marks = graph.add("Gather", missing, columns, axis=1)
        parts.append(graph.cast(marks, _DOUBLE))
    features = graph.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
    if not raw.in_order:
        features = graph.add("Gather", features, graph.constant("order", raw.order), axis=1)
    if raw.bounded:
        square = graph.add("Mul", features, features)
        length = graph.add("Sqrt", graph.add("Add", square, graph.number(1.0, _DOUBLE)))
        features = graph.add("Div", features, length)
    return graph.cast(features, translation.precision)


def _values(graph: OnnxGraph, raw: RawFeatures, halves: str) -> str:
    distance = graph.add("Sub", halves, graph.constant("half_centre", raw.half_centre))
    value = graph.add("Div", distance, graph.constant("half_scale", raw.half_scale))
    held = graph.add("Max", value, graph.constant("low", raw.low))
    return graph.add("Min", held, graph.constant("high", raw.high))


def _network(
    graph: OnnxGraph, owner: str, fitted: Fitted, member: Member, name: str, a: str
) -> str:
    """Return the logits (N, O) of one member for features."""
    network, point = fitted.network, member.point
    layers = zip(
        network.layers,
        network.split(point.theta),
        network.split_buffers(point.buffers),
        strict=True,
    )
    for number, (layer, parameters, statistics) in enumerate(layers):
        own = f"{name}.{number}"
        if isinstance(layer, Dense):
            weights = [graph.constant(f"{own}.W", parameters[0])]
            if layer.bias:
                weights.append(graph.constant(f"{own}.b", parameters[1].ravel()))
            a = graph.add("Gemm", a, *weights, transB=1)
        elif isinstance(layer, BatchNorm):
            gamma, beta, mean, variance = (array.ravel() for array in (*parameters, *statistics))
            factor = gamma / np.sqrt(variance + layer.epsilon)
            a = graph.add("Sub", a, graph.constant(f"{own}.mean", mean))
            a = graph.add("Mul", a, graph.constant(f"{own}.factor", factor))
            a = graph.add("Add", a, graph.constant(f"{own}.beta", beta))
        elif isinstance(layer, Activate) and layer.function in ACTIVATION_GRAPHS:
            a = ACTIVATION_GRAPHS[layer.function](graph, a)
        elif not isinstance(layer, Dropout):
            raise ExportError.not_exported(owner, f"ONNX has no equal of {layer!r}")
    return a


def _output(graph: OnnxGraph, fitted: Fitted, logits: str) -> str:
    """Return what the loss makes of logits."""
    name = output_name(fitted.loss)
    if name == "softmax":
        return graph.add("Softmax", logits, axis=1)
    return graph.add(_OUTPUTS[name], logits) if name in _OUTPUTS else logits


def _prediction(graph: OnnxGraph, fitted: Fitted, targets: Measured, mean: str) -> Any:
    """Add the numbers in the targets' units, and return what they are."""
    precision = fitted.translation.precision
    scale, centre = (graph.constant(name, getattr(targets, name)) for name in ("scale", "centre"))
    numbers = graph.add("Add", graph.add("Mul", graph.cast(mean, _DOUBLE), scale), centre)
    if targets.single:
        numbers = graph.add("Squeeze", numbers, graph.constant("axis", np.array([1])))
    kind = graph.onnx.helper.np_dtype_to_tensor_dtype(precision)
    graph.add("Cast", numbers, output=PREDICTION, to=kind)
    shape = ["N"] if targets.single else ["N", targets.outputs]
    return graph.onnx.helper.make_tensor_value_info(PREDICTION, kind, shape)


def _classes(graph: OnnxGraph, fitted: Fitted, targets: Classes, mean: str) -> list[Any]:
    """Add probabilities and, of words and numbers, labels; return what they are."""
    helper, names = graph.onnx.helper, targets.names
    if targets.multilabel or targets.outputs > 1:
        graph.add("Identity", mean, output=PROBABILITIES)
    elif len(names) == 1:
        zero = graph.add("Mul", mean, graph.number(0.0))
        graph.add("Add", zero, graph.number(1.0), output=PROBABILITIES)
    else:
        other = graph.add("Sub", graph.number(1.0), mean)
        graph.add("Concat", other, mean, axis=1, output=PROBABILITIES)
    kind = helper.np_dtype_to_tensor_dtype(fitted.dtype)
    probabilities = helper.make_tensor_value_info(PROBABILITIES, kind, ["N", len(names)])
    whole = graph.onnx.TensorProto.INT64
    if targets.multilabel:
        likely = graph.add("Greater", PROBABILITIES, graph.number(0.5))
        graph.add("Cast", likely, output=LABEL, to=whole)
        return [helper.make_tensor_value_info(LABEL, whole, ["N", len(names)]), probabilities]
    labels = _labels(names)
    if labels is None:
        return [probabilities]
    index = graph.add("ArgMax", PROBABILITIES, axis=1, keepdims=0)
    graph.add("Gather", graph.constant("classes", labels), index, axis=0, output=LABEL)
    kind = graph.constants["classes"].data_type
    return [helper.make_tensor_value_info(LABEL, kind, ["N"]), probabilities]


def _labels(names: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """Return classes as an array that ONNX can hold, if they are words or numbers."""
    if names.dtype.kind in "iu":
        return names.astype(np.int64)
    if names.dtype.kind in "bf":
        return names.astype(np.float64) if names.dtype.kind == "f" else names
    return names.astype(object) if all(isinstance(name, str) for name in names) else None


def _run(model: Any, content: bytes, rows: np.ndarray[Any, Any]) -> list[Any]:
    """Return what a model answers: in onnxruntime, or in ONNX's own evaluator without it."""
    try:
        runtime = import_module("onnxruntime")
    except ImportError:
        reference = import_module("onnx.reference")
        return list(reference.ReferenceEvaluator(model).run(None, {INPUT: rows}))
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return list(session.run(None, {INPUT: rows}))
