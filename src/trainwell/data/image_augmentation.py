"""Changes of images that keep their shape: flip, rotate, shift, zoom.

Images are arrays of shape (N, height, width) or (N, height, width, channels). A pixel
that comes from outside the image repeats the nearest one at the edge; between pixels
the values are interpolated linearly, so none leaves the range that its image has.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from trainwell.errors import ConfigurationError, ShapeError
from trainwell.settings import NON_NEGATIVE, check_real
from trainwell.types import FloatArray


def flip(images: FloatArray, *, vertical: bool = False) -> FloatArray:
    """Mirror images, left for right or top for bottom.

    Parameters
    ----------
    images : FloatArray of shape (N, H, W) or (N, H, W, C)
        Not modified.
    vertical : bool, default=False
        Whether top and bottom change places, not left and right.

    Returns
    -------
    FloatArray of the shape of ``images``
        The mirrored images, a new array.

    Raises
    ------
    ShapeError
        If ``images`` has neither three nor four axes.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.image_augmentation import flip
    >>> image = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> flip(image).tolist(), flip(image, vertical=True).tolist()
    ([[[2.0, 1.0], [4.0, 3.0]]], [[[3.0, 4.0], [1.0, 2.0]]])
    """
    _check_images("flip", images)
    return np.flip(images, axis=1 if vertical else 2).copy()


def rotate(images: FloatArray, degrees: ArrayLike) -> FloatArray:
    """Turn images about their centre, counter-clockwise.

    Parameters
    ----------
    images : FloatArray of shape (N, H, W) or (N, H, W, C)
        Not modified.
    degrees : float or array of shape (N,)
        By how much, for all images or for each.

    Returns
    -------
    FloatArray of the shape of ``images``
        The turned images; corners that leave the frame are cut off.

    Raises
    ------
    ShapeError
        If ``images`` has neither three nor four axes, or ``degrees`` another length.
    ConfigurationError
        If an angle is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.image_augmentation import rotate
    >>> image = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> rotate(image, 90.0).round(12).tolist()
    [[[2.0, 4.0], [1.0, 3.0]]]
    """
    return _moved("rotate", images, degrees=degrees)


def shift(images: FloatArray, rows: ArrayLike = 0.0, columns: ArrayLike = 0.0) -> FloatArray:
    """Move images down and to the right.

    Parameters
    ----------
    images : FloatArray of shape (N, H, W) or (N, H, W, C)
        Not modified.
    rows, columns : float or array of shape (N,), default=0.0
        By how many pixels, down and to the right; negative numbers move up and left.

    Returns
    -------
    FloatArray of the shape of ``images``
        The moved images.

    Raises
    ------
    ShapeError
        If ``images`` has neither three nor four axes, or a number another length.
    ConfigurationError
        If a number is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.image_augmentation import shift
    >>> shift(np.array([[[1.0, 2.0, 3.0]]]), columns=1).tolist()
    [[[1.0, 1.0, 2.0]]]
    """
    return _moved("shift", images, rows=rows, columns=columns)


def zoom(images: FloatArray, factor: ArrayLike) -> FloatArray:
    """Enlarge or shrink what images show, about their centre, in the same frame.

    Parameters
    ----------
    images : FloatArray of shape (N, H, W) or (N, H, W, C)
        Not modified.
    factor : float or array of shape (N,)
        How large a length becomes, positive; above 1 enlarges.

    Returns
    -------
    FloatArray of the shape of ``images``
        The images at another size.

    Raises
    ------
    ShapeError
        If ``images`` has neither three nor four axes, or ``factor`` another length.
    ConfigurationError
        If a factor is not positive or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.image_augmentation import zoom
    >>> zoom(np.array([[[0.0, 1.0, 2.0, 3.0, 4.0]]]), 2.0).tolist()
    [[[1.0, 1.5, 2.0, 2.5, 3.0]]]
    """
    return _moved("zoom", images, factor=factor)


@dataclass(frozen=True)
class ImageJitter:
    r"""Flip, turn, move and zoom each image of a batch at random; labels stay.

    The three smooth changes are one map about the image's centre, so that pixels are
    interpolated once. The draws of one setting do not depend on the others.

    Parameters
    ----------
    shape : tuple of int
        (height, width) or (height, width, channels) of the images whose pixels, in C
        order, are the features.
    flip : bool, default=False
        Whether half of the images are mirrored, left for right.
    degrees : float, default=0.0
        Largest turn in either direction, non-negative; uniform up to it.
    shift : float, default=0.0
        Largest move along each axis in pixels, non-negative; uniform up to it.
    zoom : float, default=0.0
        Largest change of size, non-negative: lengths are multiplied by
        :math:`(1 + \text{zoom})^u` with :math:`u` uniform in [-1, 1).

    Raises
    ------
    ConfigurationError
        If a setting is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> from trainwell.data.image_augmentation import ImageJitter
    >>> from trainwell.randomness import generator
    >>> x, y = np.tile([[0.0], [1.0], [2.0], [3.0]], 50), np.ones((1, 50))
    >>> changed, same = ImageJitter((2, 2), flip=True)(x, y, generator(0, "example"))
    >>> np.unique(changed, axis=1).T.tolist(), same is y
    ([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 3.0, 2.0]], True)
    """

    shape: tuple[int, ...]
    flip: bool = False
    degrees: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0

    def __post_init__(self) -> None:
        lengths = self.shape if isinstance(self.shape, tuple) else ()
        whole = all(type(length) is int and length > 0 for length in lengths)
        if len(lengths) not in {2, 3} or not whole:
            domain = "two or three positive integers: height, width and perhaps channels"
            raise ConfigurationError.out_of_range("ImageJitter", "shape", self.shape, domain)
        if not isinstance(self.flip, bool):
            raise ConfigurationError.out_of_range("ImageJitter", "flip", self.flip, "a boolean")
        for name in ("degrees", "shift", "zoom"):
            check_real(self, name, NON_NEGATIVE)

    def __call__(
        self, x: FloatArray, y: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Return the changed images and the targets as they are."""
        features = prod(self.shape)
        if x.ndim != 2 or x.shape[0] != features:
            raise ShapeError.mismatch("ImageJitter", "x", x.shape, f"({features}, B)")
        images = np.array(x.T, order="C").reshape(-1, *self.shape)
        draws = rng.uniform(-1.0, 1.0, size=(5, len(images)))
        if self.flip:
            mirrored = draws[0] < 0
            images[mirrored] = np.flip(images[mirrored], axis=2)
        if self.degrees or self.shift or self.zoom:
            images = _moved(
                "ImageJitter",
                images,
                degrees=self.degrees * draws[1],
                rows=self.shift * draws[2],
                columns=self.shift * draws[3],
                factor=(1 + self.zoom) ** draws[4],
            )
        return np.ascontiguousarray(images.reshape(-1, features).T), y


