"""Faults in what is told of terms, counts and values that are not what they are called."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES
from fault_list.record import Fault

TERMS = "tests/diagnosis/test_check_terms.py"
MISSING = f"{TERMS}::test_what_is_missing_is_named"
CALL = f"{TERMS}::test_what_a_call_gives_may_lack_a_term"
OFFERED = f"{TERMS}::test_what_is_missing_is_among_the_patches"
LISTS = (f"{TERMS}::test_what_a_list_reads_lacks_nothing",)
CALLED = "tests/diagnosis/test_check_called.py"
NAMED = f"{CALLED}::test_the_statement_is_named_whose_value_is_not_what_it_is_called"
LOOP = (f"{CALLED}::test_a_number_is_missing_where_a_loop_has_ended",)
DATA = ("tests/diagnosis/test_tape_math.py::test_data_may_leave_the_tape",)
SCORED = (
    "tests/diagnosis/test_scorecard_programs.py"
    "::test_what_is_wrong_with_a_count_or_an_exponent_is_named_so"
)
TAPE = "diagnosis/gradient_tape"
SCORE = "diagnosis/scorecard"

FAULTS = (
    Fault(
        "data do not leave the tape as numbers",
        f"{TAPE}/traced.py",
        "not in _OPEN and varies(self.step):",
        "not in _OPEN:",
        (*DATA, f"{MISSING}[penalty]"),
    ),
    Fault(
        "data do not leave the tape as arrays",
        f"{TAPE}/traced.py",
        'dtype.kind in "fc" and varies(self.step):',
        'dtype.kind in "fc":',
        DATA,
    ),
    Fault(
        "what is made of a parameter leaves the tape",
        f"{TAPE}/recording.py",
        "        waiting += new\n    return False",
        "    return False",
        DATA,
    ),
    Fault(
        "variables are what they are in the end",
        f"{PATCHES}/sorts_by_line.py",
        "return {**last, **others} if others else last",
        "return last",
        (f"{MISSING}[slope]",),
    ),
    Fault(
        "a statement reads what it gives",
        f"{PATCHES}/sorts_by_line.py",
        "{**lines.behind.get(line, {}), **lines.before.get(line, {})}",
        "{**lines.before.get(line, {}), **lines.behind.get(line, {})}",
        (f"{TERMS}::test_a_statement_reads_what_variables_were_before_it",),
    ),
    Fault(
        "the first call of a function is not looked at by its lines",
        f"{PATCHES}/sources.py",
        "        called(frame.f_code)  # which is seen here first\n",
        "",
        (f"{OFFERED}[slope]",),
    ),
    Fault(
        "what is being made has to have a shape",
        f"{PATCHES}/held.py",
        "    except Exception:  # noqa: BLE001 - such as of",
        "    except KeyError:  # noqa: BLE001 - such as of",
        (f"{TERMS}::test_what_is_only_being_made_stops_nothing",),
    ),
    Fault(
        "lists lack nothing",
        f"{PATCHES}/patches_of_terms.py",
        '    if slot.name == "elt":',
        "    if False:",
        (*LISTS, f"{MISSING}[zipped]"),
    ),
    Fault(
        "a list lacks what it reads",
        f"{PATCHES}/patches_of_terms.py",
        "        if name in used:\n            continue\n",
        "",
        LISTS,
    ),
    Fault(
        "a list that reads nothing lacks something",
        f"{PATCHES}/patches_of_terms.py",
        "beside if used & {*beside} else ()",
        "beside",
        LISTS,
    ),
    Fault(
        "products are of parameters that are read",
        f"{PATCHES}/patches_of_terms.py",
        "if text in known.read or last_key",
        "if text not in known.read or last_key",
        (f"{OFFERED}[product]",),
    ),
    Fault(
        "every product fits",
        f"{PATCHES}/patches_of_terms.py",
        "return (*left[:-1], *right[-1:]) if",
        "return left if",
        (f"{TERMS}::test_the_shape_of_a_product",),
    ),
    Fault(
        "nothing of what a loop hands on passes it by",
        f"{PATCHES}/patches_of_terms.py",
        'f"{name} * (1 - {text})"):',
        'f"{name} / (1 - {text})"):',
        (f"{OFFERED}[carry]",),
    ),
    Fault(
        "everything is handed on",
        f"{PATCHES}/patches_of_terms.py",
        "if isinstance(loop, ast.For):",
        "if isinstance(loop, ast.FunctionDef):",
        (f"{TERMS}::test_only_what_a_loop_hands_on_is_a_carry",),
    ),
    Fault(
        "a count and its square are alike",
        f"{PATCHES}/patches_of_powers.py",
        '(2, "square", _SQUARE)',
        '(2, "square", 1.1)',
        (f"{TERMS}::test_a_count_alone_is_forgotten_more_often_than_its_square",),
    ),
    Fault(
        "numbers lack no rest",
        f"{PATCHES}/patches_of_ones.py",
        'or (sort == ("number",) and name in beside)',
        "",
        (f"{OFFERED}[rest-of-number]",),
    ),
    Fault(
        "a number lacks nothing beside its rest",
        f"{PATCHES}/patches_of_ones.py",
        "    yield from _of_rest(slot, known)\n",
        "",
        (f"{MISSING}[number]",),
    ),
    Fault(
        "a sigmoid is its own slope",
        f"{PATCHES}/patches_of_ones.py",
        "isinstance(node, ast.Call) and _SIGMOID.search(text_of(node.func)):",
        "False:",
        (f"{OFFERED}[sigmoid]",),
    ),
    Fault(
        "what a call gives lacks no term",
        f"{PATCHES}/patches_of_statements.py",
        "divided = isinstance(slot.node, ast.Call) and _is_dividend(slot)",
        "divided = False",
        (f"{CALL}[read]",),
    ),
    Fault(
        "what a call gives, and nothing divides, lacks not even what is never read",
        f"{PATCHES}/patches_of_statements.py",
        "            yield from _with_unread(slot, known)\n",
        "            pass\n",
        (f"{CALL}[unread]",),
    ),
    Fault(
        "the turns of a loop are a factor",
        f"{PATCHES}/patches_of_literals.py",
        "found = LOOP if loop else _COUNT,",
        "found = _COUNT,",
        (f"{TERMS}::test_the_turns_of_a_loop_are_no_factor",),
    ),
    Fault(
        "only what all gradients share is miscounted",
        f"{LOCALISATION}/counts.py",
        'return _miscounted(shop, best, factor), "factor", ""',
        'return None, "", ""',
        (f"{MISSING}[count]",),
    ),
    Fault(
        "of what is turned nothing is counted",
        f"{LOCALISATION}/counts.py",
        "return not used and all(step.operation in VIEWS for step in there)",
        "return not [*there]",
        (f"{MISSING}[turned]",),
    ),
    Fault(
        "a one is a count",
        f"{LOCALISATION}/counts.py",
        "if is_number(x) and x > 1}",
        "if is_number(x)}",
        (f"{CALLED}::test_a_one_is_no_count",),
    ),
    Fault(
        "only one parameter lacks its penalty",
        "diagnosis/gradient_trials/shapes.py",
        'if told.kind != "regularisation" or not alike:',
        'if told.kind != "regularisation" or rest:',
        (
            "tests/diagnosis/test_check_written.py::test_where_it_is_searched_for_it_is_told_of_several_parameters",
        ),
    ),
    Fault(
        "what is what it is called is to blame",
        f"{LOCALISATION}/names.py",
        "_user_of_well_called(shop, best, statement) if scaled else None",
        "None",
        (f"{NAMED}[well-called]",),
    ),
    Fault(
        "only what a loop leaves at its very end is scaled",
        f"{LOCALISATION}/repair.py",
        "others = ends if 1 < len(ends) < len(site) else []",
        "others: list[Step] = []",
        LOOP,
    ),
    Fault(
        "one factor is looked for in all turns together",
        f"{LOCALISATION}/repair.py",
        "for steps in _rounds(shop, site))\n    tries",
        "for steps in [site])\n    tries",
        LOOP,
    ),
    Fault(
        "the negative of a derivative is right, too",
        f"{LOCALISATION}/called_values.py",
        "return exact and not any(near(match.factor, -1.0) for match in known)",
        "return exact",
        (f"{CALLED}::test_the_negative_of_another_examples_derivative_is_not_right",),
    ),
    Fault(
        "what a right value is made of once more has to be right",
        f"{LOCALISATION}/called_values.py",
        "                behind.add(step.index)\n            elif",
        "                pass\n            elif",
        (f"{CALLED}::test_what_is_right_where_it_is_first_computed_is_not_to_blame_further_on",),
    ),
    Fault(
        "a multiple of what it should be is right",
        f"{LOCALISATION}/called_values.py",
        "for m in row if not any(near(m.factor, c) for c in own))",
        "for m in row)",
        (f"{CALLED}::test_a_multiple_of_what_it_should_be_is_told_where_it_is_computed",),
    ),
    Fault(
        "what is made of a right value is not looked at",
        f"{GRADIENTS}/second_look.py",
        "found = found or next((each for each in others if each is not None), None)",
        "pass",
        (f"{NAMED}[lost-root]",),
    ),
    Fault(
        "a multiple of what it should be is not told as one",
        f"{GRADIENTS}/second_look.py",
        "return told_by if scaled or (vague and found is None) else found",
        "return told_by if vague and found is None else found",
        (f"{CALLED}::test_a_multiple_of_what_it_should_be_is_told_where_it_is_computed",),
    ),
    Fault(
        "what is made of a right value clears its users",
        f"{GRADIENTS}/second_look.py",
        "            break\n        found = look.at(",
        "            return None\n        found = look.at(",
        (f"{CALLED}::test_what_is_right_where_it_is_first_computed_is_not_to_blame_further_on",),
    ),
    Fault(
        "what is unpacked in another order is right",
        f"{GRADIENTS}/second_look.py",
        "misbound(*place) | _otherwise_packed(*place)",
        "misbound(*place)",
        (f"{CALLED}::test_what_is_unpacked_in_another_order_than_it_was_packed_is_to_blame",),
    ),
    Fault(
        "names that are exchanged are right where their values are",
        f"{PATCHES}/patching.py",
        "given = place in backward.given and not exchanges(patch)",
        "given = place in backward.given",
        (f"{CALLED}::test_two_names_that_are_exchanged_are_one_fault",),
    ),
    Fault(
        "whole numbers are constants",
        f"{LOCALISATION}/edits_of_form.py",
        "if was == np.floor(number) != number and",
        "if was != was and",
        (f"{CALLED}::test_a_whole_number_in_the_place_of_a_quotient_is_told",),
    ),
    Fault(
        "a count that is turned is transposed",
        f"{SCORE}/operators_names.py",
        '(*_of_count(site), "transposed") if counted else ()',
        "()",
        (SCORED,),
    ),
    Fault(
        "exponents are terms",
        f"{SCORE}/operators_formulas.py",
        "    if _is_exponent(site, node):",
        "    if False:",
        (SCORED,),
    ),
)
