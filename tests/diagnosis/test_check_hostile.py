"""The gradient check where gradients are hard to check: no false alarm, no bug overlooked."""

import numpy as np
import pytest
from checked_regressor import NET, RELU, TANH, X, Y, doubled, network, relu, told

from trainwell.diagnosis.gradient_corpus import course, course_l2
from trainwell.diagnosis.gradient_verdict.anchor import Anchor
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.reference import Reference
from trainwell.diagnosis.gradient_verdict.verdict import judged
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.hygiene import repeated
from trainwell.diagnosis.scorecard.alarms import hostile_point
from trainwell.diagnosis.scorecard.programs import load, program

# Kinks

AT_A_KINK = {**NET, "b1": NET["b1"].copy(), "W1": NET["W1"].copy()}
AT_A_KINK["W1"][1] = 0
AT_A_KINK["b1"][1] = 0


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_one_number_at_a_kink_passes_whatever_the_directions(seed, at_zero):
    def cost(p):
        return np.sum(np.maximum(0, p["w"]) * np.array([1.0, 2.0]))

    def grad(p):
        return {"dw": np.where(p["w"] == 0, at_zero, p["w"] > 0) * np.array([1.0, 2.0])}

    report = check_gradients(cost, grad, {"w": np.array([0.0, 1.0])}, seed=seed)
    assert report.ok, str(report)


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_any_slope_at_an_exact_kink_is_a_convention(at_zero):
    cost, grad = network(relu, lambda z, a: np.where(z == 0, at_zero, z > 0))  # noqa: ARG005
    report = check_gradients(cost, grad, AT_A_KINK, (X, Y))
    assert report.ok, str(report)
    if at_zero:
        assert told(report, "6 numbers stand exactly at a kink", "convention")
    cost, grad = network(relu, lambda z, a: np.heaviside(z, at_zero))  # noqa: ARG005
    assert check_gradients(cost, grad, AT_A_KINK, (X, Y)).ok


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_at_an_exact_kink_a_bug_is_found_all_the_same(at_zero):
    cost, grad = network(relu, lambda z, a: np.where(z == 0, at_zero, z > 0))  # noqa: ARG005
    for name in ("dW1", "db1", "dW2", "db2"):
        report = check_gradients(cost, doubled(grad, name), AT_A_KINK, (X, Y))
        assert report[name[1:]].status.name == "WRONG"
        assert told(report, "looked at right beside your point: 6 numbers")
        assert [(f.affected, f.factor) for f in report.findings] == [((name[1:],), 2.0)]


@pytest.mark.parametrize(
    ("act", "slope"),
    [
        (lambda z: np.where(z > 0, z, 0.1 * z), lambda z, a: np.where(z >= 0, 1, 0.1)),  # noqa: ARG005
        (np.abs, lambda z, a: np.where(z >= 0, 1.0, -1.0)),  # noqa: ARG005
        (lambda z: np.clip(z, 0, 1), lambda z, a: (z >= 0) & (z <= 1)),  # noqa: ARG005
        (lambda z: z * (z > 0), lambda z, a: z >= 0),  # noqa: ARG005
    ],
    ids=["leaky", "modulus", "clipped", "masked"],
)
def test_other_kinks_are_conventions_too(act, slope):
    cost, grad = network(act, slope)
    report = check_gradients(cost, grad, AT_A_KINK, (X, Y))
    assert report.ok, str(report)


def test_a_penalty_of_moduli_has_a_kink_at_zero():
    theta = np.array([0.0, 1.0, -2.0])

    def grad(t):
        return np.where(t >= 0, 1.0, -1.0) + 2 * t

    assert check_gradients(lambda t: np.sum(np.abs(t)) + np.sum(t**2), grad, theta).ok


# Points that are hard for numbers


def of_zeros(params):
    return {name: np.zeros_like(array) for name, array in params.items()}


HARD = [
    pytest.param(program, seed, change, id=f"{program.__name__.rpartition('.')[2]}-{seed}-{change}")
    for program in (course, course_l2)
    for seed in range(3)
    for change in ("zeros", "saturated", 1e-4, 1e-2, 1e2, 1e4)
]


