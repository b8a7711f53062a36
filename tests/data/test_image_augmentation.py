"""Known moves of pixels, and what no change of an image may do."""

import numpy as np
import pytest

from trainwell.data.image_augmentation import ImageJitter, flip, rotate, shift, zoom
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.randomness import generator
from trainwell.settings import as_json, from_json

RNG = np.random.default_rng(0)
GRAY = RNG.random((3, 6, 5))
SQUARE = RNG.random((3, 5, 5))
COLOR = RNG.random((4, 5, 5, 3))
STACKS = [pytest.param(GRAY, id="gray"), pytest.param(COLOR, id="colour")]
MOVES = {
    "flip": flip,
    "flip-vertical": lambda images: flip(images, vertical=True),
    "rotate": lambda images: rotate(images, 17.0),
    "shift": lambda images: shift(images, 0.7, -1.2),
    "enlarge": lambda images: zoom(images, 1.3),
    "shrink": lambda images: zoom(images, 0.6),
}


@pytest.mark.parametrize("images", STACKS)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_precision_and_range_are_kept_and_the_argument_too(images, move, dtype):
    given = images.astype(dtype)
    moved = move(given)
    assert moved.shape == given.shape
    assert moved.dtype == dtype
    for before, after in zip(given, moved, strict=True):
        assert before.min() - 1e-6 <= after.min() <= after.max() <= before.max() + 1e-6
    assert not np.array_equal(moved, given)
    assert not np.shares_memory(moved, given)
    assert np.array_equal(given, images.astype(dtype))


@pytest.mark.parametrize("images", STACKS)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_each_image_is_moved_as_if_alone(images, move):
    assert np.array_equal(move(images)[1:2], move(images[1:2]))


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_each_channel_is_moved_as_if_alone(move):
    moved = move(COLOR)
    for channel in range(3):
        assert np.array_equal(moved[..., channel], move(COLOR[..., channel]))


@pytest.mark.parametrize("images", STACKS)
def test_nothing_asked_for_is_nothing_changed(images):
    for same in (rotate(images, 0.0), shift(images), zoom(images, 1.0), flip(flip(images))):
        assert np.array_equal(same, images)


@pytest.mark.parametrize("images", STACKS)
def test_a_flip_is_a_mirror(images):
    assert np.array_equal(flip(images), images[:, :, ::-1])
    assert np.array_equal(flip(images, vertical=True), images[:, ::-1])


@pytest.mark.parametrize("images", [SQUARE, COLOR], ids=["gray", "colour"])
@pytest.mark.parametrize("quarters", [-1, 1, 2, 3, 4])
def test_quarter_turns_are_counter_clockwise(images, quarters):
    expected = np.rot90(images, quarters, axes=(1, 2))
    assert rotate(images, 90.0 * quarters) == pytest.approx(expected, abs=1e-12)


def test_a_half_turn_of_any_shape_reverses_both_axes():
    assert rotate(GRAY, 180.0) == pytest.approx(GRAY[:, ::-1, ::-1], abs=1e-12)


@pytest.mark.parametrize("images", STACKS)
def test_whole_pixels_move_down_and_right_and_the_edge_repeats(images):
    moved = shift(images, rows=2, columns=-1)
    assert np.array_equal(moved[:, 2:, :-1], images[:, :-2, 1:])
    assert np.array_equal(moved[:, 0, :-1], images[:, 0, 1:])
    assert np.array_equal(moved[:, 1, :-1], images[:, 0, 1:])
    assert np.array_equal(moved[:, 2:, -1], images[:, :-2, -1])


def test_half_a_pixel_is_the_mean_of_two():
    moved = shift(GRAY, columns=0.5)
    assert moved[:, :, 1:] == pytest.approx((GRAY[:, :, 1:] + GRAY[:, :, :-1]) / 2)
    assert np.array_equal(moved[:, :, 0], GRAY[:, :, 0])


