"""What people use today, with its defaults, on the same programs."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_check import relative_difference
from trainwell.diagnosis.scorecard.behaviour import cost_of
from trainwell.diagnosis.scorecard.mutants import Mutant
from trainwell.diagnosis.scorecard.programs import Namespace, load, program
from trainwell.types import FloatArray

COURSE_STEP = 1e-7
COURSE_THRESHOLD = 1e-7

SCIPY_THRESHOLD = 1e-6
"""SciPy returns one absolute number and leaves the verdict to the reader: this is ours."""


@dataclass(frozen=True)
class Case:
    """A NumPy program at one point, with its parameters in one vector.

    Parameters
    ----------
    namespace : dict
        What the program defines.
    params : dict
        Arrays by name.
    data : tuple
        What cost and gradient take beside them.
    """

    namespace: Namespace = field(repr=False)
    params: Mapping[str, FloatArray] = field(repr=False)
    data: tuple[Any, ...] = field(repr=False)

    @property
    def theta(self) -> FloatArray:
        """The parameters in one vector."""
        return np.concatenate([array.ravel() for array in self.params.values()])

    def split(self, theta: FloatArray) -> dict[str, FloatArray]:
        """Return a vector as the arrays that it holds."""
        found, start = {}, 0
        for name, array in self.params.items():
            found[name] = theta[start : start + array.size].reshape(array.shape)
            start += array.size
        return found

    def value(self, theta: FloatArray | None = None) -> float:
        """Return the cost."""
        params = self.params if theta is None else self.split(theta)
        return cost_of(self.namespace, params, self.data)

    def gradients(self, params: Mapping[str, FloatArray]) -> list[FloatArray]:
        """Return the program's own gradients in the order of the parameters."""
        result = self.namespace["cost"](params, *self.data)
        cache = result[1:] if isinstance(result, tuple) else ()
        found = self.namespace["grad"](params, *self.data, *cache)
        return [np.array(found[f"d{name}"], dtype=np.float64) for name in self.params]

    def slope(self, theta: FloatArray) -> FloatArray:
        """Return the program's own gradient as one vector."""
        return np.concatenate([array.ravel() for array in self.gradients(self.split(theta))])


@dataclass(frozen=True)
class Answer:
    """What one of the others said.

    Parameters
    ----------
    name : str
        Of the other one.
    wrong : bool
        Whether it said that the gradient is wrong; an exception counts as that.
    seconds : float
        Time it took.
    """

    name: str
    wrong: bool
    seconds: float


def course_difference(case: Case) -> float:
    """Return the course's number: central differences of 1e-7 for each parameter in turn."""
    theta = case.theta
    numeric = np.empty_like(theta)
    for place in range(theta.size):
        above, below = theta.copy(), theta.copy()
        above[place] += COURSE_STEP
        below[place] -= COURSE_STEP
        numeric[place] = (case.value(above) - case.value(below)) / (2 * COURSE_STEP)
    return relative_difference(case.slope(theta), numeric)


def _course(case: Case) -> bool:
    return not course_difference(case) <= COURSE_THRESHOLD


def _torch(case: Case, *, fast: bool) -> bool:
    torch: Any = import_module("torch")

    def forward(ctx: Any, *tensors: Any) -> Any:
        ctx.save_for_backward(*tensors)
        params = _named(case, tensors)
        return torch.tensor(cost_of(case.namespace, params, case.data), dtype=torch.float64)

    def backward(ctx: Any, above: Any) -> Any:
        found = case.gradients(_named(case, ctx.saved_tensors))
        return tuple(above * torch.from_numpy(array) for array in found)

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    wrapped: Any = type("Wrapped", (torch.autograd.Function,), methods)
    inputs = [torch.tensor(a, dtype=torch.float64).requires_grad_() for a in case.params.values()]
    check = torch.autograd.gradcheck
    return not check(wrapped.apply, inputs, fast_mode=fast, raise_exception=False)


def _named(case: Case, tensors: Any) -> dict[str, FloatArray]:
    """Return tensors, or arrays of JAX, as arrays by the names of the parameters."""
    plain = [each.detach().numpy() if hasattr(each, "detach") else each for each in tensors]
    return {name: np.array(each) for name, each in zip(case.params, plain, strict=True)}


