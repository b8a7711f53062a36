"""SciPy's functions of images, structured matrices, gamma functions and normal distributions."""

import math

import numpy as np
import pytest
from scipy import linalg, ndimage, special, stats
from tape_cases import agrees, draw, refuses, weighted

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported

IMAGE = np.arange(12.0).reshape(3, 4) % 5
TANH = np.vectorize(math.tanh)
RIMS = ["reflect", "mirror", "nearest", "wrap", "constant", "grid-mirror", "grid-wrap"]


def images(w, v):
    odd, even = np.outer(v[:3], v[1:]), w[:2, :2]
    return (
        weighted(ndimage.correlate(w, odd))
        + weighted(ndimage.convolve(w, odd))
        + weighted(ndimage.correlate(IMAGE, even, mode="constant", cval=0.5))
        + weighted(ndimage.convolve(IMAGE, even, mode="constant"))
        + weighted(ndimage.convolve(w, weights=np.ones((3, 3)), origin=1))
        + weighted(ndimage.correlate(w, np.ones((3, 3)), origin=-1))
        + sum(weighted(ndimage.correlate(w, odd, mode=rim)) for rim in RIMS)
    )


def lines_of_images(w, v):
    return (
        weighted(ndimage.correlate1d(w, v[:3], axis=0, mode="nearest"))
        + weighted(ndimage.convolve1d(w, v, mode="wrap"))
        + weighted(ndimage.convolve1d(w, [1.0, 2.0, -1.0], 1, None, "constant"))
    )


def structured(w, v):
    square = linalg.toeplitz(v) + 2 * np.eye(4)
    packed, pivots = linalg.lu_factor(w[:, :3] + np.array([[0, 2.0, 0], [3, 0, 0], [0, 1, 5]]))
    return (
        weighted(linalg.toeplitz(v, w[0] ** 2))
        + weighted(linalg.toeplitz(v, [7.0, 2.0]))
        + weighted(linalg.lu_solve(linalg.lu_factor(square), v))
        + weighted(packed)
        + weighted(linalg.lu_solve((packed, pivots), v[:3]))
        + weighted(linalg.lu_solve((packed, pivots), w, trans=1))
        + weighted(np.log(np.abs(np.diag(linalg.lu_factor(square)[0]))))
    )


def gammas(w, v):
    return (
        special.multigammaln(2 + v[0], 3)
        + weighted(special.multigammaln(w + 1, 2))
        + weighted(special.polygamma(1, w + 1))
        + weighted(special.polygamma(2, x=v + 1))
        + weighted(special.digamma(w + 1))
    )


def several_variables(w, v):
    a = w @ w.T + np.eye(3)
    log = stats.multivariate_normal.logpdf
    return (
        weighted(log(IMAGE.T, mean=v[:3], cov=a))
        + log(v[:3], np.zeros(3), a)
        + weighted(log(w, v))
        + weighted(log(w, v, 0.5 + v[0]))
        + weighted(stats.multivariate_normal.pdf(IMAGE.T, v[:3], cov=a))
    )


def largest_at(w, v):
    places = np.array([0, 2, 2, 0])
    found = np.full(4, -np.inf)
    np.maximum.at(found, places, v)
    least = w[0] * 1.0
    np.minimum.at(least, places, v)
    rows = np.zeros((2, 4))
    np.maximum.at(rows, np.array([0, 1, 0]), w)
    return weighted(found[[0, 2]]) + weighted(least) + weighted(rows)


def several_quantiles(w, v):
    return (
        weighted(np.percentile(w, [25, 75], axis=0))
        + weighted(np.quantile(v, [0.1, 0.5]))
        + weighted(np.percentile(w, 40))
        + weighted(np.quantile(w, [0.3], axis=1, keepdims=True))
    )


def slopes_between_places(w, v):
    places = np.array([0.0, 0.5, 0.6, 2.0])
    return (
        weighted(np.gradient(v, places))
        + weighted(np.gradient(w, places, axis=1))
        + weighted(list(np.gradient(w, [0.0, 1.0, 5.0], 0.5)))
    )


def many_numbers(w, v):
    return (
        math.fsum(x * x for x in v)
        + math.prod(v)
        + math.prod([w[0, 0], 2.0], start=v[1])
        + weighted(TANH(w))
        + math.fsum([0.25, 0.5])
    )


CASES = [
    images,
    lines_of_images,
    structured,
    gammas,
    several_variables,
    largest_at,
    several_quantiles,
    slopes_between_places,
    many_numbers,
]


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_they_have_the_slopes_of_differences(function):
    agrees(function, draw((3, 4), 1), draw((4,), 2))


REFUSED = {
    "a filter of an image with these": lambda w: ndimage.correlate(w, np.ones((3, 3)), mode="x"),
    "a filter of an image with an origin": lambda w: ndimage.correlate1d(w, np.ones(3), origin=1),
    "polygamma of a recorded order": lambda w: special.polygamma(w, 2.0),
    "lu_packed": lambda w: linalg.lu_factor(w),  # noqa: PLW0108 - looked up while recorded
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_followed_is_refused_by_its_name(said):
    refuses(REFUSED[said], said)


def test_of_equal_values_each_has_its_part_of_the_largest():
    recorder = Recorder()
    leaf = recorder.leaf(np.ones(3))
    with recorded_numpy(recorder):
        found = np.ones(1)
        np.maximum.at(found, np.zeros(3, int), leaf)
        total = np.sum(found)
    from trainwell.diagnosis.gradient_tape.recording import sweep

    cotangent = sweep(recorder.recording, total.step)[leaf.step.index]
    np.testing.assert_allclose(cotangent, np.full(3, 0.25))


def test_only_a_backward_pass_may_use_what_has_no_rule():
    a = draw((3, 3), 1)
    for backward in (False, True):
        recorder = Recorder()
        recorder.backward = backward
        leaf = recorder.leaf(a)
        with recorded_numpy(recorder):
            if not backward:
                with pytest.raises(Unsupported, match=r"scipy\.linalg\.expm_frechet"):
                    linalg.expm_frechet(leaf, a, compute_expm=False)
                continue
            found = linalg.expm_frechet(leaf, a, compute_expm=False)
        expected = linalg.expm_frechet(a, a, compute_expm=False)
        np.testing.assert_allclose(found.step.value, expected)
        assert found.step.parents == (leaf.step,)
