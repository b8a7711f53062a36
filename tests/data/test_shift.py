"""Differences are found where they are, and hardly ever where they are not."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, fisher_exact, ks_2samp

from trainwell.data.shift import (
    Difference,
    distribution_differences,
    warn_about_differences,
)
from trainwell.data.splits import split_indices
from trainwell.errors import ConfigurationError, DistributionWarning, ShapeError

ALL = 1 - 1e-12  # so high a level that nearly everything tested is a finding


def one_test(first, second, level=ALL):
    parts = {"a": np.array([first], dtype=float), "b": np.array([second], dtype=float)}
    found = distribution_differences(parts, ["feature"], level=level)
    return found[0] if found else None


def table(counts):
    """Return two samples whose values 0, 1, ... are that frequent."""
    return [np.repeat(np.arange(len(row)), row) for row in counts]


@pytest.mark.parametrize("sizes", [(20, 30), (300, 100), (2000, 500)])
@pytest.mark.parametrize("moved", [0.0, 0.2, 0.5])
def test_many_values_give_scipys_kolmogorov_smirnov(sizes, moved):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=sizes[0]), moved + rng.normal(size=sizes[1])
    ours, theirs = one_test(first, second), ks_2samp(first, second, method="exact")
    assert ours.test == "Kolmogorov-Smirnov"
    assert ours.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    assert theirs.pvalue * 0.98 < ours.p_value < theirs.pvalue * 1.5 + 0.02


def test_ties_count_once():
    rng = np.random.default_rng(0)
    first, second = rng.poisson(12, size=400), rng.poisson(13, size=300)
    ours, theirs = one_test(first, second), ks_2samp(first, second, method="asymp")
    assert ours.statistic == pytest.approx(theirs.statistic, abs=1e-12)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=0.1)


@pytest.mark.parametrize(
    "counts",
    [
        [[60, 40], [30, 35]],
        [[30, 40, 50], [20, 10, 30]],
        [[100, 100, 100, 100], [30, 20, 10, 60]],
    ],
)
def test_few_values_give_scipys_chi_square(counts):
    ours, theirs = one_test(*table(counts)), chi2_contingency(counts)
    assert ours.test == "chi-square"
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p_value == pytest.approx(theirs.pvalue)


def test_the_names_of_few_values_do_not_matter():
    first, second = table([[30, 40, 50], [20, 10, 30]])
    renamed = np.array([7.5, -3.0, 0.25])
    ours, theirs = one_test(first, second), one_test(renamed[first], renamed[second])
    assert ours.p_value == pytest.approx(theirs.p_value)
    assert ours.statistic == pytest.approx(theirs.statistic)


@pytest.mark.parametrize("counts", [[[195, 0], [44, 4]], [[1000, 1], [190, 5]]])
def test_rare_values_are_tested_exactly(counts):
    assert one_test(*table(counts)).p_value == pytest.approx(fisher_exact(counts).pvalue)


def test_rare_values_are_taken_together():
    counts = [[50, 50, 1, 2, 0, 1, 3], [50, 50, 2, 1, 4, 2, 3]]
    pooled = [[50, 50, 7], [50, 50, 12]]
    assert one_test(*table(counts)).p_value == pytest.approx(chi2_contingency(pooled).pvalue)


@given(
    counts=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=10
    ).filter(lambda rows: all(map(any, zip(*rows, strict=True))) and sum(map(any, rows)) > 1)
)
def test_any_table_of_counts_has_a_probability(counts):
    found = one_test(*table(np.array(counts).T))
    assert found is None or 0 <= found.p_value < 1
    assert found is None or found.statistic >= 0


def splits_with_a_finding(make, level, splits=200):
    found = 0
    for seed in range(splits):
        x = make(np.random.default_rng(seed))
        rows = split_indices(x.shape[1], {"train": 0.6, "dev": 0.2, "test": 0.2}, seed)
        parts = {name: x[:, columns] for name, columns in rows.items()}
        found += bool(
            distribution_differences(parts, [f"f{i}" for i in range(len(x))], level=level)
        )
    return found


def mixed(rng):
    shared = rng.normal(size=150)
    return np.array(
        [
            shared,
            shared + 0.1 * rng.normal(size=150),  # tests that depend on each other
            rng.exponential(size=150),
            rng.integers(0, 2, size=150),
            rng.random(150) < 0.03,
            rng.integers(0, 6, size=150),
            rng.poisson(12, size=150),
            np.ones(150),
        ],
        dtype=float,
    )


MADE = {
    "mixed": mixed,
    "normal": lambda rng: rng.normal(size=(6, 400)),
    "binary": lambda rng: (rng.random((6, 300)) < 0.3).astype(float),
    "rare": lambda rng: (rng.random((6, 300)) < 0.02).astype(float),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
@pytest.mark.parametrize("level", [0.01, 0.05])
def test_random_splits_are_found_different_at_most_at_the_level(make, level):
    allowed = 200 * level + 3 * np.sqrt(200 * level * (1 - level))
    assert splits_with_a_finding(make, level) <= allowed


def test_the_level_is_nearly_used_up():
    assert splits_with_a_finding(MADE["normal"], 0.5) > 60


def halves(change):
    rng = np.random.default_rng(0)
    x = mixed(rng)
    parts = {"train": x[:, :90].copy(), "dev": x[:, 90:120].copy(), "test": x[:, 120:].copy()}
    change(parts["test"])
    return parts


NAMES = ["normal", "near", "waiting", "coin", "rare", "die", "count", "constant"]


def moved(row, amount):
    def change(x):
        x[row] += amount

    return change


def replaced(row, value):
    def change(x):
        x[row] = value

    return change


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        pytest.param(moved(0, 1.5), "normal", id="moved"),
        pytest.param(lambda x: np.multiply(x[2], 6, out=x[2]), "waiting", id="scaled"),
        pytest.param(replaced(3, 1.0), "coin", id="one-value"),
        pytest.param(replaced(4, 1.0), "rare", id="no-longer-rare"),
        pytest.param(replaced(5, 5.0), "die", id="loaded"),
        pytest.param(moved(6, 8.0), "count", id="counts"),
        pytest.param(moved(7, 1.0), "constant", id="another-constant"),
    ],
)
def test_a_shifted_feature_is_found_by_name(change, feature):
    found = distribution_differences(halves(change), NAMES)
    assert {difference.feature for difference in found} == {feature}
    assert ("train", "test") in {(d.first, d.second) for d in found}
    assert ("train", "dev") not in {(d.first, d.second) for d in found}
    p_values = [difference.p_value for difference in found]
    assert p_values == sorted(p_values)
    assert max(p_values) < 0.01


def test_units_do_not_matter():
    parts = halves(moved(0, 1.0))
    scaled = {name: 1000.0 * x - 5.0 for name, x in parts.items()}
    ours = distribution_differences(parts, NAMES, level=ALL)
    theirs = distribution_differences(scaled, NAMES, level=ALL)
    assert [(d.feature, d.p_value) for d in ours] == [(d.feature, d.p_value) for d in theirs]


def test_p_values_are_corrected_as_holm_does():
    rng = np.random.default_rng(1)
    parts = {"a": rng.normal(size=(5, 50)), "b": 0.3 + rng.normal(size=(5, 50))}
    names = ["u", "v", "w", "x", "y"]
    alone = {
        name: one_test(parts["a"][row], parts["b"][row]).p_value for row, name in enumerate(names)
    }
    expected, largest = {}, 0.0
    for rank, (name, p) in enumerate(sorted(alone.items(), key=lambda item: item[1])):
        largest = max(largest, (5 - rank) * p)
        expected[name] = min(largest, 1.0)
    ours = {d.feature: d.p_value for d in distribution_differences(parts, names, level=ALL)}
    assert ours == pytest.approx({name: p for name, p in expected.items() if p < ALL})
    assert len(ours) > 1


def test_constant_features_do_not_weaken_the_others():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(1, 60)), 0.5 + rng.normal(size=(1, 60))
    (alone,) = distribution_differences({"a": first, "b": second}, ["x"], level=ALL)
    padded = {
        name: np.vstack([x, np.ones((50, 60))]) for name, x in {"a": first, "b": second}.items()
    }
    names = ["x", *map(str, range(50))]
    assert distribution_differences(padded, names, level=ALL) == (alone,)


@pytest.mark.parametrize("parts", [{}, {"all": np.ones((1, 5))}])
def test_less_than_two_parts_do_not_differ(parts):
    assert distribution_differences(parts, ["x"]) == ()


def test_one_warning_names_the_worst_features():
    parts = halves(moved(0, 0.0))
    for row, amount in [(0, 2.0), (1, 1.3), (2, 9.0), (6, 12.0)]:
        parts["test"][row] += amount
    with pytest.warns(DistributionWarning) as caught:
        found = warn_about_differences(parts, NAMES)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    assert "\n" not in message
    assert "differ by more than chance explains in 4 of 8 features" in message
    assert f"most in '{found[0].feature}' ({found[0].first} and {found[0].second}, p = " in message
    assert sum(repr(name) in message for name in NAMES) == 3
    assert found == distribution_differences(parts, NAMES)


def test_equal_parts_bring_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert warn_about_differences(halves(moved(0, 0.0)), NAMES) == ()


def test_a_level_is_used():
    parts = halves(moved(0, 0.55))
    p_value = distribution_differences(parts, NAMES, level=ALL)[0].p_value
    assert 1e-6 < p_value < 0.9
    assert distribution_differences(parts, NAMES, level=p_value * 0.99) == ()
    assert len(distribution_differences(parts, NAMES, level=p_value * 1.01)) == 1


def test_arguments_are_not_modified():
    parts, again = halves(moved(0, 1.0)), halves(moved(0, 1.0))
    distribution_differences(parts, NAMES)
    assert all(np.array_equal(parts[name], again[name]) for name in parts)


def test_a_difference_is_a_value():
    difference = Difference("x", "a", "b", "chi-square", 3.0, 0.1)
    assert eval(repr(difference)) == difference  # noqa: S307 it is ours


TWO = {"a": np.ones((1, 3)), "b": np.ones((1, 4))}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: distribution_differences(TWO, ["x"], level=0.0),
            ConfigurationError,
            r"distribution_differences.level must be in \(0, 1\), got 0.0",
        ),
        (
            lambda: distribution_differences(TWO, ["x"], level=1),
            ConfigurationError,
            "level must be .* got 1",
        ),
        (
            lambda: distribution_differences(TWO, ["x", "y"]),
            ShapeError,
            r"a must have shape \(2, N\) with N >= 1, one row per name, got \(1, 3\)",
        ),
        (
            lambda: distribution_differences({**TWO, "c": np.ones((1, 0))}, ["x"]),
            ShapeError,
            r"c must have shape \(1, N\)",
        ),
        (
            lambda: warn_about_differences({"a": np.ones(3)}, ["x"]),
            ShapeError,
            r"got \(3,\)",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
