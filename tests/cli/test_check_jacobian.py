"""``trainwell check`` finds functions of several numbers with their Jacobians."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Call

CURVE = """
import numpy as np


def residuals(p, t, y):
    return p[0] * np.exp(-p[1] * t) - y


def jac(p, t, y):
    e = np.exp(-p[1] * t)
    return np.stack([e, p[0] * t * e], axis=1)


def case():
    t = np.linspace(0, 3, 6)
    return np.array([2.0, 0.5]), (t, np.exp(-t))
"""

LORENZ = """
def lorenz(t, s, sigma=10.0, rho=28.0, beta=8 / 3):
    x, y, z = s
    return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]


def lorenz_jac(t, s, sigma=10.0, rho=28.0, beta=8 / 3):
    x, y, z = s
    return [[-sigma, sigma, 0], [rho - z, -1, -x], [y, x, beta]]


def case():
    return [1.0, 2.0, 3.0], (0.5,)
"""

EQUATIONS = """
import numpy as np


def f(x):
    return np.array([x[0] ** 2 + x[1] ** 2 - 4, np.exp(x[0]) + x[1] - 1])


def df(x):
    return np.array([[2 * x[0], 2 * x[1]], [np.exp(x[0]), 2]])


x0 = np.array([1.0, -1.5])
"""

BESIDE_A_COST = """
import numpy as np


def kinematics(theta, lengths):
    phi = np.cumsum(theta)
    return np.array([np.sum(lengths * np.cos(phi)), np.sum(lengths * np.sin(phi))])


def jacobian(theta, lengths):
    phi = np.cumsum(theta)
    rows = [-lengths * np.sin(phi), lengths * np.cos(phi)]
    return np.array([np.cumsum(row[::-1])[::-1] for row in rows])


def cost(theta, lengths):
    r = kinematics(theta, lengths)
    return 0.5 * r @ r


def gradient(theta, lengths):
    return jacobian(theta, lengths).T @ kinematics(theta, lengths)


def case():
    return np.array([0.3, -0.8, 1.1]), (np.array([1.0, 0.7, 0.4]),)
"""


@pytest.mark.parametrize(
    ("program", "names", "line", "row"),
    [
        (CURVE, "jac against residuals", 11, "rows 1, 2, 3, 4, 5 of 6"),
        (LORENZ, "lorenz_jac against lorenz", 9, "row 2 of 3"),
        (EQUATIONS, "df against f", 10, "row 1 of 2"),
    ],
)
def test_the_jacobian_is_found_with_its_function(
    write: Callable[..., str], call: Call, program: str, names: str, line: int, row: str
) -> None:
    answer = call("check", write(program))
    assert answer.code == 1, answer
    assert f"Checking {names} of" in answer.err
    assert f"line {line} of" in answer.out
    assert f"wrong in {row}" in answer.out


def test_what_is_mended_passes(write: Callable[..., str], call: Call) -> None:
    for program, wrong, right in (
        (CURVE, "p[0] * t * e]", "-p[0] * t * e]"),
        (LORENZ, "x, beta]", "x, -beta]"),
        (EQUATIONS, "(x[0]), 2]", "(x[0]), 1]"),
    ):
        assert call("check", write(program.replace(wrong, right))).code == 0


def test_a_cost_with_a_gradient_goes_first_and_others_by_name(
    write: Callable[..., str], call: Call
) -> None:
    program = write(BESIDE_A_COST)
    assert "Checking gradient against cost" in call("check", program).err
    by_itself = """

def cost(p, t, y):
    return np.sum((p[0] * np.exp(-p[1] * t) - y) ** 2)


def gradient(p, t, y):
    e = np.exp(-p[1] * t)
    r = 2 * (p[0] * np.exp(-p[1] * t) - y)
    return np.array([np.sum(r * e), -np.sum(r * p[0] * t * e)])
"""
    assert "Checking gradient against cost" in call("check", write(CURVE + by_itself)).err
    program = write(BESIDE_A_COST)
    chosen = ("--forward", "kinematics", "--backward", "jacobian")
    assert "Checking jacobian against kinematics" in call("check", program, *chosen).err
    program = write(BESIDE_A_COST.replace("-lengths * np.sin", "lengths * np.sin"))
    assert "wrong in row 0 of 2" in call("check", program, *chosen).out


def test_the_picture_has_all_four_panels(
    write: Callable[..., str], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Any, ...]] = []
    picture = "trainwell.report.gradient_picture.gradient_picture"
    monkeypatch.setattr(picture, lambda *given: drawn.append(given))
    call("check", write(CURVE), "--plot", str(tmp_path / "jacobian.png"))
    ((_, _, curve),) = drawn
    assert curve is not None


OBJECT = """
import numpy as np


