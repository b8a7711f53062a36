"""What variables hold, such as ``cache["A1"]`` and ``self.mask``, where it is missing or meant."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from trainwell.diagnosis.gradient_patches.around import Around, fits, last_key
from trainwell.diagnosis.gradient_patches.held import Sort
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, is_copied
from trainwell.diagnosis.gradient_patches.patches_of_ones import READ, is_one, read
from trainwell.diagnosis.gradient_patches.syntax import text_of


def _less(value: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(1), ast.Sub(), value)


def _power(value: ast.expr) -> ast.expr:
    return ast.BinOp(value, ast.Pow(), ast.Constant(2))


def _positive(value: ast.expr) -> ast.expr:
    return ast.Compare(value, [ast.Gt()], [ast.Constant(0)])


_COPY = 0.12  # what it costs less where a value only gets another name
_PLAIN = 1.18  # cost of a slope that is missing there
_HANDED_ON = 0.1  # what it costs more where a value that was computed before is returned
_FAR = 0.02  # what it costs more to read a number of an object, and once more of one of that
_SEVERAL = 4
_OF_ZERO = 1.1  # cost of what nothing reads, in the place of a zero
_OF_ROWS = 1.4  # cost of a factor of each row
_SLOPES: tuple[tuple[str, Callable[[ast.expr], ast.expr], tuple[str, ...]], ...] = (
    ("* (1 - {} ** 2)", lambda a: _less(_power(a)), ("activation-missing",)),
    ("* {0} * (1 - {0})", lambda a: ast.BinOp(a, ast.Mult(), _less(a)), ("activation-missing",)),
    ("* ({} > 0)", _positive, ("mask", "activation-missing")),
    ("* (1 - {})", _less, ("activation-missing",)),
    ("* {} ** 2", _power, ("activation-missing",)),
)
_MISSING = ("path", "operand", "activation-wrong")
_OF_PENALTY = ("regularisation", "matrix", "activation-missing", "operand")
_OTHER = ("operand", "activation-wrong", "matrix", "stale", "mask", "copied")


def held_patches(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression with what some variable holds: as a factor, a slope, a term, or instead.

    Parameters
    ----------
    slot : Slot
        Which expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        What the function reads nowhere is the likeliest to be missing.
    """
    node = slot.node
    yield from _signs(slot, known)
    elsewhere = slot.is_index or slot.name == "func" or isinstance(slot.holder, ast.Attribute)
    if elsewhere or is_one(node):
        return
    own = known.sort(node)
    if own is not None and own[0] in ("array", "number"):
        yield from _instead(slot, own, known)
    yield from _for_zero(slot, known)
    target = known.shape_of_target(slot.statement) if slot.holder is slot.statement else None
    shape = target if own is None or own[0] != "array" else own[1]
    term = slot.is_term
    fitting = {
        text: sort
        for text, sort in known.at_hand.items()
        if text != text_of(node)
        if shape is None or fits(_shape(sort), shape) or (term and fits(shape, _shape(sort)))
    }
    if slot.is_whole:
        base = _likelihood(slot, known)
        yield from _with_each(slot, fitting, known, base)
        unread = [t for t in fitting if t not in known.read and last_key(t) not in known.parameters]
        yield from _with_two(slot, unread)
        if shape is not None and len(shape) == 2:
            yield from _by_row(slot, shape[0], known)
        for name, sort in known.source.sorts.items():
            alike = shape is not None and sort == ("array", shape)
            if alike and name != text_of(node) and name not in known.parameters:
                more = base + (READ if name in known.read else 0.0)
                yield from _sloped(slot, name, known, more)
    elif own is not None or (slot.is_multiplied and not isinstance(node, ast.Attribute)):
        likely = {t: s for t, s in fitting.items() if term or t not in known.read}
        yield from _with_each(slot, likely, known, 0.0)
    elif known.is_number(node):
        # A number is hardly a factor of anything but of a penalty's parameter.
        own_of = (
            t for t in fitting if last_key(t) in known.parameters and _is_its_gradient(slot, t)
        )
        for text in dict.fromkeys([*own_of, *_arguments_beside(slot, known)]):
            yield from _of_penalty(slot, text)


