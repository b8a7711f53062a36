"""What the given point hides is said, or looked for at another point."""

import numpy as np
import pytest

from trainwell.diagnosis.gradient_corpus import course
from trainwell.diagnosis.gradient_trials.hidden import MISTAKES, hidden_mistakes
from trainwell.diagnosis.gradient_verdict.adequacy import blind_spots, hidden, still_hidden
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.constants import batch_size
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradient_verdict.points import EXAMPLES, jittered, mirrored
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(12)
X, Y = RNG.normal(size=(3, 6)), RNG.normal(size=(1, 6))
NET = {
    "W1": RNG.normal(size=(4, 3)),
    "b1": 0.3 * RNG.normal(size=(4, 1)),
    "W2": RNG.normal(size=(1, 4)),
    "b2": 0.3 * RNG.normal(size=(1, 1)),
}
ON = np.array([[1.0], [2.0], [0.5]]) + 0.1 * RNG.normal(size=(3, 6))
ALL_ON = NET | {
    "W1": np.array([[2, 1, -1], [1, -0.2, 1.5], [0.1, 1, 1], [-1, 2, 1.3]]),
    "b1": np.array([[0.3], [-0.2], [0.1], [-0.4]]),
}


def cost(p, x, y):
    Z1 = p["W1"] @ x + p["b1"]
    A1 = np.maximum(0, Z1)
    out = p["W2"] @ A1 + p["b2"]
    return np.sum((out - y) ** 2) / (2 * x.shape[1]), (Z1, A1, out)


def slopes(p, x, y, cache, *, mask=np.greater, m=None, sign=1):
    """Return the gradients; the settings are bugs."""
    Z1, A1, out = cache
    m = m or x.shape[1]
    d2 = (out - y) / x.shape[1]
    d1 = (p["W2"].T @ d2) * mask(Z1, 0)
    return {
        "dW1": d1 @ x.T,
        "db1": d1.sum(axis=1, keepdims=True) * x.shape[1] / m,
        "dW2": sign * d2 @ A1.T,
        "db2": d2.sum(axis=1, keepdims=True),
    }


def right(p, x, y, cache):
    return slopes(p, x, y, cache)


def without_a_mask(p, x, y, cache):
    return slopes(p, x, y, cache, mask=lambda z, zero: 1 + zero * z)


def mask_of_the_sign(p, x, y, cache):
    return slopes(p, x, y, cache, mask=lambda z, zero: np.sign(z - zero))


def without_the_mean(p, x, y, cache):
    return slopes(p, x, y, cache, m=1)


def with_the_wrong_sign(p, x, y, cache):
    return slopes(p, x, y, cache, sign=-1)


def told(report, words):
    """Say whether a report names a blind spot, or says that it was cured."""
    return any(words in said for said in (*report.blind_spots, *report.reasons))


