"""The score card as text: the table, times, what people use today, and what it gets wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence

from trainwell.diagnosis.scorecard.alarms import HOSTILE, ORDINARY
from trainwell.diagnosis.scorecard.card import Card
from trainwell.diagnosis.scorecard.judging import Row
from trainwell.diagnosis.scorecard.measures import Measure

MOST_CASES = 60
"""How many of the cases that it gets wrong are listed."""

TARGET_PASSED, TARGET_FAILED, TARGET_SECONDS = 25, 100, 0.15
"""Forward passes in a check that passes, in one that fails, and seconds of the largest network."""

_LEFT = 1


def card_text(card: Card, most: int = MOST_CASES) -> str:
    """Return a score card as text.

    Parameters
    ----------
    card : Card
        What was measured.
    most : int, default=60
        How many of the cases that it gets wrong are listed; of held-out programs none is.

    Returns
    -------
    str
        Without a line break at its end.
    """
    sections = [
        _heading(card),
        _table([("", "tuning", "held-out", "target", ""), *map(_line, card.measures)]),
        _times(card),
        _others(card),
        "\n".join(_wrong(card, most)),
        "\n".join(f"Note: {note}." for note in card.notes),
    ]
    return "\n\n".join(section for section in sections if section)


def _heading(card: Card) -> str:
    counts = f"{len(card.mutants):,} planted faults, " if card.mutants else ""
    return f"SCORE CARD of the gradient checker: {counts}seed {card.seed}, {card.seconds:.0f} s"


def _line(measure: Measure) -> tuple[str, ...]:
    missed = not (measure.met(measure.tuning) and measure.met(measure.held_out))
    target = ""
    if measure.target is not None:
        sign = "<=" if measure.at_most else ">="
        target = f"{sign} {100 * measure.target:g} %"
    return (
        measure.name,
        _share(measure.tuning, measure.tuning_of, measure.at_most),
        _share(measure.held_out, measure.held_out_of, measure.at_most),
        target,
        "missed" if missed else "met" if target else "",
    )


def _share(share: float | None, of: int, counted: bool) -> str:  # noqa: FBT001 - one caller
    if share is None:
        return "-"
    if counted:
        return f"{round(share * of):,} / {of:,}"
    return f"{100 * share:.1f} % of {of:,}"


def _times(card: Card) -> str:
    if not card.speeds:
        return ""
    heading = "one thread,parameters,examples,forward,pass,in forwards,fail and name,in forwards"
    lines = [(*heading.split(","), "course's loop", "over pass")]
    lines += [
        (
            "-".join(map(str, one.sizes)),
            f"{one.parameters:,}",
            str(one.examples),
            _seconds(one.forward),
            _seconds(one.passed),
            f"{one.passed_equivalents:,.0f}",
            f"{_seconds(one.failed)}{'' if one.named else ' (not named)'}",
            f"{one.failed_equivalents:,.0f}",
            f"{_seconds(one.loop)}{'' if one.measured else ' *'}",
            f"{one.over_loop:,.1f} x",
        )
        for one in card.speeds
    ]
    below = (
        f"Targets: at most {TARGET_PASSED} forward passes to pass, {TARGET_FAILED} to fail and"
        f" name the lines, {_seconds(TARGET_SECONDS)} for the largest network.\n"
        "* not run: 2 forward passes for each parameter, from the time of one."
    )
    return f"{_table(lines)}\n{below}"


def _seconds(value: float) -> str:
    if value >= 1:
        return f"{value:,.1f} s" if value < 100 else f"{value:,.0f} s"
    return f"{1e3 * value:.3g} ms" if value >= 1e-3 else f"{1e6 * value:.3g} us"


def _others(card: Card) -> str:
    if not card.baselines:
        return ""
    lines: list[tuple[str, ...]] = [
        ("people use today", "seen, tuning", "seen, held-out", "false alarms", "time")
    ]
    for one in card.baselines:
        if one.missing:
            lines.append((one.name, f"skipped: {one.missing}", "", "", ""))
            continue
        shares = (one.tuning, one.held_out, one.false_alarms)
        cells = ["-" if each is None else f"{100 * each:.1f} %" for each in shares]
        time = "" if one.seconds is None else _seconds(one.seconds)
        lines.append((one.name, *cells, time))
    below = (
        "With their defaults, on the NumPy programs of the same planted faults; an exception"
        " counts as seen.\nNone of them names the line or the kind. SciPy gives one number:"
        " above 1e-6 is called wrong here."
    )
    return f"{_table(lines)}\n{below}"


def _wrong(card: Card, most: int) -> Iterator[str]:
    """Yield what it gets wrong: cases of tuning programs, counts of the others."""
    groups: dict[str, Sequence[Row]] = {
        "planted faults": card.mutants,
        "two faults at once": card.pairs,
        "faults met in the wild": card.real,
    }
    for title, rows in groups.items():
        wrong = [row for row in rows if not row.right]
        shown = [row for row in wrong if not row.held_out]
        if shown:
            yield f"Wrong of the {title}, {len(shown)}:"
        yield from map(_case, shown[:most])
        if len(shown) > most:
            yield f"  ... and {len(shown) - most} more"
        held = Counter(row.fault for row in wrong if row.held_out)
        if held:
            listed = ", ".join(f"{name} {count}" for name, count in held.most_common(most))
            yield f"Wrong of the {title} in held-out programs, {held.total()}: {listed}"
    for sort in (ORDINARY, *HOSTILE):
        yield from _alarmed(card, sort)


def _case(row: Row) -> str:
    judged = (row.detected, row.named, row.alone, row.first, row.third)
    lacking = ("detected", "named", "named alone", "kind", "kind among three")
    lost = [word for word, right in zip(lacking, judged, strict=True) if not right]
    said = row.error or row.said
    return (
        f"  {row.program} line {row.line}, {row.fault} ({'/'.join(row.kinds[:3])}),"
        f" not {lost[0]}: {said}"
    )


def _alarmed(card: Card, sort: str) -> Iterator[str]:
    words = ("failed", "undecided", "ended")
    groups = {
        word: [each for each in card.alarms if each.sort == sort and getattr(each, word)]
        for word in words
    }
    for word, group in groups.items():
        if not group:
            continue
        held = sum(len(getattr(each, word)) for each in group if each.held_out)
        counts: Counter[str] = Counter()
        first: dict[str, int] = {}
        for each in group:
            if not each.held_out:
                counts[each.program] += len(getattr(each, word))
                first.setdefault(each.program, getattr(each, word)[0])
        said = [f"{name} {count} (seed {first[name]}, ...)" for name, count in counts.items()]
        said += [f"held-out programs {held}"] if held else []
        yield f"Right programs, {sort}, {word}: {', '.join(said)}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    columns = list(zip(*lines, strict=True))
    widths = [max(map(len, column)) for column in columns]
    padded = [
        [
            cell.ljust(width) if place < _LEFT else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    ]
    return "\n".join("  ".join(line).rstrip() for line in padded)
