import json

import numpy as np
import pytest

from trainwell.diagnosis.gradient_check import (
    GradientCheck,
    check_gradient,
    numerical_gradient,
    relative_difference,
)
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.network.activations import ACTIVATIONS
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.regression_losses import AbsoluteError, Huber, Poisson, SquaredError
from trainwell.randomness import generator

SHAPES = [(5, 4), (5, 1), (3, 5), (3, 1), (1, 3), (1, 1)]
CUTS = np.cumsum([0, *(rows * columns for rows, columns in SHAPES)])


def parts(theta):
    return [
        theta[a:b].reshape(shape) for a, b, shape in zip(CUTS[:-1], CUTS[1:], SHAPES, strict=True)
    ]


def course_exercise():
    """Return the inputs, labels and parameters of the course's N-dimensional check."""
    draws = np.random.RandomState(1)
    x = draws.randn(4, 3)
    theta = np.concatenate([draws.randn(*shape).ravel() for shape in SHAPES])
    return x, np.array([[1, 1, 0]]), theta


def course_forward(theta, x, y):
    w1, b1, w2, b2, w3, b3 = parts(theta)
    a1 = np.maximum(0, w1 @ x + b1)
    a2 = np.maximum(0, w2 @ a1 + b2)
    a3 = 1 / (1 + np.exp(-(w3 @ a2 + b3)))
    cost = 1.0 / 3 * np.sum(-np.log(a3) * y - np.log(1 - a3) * (1 - y))
    return cost, (a1, a2, a3)


def course_gradient(theta, x, y, *, planted=False):
    _, _, w2, _, w3, _ = parts(theta)
    _, (a1, a2, a3) = course_forward(theta, x, y)
    dz3 = a3 - y
    dz2 = (w3.T @ dz3) * (a2 > 0)
    dz1 = (w2.T @ dz2) * (a1 > 0)
    dw2 = 1 / 3 * dz2 @ a1.T * (2 if planted else 1)
    db1 = (4 if planted else 1) / 3 * dz1.sum(axis=1, keepdims=True)
    arrays = [
        1 / 3 * dz1 @ x.T,
        db1,
        dw2,
        1 / 3 * dz2.sum(axis=1, keepdims=True),
        1 / 3 * dz3 @ a2.T,
        1 / 3 * dz3.sum(axis=1, keepdims=True),
    ]
    return np.concatenate([array.ravel() for array in arrays])


def check_course(*, planted):
    x, y, theta = course_exercise()
    gradient = course_gradient(theta, x, y, planted=planted)
    return check_gradient(lambda t: course_forward(t, x, y)[0], gradient, theta)


def published(shared, name):
    cases = json.loads((shared / "published.json").read_text(encoding="utf-8"))["cases"]
    return next(case for case in cases if case["id"] == name)


def test_the_courses_one_dimensional_check_comes_out_to_the_last_bit():
    check = check_gradient(lambda t: 2 * float(t[0]), np.array([2.0]), np.array([4.0]))
    assert check.difference == 2.919335883291695e-10
    assert check.verdict == "PASS"


def test_the_courses_corrected_exercise_passes_although_its_difference_is_above_1e_7():
    check = check_course(planted=False)
    assert check.difference == pytest.approx(1.1890913e-07, rel=1e-2)
    assert check.difference > 1e-7
    assert check.verdict == "PASS"
    assert check.settled < 1e-8
    assert "rounding" in check.text


def test_the_courses_planted_mistakes_fail_with_the_courses_number():
    check = check_course(planted=True)
    assert check.difference == pytest.approx(0.285093156781, abs=1e-8)
    assert check.verdict == "FAIL"
    assert check.wrong == (20, 21, 22, 23, 35, 36, 37, 38)
    assert check.worst == 20
    assert check.analytic == pytest.approx(4 * check.numeric, rel=1e-6)


