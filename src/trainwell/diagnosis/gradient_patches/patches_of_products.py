"""Products of two variables, and what is left of one without another, where they are missing."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from trainwell.diagnosis.gradient_patches.around import Around, fits
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot
from trainwell.diagnosis.gradient_patches.syntax import text_of

_UNREAD = 4  # variables that nothing reads
_KEYS = 20  # of a dictionary
_UNCALLED = 1.1  # cost of a formula that nothing calls


def times_two(slot: Slot, shape: tuple[int, ...] | None, known: Around) -> Iterator[Patch]:
    """Yield an expression times a product of two variables, a difference, or a function of one.

    Parameters
    ----------
    slot : Slot
        An expression.
    shape : tuple of int or None
        Its shape, where it is known.
    known : Around
        What it could have used.

    Yields
    ------
    Patch
        What is computed for nothing is likely to be one of the two.
    """
    arrays = {n: s[1] for n, s in known.source.sorts.items() if s[0] == "array"}
    names = [name for name, own in arrays.items() if own == shape]
    unused = [name for name, own in arrays.items() if name in known.unused]
    pairs = {frozenset(p): 1.8 for p in combinations(names, 2)}
    pairs |= {
        frozenset((one, two)): 1.25
        for one in unused
        for two, own in arrays.items()
        if own == arrays[one] and one != two
    }
    for (one, two), cost in ((sorted(pair), cost) for pair, cost in pairs.items()):
        both = ast.BinOp(ast.Name(one, ast.Load()), ast.Mult(), ast.Name(two, ast.Load()))
        new = ast.BinOp(slot.node, ast.Mult(), both)
        kinds: tuple[str, ...] = ("path", "operand", "activation-wrong")
        yield slot.becomes(new, kinds, cost, f"`* {one} * {two}` is missing")
    yield from _times_difference(slot, shape, arrays, unused)
    yield from _times_sum(slot, known)
    for text in known.uncalled:
        called = ast.parse(text, mode="eval").body
        for node in ast.walk(called):
            ast.copy_location(node, slot.node)
        kinds = ("activation-missing", "activation-wrong", "operand")
        for operation, sign, more in ((ast.Mult(), "*", 0.0), (ast.Add(), "+", 0.1)):
            new = ast.BinOp(slot.node, operation, called)
            message = f"`{sign} {text}` is missing: nothing calls it"
            yield slot.becomes(new, kinds, _UNCALLED + more, message)
    arguments: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    arguments += [
        ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(key), ast.Load())
        for name, sort in known.source.sorts.items()
        for key in (sort[1][:_KEYS] if sort[0] == "dict" else ())
    ]
    for function, argument in product(known.source.helpers, arguments):
        slope = ast.Call(ast.Name(function, ast.Load()), [argument], [])
        kinds = ("activation-missing", "mask", "operand")
        message = f"`* {text_of(slope)}` is missing"
        yield slot.becomes(ast.BinOp(slot.node, ast.Mult(), slope), kinds, 1.55, message)


def _times_difference(
    slot: Slot,
    shape: tuple[int, ...] | None,
    arrays: Mapping[str, tuple[int, ...]],
    unused: Sequence[str],
) -> Iterator[Patch]:
    """Yield an expression times what is left of a variable without one that nothing reads."""
    for one in unused:
        for other, own in arrays.items():
            fitting = fits(arrays[one], own) and (shape is None or fits(own, shape))
            if other == one or not fitting:
                continue
            for first, second, more in ((other, one, 0.0), (one, other, 0.02)):
                names = [ast.Name(name, ast.Load()) for name in (first, second)]
                rest = ast.BinOp(names[0], ast.Sub(), names[1])
                kinds = ("path", "operand", "activation-missing", "activation-wrong")
                message = f"`* ({first} - {second})` is missing"
                new = ast.BinOp(slot.node, ast.Mult(), rest)
                yield slot.becomes(new, kinds, 1.25 + more, message)


def _times_sum(slot: Slot, known: Around) -> Iterator[Patch]:
    """Yield an expression times the sum of two variables that nothing reads, as in a loop's turn.

    What comes from above at each step, ``dh[t]``, is added to what comes from the step behind it.
    """
    likely = sorted(name for name in known.unused if name in known.passed_on)[:_UNREAD]
    for one, two in combinations(likely, 2):
        for terms in product(_at_each_turn(one, known), _at_each_turn(two, known)):
            total = ast.BinOp(terms[0], ast.Add(), terms[1])
            message = f"`* ({text_of(terms[0])} + {text_of(terms[1])})` is missing"
            kinds = ("path", "operand", "activation-wrong")
            yield slot.becomes(ast.BinOp(slot.node, ast.Mult(), total), kinds, 1.25, message)


def _at_each_turn(name: str, known: Around) -> Iterator[ast.expr]:
    """Yield a variable, and its element at each number that a loop counts."""
    yield ast.Name(name, ast.Load())
    for turn in dict.fromkeys(known.turns):
        yield ast.Subscript(ast.Name(name, ast.Load()), ast.Name(turn, ast.Load()), ast.Load())
