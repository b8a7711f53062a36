"""A custom derivative of JAX, without what ``jax.jit`` has put around its parts."""

from typing import Any

from trainwell.diagnosis.gradient_frameworks.jax_recording import jax_for
from trainwell.errors import ConfigurationError

_PARTS = ("fun", "fwd", "bwd", "jvp")


def custom_function(given: Any) -> Any:
    """Return a custom derivative whose parts are the functions that the user wrote.

    What is compiled is run once to be written down, and not again: neither would its lines be
    found, nor a change to them be seen.

    Parameters
    ----------
    given : jax.custom_vjp or jax.custom_jvp
        With its rule; ``jax.jit`` may stand around it. It stays as it is.

    Returns
    -------
    jax.custom_vjp or jax.custom_jvp
        It, or a copy.

    Raises
    ------
    ConfigurationError
        If it is something else, or has no rule yet.
    """
    jax = jax_for("check_function")
    function = _uncompiled(given)
    if not isinstance(function, jax.custom_vjp | jax.custom_jvp):
        raise ConfigurationError.out_of_range(
            "check_function", "function", given, "made by jax.custom_vjp or jax.custom_jvp"
        )
    rule = "defvjp" if isinstance(function, jax.custom_vjp) else "defjvp"
    if getattr(function, "bwd" if rule == "defvjp" else "jvp", None) is None:
        name = getattr(function, "__name__", function)
        domain = f"a function whose rule was set by {rule}"
        raise ConfigurationError.out_of_range("check_function", "function", name, domain)
    parts = {name: vars(function)[name] for name in _PARTS if name in vars(function)}
    plain = {name: _uncompiled(part) for name, part in parts.items()}
    if any(plain[name] is not parts[name] for name in parts):
        given, function = function, object.__new__(type(function))
        vars(function).update(vars(given) | plain)
    return function


def _uncompiled(function: Any) -> Any:
    """Return what ``jax.jit`` was given; other decorators may change what a function returns."""
    compiled = type(jax_for("check_function").jit(len))
    while isinstance(function, compiled):
        function = function.__wrapped__
    return function
