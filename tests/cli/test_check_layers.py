"""Layers as objects: what they are given has a gradient, too, and some have no parameters."""

import json
from collections.abc import Callable

import pytest
from cli.conftest import Call

DENSE = """
import numpy as np


class Dense:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.params = {"w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
        self.grads = {}

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["w"] = self.inputs.T @ grad
        return grad @ self.params["w"].T


def case():
    return Dense(), (np.random.default_rng(1).normal(size=(5, 3)),)
"""

SQUASHED = """
import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        dx = dout * (1 - self.y**2)
        return dx


def case():
    return Tanh(), (np.random.default_rng(1).normal(size=(5, 3)),)
"""

LOSS = """
import numpy as np


class Squares:
    def forward(self, predicted, wanted):
        self.apart = predicted - wanted
        return np.mean(self.apart**2)

    def backward(self):
        return 2 * self.apart / self.apart.size


def case():
    rng = np.random.default_rng(1)
    return Squares(), (rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))
"""

STATISTICS = """
import numpy as np


class Scale:
    def __init__(self):
        self.gain, self.seen = np.ones(3) * 1.5, np.zeros(3)

    def forward(self, x):
        self.seen = 0.9 * self.seen + 0.1 * x.mean(axis=0)
        self.x = x
        return self.gain * x

    def backward(self, dout):
        self.dgain = np.sum(dout * self.x, axis=0)
        return dout * self.gain


def case():
    return Scale(), (np.random.default_rng(1).normal(size=(5, 3)),)
"""

WRITTEN = """
import numpy as np


class Net:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.params = [rng.normal(size=(3, 4)), rng.normal(size=(4, 2))]
        self.grads = [np.zeros((3, 4)), np.zeros((4, 2))]

    def forward(self, x, y):
        self.x, self.h = x, np.tanh(x @ self.params[0])
        self.d = self.h @ self.params[1] - y
        return np.mean(self.d**2)

    def backward(self):
        d = 2 * self.d / self.d.size
        dz = d @ self.params[1].T * (1 - self.h**2)
        self.grads[1][...] = self.h.T @ d
        self.grads[0][...] = self.x.T @ dz


def case():
    rng = np.random.default_rng(1)
    return Net(), (rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
"""

LAYERS = {
    "dense": (DENSE, 'return grad @ self.params["w"].T', 'return 2 * grad @ self.params["w"].T'),
    "tanh": (SQUASHED, "1 - self.y**2", "1 - self.y"),
    "loss": (LOSS, "2 * self.apart / self.apart.size", "self.apart / self.apart.size"),
    "statistics": (STATISTICS, "return dout * self.gain", "return dout / self.gain"),
}
GIVEN = {"dense": "inputs", "tanh": "x", "loss": "predicted", "statistics": "x"}


@pytest.mark.parametrize("name", LAYERS)
def test_what_a_layer_is_given_has_a_gradient(
    call: Call, write: Callable[..., str], name: str
) -> None:
    answer = call("check", write(LAYERS[name][0]), "--json")
    assert answer.code == 0, answer
    assert json.loads(answer.out)["arrays"][GIVEN[name]]["status"] == "OK"


@pytest.mark.parametrize("name", LAYERS)
def test_a_wrong_gradient_of_what_a_layer_is_given_is_named(
    call: Call, write: Callable[..., str], name: str
) -> None:
    program, right, wrong = LAYERS[name]
    text = program.replace(right, wrong)
    answer = call("check", write(text), "--json")
    assert answer.code == 1, answer
    (finding,) = json.loads(answer.out)["findings"]
    line = 1 + text[: text.index(wrong)].count("\n")
    assert (finding["line"], finding["affected"]) == (line, [GIVEN[name]])


def test_a_layer_that_returns_nothing_is_checked_by_its_parameters(
    call: Call, write: Callable[..., str]
) -> None:
    text = DENSE.replace('        return grad @ self.params["w"].T\n', "")
    answer = call("check", write(text), "--json")
    assert answer.code == 0
    assert set(json.loads(answer.out)["arrays"]) == {"w", "b"}


def test_a_layer_without_parameters_and_gradients_is_refused(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write(SQUASHED.replace("        return dx\n", "")))
    assert "neither returns nor leaves a gradient (such as dW)" in said


def test_classes_of_another_file_are_the_users_too(call: Call, write: Callable[..., str]) -> None:
    text, _, case = DENSE.partition("\ndef case")
    write(text.replace("return grad @", "return 3 * grad @"), name="layers.py")
    own = "from layers import Dense\nimport numpy as np\n"
    for kind in ("Dense", "Mine"):
        inherited = "\nclass Mine(Dense):\n    pass\n" if kind == "Mine" else ""
        program = own + inherited + f"\ndef case{case}".replace("Dense()", f"{kind}()")
        answer = call("check", write(program))
        assert answer.code == 1, answer
        assert "line 18: is exactly 3 x" in answer.out


