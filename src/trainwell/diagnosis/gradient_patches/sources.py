"""The user's functions that a backward pass runs, found by looking on."""

import ast
import gc
import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

from trainwell.diagnosis.gradient_patches.definitions import definition, tree_of
from trainwell.diagnosis.gradient_patches.held import Sort, held_by, sort_of
from trainwell.diagnosis.gradient_patches.near import near
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.serving import of_first_result, serving
from trainwell.diagnosis.gradient_patches.sorts_by_line import SortsByLine, Trace
from trainwell.diagnosis.gradient_patches.turns import Turns
from trainwell.diagnosis.gradient_tape.places import is_users

_OF_GRADIENTS = re.compile(r"back|bprop|grad|deriv|prime", re.IGNORECASE)
_CALLS = 100  # of a function, in which is looked at what is inside of its variables

Lines = frozenset[tuple[str, int]]


def _none() -> tuple[Lines, Lines]:
    return frozenset(), frozenset()


def sources(
    forward: Callable[[], Any],
    backward: Callable[[], Any],
    shared: Callable[[], tuple[Lines, Lines]] = _none,
) -> list[Source]:
    """Return the user's functions in which a gradient is made.

    Parameters
    ----------
    forward, backward : callable
        The two passes.
    shared : callable
        Returns file and line of the statements that the cost is made by, and of those that only
        gradients are made by. It is called where a function runs in both passes; by default
        none of those is meant.

    Returns
    -------
    list of Source
        In the order in which they were first called; those without a source are missing.
    """
    before, seen = _seen_in(forward), _seen_in(backward, by_line=True)
    functions, turns = _functions({**before, **seen}), Turns()
    trees = {code: each.tree for code, each in seen.items()}
    found = []
    for code, of_cost in _with_gradients(before, seen, shared).items():
        place = _place_of(code, functions, trees)
        if place is None:
            continue
        around = before.get(place.maker)  # what it takes from there may be used within, too
        beside = near(functions[place.maker], functions.values())
        found.append(
            Source(
                functions[place.maker],
                place.tree,
                {
                    **beside.sorts(),
                    **(around.sorts if around and place.outer else {}),
                    **seen[code].sorts,
                },
                seen[code].held,
                lines=seen[code].lines,
                of_cost=of_cost,
                turns=turns,
                outer=place.outer,
                near=beside,
            )
        )
    return found


def runs_less_again(anew: Callable[[], Any], again: Callable[[], Any]) -> bool:
    """Say whether less of the user's code runs where something was computed before.

    Parameters
    ----------
    anew : callable
        Computes something for the first time.
    again : callable
        Computes the same once more.

    Returns
    -------
    bool
        Whether some function is called fewer times then: what it gave has been kept.
    """
    first, second = _seen_in(anew), _seen_in(again)
    return any(
        code not in second or second[code].calls < each.calls for code, each in first.items()
    )


def _with_gradients(
    before: Mapping[CodeType, "_Seen"],
    seen: Mapping[CodeType, "_Seen"],
    shared: Callable[[], tuple[Lines, Lines]],
) -> dict[CodeType, frozenset[int]]:
    """Return what makes gradients, with the lines of it that the cost is made by, too."""
    of_both = [code for code in seen if code in before]
    of_cost, of_gradients = shared() if of_both else _none()
    found: dict[CodeType, frozenset[int]] = dict.fromkeys(seen, frozenset())
    first = next((code for code, each in seen.items() if each.tree is not None), None)
    for code in of_both:
        tree = seen[code].tree
        own, others = _within(tree, code, of_cost), _within(tree, code, of_gradients)
        if tree is not None and not of_cost and code is first:  # nothing could be recorded
            own, others = of_first_result(tree)
        if tree is not None and others:
            found[code] = serving(tree, own, others)
        elif tree is None or own or not _OF_GRADIENTS.search(tree.name):
            del found[code]  # what only hands on a gradient is kept
    return found


class _Place(NamedTuple):
    """Where the tree of a function stands: in that of the one that makes it, if that is another."""

    maker: CodeType
    tree: ast.FunctionDef
    outer: ast.FunctionDef | None


