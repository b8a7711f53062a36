"""``trainwell check``: which argument of a function gets what."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.programs import COST, RIGHT

from trainwell.cli import check_demo
from trainwell.course.installation import NOTEBOOK_MODULES, OTHER_NAMES

Call = Callable[..., Any]

COURSE = """
import numpy as np

def forward_propagation_n(X, Y, parameters, lambd=0.5):
    W, b = parameters["W"], parameters["b"]
    m = X.shape[1]
    Z = np.dot(W, X) + b
    return np.sum((Z - Y) ** 2) / m + lambd / m * np.sum(W**2), (Z, W)

def backward_propagation_n(X, Y, cache, lambd=0.5):
    Z, W = cache
    m = X.shape[1]
    dZ = 2 * (Z - Y) / m
    return {"dZ": dZ, "dW": np.dot(dZ, X.T) + 2 * lambd / m * W,
            "db": np.sum(dZ, axis=1, keepdims=True)}
"""
COURSE_CASE = """
def point_test_case():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(3, 4)), rng.normal(size=(1, 4))
    return X, Y, {"W": rng.normal(size=(1, 3)), "b": rng.normal(size=(1, 1))}
"""


def test_arguments_of_the_course_are_told_apart_by_name(
    call: Call, write: Callable[..., str]
) -> None:
    file = write(COURSE, COURSE_CASE)
    assert call("check", file).code == 0
    assert call("check", file, "--hyper", "lambd=0.25").code == 0


@pytest.mark.parametrize(
    ("takes", "unpacked"),
    [("cache,", "Z, W = cache"), ("Z, V,", "W = V")],
    ids=["as one", "one by one"],
)
def test_several_things_that_are_kept_are_handed_on(
    call: Call, write: Callable[..., str], takes: str, unpacked: str
) -> None:
    functions = COURSE.replace("W**2), (Z, W)", "W**2), Z, W")
    functions = functions.replace("(X, Y, cache,", f"(parameters, X, Y, {takes}")
    functions = functions.replace("Z, W = cache", unpacked)
    assert unpacked in functions
    assert call("check", write(functions, COURSE_CASE)).code == 0


def test_a_number_that_the_forward_pass_has_by_default_is_the_backward_passes_too(
    call: Call, write: Callable[..., str]
) -> None:
    functions = COURSE.replace("(X, Y, cache, lambd=0.5)", "(parameters, X, Y, lambd, kept)")
    functions = functions.replace("Z, W = cache", "Z, W = kept")
    assert "(parameters, X, Y, lambd, kept)" in functions
    assert call("check", write(functions, COURSE_CASE)).code == 0


def test_a_count_stays_a_whole_number(call: Call, write: Callable[..., str]) -> None:
    functions = COURSE.replace("lambd=0.5):", "lambd=0.5, groups=2):")
    used = "    Z, W = cache\n    np.zeros((groups, 3))\n"
    functions = functions.replace("    Z, W = cache\n", used)
    taken = "(X, Y, cache, lambd=0.5, groups=2)"
    functions = functions.replace(taken, "(X, Y, cache, groups, lambd)")
    assert "(X, Y, cache, groups, lambd)" in functions
    assert call("check", write(functions, COURSE_CASE)).code == 0


def test_more_than_is_kept_is_refused(call: Call, write: Callable[..., str]) -> None:
    functions = COURSE.replace("(X, Y, cache,", "(parameters, X, Y, Z, V, U,")
    functions = functions.replace("Z, W = cache", "W = V").replace("W**2), (Z, W)", "W**2), Z, W")
    answer = call("check", write(functions, COURSE_CASE))
    assert answer.code == 2
    assert "`grad` takes Z, V, U behind the data, and `cost` returns 2 behind J" in answer.err


def test_parameters_have_any_name_that_both_functions_give_them(
    call: Call, write: Callable[..., str]
) -> None:
    functions = COURSE.replace("(X, Y, parameters,", "(p, X, Y,").replace("parameters[", "p[")
    functions = functions.replace("(X, Y, cache,", "(p, X, Y, cache,")
    assert "parameters" not in functions
    case = COURSE_CASE.replace('return X, Y, {"W"', 'p = {"W"') + "    return p, (X, Y)\n"
    assert call("check", write(functions, case)).code == 0


def test_a_notebook_of_the_course_is_checked_as_it_is(
    call: Call, write: Callable[..., str]
) -> None:
    first = """
import trainwell.course; trainwell.course.install()
import numpy as np
from testCases import *
from gc_utils import *
"""
    last = """
