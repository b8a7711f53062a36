"""The column to be predicted: classes or measured numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from trainwell.data.cells import BOOLEANS, WEAK_MARKERS, numbers, usable_column
from trainwell.data.dates import detect_form
from trainwell.data.number_words import number_like
from trainwell.errors import ConfigurationError, DataError
from trainwell.types import BoolArray

if TYPE_CHECKING:
    import polars as pl

TaskKind = Literal["classification", "regression"]

MOST_CLASSES = 1000
"""More classes than this are refused."""

FEW_CLASSES = 10
"""At most so many words that look like numbers are classes, and whole numbers may be."""

NEARLY_NUMBERS = 0.9
"""A target of which this share are numbers is not taken for words."""


@dataclass(frozen=True)
class Target:
    """What the target column is, and why.

    Parameters
    ----------
    name : str
        Its name in the table.
    task : {"classification", "regression"}
        Whether its values are classes or measured numbers.
    word : str
        Why, for a person: ``"2 different numbers"``.
    rows : int
        Rows of the table that was looked at.
    missing : int
        Rows without a value, which can be neither learnt from nor measured.
    labels : tuple of str
        Names of the classes, numbers in ascending order, words sorted; empty for
        regression.
    counts : tuple of int
        Rows of each class.
    numeric : bool
        Whether the labels are numbers.
    """

    name: str
    task: TaskKind
    word: str
    rows: int
    missing: int
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    numeric: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a person should read before trusting a result."""
        notes = []
        if self.missing:
            rows = "1 row has" if self.missing == 1 else f"{self.missing} rows have"
            notes.append(f"{rows} no value in {self.name!r} and cannot be used.")
        single = [
            label for label, count in zip(self.labels, self.counts, strict=True) if count == 1
        ]
        if single:
            words = ", ".join(repr(label) for label in single[:5]) + ", ..." * (len(single) > 5)
            which = f"Class {words} has" if len(single) == 1 else f"Classes {words} have"
            notes.append(f"{which} a single row: it can be learnt or measured, not both.")
        return tuple(notes)


def infer_target(frame: "pl.DataFrame", name: str, task: TaskKind | None = None) -> Target:
    """Return what the target column is.

    Words, true and false, and numbers of which there are only two are classes. Other
    numbers are measured, be they whole or not: a score from 3 to 8 is regression until
    ``task`` says otherwise.

    Parameters
    ----------
    frame : polars.DataFrame
        Tidy table (see :func:`~trainwell.data.cells.tidy`).
    name : str
        The column to be predicted.
    task : {"classification", "regression"}, optional
        What it is, decided by hand.

    Returns
    -------
    Target
        Its task, with the classes and how often each occurs.

    Raises
    ------
    DataError
        If there is no such column, it has fewer than two different values, an infinite
        one, or words that are neither classes nor numbers, or lists, records or bytes.
    ConfigurationError
        If ``task`` is neither.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell.data.target import infer_target
    >>> target = infer_target(pl.DataFrame({"ill": ["no", "yes", None, "no"]}), "ill")
    >>> target.task, target.labels, target.counts, target.missing
    ('classification', ('no', 'yes'), (2, 1), 1)
    """
    if task not in {None, "classification", "regression"}:
        raise ConfigurationError.unknown_name("task", task, ("classification", "regression"))
    series = usable_column(frame, name)
    present = series.drop_nulls()
    if not len(present):
        raise DataError.in_column(name, "is the target, but every cell is missing")
    values = numbers(series)
    if _is_numeric(series, values, task):
        return _numeric_target(series, values, task)
    if task == "regression":
        _refuse_words(series, values, "regression needs numbers")
    return _word_target(series, task)


