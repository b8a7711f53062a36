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


def repeated(vector: FloatArray, index: int) -> FloatArray:
    """Return the number at an index, which is not negative, in each lane."""
    return spread(vector, vector[index])


def multiply_add(factor: FloatArray, lanes: FloatArray, rest: FloatArray) -> FloatArray:
    """Return ``factor * lanes + rest``."""
    return factor * lanes + rest


def store_totals(array: FloatArray, row: int, column: int, parts: tuple[FloatArray, ...]) -> None:
    """Write the sums of four lanes side by side into a row; ``array`` is modified."""
    for place, lanes in enumerate(parts):
        array[row, column + place] = lanes.sum()


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
def _repeated(typing: Any, vector: Any, index: Any) -> Any:
    lanes = Lanes(vector.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(vector)(context, builder, arguments[0])
        number = builder.load(builder.gep(array.data, [arguments[1]]))
        return _spread_number(builder, context.get_data_type(lanes), number)

    return lanes(vector, types.intp), generate


@intrinsic
def _multiply_add(typing: Any, factor: Any, lanes: Any, rest: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        product = builder.fmul(arguments[0], arguments[1], flags=["contract"])
        return builder.fadd(product, arguments[2], flags=["contract"])

    return lanes(lanes, lanes, lanes), generate


def _folded(builder: Any, left: Any, right: Any) -> Any:
    """Add neighbours: of each 16 bytes, first those of ``left``, then those of ``right``."""
    integer, count = ir.IntType(32), left.type.count
    block = count * 16 // BYTES
    even = [
        start + side + place
        for start in range(0, count, block)
        for side in (0, count)
        for place in range(0, block, 2)
    ]
    ends = [
        ir.Constant(ir.VectorType(integer, count), [place + odd for place in even])
        for odd in (0, 1)
    ]
    return builder.fadd(*(builder.shuffle_vector(left, right, end) for end in ends))


@intrinsic
def _store_totals(typing: Any, array: Any, row: Any, column: Any, parts: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, c, d = cgutils.unpack_tuple(builder, arguments[3], 4)
        integer, count = ir.IntType(32), a.type.count
        left, right = _folded(builder, a, b), _folded(builder, c, d)
        if count == 8:  # single: a b c d of the low half, then of the high half
            left = right = _folded(builder, left, right)
            lows, highs = [0, 1, 2, 3], [4, 5, 6, 7]
        else:  # double: a b of the low half, a b of the high half; likewise c d
            lows, highs = [0, 1, 4, 5], [2, 3, 6, 7]
        low, high = (
            builder.shuffle_vector(left, right, ir.Constant(ir.VectorType(integer, 4), places))
            for places in (lows, highs)
        )
        sums = builder.fadd(low, high)
        place = _place(context, builder, array, arguments)
        place = builder.bitcast(place, sums.type.as_pointer())
        builder.store(sums, place, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, parts), generate


@overload(load, strict=False)
def _compiled_load(array: Any, row: Any, column: Any) -> Any:
    return lambda array, row, column: _load(array, row, column)


@overload(store, strict=False)
def _compiled_store(array: Any, row: Any, column: Any, lanes: Any) -> Any:
    return lambda array, row, column, lanes: _store(array, row, column, lanes)


@overload(spread, strict=False)
def _compiled_spread(array: Any, number: Any) -> Any:
    return lambda array, number: _spread(array, number)


@overload(repeated, strict=False)
def _compiled_repeated(vector: Any, index: Any) -> Any:
    return lambda vector, index: _repeated(vector, index)


@overload(multiply_add, strict=False)
def _compiled_multiply_add(factor: Any, lanes: Any, rest: Any) -> Any:
    return lambda factor, lanes, rest: _multiply_add(factor, lanes, rest)


@overload(store_totals, strict=False)
def _compiled_store_totals(array: Any, row: Any, column: Any, parts: Any) -> Any:
    return lambda array, row, column, parts: _store_totals(array, row, column, parts)
