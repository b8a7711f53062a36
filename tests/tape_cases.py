"""What the tests of the tape share: differences, and a row of cases for every derivative."""

# ruff: noqa: SIM905 - a list of names is easier to read without its commas

import numpy as np
import pytest
from convolution_cases import CONVOLUTION_CASES
from decomposition_cases import DECOMPOSITION_CASES
from linalg_cases import LINALG_CASES
from special_cases import SPECIAL_ARRAY_CASES, SPECIAL_CASES
from spectrum_cases import SPECTRUM_CASES

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced
from trainwell.diagnosis.gradient_tape.recording import replay, sweep


def differences(function, arrays):
    """Central differences of a function of several arrays."""
    found = []
    for at, array in enumerate(arrays):
        gradient = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = [np.array(other) for other in arrays]
                moved[at][place] += step
                values.append(float(function(*moved)))
            gradient[place] = (values[0] - values[1]) / 2e-5
        found.append(gradient)
    return found


def recorded(function, arrays):
    """Return recorder, leaves and output of a function that was recorded."""
    recorder = Recorder()
    leaves = [recorder.leaf(array) for array in arrays]
    steps = [leaf.step for leaf in leaves]
    with recorded_numpy(recorder):
        result = function(*leaves)
    if is_traced(result):
        return recorder, steps, result.step
    return recorder, steps, next(step for value, step in recorder.converted if value is result)


def gradients(function, arrays):
    """Return the derivatives by the tape."""
    recorder, leaves, output = recorded(function, arrays)
    cotangents = sweep(recorder.recording, output)
    return [cotangents.get(leaf.index, np.zeros_like(leaf.value)) for leaf in leaves]


def agrees(function, *arrays, tolerance=1e-6):
    """Check value, derivatives, shapes, dtypes and the repetition of a recording."""
    before = [array.copy() for array in arrays]
    recorder, leaves, output = recorded(function, arrays)
    np.testing.assert_allclose(output.value, function(*before), rtol=1e-12, atol=1e-300)
    cotangents = sweep(recorder.recording, output)
    wanted = differences(function, arrays)
    for leaf, slope in zip(leaves, wanted, strict=True):
        found = cotangents.get(leaf.index, np.zeros_like(leaf.value))
        assert found.shape == leaf.value.shape
        assert found.dtype == leaf.value.dtype
        np.testing.assert_allclose(found, slope, rtol=tolerance, atol=tolerance)
    repeats(recorder.recording, leaves)


def refuses(function, said):
    """Check that a function of an array is not followed, and what is said of it."""
    recorder = Recorder()
    leaf = recorder.leaf(draw((3, 4), 1))
    with recorded_numpy(recorder), pytest.raises(Unsupported, match=said):
        function(leaf)


def repeats(recording, leaves):
    """Check that the operations give the recorded values again."""
    again = replay(recording.steps, {leaf.index: leaf.value.copy() for leaf in leaves})
    for step in recording.steps:
        if step.index in again:
            value = again[step.index]
            np.testing.assert_array_equal(value, step.value, err_msg=step.operation)
            assert np.asarray(value).dtype == step.value.dtype, step.operation


def weighted(result):
    """Return one number in which every element of a result counts differently."""
    if isinstance(result, list | tuple):
        return sum((k + 1.0) * weighted(part) for k, part in enumerate(result))
    weights = np.cos(np.arange(np.size(result)) + 0.3).reshape(np.shape(result))
    return np.sum(np.sin(result) * weights)


def draw(shape, seed=0, low=0.2, high=0.9):
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape)


ONE = [(), (3,), (2, 3), (0,), (2, 0), (2, 1, 3)]
TWO = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 3)),
    ((3, 1), ()),
    ((2, 3), (1, 3)),
    ((0, 3), (3,)),
    ((4, 1, 3), (2, 1)),
]

ELEMENTWISE_CASES = {
    name: getattr(np, name)
    for name in """add subtract multiply divide power float_power remainder fmod negative positive
    conjugate reciprocal square sqrt cbrt deg2rad radians rad2deg degrees exp exp2 expm1 log
    log2 log10 log1p logaddexp logaddexp2 sin cos tan arcsin arccos arctan arctan2 sinh cosh
    tanh arcsinh arccosh arctanh hypot absolute fabs maximum fmax minimum fmin""".split()
} | SPECIAL_CASES
"""Every universal function with a derivative, by its name there."""

A, B, C = (3, 4), (4, 2), (2, 3, 4)
INDICES = np.array([[0, 2, 1, 1]])

