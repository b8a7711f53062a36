"""Every optimizer against its paper's algorithm, written out in high precision."""

from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from itertools import islice
from typing import Any

import numpy as np
import pytest
from tables import OPTIMIZERS

from trainwell.errors import ConfigurationError
from trainwell.training.adaptive import Adagrad, Adam, RMSprop
from trainwell.training.descent import GradientDescent, Momentum
from trainwell.training.optimizer import Memory, Optimizer
from trainwell.training.plan import OPTIMIZERS as REGISTERED
from trainwell.types import FloatArray

RATE = 0.05
THETA = np.array([1.0, -2.0, 0.5, 3.0])
GRADIENTS = np.random.default_rng(4).standard_normal((6, 4)) * [1, 1e-3, 100, 1]
for _array in (THETA, GRADIENTS):
    _array.flags.writeable = False

Walk = Callable[[Decimal, list[Decimal], Decimal], Iterator[Decimal]]


def _number(value: float) -> Decimal:
    return Decimal(repr(value))


def _descent(theta: Decimal, gradients: list[Decimal], rate: Decimal) -> Iterator[Decimal]:
    for g in gradients:
        theta -= rate * g
        yield theta


def _momentum(beta: str, share: str, ahead: str = "0") -> Walk:
    """PyTorch's SGD: buf = mu * buf + (1 - dampening) * g, then g + mu * buf if nesterov."""
    mu, newest, mix = Decimal(beta), Decimal(share), Decimal(ahead)

    def walk(theta: Decimal, gradients: list[Decimal], rate: Decimal) -> Iterator[Decimal]:
        buf = Decimal(0)
        for g in gradients:
            buf = mu * buf + newest * g
            theta -= rate * (newest * g + mu * buf if mix else buf)
            yield theta

    return walk


def _rmsprop(beta: str, epsilon: str) -> Walk:
    """Tieleman and Hinton, 2012, with the course's epsilon outside the root."""
    decay = Decimal(beta)

    def walk(theta: Decimal, gradients: list[Decimal], rate: Decimal) -> Iterator[Decimal]:
        square = Decimal(0)
        for g in gradients:
            square = decay * square + (1 - decay) * g * g
            theta -= rate * g / (square.sqrt() + Decimal(epsilon))
            yield theta

    return walk


def _adagrad(theta: Decimal, gradients: list[Decimal], rate: Decimal) -> Iterator[Decimal]:
    total = Decimal(0)
    for g in gradients:
        total += g * g
        theta -= rate * g / (total.sqrt() + Decimal("1e-8"))
        yield theta


def _adam(beta1: str, beta2: str, epsilon: str) -> Walk:
    """Kingma and Ba, 2015, Algorithm 1, line by line."""
    b1, b2 = Decimal(beta1), Decimal(beta2)

    def walk(theta: Decimal, gradients: list[Decimal], rate: Decimal) -> Iterator[Decimal]:
        m = v = Decimal(0)
        for t, g in enumerate(gradients, start=1):
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            theta -= rate * (m / (1 - b1**t)) / ((v / (1 - b2**t)).sqrt() + Decimal(epsilon))
            yield theta

    return walk


PAPERS: dict[str, Walk] = {
    "gradient-descent": _descent,
    "momentum": _momentum("0.9", "0.1"),
    "classical-momentum": _momentum("0.8", "1"),
    "nesterov": _momentum("0.9", "1", "1"),
    "average-nesterov": _momentum("0.5", "0.5", "1"),
    "rmsprop": _rmsprop("0.9", "1e-7"),
    "adagrad": _adagrad,
    "adam": _adam("0.9", "0.999", "1e-8"),
    "adam-fast": _adam("0.5", "0.75", "1e-3"),
}
EVERY_OPTIMIZER = pytest.mark.parametrize("name", OPTIMIZERS)


def walk(
    rule: Optimizer, theta: FloatArray, gradient: Callable[[FloatArray], FloatArray], rate: float
) -> Iterator[FloatArray]:
    """Go on without end, one step at a time."""
    memory = rule.initial(theta)
    while True:
        theta, memory = rule.step(theta, gradient(theta), memory, learning_rate=rate)
        yield theta