class Problem:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def residuals(self, x):
        return np.tanh(self.a @ x) - self.b

    def jac(self, x):
        return (1 - np.tanh(self.a @ x) ** 2)[:, None] * self.a


def case():
    rng = np.random.default_rng(0)
    return Problem(rng.normal(size=(5, 3)), rng.normal(size=5)), rng.normal(size=3)
"""

SCALAR_OBJECT = (
    OBJECT.replace("residuals", "fun")
    .replace("np.tanh(self.a @ x) - self.b", "np.sum(np.tanh(self.a @ x) * self.b)")
    .replace(
        "(1 - np.tanh(self.a @ x) ** 2)[:, None] * self.a",
        "self.a.T @ ((1 - np.tanh(self.a @ x) ** 2) * self.b)",
    )
)

DRIVEN = """
from functools import partial

import numpy as np


def func(p, a, weights):
    return (weights * (a @ p) ** 2)[:, None]


def fprime(p, a, weights):
    return (2 * weights * (a @ p))[:, None] * a


def solve(p, a):
    return p - np.linalg.lstsq(fprime(p, a, 1.0), func(p, a, 1.0), rcond=None)[0][:, 0]


def case():
    rng = np.random.default_rng(0)
    return np.array([0.4, 0.9]), (rng.normal(size=(4, 2)), rng.random(4))
"""


TOGETHER = """
import numpy as np
from scipy.optimize import root


def equations(z, k):
    x, y = z
    f = np.array([x * np.exp(-x) - k * y, y**2 + k * x - 1])
    jac = np.array([[np.exp(-x) * (1 - x), -k], [k, 2 * y]])
    return f, jac


def case():
    return np.array([0.6, 0.9]), (0.4,)
"""


SECOND = """
import numpy as np


def grad(w, x, lam):
    return x.T @ np.tanh(x @ w) + 2 * lam * w


def hess(w, x, lam):
    return x.T @ ((1 - np.tanh(x @ w) ** 2)[:, None] * x) + 2 * lam * np.eye(len(w))


def case():
    rng = np.random.default_rng(0)
    return np.array([0.6, 0.9]), (rng.normal(size=(5, 2)), 0.3)
"""


@pytest.mark.parametrize(
    ("program", "names", "right", "wrong"),
    [
        (OBJECT, "jac against residuals", "** 2)[:, None]", "** 3)[:, None]"),
        (SCALAR_OBJECT, "jac against fun", "** 2) * self.b", "** 3) * self.b"),
        (DRIVEN, "fprime against func", "(2 * weights", "(3 * weights"),
        (TOGETHER, "equations", "(1 - x)", "(1 + x)"),
        (SECOND, "hess against grad", "2 * lam * np.eye", "lam * np.eye"),
    ],
)
def test_methods_and_functions_beside_a_solver_are_found(
    write: Callable[..., str], call: Call, program: str, names: str, right: str, wrong: str
) -> None:
    answer = call("check", write(program))
    assert answer.code == 0, answer
    assert f"Checking {names} of" in answer.err
    assert call("check", write(program.replace(right, wrong))).code == 1


def test_what_a_jacobian_raises_is_told_with_its_line(
    write: Callable[..., str], call: Call
) -> None:
    answer = call("check", write(LORENZ.replace("[y, x, beta]]", "[y, x, beta][3]]")))
    assert answer.code == 2
    assert "line 9, in lorenz_jac: IndexError: list index out of range" in answer.err


def test_complex_parameters_are_refused_with_what_to_give(
    write: Callable[..., str], call: Call
) -> None:
    answer = call("check", write(CURVE.replace("np.array([2.0, 0.5])", "np.array([2.0, 0.5j])")))
    assert answer.code == 2
    assert "complex numbers: give their real and imaginary parts" in answer.err


def test_what_checks_and_plots_is_no_jacobian(write: Callable[..., str], call: Call) -> None:
    beside = """

def numeric_jac(p, t, y):
    raise AssertionError


def plot_jac(p, t, y):
    raise AssertionError
"""
    answer = call("check", write(CURVE + beside))
    assert "Checking jac against residuals of" in answer.err