@pytest.mark.parametrize(("program", "seed", "change"), HARD)
def test_right_code_is_never_called_wrong(program, seed, change):
    params, (x, y) = program.case(seed)
    if change == "zeros":
        params = of_zeros(params)
    elif change == "saturated":
        params["W3"] = 20 * params["W3"]
    else:
        x = change * x
    with np.errstate(all="ignore"):
        value, _ = program.cost(params, x, y)
    assume = pytest.skip if not np.isfinite(value) else bool
    assume("the cost is not finite here")
    report = check_gradients(program.cost, program.grad, params, (x, y), hyperparams=program.HYPER)
    assert report.verdict != "FAIL", str(report)


@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1e2, 1e4])
@pytest.mark.parametrize("which", ["parameters", "inputs", "cost"])
def test_right_code_passes_at_any_scale_and_wrong_code_fails(which, scale):
    cost, grad = TANH
    params, x = NET, X
    if which == "parameters":
        params = {name: scale * array if scale < 1 else array for name, array in NET.items()}
        params["W2"] = scale * NET["W2"]
    elif which == "inputs":
        x = scale * X if scale < 1 else X
    factor = scale if which == "cost" else 1.0

    def scaled(p, x, y):
        J, cache = cost(p, x, y)
        return factor * J, cache

    def right(p, x, y, cache):
        return {name: factor * array for name, array in grad(p, x, y, cache).items()}

    report = check_gradients(scaled, right, params, (x, Y))
    assert report.ok, str(report)
    assert check_gradients(scaled, doubled(right), params, (x, Y)).verdict == "FAIL"


def test_a_simplified_gradient_of_a_saturated_output_is_no_bug():
    params, data = course.case(0)
    params["b3"] = params["b3"] + 18.0
    report = check_gradients(course.cost, course.grad, params, data)
    assert report.ok, str(report)


def test_a_gradient_that_overflows_is_undecided_or_right_but_not_wrong():
    cost, grad = network(lambda z: np.exp(80 * z), lambda z, a: 80 * a)  # noqa: ARG005
    with np.errstate(all="ignore"):
        report = check_gradients(cost, grad, NET, (X, Y))
    assert report.verdict != "FAIL", str(report)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
@pytest.mark.parametrize("pair", [TANH, RELU], ids=["tanh", "relu"])
def test_parameters_in_single_precision_are_checked_in_double(pair, kind):
    params = {name: array.astype(kind) for name, array in NET.items()}
    data = (X.astype(kind), Y.astype(kind))
    assert check_gradients(*pair, params, data).ok
    assert check_gradients(pair[0], doubled(pair[1]), params, data).verdict == "FAIL"
    assert params["W1"].dtype == kind
    assert data[0].dtype == kind


def test_a_forward_pass_in_single_precision_is_no_bug():
    def cost(p, x, y):
        p = {name: array.astype(np.float32) for name, array in p.items()}
        return TANH[0](p, x.astype(np.float32), y.astype(np.float32))

    def grad(p, x, y, cache):
        p = {name: array.astype(np.float32) for name, array in p.items()}
        return TANH[1](p, x.astype(np.float32), y.astype(np.float32), cache)

    report = check_gradients(cost, grad, NET, (X, Y))
    assert report.verdict != "FAIL", str(report)


def narrowed_delta(p, x, y, cache):
    _, a, out = cache
    d2 = (out - y) / y.size
    d1 = ((p["W2"].T @ d2) * (1 - a**2)).astype(np.float32)
    return {
        "dW1": d1 @ x.T,
        "db1": d1.sum(axis=1, keepdims=True),
        "dW2": d2 @ a.T,
        "db2": d2.sum(axis=1, keepdims=True),
    }


def narrowed_result(p, x, y, cache):
    found = TANH[1](p, x, y, cache)
    return found | {"dW2": found["dW2"].astype(np.float32)}


@pytest.mark.parametrize(
    ("grad", "wrong"), [(narrowed_result, {"W2"}), (narrowed_delta, {"W1", "b1"})]
)
def test_digits_that_only_the_backward_pass_loses_are_a_bug(grad, wrong):
    report = check_gradients(TANH[0], grad, NET, (X, Y))
    assert report.verdict == "FAIL", str(report)
    assert {name for name, found in report.arrays.items() if found.status.name != "OK"} == wrong
    kinds = {kind for finding in report.findings for kind in (finding.kind, *finding.alternatives)}
    assert "precision" in kinds


# Side effects


