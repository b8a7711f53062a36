"""An array that looks like NumPy's and remembers where each number came from."""

import sys
from dis import opname
from operator import attrgetter
from typing import Any, NoReturn

import numpy as np

from trainwell.diagnosis.gradient_tape.call_sites import called_name, is_in_place
from trainwell.diagnosis.gradient_tape.composed_memory import bytes_of, hash_of, is_kept_number
from trainwell.diagnosis.gradient_tape.dispatch import (
    FUNCTIONS,
    masked,
    outer_of,
    plain,
)
from trainwell.diagnosis.gradient_tape.function_settings import REDUCTIONS
from trainwell.diagnosis.gradient_tape.places import is_users
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported, is_traced, noted
from trainwell.diagnosis.gradient_tape.recording import Step, varies
from trainwell.diagnosis.gradient_tape.views import Look, Memory, become


def _binary(ufunc: np.ufunc) -> Any:
    def forward(self: "Traced", other: Any) -> Any:
        recorder = self.recorder
        return Traced(recorder, recorder.elementwise(ufunc, (self, other)))

    return forward


def _reflected(ufunc: np.ufunc) -> Any:
    def backward(self: "Traced", other: Any) -> Any:
        recorder = self.recorder
        return Traced(recorder, recorder.elementwise(ufunc, (other, self)))

    return backward


def _in_place(ufunc: np.ufunc) -> Any:
    def change(self: "Traced", other: Any) -> Any:
        recorder = self.recorder
        step = recorder.elementwise(ufunc, (self, other))
        if isinstance(self.step.value, np.generic):  # a number is not changed but replaced
            return Traced(recorder, step)
        return become(self, step)

    return change


def _equality(ufunc: np.ufunc) -> Any:
    def compare(self: "Traced", other: Any) -> Any:
        if other is None or isinstance(other, str):
            return ufunc(self.step.value, other)
        recorder = self.recorder
        return Traced(recorder, recorder.elementwise(ufunc, (self, other)))

    return compare


def _unary(ufunc: np.ufunc) -> Any:
    def apply(self: "Traced") -> Any:
        recorder = self.recorder
        return Traced(recorder, recorder.elementwise(ufunc, (self,)))

    return apply


def _refused(name: str) -> Any:
    def refuse(*_: Any) -> NoReturn:
        raise Unsupported.operation(name)

    return refuse


def _method(name: str, **settings: Any) -> Any:
    def call(self: "Traced", *args: Any, **keywords: Any) -> Any:
        return _carried_out(name, self.recorder, (self, *args), settings | keywords)

    call.__name__ = name
    call.__doc__ = f"Do as NumPy's {name} does."
    return call


def _cast(recorder: Recorder, value: Any, dtype: np.dtype[Any]) -> Any:
    """Return an argument in the numbers in which a universal function is to compute."""
    if dtype.kind != "f":
        raise Unsupported.operation(f"a function with dtype={dtype}")
    return FUNCTIONS["astype"](recorder, value, dtype) if is_traced(value) else dtype.type(value)


def _carried_out(name: str, recorder: Recorder, args: Any, keywords: dict[str, Any]) -> Any:
    """Call a handler; arguments that it does not know of are refused."""
    try:
        return FUNCTIONS[name](recorder, *args, **keywords)
    except Unsupported:
        raise
    except TypeError as error:
        raise Unsupported.operation(f"{name} with these arguments") from error


