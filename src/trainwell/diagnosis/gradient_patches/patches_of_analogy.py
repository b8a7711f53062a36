"""What others like it have: a statement for each variable, a mask on each array, a stride."""

import ast
from collections.abc import Container, Iterator, Mapping, Sequence
from inspect import signature
from itertools import islice, permutations
from types import FunctionType
from typing import TypeGuard

from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, holder_of, statements_of
from trainwell.diagnosis.gradient_patches.syntax import followed, located, renamed, text_of

_ORDERS = 60
_BESIDE = 1.1  # cost of such a statement beside its model
_MISSING = ("path", "zero", "data-term", "support")
_PENALISED = ("regularisation", "path", "operand")


def analogous_statements(
    body: Sequence[ast.stmt], at: int, statement: ast.stmt, known: Around, holder: ast.Module
) -> Iterator[Patch]:
    """Yield a statement for a variable that nothing reads, like that of another variable.

    Parameters
    ----------
    body : sequence of ast.stmt
        The list in which a statement stands.
    at : int
        Its place there.
    statement : ast.stmt
        The one that assigns the variable.
    known : Around
        What it could have used.
    holder : ast.Module
        Has the list as its body.

    Yields
    ------
    Patch
        For ``da_r``, where ``dh += backward("z", da_z)`` stands: ``dh += backward("r", da_r)``.
    """
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    for target in (x for t in targets for x in (t.elts if isinstance(t, ast.Tuple) else [t])):
        if not isinstance(target, ast.Name) or target.id not in known.unused:
            continue
        following = body[at + 1] if at + 1 < len(body) else None
        empty = following if isinstance(following, ast.Pass) else None
        for around, place, model in statements_of(known.source.tree.body):
            if not isinstance(model, ast.Assign | ast.AugAssign | ast.Expr) or model is statement:
                continue
            for exchanged in _analogies(model, target.id, known):
                new = renamed(model, exchanged)
                message = (
                    f"nothing uses `{target.id}`: `{text_of(new)}` is missing, "
                    f"as in line {model.lineno}"
                )
                change = (holder, "body", at, followed(statement, new))
                aim = new.target if isinstance(new, ast.AugAssign) else target
                yield Patch(
                    empty or statement, _MISSING, 1.0, message, (change,), target=text_of(aim)
                )
                if model.lineno > statement.lineno:  # what is between may change what it reads
                    change = (holder_of(around), "body", place, followed(model, renamed(new, {})))
                    own = new.targets[0] if isinstance(new, ast.Assign) else aim
                    yield Patch(model, _MISSING, _BESIDE, message, (change,), target=text_of(own))


def _analogies(model: ast.stmt, name: str, known: Around) -> Iterator[Mapping[str, str]]:
    """Yield which words of a statement are to be exchanged so that it is about a variable."""
    read = {n.id for n in ast.walk(model) if _is_load(n)}
    for other in sorted(read - {name}):
        if known.source.sorts.get(other, ("",))[0] != known.source.sorts.get(name, (None,))[0]:
            continue
        start = next((i for i, (a, b) in enumerate(zip(other, name, strict=False)) if a != b), None)
        if start is None or len(other) != len(name):
            continue
        end = next(i for i in range(1, len(name) + 1) if other[-i] != name[-i]) - 1
        old, new = (word[start : len(word) - end] for word in (other, name))
        if len(old) > 2:
            continue
        exchanged = {other: name, old: new}
        for each in read:
            fitting = each.replace(old, new)
            if len(each) > 1 and each != other and fitting in known.source.sorts:
                exchanged.setdefault(each, fitting)
        yield exchanged
        yield {other: name}


def analogous_entries(
    statement: ast.AugAssign, at: int, known: Around, holder: ast.Module
) -> Iterator[Patch]:
    """Yield the update of another entry, made of its own parameter like the one that is there.

    Parameters
    ----------
    statement : ast.AugAssign
        As ``grads["dV"] += decay * params["V"]``.
    at : int
        Its place in the list in which it stands.
    known : Around
        What it could have used.
    holder : ast.Module
        Has the list as its body.

    Yields
    ------
    Patch
        With ``grads["dU"] += decay * params["U"]`` behind it.
    """
    target = statement.target
    key = key_of(target.slice) if isinstance(target, ast.Subscript) else None
    if not isinstance(target, ast.Subscript) or key is None:
        return
    sort = known.sort(target.value)
    read = [text for text in map(key_of, ast.walk(statement.value)) if text is not None]
    own = max((text for text in read if key.endswith(text)), key=len, default="")
    if not own or sort is None or sort[0] != "dict":
        return
    before = key.removesuffix(own)
    updates = (node for node in ast.walk(known.source.tree) if isinstance(node, ast.AugAssign))
    written = set(map(ast.unparse, updates))
    for other in sort[1]:
        name = other.removeprefix(before)
        if not other.startswith(before) or not name or name == own:
            continue
        known_texts = {name, *known.keys, *known.constants}
        texts = {text: f"{text.removesuffix(own)}{name}" for text in read if text.endswith(own)}
        texts = {key: other} | {text: new for text, new in texts.items() if new in known_texts}
        new = renamed(statement, texts)
        if ast.unparse(new) in written:
            continue
        message = f"`{text_of(new)}` is missing, as in line {statement.lineno}"
        change, aim = (holder, "body", at, followed(statement, new)), text_of(new.target)
        yield Patch(statement, _PENALISED, 1.0, message, (change,), target=aim)


