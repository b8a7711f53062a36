"""Two faults, one of which a patch is likely to mend: with it, the other is looked for alone.

The text may tell it: a variable that nothing reads should stand in the place of another one, or
names are unpacked in another order than they were packed in. Such a patch is worth trying although
it makes no gradient right, as long as something else is wrong on the same path. So is one that
makes some gradients right, and one that leaves out a factor of all of them.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import (
    Trial,
    gradient_of,
    numbers_of,
    quietly,
    together,
    tried,
)
from trainwell.diagnosis.gradient_patches.patching import finding_of_patch
from trainwell.diagnosis.gradients.held_right import place_of
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.rest import found_beside, rest_of
from trainwell.types import FloatArray

_OF_LIKELY = 0.4  # of the time, to see what patches do
_OF_A_SORT = 2  # patches that are likely for the same reason
_LIKELY = 4  # patches beside which another fault is looked for
_ALIKE = 1e-9  # relative error of factors that are the same
_SHARE = 0.4  # of the time that is left, for each


def beside_evident(passes: Passes, seconds: float) -> list[Finding]:
    """Return a fault that the text tells, or that a patch mends, and those beside it; or none.

    Parameters
    ----------
    passes : Passes
        Both passes.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    deadline = Deadline(seconds)
    with quietly():
        sense = passes.patchable.sense
        found = _cheapest([trial for trial in passes.offer.known if trial.names])
        if sense is not None:
            told = _evident(passes, sense, Deadline(_OF_LIKELY * seconds))
            found += [trial for trial in told if trial not in found]
        found.sort(key=lambda trial: -len(trial.names))
        return _with_others(passes, found[:_LIKELY], deadline)


def beside_scaling(passes: Passes, seconds: float) -> list[Finding]:
    """Return a factor of all gradients that is too much, and what is wrong beside it; or none.

    Parameters
    ----------
    passes : Passes
        Both passes; what its simple patches do is known.
    seconds : float
        How long to search.

    Returns
    -------
    list of Finding
        Together they account for everything.
    """
    deadline = Deadline(seconds)
    with quietly():
        if len(passes.wrong) < len(passes.patchable.expected):
            return []
        given = gradient_of(passes.patchable) or {}
        now = numbers_of(passes.patchable, given, passes.wrong)
        found = [trial for trial in passes.offer.known if _scales_all(trial, now)]
        return _with_others(passes, _cheapest(found), deadline)


def _with_others(passes: Passes, trials: Sequence[Trial], deadline: Deadline) -> list[Finding]:
    """Return the first of some patches beside which all else is found, and that."""
    for trial in trials:
        if deadline.passed:
            break
        others = _beside(passes, trial, Deadline(_SHARE * deadline.left))
        if len(others) == 1:  # several would be explained in many ways
            return [_told(passes, trial), *others]
    return []


def _evident(passes: Passes, sense: Callable[[], float], deadline: Deadline) -> list[Trial]:
    """Return the patches that the text tells, where they make more of both passes right."""
    patchable, offer = passes.patchable, passes.offer
    before = sense()
    found: list[tuple[float, Trial]] = []
    evident = sorted((p for p in offer.patches if p[1].evident), key=lambda p: p[1].cost)
    for source, patch in evident:
        if deadline.passed:
            break
        if id(patch) not in offer.done:
            offer.done[id(patch)] = tried(patchable, source, patch, passes.wrong)
        trial = offer.done[id(patch)]
        if trial is None or trial.numbers is None:
            continue
        with together([trial]):
            after = sense()
        if trial.names or after > before:
            found.append((after, trial))
    found.sort(key=lambda each: (-each[0], each[1].patch.cost))
    return [trial for _, trial in found]


def _cheapest(trials: Sequence[Trial]) -> list[Trial]:
    """Return the likeliest of each of the first few statements."""
    found: dict[int, Trial] = {}
    for trial in sorted(trials, key=lambda each: (-len(each.names), each.patch.cost)):
        found.setdefault(id(trial.patch.statement), trial)
    return [*found.values()][:_OF_A_SORT]


def _scales_all(trial: Trial, given: FloatArray | None) -> bool:
    """Say whether a patch leaves out a number that is a factor of all gradients."""
    now = trial.numbers
    if now is None or given is None or trial.names or not _is_without_number(trial.patch):
        return False
    there = given != 0
    factors = now[there] / given[there]
    alike = factors.size > 0 and np.ptp(factors) <= _ALIKE * abs(factors[0])
    return bool(alike and abs(factors[0] - 1.0) > _ALIKE and not np.any(now[~there]))


def _is_without_number(patch: Patch) -> bool:
    """Say whether a patch only leaves a number out, as of ``0.5 * dW``."""
    holder, name, at, new = patch.changes[0]
    old = getattr(holder, name) if at is None else getattr(holder, name)[at]
    match old:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right) if new in (left, right):
            left_out = right if new is left else left
            return len(patch.changes) == 1 and isinstance(left_out, ast.Constant)
    return False


def _beside(passes: Passes, trial: Trial, deadline: Deadline) -> list[Finding]:
    """Return what accounts for all that is wrong beside a patch; or none."""
    with together([trial]):
        rest = rest_of(passes, passes.patchable, deadline.left)
        if rest is None or not rest.wrong:
            return []
        others = passes.offer.beside(trial)
        found = found_beside(passes, passes.patchable, others, rest, deadline, read=True)
    place = (trial.source.file, trial.patch.statement.lineno)
    return [each for each in found or () if place_of(each) != place]


def _told(passes: Passes, trial: Trial) -> Finding:
    """Return what a patch says of all gradients that it changes."""
    patchable = passes.patchable
    before = gradient_of(patchable) or {}
    with together([trial]):
        after = gradient_of(patchable) or {}
    changed = [name for name in passes.wrong if _differs(before, after, name)]
    return finding_of_patch(trial, changed, before, patchable, passes.wrong)


def _differs(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    one, two = before.get(name), after.get(name)
    return one is None or two is None or not np.array_equal(one, two, equal_nan=True)
