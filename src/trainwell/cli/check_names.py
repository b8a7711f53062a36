"""Which functions of a program are forward passes, costs and backward passes: by their names."""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from inspect import getsource, isclass, isfunction
from textwrap import dedent
from types import CodeType, ModuleType
from typing import Any

from trainwell.diagnosis.gradient_verdict.parameters import called_like

CASES = ("case", "make_case", "test_case", "example")
"""How a function is called that returns parameters and data."""
FORWARD = re.compile(r"(forward|cost|loss)(.*)", re.IGNORECASE)
"""How a forward pass is called that returns the cost."""
BACKWARD = re.compile(
    r"(?:backwards?|grad(?:ient)?s?)(.*)|(.*)_(?:backward|grad(?:ient)?s?)", re.IGNORECASE
)
"""How a backward pass is called."""
GRADIENT = re.compile(r"d[a-z_]\w*|grad.*", re.IGNORECASE)
"""How a variable is called that is a gradient."""
COST = re.compile(
    r".*(?:cost|loss|objective|entropy|likelihood|squared_error|log_?like).*"
    r"|j|propagate|b?ce|mse|nll|sse|fun|func|energy|misfit|chi2",
    re.IGNORECASE,
)
"""How a function or a variable is called that is, or gives, the cost."""
RESIDUALS = re.compile(
    r"f|fun|func|function|.*residuals?|res|model|.*equations?|system|rhs|ode|constraints?|r",
    re.IGNORECASE,
)
"""How a function is called that gives several numbers, and may have a Jacobian."""
_ANY_FORWARD = re.compile(r".*forward.*", re.IGNORECASE)
_ANY_BACKWARD = re.compile(
    r".*back_?(?:ward|prop).*|d_?(?:j|cost|loss)(?:_.*)?|.*_grad(?:ient)?s?_.*|.*gradients?"
    r"|jac|jacobian|fprime|dfun|score|.*_jac|.*_der",
    re.IGNORECASE,
)
# What checks, turns gradients into a vector, trains, makes functions, and slopes of one function.
_HELPERS = re.compile(
    r".*check.*|.*_to_vector|.*test_case|.*descent.*|.*update.*|.*numeric.*|.*plot.*"
    r"|(?!.*(?:loss|cost)).*clip.*|.*deriv.*|.*_prime|(?:set|make|build|create)_.*",
    re.IGNORECASE,
)


def functions_of(module: Any) -> list[str]:
    """Return the names of a program's functions; of imported ones if it has none of its own."""
    every = [n for n, v in vars(module).items() if callable(v) and not isclass(v)]
    own, imported = _visible(own_of(module, every)), _visible(every)
    if any(map(_has_a_part, own)):
        return own
    return [n for n in imported if isfunction(getattr(module, n))]


def _visible(names: Sequence[str]) -> list[str]:
    """Return the public names; of private ones, too, if none of these is one of the parts."""
    public = [name for name in names if not name.startswith("_")]
    if any(map(_has_a_part, public)):
        return public
    return [name for name in names if not name.startswith("__")]


def own_of(module: Any, names: Iterable[str]) -> list[str]:
    """Return the names of the functions that a program has not imported."""
    return [name for name in names if _home(getattr(module, name)) == module.__name__]


def _home(function: Any) -> str:
    """Return the name of the module that a function is from, also of a partial one."""
    behind = function.func if isinstance(function, partial) else function
    return getattr(behind, "__module__", None) or ""


def returning_several(module: Any) -> list[str]:
    """Return the names of the functions that a program defines and that return several things."""
    names = without_helpers(functions_of(module))
    own = own_of(module, names)
    return [n for n in own if len(returned_names(getattr(module, n))) > 1 and n not in CASES]


def methods_of(thing: Any) -> list[str]:
    """Return the names of the methods of a user's object."""
    names = dir(type(thing))
    return _visible([n for n in names if isfunction(getattr(type(thing), n, None))])


def _plain(name: str) -> str:
    """Return a name without what says that it is private."""
    return name.lstrip("_")


def _has_a_part(name: str) -> bool:
    patterns = (FORWARD, BACKWARD, COST, _ANY_FORWARD, _ANY_BACKWARD)
    return any(pattern.fullmatch(_plain(name)) for pattern in patterns)


def without_helpers(names: Iterable[str]) -> list[str]:
    """Return those that are not called like what checks, plots or trains."""
    return [name for name in names if not _HELPERS.fullmatch(_plain(name))]


def backwards_of(names: Iterable[str]) -> list[str]:
    """Return those that may be backward passes."""
    usable = without_helpers(names)
    found = [name for name in usable if BACKWARD.fullmatch(_plain(name))]
    return found or [name for name in usable if _ANY_BACKWARD.fullmatch(_plain(name))]


def forwards_of(names: Iterable[str], backwards: Collection[str]) -> list[str]:
    """Return those that may be forward passes, with or without the cost."""
    usable = [name for name in without_helpers(names) if name not in backwards]
    found = [name for name in usable if FORWARD.fullmatch(_plain(name))]
    if any(_ANY_FORWARD.fullmatch(_plain(name)) for name in found):
        return found
    return found + [name for name in usable if _ANY_FORWARD.fullmatch(_plain(name))]


