"""Properties of every partition and every epoch's order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.batches import batches, epoch_order, partition
from trainwell.errors import ConfigurationError

COUNTS = st.integers(1, 400)
SIZES = st.one_of(st.none(), st.integers(1, 450))


def lengths(cuts):
    return [cut.stop - cut.start for cut in cuts]


@pytest.mark.parametrize(
    ("examples", "batch_size", "expected"),
    [
        (148, 64, [64, 64, 20]),  # the course's test case
        (128, 64, [64, 64]),
        (64, 64, [64]),
        (63, 64, [63]),
        (1, 64, [1]),
        (129, 64, [64, 64, 1]),
        (3, 1, [1, 1, 1]),
        (7, None, [7]),
    ],
)
def test_the_remainder_is_the_last_batch(examples, batch_size, expected):
    assert lengths(partition(examples, batch_size)) == expected


@pytest.mark.parametrize(
    ("examples", "batch_size", "expected"),
    [
        (129, 64, [64, 65]),
        (5, 2, [2, 3]),
        (3, 2, [3]),
        (130, 64, [64, 64, 2]),
        (128, 64, [64, 64]),
        (3, 1, [1, 1, 1]),
        (1, 64, [1]),
        (1, None, [1]),
    ],
)
def test_a_single_remainder_joins_the_batch_before_it_on_request(examples, batch_size, expected):
    assert lengths(partition(examples, batch_size, merge_single=True)) == expected


@given(examples=COUNTS, batch_size=SIZES, merge_single=st.booleans())
def test_batches_are_consecutive_and_cover_the_epoch(examples, batch_size, merge_single):
    cuts = partition(examples, batch_size, merge_single=merge_single)
    assert [cut.start for cut in cuts] == [0, *(cut.stop for cut in cuts[:-1])]
    assert cuts[-1].stop == examples
    assert all(cut.step is None for cut in cuts)
    full = batch_size or examples
    assert all(length == full for length in lengths(cuts)[:-1])
    assert 1 <= lengths(cuts)[-1] <= full + merge_single
    if merge_single and examples > 1 and full > 1:
        assert min(lengths(cuts)) > 1


@given(examples=COUNTS, seed=st.integers(0, 2**40), epoch=st.integers(0, 10**6))
def test_an_epoch_visits_every_example_once(examples, seed, epoch):
    order = epoch_order(examples, seed, epoch)
    assert sorted(order.tolist()) == list(range(examples))
    assert np.array_equal(order, epoch_order(examples, seed, epoch))


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = {tuple(epoch_order(50, seed, epoch)) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16


def test_every_example_is_first_about_equally_often():
    first = [epoch_order(4, seed, epoch)[0] for seed in range(20) for epoch in range(50)]
    counts = np.bincount(first, minlength=4)
    assert counts.min() > 250 - 4 * np.sqrt(1000 * 3 / 16)  # four standard deviations


@given(examples=COUNTS, batch_size=SIZES, merge_single=st.booleans(), shuffle=st.booleans())
def test_batches_follow_the_order_and_the_partition(examples, batch_size, merge_single, shuffle):
    pieces = list(batches(examples, batch_size, 3, 2, shuffle=shuffle, merge_single=merge_single))
    cuts = partition(examples, batch_size, merge_single=merge_single)
    assert [len(piece) for piece in pieces] == lengths(cuts)
    in_order = not shuffle or batch_size is None
    expected = np.arange(examples) if in_order else epoch_order(examples, 3, 2)
    assert np.array_equal(np.concatenate(pieces), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: partition(0, 4), "partition.examples must be an integer of at least 1, got 0"),
        (lambda: partition(10, 0), "partition.batch_size must be an integer of at least 1, got 0"),
        (lambda: partition(10, 2.0), "partition.batch_size must be .*, got 2.0"),
        (lambda: partition(10, True), "partition.batch_size must be .*, got True"),
        (lambda: epoch_order(0, 0, 0), "epoch_order.examples must be"),
        (lambda: epoch_order(5, -1, 0), "epoch_order.seed must be .* 0, got -1"),
        (lambda: epoch_order(5, 0, -1), "epoch_order.epoch must be .* 0, got -1"),
        (lambda: batches(5, -2, 0, 0), "batch_size must be"),
    ],
)
def test_numbers_outside_their_range_are_refused_at_once(call, message):
    with pytest.raises(ConfigurationError, match=message):
        call()
