"""Faults in what is looked at once more, and in functions that the tape makes of others."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_second_look.py"
CALLED = f"{TESTS}::test_a_value_that_is_not_what_it_is_called_is_at_fault"
OVERWRITTEN = f"{TESTS}::test_what_is_overwritten_and_used_again_is_at_fault"
CHANGED = f"{TESTS}::test_an_array_that_a_statement_changes_is_told_from_an_entry"
TERM = f"{TESTS}::test_a_term_that_is_missing_within_a_formula_is_found"
COMPOSED = "tests/diagnosis/test_tape_composed.py"
MADE = f"{COMPOSED}::test_what_is_made_of_other_functions_has_their_derivative"

LIKELIER = "tests/diagnosis/test_check_likelier.py"
SCORE = "tests/diagnosis/test_scorecard_small.py"

FAULTS = (
    Fault(
        "whatever is not seen is not counted",
        "diagnosis/scorecard/judging.py",
        "if not shows(right, behaviour(program, mutant.source, (point,))):",
        "if right:",
        (f"{SCORE}::test_only_what_is_smaller_than_a_millionth_need_not_be_seen",),
    ),
    Fault(
        "one of two faults may be tiny",
        "diagnosis/scorecard/mutants.py",
        "if not (shows(self.right, alone) and shows(self.right, other)):",
        "if False:",
        (f"{SCORE}::test_each_of_two_faults_alone_is_a_millionth_or_more",),
    ),
    Fault(
        "what is known beside a patch may change with it",
        f"{GRADIENTS}/diagnosis.py",
        "apart = replace(patchable, expected={**patchable.expected, **as_given})",
        "apart = replace(patchable, expected={n: patchable.expected[n] for n in left})",
        (f"{LIKELIER}::test_what_is_known_beside_a_patch_is_to_stay_as_it_is_given",),
    ),
    Fault(
        "a value has all the names that its statement gives",
        f"{LOCALISATION}/called_values.py",
        "self._meant(step) if len(names_of(step)) == 1 else frozenset()",
        "self._meant(step)",
        (f"{TESTS}::test_of_two_names_that_are_exchanged_neither_is_right",),
    ),
    Fault(
        "nothing is looked at once more",
        f"{GRADIENTS}/second_look.py",
        "    return found or _worded(finding, patchable, wrong, deadline)\n",
        "    return finding\n",
        (CALLED, OVERWRITTEN),
    ),
    Fault(
        "what mends everything by its name is not asked for",
        f"{GRADIENTS}/second_look.py",
        "        if repair is None:\n            return None\n",
        "        return None\n",
        (f"{CALLED}[sign-of-a-name]",),
    ),
    Fault(
        "a value that is right by its name is not looked beyond",
        f"{GRADIENTS}/second_look.py",
        "    if finding.kind not in _OF_VALUES or not values.is_right(own):",
        "    if True:",
        (f"{CALLED}[sign-of-a-call]",),
    ),
    Fault(
        "a name for another entry is nothing",
        f"{LOCALISATION}/overwritten.py",
        ") if name in read and key != name:",
        ") if name in read and key == name:",
        (f"{CALLED}[key-of-another-name]",),
    ),
    Fault(
        "the key that is called like the variable is not likelier",
        f"{PATCHES}/patches_of_names.py",
        "OWN if other == _target(slot) else 1.1",
        "1.1",
        (f"{CALLED}[key-of-another-name]",),
    ),
    Fault(
        "what is renamed before it is changed stays shared",
        f"{PATCHES}/patches_of_aliases.py",
        "if _is_changed(body[at + 1 :], name):",
        "if False:",
        (f"{OVERWRITTEN}[a-part]",),
    ),
    Fault(
        "an entry of a dictionary is an array that is changed",
        f"{LOCALISATION}/overwritten.py",
        '            return ""\n        case ast.AugAssign(target=target)',
        '            return "grads"\n        case ast.AugAssign(target=target)',
        (CHANGED,),
    ),
    Fault(
        "no term is missing beside a product that is divided",
        f"{PATCHES}/patches_of_statements.py",
        'return slot.name == "left"',
        "return False",
        (f"{TERM}[divided]",),
    ),
    Fault(
        "no array is missing beside a number in a call",
        f"{PATCHES}/patches_of_statements.py",
        "if shape == () and not whole and isinstance(slot.holder, ast.Call):",
        "if False:",
        (f"{TERM}[in a call]",),
    ),
    Fault(
        "what is computed again is right",
        f"{LOCALISATION}/repair.py",
        "    best = _most_mended(best, computed_again(shop, wrong))\n",
        "",
        (f"{TESTS}::test_what_is_computed_again_and_not_so_is_at_fault",),
    ),
    Fault(
        "beside what is sure nothing is looked for",
        f"{GRADIENTS}/diagnosis.py",
        "found = single_patch(apart, Offer(passes.offer.patches), left, seconds, _APART)",
        "found = []",
        (f"{TESTS}::test_beside_what_is_sure_one_patch_is_looked_for_of_all_else",),
    ),
    Fault(
        "what a change makes right beside another one is forgotten",
        f"{LOCALISATION}/localisation.py",
        "right = {*before} - {*shop.wrong()}",
        "right = set()",
        (f"{TESTS}::test_of_two_factors_on_one_path_each_accounts_for_what_it_mends",),
    ),
    Fault(
        "a sign is wrong only where a minus stands",
        f"{LOCALISATION}/factor_pairs.py",
        "    if factor < 0:  # a sign",
        "    if False:  # a sign",
        (f"{TESTS}::test_of_two_factors_on_one_path_each_accounts_for_what_it_mends",),
    ),
    Fault(
        "one of two findings stands for a vague one",
        f"{GRADIENTS}/weighing.py",
        "surer = (each for each in patched if each.confidence > finding.confidence)",
        "surer = iter(patched)",
        (f"{TESTS}::test_one_of_two_findings_does_not_stand_for_a_vague_one",),
    ),
    Fault(
        "places along an axis are taken along another one",
        f"{TAPE}/composed_places.py",
        "places[axis % arr.ndim] = kept(values_of(indices))",
        "places[0] = kept(values_of(indices))",
        (f"{MADE}[put_along_axis]",),
    ),
    Fault(
        "a convolution takes the second series as it stands",
        f"{TAPE}/convolution_rules.py",
        "second = np.flip(b) if turned else b",
        "second = b if turned else np.flip(b)",
        (f"{MADE}[convolved]",),
    ),
    Fault(
        "missing numbers count in their mean",
        f"{TAPE}/composed_series.py",
        "count = np.sum(~missing, axis=axis, keepdims=keepdims)",
        "count = np.sum(missing | True, axis=axis, keepdims=keepdims)",
        (f"{MADE}[without_what_is_missing]",),
    ),
    Fault(
        "a quantile is the value below it",
        f"{TAPE}/composed_series.py",
        "    if place > low:",
        "    if False:",
        (f"{MADE}[in_order]",),
    ),
    Fault(
        "the first of several conditions is the weakest",
        f"{TAPE}/composed_places.py",
        "in reversed([*zip(condlist, choicelist, strict=True)]):",
        "in zip(condlist, choicelist, strict=True):",
        (f"{MADE}[selected]",),
    ),
)
