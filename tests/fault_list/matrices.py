"""Faults in what is offered for Jacobians, and in what stays as it was while patches are tried."""

from fault_list.gradient_folders import GRADIENTS, PATCHES, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_patches_of_matrices.py"
ENTRIES = f"{TESTS}::test_a_mistake_in_a_written_matrix_is_told"
FORMULAS = f"{TESTS}::test_a_mistake_in_a_formula_of_a_jacobian_is_told"
SPARSE = f"{TESTS}::test_a_patch_writes_into_no_sparse_matrix"

FAULTS = (
    Fault(
        "rows have no factors",
        f"{PATCHES}/patches_of_held.py",
        "if shape is not None and len(shape) == 2:",
        "if False:",
        (f"{ENTRIES}[rows]",),
    ),
    Fault(
        "columns are never exchanged",
        f"{PATCHES}/patches_of_matrices.py",
        "for one, two in combinations(range(count), 2):",
        "for one, two in ():",
        (f"{ENTRIES}[columns]",),
    ),
    Fault(
        "numbers are not exchanged",
        f"{PATCHES}/patches_of_matrices.py",
        "if sum(isinstance(each, ast.Constant) for each in both) == 1:",
        "if False:",
        (f"{ENTRIES}[a number and an entry]",),
    ),
    Fault(
        "numbers are added to matrices as they are",
        f"{PATCHES}/patches_of_matrices.py",
        "if slot.is_term and known.is_number(slot.node):",
        "if False:",
        (f"{FORMULAS}[diagonal]",),
    ),
    Fault(
        "other entries say nothing of a factor",
        f"{PATCHES}/patches_of_matrices.py",
        "for text in [each for each in found if each not in own][:_MOST]:",
        "for text in ():",
        (f"{FORMULAS}[factor of the other entries]",),
    ),
    Fault(
        "entries of a matrix lack no factor",
        f"{PATCHES}/patch.py",
        "match self.outer[max(len(lists) - 1, 0) :][:2]:",
        "match self.outer[:2]:",
        (f"{FORMULAS}[factor of another entry]",),
    ),
    Fault(
        "the entry that lacks something is not told",
        f"{PATCHES}/patch.py",
        "part = part or isinstance(holder, ast.List)",
        "part = part or False",
        (f"{FORMULAS}[factor of another entry]",),
    ),
    Fault(
        "divisors are never squared",
        f"{PATCHES}/patches_of_powers.py",
        "isinstance(slot.holder.op, ast.Mult | ast.Div):\n        square",
        "isinstance(slot.holder.op, ast.Mult):\n        square",
        (f"{FORMULAS}[square of a divisor]",),
    ),
    Fault(
        "a factor is never times its rest",
        f"{PATCHES}/patches_of_ones.py",
        "slope = ast.BinOp(node, ast.Mult(), rest)",
        "slope = rest",
        (f"{FORMULAS}[rest]",),
    ),
    Fault(
        "numbers are not added to numbers",
        f"{PATCHES}/patches_of_sums.py",
        "if known.shape_of_target(slot.statement) == ():",
        "if False:",
        (f"{TESTS}::test_a_number_that_is_added_is_told",),
    ),
    Fault(
        "arrays of sparse matrices may be written to",
        f"{VERDICT}/leftovers.py",
        "    elif _is_sparse(holder):\n",
        "    elif False:\n",
        (SPARSE,),
    ),
    Fault(
        "sparse matrices keep the elements that they are given",
        f"{VERDICT}/leftovers.py",
        "matrix.__dict__.update(before)",
        "before.update(before)",
        (f"{TESTS}::test_a_sparse_matrix_has_the_elements_that_it_had",),
    ),
    Fault(
        "what wraps a function of the user's holds nothing",
        f"{VERDICT}/leftovers.py",
        "    for cell in function.__closure__ or ():\n"
        "        yield cell, _refused\n"
        "    if not is_written_by_user(function):\n"
        "        return\n",
        "    if not is_written_by_user(function):\n"
        "        return\n"
        "    for cell in function.__closure__ or ():\n"
        "        yield cell, _refused\n",
        (SPARSE,),
    ),
    Fault(
        "nothing is kept but what a recording shows",
        f"{GRADIENTS}/patchable.py",
        "bool(looked_up) or _looks_up(calls)",
        "bool(looked_up)",
        (f"{TESTS}::test_a_patch_writes_into_nothing_that_is_kept_for_the_next_call[point1]",),
    ),
    Fault(
        "tuples of numbers are no keys",
        f"{TAPE}/composed_memory.py",
        "while element.operation in _SAME and len(element.parents) == 1:",
        "while False:",
        (f"{TESTS}::test_a_patch_writes_into_nothing_that_is_kept_for_the_next_call[point0]",),
    ),
    Fault(
        "lists grow at one end only",
        f"{PATCHES}/patches_of_directions.py",
        "yield from _at_the_other_end(slot, node)",
        "pass",
        (f"{TESTS}::test_what_is_put_at_the_wrong_end_of_a_list_is_told",),
    ),
)
