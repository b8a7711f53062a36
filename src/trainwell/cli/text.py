"""Plain text: what goes to standard output and what goes to standard error.

Results are printed as they are; messages pass through rich, which colours them on a
terminal and nowhere else. Names come from foreign files, so characters that could
move a terminal's cursor are shown, not sent.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trainwell.errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

    from trainwell.types import Json

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?|-", re.IGNORECASE)


def printable(text: str) -> str:
    """Return text on one line, with control characters shown as escapes."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def number(value: float | None) -> str:
    """Return a number as a table shows it: four significant digits, or a dash for none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun in the right number."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(names: Iterable[str], most: int = 8) -> str:
    """Return names in one phrase; of many, the first ones and how many more there are."""
    all_names = list(names)
    # One more is as short as to say that there is one more.
    shown = all_names if len(all_names) <= most + 1 else all_names[:most]
    more = len(all_names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Put the name of a table's file in front of what is wrong with the table."""
    try:
        yield
    except DataError as error:
        if str(error).startswith(f"{path}:"):
            raise
        raise DataError.in_file(path, str(error)) from None


def shortened(text: str, longest: int) -> str:
    """Return text of at most so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def aligned(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """Return rows as columns of text: the first row is the heading, numbers stand right.

    Parameters
    ----------
    rows : sequence of sequences of str
        Equally long; the first holds the headings.
    indent : str, default=""
        What every line begins with.

    Returns
    -------
    str
        One line a row, without trailing blanks.
    """
    from rich.cells import cell_len

    cells = [[printable(cell) for cell in row] for row in rows]
    columns = list(zip(*cells, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    right = [all(map(_NUMBER.fullmatch, column[1:])) for column in columns]
    lines = []
    for row in cells:
        padded = []
        for cell, width, numeric in zip(row, widths, right, strict=True):
            blanks = " " * (width - cell_len(cell))
            padded.append(blanks + cell if numeric else cell + blanks)
        lines.append((indent + "  ".join(padded)).rstrip())
    return "\n".join(lines)


def messages() -> "Console":
    """Return the console that writes on standard error."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


def say(text: str) -> None:
    """Print one line of a message on standard error."""
    messages().print(printable(text))


def print_json(document: "Json") -> None:
    """Print one JSON document on standard output, for programs."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(f"{text}\n")