def _jax(case: Case, dtype: type) -> bool:
    jax: Any = import_module("jax")
    check = import_module("jax.test_util").check_grads

    def value(*arrays: Any) -> Any:
        return jax.numpy.asarray(cost_of(case.namespace, _named(case, arrays), case.data), dtype)

    def forward(*arrays: Any) -> Any:
        return value(*arrays), arrays

    def backward(arrays: Any, above: Any) -> Any:
        found = case.gradients(_named(case, arrays))
        return tuple(jax.numpy.asarray(above * array, dtype) for array in found)

    wrapped = jax.custom_vjp(value)
    wrapped.defvjp(forward, backward)
    inputs = tuple(jax.numpy.asarray(array, dtype) for array in case.params.values())
    try:
        check(wrapped, inputs, order=1, modes=["rev"])
    except AssertionError:
        return True
    return False


def _jax_double(case: Case) -> bool:
    with _double():
        return _jax(case, np.float64)


def _double() -> Any:
    switch = getattr(import_module("jax"), "enable_x64", None)
    if switch is None:  # before it had a place of its own
        switch = import_module("jax.experimental").enable_x64
    return switch(new_val=True)


def _scipy(case: Case, direction: str) -> bool:
    check: Any = import_module("scipy.optimize").check_grad
    seeded: dict[str, Any] = {}
    if direction == "random":
        takes = check.__wrapped__ if hasattr(check, "__wrapped__") else check
        name = "rng" if "rng" in takes.__code__.co_varnames else "seed"
        seeded[name] = np.random.Generator(np.random.Philox(0))
    found = check(case.value, case.slope, case.theta, direction=direction, **seeded)
    return not found <= SCIPY_THRESHOLD


BASELINES: Mapping[str, Callable[[Case], bool]] = {
    "the course's loop, 1e-7": _course,
    "torch gradcheck": lambda case: _torch(case, fast=False),
    "torch gradcheck, fast": lambda case: _torch(case, fast=True),
    "jax check_grads, float32": lambda case: _jax(case, np.float32),
    "jax check_grads, float64": _jax_double,
    "scipy check_grad": lambda case: _scipy(case, "all"),
    "scipy check_grad, random": lambda case: _scipy(case, "random"),
}
"""Each says whether a gradient is wrong."""


def why_missing(name: str) -> str:
    """Say why one of the others cannot be asked; empty if it can."""
    package = name.partition(" ")[0]
    if package in {"torch", "jax", "scipy"} and find_spec(package) is None:
        return f"{package} is not installed"
    return ""


def on_mutant(mutant: Mutant) -> tuple[Answer, ...]:
    """Return what the others say of a planted fault; nothing for a program of a framework.

    Parameters
    ----------
    mutant : Mutant
        One with the status ``"wrong"``.

    Returns
    -------
    tuple of Answer
        Of those that are installed, each at the point at which the fault shows.
    """
    if mutant.program.framework != "numpy":
        return ()
    point = mutant.points[0] if mutant.points else mutant.seed
    return _answers(mutant.load, point)


def on_right(name: str, seed: int) -> tuple[Answer, ...]:
    """Return what the others say of a right NumPy program.

    Parameters
    ----------
    name : str
        Of the program.
    seed : int
        Of the point.

    Returns
    -------
    tuple of Answer
        Of those that are installed.
    """
    right = program(name)
    return _answers(lambda: load(right.source, right.file), seed)


def _answers(loaded: Callable[[], Namespace], point: int) -> tuple[Answer, ...]:
    found = []
    for name, says_wrong in BASELINES.items():
        if why_missing(name):
            continue
        namespace = loaded()  # anew, since some faults are in what is kept between calls
        params, data = namespace["case"](point)
        begun = perf_counter()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                wrong = bool(says_wrong(Case(namespace, params, data)))
            except Exception:  # noqa: BLE001 - which the reader would see
                wrong = True
        found.append(Answer(name, wrong, perf_counter() - begun))
    return tuple(found)
