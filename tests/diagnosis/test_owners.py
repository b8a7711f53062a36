"""Parameters that an object or a module holds: found, exchanged for a while, and left alone."""

from types import ModuleType

import numpy as np
import pytest

from trainwell.diagnosis.gradient_tape.recorder import Recorder, is_traced
from trainwell.diagnosis.gradients.arranged import SPACE
from trainwell.diagnosis.gradients.owned import Owned, OwnedGradient
from trainwell.diagnosis.gradients.owners import OfModule, OfObject, is_of_user


class Layer:
    def __init__(self, size):
        self.W = np.full((size, 2), 0.5)
        self.dW = None
        self.name = "layer"

    def forward(self, x):
        self.x = x
        return self.W @ x

    def backward(self, g):
        self.dW = np.outer(g, self.x)


class Net:
    def __init__(self):
        self.layers = [Layer(2), Layer(3)]
        self.scale = np.ones(3)
        self.fixed = (np.ones(2),)
        self.last = self.layers[-1]

    def cost(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return float(np.sum(self.scale * x)), x

    def backward(self, x):
        del x
        g = self.scale
        for layer in reversed(self.layers):
            layer.backward(g)
            g = layer.W.T @ g
        return {"scale": self.last.forward(self.last.x)}


def test_arrays_are_found_by_how_they_are_reached():
    owner = OfObject(Net())
    assert list(owner.arrays) == ["layers[0].W", "layers[1].W", "scale"]
    assert not owner.is_declared
    assert list(owner.only(["scale"]).arrays) == ["scale"]


def test_a_dictionary_of_parameters_is_all_there_is():
    net = Net()
    net.params = {"a": np.ones(2), "b": np.ones(1)}
    owner = OfObject(net)
    assert list(owner.arrays) == ["a", "b"]
    assert owner.is_declared


def test_a_copy_holds_other_arrays_and_the_object_its_own():
    net = Net()
    owner = OfObject(net)
    other = {name: 2 * array for name, array in owner.arrays.items()}
    with owner.holding(other) as copy:
        assert copy.last is copy.layers[1]
        assert np.all(copy.layers[1].W == 1.0)
        with owner.holding(other, copy) as again:
            assert again is copy
    assert np.all(net.layers[1].W == 0.5)


def test_an_array_that_stands_twice_is_exchanged_twice():
    net = Net()
    net.layers[1].tied = net.layers[0].W
    owner = OfObject(net)
    assert "layers[1].tied" not in owner.arrays
    with owner.holding({"layers[0].W": np.zeros((2, 2))}) as copy:
        assert not copy.layers[1].tied.any()


def test_variables_of_a_module_are_put_back_whatever_happens():
    module = ModuleType("program")
    module.W = own = np.ones(2)
    owner = OfModule(module, ["W"])

    def failing():
        with owner.holding({"W": np.zeros(2)}):
            assert not module.W.any()
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert module.W is own


def test_gradients_are_collected_from_where_they_were_left():
    net = Net()
    owner = OfObject(net)
    forward = Owned(owner, lambda get: get("cost"))
    backward = OwnedGradient(owner, "backward", ())
    x = np.array([1.0, -2.0])
    cost, kept = forward(dict(owner.arrays), x)
    space, *outputs = kept
    assert (cost, len(outputs)) == (net.cost(x)[0], 1)
    found = backward(dict(owner.arrays), x, changed_by_the_forward_pass=space)
    assert set(found) == {"dlayers[0].W", "dlayers[1].W", "dscale"}
    assert net.layers[0].dW is None


def test_only_objects_of_a_users_class_are_owners():
    assert is_of_user(Net())
    assert not any(
        map(is_of_user, (np.ones(2), {}, Net, np, "text", 1.0, np.random.default_rng(0)))
    )


class Kept:
    """A layer whose gradients are written into arrays that are there from the beginning."""

    def __init__(self):
        self.params, self.grads = [np.ones((3, 2))], [np.zeros((3, 2))]

    def forward(self, x):
        self.x, self.h = x, np.tanh(x @ self.params[0])
        return np.sum(self.h)

    def backward(self):
        self.grads[0][...] = self.x.T @ (1 - self.h**2)


def test_what_is_written_into_an_array_of_before_is_recorded():
    layer = Kept()
    owner = OfObject(layer)
    recorder = Recorder()
    params = {name: recorder.parameter(array) for name, array in owner.arrays.items()}
    _, (space, *_) = Owned(owner, lambda get: get("forward"))(params, np.ones((4, 3)))
    found = OwnedGradient(owner, "backward", ())(params, **{SPACE: space})
    assert found
    assert all(map(is_traced, found.values()))
    assert "copy" not in {step.operation for step in recorder.recording.steps}
    assert not layer.grads[0].any()
