"""Every exception and warning; their messages are built here.

A message names the owner, the setting, the domain and the value, in one sentence.
"""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from os import PathLike
from typing import Self


class TrainwellError(Exception):
    """Something that the caller can mend."""


class ConfigurationError(TrainwellError, ValueError):
    """A setting is outside its domain."""

    @classmethod
    def out_of_range(cls, owner: str, name: str, value: object, domain: str) -> Self:
        """Say which setting of what is wrong, what it may be, and what it was."""
        return cls(f"{owner}.{name} must be {domain}, got {value!r}")

    @classmethod
    def unknown_name(cls, setting: str, value: object, known: Collection[str]) -> Self:
        """Say that a name is not in its table, and which name was probably meant."""
        near = get_close_matches(str(value), list(known), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return cls(f"{setting} must be one of {', '.join(sorted(known))}, got {value!r}{hint}")

    @classmethod
    def contradiction(cls, owner: str, sentence: str) -> Self:
        """Say that two settings of one owner exclude each other."""
        return cls(f"{owner}: {sentence}")


class ShapeError(TrainwellError, ValueError):
    """An array does not have the shape that its reader needs."""

    @classmethod
    def mismatch(cls, owner: str, name: str, shape: object, expected: str) -> Self:
        """Say whose array it is, what shape it must have, and what it had."""
        return cls(f"{owner}: {name} must have shape {expected}, got {shape}")


class DataError(TrainwellError, ValueError):
    """Data that cannot be used as they are."""

    @classmethod
    def in_file(cls, path: str | PathLike[str], problem: str) -> Self:
        """Say which file it is and what is wrong with it."""
        return cls(f"{path}: {problem}")

    @classmethod
    def in_array(cls, owner: str, name: str, problem: str) -> Self:
        """Say whose array it is and what is wrong with it."""
        return cls(f"{owner}: {name} {problem}")

    @classmethod
    def in_column(cls, column: str, problem: str, row: int | None = None) -> Self:
        """Say which column it is, what is wrong, and where it begins (row 1 is the first)."""
        place = "" if row is None else f", row {row}"
        return cls(f"column {column!r}{place}: {problem}")

    @classmethod
    def at_row(cls, error: "DataError", row: int) -> Self:
        """Add to an error which training row it is about, counted from 0."""
        return cls(f"{error} (training row {row}, counted from 0)")

    @classmethod
    def unknown_columns(cls, names: Collection[str], known: Collection[str]) -> Self:
        """Say which columns the table does not have, and which one was probably meant."""
        quoted = [repr(name) for name in names]
        if len(quoted) > 1:
            listed = ", ".join(quoted[:10]) + (", ..." if len(quoted) > 10 else "")
            return cls(f"the table has no columns {listed} ({len(quoted)} are missing)")
        name = next(iter(names))
        same = [other for other in known if other.casefold() == name.casefold()]
        near = same or get_close_matches(name, list(known), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        first = [repr(other) if "," in other else other for other in list(known)[:10]]
        shown = ", ".join(first) + (", ..." if len(known) > 10 else "")
        return cls(f"the table has no column {quoted[0]}{hint or f'; it has {shown}'}")

    @classmethod
    def targets(cls, owner: str, domain: str, value: object) -> Self:
        """Say which targets a loss accepts, and one that it was given."""
        return cls(f"{owner} needs targets that are {domain}, got {value}")


class FileFormatError(TrainwellError, ValueError):
    """A file of ours that was cut short, changed or made by something else."""

    @classmethod
    def unreadable(cls, path: str | PathLike[str], problem: str) -> Self:
        """Say which file it is and why it cannot be read."""
        return cls(f"{path}: {problem}")


class StorageError(TrainwellError, OSError):
    """A file could not be written; what was there before is intact."""

    @classmethod
    def not_written(cls, path: str | PathLike[str], reason: str) -> Self:
        """Say which file it is and what the system answered."""
        return cls(f"{path}: could not be written ({reason}); nothing was changed")


class FitError(TrainwellError, ValueError):
    """A fit that left nothing to predict with."""

    @classmethod
    def diverged(cls, owner: str, where: str) -> Self:
        """Say that no epoch was finite, and what was not."""
        return cls(
            f"{owner}: Solver produced non-finite parameter weights. The input data may contain"
            " large values and need to be preprocessed. It was the same with a tenth of"
            f" learning_rate_init. {where}"
        )

    @classmethod
    def overflowing(cls, owner: str) -> Self:
        """Say that finite weights are too large to predict with."""
        return cls(
            f"{owner}: the weights have become so large that predictions for the training rows are"
            " not finite; a smaller learning_rate_init or alpha may help"
        )


class EndlessError(TrainwellError, TimeoutError):
    """A function of the user's that did not come to an end."""

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Say how long was waited."""
        return cls(f"stopped after {seconds:.2g} s: does every loop come to an end?")

    @classmethod
    def of(cls, owner: str, name: str, seconds: float, usual: float) -> Self:
        """Say which function it is, how long was waited and how long it takes otherwise."""
        return cls(
            f"{owner}: `{name}` was stopped after {seconds:.2g} s, where it takes {usual:.2g} s at"
            " the given point: does every loop come to an end for other parameters, too?"
        )


class DependencyError(TrainwellError, ImportError):
    """A package that an optional part of ours needs is not there."""

    @classmethod
    def missing(cls, owner: str, package: str, extra: str) -> Self:
        """Say who needs which package, and how it is installed."""
        return cls(f"{owner} needs {package}; to install it: pip install 'trainwell[{extra}]'")


class ExportError(TrainwellError, ValueError):
    """A model that would not predict elsewhere what it predicts here; nothing was exported."""

    @classmethod
    def differs(cls, owner: str, row: object, ours: object, theirs: object) -> Self:
        """Say for which row the exported model gives something else, and what."""
        return cls(
            f"{owner}: nothing was exported, since the exported model gives {_short(theirs)}"
            f" instead of {_short(ours)} for the row {_short(row)}"
        )

    @classmethod
    def not_exported(cls, owner: str, reason: str) -> Self:
        """Say what of the model cannot be exported."""
        return cls(f"{owner}: nothing was exported, since {reason}")


def _short(value: object) -> str:
    """Return a value as text of a length that a sentence can hold."""
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


class DistributionWarning(UserWarning):
    """The parts of a split differ in distribution by more than chance explains."""

    @classmethod
    def between_parts(cls, found: int, features: int, worst: Sequence[str]) -> Self:
        """Say in how many features the parts differ, and most in which."""
        return cls(
            f"the parts differ by more than chance explains in {found} of {features} features,"
            f" most in {', '.join(worst)}; what is measured on one part may not hold on another"
        )
