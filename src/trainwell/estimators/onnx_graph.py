"""An ONNX graph while it is built, and the activations written in its operators."""

from collections.abc import Callable, Mapping
from functools import cache
from math import sqrt
from typing import Any

import numpy as np

from trainwell.network.activations import LEAK, SELU_ALPHA, SELU_SCALE
from trainwell.types import FloatArray

OPSET, IR_VERSION = 17, 8
"""Versions of operators and of the file that onnxruntime reads since 2022."""

_DEGREE = 20


class OnnxGraph:
    """Nodes and constants in the order in which they are added.

    Every value has a name; a method returns that of its result.

    Parameters
    ----------
    onnx : module
        The package.
    dtype : dtype
        Precision of :meth:`number`.
    """

    def __init__(self, onnx: Any, dtype: np.dtype[Any]) -> None:
        self.onnx, self.dtype = onnx, dtype
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node, and return the name of its result."""
        name = output or f"{kind.lower()}_{len(self.nodes)}"
        made = self.onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes)
        self.nodes.append(made)
        return name

    def constant(self, name: str, array: np.ndarray[Any, Any]) -> str:
        """Keep an array."""
        whole = np.ascontiguousarray(array)
        self.constants[name] = self.onnx.numpy_helper.from_array(whole, name)
        return name

    def number(self, value: float, dtype: np.dtype[Any] | None = None) -> str:
        """Keep a number, once."""
        kind = self.dtype if dtype is None else dtype
        name = f"{value!r}_{kind.name}"
        return name if name in self.constants else self.constant(name, np.array(value, kind))

    def cast(self, value: str, dtype: np.dtype[Any]) -> str:
        """Change the precision of a value."""
        return self.add("Cast", value, to=self.onnx.helper.np_dtype_to_tensor_dtype(dtype))


def _identity(_: OnnxGraph, z: str) -> str:
    return z


def _sigmoid(graph: OnnxGraph, z: str) -> str:
    return graph.add("Sigmoid", z)


def _tanh(graph: OnnxGraph, z: str) -> str:
    return graph.add("Tanh", z)


def _relu(graph: OnnxGraph, z: str) -> str:
    return graph.add("Relu", z)


def _leaky_relu(graph: OnnxGraph, z: str) -> str:
    # The operator LeakyRelu keeps its slope in single precision.
    return graph.add("Max", z, graph.add("Mul", z, graph.number(LEAK)))


def _below(graph: OnnxGraph, z: str) -> str:
    """Return ``exp(min(z, 0)) - 1``."""
    power = graph.add("Exp", graph.add("Min", z, graph.number(0.0)))
    return graph.add("Sub", power, graph.number(1.0))


def _elu(graph: OnnxGraph, z: str) -> str:
    return graph.add("Add", graph.add("Relu", z), _below(graph, z))


def _selu(graph: OnnxGraph, z: str) -> str:
    negative = graph.add("Mul", _below(graph, z), graph.number(SELU_ALPHA))
    both = graph.add("Add", graph.add("Relu", z), negative)
    return graph.add("Mul", both, graph.number(SELU_SCALE))


def _gelu(graph: OnnxGraph, z: str) -> str:
    if graph.dtype == np.float64:
        return graph.add("Mul", z, _normal_cdf(graph, z))
    distance = graph.add("Erf", graph.add("Div", z, graph.number(sqrt(2))))
    doubled = graph.add("Add", distance, graph.number(1.0))
    return graph.add("Mul", graph.add("Mul", z, graph.number(0.5)), doubled)


def _silu(graph: OnnxGraph, z: str) -> str:
    return graph.add("Mul", z, graph.add("Sigmoid", z))


def _softplus(graph: OnnxGraph, z: str) -> str:
    power = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
    rest = graph.add("Log", graph.add("Add", power, graph.number(1.0)))
    return graph.add("Add", graph.add("Relu", z), rest)


ACTIVATION_GRAPHS: Mapping[str, Callable[[OnnxGraph, str], str]] = {
    "identity": _identity,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _softplus,
}
"""Every activation: takes a graph and the name of ``z``, and returns the name of ``a``."""


def _normal_cdf(graph: OnnxGraph, z: str) -> str:
    r"""Return :math:`\Phi(z)` in double precision, for which onnxruntime has no ``Erf``.

    With :math:`a = |z| / \sqrt 2` and :math:`t = 2 / (2 + a)`, the tail beyond :math:`|z|` is
    :math:`\tfrac12 t\, p(2t - 1)\, e^{-a^2}` with a polynomial :math:`p`.
    """
    two, one = graph.number(2.0), graph.number(1.0)
    a = graph.add("Div", graph.add("Abs", z), graph.number(sqrt(2)))
    t = graph.add("Div", two, graph.add("Add", two, a))
    s = graph.add("Sub", graph.add("Mul", two, t), one)
    highest, *lower = scaled_tail().tolist()[::-1]
    value = graph.number(highest)
    for coefficient in lower:
        value = graph.add("Add", graph.add("Mul", value, s), graph.number(coefficient))
    power = graph.add("Exp", graph.add("Neg", graph.add("Mul", a, a)))
    half = graph.add("Mul", graph.add("Mul", t, value), graph.number(0.5))
    tail = graph.add("Mul", half, power)
    positive = graph.add("Greater", z, graph.number(0.0))
    return graph.add("Where", positive, graph.add("Sub", one, tail), tail)


@cache
def scaled_tail() -> FloatArray:
    r"""Return the coefficients of a polynomial for the tail of the normal distribution.

    In :math:`s = 2t - 1` it interpolates :math:`e^{a^2} \mathrm{erfc}(a) / t` where
    :math:`t = 2 / (2 + a)` goes from 0 to 1, which is smooth to its ends.

    Returns
    -------
    FloatArray of shape (21,)
        From the constant upwards.

    References
    ----------
    .. [1] W. H. Press, S. A. Teukolsky, W. T. Vetterling and B. P. Flannery, "Numerical
       Recipes", 3rd edition, 2007, section 6.2.2 (whose polynomial is for the logarithm).

    Examples
    --------
    Half of all numbers are positive, where a is 0 and s is 1:

    >>> from trainwell.estimators.onnx_graph import scaled_tail
    >>> bool(abs(scaled_tail().sum() - 1) < 1e-12)
    True
    """
    from numpy.polynomial import chebyshev
    from scipy.special import erfcx

    def function(s: Any) -> Any:
        t = (s + 1) / 2
        return erfcx(2 / t - 2) / t

    return np.asarray(chebyshev.cheb2poly(chebyshev.chebinterpolate(function, _DEGREE)))
