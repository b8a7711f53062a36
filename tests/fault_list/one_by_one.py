"""Faults in what is held right while another fault is looked for."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_one_by_one.py"
BESIDE = "tests/diagnosis/test_check_beside.py"
EVERYDAY = "tests/diagnosis/test_check_everyday_faults.py"
BOTH = "test_of_two_mistakes_on_one_path_both_are_named"
EACH = f"{TESTS}::test_each_of_two_faults_is_named_where_only_the_other_is_mended"
NOTED = f"{TESTS}::test_what_a_statement_gives_is_noted_and_held_for_a_while"
RECORDED = (f"{TESTS}::test_what_is_held_is_recorded",)
OTHERS = (f"{TESTS}::test_other_values_of_a_statement_are_left_as_they_are",)

FAULTS = (
    Fault(
        "nothing is held right",
        f"{GRADIENTS}/diagnosis.py",
        "found = one_by_one(passes, located, _OF_EACH * deadline.left)",
        "found = []",
        (f"{EACH}[index-and-slope]",),
    ),
    Fault(
        "what is known is not held right",
        f"{GRADIENTS}/one_by_one.py",
        "held = None if line is None else held_at(passes, shop, line)",
        "held = None",
        ("tests/diagnosis/test_check_likelier.py::test_what_is_known_is_held_right",),
    ),
    Fault(
        "of two faults neither is looked for beside the other",
        f"{GRADIENTS}/diagnosis.py",
        "if len(findings) == FEW and any(map(is_doubtful, findings)):",
        "if False:",
        (f"{BESIDE}::test_a_simple_patch_tells_more_while_the_other_is_held_right",),
    ),
    Fault(
        "gradients of the other fault have to be right, too",
        f"{GRADIENTS}/beside_the_other.py",
        "without(passes.patchable, other.affected)",
        "passes.patchable",
        (f"{BESIDE}::test_a_simple_patch_tells_more_while_the_other_is_held_right",),
    ),
    Fault(
        "nothing is held right where one fault lies behind the other",
        f"{GRADIENTS}/beside_the_other.py",
        "found = found or _simple_beside(passes, located.shop, own, other, deadline)",
        "",
        (f"{EVERYDAY}::{BOTH}[a variable behind a factor]",),
    ),
    Fault(
        "one patch is told in the place of two findings",
        f"{GRADIENTS}/beside_the_other.py",
        "looked(findings[1], one)]",
        "looked(findings[1], findings[0])]",
        (f"{BESIDE}::test_one_statement_is_not_told_twice",),
    ),
    Fault(
        "a factor is doubtful",
        f"{GRADIENTS}/beside_the_other.py",
        "return finding.confidence < 1.0 and odd",
        "return finding.confidence < 1.0",
        (f"{BESIDE}::test_only_what_is_no_factor_and_not_certain_is_doubtful",),
    ),
    Fault(
        "patches of one value are judged by another one",
        f"{GRADIENTS}/one_by_one.py",
        "return {_VALUE: given[at]}",
        "return {_VALUE: given[at - 1]}",
        (EACH,),
    ),
    Fault(
        "the first statement of a line is held",
        f"{GRADIENTS}/held_right.py",
        "if place_among(held.seen(), step.value) is not None:",
        "if held.seen():",
        (f"{TESTS}::test_of_several_statements_in_a_line_the_one_that_gives_a_value_is_held",),
    ),
    Fault(
        "any value of a statement is held",
        f"{PATCHES}/holding.py",
        "if np.array_equal(old, plain, equal_nan=True)",
        "if np.allclose(old, plain)",
        OTHERS,
    ),
    Fault(
        "arrays that are changed in place are not held",
        f"{PATCHES}/holding.py",
        "value[...] = right if is_traced(value) else _like(value, right)",
        "value.copy()[...] = right",
        (f"{NOTED}[total +=-5-value5]",),
    ),
    Fault(
        "what is held is not recorded",
        f"{PATCHES}/holding.py",
        'return value.recorder.constant(right, "held")',
        "return right.copy()",
        RECORDED,
    ),
    Fault(
        "a statement stays held in the syntax tree",
        f"{PATCHES}/holding.py",
        'vars(node)["value"] = value\n',
        "pass\n",
        (f"{NOTED}[a = given-0-value0]",),
    ),
    Fault(
        "no loop counts anything",
        f"{PATCHES}/around.py",
        'return tuple(name for name in names if self.source.sorts.get(name) == ("number",))',
        "return ()",
        (f"{TESTS}::test_one_row_in_the_place_of_each_in_turn_is_found",),
    ),
    Fault(
        "where a sum begins a derivative is expected",
        f"{LOCALISATION}/wrong_values.py",
        "if not step.parents:",
        "if False:",
        (f"{TESTS}::test_where_a_sum_begins_no_derivative_is_expected",),
    ),
)
