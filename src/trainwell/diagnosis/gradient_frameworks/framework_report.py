"""Judges a derivative rule of a framework by the framework's own derivative of the forward code."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_frameworks.framework_judging import (
    Ground,
    beside_a_kink,
    by_direction,
    elsewhere,
    function_of,
    judged,
    moved,
    wrong_of,
)
from trainwell.diagnosis.gradient_frameworks.framework_subject import (
    Point,
    Settings,
    Subject,
    exchanged,
)
from trainwell.diagnosis.gradient_frameworks.measured import measured
from trainwell.diagnosis.gradient_frameworks.straight_through import straight_through
from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_localisation.signatures import ratio
from trainwell.diagnosis.gradient_localisation.workshop import near
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.adequacy import blind_spots
from trainwell.diagnosis.gradient_verdict.anchor import Anchor, anchored
from trainwell.diagnosis.gradient_verdict.comparison import (
    difference,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.constants import Constants, constants_of
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.reference import NEARBY, Reference
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.diagnosis.gradients.diagnosis import diagnosed
from trainwell.diagnosis.gradients.patchable import Code, patchable_with, statements_of
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.diagnosis.gradients.weighing import better, convincing, joined, unaccounted
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray

_PASSES = 20  # forward passes that a direction takes
_LEAST = 2.0  # seconds for other numbers, or another rule, which may go round for ever
_TIMES, _TIMES_TRIED = 2.0, 20.0  # beside that, times what the given ones took
_SHARE = 0.2  # of the time of a search, which one trial may take at most beside that
_PATIENCE = 3.0  # seconds for a reference that is measured element by element

_NOT_FOLLOWED = (
    "the framework's derivative of the forward code is not that of the function: something there"
    " is hidden from it (.data, detach, no_grad, stop_gradient, another library)"
)
_NOTHING = Anchor(confirmed=False, directions=0, tolerance=1.0, disagreement=np.inf, method="")


def _references(
    subject: Subject, rng: np.random.Generator, directions: int, seconds: float
) -> Iterator[Ground]:
    """Yield references, the best first, until one holds on the untouched function."""

    def anchor(point: Point, gradient: Point) -> Anchor:
        return anchored(
            function_of(subject, point), gradient, point, rng, directions, analytic=False
        )

    given, beside = subject.arrays, moved(subject.arrays, rng, NEARBY[0])
    for point, reasons in (
        (given, ()),
        (beside, ("the function has a kink at your point; this is right beside it",)),
    ):
        try:
            gradient = subject.expected(point)
        except Unsupported as refusal:
            hidden: tuple[str, ...] = (str(refusal),)
            break
        hidden = (_NOT_FOLLOWED,)
        yield Ground(Reference(gradient, "autograd", anchor(point, gradient)), point, reasons)
    trace = subject.recorded(given)
    taped = None if trace is None else _swept(trace)
    if taped is not None:
        found = Reference(taped, "trace", anchor(given, taped), trace)
        yield Ground(found, given, hidden)
    if seconds * 2 * _PASSES * sum(array.size for array in given.values()) <= _PATIENCE:
        gradient, bars = measured(function_of(subject, given), given)
        found = Reference(gradient, "central", anchor(given, gradient), None, bars=bars)
        yield Ground(found, given, hidden)


def _swept(trace: Trace) -> dict[str, FloatArray] | None:
    """Return the gradient of a recording; ``None`` if an operation has no derivative."""
    try:
        return trace.gradient(sweep(trace.recording, trace.output))
    except Unsupported:
        return None


def framework_report(
    subject: Subject, settings: Settings, rng: np.random.Generator
) -> GradientReport:
    """Check a derivative rule of a framework.

    Parameters
    ----------
    subject : Subject
        What is checked.
    settings : Settings
        How thoroughly.
    rng : numpy.random.Generator
        Draws directions and points.

    Returns
    -------
    GradientReport
        As :func:`check_gradients` gives it.
    """
    begun = perf_counter()
    value = subject.value(subject.arrays)
    forward = perf_counter() - begun
    if not np.isfinite(value):
        raise ConfigurationError.out_of_range("check", "the function's output", value, "finite")
    judgement = _first(subject, settings, rng, forward)
    patience = _LEAST + _TIMES * (perf_counter() - begun)
    found, seen = judgement.reference, judgement
    odd, said = subject.oddities()
    known = wrong_of(judgement)
    if settings.points > 1 and (judgement.verdict == "PASS" or (known and not odd)):
        seen = elsewhere(subject, judgement, settings, rng, patience)
        odd, said = subject.oddities()
    constants = constants_of((), settings.hyperparams or {}, seen.calls.parameters.arrays)
    wrong = wrong_of(seen)
    shown = judgement if wrong == known else seen
    findings = [_only(finding, wrong) for finding in odd]
    if settings.diagnose and wrong and not np.isnan(scale_of_all(_expected(seen))):
        told = _with_lines(subject, seen, wrong, constants, findings)
        findings = [_at(judgement, seen, finding) for finding in told]
    verdict = "FAIL" if findings else seen.verdict
    whole = {n: a.given for n, a in judgement.arrays.items() if a.given is not None}
    expected = _expected(judgement)
    comparable = all(n in whole and np.shape(whole[n]) == r.shape for n, r in expected.items())
    trace = found.trace
    seconds = perf_counter() - begun
    return GradientReport(
        verdict=verdict,
        arrays=shown.arrays,
        findings=tuple(findings),
        reasons=(*seen.reasons, *said, *straight_through(seen, wrong)),
        blind_spots=tuple(
            blind_spots(None, expected, subject.arrays, (), settings.hyperparams or {})
        ),
        method=found.method,
        operations=0 if trace is None else len(trace.recording.steps) - len(trace.leaves),
        directions=found.anchor.directions,
        disagreement=found.anchor.disagreement,
        miss_probability=found.anchor.miss_probability,
        difference=difference(whole, expected) if comparable else 1.0,
        forward_equivalents=seconds / max(forward, 1e-9),
        seconds=seconds,
        slopes=found.anchor.method,
    )


def _only(finding: Finding, wrong: Sequence[str]) -> Finding:
    """Return a finding on a change in place with those arrays only that it has made wrong."""
    if finding.kind in ("accumulated", "stale"):
        return finding
    return replace(finding, affected=tuple(n for n in finding.affected if n in wrong))


def _at(judgement: Judgement, seen: Judgement, finding: Finding) -> Finding:
    """Return a finding of another point with the factor of the given one, where that differs."""
    factor, said = finding.factor, finding.message
    there, here = ([_factor(each, n) for n in finding.affected] for each in (seen, judgement))
    if factor is None or not here or not _all_near(there, factor):
        return finding
    if here[0] is None or near(here[0], factor) or not _all_near(here, here[0]):
        return finding
    told = f"is {here[0]:.7g} x the correct gradient here, {factor:.7g} x with other numbers"
    said = said.replace(f"is exactly {factor:.7g} x the correct gradient", told)
    return replace(finding, factor=here[0], message=said)


def _all_near(found: Sequence[float | None], factor: float) -> bool:
    return all(each is not None and near(each, factor) for each in found)


def _factor(judgement: Judgement, name: str) -> float | None:
    """Return how many times the right one a gradient is."""
    array = judgement.arrays[name]
    if array.given is None or np.shape(array.given) != array.expected.shape:
        return None
    return ratio(np.asarray(array.given, dtype=np.float64), array.expected)


def _expected(judgement: Judgement) -> dict[str, FloatArray]:
    return {name: a.expected for name, a in judgement.arrays.items()}


def _first(
    subject: Subject, settings: Settings, rng: np.random.Generator, forward: float
) -> Judgement:
    """Return the judgement at the given point, or right beside it."""
    refuted = Reference({}, "autograd", _NOTHING)
    reasons: tuple[str, ...] = ()
    for ground in _references(subject, rng, settings.directions, forward):
        if ground.reference.anchor.confirmed:
            judgement = judged(subject, ground, settings.tolerance)
            if ground.point is subject.arrays:
                judgement = beside_a_kink(subject, judgement, rng)
            return judgement
        refuted, reasons = ground.reference, (_NOT_FOLLOWED,)
    again = subject.value(subject.arrays)
    if again != subject.value(subject.arrays):
        reasons = ("the function is not the same each time: fix the seed of what it draws",)
    return by_direction(subject, replace(refuted, anchor=_NOTHING), rng, reasons)


def _with_lines(
    subject: Subject,
    seen: Judgement,
    wrong: list[str],
    constants: Constants,
    known: list[Finding],
) -> list[Finding]:
    """Return the bugs, by line where the rule could be followed."""
    if any(finding.kind == "aliased" and finding.line for finding in known):
        return known  # what comes after a change in place is not to be judged
    told = subject.told(seen.calls.parameters.arrays, _expected(seen), wrong, constants)
    told = told or exchanged(seen, wrong)
    if not convincing(told, wrong):
        sure = [finding for finding in told if finding.confidence == 1.0]
        rest = _without(seen, [name for finding in sure for name in finding.affected])
        code = _code(subject, rest, constants)
        found = diagnosed(rest, code, constants, subject.seconds) if wrong_of(rest) else []
        told = better(told, [*sure, *(each for each in found if each.line)], wrong)
        left = unaccounted(told, wrong)
        told += [each for each in found if not each.line and {*each.affected} <= {*left}]
    found = joined(known, told)
    return [each if each.line else subject.placed(each) for each in found]


def _without(judgement: Judgement, names: Sequence[str]) -> Judgement:
    """Return the judgement on what is left."""
    reference = judgement.reference
    gradient = {name: g for name, g in reference.gradient.items() if name not in names}
    arrays = {name: a for name, a in judgement.arrays.items() if name not in names}
    return replace(judgement, reference=replace(reference, gradient=gradient), arrays=arrays)


def _code(subject: Subject, judgement: Judgement, constants: Constants) -> Code:
    """Return the code of a rule, as it is called by the framework."""
    point = judgement.calls.parameters.arrays

    def record() -> Backward | None:
        return subject.backward(point)

    def patchable() -> Patchable:
        rule = subject.rule(point)

        def gradient() -> dict[str, Any]:
            with subject.stoppable():
                return rule()

        forward = partial(subject.value, point)
        found = sources(forward, gradient, partial(statements_of, record))
        begun = perf_counter()
        with suppress(Exception):  # what it has kept of the recording may be refused
            gradient()
        usual = _TIMES_TRIED * (perf_counter() - begun)
        patience = _LEAST + min(usual, _SHARE * subject.seconds)
        made = patchable_with(judgement, gradient, found, constants.named, record)
        return replace(made, patience=patience)

    return Code(record, cache(record), patchable)
