"""How one column of a table becomes features: fitted once, then only applied."""

from dataclasses import dataclass, fields
from itertools import pairwise
from math import ceil, isfinite, pi
from typing import TYPE_CHECKING

import numpy as np

from trainwell.data.cells import numbers_in
from trainwell.data.columns import Column
from trainwell.data.dates import FORMS, days, instants_in
from trainwell.data.moments import Spread, lower_quantiles
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray

if TYPE_CHECKING:
    import polars as pl

MOST_LEVELS = 100
"""A category keeps at most this many levels, the most frequent ones."""

_NARROWEST = 1e-300
"""No piece of a column's numbers is narrower."""

OTHER, MISSING = "(other)", "(missing)"

CYCLES = {"hour": 24.0, "weekday": 7.0, "month": 12.0}
"""What of a date comes round again, and after how many units."""


@dataclass(frozen=True)
class NumericInput:
    r"""A column of numbers: imputed by its median, standardised, missing cells marked.

    Numbers beyond those of the training rows are held one standard deviation further. With
    edges :math:`e_0 < \dots < e_T` a number is told by :math:`T` pieces as well,

    .. math:: \min(\max(\tfrac{x - e_{t-1}}{e_t - e_{t-1}}, 0), 1),

    in which a jump of the target needs no steep weights.

    Parameters
    ----------
    name : str
        Name of the column.
    spread : Spread
        Of the training rows, in the column's unit; with a scale of 0 the numbers are no
        feature.
    indicator : bool
        Whether cells were missing in the training rows, so that a feature says so.
    markers : tuple of str, default=()
        Words that count as missing.
    edges : tuple of float, default=()
        Ascending quantiles of the training rows; none, or at least three.

    References
    ----------
    .. [1] Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical features in
       tabular deep learning", NeurIPS 2022, eq. 1.
    """

    name: str
    spread: Spread
    indicator: bool
    markers: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        numbers = all(isinstance(edge, float) and isfinite(edge) for edge in self.edges)
        ascending = numbers and all(a < b for a, b in pairwise(self.edges))
        if not ascending or len(self.edges) in {1, 2}:
            domain = "none, or at least three ascending numbers"
            raise ConfigurationError.out_of_range("NumericInput", "edges", self.edges, domain)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        value = (self.name,) if self.spread.scale else ()
        pieces = tuple(f"{self.name} in [{a:.6g}, {b:.6g}]" for a, b in pairwise(self.edges))
        missing = (f"{self.name} {MISSING}",) if self.indicator else ()
        return (*value, *pieces, *missing)

    def apply(self, series: "pl.Series") -> FloatArray:
        """Return the features of a tidy column, of shape (rows, features)."""
        values = numbers_in(series, self.markers)
        parts = [self.spread.apply(values)[:, np.newaxis]] if self.spread.scale else []
        if self.edges:
            parts.append(pieces_of(np.where(np.isnan(values), self.spread.median, values), self))
        if self.indicator:
            parts.append(np.isnan(values)[:, np.newaxis].astype(np.float64))
        return np.hstack(parts) if parts else np.empty((len(values), 0))


def pieces_of(values: FloatArray, part: NumericInput) -> FloatArray:
    """Return how far numbers (N,) have come through each piece (N, T), in [0, 1]."""
    edges = np.array(part.edges)
    with np.errstate(over="ignore"):
        # Halves do not overflow when they are subtracted, and halving is exact.
        widths = edges[1:] / 2 - edges[:-1] / 2
        come = (values[:, np.newaxis] / 2 - edges[:-1] / 2) / widths
    return np.asarray(np.clip(come, 0.0, 1.0))


def edges_of(values: FloatArray, weight: FloatArray | None, bins: int) -> tuple[float, ...]:
    """Return the quantiles that cut numbers into so many pieces of equal weight.

    Parameters
    ----------
    values : FloatArray of shape (N,)
        Numbers, NaN where missing.
    weight : FloatArray of shape (N,) or None
        Positive weights; ``None`` counts each once.
    bins : int
        Pieces, at least 0; fewer where quantiles fall together.

    Returns
    -------
    tuple of float
        None, or at least three, some of the numbers themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.inputs import edges_of
    >>> edges_of(np.array([1.0, 2.0, 3.0, 4.0, 9.0]), None, 2)
    (1.0, 3.0, 9.0)
    """
    present = ~np.isnan(values)
    if not bins or not present.any():
        return ()
    known, counted = values[present], None if weight is None else weight[present]
    inner = lower_quantiles(known, counted, np.linspace(0, 1, bins + 1)[1:-1])
    edges = np.unique([known.min(), *inner, known.max()])
    # Neighbours must differ by more than rounding, or a piece has no width.
    apart = np.diff(edges / 2) > 1e-12 * np.abs(edges).max() + _NARROWEST
    edges = edges[np.append(True, apart)]
    return tuple(edges.tolist()) if len(edges) > 2 else ()