@pytest.mark.parametrize("name", ["w_gradient", "gradient_w", "w_diff"])
def test_gradients_are_left_under_more_names(
    call: Call, write: Callable[..., str], name: str
) -> None:
    text = DENSE.replace('self.params = {"w": ', "self.w = ").replace(
        ', "b": rng', "\n        self.b = rng"
    )
    text = text.replace("size=2)}", "size=2)").replace('self.params["w"]', "self.w")
    text = text.replace('self.params["b"]', "self.b").replace('self.grads["w"]', f"self.{name}")
    text = text.replace('self.grads["b"]', f"self.{name.replace('w', 'b')}")
    answer = call("check", write(text), "--json")
    assert answer.code == 0, answer
    assert set(json.loads(answer.out)["arrays"]) == {"w", "b", "inputs"}


@pytest.mark.parametrize("name", ["output_gradient", "output_error", "error", "accum_grad"])
def test_what_comes_from_above_has_more_names(
    call: Call, write: Callable[..., str], name: str
) -> None:
    text = DENSE.replace("backward(self, grad)", f"backward(self, {name})")
    text = text.replace("sum(grad,", f"sum({name},").replace(".T @ grad", f".T @ {name}")
    assert call("check", write(text.replace("return grad", f"return {name}"))).code == 0


def test_what_the_forward_pass_puts_there_is_no_parameter(
    call: Call, write: Callable[..., str]
) -> None:
    text = STATISTICS.replace("self.x", "self.input").replace(
        "return dout * self.gain", "d_input = dout * self.gain\n        return d_input"
    )
    used = (
        "def case():\n    layer = Scale()\n    layer.forward(np.ones((4, 3)))\n    return layer, ("
    )
    text = text.replace("def case():\n    return Scale(), (", used)
    answer = call("check", write(text), "--json")
    assert answer.code == 0, answer
    assert set(json.loads(answer.out)["arrays"]) == {"gain", "x"}


def test_the_one_function_with_gradient_in_its_name_is_the_backward_pass(
    call: Call, write: Callable[..., str]
) -> None:
    text = """
import numpy as np

def lrCostFunction(theta, x, y):
    return np.mean((x @ theta - y) ** 2)

def lrGradient(theta, x, y):
    return 2 * x.T @ (x @ theta - y) / len(y)

def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=3), (rng.normal(size=(5, 3)), rng.normal(size=5))
"""
    assert call("check", write(text)).code == 0


def test_of_a_line_in_another_file_the_file_is_told(call: Call, write: Callable[..., str]) -> None:
    write("def slope(h):\n    return 1 - h", name="slopes.py")
    text = SQUASHED.replace("import numpy as np", "import numpy as np\nfrom slopes import slope")
    answer = call("check", write(text.replace("(1 - self.y**2)", "slope(self.y)")))
    assert answer.code == 1, answer
    assert "  1. return, line 2 of slopes.py: `1 - h` should be `1 - h ** 2`" in answer.out


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("dz = d @", "dz = np.sin(3 * self.h) + d @"),
        ("= self.x.T @ dz", "= 3 * self.x.T @ dz"),
        ("d = 2 * self.d", "d = self.d"),
    ],
)
def test_gradients_that_are_written_into_arrays_of_before_are_followed(
    call: Call, write: Callable[..., str], right: str, wrong: str
) -> None:
    assert call("check", write(WRITTEN)).code == 0
    text = WRITTEN.replace(right, wrong, 1)
    (finding,) = json.loads(call("check", write(text), "--json").out)["findings"]
    assert finding["line"] == 1 + text[: text.index(wrong)].count("\n")


POLAR = """
import numpy as np


def polar_forward(x, y):
    r = np.sqrt(x * x + y * y)
    t = np.arctan2(y, x)
    cache = x, y
    return r, t, cache


def polar_backward(gr, gt, cache):
    x, y = cache
    square = x * x + y * y
    r = np.sqrt(square)
    return gr * x / r - gt * y / square, gr * y / r + gt * x / square


def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=4), rng.normal(size=4)
"""


@pytest.mark.parametrize("names", [("gr", "gt"), ("dr", "dt"), ("dradius", "dangle")])
def test_a_rule_of_two_results_takes_their_derivatives_in_order(
    call: Call, write: Callable[..., str], names: tuple[str, str]
) -> None:
    text = POLAR.replace("gr", names[0]).replace("gt", names[1])
    assert call("check", write(text)).code == 0
    answer = call("check", write(text.replace("+ g", "- g").replace("+ d", "- d")), "--json")
    (finding,) = json.loads(answer.out)["findings"]
    assert (finding["line"], finding["affected"]) == (16, ["y"])


def test_a_derivative_by_its_name_goes_before_its_place(
    call: Call, write: Callable[..., str]
) -> None:
    text = POLAR.replace("gr", "dr").replace("gt", "dt")
    assert call("check", write(text.replace("(dr, dt, cache)", "(dt, dr, cache)"))).code == 0
