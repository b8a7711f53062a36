"""Judges a derivative rule of a framework by the framework's own derivative of the forward code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from time import perf_counter
from typing import Any

import numpy as np

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
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradient_tape.recorder import Unsupported
from trainwell.diagnosis.gradient_tape.recording import sweep
from trainwell.diagnosis.gradient_verdict.adequacy import blind_spots
from trainwell.diagnosis.gradient_verdict.anchor import Anchor, anchored
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.comparison import (
    TOLERANCE,
    Comparison,
    Status,
    compared,
    difference,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.constants import Constants, constants_of
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.reference import NEARBY, Reference
from trainwell.diagnosis.gradient_verdict.slopes import direction, ladder_slope, scale_of
from trainwell.diagnosis.gradient_verdict.trace import Trace
from trainwell.diagnosis.gradients.diagnosis import diagnosed
from trainwell.diagnosis.gradients.patchable import Code, patchable_with, statements_of
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.diagnosis.gradients.weighing import better, convincing, joined, unaccounted
from trainwell.errors import ConfigurationError
from trainwell.types import FloatArray

_SHARP = 1e-10
_FAR = 0.3  # how far another point is, in the units of each array
_LARGER = 32.0  # cotangents there: a rule is linear in them, unless it clips or branches
_PASSES = 20  # forward passes that a direction takes
_PATIENCE = 3.0  # seconds for a reference that is measured element by element

_NOT_FOLLOWED = (
    "the framework's derivative of the forward code is not that of the function: something there"
    " is hidden from it (.data, detach, no_grad, stop_gradient, another library)"
)
_NOTHING = Anchor(confirmed=False, directions=0, tolerance=1.0, disagreement=np.inf, method="")


@dataclass(frozen=True, eq=False)
class _Ground:
    """A reference, where it holds, and what has to be said of it."""

    reference: Reference
    point: Point
    reasons: tuple[str, ...] = ()


def _references(
    subject: Subject, rng: np.random.Generator, directions: int, seconds: float
) -> Iterator[_Ground]:
    """Yield references, the best first, until one holds on the untouched function."""

    def anchor(point: Point, gradient: Point) -> Anchor:
        return anchored(_function(subject, point), gradient, point, rng, directions, analytic=False)

    given, beside = subject.arrays, _moved(subject.arrays, rng, NEARBY[0])
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
        yield _Ground(Reference(gradient, "autograd", anchor(point, gradient)), point, reasons)
    trace = subject.recorded(given)
    taped = None if trace is None else _swept(trace)
    if taped is not None:
        found = Reference(taped, "trace", anchor(given, taped), trace)
        yield _Ground(found, given, hidden)
    if seconds * 2 * _PASSES * sum(array.size for array in given.values()) <= _PATIENCE:
        gradient, bars = measured(_function(subject, given), given)
        found = Reference(gradient, "central", anchor(given, gradient), None, bars=bars)
        yield _Ground(found, given, hidden)


def _swept(trace: Trace) -> dict[str, FloatArray] | None:
    """Return the gradient of a recording; ``None`` if an operation has no derivative."""
    try:
        return trace.gradient(sweep(trace.recording, trace.output))
    except Unsupported:
        return None


def _function(subject: Subject, point: Point) -> Callable[[Callable[[str], Any]], float]:
    return lambda values: subject.value({name: np.asarray(values(name)) for name in point})


def _moved(point: Point, rng: np.random.Generator, amount: float) -> dict[str, FloatArray]:
    """Return a point nearby; what is positive stays so."""
    moved: dict[str, FloatArray] = {}
    for name, array in point.items():
        noise = amount * rng.standard_normal(array.shape)
        positive = array.size and (array > 0).all()
        moved[name] = array * np.exp(noise) if positive else array + scale_of(array) * noise
    return moved


def _compared(given: Mapping[str, Any], expected: Point, tolerance: float) -> dict[str, Comparison]:
    scale = scale_of_all(expected)
    return {
        name: compared(name, given.get(name), r, scale, tolerance) for name, r in expected.items()
    }


def _judged(subject: Subject, ground: _Ground, tolerance: float | None) -> Judgement:
    """Compare what the rule gives with a reference that holds."""
    found, point = ground.reference, ground.point
    given = subject.given(point)
    allowed = tolerance or TOLERANCE
    if tolerance is None and found.bars is not None:
        allowed += 10 * scale_of_all(found.bars) / (scale_of_all(found.gradient) or 1.0)
    arrays = _compared(given, found.gradient, allowed)
    reasons = ground.reasons
    blurred = [n for n, a in arrays.items() if a.error > _SHARP]
    if tolerance is None and found.bars is None and blurred:
        forward, backward = subject.lost_digits(point)
        if forward:
            allowed = 1e3 * float(np.finfo(np.float32).eps)
            arrays = _compared(given, found.gradient, allowed)
            reasons += ("the forward code itself rounds to less than double precision",)
        elif backward:
            for name in blurred:
                a = arrays[name]
                if a.status is Status.OK and a.given is not None:
                    arrays[name] = replace(a, status=Status.WRONG, wrong=a.given != a.expected)
    calls = Calls(lambda params: params, None, Parameters(dict(point), point), ())
    return Judgement(calls, found, given, arrays, reasons)


def _beside_a_kink(subject: Subject, judgement: Judgement, rng: np.random.Generator) -> Judgement:
    """Pass what is right beside a kink, where the conventions for its slope differ."""
    suspects = {n for n, a in judgement.arrays.items() if a.status is Status.WRONG}
    trace = subject.recorded(subject.arrays) if suspects else None
    if trace is None or not trace.ties:
        return judgement
    point = _moved(subject.arrays, rng, NEARBY[0])
    try:
        beside = _compared(subject.given(point), subject.expected(point), TOLERANCE)
    except Unsupported:
        return judgement
    if any(beside[name].status is not Status.OK for name in suspects):
        return judgement
    arrays = {
        name: replace(a, status=Status.OK, wrong=np.zeros_like(a.wrong)) if name in suspects else a
        for name, a in judgement.arrays.items()
    }
    said = "numbers stand exactly at a kink, where conventions differ; right beside it both agree"
    return replace(judgement, arrays=arrays, reasons=(*judgement.reasons, said))


def _by_direction(
    subject: Subject, refuted: Reference, rng: np.random.Generator, reasons: tuple[str, ...]
) -> Judgement:
    """Judge each array as a whole, along random directions: for lack of a reference."""
    point, arrays = subject.arrays, {}
    given = subject.given(point)
    for name, array in point.items():
        nothing = np.full_like(array, np.nan)
        own = given.get(name)
        status, error = Status.UNDECIDED, np.inf
        if own is None or np.shape(own) != array.shape:
            status = Status.MISSING if own is None else Status.SHAPE
        else:
            v = {n: np.zeros_like(a) for n, a in point.items()}
            v[name] = direction({name: array}, rng)[name]
            slope = ladder_slope(_function(subject, point), point, v)
            off = abs(slope.value - float(np.vdot(own, v[name])))
            size = scale_of(array) * float(np.linalg.norm(own)) + abs(slope.value) or 1.0
            error = off / size
            if off > 1e-6 * size + 20 * slope.bar:
                status = Status.WRONG
        wrong = np.ones(array.shape, dtype=bool)
        arrays[name] = Comparison(name, own, nothing, error, status, wrong)
    calls = Calls(lambda params: params, None, Parameters(dict(point), point), ())
    said = "no reference holds on the untouched function: each array was judged along one direction"
    return Judgement(calls, refuted, given, arrays, (*reasons, said))


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
    found, seen = judgement.reference, judgement
    odd, said = subject.oddities()
    known = _wrong(judgement)
    if settings.points > 1 and (judgement.verdict == "PASS" or (known and not odd)):
        seen = _elsewhere(subject, judgement, settings, rng)
        odd, said = subject.oddities()
    constants = constants_of((), settings.hyperparams or {}, subject.arrays)
    wrong = _wrong(seen)
    shown = judgement if wrong == known else seen
    findings = [_only(finding, wrong) for finding in odd]
    if settings.diagnose and wrong and not np.isnan(scale_of_all(_expected(seen))):
        findings = _with_lines(subject, seen, wrong, constants, findings)
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
            judgement = _judged(subject, ground, settings.tolerance)
            if ground.point is subject.arrays:
                judgement = _beside_a_kink(subject, judgement, rng)
            return judgement
        refuted, reasons = ground.reference, (_NOT_FOLLOWED,)
    again = subject.value(subject.arrays)
    if again != subject.value(subject.arrays):
        reasons = ("the function is not the same each time: fix the seed of what it draws",)
    return _by_direction(subject, replace(refuted, anchor=_NOTHING), rng, reasons)


def _wrong(judgement: Judgement) -> list[str]:
    fine = (Status.OK, Status.UNDECIDED)
    return [name for name, array in judgement.arrays.items() if array.status not in fine]


def _elsewhere(
    subject: Subject, judgement: Judgement, settings: Settings, rng: np.random.Generator
) -> Judgement:
    """Check at other points, where more may be wrong than at the given one, or show."""
    if judgement.reference.method != "autograd":
        return judgement
    known = _wrong(judgement)
    larger = f"cotangents {_LARGER:g} times as large"
    subject.scale(_LARGER)
    for _ in range(settings.points - 1):
        point = _moved(subject.arrays, rng, _FAR)
        try:
            with np.errstate(all="ignore"):
                expected = subject.expected(point)
        except (Unsupported, RuntimeError, ValueError):
            continue
        if not np.isfinite(scale_of_all(expected)):
            continue
        reference = replace(judgement.reference, gradient=expected)
        beside = _judged(subject, _Ground(reference, point), settings.tolerance)
        wrong = _wrong(beside)
        if not wrong or not {*known} <= {*wrong}:
            continue
        more = ", ".join(name for name in wrong if name not in known)
        right = f"{more}: right" if known else "right"
        said = f"{right} at your point, wrong at another one with {larger}"
        return replace(beside, reasons=(*judgement.reasons, said) if more else judgement.reasons)
    subject.scale(1 / _LARGER)
    return judgement


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
        found = diagnosed(rest, code, constants, subject.seconds) if _wrong(rest) else []
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
        gradient = subject.rule(point)
        forward = partial(subject.value, point)
        found = sources(forward, gradient, partial(statements_of, record))
        return patchable_with(judgement, gradient, found, constants.named, record)

    return Code(record, cache(record), patchable)