X, Y, parameters = gradient_check_n_test_case()
cost, cache = forward_propagation_n(X, Y, parameters)
"""
    source = Path(check_demo.__file__).read_text(encoding="utf-8")
    functions = source[source.index("def forward_propagation_n") : source.index("def corrected_")]
    plain = re.sub(
        r":? ?(->)? ?(FloatArray|IntArray|Parameters|tuple\[float, Cache\]|Cache)\b", "", functions
    )
    file = write(first, plain.replace(") :", "):"), last)
    answer = call("check", file, "--json")
    for name in (*NOTEBOOK_MODULES, *OTHER_NAMES, "testCases"):
        sys.modules.pop(name, None)
    found = {f["target"] for f in json.loads(answer.out)["findings"]}
    assert found == {"dW2", "db1"}, answer.err


def test_a_number_is_passed_and_named(call: Call, write: Callable[..., str]) -> None:
    forgets = COURSE.replace(" + 2 * lambd / m * W,", ",")
    document = json.loads(call("check", write(forgets, COURSE_CASE), "--json").out)
    assert document["verdict"] == "FAIL"
    assert document["findings"][0]["kind"] == "regularisation"
    only_forward = COURSE.replace("parameters, lambd=0.5", "parameters, *, lambd").replace(
        "cache, lambd=0.5", "cache, lambd"
    )
    file = write(only_forward, COURSE_CASE)
    assert call("check", file, "--hyper", "lambd=0.3").code == 0
    answer = call("check", file)
    assert answer.code == 2
    assert "'lambd'" in answer.err


def test_parameters_and_data_may_come_from_files(
    call: Call, sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    rng = np.random.default_rng(2)
    file = write(COURSE)
    np.savez("p.npz", W=rng.normal(size=(1, 3)), b=rng.normal(size=(1, 1)))
    np.savez("d.npz", Y=rng.normal(size=(1, 4)), x=rng.normal(size=(3, 4)), unused=np.ones(2))
    assert call("check", file, "--params", "p.npz", "--data", "d.npz").code == 0
    np.savez("less.npz", x=rng.normal(size=(3, 4)))
    said = sentence(file, "--params", "p.npz", "--data", "less.npz")
    assert "forward_propagation_n takes 'Y', which is neither" in said
    np.savez("flags.npz", W=np.ones(3, dtype=bool))
    assert "no array of real numbers" in sentence(file, "--params", "flags.npz")
    np.save("w.npy", rng.normal(size=3))
    np.savez("xy.npz", x=rng.normal(size=(5, 3)), y=rng.normal(size=5))
    file = write(COST, RIGHT)
    assert call("check", file, "--params", "w.npy", "--data", "xy.npz").code == 0


@pytest.mark.parametrize(
    ("forward", "backward", "case"),
    [
        ("forward(params, x)", "backward(params, x)", "{'a': A, 'b': B}, (X,)"),
        ("forward(x, params)", "backward(params, x)", "X, {'a': A, 'b': B}"),
        ("forward(x, a, b)", "backward(b, a, x)", "{'a': A, 'b': B}, (X,)"),
        ("forward(x, weights)", "backward(cache, weights)", "{'a': A, 'b': B}, {'x': X}"),
        ("forward(net, *rest)", "backward(net, *rest)", "{'a': A, 'b': B}, (X,)"),
        ("forward(net, x)", "backward(stuff, x)", "{'a': A, 'b': B}, (X,)"),
        ("forward(x, *, params)", "backward(*, params, x, cache)", "{'a': A, 'b': B}, [X]"),
    ],
)
def test_arguments_may_stand_in_any_order(
    call: Call, write: Callable[..., str], forward: str, backward: str, case: str
) -> None:
    def body(head: str) -> str:
        names = set(re.findall(r"\w+", head.partition("(")[2]))
        found = [
            "    x = rest[0]" if "rest" in names else "",
            "    a, b = stuff['a'], stuff['b']" if "stuff" in names else "",
        ]
        for name in ("params", "weights", "net"):
            found += [f"    a, b = {name}['a'], {name}['b']"] if name in names else []
        found += ["    x = cache" if "x" not in names and "cache" in names else ""]
        return "\n".join(filter(None, found))

    program = (
        "import numpy as np",
        f"def {forward}:\n{body(forward)}\n    return np.sum(a * x + np.sin(b)), x",
        f"def {backward}:\n{body(backward)}\n    return {{'da': x * np.ones(2), 'db': np.cos(b)}}",
        "A, B, X = np.ones(2), np.ones(2) / 2, np.array([0.3, 0.7])",
        f"def case():\n    return {case}",
    )
    answer = call("check", write(*program))
    assert answer.code == 0, (answer.err, answer.out)


def test_a_generator_of_the_program_is_put_back(call: Call, write: Callable[..., str]) -> None:
    dropout = """
import numpy as np
rng = np.random.default_rng(0)
def cost(w, x):
    mask = rng.random(w.shape) < 0.5
    return np.sum(w * x * mask), mask
def grad(x, cache):
    return x * cache
def case():
    return np.ones(6), (np.arange(6.0) + 1,)
"""
    assert call("check", write(dropout)).code == 0


TOGETHER = """
import numpy as np

def forward(params, batch):
    a = np.tanh(batch["X"].dot(params["W"]))
    return np.sum((a - batch["y"]) ** 2) + batch["lam"] * np.sum(params["W"] ** 2), a

def backward(params, batch, cache):
    a = cache
    dZ = 2 * (a - batch["y"]) * (1 - a**2)
    return {"dW": batch["X"].T @ dZ + 2 * batch["lam"] * params["W"]}

