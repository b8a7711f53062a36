"""What is said of a change that mends a recorded backward pass."""

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_localisation.accumulators import LACKS, Sums
from trainwell.diagnosis.gradient_localisation.change import kind_of
from trainwell.diagnosis.gradient_localisation.edits_of_values import OTHER_VARIABLE
from trainwell.diagnosis.gradient_localisation.finding import UNDONE, Finding, confidence
from trainwell.diagnosis.gradient_localisation.gathered import made_of, of_one_part
from trainwell.diagnosis.gradient_localisation.meant import meant
from trainwell.diagnosis.gradient_localisation.names import (
    given_by,
    name_of,
    other_variable,
    rebound,
)
from trainwell.diagnosis.gradient_localisation.signatures import Form, forms, ratio
from trainwell.diagnosis.gradient_localisation.statements import (
    alias_before,
    assigned_name,
    last_binding,
    node_of,
    statement_at,
)
from trainwell.diagnosis.gradient_localisation.workshop import Repair, Workshop, is_round, near
from trainwell.diagnosis.gradient_tape.function_settings import VIEWS
from trainwell.diagnosis.gradient_tape.recording import Step, replay
from trainwell.diagnosis.gradient_verdict.comparison import relative_error
from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import FloatArray

_SUMS = ("add", "subtract")
_SAYS_NOTHING = 0.5  # confidence in a change that cannot be said
_FREE = 0.12  # what it costs more that a factor stands nowhere
_COMPUTED = 0.36  # the same, where it is the value of a variable that may well be missing
_ZERO = 0.3  # what it costs more that nothing is left of a value: that is hardly written so


def finding_of(
    shop: Workshop, choices: Sequence[Repair], constants: Constants, wrong: Sequence[str]
) -> Finding:
    """Return what is said of a change.

    Parameters
    ----------
    shop : Workshop
        The backward pass, without it.
    choices : sequence of Repair
        The change, and others that do the same.
    constants : Constants
        Numbers with a name.
    wrong : sequence of str
        Parameters whose gradients are wrong without it.

    Returns
    -------
    Finding
        The statement that has to be mended.
    """
    best = of_one_part(shop, choices[0], wrong)
    step = best.site[0]
    statement = statement_at(*_blamed(shop, best))
    kinds = [repair.change.kind for repair in choices if _same_place(repair, best)]
    message, factor = best.change.message, best.change.factor
    if message == OTHER_VARIABLE:
        message += other_variable(shop, best)
    shown = _forms(shop, best, constants)
    told = next((form for form in shown if form.factor is not None), None)
    if told is not None and (np.size(step.value) > 1 or best.change.factor is not None):
        message, factor = told.message, told.factor
        kinds.insert(0 if best.change.kind == "factor" else 1, told.kind)
    if best.change.kind == "unknown":
        message, factor, kinds = _unexplained(shop, best, shown)
    message = _of_term(shop, best, message, factor)
    if factor == 0:
        message, kinds = "is exactly zero", ["zero", "factor", *kinds]
    step = step if factor is None else made_of(step, shop.steps)
    sum_of = Sums(shop.backward, shop.expected, best.mended)
    step, target, said = sum_of.source(step, vague=best.change.kind == "unknown", kinds=kinds)
    if step is not best.site[0]:
        statement = statement_at(*step.place[:2])
    message = said or message
    if said == LACKS:  # the zeros that it begins with are not what is wrong
        kinds = [kind for kind in kinds if kind != "zero"] or ["path"]
    if _makes_not_finite(shop, best):
        message, kinds = "gives numbers that are not finite", ["not-finite", *kinds]
    kinds += [form.kind for form in shown]
    other, kind, said = rebound(shop, best, statement, wrong)
    if other is not None:
        statement, message = other, said or message
        kinds = [kind, *kinds] if kind else kinds
    made = assigned_name(statement) if factor == 0 and statement.target == "return" else None
    if made:  # what nothing has been written into
        statement = last_binding(statement.file, made, statement.line) or statement
    ordered = tuple(dict.fromkeys(kind for kind in kinds if kind != "unknown")) or ("unknown",)
    return Finding(
        target=target or statement.target or (_owner(shop, step) or ""),
        kind=ordered[0],
        factor=factor,
        statement=statement,
        message=message or "is wrong",
        confidence=_confidence(shop, best, wrong, factor) if message else _SAYS_NOTHING,
        affected=best.mended,
        alternatives=ordered[1:4],
        within=step.place[1],
    )


