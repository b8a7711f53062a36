"""Functions of curves, distances and matrices, and methods of other modules' classes."""

import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from scipy import linalg, sparse, stats
from scipy.spatial import distance
from tape_cases import agrees, draw, refuses, weighted

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, is_traced

GRID = np.array([0.1, 0.35, 0.6, 0.95])
SPARSE = sparse.csr_matrix(np.array([[0.0, 2, 0], [1, 0, 3], [0, 0, 0.5]]))


def interpolated(w, v):
    heights = np.array([0.0, 1.0, 0.5, 2.0])
    return (
        weighted(np.interp(w, GRID, heights))
        + weighted(np.interp(w, [0.4, 0.5], [1.0, 3.0], left=0.3, right=-1.0))
        + weighted(np.interp(np.linspace(0, 1, 5), GRID, v))
        + weighted(np.interp(0.5, v[:3].cumsum(), w[0, :3]))
    )


def inserted(w, v):
    return (
        weighted(np.insert(w, 0, 1.0, axis=1))
        + weighted(np.insert(w, 2, v, axis=0))
        + weighted(np.insert(w, 1, w[:, 0] ** 2, axis=1))
        + weighted(np.insert(w, -1, v[:2].sum(), axis=0))
        + weighted(np.insert(w, 1, w[:2] ** 2, axis=0))
        + weighted(np.insert(v, 4, 3.0))
        + weighted(np.insert(w, 5, v[0]))
    )


def polynomials(w, v):
    return weighted(np.polyval(v, w)) + weighted(np.polyval([1.0, -2.0, 0.5], w))


def partitioned(w, v):
    return (
        np.sum(np.sin(np.partition(w, 2, axis=1)[:, :2]))
        + np.sum(np.partition(w, 3, axis=None)[:3] ** 2)
        + np.sum(np.partition(v, 1)[1:] ** 3)
    )


def piecewise(w, v):
    low, high = w < 0.4, w > 0.7
    parts = [lambda x: x**2, lambda x, k=2.0: k * x, 0.25]
    return (
        weighted(np.piecewise(w, [low, high], parts))
        + weighted(np.piecewise(w, [low, ~low], [lambda x: -x, np.exp]))
        + weighted(np.piecewise(v, v < 0.5, [lambda x: x**3, np.sin]))
    )


def slopes(w, v):
    return (
        weighted(np.gradient(v))
        + weighted(np.gradient(v, 0.25))
        + weighted(list(np.gradient(w)))
        + weighted(list(np.gradient(w, 0.5, 2.0)))
        + weighted(np.gradient(w, axis=1))
        + weighted(np.gradient(w, 0.1, axis=0))
    )


def covariances(w, v):
    return (
        weighted(np.cov(w))
        + weighted(np.cov(w, rowvar=False, bias=True))
        + weighted(np.cov(w, ddof=0))
        + weighted(np.cov(w[0], v))
        + weighted(np.cov(v))
        + weighted(np.corrcoef(w))
        + weighted(np.corrcoef(w[1], v))
        + weighted(np.corrcoef(w.T[:2], rowvar=True))
    )


def sines_over_their_argument(w, v):
    return weighted(np.sinc(w)) + weighted(np.sinc(np.concatenate([v, np.zeros(1)])))


def grids(w, v):
    rows, columns = np.meshgrid(v, w[0])
    first, second = np.meshgrid(v, [1.0, 2.0], indexing="ij")
    thin = np.meshgrid(v[:2], v[:3], sparse=True)
    return (
        weighted(rows * columns**2)
        + weighted(first**second)
        + weighted(thin[0] * thin[1])
        + weighted(list(np.meshgrid(v[:2], v[:3], w[0, :2])))
    )


def sums_between(w, v):
    return (
        weighted(np.add.reduceat(v, [0, 2, 3]))
        + weighted(np.add.reduceat(w, [0, 2], axis=1))
        + weighted(np.add.reduceat(w, np.array([1])))
    )


def strided(w, v):
    step = v.strides[0]
    rows, columns = w.strides
    turned = w.T
    return (
        weighted(as_strided(v, (3, 2), (step, step)))
        + weighted(as_strided(w, (2, 2, 2, 3), (rows, columns, rows, columns)))
        + weighted(np.lib.stride_tricks.as_strided(x=v, shape=(2,), strides=(2 * step,)))
        + weighted(as_strided(turned, shape=(2, 3), strides=turned.strides))
        + weighted(as_strided(w[:, ::2], strides=w[:, ::2].strides))
    )


