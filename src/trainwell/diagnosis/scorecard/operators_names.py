"""Faults in what a formula refers to: names, layers, transposes, axes, examples, loops."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from numpy.random import Generator

from trainwell.diagnosis.scorecard.faults import drawn, planted
from trainwell.diagnosis.scorecard.roles import Kinds, replaced
from trainwell.diagnosis.scorecard.sites import Edit, Replacement, Site, same, shape

_NUMBERED = re.compile(r"^(\D+)(\d+)(\D*)$")
_OF_COUNTS = ("factor", "uniform", "constant")
_OF_TURNS = ("path", "zero", "support", "examples", "unknown")
_REDUCTIONS = {"sum": "mean", "mean": "sum"}
_SWAPPED = {"sign": "abs", "abs": "sign", "maximum": "minimum", "minimum": "maximum"}


def _products(site: Site) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Iterate over the two operands of products of matrices."""
    for node in site.nodes:
        match node:
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                yield left, right
            case ast.Call(func=ast.Attribute(attr="dot" | "matmul"), args=[left, right]):
                yield left, right
            case ast.Call(func=ast.Attribute(value=left, attr="dot" | "matmul"), args=[right]):
                yield left, right


def _reductions(site: Site) -> Iterator[tuple[ast.Call, ast.expr, ast.Attribute, int | None]]:
    """Iterate over sums and means: the call, what it reduces, its name, and its axis."""
    for node in site.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in _REDUCTIONS:
            continue
        function = (
            isinstance(node.func.value, ast.Name) and shape(site.value(node.func.value)) is None
        )
        argument, rest = (
            (node.args[0], node.args[1:])
            if function and node.args
            else (node.func.value, node.args)
        )
        named = [word.value for word in node.keywords if word.arg in {"axis", "dim"}]
        axis = site.value([*named, *rest][0]) if [*named, *rest] else None
        yield node, argument, node.func, axis if isinstance(axis, int) else None


@planted("mixed-up-layers", "operand", "matrix", "copied", "stale", "mask", "activation-wrong")
def mixed_up_layers(site: Site) -> Iterator[Edit]:
    """Take the array of the layer before or behind."""
    known = site.around.variables
    for node in site.nodes:
        if isinstance(node, ast.Name):
            found = _NUMBERED.match(node.id)
            for step in (-1, 1) if found else ():
                assert found is not None  # noqa: S101 - for the type checker
                other = f"{found[1]}{int(found[2]) + step}{found[3]}"
                if other in known:
                    yield site.replace(node, other, *replaced(site, node), "stale")
        elif isinstance(node, ast.Subscript) and site.is_index(node.slice):
            for sign in ("-", "+"):
                if isinstance(node.slice, ast.Name | ast.BinOp):
                    yield site.replace(node.slice, f"{site.text(node.slice)} {sign} 1")


@planted("copied", "copied", "operand", "path", "activation-missing")
def copied(site: Site) -> Iterator[Edit]:
    """Return another array as the gradient of a parameter."""
    for name, node in _entries(site):
        for text in _others(site, node):
            yield site.replace(node, text, target=name)


@drawn("wrong-variable", "operand")
def wrong_variable(site: Site, rng: Generator) -> Iterator[Edit]:
    """Put another variable of the same shape in the place of one."""
    entries = [node for _, node in _entries(site)]
    for node in site.nodes:
        if node not in entries:
            for text in _drawn(_others(site, node), 3, rng):
                yield site.replace(node, text, *replaced(site, node))


@planted("unpacked-swapped", "operand", "matrix", "stale", "activation-wrong")
def unpacked_swapped(site: Site) -> Iterator[Edit]:
    """Unpack two neighbours in the wrong order."""
    for target in site.targets:
        elements = target.elts if isinstance(target, ast.Tuple) else []
        for one, two in pairwise(elements):
            if isinstance(one, ast.Name) and isinstance(two, ast.Name):
                first, second = (Replacement(*site.span(each), "") for each in (one, two))
                swapped = (
                    Replacement(first.start, first.end, two.id),
                    Replacement(second.start, second.end, one.id),
                )
                yield Edit(swapped, target=f"{one.id}, {two.id}")


