r"""Derivatives of the functions of ``scipy.special`` that costs are made of.

They are written as those of :mod:`.elementwise_rules` are, where they act on each element by
itself. With the density :math:`\varphi(a) = e^{-a^2/2} / \sqrt{2\pi}` and the sigmoid
:math:`\sigma`, each follows from one line:

.. math::

    \Phi' &= \varphi, & (\log \Phi)' &= \varphi / \Phi = e^{\log\varphi - \log\Phi} \\
    \mathrm{erf}' &= 2 e^{-a^2} / \sqrt\pi, &
    (e^{a^2} \mathrm{erfc})' &= 2 a\, e^{a^2} \mathrm{erfc} - 2 / \sqrt\pi \\
    \sigma' &= \sigma (1 - \sigma), & (\log \sigma)' &= 1 - \sigma = 1 - e^y \\
    (f^{-1})' &= 1 / f'(f^{-1}), & (-a \log a)' &= -\log a - 1, \quad (\log \Gamma)' = \psi \\
    J_0' &= -J_1, \quad J_1' = J_0 - J_1 / a, & I_0' &= I_1, \quad I_1' = I_0 - I_1 / a

The pseudo-Huber loss :math:`\delta^2 (s - 1)`, :math:`s = \sqrt{1 + r^2 / \delta^2}`, has the
slopes :math:`r / s` and :math:`2 \delta (s - 1) - r^2 / (\delta s)`.
"""

# ruff: noqa: ARG001, ARG005 - a part takes g, y and all arguments, and needs a few
# ruff: noqa: FBT002 - keepdims is where SciPy has it

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_tape.cotangents import Axis, Ruled, spread, unbroadcast
from trainwell.types import FloatArray

Part = Callable[..., Any]

_ERF = 1.1283791670955126  # 2 / sqrt(pi); erf has no more digits than a double
_ROOT = 2.5066282746310002  # sqrt(2 pi)
LOG_ROOT = 0.9189385332046727
"""Logarithm of the root of two pi."""


def _over_inverse(delta: FloatArray, r: FloatArray) -> Any:
    return np.sqrt(1 + (r / delta) ** 2)


def _width(g: FloatArray, y: FloatArray, delta: FloatArray, r: FloatArray) -> Any:
    """Return the part of Huber's threshold: the line's slope times what is above the square."""
    size = np.abs(r)
    return g * np.where(size <= delta, 0, size - delta)


def _pseudo_width(g: FloatArray, y: FloatArray, delta: FloatArray, r: FloatArray) -> Any:
    s = _over_inverse(delta, r)
    return g * (2 * delta * (s - 1) - r * r / (delta * s))


def _of(name: str, *args: Any) -> Any:
    """Call a function of ``scipy.special``, which is imported where it is used already."""
    from scipy import special

    return getattr(special, name)(*args)


def _psi(a: FloatArray) -> Any:
    return _of("psi", a)


def _over(y: FloatArray, a: FloatArray) -> Any:
    """Return a Bessel function of order one over its argument: 1/2 at zero."""
    return np.where(a == 0, 0.5, y / np.where(a == 0, 1, a))


