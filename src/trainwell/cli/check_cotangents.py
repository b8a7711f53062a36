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
    results = [at for at, name in enumerate(outputs) if not CACHE.fullmatch(name)]
    if len(left) == len(results) > 1 and arguments:
        by_place = dict(zip(left, results, strict=True))
    else:
        left = [n for n in left if _COTANGENT.fullmatch(n)]
        by_place = dict(zip(left, results or [0], strict=False))
    derivatives = {f"d{outputs[at]}".lower(): at for at in results if outputs[at]}
    found = {name: derivatives[name.lower()] for name in left if name.lower() in derivatives}
    return found if len(found) == len(left) or len(left) > len(results) else by_place
