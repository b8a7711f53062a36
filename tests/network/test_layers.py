"""What holds for every layer, and the formulas of each."""

from typing import Any

import numpy as np
import pytest
from tables import LAYERS, TRAINING

from trainwell.errors import ConfigurationError
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.layer import Cache, Layer, Parameters
from trainwell.randomness import Randomness
from trainwell.types import FloatArray

EXAMPLES = 6
PASSES = pytest.mark.parametrize("randomness", [None, TRAINING], ids=["evaluating", "training"])
EVERY_LAYER = pytest.mark.parametrize("name", LAYERS)


def frozen(array: FloatArray, dtype: type = np.float64) -> FloatArray:
    array = array.astype(dtype)
    array.flags.writeable = False
    return array


def arguments(
    layer: Layer, dtype: type = np.float64
) -> tuple[Parameters, Parameters, FloatArray, FloatArray]:
    """Return read-only parameters, statistics, input and gradient of the output."""
    rng = np.random.default_rng(2)
    parameters = tuple(frozen(rng.standard_normal(slot.shape), dtype) for slot in layer.slots)
    statistics = tuple(frozen(rng.uniform(1, 2, slot.shape), dtype) for slot in layer.statistics)
    x = frozen(rng.standard_normal((layer.inputs, EXAMPLES)), dtype)
    return parameters, statistics, x, frozen(rng.standard_normal((layer.outputs, EXAMPLES)), dtype)


def both_ways(
    layer: Layer, randomness: Randomness | None, dtype: type = np.float64
) -> tuple[FloatArray, FloatArray, Parameters, Cache]:
    parameters, statistics, x, grad_y = arguments(layer, dtype)
    y, cache = layer.forward(parameters, statistics, x, randomness)
    return y, *layer.backward(parameters, cache, grad_y), cache


@PASSES
@EVERY_LAYER
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_precision_fit(name: str, randomness: Randomness | None, dtype: type) -> None:
    layer = LAYERS[name]
    y, grad_x, grads, _ = both_ways(layer, randomness, dtype)
    assert y.shape == (layer.outputs, EXAMPLES)
    assert grad_x.shape == (layer.inputs, EXAMPLES)
    assert [grad.shape for grad in grads] == [slot.shape for slot in layer.slots]
    assert {array.dtype for array in (y, grad_x, *grads)} == {np.dtype(dtype)}


@PASSES
@EVERY_LAYER
def test_a_layer_remembers_nothing_and_modifies_nothing(
    name: str, randomness: Randomness | None
) -> None:
    layer = LAYERS[name]
    before = arguments(layer)  # read-only: writing to them would raise
    first, second = (both_ways(layer, randomness) for _ in range(2))
    for one, other in zip(first[:3], second[:3], strict=True):
        np.testing.assert_equal(one, other)
    np.testing.assert_equal(arguments(layer), before)


@EVERY_LAYER
def test_evaluation_has_no_randomness(name: str) -> None:
    layer = LAYERS[name]
    parameters, statistics, x, _ = arguments(layer)
    together, _ = layer.forward(parameters, statistics, x, None)
    for example in range(EXAMPLES):  # no example depends on another, or on its place
        alone, _ = layer.forward(parameters, statistics, x[:, [example]], None)
        np.testing.assert_allclose(alone, together[:, [example]], rtol=1e-13)


@EVERY_LAYER
def test_arrays_are_drawn_in_the_shape_of_their_slot(name: str) -> None:
    for slot in (*LAYERS[name].slots, *LAYERS[name].statistics):
        assert slot.initial(0, 0).shape == slot.shape
        assert slot.size == slot.initial(0, 0).size
        assert slot.penalized == (slot.name == "W")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Dense(0, 3), "Dense.inputs must be an integer of at least 1, got 0"),
        (lambda: Dense(3, 2.5), "Dense.outputs must be an integer of at least 1, got 2.5"),
        (lambda: Dropout(3, 1.0), "Dropout.rate must be in [0, 1), got 1.0"),
        (lambda: Dropout(3, -0.1), "Dropout.rate must be in [0, 1), got -0.1"),
        (lambda: Dropout(0, 0.5), "Dropout.units must be an integer of at least 1, got 0"),
        (lambda: BatchNorm(0), "BatchNorm.units must be an integer of at least 1, got 0"),
        (lambda: BatchNorm(2, momentum=1.0), "BatchNorm.momentum must be in [0, 1), got 1.0"),
        (lambda: BatchNorm(2, epsilon=0.0), "BatchNorm.epsilon must be greater than 0, got 0.0"),
        (lambda: Activate(-1), "Activate.units must be an integer of at least 1, got -1"),
    ],
)
def test_a_setting_outside_its_domain_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert str(caught.value) == sentence