def test_a_backward_pass_that_adds_up_is_found():
    held = {name: np.zeros_like(array) for name, array in NET.items()}

    def accumulates(p, x, y, cache):
        for name in held:
            held[name] += TANH[1](p, x, y, cache)[f"d{name}"]
        return {f"d{name}": array for name, array in held.items()}

    report = check_gradients(TANH[0], accumulates, NET, (X, Y))
    assert report.verdict == "FAIL", str(report)
    kinds = {kind for f in report.findings for kind in (f.kind, *f.alternatives)}
    assert "accumulated" in kinds
    assert any("a second call with the same arguments" in f.message for f in report.findings)


def test_a_sum_of_calls_is_told_from_an_array_written_in_place():
    first = {"W": np.array([1.0, 2.0]), "b": np.array([3.0])}
    assert repeated(first, {"W": np.array([1.0, 2.0]), "b": np.array([3.0])}) is None
    twice = repeated(first, {"W": np.array([2.0, 4.0]), "b": np.array([3.0])})
    assert (twice.kind, twice.factor, twice.affected) == ("accumulated", 2.0, ("W",))
    other = repeated(first, {"W": np.array([1.0, 5.0]), "b": None})
    assert (other.kind, other.factor, other.affected) == ("aliased", None, ("W", "b"))
    assert repeated(first, {"W": np.ones((2, 1)), "b": np.array([3.0])}).affected == ("W",)


def test_a_backward_pass_that_writes_into_the_cache_is_found():
    def aliases(p, x, y, cache):
        z, a, out = cache
        d2 = out
        d2 -= y
        d2 /= y.size
        d1 = (p["W2"].T @ d2) * (1 - a**2)
        del z
        return {
            "dW1": d1 @ x.T,
            "db1": d1.sum(axis=1, keepdims=True),
            "dW2": d2 @ a.T,
            "db2": d2.sum(axis=1, keepdims=True),
        }

    report = check_gradients(TANH[0], aliases, NET, (X, Y))
    assert report.verdict == "FAIL", str(report)
    (finding,) = report.findings
    assert finding.kind == "aliased"
    assert finding.statement is not None
    assert "out" in finding.statement.text or "d2" in finding.statement.text


def test_arrays_that_a_later_call_overwrites_are_found():
    held = {f"d{name}": np.zeros_like(array) for name, array in NET.items()}

    def reuses(p, x, y, cache):
        for name, array in TANH[1](p, x, y, cache).items():
            held[name][...] = array
        return held

    report = check_gradients(TANH[0], reuses, NET, (X, Y))
    (finding,) = report.findings
    assert (report.verdict, finding.kind) == ("FAIL", "aliased")
    assert "return a copy" in finding.message


def test_parameters_and_data_that_are_changed_in_place_are_named():
    def centres(p, x, y):
        x -= x.mean()
        return TANH[0](p, x, y)

    report = check_gradients(centres, TANH[1], NET, (X - X.mean(), Y))
    assert told(report, "the forward pass changes data[0] in place")

    def steps(p, x, y, cache):
        found = TANH[1](p, x, y, cache)
        p["W2"] -= 0.1 * found["dW2"]
        return found

    report = check_gradients(TANH[0], steps, NET, (X, Y))
    assert told(report, "the backward pass changes W2 in place")
    assert report.verdict == "PASS"


def test_an_empty_array_among_the_parameters_does_no_harm():
    params = NET | {"none": np.zeros((0, 3))}

    def grad(p, x, y, cache):
        return TANH[1](p, x, y, cache) | {"dnone": np.zeros((0, 3))}

    report = check_gradients(TANH[0], grad, params, (X, Y))
    assert report.ok, str(report)


# Points of the score card at which right programs were once called wrong, or not judged