@dataclass(frozen=True)
class PlainInput:
    """A column of numbers as they are; missing ones become the median and are marked.

    Parameters
    ----------
    name : str
        Name of the column.
    spread : Spread
        Of the training rows, of which the median alone is used.
    indicator : bool
        Whether cells were missing in the training rows, so that a feature says so.
    markers : tuple of str, default=()
        Words that count as missing.
    """

    name: str
    spread: Spread
    indicator: bool
    markers: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        return (self.name, f"{self.name} {MISSING}") if self.indicator else (self.name,)

    def apply(self, series: "pl.Series") -> FloatArray:
        """Return the features of a tidy column, of shape (rows, features)."""
        values = numbers_in(series, self.markers)
        missing = np.isnan(values)
        filled = np.where(missing, self.spread.median, values)
        return np.column_stack([filled, missing] if self.indicator else [filled])


@dataclass(frozen=True)
class CategoryInput:
    """A column of words: one feature for each level that was frequent enough.

    Parameters
    ----------
    name : str
        Name of the column.
    levels : tuple of str
        Words with a feature of their own, the most frequent first.
    other : bool
        Whether the training rows had rarer words, so that a feature stands for these
        and for every word that was not seen; without it an unseen word has no feature.
    missing : bool
        Whether missing cells have a feature of their own; else they are ``other``.
    """

    name: str
    levels: tuple[str, ...]
    other: bool
    missing: bool

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        words = [*self.levels, *[OTHER] * self.other, *[MISSING] * self.missing]
        return tuple(f"{self.name} = {word}" for word in words)

    def apply(self, series: "pl.Series") -> FloatArray:
        """Return the features of a tidy column, of shape (rows, features)."""
        import polars as pl

        place = {word: at for at, word in enumerate(self.levels)}
        nowhere = len(self.features)
        other = len(self.levels) if self.other else nowhere
        absent = len(self.levels) + self.other if self.missing else other
        words = series.cast(pl.String)
        at = words.replace_strict(place, default=other, return_dtype=pl.Int64)
        at = pl.select(pl.when(words.is_null()).then(absent).otherwise(at)).to_series()
        features = np.zeros((len(series), nowhere + 1))
        features[np.arange(len(series)), at.to_numpy()] = 1.0
        return features[:, :nowhere]

    def grouped(self, series: "pl.Series") -> tuple[str, ...]:
        """Return the words of a tidy column that have no feature of their own, sorted."""
        import polars as pl

        words = series.cast(pl.String).drop_nulls().unique()
        return tuple(sorted(set(words.to_list()) - set(self.levels)))


