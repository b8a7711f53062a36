"""From wrong gradients to findings: which statements are at fault, and how."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.certain import certain_repairs
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.executions import in_all_calls
from trainwell.diagnosis.gradient_localisation.factor_pairs import two_factors
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.judged_alone import repairs_by_name
from trainwell.diagnosis.gradient_localisation.left_out import penalty_left_out
from trainwell.diagnosis.gradient_localisation.matching import Matcher, derivatives
from trainwell.diagnosis.gradient_localisation.oracles import misused
from trainwell.diagnosis.gradient_localisation.repair import repairs
from trainwell.diagnosis.gradient_localisation.repair_findings import finding_of, misnamed
from trainwell.diagnosis.gradient_localisation.stepwise import stepwise_repairs
from trainwell.diagnosis.gradient_localisation.surroundings import surroundings
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop
from trainwell.diagnosis.gradient_verdict.comparison import scale_of_all
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import FloatArray

_FIRST = 0.18  # of the time, for one fault on each path
_SHARE = 0.25  # for several, each way; patches take the rest


FEW = 2
"""Bugs that somebody may well make at once: more of them may be what others look like."""

MOST = 8
"""Bugs that are looked for, one after the other."""


@dataclass(frozen=True, eq=False)
class Located:
    """What is found of one fault on each path.

    Parameters
    ----------
    findings : list of Finding
        One for each statement that has to be mended.
    shop : Workshop
        The backward pass, mended by them.
    start : list of Repair
        What mends something at the start.
    seconds : float
        How long the whole search may take.
    """

    findings: list[Finding]
    shop: Workshop
    start: list[Repair]
    seconds: float

    def again(self, seconds: float) -> Workshop:
        """Return the backward pass with nothing mended, and some time to mend it."""
        shop = self.shop.again(Deadline(seconds))
        shop.unsettled = tuple(shop.wrong())
        return shop

    def without(self, names: Collection[str]) -> "Located":
        """Return the same but for the gradients of some parameters."""
        own = self.shop
        outputs = {name: step for name, step in own.backward.outputs.items() if name not in names}
        expected = {name: own.expected[name] for name in outputs}
        backward = replace(own.backward, outputs=outputs)
        shop = Workshop(
            backward, expected, own.known, own.around, own.scale, own.deadline, own.matcher
        )
        return replace(self, shop=shop)

    @property
    def is_fruitless(self) -> bool:
        """Whether the time was too short to be sure of anything: there are too many operations."""
        return _vague(self.findings) == len(self.findings) and self.shop.out_of_time()


def localised_first(
    backward: Backward,
    expected: Mapping[str, FloatArray],
    constants: Constants,
    seconds: float,
) -> Located:
    """Return the bugs of a backward pass as if there were one at most on each path.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    expected : mapping of str to FloatArray
        The right gradients.
    constants : Constants
        Numbers with a name.
    seconds : float
        How long the whole search may take, the second part included.

    Returns
    -------
    Located
        For :func:`localised_further`.
    """
    trace = backward.trace
    known = derivatives(trace.recording, trace.output)
    matcher = Matcher(known)
    around = surroundings(backward, matcher, constants)
    deadline = Deadline(_FIRST * seconds)
    shop = Workshop(backward, expected, known, around, scale_of_all(expected), deadline, matcher)
    left_out = penalty_left_out(backward, expected, shop.wrong(), constants)
    if left_out is not None:
        return Located([left_out], shop, [], seconds)
    start = repairs(shop, shop.wrong())
    findings = _mended(shop, constants, _searched(shop, repairs, start))
    return Located(findings, shop, start, seconds)


def localised_further(located: Located, constants: Constants, seconds: float = np.inf) -> Located:
    """Return the bugs of a backward pass, also where several are on one path.

    Parameters
    ----------
    located : Located
        Of :func:`localised_first`.
    constants : Constants
        Numbers with a name.
    seconds : float, default=inf
        How long the search may take, at most.

    Returns
    -------
    Located
        What is known then.
    """
    findings, shop = located.findings, located.shop
    if not (_vague(findings) or shop.wrong()):
        return located
    # Several faults on one path hide each other.
    way = located.again(min(seconds, _SHARE * located.seconds))
    stepwise = _stepwise(way, constants)
    if not stepwise:
        return located
    located = replace(located, findings=stepwise, shop=way)
    return located if len(stepwise) <= FEW else localised_certain(located, constants)


def localised_by_name(located: Located, constants: Constants, seconds: float) -> list[Finding]:
    """Return the bugs of statements that are judged by what their values are called; or none.

    Parameters
    ----------
    located : Located
        Of :func:`localised_first`.
    constants : Constants
        Numbers with a name.
    seconds : float
        How long the search may take.

    Returns
    -------
    list of Finding
        With all of them mended everything is right.
    """
    shop = located.again(seconds)
    return _mended(shop, constants, repairs_by_name(shop))


def localised_certain(located: Located, constants: Constants) -> Located:
    """Return the bugs of a backward pass, first those that a change mends for sure.

    Parameters
    ----------
    located : Located
        What is known.
    constants : Constants
        Numbers with a name.

    Returns
    -------
    Located
        The same if nothing better is found.
    """
    other = located.again(_SHARE * located.seconds)
    start = certain_repairs(other, other.wrong(), located.start)
    second = _mended(other, constants, _searched(other, certain_repairs, start))
    found = replace(located, findings=second, shop=other)
    vague, left = _vague(second) - _vague(located.findings), other.wrong()
    if not left and not located.shop.wrong() and not vague:
        return found if len(second) < len(located.findings) else located
    return found if vague < 0 and len(left) <= len(located.shop.wrong()) else located


def _stepwise(shop: Workshop, constants: Constants) -> list[Finding]:
    """Return findings that account for everything, from the cost on; or none."""
    found = _mended(shop, constants, stepwise_repairs(shop))
    if _vague(found) or shop.wrong():
        return []
    # So many may as well be what two others look like.
    most = 1.0 if len(found) <= FEW else SURE
    return [replace(each, confidence=min(most, each.confidence)) for each in found]


def _mended(
    shop: Workshop, constants: Constants, proposals: Iterable[list[Repair]]
) -> list[Finding]:
    """Mend a backward pass by what is proposed, in turn, and return what had to be done."""
    findings: list[Finding] = []
    made: list[Repair] = []
    for choices in proposals:
        wrong = shop.wrong()
        if not wrong:
            break
        if not choices or choices[0].change.kind == "unknown":
            other = next(misused(shop, wrong), None)
            if other is not None and (not choices or len(other[0].mended) > len(choices[0].mended)):
                repair, source = other
                findings.append(misnamed(shop, repair, source))
                made.append(repair)
                shop.accept(repair)
                continue
        if not choices or _is_made(made, choices[0]):
            break
        for chosen in _one_by_one(shop, choices):
            finding = finding_of(shop, chosen, constants, wrong)
            before = shop.wrong()
            shop.accept(chosen[0])
            right = {*before} - {*shop.wrong()}
            affected = dict.fromkeys([*finding.affected, *(n for n in before if n in right)])
            findings.append(replace(finding, affected=tuple(affected)))
            made.append(chosen[0])
    return in_all_calls(shop, findings, made)


def _searched(
    shop: Workshop,
    search: Callable[[Workshop, Sequence[str]], list[Repair]],
    start: list[Repair],
) -> Iterator[list[Repair]]:
    """Yield what a search finds, each time as the backward pass stands then; first the start."""
    yield start
    for _ in range(MOST - 1):
        wrong = shop.wrong()
        if not wrong:
            break
        yield search(shop, wrong)


def _is_made(made: Sequence[Repair], repair: Repair) -> bool:
    """Say whether the last repair is proposed once more: it leads nowhere."""
    return bool(made) and (made[-1].site, made[-1].change.message) == (
        repair.site,
        repair.change.message,
    )


def _one_by_one(shop: Workshop, choices: Sequence[Repair]) -> list[Sequence[Repair]]:
    """Return what is to be mended, one after the other: two things, where that is likelier."""
    two = two_factors(shop, choices[0])
    return [choices] if two is None else [[repair] for repair in two]


def _vague(findings: Sequence[Finding]) -> int:
    return sum(finding.confidence < 0.9 for finding in findings)
