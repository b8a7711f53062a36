"""The fixture ``gradcheck``, in runs of pytest of its own."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
FUNCTIONS = """
    import numpy as np

    def cost(w, x):
        return np.sum((w * x) ** 2)

    def grad(w, x):
        return FACTOR * w * x**2

    W, X = np.array([1.0, -2.0]), np.array([0.5, 3.0])
"""


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Return what runs a test file with the plugin."""

    def result(factor: str, body: str, *flags: str) -> pytest.RunResult:
        test = f"{FUNCTIONS.replace('FACTOR', factor)}\n    def test_backward(gradcheck):\n{body}"
        pytester.makepyfile(test)
        return pytester.runpytest_subprocess(
            "-p", "trainwell_pytest", "-p", "no:randomly", "-p", "no:cacheprovider", *flags
        )

    return result


def test_a_right_gradient_passes_and_gives_its_report(run) -> None:
    body = "        assert gradcheck(cost, grad, W, (X,)).verdict == 'PASS'\n"
    run("2", body).assert_outcomes(passed=1)


def test_a_wrong_gradient_fails_with_the_report_and_the_line(run) -> None:
    result = run("3", "        gradcheck(cost, grad, W, (X,))\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*gradcheck(cost, grad, W, (X,))*",
            "E *GradientError*",
            "E *GRADIENT CHECK  FAIL*",
            "E *return 3 * w * x**2*",
        ]
    )
    assert "check_gradients(" not in result.stdout.str()


def test_it_is_an_assertion_error(run) -> None:
    body = """
        import pytest
        with pytest.raises(AssertionError, match="1.5 x"):
            gradcheck(cost, grad, W, (X,))
"""
    run("3", body).assert_outcomes(passed=1)


def test_the_option_sets_the_number_of_points_and_a_call_overrides_it(run) -> None:
    body = "        gradcheck(cost, grad, W, (X,))\n"
    result = run("2", body, "--gradcheck-points", "0")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*points must be at least 1, got 0*"])
    own = "        gradcheck(cost, grad, W, (X,), points=1)\n"
    run("2", own, "--gradcheck-points", "0").assert_outcomes(passed=1)


def test_loading_the_plugin_imports_neither_numpy_nor_the_library() -> None:
    code = "import sys, trainwell_pytest; print({'numpy', 'trainwell'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "set()\n"


def test_an_installed_package_registers_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {
        "trainwell_pytest": "trainwell_pytest"
    }
    built = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert "src/trainwell_pytest" in built
