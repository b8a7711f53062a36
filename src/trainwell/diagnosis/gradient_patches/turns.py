"""The turns of ``while`` loops, counted while patches are tried: some would go round for ever."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from time import perf_counter
from types import CodeType

from trainwell.diagnosis.gradient_patches.bound_constants import bound
from trainwell.errors import EndlessError

_MARK = "\0turns"
_FREE = 2000  # turns in one call that are never too many
_FUNCTION = "more"  # the method of this that the user's code calls


@dataclass(eq=False)
class Turns:
    """Ends what takes many turns, and longer than it may.

    Parameters
    ----------
    until : float, default=inf
        When it has to have ended.
    count : int, default=0
        Turns so far.
    seconds : float, default=inf
        How long it may take.
    """

    until: float = inf
    count: int = 0
    seconds: float = inf

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Let a call take so many seconds; what is behind it may take as long as it likes."""
        self.count, self.seconds, self.until = 0, seconds, perf_counter() + seconds
        try:
            yield
        finally:
            self.until = inf

    def more(self) -> bool:
        """Count a turn; raises an exception if there have been too many."""
        self.count += 1
        if self.count > _FREE and perf_counter() > self.until:
            raise EndlessError.after(self.seconds)
        return True

    @contextmanager
    def applied(self, tree: ast.FunctionDef) -> Iterator[None]:
        """Let each loop of a function ask whether there may be one more turn, for a while."""
        loops = [(node, node.test) for node in ast.walk(tree) if isinstance(node, ast.While)]
        for loop, test in loops:
            mark = ast.Attribute(ast.Constant(_MARK), _FUNCTION, ast.Load())
            both = ast.BoolOp(ast.And(), [ast.Call(mark, [], []), test])
            loop.test = ast.fix_missing_locations(ast.copy_location(both, test))
        try:
            yield
        finally:
            for loop, test in loops:
                loop.test = test

    def bound(self, code: CodeType) -> CodeType:
        """Return a code that was compiled with this applied, with this where a loop asks."""
        return bound(code, _MARK, self)