@dataclass(frozen=True)
class DateInput:
    r"""A column of dates: the day as a number, and where in its cycles it stands.

    Days since 1970-01-01 are treated like other numbers; hour, weekday and month become
    :math:`\sin` and :math:`\cos` of their share of the cycle, both 0 where the date is
    missing.

    Parameters
    ----------
    name : str
        Name of the column.
    spread : Spread
        Of the training rows, in days; with a scale of 0 the day is no feature.
    indicator : bool
        Whether cells were missing in the training rows, so that a feature says so.
    cycles : tuple of str
        Which of :data:`CYCLES` took more than one value in the training rows.
    form : str
        Form of written dates; empty where the table has real ones.
    markers : tuple of str, default=()
        Words that count as missing.
    """

    name: str
    spread: Spread
    indicator: bool
    cycles: tuple[str, ...]
    form: str
    markers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for cycle in self.cycles:
            if cycle not in CYCLES:
                raise ConfigurationError.unknown_name("DateInput.cycles", cycle, CYCLES)
        if self.form and self.form not in FORMS:
            raise ConfigurationError.unknown_name("DateInput.form", self.form, FORMS)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features."""
        value = (f"{self.name} (days)",) if self.spread.scale else ()
        missing = (f"{self.name} {MISSING}",) if self.indicator else ()
        waves = [f"{self.name} ({cycle} {wave})" for cycle in self.cycles for wave in _WAVES]
        return (*value, *missing, *waves)

    def apply(self, series: "pl.Series") -> FloatArray:
        """Return the features of a tidy column, of shape (rows, features)."""
        moments = instants_in(series, self.form, self.markers)
        values = days(moments).to_numpy()
        parts = [_features(values, self)]
        for cycle in self.cycles:
            angle = 2 * pi * _share(moments, cycle)
            parts.append(np.nan_to_num(np.column_stack([np.sin(angle), np.cos(angle)])))
        return np.hstack(parts)


_WAVES = ("sin", "cos")

Input = NumericInput | PlainInput | CategoryInput | DateInput


def well_formed(part: object) -> bool:
    """Return whether something from a file is an input whose fields hold what they should."""
    return isinstance(part, Input) and all(
        _holds(getattr(part, field.name), field.type) for field in fields(part)
    )


def _holds(value: object, kind: object) -> bool:
    if kind in (tuple[str, ...], tuple[float, ...]):
        inner = str if kind == tuple[str, ...] else float
        return isinstance(value, tuple) and all(isinstance(word, inner) for word in value)
    return isinstance(value, kind) if isinstance(kind, type) else False


def fit_input(
    series: "pl.Series",
    column: Column,
    weight: FloatArray | None = None,
    *,
    standardize: bool = True,
    bins: int = 0,
) -> Input:
    """Return how a column becomes features, learnt from its training rows alone.

    Parameters
    ----------
    series : polars.Series
        The column in the training rows, tidy.
    column : Column
        What it is.
    weight : FloatArray of shape (rows,) or None, default=None
        Weights of the rows, for means and medians; levels count rows.
    standardize : bool, default=True
        Whether numbers are standardised; dates always are.
    bins : int, default=0
        Pieces that tell a standardised number as well.

    Returns
    -------
    NumericInput, PlainInput, CategoryInput or DateInput
        Without a feature where the training rows do not differ.
    """
    if column.kind == "categorical":
        return _fit_category(series)
    if column.kind == "date":
        moments = instants_in(series, column.form, column.markers)
        values = days(moments).to_numpy()
        cycles = tuple(
            cycle for cycle in CYCLES if np.unique(_share(moments.drop_nulls(), cycle)).size > 1
        )
        spread, indicator = Spread.of(values, weight), _some_missing(values)
        return DateInput(series.name, spread, indicator, cycles, column.form, column.markers)
    values = numbers_in(series, column.markers)
    spread, missing = Spread.of(values, weight), _some_missing(values)
    if not standardize:
        return PlainInput(series.name, spread, missing, column.markers)
    edges = edges_of(values, weight, bins)
    return NumericInput(series.name, spread, missing, column.markers, edges)


def least_count(rows: int) -> int:
    """Return how often a word must occur among the training rows to be a level.

    Half a per cent of the rows, but at least 3 times; 10 times are always enough.
    """
    return min(10, max(3, ceil(0.005 * rows)))


def _fit_category(series: "pl.Series") -> CategoryInput:
    import polars as pl

    words = series.cast(pl.String)
    counts = sorted(
        zip(*words.drop_nulls().rename("word").value_counts().get_columns(), strict=True),
        key=lambda pair: (-pair[1], pair[0]),
    )
    least = least_count(len(series))
    levels = tuple(word for word, count in counts[:MOST_LEVELS] if count >= least)
    missing = words.null_count() >= least
    other = len(counts) > len(levels) or (words.null_count() > 0 and not missing)
    if len(levels) + other + missing < 2:
        return CategoryInput(series.name, (), other=False, missing=False)
    return CategoryInput(series.name, levels, other, missing)


def _some_missing(values: FloatArray) -> bool:
    missing = np.isnan(values)
    return bool(missing.any() and not missing.all())


def _features(values: FloatArray, of: DateInput) -> FloatArray:
    """Return standardised values, as far as they vary, and where they were missing."""
    parts = []
    if of.spread.scale:
        parts.append(of.spread.apply(values))
    if of.indicator:
        parts.append(np.isnan(values).astype(np.float64))
    return np.column_stack(parts) if parts else np.empty((len(values), 0))


def _share(moments: "pl.Series", cycle: str) -> FloatArray:
    """Return how far each date is in a cycle, in [0, 1)."""
    if cycle == "hour":
        return days(moments).to_numpy() % 1.0
    units = moments.dt.weekday() if cycle == "weekday" else moments.dt.month()
    return (units.cast(float).to_numpy() - 1.0) / CYCLES[cycle]
