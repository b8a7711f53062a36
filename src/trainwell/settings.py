"""Settings: frozen dataclasses, the domains of their fields, and their one JSON form."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any

from trainwell.errors import ConfigurationError
from trainwell.types import Json


@dataclass(frozen=True)
class Interval:
    """A range of real numbers, written as in mathematics.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    closed : {"both", "left", "right", "neither"}, default="both"
        Which of the ends belong to it.

    Examples
    --------
    >>> from trainwell.settings import Interval
    >>> 1.0 in Interval(0, 1, closed="left"), str(Interval(0, 1, closed="left"))
    (False, 'in [0, 1)')
    """

    low: float = -inf
    high: float = inf
    closed: str = "both"

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.closed in {"both", "left"} else value > self.low
        below = value <= self.high if self.closed in {"both", "right"} else value < self.high
        return above and below and isfinite(value)

    def __str__(self) -> str:
        if self.high == inf:
            if self.low == -inf:
                return "a finite number"
            return f"{'at least' if self.closed in {'both', 'left'} else 'greater than'} {self.low}"
        opening = "[" if self.closed in {"both", "left"} else "("
        closing = "]" if self.closed in {"both", "right"} else ")"
        return f"in {opening}{self.low}, {self.high}{closing}"


POSITIVE = Interval(0, inf, closed="neither")
NON_NEGATIVE = Interval(0, inf)
FRACTION = Interval(0, 1, closed="left")
FINITE = Interval()


def required_real(owner: str, name: str, value: object, domain: Interval) -> float:
    """Return ``value`` as a float, or refuse what is not a real number of ``domain``.

    Parameters
    ----------
    owner : str
        Function or class that asks, for the message.
    name : str
        Name of the setting.
    value : object
        What was given.
    domain : Interval
        Where it must lie.

    Returns
    -------
    float
        The same number.

    Raises
    ------
    ConfigurationError
        If the value is anything else; true and false are no numbers.
    """
    try:
        if isinstance(value, Real) and not isinstance(value, bool) and float(value) in domain:
            return float(value)
    except OverflowError:
        pass
    raise ConfigurationError.out_of_range(owner, name, value, str(domain))


def required_integer(
    owner: str, name: str, value: object, minimum: int, maximum: int | None = None
) -> int:
    """Return ``value`` as an int, or refuse what is not an integer of the range.

    Parameters
    ----------
    owner : str
        Function or class that asks, for the message.
    name : str
        Name of the setting.
    value : object
        What was given.
    minimum : int
        The smallest that is accepted.
    maximum : int or None, default=None
        The largest.

    Returns
    -------
    int
        The same number.

    Raises
    ------
    ConfigurationError
        If the value is anything else; true and false are no numbers.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
        if number >= minimum and (maximum is None or number <= maximum):
            return number
    end = "" if maximum is None else f" and at most {maximum}"
    domain = f"an integer of at least {minimum}{end}"
    raise ConfigurationError.out_of_range(owner, name, value, domain)


def check_real(owner: object, name: str, domain: Interval) -> None:
    """Refuse a field of ``owner`` that is not a real number of ``domain``."""
    required_real(type(owner).__name__, name, getattr(owner, name), domain)


def check_integer(owner: object, name: str, minimum: int) -> None:
    """Refuse a field of ``owner`` that is not an integer of at least ``minimum``."""
    required_integer(type(owner).__name__, name, getattr(owner, name), minimum)


def check_flag(owner: object, name: str) -> None:
    """Refuse a field of ``owner`` that is neither true nor false."""
    value = getattr(owner, name)
    if not isinstance(value, bool):
        raise ConfigurationError.out_of_range(type(owner).__name__, name, value, "true or false")


def check_kind(owner: object, name: str, kind: type, noun: str) -> None:
    """Refuse a field of ``owner`` that is not of a kind, called ``noun`` in the message."""
    value = getattr(owner, name)
    if isinstance(value, type):
        noun = f"{noun}, not a class: write {value.__name__}(...)"
    if isinstance(value, type) or not isinstance(value, kind):
        raise ConfigurationError.out_of_range(type(owner).__name__, name, value, noun)


def check_name(owner: object, name: str, known: Mapping[str, object] | frozenset[str]) -> None:
    """Refuse a field of ``owner`` that is not one of the ``known`` names."""
    value = getattr(owner, name)
    if not isinstance(value, str) or value not in known:
        raise ConfigurationError.unknown_name(f"{type(owner).__name__}.{name}", value, list(known))


def as_json(value: Any) -> Any:
    """Return the JSON form of a setting: a dataclass becomes its fields and its kind.

    Parameters
    ----------
    value : object
        A frozen dataclass, or a tuple, number, string, boolean or ``None``.

    Returns
    -------
    dict, list, str, int, float, bool or None
        What :func:`from_json` turns back into an equal value.

    Examples
    --------
    >>> from trainwell.settings import Interval, as_json
    >>> as_json(Interval(0.0, 1.0))
    {'kind': 'Interval', 'low': 0.0, 'high': 1.0, 'closed': 'both'}
    """
    if is_dataclass(value):
        named = {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **named}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    if isinstance(value, bool | str | None):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def from_json(document: Any, kinds: Mapping[str, type]) -> Any:
    """Return the setting whose JSON form is ``document``.

    Parameters
    ----------
    document : object
        What :func:`as_json` returned, perhaps edited by hand.
    kinds : mapping of str to type
        The dataclasses that may appear, by name.

    Returns
    -------
    object
        The setting; lists become tuples.

    Raises
    ------
    ConfigurationError
        If a kind or field is unknown, missing or outside its domain.
    """
    if not isinstance(document, Mapping | list):
        domain = "a JSON object or list, as json.loads returns it"
        raise ConfigurationError.out_of_range("from_json", "document", document, domain)
    return _read(document, kinds)


def _read(document: Any, kinds: Mapping[str, type]) -> Any:
    if isinstance(document, list):
        return tuple(_read(item, kinds) for item in document)
    return _build(document, kinds) if isinstance(document, Mapping) else document


def _build(document: Json, kinds: Mapping[str, type]) -> Any:
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ConfigurationError.unknown_name("kind", kind, list(kinds))
    cls = kinds[kind]
    known = {field.name for field in fields(cls)}
    given = {name: _read(item, kinds) for name, item in document.items() if name != "kind"}
    for name in given:
        if name not in known:
            raise ConfigurationError.unknown_name(f"a setting of {kind}", name, known)
    needed = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    for name in needed:
        if name not in given:
            raise ConfigurationError.contradiction(kind, f"is missing the setting {name!r}")
    try:
        return cls(**given)
    except TypeError as error:
        raise ConfigurationError.contradiction(kind, str(error)) from None
