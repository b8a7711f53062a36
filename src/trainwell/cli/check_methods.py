"""Whether an object's methods are given the parameters, or find them in the object."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from trainwell.cli.check_arguments import PARAMETERS, arguments_of
from trainwell.cli.check_names import backwards_of, costs_of, forwards_of
from trainwell.diagnosis.gradients.owners import OfObject

_GIVEN = re.compile(rf"{PARAMETERS.pattern}|pars?|coefs?|betas?", re.IGNORECASE)


def take_parameters(thing: Any, methods: Sequence[str]) -> bool:
    """Say whether methods are given the parameters, as ``fun(x)`` and ``jac(x)``.

    Then their first arguments are called so; or all alike, where the object holds no array.
    """
    backwards = backwards_of(methods)
    forwards = [*costs_of(methods, backwards), *forwards_of(methods, backwards)]
    firsts = {name: arguments_of(getattr(thing, name))[:1] for name in (*forwards, *backwards)}
    if not forwards or not backwards or not all(firsts.values()):
        return False
    words = {first for (first,) in firsts.values()}
    holds = any(isinstance(array, np.ndarray) for array in OfObject(thing).arrays.values())
    return all(map(_GIVEN.fullmatch, words)) or (len(words) == 1 and not holds)
