"""What functions are given, and what they give, by its form: inputs, outputs, costs, gradients."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainwell.cli.check_arguments import PARAMETERS, arguments_of
from trainwell.cli.check_case import Case, Given
from trainwell.cli.check_names import GRADIENT
from trainwell.diagnosis.gradient_verdict.parameters import named_parts
from trainwell.diagnosis.gradients.arranged import Function, parameters_of

_TARGET = re.compile(r"y|t|y_?true.*|.*targets?|.*labels?|truth", re.IGNORECASE)


def inputs(given: Given, arguments: Sequence[str]) -> Case:
    """Return all that a layer is given as its parameters, by name."""
    items = given.returned
    if not isinstance(items, tuple | list) or any(isinstance(i, tuple | list) for i in items):
        return _named(given.case(arguments), arguments)
    if isinstance(given.first, Mapping):
        return _named(given.case(arguments), arguments)
    return Case(dict(zip(arguments, items, strict=False)))


def _named(case: Case, arguments: Sequence[str]) -> Case:
    """Return parameters and data as one dictionary, by the names of the arguments."""
    if not isinstance(case.params, Mapping):
        return Case(dict(zip(arguments, (case.params, *case.data), strict=False)))
    if set(map(str, case.params)) & set(arguments):
        return case  # each of them is an argument of its own
    whole = next((name for name in arguments if PARAMETERS.fullmatch(name)), arguments[0])
    others = case.names or [name for name in arguments if name != whole]
    return Case({whole: case.params, **dict(zip(others, case.data, strict=False))})


def taken_of_outputs(
    forward: Function, cost: Function, outputs: Sequence[str], known: Sequence[str]
) -> dict[str, int]:
    """Return which arguments of a cost are something that the forward pass returns."""
    arguments = parameters_of(cost)
    lower = [name.lower() for name in outputs]
    found = {p.name: lower.index(p.name.lower()) for p in arguments if p.name.lower() in lower}
    if found:
        return found
    not_left = {*arguments_of(forward), *known}
    others = [p.name for p in arguments if p.name not in not_left and p.default is p.empty]
    others = [name for name in others if not PARAMETERS.fullmatch(name)]
    likely = [name for name in others if not _TARGET.fullmatch(name)] or others
    return dict.fromkeys(likely[:1], 0)


def may_be_gradient(first: Any, called: str, item: Any) -> bool:
    """Say whether something is called like a gradient, or has the form of one."""
    if isinstance(item, Mapping | list | tuple) or GRADIENT.fullmatch(called):
        return True
    arrays = named_parts(first) if isinstance(first, Mapping | list | tuple) else {"": first}
    return any(np.size(item) == np.size(array) for array in arrays.values())


def is_number(value: Any) -> bool:
    """Say whether something can be a cost."""
    try:
        array = np.asarray(value)
    except ValueError:
        return False
    return array.size == 1 and array.dtype.kind == "f"
