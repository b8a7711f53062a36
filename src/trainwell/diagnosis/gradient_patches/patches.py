"""Small changes of a function's source, of all sorts: what the user may have meant to write."""

import ast
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from trainwell.diagnosis.gradient_patches import patches_of_analogy as analogy
from trainwell.diagnosis.gradient_patches import patches_of_brackets as brackets
from trainwell.diagnosis.gradient_patches import patches_of_broadcasts as broadcasts
from trainwell.diagnosis.gradient_patches import patches_of_choices as choices
from trainwell.diagnosis.gradient_patches import patches_of_constants as constants
from trainwell.diagnosis.gradient_patches import patches_of_directions as directions
from trainwell.diagnosis.gradient_patches import patches_of_formulas as formulas
from trainwell.diagnosis.gradient_patches import patches_of_held as held
from trainwell.diagnosis.gradient_patches import patches_of_likeness as likeness
from trainwell.diagnosis.gradient_patches import patches_of_logarithms as logarithms
from trainwell.diagnosis.gradient_patches import patches_of_matrices as matrices
from trainwell.diagnosis.gradient_patches import patches_of_names as names
from trainwell.diagnosis.gradient_patches import patches_of_namesakes as namesakes
from trainwell.diagnosis.gradient_patches import patches_of_ones as ones
from trainwell.diagnosis.gradient_patches import patches_of_orders as orders
from trainwell.diagnosis.gradient_patches import patches_of_pairs as pairs
from trainwell.diagnosis.gradient_patches import patches_of_parts as parts
from trainwell.diagnosis.gradient_patches import patches_of_powers as powers
from trainwell.diagnosis.gradient_patches import patches_of_rounds as rounds
from trainwell.diagnosis.gradient_patches import patches_of_series as series
from trainwell.diagnosis.gradient_patches import patches_of_sisters as sisters
from trainwell.diagnosis.gradient_patches import patches_of_slopes as slopes
from trainwell.diagnosis.gradient_patches import patches_of_squares as squares
from trainwell.diagnosis.gradient_patches import patches_of_statements as whole
from trainwell.diagnosis.gradient_patches import patches_of_sums as sums
from trainwell.diagnosis.gradient_patches import patches_of_terms as terms
from trainwell.diagnosis.gradient_patches import patches_of_unread as unread
from trainwell.diagnosis.gradient_patches.around import Around
from trainwell.diagnosis.gradient_patches.degrees import linear, odd_terms
from trainwell.diagnosis.gradient_patches.patch import Patch, Slot, slots_of, statements_of


def patches(everywhere: Around, lines: Container[tuple[str, int]] | None = None) -> Iterator[Patch]:
    """Yield small changes of a function.

    Parameters
    ----------
    everywhere : Around
        The function, and what it could have used.
    lines : container of tuple, optional
        File and line of the statements to change; all of them by default.

    Yields
    ------
    Patch
        The simplest are not necessarily first.
    """
    source = everywhere.source
    for body, at, statement in statements_of(source.tree.body):
        if statement.lineno in source.of_cost:
            continue
        if lines is not None and (source.file, statement.lineno) not in lines:
            continue
        known = everywhere.at(statement)
        odd = odd_terms(statement, known)
        # Applied one after the other, patches would see each other's changes.
        found = _of_statement(body, at, statement, known)
        yield from [linear(patch, odd, known) for patch in [*found]] if odd else found


def _of_statement(
    body: Sequence[ast.stmt], at: int, statement: ast.stmt, known: Around
) -> Iterator[Patch]:
    """Yield small changes of one statement."""
    yield from whole.statement_patches(body, at, statement, known)
    yield from unread.unread_patches(body, at, statement, known)
    yield from sums.sum_patches(statement, known)
    if isinstance(statement, ast.For | ast.While):
        yield from rounds.reset_patches(statement)
    elif isinstance(statement, ast.Break | ast.Continue):
        yield from rounds.end_patches(body, at, statement)
    elif isinstance(statement, ast.AugAssign):
        yield from pairs.pair_patches(statement, known.source.tree)
        yield from broadcasts.masked_rows(body, at, statement, known)
    slots = list(slots_of(statement))
    yield from names.repeated_names(statement, slots, known)
    yield from names.all_examples(statement, slots)
    yield from sisters.sister_patches(slots, known)
    yield from namesakes.namesake_patches(statement, slots, known)
    for slot in slots:
        if not isinstance(getattr(slot.node, "ctx", ast.Load()), ast.Load):
            continue
        found = chain(
            formulas.formula_patches(slot, known),
            names.name_patches(slot, known),
            choices.choice_patches(slot, known),
            directions.direction_patches(slot, known),
            likeness.likeness_patches(slot, known),
            logarithms.logarithm_patches(slot, known),
            constants.constant_patches(slot, known),
            matrices.matrix_patches(slot, known),
            ones.one_patches(slot, known),
            orders.order_patches(slot, known),
            parts.part_patches(slot, known),
            powers.power_patches(slot, known),
            slopes.slope_patches(slot, known),
            held.held_patches(slot, known),
            terms.term_patches(slot, known),
            sums.einsum_patches(slot),
            sums.count_patches(slot, known),
            sums.number_patches(slot, known),
            series.series_patches(slot, known),
            series.argument_patches(slot, known),
            series.value_patches(slot, known),
            brackets.bracket_patches(slot),
            broadcasts.broadcast_patches(slot, known),
            squares.square_patches(slot, known),
            analogy.strides(slot, known),
            analogy.flags(slot, known),
        )
        yield from map(_of_slope, found) if _is_slope(slot, known) else found


def _is_slope(slot: Slot, known: Around) -> bool:
    """Say whether an expression is, or is part of, a number that `where` chooses."""
    below: ast.AST = slot.node
    for inner in slot.outer:
        match inner:
            case ast.Call(func=ast.Attribute(attr="where") | ast.Name(id="where"), args=args):
                return any(each is below and known.is_number(each) for each in args[1:])
        below = inner
    return False


def _of_slope(patch: Patch) -> Patch:
    if patch.kinds[0] not in ("factor", "constant"):
        return patch
    return replace(patch, kinds=("activation-wrong", *patch.kinds))