ONE = (X[:, :1], Y[:, :1])
HIDDEN = {
    "one example": (NET, ONE, "one example"),
    "all on": (ALL_ON, (ON, Y), "every choice of `maximum`"),
    "all off": (NET | {"b1": NET["b1"] - 9}, (X, Y), "every choice of `maximum`"),
    "zero weights": (NET | {"W2": np.zeros((1, 4))}, (X, Y), "W2 is zero"),
    "equal rows": (NET | {"W1": np.ones((4, 1)) * NET["W1"][:1]}, (X, Y), "W1 has equal rows"),
    "equal numbers": (
        NET | {"W2": np.full((1, 4), 0.5), "b1": np.full((4, 1), 0.1)},
        (X, Y),
        "",
    ),
    "everything zero": ({n: 0 * a for n, a in NET.items()}, (X, Y), "is zero"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_point_hides_is_named_or_cured(name):
    params, data, words = HIDDEN[name]
    alone = check_gradients(cost, right, params, data, points=1)
    assert alone.verdict != "FAIL", str(alone)
    if words:
        assert any(words in spot for spot in alone.blind_spots), str(alone)
        assert words in str(alone)
    report = check_gradients(cost, right, params, data)
    assert report.ok, str(report)
    assert told(report, words)
    assert set(report.blind_spots) <= set(alone.blind_spots)


@pytest.mark.parametrize("name", ["one example", "zero weights", "equal rows"])
def test_what_other_points_show_is_no_blind_spot_any_more(name):
    params, data, words = HIDDEN[name]
    report = check_gradients(cost, right, params, data)
    assert not any(words in spot for spot in report.blind_spots), str(report)
    begins = "checked at other points, too: yours cannot show all ("
    assert any(each.startswith(begins) and words in each for each in report.reasons)


def test_a_generic_point_hides_nothing():
    report = check_gradients(cost, right, NET, (X, Y))
    assert report.ok
    assert report.blind_spots == ()
    assert report.reasons == ()


@pytest.mark.parametrize(
    ("hyperparams", "words"),
    [
        ({"lambd": 0.0}, "lambd = 0: whatever is multiplied by it"),
        ({"keep_prob": 1.0}, "keep_prob = 1: dropout does nothing"),
        ({"keep": 1}, "keep = 1: dropout does nothing"),
        ({"l1": 0, "l2": 0.1}, "l1 = 0: whatever is multiplied by it"),
    ],
)
def test_settings_that_switch_something_off_are_named(hyperparams, words):
    report = check_gradients(cost, right, NET, (X, Y), hyperparams=hyperparams)
    assert report.ok
    assert report.blind_spots == (words,)


@pytest.mark.parametrize("hyperparams", [{"lambd": 1.0}, {"keep_prob": 0.8, "lambd": 0.7}])
def test_settings_that_are_in_use_are_not_named(hyperparams):
    assert check_gradients(cost, right, NET, (X, Y), hyperparams=hyperparams).blind_spots == ()


ELSEWHERE = {
    "no mask, all on": (without_a_mask, ALL_ON, (ON, Y), "every choice of `maximum`"),
    "wrong mask, all on": (mask_of_the_sign, ALL_ON, (ON, Y), "every choice of `maximum`"),
    "no mean, one example": (without_the_mean, NET, ONE, "one example"),
    "a sign, its factor zero": (
        with_the_wrong_sign,
        NET | {"W1": np.zeros((4, 3)), "b1": np.full((4, 1), -0.5)},
        (X, Y),
        "W1 is zero",
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_bug_that_shows_only_elsewhere_is_found(name):
    grad, params, data, words = ELSEWHERE[name]
    alone = check_gradients(cost, grad, params, data, points=1)
    assert alone.ok, str(alone)
    assert any(words in spot for spot in alone.blind_spots), str(alone)
    report = check_gradients(cost, grad, params, data)
    assert report.verdict == "FAIL", str(report)
    assert report.findings
    (reason,) = (said for said in report.reasons if "wrong at another one" in said)
    assert "right at your point" in reason
    assert words in reason
    assert report.difference < 1e-12  # which is that of the given point


def test_what_no_other_point_shows_stays_a_blind_spot():
    # What is positive everywhere stays so: large biases keep every unit on.
    params = NET | {"b1": np.abs(NET["b1"]) + 9}
    report = check_gradients(cost, without_a_mask, params, (X, Y))
    announced = any("every choice of `maximum`" in spot for spot in report.blind_spots)
    assert announced or report.verdict == "FAIL"


REST = {"b": np.ones(1)}


def spots_at(*gradients):
    """Return what is hidden at one point after another, as far as gradients tell."""
    arrays = {"W": np.arange(4.0), "b": np.ones(1)}
    left = hidden(None, {"W": np.array(gradients[0])} | REST, arrays, (X, Y))
    for gradient in gradients[1:]:
        found = {"W": np.array(gradient)} | REST
        left = still_hidden(left, lambda: None, found, arrays, (X, Y))
    return left.spots


def test_elements_that_another_point_shows_are_cured():
    (spot,) = spots_at([0.0, 1, 2, 0])
    assert spot == "some elements of the gradient of W are zero: mistakes in these"
    assert spots_at([0.0, 1, 2, 0], [1.0, 0, 0, 1]) == ()
    assert spots_at([0.0, 1, 2, 3], [1.0, 0, 2, 3]) == ()
    assert spots_at([0.0, 1, 2, 0], [0.0, 0, 0, 1], [1.0, 0, 0, 0]) == ()


def test_an_element_that_no_point_shows_stays_a_blind_spot():
    assert spots_at([0.0, 1, 2, 0], [0.0, 0, 0, 1]) == spots_at([0.0, 1, 2, 0])
    assert len(spots_at([0.0, 1, 2, 0], [0.0, 1, 2, 0], [0.0, 3, 3, 1])) == 1


@pytest.mark.parametrize("name", ELSEWHERE)
def test_at_a_generic_point_these_bugs_are_plain(name):
    grad = ELSEWHERE[name][0]
    assert check_gradients(cost, grad, NET, (X, Y), points=1).verdict == "FAIL"


def test_right_code_is_right_at_every_other_point():
    for seed in range(12):
        params, data = course.case(seed)
        report = check_gradients(course.cost, course.grad, params, data, seed=seed)
        assert report.ok, str(report)


def test_with_one_point_no_other_is_looked_at():
    counted = []

    def counting(p, x, y):
        counted.append(x.shape[1])
        return cost(p, x, y)

    check_gradients(counting, right, NET, ONE, points=1)
    assert set(counted) == {1}
    check_gradients(counting, right, NET, ONE)
    assert set(counted) == {1, EXAMPLES}


# The other points


def calls_of(params=NET, data=(X, Y)):
    return Calls(cost, right, Parameters.of(params), data)


def test_a_point_nearby_keeps_signs_that_are_all_positive_and_the_data():
    params = NET | {"gamma": np.array([0.01, 1.0, 100.0])}
    moved = jittered(calls_of(params), np.random.default_rng(0), 0.6)
    assert (moved.parameters.arrays["gamma"] > 0).all()
    assert moved.data[0] is X
    for name, array in params.items():
        assert moved.parameters.arrays[name].shape == array.shape
        assert not (moved.parameters.arrays[name] == array).any()
    distance = moved.parameters.arrays["W1"] - NET["W1"]
    assert 0.1 < distance.std() < 1.5


def test_one_example_becomes_several_that_differ():
    labels = np.array([[1]])
    moved = jittered(calls_of(NET, (X[:, :1], labels)), np.random.default_rng(0), 0.6)
    assert moved.data[0].shape == (3, EXAMPLES)
    assert moved.data[1].tolist() == [[1] * EXAMPLES]
    assert np.ptp(moved.data[0], axis=1).min() > 0
    rows = jittered(calls_of(NET, (X[:, :1].T, labels)), np.random.default_rng(0), 0.6)
    assert rows.data[0].shape == (EXAMPLES, 3)


def test_at_a_mirrored_point_what_was_off_is_on():
    calls = calls_of(NET | {"gamma": np.array([0.5, 2.0])}, (X, np.eye(3)[:, [0, 1, 2, 0, 1, 2]]))
    moved = mirrored(calls, np.random.default_rng(0))
    before, after = calls.parameters.arrays, moved.parameters.arrays
    assert np.corrcoef(before["W1"].ravel(), after["W1"].ravel())[0, 1] < -0.95
    assert (after["gamma"] > 0).all()
    other = np.roll(X, 1, axis=1)
    larger = 1 + 0.25 * np.abs(other) / np.abs(other).max()
    np.testing.assert_allclose(moved.data[0], larger * other, rtol=1e-14)
    # Labels are not to be changed: they are those of the example before.
    assert np.array_equal(moved.data[1], np.roll(calls.data[1], 1, axis=1))


@pytest.mark.parametrize(
    ("data", "turned"),
    [
        ((X, np.array([2, 0, 1, 2, 0, 1])), True),
        ((X, np.array([0, 0, 1, 1, 2, 2])), False),  # segments may have to stand in order
        ((np.round(X), np.eye(6)), False),  # which axis is that of the examples is not clear
        ((X, [2, 0, 1, 2, 0, 1]), False),
        ((X,), False),  # numbers that can be moved show enough
    ],
)
def test_labels_are_those_of_another_example_where_their_order_is_free(data, turned):
    moved = mirrored(calls_of(NET, data), np.random.default_rng(0)).data
    assert (np.sign(moved[0][:, 1]) == np.sign(data[0][:, 0])).all() == turned
    if len(data) > 1:
        assert np.array_equal(moved[1], np.roll(data[1], 1, axis=-1)) == turned


def test_a_graph_is_turned_with_its_nodes_unless_it_has_an_order():
    graph = np.array([[0.0, 1, 0, 0], [1, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]])
    labels = np.array([2, 0, 1, 2])
    turned = mirrored(calls_of(NET, (graph, labels)), np.random.default_rng(0)).data
    assert np.array_equal(turned[0], np.roll(graph, (1, 1), (0, 1)))
    assert np.array_equal(turned[1], np.roll(labels, 1))
    for ordered in (np.tril(graph), np.triu(graph)):
        kept = mirrored(calls_of(NET, (ordered, labels)), np.random.default_rng(0)).data
        assert np.array_equal(kept[0], ordered)
        assert np.array_equal(kept[1], labels)


@pytest.mark.parametrize(
    ("shapes", "count"),
    [
        ([(7, 4), (7,), (3,)], 7),  # the last are the weights of classes
        ([(4, 7), (1, 7), (3,)], 7),
        ([(7, 4), (7, 4), (3,)], None),  # which axis is not clear
        ([(7, 4), (3,)], None),
        ([(1, 4), (1,), (3,)], None),
    ],
)
def test_the_number_of_examples_is_that_of_most_data(shapes, count):
    assert batch_size(tuple(np.zeros(shape) for shape in shapes)) == count


def test_labels_that_are_kept_from_an_earlier_call_are_found():
    first = []

    def keeping(params, inputs, labels, cache):
        first.append(labels.copy())
        return right(params, inputs, first[0], cache)

    report = check_gradients(cost, keeping, NET, (X, Y))
    assert report.verdict == "FAIL"


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(4, 7), (1, 7)], 7),
        ([(7, 4), (7,)], 7),
        ([(7, 4), (7, 3)], 7),
        ([(4, 7), (7,)], 7),
        ([(4, 7)], 7),
        ([(4, 1), (1, 1)], 1),
        ([(4, 7), (5, 6)], None),
        ([], None),
    ],
)
def test_the_axis_that_all_data_share_is_that_of_the_examples(shapes, expected):
    assert batch_size(tuple(np.zeros(shape) for shape in shapes)) == expected


