"""A table's inputs as an array of features: fitted on the training rows, then only applied."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from trainwell.data.cells import usable_column
from trainwell.data.columns import Column
from trainwell.data.inputs import (
    CategoryInput,
    Input,
    fit_input,
    well_formed,
)
from trainwell.data.moments import Spread
from trainwell.errors import DataError, FileFormatError, TrainwellError
from trainwell.settings import as_json, from_json
from trainwell.types import FloatArray

if TYPE_CHECKING:
    import polars as pl

VERSION = 1
_OWNER = "table encoding"
_STATISTICS = "input_statistics"
_NUMBERS = len(fields(Spread))


@dataclass(frozen=True)
class Mismatch:
    """Where a table differs from the one that an encoding was fitted on, harmlessly.

    Parameters
    ----------
    extra : tuple of str
        Columns that are not used, in the table's order.
    grouped : tuple of (str, tuple of str)
        Columns with words that are new or rare, and these words.
    """

    extra: tuple[str, ...]
    grouped: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class TableEncoding:
    r"""How the columns of a table become features.

    Parameters
    ----------
    inputs : tuple of NumericInput, PlainInput, CategoryInput or DateInput
        One for every column that is used, in the order of the features.
    left_out : tuple of (str, str), default=()
        Columns that are not used, and why.
    bounded : bool, default=False
        Whether features are drawn into (-1, 1) by :math:`x / \sqrt{1 + x^2}`: in a
        table of more columns than rows, outliers would decide everything.
    """

    inputs: tuple[Input, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    bounded: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that a table must have."""
        return tuple(part.name for part in self.inputs)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(feature for part in self.inputs for feature in part.features)

    def apply(self, frame: "pl.DataFrame") -> FloatArray:
        """Return the features of a table.

        Parameters
        ----------
        frame : polars.DataFrame
            Tidy table with at least the columns of :attr:`columns`, in any order.

        Returns
        -------
        FloatArray of shape (rows, features)
            Finite float64; examples are rows here.

        Raises
        ------
        DataError
            If columns are missing, or a cell is not what its column holds.
        """
        known = set(frame.columns)
        if absent := [name for name in self.columns if name not in known]:
            raise DataError.unknown_columns(absent, frame.columns)
        features = np.empty((frame.height, len(self.feature_names)))
        begin = 0
        for part in self.inputs:
            end = begin + len(part.features)
            features[:, begin:end] = part.apply(usable_column(frame, part.name))
            begin = end
        return features / np.sqrt(1 + features**2) if self.bounded else features

    def suited_to(self, rows: int) -> "TableEncoding":
        """Return the encoding with its features bounded if they are more than the rows."""
        return replace(self, bounded=len(self.feature_names) > rows)

    def mismatch(self, frame: "pl.DataFrame", target: str | None = None) -> Mismatch:
        """Return what of a table is ignored or grouped, for a person to know."""
        known = {*self.columns, *(name for name, _ in self.left_out), target}
        grouped = [
            (part.name, part.grouped(frame[part.name]))
            for part in self.inputs
            if isinstance(part, CategoryInput)
        ]
        return Mismatch(
            tuple(name for name in frame.columns if name not in known),
            tuple((name, words) for name, words in grouped if words),
        )

    def as_json(self) -> dict[str, Any]:
        """Return everything but the numbers of :meth:`arrays`, for :mod:`json`."""
        plain = [
            part if isinstance(part, CategoryInput) else replace(part, spread=Spread())
            for part in self.inputs
        ]
        return {
            "version": VERSION,
            "inputs": as_json(plain),
            "left_out": as_json(self.left_out),
            "bounded": self.bounded,
        }

    def arrays(self) -> dict[str, FloatArray]:
        """Return the numbers of every spread, zeros for categories, of shape (inputs, 5)."""
        return {_STATISTICS: self.statistics.copy()}

    @cached_property
    def statistics(self) -> FloatArray:
        """Median, centre, scale, low and high of each input; not to be modified."""
        spreads = [getattr(part, "spread", Spread()) for part in self.inputs]
        numbers = np.array([astuple(spread) for spread in spreads], np.float64)
        return numbers.reshape(-1, _NUMBERS)


