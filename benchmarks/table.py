"""Results as aligned plain text."""

from collections.abc import Mapping, Sequence

from benchmarks.result import Comparison, Row

HEADER = ("who", "how", "best", "median", "ratio", "of medians", "target", "verdict", "loss")
LEFT = 2
"""Columns of words, aligned to the left."""


def number(value: float | None) -> str:
    """Return three significant digits, without an exponent."""
    if value is None:
        return ""
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{decimals}f}"


def cells(row: Row) -> tuple[str, ...]:
    """Return the words of one row."""
    return (
        row.name,
        row.variant,
        number(row.best),
        number(row.median),
        number(row.ratio_best),
        number(row.ratio_median),
        "" if row.target is None else str(row.target),
        row.verdict,
        "" if row.loss is None else f"{row.loss:.4f}",
    )


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as a table, without columns that are empty."""
    columns = [column for column in zip(*lines, strict=True) if any(cell for cell in column[1:])]
    padded = []
    for place, column in enumerate(columns):
        width = max(map(len, column))
        padded.append([c.ljust(width) if place < LEFT else c.rjust(width) for c in column])
    return "\n".join("  ".join(line).rstrip() for line in zip(*padded, strict=True))


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison as text: what, the table, the notes."""
    header = [f"{name}, {comparison.unit}" if name == "best" else name for name in HEADER]
    return "\n".join(
        [
            f"{comparison.name}: {comparison.work}",
            aligned([header, *(cells(row) for row in comparison.rows)]),
            *(f"  {note}" for note in comparison.notes),
            "",
        ]
    )


def machine_text(description: Mapping[str, object]) -> str:
    """Return the description of the machine, one fact a line."""
    lines = []
    for name, value in description.items():
        if isinstance(value, Mapping):
            words = ", ".join(f"{key} {entry}" for key, entry in value.items())
        elif isinstance(value, list):
            words = ", ".join(map(str, value))
        else:
            words = str(value)
        lines.append(f"{name}: {words}")
    return "\n".join([*lines, ""])
