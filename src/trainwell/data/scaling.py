"""Input normalisation, fitted on the training part and applied to every part."""

from dataclasses import dataclass

import numpy as np

from trainwell.data.dataset import Data
from trainwell.errors import DataError, ShapeError
from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class Standardizer:
    r"""An affine map of each feature, and its inverse.

    .. math:: z = \frac{x - \mu}{\sigma}

    Parameters
    ----------
    mean : FloatArray of shape (I, 1)
        What is subtracted, :math:`\mu`, in the features' units; finite.
    scale : FloatArray of shape (I, 1)
        What is divided by, :math:`\sigma`, in the features' units; positive and finite.

    Raises
    ------
    ShapeError
        If an array is no column, or the two differ in length.
    DataError
        If a number is not finite or a scale is not positive.

    See Also
    --------
    fit_standardizer : Take both from training data.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.scaling import Standardizer
    >>> metres = Standardizer(np.array([[1.5]]), np.array([[0.5]]))
    >>> metres.apply(np.array([[1.0, 1.5, 2.5]])).tolist()
    [[-1.0, 0.0, 2.0]]
    >>> metres.invert(metres.apply(np.array([[1.0, 1.5, 2.5]]))).tolist()
    [[1.0, 1.5, 2.5]]
    """

    mean: FloatArray
    scale: FloatArray

    def __post_init__(self) -> None:
        for name in ("mean", "scale"):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.ndim != 2 or array.shape[1] != 1:
                raise ShapeError.mismatch("Standardizer", name, array.shape, "(I, 1)")
            if not np.isfinite(array).all():
                raise DataError.in_array("Standardizer", name, "must be finite")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if self.scale.shape != self.mean.shape:
            shape = f"{self.mean.shape}, as mean has"
            raise ShapeError.mismatch("Standardizer", "scale", self.scale.shape, shape)
        if self.scale.min() <= 0:
            problem = f"must be positive, got {self.scale.min()} in row {self.scale.argmin()}"
            raise DataError.in_array("Standardizer", "scale", problem)

    def apply(self, x: FloatArray) -> FloatArray:
        """Return the features without their units.

        Parameters
        ----------
        x : FloatArray of shape (I, N)
            Features of any part; not modified.

        Returns
        -------
        FloatArray of shape (I, N)
            ``(x - mean) / scale``, in the precision of ``x``.

        Raises
        ------
        ShapeError
            If ``x`` has another number of features.
        """
        self._check(x)
        return ((x - self.mean) / self.scale).astype(_precision(x), copy=False)

    def invert(self, z: FloatArray) -> FloatArray:
        """Return the features in their units again.

        Parameters
        ----------
        z : FloatArray of shape (I, N)
            What :meth:`apply` returned; not modified.

        Returns
        -------
        FloatArray of shape (I, N)
            ``z * scale + mean``, in the precision of ``z``.

        Raises
        ------
        ShapeError
            If ``z`` has another number of features.
        """
        self._check(z)
        return (z * self.scale + self.mean).astype(_precision(z), copy=False)

    def _check(self, x: FloatArray) -> None:
        if x.ndim != 2 or x.shape[0] != self.mean.shape[0]:
            raise ShapeError.mismatch("Standardizer", "x", x.shape, f"({len(self.mean)}, N)")


def fit_standardizer(x: FloatArray, weight: FloatArray | None = None) -> Standardizer:
    r"""Return the map that gives each feature mean 0 and variance 1 over ``x``.

    .. math::

        \mu &= \frac{\sum_i w_i x_i}{\sum_i w_i}, \\
        \sigma &= \sqrt{\frac{\sum_i w_i (x_i - \mu)^2}{\sum_i w_i}}.

    Fit it on the training part alone and apply it to all parts: a mean that has
    seen the test part tells the network about it. A feature that is constant,
    but for rounding, has scale 1, so it becomes 0 on this part and keeps its units
    elsewhere.

    Parameters
    ----------
    x : FloatArray of shape (I, N)
        Features of the training part, finite; not modified.
    weight : FloatArray of shape (N,), optional
        Non-negative weights of the examples, not all zero.

    Returns
    -------
    Standardizer
        The map; its arrays are float64 whatever ``x`` is.

    Raises
    ------
    ShapeError
        If ``x`` has not two axes, or ``weight`` is not of its length.
    DataError
        If there is nothing to fit on, a number is not finite, or a weight is negative
        or all are zero.

    Notes
    -----
    The course's notes write :math:`x / \sigma^2`. That divides by the variance: the
    result has variance :math:`1 / \sigma^2`, and depends on the units once more. Here
    as in practice it is the standard deviation.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", in
       Neural Networks: Tricks of the Trade, Springer, 1998, section 4.3.

    Examples
    --------
    Metres and millimetres become the same numbers:

    >>> import numpy as np
    >>> from trainwell.data.scaling import fit_standardizer
    >>> metres = np.array([[1.0, 2.0, 3.0, 6.0]])
    >>> z = fit_standardizer(metres).apply(metres)
    >>> bool(np.allclose(z, fit_standardizer(1000 * metres).apply(1000 * metres)))
    True
    >>> round(float(z.mean()), 12), round(float(z.var()), 12)
    (0.0, 1.0)
    """
    # Data knows what features and weights may be; the targets are of no interest here.
    checked = Data(x, np.zeros((1, *np.shape(x)[1:2])), weight)
    values, relative = checked.x, checked.relative_weight
    if checked.weight is not None and relative is not None:
        values, relative = values[:, checked.weight > 0], relative[checked.weight > 0]
    rounding = 4 * np.finfo(values.dtype).eps
    # A power of two is divided out, which is exact, so that no square overflows.
    values = values.astype(np.float64)
    _, exponent = np.frexp(np.abs(values).max(axis=1, keepdims=True))
    values = np.ldexp(values, -exponent)
    shares = np.ones(1) if relative is None else relative.astype(np.float64)
    shares = shares / np.broadcast_to(shares, values.shape[1:]).sum()
    constant = np.ptp(values, axis=1, keepdims=True) <= rounding
    mean = np.where(constant, values[:, :1], (shares * values).sum(axis=1, keepdims=True))
    variance = (shares * (values - mean) ** 2).sum(axis=1, keepdims=True)
    scale = np.ldexp(np.sqrt(variance), exponent)
    scale[constant | (scale == 0)] = 1.0
    return Standardizer(np.ldexp(mean, exponent), scale)


def _precision(x: FloatArray) -> type[np.floating]:
    return np.float32 if x.dtype == np.float32 else np.float64
