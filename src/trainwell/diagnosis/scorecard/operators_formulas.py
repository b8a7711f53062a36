"""Faults within a formula: its signs, terms, factors, numbers, comparisons and axes."""

import ast
from collections.abc import Iterator

from numpy.random import Generator

from trainwell.diagnosis.scorecard.faults import drawn, planted
from trainwell.diagnosis.scorecard.roles import operand, regularises, slope, upstream
from trainwell.diagnosis.scorecard.sites import Edit, Site

_FACTORS = {"multiply": "*", "divide": "/", "true_divide": "/"}
_OF_POWERS = ("activation-wrong", "operation", "constant")
_COMPARISONS = {
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_PLACING = {"arange", "ones", "range", "reshape", "str", "transpose", "zeros"}
_REDUCING = {"expand_dims", "max", "mean", "squeeze", "sum"}
_FLAGS = {"axis", "dim", "keepdims", "keepdim", "dtype", "copy", "shape", "size"}


def _sums(site: Site) -> Iterator[tuple[ast.BinOp, str]]:
    for node in site.nodes:
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub()) if not site.is_index(node):
                yield node, "+" if isinstance(node.op, ast.Add) else "-"


def _products(site: Site) -> Iterator[tuple[ast.expr, ast.expr, ast.expr, str]]:
    """Iterate over products and quotients: the node, its two operands and its sign."""
    for node in site.nodes:
        match node:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                yield node, left, right, "*"
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                yield node, left, right, "/"
            case ast.Call(func=ast.Attribute(attr=name), args=[left, right]) if name in _FACTORS:
                yield node, left, right, _FACTORS[name]


def _numbers(site: Site) -> Iterator[ast.Constant]:
    """Iterate over the numbers of a formula that are no axes, places or sizes."""
    skipped = {inner for node in site.nodes for inner in _settings(node)}
    for node in site.nodes:
        match node:
            case ast.Constant(value=int() | float()) if node not in skipped:
                if not isinstance(node.value, bool):
                    yield node


def _settings(node: ast.expr) -> Iterator[ast.AST]:
    """Iterate over the parts of an expression that say where and how, not how much."""
    match node:
        case ast.Subscript(slice=inner):
            yield from ast.walk(inner)
        case ast.Compare(comparators=limits):
            yield from limits
        case ast.Call(func=function, args=args, keywords=keywords):
            for keyword in keywords:
                if keyword.arg in _FLAGS:
                    yield from ast.walk(keyword.value)
            name = ast.unparse(function).rpartition(".")[2]
            if name in _PLACING:
                yield from (inner for each in args for inner in ast.walk(each))
            if name in _REDUCING:
                yield from (each for each in args if isinstance(each, ast.Constant))


@planted("sign-removed", "sign", "factor", "path", "activation-wrong")
def sign_removed(site: Site) -> Iterator[Edit]:
    """Leave out a minus sign before an expression."""
    for node in site.nodes:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=inner) if not site.is_index(node):
                yield site.replace(node, site.wrap(inner))


@planted("plus-minus", "operation", "sign", "path", "factor")
def plus_minus(site: Site) -> Iterator[Edit]:
    """Exchange a plus for a minus or the reverse."""
    for node, old in _sums(site):
        new = "-" if old == "+" else "+"
        kinds = _in_sum(site, node, node.right, "operation", "sign", "path")
        yield site.between(node.left, node.right, old, new, *kinds)


@planted("update-sign", "sign", "path", "operation")
def update_sign(site: Site) -> Iterator[Edit]:
    """Exchange ``+=`` for ``-=`` or the reverse."""
    yield from _update(site, {ast.Add: ("+=", "-="), ast.Sub: ("-=", "+=")})


@planted("update-overwrites", "path", "accumulated", "data-term", "examples", "operation")
def update_overwrites(site: Site) -> Iterator[Edit]:
    """Assign where something was to be added."""
    yield from _update(site, {ast.Add: ("+=", "="), ast.Sub: ("-=", "=")})


@planted("mul-div", "operation", "factor", "activation-wrong", "constant")
def mul_div(site: Site) -> Iterator[Edit]:
    """Exchange a product for a quotient or the reverse."""
    for node, left, right, old in _products(site):
        new = "/" if old == "*" else "*"
        kinds = ["operation", *(["factor", "uniform"] if site.is_number(right) else [])]
        if isinstance(node, ast.BinOp):
            yield site.between(left, right, old, new, *kinds, *operand(site, right))
        else:
            text = f"({site.wrap(left)} {new} {site.wrap(right)})"
            yield site.replace(node, text, *kinds, *operand(site, right))
    yield from _update(site, {ast.Mult: ("*=", "/="), ast.Div: ("/=", "*=")})


