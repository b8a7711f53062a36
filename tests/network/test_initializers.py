"""Initial weights: their variance, and that one seed gives one noise."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from tables import INITIALIZERS

from trainwell.errors import ConfigurationError
from trainwell.network.initializers import (
    DEFAULT_INITIALIZERS,
    Filled,
    Normal,
    Orthogonal,
    ScaledIdentity,
    VarianceScaling,
    glorot_normal,
    he_normal,
    he_uniform,
    lecun_normal,
    noise,
)
from trainwell.network.initializers import INITIALIZERS as REGISTERED
from trainwell.types import FloatArray

OUTPUTS, INPUTS = 300, 200


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("he", 2 / INPUTS),
        ("he_uniform", 2 / INPUTS),
        ("xavier", 1 / INPUTS),  # the course's
        ("glorot", 2 / (INPUTS + OUTPUTS)),  # the paper's
        ("glorot_uniform", 2 / (INPUTS + OUTPUTS)),
        ("lecun", 1 / INPUTS),
        ("lecun_uniform", 1 / INPUTS),
        ("random", 100.0),
        # 200 orthonormal columns of 300 numbers each
        ("orthogonal", 1 / OUTPUTS),
    ],
)
def test_weights_have_the_variance_of_their_source(name: str, variance: float) -> None:
    weights = REGISTERED[name](1, 0, OUTPUTS, INPUTS)
    spread = np.sqrt(variance)
    # Five standard deviations of a sample mean and a sample variance of 60,000 numbers.
    assert weights.mean() == pytest.approx(0, abs=5 * spread / 245)
    assert weights.var() == pytest.approx(variance, rel=5 * np.sqrt(2) / 245)


def test_fan_out_counts_the_outputs() -> None:
    weights = VarianceScaling(3.0, "out")(1, 0, OUTPUTS, INPUTS)
    assert weights.var() == pytest.approx(3 / OUTPUTS, rel=0.03)


def test_uniform_weights_fill_their_interval() -> None:
    weights = he_uniform(2, 0, OUTPUTS, INPUTS)
    bound = np.sqrt(6 / INPUTS)  # He et al., 2015, as Keras and PyTorch write it
    assert np.abs(weights).max() <= bound
    assert np.abs(weights).max() > 0.999 * bound
    assert np.histogram(weights, 10, (-bound, bound))[0].min() > 5600


def test_normal_weights_are_normal() -> None:
    weights = np.sort(he_normal(2, 0, OUTPUTS, INPUTS).ravel()) / np.sqrt(2 / INPUTS)
    shares = (weights < 1).mean(), (np.abs(weights) < 2).mean()
    assert shares == pytest.approx((0.8413, 0.9545), abs=0.01)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer_gives_the_shape_and_again_the_same(name: str) -> None:
    for shape in ((1, 1), (3, 5), (5, 3)):
        weights = INITIALIZERS[name](7, 2, *shape)
        assert weights.shape == shape
        assert weights.dtype == np.float64
        assert weights.flags.c_contiguous
        np.testing.assert_array_equal(weights, INITIALIZERS[name](7, 2, *shape))


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_a_narrower_layer_takes_a_part_of_the_noise_of_a_wider_one(distribution: str) -> None:
    wide = noise(3, 1, 9, 8, distribution)
    np.testing.assert_array_equal(noise(3, 1, 4, 5, distribution), wide[:4, :5])


def test_initializers_scale_the_same_noise() -> None:
    shape = (6, 4)
    plain = noise(3, 1, *shape, "normal")
    np.testing.assert_allclose(Normal(10.0)(3, 1, *shape), 10 * plain)
    np.testing.assert_allclose(he_normal(3, 1, *shape), np.sqrt(2 / 4) * plain)
    np.testing.assert_allclose(glorot_normal(3, 1, *shape), np.sqrt(1 / 5) * plain)
    np.testing.assert_allclose(lecun_normal(3, 1, *shape), np.sqrt(1 / 4) * plain)


def test_rows_layers_and_seeds_have_noise_of_their_own() -> None:
    drawn = [
        *noise(3, 1, 2, 2000, "normal"),
        *noise(3, 2, 1, 2000, "normal"),
        *noise(4, 1, 1, 2000, "normal"),
    ]
    correlations = np.corrcoef(drawn) - np.eye(4)
    assert np.abs(correlations).max() < 0.1


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (4, 4)])
def test_orthogonal_weights_are_orthogonal(shape: tuple[int, int]) -> None:
    weights = Orthogonal(1.5)(3, 0, *shape)
    small = weights @ weights.T if shape[0] <= shape[1] else weights.T @ weights
    np.testing.assert_allclose(small, 1.5**2 * np.eye(min(shape)), atol=1e-14)


def test_orthogonal_weights_turn_either_way() -> None:
    # Without the sign of R's diagonal, LAPACK's QR prefers one half of the rotations.
    corners = [Orthogonal()(seed, 0, 3, 3)[0, 0] for seed in range(200)]
    assert np.mean(np.array(corners) > 0) == pytest.approx(0.5, abs=0.15)


def test_filled_and_identity_weights_are_what_they_say() -> None:
    assert Filled(-0.5)(0, 0, 2, 3).tolist() == [[-0.5] * 3] * 2
    assert REGISTERED["zeros"](5, 1, 2, 2).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert ScaledIdentity(1.1)(0, 0, 2, 3).tolist() == [[1.1, 0.0, 0.0], [0.0, 1.1, 0.0]]


def spread_after(depth: int, initializer: Any, function: Any, width: int = 200) -> float:
    """Return the mean square of a signal behind many layers, over the one before them."""
    x: FloatArray = np.random.default_rng(0).standard_normal((width, 50))
    start = (x**2).mean()
    for layer in range(depth):
        x = function(initializer(0, layer, width, width) @ x)
    return float((x**2).mean() / start)


def test_he_keeps_the_scale_through_relu_layers() -> None:
    # He et al., 2015, eq. 9: ReLU halves the mean square at each layer, a gain of 2 doubles it.
    assert 1 / 3 < spread_after(20, he_normal, lambda z: np.maximum(z, 0)) < 3
    assert spread_after(20, lecun_normal, lambda z: np.maximum(z, 0)) < 1e-5


def test_the_course_picture_of_exploding_and_vanishing() -> None:
    assert spread_after(100, ScaledIdentity(1.1), lambda z: z) == pytest.approx(1.1**200)
    assert spread_after(100, ScaledIdentity(0.9), lambda z: z) == pytest.approx(0.9**200)
    assert spread_after(100, Orthogonal(), lambda z: z) == pytest.approx(1)


def test_other_processes_draw_the_same_weights() -> None:
    program = (
        "from trainwell.network.build import mlp;print(mlp(3, (4,), 1).initial(11).tobytes().hex())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "31337")
    }
    assert len(answers) == 1


def test_the_noise_of_a_seed_is_frozen() -> None:
    # If these numbers change, every seed means another run: a change for the changelog.
    normal, uniform = (noise(0, 0, 2, 1, kind).ravel() for kind in ("normal", "uniform"))
    np.testing.assert_allclose(normal, [-1.0346368724549513, 0.3092711622690092], rtol=1e-14)
    np.testing.assert_allclose(uniform, [-0.16308446885187666, -0.7646205873715611], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Normal(0.0), "Normal.scale must be greater than 0, got 0.0"),
        (lambda: Filled(float("nan")), "Filled.value must be a finite number, got nan"),
        (lambda: Orthogonal(-1.0), "Orthogonal.gain must be greater than 0, got -1.0"),
        (
            lambda: VarianceScaling(-2.0, "in"),
            "VarianceScaling.gain must be greater than 0, got -2.0",
        ),
        (
            lambda: VarianceScaling(2.0, "inn"),
            "VarianceScaling.fan must be one of in, mean, out, got 'inn'; did you mean 'in'?",
        ),
        (
            lambda: VarianceScaling(2.0, "in", "gauss"),
            "VarianceScaling.distribution must be one of normal, uniform, got 'gauss'",
        ),
    ],
)
def test_a_setting_outside_its_domain_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert str(caught.value) == sentence


def test_every_activation_has_a_default() -> None:
    assert DEFAULT_INITIALIZERS.keys() >= {"relu", "tanh"}
    assert DEFAULT_INITIALIZERS["relu"] == he_normal
    assert DEFAULT_INITIALIZERS["tanh"] == glorot_normal
    assert DEFAULT_INITIALIZERS["selu"] == lecun_normal
