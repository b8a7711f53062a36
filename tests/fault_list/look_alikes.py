"""Faults in what is offered for mistakes that raise no error."""

from fault_list.gradient_folders import PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_look_alikes.py"


def told(name: str) -> tuple[str, ...]:
    """Return the test that sees one mistake."""
    return (f"{TESTS}::test_the_mistake_is_told_with_what_is_meant[{name}]",)


FAULTS = (
    Fault(
        "vectors are never meant as columns",
        f"{PATCHES}/patches_of_squares.py",
        "if isinstance(holder.op, _ELEMENTWISE) and square in known.arrays.values():",
        "if False:",
        told("column"),
    ),
    Fault(
        "twice a matrix is never meant as both halves",
        f"{PATCHES}/patches_of_squares.py",
        "if len(shape) == 2 and shape[0] == shape[1]:",
        "if False:",
        told("halves"),
    ),
    Fault(
        "no array is counted in the place of a number",
        f"{PATCHES}/patches_of_sums.py",
        'yield slot.becomes(read(f"{name}.size"), KINDS, cost + _OF_SIZE)',
        "pass",
        told("size"),
    ),
    Fault(
        "no target stands in the place of one",
        f"{PATCHES}/patches_of_literals.py",
        "if placed is None and slot.is_term and was == 1:",
        "if False:",
        told("target"),
    ),
    Fault(
        "the same call of another variable is never missing",
        f"{PATCHES}/patches_of_terms.py",
        "yield from _of_same_call(slot, known)",
        "pass",
        told("same call"),
    ),
    Fault(
        "numbers that nothing reads are no terms",
        f"{PATCHES}/patches_of_statements.py",
        'if sort[0] in ("array", "number") and name in known.unread:',
        'if sort[0] == "array" and name in known.unread:',
        told("number"),
    ),
    Fault(
        "variables that nothing reads stand for no number",
        f"{PATCHES}/patches_of_literals.py",
        "for name in sorted(known.unread) if placed is None else ():",
        "for name in ():",
        told("variable"),
    ),
    Fault(
        "brackets end where they should",
        f"{PATCHES}/patches_of_powers.py",
        "    yield from _brackets(slot)\n",
        "",
        told("bracket"),
    ),
)