def test_blind_spots_without_a_tape_are_those_of_the_numbers():
    arrays = {"W": np.ones((2, 3)), "b": np.zeros((2, 2)), "g": np.full(3, 2.0)}
    gradient = {"W": np.array([[0.0, 1, 2], [3, 4, 5]]), "b": np.zeros((2, 2)), "g": np.ones(3)}
    assert list(hidden(None, gradient, arrays, (X, Y)).spots) == [
        "W has equal rows: units that are exchanged",
        "b is zero: whatever passes through it",
        "g holds one number: elements that are exchanged",
        "the gradient of b is zero: factors and signs of it",
        "some elements of the gradient of W are zero: mistakes in these",
    ]
    assert next(blind_spots(None, gradient, {}, (X, Y), {"lambd": 0.0})).startswith("lambd = 0")


def test_biases_that_keep_all_units_active_get_the_other_sign_at_the_mirrored_point():
    large = NET | {"b1": np.full((4, 1), 9.0) + np.arange(4.0)[:, None]}
    report = check_gradients(cost, right, large, (X, Y))
    assert report.ok
    assert not any("every choice" in spot for spot in report.blind_spots), str(report)
    assert told(report, "every choice of `maximum`")
    wrong = check_gradients(cost, without_a_mask, large, (X, Y))
    assert wrong.verdict == "FAIL", str(wrong)


