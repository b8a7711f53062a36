"""Gradients that are right, and stand in another order than their parameters."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.diagnosis.gradient_localisation.finding import Finding, gradients_called
from trainwell.diagnosis.gradient_localisation.statements import Statement, statement_at
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_verdict.comparison import (
    TOLERANCE,
    Status,
    are_close,
    scale_of_all,
)
from trainwell.diagnosis.gradient_verdict.judgement import Judgement
from trainwell.diagnosis.gradients.patchable import Code
from trainwell.types import FloatArray


def in_another_order(judgement: Judgement, code: Code | None) -> list[Finding]:
    """Return that each wrong gradient is the right one of another parameter.

    Parameters
    ----------
    judgement : Judgement
        What was compared.
    code : Code or None
        The backward pass; ``None`` where gradients were given.

    Returns
    -------
    list of Finding
        One, or none: where a gradient is nobody's, or where they are returned by their names.
    """
    wrong = [n for n, a in judgement.arrays.items() if a.status is not Status.OK]
    given = {name: judgement.arrays[name].given for name in wrong}
    owners = owners_of(given, judgement.reference.gradient, wrong)
    if len(owners) < 2:
        return []
    ordered = isinstance(judgement.calls.parameters.structure, list | tuple)
    sources = () if code is None else code.patchable().sources
    found = _return_of(sources, len(judgement.arrays), ordered=ordered)
    if found is None and not ordered:
        return []
    message = said_of(owners)
    target, kinds = "return" if found else gradients_called(wrong[:1]), ("matrix", "path")
    return [Finding(target, "operand", None, found, message, 1.0, tuple(owners), kinds)]


def said_of(owners: Mapping[str, str]) -> str:
    """Return that gradients stand in each other's place, for a person."""
    told = ", ".join(f"{owner}'s in the place of {name}'s" for name, owner in owners.items())
    return f"the gradients stand in another order than the parameters: {told}"


def owners_of(
    given: Mapping[str, Any], expected: Mapping[str, FloatArray], wrong: Sequence[str]
) -> dict[str, str]:
    """Return whose each wrong gradient is; nothing where one of them is nobody's, or its own.

    Parameters
    ----------
    given : mapping of str to Any
        The gradients.
    expected : mapping of str to FloatArray
        The right ones.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    dict of str to str
        By the name of the parameter.
    """
    scale = scale_of_all(expected)
    owners: dict[str, str] = {}
    for name in wrong:
        own = given.get(name)
        owner = own is not None and next(
            (
                other
                for other in (name, *wrong)
                if other not in owners.values()
                and expected[other].shape == own.shape
                and expected[other].any()
                and are_close(own, expected[other], scale, TOLERANCE)
            ),
            None,
        )
        if not owner or owner == name:  # its own, but for the last digits
            return {}
        owners[name] = owner
    return owners


def _return_of(sources: Sequence[Source], count: int, *, ordered: bool) -> Statement | None:
    """Return the statement that returns so many gradients without names."""
    for source in sources:
        returned = [node for node in ast.walk(source.tree) if isinstance(node, ast.Return)]
        for node in returned[-1:]:
            match node.value:
                case ast.Tuple(elts=elements) | ast.List(elts=elements) if len(elements) == count:
                    return statement_at(source.file, node.lineno)
                case ast.Call():  # of what returns them
                    continue
                case _ if ordered and not isinstance(node.value, ast.Dict):
                    return statement_at(source.file, node.lineno)
    return None
