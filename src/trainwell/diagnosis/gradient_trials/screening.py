"""Thousands of trials against the gradients that were given, along a few directions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradient_trials.suspects import Directions, Suspect
from trainwell.diagnosis.gradient_trials.trials import Told, Trials
from trainwell.types import FloatArray

_CLOSE = 2e-6  # relative residual of a trial that is looked at more closely
_NOISE = 1e-8  # of differences, relative to what a trial takes away
_BLUNT = 3e-3
_SURE = 1e-8
_EACH = 1e5  # what anything costs beside its multiplications


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


class Budget:
    """What may be spent: it is counted and not timed, so that the answer is the same each time.

    Parameters
    ----------
    most : float
        Multiplications, and their like.
    """

    def __init__(self, most: float) -> None:
        self.left = most

    def takes(self, work: float) -> bool:
        """Take some of it; say whether there was as much."""
        self.left -= work + _EACH
        return self.left >= 0


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
        finite = bool(np.isfinite(rows).all())
        self.equations = int(np.linalg.matrix_rank(rows)) if rows.size and finite else 0

    def hits(self, trials: Trials, budget: Budget) -> Iterator[Hit]:
        """Yield the trials that leave nothing unexplained."""
        unknown = len(trials.columns)
        if self.equations < (1 if unknown == 1 else unknown + 2):
            return
        work = sum(c.size for c in trials.columns) * len(self.error)
        if not budget.takes(work * (1 + len(trials.removed) / self.changes.shape[1])):
            return
        shown = [column @ self.changes.T for column in trials.columns]
        for removed in trials.removed:
            gone = np.zeros((1, len(self.error)))
            if removed is not None:
                rows = removed.reshape(-1, self.changes.shape[1])
                gone = rows @ self.changes.T
            wanted = self.error + gone
            tolerance = (_BLUNT if trials.blunt else _CLOSE) + _NOISE * np.abs(gone).max()
            for at, numbers in _solved(shown, wanted, min(float(tolerance), 1e-2)):
                if self.equations == 1 and not trials.alone:
                    nice = self._nice(numbers[0])
                    if removed is None and abs(numbers[0]) > _CLOSE:
                        nice = nice or self._nice(numbers[0] + 1)
                    if not nice:
                        continue
                told = trials.told(at, numbers)
                if told is not None:
                    yield self._hit(trials, removed, at, told)

    def _hit(self, trials: Trials, removed: FloatArray | None, at: int, told: Told) -> Hit:
        right = self.suspect.cotangent
        gone = np.zeros_like(right)
        if removed is not None:
            rows = removed.reshape(-1, right.size)
            gone = rows[at if len(rows) > 1 else 0].reshape(right.shape)
        columns = tuple(c[at].reshape(right.shape) for c in trials.columns)
        return Hit(self.suspect, told, gone, columns, trials, at)

    def _nice(self, factor: float) -> bool:
        """Say whether a factor is no coincidence."""
        near = float(np.abs(self.nice - factor).min())
        return near <= _SURE * max(abs(factor), 1e-3)


def _solved(
    columns: list[FloatArray], wanted: FloatArray, tolerance: float
) -> Iterator[tuple[int, FloatArray]]:
    """Yield the trials that fit, with their unknown numbers by least squares.

    That a derivative is dropped, so that nothing is left to explain, is said elsewhere: what
    is put there must do something.
    """
    total = np.einsum("ks,ks->k", wanted, wanted)
    if len(columns) == 1:
        (a,) = columns
        aa = np.einsum("ks,ks->k", a, a)
        at = _along(a, wanted)
        numbers = (at / np.where(aa > 0, aa, 1.0))[:, None]
        left = total - at * numbers[:, 0]
    elif len(columns) == 2:
        a, b = columns
        aa, bb, ab = (np.einsum("ks,ks->k", x, y) for x, y in ((a, a), (b, b), (a, b)))
        at, bt = _along(a, wanted), _along(b, wanted)
        bent = aa * bb - ab * ab
        usable = bent > 1e-12 * aa * bb
        bent = np.where(usable, bent, 1.0)
        numbers = np.stack([at * bb - bt * ab, bt * aa - at * ab], axis=1) / bent[:, None]
        left = np.where(usable, total - at * numbers[:, 0] - bt * numbers[:, 1], np.inf)
    else:
        basis = np.stack([c[0] for c in columns], axis=1)
        lengths = np.linalg.norm(basis, axis=0)
        lengths[lengths == 0] = 1.0
        found = np.linalg.lstsq(basis / lengths, wanted[0], rcond=1e-12)[0] / lengths
        numbers, left = found[None, :], np.zeros(1)
    # Differences of squares have half the digits: what they let pass is looked at again.
    rows = wanted.shape[1]
    for place in np.flatnonzero(left <= rows * tolerance**2 + 1e-10 * total):
        put = [x * c[place] for x, c in zip(numbers[place], columns, strict=True)]
        target = wanted[place if len(wanted) > 1 else 0]
        if np.abs(target - sum(put)).max() <= tolerance and np.abs(put).max() > _CLOSE / 2:
            yield int(place), numbers[place]


def _along(a: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return the products of rows with one row, or each with its own."""
    found: FloatArray = a @ wanted[0] if len(wanted) == 1 else np.einsum("ks,ks->k", a, wanted)
    return found