def test_a_ramp_is_zoomed_about_its_centre():
    ramp = np.tile(np.arange(9.0), (1, 3, 1))
    assert zoom(ramp, 2.0)[0, 0] == pytest.approx(4 + (np.arange(9) - 4) / 2)
    assert zoom(ramp, 0.5)[0, 0] == pytest.approx(np.clip(4 + 2 * (np.arange(9) - 4), 0, 8))


def test_numbers_may_differ_from_image_to_image():
    turned = rotate(SQUARE, [0.0, 90.0, 180.0])
    assert np.array_equal(turned[0], SQUARE[0])
    assert turned[1] == pytest.approx(np.rot90(SQUARE[1]), abs=1e-12)
    assert turned[2] == pytest.approx(np.rot90(SQUARE[2], 2), abs=1e-12)
    moved = shift(SQUARE, rows=[0, 1, 0], columns=1)
    assert np.array_equal(moved[1:2], shift(SQUARE[1:2], rows=1, columns=1))
    assert np.array_equal(moved[2:3], shift(SQUARE[2:3], columns=1))
    assert np.array_equal(zoom(SQUARE, [1.0, 2.0, 1.0])[[0, 2]], SQUARE[[0, 2]])


JITTERS = [
    ImageJitter((5, 5, 3), flip=True),
    ImageJitter((5, 5, 3), degrees=20),
    ImageJitter((5, 5, 3), shift=1.5),
    ImageJitter((5, 5, 3), zoom=0.3),
    ImageJitter((15, 5), flip=True, degrees=10.0, shift=1.0, zoom=0.1),
]
X = COLOR.reshape(4, -1).T
Y = np.eye(4)


