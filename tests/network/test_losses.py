"""Losses against independent formulas, at ordinary and at absurd logits."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from itertools import product
from typing import Any

import numpy as np
import pytest
from numerical import numerical_gradient, relative_difference
from scipy.optimize import minimize_scalar
from sklearn import metrics
from tables import LOSSES

from trainwell.errors import ConfigurationError, DataError
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy, softmax
from trainwell.network.losses import LOSSES as REGISTERED
from trainwell.network.losses import Loss
from trainwell.network.regression_losses import (
    AbsoluteError,
    Huber,
    Pinball,
    Poisson,
    SquaredError,
)
from trainwell.types import FloatArray

EVERY_LOSS = pytest.mark.parametrize("name", LOSSES)
OUTPUTS, EXAMPLES = 3, 7


def example(name: str, seed: int = 1) -> tuple[Loss, FloatArray, FloatArray]:
    """Return a loss with read-only logits and targets."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((OUTPUTS, EXAMPLES))
    y = LOSSES[name].targets(rng, OUTPUTS, EXAMPLES)
    logits.flags.writeable = y.flags.writeable = False
    return LOSSES[name].loss, logits, y


def _sigmoid(z: Decimal) -> Decimal:
    return 1 / (1 + (-z).exp())


def _binary(z: Decimal, y: Decimal) -> Decimal:
    return -(y * _sigmoid(z).ln() + (1 - y) * (1 - _sigmoid(z)).ln())


def _huber(r: Decimal, delta: Decimal) -> Decimal:
    return r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2)


# The loss of one output, each from its textbook form; softmax stands further down.
BY_HAND: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "sigmoid": _binary,
    "sigmoid-smoothed": lambda z, y: _binary(z, y * Decimal("0.8") + Decimal("0.1")),
    "squared": lambda z, y: (z - y) ** 2 / 2,
    "absolute": lambda z, y: abs(z - y),
    "huber": lambda z, y: _huber(z - y, Decimal(1)),
    "huber-narrow": lambda z, y: _huber(z - y, Decimal("0.3")),
    "poisson": lambda z, y: z.exp() - y * z,
    "pinball": lambda z, y: (y - z) * Decimal("0.8") if y > z else (z - y) * Decimal("0.2"),
}


def _softmax_by_hand(logits: FloatArray, y: FloatArray, smoothing: str) -> Decimal:
    total = Decimal(0)
    share = Decimal(smoothing)
    for z, targets in zip(logits.T, y.T, strict=True):
        powers = [Decimal(float(one)).exp() for one in z]
        for power, target in zip(powers, targets, strict=True):
            smooth = Decimal(float(target)) * (1 - share) + share / len(powers)
            total -= smooth * (power / sum(powers)).ln()
    return total / logits.shape[1]


@EVERY_LOSS
def test_the_value_is_the_formula_in_high_precision(name: str) -> None:
    loss, logits, y = example(name)
    with localcontext() as context:
        context.prec = 60
        if name.startswith("softmax"):
            expected = _softmax_by_hand(logits, y, "0.2" if "smoothed" in name else "0")
        else:
            pairs = zip(logits.ravel(), y.ravel(), strict=True)
            terms = (BY_HAND[name](Decimal(float(z)), Decimal(float(t))) for z, t in pairs)
            expected = sum(terms, Decimal(0)) / EXAMPLES
    assert loss(logits, y)[0] == pytest.approx(float(expected), rel=1e-14)


@EVERY_LOSS
def test_the_gradient_is_that_of_the_mean(name: str) -> None:
    loss, logits, y = example(name)
    weight = np.random.default_rng(3).uniform(0.1, 2, EXAMPLES)
    for w in (None, weight):
        value, gradient = loss(logits, y, w)
        assert isinstance(value, float)
        assert gradient.shape == logits.shape
        numeric = numerical_gradient(lambda z, w=w: loss(z, y, w)[0], logits)
        assert relative_difference(gradient, numeric) < 1e-9


@EVERY_LOSS
def test_a_weight_of_three_is_three_copies(name: str) -> None:
    loss, logits, y = example(name)
    copies = np.array([3, 1, 0, 2, 1, 0, 1])
    weight = copies / copies.mean()
    value, gradient = loss(logits, y, weight)
    long, long_gradient = loss(logits.repeat(copies, axis=1), y.repeat(copies, axis=1))
    assert value == pytest.approx(long, rel=1e-14)
    starts = np.repeat(np.arange(EXAMPLES), copies)
    summed = np.zeros_like(gradient)
    for column, source in enumerate(starts):
        summed[:, source] += long_gradient[:, column]
    np.testing.assert_allclose(gradient, summed, atol=1e-15)


