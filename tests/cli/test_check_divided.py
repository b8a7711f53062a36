"""``trainwell check`` of programs whose cost and gradient are divided in other ways than in two."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cli.divided_programs import LAYERED, LOSS, PROGRAMS
from cli.layer_programs import CELL, NORM
from cli.owned_programs import LISTS, OBJECT, STACK
from cli.unusual_names import PREDICTED
from cli.unusual_programs import UNUSUAL

Call = Callable[..., Any]
EVERY = {**PROGRAMS, **UNUSUAL}


@pytest.mark.parametrize("name", EVERY)
def test_what_is_right_passes_with_all_its_arrays(
    call: Call, write: Callable[..., str], name: str
) -> None:
    program = EVERY[name]
    answer = call("check", write(program.text))
    assert answer.code == 0, answer
    assert answer.err.startswith(f"Checking {program.introduced} of net.py")
    document = json.loads(call("check", "net.py", "--json").out)
    assert tuple(document["arrays"]) == program.arrays


@pytest.mark.parametrize("name", EVERY)
def test_the_statement_that_is_wrong_is_named(
    call: Call, write: Callable[..., str], name: str
) -> None:
    program = EVERY[name]
    assert program.text.count(program.meant) == 1
    text = program.text.replace(program.meant, program.instead)
    answer = call("check", write(text), "--json")
    assert answer.code == 1, answer
    findings = json.loads(answer.out)["findings"]
    line = text[: text.index(program.instead)].count("\n") + 1
    assert [finding["line"] for finding in findings] == [line]


def test_one_of_several_costs_is_chosen(
    call: Call, sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    other = "def other_cost(AL, Y):\n    return float(np.sum((AL - Y) ** 2))"
    file = write(LAYERED, other)
    said = sentence(file)
    assert "several functions may be the cost: compute_cost, other_cost" in said
    assert said.endswith("choose one with --cost NAME")
    assert call("check", file, "--cost", "compute_cost").code == 0
    assert call("check", file, "--cost", "other_cost").code == 1
    assert "has no function 'kost'" in sentence(file, "--cost", "kost")


def test_a_cost_takes_what_the_forward_pass_returns_by_any_name(
    call: Call, write: Callable[..., str]
) -> None:
    renamed = LAYERED.replace("compute_cost(AL, Y)", "compute_cost(y_true, prediction)")
    renamed = renamed.replace(
        "(Y * np.log(AL) + (1 - Y)", "(y_true * np.log(prediction) + (1 - y_true)"
    )
    renamed = renamed.replace("np.log(1 - AL)) / Y.shape", "np.log(1 - prediction)) / y_true.shape")
    renamed = renamed.replace("(AL, Y, caches)", "(AL, y_true, caches)").replace(
        "AL - Y", "AL - y_true"
    )
    assert call("check", write(renamed)).code == 0


def test_a_forward_pass_that_gives_the_cost_needs_no_other(
    call: Call, write: Callable[..., str]
) -> None:
    text = """
import numpy as np

def forward_pass(w, x):
    return np.sum(w * x**2)

def cost_of_something_else(out):
    return out

def backward_pass(w, x):
    return x**2

def case():
    return np.ones(3), np.arange(3.0)
"""
    answer = call("check", write(text))
    assert answer.code == 0, answer
    assert answer.err.startswith("Checking backward_pass against forward_pass of")


def test_an_array_that_is_held_twice_is_one_parameter(
    call: Call, write: Callable[..., str]
) -> None:
    tied = STACK.replace(
        "[Dense((3, 4), rng), Dense((4, 2), rng)]", "[Dense((2, 2), rng)] * 2"
    ).replace("size=(6, 3)", "size=(6, 2)")
    answer = call("check", write(tied), "--json")
    assert answer.code == 1  # one layer's gradient replaces the other's
    assert set(json.loads(answer.out)["arrays"]) == {"layers[0].weights", "layers[0].bias"}


def test_an_object_without_gradients_is_told_where_they_are_looked_for(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    text = OBJECT.replace("self.dW", "self.slope_").replace("self.db1", "self.slope_b")
    said = sentence(write(text))
    assert "backward neither returns nor leaves a gradient (such as dW) of W1, b1, W2, seen" in said


def test_a_function_that_gives_the_cost_alone_has_no_gradients(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write(LOSS.replace("return loss, dW", "return loss")))
    assert "begins with backward or grad (it has softmax_loss, case)" in said


def test_what_goes_wrong_in_a_method_has_its_line(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write(LISTS.replace("return 0.5 *", "return {}['a'] *")))
    assert said.startswith("net.py, line ")
    assert "in cost: KeyError: 'a'" in said


def test_what_was_given_for_an_argument_that_nothing_is_called_like_is_said(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    head, rule, body = PREDICTED.partition("def backward")
    said = sentence(write(head + rule + body.replace("yhat", "q")))
    assert "in backward: TypeError" in said
    assert said.endswith("(given X: array (20, 3), y: array (20, 1), q: the parameters)")


def test_a_layer_that_keeps_nothing_is_checked(call: Call, write: Callable[..., str]) -> None:
    text = """
import numpy as np

def softplus_forward(x):
    return np.log1p(np.exp(x))

def softplus_backward(dout, x):
    return dout / (1 + np.exp(-x))

def case():
    return np.random.default_rng(0).normal(size=(2, 3))