def _likelihood(slot: Slot, known: Around) -> float:
    """Return what it costs more, or less, that something is missing of all that is assigned."""
    if isinstance(slot.node, ast.Name) and slot.name == "values":
        return _HANDED_ON
    return -_COPY if is_copied(slot, known) else 0.0


def _with_each(
    slot: Slot, chosen: Mapping[str, Sort], known: Around, base: float
) -> Iterator[Patch]:
    for text, sort in chosen.items():
        more = 0.0 if text not in known.read else READ
        yield from _with(slot, text, sort, known, base + more)


def _by_row(slot: Slot, rows: int, known: Around) -> Iterator[Patch]:
    """Yield a matrix with each row times, or over, its number of what is held."""
    for text, sort in known.at_hand.items():
        if sort != ("array", (rows,)) or last_key(text) in known.parameters:
            continue
        cost = _OF_ROWS + (READ if text in known.read else 0.0)
        for factor, sign in ((ast.Mult(), "*"), (ast.Div(), "/")):
            column = f"{text}[:, None]"
            new = ast.BinOp(slot.node, factor, read(column))
            yield slot.becomes(new, _MISSING, cost, f"`{sign} {column}` is missing")


def _shape(sort: Sort) -> tuple[int, ...]:
    return sort[1] if sort[0] == "array" else ()


def _instead(slot: Slot, own: Sort, known: Around) -> Iterator[Patch]:
    """Yield what is held in the place of a value of its sort."""
    text = text_of(slot.node)
    kinds = ("factor", "uniform", "constant") if own[0] == "number" else _OTHER
    for other, sort in known.at_hand.items():
        if sort == own and other != text:
            patch = slot.becomes(read(other), kinds, 1.25 if other in known.read else 1.1)
            # An entry that nothing reads may be meant where another one of its kind is read.
            evident = other not in known.read and _container(other) == _container(text) != ""
            yield replace(patch, evident=True) if evident else patch
    if not isinstance(slot.node, ast.Name):
        for name, sort in known.source.sorts.items():
            if sort == own:
                yield slot.becomes(ast.Name(name, ast.Load()), kinds, 1.25)


