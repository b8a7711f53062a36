"""A stack of layers over one flat vector."""

import numpy as np
import pytest
from tables import ACTIVATIONS, TRAINING

from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import mlp
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.initializers import Filled, zeros
from trainwell.network.losses import LOSSES
from trainwell.network.network import Network, with_output_bias
from trainwell.randomness import Randomness

DEEP = mlp(3, (5, 4), 2, activation="tanh", batch_norm=True, dropout=0.4)
X = np.random.default_rng(0).standard_normal((3, 8))
X.flags.writeable = False


def test_sizes_are_those_of_the_course_network() -> None:
    network = mlp(2, (10, 5), 1)
    assert (network.inputs, network.outputs) == (2, 1)
    assert network.size == 2 * 10 + 10 + 10 * 5 + 5 + 5 + 1
    assert network.buffer_size == 0
    assert network.initial_buffers().shape == (0,)


def test_the_flat_vector_holds_each_layers_arrays_in_order() -> None:
    network = mlp(2, (3,), 1)
    parts = network.split(np.arange(13.0))
    assert [[array.tolist() for array in part] for part in parts] == [
        [[[0, 1], [2, 3], [4, 5]], [[6], [7], [8]]],
        [],
        [[[9, 10, 11]], [[12]]],
    ]


def test_a_split_copies_nothing() -> None:
    theta, buffers = DEEP.initial(0), DEEP.initial_buffers()
    for vector, parts in ((theta, DEEP.split(theta)), (buffers, DEEP.split_buffers(buffers))):
        arrays = [array for part in parts for array in part]
        assert sum(array.size for array in arrays) == vector.size
        for array in arrays:
            assert np.shares_memory(array, vector)
            array[...] = 7
        assert (vector == 7).all()


def test_forward_is_layer_after_layer() -> None:
    theta, buffers = DEEP.initial(3), DEEP.initial_buffers()
    x = X
    kinds: dict[type, int] = {}
    for layer, parameters, statistics in zip(
        DEEP.layers, DEEP.split(theta), DEEP.split_buffers(buffers), strict=True
    ):
        number = kinds.get(type(layer), 0)
        kinds[type(layer)] = number + 1
        x, _ = layer.forward(
            parameters, statistics, x, Randomness(TRAINING.seed, TRAINING.step, number)
        )
    logits, caches = DEEP.forward(theta, buffers, X, TRAINING)
    np.testing.assert_array_equal(logits, x)
    assert len(caches) == len(DEEP.layers)


def test_layers_are_counted_among_their_kind() -> None:
    assert [type(layer).__name__ for layer in DEEP.layers] == [
        *("Dense", "BatchNorm", "Activate", "Dropout") * 2,
        "Dense",
    ]
    assert DEEP.ordinals == (0, 0, 0, 0, 1, 1, 1, 1, 2)


def test_two_dropout_layers_of_one_size_have_masks_of_their_own() -> None:
    network = Network((Dropout(4, 0.5), Dropout(4, 0.5)))
    y, (first, second) = network.forward(np.empty(0), np.empty(0), np.ones((4, 50)), TRAINING)
    assert (first[0] != second[0]).any()
    np.testing.assert_array_equal(y, first[0] * second[0])


def test_neither_way_modifies_its_arguments() -> None:
    theta, buffers = DEEP.initial(0), DEEP.initial_buffers()
    grad = np.ones((2, 8))
    for array in (theta, buffers, grad):
        array.flags.writeable = False
    logits, caches = DEEP.forward(theta, buffers, X, TRAINING)
    first = DEEP.backward(theta, caches, grad)
    moved = DEEP.moved(buffers, caches)
    again, caches = DEEP.forward(theta, buffers, X, TRAINING)
    np.testing.assert_array_equal(again, logits)
    np.testing.assert_array_equal(DEEP.backward(theta, caches, grad), first)
    np.testing.assert_array_equal(DEEP.moved(buffers, caches), moved)


def test_evaluation_has_no_randomness() -> None:
    theta, buffers = DEEP.initial(0), DEEP.initial_buffers()
    evaluated, _ = DEEP.forward(theta, buffers, X)
    np.testing.assert_array_equal(evaluated, DEEP.forward(theta, buffers, X, None)[0])
    trained = [DEEP.forward(theta, buffers, X, Randomness(0, step))[0] for step in range(2)]
    assert (trained[0] != trained[1]).any()
    alone = np.hstack([DEEP.forward(theta, buffers, X[:, [i]])[0] for i in range(8)])
    np.testing.assert_allclose(alone, evaluated, rtol=1e-12)


def test_only_weights_are_penalized() -> None:
    marked = DEEP.split(DEEP.penalized.astype(float))
    for layer, parts in zip(DEEP.layers, marked, strict=True):
        for slot, part in zip(layer.slots, parts, strict=True):
            assert (part == (slot.name == "W")).all()
    assert DEEP.penalized.sum() == 3 * 5 + 5 * 4 + 4 * 2


def test_biases_start_at_zero_and_scales_at_one() -> None:
    for layer, parts in zip(DEEP.layers, DEEP.split(DEEP.initial(4)), strict=True):
        named = dict(zip((slot.name for slot in layer.slots), parts, strict=True))
        for name, start in (("b", 0), ("beta", 0), ("gamma", 1)):
            if name in named:
                assert (named[name] == start).all()