def test_the_published_cases_agree(shared):
    one = published(shared, "gradcheck.1d.x2")["full_precision"]["difference"]
    check = check_gradient(lambda t: 2 * float(t[0]), np.array([2.0]), np.array([4.0]))
    assert check.difference == one
    many = published(shared, "gradcheck.n.buggy")
    check = check_course(planted=True)
    assert check.difference == pytest.approx(many["expected"]["difference"], abs=1e-8)
    assert list(check.wrong) == many["full_precision"]["wrong_vector_indices"]
    assert many["full_precision"]["cost"] == pytest.approx(
        course_forward(course_exercise()[2], *course_exercise()[:2])[0], abs=1e-13
    )
    steps = published(shared, "gradcheck.thresholds")["expected"]
    assert check.difference > steps["certainly_wrong_above"]


LOSSES = [
    (SigmoidCrossEntropy(), 1),
    (SoftmaxCrossEntropy(), 3),
    (SquaredError(), 2),
    (AbsoluteError(), 1),
    (Huber(), 2),
    (Poisson(), 1),
]


def random_case(number):
    """Return cost, gradient and parameters of a random network at a random point."""
    rng = generator(number, "gradient check")
    loss, outputs = LOSSES[number % len(LOSSES)]
    activation = sorted(ACTIVATIONS)[number % len(ACTIVATIONS)]
    hidden = tuple(int(units) for units in rng.integers(1, 6, size=rng.integers(0, 4)))
    network = mlp(int(rng.integers(1, 5)), hidden, outputs, activation=activation)
    examples = int(rng.integers(2, 6))
    x = rng.normal(size=(network.inputs, examples))
    labels = rng.integers(0, max(outputs, 2), size=examples)
    y = {
        SigmoidCrossEntropy: labels[None, :] * 1.0,
        SoftmaxCrossEntropy: np.eye(3)[:, labels % 3],
        Poisson: rng.integers(0, 4, size=(1, examples)) * 1.0,
    }.get(type(loss), rng.normal(size=(outputs, examples)))
    theta = network.initial(number) + rng.choice([0.0, 0.1, 1.0]) * rng.normal(size=network.size)

    def cost(point):
        logits, _ = network.forward(point, network.initial_buffers(), x)
        return loss(logits, y)[0]

    def gradient(point):
        logits, caches = network.forward(point, network.initial_buffers(), x)
        return network.backward(point, caches, loss(logits, y)[1])

    return cost, gradient, theta


@pytest.mark.parametrize("number", range(200))
def test_a_right_gradient_is_never_refused(number):
    cost, gradient, theta = random_case(number)
    check = check_gradient(cost, gradient, theta)
    assert check.passed, check.text


PLANTED = {
    "a thousandth too large": lambda value: 1.001 * value,
    "the wrong sign": lambda value: -value,
    "twice": lambda value: 2 * value,
    "missing": lambda value: 0 * value,
    "not a number": lambda value: np.nan * value,
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize("number", range(0, 200, 5))
def test_one_small_wrong_component_is_found_wherever_it_is(number, plant):
    cost, gradient, theta = random_case(number)
    wrong = gradient(theta)
    visible = np.flatnonzero(np.abs(wrong) > 1e-4 * np.abs(wrong).max())
    smallest = visible[np.abs(wrong[visible]).argmin()]
    wrong[smallest] = plant(wrong[smallest])
    assert check_gradient(cost, wrong, theta).wrong == (smallest,)


@pytest.mark.parametrize("seed", range(40))
def test_the_courses_cost_passes_at_random_points(seed):
    draws = np.random.RandomState(seed)
    x, y = draws.randn(4, 3), (draws.rand(1, 3) > 0.5) * 1
    theta = draws.randn(CUTS[-1]) * 0.7
    check = check_gradient(
        lambda t: course_forward(t, x, y)[0], course_gradient(theta, x, y), theta
    )
    assert check.passed, check.text


@pytest.mark.parametrize("epsilon", [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9])
def test_the_verdict_does_not_hang_on_the_step(epsilon):
    x, y, theta = course_exercise()
    right, wrong = (course_gradient(theta, x, y, planted=planted) for planted in (False, True))
    verdicts = [
        check_gradient(lambda t: course_forward(t, x, y)[0], gradient, theta, epsilon).verdict
        for gradient in (right, wrong)
    ]
    assert verdicts == ["PASS", "FAIL"]


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e6])
def test_the_verdict_does_not_hang_on_the_units_of_the_cost(scale):
    x, y, theta = course_exercise()
    for planted, verdict in ((False, "PASS"), (True, "FAIL")):
        gradient = scale * course_gradient(theta, x, y, planted=planted)
        check = check_gradient(lambda t: scale * course_forward(t, x, y)[0], gradient, theta)
        assert check.verdict == verdict


