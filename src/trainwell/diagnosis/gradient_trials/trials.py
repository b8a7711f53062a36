"""Wrong derivatives that a place of the tape may have got: the ways in which people err.

Each trial puts, in the place of a derivative or of one part of it, an array with an unknown
factor. That it fits, and with which factor, says what went wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradient_trials.pool import Entry, Pool, name_of
from trainwell.diagnosis.gradient_trials.suspects import Suspect
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import FloatArray

EXACT = 1e-7
"""Relative difference of a factor from a number that has a name."""


@dataclass(frozen=True)
class Told:
    """What a trial that fits says.

    Parameters
    ----------
    kinds : tuple of str
        As in :data:`~trainwell.diagnosis.gradient_localisation.finding.KINDS`, the likeliest first.
    said : str
        For a person; continues "as if".
    cost : float
        The lower, the simpler.
    factor : float or None
        The wrong value over the right one, where that is one number.
    """

    kinds: tuple[str, ...]
    said: str
    cost: float
    factor: float | None = None


Telling = Callable[[int, FloatArray], Told | None]
"""From the number of a trial and what it multiplies its arrays with."""


@dataclass(frozen=True, eq=False)
class Trials:
    """Some wrong derivatives of one place.

    Parameters
    ----------
    removed : sequence of FloatArray or None
        What may be taken away from the right derivative: one array for all trials, or one for
        each in rows; ``None`` takes nothing away.
    columns : tuple of FloatArray
        What is put there, each times an unknown number: arrays of as many rows as there are
        trials.
    told : callable
        What a trial that fits says; ``None`` if it makes no sense with these numbers.
    blunt : bool
        Whether the arrays are known to some digits only.
    alone : bool
        Whether it may be all that is left to say, where there is but one number to explain.
    """

    removed: Sequence[FloatArray | None]
    columns: tuple[FloatArray, ...]
    told: Telling
    blunt: bool = False
    alone: bool = False


@dataclass(frozen=True, eq=False)
class Around:
    """What the trials at one place are made of.

    Parameters
    ----------
    suspect : Suspect
        The place.
    constants : Constants
        Numbers with a name.
    pool : Pool
        All arrays that are at hand.
    values, derivatives : list of Entry
        Those that fit the place.
    parameter : str
        Name of the parameter, if it is one and not a view of it; else empty.
    examples : int or None
        How many examples there are.
    lengths : tuple of int
        Lengths of the axes of the data.
    penalty : bool
        Whether the place is made of one parameter and of numbers.
    """

    suspect: Suspect
    constants: Constants
    pool: Pool
    values: list[Entry]
    derivatives: list[Entry]
    parameter: str
    examples: int | None
    lengths: tuple[int, ...] = ()
    penalty: bool = False

    @property
    def right(self) -> FloatArray:
        """The right derivative."""
        return self.suspect.cotangent

    @property
    def where(self) -> str:
        """What the source calls the place."""
        if self.parameter:
            return f"`{self.parameter}`"
        return name_of(self.suspect.shown)

    def replaceable(self) -> list[FloatArray]:
        """Return what something else may stand in the place of: all, a part, all but a part."""
        parts = self.suspect.parts
        rest = [self.right - part for part in parts] if len(parts) > 2 else []
        return [self.right, *parts, *rest]

    def name(self, factor: float) -> str | None:
        """Return what a factor is called; ``None`` if it is just some number."""
        if not np.isfinite(factor) or factor == 0:
            return "0" if factor == 0 else None
        name = self.constants.name(factor, EXACT)
        if name != f"{factor:.7g}":
            return name
        short = float(f"{factor:.6g}")
        digits = f"{short:.6g}".lstrip("-0.").replace(".", "")
        exact = abs(short - factor) <= EXACT * max(abs(factor - 1), 1e-9)
        return f"{short:.6g}" if exact and (len(digits) < 4 or abs(short - 1) < 0.002) else None

    def surcharge(self, factor: float) -> tuple[float, str]:
        """Return what an unknown factor adds to the cost of a trial, and to what it says."""
        if abs(factor - 1) <= EXACT:
            return 0.0, ""
        name = self.name(factor)
        if name is not None:
            return (0.1 if factor == -1 or abs(factor + 1) <= EXACT else 0.2), f"{name} x "
        return 0.9, f"{factor:.6g} x "


def nice_numbers(constants: Constants) -> FloatArray:
    """Return the factors that are no coincidence where nothing else confirms them, sorted."""
    plain = [0.25, 1 / 3, 0.5, 1.0, 2.0, 3.0, 4.0]
    named = [abs(x) for x in constants.named.values() if x]
    found = [*plain, *named, *(1 / x for x in named)]
    return np.unique([0.0, *found, *(-x for x in found)])


def rows(arrays: list[FloatArray]) -> FloatArray:
    """Return arrays as flat rows."""
    return np.stack([np.ravel(a) for a in arrays])
