"""A data set: features and targets as columns, checked once and never modified."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trainwell.errors import DataError, ShapeError
from trainwell.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Data:
    r"""Examples as columns: features, targets and, where wanted, weights.

    The arrays are copied to C order, unless they are read-only already, checked
    once and made read-only. Numbers become float64; where ``x`` is float32, all
    arrays become float32.

    With weights, a loss is the weighted mean over the examples,

    .. math:: \frac{\sum_i w_i \ell_i}{\sum_i w_i} = \frac{1}{N} \sum_i r_i \ell_i,
        \qquad r_i = \frac{w_i}{\frac{1}{N} \sum_j w_j},

    so that only the proportions of the weights matter; :attr:`relative_weight`
    is :math:`r`.

    Parameters
    ----------
    x : FloatArray of shape (I, N)
        Features, finite; column ``i`` is example ``i``.
    y : FloatArray of shape (O, N)
        Targets, finite: 0 and 1, one row per class, or measured values.
    weight : FloatArray of shape (N,), optional
        Non-negative weights of the examples, not all zero, in any unit; they are
        kept as given.

    Raises
    ------
    ShapeError
        If an array has the wrong number of axes, or the arrays disagree on ``N``.
    DataError
        If there is no example, feature or target, a value is not finite or not a
        number, or a weight is negative, or all are zero.

    Examples
    --------
    The weights 1, 1, 2 count the last of three examples twice:

    >>> import numpy as np
    >>> from trainwell.data.dataset import Data
    >>> data = Data(np.ones((2, 3)), np.array([[0.0, 0.0, 1.0]]), np.array([1.0, 1.0, 2.0]))
    >>> data.examples, data.total_weight, data.relative_weight.tolist()
    (3, 4.0, [0.75, 0.75, 1.5])
    >>> data.columns(np.array([2, 0])).y.tolist()
    [[1.0, 0.0]]
    """

    x: FloatArray
    y: FloatArray
    weight: FloatArray | None = None

    def __post_init__(self) -> None:
        single = getattr(self.x, "dtype", None) == np.float32
        dtype = np.float32 if single else np.float64
        x = _frozen("x", self.x, dtype, axes=2)
        y = _frozen("y", self.y, dtype, axes=2)
        if x.shape[1] != y.shape[1]:
            raise ShapeError.mismatch("Data", "y", y.shape, f"(O, {x.shape[1]}), as x has columns")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        if self.weight is not None:
            weight = _frozen("weight", self.weight, dtype, axes=1)
            _check_weight(weight, x.shape[1])
            object.__setattr__(self, "weight", weight)

    @property
    def examples(self) -> int:
        """Number of examples, ``N``."""
        return int(self.x.shape[1])

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Precision of all arrays."""
        return self.x.dtype

    @property
    def total_weight(self) -> float:
        """Sum of the weights; without weights the number of examples."""
        if self.weight is None:
            return float(self.examples)
        return float(np.sum(self.weight, dtype=np.float64))

    @property
    def relative_weight(self) -> FloatArray | None:
        """Weights divided by their mean, so that their mean is 1; or ``None``."""
        if self.weight is None:
            return None
        # Dividing by the largest first keeps the mean from overflowing or vanishing.
        scaled = self.weight / self.weight.max()
        relative: FloatArray = scaled / scaled.mean()
        return relative

    def columns(self, indices: IntArray | slice) -> "Data":
        """Return a data set of some of the examples, in the order asked for.

        Parameters
        ----------
        indices : IntArray of shape (B,) or slice
            Which examples; one may be asked for more than once.

        Returns
        -------
        Data
            The chosen columns, with their weights.

        Raises
        ------
        DataError
            If no example is asked for, or the weights of all of them are zero.
        """
        chosen = np.arange(self.examples)[indices]
        weight = None if self.weight is None else _read_only(self.weight[chosen])
        return Data(
            # take, unlike an index, returns C order
            _read_only(self.x.take(chosen, axis=1)),
            _read_only(self.y.take(chosen, axis=1)),
            weight,
        )


def _read_only(array: FloatArray) -> FloatArray:
    array.flags.writeable = False
    return array


def _frozen(name: str, values: ArrayLike, dtype: type[np.floating], axes: int) -> FloatArray:
    """Return finite values as a read-only array that nobody else can write to."""
    given = np.asarray(values)
    if given.ndim != axes:
        raise ShapeError.mismatch("Data", name, given.shape, "(N,)" if axes == 1 else "(rows, N)")
    if given.size == 0:
        raise DataError.in_array("Data", name, f"is empty, its shape is {given.shape}")
    if given.dtype.kind not in "biuf":
        raise DataError.in_array("Data", name, f"must hold real numbers, got {given.dtype}")
    ours = given.flags.owndata and not given.flags.writeable
    with np.errstate(over="ignore"):  # what overflows float32 is reported below
        convert = np.asarray if ours else np.array  # array copies
        array: FloatArray = convert(given, dtype=dtype, order="C")
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        where = f"example {place[0]}" if axes == 1 else f"row {place[0]}, column {place[1]}"
        problem = (
            f"must be finite in {dtype.__name__}, got {given[place]} at {where} (counted from 0)"
        )
        raise DataError.in_array("Data", name, problem)
    return _read_only(array)


def _check_weight(weight: FloatArray, examples: int) -> None:
    if weight.shape != (examples,):
        raise ShapeError.mismatch(
            "Data", "weight", weight.shape, f"({examples},), as x has columns"
        )
    if weight.min() < 0:
        place = int(weight.argmin())
        problem = f"must not be negative, got {weight[place]} at example {place} (counted from 0)"
        raise DataError.in_array("Data", "weight", problem)
    if weight.max() == 0:
        raise DataError.in_array("Data", "weight", "must not be zero for every example")
    with np.errstate(over="ignore"):
        total = np.sum(weight, dtype=np.float64)
    if not np.isfinite(total):
        raise DataError.in_array("Data", "weight", "must have a finite sum")
