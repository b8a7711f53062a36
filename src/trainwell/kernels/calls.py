"""Kernels that are chosen at run time: their addresses are data, and calls go through them.

A loop over layers that names every activation, loss and optimizer would have to be compiled
with all of them. Instead each is compiled when a network first needs it, and the loop is
given its address, as a network is given its layers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, config, types
from numba.core.ccallback import CFunc
from numba.core.errors import TypingError
from numba.core.sigutils import normalize_signature
from numba.extending import intrinsic, overload

from trainwell.kernels.compiling import ORDERED, REORDERED, cache_of, options

Function = Callable[..., Any]

FUNCTIONS: dict[int, Function] = {}
"""What stands behind the addresses where nothing is compiled."""


@dataclass(frozen=True)
class Family:
    """Kernels with the same arguments, any of which a call may reach.

    Parameters
    ----------
    result : numba type
        What they return.
    arguments : callable
        Takes the type of a number, single or double, and returns the types of the arguments.
    """

    result: Any
    arguments: Callable[[Any], tuple[Any, ...]]

    def accepts(self, given: tuple[Any, ...]) -> bool:
        """Return whether arguments of these types fit, in either precision."""
        return given in (self.arguments(types.float32), self.arguments(types.float64))


@dataclass(frozen=True)
class Member:
    """A kernel of a family: compiled for a precision when its address is first asked for.

    Parameters
    ----------
    function : callable
        Its source.
    family : Family
        Its arguments.
    freedoms : frozenset of str
        What the compiler may do to the order of sums.
    """

    function: Function
    family: Family
    freedoms: frozenset[str] = ORDERED

    def address(self, dtype: Any) -> int:
        """Return where the compiled kernel for numbers of a type is."""
        if config.DISABLE_JIT:
            FUNCTIONS[id(self.function)] = self.function
            return id(self.function)
        return int(_compiled(self, np.dtype(dtype).name).address)


@cache
def _compiled(member: Member, name: str) -> Any:
    signature = member.family.result(*member.family.arguments(getattr(types, name)))
    compiled = CFunc(
        member.function,
        normalize_signature(signature),
        locals={},
        options=options(member.freedoms) | {"nopython": True},
    )
    compiled._cache = cache_of(member.function)
    compiled.compile()
    return compiled


def member(family: Family, *, sums: bool = False) -> Callable[[Function], Member]:
    """Return a decorator that makes a function a kernel of a family."""
    return lambda function: Member(function, family, REORDERED if sums else ORDERED)


def caller(family: Family) -> Callable[[int, tuple[Any, ...]], Any]:
    """Return a function that kernels call others through: by address, with a tuple."""

    def call(address: int, arguments: tuple[Any, ...]) -> Any:
        return FUNCTIONS[address](*arguments)

    @intrinsic
    def through(typing: Any, address: Any, arguments: Any) -> Any:
        given = tuple(types.unliteral(argument) for argument in arguments.types)
        if not family.accepts(given):
            raise TypingError(f"a kernel of this family does not take {given}")

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            function = ir.FunctionType(
                context.get_value_type(family.result),
                [context.get_value_type(argument) for argument in given],
            )
            place = builder.inttoptr(values[0], function.as_pointer())
            return builder.call(place, cgutils.unpack_tuple(builder, values[1]))

        return family.result(types.int64, arguments), generate

    @overload(call, strict=False)
    def compiled(address: Any, arguments: Any) -> Any:
        return lambda address, arguments: through(address, arguments)

    return call
