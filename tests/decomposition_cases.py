"""A row of cases for every derivative of a decomposition: what is unique up to signs."""

import numpy as np
from scipy import linalg

SQUARE, WIDE, TALL, MANY = (3, 3), (2, 4), (4, 2), (2, 3, 3)
APART = np.diag([0.0, 2.0, 5.0])  # so that no two values are close


def both_ways(function):
    """Return a function of a matrix whose lower triangle is read, and its upper one."""
    return [
        (lambda a: function(a @ a.mT + APART), [SQUARE]),
        (lambda a: function(a + APART), [SQUARE]),
        (lambda a: function(a + APART, UPLO="U"), [MANY]),
    ]


DECOMPOSITION_CASES = {
    "eigvalsh": [
        *both_ways(np.linalg.eigvalsh),
        (lambda a: np.linalg.eigh(a + APART).eigenvalues, [SQUARE]),
        (lambda a: linalg.eigh(a @ a.T + APART, eigvals_only=False)[0], [SQUARE]),
    ],
    "eigenvectors": [
        *both_ways(lambda a, **settings: np.linalg.eigh(a, **settings)[1]),
        (lambda a: np.linalg.eigh(a + APART).eigenvectors, [SQUARE]),
        (lambda a: linalg.eigh(a @ a.T + APART)[1], [SQUARE]),
    ],
    "svdvals": [
        (lambda a: np.linalg.svd(a, compute_uv=False), [s]) for s in (SQUARE, WIDE, TALL, MANY)
    ]
    + [
        (lambda a: np.linalg.svd(a)[1], [TALL]),
        (lambda a: linalg.svdvals(a), [WIDE]),  # noqa: PLW0108 - looked up while recorded
        (lambda a: np.linalg.norm(a, 2), [TALL]),
        (lambda a: np.linalg.norm(a, -2), [SQUARE]),
        (lambda a: np.linalg.norm(a, "nuc"), [WIDE]),
        (lambda a: np.linalg.cond(a) / 100, [SQUARE]),
    ],
    "left_singular_vectors": [
        (lambda a: np.linalg.svd(a, full_matrices=False).U, [s]) for s in (SQUARE, WIDE, TALL, MANY)
    ]
    + [(lambda a: linalg.svd(a + APART)[0], [SQUARE])],
    "right_singular_vectors": [
        (lambda a: np.linalg.svd(a, full_matrices=False)[2], [s])
        for s in (SQUARE, WIDE, TALL, MANY)
    ],
    "pinv": [(np.linalg.pinv, [s]) for s in (SQUARE, WIDE, TALL, MANY)]
    + [
        (lambda a: np.linalg.pinv(a, rcond=1e-12), [TALL]),
        (lambda a: linalg.pinv(a), [WIDE]),  # noqa: PLW0108
        (lambda a: np.linalg.lstsq(a, np.arange(4.0))[0], [TALL]),
        (lambda a: np.linalg.lstsq(a, a[:, :1] ** 2, rcond=None)[0], [TALL]),
    ],
    "qr_q": [(lambda a: np.linalg.qr(a).Q, [s]) for s in (SQUARE, TALL, MANY)]
    + [(lambda a: np.linalg.qr(a, "complete")[0], [SQUARE])],
    "qr_r": [(lambda a: np.linalg.qr(a)[1], [s]) for s in (SQUARE, TALL, MANY)]
    + [(lambda a: np.linalg.qr(a, mode="r"), [TALL])],
    "lu_packed": [
        (lambda a, shift=shift: linalg.lu_factor(a + shift)[0], [SQUARE])
        for shift in (APART, APART[::-1], np.roll(APART, 1, axis=0))
    ],
    "expm": [(linalg.expm, [SQUARE])],
    "sqrtm": [(lambda a: linalg.sqrtm(a @ a.T + APART), [SQUARE])],
}
"""Functions with the shapes of their arguments."""
