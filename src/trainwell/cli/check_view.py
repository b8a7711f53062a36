"""The report of a gradient check on a terminal: the first screen says it all."""

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from trainwell.cli.text import printable

if TYPE_CHECKING:
    from trainwell.diagnosis.gradients.report import GradientReport

WIDTH = 100
MOST_ARRAYS = 18
"""How many arrays are named; of more, those that are wrong come first."""
MOST_FINDINGS = 6
_VERDICTS = {"PASS": "bold green", "FAIL": "bold red", "UNDECIDED": "bold yellow"}


def print_report(report: "GradientReport", *, whole: bool = False) -> None:
    """Print a report on standard output, in colour on a terminal."""
    from rich.console import Console
    from rich.text import Text

    lines = list(report_lines(report, whole=whole))
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        print("\n".join(lines))
        return
    sources = {f"       {source}" for source in map(_source, report.findings) if source}
    for line in lines:
        text = Text(line)
        if line in sources:
            text.stylize("bold yellow")
        elif line.startswith("GRADIENT CHECK"):
            text.highlight_words([report.verdict], _VERDICTS.get(report.verdict, "bold"))
        else:
            text.highlight_regex(r"\S+ (WRONG|MISSING|SHAPE|UNDECIDED)\b( \S+)?", "red")
            text.highlight_regex(r"^  \d+\. [^:]*", "bold")
        console.print(text)


def report_lines(report: "GradientReport", *, whole: bool = False) -> Iterator[str]:
    """Yield the lines of a report; unless ``whole``, no more than a screen of the long lists."""
    from trainwell.diagnosis.gradients.text import as_text, bugs_of, finding_lines, headline

    text = [printable(line) for line in as_text(report).splitlines()]
    yield text[0] if text else headline(report)
    yield from _arrays(report, whole=whole)
    bugs = bugs_of(report.findings)
    shown = bugs if whole else bugs[:MOST_FINDINGS]
    for at, finding in enumerate(shown, 1):
        title, *below = map(printable, finding_lines(at, finding, report))
        yield from _folded(title, "     ")
        source = _source(finding)
        for line in below:
            yield f"       {source}" if source and line.strip() == source else line
    if len(shown) < len(bugs):
        yield f"  ... and {len(bugs) - len(shown)} more (all of them: --whole)"
    for line in _remarks(text):
        yield from _folded(line if whole else _shortened(line), "    ")


def _remarks(text: list[str]) -> Iterator[str]:
    """Yield what stands below arrays and bugs."""
    starts = ("  ! ", "  No tape", "  Checked", "  Not visible", "  Course number")
    begun = False
    for line in text[1:]:
        begun = begun or line.startswith(starts)
        if begun:
            yield line


def _arrays(report: "GradientReport", *, whole: bool) -> Iterator[str]:
    from trainwell.diagnosis.gradient_verdict.comparison import Status

    arrays = list(report.arrays.values())
    left = ""
    if not whole and len(arrays) > MOST_ARRAYS:
        arrays.sort(key=lambda found: (found.status is Status.OK, -found.error))
        hidden = arrays[MOST_ARRAYS:]
        arrays = arrays[:MOST_ARRAYS]
        wrong = sum(found.status is not Status.OK for found in hidden)
        left = f"  ... and {len(hidden)} more, {wrong} of them not ok (all of them: --whole)"
    line = ""
    for found in arrays:
        size = "" if found.status in {Status.MISSING, Status.SHAPE} else f" {found.error:.0e}"
        item = printable(f"{found.name} {found.status.value}{size}")
        if line and len(line) + len(item) + 5 > WIDTH:
            yield f"  {line}"
            line = ""
        line += (" | " if line else "") + item
    yield f"  {line}"
    if left:
        yield left


def _source(finding: object) -> str:
    """Return the faulty line of the person's program, as it is shown."""
    text = printable(getattr(finding, "source", ""))
    return text if len(text) < WIDTH else f"{text[: WIDTH - 4]} ..."


def _shortened(line: str) -> str:
    """Return at most three lines of a remark that lists many things."""
    longest = 3 * (WIDTH - 4)
    if len(line) <= longest:
        return line
    kept = re.split(r"(?<=;) ", line[:longest])[:-1] or [line[:longest]]
    return f"{' '.join(kept)} ... (all of it: --whole)"


def _folded(line: str, indent: str) -> list[str]:
    begins = line[: len(line) - len(line.lstrip())]
    return wrap(
        line.strip(),
        WIDTH,
        initial_indent=begins,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
