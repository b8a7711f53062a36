"""The gradient check where gradients are hard to check: no false alarm, and no bug overlooked."""

import os
import pickle
import random
from functools import wraps

import numpy as np
import pytest
from scipy import special

from trainwell.diagnosis.gradient_corpus import course, course_l2
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.hygiene import repeated

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(3, 6)), (np.arange(6) % 2).reshape(1, 6) * 1.0
NET = {
    "W1": RNG.normal(size=(4, 3)),
    "b1": 0.3 * RNG.normal(size=(4, 1)),
    "W2": RNG.normal(size=(1, 4)),
    "b2": 0.3 * RNG.normal(size=(1, 1)),
}


def network(act, slope):
    """Return cost and gradient of two layers with some activation, under a squared error."""

    def cost(p, x, y):
        z = p["W1"] @ x + p["b1"]
        a = act(z)
        out = p["W2"] @ a + p["b2"]
        return np.mean((out - y) ** 2) / 2, (z, a, out)

    def grad(p, x, y, cache):
        z, a, out = cache
        d2 = (out - y) / y.size
        d1 = (p["W2"].T @ d2) * slope(z, a)
        return {
            "dW1": d1 @ x.T,
            "db1": d1.sum(axis=1, keepdims=True),
            "dW2": d2 @ a.T,
            "db2": d2.sum(axis=1, keepdims=True),
        }

    return cost, grad


def relu(z):
    return np.maximum(0, z)


TANH = network(np.tanh, lambda z, a: 1 - a**2)  # noqa: ARG005
RELU = network(relu, lambda z, a: z > 0)  # noqa: ARG005


def doubled(grad, name="dW1"):
    @wraps(grad)
    def wrong(*arguments):
        found = grad(*arguments)
        return found | {name: 2 * found[name]}

    return wrong


def told(report, *words):
    return any(all(word in reason for word in words) for reason in report.reasons)


ROUNDING = pytest.mark.xfail(
    strict=False, reason="longer numbers cancel, too: 1e-10 is more than they can show"
)

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
        assert report.verdict == "FAIL"
        assert report[name[1:]].status.name == "WRONG"


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


