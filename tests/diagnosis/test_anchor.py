"""Random directions: what they promise is measured, slope by slope and error by error."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict.anchor import (
    TOLERANCES,
    Anchor,
    anchored,
    miss_probability,
)
from trainwell.diagnosis.gradient_verdict.slopes import (
    complex_slope,
    direction,
    ladder_slope,
    pairing,
    scale_of,
    spread_of,
)
from trainwell.randomness import generator

SHAPES = {"W": (6, 5), "b": (6, 1), "w": (1, 6)}


def point(rng):
    """Return parameters whose arrays are of very different sizes, and a gradient there."""
    sizes = {"W": 1.0, "b": 0.0, "w": 30.0}
    arrays = {name: sizes[name] * rng.normal(size=shape) for name, shape in SHAPES.items()}
    return arrays, {name: rng.normal(size=shape) for name, shape in SHAPES.items()}


# How often an error is missed


def one_entry(rng, r, count):
    errors = {name: np.zeros((count, *a.shape)) for name, a in r.items()}
    rows, columns = rng.integers(6, size=count), rng.integers(5, size=count)
    errors["W"][np.arange(count), rows, columns] = rng.choice([-1, 1], size=count)
    return errors


def dense(rng, r, count):
    return {name: rng.normal(size=(count, *a.shape)) for name, a in r.items()}


def same_everywhere(rng, r, count):
    return {name: rng.choice([-1, 1]) * np.ones((count, *a.shape)) for name, a in r.items()}


def two_exchanged(rng, r, count):
    errors = {name: np.zeros((count, *a.shape)) for name, a in r.items()}
    rows = rng.permuted(np.tile(np.arange(6), (count, 1)), axis=1)[:, :2]
    gap = r["b"][rows[:, 0], 0] - r["b"][rows[:, 1], 0]
    errors["b"][np.arange(count), rows[:, 0], 0] = -gap
    errors["b"][np.arange(count), rows[:, 1], 0] = gap
    return errors


def a_row(rng, r, count):
    errors = {name: np.zeros((count, *a.shape)) for name, a in r.items()}
    rows = rng.integers(6, size=count)
    errors["W"][np.arange(count), rows] = r["W"][rows]
    return errors


def scaled(rng, r, count):
    return {name: rng.normal(size=(count, 1, 1)) * a for name, a in r.items()}


STRUCTURES = [one_entry, dense, same_everywhere, two_exchanged, a_row, scaled]


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_errors_are_missed_as_rarely_as_it_is_printed(structure, directions):
    rng = np.random.default_rng([len(structure.__name__), directions])
    count, allowed = 20_000, 1e-9
    arrays, r = point(rng)
    errors = structure(rng, r, count)
    lengths = sum(
        scale_of(arrays[n]) ** 2 * (e.reshape(count, -1) ** 2).sum(axis=1)
        for n, e in errors.items()
    )
    lengths = np.sqrt(lengths) / spread_of(r, arrays)
    sizes = 10 ** rng.uniform(-9, -5, size=count)
    missed = np.ones(count, dtype=bool)
    many = {name: np.broadcast_to(a, (count, *a.shape)) for name, a in arrays.items()}
    for _ in range(directions):
        v = direction(many, rng)  # so many directions at once: the scale of each array stays
        seen = sum((e * v[n]).reshape(count, -1).sum(axis=1) for n, e in errors.items())
        missed &= np.abs(seen) * sizes / lengths <= allowed * spread_of(r, arrays)
    bound = np.array([miss_probability(allowed, size, directions) for size in sizes])
    for low, high in [(-9, -8), (-8, -7), (-7, -6), (-6, -5), (-9, -5)]:
        inside = (sizes >= 10.0**low) & (sizes < 10.0**high)
        p = bound[inside]
        noise = np.sqrt((p * (1 - p)).sum()) + 1
        assert missed[inside].sum() <= p.sum() + 4 * noise
        if low >= -8:  # the bound is no larger than it needs to be
            assert missed[inside].sum() >= p.sum() - 4 * noise


def test_wrong_references_are_confirmed_as_rarely_as_the_anchor_says():
    rng = np.random.default_rng(0)
    arrays, r = point(rng)
    size, count = spread_of(r, arrays), 1000

    def function(values):
        return sum(np.sum(r[name] * values(name)) for name in r)

    confirmed = []
    for _ in range(count):
        e = {name: rng.normal(size=a.shape) for name, a in r.items()}
        share = 1e-6 * size / spread_of(e, arrays)
        wrong = {name: r[name] + share * e[name] for name in r}
        anchor = anchored(function, wrong, arrays, rng, 1)
        if anchor.confirmed:
            confirmed.append(anchor.miss_probability)
    for tolerance in TOLERANCES:
        p = miss_probability(tolerance, 1e-6, 1)
        noise = np.sqrt(count * p * (1 - p)) + 1
        assert sum(found <= p * (1 + 1e-9) for found in confirmed) <= count * p + 4 * noise
    assert len(confirmed) > 40


def test_a_right_reference_is_confirmed_at_the_strictest_tolerance():
    arrays, r = point(np.random.default_rng(1))

    def function(values):
        return sum(np.sum(r[name] * values(name)) for name in r)

    anchor = anchored(function, r, arrays, np.random.default_rng(2), 3)
    assert anchor.confirmed
    assert (anchor.directions, anchor.tolerance, anchor.method) == (2, 1e-13, "complex")
    assert anchor.disagreement < 1e-13
    assert anchor.miss_probability == pytest.approx((np.sqrt(2 / np.pi) * 1e-7) ** 2)


@pytest.mark.parametrize("directions", [1, 2, 3])
@pytest.mark.parametrize("blurred", [0.0, 3e-13, 3e-12, 3e-10])
def test_directions_are_drawn_until_they_show_as_much_as_so_many_are_worth(directions, blurred):
    arrays, r = point(np.random.default_rng(1))
    size, slopes = spread_of(r, arrays), []

    def function(values):
        slopes.append(sum(np.sum(r[name] * values(name)) for name in r))
        return slopes[-1] + 2.0**-100 * 1j * blurred * size

    anchor = anchored(function, r, arrays, np.random.default_rng(2), directions)
    assert anchor.confirmed
    assert anchor.directions == len(slopes) <= directions
    worth = miss_probability(1e-9, 1e-6, directions)
    before = miss_probability(anchor.tolerance, 1e-6, anchor.directions - 1)
    assert anchor.miss_probability <= worth
    assert before > worth  # not one more than it takes


@pytest.mark.parametrize("share", [1e-5, 1e-3, 1.0, -2.0])
def test_a_wrong_reference_is_refuted(share):
    arrays, r = point(np.random.default_rng(1))
    wrong = r | {"w": r["w"] * (1 + share)}

    def function(values):
        return sum(np.sum(r[name] * values(name)) for name in r)

    for analytic in (True, False):
        anchor = anchored(function, wrong, arrays, np.random.default_rng(2), analytic=analytic)
        assert not anchor.confirmed
        assert anchor.method == "ladder"  # which has the last word


def test_a_function_in_single_precision_is_confirmed_as_far_as_it_goes():
    theta = {"w": np.linspace(0.3, 1.3, 6)}

    def function(values):
        return float(np.sum(np.sin(values("w").astype(np.float32))))

    anchor = anchored(function, {"w": np.cos(theta["w"])}, theta, np.random.default_rng(0))
    assert anchor.tolerance > 1e-7 or not anchor.confirmed
    assert anchor.miss_probability > 1e-3


@pytest.mark.parametrize(
    ("tolerance", "error", "directions", "expected"),
    [
        (1e-9, 1e-6, 1, 7.978845608e-4),
        (1e-9, 1e-6, 2, 6.366197724e-7),
        (1e-6, 1e-6, 2, 0.6366197724),
        (1e-3, 1e-6, 2, 1.0),
        (1e-3, 1e-6, 0, 1.0),
    ],
)
def test_the_bound_is_the_density_of_a_gaussian_at_zero(tolerance, error, directions, expected):
    assert miss_probability(tolerance, error, directions) == pytest.approx(expected)
    anchor = Anchor(True, directions, tolerance, 0.0, "complex")
    assert anchor.miss_probability == miss_probability(tolerance, 1e-6, directions)


def test_directions_are_as_long_as_the_arrays_whatever_their_size():
    arrays, _ = point(np.random.default_rng(4))
    rng = np.random.default_rng(5)
    draws = [direction(arrays, rng) for _ in range(2000)]
    for name, array in arrays.items():
        expected = np.sqrt(np.mean(array**2)) + 0.1
        assert scale_of(array) == pytest.approx(expected)
        assert np.std([v[name] for v in draws]) == pytest.approx(expected, rel=0.02)
        assert abs(np.mean([v[name] for v in draws])) < 0.02 * expected


def test_the_spread_is_the_standard_deviation_of_slopes():
    arrays, r = point(np.random.default_rng(6))
    rng = np.random.default_rng(7)
    slopes = [pairing(r, direction(arrays, rng)) for _ in range(4000)]
    assert np.std(slopes) == pytest.approx(spread_of(r, arrays), rel=0.06)


# Slopes

SLOPES = {
    "polynomial": (lambda t: np.sum(t**3 - 2 * t), lambda t: 3 * t**2 - 2),
    "exponential": (lambda t: np.sum(np.exp(3 * t)), lambda t: 3 * np.exp(3 * t)),
    "tanh": (lambda t: np.sum(np.tanh(t)), lambda t: 1 - np.tanh(t) ** 2),
    "sigmoid": (
        lambda t: np.sum(1 / (1 + np.exp(-t))),
        lambda t: 1 / (1 + np.exp(-t)) * (1 - 1 / (1 + np.exp(-t))),
    ),
    "logarithm": (lambda t: np.sum(np.log(5 + t)), lambda t: 1 / (5 + t)),
    "sine": (lambda t: np.sum(np.sin(5 * t)), lambda t: 5 * np.cos(5 * t)),
    "relu": (lambda t: np.sum(np.maximum(0, t) ** 2), lambda t: 2 * np.maximum(0, t)),
    "large": (lambda t: 1e6 * np.sum(t**2), lambda t: 2e6 * t),
    "small": (lambda t: 1e-6 * np.sum(t**2), lambda t: 2e-6 * t),
    "constant": (lambda t: 3 + 0 * np.sum(t), lambda t: 0 * t),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_those_that_are_known(name):
    function, derivative = SLOPES[name]
    rng = np.random.default_rng(8)
    theta, v = {"t": rng.normal(size=7)}, {"t": rng.normal(size=7)}
    expected = float(derivative(theta["t"]) @ v["t"])
    exact = complex_slope(lambda values: function(values("t")), theta, v)
    assert exact.value == pytest.approx(expected, rel=1e-13, abs=1e-300)
    assert (exact.bar, exact.method) == (0.0, "complex")
    found = ladder_slope(lambda values: function(values("t")), theta, v)
    assert found.value == pytest.approx(expected, rel=1e-8, abs=1e-9)
    assert abs(found.value - expected) <= found.bar
    assert found.method == "ladder"


@pytest.mark.parametrize(
    "function",
    [
        lambda t: float(np.real(t[0])),
        lambda t: np.abs(t).sum(),
        lambda t: t,
        lambda t: float(t[0]),
        lambda t: np.sum(t) * np.inf,
    ],
    ids=["real part", "modulus", "array", "error", "infinite"],
)
@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_no_complex_step_is_taken_where_there_is_none(function):
    def refuses(values):
        value = function(values("t"))
        if isinstance(value, complex):
            raise TypeError
        return value

    assert complex_slope(refuses, {"t": np.ones(2)}, {"t": np.ones(2)}) is None


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_a_complex_step_that_loses_a_part_is_none():
    point = {"t": np.ones(2)}
    assert complex_slope(lambda at: float(at("t")[0]) + at("t")[1], point, point) is None
    assert complex_slope(lambda at: at("t")[0] + at("t")[1], point, point).value == 2


def test_a_ladder_of_nothing_finite_has_an_infinite_bar():
    found = ladder_slope(lambda values: np.sum(values("t")) * np.nan, *[{"t": np.ones(2)}] * 2)
    assert found.bar == np.inf


def random_smooth(rng):
    """Return a random smooth function of six numbers, and its exact slope along a direction."""
    frequencies = rng.normal(size=(4, 6)) * 10 ** rng.uniform(-1, 0.5)
    phases, heights = rng.normal(size=4), rng.normal(size=4)
    size, offset = 10 ** rng.uniform(-4, 4), rng.choice([0.0, 1.0, 1e3])
    shape = rng.integers(4)

    def function(t):
        inner = frequencies @ t + phases
        waves = [np.sin(inner), np.tanh(inner), inner**3, np.log1p(np.exp(-inner))][shape]
        return size * (np.sum(heights * waves) + offset)

    def slope(t, v):
        inner = (frequencies @ t + phases).astype(np.longdouble)
        slopes = [
            np.cos(inner),
            1 - np.tanh(inner) ** 2,
            3 * inner**2,
            -1 / (1 + np.exp(inner)),
        ][shape]
        return float(size * np.sum(heights * slopes * (frequencies @ v)))

    return function, slope


def test_the_bar_of_a_ladder_covers_its_error():
    rng = np.random.default_rng(9)
    covered, sharp = [], []
    for _ in range(1000):
        function, slope = random_smooth(rng)
        t, v = rng.normal(size=6), rng.normal(size=6) * 10 ** rng.uniform(-3, 3)
        found = ladder_slope(lambda values, f=function: f(values("t")), {"t": t}, {"t": v})
        expected = slope(t, v)
        covered.append(abs(found.value - expected) <= found.bar)
        sharp.append(found.bar / abs(expected))
    assert np.mean(covered) >= 0.99
    assert np.median(sharp) < 1e-9


def test_what_bends_as_a_cube_is_extrapolated_exactly():
    def cube(values):
        return float(values("t")[0]) ** 3

    steps = 2.0 ** -np.arange(1, 6, 2.0)
    found = ladder_slope(cube, {"t": np.array([0.7])}, {"t": np.ones(1)}, steps)
    assert found.value == pytest.approx(3 * 0.7**2, rel=1e-12)


def test_a_staircase_is_not_flat():
    step = 2.0**-14

    def stairs(values):
        return step * np.floor(0.37 + float(values("t")[0]) / step)

    found = ladder_slope(stairs, {"t": np.zeros(1)}, {"t": np.ones(1)})
    assert abs(found.value - 1) <= 10 * found.bar < np.inf
    flat = ladder_slope(lambda _: 3.0, {"t": np.zeros(1)}, {"t": np.ones(1)})
    assert (flat.value, flat.bar < 1e-9) == (0.0, True)


def test_the_bar_covers_what_short_steps_scatter_by():
    off = 0
    for seed in range(40):
        rng = generator(seed, "noise of a cost")
        found = ladder_slope(
            lambda values, rng=rng: float(values("t")[0]) + 1e-7 * rng.standard_normal(),
            {"t": np.zeros(1)},
            {"t": np.ones(1)},
        )
        off += abs(found.value - 1) > 10 * found.bar
    assert off == 0
