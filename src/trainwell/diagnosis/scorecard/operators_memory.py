"""Faults in what is remembered and shared: stale values, aliases, sums that are never reset."""

import ast
from collections.abc import Iterator

from numpy.random import Generator

from trainwell.diagnosis.scorecard.faults import drawn, planted
from trainwell.diagnosis.scorecard.roles import compares, regularises, two_valued, upstream
from trainwell.diagnosis.scorecard.sites import Edit, Site

_SIGNS = {ast.Mult: "*", ast.Div: "/", ast.Add: "+", ast.Sub: "-"}


def _reads(site: Site) -> Iterator[ast.expr]:
    """Iterate over the variables that a formula reads."""
    if not isinstance(site.statement, ast.Assign | ast.AugAssign | ast.Return):
        return
    for node in site.nodes:
        match node:
            case ast.Name() | ast.Subscript(slice=ast.Constant(value=str())):
                yield node


def _key(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""


def _memory(site: Site, name: str) -> str:
    """Return the text of a variable that outlives the call."""
    return f"{site.around.name}.kept_{name}_{site.statement.lineno}"


@planted("stale-update", "stale", "matrix", "operand")
def stale_update(site: Site) -> Iterator[Edit]:
    """Take a parameter that has been updated already."""
    earlier: dict[str, str] = {}
    for statement in ast.walk(site.around.function):
        if isinstance(statement, ast.Assign) and statement.lineno < site.statement.lineno:
            for target in statement.targets:
                earlier[_key(target)] = ast.unparse(target)
    for node in _reads(site):
        gradient = earlier.get(f"d{_key(node)}")
        if gradient and site.parameter(node):
            yield site.replace(node, f"({site.text(node)} - 0.1 * {gradient})")


@drawn("stale-memo", "stale", "operand")
def stale_memo(site: Site, rng: Generator) -> Iterator[Edit]:
    """Go on with the value of the first call."""
    copy = ".clone()" if site.around.program.framework == "torch" else ".copy()"
    nodes = [
        node
        for node in _reads(site)
        if site.is_array(node) and not upstream(site, node) and _key(node) not in {"np", ""}
    ]
    if nodes:
        node = nodes[int(rng.integers(len(nodes)))]
        owner = f"{site.around.name}.__dict__.setdefault"
        yield site.replace(node, f'{owner}("{_key(node)}", {site.text(node)}{copy})')


@planted("not-reset", "accumulated", "stale")
def not_reset(site: Site) -> Iterator[Edit]:
    """Add to what the last call has left."""
    if not isinstance(site.statement, ast.Assign):
        return
    for node in site.values:
        name = _key(site.targets[0]) or "sum"
        kept = _memory(site, name)
        owner, _, attribute = kept.rpartition(".")
        text = f'{kept} = getattr({owner}, "{attribute}", 0) + ({site.text(node)})'
        if node is site.parts[0]:
            yield site.replace(node, text)


@planted("shared-buffer", "aliased", "stale")
def shared_buffer(site: Site) -> Iterator[Edit]:
    """Return the same array from every call."""
    name = site.single
    if name and site.values and isinstance(site.statement, ast.Assign):
        kept = _memory(site, _key(site.targets[0]) or "array")
        owner, _, attribute = kept.rpartition(".")
        fetch = f'{kept} = getattr({owner}, "{attribute}", {name})'
        yield site.append(f"{fetch}; {kept}[...] = {name}; {name} = {kept}")


@planted("in-place", "aliased", "path", "operand")
def in_place(site: Site) -> Iterator[Edit]:
    """Change the array that a formula only reads."""
    if not site.single or not isinstance(site.statement, ast.Assign):
        return
    node = site.parts[0]
    match node:
        case ast.BinOp(left=ast.Name() as left, op=sign, right=right) if type(sign) in _SIGNS:
            mark = _SIGNS[type(sign)]
        case ast.Call(func=ast.Attribute(attr="multiply"), args=[ast.Name() as left, right]):
            mark = "*"
        case _:
            return
    if site.is_array(left) and site.shape(left) == site.shape(node):
        text = f"{left.id} {mark}= {site.wrap(right)}; {site.single} = {left.id}"
        yield site.replace(site.statement, text)


@planted("drop-statement", "path", "zero", "support", "unknown")
def drop_statement(site: Site) -> Iterator[Edit]:
    """Leave out a statement that changes what is there already."""
    statement = site.statement
    if isinstance(statement, ast.Expr):
        yield site.replace(statement, "pass", target=site.target or ", ".join(_filled(site)))
        return
    before = {
        name
        for other in ast.walk(site.around.function)
        if isinstance(other, ast.Assign) and other.lineno < statement.lineno
        for target in other.targets
        for name in _assigned(target)
    }
    arguments = site.around.function.args
    before |= {each.arg for each in (*arguments.posonlyargs, *arguments.args)}
    changed = isinstance(statement, ast.AugAssign) or (
        isinstance(statement, ast.Assign)
        and (not isinstance(site.targets[0], ast.Name) or site.targets[0].id in before)
    )
    if not changed:
        return
    node = site.parts[0]
    kinds: tuple[str, ...] = ()
    if isinstance(statement, ast.AugAssign):
        if regularises(site, node):
            kinds = ("regularisation",)
        elif site.is_number(node) and isinstance(statement.op, ast.Mult | ast.Div):
            kinds = ("factor", "uniform")
    if not kinds:
        kinds = _forgotten(site, node)
    yield site.replace(statement, "pass", *kinds, "path", "operand")


@planted("regularised-bias", "regularisation")
def regularised_bias(site: Site) -> Iterator[Edit]:
    """Add a penalty on a parameter that has none, or one more on one that has."""
    around = site.around
    if not site.single or not site.values:
        return
    name = _key(site.targets[0]).removeprefix("d")
    if name not in around.params or _key(site.targets[0]) == name:
        return
    if name in around.variables:
        text = name
    elif "params" in around.variables:
        text = f'params["{name}"]'
    else:
        return
    node = site.values[0]
    yield site.replace(node, f"({site.text(node)}) + 0.1 * {text}")


def _filled(site: Site) -> Iterator[str]:
    """Iterate over the arguments of a call that were made to be written into."""
    made = {
        name
        for name, value in site.around.assignments
        if isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr.startswith(("zeros", "empty"))
    }
    for part in site.parts:
        for node in part.args if isinstance(part, ast.Call) else ():
            if isinstance(node, ast.Name) and node.id in made:
                yield node.id


def _assigned(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _forgotten(site: Site, node: ast.expr) -> tuple[str, ...]:
    """Return the kinds of a step that is left out."""
    if any(compares(target) for target in site.targets) or compares(node):
        return "mask", "activation-missing"
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            side = right if upstream(site, left) else left
            if site.is_number(side):
                return "dropout", "factor", "uniform"
            if two_valued(site, side):
                return "dropout", "mask", "activation-missing"
            return ("activation-missing",)
        case ast.BinOp(op=ast.Add() | ast.Sub(), right=right) if regularises(site, right):
            return ("regularisation",)
    return "path", "zero", "support", "data-term"
