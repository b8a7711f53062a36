"""Faults in what is offered among things that are alike, and in which line is shown."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_patches_of_series.py"
LIKE = f"{TESTS}::test_what_is_missing_among_its_like_is_offered"
SHOWN = f"{TESTS}::test_of_a_statement_of_several_lines_the_one_is_shown_that_is_wrong"
READ = f"{TESTS}::test_a_value_and_a_number_that_nothing_reads_are_meant"
CASE = f"{TESTS}::test_what_stands_in_a_case_is_told_by_its_own_line"

FAULTS = (
    Fault(
        "a sum has all its products",
        f"{PATCHES}/patches.py",
        "            series.series_patches(slot, known),\n",
        "",
        (f"{LIKE}[product]",),
    ),
    Fault(
        "a gradient stands for anything of its shape",
        f"{PATCHES}/patches_of_series.py",
        "if other == shape and _sort(text, known) == sort",
        "if other != shape and _sort(text, known) == sort",
        (f"{LIKE}[product]",),
    ),
    Fault(
        "a penalty never takes signs",
        f"{PATCHES}/patches_of_held.py",
        "    yield from _signs(slot, known)\n",
        "",
        (f"{LIKE}[sign]",),
    ),
    Fault(
        "an exponential is never subtracted from one",
        f"{PATCHES}/patches_of_ones.py",
        'for operation, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):\n'
        "            new = ast.BinOp(one, operation, node)\n"
        "            yield slot.becomes(new, kinds, 1.3,",
        'for operation, sign in ((ast.Add(), "+"),):\n'
        "            new = ast.BinOp(one, operation, node)\n"
        "            yield slot.becomes(new, kinds, 1.3,",
        (f"{LIKE}[exponential]",),
    ),
    Fault(
        "other calls say nothing of an argument",
        f"{PATCHES}/patches_of_series.py",
        "for argument in found.values():",
        "for argument in ():",
        (f"{TESTS}::test_what_another_call_is_given_is_meant",),
    ),
    Fault(
        "the first line of a statement is shown, whichever is patched",
        f"{PATCHES}/patching.py",
        "within=patch.line,",
        "within=None,",
        (SHOWN,),
    ),
    Fault(
        "the first line of a statement is shown, whichever is computed wrongly",
        f"{LOCALISATION}/repair_findings.py",
        "within=step.place[1],",
        "within=None,",
        (SHOWN,),
    ),
    Fault(
        "the whole statement is quoted",
        f"{GRADIENTS}/text.py",
        "    if finding.source:\n        text = finding.source",
        "    if finding.statement:\n        text = finding.statement.text",
        (SHOWN,),
    ),
    Fault(
        "a line of another statement is shown",
        f"{LOCALISATION}/finding.py",
        "return within if statement.line <= within <= statement.last else statement.line",
        "return within",
        (f"{TESTS}::test_a_line_of_another_statement_is_not_shown",),
    ),
    Fault(
        "statements of a case are those of the whole match",
        f"{LOCALISATION}/statements.py",
        "        if isinstance(node, ast.Match):\n            last = first\n        elif",
        "        if",
        (CASE,),
    ),
    Fault(
        "what stands in a case is never patched",
        f"{PATCHES}/patch.py",
        "for holder in (statement, *branches):",
        "for holder in (statement,):",
        (CASE,),
    ),
    Fault(
        "an entry of a table is what is meant",
        f"{PATCHES}/patches.py",
        "            series.value_patches(slot, known),\n",
        "",
        (f"{READ}[value]",),
    ),
    Fault(
        "no number is added to what is assigned",
        f"{PATCHES}/patches.py",
        "            sums.number_patches(slot, known),\n",
        "",
        (f"{READ}[number]",),
    ),
    Fault(
        "one number is exactly so many times another",
        f"{PATCHES}/patching.py",
        "if factor and several and not patch.message:",
        "if factor and not patch.message:",
        (f"{TESTS}::test_what_another_call_is_given_is_meant",),
    ),
)
