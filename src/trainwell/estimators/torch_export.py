"""A fitted estimator as a module of PyTorch that needs nothing of ours."""

from typing import Any

import numpy as np

from trainwell.errors import ExportError
from trainwell.estimators.export_check import require_same_answers, required, trial_rows
from trainwell.estimators.fitted import Fitted, Member
from trainwell.estimators.raw_features import RawFeatures, raw_features
from trainwell.estimators.targets import Classes, output_name
from trainwell.network.activate import Activate
from trainwell.network.activations import LEAK
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.layer import Layer, Parameters

ACTIVATION_MODULES: dict[str, tuple[str, dict[str, float]]] = {
    "identity": ("Identity", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": LEAK}),
    "elu": ("ELU", {}),
    "selu": ("SELU", {}),
    "gelu": ("GELU", {}),
    "silu": ("SiLU", {}),
    "softplus": ("Softplus", {"threshold": 40.0}),  # by default it is a line from 20 on
}
"""Class in ``torch.nn``, and settings, of each activation."""


def to_torch_module(owner: str, fitted: Fitted) -> Any:
    """Return a fit as a module of PyTorch, after it was seen to predict the same.

    Parameters
    ----------
    owner : str
        Who exports, for messages.
    fitted : Fitted
        What is exported; a copy is made of its numbers.

    Returns
    -------
    torch.fx.GraphModule
        In evaluation mode. Its code is its own, so a file of it needs PyTorch alone;
        ``member0``, ``member1``, ... are the networks, each an ``nn.Sequential`` that gives
        logits; ``feature_names`` says what the columns of its input are, ``classes`` what those
        of its output are.

    Raises
    ------
    DependencyError
        If PyTorch is not installed.
    ExportError
        If the module does not predict what the fit does.
    """
    torch = required(owner, "torch", "torch")
    required(owner, "torch.fx", "torch")
    root = torch.nn.Module()
    for number, member in enumerate(fitted.members):
        root.add_module(f"member{number}", _network(torch, owner, fitted, member))
    graph = torch.fx.Graph()
    program = _Program(torch, root, graph, fitted)
    features = program.features(program.value(graph.placeholder("x")))
    graph.output(program.answers(features).node)
    graph.lint()
    module = torch.fx.GraphModule(root, graph)
    translation = fitted.translation
    encoding, targets = translation.encoding, translation.targets
    about = {
        "feature_names": list(encoding.feature_names if translation.tabular else encoding.columns),
        "classes": targets.names.tolist() if isinstance(targets, Classes) else None,
    }
    # What stands there as well survives a deep copy.
    module.meta["_user_preserved_attributes"] = about
    for name, value in about.items():
        setattr(module, name, value)
    module.eval()
    rows = trial_rows(fitted)
    with torch.no_grad():
        theirs = module(torch.from_numpy(rows)).numpy()
    require_same_answers(owner, fitted, rows, theirs)
    return module


class _Program:
    """What surrounds the networks, written down operation by operation."""

    def __init__(self, torch: Any, root: Any, graph: Any, fitted: Fitted) -> None:
        self.torch, self.root, self.graph, self.fitted = torch, root, graph, fitted
        self.tracer = torch.fx.proxy.GraphAppendingTracer(graph)

    def value(self, node: Any) -> Any:
        """Return the value of a node, with which to go on."""
        return self.torch.fx.Proxy(node, self.tracer)

    def kept(self, name: str, array: np.ndarray[Any, Any]) -> Any:
        """Return a buffer of the module."""
        self.root.register_buffer(name, self.torch.tensor(array))
        return self.value(self.graph.get_attr(name))

    def dtype(self, precision: np.dtype[Any]) -> Any:
        """Return PyTorch's name of a precision."""
        return getattr(self.torch, precision.name)

    def features(self, x: Any) -> Any:
        """Return the features (N, F) of rows (N, I), in the precision of the rows of the fit."""
        translation = self.fitted.translation
        if translation.tabular:
            return x
        raw = raw_features(translation.encoding)
        rows = x.to(self.torch.float64)
        missing = self.torch.isnan(rows)
        filled = self.torch.where(missing, self.kept("median", raw.median), rows)
        parts = [self._values(raw, filled)]
        if raw.piece_columns.size:
            columns = self.kept("piece_columns", raw.piece_columns)
            starts = self.kept("half_starts", raw.half_starts)
            widths = self.kept("half_widths", raw.half_widths)
            numbers = filled.index_select(1, columns)
            parts.append(((numbers / 2 - starts) / widths).clamp(0.0, 1.0))
        if raw.mark_columns.size:
            columns = self.kept("mark_columns", raw.mark_columns)
            parts.append(missing.index_select(1, columns).to(self.torch.float64))
        features = self.torch.cat(parts, 1) if len(parts) > 1 else parts[0]
        if not raw.in_order:
            features = features.index_select(1, self.kept("order", raw.order))
        if raw.bounded:
            features = features / (1 + features * features).sqrt()
        return features.to(self.dtype(translation.precision))

    def _values(self, raw: RawFeatures, filled: Any) -> Any:
        if not raw.standardized:
            return filled
        centre, scale = (
            self.kept("half_centre", raw.half_centre),
            self.kept("half_scale", raw.half_scale),
        )
        low, high = self.kept("low", raw.low), self.kept("high", raw.high)
        distance = (filled / 2 - centre) / scale
        return self.torch.minimum(self.torch.maximum(distance, low), high)

    def answers(self, features: Any) -> Any:
        """Return probabilities (N, C) or numbers in the targets' units for features (N, F)."""
        torch, targets = self.torch, self.fitted.translation.targets
        # The networks' own precision, also where a caller has changed it.
        like = self.value(self.graph.get_attr("member0.0.weight"))
        features = features.type_as(like)
        outputs = [
            self._output(self.value(self.graph.call_module(name, (features.node,))))
            for name, _ in self.root.named_children()
        ]
        mean = sum(outputs[1:], outputs[0]) / len(outputs) if len(outputs) > 1 else outputs[0]
        if not isinstance(targets, Classes):
            scale, centre = self.kept("scale", targets.scale), self.kept("centre", targets.centre)
            numbers = mean.to(torch.float64) * scale + centre
            numbers = numbers.to(self.dtype(self.fitted.translation.precision))
            return numbers.squeeze(1) if targets.single else numbers
        if targets.multilabel or targets.outputs > 1:
            return mean
        if len(targets.names) == 1:
            return torch.ones_like(mean)
        return torch.cat([1 - mean, mean], 1)

    def _output(self, logits: Any) -> Any:
        """Return what the loss makes of logits."""
        name = output_name(self.fitted.loss)
        if name == "logistic":
            return logits.sigmoid()
        if name == "softmax":
            return logits.softmax(1)
        return logits.exp() if name == "exp" else logits


def _network(torch: Any, owner: str, fitted: Fitted, member: Member) -> Any:
    """Return the layers of one member as an ``nn.Sequential``."""
    dtype = getattr(torch, fitted.dtype.name)
    network, point = fitted.network, member.point
    layers = zip(
        network.layers,
        network.split(point.theta),
        network.split_buffers(point.buffers),
        strict=True,
    )
    return torch.nn.Sequential(*(_module(torch, owner, dtype, *layer) for layer in layers))


def _module(
    torch: Any,
    owner: str,
    dtype: Any,
    layer: Layer,
    parameters: Parameters,
    statistics: Parameters,
) -> Any:
    """Return one layer as a module of ``torch.nn``."""
    arrays = [torch.tensor(array, dtype=dtype) for array in (*parameters, *statistics)]
    names: tuple[str, ...]
    if isinstance(layer, Dense):
        # Skipped: initial weights would move the global generator.
        made = torch.nn.utils.skip_init(
            torch.nn.Linear, layer.inputs, layer.outputs, bias=layer.bias, dtype=dtype
        )
        names = ("weight", "bias")
    elif isinstance(layer, BatchNorm):
        made = torch.nn.BatchNorm1d(
            layer.units, eps=layer.epsilon, momentum=1 - layer.momentum, dtype=dtype
        )
        names = ("weight", "bias", "running_mean", "running_var")
    elif isinstance(layer, Dropout):
        return torch.nn.Dropout(layer.rate)
    elif isinstance(layer, Activate) and layer.function in ACTIVATION_MODULES:
        kind, settings = ACTIVATION_MODULES[layer.function]
        return getattr(torch.nn, kind)(**settings)
    else:
        raise ExportError.not_exported(owner, f"PyTorch has no equal of {layer!r}")
    state = made.state_dict()
    for name, array in zip(names, arrays, strict=False):
        state[name].copy_(array.reshape(state[name].shape))
    return made
