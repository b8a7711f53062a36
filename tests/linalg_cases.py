"""A row of cases for every derivative of a function of ``numpy.linalg``."""

import numpy as np

LINALG_CASES = {
    "inv": [(lambda a: np.linalg.inv(a + np.eye(3)), [s]) for s in [(3, 3), (2, 3, 3)]],
    "solve": [
        (lambda a, b: np.linalg.solve(a + np.eye(3), b), shapes)
        for shapes in [
            ((3, 3), (3,)),
            ((3, 3), (3, 2)),
            ((2, 3, 3), (2, 3, 1)),
            ((2, 3, 3), (3,)),
            ((3, 3), (2, 3, 2)),
        ]
    ],
    "det": [(np.linalg.det, [(3, 3)]), (np.linalg.det, [(2, 2, 2)])],
    "slogdet": [
        (lambda a: np.linalg.slogdet(a)[1], [(3, 3)]),
        (lambda a: np.linalg.slogdet(a).logabsdet * np.linalg.slogdet(a).sign, [(2, 2, 2)]),
    ],
    "cholesky": [
        (lambda a: np.linalg.cholesky(a @ a.mT + np.eye(3)), [(3, 3)]),
        (lambda a: np.linalg.cholesky(a + 2 * np.eye(2)), [(2, 2)]),
        (lambda a: np.linalg.cholesky(a @ a.mT + np.eye(3)), [(2, 3, 3)]),
    ],
}
"""Functions with the shapes of their arguments."""