@planted("drop-term", "path", "operand", "activation-wrong")
def drop_term(site: Site) -> Iterator[Edit]:
    """Leave out one term of a sum."""
    for node, sign in _sums(site):
        kinds = _in_sum(site, node, node.right, "path", "operand")
        yield site.replace(node, site.wrap(node.left), *kinds)
        kinds = _in_sum(site, node, node.left, "path", "operand")
        minus = "-" if sign == "-" else ""
        yield site.replace(node, f"({minus}{site.wrap(node.right)})", *kinds)


@planted("term-doubled", "path", "factor", "activation-wrong")
def term_doubled(site: Site) -> Iterator[Edit]:
    """Count one term of a sum twice."""
    for node, sign in _sums(site):
        for side, mark in ((node.left, "+"), (node.right, sign)):
            text = f"({site.text(node)} {mark} {site.flat(side)})"
            yield site.replace(node, text, *_in_sum(site, node, side, "path", "factor"))


@planted("drop-scalar-factor", "factor", "uniform", "constant")
def drop_scalar_factor(site: Site) -> Iterator[Edit]:
    """Leave out a number that multiplies or divides."""
    yield from _dropped(site, numbers=True)


@planted("drop-operand", "activation-missing", "mask", "operand")
def drop_operand(site: Site) -> Iterator[Edit]:
    """Leave out an array that multiplies or divides, such as a slope or a mask."""
    yield from _dropped(site, numbers=False)


@planted("operand-repeated", "activation-wrong", "factor", "operand")
def operand_repeated(site: Site) -> Iterator[Edit]:
    """Multiply or divide twice by the same."""
    for node, _, right, sign in _products(site):
        if upstream(site, right):
            continue
        kinds = ["factor", "uniform"] if site.is_number(right) else ["activation-wrong"]
        text = f"({site.text(node)} {sign} {site.flat(right)})"
        yield site.replace(node, text, *kinds, *operand(site, right))


def _comparison(site: Site, new: str) -> Iterator[Edit]:
    for node in site.nodes:
        match node:
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                old = _COMPARISONS.get(type(sign), new)
                if old != new:
                    kinds = ["mask", "activation-wrong", "dropout"]
                    if not site.is_array(node):
                        kinds = ["activation-wrong", "path", "mask", "unknown"]
                    yield site.between(left, right, old, new, *kinds)


@planted("comparison-ge", "mask")
def comparison_ge(site: Site) -> Iterator[Edit]:
    """Let a comparison hold from the limit on."""
    yield from _comparison(site, ">=")


@planted("comparison-gt", "mask")
def comparison_gt(site: Site) -> Iterator[Edit]:
    """Let a comparison hold above the limit."""
    yield from _comparison(site, ">")


@planted("comparison-lt", "mask")
def comparison_lt(site: Site) -> Iterator[Edit]:
    """Let a comparison hold below the limit."""
    yield from _comparison(site, "<")


@planted("comparison-le", "mask")
def comparison_le(site: Site) -> Iterator[Edit]:
    """Let a comparison hold up to the limit."""
    yield from _comparison(site, "<=")


@planted("comparison-ne", "mask")
def comparison_ne(site: Site) -> Iterator[Edit]:
    """Let a comparison hold everywhere but at the limit."""
    yield from _comparison(site, "!=")


@drawn("threshold", "mask", "activation-wrong", "constant")
def threshold(site: Site, rng: Generator) -> Iterator[Edit]:
    """Shift the limit of a comparison."""
    for node in site.nodes:
        match node:
            case ast.Compare(comparators=[limit]) if site.is_number(limit):
                for shift in (0.1, -0.1, 0.5, -0.5, round(rng.uniform(0.2, 0.9), 2)):
                    yield site.replace(limit, f"({site.text(limit)} + {shift})")


@planted("power-dropped", *_OF_POWERS)
def power_dropped(site: Site) -> Iterator[Edit]:
    """Forget to raise to a power."""
    for node in site.nodes:
        match node:
            case ast.BinOp(left=base, op=ast.Pow()):
                yield site.replace(node, site.wrap(base))
            case ast.Call(func=ast.Attribute(attr="square" | "power" | "sqrt"), args=[base, *_]):
                yield site.replace(node, site.wrap(base))