@pytest.mark.parametrize(
    ("name", "sort", "seed", "verdict"),
    [
        ("conv_im2col", "exact kinks", 0, "PASS"),  # ties that nothing depends on
        ("instance_norm_elu", "exact kinks", 4, "PASS"),  # other kinks within a thousandth
        ("dice_segmentation", "saturation, 10 to 50 times", 8, "PASS"),  # it vanishes elsewhere
        ("dice_segmentation", "saturation, 10 to 50 times", 2, "UNDECIDED"),  # it underflows
        (
            "sparse_autoencoder",
            "saturation, 10 to 50 times",
            2,
            "PASS",
        ),  # 1 - a, where a is nearly 1
        # its cost is a staircase there, flat at most short steps
        ("sparse_autoencoder", "saturation, 10 to 50 times", 500_002, "PASS"),
        # its cost is rough, more so than its size tells
        ("elastic_logistic", "saturation, 10 to 50 times", 700_003, "PASS"),
        # `1 - p` is zero there, and its gradient below the rounding of the cost
        ("dice_segmentation", "scales of 1e-4 to 1e4", 500_002, "UNDECIDED"),
    ],
)
def test_a_right_program_is_not_called_wrong(name, sort, seed, verdict):
    right = program(name)
    namespace = load(right.source, right.file)
    params, data = hostile_point(right, sort, seed)
    with np.errstate(all="ignore"):
        report = check_gradients(
            namespace["cost"], namespace["grad"], params, data, hyperparams=namespace["HYPER"]
        )
    assert report.verdict == verdict, str(report)


def test_a_wrong_gradient_where_all_parameters_are_zero_fails_at_that_very_point():
    def loss(p, x, y):
        error = x @ p["w"] - y
        return np.mean(error**2), error

    def doubled_slope(_, x, y, error):
        return {"w": 4 * x.T @ error / len(y)}

    x, y = np.cos(np.arange(15.0)).reshape(5, 3), np.sin(np.arange(5.0))
    report = check_gradients(loss, doubled_slope, {"w": np.zeros(3)}, (x, y), points=1)
    assert report.verdict == "FAIL", str(report)


def test_what_underflows_is_said_to():
    right = program("dice_segmentation")
    namespace = load(right.source, right.file)
    params, data = hostile_point(right, "saturation, 10 to 50 times", 2)
    with np.errstate(all="ignore"):
        report = check_gradients(namespace["cost"], namespace["grad"], params, data)
    assert told(report, "parts underflow")


def test_what_some_rounds_of_a_loop_do_not_have_is_no_explanation():
    right = program("prelu_mse")
    namespace = load(right.source, right.file)
    params, data = namespace["case"](0)
    _, tape = namespace["cost"](params, *data)
    given = namespace["grad"](params, *data, tape)
    given |= {name: np.cos(array) for name, array in given.items() if name in ("da1", "da2")}
    report = check_gradients(namespace["cost"], given, params, data)
    assert {name for finding in report.findings for name in finding.affected} == {"a1", "a2"}


SATURATED = {"w": np.full(3, -20.0)}
INPUTS = np.array([[1.0, 0.9, 1.1], [1.2, 1.0, 0.8]])


def saturated_cost(p):
    # `abs` is not analytic: no complex step has the digits that a difference has not.
    return 1 + np.sum(np.abs(1 / (1 + np.exp(-INPUTS @ p["w"]))))


def saturated_gradient(p):
    s = 1 / (1 + np.exp(-INPUTS @ p["w"]))
    return {"dw": INPUTS.T @ (s * (1 - s))}


def test_a_gradient_below_the_rounding_of_its_cost_passes_if_the_tape_holds_elsewhere():
    report = check_gradients(saturated_cost, saturated_gradient, SATURATED, points=1)
    assert report.verdict == "PASS", str(report)
    assert told(report, "smaller here than the rounding of the cost", "0.1 times as large")


def test_a_wrong_gradient_below_the_rounding_of_its_cost_does_not_pass():
    wrong = doubled(saturated_gradient, "dw")
    report = check_gradients(saturated_cost, wrong, SATURATED)
    assert report.verdict == "UNDECIDED", str(report)
    assert told(report, "show nothing here", "not that of the tape")


def test_a_tape_that_is_contradicted_vouches_for_nothing():
    calls = Calls(saturated_cost, saturated_gradient, Parameters.of(SATURATED), ())
    taped = {"w": saturated_gradient(SATURATED)["dw"]}
    seen = Anchor(confirmed=True, directions=2, tolerance=1e-9, disagreement=0.0, method="ladder")
    measured, bars = {"w": np.ones(3)}, {"w": np.full(3, 1e-9)}
    found = Reference(measured, "central", seen, bars=bars, refuted=taped)
    assert judged(calls, found, taped, "d{}", np.random.default_rng(0)).verdict == "UNDECIDED"
