"""The state of every source of random numbers in sight: to be put back before each call."""

import ctypes
import random
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Protocol

import numpy as np

_TWISTER_BYTES = 4 * 625  # 624 words and the place in them
_DEPTH = 3  # of lists and dictionaries


class _Source(Protocol):
    """One source of random numbers, whose state was noted."""

    def has_moved(self) -> bool:
        """Say whether numbers were drawn since."""
        ...

    def restore(self) -> None:
        """Put it back to where it stood."""
        ...


class Generators:
    """The state of every source of random numbers in sight.

    Parameters
    ----------
    places : list
        Where to look for generators beside the global ones.
    """

    def __init__(self, places: list[Any]) -> None:
        python = _Noted(random.getstate, random.setstate)
        self._sources: list[_Source] = [_Global(), python, *map(_noted, _found(places, _DEPTH))]
        torch = sys.modules.get("torch")
        if torch is not None:
            self._sources.append(_Torch(torch))

    def restore(self) -> None:
        """Put every generator back to where it stood at first."""
        for source in self._sources:
            source.restore()

    def have_moved(self) -> bool:
        """Say whether any number was drawn since the states were noted or put back."""
        return any(source.has_moved() for source in self._sources)


def states_in(data: Any) -> list[Any]:
    """Return the states of the generators in some data, in their order."""
    return [_access(generator)[0]() for generator in _found(data, _DEPTH)]


def put_states(data: Any, states: list[Any]) -> None:
    """Give the generators in a copy of some data, which are modified, the states of these."""
    for generator, state in zip(_found(data, _DEPTH) if states else (), states, strict=False):
        _access(generator)[1](state)


class _Noted:
    """A source whose state is a value that can be compared."""

    def __init__(self, get: Callable[[], Any], put: Callable[[Any], None]) -> None:
        self._get, self._put, self._state = get, put, get()

    def has_moved(self) -> bool:
        return not _same(self._get(), self._state)

    def restore(self) -> None:
        self._put(self._state)


class _Global:
    """NumPy's global generator: setting its state takes as long as a small forward pass.

    So its words are compared first, where they lie in memory. A normal number that is kept
    from a pair is not among them; with one, the state is put back in any case.
    """

    def __init__(self) -> None:
        bits = _global_bits()
        twister = type(bits) is np.random.MT19937
        get: Any = np.random.get_state
        self._state = get(legacy=twister)
        self._bits = bits if twister and not self._state[3] else None
        self._words = _words(self._bits) if self._bits is not None else b""

    def has_moved(self) -> bool:
        bits = _global_bits()
        return bits is not self._bits or _words(bits) != self._words

    def restore(self) -> None:
        if self.has_moved():
            np.random.set_state(self._state)  # noqa: NPY002 - the user's


def _global_bits() -> Any:
    return np.random.get_bit_generator()  # type: ignore[attr-defined]


def _words(bits: Any) -> bytes:
    return ctypes.string_at(bits.ctypes.state_address, _TWISTER_BYTES)


class _Torch:
    def __init__(self, torch: Any) -> None:
        self._torch, self._state = torch, torch.random.get_rng_state()

    def has_moved(self) -> bool:
        return not self._torch.equal(self._torch.random.get_rng_state(), self._state)

    def restore(self) -> None:
        self._torch.random.set_rng_state(self._state)


def _found(places: Any, depth: int) -> Iterator[Any]:
    if isinstance(places, np.random.Generator | np.random.RandomState | random.Random):
        yield places
    elif depth and isinstance(places, dict):
        yield from _found(list(places.values()), depth)
    elif depth and isinstance(places, list | tuple):
        for place in places:
            yield from _found(place, depth - 1)


def _noted(generator: Any) -> _Source:
    return _Noted(*_access(generator))


def _access(generator: Any) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    """Return what gives the state of a generator, and what puts it back."""
    if isinstance(generator, np.random.Generator):
        bits = generator.bit_generator
        return (lambda: deepcopy(bits.state)), (lambda state: setattr(bits, "state", state))
    if isinstance(generator, random.Random):
        return generator.getstate, generator.setstate
    return generator.get_state, generator.set_state


def _same(first: Any, second: Any) -> bool:
    """Compare two states: values, arrays, and dictionaries of them."""
    if isinstance(first, dict):
        return all(_same(first[key], second[key]) for key in first)
    if isinstance(first, tuple) and any(isinstance(item, np.ndarray) for item in first):
        return all(map(_same, first, second))
    return bool(np.all(first == second))