@EVERY_OPTIMIZER
def test_six_steps_are_those_of_the_paper(name: str) -> None:
    upcoming = iter(GRADIENTS)
    path = list(islice(walk(OPTIMIZERS[name], THETA, lambda _: next(upcoming), RATE), 6))
    with localcontext() as context:
        context.prec = 50
        for coordinate in range(THETA.size):
            gradients = [_number(float(g)) for g in GRADIENTS[:, coordinate]]
            steps = PAPERS[name](_number(float(THETA[coordinate])), gradients, _number(RATE))
            expected = [float(theta) for theta in steps]
            found = [theta[coordinate] for theta in path]
            np.testing.assert_allclose(found, expected, rtol=1e-13)


@EVERY_OPTIMIZER
def test_a_step_modifies_nothing_and_counts_itself(name: str) -> None:
    rule = OPTIMIZERS[name]
    memory = rule.initial(THETA)
    assert memory.step == 0
    for number, gradient in enumerate(GRADIENTS, start=1):
        for moment in memory.moments:
            assert moment.shape == THETA.shape
            moment.flags.writeable = False  # from here on, writing would raise
        theta, memory = rule.step(THETA, gradient, memory, learning_rate=RATE)
        assert theta is not THETA
        assert memory.step == number
    assert all((moment == 0).all() for moment in rule.initial(THETA).moments)


@EVERY_OPTIMIZER
def test_equal_steps_give_equal_bits(name: str) -> None:
    rule = OPTIMIZERS[name]
    one, other = (
        rule.step(THETA, GRADIENTS[0], rule.initial(THETA), learning_rate=RATE) for _ in range(2)
    )
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_equal(one[1].moments, other[1].moments)


@EVERY_OPTIMIZER
def test_the_bottom_of_a_parabola_is_reached(name: str) -> None:
    curvature, bottom = np.array([1.0, 4.0, 0.5, 2.0]), np.array([3.0, -1.0, 0.0, 2.0])
    rule = OPTIMIZERS[name]
    theta, memory = THETA, rule.initial(THETA)
    for step in range(3000):
        gradient = curvature * (theta - bottom)
        rate = 0.3 / (1 + 0.01 * step) * (5 if isinstance(rule, Adagrad) else 1)
        theta, memory = rule.step(theta, gradient, memory, learning_rate=rate)
    np.testing.assert_allclose(theta, bottom, atol=0.02)


@EVERY_OPTIMIZER
def test_coordinates_do_not_see_each_other(name: str) -> None:
    together = list(islice(path(name, slice(None)), 6))
    alone = list(islice(path(name, slice(1, 2)), 6))
    np.testing.assert_array_equal([theta[1:2] for theta in together], alone)


def path(name: str, part: slice) -> Iterator[FloatArray]:
    upcoming = iter(GRADIENTS[:, part])
    return walk(OPTIMIZERS[name], THETA[part], lambda _: next(upcoming), RATE)


@EVERY_OPTIMIZER
def test_single_precision_stays_single(name: str) -> None:
    rule, theta = OPTIMIZERS[name], THETA.astype(np.float32)
    memory = rule.initial(theta)
    for gradient in GRADIENTS.astype(np.float32):
        theta, memory = rule.step(theta, gradient, memory, learning_rate=RATE)
    assert {array.dtype for array in (theta, *memory.moments)} == {np.dtype(np.float32)}


def course_case() -> tuple[FloatArray, FloatArray]:
    """Return the first weights of the course's test case and their gradient."""
    legacy = np.random.RandomState(1)
    shapes = ((2, 3), (2, 1), (3, 3), (3, 1))
    weights = [legacy.randn(*shape) for shape in shapes]
    gradients = [legacy.randn(*shape) for shape in shapes]
    return weights[0].ravel(), gradients[0].ravel()


