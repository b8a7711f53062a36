"""Toy data sets with two features, for learning, plots and tests.

:func:`make_circles` and :func:`make_moons` repeat published sets to the bit and draw
from NumPy's legacy generator; the others are pure functions of their seed.
"""

from math import pi

import numpy as np

from trainwell.data.dataset import Data
from trainwell.errors import DataError, ShapeError
from trainwell.randomness import generator
from trainwell.settings import FRACTION, NON_NEGATIVE, POSITIVE, required_integer, required_real
from trainwell.types import FloatArray, IntArray


def make_circles(examples: int, noise: float, seed: int, factor: float = 0.8) -> Data:
    r"""Draw two concentric circles, as the course and scikit-learn do.

    The outer circle, label 0, has radius 1; the inner one, label 1, has radius
    ``factor``. With :math:`n` examples on a circle of radius :math:`r`, example
    :math:`k` is

    .. math:: r \, (\cos 2 \pi k / n, \; \sin 2 \pi k / n) + \epsilon, \qquad
        \epsilon \sim N(0, \text{noise}^2 I),

    and then the examples are shuffled.

    Parameters
    ----------
    examples : int
        Number of examples ``N``; of an odd number, label 1 has one more.
    noise : float
        Standard deviation of the noise, in units of the outer radius.
    seed : int
        Seed of NumPy's legacy generator, in [0, 2**32).
    factor : float, default=0.8
        Radius of the inner circle, in [0, 1).

    Returns
    -------
    Data
        ``x`` of shape (2, N), ``y`` of shape (1, N) with 0 and 1.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.

    Notes
    -----
    The numbers are those of scikit-learn's function of the same name with
    ``random_state=seed``, bit for bit, so the course's published costs can be
    reproduced: ``make_circles(300, 0.05, seed=1)`` is its training set,
    ``make_circles(100, 0.05, seed=2)`` its test set.

    References
    ----------
    .. [1] F. Pedregosa et al., "Scikit-learn: Machine Learning in Python", Journal
       of Machine Learning Research 12, 2011, pp. 2825-2830.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.toys import make_circles
    >>> data = make_circles(300, 0.0, seed=1)
    >>> radius = np.hypot(*data.x)
    >>> sorted(set(zip(radius.round(9).tolist(), data.y[0].tolist())))
    [(0.8, 1.0), (1.0, 0.0)]
    """
    total, noise = _check_common("make_circles", examples, noise)
    factor = required_real("make_circles", "factor", factor, FRACTION)
    half = total // 2
    outer = np.linspace(0, 2 * np.pi, half, endpoint=False)
    inner = np.linspace(0, 2 * np.pi, total - half, endpoint=False)
    x = np.array(
        [
            np.append(np.cos(outer), np.cos(inner) * factor),
            np.append(np.sin(outer), np.sin(inner) * factor),
        ]
    )
    return _legacy_shuffle_and_noise("make_circles", x, half, noise, seed)


def make_moons(examples: int, noise: float, seed: int) -> Data:
    r"""Draw two interleaved half circles, as the course and scikit-learn do.

    The upper moon, label 0, is :math:`(\cos t, \sin t)`; the lower one, label 1, is
    :math:`(1 - \cos t, \frac12 - \sin t)`, both with :math:`t` evenly from 0 to
    :math:`\pi`; then the examples are shuffled and noise is added.

    Parameters
    ----------
    examples : int
        Number of examples ``N``; of an odd number, label 1 has one more.
    noise : float
        Standard deviation of the noise, in units of the radius.
    seed : int
        Seed of NumPy's legacy generator, in [0, 2**32).

    Returns
    -------
    Data
        ``x`` of shape (2, N), ``y`` of shape (1, N) with 0 and 1.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.

    Notes
    -----
    The numbers are those of scikit-learn's function of the same name with
    ``random_state=seed``, bit for bit; ``make_moons(300, 0.2, seed=3)`` is the set
    on which the course compares optimizers.

    References
    ----------
    .. [1] F. Pedregosa et al., "Scikit-learn: Machine Learning in Python", Journal
       of Machine Learning Research 12, 2011, pp. 2825-2830.

    Examples
    --------
    Without noise, no example of the upper moon is below the axis:

    >>> from trainwell.data.toys import make_moons
    >>> data = make_moons(300, 0.0, seed=3)
    >>> bool(data.x[1, data.y[0] == 0].min() >= 0), bool(data.x[1, data.y[0] == 1].max() <= 0.5)
    (True, True)
    """
    total, noise = _check_common("make_moons", examples, noise)
    half = total // 2
    upper = np.linspace(0, np.pi, half)
    lower = np.linspace(0, np.pi, total - half)
    x = np.array(
        [
            np.append(np.cos(upper), 1 - np.cos(lower)),
            np.append(np.sin(upper), 1 - np.sin(lower) - 0.5),
        ]
    )
    return _legacy_shuffle_and_noise("make_moons", x, half, noise, seed)


