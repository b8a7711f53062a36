"""The published sets to the bit, and what holds for every toy set."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import norm
from sklearn import datasets as oracle

from trainwell.data.dataset import Data
from trainwell.data.toys import (
    make_blobs,
    make_circles,
    make_football_field,
    make_moons,
    make_spirals,
    make_xor,
)
from trainwell.errors import ConfigurationError, DataError, ShapeError


class Toy(NamedTuple):
    make: Callable[[int, int], Data]
    features: int
    classes: int


SHARED = Path(__file__).parents[3] / "shared"

TOYS = [
    pytest.param(Toy(lambda n, seed: make_circles(n, 0.1, seed), 2, 2), id="circles"),
    pytest.param(Toy(lambda n, seed: make_moons(n, 0.1, seed), 2, 2), id="moons"),
    pytest.param(Toy(lambda n, seed: make_spirals(n, 0.1, seed), 2, 2), id="spirals"),
    pytest.param(
        Toy(lambda n, seed: make_spirals(n, 0.1, seed, turns=2, arms=5), 2, 5), id="5-arms"
    ),
    pytest.param(Toy(lambda n, seed: make_xor(n, 0.1, seed), 2, 2), id="xor"),
    pytest.param(Toy(make_blobs, 2, 2), id="blobs"),
    pytest.param(
        Toy(lambda n, seed: make_blobs(n, seed, centers=4, spread=0.5), 2, 4), id="4-blobs"
    ),
    pytest.param(
        Toy(lambda n, seed: make_blobs(n, seed, centers=np.eye(3)), 3, 3), id="blobs-in-3d"
    ),
    pytest.param(Toy(lambda n, seed: make_football_field(n, 0.1, seed), 2, 2), id="football"),
]
BALANCED = [toy for toy in TOYS if toy.id not in {"xor", "football"}]


def labels(data):
    return data.y[0].astype(int) if len(data.y) == 1 else data.y.argmax(axis=0)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 12345, 2**32 - 1])
@pytest.mark.parametrize("examples", [1, 2, 3, 4, 99, 100, 300, 301])
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
def test_circles_and_moons_are_scikit_learns_to_the_bit(examples, noise, seed):
    for ours, x, y in [
        (
            make_circles(examples, noise, seed),
            *oracle.make_circles(examples, noise=noise, factor=0.8, random_state=seed),
        ),
        (
            make_circles(examples, noise, seed, factor=0.3),
            *oracle.make_circles(examples, noise=noise, factor=0.3, random_state=seed),
        ),
        (
            make_moons(examples, noise, seed),
            *oracle.make_moons(examples, noise=noise, random_state=seed),
        ),
    ]:
        assert np.array_equal(ours.x, x.T)
        assert np.array_equal(ours.y[0], y)


@pytest.mark.parametrize("case", ["data.circles.train", "data.circles.test"])
def test_circles_have_the_published_fingerprint(case):
    published = SHARED / "published.json"
    if not published.exists():
        pytest.skip("../shared/published.json is not there")
    cases = {row["id"]: row for row in json.loads(published.read_text())["cases"]}
    inputs, expected = cases[case]["inputs"], cases[case]["expected"]
    data = make_circles(inputs["n_samples"], inputs["noise"], inputs["seed"])
    within = cases[case]["tolerance"]["abs"]
    assert np.abs(data.x[:, :3].T - expected["first3_X"]).max() <= within
    assert np.abs(data.x.sum(axis=1) - expected["sum_X_columns"]).max() <= within
    assert data.y[0, :20].tolist() == expected["first20_y"]
    assert data.y.sum() == expected["n_label1"]


def test_circles_begin_with_the_known_example():
    data = make_circles(300, 0.05, seed=1)
    assert data.x[:, 0].tolist() == pytest.approx([-0.07741354010048114, 0.8526022642742742])


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize("examples", [5, 6, 37])
def test_every_toy_has_the_shape_of_its_kind(toy, examples):
    data = toy.make(examples, 3)
    assert data.x.shape == (toy.features, examples)
    assert data.y.shape == (1 if toy.classes == 2 else toy.classes, examples)
    assert set(np.unique(data.y)) <= {0.0, 1.0}
    assert data.weight is None
    if toy.classes > 2:
        assert (data.y.sum(axis=0) == 1).all()


@pytest.mark.parametrize("toy", TOYS)
def test_equal_seeds_give_equal_toys_and_others_do_not(toy):
    first, again, other = toy.make(40, 3), toy.make(40, 3), toy.make(40, 4)
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.x, other.x)
    assert not np.array_equal(first.y, other.y)


@pytest.mark.parametrize("toy", TOYS)
def test_no_toy_touches_the_global_generator(toy):
    _, words, position, *_ = np.random.get_state()
    toy.make(40, 3)
    _, after, position_after, *_ = np.random.get_state()
    assert np.array_equal(words, after)
    assert position == position_after


@pytest.mark.parametrize("toy", BALANCED)
@pytest.mark.parametrize("examples", [5, 60, 61])
def test_classes_differ_by_one_example_at_most(toy, examples):
    counts = np.bincount(labels(toy.make(examples, 0)), minlength=toy.classes)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("toy", TOYS)
def test_the_order_says_nothing_about_the_class(toy):
    label = labels(toy.make(600, 0))
    first, second = (np.bincount(half, minlength=toy.classes) for half in np.split(label, 2))
    assert np.abs(first - second).max() < 6 * np.sqrt(600 / toy.classes)


@pytest.mark.parametrize("arms", [2, 3, 7])
@pytest.mark.parametrize("examples", [21, 50])
@pytest.mark.parametrize("turns", [0.5, 1.0, 2.5])
def test_spirals_without_noise_follow_their_formula(arms, examples, turns):
    data = make_spirals(examples, 0.0, 1, turns=turns, arms=arms)
    radius = np.hypot(*data.x)
    angle = 2 * np.pi * (turns * radius + labels(data) / arms)
    assert np.allclose(data.x, radius * np.array([np.cos(angle), np.sin(angle)]), atol=1e-12)
    for arm in range(arms):
        ours = np.sort(radius[labels(data) == arm])
        assert ours == pytest.approx(np.arange(1, len(ours) + 1) / len(ours))


def test_no_straight_line_is_better_than_chance_on_xor():
    data = make_xor(4000, 0.0, 0)
    assert abs(data.y.mean() - 0.5) < 0.03
    assert np.abs(np.corrcoef(np.vstack([data.x, data.y]))[2, :2]).max() < 0.06
    assert np.array_equal(data.x[0] * data.x[1] < 0, data.y[0] == 1)
    assert np.abs(data.x).max() <= 1


@pytest.mark.parametrize(
    ("make", "clean"),
    [
        (lambda noise: make_spirals(4000, noise, 1), make_spirals(4000, 0.0, 1)),
        (lambda noise: make_xor(4000, noise, 1), make_xor(4000, 0.0, 1)),
        (lambda noise: make_circles(4000, noise, 1), make_circles(4000, 0.0, 1)),
        (lambda noise: make_moons(4000, noise, 1), make_moons(4000, 0.0, 1)),
        (lambda noise: make_blobs(4000, 1, spread=noise), make_blobs(4000, 1, spread=0.0)),
    ],
    ids=["spirals", "xor", "circles", "moons", "blobs"],
)
@pytest.mark.parametrize("noise", [0.1, 0.4])
def test_noise_is_the_standard_deviation_of_the_displacement(make, clean, noise):
    noisy = make(noise)
    assert np.array_equal(noisy.y, clean.y)
    moved = noisy.x - clean.x
    assert moved.std(axis=1) == pytest.approx([noise, noise], rel=0.05)
    assert np.abs(moved.mean(axis=1)).max() < 0.1 * noise


def test_blobs_stand_where_they_are_asked_to():
    centers = np.array([[0.0, 9.0, -4.0], [2.0, 5.0, 1.0]])
    data = make_blobs(3000, 0, centers=centers, spread=0.5)
    means = data.x @ data.y.T / data.y.sum(axis=1)
    assert np.abs(means - centers).max() < 0.1


def test_a_number_of_blobs_stands_on_the_unit_circle():
    data = make_blobs(8, 0, centers=4, spread=0.0)
    expected = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    assert [data.x[:, labels(data) == k][:, 0].round(12).tolist() for k in range(4)] == expected


def test_the_football_field_is_a_diagonal_in_the_courses_range():
    data = make_football_field(5000, 0.0, 0)
    assert np.array_equal(data.y[0] == 1, data.x[1] > 2 * data.x[0] + 0.23)
    assert data.x.min(axis=1) == pytest.approx([-0.6, -0.66], abs=0.02)
    assert data.x.max(axis=1) == pytest.approx([0.3, 0.57], abs=0.02)
    assert 0.45 < data.y.mean() < 0.6


@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_noise_moves_the_diagonal_and_not_the_players(noise):
    clean, noisy = (make_football_field(20_000, sigma, 0) for sigma in (0.0, noise))
    assert np.array_equal(clean.x, noisy.x)
    above = noisy.x[1] - 2 * noisy.x[0] - 0.23
    for distance in (-1.0, 0.0, 0.5, 1.0):
        near = np.abs(above - distance * noise) < 0.1 * noise
        expected = norm.cdf(distance)
        spread = np.sqrt(expected * (1 - expected) / near.sum())
        assert noisy.y[0, near].mean() == pytest.approx(expected, abs=4 * spread + 0.01)


REFUSED = [
    (lambda: make_circles(0, 0.1, 0), "make_circles.examples must be an integer of at least 1"),
    (lambda: make_circles(2.5, 0.1, 0), "make_circles.examples must be .*, got 2.5"),
    (lambda: make_circles(10, -0.1, 0), "make_circles.noise must be at least 0, got -0.1"),
    (lambda: make_circles(10, np.nan, 0), "make_circles.noise must be at least 0, got nan"),
    (lambda: make_circles(10, 0.1, -1), "make_circles.seed must be .* at most 4294967295, got -1"),
    (lambda: make_circles(10, 0.1, 2**32), "make_circles.seed must be .* got 4294967296"),
    (lambda: make_circles(10, 0.1, 0, factor=1.0), r"make_circles.factor must be in \[0, 1\)"),
    (lambda: make_moons(10, "no", 0), "make_moons.noise must be at least 0, got 'no'"),
    (lambda: make_moons(10, 0.1, 2**32), "make_moons.seed must be"),
    (lambda: make_spirals(2, 0.1, 0, arms=3), "make_spirals.examples must be .* 3, got 2"),
    (lambda: make_spirals(9, 0.1, 0, arms=1), "make_spirals.arms must be .* 2, got 1"),
    (lambda: make_spirals(9, 0.1, 0, turns=0), "make_spirals.turns must be greater than 0, got 0"),
    (lambda: make_spirals(9, 0.1, -1), "make_spirals.seed must be"),
    (lambda: make_xor(9, 0.1, -1), "make_xor.seed must be"),
    (lambda: make_blobs(9, -1), "make_blobs.seed must be"),
    (lambda: make_blobs(9, 0, spread=-1), "make_blobs.spread must be at least 0, got -1"),
    (lambda: make_blobs(9, 0, centers=1), "make_blobs.centers must be .* 2, got 1"),
    (lambda: make_blobs(2, 0, centers=3), "make_blobs.examples must be .* 3, got 2"),
    (lambda: make_football_field(9, 0.1, -1), "make_football_field.seed must be"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_settings_outside_their_range_are_refused(call, message):
    with pytest.raises(ConfigurationError, match=message):
        call()


def test_centres_of_the_wrong_shape_are_refused():
    with pytest.raises(ShapeError, match=r"make_blobs: centers must have shape \(I, C\)"):
        make_blobs(9, 0, centers=np.ones((2, 1)))
    with pytest.raises(DataError, match="make_blobs: centers must be finite"):
        make_blobs(9, 0, centers=np.array([[0.0, np.inf]]))
