"""Numbers that ``float`` takes out of arrays go on being recorded, and are numbers for the user."""

import numpy as np
import pytest
from tape_cases import draw

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorded_types import BUILT_IN
from trainwell.diagnosis.gradient_tape.recorder import Recorder
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.programs import load

MODULE = """
import math
import numpy as np

SEEN = []
HISTORY = np.zeros(3)

def cost(p, x, y):
    errors = x @ p["w"] - y
    {loss}
    return loss, errors

def grad(p, x, y, errors):
    {scale}
    return {{"w": scale * (x.T @ errors)}}
"""
HALF = "loss = 0.5 * float(np.sum(errors**2))"
ONE = "scale = 1.0"


def checked(loss=HALF, scale=ONE):
    module = load(MODULE.format(loss=loss, scale=scale), "with-float.py")
    rng = np.random.default_rng(0)
    params, x = {"w": draw((3,))}, rng.normal(size=(4, 3))
    data = x, rng.normal(size=4)
    return check_gradients(module["cost"], module["grad"], params, data), module


@pytest.mark.parametrize(
    "loss",
    [
        HALF,
        "loss = sum(float(e) ** 2 for e in errors) / 2",
        "loss = float(errors[:1] @ errors[:1]) / 2 + float(errors[1:] @ errors[1:]) / float('2')",
        "loss = float(0.5 * errors @ errors); assert isinstance(loss, float)",
        "loss = 0.5 * float(errors @ errors); SEEN.append(f'{loss:.3f}, %.3f' % loss)",
        "loss = 0.5 * float(errors @ errors); SEEN.append(math.erfc(math.gamma(float(loss))))",
        "HISTORY[1] = loss = float(errors @ errors); loss = 0.5 * loss",
        "loss = 0.5 * float((errors @ errors).reshape(1, 1)[0, 0])",
        "loss = float() + 0.5 * float((errors.astype(float) ** 2).sum(dtype=float))",
        "w = np.zeros(4, dtype=float); w += errors; loss = float(w @ w) * float(np.int64(1)) / 2",
        "assert np.zeros(4, dtype=float).dtype == float; loss = float(errors @ errors) / 2",
        "loss = 0.5 * float(np.sum(errors**2, dtype=float)); assert issubclass(np.float64, float)",
    ],
)
def test_what_is_made_of_them_is_followed(loss):
    report, module = checked(loss)
    assert (report.verdict, report.method) == ("PASS", "trace")
    assert "float" not in module


@pytest.mark.parametrize(
    "used",
    [
        "SEEN.append({float(errors[0]): 1})",
        "import json; SEEN.append(json.dumps([float(errors[0])]))",
        "SEEN.append(float(errors[0]).hex())",
        "assert type(float(errors[0])) is float",
    ],
)
def test_where_they_have_to_be_numbers_of_python_they_are(used):
    report, module = checked(f"{used}; loss = 0.5 * np.sum(errors**2)")
    assert (report.verdict, report.method) == ("PASS", "trace")
    assert "float" not in module


def test_a_type_made_of_float_is_the_users_own():
    source = "class Loss(float):\n    name = 'loss'\ndef f(x):\n    return Loss(x).name, float(x)\n"
    module = load(source, "own-type.py")
    with recorded_numpy(Recorder(), module["f"]):
        own = load(
            "def f(x):\n    class Own(float):\n        n = 1\n    return Own(x).n\n", "own.py"
        )
        with recorded_numpy(Recorder(), own["f"]):
            assert (module["f"](2), own["f"](2)) == (("loss", 2.0), 1)


def test_arrays_of_floats_have_floats():
    stands_for = BUILT_IN["float"]
    assert stands_for.dtype == np.zeros(2, dtype=stands_for).dtype == np.float64


def test_a_mistake_is_found_by_operation():
    report, _ = checked(scale="scale = 2.0 * float(errors @ errors) / (errors @ errors)")
    (found,) = report.findings
    assert (found.line, found.factor, found.tried) == (15, 2.0, False)


def test_what_a_module_calls_float_itself_is_left_alone():
    module = load("float = abs\ndef size(x):\n    return float(x)\n", "own-float.py")
    with recorded_numpy(Recorder(), module["size"]):
        assert module["size"](-2) == 2
    assert module["float"] is abs


def test_short_numbers_are_long_once_they_are_taken_out():
    module = load("def twice(x):\n    return 2 * float(x)\n", "short-float.py")
    recorder = Recorder()
    with recorded_numpy(recorder, module["twice"]):
        number = module["twice"](recorder.leaf(np.float32(0.1)))
    assert number.step.value == 2 * float(np.float32(0.1))
    assert number.step.value.dtype == np.float64


def test_several_numbers_are_no_number():
    with pytest.raises(TypeError):
        checked("loss = float(errors)")
