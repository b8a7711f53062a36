"""A sequence that grows at constant cost and never changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainwell.training.series import Series


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(-9, 9)), max_size=40))
def test_every_series_stays_what_it_was_whatever_grows_out_of_it(
    growth: list[tuple[int, float]],
) -> None:
    family: list[tuple[Series, tuple[float, ...]]] = [(Series(), ())]
    for parent, value in growth:
        series, values = family[parent % len(family)]
        family.append((series.extended([value]), (*values, value)))
    for series, values in family:
        assert tuple(series) == values
        assert len(series) == len(values)
        assert bool(series) == bool(values)


def test_growing_shares_memory_and_a_fork_does_not() -> None:
    short = Series([1.0, 2.0])
    longer, fork = short.extended([3.0]), short.extended([4.0])
    assert longer._shared is short._shared
    assert fork._shared is not short._shared
    assert (list(short), list(longer), list(fork)) == ([1, 2], [1, 2, 3], [1, 2, 4])


def test_it_is_indexed_like_a_list_of_its_own_length() -> None:
    series = Series([1, 2, 3])
    series.extended([4])
    assert (series[0], series[-1], series[2]) == (1.0, 3.0, 3.0)
    assert list(series[1:]) == [2.0, 3.0]
    assert list(series[-2:]) == [2.0, 3.0]
    for index in (3, -4):
        with pytest.raises(IndexError):
            series[index]


def test_equal_numbers_make_equal_series() -> None:
    one, other = Series([1, 2]), Series([1]).extended([2])
    assert one == other
    assert hash(one) == hash(other)
    assert one == (1.0, 2.0)
    assert one != Series([1])
    assert eval(repr(one)) == one  # noqa: S307 - our own text
