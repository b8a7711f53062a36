"""The course *Improving Deep Neural Networks*: its functions, its names, its printed digits.

A notebook of the course needs one added line::

    import trainwell.course; trainwell.course.install()

The modules ``initialization``, ``regularization``, ``gradient_checking``, ``optimization``
and ``test_cases`` are loaded when they are asked for.
"""

from importlib import import_module
from types import ModuleType

from trainwell.course.installation import install

__all__ = [
    "gradient_checking",
    "initialization",
    "install",
    "optimization",
    "regularization",
    "test_cases",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"trainwell.course.{name}")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
