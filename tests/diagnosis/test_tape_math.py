"""The tape follows the functions of ``math``, and the determinant's, inverse's and their like."""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import exp as exp_by_name
from types import SimpleNamespace

import numpy as np
import pytest
from tape_cases import agrees, draw, recorded

from trainwell.diagnosis.gradient_tape.imported_names import modules_of
from trainwell.diagnosis.gradient_tape.recorded_math import _FUNCTIONS
from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.programs import load

TWO = ("atan2", "hypot", "pow")
ORIGINAL = {name: getattr(math, name) for name in _FUNCTIONS if hasattr(math, name)}


@pytest.mark.parametrize("name", sorted(ORIGINAL))
def test_a_function_of_numbers_has_the_slopes_of_differences(name):
    numbers = draw((2,)) + (1.0 if name == "acosh" else 0.0)
    if name in TWO:
        agrees(lambda a: getattr(math, name)(a[0], a[1]) + getattr(math, name)(2.0, a[1]), numbers)
    else:
        agrees(lambda a: getattr(math, name)(a[0]) * a[1], numbers)


def test_a_logarithm_has_any_base_and_arrays_of_one_number_are_numbers():
    agrees(lambda a: math.log(a[0], 3) + math.log(a[1:].reshape(())), draw((2,)))
    agrees(lambda a: math.log(2.0, a[0]), draw((1,)))


def test_a_length_has_as_many_parts_as_are_given():
    agrees(lambda a: math.hypot(1.0, a[0], a[1]) + math.hypot(a[1]), draw((2,)))


def test_the_functions_are_the_original_ones_afterwards_and_without_recorded_numbers():
    with recorded_numpy(Recorder()):
        assert math.exp is not ORIGINAL["exp"]
        assert math.exp(0.5) == exp_by_name(0.5)
        assert type(math.sqrt(2)) is float
        with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
            math.sqrt(-1)
    assert {name: getattr(math, name) for name in ORIGINAL} == ORIGINAL


def test_a_function_with_a_name_of_its_own_is_not_followed():
    with pytest.raises(Unsupported, match="a number that a function other than float takes out"):
        recorded(lambda a: exp_by_name(a[0]) + a[1], [draw((2,))])


def test_data_may_leave_the_tape():
    recorder = Recorder()
    data, parameter = recorder.leaf(np.array([2.0, 3.0]), data=True), recorder.leaf(np.ones(2))
    assert exp_by_name(2 * data[0]) == exp_by_name(4.0)
    assert (2 * data).__array__().tolist() == [4.0, 6.0]
    with pytest.raises(Unsupported, match="a number that a function other than float takes out"):
        exp_by_name(data[0] * parameter[0])
    with pytest.raises(Unsupported, match="a copy of an array that __array__ makes"):
        (data * parameter).__array__()


def test_a_matrix_without_an_inverse_has_no_derivative_of_its_determinant():
    for function in (np.linalg.det, lambda a: np.linalg.slogdet(a).logabsdet):
        with pytest.raises(Unsupported, match=r"det\(\)"):
            recorded(lambda a, f=function: f(a[:, None] * a), [np.array([1.0, 2.0])])


def cost(params, x, y):
    """Return J and what the backward pass takes, one after the other."""
    spread = math.exp(params["log_spread"][0])
    errors = y - x @ params["w"]
    covariance = spread * np.eye(len(x)) + 0.1
    half = 0.5 * errors @ np.linalg.solve(covariance, errors)
    return half + 0.5 * np.linalg.slogdet(covariance)[1], errors, covariance, spread


def grad(_, x, __, errors, covariance, spread):
    solved = np.linalg.solve(covariance, errors)
    inverse = np.linalg.inv(covariance)
    slope = 0.5 * (np.trace(inverse) - solved @ solved)
    return {"dw": -x.T @ solved, "dlog_spread": np.array([slope * math.sqrt(spread)])}


def test_a_mistake_beside_them_has_its_line():
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=3), "log_spread": np.array([0.3])}
    report = check_gradients(cost, grad, params, (rng.normal(size=(6, 3)), rng.normal(size=6)))
    assert report.method == "trace"
    (finding,) = report.findings
    assert finding.affected == ("log_spread",)
    assert "math.sqrt" in finding.statement.text


