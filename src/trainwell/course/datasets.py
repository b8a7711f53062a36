"""From the library's data sets to the arrays that the notebooks expect."""

from trainwell.data.dataset import Data
from trainwell.types import FloatArray, IntArray


def course_arrays(data: Data) -> tuple[FloatArray, IntArray]:
    """Return inputs and integer labels as arrays of the caller's own.

    Parameters
    ----------
    data : Data
        Examples with one row of labels, 0 or 1.

    Returns
    -------
    X : FloatArray of shape (I, N)
        Inputs; examples are columns.
    Y : IntArray of shape (1, N)
        Labels.
    """
    return data.x.copy(), data.y.astype(int)