@pytest.mark.parametrize("slope", [-1.0, 0.0, 0.3, 1.0])
def test_at_a_kink_every_slope_between_the_sides_is_right(slope):
    check = check_gradient(
        lambda t: float(abs(t).sum()), np.array([slope, 1.0]), np.array([0, 2.0])
    )
    assert check.passed
    assert check.kinks == (() if slope == 0 else (0,))  # the central difference is 0 itself


@pytest.mark.parametrize("slope", [-1.001, 1.001, 5.0])
def test_at_a_kink_no_other_slope_is_right(slope):
    check = check_gradient(
        lambda t: float(abs(t).sum()), np.array([slope, 1.0]), np.array([0, 2.0])
    )
    assert check.wrong == (0,)


@pytest.mark.parametrize("distance", [1e-2, 1e-3, 1e-4, 1e-5])
def test_a_kink_nearby_excuses_nothing(distance):
    theta = np.array([distance])
    cost = lambda t: float(np.maximum(t, 0).sum()) + 1.0  # noqa: E731
    assert check_gradient(cost, np.array([1.0]), theta).passed
    assert check_gradient(cost, np.array([0.9]), theta).wrong == (0,)


def test_a_curve_is_no_kink():
    cost = lambda t: float(np.cosh(20 * t).sum())  # noqa: E731
    assert check_gradient(cost, np.array([0.01]), np.zeros(1)).wrong == (0,)
    assert check_gradient(cost, np.zeros(1), np.zeros(1)).passed


def test_two_gradients_of_zero_are_equal():
    check = check_gradient(lambda t: 3 + 0 * t.sum(), np.zeros(2), np.ones(2))
    assert check.difference == 0.0
    assert check.verdict == "PASS"
    assert not np.signbit(check.settled)


def test_a_minimum_passes_although_its_difference_is_one():
    theta = np.array([0.1, 0.7])
    check = check_gradient(lambda t: float(((t - theta) ** 2).sum()) + 5, np.zeros(2), theta)
    assert check.passed


def test_a_cost_in_single_precision_can_be_checked():
    theta = np.array([0.3, -0.8])
    cost = lambda t: float(np.tanh(t.astype(np.float32)).sum())  # noqa: E731
    right = 1 - np.tanh(theta) ** 2
    assert check_gradient(cost, right, theta).passed
    assert check_gradient(cost, right * [1.0, 1.1], theta).wrong == (1,)


def test_matrices_are_checked_as_they_are():
    theta = np.arange(6.0).reshape(2, 3)
    gradient = 2 * theta
    gradient[1, 0] += 1
    check = check_gradient(lambda w: float((w**2).sum()), gradient, theta)
    assert check.wrong == (3,)
    assert (check.analytic, check.numeric) == (7.0, pytest.approx(6.0))


def test_no_argument_is_modified():
    theta, gradient = np.array([1.0, 2.0]), np.array([2.0, 4.5])

    def greedy(point):
        value = float((point**2).sum())
        point[:] = 99.0
        return value

    kept = theta.copy(), gradient.copy()

    def greedy_gradient(point):
        point[:] = 99.0
        return gradient

    check = check_gradient(greedy, greedy_gradient, theta)
    numerical_gradient(greedy, theta)
    assert check.wrong == (1,)
    assert (theta == kept[0]).all()
    assert (gradient == kept[1]).all()


def test_a_function_can_give_the_gradient():
    theta = np.array([1.0, -2.0])
    cost = lambda t: float((t**3).sum())  # noqa: E731
    by_function = check_gradient(cost, lambda t: 3 * t**2, theta)
    assert by_function == check_gradient(cost, 3 * theta**2, theta)


