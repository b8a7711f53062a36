"""Thousands of trials against the gradients that were given, along a few directions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradients.suspects import Directions, Suspect
from trainwell.diagnosis.gradients.trials import Told, Trials
from trainwell.types import FloatArray

_CLOSE = 2e-6  # relative residual of a trial that is looked at more closely
_NOISE = 1e-8  # of differences, relative to what a trial takes away
_BLUNT = 3e-3
_SURE = 1e-8


@dataclass(frozen=True, eq=False)
class Target:
    """What is to be explained.

    Parameters
    ----------
    along : Directions
        The directions.
    error : FloatArray
        What was given less what is right, along each of them.
    weights : FloatArray
        The units of each: an error of 1 is as large as the error of its array.
    wrong : frozenset of str
        The arrays that are wrong.
    """

    along: Directions
    error: FloatArray
    weights: FloatArray
    wrong: frozenset[str]


def target_of(
    along: Directions,
    given: Mapping[str, FloatArray],
    right: Mapping[str, FloatArray],
    wrong: frozenset[str],
    scale: float,
) -> Target:
    """Return what is to be explained.

    Parameters
    ----------
    along : Directions
        The directions.
    given, right : mapping of str to FloatArray
        The gradients.
    wrong : frozenset of str
        The arrays that are wrong.
    scale : float
        The largest norm of any array.

    Returns
    -------
    Target
        Of the wrong arrays.
    """
    error = along.projected({n: given[n] - right[n] for n in right})
    size = along.projected(right)
    weights = np.ones_like(error)
    names = np.array(along.names)
    for name in right:
        rows = names == name
        unit = float(np.linalg.norm(error[rows]))
        if name not in wrong:
            unit = 0.1 * max(float(np.linalg.norm(size[rows])), 1e-6 * scale)
        weights[rows] = 1 / (unit or 1.0)
    return Target(along, error, weights, wrong)


@dataclass(frozen=True, eq=False)
class Hit:
    """A trial that explains an error along all directions.

    Parameters
    ----------
    suspect : Suspect
        Where.
    told : Told
        What it says.
    removed : FloatArray
        What is taken away from the right derivative.
    columns : tuple of FloatArray
        What is put there, each times an unknown number.
    trials : Trials
        Where it comes from.
    at : int
        Which of them.
    """

    suspect: Suspect
    told: Told
    removed: FloatArray
    columns: tuple[FloatArray, ...]
    trials: Trials
    at: int


class Screen:
    """Tests the trials at one place.

    Parameters
    ----------
    target : Target
        What is to be explained.
    suspect : Suspect
        The place.
    nice : FloatArray
        Factors that are no coincidence where there is but one equation; sorted.
    only : frozenset of str or None, default=None
        Wrong arrays to explain; ``None`` for all.
    """

    def __init__(
        self,
        target: Target,
        suspect: Suspect,
        nice: FloatArray,
        only: frozenset[str] | None = None,
    ) -> None:
        self.suspect, self.nice = suspect, nice
        names = np.array(target.along.names)
        flat = suspect.tangent.reshape(len(names), -1)
        moved = np.abs(flat).max(axis=1, initial=0.0) > 0
        self.below = frozenset(names[moved].tolist())
        explained = target.wrong & self.below
        left_out = target.wrong - (explained if only is None else only)
        keep = moved & ~np.isin(names, list(left_out))
        self.changes = (flat * target.weights[:, None])[keep]
        self.error = (target.error * target.weights)[keep]
        self.explained = explained if only is None else only & explained
        rows = self.changes[np.isin(names[keep], list(self.explained))]
        self.equations = int(np.linalg.matrix_rank(rows)) if rows.size else 0

    def hits(self, trials: Trials) -> Iterator[Hit]:
        """Yield the trials that leave nothing unexplained."""
        unknown = len(trials.columns)
        if self.equations < (1 if unknown == 1 else unknown + 2):
            return
        shown = [column @ self.changes.T for column in trials.columns]
        gone = np.zeros((1, len(self.error)))
        if trials.removed is not None:
            gone = np.atleast_2d(
                trials.removed.reshape(-1, self.changes.shape[1]) @ self.changes.T
            )
        wanted = self.error + gone
        found = _solved(shown, wanted)
        left = wanted - sum(f[:, None] * a for f, a in zip(found.T, shown, strict=True))
        residual = np.abs(left).max(axis=1, initial=0.0)
        tolerance = _BLUNT if trials.blunt else _CLOSE
        noise = np.abs(gone).max(axis=1, initial=0.0)
        close = residual <= np.minimum(tolerance + _NOISE * noise, 1e-2)
        # What is put there must do something: that the derivative is dropped is said elsewhere.
        put = sum(np.abs(f[:, None] * a) for f, a in zip(found.T, shown, strict=True))
        close &= np.max(put, axis=1, initial=0.0) > 1e-6
        if self.equations == 1:
            factor = found[:, 0]
            nice = self._nice(factor)
            if trials.removed is None:
                nice |= self._nice(factor + 1) & (np.abs(factor) > 1e-6)
            close &= nice | trials.alone
        for at in np.flatnonzero(close):
            told = trials.told(int(at), found[at])
            if told is None:
                continue
            removed = np.zeros_like(self.suspect.cotangent)
            if trials.removed is not None:
                rows = trials.removed.reshape(-1, removed.size)
                removed = rows[at if len(rows) > 1 else 0].reshape(removed.shape)
            columns = tuple(c[at].reshape(removed.shape) for c in trials.columns)
            yield Hit(self.suspect, told, removed, columns, trials, int(at))

    def _nice(self, factors: FloatArray) -> FloatArray:
        """Say which factors are no coincidence."""
        at = np.searchsorted(self.nice, factors)
        near = np.minimum(
            np.abs(factors - self.nice[np.minimum(at, self.nice.size - 1)]),
            np.abs(factors - self.nice[np.maximum(at - 1, 0)]),
        )
        close: FloatArray = near <= _SURE * np.maximum(np.abs(factors), 1e-3)
        return close


def _solved(columns: list[FloatArray], wanted: FloatArray) -> FloatArray:
    """Return the unknown numbers of each trial by least squares."""
    rows = len(columns[0])
    wanted = np.broadcast_to(wanted, (rows, wanted.shape[1]))
    if len(columns) == 1:
        (a,) = columns
        square = np.einsum("ks,ks->k", a, a)
        return (np.einsum("ks,ks->k", a, wanted) / np.where(square > 0, square, 1))[:, None]
    found = np.zeros((rows, len(columns)))
    if len(columns) == 2:
        a, b = columns
        aa, bb, ab, at, bt = (
            np.einsum("ks,ks->k", x, y)
            for x, y in ((a, a), (b, b), (a, b), (a, wanted), (b, wanted))
        )
        bent = aa * bb - ab * ab
        usable = bent > 1e-12 * aa * bb
        bent = np.where(usable, bent, 1.0)
        found[:, 0] = np.where(usable, (at * bb - bt * ab) / bent, 0.0)
        found[:, 1] = np.where(usable, (bt * aa - at * ab) / bent, 0.0)
        return found
    for at in range(rows):
        basis = np.stack([c[at] for c in columns], axis=1)
        lengths = np.linalg.norm(basis, axis=0)
        lengths[lengths == 0] = 1.0
        found[at] = np.linalg.lstsq(basis / lengths, wanted[at], rcond=1e-12)[0] / lengths
    return found

