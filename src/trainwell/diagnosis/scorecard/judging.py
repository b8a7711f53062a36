"""One fault, planted or met in the wild, judged: whether it was seen, and whether named."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from time import perf_counter
from typing import Any
from zlib import crc32

import numpy as np

from trainwell.diagnosis.gradient_frameworks.torch_check import check_function
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.gradients.report import GradientReport
from trainwell.diagnosis.scorecard.behaviour import (
    SEEN,
    TOLERANCE,
    Gradient,
    behaviour,
    differ,
    gradient_call,
    quiet,
    shows,
)
from trainwell.diagnosis.scorecard.mutants import Mutant, Pair
from trainwell.diagnosis.scorecard.programs import REAL, Namespace, Program, load, program
from trainwell.errors import ConfigurationError

_LONGEST = 60


@dataclass(frozen=True)
class Row:
    """What the checker said of one fault, or of two in one program.

    Parameters
    ----------
    program : str
        Name of the program.
    held_out : bool
        Whether nothing was tuned on it.
    fault : str
        The operator that planted the fault, or the fault's own name.
    kinds : tuple of str
        Acceptable names of what is wrong.
    line : int
        First line of the wrong statement; of two, that of the first one.
    detected : bool
        Whether the verdict is FAIL.
    named : bool
        Whether a finding names the statement, or what it assigns; of two faults, both.
    alone : bool
        Whether it is named and nothing else is.
    first : bool
        Whether the kind of the finding that names it is acceptable; of two faults, of both.
    third : bool
        Whether that kind or one of its first two alternatives is.
    seconds : float
        Time of the check.
    forward_equivalents : float
        The same, over that of one forward pass.
    said : str
        The findings in short; empty for a program that is held out.
    error : str
        The exception with which the check ended; empty if there was none.
    """

    program: str
    held_out: bool
    fault: str
    kinds: tuple[str, ...]
    line: int
    detected: bool
    named: bool
    alone: bool
    first: bool
    third: bool
    seconds: float
    forward_equivalents: float
    said: str = ""
    error: str = ""

    @property
    def right(self) -> bool:
        """Whether there is nothing to be better at."""
        return self.detected and self.alone and self.first


@dataclass(frozen=True)
class _Fault:
    """What an answer is compared with."""

    kinds: tuple[str, ...]
    lines: tuple[int, int]
    target: str

    def hits(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings that name the statement, then those that name what it assigns."""
        by_line = [
            found
            for found in findings
            if found.line is not None and self.lines[0] <= found.line <= self.lines[1]
        ]
        named = _names(self.target)
        return by_line + [
            found for found in findings if found not in by_line and _names(found.target) & named
        ]


@dataclass(frozen=True)
class _Answer:
    """What the checker said, whatever it was."""

    findings: tuple[Finding, ...] = ()
    detected: bool = False
    seconds: float = 0.0
    forward_equivalents: float = 0.0
    error: str = ""


def why_not(right: Program) -> str:
    """Say why a program cannot be checked here; empty if it can."""
    if not right.available:
        return f"{right.framework} is not installed"
    return ""


def judged(mutant: Mutant) -> Row | None:
    """Check a program with one planted fault, and compare the answer with the fault.

    Parameters
    ----------
    mutant : Mutant
        One with the status ``"wrong"``.

    Returns
    -------
    Row or None
        At the first point at which the fault shows in one call, if there is one; ``None`` where it
        was not seen there, and changes every gradient by less than 1e-6: no check promises that.
    """
    point = mutant.points[0] if mutant.points else mutant.seed
    answer = _answer(mutant.program, mutant.load, point)
    if not answer.detected and not answer.error and mutant.points:
        program = mutant.program
        right = behaviour(program, program.source, (point,))
        if not shows(right, behaviour(program, mutant.source, (point,))):
            return None
    fault = _Fault(mutant.kinds, mutant.lines, mutant.target)
    return _row(mutant.program, mutant.operator, answer, [fault])


def judged_pair(pair: Pair) -> Row:
    """Check a program with two planted faults: each has to be named.

    Parameters
    ----------
    pair : Pair
        Of one program.

    Returns
    -------
    Row
        Its fault is called ``operator & operator``.
    """
    both = (pair.first, pair.second)
    shown = [point for point in pair.first.points if point in pair.second.points]
    point = [*shown, *pair.first.points, pair.seed][0]
    answer = _answer(pair.program, pair.load, point)
    faults = [_Fault(each.kinds, each.lines, each.target) for each in both]
    return _row(pair.program, " & ".join(each.operator for each in both), answer, faults)


def judged_values(mutant: Mutant) -> Row | None:
    """Check the wrong gradients themselves, without the code that computed them.

    Parameters
    ----------
    mutant : Mutant
        Of a NumPy program.

    Returns
    -------
    Row or None
        Named means: the arrays that are wrong by 1e-6 or more, and none that is right; alone,
        that it is one array. ``None`` where the first call is right everywhere, or wrong by less,
        so that there is nothing to see.
    """
    if not mutant.points or mutant.program.framework != "numpy":
        return None
    point = mutant.points[0]
    with quiet(mutant.program):
        right = _called(mutant.program, load(mutant.program.source, mutant.program.file), point)
        wrong = _called(mutant.program, mutant.load(), point)
    off = {name.removeprefix("d") for name in right if _apart(right, wrong, name)}
    seen = {name.removeprefix("d") for name in right if _apart(right, wrong, name, SEEN)}
    if not seen:
        return None
    answer = _answer(mutant.program, mutant.load, point, wrong)
    hits = [found for found in answer.findings if off & set(found.affected)]
    named = seen <= {name for found in answer.findings for name in found.affected} <= off
    first, third = _kinds_right(hits, mutant.kinds)
    return Row(
        mutant.program.name,
        mutant.program.held_out,
        mutant.operator,
        mutant.kinds,
        mutant.lines[0],
        answer.detected,
        named,
        named and len(off) == 1,
        first,
        third,
        answer.seconds,
        answer.forward_equivalents,
        "" if mutant.program.held_out else _in_short(answer.findings),
        answer.error,
    )


