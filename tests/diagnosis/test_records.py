"""Parameters and gradients that are attributes of objects: in dictionaries, in slots, frozen."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from scipy import sparse

from trainwell import check_gradients, numerical_gradient
from trainwell.diagnosis.gradient_tape.attributes import (
    attributes,
    has_attributes,
    is_record,
    with_attributes,
)
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.leftovers import as_before
from trainwell.diagnosis.gradient_verdict.parameters import Parameters, gradient_of
from trainwell.diagnosis.gradients.owners import OfObject, is_of_user
from trainwell.errors import DataError

X, Y = np.random.default_rng(0).normal(size=(2, 5, 3))


class Plain:
    def __init__(self, **held):
        self.__dict__.update(held)


@dataclass(slots=True, frozen=True)
class Frozen:
    W: np.ndarray
    b: np.ndarray
    share: float = 0.1


class Above:
    __slots__ = ("W",)


class Slotted(Above):
    __slots__ = ("__secret", "b", "unset")

    def __init__(self, W, b):
        self.W, self.b, self.__secret = W, b, 3


class Pair(NamedTuple):
    W: np.ndarray
    b: np.ndarray


def cost(params, x, y):
    return 0.5 * np.sum((np.tanh(x @ params.W + params.b) - y) ** 2)


def slopes(params, x, y):
    a = np.tanh(x @ params.W + params.b)
    g = (a - y) * (1 - a**2)
    return {"W": x.T @ g, "b": g.sum(axis=0)}


def draw():
    rng = np.random.default_rng(1)
    return {"W": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}


@pytest.mark.parametrize("kind", [SimpleNamespace, Plain, Frozen, Slotted, Pair])
def test_objects_are_checked_as_dictionaries_are(kind):
    params = kind(**draw())
    before = {name: getattr(params, name).tobytes() for name in "Wb"}
    report = check_gradients(cost, lambda *args: kind(**slopes(*args)), params, data=(X, Y))
    assert report.verdict == "PASS"
    assert before == {name: getattr(params, name).tobytes() for name in "Wb"}

    def twice(*args):
        found = slopes(*args)
        return kind(W=2 * found["W"], b=found["b"])

    report = check_gradients(cost, twice, params, data=(X, Y))
    (finding,) = report.findings
    assert finding.line == twice.__code__.co_firstlineno + 2
    assert finding.factor == pytest.approx(2)


def test_gradients_of_an_object_may_be_a_dictionary():
    report = check_gradients(cost, slopes, Frozen(**draw()), data=(X, Y))
    assert report.verdict == "PASS"


def test_a_number_of_an_object_is_a_parameter_if_there_is_a_gradient():
    params = Frozen(**draw())
    assert list(Parameters.of(params).arrays) == ["W", "b"]
    assert Parameters.of(params).has_settings
    assert list(Parameters.of(params, whole=True).arrays) == ["W", "b", "share"]
    only = Frozen(W=[], b=None)
    assert list(Parameters.of(only).arrays) == ["share"]

    def scaled(p, x, y):
        return p.share * cost(p, x, y)

    def grad(p, x, y):
        found = {name: p.share * g for name, g in slopes(p, x, y).items()}
        return Frozen(**found, share=3 * cost(p, x, y))

    report = check_gradients(scaled, grad, params, data=(X, Y))
    assert [finding.affected for finding in report.findings] == [("share",)]


def test_objects_within_lists_within_objects_are_reached_by_their_names():
    inner = [SimpleNamespace(W=np.ones(2)), {"b": np.zeros(1)}]
    whole = SimpleNamespace(layers=inner, scale=np.ones(1), note="text", nothing=None)
    parameters = Parameters.of(whole)
    assert list(parameters.arrays) == ["layers[0].W", "layers[1].b", "scale"]
    other = parameters.rebuilt(lambda name: parameters.arrays[name] + 1)
    assert (other.layers[0].W == 2).all()
    assert (other.scale, other.note) == (2, "text")
    assert (inner[0].W == 1).all()
    assert whole.layers is inner
    given = gradient_of(other, parameters, "d{}")
    assert {name: g.tolist() for name, g in given.items()} == {
        "layers[0].W": [2, 2],
        "layers[1].b": [1],
        "scale": [2],
    }
    named = SimpleNamespace(dscale=1, rest=[{}])
    assert gradient_of(named, parameters, "d{}")["scale"] == 1


def test_an_object_that_holds_itself_ends():
    params = Plain(W=np.ones(2))
    params.itself = params
    names = list(Parameters.of(params).arrays)
    assert names[0] == "W"
    assert names[-1] == ".".join([*["itself"] * 6, "W"])


def test_attributes_in_slots_are_those_that_are_set():
    assert set(attributes(Slotted(np.ones(1), 2))) == {"W", "b", "_Slotted__secret"}
    assert attributes(3.0) == {}
    assert has_attributes(Slotted(1, 2))
    assert not has_attributes((1, 2))


@pytest.mark.parametrize(
    "thing",
    [3.0, np.ones(2), [1], Pair(1, 2), {"a": 1}, Plain, draw, np, "text", sparse.eye(2)],
)
def test_what_has_values_of_its_own_is_no_record(thing):
    assert not is_record(thing)


def test_a_copy_is_changed_and_no_more():
    before = Frozen(W=1, b=2)
    after = with_attributes(before, lambda name, value: 5 if name == "b" else value)
    assert (before.b, after.b, after.W) == (2, 5, 1)
    assert type(after) is Frozen


class Layer:
    __slots__ = ("W", "dW", "x")

    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, g):
        self.dW = self.x.T @ g
        return g @ self.W.T


def test_layers_with_slots_are_found_with_their_gradients():
    layer = Layer(np.ones((3, 2)))
    assert is_of_user(layer)
    assert not is_of_user(3.0)
    owner = OfObject(layer)
    assert list(owner.arrays) == ["W"]
    layer.dW = np.ones((3, 2))
    assert owner.gradient(layer, "W") is layer.dW


def test_what_layers_keep_in_slots_is_put_back():
    layer = Layer(np.ones((3, 2)))
    layer.x = kept = np.ones((5, 3))

    def forward(params, x):
        return layer.forward(x).sum() + params["W"].sum()

    calls = Calls(forward, None, Parameters.of({"W": np.ones(2)}), (X,))
    with as_before(calls):
        calls.value()
        assert layer.x is not kept
    assert layer.x is kept


def test_values_beside_gradients_are_none():
    parameters = Parameters.of(draw())
    given = {**draw(), "dW": 1, "db": 2}
    assert gradient_of(given, parameters, "d{}") == {"W": 1, "b": 2}
    assert gradient_of({"W": 3, "b": 4}, parameters, "d{}") == {"W": 3, "b": 4}
    assert gradient_of({"W": 3, "b": 4}, parameters, "d{}".format) == {"W": None, "b": None}


@pytest.mark.parametrize(
    ("params", "gradients"),
    [
        (np.ones(3), [1, 2.0, 3]),
        ({"w": np.ones(3)}, {"dw": [1, 2, 3]}),
        ([1.0, 2.0, 3.0], [1, 2, 3]),
    ],
)
def test_gradients_may_be_lists_of_numbers(params, gradients):
    parameters = Parameters.of(params)
    found = gradient_of(gradients, parameters, "d{}")
    assert [*map(list, map(np.atleast_1d, found.values()))] in ([[1, 2, 3]], [[1], [2], [3]])
    assert list(found) == list(parameters.arrays)


TABLE = np.array([(1.0, 2.0), (2.0, 1.0), (3.0, 0.5)], dtype=[("x", float), ("y", float)])


class Guarded(np.ndarray):
    def __imul__(self, other):
        raise TypeError("only new arrays", other)


def product(data):
    return np.asarray(data).sum(0) if type(data) is Guarded else data["x"] * data["y"]


@pytest.mark.parametrize("data", [X.view(Guarded), TABLE], ids=["of a class", "structure"])
def test_arrays_of_other_kinds_may_be_data(data):
    def linear(w, data):
        return np.sum(w * product(data))

    def slope(w, data):
        return product(data) + 0 * w

    assert check_gradients(linear, slope, np.ones(3), data).verdict == "PASS"


def test_a_numerical_gradient_is_of_one_array():
    with pytest.raises(DataError, match="theta must be one array of real numbers, got dict"):
        numerical_gradient(len, {"W": np.ones(2)})
