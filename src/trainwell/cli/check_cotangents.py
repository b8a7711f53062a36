"""Which arguments of a rule are derivatives of what a layer returns."""

import re
from inspect import Parameter

from trainwell.cli.check_arguments import RATE, arguments_of
from trainwell.cli.check_names import returned_names
from trainwell.diagnosis.gradient_verdict.calls import CACHE
from trainwell.diagnosis.gradients.arranged import Function, parameters_of

_COTANGENT = re.compile(
    r"d.*|grad.*|delta.*|upstream.*|g|error|.*_(?:error|grad(?:ient)?|delta)", re.IGNORECASE
)


def cotangents_of(forward: Function, backward: Function) -> dict[str, int]:
    """Return the arguments of a rule that are derivatives of what a layer returns, and of what."""
    outputs = returned_names(forward)
    arguments = arguments_of(forward)
    left = [
        p.name
        for p in parameters_of(backward)
        if p.default is Parameter.empty and p.name not in (*arguments, *outputs)
    ]
    left = [n for n in left if not CACHE.fullmatch(n) and not RATE.fullmatch(n)]
    left = [n for n in left if _COTANGENT.fullmatch(n)]
    derivatives = {f"d{name}".lower(): at for at, name in enumerate(outputs) if name}
    found = {name: derivatives[name.lower()] for name in left if name.lower() in derivatives}
    return found or dict.fromkeys(left[:1], 0)
