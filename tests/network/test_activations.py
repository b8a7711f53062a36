"""Each activation against its definition in high precision, and its slope."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest
from numerical import numerical_gradient, relative_difference
from scipy import special
from tables import ACTIVATIONS, KINKED

from trainwell.network.activations import ACTIVATIONS as FUNCTIONS

POINTS = np.array([-30.0, -3.0, -1.0, -0.37, 0.0, 0.21, 1.0, 2.5, 30.0])


def _exp(z: float) -> Decimal:
    return Decimal(z).exp()


# From Klambauer et al., 2017, section 2: the digits of the published constants.
_SCALE, _ALPHA = Decimal("1.0507009873554804934"), Decimal("1.6732632423543772848")

DEFINITIONS: dict[str, Callable[[float], Decimal]] = {
    "identity": Decimal,
    "sigmoid": lambda z: 1 / (1 + _exp(-z)),
    "tanh": lambda z: (_exp(z) - _exp(-z)) / (_exp(z) + _exp(-z)),
    "relu": lambda z: max(Decimal(0), Decimal(z)),
    "leaky_relu": lambda z: Decimal(z) if z > 0 else Decimal(z) / 100,
    "elu": lambda z: Decimal(z) if z > 0 else _exp(z) - 1,
    "selu": lambda z: _SCALE * (Decimal(z) if z > 0 else _ALPHA * (_exp(z) - 1)),
    "gelu": lambda z: Decimal(z) * Decimal(float(special.erfc(-z / 2**0.5))) / 2,
    "silu": lambda z: Decimal(z) / (1 + _exp(-z)),
    "softplus": lambda z: (1 + _exp(z)).ln(),
}


def test_every_activation_has_a_definition_here() -> None:
    assert DEFINITIONS.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_its_definition(name: str) -> None:
    with localcontext() as context:
        context.prec = 50
        expected = [float(DEFINITIONS[name](float(z))) for z in POINTS]
    np.testing.assert_allclose(FUNCTIONS[name].value(POINTS), expected, rtol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_slope_is_the_derivative(name: str) -> None:
    function = FUNCTIONS[name]
    z = np.linspace(-5, 5, 41) + 0.0123
    numeric = numerical_gradient(lambda z: float(function.value(z).sum()), z)
    analytic = function.slope(z, function.value(z))
    np.testing.assert_allclose(analytic, numeric, atol=1e-9)
    assert relative_difference(analytic, numeric) < 1e-9


@pytest.mark.parametrize("name", sorted(KINKED))
def test_the_slope_at_a_kink_is_the_one_from_the_left(name: str) -> None:
    function = FUNCTIONS[name]
    here, left = np.zeros(1), np.full(1, -1e-12)
    at_kink = function.slope(here, function.value(here))
    np.testing.assert_allclose(at_kink, function.slope(left, function.value(left)), rtol=1e-9)
    right = function.slope(-left, function.value(-left))
    assert abs(right - at_kink) > 0.1


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("size", [1e4, 1e8, 1e100])
def test_far_out_nothing_is_lost(name: str, size: float) -> None:
    function = FUNCTIONS[name]
    z = np.array([-size, size])
    a = function.value(z)
    slope = function.slope(z, a)
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()
    # All are flat or a straight line out there: no curvature is left.
    np.testing.assert_allclose(slope, function.slope(2 * z, function.value(2 * z)), atol=1e-12)


def test_softplus_keeps_its_small_values() -> None:
    z = np.array([-40.0, -700.0])
    np.testing.assert_allclose(FUNCTIONS["softplus"].value(z), np.exp(z), rtol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_and_shape_are_kept(name: str, dtype: type) -> None:
    function = FUNCTIONS[name]
    z = np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
    z.flags.writeable = False
    a = function.value(z)
    slope = function.slope(z, a)
    assert a.dtype == slope.dtype == dtype
    assert a.shape == slope.shape == (2, 3)


def test_selu_keeps_mean_and_variance_of_standard_normal_units() -> None:
    # The fixed point that its constants are made for (Klambauer et al., 2017, theorem 1).
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    weights /= weights.sum()
    a = FUNCTIONS["selu"].value(nodes)
    assert weights @ a == pytest.approx(0, abs=2e-3)
    assert weights @ a**2 == pytest.approx(1, abs=2e-3)
