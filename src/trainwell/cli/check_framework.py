"""A custom derivative of PyTorch or JAX that a program's test case returns, with its inputs."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainwell.cli.check_case import Case, Given
from trainwell.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from trainwell.diagnosis.gradients.report import GradientReport


@dataclass(frozen=True)
class Rule:
    """What a framework differentiates by the user's own rule.

    Parameters
    ----------
    thing : Any
        A ``torch.autograd.Function``, a module, or what ``jax.custom_vjp`` or ``jax.custom_jvp``
        returned.
    inputs : tuple
        Its arguments.
    """

    thing: Any
    inputs: tuple[Any, ...]

    @property
    def name(self) -> str:
        """How the user calls it, or its class."""
        return str(getattr(self.thing, "__name__", type(self.thing).__name__))

    def checked(
        self, numbers: Mapping[str, float], settings: tuple[int, int, str, int]
    ) -> "GradientReport":
        """Return the check of it.

        Parameters
        ----------
        numbers : mapping of str to float
            With a name.
        settings : tuple
            Points, directions, method and seed.

        Returns
        -------
        GradientReport
            The framework's own derivative of the forward code is the reference.

        Raises
        ------
        ConfigurationError
            If another reference is asked for.
        """
        from trainwell.diagnosis.gradient_frameworks.torch_check import check_function, check_module

        points, directions, method, seed = settings
        if method != "auto":
            sentence = "--method is for NumPy: a framework differentiates the forward code itself"
            raise ConfigurationError.contradiction("check", sentence)
        check_it = check_module if _is_module(self.thing) else check_function
        return check_it(
            self.thing,
            self.inputs,
            hyperparams=numbers,
            points=points,
            directions=directions,
            seed=seed,
        )


def framework_rule(given: Given) -> Rule | None:
    """Return the rule that a test case returns; ``None`` if it returns something else.

    Parameters
    ----------
    given : Given
        As ``case`` returned it: ``(Function, x, y)`` or ``(Function, (x, y))``.

    Returns
    -------
    Rule or None
        With its inputs.

    Raises
    ------
    DataError
        If it returns tensors where arrays of NumPy are meant.
    """
    if isinstance(given.returned, Case):
        return None
    first = given.first
    if _is_module(first) or _is_function(first) or _is_of_jax(first):
        _, *inputs = given.returned if isinstance(given.returned, tuple | list) else (None,)
        nested = len(inputs) == 1 and isinstance(inputs[0], tuple | list)
        return Rule(first, tuple(inputs[0] if nested else inputs))
    parts = first.values() if isinstance(first, Mapping) else (first,)
    if any(_is_tensor(part) for part in parts):
        problem = f"{given.name} returns what a framework holds: return arrays of NumPy, or a"
        problem = f"{problem} torch.autograd.Function, a module or a custom_vjp with its inputs"
        raise DataError.in_file(given.path, problem)
    return None


def has_rules(module: Any) -> bool:
    """Say whether a program has what only a framework's check can be given."""
    things = list(vars(module).values())
    return any(map(_is_function, things)) or any(map(_is_of_jax, things))


def _torch() -> Any:
    return sys.modules.get("torch")  # nobody has imported it who does not use it


def _is_module(thing: Any) -> bool:
    torch = _torch()
    return torch is not None and isinstance(thing, torch.nn.Module)


def _is_function(thing: Any) -> bool:
    torch = _torch()
    own = isinstance(thing, type) and torch is not None
    return own and issubclass(thing, torch.autograd.Function)


def _is_tensor(thing: Any) -> bool:
    torch = _torch()
    own = torch is not None and isinstance(thing, torch.Tensor)
    return own or type(thing).__module__.partition(".")[0] in ("jax", "jaxlib")


def _is_of_jax(thing: Any) -> bool:
    if type(thing).__name__ == "PjitFunction":  # what jax.jit made of it
        thing = getattr(thing, "__wrapped__", thing)
    return type(thing).__name__ in ("custom_vjp", "custom_jvp") and callable(thing)
