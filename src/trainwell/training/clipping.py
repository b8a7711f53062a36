"""Gradient clipping, by value and by global norm."""

import numpy as np

from trainwell.types import FloatArray


def clip_by_value(gradient: FloatArray, limit: float) -> FloatArray:
    """Return the gradient with each coordinate pulled into ``[-limit, limit]``.

    Parameters
    ----------
    gradient : FloatArray of shape (P,)
        Not modified.
    limit : float
        Largest absolute value, positive, in the gradient's units.

    Returns
    -------
    FloatArray of shape (P,)
        The clipped gradient; its direction may change.
    """
    return np.clip(gradient, -limit, limit)


def clip_by_norm(gradient: FloatArray, limit: float) -> FloatArray:
    r"""Return the gradient scaled down to a Euclidean norm of at most ``limit``.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert_2}\right)

    Parameters
    ----------
    gradient : FloatArray of shape (P,)
        Of all parameters together; not modified.
    limit : float
        Largest norm ``c``, positive, in the gradient's units.

    Returns
    -------
    FloatArray of shape (P,)
        The clipped gradient, in the same direction.

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training
       recurrent neural networks", ICML 2013, Algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.training.clipping import clip_by_norm
    >>> clip_by_norm(np.array([3.0, 4.0]), 1.0).round(12).tolist()
    [0.6, 0.8]
    """
    norm = float(np.linalg.norm(gradient))
    return gradient * (limit / norm) if norm > limit else gradient
