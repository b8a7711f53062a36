"""Separator and quote of a text table, found in its first records."""

import re
from collections import Counter
from dataclasses import dataclass

SAMPLE_BYTES = 2**18
SAMPLE_LINES = 200
SEPARATORS = ("\t", ";", "|", ",", " ")
"""In the order in which they are believed: blanks last, since words have them too."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How a text table separates and quotes its fields.

    Parameters
    ----------
    separator : str
        One character; a blank stands for any run of blanks and tabs.
    quote : str
        One character; a quote inside a quoted field is doubled.
    """

    separator: str
    quote: str = '"'


def detect_dialect(content: bytes) -> Dialect:
    r"""Return the separator and quote that make the first records equally long.

    A separator counts outside quotes only. Of several that divide every record into
    the same number of fields the first of :data:`SEPARATORS` wins, unless its fields
    hold commas that are neither decimal nor few enough to be an accident.

    Parameters
    ----------
    content : bytes
        UTF-8 text with ``\n`` at the end of lines.

    Returns
    -------
    Dialect
        A comma and a double quote where nothing says otherwise.

    Examples
    --------
    >>> from trainwell.data.delimited import detect_dialect
    >>> detect_dialect(b"1,5;2,3\n4,0;7,1\n").separator
    ';'
    """
    sample = content[:SAMPLE_BYTES].decode(errors="ignore")
    if len(content) > SAMPLE_BYTES and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    quote = _quote(sample)
    # A quoted stretch counts as one letter, whatever it holds.
    stretch = rf"(?<![^,;\t|\n ]){quote}(?:[^{quote}]|{quote}{quote})*{quote}(?=[,;\t|\n ]|$)"
    plain = re.sub(stretch, "q", sample)
    lines = [line for line in plain.split("\n") if line.strip(" ")][:SAMPLE_LINES]
    return Dialect(_separator(lines), quote)


def _quote(sample: str) -> str:
    if re.search(r'(?:^|[,;\t|\n ])"', sample):
        return '"'
    opened = len(re.findall(r"(?:^|(?<=[,;\t|\n]))'", sample))
    whole = len(re.findall(r"(?:^|(?<=[,;\t|\n]))'(?:[^']|'')*'(?=[,;\t|\n]|$)", sample))
    return "'" if opened and opened == whole else '"'


def _separator(lines: list[str]) -> str:
    counts = {mark: [_count(line, mark) for line in lines] for mark in SEPARATORS}
    even = [mark for mark in SEPARATORS if len(set(counts[mark])) == 1 and counts[mark][0]]
    if "," in even:
        for mark in even[: even.index(",")]:
            if _commas_are_decimal(lines, mark):
                return mark
        return ","
    if even:
        return even[0]
    # Ragged, or one column: the mark that divides most records alike, if any does.
    share = {}
    for mark in SEPARATORS[:-1]:
        width, lines_alike = Counter(counts[mark]).most_common(1)[0] if lines else (0, 0)
        share[mark] = lines_alike if width else 0
    best = max(share, key=lambda mark: share[mark])
    return best if share[best] > len(lines) / 2 else ","


def _count(line: str, mark: str) -> int:
    return len(line.split()) - 1 if mark == " " else line.count(mark)


def _commas_are_decimal(lines: list[str], mark: str) -> bool:
    records = lines[1:] or lines  # a name in the first may hold a comma: "price, EUR"
    fields = [field.strip() for line in records for field in line.split(mark)]
    with_comma = [field for field in fields if "," in field]
    return all(_DECIMAL_COMMA.fullmatch(field) for field in with_comma)