def masked_parts(
    statement: ast.Assign | ast.AugAssign, value: ast.expr, known: Around
) -> Iterator[Patch]:
    """Yield a value for some elements of an array with the same elements of another one.

    Parameters
    ----------
    statement : ast.Assign or ast.AugAssign
        It changes some elements, as ``dy[negative] *= alpha``.
    value : ast.expr
        What it is given.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With ``a[negative]`` as a term or as a factor.
    """
    target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
    if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Constant):
        return
    shape = known.shape(target.value)
    parts: list[tuple[str, ast.expr]] = [
        (name, ast.Subscript(ast.Name(name, ast.Load()), target.slice, ast.Load()))
        for name, sort in known.source.sorts.items()
        if shape is not None and sort == ("array", shape)
    ]
    parts += [(name, ast.Constant(number)) for name, number in known.constants.items()]
    for name, part in parts:
        said = name if isinstance(part, ast.Constant) else text_of(part)
        for operation, sign, cost in (
            (ast.Mult(), "*", 1.35),
            (ast.Add(), "+", 1.4),
            (ast.Sub(), "-", 1.4),
        ):
            if isinstance(target.value, ast.Name) and name == target.value.id and sign != "*":
                continue
            new = located(ast.BinOp(value, operation, part), value)
            message = f"`{sign} {said}` is missing"
            kinds = ("path", "activation-missing", "operand", "activation-wrong")
            yield Patch(statement, kinds, cost, message, ((statement, "value", None, new),))


def like_siblings(statement: ast.stmt, value: ast.expr, known: Around) -> Iterator[Patch]:
    """Yield one of several results times, or over, the number that another one has.

    Parameters
    ----------
    statement : ast.stmt
        It gives several results at once.
    value : ast.expr
        These: a dictionary, a tuple or a list.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        As ``{"dW": dW / n, "db": db / n}`` where ``{"dW": dW, "db": db / n}`` stands.
    """
    yield from _as_scaled(statement, value, known)
    if isinstance(value, ast.Dict):
        yield from _as_penalised(statement, value)


def _as_scaled(statement: ast.stmt, value: ast.expr, known: Around) -> Iterator[Patch]:
    parts: list[ast.expr] = []
    if isinstance(value, ast.Dict | ast.Tuple | ast.List):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
    scaled = {
        (type(part.op), ast.unparse(part.right)): part
        for part in parts
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div)
        if known.is_number(part.right)
    }
    for at, part in enumerate(parts):
        for (operation, text), model in scaled.items():
            if isinstance(part, ast.BinOp) and ast.unparse(part.right) == text:
                continue
            new = located(ast.BinOp(part, operation(), model.right), part)
            message = f"`{'/' if operation is ast.Div else '*'} {text}` is missing, as beside it"
            name = "values" if isinstance(value, ast.Dict) else "elts"
            change = ((value, name, at, new),)
            yield Patch(statement, ("factor", "uniform", "constant"), 0.98, message, change)


def _as_penalised(statement: ast.stmt, value: ast.Dict) -> Iterator[Patch]:
    """Yield an entry with the term that another entry has, made of its own parameter."""
    keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
    named = [(key, part) for key, part in zip(keys, value.values, strict=True) if key is not None]
    for model, whole in named:
        if not isinstance(whole, ast.BinOp) or not isinstance(whole.op, ast.Add | ast.Sub):
            continue
        texts = (n.value for n in ast.walk(whole.right) if isinstance(n, ast.Constant))
        own = next((t for t in texts if isinstance(t, str) and str(model).endswith(t)), None)
        before = str(model).removesuffix(own or "")
        for at, (key, part) in enumerate(zip(keys, value.values, strict=True)):
            if own is None or not isinstance(key, str) or part is whole:
                continue
            if key.startswith(before) and not isinstance(part, ast.BinOp):
                term = renamed(whole.right, {own: key.removeprefix(before)})
                new = located(ast.BinOp(part, whole.op, term), part)
                sign = "+" if isinstance(whole.op, ast.Add) else "-"
                message = f"`{sign} {text_of(term)}` is missing, as beside it"
                yield Patch(statement, _PENALISED, 0.98, message, ((value, "values", at, new),))


