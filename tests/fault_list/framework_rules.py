"""Faults in how a framework's rule is judged and searched."""

from fault_list.gradient_folders import FRAMEWORKS, GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_framework_report.py"
HELD = "tests/diagnosis/test_check_held_frameworks.py"
GATHERED = "tests/diagnosis/test_check_gathered.py"
ROWS = f"{GATHERED}::test_a_factor_of_rows_is_told_where_they_are_made"
PART = "tests/diagnosis/test_check_two_patches.py::test_what_is_changed_in_part_is_told_apart"
REPORT = f"{FRAMEWORKS}/framework_report.py"
JUDGING = f"{FRAMEWORKS}/framework_judging.py"
BESIDE = f"{TESTS}::test_what_only_larger_cotangents_show_is_told_beside_another_mistake"

FAULTS = (
    Fault(
        "of what is wrong no other point is looked at",
        REPORT,
        'if settings.points > 1 and (judgement.verdict == "PASS" or (known and not odd)):',
        'if settings.points > 1 and judgement.verdict == "PASS":',
        (BESIDE,),
    ),
    Fault(
        "cotangents are as large at the other point",
        JUDGING,
        "    subject.scale(_LARGER)\n",
        "",
        (BESIDE,),
    ),
    Fault(
        "errors are those of another point",
        REPORT,
        "shown = judgement if wrong == known else seen",
        "shown = seen",
        (f"{TESTS}::test_errors_are_those_of_the_given_point_where_no_other_one_shows_more",),
    ),
    Fault(
        "that another point was looked at is always said",
        JUDGING,
        "if more else judgement.reasons)",
        "if wrong else judgement.reasons)",
        (f"{TESTS}::test_errors_are_those_of_the_given_point_where_no_other_one_shows_more",),
    ),
    Fault(
        "what is found beside what is known is not told",
        REPORT,
        "told = better(told, [*sure, *(each for each in found if each.line)], wrong)",
        "told = sure",
        (f"{TESTS}::test_what_is_known_without_a_search_is_told_beside_the_rest",),
    ),
    Fault(
        "tensors are held as NumPy's arrays",
        f"{PATCHES}/holding.py",
        "return value.new_tensor(right)",
        "return right.copy()",
        (f"{HELD}::test_a_tensor_is_held_as_a_tensor",),
    ),
    Fault(
        "what is only followed has no turn",
        f"{PATCHES}/holding.py",
        "        self.turns.append(right)\n",
        "",
        (f"{HELD}::test_what_is_only_followed_is_held_by_its_turn",),
    ),
    Fault(
        "whole numbers that are only followed have a turn",
        f"{PATCHES}/holding.py",
        ' and value.dtype.kind == "f"',
        "",
        (f"{HELD}::test_what_is_only_followed_is_held_by_its_turn",),
    ),
    Fault(
        "a value is found to the bit or not at all",
        f"{GRADIENTS}/held_right.py",
        "return next(same, next(near, None))",
        "return next(same, None)",
        (f"{HELD}::test_a_value_is_found_among_those_that_a_framework_computes_otherwise",),
    ),
    Fault(
        "what JAX updates in part is changed as a whole",
        f"{PATCHES}/patches_of_removal.py",
        "elif _is_of_a_part(target) or _is_of_a_part(_updated(statement)):",
        "elif _is_of_a_part(target):",
        (f"{PART}[x = x.at[0].set(1)-support]",),
    ),
    Fault(
        "that nothing is seen elsewhere is not said",
        JUDGING,
        "judgement = replace(judgement, reasons=(*judgement.reasons, said))",
        "str(said)",
        (f"{TESTS}::test_a_rule_that_does_not_end_elsewhere_is_stopped_there",),
    ),
    Fault(
        "factors are those of another point",
        REPORT,
        "findings = [_at(judgement, seen, finding) for finding in told]",
        "findings = told",
        (f"{TESTS}::test_a_factor_is_that_of_the_given_point",),
    ),
    Fault(
        "factors of rows stand where these are put together",
        f"{LOCALISATION}/repair_findings.py",
        "step = step if factor is None else made_of(step, shop.steps)",
        "pass",
        (ROWS,),
    ),
    Fault(
        "rows are made where they are joined",
        f"{LOCALISATION}/gathered.py",
        '_JOINED = ("stack", "concatenate")',
        '_JOINED = ("stack",)',
        (ROWS,),
    ),
    Fault(
        "rows of two places are made in the last one",
        f"{LOCALISATION}/gathered.py",
        "or len(places) != 1:",
        "or not places:",
        (f"{GATHERED}::test_rows_that_are_made_in_two_places_are_not_told_from_each_other",),
    ),
    Fault(
        "rows that are right elsewhere are wrong",
        f"{LOCALISATION}/gathered.py",
        "return step if used & taken else max(parts, key=_index)",
        "return max(parts, key=_index)",
        (f"{GATHERED}::test_rows_that_something_else_uses_are_right",),
    ),
)
