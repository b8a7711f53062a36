"""The report of a gradient check as a person reads it: the first screen says it all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import wrap

from trainwell.diagnosis.gradient_localisation.finding import KINDS, Finding
from trainwell.diagnosis.gradient_verdict.adequacy import in_words
from trainwell.diagnosis.gradient_verdict.comparison import Comparison, Status
from trainwell.diagnosis.gradients.report import GradientReport

WIDTH = 100
_INDENT = "       "
_LIKELY = 2  # other explanations of what is not sure
_METHODS = {
    "trace": "tape of your forward pass",
    "complex": "complex steps of your cost, one for each number",
    "central": "differences of your cost with an error bar, number by number",
    "complex and central": (
        "complex steps of your cost, and differences where it refuses them, number by number"
    ),
    "autograd": "automatic differentiation of your forward pass",
}
_SLOPES = {
    "complex": " by complex steps",
    "ladder": " by differences",
    "complex and ladder": " by complex steps and differences",
}


def as_text(report: GradientReport) -> str:
    """Return the report as text, without colour.

    Parameters
    ----------
    report : GradientReport
        What was found.

    Returns
    -------
    str
        Lines of about 100 characters.
    """
    return "\n".join(_lines(report))


def headline(report: GradientReport) -> str:
    """Return the first line: the verdict and how many arrays are wrong."""
    total = len(report.arrays)
    wrong = sum(a.status is not Status.OK for a in report.arrays.values())
    plural = "" if total == 1 else "s"
    if report.verdict == "PASS":
        largest = max((a.error for a in report.arrays.values()), default=0.0)
        agree = "the array agrees" if total == 1 else f"all {total} arrays agree"
        said = f"{agree}, largest error {largest:.1e}"
    elif report.verdict == "FAIL":
        bugs = len(bugs_of(report.findings))
        said = f"{wrong} of {total} array{plural} wrong"
        if bugs:
            said += f", {bugs} bug{'s' if bugs > 1 else ''}"
    else:
        said = f"{wrong} of {total} array{plural} could not be judged"
    return f"GRADIENT CHECK  {report.verdict}   {said}"


def _lines(report: GradientReport) -> Iterator[str]:
    took = f"{_duration(report.seconds)}, {report.forward_equivalents:.0f} forward-equivalents"
    yield f"{headline(report)}   ({took})"
    yield from _wrapped([_array(a) for a in report.arrays.values()])
    for at, finding in enumerate(bugs_of(report.findings), 1):
        yield from finding_lines(at, finding, report)
    for reason in report.reasons:
        yield f"  ! {reason}"
    method = _METHODS.get(report.method, report.method)
    if report.operations:
        method += f" ({report.operations} operations)"
    if report.passes:
        method += f" ({report.passes:,} forward passes)"
    if report.note:
        tape = "" if report.operations else "No tape: "
        yield f"  {tape}{report.note}."
    known = "confirmed on" if report.confirmed else "compared with"
    known = "and at another point with" if report.elsewhere else known
    slopes = _SLOPES.get(report.slopes, "")
    if report.directions:
        yield (
            f"  Checked: {method}, {known} the untouched function along {report.directions}"
            f" random direction{'s' if report.directions > 1 else ''}{slopes}"
            f" ({report.disagreement:.0e}); an error above 1e-6 of it goes"
            f" unseen with p < {report.miss_probability:.0e}."
        )
    spots = in_words(report.blind_spots) or "nothing known"
    yield f"  Not visible at this point: {spots}."
    yield f"  Course number: difference = {report.difference:.6g}"


def _duration(seconds: float) -> str:
    """Return a time for a person, in two or three digits."""
    if seconds >= 10:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def bugs_of(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings as a person counts them: those without line and kind are one.

    Parameters
    ----------
    findings : sequence of Finding
        Of a report.

    Returns
    -------
    list of Finding
        In their order, the one of which nothing is known at the end.
    """
    said = [finding for finding in findings if finding.line or finding.kind != "unknown"]
    unsaid = [finding for finding in findings if not finding.line and finding.kind == "unknown"]
    if len(unsaid) < 2:
        return list(findings)
    names = tuple(name for finding in unsaid for name in finding.affected)
    told = "are wrong, and nothing that was tried says why"
    target = ", ".join(finding.target for finding in unsaid)
    return [*said, replace(unsaid[0], target=target, message=told, affected=names)]


def _filled(text: str) -> Iterator[str]:
    """Yield a sentence in lines, below the source of a finding."""
    yield from wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _array(found: Comparison) -> str:
    number = "" if found.status in (Status.MISSING, Status.SHAPE) else f" {found.error:.0e}"
    return f"{found.name} {found.status.value}{number}"


def _wrapped(items: list[str]) -> Iterator[str]:
    line = " "
    for item in items:
        if len(line) > 2 and len(line) + len(item) + 3 > WIDTH:
            yield line
            line = " "
        line += (" | " if len(line) > 2 else " ") + item
    yield line


def finding_lines(at: int, finding: Finding, report: GradientReport) -> Iterator[str]:
    """Yield the lines that show one bug, with the user's source.

    Parameters
    ----------
    at : int
        Its number.
    finding : Finding
        The bug.
    report : GradientReport
        Whose bug it is: what it makes wrong may be right in the first call.

    Yields
    ------
    str
        Line by line.
    """
    line = f"line {finding.shown_line}" if finding.line else "somewhere"
    if finding.line and report.file and finding.file != report.file:
        line += f" of {Path(finding.file).name}"
    where = f"{finding.target}, {line}" if finding.target else line  # a condition has no target
    also = [name for name in finding.affected if name not in finding.target]
    found = [report.arrays[name] for name in finding.affected if name in report.arrays]
    later = " in a second call" if all(each.status is Status.OK for each in found) else ""
    verb = "is" if len(also) == 1 else "are"
    spread = f"   (so {', '.join(also)} {verb} wrong{later})" if also else ""
    yield f"  {at}. {where}: {finding.message}{spread}"
    if finding.source:
        text = finding.source
        yield f"       {text if len(text) < WIDTH else text[: WIDTH - 4] + ' ...'}"
    if finding.confidence < 0.7 and finding.alternatives:
        likely = [KINDS[kind] for kind in finding.alternatives if kind in KINDS][:_LIKELY]
        yield from _filled(f"maybe {', or '.join(likely)}")
