"""Jacobians of functions of several numbers: rows and lines that are wrong, shapes, scales."""

import numpy as np
import pytest
from scipy import sparse

from trainwell import check_jacobian
from trainwell.diagnosis.gradient_verdict.comparison import Status
from trainwell.errors import ConfigurationError

T = np.linspace(0, 3, 7)
P = np.array([2.0, 0.5, 0.1])


def residuals(p, t, y):
    return p[0] * np.exp(-p[1] * t) + p[2] - y


def right(p, t, y):
    e = np.exp(-p[1] * t)
    return np.stack([e, -p[0] * t * e, np.ones_like(y)], axis=1)


def of_no_sign(p, t, y):
    e = np.exp(-p[1] * t)
    return np.stack([e, p[0] * t * e, np.ones_like(y)], axis=1)


def turned(p, t, y):
    return right(p, t, y).T


def lorenz(s, sigma, rho, beta):
    x, y, z = s
    return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]


def lorenz_rows(s, sigma, rho, beta):
    x, y, z = s
    return [[-sigma, sigma, 0], [rho - z, -1, -x], [y, x, -beta]]


def lorenz_of_no_sign(s, sigma, rho, beta):
    x, y, z = s
    return [[-sigma, sigma, 0], [rho - z, -1, x], [y, x, -beta]]


def chain(x):
    y = x**3
    y[1:] += x[:-1] ** 2
    return y


def in_bands(x):
    return sparse.diags([3 * x**2, 2 * x[:-1]], [0, -1])


def test_a_right_jacobian_passes():
    assert check_jacobian(residuals, right, P, (T, np.exp(-T))).verdict == "PASS"
    constants = {"beta": 8 / 3, "rho": 28.0, "sigma": 10.0}
    assert check_jacobian(lorenz, lorenz_rows, [1.0, 2.0, 3.0], constants).ok
    assert check_jacobian(chain, in_bands, np.linspace(0.5, 2, 6)).ok


def test_the_line_and_the_rows_are_told():
    report = check_jacobian(residuals, of_no_sign, P, (T, np.exp(-T)))
    assert report.findings[0].line == of_no_sign.__code__.co_firstlineno + 2
    assert report.findings[0].message == "`p[0] * t * e` has the wrong sign"
    assert report.reasons == ("wrong in rows 1, 2, 3, 4, 5, 6 of 7",)


def test_the_place_of_an_element_is_told_where_its_text_is_not_alone():
    report = check_jacobian(lorenz, lorenz_of_no_sign, np.array([1.0, 2, 3]), (10.0, 28.0, 8 / 3))
    assert report.findings[0].message == "element [1, 2], `x`, has the wrong sign"
    assert report.reasons == ("wrong in row 1 of 3",)


def test_all_rows_are_told_as_one():
    report = check_jacobian(residuals, lambda p, t, y: 2 * right(p, t, y), P, (T, T))
    assert report.reasons == ("wrong in all 7 rows",)


def test_a_transposed_jacobian_has_another_shape():
    (finding,) = check_jacobian(residuals, turned, P, (T, T)).findings
    assert finding.message == "has shape (3, 7), not (7, 3), which is its transpose"


def test_a_jacobian_of_arrays_has_the_shape_of_both():
    def outer(w):
        return np.tanh(w)[:, None] * w

    def by_element(w):
        j = np.zeros((3, 3, 3))
        slope = 1 - np.tanh(w) ** 2
        for i in range(3):
            j[i, :, i] += slope[i] * w
            j[:, i, i] += np.tanh(w)
        return j

    point = np.array([0.3, -1.2, 0.8])
    assert check_jacobian(outer, by_element, point).ok
    assert check_jacobian(outer, lambda w: by_element(w).reshape(9, 3), point).ok


def test_several_parameters_have_a_jacobian_each():
    def affine(p, x):
        return np.tanh(x @ p["w"] + p["b"])

    def both(p, x):
        slope = 1 - affine(p, x) ** 2
        return {"dw": slope[:, None] * x, "db": slope}

    params = {"w": np.array([0.5, -1.0]), "b": 0.3}
    x = np.random.default_rng(0).normal(size=(5, 2))
    assert check_jacobian(affine, both, params, (x,)).ok

    def without_slope(p, x):
        return {**both(p, x), "db": np.ones(5)}

    report = check_jacobian(affine, without_slope, params, (x,))
    assert report["w"].status is Status.OK
    assert report["b"].status is Status.WRONG


