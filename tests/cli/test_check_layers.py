"""Layers as objects: what they are given has a gradient, too, and some have no parameters."""

import json
from collections.abc import Callable

import pytest
from cli.conftest import Call

DENSE = """
import numpy as np


class Dense:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.params = {"w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
        self.grads = {}

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["w"] = self.inputs.T @ grad
        return grad @ self.params["w"].T


def case():
    return Dense(), (np.random.default_rng(1).normal(size=(5, 3)),)
"""

SQUASHED = """
import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        dx = dout * (1 - self.y**2)
        return dx


def case():
    return Tanh(), (np.random.default_rng(1).normal(size=(5, 3)),)
"""

LOSS = """
import numpy as np


class Squares:
    def forward(self, predicted, wanted):
        self.apart = predicted - wanted
        return np.mean(self.apart**2)

    def backward(self):
        return 2 * self.apart / self.apart.size


def case():
    rng = np.random.default_rng(1)
    return Squares(), (rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))
"""

STATISTICS = """
import numpy as np


class Scale:
    def __init__(self):
        self.gain, self.seen = np.ones(3) * 1.5, np.zeros(3)

    def forward(self, x):
        self.seen = 0.9 * self.seen + 0.1 * x.mean(axis=0)
        self.x = x
        return self.gain * x

    def backward(self, dout):
        self.dgain = np.sum(dout * self.x, axis=0)
        return dout * self.gain


def case():
    return Scale(), (np.random.default_rng(1).normal(size=(5, 3)),)
"""

LAYERS = {
    "dense": (DENSE, 'return grad @ self.params["w"].T', 'return 2 * grad @ self.params["w"].T'),
    "tanh": (SQUASHED, "1 - self.y**2", "1 - self.y"),
    "loss": (LOSS, "2 * self.apart / self.apart.size", "self.apart / self.apart.size"),
    "statistics": (STATISTICS, "return dout * self.gain", "return dout / self.gain"),
}
GIVEN = {"dense": "inputs", "tanh": "x", "loss": "predicted", "statistics": "x"}


@pytest.mark.parametrize("name", LAYERS)
def test_what_a_layer_is_given_has_a_gradient(
    call: Call, write: Callable[..., str], name: str
) -> None:
    answer = call("check", write(LAYERS[name][0]), "--json")
    assert answer.code == 0, answer
    assert json.loads(answer.out)["arrays"][GIVEN[name]]["status"] == "OK"


@pytest.mark.parametrize("name", LAYERS)
def test_a_wrong_gradient_of_what_a_layer_is_given_is_named(
    call: Call, write: Callable[..., str], name: str
) -> None:
    program, right, wrong = LAYERS[name]
    text = program.replace(right, wrong)
    answer = call("check", write(text), "--json")
    assert answer.code == 1, answer
    (finding,) = json.loads(answer.out)["findings"]
    line = 1 + text[: text.index(wrong)].count("\n")
    assert (finding["line"], finding["affected"]) == (line, [GIVEN[name]])


def test_a_layer_that_returns_nothing_is_checked_by_its_parameters(
    call: Call, write: Callable[..., str]
) -> None:
    text = DENSE.replace('        return grad @ self.params["w"].T\n', "")
    answer = call("check", write(text), "--json")
    assert answer.code == 0
    assert set(json.loads(answer.out)["arrays"]) == {"w", "b"}


def test_a_layer_without_parameters_and_gradients_is_refused(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write(SQUASHED.replace("        return dx\n", "")))
    assert "neither returns nor leaves a gradient (such as dW)" in said
