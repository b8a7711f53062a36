"""An immutable sequence of numbers that grows at constant cost."""

from collections.abc import Iterable, Sequence
from typing import overload


class Series(Sequence[float]):
    """Numbers in time order; a longer series shares their memory.

    A run keeps one state per epoch, and every state its whole history: copying it
    each time would make long runs quadratic.

    Parameters
    ----------
    values : iterable of float, default=()
        The numbers so far.

    Examples
    --------
    >>> from trainwell.training.series import Series
    >>> short = Series([1.0, 2.0])
    >>> longer, other = short.extended([3.0]), short.extended([4.0])
    >>> list(short), list(longer), list(other)
    ([1.0, 2.0], [1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    """

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._shared = [float(value) for value in values]
        self._length = len(self._shared)
        # The length from which the shared list may grow: whoever takes it may append.
        self._growing = [self._length]

    def extended(self, values: Iterable[float]) -> "Series":
        """Return the series with more numbers; this one stays as it is."""
        new = [float(value) for value in values]
        if not new:
            return self
        try:
            # Only one caller can take it, in whatever threads they are; the others copy.
            self._growing.remove(self._length)
        except ValueError:
            return Series([*self._shared[: self._length], *new])
        longer = Series()
        longer._shared, longer._growing = self._shared, self._growing
        longer._shared.extend(new)
        longer._length = self._length + len(new)
        longer._growing.append(longer._length)
        return longer

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequence[float]": ...
    def __getitem__(self, index: int | slice) -> "float | Sequence[float]":
        if isinstance(index, slice):
            return self._shared[: self._length][index]
        return self._shared[range(self._length)[index]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Series({list(self)})"
