"""Every draw is a function of its place in the run, and of nothing else."""

import numpy as np
import pytest

from trainwell.randomness import Randomness, generator, row_generators, uniform_bits


def test_equal_places_give_equal_draws() -> None:
    first, second = (generator(3, "weights", 1).normal(size=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "place", [(4, "weights", 1), (3, "shuffle", 1), (3, "weights", 2), (3, "weights", 1, 1)]
)
def test_another_place_gives_other_draws(place: tuple[int, str, int]) -> None:
    here = generator(3, "weights", 1).random(1000)
    there = generator(*place).random(1000)
    assert abs(np.corrcoef(here, there)[0, 1]) < 0.15
    assert not np.isin(there, here).any()


def test_long_draws_of_neighbouring_counters_do_not_overlap() -> None:
    first, second = (generator(0, "shuffle", epoch).random(20_000) for epoch in (0, 1))
    assert not np.isin(first, second).any()


@pytest.mark.parametrize("draw", ["standard_normal", "random"])
def test_generators_of_rows_are_those_of_their_places(draw: str) -> None:
    # An odd number of draws leaves numbers over, which the next row must not see.
    for row, rng in enumerate(row_generators(4, "rows", 2, 5)):
        alone = getattr(generator(4, "rows", 2, row), draw)(7, dtype=np.float32)
        np.testing.assert_array_equal(getattr(rng, draw)(7, dtype=np.float32), alone)


def test_the_hash_is_lowbias32_of_a_weyl_sequence() -> None:
    def by_hand(key: int, index: int) -> int:
        bits = (index * 0x9E3779B9 % 2**32) ^ key
        bits ^= bits >> 16
        bits = bits * 0x7FEB352D % 2**32
        bits ^= bits >> 15
        bits = bits * 0x846CA68B % 2**32
        return bits ^ (bits >> 16)

    index = np.array([0, 1, 2, 12345, 2**32 - 1], dtype=np.uint32)
    for key in (0, 1, 0xDEADBEEF):
        assert uniform_bits(key, index).tolist() == [by_hand(key, int(i)) for i in index]


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.86, 1.0])
def test_the_kept_share_is_the_probability(keep: float) -> None:
    kept = Randomness(0, 0).kept((200, 500), keep)
    assert kept.mean() == pytest.approx(keep, abs=0.005)


def test_a_larger_probability_keeps_whatever_a_smaller_one_kept() -> None:
    place = Randomness(1, 5, 2)
    few, many = place.kept((30, 40), 0.3), place.kept((30, 40), 0.6)
    assert (many | ~few).all()
    assert many.sum() > few.sum()


def test_a_narrower_layer_sees_a_prefix_of_the_mask() -> None:
    place = Randomness(1, 5, 2)
    np.testing.assert_array_equal(place.kept((10, 32), 0.5), place.kept((40, 32), 0.5)[:10])


def test_a_shorter_batch_sees_the_first_columns_of_the_mask() -> None:
    place = Randomness(1, 5, 2)
    whole = place.kept((6, 32), 0.5)
    np.testing.assert_array_equal(place.kept((6, 20), 0.5), whole[:, :20])


def test_neither_rows_nor_columns_of_a_mask_repeat_or_agree() -> None:
    mask = Randomness(0, 0).kept((300, 400), 0.5)
    for lines, length in ((mask, 400), (mask.T, 300)):
        assert len(np.unique(lines, axis=0)) == len(lines)
        agreement = np.corrcoef(lines) - np.eye(len(lines))
        # Correlations of independent lines have deviation 1 / sqrt(length).
        assert np.abs(agreement).max() < 5.5 / length**0.5
        assert (agreement**2).mean() * length == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("other", [Randomness(2, 5, 2), Randomness(1, 6, 2), Randomness(1, 5, 3)])
def test_every_part_of_the_place_changes_the_mask(other: Randomness) -> None:
    mask = Randomness(1, 5, 2).kept((50, 100), 0.5)
    agreement = (mask == other.kept((50, 100), 0.5)).mean()
    assert agreement == pytest.approx(0.5, abs=0.03)


def test_a_layer_is_part_of_the_place() -> None:
    assert Randomness(1, 5).at_layer(3) == Randomness(1, 5, 3)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.int32])
def test_a_seed_from_numpy_is_the_same_seed(kind: type) -> None:
    plain, other = (generator(seed, "weights", 1).random(3) for seed in (3, kind(3)))
    np.testing.assert_array_equal(plain, other)
    masks = (Randomness(3, 5, 2), Randomness(kind(3), kind(5), kind(2)))
    np.testing.assert_array_equal(*(place.kept((4, 9), 0.5) for place in masks))


def test_the_draws_of_a_seed_are_frozen() -> None:
    # If these change, every seed means another run: a change for the changelog.
    drawn = generator(3, "weights", 1, 2).integers(0, 2**32, 3).tolist()
    assert drawn == [679832662, 102369949, 1202799693]
    mask = Randomness(1, 5, 2).kept((2, 8), 0.5).astype(int)
    assert ["".join(map(str, row)) for row in mask] == ["10010100", "11010001"]


def test_a_large_seed_is_as_good_as_a_small_one() -> None:
    drawn = [generator(seed, "weights").random() for seed in (0, 1, 2**32, 2**64, 10**30)]
    assert len(set(drawn)) == 5


def test_bits_are_uniform_over_indices_and_over_keys() -> None:
    by_index = uniform_bits(77, np.arange(2**16, dtype=np.uint32))
    one = np.zeros(1, dtype=np.uint32)
    by_key = np.array([uniform_bits(key, one)[0] for key in range(5000)])
    for bits in (by_index, by_key):
        counts, _ = np.histogram(bits, 16, (0, 2**32))
        expected = bits.size / 16
        # Chi-squared with 15 degrees of freedom exceeds 45 once in ten thousand times.
        assert ((counts - expected) ** 2 / expected).sum() < 45
    neighbours = np.corrcoef(by_index[:-1].astype(float), by_index[1:].astype(float))[0, 1]
    assert abs(neighbours) < 0.02


def test_hashing_leaves_its_index_alone() -> None:
    index = np.arange(5, dtype=np.uint32)
    index.flags.writeable = False
    uniform_bits(1, index)
    assert index.tolist() == [0, 1, 2, 3, 4]


def test_keeping_everything_drops_nothing() -> None:
    assert Randomness(0, 0).kept((50, 50), 1.0).all()
    assert Randomness(0, 0).kept((50, 50), 1 - 2.0**-40).all()
    assert not Randomness(0, 0).kept((50, 50), 0.0).any()
