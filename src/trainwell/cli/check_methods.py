"""Whether an object's methods are given the parameters, or find them in the object."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from trainwell.cli.check_arguments import PARAMETERS, arguments_of
from trainwell.cli.check_names import RESIDUALS, backwards_of, costs_of, forwards_of
from trainwell.diagnosis.gradient_tape.copies import deep_copy
from trainwell.diagnosis.gradients.owners import OfObject

_GIVEN = re.compile(rf"{PARAMETERS.pattern}|pars?|coefs?|betas?", re.IGNORECASE)


def take_parameters(thing: Any, methods: Sequence[str], given: Any = None) -> bool:
    """Say whether methods are given the parameters, as ``fun(x)`` and ``jac(x)``.

    Then their first arguments are called so; or all alike, where the object holds no array, or
    where the gradient of what is ``given`` is returned.
    """
    backwards = backwards_of(methods)
    forwards = [*costs_of(methods, backwards), *forwards_of(methods, backwards)]
    forwards = forwards or [name for name in methods if RESIDUALS.fullmatch(name)]
    firsts = {name: arguments_of(getattr(thing, name))[:1] for name in (*forwards, *backwards)}
    if not forwards or not backwards or not all(firsts.values()):
        return False
    words = {first for (first,) in firsts.values()}
    if all(map(_GIVEN.fullmatch, words)):
        return True
    holds = any(isinstance(array, np.ndarray) for array in OfObject(thing).arrays.values())
    return len(words) == 1 and (not holds or _returns_its(thing, forwards[0], backwards[0], given))


def _returns_its(thing: Any, forward: str, backward: str, given: Any) -> bool:
    """Say whether a method returns the gradient, or the Jacobian, of what it is given."""
    items = given if isinstance(given, tuple | list) else (given,)
    shapes = {np.shape(array) for array in OfObject(thing).arrays.values()}
    if not items or not isinstance(items[0], np.ndarray) or items[0].shape in shapes:
        return False
    with suppress(Exception):  # told where both are called in earnest
        copy = deep_copy(thing)
        getattr(copy, forward)(*deep_copy(tuple(items)))
        found = np.shape(getattr(copy, backward)(*deep_copy(tuple(items))))
        return found == items[0].shape or (len(found) == 2 and found[1:] == items[0].shape)
    return False
