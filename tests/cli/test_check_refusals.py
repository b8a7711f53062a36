"""``trainwell check`` of what cannot be checked: one sentence, never a traceback."""

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from cli.programs import CASE, COST, RIGHT, WRONG

Call = Callable[..., Any]


def test_a_missing_file_is_named(sentence: Callable[..., str]) -> None:
    assert sentence("nowhere.py") == "nowhere.py: No such file or directory"


def test_neither_file_nor_demonstration(sentence: Callable[..., str]) -> None:
    assert "needs a FILE, or --demo" in sentence()
    assert "not both" in sentence("net.py", "--demo")


def test_a_syntax_error_has_its_line(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    assert sentence(write("x = 1", "def f(:")).startswith("net.py, line 2: SyntaxError")


def test_a_file_that_raises_at_import_has_its_line(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    assert sentence(write("x = 1", "y = x / 0")) == (
        "net.py, line 2: ZeroDivisionError: division by zero"
    )
    assert "ends itself" in sentence(write("import sys", "sys.exit(3)"))


def test_a_module_of_the_course_is_missing(
    sentence: Callable[..., str], write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The doctest of `install()` may have run in this process.
    monkeypatch.delitem(sys.modules, "testCases", raising=False)
    assert "trainwell.course.install()" in sentence(write("import testCases"))


def test_a_notebook_is_not_run(sentence: Callable[..., str], write: Callable[..., str]) -> None:
    assert "save its functions as a .py file" in sentence(write("{}", name="net.ipynb"))


def test_a_table_is_not_taken_for_a_program(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    assert "table.csv: is no .py file" in sentence(write('a,b\n1,"x\n', name="table.csv"))


def test_a_program_without_a_pair_says_what_it_has(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write("def train(x): return x", CASE))
    assert "begins with forward, cost or loss" in said
    assert "train, make_case" in said
    assert "begins with backward or grad" in sentence(write(COST, CASE))
    assert "no function at all" in sentence(write("x = 1"))


def test_two_pairs_are_listed_and_one_can_be_chosen(
    call: Call, sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    other = WRONG.replace("gradient", "gradient_n") + COST.replace("cost", "cost_n")
    file = write(COST, RIGHT, other, CASE)
    assert "forward pass: cost, cost_n; choose one with --forward NAME" in sentence(file)
    assert call("check", file, "--forward", "cost").code == 0
    assert call("check", file, "--forward", "cost_n").code == 1
    assert call("check", file, "--backward", "gradient_n").code == 1
    assert "has no function 'coost'" in sentence(file, "--forward", "coost")


@pytest.mark.parametrize(
    ("case", "fragment"),
    [
        ("def case():\n    return 7", "case must return (params, data)"),
        ("def case():\n    return None", "it gave None"),
        ("def case():\n    return ()", "it gave nothing"),
        ("def case():\n    return 'a', 'b'", "it gave tuple of str, str"),
        ("def case():\n    return {}, ()", "it gave tuple of dict, tuple"),
        (
            "def case():\n    return {'w': np.array([{}])}, ()",
            "dict, tuple ('w' is an array of objects",
        ),
        ("def case():\n    return {}['a']", "in case: KeyError: 'a'"),
        ("def case(seed):\n    return seed", "without arguments; it needs seed"),
        ("def case():\n    return np.ones(3), (np.ones((2, 3)),)", "takes 'y'"),
        ("def case():\n    return np.ones(3), (1.0, 2.0, 3.0)", "the case gives 3 data"),
        ("x = 1", "no parameters to check at"),
        ("def a_test_case(): ...\ndef b_test_case(): ...", "a_test_case, b_test_case; choose"),
    ],
)
def test_a_case_that_is_nonsense_is_refused(
    sentence: Callable[..., str], write: Callable[..., str], case: str, fragment: str
) -> None:
    assert fragment in sentence(write(COST, RIGHT, case))


def test_a_check_that_is_stopped_says_so(call: Call, write: Callable[..., str]) -> None:
    stopped = "def gradient(w, x, y):\n    raise KeyboardInterrupt"
    answer = call("check", write(COST, stopped, CASE))
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.endswith("Stopped; nothing was written.\n")


def test_variables_without_numbers_are_named(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write(COST, RIGHT, "params = {'w': 'text'}"))
    assert said == "net.py: params has no array of real numbers to check at"


def test_an_exception_in_the_users_code_has_its_line_and_function(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    broken = "def gradient(w, x, y):\n    return {}['a']"
    assert re.fullmatch(
        r"net\.py, line \d+, in gradient: KeyError: 'a' \(given w: array \(\d+,\),"
        r" x: array \(\d+, \d+\), y: array \(\d+,\)\)",
        sentence(write(COST, broken, CASE)),
    )


def test_a_cost_that_is_no_number_is_called_by_its_name(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    matrix = COST.replace("np.mean", "")
    said = sentence(write(matrix, RIGHT, CASE))
    assert said.startswith("net.py: what cost returns must be one number")


@pytest.mark.parametrize("returned", ["'abc'", "{'dtheta': 'abc'}", "object()"])
def test_a_gradient_that_is_nonsense_leaves_no_traceback(
    call: Call, write: Callable[..., str], returned: str
) -> None:
    nonsense = f"def gradient(w, x, y):\n    return {returned}"
    answer = call("check", write(COST, nonsense, CASE))
    assert answer.code in {1, 2}
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("flags", "fragment"),
    [
        (("--points", "0"), "--points must be at least 1"),
        (("--directions", "0"), "--directions must be at least 1"),
        (("--seed", "-1"), "--seed must be at least 0"),
        (("--method", "magic"), "--method must be one of auto"),
        (("--hyper", "lambd"), "--hyper must be NAME=VALUE"),
        (("--hyper", "lambd=much"), "--hyper must be NAME=VALUE"),
        (("--plot", "picture.pdf"), "--plot must be a .png file"),
        (("--plot", "nowhere/picture.png"), "could not be written"),
        (("--right",), "--right goes with --demo"),
        (("--data", "d.npz"), "--data goes with --params"),
        (("--params", "p.npz"), "p.npz: No such file or directory"),
        (("--params", "p.npz", "--case", "make_case"), "both say where"),
        (("--params", "net.py"), "is not a file of numpy.savez"),
        (("--case", "nowhere"), "has no function 'nowhere'"),
    ],
    ids=lambda flags: " ".join(flags) if isinstance(flags, tuple) else "",
)
def test_a_flag_that_is_wrong_is_named(
    sentence: Callable[..., str],
    write: Callable[..., str],
    flags: tuple[str, ...],
    fragment: str,
) -> None:
    assert fragment in sentence(write(COST, RIGHT, CASE), *flags)


def test_a_program_may_be_called_check(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    assert sentence(write("x = 1", name="check.py")).startswith("check.py: has no function")


def test_a_forward_pass_without_its_cost_is_told_what_it_lacks(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(
        write(
            "import numpy as np",
            "def forward_propagation(X, parameters):",
            "    return parameters['W'] @ X, None",
            "def backward_propagation(X, Y, cache):",
            "    return {'dW': X}",
            "def case():",
            "    return {'W': np.ones((1, 3))}, (np.ones((3, 6)), np.ones((1, 6)))",
        )
    )
    assert "forward_propagation takes (X, parameters), but the case gives 2 data" in said
    assert said.endswith("a forward pass takes the parameters and all data, and returns the cost")
