"""Costs that the tape cannot follow are checked by complex steps, or by differences."""

import numpy as np
import pytest
from checked_regressor import NET, RNG, TANH, X, Y, doubled
from scipy import special

from trainwell.diagnosis.gradients import check_gradients


def solved(p, A):
    return np.sum(np.linalg.tensorsolve(A + np.diag(p["w"]), np.ones(4)) ** 2)


def solved_slope(p, A):
    M = A + np.diag(p["w"])
    u = np.linalg.solve(M, np.ones(4))
    return {"dw": -np.linalg.solve(M.T, 2 * u) * u}


def cubed(p, A):
    M = A + np.diag(p["w"])
    return np.trace(np.einsum(M, [0, 1], M, [1, 2], M, [2, 3], [0, 3]))


def cubed_slope(p, A):
    return {"dw": 3 * np.diag(np.linalg.matrix_power(A + np.diag(p["w"]), 2))}


def in_a_loop(p, A):
    total = 0.0
    for at in range(4):
        w = float(p["w"][at])
        total += w * w * w * A[at, at]
    return total


def in_a_loop_slope(p, A):
    return {"dw": 3 * p["w"] ** 2 * np.diag(A)}


def gammas(p, A):
    return np.sum(special.rgamma(p["w"] + 1) * np.diag(A))


def gammas_slope(p, A):
    return {"dw": -special.rgamma(p["w"] + 1) * special.digamma(p["w"] + 1) * np.diag(A)}


def in_order(p, A):
    return np.sum(np.sort(p["w"])[:2] * np.diag(A)[:2])


def in_order_slope(p, A):
    found = np.zeros(4)
    found[np.argsort(p["w"])[:2]] = np.diag(A)[:2]
    return {"dw": found}


def detour(p, A):
    hidden = np.frombuffer(np.asarray(p["w"], np.float64).tobytes())
    return float(np.sum(np.sin(hidden) * np.diag(A)))


def detour_slope(p, A):
    return {"dw": np.cos(p["w"]) * np.diag(A)}


OPAQUE = {
    "solve": (solved, solved_slope, {"complex"}),
    "cube": (cubed, cubed_slope, {"complex"}),
    "loop": (in_a_loop, in_a_loop_slope, {"trace", "complex", "central"}),
    "gamma": (gammas, gammas_slope, {"complex"}),
    "sort": (in_order, in_order_slope, {"trace", "complex", "central"}),
    "bytes": (detour, detour_slope, {"complex", "central"}),
}
MATRIX = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
WEIGHTS = {"w": RNG.uniform(0.4, 1.6, size=4)}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", OPAQUE)
def test_what_the_tape_cannot_follow_is_checked_in_another_way(name):
    cost, grad, methods = OPAQUE[name]
    report = check_gradients(cost, grad, WEIGHTS, (MATRIX,))
    assert report.ok, str(report)
    assert report.method in methods
    assert bool(report.note) == (report.method != "trace")
    if report.note:
        assert f"No tape: {report.note}." in str(report)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize("share", [1.0, 1e-4])
def test_without_a_tape_a_bug_is_found(name, share):
    cost, grad, _ = OPAQUE[name]

    def wrong(p, A):
        found = grad(p, A)["dw"]
        found = np.array(found)
        at = int(np.abs(found).argmax())
        found[at] *= 1 + share
        return {"dw": found}

    report = check_gradients(cost, wrong, WEIGHTS, (MATRIX,))
    assert report.verdict == "FAIL", str(report)
    assert report["w"].wrong.sum() == 1
    assert report.findings


@pytest.mark.parametrize("method", ["auto", "trace", "complex", "central"])
def test_every_method_passes_what_is_right_and_fails_what_is_wrong(method):
    report = check_gradients(*TANH, NET, (X, Y), method=method)
    assert report.ok, str(report)
    assert report.method == ("trace" if method == "auto" else method)
    assert bool(report.operations) == (report.method == "trace")
    report = check_gradients(TANH[0], doubled(TANH[1], "db1"), NET, (X, Y), method=method)
    assert report.verdict == "FAIL"
    assert [n for n, found in report.arrays.items() if found.status.name != "OK"] == ["b1"]
    assert report.findings[0].factor == pytest.approx(2, rel=1e-6)


def test_the_tape_alone_is_refused_where_it_cannot_follow():
    with pytest.raises(
        TypeError, match=r"the tape does not follow np\.linalg\.tensorsolve in line \d+"
    ):
        check_gradients(solved, solved_slope, WEIGHTS, (MATRIX,), method="trace")
