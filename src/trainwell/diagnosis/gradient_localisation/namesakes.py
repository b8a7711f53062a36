"""Values of the backward pass that are called like the gradient of a value of the forward pass."""

from collections.abc import Iterable

from trainwell.diagnosis.gradient_localisation.formed import Line, lines_of
from trainwell.diagnosis.gradient_localisation.statements import statement_at
from trainwell.diagnosis.gradient_tape.recording import Step


def target_of(step: Step) -> str:
    """Return to what a value is assigned; if it is returned, by those who called the function."""
    target = ""
    for place in (step.place[:2], *step.place[3]) if step.place[1] else ():
        target = statement_at(*place).target
        if target != "return":
            break
    return target


def names_of(step: Step) -> frozenset[str]:
    """Return what a value may be called: all names or keys to which its statement assigns it."""
    return frozenset(map(_bare, target_of(step).split(", "))) - {"", "return"}


def _bare(target: str) -> str:
    """Return the key under which an entry is kept, or the name of a variable."""
    entry = target.rpartition("['")[2]
    return entry.removesuffix("']") if entry.endswith("']") else target


def alike(gradients: frozenset[str], names: frozenset[str]) -> bool:
    """Say whether a variable is called like the gradient of another one, such as ``dz2`` of z2.

    Parameters
    ----------
    gradients : frozenset of str
        What the one is called.
    names : frozenset of str
        What the other one is called.

    Returns
    -------
    bool
        Capitals do not count.
    """
    return any(g != n and g.endswith(n.lower()) for g in map(str.lower, gradients) for n in names)


def called_like_gradients(given: Iterable[Step], forward: Iterable[Step]) -> frozenset[Line]:
    """Return the statements that call what they give like the gradient of something.

    Parameters
    ----------
    given : iterable of Step
        What statements of the backward pass give.
    forward : iterable of Step
        The forward pass.

    Returns
    -------
    frozenset of tuple
        Their files and lines.
    """
    names = frozenset().union(*(names_of(step) for step in forward))
    return lines_of(step.place[:2] for step in given if alike(names_of(step), names))