def _of_term(shop: Workshop, best: Repair, message: str, factor: float | None) -> str:
    """Return what is said of a factor: not of a gradient, where it is that of a part of one.

    That is a term of a sum, or what stands within a function, as in ``np.exp(2 * z)``.
    """
    place, reached, sums = best.site[0].place[:2], {best.site[0].index}, 0
    for step in shop.steps:
        if step.place[:2] == place and reached & {parent.index for parent in step.parents}:
            reached.add(step.index)
            sums += step.operation in _SUMS
    added = isinstance(node_of(statement_at(*place)), ast.AugAssign)  # what a `+=` adds is a whole
    if any(_is_off_by(shop, name, factor or -1.0) for name in best.mended):
        return message
    if sums <= added and (added or _is_of_whole(shop, best, factor or -1.0)):
        return message
    part = "term" if sums > added else "part"
    message = message.replace("has the wrong sign", "has a part with the wrong sign")
    message = message.replace("is exactly", f"has a {part} that is exactly")
    return message.replace("the correct gradient", "what is right")


def _is_of_whole(shop: Workshop, best: Repair, factor: float) -> bool:
    """Say whether what a statement gives is so many times the right value, as its part is."""
    step = best.site[0]
    whole = given_by(shop, step)
    if whole is step:
        return True
    alone = {step.index: best.edits[step.index]} if step.index in best.edits else best.edits
    values = replay(shop.steps, {}, {**shop.accepted, **alone})
    given, right = np.asarray(shop.value(whole)), np.asarray(values.get(whole.index, whole.value))
    if kind_of(given) != "f" or given.shape != right.shape:
        return True
    found = ratio(given.astype(np.float64), right.astype(np.float64))
    return found is not None and near(found, factor)


def _is_off_by(shop: Workshop, name: str, factor: float) -> bool:
    """Say whether a whole gradient is so many times the right one."""
    given = np.asarray(shop.value(shop.backward.outputs[name]), dtype=np.float64)
    expected = shop.expected[name]
    own = ratio(given, expected) if given.shape == expected.shape else None
    return own is not None and near(own, factor)


def misnamed(shop: Workshop, repair: Repair, source: Step) -> Finding:
    """Return the finding on a value of the forward pass that is taken for a gradient.

    Parameters
    ----------
    shop : Workshop
        The backward pass.
    repair : Repair
        What mends it.
    source : Step
        The value.

    Returns
    -------
    Finding
        At the statement that gives it another name, or at its first use.
    """
    user = statement_at(*repair.site[0].place[:2])
    name = name_of(shop, source)
    alias = alias_before(user.file, name, user.line) if name else None
    statement = alias or user
    called = name or f"a value of line {source.place[1]}"
    message = f"{called} of the forward pass stands where a gradient should: something is missing"
    kinds = ("operand", "activation-wrong", "unknown")
    return Finding(statement.target, "path", None, statement, message, 0.9, repair.mended, kinds)


def _unexplained(
    shop: Workshop, best: Repair, shown: Sequence[Form]
) -> tuple[str, float | None, list[str]]:
    """Return message, factor and kinds for a place where only a derivative mends something."""
    message, factor = (shown[0].message, shown[0].factor) if shown else ("", None)
    kinds = [form.kind for form in shown if form.kind != "support"]
    belongs = meant(shop, best)
    if belongs is not None and belongs.whole:
        return belongs.message, None, ["path"]
    if belongs is not None and factor is None:
        message = f"{message or 'is wrong'}: {belongs.message}"
    # Another operation, and every variable at hand, have been tried: something is missing.
    likely = ["path", "operand", "activation-wrong"]
    return message, factor, kinds + (likely[::-1] if belongs and belongs.local else likely)


def _blamed(shop: Workshop, best: Repair) -> tuple[str, int]:
    """Return the place of a repair, or its caller's: what the forward pass runs is right."""
    shared = shop.backward.lines_of_forward
    step = best.site[0]
    places = [step.place[:2], *step.place[3]]
    return next((place for place in places if place not in shared), places[0])


def _confidence(shop: Workshop, best: Repair, wrong: Sequence[str], factor: float | None) -> float:
    """Return how sure a repair is: a line that the forward pass runs, too, is hardly to blame."""
    shared = best.site[0].place[:2] in shop.backward.lines_of_forward
    if best.change.kind == "unknown" or shared:
        return 0.5
    # A factor that stands nowhere in the source may come from anywhere.
    free = not best.change.message
    if len(best.mended) < len(wrong):
        number = best.change.factor is not None and not free
        return UNDONE if number and confidence(best.change.cost) == 1.0 else 0.9
    more = _FREE if free and best.change.kind == "factor" else 0.0
    if more and _is_computed(shop, best.change.factor):
        more = _COMPUTED
    return confidence(best.change.cost + (_ZERO if factor == 0 else more))


