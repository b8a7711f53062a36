"""Loops of JAX whose turns are counted, and of which there may be only so many."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, TypeVar

_Value = TypeVar("_Value")
Turn = Callable[..., Any]


def split(params: dict[str, Any], inputs: list[_Value]) -> tuple[list[_Value], ...]:
    """Return what a loop of unknown length asks, what its turns hold, and what it begins with.

    Parameters
    ----------
    params : dict
        Of the equation of ``lax.while_loop``.
    inputs : list
        What it is given.

    Returns
    -------
    asked, held, begin : list
        In their order.
    """
    first = params["cond_nconsts"]
    second = first + params["body_nconsts"]
    return inputs[:first], inputs[first:second], inputs[second:]


def parts_of_loop(params: dict[str, Any], inputs: Sequence[Any]) -> tuple[Turn, Turn, list[Any]]:
    """Return when a loop of unknown length goes on, what it does, and what it begins with.

    Parameters
    ----------
    params : dict
        Of the equation of ``lax.while_loop``.
    inputs : sequence
        What it is given.

    Returns
    -------
    goes_on, turn : callable
        Of the state.
    begin : list
        The first state.
    """
    called = import_module("jax.extend.core").jaxpr_as_fun
    goes_on, turn = called(params["cond_jaxpr"]), called(params["body_jaxpr"])
    asked, held, begin = split(params, list(inputs))
    return (
        lambda state: goes_on(*asked, *state)[0],
        lambda state: list(turn(*held, *state)),
        begin,
    )


def counted(
    params: dict[str, Any], inputs: Sequence[Any], most: int | None = None
) -> tuple[list[Any], Any]:
    """Carry out a loop of unknown length, and count its turns.

    Parameters
    ----------
    params : dict
        Of the equation of ``lax.while_loop``.
    inputs : sequence
        What it is given.
    most : int, optional
        Turns after which it ends in any case: with other numbers it might go on for ever.

    Returns
    -------
    end : list
        The last state.
    turns : jax.Array
        Their number.
    """
    goes_on, turn, begin = parts_of_loop(params, inputs)

    def may(state: Any) -> Any:
        on = goes_on(state[0])
        return on if most is None else on & (state[1] < most)

    end, turns = import_module("jax").lax.while_loop(
        may, lambda state: (turn(state[0]), state[1] + 1), (begin, 0)
    )
    return list(end), turns
