"""``trainwell check``: verdicts, exit codes, what is printed and drawn."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.programs import CASE, COST, RIGHT, WRONG

from trainwell.cli import check_demo
from trainwell.cli.check_view import print_report, report_lines
from trainwell.diagnosis.gradients import check_gradients

Call = Callable[..., Any]


def line_of(text: str, function: Any) -> int:
    """Return where a statement of a function stands in its file."""
    lines = Path(check_demo.__file__).read_text(encoding="utf-8").splitlines()
    begin = function.__code__.co_firstlineno
    return next(at for at, line in enumerate(lines, 1) if at >= begin and text in line)


def test_the_demonstration_names_both_bugs_with_their_lines(call: Call) -> None:
    answer = call("check", "--demo", "--json")
    document = json.loads(answer.out)
    assert answer.code == 1
    assert document["verdict"] == "FAIL"
    found = {f["target"]: (f["factor"], f["line"]) for f in document["findings"]}
    buggy = check_demo.backward_propagation_n
    assert found == {
        "dW2": (pytest.approx(2), line_of("dW2 = ", buggy)),
        "db1": (pytest.approx(4), line_of("db1 = ", buggy)),
    }
    assert {Path(f["file"]).name for f in document["findings"]} == {"check_demo.py"}
    assert document["difference"] == pytest.approx(0.285093156781, abs=1e-8)


def test_the_first_screen_of_the_demonstration_says_it_all(call: Call) -> None:
    answer = call("check", "--demo", "--quiet")
    lines = answer.out.splitlines()
    assert answer.err == ""
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("GRADIENT CHECK  FAIL")
    assert any("2 x the correct gradient" in line for line in lines)
    assert any("dW2 = 1.0 / m * np.dot(dZ2, A1.T) * 2" in line for line in lines)
    assert "\033" not in answer.out


def test_the_corrected_demonstration_passes(call: Call) -> None:
    answer = call("check", "--demo", "--right")
    assert answer.code == 0
    assert answer.out.startswith("GRADIENT CHECK  PASS")
    assert answer.err.count("\n") == 1
    assert "47 numbers in 6 arrays" in answer.err


def test_the_two_passes_of_the_demonstration_differ_in_two_statements_alone() -> None:
    source = Path(check_demo.__file__).read_text(encoding="utf-8")
    buggy, right = re.findall(
        r"def \w*backward_propagation_n\(.*?\n(.*?return \{.*?\})", source, re.DOTALL
    )
    both = zip(buggy.splitlines()[1:], right.splitlines()[1:], strict=True)
    assert [one.split()[0] for one, other in both if one != other] == ["dW2", "db1"]


@pytest.mark.parametrize(
    ("parts", "code", "verdict"),
    [
        ((COST, RIGHT, CASE), 0, "PASS"),
        ((COST, WRONG, CASE), 1, "FAIL"),
        (
            (
                "import itertools\nimport numpy as np\ncount = itertools.count()",
                "def cost(w):\n    return np.sum(w**2) + next(count)",
                "def grad(w):\n    return 2 * w",
                "def case():\n    return np.ones(3)",
            ),
            3,
            "UNDECIDED",
        ),
    ],
    ids=["right", "wrong", "noisy"],
)
def test_the_exit_code_is_the_verdict(
    call: Call, write: Callable[..., str], parts: tuple[str, ...], code: int, verdict: str
) -> None:
    answer = call("check", write(*parts), "--json")
    assert answer.code == code
    assert json.loads(answer.out)["verdict"] == verdict


@pytest.mark.parametrize("name", ["params", "weights"])
def test_variables_may_stand_for_a_case(call: Call, write: Callable[..., str], name: str) -> None:
    data = "data = np.arange(6.0).reshape(3, 2), np.ones(3)"
    parts = COST, f"{name} = {{'w': np.array([0.5, -2.0])}}", data
    right = "def gradient(w, x, y):\n    return {'w': 2 * x.T @ (x @ w - y) / len(y)}"
    assert call("check", write(*parts, right)).code == 0
    assert call("check", write(*parts, right.replace("2 *", "3 *"))).code == 1
    assert call("check", write(*parts, right, CASE)).code == 0  # a case comes first


def test_what_the_program_prints_is_not_among_the_results(
    call: Call, write: Callable[..., str]
) -> None:
    loud = COST.replace("    return", "    print('cost')\n    return")
    answer = call("check", write("print('imported')", loud, RIGHT, CASE), "--json", "--quiet")
    assert json.loads(answer.out)["ok"]
    assert answer.err == "imported\n"


def test_the_program_is_not_main_and_sees_its_folder(call: Call, write: Callable[..., str]) -> None:
    Path("lib").mkdir()
    write("FACTOR = 2", name="lib/neighbour_of_net.py")
    own = "import neighbour_of_net\nassert __name__ != '__main__'\n"
    lazy = RIGHT.replace("2 *", "__import__('neighbour_of_net').FACTOR *")
    before = list(sys.path), list(sys.argv)
    assert call("check", write(own, COST, lazy, CASE, name="lib/net.py")).code == 0
    assert (list(sys.path), list(sys.argv)) == before
    assert "checked_net" not in sys.modules
    sys.modules.pop("neighbour_of_net")


def test_a_picture_is_drawn(call: Call, write: Callable[..., str]) -> None:
    write()
    answer = call("check", "--demo", "--plot", "check.png")
    assert answer.code == 1
    assert Path("check.png").read_bytes()[1:4] == b"PNG"
    assert answer.err.endswith("Picture: check.png\n")


def test_a_picture_does_not_replace_the_program(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    file = write(COST, RIGHT, CASE, name="net.png")
    assert "would replace an input" in sentence(file, "--plot", file)


def many_arrays(wrong: int) -> Any:
    params = {f"W{at:03}": np.ones(2) * (at + 1) for at in range(200)}

    def grad(params: Any) -> Any:
        return {f"d{n}": w * (3 if at < wrong else 2) for at, (n, w) in enumerate(params.items())}

    def cost(params: Any) -> Any:
        return sum((w**2).sum() for w in params.values())

    return check_gradients(cost, grad, params, diagnose=False)


def test_of_many_arrays_the_wrong_ones_come_first() -> None:
    report = many_arrays(3)
    lines = list(report_lines(report))
    assert len(lines) <= 24
    assert lines[1].count("WRONG") == 3
    assert any("182 more, 0 of them not ok" in line for line in lines)
    assert sum("W199" in line for line in report_lines(report, whole=True)) >= 1


def test_what_nothing_is_known_of_is_one_bug_as_the_headline_says() -> None:
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=5) for name in ("a", "b", "c")}
    given = {f"d{name}": rng.normal(size=5) for name in params}

    def cost(p: Any) -> Any:
        return sum(np.sum(np.sin(each)) for each in p.values())

    lines = [*report_lines(check_gradients(cost, given, params))]
    assert ", 1 bug " in lines[0]
    assert sum(line.startswith("  1. da, db, dc, somewhere") for line in lines) == 1
    assert not any(line.startswith("  2. ") for line in lines)


def test_colour_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = many_arrays(1)
    print_report(report)
    plain = capsys.readouterr().out
    assert "\033" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_report(report)
    coloured = capsys.readouterr().out
    assert "\033[1;31mFAIL" in coloured
    assert re.sub(r"\033\[[\d;]*m", "", coloured) == plain