BY_NAME = """
from math import exp, log as ln
from numpy import array, zeros as nothing


def cost(p, x):
    total = 0.0
    for row in x:
        total += ln(1.0 + exp(row @ p["w"]))
    return total, nothing(1)


def grad(p, x, cache):
    d = nothing(3)
    for row in x:
        d += row * exp(row @ p["w"]) / (1.0 + exp(row @ p["w"]))
    return {"w": d}
"""


def checked(function=lambda module: module["cost"], source=BY_NAME):
    module = load(source, "by-name.py")
    params, x = {"w": draw((3,))}, draw((4, 3))
    report = check_gradients(function(module), module["grad"], params, data=(x,))
    return report, module


def test_functions_that_are_imported_by_their_names_are_followed():
    report, module = checked()
    assert report.ok
    assert "tape of your forward pass" in str(report)
    assert module["exp"] is math.exp is ORIGINAL["exp"]
    assert module["ln"] is ORIGINAL["log"]
    assert (module["nothing"], module["array"]) == (np.zeros, np.array)


def test_the_backward_pass_is_followed_with_them():
    report, _ = checked(source=BY_NAME.replace("d += row * exp", "d[:] += 2 * row * exp"))
    (told,) = report.findings
    assert (told.line, told.message) == (16, "is exactly 2 x the correct gradient")


class Called:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def method(self, *args):
        return self.function(*args)


@pytest.mark.parametrize("kind", ["partial", "method"])
def test_so_are_those_of_what_can_be_called(kind):
    ways = {
        "partial": lambda module: partial(module["cost"]),
        "method": lambda module: module["Model"]().cost,
    }
    inside = BY_NAME + "\n\nclass Model:\n    def cost(self, p, x):\n        return cost(p, x)\n"
    report, _ = checked(ways[kind], inside)
    assert "tape of your forward pass" in str(report)


def test_modules_of_all_that_can_be_called_are_known():
    module = load(BY_NAME, "by-name.py")
    own = Called(module["cost"])
    found = modules_of(
        [module["cost"], module["grad"], own, own.method, partial(own), None, math.exp]
    )
    assert [id(each) for each in found] == [id(module["cost"].__globals__), id(globals())]


def test_modules_of_what_is_called_are_known_too():
    helper = load(BY_NAME, "helper.py")
    module = load("def cost(p, x):\n    return helped(p, x)[0]\n", "by-name.py")
    module["cost"].__globals__["helped"] = helper["cost"]

    def wrapped(p, x):
        return module["cost"](p, x)

    bound = SimpleNamespace(func=wrapped)
    found = {id(each) for each in modules_of([bound])}
    assert found == {id(globals())}
    inner = module["cost"]

    def closed(p, x):
        return inner(p, x)

    found = {id(each) for each in modules_of([closed])}
    assert found == {id(globals()), id(inner.__globals__), id(helper["cost"].__globals__)}


def test_names_are_their_own_again_when_the_last_recording_ends():
    module = load(BY_NAME, "by-name.py")
    names = module["cost"].__globals__
    with recorded_numpy(Recorder(), module["cost"]):
        with recorded_numpy(Recorder(), module["grad"]):
            assert names["exp"] is math.exp is not ORIGINAL["exp"]
        assert names["exp"] is math.exp is not ORIGINAL["exp"]
        del names["nothing"]
        names["array"] = list
    assert names["exp"] is ORIGINAL["exp"]
    assert "nothing" not in names
    assert names["array"] is list


def test_names_are_their_own_again_behind_an_exception_and_other_threads():
    module = load(BY_NAME, "by-name.py")
    names = module["cost"].__globals__
    with pytest.raises(ZeroDivisionError), recorded_numpy(Recorder(), module["cost"]):
        1 / 0  # noqa: B018 - for its exception
    assert names["exp"] is ORIGINAL["exp"]

    with ThreadPoolExecutor(4) as threads:
        checks = [threads.submit(checked, lambda _: module["cost"]) for _ in range(12)]
        assert all(each.result()[0].ok for each in checks)
    assert names["exp"] is ORIGINAL["exp"]
