"""Patches that are likely to mend one of two faults, although they do not mend everything.

They make some gradients right, or more values derivatives; or the text speaks for them: then a
variable is read that nothing reads otherwise, names are unpacked in the order in which they were
packed, or what hardly belongs to a derivative is left out.
"""

from collections.abc import Iterator, Sequence

from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradient_patches.likeliest import is_forgotten
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import Trial, together, tried
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.removals import (
    exchanges,
    without_number,
    without_oddity,
)
from trainwell.diagnosis.gradients.passes import Passes
from trainwell.diagnosis.gradients.weighing import SIMPLE

_OF_EVIDENT = 0.4  # of the time, to see what patches do that the text speaks for
_OF_LIKELY = 0.3  # of the time, for odd ones, and for simple ones
_POSSIBLE = 12  # patches that may mend one of two faults, although nothing speaks for them
_OF_A_SORT = 2  # statements whose patches are likely for the same reason
_CLEARLY = 0.5  # values that are derivatives without a number: they were so up to that
_MORE = 1.5  # values that are derivatives with a patch that is likely: one may be so by chance

_Weighed = tuple[Trial, float]  # a patch, and how many more values are derivatives with it


def evident_patches(passes: Passes, deadline: Deadline) -> list[Trial]:
    """Return patches that make some gradients right, and those that the text speaks for.

    Parameters
    ----------
    passes : Passes
        Both passes; what its simple patches do is known.
    deadline : Deadline
        Less than half of the time that is left is taken.

    Returns
    -------
    list of Trial
        The likeliest first, of the second sort only with which more values are derivatives.
    """
    found = cheapest([trial for trial in passes.offer.known if trial.names])
    evident = [pair for pair in passes.offer.patches if pair[1].evident or pair[1].linear]
    weighed = _weighed(passes, evident, Deadline(_OF_EVIDENT * deadline.left))
    told = [trial for trial, more in weighed if trial.names or more > 0]
    found += [trial for trial in told if trial not in found]
    return sorted(found, key=lambda trial: -len(trial.names))[: 2 * _OF_A_SORT]


def likely_patches(passes: Passes, deadline: Deadline) -> list[Trial]:
    """Return simple patches with which most values are derivatives, and odd ones.

    Parameters
    ----------
    passes : Passes
        Both passes.
    deadline : Deadline
        More than half of the time that is left is taken.

    Returns
    -------
    list of Trial
        Of each statement the likeliest one. What is left out by an odd one may be beside a wrong
        slope, which is no derivative itself.
    """
    odd = [pair for pair in passes.offer.patches if without_oddity(pair[1])]
    simple = [pair for pair in passes.offer.patches if _is_simple(passes, *pair)]
    seconds = _OF_LIKELY * deadline.left
    weighed = _weighed(passes, odd, Deadline(seconds))
    least = _weighed(passes, simple, Deadline(seconds))
    weighed += [(trial, more) for trial, more in least if trial.names or more >= _MORE]
    best: dict[int, Trial] = {}
    odd_alone: dict[int, Trial] = {}
    for trial, more in sorted(weighed, key=_unlikely):
        sort = best if trial.names or more > 0 else odd_alone
        sort.setdefault(id(trial.patch.statement), trial)
    return [*[*best.values()][:_OF_A_SORT], *[*odd_alone.values()][:_OF_A_SORT]]


def clear_patches(passes: Passes, deadline: Deadline) -> Iterator[list[Trial]]:
    """Yield patches with which more values are derivatives, by what the text tells.

    Parameters
    ----------
    passes : Passes
        Both passes.
    deadline : Deadline
        Less than half of the time that is left is taken, each time.

    Yields
    ------
    list of Trial
        Of some statements: first without a number or what is odd, then with the gradient from
        above where it is missing, or twice there.
    """
    offered = passes.offer.patches
    left_out = [(s, p) for s, p in offered if without_number(p) or without_oddity(p)]
    linear = [(s, p) for s, p in offered if p.linear]
    for chosen in (left_out, linear):
        weighed = _weighed(passes, chosen, Deadline(_OF_EVIDENT * deadline.left))
        best: dict[int, Trial] = {}
        for trial, more in weighed:
            if more >= _CLEARLY:
                best.setdefault(id(trial.patch.statement), trial)
        yield [*best.values()][:_OF_A_SORT]


def possible_patches(passes: Passes, deadline: Deadline) -> list[Trial]:
    """Return patches that leave a number out, or exchange two names, whatever they do.

    Parameters
    ----------
    passes : Passes
        Both passes.
    deadline : Deadline
        When to end.

    Returns
    -------
    list of Trial
        The simplest few, so that beside each the other fault can be looked for.
    """
    done = passes.offer.done
    chosen = [
        pair for pair in passes.offer.patches if without_number(pair[1]) or exchanges(pair[1])
    ]
    found: list[Trial] = []
    for source, patch in sorted(chosen, key=lambda pair: pair[1].cost):
        if deadline.passed or len(found) == _POSSIBLE:
            break
        if id(patch) not in done:
            done[id(patch)] = tried(passes.patchable, source, patch, passes.wrong)
        trial = done[id(patch)]
        if trial is not None and trial.numbers is not None:
            found.append(trial)
    return found


def cheapest(trials: Sequence[Trial]) -> list[Trial]:
    """Return the likeliest of each of the first few statements.

    Parameters
    ----------
    trials : sequence of Trial
        Likely for the same reason.

    Returns
    -------
    list of Trial
        Those that make most gradients right; of these, the simplest.
    """
    found: dict[int, Trial] = {}

    def rank(trial: Trial) -> tuple[int, float, bool]:
        return -len(trial.names), trial.patch.cost, not is_forgotten(trial)

    for trial in sorted(trials, key=rank):
        found.setdefault(id(trial.patch.statement), trial)
    return [*found.values()][:_OF_A_SORT]


def _is_simple(passes: Passes, source: Source, patch: Patch) -> bool:
    suspected = (source.file, patch.statement.lineno) in passes.patchable.suspected
    scales = patch.kinds[0] == "factor" and not without_number(patch)  # by any number at hand
    return suspected and patch.cost <= SIMPLE and not scales


def _weighed(
    passes: Passes, offered: Sequence[tuple[Source, Patch]], deadline: Deadline
) -> list[_Weighed]:
    """Return the patches with which no fewer values are derivatives, the likeliest first."""
    done, sense = passes.offer.done, passes.patchable.sense
    if sense is None or not offered:
        return []
    before = sense()
    found: list[_Weighed] = []
    for source, patch in sorted(offered, key=lambda pair: pair[1].cost):
        if deadline.passed:
            break
        if id(patch) not in done:
            done[id(patch)] = tried(passes.patchable, source, patch, passes.wrong)
        trial = done[id(patch)]
        if trial is None or trial.numbers is None:
            continue
        with together([trial]):
            more = sense() - before
        if trial.names or more >= 0:
            found.append((trial, more))
    return sorted(found, key=_unlikely)


def _unlikely(weighed: _Weighed) -> tuple[float, float]:
    trial, more = weighed
    return -more, trial.patch.cost
