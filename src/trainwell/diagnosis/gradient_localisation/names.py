"""Faults without an operation of their own: names that are bound to the wrong value."""

import ast
from collections.abc import Sequence

import numpy as np

from trainwell.diagnosis.gradient_localisation.change import is_number
from trainwell.diagnosis.gradient_localisation.counts import Rebound, counted
from trainwell.diagnosis.gradient_localisation.namesakes import alike, names_of, target_of
from trainwell.diagnosis.gradient_localisation.statements import (
    Statement,
    alias_of,
    assigned_name,
    is_repeated,
    last_binding,
    names_in,
    node_of,
    parameters_at,
    statement_at,
)
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, near
from trainwell.diagnosis.gradient_tape.function_settings import VIEWS
from trainwell.diagnosis.gradient_tape.recording import Step

_MISSING = 1.49  # changes that cost more add something that is not there
_CALLED = (
    ({"sum", "sums", "total", "count", "counts"}, {"sum", "bincount", "count_nonzero"}),
    ({"mean", "avg", "average"}, {"mean", "average"}),
    ({"norm", "norms", "length", "lengths"}, {"norm", "sqrt"}),
    ({"max", "maximum", "min", "minimum"}, {"max", "amax", "maximum", "min", "amin", "minimum"}),
)
"""Words in names, and what gives values that are called so."""
_OF_GRADIENTS = {"d", "g", "grad", "grads", "gradient", "delta"}


def rebound(shop: Workshop, best: Repair, statement: Statement, wrong: Sequence[str]) -> Rebound:
    """Return the statement that binds a name wrongly, if that accounts for a repair.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    best : Repair
        What mends it.
    statement : Statement
        Where that would be done.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    statement : Statement or None
        ``None`` if the statement of the repair is to blame.
    kind : str
        Empty if the repair's stays.
    message : str
        Empty if the repair's stays.
    """
    ways = (counted(shop, best, wrong), _rebinding(shop, best, statement), _elsewhere(shop, best))
    for found in ways:
        if found[0] is not None:
            return found
    lost = best.change.kind in ("factor", "sign") and best.change.cost >= 1.1
    step = best.site[0]
    if (
        lost
        and statement.target == "return"
        and len({each.place[3][:1] for each in best.site} - {()}) == 1  # not in every call
        and (_is_right(shop, best) or _averaged_outside(shop, best))
    ):
        return statement_at(*step.place[3][0]), "", ""
    missing = best.change.cost > _MISSING
    if missing and statement.target == "return" and step.place[3] and _is_right(shop, best):
        return _handed_on(statement_at(*step.place[3][0])), "", ""
    scaled = best.change.kind in ("factor", "sign")
    user = _user_of_well_called(shop, best, statement) if scaled else None
    if user is not None:
        return user, "", ""
    if (lost or missing) and _simple(statement.target) and not _is_called_otherwise(shop, best):
        alias = alias_of(statement.file, statement.target, statement.line)
        # A formula that is wrong as a whole is not mended where it is handed on.
        if alias is None or alias.target != "return" or best.change.kind != "unknown":
            return alias, "", ""
    return None, "", ""


def _user_of_well_called(shop: Workshop, best: Repair, statement: Statement) -> Statement | None:
    """Return the one statement that uses what is what it is called, such as ``row_sum``."""
    words = {*statement.target.lower().split("_")}
    match node_of(statement):
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr=does) | ast.Name(id=does))):
            well = any(words & said and does in do for said, do in _CALLED)
        case _:
            well = False
    if not well or words & _OF_GRADIENTS:
        return None
    made = {step.index for step in best.site}
    uses = [step for step in shop.steps if made & {parent.index for parent in step.parents}]
    places = {step.place[:2] for step in uses}
    divided = any(step.operation == "divide" for step in uses)
    return statement_at(*places.pop()) if len(places) == 1 and not divided else None


def _handed_on(call: Statement) -> Statement | None:
    """Return the statement that only gives what a call returns another name, if there is one."""
    aliases = (alias_of(call.file, name, call.line) for name in call.target.split(", "))
    found = [alias for alias in aliases if alias is not None]
    return found[0] if len(found) == 1 else None


def _is_right(shop: Workshop, best: Repair) -> bool:
    """Say whether a value is a derivative as it stands, without the factor that is lost."""
    m = shop.around.constants.get("m", 1.0)
    lost = best.change.factor or 1.0
    usual = [c for c in (1.0, m, 1 / m) if c == 1 or not near(c, lost)]
    matches = shop.matcher.matches(shop.value(given_by(shop, best.site[0])))
    return any(near(match.factor, c) for match in matches for c in usual)


