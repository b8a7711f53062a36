"""What holds for every split."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trainwell.data.dataset import Data
from trainwell.data.splits import split, split_indices
from trainwell.errors import ConfigurationError, DataError, ShapeError

NAMES = ["train", "train-dev", "dev", "test"]
SEEDS = st.integers(0, 2**40)


@st.composite
def by_share(draw):
    weights = draw(st.lists(st.integers(1, 30), min_size=1, max_size=4))
    rest = draw(st.integers(0, 20))
    total = sum(weights) + rest
    return {name: weight / total for name, weight in zip(NAMES, weights, strict=False)}


@st.composite
def by_count(draw):
    counts = draw(st.lists(st.integers(1, 30), min_size=1, max_size=4))
    return dict(zip(NAMES, counts, strict=False))


def check_partition(examples, parts, result):
    """Disjoint, sorted, in range, named as asked, none empty."""
    assert list(result) == list(parts)
    everything = np.concatenate(list(result.values()))
    assert len(set(everything.tolist())) == len(everything)
    assert everything.min() >= 0
    assert everything.max() < examples
    for rows in result.values():
        assert len(rows) >= 1
        assert (np.diff(rows) > 0).all()
        assert rows.dtype.kind == "i"


@given(parts=by_share(), examples=st.integers(1, 300), seed=SEEDS)
def test_shares_are_met_within_one_example(parts, examples, seed):
    assume(examples >= len(parts))
    result = split_indices(examples, parts, seed)
    check_partition(examples, parts, result)
    filled = all(share * examples >= 1 for share in parts.values())
    for name, share in parts.items():
        if filled:  # otherwise somebody gave one away
            assert abs(len(result[name]) - share * examples) < 1 + 1e-6
    if sum(parts.values()) > 1 - 1e-12:
        assert sum(map(len, result.values())) == examples
    else:
        rest = (1 - sum(parts.values())) * examples
        assert examples - sum(map(len, result.values())) < rest + 1


@given(parts=by_count(), spare=st.integers(0, 50), seed=SEEDS)
def test_numbers_of_examples_are_met_exactly(parts, spare, seed):
    examples = sum(parts.values()) + spare
    result = split_indices(examples, parts, seed)
    check_partition(examples, parts, result)
    assert {name: len(rows) for name, rows in result.items()} == parts


@given(
    parts=st.one_of(by_share(), by_count()),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    seed=SEEDS,
)
def test_each_class_is_shared_out_within_one_example(parts, sizes, seed):
    examples = sum(sizes)
    assume(examples >= max(len(parts), sum(v for v in parts.values() if isinstance(v, int))))
    labels = np.random.default_rng(seed % 1000).permutation(np.repeat(np.arange(len(sizes)), sizes))
    result = split_indices(examples, parts, seed, labels=labels)
    check_partition(examples, parts, result)
    plain = split_indices(examples, parts, seed)
    for name, rows in result.items():
        assert len(rows) == len(plain[name])  # stratifying changes no size
        counts = np.bincount(labels[rows], minlength=len(sizes))
        assert np.abs(counts - np.array(sizes) * len(rows) / examples).max() < 1


@given(
    parts=by_share(),
    sizes=st.lists(st.integers(1, 12), min_size=4, max_size=30),
    seed=SEEDS,
)
def test_groups_never_cross_and_sizes_are_near(parts, sizes, seed):
    examples = sum(sizes)
    groups = np.random.default_rng(seed % 1000).permutation(np.repeat(np.arange(len(sizes)), sizes))
    result = split_indices(examples, parts, seed, groups=groups)
    check_partition(examples, parts, result)
    homes = Counter()
    for rows in result.values():
        homes.update(set(groups[rows].tolist()))
        assert sum(sizes[g] for g in set(groups[rows].tolist())) == len(rows)  # whole groups
    assert max(homes.values()) == 1
    if sum(parts.values()) > 1 - 1e-12:
        assert sum(map(len, result.values())) == examples
    if len(sizes) >= 20:
        for name, share in parts.items():
            over = len(result[name]) - share * examples
            assert -len(parts) * max(sizes) - 1 < over < max(sizes) + 1


def test_equal_groups_meet_the_sizes_exactly():
    groups = np.repeat(np.arange(50), 4)
    result = split_indices(200, {"train": 0.6, "dev": 0.2, "test": 0.2}, 0, groups=groups)
    assert [len(rows) for rows in result.values()] == [120, 40, 40]


KINDS = [
    pytest.param({}, id="plain"),
    pytest.param({"labels": np.arange(200) % 3}, id="stratified"),
    pytest.param({"groups": np.arange(200) // 4}, id="grouped"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_give_equal_parts_and_others_do_not(kind):
    parts = {"train": 0.6, "dev": 0.2, "test": 0.2}
    first, again, other = (split_indices(200, parts, seed, **kind) for seed in (3, 3, 4))
    assert all(np.array_equal(first[name], again[name]) for name in parts)
    assert not any(np.array_equal(first[name], other[name]) for name in parts)


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_in_the_test_part_about_equally_often(kind):
    chosen = np.zeros(200)
    for seed in range(400):
        chosen[split_indices(200, {"train": 0.75, "test": 0.25}, seed, **kind)["test"]] += 1
    spread = np.sqrt(400 * 0.25 * 0.75)
    assert np.abs(chosen - 100).max() < 5 * spread
    assert chosen.std() > 0.5 * spread


def test_large_groups_are_in_the_test_part_as_often_as_small_ones():
    groups = np.repeat(np.arange(12), [30, 30, 30] + [10] * 9)
    chosen = np.zeros(12)
    for seed in range(500):
        rows = split_indices(180, {"train": 0.5, "test": 0.5}, seed, groups=groups)["test"]
        chosen[np.unique(groups[rows])] += 1
    assert np.abs(chosen / 500 - 0.5).max() < 0.1


@pytest.mark.parametrize(
    ("examples", "parts", "expected"),
    [
        (10, {"train": 0.6, "dev": 0.2, "test": 0.2}, [6, 2, 2]),
        (11, {"train": 0.6, "dev": 0.2, "test": 0.2}, [7, 2, 2]),
        (100, {"a": 0.29, "b": 0.57, "c": 0.14}, [29, 57, 14]),
        (3, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, [1, 1, 1]),
        (3, {"train": 0.9, "dev": 0.05, "test": 0.05}, [1, 1, 1]),
        (20, {"train": 0.98, "test": 0.02}, [19, 1]),
        (10, {"train": 0.5}, [5]),
        (7, {"all": 1.0}, [7]),
        (1, {"all": 1.0}, [1]),
        (10, {"train": np.float32(0.5), "test": 0.5}, [5, 5]),
        (10, {"train": np.int64(3), "test": 2}, [3, 2]),
        (4, {"one": 1}, [1]),
    ],
)
def test_sizes_are_rounded_by_the_largest_remainder(examples, parts, expected):
    result = split_indices(examples, parts, 0)
    assert [len(rows) for rows in result.values()] == expected


def test_labels_and_groups_may_be_words():
    words = np.array(["b", "a"] * 10)
    numbers = np.array([1, 0] * 10)
    parts = {"train": 0.5, "test": 0.5}
    for setting in ("labels", "groups"):
        by_word, by_number = (
            split_indices(20, parts, 0, **{setting: values}) for values in (words, numbers.tolist())
        )
        assert all(np.array_equal(by_word[name], by_number[name]) for name in parts)


def test_a_split_data_set_keeps_columns_targets_and_weights_together():
    x = np.arange(40.0)
    data = Data([x, -x], [x % 2], x + 1)
    parts = split(data, {"train": 25, "test": 15}, 0, labels=x % 2)
    indices = split_indices(40, {"train": 25, "test": 15}, 0, labels=x % 2)
    for name, part in parts.items():
        assert np.array_equal(part.x[0], indices[name])
        assert np.array_equal(part.x[1], -part.x[0])
        assert np.array_equal(part.y[0], part.x[0] % 2)
        assert np.array_equal(part.weight, part.x[0] + 1)


def test_a_split_data_set_may_be_grouped():
    groups = np.arange(40) // 4
    data = Data([np.arange(40.0)], [np.zeros(40)])
    parts = split(data, {"train": 0.5, "test": 0.5}, 0, groups=groups)
    train, test = (set(groups[part.x[0].astype(int)]) for part in parts.values())
    assert len(train) == len(test) == 5
    assert not train & test


HALVES = {"a": 0.5, "b": 0.5}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: split_indices(0, HALVES, 0), ConfigurationError, "examples must be an integer"),
        (lambda: split_indices(9, HALVES, -1), ConfigurationError, "seed must be an integer"),
        (lambda: split_indices(9, {}, 0), ConfigurationError, "at least one part, got {}"),
        (
            lambda: split_indices(9, {"a": 0.5, "b": 2}, 0),
            ConfigurationError,
            "all shares or all numbers of examples, got {'a': 0.5, 'b': 2}",
        ),
        (
            lambda: split_indices(9, {"a": 0.0, "b": 0.5}, 0),
            ConfigurationError,
            r"parts\['a'\] must be a share in \(0, 1\] or .*, got 0.0",
        ),
        (lambda: split_indices(9, {"a": -3}, 0), ConfigurationError, r"parts\['a'\] .* got -3"),
        (lambda: split_indices(9, {"a": 1.5}, 0), ConfigurationError, r"parts\['a'\] .* got 1.5"),
        (lambda: split_indices(9, {"a": np.nan}, 0), ConfigurationError, r"\['a'\] .* got nan"),
        (lambda: split_indices(9, {"a": "x"}, 0), ConfigurationError, r"parts\['a'\] .* got 'x'"),
        (lambda: split_indices(9, {"a": True}, 0), ConfigurationError, r"parts\['a'\] .* got True"),
        (
            lambda: split_indices(9, {"a": 0.7, "b": 0.7}, 0),
            ConfigurationError,
            "sum of at most 1, got 1.4",
        ),
        (
            lambda: split_indices(9, HALVES, 0, labels=np.ones(9), groups=np.ones(9)),
            ConfigurationError,
            "labels and groups exclude each other",
        ),
        (lambda: split_indices(1, HALVES, 0), DataError, "1 examples, fewer than the 2 parts"),
        (lambda: split_indices(9, {"a": 5, "b": 5}, 0), DataError, "9 examples, fewer than the 10"),
        (lambda: split_indices(9, HALVES, 0, groups=np.ones(9)), DataError, "groups have 1 values"),
        (
            lambda: split_indices(3, HALVES, 0, labels=np.array([1, "a", None], dtype=object)),
            DataError,
            "labels must be of one kind",
        ),
        (lambda: split_indices(9, HALVES, 0, labels=np.ones(8)), ShapeError, r"labels .* \(9,\)"),
        (lambda: split_indices(9, HALVES, 0, groups=np.ones((9, 1))), ShapeError, r"groups"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
