"""What variables were at each statement: one that is used again may be of another shape."""

from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from trainwell.diagnosis.gradient_patches.held import Sort, sort_of

_EVENTS = 3000  # lines of a function that are looked at: more of them are turns of its loops

_VALUES = ("array", "number")

Sorts = Mapping[str, Sort]
Trace = Callable[[FrameType, str, Any], Any]


class SortsByLine:
    """The variables of a function, before and behind each of its lines."""

    def __init__(self) -> None:
        self.before: dict[int, dict[str, Sort]] = {}
        self.behind: dict[int, dict[str, Sort]] = {}
        self._left = _EVENTS

    def trace(self) -> Trace | None:
        """Return what Python is to call at each line of one call; nothing where there were many."""
        last = 0

        def at(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal last
            if event not in ("line", "return"):
                return at
            self._left -= 1
            found = {name: sort_of(value) for name, value in frame.f_locals.items()}
            if last:
                self.behind.setdefault(last, {}).update(found)
            last = frame.f_lineno
            if event == "line":
                self.before.setdefault(last, {}).update(found)
            return at if self._left > 0 else None

        return at if self._left > 0 else None


def sorts_before(line: int, lines: SortsByLine, last: Sorts) -> Sorts:
    """Return what the variables of a function are where a statement begins.

    Parameters
    ----------
    line : int
        Of the statement.
    lines : SortsByLine
        What is known of the function's lines.
    last : mapping of str to tuple
        What the variables are in the end.

    Returns
    -------
    mapping of str to tuple
        Of what is not there yet, what the statement, or one behind it, makes of it.
    """
    known = {**lines.behind.get(line, {}), **lines.before.get(line, {})}
    values = {name: sort for name, sort in known.items() if sort[0] in _VALUES}  # others grow
    others = {name: sort for name, sort in values.items() if last.get(name, sort) != sort}
    return {**last, **others} if others else last