@drawn("constant-changed", "constant", "factor", "activation-wrong")
def constant_changed(site: Site, rng: Generator) -> Iterator[Edit]:
    """Put another number in a formula."""
    for node in _numbers(site):
        value = node.value
        if isinstance(value, int | float):
            choices = [value + 1, value - 1, 2 * value, value / 2]
            for number in rng.permutation([each for each in choices if each != value])[:3]:
                text = f"{number:g}"
                yield site.replace(node, f"({text})" if number < 0 else text)


@planted("wrong-slope", "activation-wrong", "mask", "constant", "operand")
def wrong_slope(site: Site) -> Iterator[Edit]:
    """Take another slope on one side of a kink."""
    for node in site.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="where"), args=[_, *sides]):
                for side in sides:
                    if site.is_number(side):
                        yield site.replace(side, f"(10 * {site.wrap(side)})")
                        yield site.replace(side, f"(1.01 * {site.wrap(side)})")
                        yield site.replace(side, f"({site.wrap(side)} + 0.01)")


@planted("eps-moved", "activation-wrong", "constant", "operation", "factor")
def eps_moved(site: Site) -> Iterator[Edit]:
    """Add the small number behind the root and not under it."""
    for node in site.nodes:
        match node:
            case ast.Call(args=[ast.BinOp(left=left, op=ast.Add(), right=small)], func=function):
                root = isinstance(function, ast.Attribute) and function.attr == "sqrt"
                if root and site.is_number(small):
                    text = f"({site.text(function)}({site.text(left)}) + {site.wrap(small)})"
                    yield site.replace(node, text)
            case ast.BinOp(
                left=ast.BinOp(left=left, op=ast.Add(), right=small), op=ast.Pow(), right=power
            ) if site.is_number(small):
                text = f"({site.wrap(left)} ** {site.wrap(power)} + {site.wrap(small)})"
                yield site.replace(node, text)


@planted("integer-division", "precision", "zero", "operation")
def integer_division(site: Site) -> Iterator[Edit]:
    """Divide whole numbers where fractions are meant."""
    for node in site.nodes:
        match node:
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                yield site.between(left, right, "/", "//")
    yield from _update(site, {ast.Div: ("/=", "//=")})


def _is_exponent(site: Site, node: ast.expr) -> bool:
    """Say whether an expression is an exponent, or a part of one."""
    powers = (n for n in site.nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow))
    return any(inner is node for power in powers for inner in ast.walk(power.right))


def _in_sum(site: Site, node: ast.BinOp, side: ast.expr, *others: str) -> tuple[str, ...]:
    """Return the kinds of a fault in one side of a sum, the others behind the exact ones."""
    if _is_exponent(site, node):
        return tuple(dict.fromkeys((*_OF_POWERS, *others)))
    if regularises(site, side):
        return "regularisation", *others
    if regularises(site, node.left) or regularises(site, node.right):
        return "data-term", *others
    inner = slope(site, side)
    if any(upstream(site, part) for part in site.parts):
        return *inner, *others
    return *others, *inner


def _dropped(site: Site, *, numbers: bool) -> Iterator[Edit]:
    for node, left, right, sign in _products(site):
        if site.is_number(right) == numbers:
            yield site.replace(node, site.wrap(left), *operand(site, right))
        if sign == "*" and site.is_number(left) == numbers:
            yield site.replace(node, site.wrap(right), *operand(site, left))


def _update(site: Site, signs: dict[type[ast.operator], tuple[str, str]]) -> Iterator[Edit]:
    """Exchange the sign of a statement such as ``x += y``."""
    statement = site.statement
    if not isinstance(statement, ast.AugAssign) or type(statement.op) not in signs:
        return
    if site.is_index(statement.value) and not isinstance(statement.op, ast.Mult | ast.Div):
        return
    old, new = signs[type(statement.op)]
    kinds: tuple[str, ...] = ()
    if new == "//=":
        kinds = ("precision", "zero", "operation")
    elif regularises(site, statement.value):
        kinds = ("data-term", "path") if new == "=" else ("regularisation", "sign", "operation")
    elif old in {"*=", "/="}:
        kinds = (*operand(site, statement.value), "operation")
    yield site.between(statement.target, statement.value, old, new, *kinds)
