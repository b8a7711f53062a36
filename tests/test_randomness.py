"""Every draw is a function of its place in the run, and of nothing else."""

import numpy as np
import pytest

from trainwell.randomness import Randomness, generator, uniform_bits


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


@pytest.mark.parametrize("other", [Randomness(2, 5, 2), Randomness(1, 6, 2), Randomness(1, 5, 3)])
def test_every_part_of_the_place_changes_the_mask(other: Randomness) -> None:
    mask = Randomness(1, 5, 2).kept((50, 100), 0.5)
    agreement = (mask == other.kept((50, 100), 0.5)).mean()
    assert agreement == pytest.approx(0.5, abs=0.03)


def test_a_layer_is_part_of_the_place() -> None:
    assert Randomness(1, 5).at_layer(3) == Randomness(1, 5, 3)