def distances(w, v):
    fixed = np.array([[0.0, 1.0, 2.0, 0.5]])
    return (
        weighted(distance.cdist(w, w**2 + v))
        + weighted(distance.cdist(w, fixed, "sqeuclidean"))
        + weighted(distance.cdist(fixed, w, metric="cityblock"))
        + weighted(distance.pdist(w))
        + weighted(distance.squareform(distance.pdist(w, "sqeuclidean")))
        + weighted(distance.squareform(distance.cdist(w, w, "sqeuclidean"), checks=False))
    )


@np.vectorize
def leaky(x):
    return x if x > 0.5 else 0.1 * x


def one_by_one(w, v):
    logistic = np.vectorize(lambda x: 1 / (1 + math.exp(-x)))
    product = np.vectorize(lambda a, b: a * b**2)
    return (
        weighted(leaky(w))
        + weighted(logistic(w))
        + weighted(product(w, v))
        + weighted(product(2.0, v))
        + weighted(np.vectorize(lambda _: 1.0)(w))
    )


def taken_out(w, v):
    total = sum(x * x for x in v.tolist()) + sum(a * b for a, b in w[:, :2].tolist())
    made = np.fromiter((x * x for x in v), float)
    return total + weighted(made) + v.sum().tolist() ** 2


def sparse_products(w, _):
    return (
        weighted(SPARSE @ w)
        + weighted(SPARSE.dot(w**2))
        + weighted(SPARSE.T @ w[:, 0])
        + weighted(w.T @ SPARSE)
        + weighted(sparse.coo_matrix(SPARSE) @ w)
        + weighted(SPARSE * w)
    )


def normal_distributions(w, v):
    return (
        weighted(stats.norm.logpdf(w))
        + weighted(stats.norm.pdf(w, loc=v, scale=2.0))
        + weighted(stats.norm.logpdf(0.3, v, w))
        + weighted(stats.norm.cdf(w, v))
        + weighted(stats.norm(0.1, 1.5).logcdf(w))
        + weighted(stats.norm.sf(w) + stats.norm.logsf(v))
    )


def symmetric_systems(w, v):
    a = w @ w.T + 2 * np.eye(3)
    upper, lower = linalg.cholesky(a), linalg.cholesky(a, lower=True)
    return (
        weighted(upper)
        + weighted(lower)
        + weighted(linalg.cho_solve(linalg.cho_factor(a), w))
        + weighted(linalg.cho_solve((lower, True), v[:3]))
        + weighted(linalg.solve_triangular(lower, w, lower=True))
        + weighted(linalg.solve_triangular(lower, v[:3], trans=1, lower=True))
        + weighted(linalg.solve_triangular(upper, v[:3], trans="T"))
        + weighted(linalg.solve(a, w, assume_a="pos"))
        + weighted(linalg.solve(np.tril(a), w, assume_a="sym", lower=True))
        + weighted(linalg.solve(np.triu(a), w, assume_a="her"))
        + weighted(linalg.inv(a))
        + linalg.det(a)
        + linalg.norm(a)
        + weighted(linalg.block_diag(w[:2], v[:3], a))
        + weighted(linalg.eigvalsh(a + np.diag([0.0, 2, 5]), lower=False))
    )


def in_their_numbers(w, v):
    return (
        weighted(np.sqrt(w * w + 1, dtype=np.float64))
        + weighted(np.multiply(w, 2, dtype=float))
        + weighted(np.subtract([1, 2, 3, 4], v, dtype="f8"))
        + weighted(np.exp(v, dtype=None))
    )


CASES = [
    in_their_numbers,
    interpolated,
    inserted,
    polynomials,
    partitioned,
    piecewise,
    slopes,
    covariances,
    sines_over_their_argument,
    grids,
    sums_between,
    strided,
    distances,
    one_by_one,
    taken_out,
    sparse_products,
    normal_distributions,
    symmetric_systems,
]


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_they_have_the_slopes_of_differences(function):
    agrees(function, draw((3, 4), 1), draw((4,), 2))


def test_a_function_computes_in_the_numbers_that_it_is_told():
    leaf = Recorder().leaf(draw((3, 4), 1))
    told = np.multiply(leaf, 1 / 3, dtype=np.float32)
    assert told.dtype == np.float32
    plain = np.multiply(leaf.step.value, 1 / 3, dtype=np.float32)
    np.testing.assert_array_equal(told.step.value, plain)


