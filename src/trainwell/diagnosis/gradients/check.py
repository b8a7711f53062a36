"""Checks the gradient of a cost, for the price of some dozen forward passes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import first_overwritten, record_backward
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_tape.places import file_of
from trainwell.diagnosis.gradient_verdict.adequacy import hidden, switched_off
from trainwell.diagnosis.gradient_verdict.calls import Calls, positional
from trainwell.diagnosis.gradient_verdict.comparison import Comparison, Status, difference
from trainwell.diagnosis.gradient_verdict.constants import (
    Constants,
    constants_of,
    named_numbers,
)
from trainwell.diagnosis.gradient_verdict.freed_memory import keep_freed_memory
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradient_verdict.leftovers import put_back
from trainwell.diagnosis.gradient_verdict.other_points import confirmed_elsewhere, judged_elsewhere
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.reference import METHODS, Reference, reference
from trainwell.diagnosis.gradient_verdict.verdict import judged
from trainwell.diagnosis.gradients.both_passes import Called, called_twice, some_of, with_settings
from trainwell.diagnosis.gradients.changed_state import changed_state
from trainwell.diagnosis.gradients.conventions import as_it_is_written, of_another_cost
from trainwell.diagnosis.gradients.diagnosis import diagnosed
from trainwell.diagnosis.gradients.given_data import doubled, one_by_one
from trainwell.diagnosis.gradients.hygiene import overwritten
from trainwell.diagnosis.gradients.kept_between_calls import kept_by
from trainwell.diagnosis.gradients.named_data import arranged
from trainwell.diagnosis.gradients.patchable import code_of
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.diagnosis.gradients.returned_order import in_another_order
from trainwell.diagnosis.gradients.stale_cost import of_earlier_calls, stale_cost
from trainwell.diagnosis.gradients.weighing import joined
from trainwell.errors import ConfigurationError, TrainwellError

_LISTED = 4  # things that a backward pass changes


def check_gradients(
    cost: Callable[..., Any],
    grad: Callable[..., Any] | Mapping[str, Any] | Any,
    params: Any,
    data: tuple[Any, ...] = (),
    *,
    method: str = "auto",
    key: str | Callable[[str], str] | Mapping[str, str] = "d{}",
    hyperparams: Mapping[str, Any] | None = None,
    points: int = 3,
    directions: int = 2,
    tolerance: float | None = None,
    diagnose: bool = True,
    seed: int = 0,
    seconds: float = 10.0,
) -> GradientReport:
    """Check a hand-written gradient, and say which line is wrong and how.

    Parameters
    ----------
    cost : callable
        The forward pass: ``cost(params, *data)`` returns J, one number, or ``(J, cache)``, or J
        and several things that it has kept.
    grad : callable, mapping or sequence
        The backward pass: ``grad(params, *data)``, or ``grad(params, *data, cache)``, or with
        each of the things that were kept; it returns ``{"dW1": ..., ...}``, or the structure of
        ``params``, or all of it in one array. Or these gradients themselves; then no line can be
        named. Or the cost itself, if that returns both: ``(J, gradient)``.
    params : mapping, sequence, object or FloatArray
        The parameters, also nested, or the attributes of an object; taken as float64. Not modified.
    data : tuple or mapping, default=()
        What both functions take after the parameters, in their order or by the names of their
        arguments; float arrays as float64. Not modified.
    method : {"auto", "trace", "complex", "central"}, default="auto"
        Where the reference comes from: a tape of the forward pass; complex steps or
        differences of it, number by number. ``"auto"`` takes the first that the untouched
        function confirms.
    key : str, callable or mapping, default="d{}"
        From the name of a parameter to that of its gradient.
    hyperparams : mapping of str to Any, optional
        Numbers with a name, or lists of them, so that the report can say ``lambd / m``.
    points : int, default=3
        Points to check at, at least 1: the given one, and if that one hides something, others
        nearby.
    directions : int, default=2
        Random directions that must confirm the reference, at least 1; fewer are drawn where
        they agree to so many digits that they show as much.
    tolerance : float or None, default=None
        Relative error that passes; ``None`` takes 1e-7, or what float32 can show.
    diagnose : bool, default=True
        Whether to look for the faulty lines.
    seed : int, default=0
        Of the random directions and points.
    seconds : float, default=10.0
        Work for the search of faulty lines.

    Returns
    -------
    GradientReport
        Prints as text; ``report.ok``, ``report.findings``, ``report["W1"].error``.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain, or the cost is not one finite number.
    DataError
        If there is no parameter, or one is not finite.

    Notes
    -----
    Whole numbers are parameters where a gradient is returned for them, or where there is nothing
    else. Every call of the functions starts from the same state of NumPy's, Python's and PyTorch's
    generators, and of those in ``data`` or in sight of the functions; they are left as they
    were found. So dropout is checked as it is.

    References
    ----------
    .. [1] A. Griewank and A. Walther, "Evaluating Derivatives", 2nd edition, 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.diagnosis.gradients import check_gradients
    >>> def cost(params, x, y):
    ...     return np.mean((params["w"] @ x - y) ** 2)
    >>> def grad(params, x, y):
    ...     return {"dw": (params["w"] @ x - y) @ x.T / y.size}
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(3, 8)), rng.normal(size=(1, 8))
    >>> report = check_gradients(cost, grad, {"w": rng.normal(size=(1, 3))}, (x, y))
    >>> report.verdict, report.findings[0].factor
    ('FAIL', 0.5)
    """
    begun = perf_counter()
    if grad is None:
        must = "a function, or the gradients themselves"
        raise ConfigurationError.out_of_range("check_gradients", "grad", None, must)
    _refuse(method, points, directions, tolerance, seed, seconds)
    keep_freed_memory()
    rng = np.random.Generator(np.random.SFC64(seed))  # the fastest for Gaussian numbers
    cost, grad, ordered = arranged(cost, grad, data)
    given = doubled(ordered)
    function = grad if callable(grad) else None
    calls = one_by_one(Calls(cost, function, Parameters.of(params), given))
    if calls.parameters.has_settings:
        calls = with_settings(calls, grad, key)
    try:
        return _checked(
            calls,
            grad,
            rng,
            begun,
            method=method,
            key=key,
            hyperparams=named_numbers("check_gradients", hyperparams),
            points=points,
            directions=directions,
            tolerance=tolerance,
            diagnose=diagnose,
            seconds=seconds,
        )
    finally:
        put_back(calls)


def _checked(
    calls: Calls,
    grad: Any,
    rng: np.random.Generator,
    begun: float,
    *,
    method: str,
    key: Any,
    hyperparams: Mapping[str, float],
    points: int,
    directions: int,
    tolerance: float | None,
    diagnose: bool,
    seconds: float,
) -> GradientReport:
    passes = called_twice(calls, grad, key)
    findings: list[Finding] = []
    late = None
    if passes.kept is not None:
        findings.append(_placed(passes.kept, calls, key) if diagnose else passes.kept)
    reasons = list(passes.reasons)
    try:
        look = partial(confirmed_elsewhere, calls, passes.given, key, rng, points, directions)
        found = reference(calls, passes.cost, rng, directions, method, look)
    except Exception as error:
        if not isinstance(error, TrainwellError):
            error.add_note("at a point nearby: the check moves all parameters a little")
        raise
    if found.unusable:
        return _without_reference(calls, (found.unusable, *_narrow(passes)), begun)
    judgement = judged(calls, found, passes.given, key, rng, tolerance)
    reasons += _unmatched(passes, judgement)
    found = judgement.reference
    left = hidden(found.trace, found.gradient, calls.parameters.arrays, calls.data)
    reasons += judgement.reasons
    seen = judgement
    if calls.grad is None or points == 1 or judgement.verdict == "FAIL":
        calls.value()  # the first call may have been a cold one: what is told is the faster one
        seen = judgement.beside or judgement
        reasons += seen.reasons if seen is not judgement else ()
    else:
        seen, left, said = judged_elsewhere(judgement, key, rng, points - 1, left, tolerance)
        reasons += said
        if seen is judgement and not findings:
            late = overwritten(passes.given, passes.returned)
            findings += [found for found in (late, stale_cost(judgement)) if found is not None]
            reasons += of_earlier_calls(judgement, key)
    if diagnose and seen.verdict == "FAIL":
        constants = _constants(calls, hyperparams)
        given = judgement if seen is not judgement and judgement.verdict == "PASS" else None
        seen, told, noted = _diagnosis(seen, given, key, constants, seconds)
        reasons += noted
        findings = joined(findings, told)
    elif diagnose and findings and findings[0].affected and not findings[0].line:
        constants = _constants(calls, hyperparams)
        later = findings[0] is late
        findings = kept_by(judgement, key, constants, findings[0], seconds, later=later)
    verdict = "FAIL" if findings or seen.verdict == "FAIL" else seen.verdict
    if verdict == "UNDECIDED":
        reasons += _narrow(passes)
    expected = judgement.reference.gradient
    comparable = all(
        a.given is not None and a.given.shape == a.expected.shape for a in judgement.arrays.values()
    )
    whole = {n: a.given for n, a in judgement.arrays.items() if a.given is not None}
    trace = found.trace
    return GradientReport(
        verdict=verdict,
        arrays=seen.arrays,
        findings=tuple(findings),
        reasons=tuple(reasons),
        blind_spots=(*switched_off(hyperparams), *left.spots),
        method=found.method,
        operations=0 if trace is None else len(trace.recording.steps) - len(trace.leaves),
        directions=found.anchor.directions,
        disagreement=found.anchor.disagreement,
        miss_probability=found.anchor.miss_probability,
        difference=difference(whole, expected) if comparable else 1.0,
        forward_equivalents=(perf_counter() - begun) / max(calls.forward.shortest, 1e-9),
        seconds=perf_counter() - begun,
        note=found.note,
        slopes=found.anchor.method,
        passes=found.passes,
        confirmed=found.anchor.confirmed,
        file=file_of(calls.grad),
        elsewhere=found.anchor.elsewhere is not None,
    )


def _diagnosis(
    seen: Judgement, given: Judgement | None, key: Any, constants: Constants, seconds: float
) -> tuple[Judgement, list[Finding], tuple[str, ...]]:
    """Return what is compared after all, the bugs, and what is to be said of that."""
    written = as_it_is_written(seen, key)
    said = written.reasons[len(seen.reasons) :]
    if written.verdict == "PASS":
        return seen, [of_another_cost(seen, said[-1])], said
    code = code_of(written, key, constants.named, given)
    told = in_another_order(written, code) or diagnosed(written, code, constants, seconds)
    settled = (Status.OK, Status.UNDECIDED)
    wrong = {n for n, a in written.arrays.items() if a.status not in settled}
    of_wrong = [f for f in told if wrong.intersection(f.affected)]  # what is right is no bug
    return written, of_wrong or told, said


def _constants(calls: Calls, hyperparams: Mapping[str, float]) -> Constants:
    """Return the numbers with a name: single ones of the data are called as the cost does."""
    called = positional(calls.cost)[1:]
    return constants_of(calls.data, hyperparams, calls.parameters.arrays, called)


def _placed(finding: Finding, calls: Calls, key: Any) -> Finding:
    """Return a finding on repeated calls with the statement that changes a forward value."""
    backward = record_backward(calls, key)
    statement = None if backward is None else first_overwritten(backward)
    if statement is None:
        changed = changed_state(calls)
        if not changed:
            return finding
        said = f"{finding.message}: it changes {some_of(changed, _LISTED)}"
        return replace(finding, message=said)
    message = f"{finding.message}: a value of the forward pass is changed in place here"
    return replace(finding, target=statement.target, statement=statement, message=message)


def _unmatched(passes: Called, judgement: Judgement) -> tuple[str, ...]:
    """Say what is returned, where a gradient is missing."""
    missing = any(a.status is Status.MISSING for a in judgement.arrays.values())
    return passes.unmatched if missing else ()


def _narrow(passes: Called) -> tuple[str, ...]:
    """Say that the cost is returned in narrower numbers than those of the passes, if it is."""
    if not passes.narrow:
        return ()
    said = f"the cost is returned in {passes.narrow}, which rounds away what is to be measured"
    return (f"{said}: return it in double precision",)


def _without_reference(calls: Calls, reasons: tuple[str, ...], begun: float) -> GradientReport:
    """Return the report on a cost of which nothing can be measured."""
    arrays = {
        name: Comparison(
            name, None, array, np.inf, Status.UNDECIDED, np.ones(array.shape, dtype=bool)
        )
        for name, array in calls.parameters.arrays.items()
    }
    seconds = perf_counter() - begun
    return GradientReport(
        "UNDECIDED",
        arrays,
        (),
        reasons,
        (),
        "trace",
        0,
        0,
        np.inf,
        1.0,
        np.nan,
        seconds / max(calls.forward.shortest, 1e-9),
        seconds,
    )


def _refuse(
    method: str, points: int, directions: int, tolerance: float | None, seed: int, seconds: float
) -> None:
    owner = "check_gradients"
    if method not in METHODS:
        raise ConfigurationError.unknown_name("method", method, METHODS)
    for name, number, least in (
        ("points", points, 1),
        ("directions", directions, 1),
        ("seed", seed, 0),
    ):
        if not isinstance(number, int | np.integer):
            raise ConfigurationError.out_of_range(owner, name, number, "a whole number")
        if number < least:
            raise ConfigurationError.out_of_range(owner, name, number, f"at least {least}")
    if tolerance is not None and not tolerance > 0:
        raise ConfigurationError.out_of_range(owner, "tolerance", tolerance, "positive")
    if not seconds >= 0:
        raise ConfigurationError.out_of_range(owner, "seconds", seconds, "at least 0")


def assert_gradients(
    cost: Callable[..., Any], grad: Any, params: Any, data: tuple[Any, ...] = (), **settings: Any
) -> GradientReport:
    """Raise unless a gradient is right; for tests.

    Parameters
    ----------
    cost : callable
        The forward pass, as :func:`check_gradients` takes it.
    grad : callable, mapping or sequence
        The backward pass, or its gradients.
    params : mapping, sequence, object or FloatArray
        The parameters.
    data : tuple, default=()
        What both functions take after the parameters.
    **settings : Any
        Further settings of :func:`check_gradients`.

    Returns
    -------
    GradientReport
        Of a check that passed.

    Raises
    ------
    GradientError
        With the whole report, if the verdict is not PASS.
    """
    report = check_gradients(cost, grad, params, data, **settings)
    report.raise_if_failed()
    return report


__all__ = ["Reference", "assert_gradients", "check_gradients", "replace"]
