"""Which functions of a program make the cost and the gradient, however these are divided."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isclass

from trainwell.cli.check_arguments import Pair, Target
from trainwell.cli.check_case import Given
from trainwell.cli.check_made import Made, Maker, cotangents_of
from trainwell.cli.check_names import (
    backwards_of,
    belonging,
    costs_of,
    forwards_of,
    functions_of,
    is_forward,
    outermost,
)
from trainwell.cli.check_program import Program
from trainwell.cli.text import listed
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
    every = backwards_of(maker.names)
    backwards = [chosen.backward] if chosen.backward else outermost(every, maker.get)
    forwards = [chosen.forward] if chosen.forward else forwards_of(maker.names, every)
    costs = [chosen.cost] if chosen.cost else costs_of(maker.names, {*every, *forwards})
    last = outermost(dict.fromkeys([*forwards, *costs]), maker.get)
    if not backwards or not last:
        return _alone(maker, last or backwards, backwards)
    whole = [n for n in last if n in forwards and (is_forward(n) or n == chosen.forward)]
    if not whole:
        return maker.pair(*_two(maker, last, backwards))
    forward, backward = _two(maker, whole, backwards)
    return _divided(maker, forward, [n for n in last if n not in whole], backward)


def refuse_without_parts(program: Program, chosen: Chosen) -> None:
    """Refuse a program in which nothing has a name to be found by, before its test case runs."""
    module = program.module
    own = [c for c in vars(module).values() if isclass(c) and c.__module__ == module.__name__]
    names = functions_of(module)
    found = any((forwards_of(names, ()), backwards_of(names), costs_of(names, ())))
    if not own and not found and chosen == Chosen():
        _the_one(program.path, names, [], "forward")


def _alone(maker: Maker, names: list[str], backwards: list[str]) -> Made:
    """Return one function that gives the cost and the gradients."""
    if len(names) == 1 and (made := maker.alone(names[0])) is not None:
        return made
    known = maker.program.path, maker.names
    _the_one(*known, [] if names == backwards else names, "forward")
    _the_one(*known, backwards, "backward")
    raise AssertionError  # one of them is missing


def _divided(maker: Maker, forward: str, costs: list[str], backward: str) -> Made:
    """Return a forward pass with its backward pass, and with the cost if it gives none."""
    cotangents = cotangents_of(maker.get(forward), maker.get(backward))
    if not costs and not cotangents:
        return maker.pair(forward, backward)
    try:
        made = maker.pair(forward, backward)
    except DataError:
        if not costs:
            return maker.layer(forward, backward, cotangents)
    else:
        if maker.gives_a_number(made):
            return made
    if costs:
        return maker.in_turn(
            forward, _the_one(maker.program.path, maker.names, costs, "cost"), backward
        )
    return maker.layer(forward, backward, cotangents)


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
