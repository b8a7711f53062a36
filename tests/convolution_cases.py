"""A row of cases for every derivative of a convolution, of even and odd lengths."""

import numpy as np
from scipy import signal

MODES = ("full", "same", "valid")


def of_images(function, modes=MODES):
    """Return cases in which either image is the larger one, or neither."""
    shapes = [((4, 5), (3, 2)), ((4, 4), (2, 4)), ((2, 3), (4, 5)), ((3, 3), (3, 3))]
    return [
        (lambda a, b, mode=mode: function(a, b, mode), list(pair))
        for mode in modes
        for pair in shapes
    ]


CONVOLUTION_CASES = {
    "convolve": [
        (lambda a, b, mode=mode: np.convolve(a, b, mode), pair)
        for mode in MODES
        for pair in [((6,), (3,)), ((6,), (4,)), ((3,), (6,)), ((2,), (5,)), ((4,), (4,))]
    ],
    "correlate": [
        (lambda a, b, mode=mode: np.correlate(a, b, mode), pair)
        for mode in MODES
        for pair in [((6,), (3,)), ((6,), (4,)), ((4,), (4,))]
    ]
    + [(lambda a, b: np.correlate(a, b, "full"), ((3,), (5,)))],
    "convolve2d": of_images(signal.convolve2d),
    "correlate2d": of_images(signal.correlate2d),
    "convolve_along_all": [
        *of_images(signal.convolve),
        (lambda a, b: signal.convolve(a, b, "same", method="fft"), [(5,), (2,)]),
        (lambda a, b: signal.convolve(a, b, method="direct"), [(2, 3, 2), (2, 2, 1)]),
    ],
    "correlate_along_all": [
        *of_images(signal.correlate),
        (lambda a, b: signal.correlate(a, b, mode="same"), [(5,), (2,)]),
    ],
    "fftconvolve": of_images(signal.fftconvolve),
    "oaconvolve": of_images(signal.oaconvolve),
}
"""Functions with the shapes of their arguments."""
