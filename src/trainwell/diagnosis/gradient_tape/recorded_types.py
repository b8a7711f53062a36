"""Types of numbers, exchanged for some that convert what is recorded without losing it.

``0.5 * float(loss)`` would go on with a number of Python's that nothing is known of.
"""

from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.dispatch import FUNCTIONS
from trainwell.diagnosis.gradient_tape.recorder import is_traced
from trainwell.diagnosis.gradient_tape.traced import Traced


class NumberType(type):
    """The type of what stands for a type of numbers: wherever it is looked at, it is that type."""

    original: type

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.original)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return issubclass(subclass, cls.original)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.original

    def __hash__(cls) -> int:
        return hash(cls.original)


class TakenOut(Traced):
    """A recorded number that the user's code takes for one of Python's.

    Parameters
    ----------
    recorder : Recorder
        Where operations are written down.
    step : Step
        The operation that this is the result of.
    """

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Return the type that it stands for."""
        return float

    def __float__(self) -> float:
        return self.recorder.number(self.step)  # the user knows that it is taken out

    def __repr__(self) -> str:
        return repr(float(self.step.value))


class _FloatType(NumberType):
    """What ``float`` is exchanged for."""

    dtype = np.dtype(float)  # asked for by NumPy, as of any type that it does not know

    def __call__(cls, *args: Any) -> Any:
        if cls is not BUILT_IN["float"]:
            return type.__call__(cls, *args)  # the user's own, made of this one
        value: Any = args[0] if len(args) == 1 else None
        if not is_traced(value) or value.size != 1:
            return float(*args)
        number = value.item()
        if not is_traced(number) or number.dtype.kind != "f":
            return float(number)
        if number.dtype.itemsize < np.dtype(float).itemsize:
            number = FUNCTIONS["astype"](number.recorder, number, np.float64)
        return TakenOut(number.recorder, number.step)


BUILT_IN = {"float": _FloatType("float", (float,), {"original": float})}
"""By the name of the built-in type: what takes its place."""
