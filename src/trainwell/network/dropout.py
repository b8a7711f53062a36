"""Inverted dropout."""

from dataclasses import dataclass
from typing import ClassVar

from trainwell.network.layer import Cache, Parameters, Slot
from trainwell.randomness import Randomness
from trainwell.settings import FRACTION, check_integer, check_real
from trainwell.types import FloatArray


@dataclass(frozen=True)
class Dropout:
    r"""Zero each unit with probability ``rate`` while training, and scale up the rest.

    With a mask :math:`D`, each entry 1 with probability :math:`q = 1 - \mathrm{rate}`:

    .. math:: A' = A \odot D / q, \qquad dA = dA' \odot D / q

    so that the expected activation is the one that evaluation sees.

    Parameters
    ----------
    units : int
        Units before and after; positive.
    rate : float
        Probability of dropping, in [0, 1): one minus the course's ``keep_prob``.

    Raises
    ------
    ConfigurationError
        If ``rate`` is outside [0, 1).

    References
    ----------
    .. [1] N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov,
       "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014,
       section 10 (the inverted form).
    """

    units: int
    rate: float

    slots: ClassVar[tuple[Slot, ...]] = ()
    statistics: ClassVar[tuple[Slot, ...]] = ()

    def __post_init__(self) -> None:
        check_integer(self, "units", 1)
        check_real(self, "rate", FRACTION)

    @property
    def inputs(self) -> int:
        """Number of units."""
        return self.units

    @property
    def outputs(self) -> int:
        """Number of units."""
        return self.units

    def forward(
        self,
        parameters: Parameters,
        statistics: Parameters,
        x: FloatArray,
        randomness: Randomness | None,
    ) -> tuple[FloatArray, Cache]:
        """Return the thinned input when training; the cache is the scaled mask."""
        if randomness is None or self.rate == 0:
            return x, (None,)
        keep = 1 - self.rate
        mask = randomness.kept((self.units, x.shape[1]), keep).astype(x.dtype)
        mask /= x.dtype.type(keep)
        return x * mask, (mask,)

    def backward(
        self, parameters: Parameters, cache: Cache, grad_y: FloatArray
    ) -> tuple[FloatArray, Parameters]:
        """Pass the gradient through the entries that were kept."""
        (mask,) = cache
        return (grad_y if mask is None else grad_y * mask), ()