def _is_numeric(series: "pl.Series", values: "pl.Series", task: TaskKind | None) -> bool:
    import polars as pl

    found = len(values) - values.null_count()
    if series.dtype != pl.String:
        return series.dtype.is_numeric() or (series.dtype == pl.Boolean and task == "regression")
    stray = series.filter(series.is_not_null() & values.is_null())
    if found and task != "regression" and series.str.to_lowercase().is_in(list(BOOLEANS)).any():
        return False
    if stray.is_in(WEAK_MARKERS).all():
        return values.drop_nulls().n_unique() > 1 or not len(stray)
    if task is None and found >= NEARLY_NUMBERS * (found + len(stray)):
        _refuse_words(series, values, "the rest of the target are numbers")
    return False


def _refuse_words(series: "pl.Series", values: "pl.Series", why: str) -> None:
    bad = series.is_not_null() & values.is_null() & ~series.cast(str).is_in(WEAK_MARKERS)
    if bad.any():
        row = int(bad.arg_max() or 0)
        problem = f"{str(series[row])!r} is not a number, but {why}"
        raise DataError.in_column(series.name, problem, row + 1)


def _numeric_target(series: "pl.Series", values: "pl.Series", task: TaskKind | None) -> Target:
    infinite = values.is_infinite().fill_null(value=False)
    if infinite.any():
        row = int(infinite.arg_max() or 0)
        problem = f"{str(series[row])!r} is infinite, or too large for a 64-bit number"
        raise DataError.in_column(series.name, problem, row + 1)
    counted = values.drop_nulls().rename("value").value_counts().sort("value")
    distinct, missing = counted.height, values.null_count()
    _refuse_constant(series.name, distinct, _label(counted["value"][0]))
    word = f"{distinct:,} different numbers"
    if task == "classification" or (task is None and distinct == 2):
        if distinct > MOST_CLASSES:
            raise DataError.in_column(series.name, f"{word} are more classes than {MOST_CLASSES:,}")
        labels = tuple(_label(value) for value in counted["value"])
        counts = tuple(counted["count"].to_list())
        word += ", by request" if task else ""
        return Target(series.name, "classification", word, len(series), missing, labels, counts)
    if task:
        word += ", by request"
    elif distinct <= FEW_CLASSES and (counted["value"] == counted["value"].floor()).all():
        word += "; if they are classes, task must say so"
    return Target(series.name, "regression", word, len(series), missing)


def _word_target(series: "pl.Series", task: TaskKind | None) -> Target:
    import polars as pl

    if task is None and (series.dtype.is_temporal() or detect_form(series)):
        problem = "holds dates, which are neither classes nor measured numbers"
        raise DataError.in_column(series.name, problem)
    words = series.cast(pl.String)
    counted = words.drop_nulls().rename("value").value_counts().sort("value")
    rows, classes = len(words) - words.null_count(), counted.height
    _refuse_constant(series.name, classes, counted["value"][0])
    number = number_like(words)
    unplain = number is not None and task is None and classes > FEW_CLASSES
    if classes > MOST_CLASSES or 2 * classes > rows + 2 or unplain:
        problem = f"{classes:,} different words in {rows:,} rows are neither classes nor numbers"
        raise DataError.in_column(series.name, f"{problem} ({_example(words, number)})")
    labels, counts = (tuple(part.to_list()) for part in counted.get_columns())
    return Target(
        series.name,
        "classification",
        f"words, {classes} different ones",
        len(series),
        words.null_count(),
        labels,
        counts,
        numeric=False,
    )


def _example(words: "pl.Series", number: str | None) -> str:
    if number is None:
        return f"such as {words.drop_nulls()[0][:30]!r}"
    return f"{number[:30]!r} looks like one, but has to be written in digits and a point alone"


def _refuse_constant(name: str, distinct: int, label: str) -> None:
    if distinct < 2:
        problem = f"is the target, but its only value is {label!r}: there is nothing to learn"
        raise DataError.in_column(name, problem)


def _label(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def has_target(frame: "pl.DataFrame", target: Target) -> BoolArray:
    """Return which rows have a value to learn from, of shape (rows,)."""
    series = frame[target.name]
    known = numbers(series) if target.numeric else series
    answer: BoolArray = known.is_not_null().to_numpy()
    return answer
