"""Which statements of a wrong backward pass are likely to be at fault, and which hardly are."""

from collections.abc import Sequence
from dataclasses import replace

from trainwell.diagnosis.gradient_localisation.backward import Backward
from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.formed import Line, lines_of
from trainwell.diagnosis.gradient_localisation.frontier import frontier
from trainwell.diagnosis.gradient_localisation.namesakes import called_like_gradients
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_localisation.workshop import Workshop
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_tape.recording import ancestors


def with_suspects(patchable: Patchable, shop: Workshop, wrong: Sequence[str]) -> Patchable:
    """Return a backward pass with the statements that are likely to be at fault, and hardly are.

    Parameters
    ----------
    patchable : Patchable
        The backward pass.
    shop : Workshop
        The same, recorded.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    Patchable
        Its patches are tried in another order then.
    """
    m = patchable.constants.get("m", 1.0)
    at, close = frontier(shop.backward, wrong, (1.0, m, 1 / m))
    settled = _settled(shop.backward, wrong)
    called = called_like_gradients(shop.assigned, shop.backward.forward)
    return replace(
        patchable,
        settled=settled,
        suspected=at,
        close=close,
        formed=shop.formed,
        given=_of_forward(shop) - called,
        called=called,
    )


def suspecting(patchable: Patchable, findings: Sequence[Finding]) -> Patchable:
    """Return a backward pass in which also the statements of vague findings are suspected.

    Parameters
    ----------
    patchable : Patchable
        The backward pass.
    findings : sequence of Finding
        What is known of it so far.

    Returns
    -------
    Patchable
        With more of :attr:`Patchable.suspected`.
    """
    vague = {(f.file, f.line) for f in findings if f.confidence < SURE and f.line}
    return replace(patchable, suspected=patchable.suspected | vague)


def _settled(backward: Backward, wrong: Sequence[str]) -> frozenset[Line]:
    """Return the statements of one value that a right gradient is made of."""
    right = [step for name, step in backward.outputs.items() if name not in wrong]
    needed = ancestors(right)
    places = {step.place[:2] for step in backward.steps if step.index in needed}
    return frozenset(place for place in places if statement_at(*place).is_single)


def _of_forward(shop: Workshop) -> frozenset[Line]:
    """Return the statements that give, to the bit, what one of the forward pass has given."""
    given: dict[Line, bool] = {}
    for step in shop.assigned:
        place = step.place[:2]
        given[place] = given.get(place, True) and shop.is_of_forward(step)
    return lines_of(place for place, again in given.items() if again)


def of_one_fault(patchable: Patchable, backward: Backward, wrong: Sequence[str]) -> Patchable:
    """Return a backward pass in which one fault is looked for that spoils all wrong gradients.

    Parameters
    ----------
    patchable : Patchable
        The backward pass.
    backward : Backward
        The same, recorded.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    Patchable
        Statements that only some wrong gradients are made of are patched last.
    """
    return replace(patchable, settled=patchable.settled | _apart(backward, wrong))


def _apart(backward: Backward, wrong: Sequence[str]) -> frozenset[Line]:
    """Return the statements of one value that only some wrong gradients are made of.

    Parameters
    ----------
    backward : Backward
        The recorded passes.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    frozenset of tuple
        One fault that spoils all of them hardly stands there.
    """
    # What an earlier call has left has steps of another recording: only those of this one count.
    lineages = [ancestors([backward.outputs[n]]) for n in wrong if n in backward.outputs]
    behind = [{s.place[:2] for s in backward.steps if s.index in each} for each in lineages]
    if not behind:
        return frozenset()
    places = {step.place[:2] for step in backward.steps}
    places = {place for place in places if 0 < sum(place in each for each in behind) < len(behind)}
    return frozenset(place for place in places if statement_at(*place).is_single)
