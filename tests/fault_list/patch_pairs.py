"""Faults in the search for two patches, and in what is likelier than something else."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

PAIRS = "tests/diagnosis/test_check_patch_pairs.py"
TOGETHER = f"{PAIRS}::test_two_mistakes_that_no_single_patch_mends_are_found_together"
LIKELIER = "tests/diagnosis/test_check_likelier.py"
EVERYDAY = "tests/diagnosis/test_check_everyday_faults.py"
HOSTILE = "tests/diagnosis/test_check_hostile.py::test_a_gradient_below_the_rounding_of_its_cost"
WRONG = HOSTILE.replace("test_a_", "test_a_wrong_")
CONTRADICTED = "tests/diagnosis/test_check_hostile.py::test_a_tape_that_is_contradicted"
BOTH = f"{EVERYDAY}::test_of_two_mistakes_on_one_path_both_are_named"


def named(mistake: str) -> tuple[str, ...]:
    """Return the test of a mistake."""
    return (f"{EVERYDAY}::test_an_everyday_mistake_is_named[{mistake}]",)


def offered(mistake: str) -> tuple[str, ...]:
    """Return the test that sees a patch for a mistake."""
    return (f"{EVERYDAY}::test_what_is_meant_is_among_the_patches[{mistake}]",)


FAULTS = (
    # what two patches do together
    Fault(
        "the effects of two patches are not added",
        f"{PATCHES}/patch_pairs.py",
        "(rows - base) @ weights, (expected - rows) @ weights, size",
        "(rows - base) @ weights, (expected + rows) @ weights, size",
        (f"{PAIRS}::test_two_terms_are_foreseen",),
    ),
    Fault(
        "factors with a sign are not foreseen",
        f"{PATCHES}/patch_pairs.py",
        "np.log(np.abs(rows[:, known] / base[known]))",
        "np.log(rows[:, known] / base[known])",
        (f"{PAIRS}::test_two_factors_are_foreseen_whatever_their_signs",),
    ),
    Fault(
        "the part that has not a factor is forgotten",
        f"{PATCHES}/patch_pairs.py",
        "wanted = (rest + c[:, None] * (expected - rest)) @ weights",
        "wanted = (c[:, None] * (expected - rest)) @ weights",
        (f"{PAIRS}::test_a_factor_of_what_the_other_patch_changes_is_foreseen",),
    ),
    Fault(
        "huge numbers make everything alike",
        f"{PATCHES}/patch_pairs.py",
        "slack = _FORESEEN * np.maximum(np.abs(wanted), size)",
        "slack = _FORESEEN * np.abs(found).max() + 0 * wanted",
        (f"{PAIRS}::test_nothing_is_foreseen_of_patches_that_have_nothing_to_do_with_it",),
    ),
    Fault(
        "zeros are a factor of everything",
        f"{PATCHES}/patch_pairs.py",
        "np.unique(ratios[ratios != 0], return_counts=True)",
        "np.unique(ratios, return_counts=True)",
        (f"{PAIRS}::test_zeros_are_no_progress",),
    ),
    Fault(
        "nothing is tried sooner because it mends something",
        f"{PATCHES}/patch_pairs.py",
        "useful = simple - np.maximum(gains[one], gains[two])",
        "useful = simple + np.maximum(gains[one], gains[two])",
        (f"{PAIRS}::test_a_patch_after_which_one_factor_is_left_is_tried_sooner",),
    ),
    Fault(
        "numbers that neither patch makes right may stay wrong",
        f"{PATCHES}/patch_pairs.py",
        "np.triu(spoilt <= _SPOILT, 1)",
        "np.triu(spoilt <= 1, 1)",
        (f"{PAIRS}::test_what_one_patch_leaves_as_it_was_the_other_has_to_make_right",),
    ),
    Fault(
        "no pair of patches is looked for",
        f"{PATCHES}/patching.py",
        "if len(found) + 2 <= most:",
        "if not backward.sources:",
        (TOGETHER,),
    ),
    Fault(
        "a patch inside of another one is lost",
        f"{PATCHES}/patch.py",
        "kept.enter_context(patch.moved().applied())",
        "kept.enter_context(patch.applied())",
        (f"{TOGETHER}[in one expression]",),
    ),
    Fault(
        "the smaller of two nested patches comes first",
        f"{PATCHES}/patch.py",
        "sorted(patches, key=_extent, reverse=True)",
        "sorted(patches, key=_extent)",
        (f"{TOGETHER}[in one expression]",),
    ),
    Fault(
        "one of two vague findings is worth more than two that say what is wrong",
        f"{GRADIENTS}/weighing.py",
        "-len(each) - 2 * _vague(each)",
        "-len(each)",
        (f"{LIKELIER}::test_two_findings_that_say_what_is_wrong_are_worth_more_than_a_vague_one",),
    ),
    Fault(
        "suspected functions wait for their turn",
        f"{PATCHES}/patching.py",
        "(_SUSPECTED if backward.is_suspected(source) else 0.0)",
        "0.0",
        (f"{PAIRS}::test_a_suspected_function_is_patched_first",),
    ),
    Fault(
        "a deadline has always all its time",
        f"{LOCALISATION}/deadline.py",
        "return max(0.0, self.seconds - (thread_time() - self._work))",
        "return self.seconds + 1",
        (f"{PAIRS}::test_a_deadline_says_how_much_is_left",),
    ),
    # what is likelier
    Fault(
        "several places with one factor are several mistakes",
        f"{GRADIENTS}/weighing.py",
        "        and not of_one_cause(findings)\n",
        "",
        (f"{LIKELIER}::test_one_factor_in_several_places_may_be_of_one_count",),
    ),
    Fault(
        "counts have no roots",
        f"{PATCHES}/patches_of_powers.py",
        "        yield from _of_counts(slot, known)\n",
        "",
        named("root-of-a-count"),
    ),
    Fault(
        "the slope of a hyperbolic tangent has no square",
        f"{PATCHES}/patches_of_formulas.py",
        "    yield from _slope_of_tanh(slot)\n",
        "",
        offered("square-of-a-slope"),
    ),
    Fault(
        "a root that is at hand is another variable",
        f"{LOCALISATION}/edits_of_values.py",
        "    if power:\n",
        "    if power and not power:\n",
        named("root-that-is-at-hand"),
    ),
    Fault(
        "what is added is never meant inside",
        f"{PATCHES}/patches_of_formulas.py",
        "        yield from _inside(slot, node, known)\n",
        "",
        named("root-of-a-sum"),
    ),
    Fault(
        "an array may well be turned to ask for its shape",
        f"{PATCHES}/patches_of_names.py",
        "0.93 if asked else 1.0",
        "1.0",
        named("turned-to-ask-for-its-shape"),
    ),
    Fault(
        "an array may well be turned to find a place in it",
        f"{PATCHES}/patches_of_names.py",
        "isinstance(slot.statement, ast.Return) or _is_sought(slot)",
        "isinstance(slot.statement, ast.Return)",
        (f"{EVERYDAY}::test_an_array_is_hardly_turned_to_find_a_place_in_it",),
    ),
    Fault(
        "a term too many is a number that should be zero",
        f"{LOCALISATION}/edits_of_form.py",
        'if step.operation in ("add", "subtract") and not number:',
        'if step.operation == "no operation":',
        named("term-of-a-number"),
    ),
    Fault(
        "numbers of the forward pass are not known",
        f"{PATCHES}/patches_of_constants.py",
        "        if number and outermost:\n",
        "        if number and not outermost:\n",
        offered("number-of-the-forward-pass"),
    ),
    Fault(
        "a factor of the forward pass that is missing is another number",
        f"{PATCHES}/patches_of_constants.py",
        'yield slot.becomes(product, _MISSING, cost, f"`{text_of',
        'yield slot.becomes(product, _KINDS, cost, f"`{text_of',
        offered("factor-of-the-forward-pass"),
    ),
    Fault(
        "no power of a term brings a factor",
        f"{PATCHES}/patches_of_constants.py",
        "    if slot.is_term or part:\n",
        "    if part and False:\n",
        offered("factor-of-a-power"),
    ),
    Fault(
        "a factor of zero is a factor like others",
        f"{PATCHES}/patches_of_formulas.py",
        "        if factor == 0:\n",
        "        if factor == -99:\n",
        offered("zero-for-a-factor"),
    ),
    Fault(
        "an inverse is as often wrong as a division",
        f"{LOCALISATION}/edits_of_form.py",
        "cost = 1.1 if inverse else 1.0",
        "cost = 1.0",
        (f"{LIKELIER}::test_to_multiply_is_hardly_meant_by_an_inverse",),
    ),
    Fault(
        "the numerator may be dropped as easily as a factor",
        f"{LOCALISATION}/edits_of_values.py",
        'step.operation == "divide" and path == (1,)',
        'step.operation == "no operation"',
        (
            f"{LIKELIER}::test_the_operation_is_wrong_where_a_value_is_used_not_in_the_inverse_it_is",
        ),
    ),
    Fault(
        "every term with the parameter is a penalty",
        f"{LOCALISATION}/edits_of_values.py",
        "or np.size(p.value) > 1]",
        "or False]",
        (f"{LIKELIER}::test_a_term_with_the_parameter_and_other_arrays_is_no_penalty",),
    ),
    Fault(
        "rounding is a factor",
        f"{LOCALISATION}/signatures.py",
        "    if abs(c) <= _NOTHING:\n        c = 0.0\n",
        "",
        (f"{LIKELIER}::test_a_factor_that_is_nothing_but_rounding_is_zero",),
    ),
    Fault(
        "a gradient is explained by what it is made of",
        f"{LOCALISATION}/backward.py",
        "if step.index >= backward.boundary and step.index in made:",
        "if step.index < 0:",
        (f"{LIKELIER}::test_what_a_gradient_is_made_of_is_no_explanation_of_it",),
    ),
    # gradients that are smaller than the rounding of their cost
    Fault(
        "a tape is asked for nowhere else",
        f"{VERDICT}/verdict.py",
        "as_the_tape(judgement, key, rng) or only_wrong(judgement)",
        "only_wrong(judgement)",
        ("tests/diagnosis/test_check_hostile.py::test_a_right_program_is_not_called_wrong",),
    ),
    Fault(
        "whatever is too small to be measured passes",
        f"{VERDICT}/verdict.py",
        "if not measured and any(",
        "if measured and any(",
        (f"{WRONG}_does_not_pass",),
    ),
    Fault(
        "a gradient that is not the tape's is right where the tape holds elsewhere",
        f"{VERDICT}/rough_cost.py",
        '    if taped.verdict != "PASS":\n        return None\n    share',
        "    share",
        (f"{WRONG}_does_not_pass",),
    ),
    Fault(
        "what was measured does not contradict a tape",
        f"{VERDICT}/rough_cost.py",
        "if found.anchor.confirmed and any(map(np.any, found.gradient.values())):",
        "if not found.anchor.directions:",
        (f"{CONTRADICTED}_vouches_for_nothing",),
    ),
    # what is asked
    Fault(
        "errors below a millionth are asked of values",
        "diagnosis/scorecard/judging.py",
        "    if not seen:\n",
        "    if not off:\n",
        (
            "tests/diagnosis/test_scorecard.py::test_what_is_smaller_than_a_millionth_is_not_asked_of_values",
        ),
    ),
    Fault(
        "a place without a name begins with a comma",
        f"{GRADIENTS}/text.py",
        "if finding.target else line",
        "if line else line",
        ("tests/diagnosis/test_check_patches.py::test_a_condition_is_told_by_its_line_alone",),
    ),
)
