"""Training, train-dev, dev and test parts: by share or count, stratified or grouped."""

from collections.abc import Mapping
from math import floor
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike

from trainwell.data.apportionment import apportion
from trainwell.data.dataset import Data
from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.randomness import generator
from trainwell.settings import required_integer
from trainwell.types import IntArray

_OWNER = "split_indices"


def split_indices(
    examples: int,
    parts: Mapping[str, float] | Mapping[str, int],
    seed: int,
    *,
    labels: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> dict[str, IntArray]:
    r"""Divide examples at random among named parts, each example in one part at most.

    The sizes of the parts are rounded so that each differs from its share by less
    than one example, the largest remainders first; a part that would come out empty
    gets one example of the largest.

    With ``labels``, each class is divided in the proportions of the parts: of the
    :math:`n_c` members of a class, a part with :math:`m` of the :math:`N` examples gets
    :math:`n_c m / N`, rounded down or up. A class with fewer members than there are
    parts cannot be in all of them; it goes where its remainders are largest, as a
    rule into the largest part.

    With ``groups``, no group is divided. The groups are dealt out in random order,
    each to the part that lacks most examples, so sizes miss what was asked for by
    about the size of a group.

    Parameters
    ----------
    examples : int
        Number of examples ``N``.
    parts : mapping of str to float, or of str to int
        Shares of the examples, in (0, 1] and with a sum of at most 1; or numbers of
        examples. What the parts leave over is in none of them.
    seed : int
        Non-negative; equal seeds give equal parts.
    labels : array of shape (N,), optional
        Class of each example, anything that can be sorted.
    groups : array of shape (N,), optional
        Group of each example (a patient, a day), anything that can be sorted.

    Returns
    -------
    dict of str to IntArray
        The examples of each part in ascending order, so that parts keep the order of
        the file; every part has at least one.

    Raises
    ------
    ConfigurationError
        If a share or number is outside its range, shares and numbers are mixed, the
        shares exceed 1, or both ``labels`` and ``groups`` are given.
    DataError
        If there are fewer examples or groups than parts, or fewer examples than the
        numbers ask for, or labels or groups cannot be sorted.
    ShapeError
        If ``labels`` or ``groups`` is not of shape (N,).

    Examples
    --------
    Three of ten are positive; the parts share them out as evenly as can be:

    >>> import numpy as np
    >>> from trainwell.data.splits import split_indices
    >>> labels = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    >>> parts = split_indices(10, {"train": 0.6, "test": 0.4}, seed=0, labels=labels)
    >>> {name: (len(rows), int(labels[rows].sum())) for name, rows in parts.items()}
    {'train': (6, 2), 'test': (4, 1)}
    """
    total = required_integer(_OWNER, "examples", examples, 1)
    rng = generator(required_integer(_OWNER, "seed", seed, 0), "split")
    sizes = _sizes(total, parts)
    if labels is not None and groups is not None:
        sentence = "labels and groups exclude each other; a group cannot be divided by class"
        raise ConfigurationError.contradiction(_OWNER, sentence)
    if groups is not None:
        owner = _deal_groups(_codes("groups", groups, total), sizes, rng)
    else:
        codes = np.zeros(total, np.intp) if labels is None else _codes("labels", labels, total)
        owner = _deal_classes(codes, sizes, rng.permutation(total))
    return {name: np.flatnonzero(owner == place) for place, name in enumerate(parts)}


def split(
    data: Data,
    parts: Mapping[str, float] | Mapping[str, int],
    seed: int,
    *,
    labels: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> dict[str, Data]:
    """Divide a data set at random into named parts.

    Parameters
    ----------
    data : Data
        What is divided.
    parts : mapping of str to float, or of str to int
        Share or number of examples of each part.
    seed : int
        Non-negative; equal seeds give equal parts.
    labels : array of shape (N,), optional
        Class of each example, to have each part show the classes in proportion.
    groups : array of shape (N,), optional
        Group of each example, to have each group in one part.

    Returns
    -------
    dict of str to Data
        The parts, their examples in the order of ``data``.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.
    DataError
        If there are too few examples or groups.
    ShapeError
        If ``labels`` or ``groups`` is not of shape (N,).

    See Also
    --------
    split_indices : What is promised about the parts.

    Examples
    --------
    >>> from trainwell.data.splits import split
    >>> from trainwell.data.toys import make_moons
    >>> moons = make_moons(100, 0.1, seed=0)
    >>> parts = split(moons, {"train": 70, "dev": 15, "test": 15}, seed=0, labels=moons.y[0])
    >>> [(part.examples, int(part.y.sum())) for part in parts.values()]
    [(70, 35), (15, 8), (15, 7)]
    """
    indices = split_indices(data.examples, parts, seed, labels=labels, groups=groups)
    return {name: data.columns(columns) for name, columns in indices.items()}


def _sizes(total: int, parts: Mapping[str, float] | Mapping[str, int]) -> IntArray:
    """Return the number of examples of each part, and last of what is left over."""
    asked = list(parts.values())
    if not asked:
        raise ConfigurationError.out_of_range(_OWNER, "parts", dict(parts), "at least one part")
    whole = [isinstance(value, Integral) and not isinstance(value, bool) for value in asked]
    if any(whole) and not all(whole):
        sentence = f"parts must be all shares or all numbers of examples, got {dict(parts)!r}"
        raise ConfigurationError.contradiction(_OWNER, sentence)
    for name, value in parts.items():
        good = isinstance(value, Real) and not isinstance(value, bool)
        if not good or not (value >= 1 if all(whole) else 0 < value <= 1):
            domain = "a share in (0, 1] or a number of examples of at least 1"
            raise ConfigurationError.out_of_range(_OWNER, f"parts[{name!r}]", value, domain)
    if all(whole):
        return _with_rest(total, [int(value) for value in asked])
    return _rounded(total, [float(value) for value in asked])


def _with_rest(total: int, counts: list[int]) -> IntArray:
    rest = total - sum(counts)
    if rest < 0:
        problem = f"have {total} examples, fewer than the {sum(counts)} that the parts ask for"
        raise DataError.in_array(_OWNER, "the data", problem)
    return np.array([*counts, rest], dtype=np.intp)


def _rounded(total: int, shares: list[float]) -> IntArray:
    rest = 1.0 - sum(shares)
    if rest < -1e-9:
        sentence = f"the shares of the parts must have a sum of at most 1, got {sum(shares)}"
        raise ConfigurationError.contradiction(_OWNER, sentence)
    if total < len(shares):
        problem = f"have {total} examples, fewer than the {len(shares)} parts"
        raise DataError.in_array(_OWNER, "the data", problem)
    exact = [share * total for share in [*shares, rest if rest > 1e-9 else 0.0]]
    sizes = np.array([floor(number) for number in exact], dtype=np.intp)
    remainders = np.array(exact) - sizes
    most_first = np.argsort(-remainders.round(9), kind="stable")
    sizes[most_first[: total - sizes.sum()]] += 1
    for place in range(len(shares)):
        if sizes[place] == 0:
            # of equally large ones what is left over gives first, as it stands last
            sizes[len(shares) - sizes[::-1].argmax()] -= 1
            sizes[place] = 1
    return sizes


def _codes(name: str, values: ArrayLike, total: int) -> IntArray:
    """Return small integers, equal where the values are equal."""
    array = np.asarray(values)
    if array.shape != (total,):
        raise ShapeError.mismatch(_OWNER, name, array.shape, f"({total},)")
    try:
        _, codes = np.unique(array, return_inverse=True)
    except TypeError:
        problem = "must be of one kind that can be sorted"
        raise DataError.in_array(_OWNER, name, problem) from None
    return codes


def _deal_classes(codes: IntArray, sizes: IntArray, order: IntArray) -> IntArray:
    """Return the part of each example, every class shared out in proportion."""
    counts = apportion(np.bincount(codes), sizes)
    owner = np.empty(len(codes), dtype=np.intp)
    by_class = order[np.argsort(codes[order], kind="stable")]
    owner[by_class] = np.concatenate([np.repeat(np.arange(len(sizes)), row) for row in counts])
    return owner


def _deal_groups(codes: IntArray, sizes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return the part of each example; a group goes to the part that lacks most."""
    members = np.bincount(codes)
    parts = len(sizes) - 1
    if len(members) < parts:
        problem = f"have {len(members)} values, fewer than the {parts} parts"
        raise DataError.in_array(_OWNER, "groups", problem)
    lacking = sizes.copy()
    empty = np.ones(parts, dtype=np.bool_)
    home = np.empty(len(members), dtype=np.intp)
    for dealt, group in enumerate(rng.permutation(len(members))):
        must_fill = len(members) - dealt <= empty.sum()
        choice = np.where(empty, lacking[:-1], lacking.min() - 1) if must_fill else lacking
        home[group] = choice.argmax()
        lacking[home[group]] -= members[group]
        if home[group] < parts:
            empty[home[group]] = False
    return home[codes]
