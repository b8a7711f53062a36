"""The course's football data, read from the MATLAB file that the reader brings along."""

import os
from os import PathLike
from pathlib import Path

import numpy as np

from trainwell.data.dataset import Data
from trainwell.data.matlab import read_matlab
from trainwell.errors import DataError
from trainwell.types import FloatArray

VARIABLE = "TRAINWELL_FOOTBALL"
"""Environment variable that may hold the path of the file."""

_NAMES = ("X", "y", "Xval", "yval")


def load_football(path: str | PathLike[str] | None = None) -> tuple[Data, Data]:
    """Load the positions from which headers were won or lost, for the course's regularisation.

    The file is not part of this package. Without a path it is looked for in
    ``datasets/data.mat`` below the working folder, where the course's notebooks
    have it, and then where the environment variable ``TRAINWELL_FOOTBALL`` points.

    Parameters
    ----------
    path : str or path-like, optional
        A MATLAB 5 file with ``X`` (N, 2), ``y`` (N, 1) with 0 and 1, ``Xval``, ``yval``.

    Returns
    -------
    training : Data
        ``x`` of shape (2, N), ``y`` of shape (1, N); in the course's file N is 211.
    validation : Data
        The same of the part that the course calls test set, 200 examples.

    Raises
    ------
    DataError
        If there is no such file, or it is no MATLAB file, lacks one of the four
        arrays, or an array has the wrong shape or other labels than 0 and 1.

    See Also
    --------
    trainwell.data.toys.make_football_field : A synthetic stand-in that needs no file.

    Examples
    --------
    >>> from trainwell.data.football import load_football
    >>> load_football("nowhere.mat")
    Traceback (most recent call last):
        ...
    trainwell.errors.DataError: nowhere.mat: there is no such file
    """
    file = _find(path)
    arrays = read_matlab(file, _NAMES)
    return _part(file, arrays, "X", "y"), _part(file, arrays, "Xval", "yval")


def _find(path: str | PathLike[str] | None) -> Path:
    if path is not None:
        return Path(path)
    beside = Path("datasets", "data.mat")
    if beside.exists():
        return beside
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    raise DataError.in_file(
        beside,
        "there is no such file; pass the path of the course's data.mat, put it there,"
        f" or set {VARIABLE} to its path",
    )


def _part(file: Path, arrays: dict[str, FloatArray], x_name: str, y_name: str) -> Data:
    x = _checked(file, x_name, arrays[x_name], columns=2)
    y = _checked(file, y_name, arrays[y_name], columns=1)
    if len(x) != len(y):
        problem = f"{x_name} has {len(x)} rows and {y_name} has {len(y)}, they must have as many"
        raise DataError.in_file(file, problem)
    if not np.isin(y, (0.0, 1.0)).all():
        raise DataError.in_file(file, f"{y_name} must hold 0 and 1 only")
    return Data(x.T, y.T)


def _checked(file: Path, name: str, array: FloatArray, columns: int) -> FloatArray:
    if array.ndim != 2 or array.shape[1] != columns or len(array) == 0:
        problem = f"{name} must have shape (N, {columns}), got {array.shape}"
        raise DataError.in_file(file, problem)
    if not np.isfinite(array).all():
        raise DataError.in_file(file, f"{name} must be finite")
    return array
