"""Noise and mixtures of rows of a table."""

import numpy as np
import pytest

from trainwell.data.augmentation import FeatureNoise, Mixup
from trainwell.errors import ConfigurationError
from trainwell.randomness import generator
from trainwell.settings import as_json, from_json

CHANGES = [FeatureNoise(0.3), FeatureNoise(0.0), Mixup(), Mixup(1.0), Mixup(1e-9), Mixup(50.0)]


def batch(dtype=np.float64, features=3, examples=40):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(features, examples)).astype(dtype)
    y = (np.arange(examples) % 3 == np.arange(3)[:, np.newaxis]).astype(dtype)
    return x, y


@pytest.mark.parametrize("change", CHANGES, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_precision_are_kept_and_arguments_too(change, dtype):
    x, y = batch(dtype)
    changed, targets = change(x, y, generator(0, "test"))
    assert changed.shape == x.shape
    assert targets.shape == y.shape
    assert changed.dtype == targets.dtype == dtype
    again_x, again_y = batch(dtype)
    assert np.array_equal(x, again_x)
    assert np.array_equal(y, again_y)


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_equal_generators_give_equal_changes(change):
    first, again, other = (change(*batch(), generator(0, "test", step)) for step in (1, 1, 2))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    if change != FeatureNoise(0.0):
        assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_a_change_is_its_json_form(change):
    kinds = {"FeatureNoise": FeatureNoise, "Mixup": Mixup}
    assert from_json(as_json(change), kinds) == change


def test_noise_has_the_standard_deviation_asked_for_in_every_feature():
    x, y = batch(examples=20_000)
    noisy, targets = FeatureNoise(0.3)(x, y, generator(0, "test"))
    assert (noisy - x).std(axis=1) == pytest.approx(np.full(3, 0.3), rel=0.03)
    assert np.abs((noisy - x).mean(axis=1)).max() < 0.01
    assert np.abs(np.corrcoef(noisy - x) - np.eye(3)).max() < 0.03
    assert targets is y


def test_no_noise_is_no_change():
    x, y = batch()
    assert np.array_equal(FeatureNoise(0.0)(x, y, generator(0, "test"))[0], x)


def test_features_and_targets_are_mixed_in_the_same_shares_with_one_partner():
    examples = 30
    mixed, targets = Mixup(1.0)(np.eye(examples), np.eye(examples), generator(0, "test"))
    assert np.array_equal(mixed, targets)
    assert mixed.sum(axis=0) == pytest.approx(np.ones(examples))
    assert ((mixed > 0).sum(axis=0) <= 2).all()
    assert (np.count_nonzero(mixed, axis=1) <= 2).all()  # each is partner once
    assert len(np.unique(mixed.diagonal())) > examples / 2  # a share for each, not one for all
    assert mixed.min() >= 0


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_shares_follow_the_beta_distribution(alpha):
    examples = 400
    share = np.concatenate(
        [
            Mixup(alpha)(np.eye(examples), np.eye(examples), generator(0, "test", i))[0].diagonal()
            for i in range(20)
        ]
    )
    share = share[share < 1]  # who is their own partner
    assert share.mean() == pytest.approx(0.5, abs=0.02)
    assert share.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.06)


def test_a_tiny_alpha_leaves_examples_whole():
    x = np.arange(50.0)[np.newaxis]
    mixed, _ = Mixup(1e-9)(x, x, generator(0, "test"))
    assert set(mixed[0]) <= set(x[0])


def test_a_single_example_is_its_own_partner():
    x, y = np.array([[2.0], [3.0]]), np.array([[1.0]])
    mixed, targets = Mixup(1.0)(x, y, generator(0, "test"))
    assert mixed == pytest.approx(x)
    assert targets == pytest.approx(y)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeatureNoise(-0.1), "FeatureNoise.scale must be at least 0, got -0.1"),
        (lambda: FeatureNoise(np.nan), "FeatureNoise.scale must be"),
        (lambda: Mixup(0.0), "Mixup.alpha must be greater than 0, got 0.0"),
        (lambda: Mixup(np.inf), "Mixup.alpha must be greater than 0, got inf"),
    ],
)
def test_settings_outside_their_range_are_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()
