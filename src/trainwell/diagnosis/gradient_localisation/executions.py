"""Findings on lines that are carried out several times: one of each, where it is the same fault."""

from collections.abc import Sequence
from dataclasses import replace

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop


def in_all_calls(
    shop: Workshop, findings: Sequence[Finding], made: Sequence[Repair]
) -> list[Finding]:
    """Return one finding for a line that had to be mended alike in every call of its function.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    findings : sequence of Finding
        In their order.
    made : sequence of Repair
        What each of them is about.

    Returns
    -------
    list of Finding
        In their order.
    """
    kept: list[Finding] = []
    done: set[tuple[str, int]] = set()
    for finding, repair in zip(findings, made, strict=True):
        place = repair.site[0].place[:2]
        same = [at for at, other in enumerate(made) if other.site[0].place[:2] == place]
        calls = {step.place[3] for step in shop.steps if step.place[:2] == place}
        mended = {step.place[3] for at in same for step in made[at].site}
        alike = len({made[at].change.kind for at in same}) == 1
        everywhere = len(calls) > 1 and mended == calls and alike
        each_time = _is_each_time(shop, [made[at] for at in same])
        if len(same) < 2 or not (everywhere or each_time):
            kept.append(finding)
        elif place not in done:
            done.add(place)
            statement = statement_at(*place)
            names = dict.fromkeys(name for at in same for name in findings[at].affected)
            target = statement.target or finding.target
            kept.append(replace(finding, statement=statement, target=target, affected=tuple(names)))
    return each_once(kept)


def each_once(findings: Sequence[Finding]) -> list[Finding]:
    """Return one finding for what is said of a line several times.

    Parameters
    ----------
    findings : sequence of Finding
        What is known.

    Returns
    -------
    list of Finding
        In their order; one affects what any of the same words did.
    """
    same: dict[tuple[object, ...], list[Finding]] = {}
    for found in findings:
        same.setdefault((found.file, found.line, found.kind, found.message), []).append(found)
    kept = []
    for alike in same.values():
        names = dict.fromkeys(name for found in alike for name in found.affected)
        kept.append(replace(alike[0], affected=tuple(names)))
    return kept


def _is_each_time(shop: Workshop, made: Sequence[Repair]) -> bool:
    """Say whether one operation of a loop was mended alike each time that it was carried out."""
    step = made[0].site[0]
    executions = shop.sites.get(step.instruction, ())
    mended = {each.index for repair in made for each in repair.site}
    said = {(repair.change.kind, repair.change.factor) for repair in made}
    return len(executions) > 1 and {each.index for each in executions} == mended and len(said) == 1