def given_by(shop: Workshop, step: Step) -> Step:
    """Return the last operation of a statement that is made of one of its operations.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    step : Step
        One of its operations.

    Returns
    -------
    Step
        In the same turn of a loop, and the same call.
    """
    for later in shop.steps:
        # What stands before it in the statement is another turn of a loop, or another call.
        there = (*later.place[:2], later.place[3]) == (*step.place[:2], step.place[3])
        behind = there and later.place[2] > step.place[2]
        if behind and any(parent is step for parent in later.parents):
            step = later
    return step


def _is_called_otherwise(shop: Workshop, best: Repair) -> bool:
    """Say whether a value is called like what it would be without the number that is wrong."""
    step, lost = best.site[0], best.change.factor
    own = names_of(step)
    return lost is not None and any(
        near(match.factor, lost) and alike(own, names_of(match.derivative.step))
        for match in shop.matcher.matches(shop.value(step))
    )


def _averaged_outside(shop: Workshop, best: Repair) -> bool:
    """Say whether the forward pass divides by a lost number less deep in helpers than this is."""
    lost = best.change.factor or 1.0
    depths = [len(step.place[3]) for step in shop.backward.forward if _divides(step, lost)]
    return bool(depths) and max(depths) < len(best.site[0].place[3])


def _divides(step: Step, number: float) -> bool:
    """Say whether an operation divides by a number, or multiplies by it."""
    if near(number, 1.0) or not step.parents:
        return False
    if step.operation == "mean":
        found = np.size(step.parents[0].value) / max(np.size(step.value), 1)
    elif step.operation in ("divide", "multiply"):
        found = next((float(x) for x in step.arguments if is_number(x)), 1.0)
    else:
        return False
    return near(found, number) or near(found * number, 1.0)


def _rebinding(shop: Workshop, best: Repair, statement: Statement) -> Rebound:
    name = was = ""
    if best.change.kind in ("operand", "matrix", "mask", "stale"):
        name, was = _meant(shop, best)
    if not name:
        return None, "", ""
    swapped = _swapped(statement, name, was)
    if swapped is not None:
        return swapped, "operand", f"{swapped.target} are bound to each other's values"
    return _caller(best, statement, name), "operand", f"another variable than {name} is passed"


def _elsewhere(shop: Workshop, best: Repair) -> Rebound:
    """Return the call that is wrong, where only one of several is; or where a slope comes from."""
    step = best.site[0]
    of_use = set().union(*shop.lineage.values())
    site = shop.sites.get(step.instruction, ())
    if best.change.kind == "unknown" and _is_returned(shop, best, site):
        call = statement_at(*step.place[3][0])  # the function is right in all but what it returns
        return _handed_on(call) or call, "", ""
    executions = [each for each in site if each.index in of_use]
    replaced = best.change.kind in ("operand", "matrix", "mask", "stale")
    looped = any(is_repeated(*place) for place in (step.place[:2], *step.place[3]))
    few = len(best.edits) < len(executions) and not looped
    if few and step.place[3] and (not replaced or _by_one_call(best, executions)):
        return statement_at(*step.place[3][0]), "", ""
    slope = _slope(shop, best)
    return slope, "activation-wrong", "the slope of the activation is wrong"


def _is_returned(shop: Workshop, best: Repair, site: Sequence[Step]) -> bool:
    """Say whether only what several calls have returned is changed, and not put together there."""
    returned = shop.returned(site)
    return [*best.site] == returned and best.site[0].operation != "setitem"


def _by_one_call(best: Repair, executions: Sequence[Step]) -> bool:
    """Say whether exactly what one of several calls led to is changed."""
    if best.change.kind == "stale":  # what is kept from call to call is so in the function
        return False
    called = best.site[0].place[3][:1]
    same = {step.index for step in executions if step.place[3][:1] == called}
    return same == {*best.edits} and len(same) < len(executions)


