"""Faults in what is likelier of several explanations, and in what is looked for first."""

from fault_list.everyday import named as everyday
from fault_list.everyday import offered
from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE, VERDICT
from fault_list.held import mended
from fault_list.record import Fault

SEARCH = "tests/diagnosis/test_check_search.py"
SIGNS = "tests/diagnosis/test_check_signs.py"
FORMS = "tests/diagnosis/test_gradient_forms.py"
LIKELIER = "tests/diagnosis/test_check_likelier.py"
CORPUS = "tests/diagnosis/test_scorecard_programs.py"
MISTAKE = "test_a_mistake_that_no_operation_shows_is_named_with_its_line"
SAME = (f"tests/diagnosis/test_check_patches.py::{MISTAKE}[term]",)
SOONER = (f"{SEARCH}::test_one_simple_patch_is_found_before_several_faults_are_looked_for",)
ONCE = (f"{SEARCH}::test_a_patch_is_tried_once",)
REPEATED = (f"{SEARCH}::test_only_what_depends_on_a_change_is_repeated",)


FAULTS = (
    # what is likelier
    Fault(
        "a penalty has no sign",
        f"{PATCHES}/patches_of_held.py",
        '((text, 1.3), (f"np.sign({text})", 1.35))',
        "((text, 1.3),)",
        everyday("sign-of-a-parameter"),
    ),
    Fault(
        "a factor of one is as good as any",
        f"{PATCHES}/patches_of_ones.py",
        "cost = 1.3 + more - (READ if telling else 0.0)",
        "cost = 1.3 + max(more, 0.0)",
        ("tests/diagnosis/test_check_terms.py::test_a_factor_of_one_is_hardly_meant",),
    ),
    Fault(
        "what stands in the same statement is as good as any",
        f"{PATCHES}/patches_of_ones.py",
        "else _SAME) if text in beside else 0.0\n",
        "else _SAME) if False else 0.0\n",
        SAME,
    ),
    Fault(
        "only what is held stands beside one",
        f"{PATCHES}/patches_of_ones.py",
        "for text in {**known.at_hand, **plain}:",
        "for text in known.at_hand:",
        offered("rest-of-one"),
    ),
    Fault(
        "nothing is divided by one and an exponential",
        f"{PATCHES}/patches_of_ones.py",
        "*(_EXPONENTIALS if divides else ())",
        "",
        offered("divided-by-one"),
    ),
    Fault(
        "a call that is left out fills nothing",
        "diagnosis/scorecard/operators_memory.py",
        'site.target or ", ".join(_filled(site))',
        "site.target",
        (f"{CORPUS}::test_a_call_that_is_left_out_would_fill",),
    ),
    Fault(
        "what stands in memory by chance is a number of a fault",
        "diagnosis/scorecard/sites.py",
        'if used & {"empty", "empty_like"}',
        "if used & set()",
        (f"{CORPUS}::test_what_stands_in_memory_by_chance_is_no_number_of_a_fault",),
    ),
    Fault(
        "no argument lacks a minus",
        f"{PATCHES}/patches_of_formulas.py",
        'if slot.name == "args" and not slot.is_index',
        'if slot.name == "nothing" and not slot.is_index',
        mended("minus-of-an-argument"),
    ),
    Fault(
        "powers are of variables only",
        f"{PATCHES}/patches_of_powers.py",
        "            return _is_value(value, known)",
        "            return False",
        mended("power-beside-one"),
    ),
    Fault(
        "a number that where chooses is no slope",
        f"{PATCHES}/patches.py",
        "yield from map(_of_slope, found) if _is_slope(slot, known) else found",
        "yield from found",
        mended("slope-that-is-chosen"),
    ),
    Fault(
        "an array that where chooses is a slope",
        f"{PATCHES}/patches.py",
        "each is below and known.is_number(each)",
        "each is below",
        mended("factor-on-one-side"),
    ),
    Fault(
        "an element that is changed is no part",
        f"{PATCHES}/patches_of_removal.py",
        "elif _is_of_a_part(target) or _is_of_a_part(_updated(statement)):",
        "elif isinstance(target, ast.Name):",
        mended("element-that-is-doubled"),
    ),
    Fault(
        "one example of several arrays is all",
        f"{PATCHES}/patches_of_names.py",
        '("1:", ":-1", ":1", "-1:")',
        '("1:", ":-1")',
        mended("only-the-first-example"),
    ),
    Fault(
        "that nothing is left of a value is likely",
        f"{LOCALISATION}/repair_findings.py",
        "_ZERO if factor == 0 else more",
        "more",
        everyday("axis-that-leaves-nothing"),
    ),
    Fault(
        "a statement writes only finite numbers",
        f"{LOCALISATION}/repair_findings.py",
        "if _makes_not_finite(shop, best):",
        "if False:",
        everyday("not-finite-in-the-caller"),
    ),
    Fault(
        "a number of the statement is a count",
        f"{LOCALISATION}/counts.py",
        " or _is_written(best):",
        ":",
        everyday("number-that-is-no-count"),
    ),
    Fault(
        "a view hides what is written",
        f"{TAPE}/views.py",
        "        recorder.written.append((before, step))",
        "        pass",
        everyday("view-of-a-forward-value"),
    ),
    Fault(
        "sizes may be equal",
        f"{LOCALISATION}/edits_of_form.py",
        "far = called in _EQUALITY and name not in _EQUALITY",
        "far = False",
        (f"{LIKELIER}::test_sizes_are_hardly_compared_where_it_matters_whether_they_are_equal",),
    ),
    Fault(
        "one number is clipped",
        f"{LOCALISATION}/signatures.py",
        "if ((low < given) & (given < high)).any() and",
        "if",
        (f"{LIKELIER}::test_what_holds_one_size_is_not_called_clipped",),
    ),
    Fault(
        "several numbers of one size are clipped",
        f"{LOCALISATION}/signatures.py",
        "if (np.abs(given) < bound).any() and",
        "if",
        (f"{LIKELIER}::test_what_holds_one_size_is_not_called_clipped",),
    ),
    Fault(
        "arrays of other layers are of one shape",
        f"{PATCHES}/patches_of_names.py",
        "alike = arrays and sort != own and _of_another_layer(node.id, other)",
        "alike = False",
        everyday("mask-of-another-layer"),
    ),
    # where it shows only elsewhere
    Fault(
        "the signs of numbers hide nothing",
        f"{VERDICT}/adequacy.py",
        '*("absolute", "sign"),',
        "",
        (f"{SIGNS}::test_numbers_of_one_sign_hide_whether_a_penalty_has_it",),
    ),
    Fault(
        "a patch may spoil what is right at the given point",
        f"{GRADIENTS}/check.py",
        'if seen is not judgement and judgement.verdict == "PASS"',
        "if seen is judgement",
        (f"{SIGNS}::test_what_shows_only_elsewhere_is_mended_at_the_given_point_too",),
    ),
    # sooner
    Fault(
        "one simple patch has no turn of its own",
        f"{GRADIENTS}/diagnosis.py",
        "wrong, _OF_ONE * deadline.left, SIMPLE)\n    patched = patched or beside",
        "wrong, _OF_ONE * deadline.left, 0.0)\n    patched = patched or beside",
        SOONER,
    ),
    Fault(
        "patches are tried again",
        f"{PATCHES}/patching.py",
        "        if id(patch) not in offer.done:\n",
        "        if id(patch):\n",
        ONCE,
    ),
    Fault(
        "what a change leaves alone is repeated",
        f"{TAPE}/recording.py",
        "parent.index in found or parent.index in changed",
        "parent.index >= 0",
        REPEATED,
    ),
    Fault(
        "one number that is too small is clipped",
        f"{LOCALISATION}/signatures.py",
        "    if np.count_nonzero(_apart(given, expected)) < _CLIPPED:\n",
        "    if fits(given, expected):\n",
        (f"{LIKELIER}::test_one_number_that_is_too_small_is_not_called_clipped[given0-False]",),
    ),
    Fault(
        "a number that all terms lack is missing several times",
        f"{GRADIENTS}/weighing.py",
        "and beside and findings[0].line:",
        "and False:",
        (f"{LIKELIER}::test_what_all_terms_lack_is_missing_once",),
    ),
    Fault(
        "a factor and what undoes it are two bugs",
        f"{GRADIENTS}/weighing.py",
        "return abs(one * two - 1) < _INVERSE",
        "return False",
        (f"{LIKELIER}::test_a_factor_and_what_undoes_it_are_one_term_of_another_scale",),
    ),
    Fault(
        "elements of a vector are only counted",
        f"{LOCALISATION}/signatures.py",
        "if wrong.ndim == 1 and count <= _LISTED:",
        "if False:",
        (f"{FORMS}::test_elements_of_a_vector_are_told_one_by_one_if_they_are_few",),
    ),
)
