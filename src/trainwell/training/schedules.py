"""Learning-rate schedules: values that map time to a rate.

Time is measured in epochs from 0. Schedules of the course are constant within an
epoch; the cosine family and one-cycle move with every step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, floor, pi, sqrt
from typing import Protocol, runtime_checkable

from trainwell.errors import ConfigurationError
from trainwell.settings import (
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    check_integer,
    check_real,
)

SHRINKING = Interval(0, 1, closed="neither")


@runtime_checkable
class Schedule(Protocol):
    """The learning rate as a function of time and of the losses so far."""

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate at ``time`` (epochs), given the monitored loss of each past epoch."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same rate throughout.

    Parameters
    ----------
    rate : float
        Positive.
    """

    rate: float

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate."""
        return self.rate


@dataclass(frozen=True)
class InverseTime:
    r"""The course's decay: :math:`\eta_0 / (1 + \mathrm{decay} \cdot \mathrm{epoch})`.

    Parameters
    ----------
    rate : float
        Rate of epoch 0, positive.
    decay : float, default=1.0
        Per epoch, at least 0.

    Examples
    --------
    >>> from trainwell.training.schedules import InverseTime
    >>> [round(InverseTime(0.5, 1.0)(epoch), 4) for epoch in range(3)]
    [0.5, 0.25, 0.1667]
    """

    rate: float
    decay: float = 1.0

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "decay", NON_NEGATIVE)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate of the epoch."""
        return self.rate / (1 + self.decay * floor(time))


@dataclass(frozen=True)
class Exponential:
    r"""Geometric decay: :math:`\eta_0\, \mathrm{decay}^{\mathrm{epoch}}`.

    Parameters
    ----------
    rate : float
        Rate of epoch 0, positive.
    decay : float, default=0.95
        Factor per epoch, in (0, 1); 0.95 is the course's example.
    """

    rate: float
    decay: float = 0.95

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "decay", SHRINKING)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate of the epoch."""
        return float(self.rate * self.decay ** floor(time))


@dataclass(frozen=True)
class InverseRoot:
    r"""The course's :math:`k / \sqrt{\mathrm{epoch}}`, epochs counted from 1.

    Parameters
    ----------
    rate : float
        Rate ``k`` of the first epoch, positive.
    """

    rate: float

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate of the epoch."""
        return self.rate / sqrt(floor(time) + 1)