@EVERY_LOSS
@pytest.mark.parametrize("size", [1e4, 1e8])
def test_absurd_logits_give_finite_losses_and_slopes(name: str, size: float) -> None:
    loss = LOSSES[name].loss
    signs = np.array(list(product([-1.0, 0.0, 1.0], repeat=3))).T
    logits = np.minimum(size * signs, 700.0) if isinstance(loss, Poisson) else size * signs
    y = np.eye(3)[:, np.arange(signs.shape[1]) % 3]
    value, gradient = loss(logits, y)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert np.isfinite(loss.predict(logits)).all()


def test_cross_entropy_of_a_confident_mistake_is_the_logit() -> None:
    z = np.array([[-1e4, 1e8]])
    assert SigmoidCrossEntropy()(z, np.array([[1.0, 0.0]]))[0] == (1e4 + 1e8) / 2
    assert SigmoidCrossEntropy()(z, np.array([[0.0, 1.0]]))[0] == 0.0
    two = np.array([[0.0], [1e8]])
    assert SoftmaxCrossEntropy()(two, np.array([[1.0], [0.0]]))[0] == 1e8


def test_a_mean_beyond_all_numbers_is_infinite_without_a_warning() -> None:
    assert Poisson()(np.array([[800.0]]), np.array([[1.0]]))[0] == np.inf


def test_cross_entropies_are_those_of_scikit_learn() -> None:
    _, logits, y = example("softmax")
    value, _ = SoftmaxCrossEntropy()(logits, y)
    probabilities = SoftmaxCrossEntropy().predict(logits)
    assert value == pytest.approx(metrics.log_loss(y.argmax(axis=0), probabilities.T), rel=1e-13)
    binary, _ = SigmoidCrossEntropy()(logits[:1], y[:1])
    predicted = SigmoidCrossEntropy().predict(logits[:1])
    assert binary == pytest.approx(metrics.log_loss(y[0], predicted[0]), rel=1e-13)


def test_regression_losses_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(6)
    z, y, weight = rng.standard_normal((3, 50))
    weight = np.abs(weight) / np.abs(weight).mean()
    given = (z[None], y[None], weight)
    scores: list[tuple[Loss, float]] = [
        (SquaredError(), metrics.mean_squared_error(y, z, sample_weight=weight) / 2),
        (AbsoluteError(), metrics.mean_absolute_error(y, z, sample_weight=weight)),
        (Pinball(0.3), metrics.mean_pinball_loss(y, z, sample_weight=weight, alpha=0.3)),
    ]
    for loss, expected in scores:
        assert loss(*given)[0] == pytest.approx(expected, rel=1e-13)
    counts = rng.poisson(3.0, 50).astype(float)
    rest = np.where(counts > 0, counts * np.log(np.maximum(counts, 1)) - counts, 0)
    deviance = metrics.mean_poisson_deviance(counts, np.exp(z), sample_weight=weight)
    expected = deviance / 2 - (weight * rest).mean()
    assert Poisson()(z[None], counts[None], weight)[0] == pytest.approx(expected, rel=1e-12)


def test_softmax_over_two_classes_is_the_sigmoid_of_their_difference() -> None:
    rng = np.random.default_rng(5)
    logits = rng.standard_normal((2, 9))
    y = np.eye(2)[:, rng.integers(2, size=9)]
    np.testing.assert_allclose(
        softmax(logits)[0], SigmoidCrossEntropy().predict(logits[:1] - logits[1:])[0], rtol=1e-14
    )
    for smoothing in (0.0, 0.3):
        value, _ = SoftmaxCrossEntropy(smoothing)(logits, y)
        binary, _ = SigmoidCrossEntropy(smoothing)(logits[:1] - logits[1:], y[:1])
        assert value == pytest.approx(binary, rel=1e-14)


@pytest.mark.parametrize("name", ["sigmoid-smoothed", "softmax-smoothed"])
def test_smoothing_is_best_at_the_smoothed_targets(name: str) -> None:
    loss = LOSSES[name].loss
    y = np.array([[1.0], [0.0], [0.0], [0.0]])
    share = 0.2 / (2 if name.startswith("sigmoid") else 4)
    smooth = 0.8 * y + share
    logits = np.log(smooth / (1 - smooth)) if name.startswith("sigmoid") else np.log(smooth)
    np.testing.assert_allclose(loss.predict(logits), smooth, rtol=1e-14)
    np.testing.assert_allclose(loss(logits, y)[1], 0, atol=1e-15)


def test_predictions_are_probabilities_means_or_the_output_itself() -> None:
    logits = np.array([[0.0, 2.0], [np.log(3), 2.0]])
    np.testing.assert_allclose(SoftmaxCrossEntropy().predict(logits)[:, 0], [0.25, 0.75])
    np.testing.assert_allclose(SigmoidCrossEntropy().predict(logits)[:, 0], [0.5, 0.75])
    np.testing.assert_allclose(Poisson().predict(logits)[:, 0], [1, 3])
    for loss in (SquaredError(), AbsoluteError(), Huber(), Pinball()):
        np.testing.assert_array_equal(loss.predict(logits), logits)


