"""How the threads of a team wait for each other: numbers that one writes and others look at.

The first member leads. It asks for a task with the next number of turn, does its own part,
and goes on when every other member has answered with that number. Each number has one
writer and a line of the cache of its own. Without a compiler the interpreter's lock keeps
the order that LLVM's atomic loads and stores keep.
"""

import sys
import time
from typing import Any, NamedTuple

from llvmlite import ir
from llvmlite.binding import address_of_symbol
from numba.core import cgutils, config, types
from numba.extending import intrinsic, overload

from trainwell.kernels.compiling import kernel
from trainwell.types import FloatArray, IntArray

LINE = 16
"""Numbers of a member's row of ``Team.signals``: two lines of a cache, fetched together."""

TURN, TASK, EPOCH, NUMBER, STEP = range(5)
"""Places in a row: the turn is everybody's, the others say what the leader asks for."""

AWAY = 2**62
"""The turn of a member that is gone: nobody waits for it, and without a leader all go."""

LOOKS = 0 if config.DISABLE_JIT else 4000
"""Looks at another's turn, some microseconds, before the core is offered to others."""

OFFER = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
"""The system's function that lets another thread have the core."""


class Team(NamedTuple):
    """Threads that share the examples of each batch and the parameters of each step.

    ``signals`` (members, LINE) holds what they tell each other, ``gradients`` (members, P or
    more) the gradient of each one's share, ``values`` (members,) its loss.
    """

    signals: IntArray
    gradients: FloatArray
    values: FloatArray


@kernel
def ask(team: Team, task: int, epoch: int, number: int, step: int) -> None:
    """Ask all members for their part of a task in a step."""
    signals = team.signals
    signals[0, TASK], signals[0, EPOCH], signals[0, NUMBER], signals[0, STEP] = (
        task,
        epoch,
        number,
        step,
    )
    tell(signals, 0, signals[0, TURN] + 1)


@kernel
def await_answers(team: Team) -> None:
    """Wait until every other member has done its part."""
    for member in range(1, team.signals.shape[0]):
        wait(team.signals, member, team.signals[0, TURN])


@kernel
def wait(signals: IntArray, member: int, turn: int) -> int:
    """Return the turn of a member once it is not before ``turn``."""
    looks = 0
    while True:
        found = look(signals, member)
        if found >= turn:
            return found
        looks += 1
        if looks > LOOKS:
            offer_core()


def look(signals: IntArray, member: int) -> int:
    """Return the turn of a member, and see all that it wrote before."""
    return int(signals[member, TURN])


def tell(signals: IntArray, member: int, turn: int) -> None:
    """Set the turn of a member, for others to see with all that it wrote before."""
    signals[member, TURN] = turn


def offer_core() -> None:
    """Let another thread have the core, if there is one that waits for it."""
    time.sleep(0)


def _turn(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    """Return the pointer to the turn of (signals, member)."""
    signals = context.make_array(kind)(context, builder, arguments[0])
    place = [arguments[1], context.get_constant(types.intp, TURN)]
    return cgutils.get_item_pointer(context, builder, kind, signals, place)


@intrinsic
def _look(typing: Any, signals: Any, member: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(_turn(context, builder, signals, arguments), "acquire", 8)

    return types.int64(signals, types.intp), generate


@intrinsic
def _tell(typing: Any, signals: Any, member: Any, turn: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _turn(context, builder, signals, arguments)
        builder.store_atomic(arguments[2], place, "release", 8)
        return context.get_dummy_value()

    return types.void(signals, types.intp, types.int64), generate


@intrinsic
def _offer_core(typing: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if address_of_symbol(OFFER):
            function = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, function, OFFER), [])
        return context.get_dummy_value()

    return types.void(), generate


@overload(look, strict=False)
def _compiled_look(signals: Any, member: Any) -> Any:
    return lambda signals, member: _look(signals, member)


@overload(tell, strict=False)
def _compiled_tell(signals: Any, member: Any, turn: Any) -> Any:
    return lambda signals, member, turn: _tell(signals, member, turn)


@overload(offer_core, strict=False)
def _compiled_offer_core() -> Any:
    return lambda: _offer_core()
