"""One wrong slope: where the forward pass tells what a formula of the backward pass should give."""

import ast
from collections.abc import Container, Sequence

from trainwell.diagnosis.gradient_localisation.finding import SURE, Finding
from trainwell.diagnosis.gradient_localisation.formed import lines_of
from trainwell.diagnosis.gradient_localisation.local_slopes import slope_repairs
from trainwell.diagnosis.gradient_localisation.localisation import Located
from trainwell.diagnosis.gradient_localisation.statements import (
    Statement,
    last_binding,
    names_in,
    node_of,
    nodes_of,
    source_of,
    statement_at,
)
from trainwell.diagnosis.gradient_localisation.workshop import Repair, between
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import offered, single_patch

_KINDS = ("activation-wrong", "operand", "activation-missing", "path")
_COMPUTED = (ast.BinOp, ast.Call, ast.Constant, ast.UnaryOp)
_OF_SEARCH = 0.5  # of the time, for the slope; the rest for a patch of its statement
_LONGEST = 60  # operations of which it is made
_DEAREST = 3.0  # cost of such a patch


def wrong_slope(
    located: Located, patchable: Patchable, wrong: Sequence[str], seconds: float
) -> tuple[Finding | None, bool]:
    """Return the statement whose value is no slope, if everything is right as soon as it is.

    Parameters
    ----------
    located : Located
        What was found by operation.
    patchable : Patchable
        The backward pass: a patch of the statement tells more.
    wrong : sequence of str
        Parameters whose gradients are wrong.
    seconds : float
        How long to search.

    Returns
    -------
    finding : Finding or None
        ``None`` if no slope is wrong.
    sure : bool
        Whether that is all; two faults may lie in the statements that it is made of.
    """
    shop = located.again(_OF_SEARCH * seconds)
    if not set(wrong) <= {*shop.lineage}:
        return None, False
    found = list(slope_repairs(shop, wrong))
    if not found:
        return None, False
    # What is made of it is wrong, too; but of its own line all is shown.
    place = found[0].site[0].place[:2]
    last = [repair for repair in found if repair.site[0].place[:2] == place][-1]
    of_same = (repair for repair in found if repair.site[0] is last.site[0])
    message = max(of_same, key=lambda repair: repair.change.message.count("`")).change.message
    recorded = {step.place[:2] for step in (*shop.backward.forward, *shop.steps)}
    statement = statement_at(*place)
    number = _number_in(found[0], recorded)
    if number is not None:
        statement, message = number, "is one number where a slope belongs"
    line = frozenset({(statement.file, statement.line)})
    patched = single_patch(patchable, offered(patchable, line), wrong, seconds, _DEAREST)
    if patched:
        return patched[0], True
    made_of, _ = between(last.site[0], (), shop.backward.boundary, _LONGEST)
    alone = number is not None or lines_of(step.place[:2] for step in made_of) <= line
    finding = Finding(
        statement.target,
        _KINDS[0],
        None,
        statement,
        message,
        SURE,
        tuple(wrong),
        _KINDS[1:],
    )
    return finding, alone


def _number_in(repair: Repair, recorded: Container[tuple[str, int]]) -> Statement | None:
    """Return the one statement that computes the number in the place of which a slope belongs."""
    if repair.change.was is None:
        return None
    user = statement_at(*repair.site[0].place[:2])
    read = names_in(user.text)
    bound = (last_binding(user.file, name, user.line) for name in read)
    computed = {each for each in bound if each is not None and isinstance(_value(each), _COMPUTED)}
    for function in nodes_of(source_of(user.file)):
        if isinstance(function, ast.FunctionDef) and function.name in read:
            lines = (node.lineno for node in ast.walk(function) if isinstance(node, ast.Return))
            computed.update(statement_at(user.file, line) for line in lines)
    options = [each for each in computed if (each.file, each.line) not in recorded]
    return options[0] if len(options) == 1 else None


def _value(statement: Statement) -> ast.expr | None:
    node = node_of(statement)
    return node.value if isinstance(node, ast.Assign) and statement.is_single else None
