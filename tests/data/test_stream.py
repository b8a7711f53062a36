"""Every epoch of a stream visits every example once, mixed, and holds little in memory."""

import tracemalloc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.data.chunks import ArrayChunks
from trainwell.data.dataset import Data
from trainwell.data.stream import Chunks, Rows, Stream, in_batches, sizes_of
from trainwell.errors import ConfigurationError, DataError

COUNTS = st.integers(1, 120)
SEEDS = st.integers(0, 2**40)
ROWS = st.integers(1, 50)
MIXED = st.integers(1, 6)


def numbered(examples, rows, *, mixed=2, weight=None, single=False):
    """Return a stream whose features and target tell which example it is."""
    x = np.arange(2.0 * examples).reshape(examples, 2)
    return Stream(ArrayChunks(x, x[:, :1] / 2, weight, rows=rows), mixed, single)


def order_of(stream, seed=0, epoch=0):
    return np.concatenate([visit.numbers for visit in stream.visits(seed, epoch)])


class Made:
    """A source of its own kind that makes its examples when they are asked for."""

    def __init__(self, count, size, width=8):
        self.sizes, self.inputs, self.outputs = (size,) * count, width, 1
        self.total_weight = None
        self.asked = []

    def read(self, number):
        self.asked.append(number)
        size = self.sizes[number]
        return Rows(np.full((size, self.inputs), float(number)), np.zeros((size, 1)))


@given(examples=COUNTS, rows=ROWS, mixed=MIXED, seed=SEEDS, epoch=st.integers(0, 10**6))
def test_an_epoch_visits_every_example_once_and_names_it(examples, rows, mixed, seed, epoch):
    visits = list(numbered(examples, rows, mixed=mixed).visits(seed, epoch))
    numbers = np.concatenate([visit.numbers for visit in visits])
    assert sorted(numbers.tolist()) == list(range(examples))
    for (x, y, weight), names in visits:
        assert x.tolist() == [[2.0 * name, 2.0 * name + 1] for name in names]
        assert y.tolist() == [[name] for name in names]
        assert weight is None


@given(examples=COUNTS, rows=ROWS, mixed=MIXED)
def test_without_shuffling_the_order_is_that_of_the_source(examples, rows, mixed):
    visits = numbered(examples, rows, mixed=mixed).visits(3, 5, shuffle=False)
    assert np.concatenate([visit.numbers for visit in visits]).tolist() == list(range(examples))


