"""The score card of the gradient checker: faults planted, false alarms, times, its peers."""

from collections.abc import Iterator

from benchmarks.options import Options
from benchmarks.result import Comparison, Row, Target
from benchmarks.timing import OURS, progress
from trainwell.diagnosis.scorecard.card import PARTS, run_card
from trainwell.diagnosis.scorecard.speed import Speed

QUICK = 300
"""Mutants of the quick card."""

FASTER = Target(1)
"""How many times as long the course's loop has to take."""


def gradients(options: Options) -> list[Comparison]:
    """Measure the gradient checker: what it finds, names and wrongly reports, and its time."""

    def told(title: str, done: int, total: int) -> None:
        if done == total:
            progress(f"    {title}: {total:,}")

    card = run_card(QUICK if options.quick else None, parts=PARTS, progress=told)
    rows = tuple(row for one in card.speeds for row in times(one))
    work = "a check beside the course's loop (* computed from one forward pass), and the card"
    return [Comparison("gradients", work, "ms", rows, tuple(str(card).splitlines()))]


def times(one: Speed) -> Iterator[Row]:
    """Yield the check that passes, the one that names two bugs, and the course's loop."""
    sizes = "-".join(map(str, one.sizes))
    passed, failed, loop = (1e3 * seconds for seconds in (one.passed, one.failed, one.loop))
    yield Row(OURS, f"{sizes}, right", median=passed)
    yield Row(OURS, f"{sizes}, two bugs named", median=failed)
    yield Row(
        "the course's loop",
        sizes if one.measured else f"{sizes} *",
        best=loop,
        median=loop,
        ratio_best=one.over_loop,
        ratio_median=one.over_loop,
        target=FASTER,
    )