def _slope(shop: Workshop, best: Repair) -> Statement | None:
    """Return where the wrong factor of a product is computed, if that is another function."""
    step = best.site[0]
    if best.change.kind != "unknown" or step.operation != "multiply":
        return None
    found = shop.matches()
    factors = [
        x
        for x in step.arguments
        if isinstance(x, Step) and x.index not in found and not _is_given(shop, x)
    ]
    others = [x for x in step.arguments if isinstance(x, Step) and x.index in found]
    if len(factors) != 1 or not others or factors[0].place[:2] == step.place[:2]:
        return None  # what is multiplied with a forward value is the gradient itself
    # From where the factor is computed outwards, to the function that the statement calls.
    places = [factors[0].place[:2], *factors[0].place[3]]
    if step.place[:2] not in places:
        return statement_at(*places[0]) if len(places) == 1 else None
    inner = statement_at(*places[places.index(step.place[:2]) - 1])
    if _simple(inner.target):
        return alias_of(inner.file, inner.target, inner.line) or inner
    return inner


def _is_given(shop: Workshop, step: Step) -> bool:
    """Say whether a value is one of the forward pass, at most in another shape."""
    while step.index >= shop.backward.boundary and step.operation in (*VIEWS, "getitem"):
        step = step.parents[0]
    return step.index < shop.backward.boundary


def _simple(target: str) -> bool:
    return bool(target) and "," not in target and target != "return"


def _meant(shop: Workshop, best: Repair) -> tuple[str, str]:
    """Return the name of the value that should have been used, and of the one that was."""
    steps = _exchanged(best)
    if steps is None or _is_part(shop, steps[0]):
        return "", ""
    return name_of(shop, steps[0]), name_of(shop, steps[1])


def _is_part(shop: Workshop, step: Step) -> bool:
    """Say whether a value of the forward pass is a part of another one: it has no name."""
    place = step.place[:2]
    users = (each for each in shop.backward.forward if each.place[:2] == place)
    return any(parent is step for each in users for parent in each.parents)


def _exchanged(best: Repair) -> tuple[Step, Step] | None:
    """Return the one value that should have been used, and the one that was."""
    step = best.site[0]
    edit = best.edits.get(step.index)
    if edit is None:
        return None
    before = [x for x in step.arguments if isinstance(x, Step)]
    after = [x for x in edit[1] if isinstance(x, Step)]
    meant = [x for x in after if not any(x is y for y in before)]
    replaced = [x for x in before if not any(x is y for y in after)]
    return (meant[0], replaced[0]) if len(meant) == len(replaced) == 1 else None


def other_variable(shop: Workshop, best: Repair) -> str:
    """Return which variable is meant, for a person.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    best : Repair
        A value in the place of another one.

    Returns
    -------
    str
        Behind a colon; empty if that is not known.
    """
    steps = _exchanged(best)
    if steps is None:
        return ""
    line = steps[0].place[1]
    text = described(shop, steps[0]) or (f"a part of line {line}" if line else "")
    return f": {text}" if text else ""


def described(shop: Workshop, step: Step) -> str:
    """Return the variable that holds a value, with the line that gives it: where to look.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    step : Step
        The value.

    Returns
    -------
    str
        Empty for a part of a formula, and for one of several that a line gives.
    """
    name = variable_of(shop, step)
    line = step.place[1]
    return name and (f"`{name}` of line {line}" if line else f"`{name}`")


def variable_of(shop: Workshop, step: Step) -> str:
    """Return the one variable that a whole statement gives a value to; or nothing."""
    name = name_of(shop, step) if step.index in shop.around.named else ""
    return name if _simple(name) else ""


def _swapped(statement: Statement, name: str, was: str) -> Statement | None:
    """Return an unpacking that gives two values each other's names."""
    if name not in names_in(statement.text):
        return None
    found = last_binding(statement.file, name, statement.line)
    bound = found.target.split(", ") if found is not None else []
    return found if len(bound) > 1 and was in bound else None


def _caller(best: Repair, statement: Statement, name: str) -> Statement | None:
    """Return the call that passes a wrong value under a right name."""
    step = best.site[0]
    if not step.place[3] or name not in names_in(statement.text):
        return None
    seen, wanted = 0, name
    while seen < 4:  # through `Z = cache`
        binding = last_binding(statement.file, wanted, statement.line)
        if binding is None:
            break
        source = assigned_name(binding)
        if source is None:
            return None
        wanted, seen = source, seen + 1
    if wanted not in parameters_at(statement.file, statement.line):
        return None
    return statement_at(*step.place[3][0])


def name_of(shop: Workshop, step: Step) -> str:
    """Return what a value is called in the forward pass.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    step : Step
        The value.

    Returns
    -------
    str
        Empty for a number, and for what has no name.
    """
    if step.index in shop.around.leaves:
        return shop.around.leaves[step.index].rpartition(".")[2]
    if not np.ndim(step.value):
        return ""
    return target_of(step)
