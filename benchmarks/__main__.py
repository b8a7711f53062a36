"""Run comparisons and print their tables: ``python -m benchmarks --help``."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.cold import cold
from benchmarks.estimators import estimators
from benchmarks.gradients import gradients
from benchmarks.limit import limit
from benchmarks.machine import machine
from benchmarks.many import many
from benchmarks.options import Options
from benchmarks.predict import predict
from benchmarks.result import Comparison, record
from benchmarks.scaling import scaling
from benchmarks.table import comparison_text, machine_text
from benchmarks.tables import tables
from benchmarks.timing import progress
from benchmarks.training import large, medium, regularised_works, small

COMPARISONS: Mapping[str, Callable[[Options], list[Comparison]]] = {
    "small": small,
    "medium": medium,
    "large": large,
    "limit": limit,
    "regularised": regularised_works,
    "many": many,
    "predict": predict,
    "cold": cold,
    "scaling": scaling,
    "estimators": estimators,
    "tables": tables,
    "gradients": gradients,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    answer = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time trainwell beside its peers; a ratio above 1 is in trainwell's favour, "
        "unless its table says otherwise.",
    )
    answer.add_argument("names", nargs="*", metavar="NAME", help="which comparisons; none are all")
    answer.add_argument("--list", action="store_true", help="list the comparisons and end")
    answer.add_argument("--quick", action="store_true", help="fewer repeats")
    answer.add_argument("--json", type=Path, metavar="FILE", help="write results and machine")
    answer.add_argument("--plot", type=Path, metavar="FILE", help="picture of the scaling, a PNG")
    answer.add_argument("--engine", default="compiled", help="of trainwell; default: compiled")
    return answer


def chosen(names: Sequence[str]) -> list[str]:
    """Return the names asked for, all if none is, in the order of the list."""
    unknown = sorted(set(names) - set(COMPARISONS))
    if unknown:
        sys.exit(f"NAME must be one of {', '.join(COMPARISONS)}, got {', '.join(unknown)}")
    return [name for name in COMPARISONS if not names or name in names]


def main() -> None:
    """Run what the command line asks for."""
    asked = parser().parse_args()
    names = chosen(asked.names)
    if asked.list:
        for name in names:
            summary = str(COMPARISONS[name].__doc__).partition("\n")[0]
            show(f"{name:12}{summary}")
        return
    options = Options(asked.quick, asked.engine, asked.plot)
    found: list[Comparison] = []
    described = machine()
    show(machine_text(described))
    for name in names:
        progress(f"{name} ...")
        for comparison in COMPARISONS[name](options):
            show(comparison_text(comparison))
            found.append(comparison)
        if asked.json is not None:  # after each, so that an interrupt leaves what there is
            content = {"machine": described, "comparisons": [record(one) for one in found]}
            asked.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def show(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
