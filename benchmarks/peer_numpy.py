"""The course's way in NumPy: parameters in a dictionary, one function per step, float64."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.timing import Candidate
from benchmarks.work import FloatArray, Work, examples, initial_weights

Arrays = dict[str, FloatArray]


def forward(x: FloatArray, parameters: Mapping[str, FloatArray], layers: int) -> Arrays:
    """Return the input and each layer's activations: ReLU, a sigmoid at the end."""
    cache = {"A0": x}
    for k in range(1, layers + 1):
        z = np.dot(parameters[f"W{k}"], cache[f"A{k - 1}"]) + parameters[f"b{k}"]
        cache[f"A{k}"] = 1 / (1 + np.exp(-z)) if k == layers else np.maximum(0, z)
    return cache


def cost(a: FloatArray, y: FloatArray) -> float:
    """Return the cross-entropy, in nats per example."""
    losses = -np.log(a) * y - np.log(1 - a) * (1 - y)
    return float(np.nansum(losses) / y.shape[1])


def backward(
    cache: Mapping[str, FloatArray],
    parameters: Mapping[str, FloatArray],
    y: FloatArray,
    layers: int,
) -> Arrays:
    """Return the gradient of each parameter."""
    gradients: Arrays = {}
    dz = (cache[f"A{layers}"] - y) / y.shape[1]
    for k in range(layers, 0, -1):
        gradients[f"W{k}"] = np.dot(dz, cache[f"A{k - 1}"].T)
        gradients[f"b{k}"] = np.sum(dz, axis=1, keepdims=True)
        if k > 1:
            dz = np.multiply(np.dot(parameters[f"W{k}"].T, dz), cache[f"A{k - 1}"] > 0)
    return gradients


def update(parameters: Mapping[str, FloatArray], gradients: Arrays, rate: float) -> Arrays:
    """Return the parameters one step further down."""
    return {name: value - rate * gradients[name] for name, value in parameters.items()}


def training(work: Work) -> list[Candidate]:
    """Return the loop; it knows full batches, gradient descent and one output only."""
    data, layers = examples(work), len(work.widths) - 1
    x = np.ascontiguousarray(data.x.T, dtype=np.float64)
    y = data.labels[np.newaxis, :].astype(np.float64)

    def start() -> Arrays:
        parameters: Arrays = {}
        for k, weights in enumerate(initial_weights(work), start=1):
            parameters[f"W{k}"] = weights
            parameters[f"b{k}"] = np.zeros((len(weights), 1))
        return parameters

    def run(parameters: Arrays) -> Arrays:
        costs = []
        for number in range(work.updates):
            cache = forward(x, parameters, layers)
            value = cost(cache[f"A{layers}"], y)
            parameters = update(parameters, backward(cache, parameters, y, layers), rate)
            if number % 1000 == 0:
                costs.append(value)
        return parameters

    def probabilities(parameters: Any) -> FloatArray:
        return forward(x, parameters, layers)[f"A{layers}"].T

    rate = work.learning_rate
    loop = Candidate("NumPy loop", "the course's", start, run, work.updates, probabilities)
    return [loop]