def flags(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield a call of a user's function with one of its flags the other way round.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        As ``sigmoid(a, derivative=True)`` where ``sigmoid(a)`` stands.
    """
    match slot.node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            function = known.source.function.__globals__.get(name)
        case _:
            return
    if not isinstance(function, FunctionType):
        return
    named = {keyword.arg for keyword in keywords}
    for place, parameter in enumerate(signature(function).parameters.values()):
        given = place < len(args) or parameter.name in named
        if isinstance(parameter.default, bool) and not given:
            other = ast.keyword(parameter.name, ast.Constant(not parameter.default))
            new = ast.Call(ast.Name(name, ast.Load()), args, [*keywords, other])
            kinds = ("activation-wrong", "operand", "operation", "constant")
            yield slot.becomes(new, kinds, 1.1)


def carried(statement: ast.Assign, known: Around) -> Iterator[Patch]:
    """Yield results that nothing reads under the names of what they were made of.

    Parameters
    ----------
    statement : ast.Assign
        In a loop: ``dh, dc = backward(dh_next, dc_next)``.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        With ``dh_next, dc_next`` on the left, so that the next round has them.
    """
    target = statement.targets[0]
    targets = target.elts if isinstance(target, ast.Tuple) else [target]
    names = [each.id for each in targets if isinstance(each, ast.Name)]
    loads = {n.id for n in ast.walk(known.source.tree) if _is_load(n)}
    if len(names) < len(targets) or len(statement.targets) > 1:
        return
    if loads.intersection(names):
        yield from _carried_beside(statement, target, loads, known)
        return
    sources = dict.fromkeys(n.id for n in ast.walk(statement.value) if _is_load(n))
    sorts = known.source.sorts
    for chosen in islice(permutations(sources, len(names)), _ORDERS):
        if all(a in sorts and sorts[a] == sorts.get(b) for a, b in zip(chosen, names, strict=True)):
            new: list[ast.expr] = [ast.Name(each, ast.Store()) for each in chosen]
            changed = ast.Tuple(new, ast.Store()) if isinstance(target, ast.Tuple) else new[0]
            ast.copy_location(changed, target)
            message = f"nothing reads `{text_of(target)}`: `{text_of(changed)}` is meant"
            change = ((statement, "targets", 0, ast.fix_missing_locations(changed)),)
            yield Patch(statement, ("path", "zero", "stale"), 1.05, message, change)


def _carried_beside(
    statement: ast.Assign, target: ast.expr, loads: Container[str], known: Around
) -> Iterator[Patch]:
    """Yield one result that nothing reads, beside others, under the name of what it was made of."""
    if not isinstance(target, ast.Tuple) or not isinstance(statement.value, ast.Call):
        return
    given = [each.id for each in statement.value.args if isinstance(each, ast.Name)]
    own = [*map(ast.unparse, target.elts)]
    for at, each in enumerate(target.elts):
        old = ast.unparse(each)
        for name in dict.fromkeys(given):
            sort = known.source.sorts.get(name)
            if old in loads or name in own or sort is None or sort != known.source.sorts.get(old):
                continue
            new = ast.copy_location(ast.Name(name, ast.Store()), each)
            message = f"nothing reads `{old}`: `{name}` is meant"
            change = (target, "elts", at, new)
            yield Patch(statement, ("path", "zero", "stale"), 1.05, message, (change,), target=name)


def key_of(node: ast.AST) -> str | None:
    """Return a text, as of an entry of a dictionary; ``None`` of any other node."""
    match node:
        case ast.Constant(value=str(text)):
            return text
    return None


def _is_load(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def strides(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an index times a whole number of its statement, or such a number times an index.

    Parameters
    ----------
    slot : Slot
        An expression.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        As ``x[2 * i : 2 * i + 2]`` where ``x[2 * i : i + 2]`` stands.
    """
    node, kinds = slot.node, ("factor", "constant", "operand", "path")
    if not slot.within(ast.Slice):
        return
    if isinstance(node, ast.Name) and known.sort(node) == ("number",):
        for number in _whole_numbers(slot.statement):
            yield slot.becomes(ast.BinOp(ast.Constant(number), ast.Mult(), node), kinds, 1.25)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > 1:
        for name, sort in known.source.sorts.items():
            if sort == ("number",):
                product = ast.BinOp(node, ast.Mult(), ast.Name(name, ast.Load()))
                yield slot.becomes(product, kinds, 1.3)


def _whole_numbers(statement: ast.stmt) -> list[int]:
    numbers = [n.value for n in ast.walk(statement) if isinstance(n, ast.Constant)]
    return sorted({number for number in numbers if type(number) is int and number > 1})