@given(examples=COUNTS, rows=ROWS, mixed=MIXED, shuffle=st.booleans())
def test_a_visit_holds_whole_chunks_and_no_more_than_are_mixed(examples, rows, mixed, shuffle):
    visits = list(numbered(examples, rows, mixed=mixed).visits(1, 2, shuffle=shuffle))
    chunks = [set((visit.numbers // rows).tolist()) for visit in visits]
    assert [len(held) for held in chunks[:-1]] == [mixed] * (len(chunks) - 1)
    assert 1 <= len(chunks[-1]) <= mixed
    assert sum(map(len, chunks)) == len(set().union(*chunks)) == -(-examples // rows)


def test_epochs_and_seeds_have_orders_of_their_own():
    stream = numbered(50, 7)
    orders = {tuple(order_of(stream, seed, epoch)) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16


def test_the_order_does_not_depend_on_what_was_read_before():
    stream = numbered(40, 6)
    expected = order_of(numbered(40, 6), 3, 7).tolist()
    iterators = [stream.visits(3, epoch) for epoch in (5, 7, 7)]
    next(iterators[0])
    next(iterators[1])
    assert np.concatenate([visit.numbers for visit in iterators[2]]).tolist() == expected
    assert order_of(stream, np.int64(3), np.int64(7)).tolist() == expected
    assert order_of(numbered(40, 6, single=True), 3, 7).tolist() == expected


def test_chunks_meet_other_chunks_in_every_epoch():
    met = {
        frozenset((visit.numbers // 5).tolist())
        for epoch in range(40)
        for visit in numbered(40, 5).visits(0, epoch)
    }
    assert len(met) == 28  # every pair of eight


def test_examples_are_mixed_within_and_across_the_chunks_of_a_visit():
    for visit in numbered(400, 50, mixed=4).visits(0, 0):
        chunks, places = np.divmod(visit.numbers, 50)
        # Of 199 steps from one example to the next, 150 lead to another chunk on average.
        assert 120 < np.count_nonzero(np.diff(chunks)) < 180
        rises = [np.diff(places[chunks == chunk]) > 0 for chunk in set(chunks.tolist())]
        assert 60 < np.count_nonzero(np.concatenate(rises)) < 136


def test_the_mixing_of_a_visit_is_its_own():
    visits = [v for epoch in range(3) for v in numbered(400, 50, mixed=1).visits(0, epoch)]
    assert len({tuple(visit.numbers % 50) for visit in visits}) == 24


def test_every_example_is_first_about_equally_often():
    stream = numbered(6, 2)
    first = [order_of(stream, seed, epoch)[0] for seed in range(12) for epoch in range(50)]
    counts = np.bincount(first, minlength=6)
    assert counts.min() > 100 - 4 * np.sqrt(600 * 5 / 36)  # four standard deviations


@given(examples=COUNTS, rows=ROWS, mixed=MIXED, size=st.integers(1, 130), weighted=st.booleans())
def test_batches_are_whole_and_keep_the_order(examples, rows, mixed, size, weighted):
    weight = np.linspace(0.5, 2, examples) if weighted else None
    stream = numbered(examples, rows, mixed=mixed, weight=weight)
    visits = list(stream.visits(2, 3))
    cuts = [*range(0, examples, size), examples]
    whole, batches = zip(*in_batches(iter(visits), cuts), strict=True)
    assert [part.start for part in batches] == [0, *(part.stop for part in batches[:-1])]
    assert batches[-1].stop == len(cuts) - 1
    for part, visit in zip(batches, whole, strict=True):
        assert len(visit.numbers) == cuts[part.stop] - cuts[part.start]
    for which in range(3 if weighted else 2):
        expected = np.concatenate([visit.rows[which] for visit in visits])
        assert np.array_equal(np.concatenate([visit.rows[which] for visit in whole]), expected)
    expected = np.concatenate([visit.numbers for visit in visits])
    assert np.array_equal(np.concatenate([visit.numbers for visit in whole]), expected)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=12), rows=st.integers(1, 30))
def test_batches_of_any_lengths_are_whole(lengths, rows):
    cuts = [0, *np.cumsum(lengths).tolist()]
    seen = list(in_batches(numbered(cuts[-1], rows).visits(0, 0), cuts))
    steps = [step for _, part in seen for step in range(part.start, part.stop)]
    assert steps == list(range(len(lengths)))
    assert all(len(v.numbers) == cuts[part.stop] - cuts[part.start] for v, part in seen)


def test_batches_within_one_visit_are_not_copied():
    stream = numbered(24, 6)
    visits = list(stream.visits(0, 0))
    (first, _), (straddling, batches), (rest, _) = in_batches(iter(visits), [0, 5, 10, 15, 20, 24])
    assert batches == slice(2, 3)
    assert np.shares_memory(first.rows.x, visits[0].rows.x)
    assert np.shares_memory(rest.rows.x, visits[1].rows.x)
    assert not any(np.shares_memory(straddling.rows.x, visit.rows.x) for visit in visits)


@pytest.mark.parametrize("regroup", [False, True])
def test_a_visit_is_forgotten_before_the_next_is_read(regroup):
    known = []

    def watched():
        for visit in Stream(Made(6, 10), mixed=2).visits(0, 0):
            known.append(weakref.ref(visit.rows.x))
            yield visit

    # Three batches of 18 straddle visits of 20.
    visits = in_batches(watched(), [0, 18, 36, 54, 60]) if regroup else watched()
    for number, _ in enumerate(visits):
        if number:
            assert known[0]() is None


def test_the_memory_of_an_epoch_does_not_depend_on_the_number_of_chunks():
    def peak(count):
        stream = Stream(Made(count, 1000), mixed=2)
        cuts = [*range(0, stream.examples, 64), stream.examples]
        tracemalloc.start()
        for _ in in_batches(stream.visits(0, 0), cuts):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(64) < 1.1 * peak(8)


def test_chunks_are_read_when_they_are_visited_and_once():
    source = Made(7, 3)
    visits = Stream(source, mixed=2).visits(1, 4)
    assert source.asked == []
    next(visits)
    assert len(source.asked) == 2
    list(visits)
    assert sorted(source.asked) == list(range(7))


def test_any_source_with_the_members_of_the_protocol_will_do():
    assert isinstance(Made(1, 1), Chunks)
    assert isinstance(ArrayChunks(np.ones((2, 1)), np.ones((2, 1))), Chunks)
    assert order_of(Stream(Made(3, 4))).size == 12


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("given_dtype", ["float64", "float32", "float16", "int64", "uint8", ">f4"])
def test_numbers_are_visited_in_the_precision_of_the_stream(given_dtype, single):
    x = np.arange(10).reshape(5, 2).astype(given_dtype)
    chunks = ArrayChunks(x, x[:, :1].astype(bool), np.arange(1, 6), rows=2)
    stream = Stream(chunks, single=single)
    (visit,) = stream.visits(0, 0, shuffle=False)
    expected = np.float32 if single else np.float64
    assert {array.dtype for array in visit.rows} == {stream.dtype} == {np.dtype(expected)}
    assert visit.rows.x.tolist() == x.astype(float).tolist()
    assert visit.rows.y.ravel().tolist() == [0, 1, 1, 1, 1]
    assert all(array.flags.c_contiguous for array in visit.rows)


@given(weights=st.lists(st.floats(0, 1e300), min_size=1, max_size=20).filter(any), rows=ROWS)
def test_relative_weights_are_those_of_the_data_in_memory(weights, rows):
    weight = np.array(weights)
    nothing = np.zeros((len(weights), 1))
    stream = Stream(ArrayChunks(nothing, nothing, weight, rows=rows), single=False)
    seen = np.concatenate([v.rows.weight for v in stream.visits(0, 0, shuffle=False)])
    data = Data(nothing.T, nothing.T, weight)
    np.testing.assert_allclose(seen, data.relative_weight, rtol=1e-12, atol=1e-290)
    assert stream.total_weight == pytest.approx(data.total_weight, rel=1e-14)


def test_weights_stay_with_their_examples():
    weight = np.arange(1.0, 21.0)
    for visit in numbered(20, 3, weight=weight).visits(0, 0):
        np.testing.assert_allclose(visit.rows.weight, (visit.numbers + 1) / 10.5, rtol=1e-14)


def test_the_smallest_weights_do_not_vanish():
    weight = np.array([5e-324, 0.0, 0.0])
    (visit,) = numbered(3, 3, weight=weight).visits(0, 0, shuffle=False)
    assert visit.rows.weight.tolist() == [3, 0, 0]


@pytest.mark.parametrize(
    ("examples", "rows", "mixed", "expected"),
    [
        (12, 2, 3, [0, 1, 4, 5, 10, 11]),  # of chunks 0 to 5: 0, 2 (of 2.5), 5
        (12, 2, 6, range(12)),
        (12, 2, 50, range(12)),
        (12, 2, 1, [0, 1]),
        (5, 2, 2, [0, 1, 4]),
        (5, 9, 4, range(5)),
    ],
)
def test_a_sample_is_of_chunks_from_the_first_to_the_last(examples, rows, mixed, expected):
    sample = numbered(examples, rows, mixed=mixed, weight=np.arange(1.0, examples + 1)).sample()
    assert sample.y[0].tolist() == list(expected)
    np.testing.assert_allclose(sample.relative_weight.mean(), 1)
    np.testing.assert_allclose(sample.weight / sample.weight[0], np.array(expected) + 1)


def test_a_sample_whose_weights_are_all_zero_has_none():
    weight = np.array([0.0, 0, 1, 1, 0, 0])
    assert numbered(6, 2, mixed=2, weight=weight).sample().weight is None


@given(examples=st.integers(0, 200), rows=st.integers(1, 250))
def test_sizes_cover_the_examples(examples, rows):
    sizes = sizes_of(examples, rows)
    assert sum(sizes) == examples
    assert all(size == rows for size in sizes[:-1])
    assert all(1 <= size <= rows for size in sizes)


def test_a_stream_knows_its_dimensions():
    stream = numbered(23, 5, weight=np.full(23, 0.5))
    assert (stream.examples, stream.inputs, stream.outputs) == (23, 2, 1)
    assert (stream.total_weight, numbered(23, 5).total_weight) == (11.5, 23.0)


X = np.arange(12.0).reshape(6, 2)
SETTINGS = [
    ("array", {"chunks": X}, r"Stream.chunks must be an ArrayChunks, .*, got 'ndarray'"),
    ("data", {"chunks": Data(X.T, X.T)}, r"source of chunks, got 'Data'"),
    ("class", {"chunks": ArrayChunks}, r"source of chunks, got 'ArrayChunks'"),
    ("none", {"chunks": None}, r"source of chunks, got 'NoneType'"),
    ("mixed", {"mixed": 0}, r"Stream.mixed must be an integer of at least 1, got 0"),
    ("mixed-real", {"mixed": 2.0}, r"Stream.mixed must be an integer of at least 1, got 2.0"),
    ("single", {"single": 1}, r"Stream.single must be true or false, got 1"),
]


@pytest.mark.parametrize(
    ("changes", "message"), [pytest.param(*row[1:], id=row[0]) for row in SETTINGS]
)
def test_bad_settings_are_refused_in_one_sentence(changes, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        replace(numbered(6, 2), **changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("seed", "epoch", "message"),
    [
        (-1, 0, r"visits.seed must be an integer of at least 0, got -1"),
        (0, -1, r"visits.epoch must be an integer of at least 0, got -1"),
        (0, 1.5, r"visits.epoch must be an integer of at least 0, got 1.5"),
    ],
)
def test_epochs_that_cannot_be_are_refused_at_once(seed, epoch, message):
    with pytest.raises(ConfigurationError, match=message):
        numbered(6, 2).visits(seed, epoch)


def altered(**changes):
    """Return a source of two chunks with three rows, of which the second is altered."""
    source = Made(2, 3, 2)

    def read(number):
        rows = Rows(X[:3], X[:3, :1])
        return rows._replace(**changes) if number else rows

    source.read = read
    return source


def with_entry(value, place, shape=(3, 2)):
    array = np.zeros(shape)
    array[place] = value
    return array


CHUNKS = [
    ("nan", {"x": with_entry(np.nan, (1, 1))}, r"x must be finite in float32, got nan at row 4, "),
    ("inf", {"x": with_entry(-np.inf, (2, 0))}, r"got -inf at row 5, column 0 \(counted from 0\)"),
    ("large", {"x": with_entry(1e300, (0, 1))}, r"in float32, got 1e\+300 at row 3, column 1"),
    ("y", {"y": with_entry(np.nan, (2, 0), (3, 1))}, r"y must be finite .* at row 5, column 0"),
    ("text", {"x": np.full((3, 2), "a")}, r"x must hold real numbers, got <U1 in chunk 1"),
    ("complex", {"y": np.ones((3, 1), complex)}, r"y must hold real numbers, got complex128"),
    ("rows", {"x": X[:2]}, r"x must have shape \(3, 2\) in chunk 1, got \(2, 2\)"),
    ("columns", {"y": X[:3]}, r"y must have shape \(3, 1\) in chunk 1, got \(3, 2\)"),
    ("vector", {"y": X[:3, 0]}, r"y must have shape \(3, 1\) in chunk 1, got \(3,\)"),
    ("weight", {"weight": np.ones(3)}, r"weight must be in every chunk or in none, .* chunk 1"),
]


@pytest.mark.parametrize(
    ("changes", "message"), [pytest.param(*row[1:], id=row[0]) for row in CHUNKS]
)
def test_bad_chunks_are_refused_with_row_and_column(changes, message):
    stream = Stream(altered(**changes))
    with pytest.raises(DataError, match=message) as caught:
        list(stream.visits(0, 0))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("Stream: ")


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, -2, 1], r"weight must not be negative, got -2.0 at row 1 \(counted from 0\)"),
        ([1, 1, np.nan], r"weight must be finite in float64, got nan at row 2 \(counted from 0\)"),
        ([1, 1], r"weight must have shape \(3,\) in chunk 0, got \(2,\)"),
        (["a", "b", "c"], r"weight must hold real numbers, got <U1 in chunk 0"),
        (None, r"weight must be in every chunk or in none, unlike in chunk 0"),
    ],
)
def test_bad_weights_of_a_source_are_refused_with_their_row(weight, message):
    source = Made(1, 3)
    source.total_weight = 3.0
    rows = Rows(np.zeros((3, 8)), np.zeros((3, 1)), None if weight is None else np.array(weight))
    source.read = lambda _: rows
    with pytest.raises(DataError, match=message):
        list(Stream(source).visits(0, 0))


@pytest.mark.parametrize("total", [0.0, -1.0, np.nan, np.inf])
def test_weights_without_a_positive_sum_are_refused(total):
    source = Made(1, 3)
    source.total_weight = total
    with pytest.raises(DataError, match=r"Stream: weight must have a positive, finite sum, got"):
        Stream(source)


def test_a_source_without_examples_is_refused():
    with pytest.raises(DataError, match="Stream: chunks hold no example"):
        Stream(Made(0, 3))
    with pytest.raises(DataError, match="chunks must hold an example each, chunk 0 holds 0"):
        Stream(Made(2, 0))


def test_what_is_visited_is_apart_from_the_source():
    x = np.arange(8.0).reshape(4, 2)
    stream = Stream(ArrayChunks(x, x[:, :1], rows=2), single=False)
    first, second = (list(stream.visits(0, 0)) for _ in range(2))
    for visit in first:
        visit.rows.x[:] = -1
    assert x.min() == 0
    assert all((visit.rows.x >= 0).all() for visit in second)