def make_spirals(examples: int, noise: float, seed: int, turns: float = 1.0, arms: int = 2) -> Data:
    r"""Draw spiral arms that wind around each other from the origin to radius 1.

    Along arm :math:`k` of :math:`K`, with :math:`s` evenly in (0, 1],

    .. math:: x = s \, (\cos \varphi, \sin \varphi) + \epsilon, \qquad
        \varphi = 2 \pi (\text{turns} \cdot s + k / K).

    Parameters
    ----------
    examples : int
        Number of examples ``N``, at least one per arm; arms differ by one at most.
    noise : float
        Standard deviation of the noise, in units of the outer radius.
    seed : int
        Non-negative.
    turns : float, default=1.0
        How often an arm goes around the origin, positive.
    arms : int, default=2
        Number of arms, each a class, at least 2.

    Returns
    -------
    Data
        ``x`` of shape (2, N); ``y`` of shape (1, N) with 0 and 1 for two arms, one-hot
        of shape (arms, N) for more.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.

    Examples
    --------
    Two arms are each other's mirror image at the origin:

    >>> import numpy as np
    >>> from trainwell.data.toys import make_spirals
    >>> data = make_spirals(100, 0.0, seed=0, turns=2)
    >>> bool(np.allclose(data.x.sum(axis=1), 0.0))
    True
    """
    arms = required_integer("make_spirals", "arms", arms, 2)
    turns = required_real("make_spirals", "turns", turns, POSITIVE)
    total, noise = _check_common("make_spirals", examples, noise, minimum=arms)
    rng = generator(required_integer("make_spirals", "seed", seed, 0), "spirals")
    arm = np.arange(total) % arms
    along = (np.arange(total) // arms + 1) / np.bincount(arm)[arm]
    angle = 2 * pi * (turns * along + arm / arms)
    x = along * np.array([np.cos(angle), np.sin(angle)])
    x += noise * rng.standard_normal(x.shape)
    order = rng.permutation(total)
    return Data(x[:, order], _targets(arm[order], arms))


def make_xor(examples: int, noise: float, seed: int) -> Data:
    r"""Draw the exclusive or: label 1 where exactly one coordinate is positive.

    Positions are uniform in the square :math:`[-1, 1]^2` and labelled before the
    noise moves them, so no straight line does better than chance.

    Parameters
    ----------
    examples : int
        Number of examples ``N``.
    noise : float
        Standard deviation of the noise, in units of half the square's side.
    seed : int
        Non-negative.

    Returns
    -------
    Data
        ``x`` of shape (2, N), ``y`` of shape (1, N) with 0 and 1.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.

    Examples
    --------
    >>> from trainwell.data.toys import make_xor
    >>> data = make_xor(200, 0.0, seed=0)
    >>> bool(((data.x[0] * data.x[1] < 0) == data.y[0]).all())
    True
    """
    total, noise = _check_common("make_xor", examples, noise)
    rng = generator(required_integer("make_xor", "seed", seed, 0), "xor")
    x = rng.uniform(-1.0, 1.0, size=(2, total))
    label = (x[0] > 0) ^ (x[1] > 0)
    x += noise * rng.standard_normal(x.shape)
    return Data(x, _targets(label.astype(np.intp), 2))


def make_blobs(
    examples: int, seed: int, centers: int | FloatArray = 2, spread: float = 0.3
) -> Data:
    r"""Draw round clouds of equal spread, one per class.

    Example :math:`i` of class :math:`k` is :math:`c_k + \text{spread} \cdot \epsilon_i` with
    :math:`\epsilon_i \sim N(0, I)`.

    Parameters
    ----------
    examples : int
        Number of examples ``N``, at least one per cloud; clouds differ by one at most.
    seed : int
        Non-negative.
    centers : int or FloatArray of shape (I, C), default=2
        The centres as columns, or how many of them stand evenly on the unit circle;
        at least 2.
    spread : float, default=0.3
        Standard deviation of a cloud along each axis, in the units of ``centers``.

    Returns
    -------
    Data
        ``x`` of shape (I, N); ``y`` of shape (1, N) with 0 and 1 for two clouds, one-hot
        of shape (C, N) for more.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.
    ShapeError
        If ``centers`` has not two axes, or fewer than two columns.
    DataError
        If a centre is not finite.

    Examples
    --------
    With no spread every example is its class's centre:

    >>> import numpy as np
    >>> from trainwell.data.toys import make_blobs
    >>> corners = np.array([[0.0, 4.0, 0.0], [0.0, 0.0, 3.0]])
    >>> data = make_blobs(7, seed=0, centers=corners, spread=0.0)
    >>> bool((corners @ data.y == data.x).all())
    True
    """
    where = _centers(centers)
    classes = where.shape[1]
    total = required_integer("make_blobs", "examples", examples, classes)
    spread = required_real("make_blobs", "spread", spread, NON_NEGATIVE)
    rng = generator(required_integer("make_blobs", "seed", seed, 0), "blobs")
    label = rng.permutation(np.arange(total) % classes)
    x = where[:, label] + spread * rng.standard_normal((where.shape[0], total))
    return Data(x, _targets(label, classes))


def make_football_field(examples: int, noise: float, seed: int) -> Data:
    r"""Draw headers on a football field, won by one team beyond a noisy diagonal.

    A stand-in for the course's football set, which is not part of this package:
    positions in its range, and its rule of thumb, label 1 above a diagonal,

    .. math:: y = [\, x_2 > 2 x_1 + 0.23 + \epsilon \,], \qquad
        \epsilon \sim N(0, \text{noise}^2).

    Parameters
    ----------
    examples : int
        Number of examples ``N``; the course has 211 for training and 200 for validation.
    noise : float
        Standard deviation of the diagonal's position along the second axis; 0.13 gives
        about the course's share of examples on the wrong side, one in thirteen.
    seed : int
        Non-negative.

    Returns
    -------
    Data
        ``x`` of shape (2, N), positions in [-0.6, 0.3] and [-0.66, 0.57]; ``y`` of
        shape (1, N), 1 where the own team won the header.

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.

    See Also
    --------
    trainwell.data.football.load_football : The course's own data, from a file.

    Examples
    --------
    >>> from trainwell.data.toys import make_football_field
    >>> data = make_football_field(1000, 0.13, seed=0)
    >>> wrong = (data.x[1] > 2 * data.x[0] + 0.23) != data.y[0]
    >>> bool(0.05 < wrong.mean() < 0.1)
    True
    """
    total, noise = _check_common("make_football_field", examples, noise)
    rng = generator(required_integer("make_football_field", "seed", seed, 0), "football field")
    across = -0.6 + 0.9 * rng.beta(2.0, 2.0, size=total)
    along = -0.66 + 1.23 * rng.beta(1.5, 1.5, size=total)
    label = along > 2 * across + 0.23 + noise * rng.standard_normal(total)
    return Data(np.array([across, along]), _targets(label.astype(np.intp), 2))


def _check_common(
    function: str, examples: int, noise: float, minimum: int = 1
) -> tuple[int, float]:
    total = required_integer(function, "examples", examples, minimum)
    return total, required_real(function, "noise", noise, NON_NEGATIVE)


def _legacy_shuffle_and_noise(
    function: str, x: FloatArray, zeros: int, noise: float, seed: int
) -> Data:
    """Shuffle, then add noise row by row: the draws of scikit-learn, in its order."""
    seed = required_integer(function, "seed", seed, 0, 2**32 - 1)
    legacy = np.random.RandomState(seed)
    order = np.arange(x.shape[1])
    legacy.shuffle(order)
    moved = x[:, order] + legacy.normal(scale=noise, size=(x.shape[1], 2)).T
    return Data(moved, _targets((order >= zeros).astype(np.intp), 2))


def _targets(label: IntArray, classes: int) -> FloatArray:
    """Return 0 and 1 in one row for two classes, one row per class for more."""
    if classes == 2:
        return np.array([label], dtype=np.float64)
    return np.array(label == np.arange(classes)[:, np.newaxis], dtype=np.float64)


def _centers(centers: int | FloatArray) -> FloatArray:
    if isinstance(centers, int):
        count = required_integer("make_blobs", "centers", centers, 2)
        angle = 2 * pi * np.arange(count) / count
        return np.array([np.cos(angle), np.sin(angle)])
    where = np.asarray(centers, dtype=np.float64)
    if where.ndim != 2 or where.shape[1] < 2:
        raise ShapeError.mismatch("make_blobs", "centers", where.shape, "(I, C) with C >= 2")
    if not np.isfinite(where).all():
        raise DataError.in_array("make_blobs", "centers", "must be finite")
    return where
