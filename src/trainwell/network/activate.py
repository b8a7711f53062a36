"""An activation function as a layer."""

from dataclasses import dataclass
from typing import ClassVar

from trainwell.network.activations import ACTIVATIONS
from trainwell.network.layer import Cache, Parameters, Slot
from trainwell.randomness import Randomness
from trainwell.settings import check_integer, check_name
from trainwell.types import FloatArray


@dataclass(frozen=True)
class Activate:
    r"""Apply one function to every unit.

    .. math:: A = g(Z), \qquad dZ = dA \odot g'(Z)

    Parameters
    ----------
    units : int
        Units before and after; positive.
    function : str, default="relu"
        A name of :data:`trainwell.network.activations.ACTIVATIONS`.

    Raises
    ------
    ConfigurationError
        If the name is unknown.
    """

    units: int
    function: str = "relu"

    slots: ClassVar[tuple[Slot, ...]] = ()
    statistics: ClassVar[tuple[Slot, ...]] = ()

    def __post_init__(self) -> None:
        check_integer(self, "units", 1)
        check_name(self, "function", ACTIVATIONS)

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
        """Return ``g(x)``; the cache is input and output."""
        y = ACTIVATIONS[self.function].value(x)
        return y, (x, y)

    def backward(
        self, parameters: Parameters, cache: Cache, grad_y: FloatArray
    ) -> tuple[FloatArray, Parameters]:
        """Multiply by the slope."""
        return grad_y * ACTIVATIONS[self.function].slope(*cache), ()