class Traced:
    """A recorded array; the user's code takes it for one of NumPy's.

    Parameters
    ----------
    recorder : Recorder
        Where operations are written down.
    step : Step
        The operation that this is the result of.
    """

    __slots__ = ("__weakref__", "index", "look", "memory", "recorder", "step")
    __hash__, tobytes = hash_of, bytes_of
    __array_priority__ = 1000.0
    is_recorded = True

    look: Look | None  # how it is seen in what owns the numbers; set with its memory
    index: Any

    def __init__(self, recorder: Recorder, step: Step) -> None:
        self.recorder = recorder
        self.step = step
        self.memory: Memory | None = None

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Return the type that it stands for, so that the user's own checks pass."""
        value = self.step.value
        return type(value) if isinstance(value, np.generic) else np.ndarray

    # What an array knows of itself.
    shape = property(attrgetter("step.value.shape"), _refused("a new shape for an old array"))
    ndim = property(attrgetter("step.value.ndim"))
    size = property(attrgetter("step.value.size"))
    dtype = property(attrgetter("step.value.dtype"))
    nbytes = property(attrgetter("step.value.nbytes"))
    itemsize = property(attrgetter("step.value.itemsize"))
    strides = property(attrgetter("step.value.strides"))
    flags = property(attrgetter("step.value.flags"))

    @property
    def T(self) -> Any:  # noqa: N802 - as NumPy calls it
        """Return the numbers with the axes in reverse order."""
        return FUNCTIONS["transpose"](self.recorder, self)

    @property
    def mT(self) -> Any:  # noqa: N802 - as NumPy calls it
        """Return the numbers with the last two axes exchanged."""
        return FUNCTIONS["swapaxes"](self.recorder, self, -1, -2)

    @property
    def real(self) -> Any:
        """Return the real part: of real numbers the array itself."""
        return FUNCTIONS["real"](self.recorder, self)

    @property
    def imag(self) -> Any:
        """Return the imaginary part."""
        return FUNCTIONS["imag"](self.recorder, self)

    def __getattr__(self, name: str) -> Any:
        """Refuse what an array has and this has not."""
        if hasattr(np.ndarray, name) and not name.startswith("__"):
            raise Unsupported.operation(f"the attribute {name}")
        raise AttributeError(f"'numpy.ndarray' object has no attribute {name!r}")

    # NumPy's two protocols.
    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        recorder = self.recorder
        if method == "__call__" and not keywords:
            return Traced(recorder, recorder.elementwise(ufunc, inputs))
        out = keywords.pop("out", (None,))
        if method == "__call__" and (dtype := keywords.pop("dtype", None)) is not None:
            inputs = tuple(_cast(recorder, each, np.dtype(dtype)) for each in inputs)
        if method == "at":
            return FUNCTIONS["at"](recorder, ufunc, *inputs)
        if method == "reduce" and ufunc.__name__ in REDUCTIONS:
            keywords = {"axis": 0} | keywords
            result = _carried_out(REDUCTIONS[ufunc.__name__], recorder, inputs, keywords)
        elif method == "accumulate" and ufunc is np.add:
            result = _carried_out("cumsum", recorder, inputs, {"axis": 0} | keywords)
        elif method == "reduceat" and ufunc is np.add:
            result = _carried_out("add_reduceat", recorder, inputs, keywords)
        elif method == "outer" and not keywords:
            result = outer_of(recorder, ufunc, *inputs)
        elif method == "__call__" and "where" in keywords:
            result = masked(recorder, ufunc, inputs, out[0], **keywords)
        elif method == "__call__":
            result = Traced(recorder, recorder.elementwise(ufunc, inputs, **keywords))
        else:
            raise Unsupported.operation(f"{ufunc.__name__}.{method}")
        return result if out[0] is None else into(out[0], result)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        try:
            return self._by_handler(function, args, keywords)
        except Unsupported:
            if not self.recorder.backward:
                raise
        return self.recorder.without_rule(function, args, keywords)

    def _by_handler(self, function: Any, args: Any, keywords: Any) -> Any:
        name = _NAMES.get(function) or _named(function)
        try:
            if keywords and keywords.get("out") is not None:
                keywords = dict(keywords)
                return into(keywords.pop("out"), FUNCTIONS[name](self.recorder, *args, **keywords))
            return FUNCTIONS[name](self.recorder, *args, **keywords)
        except Unsupported:
            raise
        except TypeError as error:
            raise Unsupported.operation(f"{name} with these arguments") from error

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.step.value.dtype.kind in "fc" and varies(self.step):
            if called_name(sys._getframe(1)) == "dot":  # noqa: SLF001
                raise Unsupported.operation("the method dot of an array that is not recorded")
            raise Unsupported.operation(f"a copy of an array {_copied_by()}")
        return np.array(self.step.value, dtype=dtype)

    # Leaving the arrays.
    def __float__(self) -> float:
        frame = sys._getframe(1)  # noqa: SLF001
        if called_name(frame) not in _OPEN and varies(self.step):
            doing = opname[frame.f_code.co_code[frame.f_lasti]]
            if doing.startswith("STORE_"):
                raise Unsupported.operation("a number written into an array made before")
            if not doing.startswith("BINARY_"):  # "%.3f" % cost
                raise Unsupported.operation("a number that a function other than float takes out")
        return self.recorder.number(self.step)

    def item(self, *args: Any) -> Any:
        """Return the number, which goes on being recorded."""
        if args:
            return self[args[0] if len(args) == 1 else args].item()
        value = self.step.value
        if value.dtype.kind not in "fc" or value.size != 1:
            return value.item()
        return self if isinstance(value, np.generic) else self.reshape(-1)[0]

    def tolist(self) -> Any:
        """Return a list, whose numbers go on being recorded."""
        if self.step.value.dtype.kind not in "fc":
            return self.step.value.tolist()
        return [each.tolist() for each in self] if self.ndim else self.item()

    def __bool__(self) -> bool:
        return bool(self.step.value) and not is_kept_number(self.recorder, self.step)

    def __int__(self) -> int:
        return int(self.step.value)

    def __index__(self) -> int:
        return int(self.step.value.__index__())

    def __complex__(self) -> NoReturn:
        raise Unsupported.operation("complex")

    def __len__(self) -> int:
        return len(self.step.value)

    def __iter__(self) -> Any:
        if not self.step.value.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[at] for at in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return plain(value) in self.step.value

    def __repr__(self) -> str:
        return repr(self.step.value)

    def __str__(self) -> str:
        return str(self.step.value)

    def __format__(self, specification: str) -> str:
        return format(self.step.value, specification)

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self.step.value), digits)

    def __copy__(self) -> "Traced":
        return self.copy()  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: Any) -> "Traced":
        if self.recorder.shares:
            return self
        return self.copy()  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise Unsupported.operation("a recorded array in a file")

    # Elements.
    def __getitem__(self, index: Any) -> Any:
        return FUNCTIONS["getitem"](self.recorder, self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        FUNCTIONS["setitem"](self.recorder, self, index, value)

    def fill(self, value: Any) -> None:
        """Set all elements."""
        self[...] = value

    # Operators.
    __add__, __radd__, __iadd__ = _binary(np.add), _reflected(np.add), _in_place(np.add)
    __sub__, __rsub__ = _binary(np.subtract), _reflected(np.subtract)
    __isub__ = _in_place(np.subtract)
    __mul__, __rmul__ = _binary(np.multiply), _reflected(np.multiply)
    __imul__ = _in_place(np.multiply)
    __truediv__, __rtruediv__ = _binary(np.divide), _reflected(np.divide)
    __itruediv__ = _in_place(np.divide)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide), _reflected(np.floor_divide)
    __ifloordiv__, __imod__ = _in_place(np.floor_divide), _in_place(np.remainder)
    __mod__, __rmod__ = _binary(np.remainder), _reflected(np.remainder)
    __divmod__, __rdivmod__ = _refused("divmod"), _refused("divmod")
    __pow__, __rpow__, __ipow__ = _binary(np.power), _reflected(np.power), _in_place(np.power)
    __matmul__, __rmatmul__ = _binary(np.matmul), _reflected(np.matmul)
    __imatmul__ = _in_place(np.matmul)
    __and__, __rand__ = _binary(np.bitwise_and), _reflected(np.bitwise_and)
    __or__, __ror__ = _binary(np.bitwise_or), _reflected(np.bitwise_or)
    __xor__, __rxor__ = _binary(np.bitwise_xor), _reflected(np.bitwise_xor)
    __iand__, __ior__ = _in_place(np.bitwise_and), _in_place(np.bitwise_or)
    __ixor__ = _in_place(np.bitwise_xor)
    __lt__, __le__ = _binary(np.less), _binary(np.less_equal)
    __gt__, __ge__ = _binary(np.greater), _binary(np.greater_equal)
    __eq__, __ne__ = _equality(np.equal), _equality(np.not_equal)
    __neg__, __pos__ = _unary(np.negative), _unary(np.positive)
    __abs__, __invert__ = _unary(np.absolute), _unary(np.invert)

    # Methods that are functions, too.
    sum, mean, prod = _method("sum"), _method("mean"), _method("prod")
    var, std, cumsum, clip = _method("var"), _method("std"), _method("cumsum"), _method("clip")
    max, min, ptp, cumprod = _method("max"), _method("min"), _method("ptp"), _method("cumprod")
    dot, trace, repeat = _method("dot"), _method("trace"), _method("repeat")
    ravel, flatten, squeeze = _method("ravel"), _method("flatten"), _method("squeeze")
    swapaxes, copy, astype = _method("swapaxes"), _method("copy", order="C"), _method("astype")
    argmax, argmin, argsort = _method("argmax"), _method("argmin"), _method("argsort")
    any, all, nonzero, take = _method("any"), _method("all"), _method("nonzero"), _method("take")
    conj, conjugate, diagonal = _method("conj"), _method("conj"), _method("diagonal")
    round, searchsorted = _method("round"), _method("searchsorted")

    def reshape(self, *shape: Any, **keywords: Any) -> Any:
        """Return the numbers in another shape."""
        wanted = shape[0] if len(shape) == 1 else shape
        return _carried_out("reshape", self.recorder, (self, wanted), keywords)

    def transpose(self, *axes: Any) -> Any:
        """Return the numbers with the axes in another order."""
        order = axes[0] if len(axes) == 1 else (axes or None)
        return FUNCTIONS["transpose"](self.recorder, self, order)


