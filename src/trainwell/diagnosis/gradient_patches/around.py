"""What a function could have used where something is missing or wrong."""

import ast
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from trainwell.diagnosis.gradient_localisation.statements import (
    nodes_of,
    source_of,
    unused_in,
    unused_results_in,
)
from trainwell.diagnosis.gradient_patches.held import Sort
from trainwell.diagnosis.gradient_patches.patched import Source
from trainwell.diagnosis.gradient_patches.uncalled import uncalled
from trainwell.diagnosis.gradient_patches.written_numbers import numbers_in

GRADIENT = re.compile(
    r"^(d_?[A-Z]\w*|d_\w+|d[a-z]{0,2}\d*|dout|grad\w*|delta\w*|g|g_\w+|err\w*"
    r"|nabla\w*|upstream\w*|adjoint\w*|cotangent\w*|ct_\w+|\w+_bar|\w+_grad)$"
)
"""How gradients are called."""
_SETTINGS = 6  # numbers of the file
DROPPED = re.compile(r"^(drop\w*|keep\w*|kept\w*|D\d*)$")
"""How masks of dropout are called."""


@dataclass(frozen=True, eq=False)
class Around:
    """What a statement could have used.

    Parameters
    ----------
    source : Source
        Its function.
    constants : mapping of str to float
        Numbers with a name, such as hyperparameters.
    parameters : frozenset of str
        Names of the parameters.
    unused : frozenset of str
        Variables that are assigned, or arrays that are given, and never read.
    passed_on : frozenset of str
        Variables that are gradients by their names, or are made of such.
    keys : tuple of str
        Texts that stand as keys in the function.
    packed : frozenset of tuple
        Variables in the order in which they are put into tuples, anywhere in the file.
    numbers : mapping of str to ast.expr
        Expressions of the file that are always the same number, by their text.
    exponents : frozenset of str
        Names and keys that stand in exponents, anywhere in the file.
    unread : frozenset of str
        Variables that the function never reads.
    """

    source: Source
    constants: Mapping[str, float] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()
    passed_on: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
    packed: frozenset[tuple[str, ...]] = frozenset()
    numbers: Mapping[str, ast.expr] = field(default_factory=dict)
    exponents: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """Numbers of the file that its functions read, as ``TAU = 0.7``."""
        given = self.source.function.__globals__
        names = (n.id for n in nodes_of(source_of(self.source.file)) if isinstance(n, ast.Name))
        return tuple(
            name
            for name in dict.fromkeys(names)
            if type(given.get(name)) in (int, float)
            and name not in self.source.sorts
            and name not in self.constants
        )[:_SETTINGS]

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays at hand: variables, and what they hold."""
        sorts = {**self.source.sorts, **self.at_hand}
        return {text: sort[1] for text, sort in sorts.items() if sort[0] == "array"}

    @property
    def values(self) -> list[str]:
        """Variables that hold arrays which are neither gradients nor parameters."""
        apart = self.passed_on | self.parameters
        sorts = self.source.sorts.items()
        return [name for name, sort in sorts if sort[0] == "array" and name not in apart]

    def sort(self, node: ast.AST) -> Sort | None:
        """Return what a variable is, or what is read from one by key, attribute or index."""
        if isinstance(node, ast.Name):
            return self.source.sorts.get(node.id)
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self.source.held.get(ast.unparse(node))
        return None

    def at(self, statement: ast.stmt) -> "Around":
        """Return what one statement could have used."""
        source = self.source.at(statement)
        return self if source is self.source else replace(self, source=source)

    @cached_property
    def turns(self) -> tuple[str, ...]:
        """The numbers that the loops of the function count."""
        targets = (node.target for node in ast.walk(self.source.tree) if isinstance(node, ast.For))
        names = (n.id for each in targets for n in ast.walk(each) if isinstance(n, ast.Name))
        return tuple(name for name in names if self.source.sorts.get(name) == ("number",))

    @cached_property
    def uncalled(self) -> tuple[str, ...]:
        """Calls of formulas of the file that nothing calls, with arguments that stand there."""
        return uncalled(self.source)

    @cached_property
    def read(self) -> frozenset[str]:
        """What the function reads by name, key, attribute or index, as it stands there."""
        parts = (ast.Name, ast.Attribute, ast.Subscript)
        nodes = (node for node in ast.walk(self.source.tree) if isinstance(node, parts))
        return frozenset(ast.unparse(node) for node in nodes if isinstance(node.ctx, ast.Load))

    @cached_property
    def at_hand(self) -> Mapping[str, Sort]:
        """What the variables hold, without the gradients that are to be computed."""
        written = {
            ast.unparse(node)
            for node in ast.walk(self.source.tree)
            if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
        }
        gradients = {f"d{name}" for name in self.parameters}
        return {
            text: sort
            for text, sort in self.source.held.items()
            if text not in written
            if not any(text.startswith((f"{each}[", f"{each}.")) for each in written)
            if last_key(text) not in gradients
        }

    def shape_of_target(self, statement: ast.stmt) -> tuple[int, ...] | None:
        """Return the shape of what a statement assigns, where that is a variable."""
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if target is None:
            return None
        sort = self.sort(target)
        if isinstance(target, ast.Name):
            sort = self.source.lines.behind.get(statement.lineno, {}).get(target.id, sort)
        if sort == ("number",):
            return ()
        return sort[1] if sort is not None and sort[0] == "array" else None

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        """Return the shape of a variable that holds an array; ``None`` for anything else."""
        sort = self.sort(node)
        return sort[1] if sort is not None and sort[0] == "array" else None

    def is_number(self, node: ast.AST) -> bool:
        """Say whether an expression gives one number, as far as can be seen."""
        match node:
            case ast.Constant(value=value):
                number = isinstance(value, int | float)
            case ast.Name(id=name):
                number = self.sort(node) == ("number",) or name in self.constants
            case ast.BinOp(left=left, right=right):
                number = self.is_number(left) and self.is_number(right)
            case ast.UnaryOp(operand=operand):
                number = self.is_number(operand)
            case ast.Subscript(slice=ast.Constant(value=key)) if key in self.constants:
                number = True
            case (
                ast.Attribute(attr="size" | "ndim")
                | ast.Subscript(value=ast.Attribute(attr="shape"))
                | ast.Call(func=ast.Name(id="len" | "float" | "int"))
            ):
                number = True
            case _:
                number = self.sort(node) == ("number",)
        return number


def around(source: Source, constants: Mapping[str, float], parameters: Sequence[str]) -> Around:
    """Return what the statements of a function could have used.

    Parameters
    ----------
    source : Source
        The function.
    constants : mapping of str to float
        Numbers with a name.
    parameters : sequence of str
        Names of the parameters.

    Returns
    -------
    Around
        For :func:`patches`.
    """
    text = source_of(source.file)
    nodes = list(ast.walk(source.tree))
    keys = [
        node.slice.value
        for node in nodes
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]
    return Around(
        source,
        constants,
        frozenset(parameters),
        unused_in(source.tree)
        | unused_results_in(source.tree)
        | _unread(source)
        | _carried_for_nothing(source.tree),
        _passed_on(nodes),
        tuple(dict.fromkeys([*keys, *constants] if keys else ())),
        packed_in(text),
        numbers_in(text, source.function.__globals__),
        _exponents(text),
        frozenset(name for name in source.sorts if name != "_") - _loaded(nodes),
    )


def _passed_on(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Return the variables that are gradients by their names, or are made of such."""
    made: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.For):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.iter if isinstance(node, ast.For) else node.value
            names = {name for target in targets for name in _written(target)}
            read = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
            for name in names:
                made.setdefault(name, set()).update(read)
    given = {node.arg for node in nodes if isinstance(node, ast.arg)}
    known = given | {node.id for node in nodes if isinstance(node, ast.Name)}
    found = {name for name in given | {*made} if GRADIENT.match(name) or _is_d_of(name, known)}
    more = found
    while more:
        more = {name for name, read in made.items() if read & found} - found
        found |= more
    return frozenset(found)