KNOWN = [(course, 2, "saturated"), (course_l2, 1, 1e2)]
HARD = [
    pytest.param(
        program,
        seed,
        change,
        marks=ROUNDING if (program, seed, change) in KNOWN else (),
        id=f"{program.__name__.rpartition('.')[2]}-{seed}-{change}",
    )
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
    z, a, out = cache
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


# Chance


def dropout_network(mask_of, *names):
    """Return cost and gradient of a network with dropout; generators come behind the data."""

    def cost(p, x, y, *generators):
        t = np.tanh(p["W1"] @ x + p["b1"])
        mask = mask_of(t.shape, *generators)
        a = t * mask / 0.7
        out = p["W2"] @ a + p["b2"]
        return np.mean((out - y) ** 2) / 2, (t, mask, a, out)

    def slopes(p, x, y, cache):
        t, mask, a, out = cache
        d2 = (out - y) / y.size
        d1 = (p["W2"].T @ d2) * mask / 0.7 * (1 - t**2)
        return {
            "dW1": d1 @ x.T,
            "db1": d1.sum(axis=1, keepdims=True),
            "dW2": d2 @ a.T,
            "db2": d2.sum(axis=1, keepdims=True),
        }

    def with_a_generator(p, x, y, generator, cache):  # noqa: ARG001
        return slopes(p, x, y, cache)

    return cost, with_a_generator if names else slopes


def seeded_inside(shape):
    np.random.seed(4)
    return np.random.rand(*shape) < 0.7


def from_a_generator(shape, rng):
    return rng.random(shape) < 0.7


def from_the_global_state(shape):
    return np.random.rand(*shape) < 0.7


def from_python(shape):
    return np.array([random.random() < 0.7 for _ in range(int(np.prod(shape)))]).reshape(shape)


GLOBAL = np.random.default_rng(5)


MASKS = {
    "seeded inside": (seeded_inside, ()),
    "generator": (from_a_generator, (np.random.default_rng(5),)),
    "legacy generator": (lambda shape, rng: rng.rand(*shape) < 0.7, (np.random.RandomState(5),)),
    "global state": (from_the_global_state, ()),
    "Python's": (from_python, ()),
}


def states(*generators):
    held = [np.random.get_state(), random.getstate()]
    held += [pickle.dumps(generator) for generator in (GLOBAL, *generators)]
    return pickle.dumps(held)


@pytest.mark.parametrize("name", MASKS)
def test_dropout_is_checked_as_it_is_and_nothing_is_left_changed(name):
    mask_of, generators = MASKS[name]
    cost, grad = dropout_network(mask_of, *generators)
    params = {key: array.copy() for key, array in NET.items()}
    data = (X.copy(), Y.copy(), *generators)
    before = states(*generators), pickle.dumps(params), pickle.dumps(data[:2])
    report = check_gradients(cost, grad, params, data)
    assert report.ok, str(report)
    report = check_gradients(cost, doubled(grad), params, data)
    assert report.verdict == "FAIL"
    assert before == (states(*generators), pickle.dumps(params), pickle.dumps(data[:2]))


def test_generators_are_as_before_even_if_the_function_breaks():
    def breaks(p):
        np.random.rand(3)
        if p["w"].sum() > 0:
            raise KeyError("a")
        return 0.0

    before = states()
    with pytest.raises(KeyError):
        check_gradients(breaks, lambda p: {"dw": p["w"]}, {"w": np.ones(2)})
    assert states() == before


def test_generators_among_the_names_of_a_module_are_found():
    def cost(p, x, y):
        J, cache = TANH[0](p, x, y)
        noise = GLOBAL.normal(size=p["b2"].shape)
        return J + np.sum(noise * p["b2"]), (*cache, noise)

    def slope(p, x, y, cache):
        found = TANH[1](p, x, y, cache[:3])
        return found | {"db2": found["db2"] + cache[3]}

    before = states()
    assert check_gradients(cost, slope, NET, (X, Y)).ok
    assert states() == before


def test_a_generator_out_of_sight_is_undecided_and_not_wrong():
    def hidden():
        def draw(shape):
            return GLOBAL.random(shape) < 0.7

        return draw

    report = check_gradients(*dropout_network(hidden()), NET, (X, Y))
    assert report.ok or (report.verdict == "UNDECIDED" and told(report, "pass the generator"))


def test_generators_in_a_closure_are_found():
    rng = np.random.default_rng(6)
    before = pickle.dumps(rng)

    def outer(p, x, y):
        noise = rng.normal(size=p["b2"].shape)
        J, cache = TANH[0](p, x, y)
        return J + np.sum(noise * p["b2"]), (*cache, noise)

    def slope(p, x, y, cache):
        found = TANH[1](p, x, y, cache[:3])
        return found | {"db2": found["db2"] + cache[3]}

    assert check_gradients(outer, slope, NET, (X, Y)).ok
    assert pickle.dumps(rng) == before


@pytest.mark.parametrize("points", [1, 3])
def test_a_cost_that_is_really_random_is_undecided(points):
    def noisy(p, x, y):
        J, cache = TANH[0](p, x, y)
        return J + 1e-3 * int.from_bytes(os.urandom(4), "big") / 2**32, cache

    report = check_gradients(noisy, TANH[1], NET, (X, Y), points=points)
    assert report.verdict == "UNDECIDED"
    assert told(report, "not the same each time")
    assert all(found.status.name == "UNDECIDED" for found in report.arrays.values())
    assert "could not be judged" in str(report).splitlines()[0]
    assert report.findings == ()
    assert report.to_json()
    with pytest.raises(AssertionError, match="UNDECIDED"):
        report.raise_if_failed()


def test_a_cost_whose_slope_is_really_random_is_undecided():
    def noisy(p, x, y):
        J, cache = TANH[0](p, x, y)
        noise = np.frombuffer(os.urandom(4 * 4), np.uint32)[:, None] / 2**32
        return J + np.sum(noise * p["b1"]), cache

    report = check_gradients(noisy, TANH[1], NET, (X, Y))
    assert report.verdict == "UNDECIDED", str(report)


# Functions that the tape cannot follow


def solved(p, A):
    return np.sum(np.linalg.solve(A + np.diag(p["w"]), np.ones(4)) ** 2)


def solved_slope(p, A):
    M = A + np.diag(p["w"])
    u = np.linalg.solve(M, np.ones(4))
    return {"dw": -np.linalg.solve(M.T, 2 * u) * u}


def determined(p, A):
    return np.log(np.linalg.det(A + np.diag(p["w"])))


def determined_slope(p, A):
    return {"dw": np.diag(np.linalg.inv(A + np.diag(p["w"])))}


def in_a_loop(p, A):
    total = 0.0
    for at in range(4):
        w = float(p["w"][at])
        total += w * w * w * A[at, at]
    return total


def in_a_loop_slope(p, A):
    return {"dw": 3 * p["w"] ** 2 * np.diag(A)}


def gammas(p, A):
    return np.sum(special.gamma(p["w"] + 1) * np.diag(A))


def gammas_slope(p, A):
    return {"dw": special.gamma(p["w"] + 1) * special.digamma(p["w"] + 1) * np.diag(A)}


def in_order(p, A):
    return np.sum(np.sort(p["w"])[:2] * np.diag(A)[:2])


def in_order_slope(p, A):
    found = np.zeros(4)
    found[np.argsort(p["w"])[:2]] = np.diag(A)[:2]
    return {"dw": found}


def by_lists(p, A):
    return float(sum(a * b**2 for a, b in zip(np.diag(A).tolist(), p["w"].tolist(), strict=True)))


def by_lists_slope(p, A):
    return {"dw": 2 * p["w"] * np.diag(A)}


def detour(p, A):
    hidden = np.frombuffer(np.asarray(p["w"], np.float64).tobytes())
    return float(np.sum(np.sin(hidden) * np.diag(A)))


def detour_slope(p, A):
    return {"dw": np.cos(p["w"]) * np.diag(A)}


OPAQUE = {
    "solve": (solved, solved_slope, {"complex"}),
    "determinant": (determined, determined_slope, {"complex"}),
    "loop": (in_a_loop, in_a_loop_slope, {"trace", "complex", "central"}),
    "gamma": (gammas, gammas_slope, {"complex"}),
    "sort": (in_order, in_order_slope, {"trace", "complex", "central"}),
    "lists": (by_lists, by_lists_slope, {"complex", "central"}),
    "bytes": (detour, detour_slope, {"complex", "central"}),
}
MATRIX = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
WEIGHTS = {"w": RNG.uniform(0.4, 1.6, size=4)}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", OPAQUE)
def test_what_the_tape_cannot_follow_is_checked_in_another_way(name):
    cost, grad, methods = OPAQUE[name]
    report = check_gradients(cost, grad, WEIGHTS, (MATRIX,))
    assert report.ok, str(report)
    assert report.method in methods
    assert bool(report.note) == (report.method != "trace")
    if report.note:
        assert f"No tape: {report.note}." in str(report)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize("share", [1.0, 1e-4])
def test_without_a_tape_a_bug_is_found(name, share):
    cost, grad, _ = OPAQUE[name]

    def wrong(p, A):
        found = grad(p, A)["dw"]
        found = np.array(found)
        at = int(np.abs(found).argmax())
        found[at] *= 1 + share
        return {"dw": found}

    report = check_gradients(cost, wrong, WEIGHTS, (MATRIX,))
    assert report.verdict == "FAIL", str(report)
    assert report["w"].wrong.sum() == 1
    assert report.findings


@pytest.mark.parametrize("method", ["auto", "trace", "complex", "central"])
def test_every_method_passes_what_is_right_and_fails_what_is_wrong(method):
    report = check_gradients(*TANH, NET, (X, Y), method=method)
    assert report.ok, str(report)
    assert report.method == ("trace" if method == "auto" else method)
    assert bool(report.operations) == (report.method == "trace")
    report = check_gradients(TANH[0], doubled(TANH[1], "db1"), NET, (X, Y), method=method)
    assert report.verdict == "FAIL"
    assert [n for n, found in report.arrays.items() if found.status.name != "OK"] == ["b1"]
    assert report.findings[0].factor == pytest.approx(2, rel=1e-6)


def test_the_tape_alone_is_refused_where_it_cannot_follow():
    with pytest.raises(TypeError, match=r"the tape does not follow np\.linalg\.solve in line \d+"):
        check_gradients(solved, solved_slope, WEIGHTS, (MATRIX,), method="trace")


# Side effects


def test_a_backward_pass_that_adds_up_is_found():
    held = {name: np.zeros_like(array) for name, array in NET.items()}

    def accumulates(p, x, y, cache):
        for name, array in held.items():
            array += TANH[1](p, x, y, cache)[f"d{name}"]
        return {f"d{name}": array for name, array in held.items()}

    report = check_gradients(TANH[0], accumulates, NET, (X, Y))
    assert report.verdict == "FAIL", str(report)
    kinds = {kind for f in report.findings for kind in (f.kind, *f.alternatives)}
    assert "accumulated" in kinds


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
        p["W1"] -= 0.1 * found["dW1"]
        return found

    report = check_gradients(TANH[0], steps, NET, (X, Y))
    assert told(report, "the backward pass changes W1 in place")


def test_an_empty_array_among_the_parameters_does_no_harm():
    params = NET | {"none": np.zeros((0, 3))}

    def grad(p, x, y, cache):
        return TANH[1](p, x, y, cache) | {"dnone": np.zeros((0, 3))}

    report = check_gradients(TANH[0], grad, params, (X, Y))
    assert report.ok, str(report)
