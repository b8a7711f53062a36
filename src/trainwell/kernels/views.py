"""Parts of flat vectors as matrices, without the cost that a slice has in compiled code.

A slice counts its owners and a reshape asks whether it can do without a copy; both are longer
than many a loop here. These views own nothing: they are good while their vector lives, which
is that of the caller of the kernel. Without a compiler they are NumPy's slices.
"""

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array, populate_array

from trainwell.types import FloatArray


def matrix(vector: FloatArray, start: int, rows: int, columns: int) -> FloatArray:
    """View a part of a vector as a matrix of some rows and columns."""
    return vector[start : start + rows * columns].reshape(rows, columns)


def segment(vector: FloatArray, start: int, size: int) -> FloatArray:
    """View a part of a vector."""
    return vector[start : start + size]


def flat(array: FloatArray) -> FloatArray:
    """View a matrix as a vector, row by row."""
    return array.reshape(array.size)


def row(array: FloatArray, index: int) -> FloatArray:
    """View a row of a matrix."""
    return array[index]


def band(array: FloatArray, first: int, columns: int) -> FloatArray:
    """View adjacent columns of a matrix; only :func:`row` may be asked of the view."""
    return array[:, first : first + columns]


def _view(
    context: Any, builder: Any, kinds: tuple[Any, Any], given: tuple[Any, ...], strides: Any = None
) -> Any:
    """Return a view of the second of ``kinds`` for (array of the first, start, shape)."""
    array, kind = kinds
    whole = make_array(array)(context, builder, given[0])
    number = context.get_data_type(array.dtype)
    size = context.get_constant(types.intp, context.get_abi_sizeof(number))
    lengths = [builder.extract_value(given[2], axis) for axis in range(kind.ndim)]
    if strides is None:
        strides = [builder.mul(size, lengths[1]), size] if kind.ndim == 2 else [size]
    view = make_array(kind)(context, builder)
    populate_array(
        view,
        data=builder.gep(whole.data, [given[1]]),
        shape=lengths,
        strides=strides,
        itemsize=size,
        meminfo=None,
    )
    return view._getvalue()


def _part(axes: int) -> Any:
    """Return the intrinsic for views of some axes: from (array, start, length, ...)."""

    @intrinsic
    def part(typing: Any, array: Any, start: Any, shape: Any) -> Any:
        kind = types.Array(array.dtype, axes, "C")

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _view(context, builder, (array, kind), arguments)

        return kind(array, types.intp, types.UniTuple(types.intp, axes)), generate

    return part


@intrinsic
def _band(typing: Any, array: Any, start: Any, shape: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = make_array(array)(context, builder, arguments[0])
        strides = cgutils.unpack_tuple(builder, whole.strides, 2)
        return _view(context, builder, (array, array), arguments, strides)

    return array(array, types.intp, types.UniTuple(types.intp, 2)), generate


_vector, _matrix = _part(1), _part(2)


@overload(matrix, strict=False)
def _compiled_matrix(vector: Any, start: Any, rows: Any, columns: Any) -> Any:
    return lambda vector, start, rows, columns: _matrix(vector, start, (rows, columns))


@overload(segment, strict=False)
def _compiled_segment(vector: Any, start: Any, size: Any) -> Any:
    return lambda vector, start, size: _vector(vector, start, (size,))


@overload(flat, strict=False)
def _compiled_flat(array: Any) -> Any:
    return lambda array: _vector(array, 0, (array.size,))


@overload(row, strict=False)
def _compiled_row(array: Any, index: Any) -> Any:
    def view(array: Any, index: Any) -> Any:
        return _vector(array, index * (array.strides[0] // array.itemsize), (array.shape[1],))

    return view


@overload(band, strict=False)
def _compiled_band(array: Any, first: Any, columns: Any) -> Any:
    return lambda array, first, columns: _band(array, first, (array.shape[0], columns))
