"""A small change of a function's source, and the places where one may be made.

A patch exchanges nodes of the syntax tree. It reaches what no operation on arrays shows: counts,
indices, branches, loops, the order in which values are unpacked, values kept between calls.
"""

import ast
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, cast

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.syntax import exchanged, located, text_of

_FORMULAS = (ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Compare)
_SHORT = 40  # characters of what a part of a statement is told by


@dataclass(frozen=True, eq=False)
class Patch:
    """Another way to write one statement.

    Parameters
    ----------
    statement : ast.stmt
        Which one.
    kinds : tuple of str
        What was wrong if this mends it, the likeliest first.
    cost : float
        How unlikely it is that somebody meant it: smaller is simpler.
    message : str
        For a person; empty if the change is to be shown as it is.
    changes : tuple of tuple
        Holder, field, place in it (``None`` where it is no list), and the new node.
    factor : float or None
        By what a value was too large, where it was a number.
    shown : ast.AST or None
        What is shown of it; ``None`` for what is exchanged.
    target : str
        What is wrong without it; empty for what the statement assigns.
    evident : bool
        Whether the text alone speaks for it: with it something is read that nothing reads
        otherwise, or unpacked in the order in which it was packed.
    linear : bool
        Whether more terms are linear in the gradients from above with it.
    """

    statement: ast.stmt
    kinds: tuple[str, ...]
    cost: float
    message: str
    changes: tuple[tuple[ast.AST, str, int | None, Any], ...]
    factor: float | None = None
    shown: ast.AST | None = None
    target: str = ""
    evident: bool = False
    linear: bool = False

    @property
    def old(self) -> Any:
        """What the first of its changes puts another node in the place of."""
        holder, name, at, _ = self.changes[0]
        return getattr(holder, name) if at is None else getattr(holder, name)[at]

    @property
    def line(self) -> int | None:
        """Where in the file the first of its changes is."""
        line: int | None = getattr(self.old, "lineno", None)
        return line

    def told(self) -> str:
        """Return the change for a person; the tree is as it was."""
        if self.message:
            return f"{self.message}{self._beside()}"
        holder, name, at, new = self.changes[0]
        shown = self.shown
        if shown is None:
            old = getattr(holder, name)
            before, after = ast.unparse(old if at is None else old[at]), ast.unparse(new)
            if not isinstance(holder, _FORMULAS) or not self._is_ambiguous(before):
                return exchanged(before, after)
            shown = holder
        before = ast.unparse(shown)
        with self.applied():
            after = ast.unparse(shown)
        return exchanged(before, after)

    def _beside(self) -> str:
        """Return which part of a statement lacks something, unless a variable or all of it does."""
        holder, _, _, new = self.changes[0]
        old = self.old
        part = isinstance(holder, ast.BinOp | ast.UnaryOp | ast.Call) and not _is_variable(old)
        part = part or isinstance(holder, ast.List)
        lacks = isinstance(new, ast.BinOp) and old in (new.left, new.right)
        if not (part and lacks and self.message.endswith("is missing")):
            return ""
        text = text_of(old)
        return f" beside `{text}`" if len(text) <= _SHORT else ""

    def _is_ambiguous(self, text: str) -> bool:
        """Say whether a text stands in the statement more than once."""
        return not hasattr(self.statement, "body") and ast.unparse(self.statement).count(text) > 1

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Change the tree for a while."""
        before = []
        try:
            for holder, name, at, new in self.changes:
                before.append((holder, name, at, _put(holder, name, at, new)))
            yield
        finally:
            for holder, name, at, old in reversed(before):
                _put(holder, name, at, old)

    def moved(self) -> "Patch":
        """Return the patch where its node hangs now, if a patch around it has taken that over."""
        if len(self.changes) != 1 or not isinstance(self.changes[0][0], ast.expr):
            return self
        holder, _, _, new = self.changes[0]
        nodes = list(ast.walk(self.statement))
        if any(node is holder for node in nodes):
            return self
        old = self.old
        for node in nodes:
            for field_name, value in ast.iter_fields(node):
                for place, each in enumerate(value if isinstance(value, list) else [value]):
                    if each is old:
                        where = place if isinstance(value, list) else None
                        return replace(self, changes=((node, field_name, where, new),))
        return self


def lacking(patch: Patch, tree: ast.FunctionDef) -> str:
    """Return the variable that a patch gives a term or a factor; empty if it is another change.

    Parameters
    ----------
    patch : Patch
        As ``backward(dh + skip)`` where ``backward(dh)`` stands: then it is ``dh``.
    tree : ast.FunctionDef
        Its function. What is read in another place, too, may be right there.

    Returns
    -------
    str
        As it is written.
    """
    if len(patch.changes) != 1:
        return ""
    holder, _, _, new = patch.changes[0]
    if holder is patch.statement and not isinstance(holder, ast.Return):
        return ""  # what it assigns lacks it
    old = patch.old
    if not isinstance(new, ast.BinOp) or not _is_variable(old) or old not in (new.left, new.right):
        return ""
    text = ast.unparse(old)
    nodes = list(ast.walk(tree))
    parts = (n for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    written = {id(part.value) for part in parts}  # `d[i] = ...` reads nothing of `d`
    written |= {id(target) for target in map(_added_to, nodes) if target is not None}
    own = (node for node in nodes if _is_variable(node) and id(node) not in written)
    read = sum(ast.unparse(node) == text for node in own)
    return text_of(old) if read == 1 else ""


def _added_to(node: ast.AST) -> ast.expr | None:
    """Return what a call such as ``np.add.at(d, i, x)`` changes; ``None`` for other nodes."""
    match node:
        case ast.Call(func=ast.Attribute(attr="at"), args=[target, *_]):
            return target
    return None


def _is_variable(node: Any) -> bool:
    """Say whether a node reads a name, or an entry of one by its key."""
    match node:
        case ast.Name(ctx=ast.Load()):
            return True
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str()), ctx=ast.Load()):
            return True
    return False


@contextmanager
def all_applied(patches: Sequence[Patch]) -> Iterator[None]:
    """Change the tree by several patches for a while, those of larger expressions first."""
    with ExitStack() as kept:
        for patch in sorted(patches, key=_extent, reverse=True):
            kept.enter_context(patch.moved().applied())
        yield


def _extent(patch: Patch) -> int:
    return sum(1 for _ in ast.walk(patch.old)) if isinstance(patch.old, ast.AST) else 0


def _put(holder: ast.AST, name: str, at: int | None, new: Any) -> Any:
    """Put a node into ``holder`` in the place of another, which is returned."""
    if at is None:
        old = getattr(holder, name)
        setattr(holder, name, new)
        return old
    nodes = getattr(holder, name)
    old, nodes[at] = nodes[at], new
    return old


@dataclass(frozen=True, eq=False)
class Slot:
    """An expression, and where it hangs in the tree.

    Parameters
    ----------
    node : ast.expr
        The expression.
    holder : ast.AST
        The node that has it.
    name : str
        The holder's field.
    at : int or None
        Place in the field, where that is a list.
    outer : tuple of ast.AST
        The holder and what is around it, from the inside, up to the statement.
    """

    node: ast.expr
    holder: ast.AST
    name: str
    at: int | None
    outer: tuple[ast.AST, ...]

    @property
    def statement(self) -> ast.stmt:
        """The statement that it belongs to."""
        found = self.outer[-1]
        assert isinstance(found, ast.stmt)  # noqa: S101 - for the type checker
        return found

    def within(self, *types: type[ast.AST]) -> bool:
        """Say whether it is part of an expression of some types."""
        return any(isinstance(each, types) for each in self.outer)

    @property
    def is_term(self) -> bool:
        """Whether it stands on one side of a plus or minus."""
        return isinstance(self.holder, ast.BinOp) and isinstance(self.holder.op, ast.Add | ast.Sub)

    @property
    def is_multiplied(self) -> bool:
        """Whether it is one side of a product of matrices."""
        return isinstance(self.holder, ast.BinOp) and isinstance(self.holder.op, ast.MatMult)

    @property
    def is_entry(self) -> bool:
        """Whether it is an entry of a matrix, which is written as a list of lists."""
        return len(self.outer) > 1 and all(map(_is_list, self.outer[:2]))

    @property
    def is_whole(self) -> bool:
        """Whether it is all that a statement assigns or returns under one name or key."""
        holder = self.holder
        lists = [*takewhile(_is_list, self.outer)]  # of an entry of a matrix there are two
        match self.outer[max(len(lists) - 1, 0) :][:2]:
            case (ast.keyword(), ast.Call(func=ast.Name(id="dict"))) if len(self.outer) == 3:
                return True
            case (ast.List() | ast.Tuple(), ast.Call()):
                return True
            case (ast.List() | ast.Tuple(), ast.Assign() | ast.Return()):
                return self.name == "elts"
            case (ast.Call(args=args), ast.Expr()):  # as of `np.add.at`
                return args[-1:] == [self.node]
            case (ast.Dict(), _) if len(self.outer) == 2:
                return self.name == "values"
        return holder is self.outer[-1] and self.name == "value"

    @property
    def is_index(self) -> bool:
        """Whether it is an index, or part of one, and no argument of a call."""
        below: ast.AST = self.node
        for inner in self.outer:
            if isinstance(inner, ast.Call):
                return False
            if isinstance(inner, ast.Subscript) and inner.slice is below:
                return True
            below = inner
        return False

    def becomes(
        self,
        new: ast.expr,
        kinds: Sequence[str],
        cost: float,
        message: str = "",
        factor: float | None = None,
    ) -> Patch:
        """Return the patch that puts another expression here."""
        change = (self.holder, self.name, self.at, located(new, self.node))
        return Patch(self.statement, tuple(kinds), cost, message, (change,), factor, self.shown)

    @property
    def shown(self) -> ast.AST | None:
        """What is shown of a change here: the expression around a short one."""
        expressions = [each for each in self.outer if isinstance(each, ast.expr)]
        short = isinstance(self.node, ast.Constant | ast.Name)
        if not short or not expressions or isinstance(expressions[0], ast.Dict):
            return None  # of a dictionary the rest would only hide it
        return expressions[0]


def _is_list(node: ast.AST) -> bool:
    return isinstance(node, ast.List | ast.Tuple)


def statements_of(body: Sequence[ast.stmt]) -> Iterator[tuple[Sequence[ast.stmt], int, ast.stmt]]:
    """Yield every statement with the list in which it stands, also within loops and branches."""
    for at, statement in enumerate(body):
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            continue
        yield body, at, statement
        branches = (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
        for holder in (statement, *branches):
            for name in ("body", "orelse", "finalbody"):
                yield from statements_of(getattr(holder, name, []))


def holder_of(body: Sequence[ast.stmt]) -> ast.Module:
    """Return a node that has a list of statements as its body, so that a patch can change it."""
    return ast.Module(cast(list[ast.stmt], body), [])  # the very list, not a copy


def slots_of(statement: ast.stmt) -> Iterator[Slot]:
    """Yield the expressions of a statement, those of its body excepted."""
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(statement, ())]
    while waiting:
        holder, outer = waiting.pop()
        for name, value in ast.iter_fields(holder):
            nodes = value if isinstance(value, list) else [value]
            for at, node in enumerate(nodes):
                if isinstance(node, ast.expr):
                    place = at if isinstance(value, list) else None
                    yield Slot(node, holder, name, place, (holder, *outer))
                if isinstance(node, ast.expr | ast.keyword | ast.comprehension):
                    waiting.append((node, (holder, *outer)))


def is_copied(slot: Slot, known: Around) -> bool:
    """Say whether a value only gets another name, or is returned as it came: for nothing."""
    statement = slot.statement
    if slot.holder is not statement or slot.name != "value" or known.shape(slot.node) is None:
        return False
    given = {argument.arg for argument in known.source.tree.args.args}
    argument = isinstance(slot.node, ast.Name) and slot.node.id in given
    return argument or not isinstance(statement, ast.Return)