def _check_images(function: str, images: FloatArray) -> None:
    if images.ndim not in {3, 4}:
        expected = "(N, H, W) or (N, H, W, C)"
        raise ShapeError.mismatch(function, "images", images.shape, expected)


def _each(function: str, name: str, value: ArrayLike, count: int) -> FloatArray:
    """Return one number for each image."""
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.shape not in {(), (count,)}:
        raise ShapeError.mismatch(function, name, numbers.shape, f"() or ({count},)")
    if not np.isfinite(numbers).all():
        raise ConfigurationError.out_of_range(function, name, value, "finite")
    return np.broadcast_to(numbers, (count,))


def _moved(
    function: str,
    images: FloatArray,
    *,
    degrees: ArrayLike = 0.0,
    rows: ArrayLike = 0.0,
    columns: ArrayLike = 0.0,
    factor: ArrayLike = 1.0,
) -> FloatArray:
    """Turn and zoom images about their centre, then move them, in one interpolation."""
    from scipy.ndimage import affine_transform

    _check_images(function, images)
    count = len(images)
    angle = np.deg2rad(_each(function, "degrees", degrees, count))
    size = _each(function, "factor", factor, count)
    if not (size > 0).all():
        raise ConfigurationError.out_of_range(function, "factor", factor, "greater than 0")
    moves = np.array(
        [_each(function, "rows", rows, count), _each(function, "columns", columns, count)]
    ).T
    # Rows count downwards, so this is the inverse of a counter-clockwise turn.
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / size
    centre = (np.array(images.shape[1:3]) - 1) / 2
    result = np.empty_like(images)
    for i in range(count):
        source = centre - back[:, :, i] @ (centre + moves[i])
        for pixels, target in zip(_planes(images[i]), _planes(result[i]), strict=True):
            affine_transform(pixels, back[:, :, i], source, output=target, order=1, mode="nearest")
    return result


def _planes(image: FloatArray) -> list[FloatArray]:
    """View an image as its channels."""
    return [image] if image.ndim == 2 else [image[:, :, k] for k in range(image.shape[2])]
