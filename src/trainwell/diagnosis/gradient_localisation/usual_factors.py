"""The factors that derivatives carry by convention, such as 1, m and 1/m."""

from collections.abc import Iterable, Mapping, Sequence

from trainwell.diagnosis.gradient_localisation.matching import Match
from trainwell.diagnosis.gradient_localisation.workshop import Workshop, near


def sense_of(rows: Iterable[Sequence[Match]], usual: Sequence[float]) -> float:
    """Return how many values are derivatives; those with an unusual factor count half.

    Parameters
    ----------
    rows : iterable of sequence of Match
        What each value matches.
    usual : sequence of float
        The factors that derivatives have by convention.

    Returns
    -------
    float
        At most the number of rows.
    """
    return sum(1.0 if any(near(m.factor, c) for m in row for c in usual) else 0.5 for row in rows)


def usual_factors(shop: Workshop, found: Mapping[int, list[Match]]) -> list[float]:
    """Return the factors that derivatives of right gradients carry, the usual ones first."""
    key = tuple(shop.accepted)
    if shop.usual is None or shop.usual[0] != key:
        shop.usual = (key, _usual_factors(shop, found))
    return shop.usual[1]


def _usual_factors(shop: Workshop, found: Mapping[int, list[Match]]) -> list[float]:
    m = shop.around.constants.get("m", 1.0)
    common = [1.0, m, 1 / m]
    wrong = shop.wrong()
    right = [n for n in shop.backward.outputs if n not in wrong]
    lineage = set().union(*(shop.lineage[n] for n in right)) if right else set()
    for index, matches in found.items():
        if index in lineage and not any(near(m.factor, c) for m in matches for c in common):
            common.append(matches[0].factor)
    if any(step.operation == "negative" for step in shop.backward.outputs.values()):
        common.append(-1.0)  # as of a likelihood, whose sign changes at the end
    kept: list[float] = []
    for value in common:
        if value and not any(near(value, known) for known in kept):
            kept.append(value)
    return kept[:4]