def test_an_unknown_function_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigurationError, match=r"got 'reluu'; did you mean 'relu'\?$"):
        Activate(3, "reluu")


def test_a_dense_layer_is_an_affine_map() -> None:
    weights, bias = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[1.0], [-1.0], [0.5]])
    x = np.array([[10.0, -1.0], [100.0, 1.0]])
    y, cache = Dense(2, 3).forward((weights, bias), (), x, None)
    assert y.tolist() == [[211.0, 2.0], [429.0, 0.0], [650.5, 1.5]]
    grad_x, (grad_weights, grad_bias) = Dense(2, 3).backward(
        (weights, bias), cache, np.array([[1.0, 2.0], [0.0, 0.0], [0.0, -1.0]])
    )
    assert grad_weights.tolist() == [[8.0, 102.0], [0.0, 0.0], [1.0, -1.0]]
    assert grad_bias.tolist() == [[3.0], [0.0], [-1.0]]
    assert grad_x.tolist() == [[1.0, -3.0], [2.0, -2.0]]


def test_only_a_dense_layer_with_bias_has_one() -> None:
    assert [slot.name for slot in Dense(2, 3).slots] == ["W", "b"]
    assert [slot.name for slot in Dense(2, 3, bias=False).slots] == ["W"]


def test_dropout_keeps_the_expected_value() -> None:
    x = np.array([[1.0], [-2.0], [0.5]]) * np.ones((1, 100_000))
    y, _ = Dropout(3, 0.3).forward((), (), x, TRAINING)
    # Four standard deviations of a mean of Bernoulli variables over 0.7.
    limit = 4 * np.sqrt(0.3 / 0.7 / 100_000)
    np.testing.assert_allclose(y.mean(axis=1) / x[:, 0], 1, atol=limit)


def test_dropout_zeroes_or_scales_by_the_inverse_of_what_it_keeps() -> None:
    x = np.ones((40, 50))
    y, cache = Dropout(40, 0.2).forward((), (), x, TRAINING)
    kept = TRAINING.kept((40, 50), 0.8)
    np.testing.assert_array_equal(y, np.where(kept, 1 / 0.8, 0.0))
    assert 0.75 < kept.mean() < 0.85
    grad_x, _ = Dropout(40, 0.2).backward((), cache, 3 * x)
    np.testing.assert_allclose(grad_x, np.where(kept, 3 / 0.8, 0.0))


def test_dropout_gives_a_narrower_layer_the_first_rows_of_a_wider_ones_mask() -> None:
    wide, _ = Dropout(20, 0.5).forward((), (), np.ones((20, 8)), TRAINING)
    narrow, _ = Dropout(6, 0.5).forward((), (), np.ones((6, 8)), TRAINING)
    np.testing.assert_array_equal(narrow, wide[:6])


def test_a_lower_rate_drops_nothing_that_a_higher_one_keeps() -> None:
    x = np.ones((20, 30))
    low, high = (Dropout(20, rate).forward((), (), x, TRAINING)[0] > 0 for rate in (0.2, 0.6))
    assert (low | ~high).all()
    assert low.sum() > high.sum()


def statistics_of(layer: BatchNorm) -> Parameters:
    return tuple(slot.initial(0, 0) for slot in layer.statistics)


def test_batch_norm_in_training_is_its_formula() -> None:
    x = np.array([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]])
    gamma, beta = np.array([[2.0], [3.0]]), np.array([[0.5], [-1.0]])
    layer = BatchNorm(2, epsilon=1.0)
    y, _ = layer.forward((gamma, beta), statistics_of(layer), x, TRAINING)
    # mean 3, biased variance (4 + 1 + 9) / 3 = 14/3, plus 1; the second unit is constant
    first = 2 * np.array([-2.0, -1.0, 3.0]) / np.sqrt(14 / 3 + 1) + 0.5
    np.testing.assert_allclose(y, [first, [-1.0, -1.0, -1.0]], rtol=1e-15)