ARRAY_CASES = {
    "sum": [
        (lambda a, k=k: np.sum(a, **k), [s])
        for s, k in [
            (A, {}),
            (A, {"axis": 0}),
            (A, {"axis": -1, "keepdims": True}),
            (C, {"axis": (0, -1)}),
            (C, {"axis": (1,), "keepdims": True}),
            ((), {}),
            ((0, 3), {"axis": 0}),
            (A, {"keepdims": True}),
        ]
    ],
    "mean": [
        (lambda a, k=k: np.mean(a, **k), [s])
        for s, k in [(A, {}), (A, {"axis": -2}), (C, {"axis": (0, 2), "keepdims": True}), ((), {})]
    ],
    "prod": [
        (lambda a, k=k: np.prod(a, **k), [s])
        for s, k in [(A, {}), (A, {"axis": -1}), (C, {"axis": (0, 2)}), ((0, 3), {"axis": 0})]
    ]
    + [(lambda a: np.prod(a * np.array([0.0, 1, 1, 1]), axis=1), [A])],
    "var": [
        (lambda a, k=k: np.var(a, **k), [s])
        for s, k in [(A, {}), (A, {"axis": -1, "ddof": 1}), (C, {"axis": (0, 2), "keepdims": True})]
    ],
    "std": [
        (lambda a, k=k: np.std(a, **k), [s])
        for s, k in [(A, {}), (A, {"axis": 0, "ddof": 1}), (C, {"axis": (0, 2), "keepdims": True})]
    ],
    "max": [
        (lambda a, k=k: np.max(a, **k), [s])
        for s, k in [(A, {}), (A, {"axis": -1}), (C, {"axis": (0, 2), "keepdims": True})]
    ],
    "min": [
        (lambda a, k=k: a.min(**k), [s])
        for s, k in [(A, {}), (A, {"axis": 0}), (C, {"axis": (0, -1), "keepdims": True})]
    ],
    "norm": [
        (lambda a, k=k: np.linalg.norm(a, **k), [s])
        for s, k in [
            (A, {}),
            ((4,), {"ord": 2}),
            (A, {"ord": "fro"}),
            (A, {"axis": -1, "keepdims": True}),
            (C, {"axis": (0, 2)}),
            (A, {"ord": 1, "axis": 1}),
            ((4,), {"ord": np.inf}),
        ]
    ],
    "trace": [
        (np.trace, [A]),
        (lambda a: a.trace(), [(3, 3)]),
        (lambda a: np.trace(a, axis1=1, axis2=2), [C]),
        (lambda a: a.trace(1, 0, -1), [C]),
        (lambda a: np.trace(a, offset=-1), [A]),
    ],
    "cumsum": [
        (np.cumsum, [A]),
        (lambda a: a.cumsum(axis=-1), [A]),
        (lambda a: np.cumsum(a, 0), [C]),
    ],
    "reshape": [
        (lambda a: a.reshape(2, -1), [A]),
        (lambda a: np.reshape(a, (6, 2), order="F"), [A]),
        (lambda a: np.reshape(a, ()), [(1, 1)]),
        (lambda a: a.T.reshape((12,), order="A"), [A]),
    ],
    "ravel": [
        (np.ravel, [A]),
        (lambda a: a.T.ravel("F"), [A]),
        (lambda a: a.T.ravel("K"), [A]),
        (lambda a: a.flatten(), [C]),
    ],
    "transpose": [
        (lambda a: a.T, [A]),
        (lambda a: np.transpose(a, (2, 0, -2)), [C]),
        (lambda a: a.transpose(1, 0, 2), [C]),
        (lambda a: a.T, [(0, 3)]),
    ],
    "swapaxes": [(lambda a: np.swapaxes(a, 0, -1), [C]), (lambda a: a.mT, [C])],
    "moveaxis": [
        (lambda a: np.moveaxis(a, 0, -1), [C]),
        (lambda a: np.moveaxis(a, (0, 1), (1, 2)), [C]),
    ],
    "squeeze": [(np.squeeze, [(1, 3, 1)]), (lambda a: a.squeeze(axis=-1), [(2, 3, 1)])],
    "expand_dims": [
        (lambda a: np.expand_dims(a, -1), [A]),
        (lambda a: np.expand_dims(a, (0, 2)), [A]),
    ],
    "broadcast_to": [(lambda a: np.broadcast_to(a, (2, 3, 4)), [(3, 1)])],
    "flip": [(np.flip, [A]), (lambda a: np.flip(a, -1), [A]), (np.flipud, [A]), (np.fliplr, [A])],
    "rot90": [(np.rot90, [A]), (lambda a: np.rot90(a, 2), [A])],
    "roll": [(lambda a: np.roll(a, 2), [A]), (lambda a: np.roll(a, (1, -1), axis=(0, 1)), [A])],
    "tile": [(lambda a: np.tile(a, 2), [A]), (lambda a: np.tile(a, (2, 1, 3)), [A])],
    "repeat": [
        (lambda a: np.repeat(a, 2), [A]),
        (lambda a: a.repeat(3, axis=-1), [A]),
        (lambda a: np.repeat(a, [1, 0, 2], axis=0), [A]),
    ],
    "diag": [
        (np.diag, [(3,)]),
        (np.diag, [A]),
        (lambda a: np.diag(a, 1), [A]),
        (lambda a: np.diag(a, -1), [(3,)]),
    ],
    "diagonal": [(np.diagonal, [A]), (lambda a: a.diagonal(1, 0, 2), [C])],
    "take": [(lambda a: np.take(a, [0, 0, 5]), [A]), (lambda a: a.take([1, 1], axis=-1), [A])],
    "take_along_axis": [(lambda a: np.take_along_axis(a, INDICES, axis=0), [A])],
    "delete": [(lambda a: np.delete(a, 1, axis=0), [A]), (lambda a: np.delete(a, [0, 2]), [A])],
    "sliding_window_view": [
        (lambda a: np.lib.stride_tricks.sliding_window_view(a, (2, 2)), [A]),
        (lambda a: np.lib.stride_tricks.sliding_window_view(a, 3, axis=-1), [A]),
    ],
    "sort": [
        (np.sort, [A]),
        (lambda a: np.sort(a, axis=0), [A]),
        (lambda a: np.sort(a, None), [A]),
    ],
    "pad": [
        (lambda a: np.pad(a, 1), [A]),
        (lambda a: np.pad(a, ((1, 2), (0, 1)), mode="constant", constant_values=2.0), [A]),
        (lambda a: np.pad(a, 1, mode="reflect"), [A]),
    ],
    "clip": [
        (lambda a: np.clip(a, 0.4, 0.7), [A]),
        (lambda a: a.clip(min=0.5), [A]),
        (lambda a: np.clip(a, None, np.full((2, 3, 4), 0.5)), [A]),
        (np.clip, [A, (4,), ()]),
    ],
    "cast": [(lambda a: a.astype(np.float64), [A]), (lambda a: a + a.astype(int), [A])],
    "copy": [(lambda a: a.copy(), [A]), (np.copy, [()]), (lambda a: np.array(a, ndmin=3), [A])],
    "nan_to_num": [(lambda a: np.nan_to_num(np.where(a > 0.3, a * a, np.nan)), [A])],
    "tril": [(np.tril, [A]), (lambda a: np.tril(a, -1), [C])],
    "triu": [(np.triu, [A]), (lambda a: np.triu(a, 1), [A])],
    "matmul": [
        (lambda a, b: a @ b, shapes)
        for shapes in [
            (A, B),
            ((4,), (4,)),
            ((4,), B),
            (A, (4,)),
            ((2, 3, 4), B),
            ((2, 1, 3, 4), (5, 4, 2)),
            ((4,), (2, 4, 3)),
            ((2, 3, 4), (4,)),
            ((0, 4), B),
            ((3, 0), (0, 2)),
        ]
    ],
    "dot": [
        (np.dot, shapes)
        for shapes in [
            (A, B),
            ((4,), (4,)),
            ((4,), B),
            (A, (4,)),
            (C, B),
            ((), A),
            (A, ()),
            (A, (2, 4, 3)),
        ]
    ],
    "inner": [(np.inner, [A, (2, 4)]), (np.inner, [(4,), (4,)]), (np.inner, [(), (4,)])],
    "vdot": [(np.vdot, [A, A])],
    "cross": [
        (np.cross, [(4, 3), (3,)]),
        (lambda a, b: np.cross(a, b, axis=0), [(3, 4), (3, 1)]),
        (lambda a, b: np.cross(a, b, 1, 1, 1), [(2, 3, 4), (1, 3, 4)]),
    ],
    "outer": [(np.outer, [(3,), (4,)]), (np.outer, [A, ()]), (np.multiply.outer, [(3,), (2, 2)])],
    "tensordot": [
        (np.tensordot, [C, (3, 4, 2)]),
        (lambda a, b: np.tensordot(a, b, (-1, 0)), [C, B]),
        (lambda a, b: np.tensordot(a, b, ([0, 2], [1, 0])), [C, (4, 2)]),
    ],
    "einsum": [
        (lambda *x, s=s: np.einsum(s, *x), shapes)
        for s, shapes in [
            ("ij,jk->ik", [A, B]),
            ("ij->", [A]),
            ("ij->j", [A]),
            ("ij,ij->i", [A, A]),
            ("ij,ij", [(1, 4), A]),
            ("ij,jk", [A, B]),
            ("bi,bj,ij->b", [(2, 3), (2, 4), A]),
            ("i,j->ij", [(3,), (4,)]),
            ("ij -> ji", [A]),
            ("ij,kl->k", [A, (2, 2)]),
            ("ii->", [(3, 3)]),
            ("ii->i", [(3, 3)]),
            ("iij,ji->j", [(3, 3, 2), (2, 3)]),
            ("iji,k", [(2, 3, 2), (4,)]),
            ("...ij,jk->...ik", [C, (4, 2)]),
            ("i...,i...->...", [A, (3, 1)]),
            ("...i,j...", [C, (5, 3)]),
            ("...ii->...", [(2, 3, 3)]),
        ]
    ],
    **CONVOLUTION_CASES,
    **DECOMPOSITION_CASES,
    **LINALG_CASES,
    **SPECIAL_ARRAY_CASES,
    **SPECTRUM_CASES,
    # not rules by themselves: made of others, or with handlers of their own
    "where": [
        (lambda a, b: np.where(a > 0.5, a, b), [A, (4,)]),
        (lambda a: np.where(a > 0.5, a * a, 0.0), [A]),
        (lambda a, b: np.where(np.array([True, False]), a, b), [(), (3, 1)]),
    ],
    "bincount": [
        (lambda a: np.bincount([0, 2, 2, 1], a), [(4,)]),
        (lambda a: np.bincount([1, 1], weights=a, minlength=4) + np.bincount([3]), [(2,)]),
    ],
    "concatenate": [
        (lambda a, b: np.concatenate([a, b]), [A, (1, 4)]),
        (lambda a, b: np.concatenate((a, b, a), axis=-1), [A, (3, 1)]),
        (lambda a, b: np.concatenate([a, b], axis=None), [A, (2,)]),
        (lambda a, b: np.hstack([a, b, 1.0]), [(2,), (3,)]),
        (lambda a, b: np.vstack([a, b]), [A, (4,)]),
        (lambda a, b: np.column_stack([a, b]), [A, (3,)]),
        (lambda a, b: np.dstack([a, b]), [A, A]),
        (np.append, [A, ()]),
        (lambda a, b: np.append(a, b, axis=1), [A, (3, 2)]),
    ],
    "stack": [
        (lambda a, b: np.stack([a, b]), [A, A]),
        (lambda a, b: np.stack([a, b, np.zeros(4)], axis=-1), [(4,), (4,)]),
        (lambda a: np.array([a[0], 2.0, a[1] * a[2]]), [(3,)]),
        (lambda a: np.asarray([[a[0], a[1]], [a[2], 1]]), [(3,)]),
    ],
    "split": [
        (lambda a: np.split(a, 2, axis=-1), [A]),
        (lambda a: np.split(a, [1, 1, 2]), [A]),
        (lambda a: np.array_split(a, 3, axis=1), [A]),
        (lambda a: [*np.hsplit(a, 2), *np.vsplit(a, 3)], [A]),
    ],
    "average": [(np.average, [A]), (lambda a, w: np.average(a, axis=1, weights=w), [A, (4,)])],
    "diff": [(np.diff, [A]), (lambda a: np.diff(a, 2, axis=0), [A])],
    "ptp": [(np.ptp, [A])],
    "atleast": [(np.atleast_1d, [()]), (np.atleast_2d, [(3,)]), (np.atleast_2d, [A])],
    "getitem": [
        (lambda a, i=i: a[i], [s])
        for s, i in [
            (A, 1),
            (A, (-1, 2)),
            (A, slice(None, None, -1)),
            (A, (slice(1, None), [0, 0, 3])),
            (A, np.array([[0, 2], [1, 1]])),
            (A, ([0, 1, 1], [2, 3, 3])),
            (A, np.arange(12).reshape(A) % 3 == 0),
            (A, (Ellipsis, None, 0)),
            (C, (0, Ellipsis)),
            (A, np.array([True, False, True])),
            ((), ()),
            (A, slice(0, 0)),
        ]
    ],
}
"""Functions with the shapes of their arguments, by the name of the rule."""