def real_programs() -> tuple[Program, ...]:
    """Return the programs whose faults were met in the wild, in the order of their names."""
    folder = files("trainwell.diagnosis") / "gradient_corpus"
    names = sorted(file.name.removesuffix(".py") for file in folder.iterdir())
    return tuple(program(name) for name in names if name.startswith(REAL))


def real_faults(name: str) -> tuple[str, ...]:
    """Return the names of the faults of one of the programs of ``REAL``."""
    right = program(name)
    return tuple(bug["name"] for bug in load(right.source, right.file)["BUGS"])


def judged_real(name: str, fault: str) -> Row:
    """Check a program with one of the faults that people have reported.

    Parameters
    ----------
    name : str
        Of the program.
    fault : str
        One of its :func:`real_faults`.

    Returns
    -------
    Row
        As of a planted fault.
    """
    right = program(name)
    bugs = {bug["name"]: bug for bug in load(right.source, right.file)["BUGS"]}
    if fault not in bugs:
        raise ConfigurationError.unknown_name("fault", fault, bugs)
    bug = bugs[fault]
    if right.source.count(bug["old"]) != 1:
        raise ConfigurationError.contradiction(f"{name}, {fault}", "`old` must stand there once")
    source = right.source.replace(bug["old"], bug["new"])
    first = right.source[: right.source.index(bug["old"])].count("\n") + 1
    last = first + bug["new"].rstrip("\n").count("\n")
    filename = f"{right.file.removesuffix('.py')}@{fault}-{crc32(source.encode()):08x}.py"
    answer = _answer(right, lambda: load(source, filename), 0)
    return _row(right, fault, answer, [_Fault(tuple(bug["kinds"]), (first, last), bug["target"])])


def report_on(
    right: Program, namespace: Namespace, point: int, given: Any = None
) -> GradientReport:
    """Check what a program defines.

    Parameters
    ----------
    right : Program
        Whose framework it needs.
    namespace : dict
        What the program, or what a fault has made of it, defines.
    point : int
        Seed of the case.
    given : mapping, optional
        Gradients to check in the place of the function that computes them.

    Returns
    -------
    GradientReport
        With the default settings, and the program's named numbers.
    """
    numbers = namespace.get("HYPER", {})
    with quiet(right):
        if right.framework != "numpy":
            inputs = namespace["inputs"](point)
            return check_function(namespace["FUNCTION"], inputs, hyperparams=numbers)
        params, data = namespace["case"](point)
        grad = namespace["grad"] if given is None else given
        return check_gradients(namespace["cost"], grad, params, data, hyperparams=numbers)


def _answer(
    right: Program, loaded: Callable[[], Namespace], point: int, given: Any = None
) -> _Answer:
    begun = perf_counter()
    try:
        report = report_on(right, loaded(), point, given)
    except Exception as error:  # noqa: BLE001 - whatever the checker lets through is counted
        said = type(error).__name__ if right.held_out else f"{type(error).__name__}: {error}"
        return _Answer(seconds=perf_counter() - begun, error=said)
    detected = report.verdict == "FAIL"
    return _Answer(report.findings, detected, report.seconds, report.forward_equivalents)


def _row(right: Program, name: str, answer: _Answer, faults: Sequence[_Fault]) -> Row:
    hits = [fault.hits(answer.findings) for fault in faults]
    named = all(hits)
    hit = {id(found) for each in hits for found in each}
    firsts = [_kinds_right(each, fault.kinds) for each, fault in zip(hits, faults, strict=True)]
    return Row(
        right.name,
        right.held_out,
        name,
        tuple(kind for fault in faults for kind in fault.kinds),
        faults[0].lines[0],
        answer.detected,
        named,
        named and len(hit) == len(answer.findings),
        all(first for first, _ in firsts),
        all(third for _, third in firsts),
        answer.seconds,
        answer.forward_equivalents,
        "" if right.held_out else _in_short(answer.findings),
        answer.error,
    )


def _kinds_right(hits: Sequence[Finding], kinds: Collection[str]) -> tuple[bool, bool]:
    if not hits:
        return False, False
    first = hits[0]
    return first.kind in kinds, bool(set(kinds) & {first.kind, *first.alternatives[:2]})


def _called(right: Program, namespace: Namespace, point: int) -> dict[str, Any]:
    call, _ = gradient_call(right, namespace, point)
    return {name: np.array(array) for name, array in call().items()}


def _apart(
    right: Gradient, wrong: Mapping[str, Any], name: str, tolerance: float = TOLERANCE
) -> bool:
    return differ(right, {**right, name: wrong[name]}, tolerance)


def _names(text: str) -> set[str]:
    """Return the variables of the text of a target, without indices and owners, with keys."""
    parts = text.replace("(", "").replace(")", "").replace("'", '"').split(",")
    names = set()
    for part in parts:
        name, _, key = part.strip().partition("[")
        kept = f"[{key.partition(']')[0]}]" if key.startswith('"') else ""
        names.add(name.rsplit(".", 1)[-1] + kept)
    return names


def _in_short(findings: Sequence[Finding]) -> str:
    if not findings:
        return "nothing"
    shown = [
        f"{found.target}{'' if found.line is None else f' line {found.line}'}"
        f" {found.kind}: {found.message[:_LONGEST]}"
        for found in findings[:3]
    ]
    more = len(findings) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
