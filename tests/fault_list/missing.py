"""Faults in what is said to be missing, and of what."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_missing.py"
ONCE = (f"{TESTS}::test_what_lacks_a_term_is_a_variable_that_is_read_once",)
ENTRY = (f"{TESTS}::test_an_update_like_that_of_another_entry_is_missing",)
RETURNED = (f"{TESTS}::test_what_lacks_a_penalty_is_told_where_gradients_are_returned",)
SUMS = "tests/diagnosis/test_check_accumulators.py"
NOTHING = (f"{SUMS}::test_a_sum_that_nothing_is_added_to_has_its_name_and_its_line",)
ORIGIN = (f"{SUMS}::test_zeros_come_from_the_last_step_that_no_argument_explains",)
ENTRIES = (f"{SUMS}::test_an_entry_of_many_is_told_from_the_statement_that_makes_them",)
LACKS = (f"{SUMS}::test_a_sum_that_lacks_something_is_called_by_its_entry",)
NO_RULE = (f"{SUMS}::test_a_backward_pass_may_use_functions_without_a_rule",)
ALIAS = (f"{TESTS}::test_of_two_names_for_one_value_the_second_lacks_a_factor",)


def meant(name: str) -> tuple[str, ...]:
    """Return the test of one mistake."""
    return (f"{TESTS}::test_what_is_missing_stands_in_its_line[{name}]",)


def offered(name: str) -> tuple[str, ...]:
    """Return the test of a patch for one mistake."""
    return (f"{TESTS}::test_what_is_missing_is_among_the_patches[{name}]",)


FAULTS = (
    Fault(
        "what is right elsewhere lacks a term",
        f"{PATCHES}/patch.py",
        'return text_of(old) if read == 1 else ""',
        "return text_of(old) if read else ''",
        ONCE,
    ),
    Fault(
        "what is assigned lacks nothing",
        f"{PATCHES}/patch.py",
        "if holder is patch.statement and not isinstance(holder, ast.Return):",
        "if False:",
        ONCE,
    ),
    Fault(
        "any change is one of a variable that lacks something",
        f"{PATCHES}/patch.py",
        " or old not in (new.left, new.right):",
        ":",
        ONCE,
    ),
    Fault(
        "a finding never says which variable lacks a term",
        f"{PATCHES}/patching.py",
        "patch.target or lacking(patch, best.source.tree) or statement.target",
        "patch.target or statement.target",
        RETURNED,
    ),
    Fault(
        "the update of an entry is like itself",
        f"{PATCHES}/patches_of_analogy.py",
        'f"{text.removesuffix(own)}{name}" for text in read',
        "text for text in read",
        ENTRY,
    ),
    Fault(
        "a missing update has the target of the one it is like",
        f"{PATCHES}/patches_of_analogy.py",
        'change, aim = (holder, "body", at, followed(statement, new)), text_of(new.target)',
        'change, aim = (holder, "body", at, followed(statement, new)), ""',
        ENTRY,
    ),
    # sums
    Fault(
        "zeros come from where they are wrong",
        f"{LOCALISATION}/accumulators.py",
        "        if not explained:",
        "        if True:",
        ORIGIN,
    ),
    Fault(
        "one zero among others explains a sum",
        f"{LOCALISATION}/accumulators.py",
        "len(zero) == len(step.parents) or",
        "True or",
        ORIGIN,
    ),
    Fault(
        "zeros of the forward pass are wrong",
        f"{LOCALISATION}/accumulators.py",
        "if parent.index >= boundary]",
        "if parent.index >= 0]",
        ORIGIN,
    ),
    Fault(
        "an entry has the name of a parameter",
        f"{LOCALISATION}/accumulators.py",
        'return "".join(parameter if is_name else part for part, is_name in parts)',
        "return parameter",
        ENTRIES,
    ),
    Fault(
        "several names make one key",
        f"{LOCALISATION}/accumulators.py",
        "    if sum(is_name for _, is_name in parts) != 1:\n        return None\n",
        "",
        ENTRIES,
    ),
    Fault(
        "a number that nothing is added to is not looked for",
        f"{GRADIENTS}/diagnosis.py",
        "findings += never_added_to(judgement, functions, unaccounted(findings, wrong))",
        "findings += []",
        (f"{NOTHING[0]}[dd += e.sum() / len(X)]",),
    ),
    Fault(
        "any number that is handed out is one that is wrong",
        f"{LOCALISATION}/accumulators.py",
        'key.value in (parameter, f"d{parameter}"):\n                names',
        "key.value:\n                names",
        (f"{SUMS}::test_a_number_is_handed_out_as_it_is",),
    ),
    Fault(
        "what the forward pass runs makes zeros",
        f"{LOCALISATION}/accumulators.py",
        "        if origin.place[:2] in shared:",
        "        if False:",
        LACKS,
    ),
    Fault(
        "a sum for several parameters is called by the first",
        f"{LOCALISATION}/accumulators.py",
        "        if len(self.mended) > 1:",
        "        if False:",
        LACKS,
    ),
    Fault(
        "any zero is a sum that nothing was added to",
        f"{LOCALISATION}/accumulators.py",
        "is_made(origin) and np.shape(origin.value) == shape\n",
        "is_made(origin)\n",
        (f"{SUMS}::test_what_is_wrong_as_a_part_of_it_was_never_added_to",),
    ),
    Fault(
        "what a sum begins with is what it lacks",
        f"{LOCALISATION}/accumulators.py",
        'if alike and _owner(whole) not in _owner(origin).split(", "):',
        "if alike:",
        (f"{SUMS}::test_what_is_wrong_as_a_part_of_it_was_never_added_to",),
    ),
    Fault(
        "a sum that something was added to stays zero",
        f"{LOCALISATION}/accumulators.py",
        "not (is_made(step) and self._are_left())",
        "True",
        LACKS,
    ),
    Fault(
        "penalties are told of gradients alone",
        f"{GRADIENTS}/diagnosis.py",
        "[with_penalty(finding, judgement, constants) for finding in findings]",
        "list(findings)",
        (f"{SUMS}::test_a_penalty_that_a_sum_lacks_is_told",),
    ),
    Fault(
        "what is known of a value is not enough",
        f"{LOCALISATION}/accumulators.py",
        "if vague and not zero and not is_made(step)",
        "if not zero and not is_made(step)",
        (f"{SUMS}::test_what_is_wrong_as_a_part_of_it_was_never_added_to",),
    ),
    Fault(
        "several bugs of one line are one",
        f"{LOCALISATION}/executions.py",
        "len(executions) > 1 and {each.index for each in executions} == mended and len(said) == 1",
        "{each.index for each in executions} <= mended",
        (f"{SUMS}::test_two_bugs_of_one_line_are_two",),
    ),
    Fault(
        "any name that is handed out stays zero",
        f"{LOCALISATION}/accumulators.py",
        "if at is not None and _is_zero(at)), None)",
        "if at is not None), None)",
        (f"{SUMS}::test_a_number_is_handed_out_as_it_is",),
    ),
    Fault(
        "any text that ends alike is another parameter's",
        f"{PATCHES}/patches_of_analogy.py",
        " if new in known_texts}",
        "}",
        (f"{TESTS}::test_settings_whose_names_end_alike_stay",),
    ),
    Fault(
        "a loop has as many bugs as rounds",
        f"{LOCALISATION}/executions.py",
        "not (everywhere or each_time):",
        "not everywhere:",
        (
            "tests/diagnosis/test_check_accumulators.py::test_what_each_round_of_a_loop_lacks_is_one_bug[True]",
        ),
    ),
    # backward passes
    Fault(
        "backward passes need rules, too",
        f"{LOCALISATION}/backward.py",
        "trace.recorder.backward = True",
        "trace.recorder.backward = False",
        NO_RULE,
    ),
    Fault(
        "only universal functions do without a rule",
        f"{TAPE}/traced.py",
        "if not self.recorder.backward:",
        "if True:",
        NO_RULE,
    ),
    Fault(
        "sums by number leave the tape",
        f"{TAPE}/composed.py",
        "    if not is_traced(weights):",
        "    if True:",
        ("tests/diagnosis/test_tape.py",),
    ),
    Fault(
        "of nothing infinite comes no number",
        f"{VERDICT}/reference.py",
        "sweep(trace.recording, trace.output, tame=True)",
        "sweep(trace.recording, trace.output)",
        (f"{SUMS}::test_infinite_thresholds_and_sums_by_number_are_followed_without_a_warning",),
    ),
    Fault(
        "where the right rule divides by zero nobody else may",
        f"{VERDICT}/verdict.py",
        "        if _lost(trace.gradient(sweep(trace.recording, trace.output))):",
        "        if False:",
        (f"{SUMS}::test_no_other_point_counts_where_nothing_can_be_seen",),
    ),
    Fault(
        "a cotangent that is turned is tame where it was",
        f"{TAPE}/recording.py",
        "isinstance(step.call, np.ufunc) and part.shape",
        "part.shape",
        (f"{SUMS}::test_what_nothing_depends_on_has_no_slope_though_it_is_infinite",),
    ),
    Fault(
        "what is infinite is told",
        f"{GRADIENTS}/diagnosis.py",
        '@np.errstate(all="ignore")  #',
        '@np.errstate(all="warn")  #',
        (f"{SUMS}::test_infinite_thresholds_and_sums_by_number_are_followed_without_a_warning",),
    ),
    # factors
    Fault(
        "arguments of calls lack nothing",
        f"{PATCHES}/patches_of_statements.py",
        "isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):\n        yield",
        "False:\n        yield",
        offered("argument of a call"),
    ),
    Fault(
        "differences are never missing",
        f"{PATCHES}/patches_of_products.py",
        "    yield from _times_difference(slot, shape, arrays, unused)\n",
        "",
        offered("rest of what nothing reads"),
    ),
    Fault(
        "helpers divide by the number of examples",
        f"{LOCALISATION}/names.py",
        "_is_right(shop, best) or _averaged_outside(shop, best)",
        "_is_right(shop, best)",
        meant("mean of the caller"),
    ),
    Fault(
        "what is written into is read",
        f"{LOCALISATION}/statements.py",
        "            if id(node) not in written:",
        "            if True:",
        (
            "tests/diagnosis/test_check_patches.py::test_unused_variables_are_computed_and_never_read",
        ),
    ),
    Fault(
        "a formula lacks what nothing reads as soon as a name",
        f"{PATCHES}/patches_of_statements.py",
        "_UNUSED if copied else",
        "_UNUSED if False else",
        ALIAS,
    ),
    Fault(
        "any variable carries a gradient",
        f"{PATCHES}/patches_of_statements.py",
        "elif name in known.passed_on or GRADIENT.match(name):",
        "elif name:",
        ALIAS,
    ),
    Fault(
        "what is made of gradients is none",
        f"{PATCHES}/around.py",
        "    more = found\n",
        "    more: set[str] = set()\n",
        (f"{TESTS}::test_what_is_made_of_gradients_carries_one",),
    ),
)
