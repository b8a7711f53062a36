"""Names for numbers: 9 is m, 0.0778 is lambd / m."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import numpy as np

from trainwell.errors import ConfigurationError

_PLAIN = (2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 0.5, 1 / 3, 0.25, 1.5)
_EXACT = 1e-9


@dataclass(frozen=True)
class Constants:
    """Numbers that have a name where the check is made.

    Parameters
    ----------
    named : mapping of str to float
        The number of examples, ``m``, and the hyperparameters.
    sizes : mapping of str to float
        Lengths of the parameters' axes; they are considered after these.
    parameters : mapping of str to float, optional
        Parameters that are single numbers, and not zero; they are considered last.
    """

    named: Mapping[str, float]
    sizes: Mapping[str, float]
    parameters: Mapping[str, float] = field(default_factory=dict)

    def name(self, value: float, tolerance: float = _EXACT) -> str:
        """Return what a number is called, or the number itself.

        Parameters
        ----------
        value : float
            The number.
        tolerance : float, default=1e-9
            Relative difference from a number with a name.

        Returns
        -------
        str
            A name, a product or a quotient of names, or digits.

        Examples
        --------
        >>> from trainwell.diagnosis.gradient_verdict.constants import Constants
        >>> constants = Constants({"m": 9.0, "lambd": 0.7}, {})
        >>> constants.name(9.0), constants.name(0.7 / 9), constants.name(-2.0)
        ('m', 'lambd / m', '-2')
        """
        sign, size = ("-" if value < 0 else ""), abs(value)
        if isclose(size, 1.0, rel_tol=tolerance):
            return f"{sign}1"
        for name, known in self._names():
            if known and isclose(size, abs(known), rel_tol=tolerance):
                return f"{sign}{name}"
        return f"{value:.7g}"

    def _names(self) -> Iterator[tuple[str, float]]:
        for number in _PLAIN:
            yield f"{number:.6g}" if number != 1 / 3 else "1/3", number
        yield from self.named.items()
        for name, value in self.named.items():
            if value:
                yield f"1 / {name}", 1 / value
            yield f"2 {name}", 2 * value
            yield f"{name} / 2", value / 2
        for name, value in self.named.items():
            for other, number in self.named.items():
                if name != other and number:
                    yield f"{name} / {other}", value / number
                    yield f"{name} * {other}", value * number
        for name, value in self.named.items():
            yield f"1 - {name}", 1 - value
            yield f"({name})^2", value * value
            if value:
                yield f"1 / ({name})^2", 1 / value**2
        for name, value in (*self.sizes.items(), *self.parameters.items()):
            yield name, value
            yield f"1 / {name}", 1 / value


def batch_size(data: tuple[Any, ...]) -> int | None:
    """Return the length of the axis that all data share, last or first, or else most of them.

    Parameters
    ----------
    data : tuple of Any
        What the cost takes beside the parameters.

    Returns
    -------
    int or None
        The number of examples; ``None`` if unclear.
    """
    shapes = [shape for shape in map(shape_of, data) if shape]
    if not shapes:
        return None
    for at in (-1, 0):
        lengths = {shape[at] for shape in shapes}
        if len(lengths) == 1 and (len(shapes) > 1 or at == -1):
            return int(lengths.pop())
    mixed = set(shapes[0]).intersection(*map(set, shapes[1:]))
    if mixed:
        return int(mixed.pop()) if len(mixed) == 1 else None
    # Something else is among them, such as the weights of the classes.
    most = {length for at in (0, -1) for length in _shared_by_most(shapes, at)}
    return int(most.pop()) if len(most) == 1 else None


def _shared_by_most(shapes: Sequence[tuple[int, ...]], at: int) -> list[int]:
    """Return the length that more than half of some shapes, two at least, have at a place."""
    lengths = [shape[at] for shape in shapes]
    least = max(2, len(shapes) // 2 + 1)
    return [length for length in set(lengths) if length > 1 and lengths.count(length) >= least]


def shape_of(item: Any) -> tuple[int, ...]:
    """Return the shape of an array, the length of a list, and nothing of what is neither."""
    if isinstance(item, list | tuple):
        return (len(item),)
    return tuple(getattr(item, "shape", ()))


def common_lengths(data: Iterable[Any]) -> frozenset[int]:
    """Return the lengths, 1 excepted, that an axis of every array and list of the data has."""
    shapes = [frozenset(shape) - {1} for shape in map(shape_of, data) if shape]
    return frozenset.intersection(*shapes) if shapes else frozenset()


def named_numbers(owner: str, hyperparameters: Any) -> dict[str, float]:
    """Return the numbers among a program's hyperparameters; those of lists have an index.

    Parameters
    ----------
    owner : str
        Who is given them.
    hyperparameters : mapping of str to Any or None
        As the user keeps them: texts and whatever else is no number are left out.

    Returns
    -------
    dict of str to float
        As ``{"lambd": 0.7, "quantiles[0]": 0.1}``.

    Raises
    ------
    ConfigurationError
        If they have no names.

    Examples
    --------
    >>> from trainwell.diagnosis.gradient_verdict.constants import named_numbers
    >>> named_numbers("check", {"lambd": 1, "quantiles": (0.1, 0.9), "activation": "relu"})
    {'lambd': 1.0, 'quantiles[0]': 0.1, 'quantiles[1]': 0.9}
    """
    if hyperparameters is None:
        return {}
    if not isinstance(hyperparameters, Mapping):
        kind = type(hyperparameters).__name__
        raise ConfigurationError.contradiction(
            owner, f"hyperparams must be numbers by their names, not a {kind}"
        )
    found: dict[str, float] = {}
    for name, value in hyperparameters.items():
        several = len(shape_of(value)) == 1
        for at, each in enumerate(value if several else [value]):
            if isinstance(each, int | float | np.number) and not isinstance(each, bool | complex):
                found[f"{name}[{at}]" if several else str(name)] = float(each)
    return found


def constants_of(
    data: tuple[Any, ...],
    hyperparameters: Mapping[str, float],
    arrays: Mapping[str, Any],
    called: Sequence[str] = (),
) -> Constants:
    """Return the numbers that have a name.

    Parameters
    ----------
    data : tuple
        What the cost is given beside the parameters.
    hyperparameters : mapping of str to float
        Named numbers.
    arrays : mapping of str to FloatArray
        The parameters.
    called : sequence of str, default=()
        What the cost calls its data, if that is known.

    Returns
    -------
    Constants
        The number of examples, single numbers of data and parameters, hyperparameters and sizes.
    """
    named: dict[str, float] = {}
    m = batch_size(data)
    if m is not None and m > 1:
        named["m"] = float(m)
    for at, value in enumerate(data):
        given = isinstance(value, float | int) and not isinstance(value, bool)
        if given and float(value) not in hyperparameters.values():
            named[called[at] if len(called) == len(data) else f"data[{at}]"] = float(value)
    named |= hyperparameters
    sizes = {
        f"{n} (rows of {name})" if at == 0 else f"{n} (columns of {name})": float(n)
        for name, array in arrays.items()
        for at, n in enumerate(np.shape(array))
        if n > 1
    }
    numbers = {n: float(a) for n, a in arrays.items() if not np.ndim(a) and a}
    return Constants(named, sizes, numbers)
