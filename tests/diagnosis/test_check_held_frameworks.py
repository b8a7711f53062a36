"""Values of a framework that are held right: by their numbers, or by their turn where none is."""

import sys
from types import SimpleNamespace

import numpy as np

from trainwell.diagnosis.gradient_patches.holding import Hold
from trainwell.diagnosis.gradients.held_right import place_among

OLD, NEW, OTHER = np.array([1.0, 2.0]), np.array([5.0, 6.0]), np.array([3.0, 4.0])


class Tensor:
    """What of PyTorch's arrays matters here."""

    def __init__(self, numbers):
        self.numbers = np.array(numbers)

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.numbers

    def new_tensor(self, numbers):
        return Tensor(numbers)

    def __setitem__(self, at, other):
        self.numbers[at] = other.numbers


class Followed:
    """What JAX follows: it has numbers in an ordinary call only."""

    aval = None

    def __init__(self, numbers=None, dtype=np.float64):
        self.numbers, self.dtype = numbers, np.dtype(dtype)

    def __array__(self, dtype=None, copy=None):
        if self.numbers is None:
            raise TypeError("it is only followed")
        return self.numbers


def test_a_tensor_is_held_as_a_tensor():
    seen = []
    hold = Hold(None, [(OLD, NEW)], seen)
    held = hold.given(Tensor(OLD))
    assert isinstance(held, Tensor)
    np.testing.assert_array_equal(held.numbers, NEW)
    np.testing.assert_array_equal(seen, [OLD])
    other = Tensor(OTHER)
    assert hold.given(other) is other


def test_a_tensor_that_is_changed_in_place_is_held():
    changed, other = Tensor(OLD), Tensor(OTHER)
    Hold(None, [(OLD, NEW)]).changed(changed, other)
    np.testing.assert_array_equal(changed.numbers, NEW)
    np.testing.assert_array_equal(other.numbers, OTHER)


def test_what_is_only_followed_is_held_by_its_turn(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(numpy=np))
    hold = Hold(None, [(OLD, NEW)])
    whole = [Followed(np.array([1, 2]), int), Followed(dtype=int)]  # they are not counted
    assert hold.given(whole[0]) is whole[0]
    for numbers, then in ((OTHER, OTHER), (OLD, NEW), (OTHER, OTHER)):
        np.testing.assert_array_equal(hold.given(Followed(numbers)), then)
    first, second, third, more = (Followed() for _ in range(4))
    assert hold.given(first) is first
    assert hold.given(whole[1]) is whole[1]
    np.testing.assert_array_equal(hold.given(second), NEW)
    assert hold.given(third) is third
    assert hold.given(more) is more


def test_a_value_is_found_among_those_that_a_framework_computes_otherwise():
    nearly = OLD * (1 + 1e-15)
    assert not np.array_equal(nearly, OLD)
    assert place_among([OTHER, OLD], nearly) == 1
    assert place_among([nearly, OLD], OLD) == 1  # to the bit, if there is one
    assert place_among([OTHER, OLD * (1 + 1e-9)], OLD) is None
    assert place_among([np.array([]), OLD[:1]], OLD) is None
    assert place_among([np.zeros(2)], np.zeros(2)) == 0