def _is_d_of(name: str, known: Container[str]) -> bool:
    """Say whether a variable is called ``d`` and the name of another one, as ``dstates``."""
    return len(name) > 1 and name[0] == "d" and name[1:] in known


def _written(target: ast.expr) -> Iterator[str]:
    """Yield the variables that an assignment sets, or keeps something in."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            yield node.value.id


@lru_cache(maxsize=16)
def packed_in(text: str) -> frozenset[tuple[str, ...]]:
    """Return the tuples of variables that a file makes."""
    nodes = nodes_of(text)
    made = (n.elts for n in nodes if isinstance(n, ast.Tuple) and isinstance(n.ctx, ast.Load))
    return frozenset(
        tuple(each.id if isinstance(each, ast.Name) else "" for each in elements)
        for elements in made
    )


@lru_cache(maxsize=16)
def _exponents(text: str) -> frozenset[str]:
    """Return the names, and the texts that are keys, in the exponents of a file."""
    inside = [
        part
        for node in nodes_of(text)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        for part in ast.walk(node.right)
    ]
    names = {part.id for part in inside if isinstance(part, ast.Name)}
    keys = {part.value for part in inside if isinstance(part, ast.Constant)}
    return frozenset(names | {key for key in keys if isinstance(key, str)})


def _loaded(nodes: Sequence[ast.AST]) -> set[str]:
    names = (node for node in nodes if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Load)}


def _unread(source: Source) -> set[str]:
    """Return the arrays that a function is given and never reads, and masks that it unpacks."""
    names = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
    read = _loaded(names)
    given = {argument.arg for argument in source.tree.args.args}
    given |= {node.id for node in names if DROPPED.match(node.id)}
    return {name for name in given - read if source.sorts.get(name, ("",))[0] == "array"}


def _carried_for_nothing(tree: ast.AST) -> set[str]:
    """Return what a loop sets for its next turn, and never reads; it is set before, too."""
    found: set[str] = set()
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For | ast.While):
            continue
        inside = [n for each in loop.body for n in ast.walk(each) if isinstance(n, ast.Name)]
        added = {_updated(n) for n in ast.walk(loop)}
        own = {n.id for n in inside if isinstance(n.ctx, ast.Store)} - added - _loaded(inside)
        found |= {name for name in own if _is_set_before(tree, loop, name)}
    return found


def _is_set_before(tree: ast.AST, loop: ast.For | ast.While, name: str) -> bool:
    """Say whether a variable is set above a loop."""
    stores = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name)
    return any(n.lineno < loop.lineno for n in stores if isinstance(n.ctx, ast.Store))


def _updated(node: ast.AST) -> str:
    """Return the variable that a statement adds to; empty for any other."""
    match node:
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
    return ""


def last_key(text: str) -> str:
    """Return the text between the last brackets, or behind the last dot."""
    return text.rstrip("']").replace("['", ".").rpartition(".")[2]


def fits(own: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Say whether an array of one shape, as a term or a factor, leaves another shape as it is."""
    pairs = zip(reversed(own), reversed(shape), strict=False)
    return len(own) <= len(shape) and all(n in (1, k) for n, k in pairs)
