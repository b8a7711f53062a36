"""What a mutation operator is, and the names for what is wrong with a gradient."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from numpy.random import Generator

from trainwell.diagnosis.scorecard.sites import Edit, Site

KINDS = (
    "factor",
    "sign",
    "zero",
    "transposed",
    "regularisation",
    "data-term",
    "activation-missing",
    "activation-wrong",
    "mask",
    "dropout",
    "matrix",
    "path",
    "examples",
    "reduction",
    "support",
    "permuted",
    "copied",
    "clipped",
    "precision",
    "not-finite",
    "accumulated",
    "aliased",
    "stale",
    "uniform",
    "operation",
    "constant",
    "operand",
    "unknown",
)
"""The vocabulary in which a fault is named."""

Edits = Callable[[Site, Callable[[], Generator]], Iterator[Edit]]


@dataclass(frozen=True)
class Operator:
    """A way in which people get a backward pass wrong.

    Parameters
    ----------
    name : str
        Unique among the operators.
    kinds : tuple of str
        Acceptable names of its faults, the most exact first, where an edit says nothing else.
    edits : callable
        Its edits of one statement; what it leaves to chance is drawn from the generator that
        the function makes, which costs as much as many an edit.
    """

    name: str
    kinds: tuple[str, ...]
    edits: Edits = field(repr=False)


def planted(name: str, *kinds: str) -> Callable[[Callable[[Site], Iterator[Edit]]], Operator]:
    """Make an operator of a function that leaves nothing to chance.

    Parameters
    ----------
    name : str
        Of the operator.
    *kinds : str
        Acceptable names of its faults, the most exact first.

    Returns
    -------
    callable
        To be written above the function.
    """

    def decorate(function: Callable[[Site], Iterator[Edit]]) -> Operator:
        return Operator(name, kinds, lambda site, _: function(site))

    return decorate


def drawn(
    name: str, *kinds: str
) -> Callable[[Callable[[Site, Generator], Iterator[Edit]]], Operator]:
    """Make an operator of a function that draws some of its edits.

    Parameters
    ----------
    name : str
        Of the operator.
    *kinds : str
        Acceptable names of its faults, the most exact first.

    Returns
    -------
    callable
        To be written above the function.
    """
    return lambda function: Operator(name, kinds, lambda site, rng: function(site, rng()))