_NAMES: dict[Any, str] = {}
_OPEN = ("float", "isnan", "isinf", "isfinite")  # where the number goes, or that it goes no further


def _named(function: Any) -> str:
    """Return the name of a handler, or refuse the function."""
    name: str = function.__name__
    module = function.__module__.replace("numpy", "np", 1)
    if name not in FUNCTIONS or module not in _MODULES:
        raise Unsupported.operation(f"{module}.{name}")
    _NAMES[function] = name
    return name


def _copied_by() -> str:
    """Say which of the functions that the user calls has copied an array."""
    frame = sys._getframe(2)  # noqa: SLF001
    while frame.f_back is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    name = called_name(frame)
    return f"that {name} makes for itself" if name else "made behind NumPy's functions"


_MODULES = ("np", "np.fft", "np.linalg", "np.lib.stride_tricks")


def into(target: Any, result: Any) -> Any:
    """Write a result where ``out=`` says; return that array.

    ``statistic += x`` goes on with what is returned, whoever else holds the array before reads it.
    """
    if isinstance(target, tuple):
        (target,) = target
    if not is_traced(target):
        if is_in_place(sys._getframe(2)):  # noqa: SLF001
            np.copyto(target, result.step.value, casting="same_kind")
            return result
        raise Unsupported.operation("a result written into an array made before")
    step: Step = noted(result)
    return become(target, step)
