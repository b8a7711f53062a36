"""Whole numbers in proportion: how many members of each class each part gets."""

from math import inf

import numpy as np

from trainwell.types import BoolArray, FloatArray, IntArray


def apportion(rows: IntArray, columns: IntArray) -> IntArray:
    r"""Round the table of proportions to whole numbers without changing its sums.

    Entry :math:`(c, p)` is :math:`t_{cp} = r_c k_p / N` rounded down or up, so that row
    :math:`c` has the sum :math:`r_c` and column :math:`p` the sum :math:`k_p`. Of all such
    tables, one whose upward rounding goes to the largest remainders in sum.

    Parameters
    ----------
    rows : IntArray of shape (C,)
        Sums of the rows, non-negative: members of each class.
    columns : IntArray of shape (K,)
        Sums of the columns, non-negative, with the same total: sizes of the parts.

    Returns
    -------
    IntArray of shape (C, K)
        The rounded table.

    Notes
    -----
    Such a table always exists. Each row first rounds up its own largest remainders;
    then single units move along cheapest paths from columns with too many to
    columns with too few, which keeps the sum of remainders the largest possible
    (successive shortest paths, in integers).

    References
    ----------
    .. [1] L. H. Cox, "A Constructive Procedure for Unbiased Controlled Rounding",
       Journal of the American Statistical Association 82, 1987, pp. 520-524.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.apportionment import apportion
    >>> apportion(np.array([3, 7]), np.array([6, 2, 2])).tolist()
    [[2, 0, 1], [4, 2, 1]]
    """
    table, remainder = np.divmod(np.outer(rows, columns), max(int(np.sum(rows)), 1))
    up = _largest_first(remainder, rows - table.sum(axis=1))
    surplus = table.sum(axis=0) + up.sum(axis=0) - columns
    while (surplus > 0).any():
        moves = _cheapest_moves(remainder, up, surplus)
        surplus[moves[0][1]] -= 1
        surplus[moves[-1][2]] += 1
        for row, source, target in moves:
            up[row, source], up[row, target] = False, True
    return table + up


def _largest_first(remainder: IntArray, wanted: IntArray) -> BoolArray:
    """Mark in each row as many of the largest remainders as are wanted."""
    order = np.argsort(-remainder, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(rank < wanted[:, np.newaxis])


def _cheapest_moves(
    remainder: IntArray, up: BoolArray, surplus: IntArray
) -> list[tuple[int, int, int]]:
    """Return the moves (row, from column, to column) from some surplus to some lack."""
    columns = range(len(surplus))
    price, row_of = _prices(remainder, up)
    distance = [0.0 if count > 0 else inf for count in surplus]
    before = [-1] * len(surplus)
    for _ in columns:  # Bellman and Ford: prices may be negative, cycles are not
        for source in columns:
            for target in columns:
                if distance[source] + price[source, target] < distance[target]:
                    distance[target] = distance[source] + price[source, target]
                    before[target] = source
    target = int(surplus.argmin())
    moves = []
    while before[target] >= 0:
        moves.append((int(row_of[before[target], target]), before[target], target))
        target = before[target]
    return moves[::-1]


def _prices(remainder: IntArray, up: BoolArray) -> tuple[FloatArray, IntArray]:
    """Return what it costs to move one unit between two columns, and in which row it does."""
    size = remainder.shape[1]
    price = np.full((size, size), inf)
    row_of = np.zeros((size, size), dtype=np.intp)
    for source in range(size):
        for target in range(size):
            possible = np.flatnonzero(up[:, source] & ~up[:, target] & (remainder[:, target] > 0))
            if possible.size:
                cost = remainder[possible, source] - remainder[possible, target]
                price[source, target] = cost.min()
                row_of[source, target] = possible[cost.argmin()]
    return price, row_of
