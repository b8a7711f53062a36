from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.course.vectors import (
    dictionary_to_vector,
    gradients_to_vector,
    vector_to_dictionary,
)
from trainwell.errors import ConfigurationError, ShapeError

SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=5)


def count(sizes: list[int]) -> int:
    return sum(outputs * (inputs + 1) for inputs, outputs in pairwise(sizes))


@given(SIZES)
def test_a_vector_of_any_network_comes_back(sizes):
    theta = np.arange(count(sizes), dtype=float)[:, np.newaxis]
    parameters = vector_to_dictionary(theta, layers_dims=sizes)
    back, keys = dictionary_to_vector(parameters)
    assert (back == theta).all()
    assert back.shape == theta.shape
    assert [keys.count(name) for name in parameters] == [v.size for v in parameters.values()]
    assert keys == sorted(keys, key=lambda name: (int(name[1:]), name[0] == "b"))
    gradients = {f"d{name}": value for name, value in reversed(parameters.items())}
    assert (gradients_to_vector({"dZ1": theta, "dA1": theta, **gradients}) == theta).all()


def test_more_than_nine_layers_keep_their_order():
    sizes = [1] * 13
    theta = np.arange(24.0)
    parameters = vector_to_dictionary(theta, layers_dims=sizes)
    assert parameters["W10"].item() == 18
    assert (dictionary_to_vector(parameters)[0].ravel() == theta).all()


def test_the_default_is_the_course_s_network_of_47_numbers():
    parameters = vector_to_dictionary(np.arange(47.0)[:, np.newaxis])
    assert {name: value.shape for name, value in parameters.items()} == {
        "W1": (5, 4),
        "b1": (5, 1),
        "W2": (3, 5),
        "b2": (3, 1),
        "W3": (1, 3),
        "b3": (1, 1),
    }
    assert parameters["W1"][1].tolist() == [4, 5, 6, 7]
    assert parameters["b3"].item() == 46


def test_the_dictionary_is_a_copy():
    theta = np.zeros((3, 1))
    vector_to_dictionary(theta, layers_dims=[2, 1])["W1"][0, 0] = 1
    assert not theta.any()


@pytest.mark.parametrize("size", [46, 48, 0])
def test_a_vector_of_another_length_is_refused(size):
    message = r"theta must have shape \(47, 1\) for layers_dims \(4, 5, 3, 1\), got"
    with pytest.raises(ShapeError, match=message):
        vector_to_dictionary(np.zeros((size, 1)))


def test_sizes_that_are_no_network_are_refused():
    with pytest.raises(ConfigurationError, match="layers_dims must be at least two positive sizes"):
        vector_to_dictionary(np.zeros((3, 1)), layers_dims=[3])