SPECIAL: dict[str, tuple[Part, ...]] = {
    "expit": (lambda g, y, a: g * y * (1 - y),),
    "log_expit": (lambda g, y, a: g * -np.expm1(y),),
    "logit": (lambda g, y, a: g / (a * (1 - a)),),
    "erf": (lambda g, y, a: g * _ERF * np.exp(-a * a),),
    "erfc": (lambda g, y, a: -g * _ERF * np.exp(-a * a),),
    "erfcx": (lambda g, y, a: g * (2 * a * y - _ERF),),
    "erfinv": (lambda g, y, a: g * np.exp(y * y) / _ERF,),
    "ndtr": (lambda g, y, a: g * np.exp(-a * a / 2) / _ROOT,),
    "log_ndtr": (lambda g, y, a: g * np.exp(-a * a / 2 - LOG_ROOT - y),),
    "ndtri": (lambda g, y, a: g * _ROOT * np.exp(y * y / 2),),
    "xlogy": (lambda g, y, a, b: g * np.log(b), lambda g, y, a, b: g * a / b),
    "xlog1py": (lambda g, y, a, b: g * np.log1p(b), lambda g, y, a, b: g * a / (1 + b)),
    "entr": (lambda g, y, a: -g * (np.log(a) + 1),),
    "rel_entr": (lambda g, y, a, b: g * (np.log(a / b) + 1), lambda g, y, a, b: -g * a / b),
    "kl_div": (lambda g, y, a, b: g * np.log(a / b), lambda g, y, a, b: g * (1 - a / b)),
    "huber": (_width, lambda g, y, a, b: g * np.clip(b, -a, a)),
    "pseudo_huber": (_pseudo_width, lambda g, y, a, b: g * b / _over_inverse(a, b)),
    "gammaln": (lambda g, y, a: g * _psi(a),),
    "loggamma": (lambda g, y, a: g * _psi(a),),
    "gamma": (lambda g, y, a: g * y * _psi(a),),
    "psi": (lambda g, y, a: g * _of("polygamma", 1, a),),
    "betaln": (
        lambda g, y, a, b: g * (_psi(a) - _psi(a + b)),
        lambda g, y, a, b: g * (_psi(b) - _psi(a + b)),
    ),
    "beta": (
        lambda g, y, a, b: g * y * (_psi(a) - _psi(a + b)),
        lambda g, y, a, b: g * y * (_psi(b) - _psi(a + b)),
    ),
    "j0": (lambda g, y, a: -g * _of("j1", a),),
    "j1": (lambda g, y, a: g * (_of("j0", a) - _over(y, a)),),
    "i0": (lambda g, y, a: g * _of("i1", a),),
    "i0e": (lambda g, y, a: g * (_of("i1e", a) - np.sign(a) * y),),
    "i1": (lambda g, y, a: g * (_of("i0", a) - _over(y, a)),),
    "i1e": (lambda g, y, a: g * (_of("i0e", a) - _over(y, a) - np.sign(a) * y),),
}
"""By the name of SciPy's universal function."""

NOT_COMPLEX = frozenset(
    (
        *("erfinv", "ndtri", "entr", "rel_entr", "kl_div", "huber", "pseudo_huber", "gammaln"),
        *("beta", "betaln", "j0", "j1", "i0", "i0e", "i1", "i1e"),
    )
)
"""Those that take no complex numbers."""


def _softmax(a: FloatArray, axis: Axis = None) -> Ruled:
    r""":math:`\bar{a} = y \circ (\bar{y} - \sum_i \bar{y}_i y_i)`."""
    from scipy.special import softmax

    y = softmax(a, axis=axis)
    return y, (lambda g: y * (g - np.sum(g * y, axis=axis, keepdims=True)),)


def _log_softmax(a: FloatArray, axis: Axis = None) -> Ruled:
    r""":math:`\bar{a} = \bar{y} - e^y \sum_i \bar{y}_i`."""
    from scipy.special import log_softmax

    y = log_softmax(a, axis=axis)
    return y, (lambda g: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),)


def _logsumexp(
    a: FloatArray, b: FloatArray | None = None, axis: Axis = None, keepdims: Any = False
) -> Ruled:
    r"""Pull back through :math:`y = \log \sum_i b_i e^{a_i}`.

    .. math:: \bar{a}_i = \bar{y}\, b_i e^{a_i - y}, \qquad \bar{b}_i = \bar{y}\, e^{a_i - y}
    """
    from scipy.special import logsumexp

    y = logsumexp(a, axis=axis, b=b, keepdims=keepdims)
    shape = a.shape if b is None else np.broadcast_shapes(a.shape, b.shape)
    below = spread(y, shape, axis, keepdims)

    def share(g: FloatArray) -> Any:
        return spread(g, shape, axis, keepdims) * np.exp(a - below)

    if b is None:
        return y, (share,)
    return y, (
        lambda g: unbroadcast(share(g) * b, a.shape),
        lambda g: unbroadcast(share(g), b.shape),
    )


SPECIAL_RULES: dict[str, Callable[..., Ruled]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
}
"""By the name of SciPy's function."""
