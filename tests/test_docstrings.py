"""Every public name explains itself, in numpydoc's order and to numpydoc's validator.

The rule: a docstring has its Parameters and Returns, unless it is short by right
(:func:`may_be_short`). Whatever a docstring does say must be well formed.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from types import FunctionType
from typing import Any

import pytest
from numpydoc.validate import validate

import trainwell

# Codes of numpydoc that we do not follow.
IGNORED = {
    "EX01": "an example must show something true, not merely stand there",
    "ES01": "a summary that says everything is enough",
    "GL01": "the summary stands on the line of the quotes",
    "PR06": "'int' and 'integer array' are both honest types",
    "RT02": "a returned value has a name where the formula gives it one",
    "SA01": "a See Also that leads nowhere new is noise",
    "SA04": "the name of a function of ours says enough",
    "SS05": "the validator takes every noun in -s for a verb",
}
SECTIONS = {"PR01", "RT01", "YD01"}
SECTION_RULE = "----"


def modules() -> Iterator[str]:
    yield "trainwell"
    for found in pkgutil.walk_packages(trainwell.__path__, "trainwell."):
        if not found.name.rpartition(".")[2].startswith("_"):
            yield found.name


def public_names() -> Iterator[str]:
    """Yield the full name of every public class, function and method, each where it is defined."""
    for module_name in modules():
        module = importlib.import_module(module_name)
        for name, value in vars(module).items():
            defined_here = getattr(value, "__module__", None) == module_name
            if name.startswith("_") or not defined_here or getattr(value, "__name__", "") != name:
                continue
            if inspect.isclass(value):
                yield f"{module_name}.{name}"
                for method, member in vars(value).items():
                    inner = getattr(member, "__func__", getattr(member, "fget", member))
                    if not method.startswith("_") and isinstance(inner, FunctionType):
                        yield f"{module_name}.{name}.{method}"
            elif isinstance(value, FunctionType):
                yield f"{module_name}.{name}"


def layer_of(full_name: str) -> str:
    return full_name.split(".")[1]


def resolve(full_name: str) -> Any:
    return pkgutil.resolve_name(full_name)


def is_protocol(value: object) -> bool:
    return bool(getattr(value, "_is_protocol", False))


def may_be_short(full_name: str) -> bool:
    """Say whether a docstring may leave out Parameters and Returns.

    Methods may, since their class explains the settings; commands, since theirs is
    the help text; kernels, since their formula is documented where the reference engine
    has it and their arguments once for each family; exceptions, enumerations and
    protocols, since nobody calls their constructor; and functions of at most two
    arguments or whose name begins with
    ``check_``, since one sentence can say it all. Once it has one section it needs all.
    """
    value = resolve(full_name)
    if SECTION_RULE in (inspect.getdoc(value) or ""):
        return False
    owner = resolve(full_name.rpartition(".")[0])
    short = ("trainwell.cli.", "trainwell.kernels.")
    if inspect.isclass(owner) or full_name.startswith(short):
        return True
    if inspect.isclass(value):
        return issubclass(value, BaseException | Enum) or is_protocol(value)
    few = len(inspect.signature(value).parameters) <= 2
    return few or value.__name__.startswith("check_")


def problems_of(full_name: str) -> list[str]:
    report = validate(full_name)
    excused = SECTIONS if may_be_short(full_name) else set()
    return [
        f"{full_name} ({report['file']}) {code}: {message}"
        for code, message in report["errors"]
        if code not in IGNORED and code not in excused
    ]


@pytest.mark.parametrize("layer", sorted({layer_of(name) for name in public_names()}))
def test_public_names_are_documented(layer: str) -> None:
    names = sorted(name for name in public_names() if layer_of(name) == layer)
    problems = [problem for name in names for problem in problems_of(name)]
    assert not problems, "\n".join(problems)


def test_no_code_is_ignored_without_a_reason() -> None:
    assert all(len(reason.split()) > 3 for reason in IGNORED.values())
