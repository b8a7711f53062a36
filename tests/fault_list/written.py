"""Faults in what is told of signs, numbers and oddities that are written, and of penalties."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_written.py"
ALONE = (f"{TESTS}::test_what_is_likely_is_found_by_itself",)
BOTH = f"{TESTS}::test_both_are_told_in_their_lines"
APART = f"{TESTS}::test_what_patches_leave_out_is_told_apart"
PENALTY = f"{TESTS}::test_a_penalty_that_a_loop_leaves_out_is_one_mistake"
TOO_LARGE = f"{TESTS}::test_a_penalty_that_is_too_large_has_its_own_line"
REMOVALS = f"{PATCHES}/removals.py"
LIKELY = f"{GRADIENTS}/likely_patches.py"
WRITTEN = f"{GRADIENTS}/written_factors.py"
LEFT_OUT = f"{LOCALISATION}/left_out.py"

FAULTS = (
    Fault(
        "two signs are never too many",
        f"{GRADIENTS}/diagnosis.py",
        "for search in (two_left_out, beside_scaling):",
        "for search in (beside_scaling,):",
        (f"{BOTH}[signs in what is called twice]",),
    ),
    Fault(
        "what stands where another factor is told is right",
        f"{GRADIENTS}/diagnosis.py",
        "if one_point and any(map(is_product, findings)):",
        "if False:",
        (f"{BOTH}[sign]",),
    ),
    Fault(
        "a sign is never beside a number",
        WRITTEN,
        "return isclose(number, -factor) or is_odd(number)",
        "return is_odd(number)",
        (f"{BOTH}[sign]",),
    ),
    Fault(
        "elements that are written are not odd",
        REMOVALS,
        'case "support", ast.stmt(), ast.Pass():',
        'case "support", ast.expr(), ast.Pass():',
        ALONE,
    ),
    Fault(
        "everything that is written into a part is odd",
        REMOVALS,
        "return all(isinstance(each, ast.Constant) for each in _written_by(old))",
        "return True",
        (APART,),
    ),
    Fault(
        "halves are odd",
        REMOVALS,
        "_SIMPLEST = 8 ",
        "_SIMPLEST = 1 ",
        (APART,),
    ),
    Fault(
        "numbers of terms are factors of everything",
        REMOVALS,
        'if holder is not patch.statement or name != "value":',
        "if False:",
        (APART,),
    ),
    Fault(
        "what a loop leaves out are several mistakes",
        f"{LOCALISATION}/localisation.py",
        "    if left_out is not None:\n",
        "    if False:\n",
        (PENALTY,),
    ),
    Fault(
        "a product of two numbers is likelier than twice one",
        "diagnosis/gradient_verdict/constants.py",
        '            yield f"2 {name}", 2 * value\n',
        "",
        (PENALTY,),
    ),
    Fault(
        "what is computed for nothing is not asked for",
        f"{GRADIENTS}/idle_statements.py",
        "        if unread is not None:\n",
        "        if False:\n",
        (f"{TESTS}::test_what_a_function_computes_and_never_uses_is_missing_in_what_it_returns",),
    ),
    Fault(
        "functions that are not called compute for nothing, too",
        f"{LOCALISATION}/computed_for_nothing.py",
        "and tree.name in called",
        "",
        (f"{TESTS}::test_only_what_is_called_computes_for_nothing",),
    ),
    Fault(
        "a patch of nothing is told",
        f"{PATCHES}/patching.py",
        "if known and len(known) == len(ratios)",
        "if len(known) == len(ratios)",
        (f"{TESTS}::test_a_patch_that_changes_no_gradient_tells_no_factor",),
    ),
    Fault(
        "one variable without a name is as likely as two patches",
        f"{GRADIENTS}/weighing.py",
        " - 2 * is_nameless(each)",
        "",
        (f"{TESTS}::test_two_patches_are_likelier_than_a_variable_without_a_name",),
    ),
    Fault(
        "likely patches are not tried",
        f"{GRADIENTS}/diagnosis.py",
        "found = beside_likely(passes, deadline.left) or found",
        "pass",
        ALONE,
    ),
    Fault(
        "twos are written twice",
        WRITTEN,
        "_EVERYWHERE = (0.5, 1.0, 2.0)",
        "_EVERYWHERE = (0.5, 1.0)",
        (f"{TESTS}::test_a_factor_may_be_written_in_two_other_statements",),
    ),
    Fault(
        "whole numbers are never written as factors",
        f"{GRADIENTS}/weighing.py",
        "(*decimals, *factors_of(node))",
        "decimals",
        (f"{TESTS}::test_a_factor_may_be_written_in_two_other_statements",),
    ),
)
