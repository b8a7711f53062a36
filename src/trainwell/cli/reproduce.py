"""``trainwell reproduce``: every published number beside the computed one."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainwell.cli.text import aligned, messages, print_json, say
from trainwell.engine.choice import NAMES
from trainwell.errors import ConfigurationError, StorageError

if TYPE_CHECKING:
    from trainwell.course.reproduction import Comparison, Result

OFF = 1
"""Exit code if a number is not within its tolerance."""


def reproduce(
    football: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The football data: data.mat of the course's regularization assignment.",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Train with an engine of the core, compiled or reference, instead of the"
            " course's own functions.",
        ),
    ] = None,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="Where the page with the pictures goes.")
    ] = "reproduction.html",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="Print only results and errors.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print the result as JSON.")
    ] = False,
) -> None:
    """Run every experiment of the course and compare it with the published numbers.

    Prints one line for each published quantity (of several numbers, the one that differs
    most) and writes a page with decision boundaries and cost curves. Exit code 1 if a
    number is off.
    """
    from trainwell.course.reproduction import find_football
    from trainwell.course.reproduction_page import COLUMNS, reproduction_page
    from trainwell.training.tensor_file import write_bytes

    if engine is not None and engine not in NAMES:
        raise ConfigurationError.unknown_name("--engine", engine, NAMES)
    _check_place(Path(out), football)
    data, advice = find_football(football)
    results = _run(data, engine, quiet=quiet)
    write_bytes(Path(out), reproduction_page(results, advice).encode())
    comparisons = [comparison for result in results for comparison in result.comparisons]
    off = sum(not comparison.within for comparison in comparisons)
    if json:
        print_json(_as_json(comparisons, advice, out) | _excepted(results))
    else:
        print(aligned([COLUMNS, *map(_row, comparisons)]))
        for result in results:
            if not result.comparisons:
                print(f"{result.case}: {_left_out(result)}")
    if not quiet:
        numbers = sum(len(comparison.computed) for comparison in comparisons)
        verdict = f"{off} of them off" if off else "all within tolerance"
        say(f"{numbers:,} published numbers in {len(comparisons)} quantities: {verdict}.")
        if advice:
            say(f"The football data were not found: {advice}.")
        say(f"Pictures: {out}")
    if off:
        raise typer.Exit(OFF)


def _check_place(page: Path, football: str | None) -> None:
    """Refuse a place that cannot be written to before anything is computed."""
    if football is not None and page.resolve() == Path(football).resolve():
        raise StorageError.not_written(page, "it would replace the data that are read")
    if page.exists() and not page.is_file():
        raise StorageError.not_written(page, "it is not a regular file")
    try:
        TemporaryFile(dir=page.parent).close()
    except OSError as error:
        raise StorageError.not_written(page, error.strerror or str(error)) from None


def _left_out(result: "Result") -> str:
    return f"not compared: {result.excepted}" if result.excepted else _NEEDS_DATA


def _run(data: Any, engine: str | None, *, quiet: bool) -> "list[Result]":
    """Run every experiment, naming the one at work on a terminal."""
    from trainwell.course.reproduction import CASES, reproduce

    console = messages()
    results: list[Result] = []
    experiments = reproduce(data, engine)
    if quiet or not console.is_terminal:
        return list(experiments)
    with console.status("") as status:
        for case in CASES:
            status.update(f"{len(results) + 1} of {len(CASES)}: {case}")
            results.append(next(experiments))
    return results


_NEEDS_DATA = (
    "needs data.mat of the course's regularization assignment (--football data.mat); "
    "the page shows a synthetic field instead"
)


def _row(comparison: "Comparison") -> Sequence[str]:
    published, worst = comparison.published, comparison.worst
    numbers = len(published.values)
    quantity = published.quantity + (f" ({numbers} numbers)" if numbers > 1 else "")
    return (
        published.case,
        quantity,
        f"{published.values[worst]:.12g}",
        f"{comparison.computed[worst]:.12g}",
        f"{comparison.difference:.1e}" if comparison.difference else "0",
        f"{published.tolerance:.0e}" if published.tolerance else "0",
        "ok" if comparison.within else "OFF",
    )


def _as_json(comparisons: "list[Comparison]", advice: str, out: str) -> dict[str, Any]:
    rows = [
        {
            "experiment": comparison.published.case,
            "quantity": comparison.published.quantity,
            "published": [_plain(value) for value in comparison.published.values],
            "computed": [_plain(value) for value in comparison.computed],
            "difference": _plain(comparison.difference),
            "tolerance": comparison.published.tolerance,
            "within": comparison.within,
        }
        for comparison in comparisons
    ]
    return {"quantities": rows, "football": advice or "used", "page": out}


def _excepted(results: "list[Result]") -> dict[str, Any]:
    return {"excepted": {result.case: result.excepted for result in results if result.excepted}}


def _plain(value: float) -> float | str:
    """Return a number as JSON can hold it."""
    return value if isfinite(value) else str(value)