def test_a_row_of_tiny_numbers_counts_as_the_others():
    def of_two_scales(x):
        return np.array([1e9 * np.sin(x[0]) * x[1], 1e-4 * x[0] * x[1]])

    def jac(x):
        return np.array(
            [[1e9 * np.cos(x[0]) * x[1], 1e9 * np.sin(x[0])], [1e-4 * x[0], 1e-4 * x[0]]]
        )

    report = check_jacobian(of_two_scales, jac, np.array([0.7, 1.3]))
    assert report.verdict == "FAIL"
    assert report.reasons == ("wrong in row 1 of 2",)


def test_nothing_is_changed_and_a_call_gives_the_same_twice():
    point, y = P.copy(), np.exp(-T)
    first = check_jacobian(residuals, of_no_sign, point, (T, y))
    assert (point == P).all()
    assert (y == np.exp(-T)).all()
    second = check_jacobian(residuals, of_no_sign, point, (T, y))
    assert first["theta"].error == second["theta"].error


def test_what_returns_no_real_numbers_is_refused():
    with pytest.raises(ConfigurationError, match=r"check_jacobian.*floating-point.*int64"):
        check_jacobian(lambda _: np.array([1, 2]), lambda x: x, P)
    with pytest.raises(ConfigurationError, match="nothing"):
        check_jacobian(lambda _: np.array([]), lambda x: x, P)


def test_a_tuple_of_rows_is_a_jacobian():
    def pair(x, c):
        u, v = x
        return u**2 + v**2 - c, np.exp(u) * v - 1

    def rows(x, _):
        u, v = x
        return (2 * u, 2 * v), (np.exp(u) * v, np.exp(u))

    for point in (np.array([0.4, 0.9]), [0.4, 0.9]):
        assert check_jacobian(pair, rows, point, (1.7,)).ok
        assert not check_jacobian(pair, lambda x, c: rows(x, c)[::-1], point, (1.7,)).ok


def test_a_long_matrix_that_stands_for_its_transpose_is_told_so():
    def by_columns(s, sigma, rho, beta):
        x, y, z = s
        return np.array([[-sigma, rho - z, y], [sigma, -1.0, x], [0.0, -x, -beta]])

    (finding,) = check_jacobian(
        lorenz, by_columns, np.array([1.0, 2, 3]), (10.0, 28.0, 8 / 3)
    ).findings
    assert finding.message.endswith("should be transposed")


def test_the_time_may_stand_first_where_it_is_given_by_name():
    def rhs(t, y, k):
        return np.array([y[1], -k * np.sin(y[0]) * t])

    def jac(t, y, k):
        return np.array([[0, 1], [-k * np.cos(y[0]) * t, 0]])

    def without_time(t, y, k):
        return jac(t * t, y, k)

    point = np.array([0.3, -0.2])
    assert check_jacobian(rhs, jac, point, {"t": 0.7, "k": 2.0}).ok
    report = check_jacobian(rhs, without_time, point, {"k": 2.0, "t": 0.7})
    assert report.findings[0].line == without_time.__code__.co_firstlineno + 1


def test_a_jacobian_of_too_many_columns_is_told_with_its_shape():
    def wider(p, t, y):
        return np.hstack([right(p, t, y)] * 2)

    (finding,) = check_jacobian(residuals, wider, P, {"y": T, "t": T}).findings
    assert finding.message == "has shape (7, 6), not (7, 3)"


def test_the_generators_are_left_as_they_were():
    rng = np.random.default_rng(4)

    def noisy(p):
        return np.sin(p) * rng.normal(size=3)

    def jac(p):
        return np.diag(np.cos(p) * rng.normal(size=3))

    before = rng.bit_generator.state
    assert check_jacobian(noisy, jac, P).ok
    assert rng.bit_generator.state == before