def test_every_dense_layer_draws_its_own_weights() -> None:
    network = mlp(4, (4, 4), 4)
    first, _, second, _, third = network.split(network.initial(0))
    assert not np.isclose(first[0], second[0]).any()
    assert not np.isclose(second[0], third[0] * np.sqrt(2)).any()


def test_a_narrower_network_starts_with_a_part_of_a_wider_ones_noise() -> None:
    start = Filled(0.5)
    assert (mlp(2, (3,), 1, initializer=start).split(mlp(2, (3,), 1).initial(0))[0][0] != 0.5).all()
    narrow, wide = mlp(4, (3,), 1), mlp(4, (8,), 1)
    np.testing.assert_array_equal(
        narrow.split(narrow.initial(2))[0][0], wide.split(wide.initial(2))[0][0][:3]
    )


def test_running_statistics_move_in_training_only() -> None:
    theta, buffers = DEEP.initial(0), DEEP.initial_buffers()
    _, evaluated = DEEP.forward(theta, buffers, X)
    np.testing.assert_array_equal(DEEP.moved(buffers, evaluated), buffers)
    _, trained = DEEP.forward(theta, buffers, X, TRAINING)
    moved = DEEP.split_buffers(DEEP.moved(buffers, trained))
    z = DEEP.split(theta)[0][0] @ X
    np.testing.assert_allclose(moved[1][0], 0.1 * z.mean(axis=1, keepdims=True))
    variance = z.var(axis=1, ddof=1, keepdims=True)
    np.testing.assert_allclose(moved[1][1], 0.9 + 0.1 * variance)


def test_a_network_without_batch_norm_has_nothing_to_move() -> None:
    network = mlp(3, (4,), 1)
    _, caches = network.forward(network.initial(0), np.empty(0), X, TRAINING)
    assert network.moved(np.empty(0), caches).shape == (0,)


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ((), "Network.layers must be a tuple of at least one layer, got ()"),
        (
            (Dense(2, 3), Activate(4)),
            "Network: layer 1 (Dense) gives 3 units, but layer 2 (Activate) takes 4",
        ),
        (
            (Dense(2, 3), BatchNorm(3), Dropout(2, 0.1)),
            "Network: layer 2 (BatchNorm) gives 3 units, but layer 3 (Dropout) takes 2",
        ),
    ],
)
def test_layers_that_do_not_fit_are_refused_by_name(
    layers: tuple[Dense, ...], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Network(layers)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("theta", "buffers", "x", "sentence"),
    [
        ((12,), (0,), (2, 5), "Network: theta must have shape (13,), got (12,)"),
        ((13, 1), (0,), (2, 5), "Network: theta must have shape (13,), got (13, 1)"),
        ((13,), (3,), (2, 5), "Network: buffers must have shape (0,), got (3,)"),
        ((13,), (0,), (5, 2), "Network: x must have shape (2, B), got (5, 2)"),
        ((13,), (0,), (2,), "Network: x must have shape (2, B), got (2,)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_both_shapes(
    theta: tuple[int, ...], buffers: tuple[int, ...], x: tuple[int, ...], sentence: str
) -> None:
    with pytest.raises(ShapeError) as caught:
        mlp(2, (3,), 1).forward(np.zeros(theta), np.zeros(buffers), np.zeros(x))
    assert str(caught.value) == sentence


def test_an_output_bias_is_put_in_its_place_and_nowhere_else() -> None:
    network = mlp(2, (3,), 2)
    theta = network.initial(1)
    theta.flags.writeable = False
    biased = with_output_bias(network, theta, np.array([[5.0], [-6.0]]))
    assert network.split(biased)[-1][1].tolist() == [[5.0], [-6.0]]
    np.testing.assert_array_equal(biased[:-2], theta[:-2])


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_with_the_base_rate_a_network_of_zeros_predicts_the_best_constant(name: str) -> None:
    loss = LOSSES[name]()
    y = np.array([[0.0, 1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 1.0, 0.0]])
    network = mlp(3, (4,), 2, initializer=zeros)
    theta = with_output_bias(network, network.initial(0), loss.base(y))
    predicted = loss.predict(network.forward(theta, np.empty(0), X)[0])
    np.testing.assert_allclose(predicted, loss.predict(loss.base(y)) @ np.ones((1, 8)))


@pytest.mark.parametrize(
    "network", [Network((Dense(2, 1, bias=False),)), Network((Dense(2, 1), Activate(1, "tanh")))]
)
def test_an_output_without_bias_takes_none(network: Network) -> None:
    with pytest.raises(ConfigurationError, match="needs a dense last layer with a bias"):
        with_output_bias(network, network.initial(0), np.zeros((1, 1)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_single_precision_stays_single(activation: str) -> None:
    network = mlp(3, (4,), 2, activation=activation, batch_norm=True, dropout=0.3)
    theta, buffers, x = (
        array.astype(np.float32) for array in (network.initial(0), network.initial_buffers(), X)
    )
    logits, caches = network.forward(theta, buffers, x, TRAINING)
    assert logits.dtype == np.float32
    assert network.backward(theta, caches, logits).dtype == np.float32
    assert network.moved(buffers, caches).dtype == np.float32
