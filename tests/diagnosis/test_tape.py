# ruff: noqa: ARG005 - the functions of a table take the same arguments
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_cases import (
    ARRAY_CASES,
    ELEMENTWISE_CASES,
    ONE,
    TWO,
    agrees,
    draw,
    gradients,
    recorded,
    weighted,
)

from trainwell.diagnosis.gradient_tape.array_rules import ARRAY_RULES
from trainwell.diagnosis.gradient_tape.elementwise_rules import ELEMENTWISE, FLAT
from trainwell.diagnosis.gradient_tape.recorder import Recorder
from trainwell.diagnosis.gradient_tape.recording import sweep

RULES = sorted(ARRAY_CASES)
UNARY = sorted(name for name in ELEMENTWISE if ELEMENTWISE_CASES[name].nin == 1)
BINARY = sorted(name for name in ELEMENTWISE if ELEMENTWISE_CASES[name].nin == 2)
SHIFTS = {"arccosh": 1.5}


def test_every_rule_has_a_case():
    assert set(ELEMENTWISE_CASES) == set(ELEMENTWISE)
    assert set(ARRAY_RULES) - {"real"} <= set(ARRAY_CASES)


@pytest.mark.parametrize("shape", ONE, ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_each_element_has_the_slope_of_differences(name, shape):
    ufunc = ELEMENTWISE_CASES[name]
    point = draw(shape) + SHIFTS.get(name, 0)
    agrees(lambda a: weighted(ufunc(a)), point)
    if name in ("absolute", "fabs", "sinh", "cosh", "tanh", "sin", "cos", "exp", "erf", "square"):
        agrees(lambda a: weighted(ufunc(a)), -point)


@pytest.mark.parametrize("shapes", TWO, ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_a_function_of_two_arrays_has_the_slopes_of_differences(name, shapes):
    ufunc = ELEMENTWISE_CASES[name]
    first, second = (draw(shape, seed) for seed, shape in enumerate(shapes))
    agrees(lambda a, b: weighted(ufunc(a, b)), first, second)
    agrees(lambda a: weighted(ufunc(a, second)), first)
    agrees(lambda b: weighted(ufunc(first, b)), second)
    agrees(lambda a: weighted(ufunc(a, 0.61)), first)
    agrees(lambda b: weighted(ufunc(0.61, b)), second)
    integers = np.arange(1, 1 + first.size).reshape(first.shape)
    agrees(lambda b: weighted(ufunc(integers, b)), second)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, 0.5, np.array([0.0, 2.0, 3.0])], ids=str)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_power_has_the_slope_of_differences_for_negative_bases_too(exponent, sign):
    if sign < 0 and np.any(np.asarray(exponent) % 1):
        pytest.skip("a root of a negative number")
    agrees(lambda a: weighted(a**exponent), sign * draw((2, 3)))


@pytest.mark.parametrize("name", sorted(FLAT))
def test_a_function_without_a_slope_lets_no_gradient_through(name):
    ufunc = getattr(np, name)
    point = draw((2, 3))
    others = [np.full(3, 0.5)] * (ufunc.nin - 1)
    if name.startswith(("bitwise", "invert")):
        (found,) = gradients(
            lambda a: np.sum(a * ufunc(a > 0.5, *(o > 1 for o in others))), [point]
        )
        np.testing.assert_array_equal(found, ufunc(point > 0.5, *(o > 1 for o in others)))
    else:
        (found,) = gradients(lambda a: np.sum(a * ufunc(a, *others)), [point])
        np.testing.assert_array_equal(found, 1.0 * ufunc(point, *others))


@pytest.mark.parametrize("name", RULES)
def test_a_function_of_arrays_has_the_slopes_of_differences(name):
    for function, shapes in ARRAY_CASES[name]:
        arrays = [draw(shape, seed) for seed, shape in enumerate(shapes)]
        agrees(lambda *x, f=function: weighted(f(*x)), *arrays)
        for at in range(1, len(arrays)):  # the others are not recorded
            rest = arrays[:at] + arrays[at + 1 :]
            agrees(
                lambda x, f=function, at=at, rest=rest: weighted(f(*rest[:at], x, *rest[at:])),
                arrays[at],
            )


def test_a_replaced_rule_is_used():
    recorder = Recorder(rules={"exp": (lambda g, y, a: 7 * g,), "sum": lambda a: (a.sum(), ())})
    leaf = recorder.leaf(np.zeros(2))
    start = leaf.step
    output = (np.exp(leaf) * np.array([1.0, 2.0]))[1]
    assert sweep(recorder.recording, output.step)[start.index].tolist() == [0, 14]
    output = np.sum(leaf)
    assert start.index not in sweep(recorder.recording, output.step)


def test_a_sweep_takes_cotangents_that_are_given():
    recorder, (leaf,), output = recorded(lambda a: np.sum(np.exp(a) * 3), [np.zeros(2)])
    exponential = recorder.recording.steps[1]
    given_part = {exponential.index: np.array([5.0, 6.0])}
    assert sweep(recorder.recording, output, given_part)[leaf.index].tolist() == [5, 6]
    assert sweep(recorder.recording, output, seed=2.0)[leaf.index].tolist() == [6, 6]


STEPS = {
    "tanh": lambda a, b: np.tanh(a),
    "product": lambda a, b: a * b + b,
    "row": lambda a, b: a - a.mean(axis=0),
    "softmax": lambda a, b: np.exp(a) / np.exp(a).sum(axis=-1, keepdims=True),
    "matrix": lambda a, b: a @ (b.T @ a) / 3,
    "root": lambda a, b: np.sqrt(a * a + 1),
    "relu": lambda a, b: np.maximum(a, 0.07) + b,
    "choose": lambda a, b: np.where(a > b, a, 0.3 * b),
    "rows": lambda a, b: np.concatenate([a[1:], b[:1]]),
    "turned": lambda a, b: a.T.reshape(a.shape),
    "norm": lambda a, b: a / (1 + np.linalg.norm(b, axis=1, keepdims=True)),
}


@settings(max_examples=40)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6), st.integers(0, 10**6))
def test_any_composition_has_the_gradient_of_differences(names, seed):
    def function(a, b):
        for name in names:
            a, b = STEPS[name](a, b), a
        return np.sum(a * a) + b.mean()

    rng = np.random.default_rng(seed)
    agrees(function, rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), tolerance=1e-4)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["tanh", "product", "row", "matrix", "root", "relu"]), max_size=8))
def test_any_composition_has_the_gradient_of_torch(names):
    torch = pytest.importorskip("torch")
    others = STEPS | {
        "tanh": lambda a, b: torch.tanh(a),
        "root": lambda a, b: torch.sqrt(a * a + 1),
        "relu": lambda a, b: torch.clamp(a, min=0.07) + b,
    }
    arrays = [draw((3, 2), seed, -1, 1) for seed in range(2)]
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]

    def function(table, a, b):
        for name in names:
            a, b = table[name](a, b), a
        return (a * a).sum() + b.mean()

    function(others, *tensors).backward()
    slopes = [np.zeros((3, 2)) if t.grad is None else t.grad.numpy() for t in tensors]
    found_here = gradients(lambda *x: function(STEPS, *x), arrays)
    for found, slope in zip(found_here, slopes, strict=True):
        np.testing.assert_allclose(found, slope, rtol=1e-10, atol=1e-12)
