"""What ``trainwell fit`` says: what was understood of the table, and what came out."""

from collections.abc import Iterator
from math import floor, log10
from typing import Any

from trainwell.cli.text import aligned, counted, listed, printable, shortened
from trainwell.estimators.preparation import Prepared
from trainwell.estimators.run_summary import columns_as_used
from trainwell.report.plan_in_words import network_in_words, plan_in_words
from trainwell.types import Json

LEFT_OUT = "left out"
ERRORS = frozenset({"RMSE", "MAE"})
"""Metrics in the unit of the target."""

DIGITS = 4
MOST_DECIMALS = 7


def understood(prepared: Prepared) -> Iterator[str]:
    """Yield what was understood of a table, line by line.

    Parameters
    ----------
    prepared : Prepared
        The table and what is to be done with it.

    Yields
    ------
    str
        One line.
    """
    yield _target(prepared)
    yield from _columns(prepared)
    yield "Rows:     " + ", ".join(
        f"{frame.height:,} {part}" for part, frame in prepared.frames.items()
    )
    yield f"Network:  {network_in_words(prepared.network)}"
    yield f"Training: {plan_in_words(prepared.plan)}"
    if prepared.task == "regression":
        yield "Losses:   in units of the standardised target; the scores at the end are in its own"
    for note in prepared.notes:
        yield f"Note: {printable(note)}"


def _target(prepared: Prepared) -> str:
    column = prepared.target_column
    what = f"regression ({column.word})"
    if column.task == "classification":
        what = f"classification into {listed(map(repr, column.labels))}"
    return f"Target:   {printable(repr(column.name))}, {printable(what)}"


def _columns(prepared: Prepared) -> Iterator[str]:
    """Yield what the columns became, those of one kind on one line."""
    groups: dict[tuple[str, str, int], list[str]] = {}
    for column in columns_as_used(prepared):
        missing = column.missing if column.used else 0
        groups.setdefault((column.kind, column.word, missing), []).append(column.name)
    used = sum(len(names) for (kind, _, _), names in groups.items() if kind != LEFT_OUT)
    features = len(prepared.encoding.feature_names)
    yield f"Inputs:   {counted(used, 'column')} as {counted(features, 'feature')}"
    rows = [
        (kind, word, f"{missing:,}" if missing else "-", _names(names))
        for (kind, word, missing), names in sorted(groups.items(), key=_left_out_last)
    ]
    yield from aligned([("kind", "what", "missing", "columns"), *rows], indent="  ").splitlines()


def _left_out_last(group: tuple[tuple[str, str, int], list[str]]) -> bool:
    return group[0][0] == LEFT_OUT


def _names(names: list[str]) -> str:
    return listed([shortened(name, 30) for name in names], most=6)


def scores_table(record: Json) -> str:
    """Return the scores of a record as a table: parts down, metrics across.

    Parameters
    ----------
    record : mapping
        What :func:`~trainwell.estimators.run_results.write_results` returned.

    Returns
    -------
    str
        The baseline stands last.
    """
    scores: dict[str, dict[str, Any]] = record["result"]["scores"]
    columns = [("", *scores)]
    for metric in next(iter(scores.values())):
        values = [part[metric] for part in scores.values()]
        form = _form(metric, [abs(value) for value in values if value])
        columns.append((metric, *("-" if value is None else f"{value:{form}}" for value in values)))
    return aligned(list(zip(*columns, strict=True)))


def _form(metric: str, sizes: list[float]) -> str:
    """Return how the numbers of one column are written, their points one below the other."""
    smallest, largest = min(sizes, default=1.0), max(sizes, default=1.0)
    if metric not in ERRORS:
        return f",.{max(0, 5 - len(f'{largest:.0f}'))}f" if largest < 1e9 else ".3e"
    # The unit is the table's own: any size may come, and its digits must be seen.
    decimals = max(0, DIGITS - 1 - floor(log10(smallest)))
    fits = decimals <= MOST_DECIMALS and largest < 1e9
    return f",.{decimals}f" if fits else f".{DIGITS - 1}e"