def _for_zero(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield what nothing reads in the place of a zero that is written into an array."""
    match slot.statement:
        case ast.Assign([ast.Subscript()], ast.Constant(0 | 0.0) as zero) if zero is slot.node:
            for text, sort in known.at_hand.items():
                if sort[0] in ("array", "number") and text not in known.read:
                    yield slot.becomes(read(text), _MISSING, _OF_ZERO)


def _container(text: str) -> str:
    """Return of what an entry is, as ``"cache"`` for ``"cache['A']"``; empty for a variable."""
    node = read(text)
    return ast.unparse(node.value) if isinstance(node, ast.Subscript | ast.Attribute) else ""


def _with(slot: Slot, text: str, sort: Sort, known: Around, more: float) -> Iterator[Patch]:
    """Yield an expression times, over, plus and minus what is held."""
    if last_key(text) in known.parameters:
        yield from _with_parameter(slot, text, known, more)
        return
    kinds: tuple[str, ...] = ("activation-missing", "mask", *_MISSING)
    if sort[0] == "number":
        kinds = ("factor", "uniform", "constant", "activation-missing")
        more += _FAR * text.count(".")  # `self.n` is nearer than `self.layer.n`
    for factor, sign in ((ast.Mult(), "*"), (ast.Div(), "/")):
        new = ast.BinOp(slot.node, factor, read(text))
        yield slot.becomes(new, kinds, 1.35 + more, f"`{sign} {text}` is missing")
    if sort[0] == "array":
        yield from _sloped(slot, text, known, more)
        for term, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
            new = ast.BinOp(slot.node, term, read(text))
            yield slot.becomes(new, _MISSING, 1.4 + more, f"`{sign} {text}` is missing")


def _with_parameter(slot: Slot, text: str, known: Around, more: float) -> Iterator[Patch]:
    """Yield an expression times a parameter, and with its penalty where its gradient is meant."""
    if known.is_number(slot.node) and _is_its_gradient(slot, text):
        yield from _of_penalty(slot, text)
    elif slot.is_whole:
        new = ast.BinOp(slot.node, ast.Mult(), read(text))
        yield slot.becomes(new, ("matrix", *_MISSING), 1.45 + more, f"`* {text}` is missing")
    if not slot.is_whole or not _is_its_gradient(slot, text):
        return
    for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
        terms = {f"{name} * {text}": number for name, number in known.constants.items()}
        for said, number in {text: None, **terms}.items():
            share = read(text)
            if number is not None:
                share = ast.BinOp(ast.Constant(number), ast.Mult(), share)
            new = ast.BinOp(slot.node, operation, share)
            kinds = ("regularisation", *_MISSING)
            yield slot.becomes(new, kinds, 1.4 + more, f"`{sign} {said}` is missing")


def _is_its_gradient(slot: Slot, text: str) -> bool:
    """Say whether a value is kept under the name of a parameter's gradient, such as ``dW1``."""
    kept, own = _target(slot), last_key(text)
    return kept.endswith(own) and kept != own


def _target(slot: Slot) -> str:
    """Return the name or the key under which a value is kept."""
    below: ast.AST = slot.node
    for holder in slot.outer:
        if isinstance(holder, ast.keyword) and len(slot.outer) > 2 and holder is slot.outer[-3]:
            return holder.arg or ""
        if isinstance(holder, ast.Dict) and below in holder.values:
            key = holder.keys[holder.values.index(below)]
            return "" if key is None else ast.unparse(key).strip("'")
        below = holder
    statement = slot.statement
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    target = statement.target if isinstance(statement, ast.AugAssign) else target
    return "" if target is None else last_key(ast.unparse(target)) or ast.unparse(target)


def _arguments_beside(slot: Slot, known: Around) -> list[str]:
    """Return the arrays given to the function that are read beside a number that is added."""
    if not slot.is_term:
        return []
    read_there = {n.id for n in ast.walk(slot.statement) if isinstance(n, ast.Name)}
    given = (argument.arg for argument in known.source.tree.args.args)
    arrays = (name for name in given if known.source.sorts.get(name, ("",))[0] == "array")
    return [name for name in arrays if name in read_there]


def _of_penalty(slot: Slot, text: str) -> Iterator[Patch]:
    """Yield a number times a parameter or its sign, as in the gradient of a penalty."""
    for said, cost in ((text, 1.3), (f"np.sign({text})", 1.35)):
        new = ast.BinOp(slot.node, ast.Mult(), read(said))
        yield slot.becomes(new, _OF_PENALTY, cost, f"`* {said}` is missing")


def _signs(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield the sign of a parameter in the place of it, beside a number: L1 is not L2."""
    match slot.holder:
        case ast.BinOp(left, ast.Mult(), right) if last_key(ast.unparse(slot.node)) in (
            known.parameters
        ):
            number = left if right is slot.node else right
            if known.is_number(number) or ast.unparse(number) in known.settings:
                yield slot.becomes(read(f"np.sign({ast.unparse(slot.node)})"), _OF_PENALTY, 1.25)


def _with_two(slot: Slot, missing: Sequence[str]) -> Iterator[Patch]:
    """Yield an expression times the product, or the quotient, of what the function never reads."""
    for one, two in permutations(missing[:_SEVERAL], 2):
        for operation, sign in ((ast.Mult(), "*"), (ast.Div(), "/")):
            if sign == "*" and one > two:
                continue
            factor = ast.BinOp(read(one), operation, read(two))
            new = ast.BinOp(factor, ast.Mult(), slot.node)
            message = f"`{one} {sign} {two} *` is missing"
            yield slot.becomes(new, ("path", "operand", "activation-missing"), 1.7, message)


def _sloped(slot: Slot, text: str, known: Around, more: float) -> Iterator[Patch]:
    """Yield an expression times the slope of an activation that has given some values."""
    cost = _PLAIN if is_copied(slot, known) else 1.45 + more  # `dz = da` was hardly meant so
    for said, form, kinds in _SLOPES:
        new = ast.BinOp(slot.node, ast.Mult(), form(read(text)))
        message = f"`{said.format(text)}` is missing"
        yield slot.becomes(new, (*kinds, "path", "operand"), cost, message)