@pytest.mark.parametrize(
    ("rule", "memory", "expected"),
    [
        (
            GradientDescent(),
            Memory(0),
            [1.63535156, -0.62320365, -0.53718766, -1.07799357, 0.85639907, -2.29470142],
        ),
        (
            Momentum(0.9),
            Memory(0, (np.zeros(6),)),
            [1.62544598, -0.61290114, -0.52907334, -1.07347112, 0.86450677, -2.30085497],
        ),
        # The course's case takes its one step as if it were the second.
        (
            Adam(),
            Memory(1, (np.zeros(6), np.zeros(6))),
            [1.63178673, -0.61919778, -0.53561312, -1.08040999, 0.85796626, -2.29409733],
        ),
    ],
    ids=["gd", "momentum", "adam"],
)
def test_a_step_of_the_course_is_the_course_printed(
    rule: Optimizer, memory: Memory, expected: list[float]
) -> None:
    theta, gradient = course_case()
    moved, _ = rule.step(theta, gradient, memory, learning_rate=0.01)
    np.testing.assert_allclose(moved, expected, atol=5.1e-9)


def test_the_two_forms_of_momentum_differ_by_the_rate_alone() -> None:
    for nesterov in (False, True):
        average = Momentum(0.8, "average", nesterov=nesterov)
        classical = Momentum(0.8, "classical", nesterov=nesterov)
        for one, other in islice(
            zip(
                walk(average, THETA, lambda theta: 2 * theta, RATE),
                walk(classical, THETA, lambda theta: 2 * theta, (1 - 0.8) * RATE),
                strict=True,
            ),
            20,
        ):
            np.testing.assert_allclose(one, other, rtol=1e-13)


def test_nesterov_follows_the_points_that_sutskever_looks_ahead_to() -> None:
    # Sutskever et al., 2013, eq. 3-4: v = mu v - rate * grad(theta + mu v); theta += v.
    mu, theta, v = 0.9, THETA, np.zeros(4)
    ours = walk(Momentum(mu, "classical", nesterov=True), THETA, np.sin, RATE)
    for ahead in islice(ours, 20):
        v = mu * v - RATE * np.sin(theta + mu * v)
        theta = theta + v
        np.testing.assert_allclose(ahead, theta + mu * v, rtol=1e-13)


def test_without_decay_momentum_is_gradient_descent() -> None:
    for form in ("average", "classical"):
        for nesterov in (False, True):
            rule = Momentum(0.0, form, nesterov=nesterov)
            one = rule.step(THETA, GRADIENTS[0], rule.initial(THETA), learning_rate=RATE)[0]
            np.testing.assert_array_equal(one, THETA - RATE * GRADIENTS[0])


def test_the_first_step_of_adam_has_the_length_of_the_rate() -> None:
    rule = Adam(0.7, 0.9, 1e-12)
    moved, _ = rule.step(THETA, GRADIENTS[0], rule.initial(THETA), learning_rate=RATE)
    np.testing.assert_allclose(THETA - moved, RATE * np.sign(GRADIENTS[0]), rtol=1e-8)


def test_without_a_gradient_nothing_moves() -> None:
    for rule in OPTIMIZERS.values():
        still = rule.step(THETA, np.zeros(4), rule.initial(THETA), learning_rate=RATE)[0]
        np.testing.assert_array_equal(still, THETA)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Momentum(1.0), "Momentum.beta must be in [0, 1), got 1.0"),
        (lambda: Momentum(0.9, "averag"), "got 'averag'; did you mean 'average'?"),
        (lambda: Momentum(0.9, nesterov="yes"), "Momentum.nesterov must be true or false"),
        (lambda: RMSprop(-0.1), "RMSprop.beta must be in [0, 1), got -0.1"),
        (lambda: RMSprop(epsilon=0.0), "RMSprop.epsilon must be greater than 0, got 0.0"),
        (lambda: Adagrad(0.0), "Adagrad.epsilon must be greater than 0, got 0.0"),
        (lambda: Adam(1.0), "Adam.beta1 must be in [0, 1), got 1.0"),
        (lambda: Adam(beta2=1.0), "Adam.beta2 must be in [0, 1), got 1.0"),
        (lambda: Adam(epsilon=-1e-8), "Adam.epsilon must be greater than 0, got -1e-08"),
    ],
)
def test_a_setting_outside_its_domain_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert sentence in str(caught.value)


def test_every_registered_optimizer_has_a_row_in_the_tables() -> None:
    kinds = {type(rule) for rule in OPTIMIZERS.values()}
    assert {type(rule) for rule in REGISTERED.values()} == kinds
    assert REGISTERED["nesterov"] == Momentum(0.9, "classical", nesterov=True)
    assert REGISTERED["momentum"] == Momentum(0.9, "average")
