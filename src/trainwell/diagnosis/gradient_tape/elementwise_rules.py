r"""Derivatives of the operations that act on each element by itself.

For :math:`y = f(a, b)` a row holds two functions of the cotangent :math:`\bar{y}`, of ``y``, ``a``
and ``b``: :math:`\bar{y}\,\partial f / \partial a` and :math:`\bar{y}\,\partial f / \partial b`.
Sums over what was broadcast are taken by the caller.

Numbers are Python's own, or made in the precision of the array beside them: a rule must not
turn single into double precision, nor cut off the digits of a long double.
"""

# ruff: noqa: ARG001, ARG005 - a part takes g, y and all arguments, and needs a few
# ruff: noqa: SIM905 - a list of names is easier to read without its commas

from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.special_rules import NOT_COMPLEX, SPECIAL, Part
from trainwell.types import FloatArray

__all__ = ["CHOOSING", "CORNERED", "ELEMENTWISE", "FLAT", "NOT_ANALYTIC", "Part"]


def _logarithm(number: int, like: FloatArray) -> Any:
    """Return the logarithm of a number, as exactly as an array is."""
    return np.log(like.dtype.type(number))


def _radian(like: FloatArray) -> Any:
    """Return how many radians a degree is."""
    return np.deg2rad(like.dtype.type(1))


def _base(g: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Any:
    if isinstance(b, int | float):
        if b == 2:
            return 2 * g * a
        return g * (b * a ** (b - 1)) if b else g * 0
    lowered: FloatArray = np.power(a, np.where(np.equal(b, 0), 1, np.subtract(b, 1)))
    return g * b * lowered


def _exponent(g: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> Any:
    """Return the part of the exponent: zero where the base is not positive."""
    logarithm: FloatArray = np.log(np.where(np.greater(a, 0), a, 1))
    return g * y * logarithm


def _per(length: FloatArray) -> FloatArray:
    return np.where(length == 0, 1, length)


_POWER: tuple[Part, ...] = (_base, _exponent)


def _chosen(order: np.ufunc, a: Any, b: Any) -> Any:
    """Return how much of the result is ``a``: all of it, nothing, or half of two that are equal.

    Of zeros it is nothing: the slope of max(0, z) at zero is zero, as most people take it. Other
    numbers are equal where they are one number in two ways, as a ratio that is clipped or not.
    """
    found = order(a, b)
    if np.ndim(a) and np.ndim(b):
        half = np.result_type(a, b).type(0.5)
        return found + half * (np.equal(a, b) & np.not_equal(a, 0))
    return found


_LARGER: tuple[Part, ...] = (
    lambda g, y, a, b: g * _chosen(np.greater, a, b),
    lambda g, y, a, b: g * _chosen(np.greater, b, a),
)
_SMALLER: tuple[Part, ...] = (
    lambda g, y, a, b: g * _chosen(np.less, a, b),
    lambda g, y, a, b: g * _chosen(np.less, b, a),
)
_SIGN: tuple[Part, ...] = (lambda g, y, a: g * np.sign(a),)
_DEGREES: tuple[Part, ...] = (lambda g, y, a: g / _radian(y),)
_RADIANS: tuple[Part, ...] = (lambda g, y, a: g * _radian(y),)


def _size(g: FloatArray, y: FloatArray, a: Any) -> Any:
    """Return the part of a size: the sign, of a complex number the conjugate of its direction."""
    if a.dtype.kind == "c":
        return g * np.conj(a) / np.where(y == 0, 1, y)
    return g * np.sign(a)


ELEMENTWISE: dict[str, tuple[Part, ...]] = {
    # arithmetic
    "add": (lambda g, y, a, b: g, lambda g, y, a, b: g),
    "subtract": (lambda g, y, a, b: g, lambda g, y, a, b: -g),
    "multiply": (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    "divide": (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    "power": _POWER,
    "float_power": _POWER,
    "remainder": (lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b)),
    "fmod": (lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(np.divide(a, b))),
    "negative": (lambda g, y, a: -g,),
    "positive": (lambda g, y, a: g,),
    "conjugate": (lambda g, y, a: np.conj(g),),
    "reciprocal": (lambda g, y, a: -g * y * y,),
    "square": (lambda g, y, a: 2 * g * a,),
    "sqrt": (lambda g, y, a: g / (2 * y),),
    "cbrt": (lambda g, y, a: g / (3 * y * y),),
    "deg2rad": _RADIANS,
    "radians": _RADIANS,
    "rad2deg": _DEGREES,
    "degrees": _DEGREES,
    # exponentials and logarithms
    "exp": (lambda g, y, a: g * y,),
    "exp2": (lambda g, y, a: g * y * _logarithm(2, y),),
    "expm1": (lambda g, y, a: g * (y + 1),),
    "log": (lambda g, y, a: g / a,),
    "log2": (lambda g, y, a: g / (a * _logarithm(2, y)),),
    "log10": (lambda g, y, a: g / (a * _logarithm(10, y)),),
    "log1p": (lambda g, y, a: g / (1 + a),),
    "logaddexp": (lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y)),
    "logaddexp2": (lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y)),
    # circular and hyperbolic
    "sin": (lambda g, y, a: g * np.cos(a),),
    "cos": (lambda g, y, a: -g * np.sin(a),),
    "tan": (lambda g, y, a: g * (1 + y * y),),
    "arcsin": (lambda g, y, a: g / np.sqrt(1 - a * a),),
    "arccos": (lambda g, y, a: -g / np.sqrt(1 - a * a),),
    "arctan": (lambda g, y, a: g / (1 + a * a),),
    "arctan2": (
        lambda g, y, a, b: g * b / (a * a + b * b),
        lambda g, y, a, b: -g * a / (a * a + b * b),
    ),
    "sinh": (lambda g, y, a: g * np.cosh(a),),
    "cosh": (lambda g, y, a: g * np.sinh(a),),
    "tanh": (lambda g, y, a: g * (1 - y * y),),
    "arcsinh": (lambda g, y, a: g / np.sqrt(a * a + 1),),
    "arccosh": (lambda g, y, a: g / np.sqrt(a * a - 1),),
    "arctanh": (lambda g, y, a: g / (1 - a * a),),
    "hypot": (lambda g, y, a, b: g * a / _per(y), lambda g, y, a, b: g * b / _per(y)),
    # corners
    "absolute": (_size,),
    "fabs": _SIGN,
    "maximum": _LARGER,
    "fmax": _LARGER,
    "minimum": _SMALLER,
    "fmin": _SMALLER,
    **SPECIAL,
}
"""By the name of NumPy's or SciPy's universal function."""

FLAT = frozenset(
    """sign floor ceil rint trunc floor_divide greater greater_equal less less_equal equal
    not_equal logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_xor
    invert isnan isinf isfinite signbit heaviside""".split()
)
"""Universal functions whose slope is zero wherever it exists."""

CHOOSING = frozenset("maximum fmax minimum fmin greater greater_equal less less_equal".split())
"""Those of two arguments that have a corner, or a jump, where the arguments are equal.

Equality itself is not among them: it says which class an example has, and hardly ever
chooses between two formulas.
"""

CORNERED = frozenset(("absolute", "fabs", "sign", "heaviside"))
"""Those that have one where the first argument is zero."""

NOT_ANALYTIC = NOT_COMPLEX | frozenset(
    ("absolute", "fabs", "sign", "hypot", "arctan2", "logaddexp", "logaddexp2", "cbrt")
)
"""Those that do something else, or nothing, with complex numbers."""
