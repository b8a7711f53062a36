import numpy as np
import pytest

from trainwell.diagnosis.gradient_check import numerical_gradient
from trainwell.diagnosis.signals import SignalScales, network_scales, signal_scales
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.dense import Dense
from trainwell.network.initializers import (
    Normal,
    Orthogonal,
    ScaledIdentity,
    VarianceScaling,
    glorot_normal,
    he_normal,
    he_uniform,
    lecun_normal,
    zeros,
)
from trainwell.network.network import Network
from trainwell.network.regression_losses import SquaredError
from trainwell.randomness import Randomness, generator


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize("depth", [1, 10, 150])
@pytest.mark.parametrize("scale", [1.1, 0.9, 1.0, -1.1])
def test_a_scaled_identity_multiplies_by_its_scale_at_every_layer(scale, depth):
    scales = signal_scales(ScaledIdentity(scale), "identity", depth=depth, width=3, examples=7)
    powers = abs(scale) ** np.arange(depth + 1.0)
    np.testing.assert_allclose(scales.activations, powers, rtol=1e-12)
    np.testing.assert_allclose(scales.gradients, powers[::-1], rtol=1e-12)
    np.testing.assert_allclose(scales.weights, np.full(depth, scales.weights[0]), rtol=1e-12)
    assert scales.weights[-1] == pytest.approx(scales.weights[0], rel=1e-12)
    assert scales.activation_rate == pytest.approx(abs(scale), rel=1e-12)
    assert scales.gradient_rate == pytest.approx(abs(scale), rel=1e-12)