UNSMOOTHED = sorted(name for name in LOSSES if "smoothed" not in name)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", UNSMOOTHED)
def test_the_base_rate_is_the_best_constant(name: str, weighted: bool) -> None:
    rng = np.random.default_rng(9)
    loss, y = LOSSES[name].loss, LOSSES[name].targets(rng, OUTPUTS, 41)
    weight = rng.uniform(0.1, 3, 41) if weighted else None
    relative = None if weight is None else weight / weight.mean()
    base = loss.base(y, weight)
    assert base.shape == (OUTPUTS, 1)

    def value(constant: FloatArray) -> float:
        return loss(constant @ np.ones((1, 41)), y, relative)[0]

    for output in range(OUTPUTS):

        def along(shift: float, output: int = output) -> float:
            moved = base.copy()
            moved[output] += shift
            return value(moved)

        best = minimize_scalar(along, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9})
        assert along(0.0) <= best.fun + 1e-9


@pytest.mark.parametrize("name", ["sigmoid-smoothed", "softmax-smoothed"])
def test_the_base_rate_predicts_the_mean_target(name: str) -> None:
    loss, _, y = example(name)
    weight = np.arange(1.0, EXAMPLES + 1)
    for w in (None, weight):
        predicted = loss.predict(loss.base(y, w))
        np.testing.assert_allclose(predicted.ravel(), np.average(y, axis=1, weights=w), rtol=1e-12)


def test_the_base_rate_of_a_constant_target_is_finite() -> None:
    for loss in (SigmoidCrossEntropy(), Poisson()):
        zeros = loss.base(np.zeros((1, 5)))
        assert np.isfinite(zeros).all()
        assert loss.predict(zeros).item() == pytest.approx(0, abs=1e-5)
    ones = SigmoidCrossEntropy().base(np.ones((1, 5)))
    assert SigmoidCrossEntropy().predict(ones).item() == pytest.approx(1, abs=1e-5)
    alone = SoftmaxCrossEntropy().base(np.array([[1.0, 1.0], [0.0, 0.0]]))
    assert SoftmaxCrossEntropy().predict(alone)[0].item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("quantile", "expected"), [(0.5, 3.0), (0.1, 1.0), (0.79, 4.0), (0.81, 10.0)]
)
def test_the_best_constant_of_the_pinball_loss_is_the_quantile(
    quantile: float, expected: float
) -> None:
    y = np.array([[3.0, 10.0, 1.0, 4.0, 2.0]])
    assert Pinball(quantile).base(y).item() == expected
    heavy = Pinball(quantile).base(y, np.array([0.0, 1.0, 0.0, 0.0, 0.0]))
    assert heavy.item() == 10.0


@pytest.mark.parametrize(
    ("loss", "y", "sentence"),
    [
        (
            SigmoidCrossEntropy(),
            [[0.0, 1.5]],
            "SigmoidCrossEntropy needs targets that are in [0, 1], got 1.5",
        ),
        (
            SigmoidCrossEntropy(),
            [[-1.0, 1.0]],
            "SigmoidCrossEntropy needs targets that are in [0, 1], got -1.0",
        ),
        (
            SoftmaxCrossEntropy(),
            [[1.0, 1.0], [0.0, 1.0]],
            "SoftmaxCrossEntropy needs targets that are shares that sum to 1, got [1.0, 1.0]",
        ),
        (
            SoftmaxCrossEntropy(),
            [[1.0, 1.5], [0.0, -0.5]],
            "SoftmaxCrossEntropy needs targets that are shares that sum to 1, got [1.5, -0.5]",
        ),
        (Poisson(), [[3.0, -2.0]], "Poisson needs targets that are at least 0, got -2.0"),
    ],
)
def test_targets_outside_the_domain_are_refused(
    loss: Loss, y: list[list[float]], sentence: str
) -> None:
    with pytest.raises(DataError) as caught:
        loss.check_targets(np.array(y))
    assert str(caught.value) == sentence


@EVERY_LOSS
def test_targets_of_the_domain_are_accepted(name: str) -> None:
    loss, _, y = example(name)
    loss.check_targets(y)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Huber(0.0), "Huber.delta must be greater than 0, got 0.0"),
        (lambda: Pinball(1.0), "Pinball.quantile must be in (0, 1), got 1.0"),
        (lambda: Pinball(0.0), "Pinball.quantile must be in (0, 1), got 0.0"),
        (
            lambda: SigmoidCrossEntropy(1.0),
            "SigmoidCrossEntropy.label_smoothing must be in [0, 1), got 1.0",
        ),
        (
            lambda: SoftmaxCrossEntropy(-0.1),
            "SoftmaxCrossEntropy.label_smoothing must be in [0, 1), got -0.1",
        ),
    ],
)
def test_a_setting_outside_its_domain_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert str(caught.value) == sentence


def test_every_registered_loss_has_a_row_in_the_tables() -> None:
    assert {type(row.loss) for row in LOSSES.values()} == set(REGISTERED.values())
