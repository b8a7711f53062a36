"""The rounded table keeps its sums, and no better one exists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from trainwell.data.apportionment import apportion


@st.composite
def margins(draw, most=40):
    rows = draw(st.lists(st.integers(0, most), min_size=1, max_size=7).filter(any))
    cuts = draw(st.lists(st.integers(0, sum(rows)), max_size=4))
    columns = np.diff([0, *sorted(cuts), sum(rows)])
    return np.array(rows), columns


def check(rows, columns, table):
    exact = np.outer(rows, columns) / rows.sum()
    assert np.array_equal(table.sum(axis=1), rows)
    assert np.array_equal(table.sum(axis=0), columns)
    assert np.abs(table - exact).max() < 1
    assert (table[exact == exact.round()] == exact[exact == exact.round()]).all()


@given(margins=margins())
def test_every_entry_is_rounded_and_every_sum_is_kept(margins):
    check(*margins, apportion(*margins))


@pytest.mark.parametrize("seed", range(40))
def test_no_other_table_rounds_up_larger_remainders(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 12, size=rng.integers(2, 9))
    total = rows.sum()
    columns = np.diff([0, *np.sort(rng.integers(0, total + 1, size=3)), total])
    table = apportion(rows, columns)
    check(rows, columns, table)
    floors, remainder = np.divmod(np.outer(rows, columns), max(total, 1))
    height, width = remainder.shape
    sums = np.vstack(
        [np.kron(np.eye(height), np.ones(width)), np.kron(np.ones(height), np.eye(width))]
    )
    lacking = np.concatenate([rows - floors.sum(axis=1), columns - floors.sum(axis=0)])
    best = linprog(
        -remainder.ravel(),
        A_eq=sums,
        b_eq=lacking,
        bounds=[(0, int(r > 0)) for r in remainder.ravel()],
    )
    assert (remainder * (table - floors)).sum() == pytest.approx(-best.fun)


def test_many_singletons_are_dealt_in_proportion():
    table = apportion(np.ones(1000, dtype=int), np.array([600, 200, 200]))
    assert table.sum(axis=0).tolist() == [600, 200, 200]
    assert (table.sum(axis=1) == 1).all()


def test_a_single_member_goes_to_the_largest_part():
    assert apportion(np.array([1, 99]), np.array([60, 20, 20]))[0].tolist() == [1, 0, 0]


def test_arguments_are_not_modified():
    rows, columns = np.array([3, 7]), np.array([6, 2, 2])
    apportion(rows, columns)
    assert (rows.tolist(), columns.tolist()) == ([3, 7], [6, 2, 2])