@planted("wrong-count", *_OF_COUNTS)
def wrong_count(site: Site) -> Iterator[Edit]:
    """Count along another axis."""
    for node in site.nodes:
        match node:
            case ast.Subscript(value=ast.Attribute(value=array, attr="shape"), slice=place):
                for axis in range(len(site.shape(array) or ())):
                    if axis != site.value(place):
                        yield site.replace(place, str(axis), *_of_count(site))
                yield site.replace(node, f"{site.text(array)}.size", *_of_count(site))
            case ast.Call(func=ast.Name(id="len"), args=[array]) if site.is_array(array):
                yield site.replace(node, f"{site.text(array)}.size", *_of_count(site))
            case ast.Attribute(value=array, attr="size") if site.is_array(array):
                yield site.replace(node, f"len({site.text(array)})", *_of_count(site))


@planted("transpose-removed", "transposed", "matrix")
def transpose_removed(site: Site) -> Iterator[Edit]:
    """Forget to transpose."""
    for node in site.nodes:
        match node:
            case ast.Attribute(value=array, attr="T"):
                yield site.replace(node, site.wrap(array))
            case ast.Call(func=ast.Attribute(value=array, attr="t" | "transpose"), args=[]):
                yield site.replace(node, site.wrap(array))


@planted("transpose-extra", "transposed", "matrix", "operand")
def transpose_extra(site: Site) -> Iterator[Edit]:
    """Transpose one time too many."""
    for node in site.nodes:
        named = isinstance(node, ast.Name | ast.Subscript)
        if named and len(site.shape(node) or ()) == 2:
            counted = any(_length_of(outer) is node for outer in site.nodes)
            kinds = (*_of_count(site), "transposed") if counted else ()
            yield site.replace(node, f"{site.text(node)}.T", *kinds)


def _of_count(site: Site) -> Kinds:
    """Return the kinds of a wrong count: that of the turns of a loop is no factor."""
    return _OF_TURNS if isinstance(site.statement, ast.For) else _OF_COUNTS