@dataclass(frozen=True)
class InverseScaling:
    r"""Decay as in scikit-learn: :math:`\eta_0 / (t + 1)^{\mathrm{power}}`, ``t`` examples seen.

    Parameters
    ----------
    rate : float
        Rate of the first epoch, positive.
    examples : int, default=1
        Examples of an epoch, positive.
    power : float, default=0.5
        At least 0.

    Examples
    --------
    >>> from trainwell.training.schedules import InverseScaling
    >>> [InverseScaling(1.0, examples=8)(epoch) for epoch in (0.0, 0.5, 1.0)]
    [1.0, 1.0, 0.3333333333333333]
    """

    rate: float
    examples: int = 1
    power: float = 0.5

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_integer(self, "examples", 1)
        check_real(self, "power", NON_NEGATIVE)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate of the epoch."""
        return float(self.rate / (floor(time) * self.examples + 1) ** self.power)


@dataclass(frozen=True)
class Stepped:
    r"""The course's decay in steps.

    .. math:: \eta = \frac{\eta_0}{1 + \mathrm{decay} \lfloor \mathrm{epoch} /
        \mathrm{interval} \rfloor}

    Parameters
    ----------
    rate : float
        Rate of epoch 0, positive.
    decay : float, default=1.0
        Per interval, at least 0.
    interval : int, default=1000
        Epochs of one step, positive.

    Examples
    --------
    >>> from trainwell.training.schedules import Stepped
    >>> [Stepped(0.5, 0.3, 100)(epoch) for epoch in (10, 99)]
    [0.5, 0.5]
    """

    rate: float
    decay: float = 1.0
    interval: int = 1000

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "decay", NON_NEGATIVE)
        check_integer(self, "interval", 1)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate of the epoch."""
        return self.rate / (1 + self.decay * (floor(time) // self.interval))


@dataclass(frozen=True)
class WarmupCosine:
    r"""Climb in a straight line, then fall to ``floor`` along half a cosine.

    .. math:: \eta = \eta_{\min} + (\eta_0 - \eta_{\min}) \frac{1 + \cos(\pi p)}{2}

    with :math:`p` running from 0 at the end of the climb to 1 at ``epochs``.

    Parameters
    ----------
    rate : float
        Rate at the top, positive.
    warmup : float
        Length of the climb in epochs, at least 0 and less than ``epochs``.
    epochs : float
        When the fall ends, in epochs.
    floor : float, default=0.0
        Rate from then on, in [0, ``rate``].

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017, eq. 5 (one period).
    .. [2] P. Goyal et al., "Accurate, Large Minibatch SGD", 2017, section 2.2 (gradual
       warm-up).

    Examples
    --------
    >>> from trainwell.training.schedules import WarmupCosine
    >>> schedule = WarmupCosine(1.0, warmup=2, epochs=10)
    >>> [round(schedule(time), 2) for time in (1, 2, 6, 10)]
    [0.5, 1.0, 0.5, 0.0]
    """

    rate: float
    warmup: float
    epochs: float
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "warmup", NON_NEGATIVE)
        check_real(self, "epochs", POSITIVE)
        check_real(self, "floor", Interval(0, self.rate))
        if self.warmup >= self.epochs:
            domain = f"less than epochs ({self.epochs})"
            raise ConfigurationError.out_of_range("WarmupCosine", "warmup", self.warmup, domain)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate at the step."""
        if time < self.warmup:
            return self.rate * time / self.warmup
        progress = min(1.0, (time - self.warmup) / (self.epochs - self.warmup))
        return self.floor + (self.rate - self.floor) * (1 + cos(pi * progress)) / 2


@dataclass(frozen=True)
class Cosine:
    """Fall to ``floor`` along half a cosine: :class:`WarmupCosine` without a climb.

    Parameters
    ----------
    rate : float
        Rate at the start, positive.
    epochs : float
        When the fall ends, in epochs.
    floor : float, default=0.0
        Rate from then on, in [0, ``rate``].
    """

    rate: float
    epochs: float
    floor: float = 0.0

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "epochs", POSITIVE)
        check_real(self, "floor", Interval(0, self.rate))

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate at the step."""
        return WarmupCosine(self.rate, 0.0, self.epochs, self.floor)(time)


@dataclass(frozen=True)
class OneCycle:
    r"""Rise along half a cosine to the top rate, then fall along another to almost nothing.

    Parameters
    ----------
    rate : float
        Rate at the top, positive.
    epochs : float
        Length of the cycle, in epochs.
    rising : float, default=0.3
        Share of the cycle that rises, in (0, 1).
    start : float, default=0.04
        First rate as a share of the top, in (0, 1).
    end : float, default=4e-6
        Last rate as a share of the top, in (0, 1).

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-Convergence", 2018, section 3; with cosines
       in place of straight lines, as is usual since.

    Examples
    --------
    >>> from trainwell.training.schedules import OneCycle
    >>> schedule = OneCycle(1.0, epochs=10)
    >>> [round(schedule(time), 3) for time in (0, 3, 10)]
    [0.04, 1.0, 0.0]
    """

    rate: float
    epochs: float
    rising: float = 0.3
    start: float = 0.04
    end: float = 4e-6

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "epochs", POSITIVE)
        for name in ("rising", "start", "end"):
            check_real(self, name, SHRINKING)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate at the step."""
        progress = min(1.0, time / self.epochs)
        if progress < self.rising:
            low, share = self.start, 1 - progress / self.rising
        else:
            low, share = self.end, (progress - self.rising) / (1 - self.rising)
        return self.rate * (low + (1 - low) * (1 + cos(pi * share)) / 2)


@dataclass(frozen=True)
class ReduceOnPlateau:
    """Shrink the rate whenever the monitored loss has brought no new best for a while.

    Parameters
    ----------
    rate : float
        Rate at the start, positive.
    factor : float, default=0.1
        What the rate is multiplied with, in (0, 1).
    patience : int, default=10
        Epochs without a new best before it shrinks; counted anew after each time.
    tolerance : float, default=0.0
        How much lower than the best a loss must be to count, at least 0.

    Notes
    -----
    A pure function of the losses so far, so that a resumed run finds the same rate.

    Examples
    --------
    >>> from trainwell.training.schedules import ReduceOnPlateau
    >>> schedule = ReduceOnPlateau(1.0, factor=0.5, patience=2)
    >>> schedule(3, (0.9, 0.8, 0.7)), schedule(5, (0.9, 0.8, 0.7, 0.7, 0.7))
    (1.0, 0.5)
    """

    rate: float
    factor: float = 0.1
    patience: int = 10
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        check_real(self, "rate", POSITIVE)
        check_real(self, "factor", SHRINKING)
        check_integer(self, "patience", 1)
        check_real(self, "tolerance", NON_NEGATIVE)

    def __call__(self, time: float, losses: Sequence[float] = ()) -> float:
        """Return the rate of the epoch."""
        rate, waited = self.rate, 0
        best = float("inf")
        for loss in losses:
            waited += 1
            if loss < best - self.tolerance:
                best, waited = loss, 0
            elif waited == self.patience:
                rate, waited = rate * self.factor, 0
        return rate


SCHEDULES: Mapping[str, type[Schedule]] = {
    "constant": Constant,
    "inverse_time": InverseTime,
    "exponential": Exponential,
    "inverse_root": InverseRoot,
    "inverse_scaling": InverseScaling,
    "stepped": Stepped,
    "cosine": Cosine,
    "warmup_cosine": WarmupCosine,
    "one_cycle": OneCycle,
    "reduce_on_plateau": ReduceOnPlateau,
}
"""Every schedule by its registered name."""
