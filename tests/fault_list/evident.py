"""Faults in what is told of two mistakes of which the text tells one."""

from fault_list.everyday import named, offered
from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_evident.py"
LIKELY = "tests/diagnosis/test_check_likely.py"
IDLE = "tests/diagnosis/test_check_idle.py"
BY_NAME = "tests/diagnosis/test_tape_math.py"
EVIDENT = f"{GRADIENTS}/evident.py"
TWICE = "tests/diagnosis/test_check_two_at_once.py::test_both_are_told_in_their_lines"
BOTH = f"{TESTS}::test_both_are_told"
SAID = f"{TESTS}::test_what_the_text_speaks_for_is_said"

FAULTS = (
    Fault(
        "what is rare is so in one way",
        f"{PATCHES}/likeliest.py",
        "if cost >= _RARE else close",
        "if cost >= 99 else close",
        (f"{BOTH}[changes3]",),
    ),
    Fault(
        "what a call is given may be missing outside of it",
        f"{PATCHES}/likeliest.py",
        "    close = [each for each in close if not _is_handed_on(each.patch)] or close\n",
        "",
        (f"{TWICE}[what a helper is given]",),
    ),
    Fault(
        "a number that updates something lacks no more than others",
        f"{PATCHES}/likeliest.py",
        "    close = [each for each in close if _scales_a_number(each.patch)] or close\n",
        "",
        named("number-of-an-update"),
    ),
    Fault(
        "a helper lacks what its function is multiplied by outside",
        f"{PATCHES}/likeliest.py",
        "    close = [each for each in close if not _is_outside(each)] or close\n",
        "",
        named("factor-outside-of-a-helper"),
    ),
    Fault(
        "a number of an object's object is as near as its own",
        f"{PATCHES}/patches_of_held.py",
        'more += _FAR * text.count(".")',
        "more += 0.0",
        (f"{TWICE}[a number of an object]",),
    ),
    Fault(
        "a number of an object is an activation",
        f"{PATCHES}/patches_of_held.py",
        'if sort[0] == "number":',
        'if sort[0] == "no number":',
        (f"{TWICE}[a number of an object]",),
    ),
    Fault(
        "three findings are as likely as two",
        f"{GRADIENTS}/diagnosis.py",
        "    if len(found) > FEW:\n",
        "    if not found:\n",
        (f"{TWICE}[a number of an object]",),
    ),
    Fault(
        "what a function returns as it came lacks no slope",
        f"{PATCHES}/patches_of_ones.py",
        "    yield from _of_copy(slot, known)\n",
        "",
        offered("returned-as-it-came"),
    ),
    Fault(
        "further axes are for nothing",
        f"{PATCHES}/patches.py",
        "            broadcasts.broadcast_patches(slot, known),\n",
        "",
        offered("axis-without-its-factor"),
    ),
    Fault(
        "what is missing along further axes is no gradient",
        f"{PATCHES}/patches_of_broadcasts.py",
        "(*_KINDS[1:3], *_KINDS) if text in known.passed_on else _KINDS",
        "_KINDS",
        offered("axis-without-its-gradient"),
    ),
    Fault(
        "something is beside what mends everything",
        EVIDENT,
        "_alone(passes, others[0], deadline.left) or [own",
        "[own",
        ("tests/diagnosis/test_check_terms.py::test_what_mends_everything_is_told_alone",),
    ),
    Fault(
        "nothing speaks for an order of names",
        f"{PATCHES}/patches_of_statements.py",
        "message, changes, evident=other and not as_packed)",
        "message, changes)",
        (f"{SAID}[changes0]",),
    ),
    Fault(
        "nothing speaks for a variable that is not read",
        f"{PATCHES}/patches_of_names.py",
        "yield replace(patch, evident=True) if other in known.unread else patch",
        "yield patch",
        (f"{SAID}[changes1]",),
    ),
    Fault(
        "what lies behind is not looked for",
        f"{GRADIENTS}/rest.py",
        "return [_looked_at(each, passes, patchable, rest, seconds) for each in found]",
        "return found",
        (f"{BOTH}[changes2]",),
    ),
    Fault(
        "what the text tells changes every gradient",
        EVIDENT,
        "changed = [name for name in passes.wrong if _differs(before, after, name)]",
        "changed = [*passes.wrong]",
        (f"{TESTS}::test_of_what_is_evident_that_is_told_which_it_changes",),
    ),
    Fault(
        "what is read by now still speaks against one fault",
        f"{GRADIENTS}/weighing.py",
        "and (read or not findings[0].line or",
        "and (not findings[0].line or",
        (f"{TESTS}::test_what_is_read_now_does_not_speak_against_one_fault",),
    ),
    Fault(
        "a helper's calls are told together",
        f"{LOCALISATION}/repair_findings.py",
        "own = {at: edit for at, edit in best.edits.items() if at == step.index}",
        "own = best.edits",
        ("tests/diagnosis/test_check_loops.py::test_a_helper_is_told_by_what_one_call_gives",),
    ),
    Fault(
        "what a patch has made right may be wrong again",
        f"{GRADIENTS}/two_patches.py",
        "left = [name for name in wrong if name not in trial.names]",
        "left = [name for name in trial.names]",
        ("tests/diagnosis/test_check_two_patches.py::test_both_are_told_in_their_lines",),
    ),
    Fault(
        "no factor of all gradients is left out",
        f"{GRADIENTS}/diagnosis.py",
        "for search in (two_left_out, beside_scaling):",
        "for search in (two_left_out,):",
        (f"{LIKELY}::test_a_factor_of_all_gradients_is_told_apart_from_another_one",),
    ),
    Fault(
        "nothing speaks for an entry that is not read",
        f"{PATCHES}/patches_of_held.py",
        "yield replace(patch, evident=True) if evident else patch",
        "yield patch",
        (f"{LIKELY}::test_an_entry_that_nothing_reads_is_told",),
    ),
    Fault(
        "entries of anything are alike",
        f"{PATCHES}/patches_of_held.py",
        'and _container(other) == _container(text) != ""',
        "",
        (f"{LIKELY}::test_an_entry_that_nothing_reads_is_told",),
    ),
    Fault(
        "it does not matter whether a factor is written",
        f"{GRADIENTS}/weighing.py",
        "sum(map(is_written, each)),",
        "0,",
        (f"{LIKELY}::test_of_two_factors_the_one_that_is_written_is_likelier",),
    ),
    Fault(
        "what was tried is doubted",
        f"{GRADIENTS}/beside_the_other.py",
        "and odd and not finding.tried",
        "and odd",
        (f"{LIKELY}::test_what_was_tried_is_not_doubted",),
    ),
    Fault(
        "what is used is idle",
        f"{LOCALISATION}/carried_zeros.py",
        "if name not in used and ast.unparse(value) == array:",
        "if ast.unparse(value) == array:",
        (f"{IDLE}::test_what_is_used_or_not_given_is_not_idle",),
    ),
    Fault(
        "what is asked for only is used",
        f"{LOCALISATION}/carried_zeros.py",
        "if isinstance(n, ast.Name) and id(n) not in asked}",
        "if isinstance(n, ast.Name)}",
        (f"{IDLE}::test_what_is_used_or_not_given_is_not_idle",),
    ),
    Fault(
        "a factor is told where it is read",
        f"{GRADIENTS}/second_look.py",
        "found = _written(finding, patchable, wrong, deadline)",
        "found = None",
        (f"{LIKELY}::test_a_factor_is_told_where_it_is_written",),
    ),
    Fault(
        "no number that is given is a factor of a penalty",
        f"{PATCHES}/patches_of_held.py",
        "if not slot.is_term:",
        "if slot.is_term:",
        (f"{LIKELY}::test_what_a_helper_is_given_is_missing_beside_a_number",),
    ),
    Fault(
        "what patches tell of other gradients is not told",
        f"{GRADIENTS}/weighing.py",
        "return [*(_replaced(finding, patched) for finding in known), *beside]",
        "return [_replaced(finding, patched) for finding in known]",
        (f"{LIKELY}::test_what_patches_tell_of_other_gradients_is_told_beside",),
    ),
    Fault(
        "a forward pass is not followed with functions that are imported by their names",
        "diagnosis/gradient_verdict/trace.py",
        "with recorded_numpy(recorder, calls.cost, floats=floats):",
        "with recorded_numpy(recorder):",
        (f"{BY_NAME}::test_functions_that_are_imported_by_their_names_are_followed",),
    ),
    Fault(
        "a backward pass is not followed with functions that are imported by their names",
        f"{LOCALISATION}/backward.py",
        "with recorded_numpy(trace.recorder, calls.cost, calls.grad, floats=floats):",
        "with recorded_numpy(trace.recorder):",
        (f"{BY_NAME}::test_the_backward_pass_is_followed_with_them",),
    ),
    Fault(
        "names stay exchanged",
        "diagnosis/gradient_tape/recorded_numpy.py",
        "    restore_names(_EXCHANGED, BUILT_IN)\n",
        "",
        (f"{BY_NAME}::test_names_are_their_own_again_when_the_last_recording_ends",),
    ),
    Fault(
        "what was bound anew is what was imported again",
        "diagnosis/gradient_tape/imported_names.py",
        "if names.get(name) is exchanged[id(original)]:",
        "if name in names:",
        (f"{BY_NAME}::test_names_are_their_own_again_when_the_last_recording_ends",),
    ),
    Fault(
        "functions with another name of their own are not followed",
        "diagnosis/gradient_tape/recorded_numpy.py",
        "known = called == name or frame.f_globals.get(called) is _REPLACEMENTS[name]",
        "known = called == name",
        (f"{BY_NAME}::test_the_backward_pass_is_followed_with_them",),
    ),
    Fault(
        "nobody looks behind what is bound to arguments",
        "diagnosis/gradient_tape/imported_names.py",
        "yield from _behind(called.func, depth)",
        "yield from ()",
        (f"{BY_NAME}::test_modules_of_what_is_called_are_known_too",),
    ),
    Fault(
        "only the modules of both functions are exchanged",
        "diagnosis/gradient_tape/imported_names.py",
        "for each in read_by(called) if depth else ():",
        "for each in ():",
        (f"{BY_NAME}::test_modules_of_what_is_called_are_known_too",),
    ),
    Fault(
        "anything that scales all gradients is a factor too many",
        f"{GRADIENTS}/written_factors.py",
        "or not without_number(trial.patch):",
        "or False:",
        (f"{LIKELY}::test_only_a_number_that_is_left_out_is_a_factor_too_many",),
    ),
)