def test_positive_numbers_stay_so_where_the_cost_needs_it():
    def of_logarithm(p):
        return np.sum(np.log(p["s"])) + np.sum(np.maximum(0, p["w"]))

    point = Parameters.of({"s": np.array([1.0, 2.0]), "w": np.array([1.0, 2.0])})
    calls = Calls(of_logarithm, None, point, ())
    moved = mirrored(calls, np.random.default_rng(0), positive=True)
    assert (moved.parameters.arrays["s"] > 0).all()
    plain = Calls(lambda p: np.sum(p["s"] ** 2), None, point, ())
    moved = mirrored(plain, np.random.default_rng(0), positive=True)
    assert (moved.parameters.arrays["s"] < 0).all()


def test_a_mistake_that_no_gradient_shows_is_named_with_its_place():
    assert hidden_mistakes(cost, NET, (X, Y)) == ()
    active = hidden_mistakes(cost, ALL_ON, (ON, Y))
    assert len(active) == 1
    assert active[0].startswith("`A1`, line")
    assert active[0].endswith("a mask")
    nothing = hidden_mistakes(cost, NET | {"W2": np.zeros((1, 4))}, (X, Y))
    assert any(said.startswith("`Z1`") and "a sign or a factor" in said for said in nothing)
    assert not any(said.startswith("`out`") for said in nothing)


def test_what_is_said_to_be_hidden_is_hidden_and_the_rest_is_not():
    """The oracle is a backward pass with that very mistake."""
    zero = NET | {"W2": np.zeros((1, 4))}
    wrong = slopes(zero, X, Y, cost(zero, X, Y)[1])
    wrong["dW1"] = -wrong["dW1"]
    assert check_gradients(cost, wrong, zero, (X, Y)).verdict == "PASS"
    wrong["dW2"] = -wrong["dW2"]
    assert check_gradients(cost, wrong, zero, (X, Y)).verdict == "FAIL"
    assert "a sign or a factor" in MISTAKES
