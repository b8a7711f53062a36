"""A row of cases for every derivative of a transform, and of the parts of complex numbers."""

import numpy as np
import scipy.fft

A, C = (3, 4), (2, 3, 4)


def both(z):
    """Return real numbers in which both parts of complex ones count."""
    return np.stack([np.real(z), 0.5 * np.imag(z)])


SPECTRUM_CASES = {
    "real_part": [(lambda a: np.real(a * np.exp(1j * a)), [A])],
    "imaginary_part": [(lambda a: (a * np.exp(1j * a)).imag, [A])],
    "fft": [
        (lambda a: both(np.fft.fft(a)), [A]),
        (lambda a: both(np.fft.fft(a, 5, axis=0)), [C]),
        (lambda a: np.abs(np.fft.rfft(a, norm="ortho")), [A]),
    ],
    "ifft": [
        (lambda a: both(np.fft.ifft(a)), [A]),
        (lambda a: np.fft.ifft(np.fft.fft(a) ** 2, n=3).real, [A]),
    ],
    "cosine_transform": [
        (lambda a, kind=kind: scipy.fft.dct(a, kind), [A]) for kind in (1, 2, 3, 4)
    ],
}
"""Functions with the shapes of their arguments."""