def test_the_text_says_what_is_wrong_and_where():
    check = check_gradient(
        lambda t: float((t**2).sum()), np.array([2.0, 5.0]), np.array([1.0, 2.0])
    )
    assert check.text == (
        "FAIL: 1 of 2 components is wrong, relative difference 0.101; "
        "the worst is component 1, given 5, measured 4."
    )


def test_the_text_mentions_kinks():
    check = check_gradient(lambda t: float(abs(t).sum()), np.array([1.0]), np.zeros(1))
    assert check.text == (
        "PASS: all 1 components agree, relative difference 1 "
        "(1 at a kink of the cost, where both sides count)."
    )


def test_the_worst_component_is_a_wrong_one():
    theta, gradient = np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.1, 1.2])
    check = check_gradient(lambda t: float(abs(t).sum()), gradient, theta)
    assert (check.kinks, check.wrong, check.worst) == ((0,), (1, 2), 2)


def test_what_is_not_a_number_is_worst_of_all():
    check = check_gradient(lambda t: float(t.sum()), np.array([5.0, np.nan, 3.0]), np.ones(3))
    assert (check.wrong, check.worst) == ((0, 1, 2), 1)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e5])
def test_a_component_without_doubt_costs_two_evaluations(size):
    calls = []
    cost = lambda t: calls.append(1) or float(t[0] - size)  # noqa: E731
    assert check_gradient(cost, np.ones(1), np.array([size])).passed
    assert len(calls) == 2 + 2


def test_noise_is_the_last_digit_of_the_cost_over_the_step():
    check = check_gradient(lambda t: 8.0 + 0 * t.sum(), np.zeros(1), np.ones(1), epsilon=1e-6)
    assert check.noise == 8 * 2.0**-52 / 1e-6
    assert isinstance(check, GradientCheck)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.ones(2), np.ones(3)), ShapeError, r"gradient must have shape \(3,\), got \(2,\)"),
        ((np.ones(0), np.ones(0)), ShapeError, r"theta must have shape \(P,\) with P at least 1"),
        ((np.ones(1), np.ones(1), 0.0), ConfigurationError, "epsilon must be positive, got 0.0"),
        ((np.ones(1), np.array([np.inf])), ConfigurationError, "must be finite, got inf"),
    ],
)
def test_what_cannot_be_checked_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        check_gradient(lambda t: float(t.sum()), *arguments)


@pytest.mark.parametrize("step", [None, 1e-4, 1e-6])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
def test_numerical_gradients_have_the_shape_of_their_argument(shape, step):
    theta = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)
    gradient = numerical_gradient(lambda t: float(np.exp(t).sum()), theta, step=step)
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, np.exp(theta), rtol=1e-8)


@pytest.mark.parametrize("size", [1e-8, 1e-3, 1.0, 1e3, 1e6, 1e9])
def test_the_default_step_suits_parameters_of_any_size(size):
    gradient = numerical_gradient(lambda t: float(t[0] / size + 1), np.array([size]))
    assert gradient[0] * size == pytest.approx(1, rel=1e-9 if size >= 1 else 1e-6)


def test_a_numerical_step_must_be_positive():
    with pytest.raises(ConfigurationError, match="step must be positive, got -1"):
        numerical_gradient(np.sum, np.ones(1), step=-1)


def test_integers_are_differentiated_as_numbers():
    assert numerical_gradient(lambda t: float((t**2).sum()), np.array([3]))[0] == pytest.approx(6)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([3, 4], [3, 4], 0.0),
        ([3, 4], [-3, -4], 1.0),
        ([3, 4], [6, 8], 1 / 3),
        ([1, 0], [0, 1], np.sqrt(2) / 2),
        ([0, 0], [0, 0], 0.0),
        ([0, 0], [0, 1], 1.0),
    ],
)
def test_relative_difference_is_the_courses_formula(first, second, expected):
    assert relative_difference(np.array(first), np.array(second)) == pytest.approx(expected)


def test_gradients_of_two_shapes_have_no_difference():
    with pytest.raises(ShapeError, match=r"numeric must have shape \(2,\), got \(2, 1\)"):
        relative_difference(np.ones(2), np.ones((2, 1)))
