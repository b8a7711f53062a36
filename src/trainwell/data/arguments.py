"""Checks of the arguments that functions of this layer share."""

from numbers import Integral, Real

from trainwell.errors import ConfigurationError
from trainwell.settings import Interval


def check_real(function: str, name: str, value: object, domain: Interval) -> float:
    """Return ``value`` as a float, or refuse what is not a real number of ``domain``."""
    if isinstance(value, bool) or not isinstance(value, Real) or float(value) not in domain:
        raise ConfigurationError.out_of_range(function, name, value, str(domain))
    return float(value)


def check_integer(
    function: str, name: str, value: object, minimum: int, maximum: int | None = None
) -> int:
    """Return ``value`` as an int, or refuse what is not an integer of the range."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if isinstance(value, Integral) and whole:
        number = int(value)
        if number >= minimum and (maximum is None or number <= maximum):
            return number
    end = "" if maximum is None else f" and at most {maximum}"
    domain = f"an integer of at least {minimum}{end}"
    raise ConfigurationError.out_of_range(function, name, value, domain)