def test_batch_norm_starts_as_the_identity_when_evaluating() -> None:
    layer = BatchNorm(3)
    x = np.random.default_rng(0).standard_normal((3, 4))
    parameters = tuple(slot.initial(0, 0) for slot in layer.slots)
    y, _ = layer.forward(parameters, statistics_of(layer), x, None)
    np.testing.assert_allclose(y, x / np.sqrt(1 + 1e-5), rtol=1e-15)


def test_batch_norm_evaluates_with_its_running_averages() -> None:
    layer = BatchNorm(1, epsilon=0.25)
    statistics = (np.array([[10.0]]), np.array([[2.0]]))
    y, _ = layer.forward(
        (np.array([[3.0]]), np.array([[1.0]])), statistics, np.array([[13.0, 10.0]]), None
    )
    np.testing.assert_allclose(y, [[3 * 3 / 1.5 + 1, 1.0]], rtol=1e-15)


def test_running_averages_move_as_worked_by_hand() -> None:
    layer = BatchNorm(1, momentum=0.75)
    one = np.ones((1, 1))
    statistics = statistics_of(layer)
    assert [array.item() for array in statistics] == [0.0, 1.0]
    # Batch 1: mean 3, unbiased variance (1 + 1) / 1 = 2. Batch 2: mean 8, (9 + 0 + 9) / 2 = 9.
    for batch, expected in (
        ([[2.0, 4.0]], [0.75, 0.75 * 1 + 0.25 * 2]),
        ([[5.0, 8.0, 11.0]], [0.75 * 0.75 + 0.25 * 8, 0.75 * 1.25 + 0.25 * 9]),
    ):
        _, cache = layer.forward((one, 0 * one), statistics, np.array(batch), TRAINING)
        statistics = layer.moved(statistics, cache)
        assert [array.item() for array in statistics] == pytest.approx(expected, rel=1e-15)


def test_running_averages_approach_the_data() -> None:
    layer = BatchNorm(2)
    rng = np.random.default_rng(3)
    parameters, statistics = (np.ones((2, 1)), np.zeros((2, 1))), statistics_of(layer)
    for _ in range(400):
        x = np.array([[5.0], [-1.0]]) + np.array([[2.0], [0.5]]) * rng.standard_normal((2, 200))
        statistics = layer.moved(statistics, layer.forward(parameters, statistics, x, TRAINING)[1])
    np.testing.assert_allclose(statistics[0].ravel(), [5, -1], atol=0.15)
    np.testing.assert_allclose(statistics[1].ravel(), [4, 0.25], rtol=0.1)


def test_a_batch_of_one_is_normalised_with_the_running_averages() -> None:
    layer = BatchNorm(2)
    parameters, statistics, _, grad_y = arguments(layer)
    x = np.array([[4.0], [-7.0]])
    trained, cache = layer.forward(parameters, statistics, x, TRAINING)
    evaluated, _ = layer.forward(parameters, statistics, x, None)
    np.testing.assert_array_equal(trained, evaluated)
    assert np.isfinite(layer.backward(parameters, cache, grad_y[:, :1])[0]).all()
    np.testing.assert_equal(layer.moved(statistics, cache), statistics)


def test_an_evaluation_moves_no_running_average() -> None:
    layer = BatchNorm(4)
    parameters, statistics, x, _ = arguments(layer)
    _, cache = layer.forward(parameters, statistics, x, None)
    np.testing.assert_equal(layer.moved(statistics, cache), statistics)


def test_batch_norm_takes_out_scale_and_shift_of_what_is_before_it() -> None:
    layer = BatchNorm(4, epsilon=1e-12)
    parameters, statistics, x, grad_y = arguments(layer)
    y, cache = layer.forward(parameters, statistics, x, TRAINING)
    moved, _ = layer.forward(parameters, statistics, 100 * x + 7, TRAINING)
    np.testing.assert_allclose(moved, y, rtol=1e-9)
    grad_x, _ = layer.backward(parameters, cache, grad_y)
    # so its gradient has no part along a shift or a stretch of the batch
    np.testing.assert_allclose(grad_x.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((grad_x * x).sum(axis=1), 0, atol=1e-10)