def _length_of(node: ast.AST) -> ast.expr | None:
    """Return the array whose examples, or numbers, an expression counts."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=array, attr="shape")):
            return array
        case ast.Call(func=ast.Name(id="len"), args=[array]):
            return array
    return None


@planted("sum-mean", "reduction", "factor", "uniform")
def sum_mean(site: Site) -> Iterator[Edit]:
    """Take a mean for a sum or the reverse."""
    for _, _, function, _ in _reductions(site):
        end = site.span(function)[1]
        new = _REDUCTIONS[function.attr]
        yield Edit((Replacement(end - len(function.attr), end, new),))


@planted("reduction-axis", "reduction")
def reduction_axis(site: Site) -> Iterator[Edit]:
    """Sum along another axis, or along all of them."""
    for call, argument, _, axis in _reductions(site):
        others = range(len(site.shape(argument) or ()))
        words = [word.value for word in call.keywords if word.arg in {"axis", "dim"}]
        places = words or [each for each in call.args if each is not argument]
        if axis is None or not places:
            continue
        for other in others:
            if other != axis % len(others):
                yield site.replace(places[0], str(other))
        yield site.replace(places[0], "None")


@planted("axes-dropped", "reduction")
def axes_dropped(site: Site) -> Iterator[Edit]:
    """Do not keep the axis along which was summed."""
    for call, *_ in _reductions(site):
        for word in call.keywords:
            if word.arg in {"keepdims", "keepdim"}:
                yield site.replace(word.value, "False")


@planted("function-swapped", "operation", "activation-wrong", "regularisation")
def function_swapped(site: Site) -> Iterator[Edit]:
    """Call another function of the same family."""
    for node in site.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=name) as function) if name in _SWAPPED:
                end = site.span(function)[1]
                yield Edit((Replacement(end - len(name), end, _SWAPPED[name]),))


@drawn("example-dropped", "examples")
def example_dropped(site: Site, rng: Generator) -> Iterator[Edit]:
    """Forget one example."""
    yield from _some_examples(site, "1:" if rng.random() < 0.5 else ":-1")


@planted("first-example-only", "examples")
def first_example_only(site: Site) -> Iterator[Edit]:
    """Look at one example only."""
    yield from _some_examples(site, ":1")


@planted("half-the-examples", "examples")
def half_the_examples(site: Site) -> Iterator[Edit]:
    """Leave out every second example."""
    yield from _some_examples(site, "::2")


@planted("loop-off-by-one", *_OF_TURNS)
def loop_off_by_one(site: Site) -> Iterator[Edit]:
    """Begin or end a loop one step early or late."""
    if not isinstance(site.statement, ast.For):
        return
    for node in site.nodes:
        match node:
            case ast.Call(func=ast.Name(id="range"), args=bounds):
                if len(bounds) == 1:
                    yield site.replace(bounds[0], f"1, {site.text(bounds[0])}")
                for bound in bounds:
                    yield site.replace(bound, f"{site.text(bound)} - 1")
                    yield site.replace(bound, f"{site.text(bound)} + 1")
            case ast.Call(func=ast.Name(id="reversed" | "enumerate" | "zip"), args=args):
                for each in args:
                    if isinstance(each, ast.Name | ast.Attribute | ast.Subscript):
                        yield site.replace(each, f"{site.text(each)}[1:]")
                        yield site.replace(each, f"{site.text(each)}[:-1]")
            case ast.Name() | ast.Attribute() if node is site.parts[0]:
                yield site.replace(node, f"{site.text(node)}[1:]")
                yield site.replace(node, f"{site.text(node)}[:-1]")


def _entries(site: Site) -> list[tuple[str, ast.expr]]:
    """Return the names under which gradients are handed over, with what is handed over."""
    match site.statement:
        case ast.Assign(targets=[ast.Subscript() as target], value=ast.Name() as value):
            return [(site.text(target), value)]
        case ast.Return(value=ast.Tuple(elts=elements)):
            return [(site.text(element), element) for element in elements]
    match site.parts[0]:
        case ast.Dict(keys=keys, values=values):
            names = [key.value if isinstance(key, ast.Constant) else "" for key in keys]
            return list(zip(map(str, names), values, strict=True))
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            return [(keyword.arg or "", keyword.value) for keyword in keywords]
    return []


def _others(site: Site, node: ast.expr) -> list[str]:
    """Return the texts of other variables of the same shape and other values."""
    match node:
        case ast.Name(id=name):
            known, form = site.around.variables, "{}"
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))):
            known, form = site.value(owner), site.text(owner) + '["{}"]'
        case ast.Attribute(value=ast.Name(id="self") as owner, attr=name):
            known, form = getattr(site.value(owner), "__dict__", {}), "self.{}"
        case _:
            return []
    value = site.value(node)
    if not isinstance(known, dict) or shape(value) is None or isinstance(value, bool):
        return []
    found = []
    for other, candidate in known.items():
        alike = shape(candidate) == shape(value) and not isinstance(candidate, bool)
        if other != name and alike and not same(candidate, value):
            found.append(form.format(other))
    return found


def _drawn(texts: list[str], count: int, rng: Generator) -> list[str]:
    return [texts[place] for place in sorted(rng.permutation(len(texts))[:count])]


def _some_examples(site: Site, part: str) -> Iterator[Edit]:
    """Keep some of the examples where a product or a sum goes over all of them."""
    examples = site.around.examples
    for left, right in _products(site):
        one, two = site.shape(left), site.shape(right)
        if one and two and one[-1] in examples and len(one) <= 2 and len(two) <= 2:
            yield Edit(
                (
                    Replacement(*site.span(left), f"{site.wrap(left)}[..., {part}]"),
                    Replacement(*site.span(right), f"{site.wrap(right)}[{part}]"),
                )
            )
    for _, argument, _, axis in _reductions(site):
        lengths = site.shape(argument) or ()
        if axis is not None and lengths and lengths[axis] in examples:
            before = ":, " * (axis % len(lengths))
            text = f"{site.wrap(argument)}[{before}{part}]"
            yield site.replace(argument, text)