"""
    answer = call("check", write(text), "--json")
    assert answer.code == 0, answer
    assert list(json.loads(answer.out)["arrays"]) == ["x"]


def test_the_same_check_of_a_layer_gives_the_same_numbers(
    call: Call, write: Callable[..., str]
) -> None:
    file = write(CELL.replace("dc * f}", "2 * dc * f}"))
    first, second = (json.loads(call("check", file, "--json").out) for _ in range(2))
    assert first["difference"] == second["difference"]
    assert np.isclose(first["findings"][0]["factor"], 2.0)


def test_one_function_named_for_both_is_both(call: Call, write: Callable[..., str]) -> None:
    file = write(LOSS, "def unrelated_backward(dout, cache):\n    return dout")
    both = ("--forward", "softmax_loss", "--backward", "softmax_loss")
    assert call("check", file, *both).code == 0
    assert call("check", file, "--forward", "softmax_loss").code == 0


def test_a_layer_that_is_named_needs_no_cost(call: Call, write: Callable[..., str]) -> None:
    file = write(NORM, "def total_loss(out, y):\n    return np.sum((out - y) ** 2)")
    named = ("--forward", "batchnorm_forward", "--backward", "batchnorm_backward")
    answer = call("check", file, *named)
    assert answer.code == 0, answer
    assert "batchnorm_backward against batchnorm_forward of" in answer.err


def test_another_order_of_gradients_is_told(call: Call, write: Callable[..., str]) -> None:
    file = write(NORM.replace("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"))
    answer = call("check", file)
    assert answer.code == 0
    assert "returns dx, dbeta, dgamma in another order than x, gamma, beta" in answer.out


def test_a_switch_is_given_no_data(call: Call, write: Callable[..., str]) -> None:
    text = """
import numpy as np

def cost(w, x, train=True, y=None):
    assert train is True
    return np.sum((w * x - y) ** 2)

def grad(w, x, y):
    return 2 * (w * x - y) * x

def case():
    return np.ones(3), (np.arange(3.0), np.full(3, 0.5))
"""
    assert call("check", write(text)).code == 0


def test_weights_that_change_are_no_gradients(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    text = OBJECT.replace("self.dW2 = self.h", "dW2 = self.h").replace("self.db1 =", "db1 =")
    text = text.replace("self.dW1 = X.T @ dh", "self.W1 -= 0.1 * X.T @ dh\n        self.W2 -= dW2")
    said = sentence(write(text))
    assert "backward changes W1, W2 itself: return the gradients, or keep them beside" in said


def test_a_cost_that_is_named_is_taken(call: Call, write: Callable[..., str]) -> None:
    twice = "def twice(q, y):\n    return 2 * policy_loss(q, y)"
    file = write(EVERY["probability"].text, twice)
    assert call("check", file, "--cost", "policy_loss").code == 0
    assert call("check", file, "--cost", "twice").code == 1


def test_a_number_that_a_cost_takes_is_no_cost_of_its_own(
    call: Call, write: Callable[..., str]
) -> None:
    text = EVERY["probability"].text.replace("policy_forward(x)", "policy_forward(x, y)")
    assert call("check", write(text)).code == 0
    file = write(text, "def same(q, y):\n    return policy_loss(q, y)")
    assert call("check", file, "--cost", "same").code == 0


def test_an_imported_helper_is_no_backward_pass_of_an_object(
    call: Call, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(".")
    write(
        "import numpy as np\n\ndef tanh_backward(z):\n    return 1 - np.tanh(z) ** 2\n",
        name="slopes_of_units.py",
    )
    text = "from slopes_of_units import tanh_backward\n" + EVERY["lock"].text
    text = text.replace("(1 - self.h**2)", "tanh_backward(self.x @ self.W1)")
    assert call("check", write(text)).code == 0


def test_a_count_is_no_cost(sentence: Callable[..., str], write: Callable[..., str]) -> None:
    text = EVERY["t-and-dt"].text.replace(
        "cost(params, x):\n    return np", "cost(params, x):\n    return 7 or np"
    )
    said = sentence(write(text))
    assert "must be a real number: a count has no slope, got" in said


def test_what_a_cost_refuses_nearby_is_said_with_where(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    text = EVERY["t-and-dt"].text.replace(
        "    return np.sum(np.sin",
        "    if params['t'] != 0.7:\n        1 / 0\n    return np.sum(np.sin",
    )
    said = sentence(write(text))
    assert "ZeroDivisionError" in said
    assert said.endswith("(at a point nearby: the check moves all parameters a little)")


def test_weights_that_are_stepped_are_told_once(call: Call, write: Callable[..., str]) -> None:
    answer = call("check", write(EVERY["step-within"].text))
    assert answer.out.count("in place") == 1
    assert "the backward pass changes W, V in place: use copies" in answer.out


def test_statistics_that_are_changed_in_place_stay_on_the_tape(
    call: Call, write: Callable[..., str]
) -> None:
    program = EVERY["running-statistics"]
    right = json.loads(call("check", write(program.text), "--json").out)
    assert right["method"] == "trace"
    wrong = write(program.text.replace(program.meant, program.instead))
    (finding,) = json.loads(call("check", wrong, "--json").out)["findings"]
    assert finding["message"].startswith("`- self.xhat * (g * self.xhat).sum(0)` is missing")