def from_parts(document: Mapping[str, Any], arrays: Mapping[str, FloatArray]) -> TableEncoding:
    """Return the encoding whose :meth:`TableEncoding.as_json` and arrays these are.

    Parameters
    ----------
    document : mapping
        What ``as_json`` returned.
    arrays : mapping of str to FloatArray
        What ``arrays`` returned, perhaps among others.

    Returns
    -------
    TableEncoding
        Equal to the one that was taken apart, to the bit.

    Raises
    ------
    FileFormatError
        If the parts are of another version, incomplete or do not fit together.
    """
    if document.get("version") != VERSION:
        problem = f"version {document.get('version')!r} is not {VERSION}"
        raise FileFormatError.unreadable(_OWNER, problem)
    kinds = {kind.__name__: kind for kind in (*get_args(Input), Spread)}
    try:
        inputs = from_json(list(document["inputs"]), kinds)
        left_out = from_json(list(document["left_out"]), {})
        numbers = np.asarray(arrays[_STATISTICS], np.float64)
    except (KeyError, TypeError, ValueError, TrainwellError) as error:
        raise FileFormatError.unreadable(_OWNER, f"is incomplete ({error})") from None
    bounded = document.get("bounded")
    if not all(map(well_formed, inputs)) or not isinstance(bounded, bool):
        raise FileFormatError.unreadable(_OWNER, "holds something that is no input")
    if numbers.shape != (len(inputs), _NUMBERS) or not np.isfinite(numbers).all():
        raise FileFormatError.unreadable(_OWNER, "has statistics that do not fit its inputs")
    filled = [
        part if isinstance(part, CategoryInput) else replace(part, spread=Spread(*map(float, row)))
        for part, row in zip(inputs, numbers, strict=True)
    ]
    return TableEncoding(tuple(filled), left_out, bounded)


def fit_encoding(
    frame: "pl.DataFrame",
    columns: Sequence[Column],
    weight: FloatArray | None = None,
    *,
    standardize: bool = True,
    bins: int = 0,
) -> TableEncoding:
    """Fit an encoding to the training rows of a table.

    Parameters
    ----------
    frame : polars.DataFrame
        The training rows alone, tidy.
    columns : sequence of Column
        What the columns are, as :func:`~trainwell.data.columns.infer_columns` says.
    weight : FloatArray of shape (rows,) or None, default=None
        Positive weights of the rows.
    standardize : bool, default=True
        Whether numbers are standardised.
    bins : int, default=0
        Pieces that tell a standardised number as well.

    Returns
    -------
    TableEncoding
        Its inputs are the used columns that differ within the training rows.

    Raises
    ------
    DataError
        If no column is left, or there is no row.

    Examples
    --------
    A missing number becomes the median, and a feature says that it was missing:

    >>> import polars as pl
    >>> from trainwell.data.columns import infer_columns
    >>> from trainwell.data.encoding import fit_encoding
    >>> frame = pl.DataFrame({"height": [1.5, None, 1.5, 1.8]})
    >>> encoding = fit_encoding(frame, infer_columns(frame))
    >>> encoding.feature_names
    ('height', 'height (missing)')
    >>> encoding.apply(frame).round(2).tolist()
    [[-0.71, 0.0], [-0.71, 1.0], [-0.71, 0.0], [1.41, 0.0]]
    """
    if not frame.height:
        raise DataError.in_array(_OWNER, "the training part", "has no rows")
    inputs, left_out = [], []
    for column in columns:
        if not column.used:
            left_out.append((column.name, column.word))
            continue
        series = frame[column.name]
        part = fit_input(series, column, weight, standardize=standardize, bins=bins)
        if part.features:
            inputs.append(part)
        else:
            left_out.append((column.name, "does not differ within the training rows"))
    if not inputs:
        words = "; ".join(f"{name}: {word}" for name, word in left_out[:5]) or "no other column"
        more = "; ..." if len(left_out) > 5 else ""
        raise DataError.in_array(
            "table", "has no column", f"that could be an input ({words}{more})"
        )
    return TableEncoding(tuple(inputs), tuple(left_out))
