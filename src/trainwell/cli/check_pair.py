"""Which functions of a program make the cost and the gradient, however these are divided."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isclass

from trainwell.cli.check_arguments import Pair, Target, arguments_of
from trainwell.cli.check_case import Given
from trainwell.cli.check_cotangents import cotangents_of
from trainwell.cli.check_framework import has_rules
from trainwell.cli.check_jacobian import jacobians_of, with_jacobian
from trainwell.cli.check_made import Made, Maker
from trainwell.cli.check_names import (
    COST,
    GRADIENT,
    backwards_of,
    belonging,
    costs_of,
    forwards_of,
    functions_of,
    is_forward,
    named_after,
    outermost,
    returned_names,
    returning_several,
)
from trainwell.cli.check_program import Program
from trainwell.cli.text import listed
from trainwell.diagnosis.gradients.owners import is_class_of_user
from trainwell.errors import DataError

_RULES = {
    "forward": "begins with forward, cost or loss",
    "cost": "has cost or loss in it",
    "backward": "begins with backward or grad",
}


@dataclass(frozen=True)
class Chosen:
    """The functions that a person has named; ``None`` for those that are to be found."""

    forward: str | None = None
    cost: str | None = None
    backward: str | None = None


def aimed(
    program: Program, chosen: Chosen, given: Given, numbers: Mapping[str, float]
) -> tuple[Pair, Target]:
    """Find the functions of a program, and give each argument what its name says.

    They may be a forward pass that returns the cost, with a backward pass; a forward pass, a
    cost and a backward pass; a layer with its rule; one function that returns the cost and the
    gradients. Each may be a method, or find the parameters in its module.
    """
    maker = Maker(program, given, numbers)
    for name in filter(None, (chosen.forward, chosen.cost, chosen.backward)):
        maker.get(name)
    made = None if chosen.cost else with_jacobian(maker, chosen.forward, chosen.backward)
    return made or _with_gradient(maker, chosen)


def _with_gradient(maker: Maker, chosen: Chosen) -> Made:
    """Return a cost with its gradient, or a layer with its rule."""
    every = backwards_of(maker.names)
    forwards = [chosen.forward] if chosen.forward else forwards_of(maker.names, every)
    whole_by_hand = bool(chosen.forward and COST.fullmatch(chosen.forward))
    costs = [] if whole_by_hand else costs_of(maker.names, {*every, *forwards})
    costs = [chosen.cost] if chosen.cost else costs
    if not forwards and not costs:
        costs = named_after(maker.names, every)
    both = {*forwards, *costs}
    backwards = [chosen.backward] if chosen.backward else outermost(every, maker.get, both)
    last = outermost(dict.fromkeys([*forwards, *costs]), maker.get) or [*both]
    if chosen.forward and chosen.backward in (chosen.forward, None):
        own = returned_names(maker.get(chosen.forward))
        if chosen.backward or any(map(GRADIENT.fullmatch, own[1:])):
            return _alone(maker, [chosen.forward], [])
    if not backwards and last and (made := _alone_or_none(maker, last)):
        return made
    backwards = backwards or outermost(every, maker.get) or every
    if not backwards or not last:
        return _alone(maker, last or backwards, backwards)
    whole = [n for n in last if n in forwards and (is_forward(n) or n == chosen.forward)]
    if not whole or whole_by_hand:
        return maker.pair(*_two(maker, last, backwards))
    forward, backward = _two(maker, whole, backwards)
    by_hand = chosen.forward and chosen.backward and not chosen.cost
    beside = [n for n in last if n not in whole]
    if chosen.cost and chosen.forward != chosen.cost:
        return maker.in_turn(forward, chosen.cost, backward)
    return _divided(maker, forward, beside, backward, layer=bool(by_hand))


def refuse_without_parts(program: Program, chosen: Chosen) -> None:
    """Refuse a program in which nothing has a name to be found by, before its test case runs."""
    module = program.module
    own = [c for c in vars(module).values() if isclass(c) and is_class_of_user(c)]
    names = functions_of(module)
    found = any((forwards_of(names, ()), backwards_of(names), costs_of(names, ())))
    found = found or bool(returning_several(module)) or bool(jacobians_of(names))
    if not own and not found and chosen == Chosen() and not has_rules(module):
        _the_one(program.path, names, [], "forward")


def _alone_or_none(maker: Maker, names: list[str]) -> Made | None:
    """Return one function that gives the cost and the gradients; ``None`` if there is none."""
    return maker.alone(names[0]) if len(names) == 1 else None


def _alone(maker: Maker, names: list[str], backwards: list[str]) -> Made:
    """Return one function that gives the cost and the gradients, or say what is missing."""
    if not names:
        names = outermost(returning_several(maker.program.module), maker.get)
        names = names if maker.thing is None and len(names) == 1 else []
    made = _alone_or_none(maker, names)
    if made is not None:
        return made
    known = maker.program.path, maker.names
    _the_one(*known, [] if names == backwards else names, "forward")
    _the_one(*known, backwards, "backward")
    raise AssertionError  # one of them is missing


def _divided(maker: Maker, forward: str, costs: list[str], backward: str, *, layer: bool) -> Made:
    """Return a forward pass with its backward pass, and with the cost if it gives none.

    ``layer`` says that a person has named the two, and no cost.
    """
    cotangents = cotangents_of(maker.get(forward), maker.get(backward))
    if not costs and not cotangents:
        return maker.pair(forward, backward)
    if not _takes_the_output(maker, costs, forward) and maker.gives_a_number(forward):
        return maker.pair(forward, backward)
    if costs and not (layer and cotangents):
        cost = _the_one(maker.program.path, maker.names, costs, "cost")
        return maker.in_turn(forward, cost, backward)
    return maker.layer(forward, backward, cotangents)


def _takes_the_output(maker: Maker, costs: list[str], forward: str) -> bool:
    """Say whether the one cost has an argument that is called as what a forward pass returns."""
    first, *_ = returned_names(maker.get(forward)) or ("",)
    own = first != "" and not COST.fullmatch(first)
    return own and len(costs) == 1 and first in arguments_of(maker.get(costs[0]))


def _two(maker: Maker, forwards: list[str], backwards: list[str]) -> tuple[str, str]:
    """Return the one forward and the one backward pass."""
    if len(forwards) > 1 or len(backwards) > 1:
        forwards, backwards = belonging(forwards, backwards)
    known = maker.program.path, maker.names
    return _the_one(*known, forwards, "forward"), _the_one(*known, backwards, "backward")


def _the_one(path: str, known: list[str], names: list[str], side: str) -> str:
    """Return the one name there is; otherwise say what there is instead."""
    if len(names) == 1:
        return names[0]
    what = "cost" if side == "cost" else f"{side} pass"
    if names:
        problem = f"several functions may be the {what}: {listed(names)}"
        raise DataError.in_file(path, f"{problem}; choose one with --{side} NAME")
    has = f"it has {listed(known)}" if known else "it has no function at all"
    problem = f"has no function whose name {_RULES[side]} ({has}); name the {what} with"
    raise DataError.in_file(path, f"{problem} --{side} NAME")