def case():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2, 5, 3))
    return {"W": rng.normal(size=(3, 3))}, {"X": X, "y": y, "lam": 0.7}
"""


def test_data_may_be_one_dictionary(call: Call, write: Callable[..., str]) -> None:
    right = call("check", write(TOGETHER), "--json")
    assert right.code == 0
    assert json.loads(right.out)["method"] == "trace"
    wrong = TOGETHER.replace(' + 2 * batch["lam"] * params["W"]}', "}")
    (finding,) = json.loads(call("check", write(wrong), "--json").out)["findings"]
    lines = wrong.split("\n")
    assert lines[finding["line"] - 1] == '    return {"dW": batch["X"].T @ dZ}'
    assert "lam" in finding["message"]


def test_a_forward_pass_without_data_may_have_data_in_its_case(
    call: Call, write: Callable[..., str]
) -> None:
    alone = (
        "import numpy as np\ndef forward(params):\n    return np.sum(params['W'] ** 2)\n"
        "def backward(params):\n    return {'dW': 2 * params['W']}\n"
        "def case():\n    return {'W': np.array([1.0, 2.0])}, {'lam': 0.7}\n"
    )
    assert call("check", write(alone)).code == 0


CALLED_ALIKE = """
import numpy as np


def forward(net, x):
    h = np.tanh(net["W"] @ x)
    return np.sum(h**2), 1.0 * h


def backward(was, net, x):
    return {"dW": (2 * was * (1 - was**2)) @ x.T}


def case():
    rng = np.random.default_rng(0)
    return {"W": rng.normal(size=(2, 3))}, (rng.normal(size=(3, 5)),)
"""


def test_parameters_are_called_as_in_the_forward_pass(
    call: Call, write: Callable[..., str]
) -> None:
    assert call("check", write(CALLED_ALIKE)).code == 0


ROLLOUT = """
import numpy as np

def trajectory_cost(gains, x0, w):
    x, cost, kept = x0, 0.0, []
    for k, c, noise in zip(gains["k"], gains["c"], w):
        kept.append(x)
        x = np.tanh(k * x + c) + noise
        cost = cost + 0.5 * x @ x
    return cost, kept

def policy_gradient(gains, x0, w, kept):
    dk, dc, dx = np.zeros_like(gains["k"]), np.zeros_like(gains["c"]), 0.0
    for t in reversed(range(len(w))):
        y = np.tanh(gains["k"][t] * kept[t] + gains["c"][t])
        dz = (dx + y + w[t]) * (1 - y**2)
        dk[t], dc[t], dx = dz * kept[t], dz, dz * gains["k"][t]
    return {"k": dk, "c": dc}

def case():
    rng = np.random.default_rng(1)
    gains = {"k": rng.normal(size=(3, 2)), "c": rng.normal(size=(3, 2))}
    return gains, (rng.normal(size=2), 0.1 * rng.normal(size=(3, 2)))
"""


def test_a_noise_is_not_all_parameters(call: Call, write: Callable[..., str]) -> None:
    assert call("check", write(ROLLOUT, "")).code == 0


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("criterion", "criterion_gradient"),
        ("neg_loglik", "grad_neg_loglik"),
        ("partial_lik", "partial_lik_grad"),
    ],
)
def test_a_gradient_that_is_called_like_a_function_is_its_own(
    call: Call, write: Callable[..., str], forward: str, backward: str
) -> None:
    functions = ROLLOUT.replace("trajectory_cost", forward).replace("policy_gradient", backward)
    helper = "\ndef helper(x):\n    return x\n\ndef make_objective():\n    return helper\n"
    done = call("check", write(functions, helper))
    assert done.code == 0
    assert f"{backward} against {forward}" in done.err


def test_what_makes_a_function_is_none(call: Call, write: Callable[..., str]) -> None:
    made = """
import numpy as np

def make_objective(X, y):
    def objective(w):
        return 0.5 * np.sum((X @ w - y) ** 2)

    def gradient(w):
        return X.T @ (X @ w - y)

    return objective, gradient

objective, gradient = make_objective(np.eye(3)[:2], np.ones(2))

def case():
    return np.array([0.3, -0.2, 0.5]), ()
"""
    assert call("check", write(made, "")).code == 0


CLIP = """
import numpy as np

def clip_gradients(grads, most):
    return {name: np.clip(each, -most, most) for name, each in grads.items()}

def clip_loss_and_grad(params, x):
    w = params["w"]
    return np.sum(np.sin(w * x)), {"w": np.cos(w * x) * x}

def case():
    return {"w": np.array([0.3, -0.2])}, (np.array([1.0, 2.0]),)
"""


def test_what_clips_is_a_helper_and_a_loss_of_that_name_is_none(
    call: Call, write: Callable[..., str]
) -> None:
    answer = call("check", write(CLIP))
    assert answer.code == 0, answer.err
    assert "Checking clip_loss_and_grad of" in answer.err