@pytest.mark.parametrize("jitter", JITTERS, ids=repr)
@pytest.mark.parametrize("columns", [1, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_jitter_keeps_shapes_labels_and_its_arguments(jitter, columns, dtype):
    x, y = np.ascontiguousarray(X[:, :columns]).astype(dtype), Y[:, :columns]
    kept = x.copy()
    for step in range(5):
        changed, targets = jitter(x, y, generator(0, "test", step))
        assert changed.shape == x.shape
        assert changed.dtype == dtype
        assert changed.flags.c_contiguous
        assert targets is y
        assert np.array_equal(x, kept)
        assert x.min() - 1e-6 <= changed.min() <= changed.max() <= x.max() + 1e-6


@pytest.mark.parametrize("jitter", JITTERS, ids=repr)
def test_equal_generators_give_equal_jitter(jitter):
    x, y = np.tile(X, 5), np.tile(Y, 5)
    first, again, other = (jitter(x, y, generator(0, "test", step))[0] for step in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("jitter", JITTERS, ids=repr)
def test_a_jitter_is_its_json_form(jitter):
    assert from_json(as_json(jitter), {"ImageJitter": ImageJitter}) == jitter


def test_jitter_without_settings_changes_nothing():
    assert np.array_equal(ImageJitter((5, 5, 3))(X, Y, generator(0, "test"))[0], X)


def test_half_of_the_images_are_mirrored_left_for_right():
    x = np.tile(X[:, :1], 1000)
    changed, _ = ImageJitter((5, 5, 3), flip=True)(x, np.ones((1, 1000)), generator(0, "test"))
    mirrored = flip(COLOR[:1]).reshape(-1, 1)
    same, other = (changed == x).all(axis=0), (changed == mirrored).all(axis=0)
    assert (same ^ other).all()
    assert 430 < other.sum() < 570


def positions(jitter, count=400):
    """Return where an image's two coordinates end up, read from linear ramps."""
    rows, columns = np.meshgrid(np.arange(41.0), np.arange(41.0), indexing="ij")
    ramps = np.stack([rows, columns], axis=2)
    x = np.tile(ramps.reshape(-1, 1), count)
    changed, _ = jitter(x, np.ones((1, count)), generator(0, "test"))
    return changed.T.reshape(count, 41, 41, 2)


def test_jitter_turns_moves_and_zooms_within_its_limits():
    moved = positions(ImageJitter((41, 41, 2), shift=3.0))[:, 20, 20] - 20
    assert np.abs(moved).max() <= 3.0
    assert (np.abs(moved).max(axis=0) > 2.9).all()
    assert np.abs(moved.mean(axis=0)).max() < 0.3
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.15
    turned = positions(ImageJitter((41, 41, 2), degrees=30.0))
    along = turned[:, 20, 25] - turned[:, 20, 15]
    angle = np.rad2deg(np.arctan2(along[:, 0], along[:, 1]))
    assert 29 < np.abs(angle).max() <= 30 + 1e-9
    assert angle.min() < -29
    assert np.hypot(*along.T) == pytest.approx(np.full(len(along), 10.0))
    zoomed = positions(ImageJitter((41, 41, 2), zoom=0.25))
    factor = 10 / (zoomed[:, 20, 25, 1] - zoomed[:, 20, 15, 1])
    assert 1.24 < factor.max() <= 1.25 + 1e-9
    assert 0.8 - 1e-9 <= factor.min() < 0.81
    assert np.log(factor).mean() == pytest.approx(0, abs=0.02)


def test_the_draws_of_one_setting_do_not_depend_on_the_others():
    alone = ImageJitter((5, 5, 3), flip=True)(X, Y, generator(0, "test"))[0]
    tiny = ImageJitter((5, 5, 3), flip=True, degrees=1e-9)(X, Y, generator(0, "test"))[0]
    assert tiny == pytest.approx(alone, abs=1e-6)


STACK = np.ones((2, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: flip(STACK[0]), ShapeError, r"flip: images must have shape \(N, H, W\) or"),
        (lambda: rotate(STACK[0], 1), ShapeError, r"rotate: images .* got \(3, 3\)"),
        (lambda: rotate(STACK, [1, 2, 3]), ShapeError, r"rotate: degrees .* \(\) or \(2,\)"),
        (lambda: rotate(STACK, np.inf), ConfigurationError, "rotate.degrees must be finite"),
        (lambda: shift(STACK, [[1]]), ShapeError, r"shift: rows must have shape"),
        (lambda: shift(STACK, 0, np.nan), ConfigurationError, "shift.columns must be finite"),
        (lambda: zoom(STACK, 0.0), ConfigurationError, "zoom.factor must be greater than 0"),
        (lambda: zoom(STACK, [1.0, -2.0]), ConfigurationError, "zoom.factor must be greater"),
        (lambda: ImageJitter((3,)), ConfigurationError, r"ImageJitter.shape .* got \(3,\)"),
        (lambda: ImageJitter([3, 3]), ConfigurationError, r"ImageJitter.shape .* got \[3, 3\]"),
        (lambda: ImageJitter((3, 0)), ConfigurationError, r"ImageJitter.shape .* \(3, 0\)"),
        (lambda: ImageJitter((3, 3.0)), ConfigurationError, r"ImageJitter.shape .* \(3, 3.0\)"),
        (lambda: ImageJitter((3, 3), flip=1), ConfigurationError, "ImageJitter.flip must be a b"),
        (lambda: ImageJitter((3, 3), degrees=-1), ConfigurationError, "ImageJitter.degrees must"),
        (lambda: ImageJitter((3, 3), shift=np.nan), ConfigurationError, "ImageJitter.shift must"),
        (lambda: ImageJitter((3, 3), zoom=-0.1), ConfigurationError, "ImageJitter.zoom must be"),
        (
            lambda: ImageJitter((3, 3))(np.ones((8, 2)), np.ones((1, 2)), generator(0, "test")),
            ShapeError,
            r"ImageJitter: x must have shape \(9, B\), got \(8, 2\)",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