REFUSED = {
    r"interp\(period": lambda w: np.interp(w, GRID, GRID, period=1.0),
    "insert at several": lambda w: np.insert(w, [0, 2], 1.0),
    "gradient with these": lambda w: np.gradient(w, axis=0, edge_order=2),
    r"cov\(fweights\)": lambda w: np.cov(w, fweights=[1, 2, 1, 1]),
    "as_strided beyond": lambda w: as_strided(w, (4, 4), w.strides),
    "as_strided with these": lambda w: as_strided(w, (4,), w.strides),
    "add.reduceat of indices": lambda w: np.add.reduceat(w, [2, 0]),
    "multiply.reduceat": lambda w: np.multiply.reduceat(w, [0, 2]),
    "vectorize of so many": lambda w: leaky(np.tile(w, (40, 40))),
    "vectorize with these": lambda w: np.vectorize(lambda x, k: k * x, excluded=["k"])(w, k=2),
    "distances by cosine": lambda w: distance.pdist(w, "cosine"),
    "cdist with these": lambda w: distance.cdist(w, w, "minkowski", p=3),
    "pdist with these": lambda w: distance.pdist(w, "minkowski", p=3),
    "logpdf of the distribution expon": lambda w: stats.expon.logpdf(w),  # noqa: PLW0108
    "pdf with these": lambda w: stats.norm.pdf(w, 0, 1, 2),
    "eigh of two": lambda w: linalg.eigh(w @ w.T, np.eye(3)),
    "solve with these": lambda w: linalg.solve(w @ w.T, w, transposed=True),
    "unit_diagonal": lambda w: linalg.solve_triangular(w @ w.T, w, unit_diagonal=True),
    "qr(.*)": lambda w: np.linalg.qr(w.T, "complete"),
    "qr_q": np.linalg.qr,
    "lstsq of a matrix": lambda w: np.linalg.lstsq(np.ones((3, 2)) * w[0, 0], w[:, 0]),
    "cond": lambda w: np.linalg.cond(w, 1),
    "eigenvectors": lambda w: np.linalg.eigh(np.eye(3) * w[0, 0]),
    "left_singular_vectors": lambda w: np.linalg.svd(np.eye(3) * w[0, 0]),
    r"inv\(nothing\) with these": lambda w: linalg.inv(w @ w.T, nothing=True),
    "sqrtm": lambda w: linalg.sqrtm(-w @ w.T),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_followed_is_refused_by_its_name(said):
    refuses(REFUSED[said], said)


def test_vectors_beside_a_matrix_are_plain():
    recorder = Recorder()
    with recorded_numpy(recorder):
        u, s, vh = np.linalg.svd(recorder.leaf(draw((3, 4), 1)))
    assert [is_traced(each) for each in (u, s, vh)] == [False, True, False]


def test_of_eigenvectors_the_sign_is_that_of_scipy():
    a = draw((4, 4), 3)
    recorder = Recorder()
    with recorded_numpy(recorder):
        found = linalg.eigh(recorder.leaf(a + a.T))[1]
    np.testing.assert_allclose(found.step.value, linalg.eigh(a + a.T)[1], rtol=1e-9)


def test_methods_and_names_are_as_before_when_nothing_is_recorded():
    methods = {
        (owner, name): getattr(owner, name)
        for owner, name in [
            (np.vectorize, "__call__"),
            (sparse.csr_matrix, "_matmul_dispatch"),
            (stats.rv_continuous, "logpdf"),
            (linalg, "cholesky"),
            (np, "fromiter"),
        ]
    }
    with recorded_numpy(Recorder()):
        assert all(getattr(*place) is not method for place, method in methods.items())
        assert leaky(0.25) == pytest.approx(0.025)
        assert stats.norm.logpdf(0.0) == pytest.approx(-0.9189385332)
        assert (SPARSE @ np.ones(3)).tolist() == [2, 4, 0.5]
        assert linalg.cholesky(4 * np.eye(2)).tolist() == [[2, 0], [0, 2]]
        assert np.fromiter(range(3), int, count=2).tolist() == [0, 1]
        assert as_strided(np.arange(3), (2, 2), (8, 8)).tolist() == [[0, 1], [1, 2]]
    assert {place: getattr(*place) for place in methods} == methods
