"""A few numbers side by side that the processor treats as one: 32 bytes of them.

Numba writes vector instructions where a loop runs over adjacent numbers. A matrix product
has to keep several of them in registers over its inner loop, which no loop over numbers
says; these operations say it. Without a compiler they are NumPy slices.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import intrinsic, overload, register_model

from trainwell.kernels.compiling import kernel
from trainwell.types import FloatArray

BYTES = 32


@kernel
def lane_count(array: FloatArray) -> int:
    """Return how many of an array's numbers are treated as one: 4 double, 8 single ones."""
    return BYTES // array.itemsize


def load(array: FloatArray, row: int, column: int) -> FloatArray:
    """Return the numbers of a row from a column on."""
    return array[row, column : column + BYTES // array.itemsize].copy()


def store(array: FloatArray, row: int, column: int, lanes: FloatArray) -> None:
    """Write the numbers into a row from a column on; ``array`` is modified."""
    array[row, column : column + len(lanes)] = lanes


def spread(array: FloatArray, number: float) -> FloatArray:
    """Return one number in each lane, in the precision of ``array``."""
    return np.full(BYTES // array.itemsize, number, array.dtype)


def multiply_add(factor: Any, lanes: FloatArray, rest: FloatArray) -> FloatArray:
    """Return ``factor * lanes + rest``, for a number or lanes as the factor."""
    return factor * lanes + rest


def total(lanes: FloatArray) -> Any:
    """Return the sum of the numbers, half added to half until one is left."""
    while len(lanes) > 1:
        half = len(lanes) // 2
        lanes = lanes[:half] + lanes[half:]
    return lanes[0]


class Lanes(types.Type):
    """The compiler's type of some numbers side by side."""

    def __init__(self, number: Any) -> None:
        self.number = number
        self.count = BYTES * 8 // number.bitwidth
        super().__init__(name=f"Lanes({number})")


@register_model(Lanes)
class LanesModel(PrimitiveModel):
    """Lanes are a vector of LLVM's."""

    def __init__(self, manager: Any, lanes: Lanes) -> None:
        single = lanes.number == types.float32
        number = ir.FloatType() if single else ir.DoubleType()
        super().__init__(manager, lanes, ir.VectorType(number, lanes.count))


def _place(context: Any, builder: Any, array_type: Any, arguments: Any) -> Any:
    """Return the pointer to the lanes at (array, row, column)."""
    array = context.make_array(array_type)(context, builder, arguments[0])
    indices = list(arguments[1:3])
    number = cgutils.get_item_pointer(context, builder, array_type, array, indices)
    lanes = context.get_data_type(Lanes(array_type.dtype))
    return builder.bitcast(number, lanes.as_pointer())


@intrinsic
def _load(typing: Any, array: Any, row: Any, column: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, array, arguments)
        return builder.load(place, align=array.dtype.bitwidth // 8)

    return Lanes(array.dtype)(array, types.intp, types.intp), generate


@intrinsic
def _store(typing: Any, array: Any, row: Any, column: Any, lanes: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, array, arguments)
        builder.store(arguments[3], place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, lanes), generate


def _spread_number(builder: Any, vector: Any, number: Any) -> Any:
    integer = ir.IntType(32)
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(integer, 0))
    everywhere = ir.Constant(ir.VectorType(integer, vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, undefined, everywhere)


@intrinsic
def _spread(typing: Any, array: Any, number: Any) -> Any:
    lanes = Lanes(array.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _spread_number(builder, context.get_data_type(lanes), arguments[1])

    return lanes(array, array.dtype), generate


@intrinsic
def _multiply_add(typing: Any, factor: Any, lanes: Any, rest: Any) -> Any:
    spreads = not isinstance(factor, Lanes)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = context.get_data_type(lanes)
        left = _spread_number(builder, vector, arguments[0]) if spreads else arguments[0]
        product = builder.fmul(left, arguments[1], flags=["contract"])
        return builder.fadd(product, arguments[2], flags=["contract"])

    return lanes(lanes.number if spreads else lanes, lanes, lanes), generate


@intrinsic
def _total(typing: Any, lanes: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer, half, value = ir.IntType(32), lanes.count // 2, arguments[0]
        while half:
            ends = [
                ir.Constant(ir.VectorType(integer, half), list(range(start, start + half)))
                for start in (0, half)
            ]
            low, high = (builder.shuffle_vector(value, value, end) for end in ends)
            value, half = builder.fadd(low, high), half // 2
        return builder.extract_element(value, ir.Constant(integer, 0))

    return lanes.number(lanes), generate


@overload(load, strict=False)
def _compiled_load(array: Any, row: Any, column: Any) -> Any:
    return lambda array, row, column: _load(array, row, column)


@overload(store, strict=False)
def _compiled_store(array: Any, row: Any, column: Any, lanes: Any) -> Any:
    return lambda array, row, column, lanes: _store(array, row, column, lanes)


@overload(spread, strict=False)
def _compiled_spread(array: Any, number: Any) -> Any:
    return lambda array, number: _spread(array, number)


@overload(multiply_add, strict=False)
def _compiled_multiply_add(factor: Any, lanes: Any, rest: Any) -> Any:
    return lambda factor, lanes, rest: _multiply_add(factor, lanes, rest)


@overload(total, strict=False)
def _compiled_total(lanes: Any) -> Any:
    return lambda lanes: _total(lanes)
