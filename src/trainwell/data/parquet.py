"""Parquet files, of which a damaged one must end in a sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from os import PathLike
from typing import TYPE_CHECKING

from trainwell.errors import DataError

if TYPE_CHECKING:
    import polars as pl

_MARK = b"PAR1"
_STDERR = 2


def read_parquet(path: str | PathLike[str], content: bytes) -> "pl.DataFrame":
    """Return the table of a Parquet file.

    Parameters
    ----------
    path : str or path-like
        Name of the file, for messages.
    content : bytes
        What it holds.

    Returns
    -------
    polars.DataFrame
        Its rows and columns as they are.

    Raises
    ------
    DataError
        If the file is cut short or damaged, or holds no column.
    """
    import polars as pl

    if not content.endswith(_MARK) or len(content) < 12:
        raise DataError.in_file(path, "is a Parquet file that was cut short")
    try:
        with _silence():
            frame = pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, OSError) as error:
        reason = str(error).partition("\n")[0].strip()
        raise DataError.in_file(path, f"is a damaged Parquet file ({reason[:120]})") from None
    if not frame.width:
        raise DataError.in_file(path, "has no columns")
    return frame


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the reader's own words about damage off the standard error."""
    try:
        kept = os.dup(_STDERR)
    except OSError:  # closed already
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        with suppress(OSError):
            os.close(kept)
        os.close(nowhere)