def _place_of(
    code: CodeType,
    functions: Mapping[CodeType, FunctionType],
    trees: dict[CodeType, ast.FunctionDef | None],
) -> _Place | None:
    """Return where a function stands that can be patched. Trees that are read are added."""
    tree, maker = trees[code], next((each for each in functions if _makes(each, code)), None)
    if maker is None:
        return _Place(code, tree, None) if tree is not None and code in functions else None
    if maker not in trees:
        trees[maker] = tree_of(maker)
    outer = trees[maker]
    found = None if outer is None else definition(outer, code)
    return None if found is None or found.decorator_list else _Place(maker, found, outer)


def _makes(maker: CodeType, code: CodeType) -> bool:
    """Say whether a function makes another one anew whenever it is called."""
    inner = [each for each in maker.co_consts if isinstance(each, CodeType)]
    return any(each == code or _makes(each, code) for each in inner)


def _within(tree: ast.FunctionDef | None, code: CodeType, lines: Lines) -> set[int]:
    """Return those of some lines that stand in a function."""
    if tree is None:
        return set()
    first, last = tree.lineno, tree.end_lineno or tree.lineno
    return {at for file, at in lines if file == code.co_filename and first <= at <= last}


@dataclass
class _Seen:
    """What a function's variables, and the things inside of them, were when they were last left."""

    tree: ast.FunctionDef | None
    sorts: dict[str, Sort] = field(default_factory=dict)
    held: dict[str, Sort] = field(default_factory=dict)
    calls: int = 0
    lines: SortsByLine = field(default_factory=SortsByLine)

    def note(self, variables: Mapping[str, Any]) -> None:
        """Add the variables of a call."""
        self.sorts.update({name: sort_of(value) for name, value in variables.items()})
        self.calls += 1
        if self.calls <= _CALLS and self.tree is not None:
            self.held.update(held_by(variables, self.tree))


def _seen_in(function: Callable[[], Any], *, by_line: bool = False) -> dict[CodeType, _Seen]:
    """Call a function, and return what was seen of each of the user's that it runs."""
    seen: dict[CodeType, _Seen] = {}

    def called(code: CodeType) -> None:
        if code not in seen:
            seen[code] = _Seen(tree_of(code) if by_line else None)

    def left(frame: FrameType) -> None:
        if frame.f_code in seen:
            seen[frame.f_code].note(frame.f_locals)

    def traced(code: CodeType) -> Trace | None:
        return seen[code].lines.trace() if code in seen else None

    _watched(function, called, left, traced if by_line else None)
    return seen


def _watched(
    function: Callable[[], Any],
    called: Callable[[CodeType], None],
    left: Callable[[FrameType], None],
    traced: Callable[[CodeType], Trace | None] | None = None,
) -> None:
    """Call a function, and tell which of the user's code it runs, and when that is left."""

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and is_users(frame.f_code.co_filename):
            called(frame.f_code)
        elif event == "return":
            left(frame)

    def trace(frame: FrameType, *_: Any) -> Trace | None:
        if traced is None or not is_users(frame.f_code.co_filename):
            return None
        called(frame.f_code)  # which is seen here first
        return traced(frame.f_code)

    if sys.getprofile() is not None:  # somebody else's, which could not be put back
        return
    by_line = traced is not None and sys.gettrace() is None
    sys.setprofile(watch)
    if by_line:
        sys.settrace(trace)
    try:
        function()
    except Exception:  # noqa: BLE001 - whatever it ran is found, also by a function that fails
        return
    finally:
        if by_line:
            sys.settrace(None)
        sys.setprofile(None)


def _functions(codes: Collection[CodeType]) -> dict[CodeType, FunctionType]:
    """Return the functions that run some codes; not where there are several."""
    # Codes are equal where they only do the same: they are told apart by their identity.
    found: dict[int, list[FunctionType]] = {}
    for each in gc.get_referrers(*codes):  # which looks at every object there is, once
        if isinstance(each, FunctionType):
            found.setdefault(id(each.__code__), []).append(each)
    return {code: found[id(code)][0] for code in codes if len(found.get(id(code), ())) == 1}