def _is_computed(shop: Workshop, factor: float | None) -> bool:
    """Say whether a factor that nobody writes, or its reciprocal, is a number that is computed."""
    if factor is None or is_round(factor, shop.around.constants.values()):
        return False
    steps = (*shop.backward.forward, *shop.steps)
    numbers = (
        abs(float(s.value)) for s in steps if np.ndim(s.value) == 0 and kind_of(s.value) == "f"
    )
    return any(near(n, abs(factor)) or near(n * abs(factor), 1.0) for n in numbers)


def _makes_not_finite(shop: Workshop, best: Repair) -> bool:
    """Say whether a number that is not finite is written into the statement."""
    place = best.site[0].place[:2]
    return any(step.place[:2] == place and _is_not_finite_itself(step) for step in shop.steps)


def _is_not_finite_itself(step: Step) -> bool:
    if not step.parents and kind_of(step.value) == "f":
        return not np.isfinite(np.asarray(step.value)).all()
    return any(
        np.asarray(x).dtype.kind == "f" and not np.isfinite(np.asarray(x)).all()
        for x in step.arguments
        if not isinstance(x, Step) and isinstance(x, float | np.ndarray | np.generic)
    )


def _forms(shop: Workshop, best: Repair, constants: Constants) -> list[Form]:
    """Return how the value of the mended operation differs from what it should be."""
    step, value = _most_changed(shop, best)
    old, new = np.asarray(shop.value(step)), np.asarray(value)
    if old.shape != new.shape or old.ndim == 0 or new.dtype.kind != "f" or old.dtype.kind != "f":
        return []
    named = _owner(shop, step)
    parameter = _part_of_parameter(shop, new)
    if named is not None:
        parameter = shop.backward.trace.leaves[named].value
    others = {f"the gradient of {n}": r for n, r in shop.expected.items() if n != named}
    found = forms(old.astype(np.float64), new.astype(np.float64), constants, parameter, others)
    if best.change.kind != "unknown" or len(best.site) == 1:
        return list(found)
    return [form for form in found if form.factor is None or _is_each_time(shop, best, form.factor)]


def _is_each_time(shop: Workshop, best: Repair, factor: float) -> bool:
    """Say whether a value of a loop is so many times the right one whenever it is wrong."""
    values = replay(shop.steps, {}, {**shop.accepted, **best.edits})
    pairs = [(shop.value(step), values.get(step.index, step.value)) for step in best.site]
    wrong = [(given, right) for given, right in pairs if _distance(given, right)]
    return all(
        np.size(right) > 1 and (own := ratio(given, right)) is not None and near(own, factor)
        for given, right in wrong
    )


def _part_of_parameter(shop: Workshop, derivative: FloatArray) -> FloatArray | None:
    """Return what of one vector of all parameters a derivative belongs to; None if nothing."""
    for match in shop.matcher.matches(derivative):
        part = match.derivative.step
        step = part
        while step.operation in (*VIEWS, "getitem") and step.parents:
            step = step.parents[0]
        if step.operation == "leaf" and part is not step and part.value.shape == derivative.shape:
            found: FloatArray = part.value
            return found
    return None


def _most_changed(shop: Workshop, best: Repair) -> tuple[Step, Any]:
    """Return an operation that is mended, with its right value: in a loop not all were wrong."""
    if len(best.site) == 1:
        return best.site[0], best.new
    values = replay(shop.steps, {}, {**shop.accepted, **best.edits})
    pairs = [(step, values.get(step.index, step.value)) for step in best.site]
    step, _ = max(pairs, key=lambda pair: _distance(shop.value(pair[0]), pair[1]))
    # Of a helper that is called again, what one call gives has passed through the others, too.
    own = {at: edit for at, edit in best.edits.items() if at == step.index}
    values = replay(shop.steps, {}, {**shop.accepted, **own}) if own else values
    return step, values.get(step.index, step.value)


def _distance(one: Any, two: Any) -> float:
    """Return how far two values are apart, relative; 0 where that is no number."""
    if np.shape(one) != np.shape(two) or kind_of(one) != "f" or kind_of(two) != "f":
        return 0.0
    with np.errstate(all="ignore"):
        apart = relative_error(np.asarray(one, float), np.asarray(two, float), 0.0)
    return 0.0 if np.isnan(apart) else apart


def _same_place(repair: Repair, best: Repair) -> bool:
    return repair.site[0].place[:2] == best.site[0].place[:2]


def _owner(shop: Workshop, step: Step) -> str | None:
    """Return the parameter whose gradient a step is, if it is one."""
    for name, output in shop.backward.outputs.items():
        if output.index == step.index:
            return name
    return None