def is_forward(name: str) -> bool:
    """Say whether something is called a forward pass, and not a cost."""
    return _ANY_FORWARD.fullmatch(_plain(name)) is not None


def costs_of(names: Iterable[str], others: Collection[str]) -> list[str]:
    """Return those that may be costs, and are nothing else."""
    usable = [name for name in without_helpers(names) if name not in others]
    return [name for name in usable if COST.fullmatch(_plain(name))]


def named_after(names: Iterable[str], backwards: Collection[str]) -> list[str]:
    """Return those that backward passes are named after, as ``criterion_gradient``."""
    ends = {(_rest(BACKWARD, name) or "").strip("_") for name in backwards} - {""}
    usable = [name for name in without_helpers(names) if name not in backwards]
    return [name for name in usable if _plain(name).casefold() in ends]


def outermost(
    names: Iterable[str], functions: Callable[[str], Any], others: Iterable[str] = ()
) -> list[str]:
    """Return those of some functions that no other one calls, of these or of ``others``."""
    every = list(names)
    called = {
        name: {each for code in _codes(functions(name)) for each in code.co_names}
        for name in (*every, *others)
    }
    return [n for n in every if not any(n in found for o, found in called.items() if o != n)]


def _codes(function: Any) -> Iterator[CodeType]:
    """Yield the code of a function, and of those within it."""
    function = getattr(function, "func", function)  # of a partial one
    waiting = [getattr(getattr(function, "__func__", function), "__code__", None)]
    while waiting:
        code = waiting.pop()
        if isinstance(code, CodeType):
            yield code
            waiting += [each for each in code.co_consts if isinstance(each, CodeType)]


def returned_names(function: Any) -> tuple[str, ...]:
    """Return what a function calls the things that it returns; empty for what has no name."""
    function = getattr(function, "func", function)  # of a partial one
    try:
        (definition,) = ast.parse(dedent(getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return ()
    inner = [n for n in ast.walk(definition) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    within = {id(each) for node in inner if node is not definition for each in ast.walk(node)}
    returns = [n for n in ast.walk(definition) if isinstance(n, ast.Return) and id(n) not in within]
    values = [node.value for node in sorted(returns, key=lambda n: n.lineno) if node.value]
    if not values:
        return ()
    last = values[-1]
    parts = last.elts if isinstance(last, ast.Tuple | ast.List) else [last]
    return tuple(map(_name, parts))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def belonging(forwards: list[str], backwards: list[str]) -> tuple[list[str], list[str]]:
    """Return those whose names go on alike, such as forward_n and backward_n, if some do."""
    ends = {name: _rest(BACKWARD, name) for name in backwards}
    alike = [
        (f, b) for f in forwards for b in backwards if _rest(FORWARD, f) == ends[b] is not None
    ]
    if not alike:
        return forwards, backwards
    return list(dict.fromkeys(f for f, _ in alike)), list(dict.fromkeys(b for _, b in alike))


def _rest(pattern: re.Pattern[str], name: str) -> str | None:
    found = pattern.fullmatch(_plain(name))
    if found is None:
        return None
    end = next((group for group in reversed(found.groups()) if group is not None), "")
    # cost_gradient belongs to cost as backward belongs to forward.
    inner = FORWARD.fullmatch(end)
    return (inner.group(2) if inner else end).casefold()


def texts_of(function: Any) -> set[str]:
    """Return the texts that a function is written with, such as the keys of what it returns."""
    found: set[str] = set()
    for code in _codes(function):
        for each in code.co_consts:  # the keys of {"dW": ..., "db": ...} are one constant
            parts = each if isinstance(each, tuple) else (each,)
            found.update(part for part in parts if isinstance(part, str))
    return found


def symbols_of(function: Any) -> set[str]:
    """Return the names of variables, attributes and keys in a function's code."""
    found = texts_of(function)
    for code in _codes(function):
        found.update(code.co_varnames, code.co_names, code.co_cellvars)
    return found


def variables_read_by(functions: Iterable[Any], module: ModuleType) -> list[str]:
    """Return the variables of a module, in its order, that some functions read: no functions."""
    waiting, read = list(functions), set[str]()
    while waiting:
        new = {n for code in _codes(waiting.pop()) for n in code.co_names} - read
        read |= new
        waiting += [f for n in new if isfunction(f := getattr(module, n, None))]
    return [
        name
        for name, value in vars(module).items()
        if name in read and not callable(value) and not isinstance(value, ModuleType | str)
    ]


def other_order(backward: str, called: Sequence[str], params: Sequence[str]) -> str:
    """Say that gradients are returned in another order than the parameters have."""
    found = [name for each in called for name in params if called_like({each: True}, name)]
    order = [name for name in params if name in found]
    if found == order:
        return ""
    own = ", ".join(name for name in called if name)
    return (
        f"{backward} returns {own} in another order than {', '.join(order)}: its caller must know"
    )
