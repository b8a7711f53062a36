"""Faults in how functions within functions are patched."""

from fault_list.gradient_folders import PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_closures.py"
ENCLOSED = "tests/diagnosis/test_check_enclosed.py"
TOLD = f"{TESTS}::test_what_is_wrong_in_a_function_within_another_is_told"
KEPT = "test_a_function_that_is_made_anew_is_found_in_its_maker_also_if_one_of_it_is_kept"

FAULTS = (
    Fault(
        "functions within functions are not patched",
        f"{PATCHES}/sources.py",
        "    if maker is None:\n",
        "    if maker != code:\n",
        (f"{TOLD}[captured]",),
    ),
    Fault(
        "what one call of a function has left is patched",
        f"{PATCHES}/sources.py",
        "    if maker is None:\n        return _Place(",
        "    if maker is None or code in functions:\n        return _Place(",
        (f"{TESTS}::{KEPT}",),
    ),
    Fault(
        "what a function does not take along cannot be meant",
        f"{PATCHES}/sources.py",
        "                    **(around.sorts if around and place.outer else {}),\n",
        "",
        (f"{TOLD}[not captured]",),
    ),
    Fault(
        "a function within another is compiled by itself",
        f"{PATCHES}/patched.py",
        "own = self.outer or self.tree",
        "own = self.tree",
        (TOLD,),
    ),
    Fault(
        "a value is looked for among what a function takes along",
        f"{PATCHES}/patched.py",
        "if hole.own is not None and self.hold is None and self.outer is None:",
        "if hole.own is not None and self.hold is None:",
        (f"{TOLD}[not captured]",),
    ),
    Fault(
        "the second function of one replaces the patch of the first",
        f"{PATCHES}/patch_trials.py",
        "sources = {id(trial.source.function): trial.source for trial in trials}.values()",
        "sources = {id(trial.source): trial.source for trial in trials}.values()",
        (f"{TESTS}::test_two_patches_in_two_functions_of_one_are_applied_together",),
    ),
    Fault(
        "marks stay in the functions within",
        f"{PATCHES}/bound_constants.py",
        "bound(each, mark, value) if isinstance(each, CodeType) else value",
        "each if isinstance(each, CodeType) else value",
        (f"{TESTS}::test_marks_are_replaced_in_functions_within",),
    ),
    Fault(
        "an attribute is never added to",
        f"{PATCHES}/patches_of_statements.py",
        "written = ast.Name | ast.Subscript | ast.Attribute",
        "written = ast.Name | ast.Subscript",
        (f"{TOLD}[assigned]",),
    ),
    Fault(
        "what is kept is kept in any other object",
        f"{PATCHES}/patches_of_names.py",
        "                cost = 1.4  # where",
        "                cost = 1.1  # where",
        (f"{TESTS}::test_where_something_is_kept_is_rarely_mistaken_for_another_object",),
    ),
    Fault(
        "nothing is near",
        f"{PATCHES}/sources.py",
        "near(functions[place.maker], functions.values())",
        "near(functions[place.maker], ())",
        (f"{ENCLOSED}::test_what_a_gradient_of_a_closure_lacks_is_told[array]",),
    ),
    Fault(
        "what is near is not given to a patched function",
        f"{PATCHES}/near.py",
        "for name in self.cells if name in read]",
        "for name in ()]",
        (f"{ENCLOSED}::test_what_a_gradient_of_a_closure_lacks_is_told[array]",),
    ),
    Fault(
        "what is near is not given to a value alone",
        f"{PATCHES}/holes.py",
        "if self.near.cells:",
        "if False:",
        (f"{ENCLOSED}::test_both_things_that_it_lacks_are_told",),
    ),
    Fault(
        "variables of any call are near",
        f"{PATCHES}/near.py",
        "same = all(own[name] is theirs[name] for name in shared)",
        "same = True",
        (f"{ENCLOSED}::test_variables_of_another_call_of_the_maker_are_not_near",),
    ),
    Fault(
        "formulas of other functions are not meant",
        f"{PATCHES}/patches_of_likeness.py",
        "if not (sum_or_whole or slot.is_multiplied):",
        "if True:",
        (f"{ENCLOSED}::test_what_a_gradient_of_a_closure_lacks_is_told[formula]",),
    ),
    Fault(
        "tables have no columns",
        f"{PATCHES}/held.py",
        "    elif _is_frame(value):\n",
        "    elif False:\n",
        (f"{ENCLOSED}::test_what_a_gradient_of_a_table_lacks_is_told[column]",),
    ),
    Fault(
        "penalties are of all elements",
        f"{PATCHES}/patches_of_likeness.py",
        "for part, whole in _ENDS.items():",
        "for part, whole in ():",
        (f"{ENCLOSED}::test_what_a_gradient_of_a_table_lacks_is_told[intercept]",),
    ),
)