def test_the_courses_two_pictures_explode_and_vanish():
    grown, shrunk = (signal_scales(ScaledIdentity(scale), "identity") for scale in (1.1, 0.9))
    assert (grown.kind, shrunk.kind) == ("exploding", "vanishing")
    assert grown.text == (
        "exploding: the gradient grows by 1.1 per layer, to 1.2e+02 times its size over 50 layers"
    )
    assert shrunk.text == (
        "vanishing: the gradient shrinks by 0.9 per layer, to 0.0052 times its size over 50 layers"
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("initializer", [he_normal, he_uniform], ids=["normal", "uniform"])
def test_he_keeps_the_scale_through_relu(initializer, seed):
    scales = signal_scales(initializer, "relu", seed=seed)
    assert scales.kind == "steady"
    assert scales.activation_rate == pytest.approx(1, abs=0.05)
    assert scales.gradient_rate == pytest.approx(1, abs=0.05)
    assert "keeps its scale" in scales.text


@pytest.mark.parametrize("seed", range(5))
def test_glorot_loses_the_root_of_two_at_every_relu(seed):
    scales = signal_scales(glorot_normal, "relu", seed=seed)
    assert scales.kind == "vanishing"
    assert scales.activation_rate == pytest.approx(np.sqrt(0.5), rel=0.05)
    assert scales.gradient_rate == pytest.approx(np.sqrt(0.5), rel=0.05)


def test_zeros_let_nothing_through():
    scales = signal_scales(zeros, "relu")
    assert scales.activations == (pytest.approx(1), *[0.0] * 50)
    assert scales.gradients == (*[0.0] * 50, pytest.approx(1))
    assert scales.text == (
        "vanishing: the gradient is zero after 50 layers; 100% of the units let no gradient through"
    )


@pytest.mark.parametrize("seed", range(5))
def test_lecun_and_selu_normalise_themselves(seed):
    scales = signal_scales(lecun_normal, "selu", seed=seed)
    assert scales.kind == "steady"
    assert all(0.7 < scale < 1.4 for scale in scales.activations)


def test_tanh_saturates_when_its_weights_are_too_large():
    shares = []
    for gain in (1.0, 10.0, 100.0, 1e4):
        scales = signal_scales(VarianceScaling(gain, "in"), "tanh", depth=20)
        shares.append(np.mean(scales.blocked))
    assert shares[0] < 0.01
    assert shares == sorted(shares)
    assert shares[-1] > 0.95
    assert scales.activations[-1] == pytest.approx(1, abs=0.02)
    assert "let no gradient through" in scales.text


def test_sigmoid_takes_three_quarters_of_the_gradient_or_more():
    assert signal_scales(glorot_normal, "sigmoid").gradient_rate < 0.25


def test_orthogonal_weights_keep_every_length():
    scales = signal_scales(Orthogonal(), "identity")
    np.testing.assert_allclose(scales.activations, 1, rtol=1e-10)
    np.testing.assert_allclose(scales.gradients, 1, rtol=1e-10)


def test_relu_blocks_half_of_the_units():
    blocked = signal_scales(he_normal, "relu", width=300, depth=5).blocked
    assert all(share == pytest.approx(0.5, abs=0.05) for share in blocked)


def test_the_same_call_measures_the_same_and_another_seed_does_not():
    first = signal_scales(he_normal, "relu", depth=3, seed=1)
    assert signal_scales(he_normal, "relu", depth=3, seed=1) == first
    assert signal_scales(he_normal, "relu", depth=3, seed=2) != first


@pytest.mark.parametrize("seed", [0, 1])
def test_weights_and_noise_belong_to_the_seed(seed):
    scales = signal_scales(he_normal, "tanh", depth=2, width=9, examples=7, seed=seed)
    noise = generator(seed, "signal scales").standard_normal((2, 9, 7))
    signal = noise[0] / rms(noise[0])
    for layer in range(2):
        signal = np.tanh(he_normal(seed, layer, 9, 9) @ signal)
    assert scales.activations[-1] == pytest.approx(rms(signal), rel=1e-12)


@pytest.mark.parametrize("examples", [1, 50, 200])
def test_the_number_of_examples_does_not_enter_the_scales(examples):
    scales = signal_scales(ScaledIdentity(1.0), "identity", depth=2, width=400, examples=examples)
    assert (scales.activations[0], scales.gradients[-1]) == pytest.approx((1, 1))
    # A mean over independent examples: 1 / sqrt(examples).
    assert scales.weights[0] == pytest.approx(examples**-0.5, rel=0.1)


@pytest.mark.parametrize("activation", ["relu", "identity", "softplus"])
def test_numbers_too_large_for_a_computer_are_a_result_and_no_warning(activation):
    scales = signal_scales(Normal(1e10), activation, depth=40, width=20)
    assert not all(map(np.isfinite, scales.activations))
    assert scales.kind == "exploding"
    assert scales.text.startswith("exploding: the numbers overflow within 40 layers")


def test_squares_do_not_overflow_before_the_numbers_do():
    scales = signal_scales(ScaledIdentity(1e15), "identity", depth=20, width=3)
    assert scales.activations[-1] == pytest.approx(1e300, rel=1e-9)
    scales = signal_scales(ScaledIdentity(1e-15), "identity", depth=20, width=3)
    assert scales.activations[-1] == pytest.approx(1e-300, rel=1e-9, abs=0)


def case(number):
    rng = generator(number, "signals")
    network, loss = [
        (mlp(3, (5, 4), 1, activation="tanh"), SigmoidCrossEntropy()),
        (mlp(3, (6,), 4, activation="gelu"), SoftmaxCrossEntropy()),
        (mlp(2, (), 2), SquaredError()),
        (mlp(4, (5, 5, 5), 2, activation="softplus", batch_norm=True), SquaredError()),
        (mlp(4, (8, 7), 2, activation="relu", dropout=0.5), SquaredError()),
        (Network((Dense(3, 4), Dense(4, 2))), SquaredError()),
    ][number]
    x = rng.normal(size=(network.inputs, 6))
    y = np.eye(network.outputs)[:, rng.integers(0, network.outputs, size=6)]
    return network, network.initial(number), x, y, loss


@pytest.mark.parametrize("randomness", [None, Randomness(3, 1)], ids=["evaluating", "training"])
@pytest.mark.parametrize("number", range(6))
def test_scales_are_those_of_the_networks_own_passes(number, randomness):
    network, theta, x, y, loss = case(number)
    scales = network_scales(network, theta, x, y, loss, randomness=randomness)
    buffers = network.initial_buffers()

    def forward(point):
        return network.forward(theta, buffers, point, randomness)

    logits, caches = forward(x)
    value_slope = loss(logits, y)[1]
    gradient = network.split(network.backward(theta, caches, value_slope))
    dense = [i for i, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    assert scales.depth == len(dense)
    np.testing.assert_allclose(scales.weights, [rms(gradient[i][0]) for i in dense], rtol=1e-12)
    inputs = [caches[i][0] for i in dense]
    np.testing.assert_allclose(scales.activations[:-1], [rms(a) for a in inputs], rtol=1e-12)
    assert scales.activations[-1] == pytest.approx(rms(logits), rel=1e-12)
    assert scales.gradients[-1] == pytest.approx(rms(value_slope), rel=1e-12)
    numeric = numerical_gradient(lambda point: loss(forward(point)[0], y)[0], x)
    assert scales.gradients[0] == pytest.approx(rms(numeric), rel=1e-6)


def test_blocked_units_are_counted_in_their_layer():
    network = mlp(1, (4, 2), 1)
    theta = network.initial(0)
    parts = network.split(theta)
    parts[0][0][:] = 1
    parts[0][1][:] = [[-5], [-5], [-5], [5]]
    x, y = np.ones((1, 3)), np.zeros((1, 3))
    blocked = network_scales(network, theta, x, y, SquaredError()).blocked
    assert blocked[0] == 0.75
    assert blocked[2] == 0.0


def test_a_falling_slope_is_no_blocked_one():
    network = Network((Activate(1, "gelu"),))
    x = np.array([[-1.5, -1.2, -40.0, 2.0]])  # slopes -0.13, -0.11, 0 and 1.09
    scales = network_scales(network, np.empty(0), x, np.zeros((1, 4)), SquaredError())
    assert scales.blocked == (0.25,)
    assert (scales.depth, scales.weights) == (1, (0.0,))


def test_what_stands_before_the_first_dense_layer_belongs_to_it():
    network = Network((BatchNorm(3), Dense(3, 4), Activate(4), Dense(4, 1)))
    x, y = np.arange(12.0).reshape(3, 4), np.zeros((1, 4))
    scales = network_scales(network, network.initial(0), x, y, SquaredError())
    assert scales.depth == 2
    assert scales.activations[0] == pytest.approx(rms(x), rel=1e-12)


def test_batch_norm_tames_any_weights():
    rng = generator(0, "batch norm")
    x, y = rng.normal(size=(20, 64)), rng.normal(size=(1, 64))
    kinds = []
    for batch_norm in (False, True):
        network = mlp(20, (20,) * 10, 1, initializer=Normal(10.0), batch_norm=batch_norm)
        theta, training = network.initial(0), Randomness(0, 0)
        scales = network_scales(network, theta, x, y, SquaredError(), randomness=training)
        kinds.append((scales.activations[-2] > 10, scales.activations[-2] < 2))
    assert kinds == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("activations", "gradients", "kind", "word"),
    [
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), "steady", "the gradient keeps its scale, 1.00"),
        ((1.0, 1.0, 1.0), (9.9, 1.0, 1.0), "steady", "keeps"),
        ((1.0, 1.0, 1.0), (10.0, 1.0, 1.0), "exploding", "the gradient grows by 3.16"),
        ((1.0, 1.0, 1.0), (0.1, 1.0, 1.0), "vanishing", "the gradient shrinks by 0.316"),
        ((1.0, 3.0, 50.0), (1.0, 1.0, 1.0), "exploding", "the activation grows by 7.07"),
        ((1.0, 1.0, 0.0), (1.0, 1.0, 1.0), "vanishing", "the activation is zero after 2"),
        ((1.0, 9.0, 90.0), (0.01, 1.0, 1.0), "vanishing", "the gradient shrinks"),
        ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), "steady", "keeps"),
        ((1.0, np.inf, np.nan), (np.nan, np.nan, 1.0), "exploding", "overflow within 2 layers"),
    ],
)
def test_a_tenth_has_vanished_and_ten_times_has_exploded(activations, gradients, kind, word):
    scales = SignalScales("made up", activations, gradients, (1.0, 1.0), (0.0, 0.0))
    assert scales.kind == kind
    assert scales.text.startswith(kind)
    assert word in scales.text


@pytest.mark.parametrize(
    ("initializer", "name", "expected"),
    [
        (he_normal, "", "he, relu"),
        (ScaledIdentity(1.1), "", "ScaledIdentity(scale=1.1), relu"),
        (he_normal, "mine", "mine"),
    ],
)
def test_a_measurement_has_a_name(initializer, name, expected):
    assert signal_scales(initializer, "relu", depth=1, width=1, name=name).name == expected


@pytest.mark.parametrize("setting", ["depth", "width", "examples"])
def test_nothing_cannot_be_measured(setting):
    with pytest.raises(ConfigurationError, match=f"signal_scales.{setting} must be at least 1"):
        signal_scales(he_normal, "relu", **{setting: 0})


def test_an_unknown_activation_is_refused():
    with pytest.raises(ConfigurationError, match="did you mean 'relu'"):
        signal_scales(he_normal, "rellu")


def test_targets_that_do_not_fit_are_refused():
    network = mlp(2, (3,), 1)
    with pytest.raises(ShapeError, match=r"y must have shape \(1, 5\), got \(1, 4\)"):
        network_scales(
            network, network.initial(0), np.ones((2, 5)), np.ones((1, 4)), SquaredError()
        )
