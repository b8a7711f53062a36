"""Faults in how the mistakes that people make every day are found and named."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TRIALS, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_everyday_faults.py"
NAMED = f"{TESTS}::test_an_everyday_mistake_is_named"
BOTH = f"{TESTS}::test_of_two_mistakes_on_one_path_both_are_named"
ADEQUACY = "tests/diagnosis/test_check_adequacy.py"
HOSTILE = "tests/diagnosis/test_check_hostile.py::test_a_right_program_is_not_called_wrong"
ROUNDS = (
    "tests/diagnosis/test_check_hostile.py"
    "::test_what_some_rounds_of_a_loop_do_not_have_is_no_explanation"
)
PATCHED = "tests/diagnosis/test_patched.py"


def named(*mistakes: str) -> tuple[str, ...]:
    """Return the tests of some mistakes."""
    return tuple(f"{NAMED}[{mistake}]" for mistake in mistakes)


LITERALS = "tests/diagnosis/test_patches_of_literals.py"


def offered(mistake: str) -> tuple[str, ...]:
    """Return the test that sees a patch for a mistake."""
    return (f"{TESTS}::test_what_is_meant_is_among_the_patches[{mistake}]",)


AT_A_KINK = (
    "tests/diagnosis/test_check_hostile.py::test_at_an_exact_kink_a_bug_is_found_all_the_same"
)
FAULTS = (
    # digits
    Fault(
        "a reference that is not sharp shows no lost digits",
        f"{VERDICT}/lost_digits.py",
        "if not sharp and (exact is None or not",
        "if not sharp and (True or not",
        named("millionth"),
    ),
    Fault(
        "the untouched function is never asked between two gradients",
        f"{VERDICT}/precisions.py",
        "- promised) <= _CLEARLY * length)",
        "- promised) < 0)",
        named("millionth"),
    ),
    Fault(
        "digits that are lost among doubles are rounding",
        f"{VERDICT}/precisions.py",
        "if np.linalg.norm(two - one) <= _CLEARLY * np.linalg.norm(one)",
        "if np.linalg.norm(two - one) < 0",
        named("cast-among-doubles"),
    ),
    Fault(
        "what is almost right counts as right where little is wrong",
        f"{LOCALISATION}/workshop.py",
        "return max(_CLOSEST, min(CLOSE,",
        "return max(CLOSE, min(CLOSE,",
        (
            "tests/diagnosis/test_check_likelier.py::test_what_is_almost_right_is_told_from_what_is_right",
        ),
    ),
    Fault(
        "what is added to narrow numbers is not seen to become so",
        f"{LOCALISATION}/repair.py",
        "return [site, [*site, *again]] if again else [site]",
        "return [site]",
        named("cast"),
    ),
    # places
    Fault(
        "one factor of all gradients is looked for in each of them",
        f"{LOCALISATION}/repair.py",
        "_by_one_factor(shop, wrong) or best",
        "best",
        named("one-factor-of-all"),
    ),
    Fault(
        "the sign of a derivative makes no sense of it",
        f"{LOCALISATION}/usual_factors.py",
        "near(m.factor, c) for m in row for c in usual",
        "True for m in row for c in usual",
        (
            "tests/diagnosis/test_check_held.py::test_a_derivative_with_an_odd_factor_makes_half_a_sense",
        ),
    ),
    Fault(
        "what the forward pass runs is blamed",
        f"{LOCALISATION}/repair_findings.py",
        "if place not in shared), places[0])",
        "if place), places[0])",
        ("tests/diagnosis/test_check_prepared.py::test_what_the_forward_pass_runs_is_right",),
    ),
    # what is missing
    Fault(
        "no statement is missing",
        f"{PATCHES}/patches_of_statements.py",
        "yield from analogous_statements(body, at, statement, known, holder_of(body))",
        "yield from ()",
        offered("sibling"),
    ),
    Fault(
        "an index has no stride",
        f"{PATCHES}/patches_of_analogy.py",
        "if not slot.within(ast.Slice):",
        "if True:",
        offered("stride"),
    ),
    Fault(
        "some elements are like all",
        f"{PATCHES}/patches_of_analogy.py",
        'if shape is not None and sort == ("array", shape)',
        "if False",
        offered("masked-term"),
    ),
    Fault(
        "named numbers are no terms of some elements",
        f"{PATCHES}/patches_of_analogy.py",
        "for name, number in known.constants.items()]",
        "for name, number in ()]",
        (f"{LITERALS}::test_some_elements_lack_a_number_that_has_a_name",),
    ),
    Fault(
        "no side of a choice lacks a number",
        f"{PATCHES}/patches_of_statements.py",
        'return slot.name == "args" and bool(slot.at)',
        "return False",
        named("one-side"),
    ),
    Fault(
        "a factor has the shape of what is there",
        f"{PATCHES}/patches_of_statements.py",
        "if fits(shape, own):\n",
        "if False:\n",
        ("tests/diagnosis/test_check_terms.py::test_a_larger_array_may_be_missing",),
    ),
    Fault(
        "no factor lacks an axis",
        f"{PATCHES}/patches_of_statements.py",
        "elif own == shape[:-1]:",
        "elif False:",
        offered("factor-without-an-axis"),
    ),
    Fault(
        "no one is missing",
        f"{PATCHES}/patches_of_ones.py",
        "        yield from _ones(slot, known)\n",
        "        yield from ()\n",
        offered("minus-one"),
    ),
    Fault(
        "the slope of a helper is never missing",
        f"{PATCHES}/patches_of_products.py",
        "for function, argument in product(known.source.helpers, arguments):",
        "for function, argument in ():",
        offered("slope-of-a-helper"),
    ),
    Fault(
        "the parameter of a penalty is never missing",
        f"{PATCHES}/patches_of_held.py",
        "return kept.endswith(own) and kept != own",
        "return False",
        offered("its-own-parameter"),
    ),
    Fault(
        "a result among others has its sign",
        f"{PATCHES}/patches_of_statements.py",
        "for at, part in enumerate(parts):",
        "for at, part in ():",
        offered("sign-of-one-result"),
    ),
    Fault(
        "what is overwritten and renamed is left so",
        f"{PATCHES}/patches_of_aliases.py",
        "yield _renamed(body, at, statement, name) or _made_new(body, at, statement, name)",
        "yield _made_new(body, at, statement, name)",
        offered("overwritten-and-renamed"),
    ),
    Fault(
        "a length is a factor as any",
        f"{LOCALISATION}/edits_of_values.py",
        'if any(step.operation == "norm" for step in made):',
        "if False:",
        named("clipped-by-length"),
    ),
    # two mistakes
    Fault(
        "an odd factor is one",
        f"{LOCALISATION}/factor_pairs.py",
        "if not factor or is_round(factor, shop.around.constants.values()):",
        "if True:",
        (
            "tests/diagnosis/test_check_everyday_faults.py::test_two_factors_on_one_path_are_told_by_operation[odd]",
        ),
    ),
    Fault(
        "two factors may break what is right",
        f"{LOCALISATION}/factor_pairs.py",
        "if {*shop.wrong(both)} <= before - {*best.mended}:",
        "if True:",
        (
            "tests/diagnosis/test_check_everyday_faults.py::test_two_factors_on_one_path_are_told_by_operation[another's]",
        ),
    ),
    # points
    Fault(
        "labels are always those of the given point",
        f"{VERDICT}/points.py",
        "if not all(free):",
        "if False:",
        (f"{ADEQUACY}::test_labels_are_those_of_another_example_where_their_order_is_free",),
    ),
    Fault(
        "segments are put into another order",
        f"{VERDICT}/points.py",
        "(not is_array or _is_ordered(item, len(axes)))",
        "not is_array",
        (f"{ADEQUACY}::test_labels_are_those_of_another_example_where_their_order_is_free",),
    ),
    Fault(
        "ties that nothing depends on are kinks",
        f"{VERDICT}/reference.py",
        "if trace is not None:  # ties that",
        "if trace is not None and not trace.ties:  # ties that",
        (f"{HOSTILE}[conv_im2col-exact kinks-0-PASS]",),
    ),
    Fault(
        "what vanishes elsewhere is compared",
        f"{VERDICT}/verdict.py",
        "return change < _NOTHING * abs(cost)",
        "return False",
        (f"{HOSTILE}[dice_segmentation-saturation, 10 to 50 times-8-PASS]",),
    ),
    Fault(
        "what underflows is compared",
        f"{VERDICT}/verdict.py",
        "if scale_of_all(found.gradient) < _UNDERFLOWS and",
        "if scale_of_all(found.gradient) < 0 and",
        ("tests/diagnosis/test_check_hostile.py::test_what_underflows_is_said_to",),
    ),
    Fault(
        "what a round does not have ends a check",
        f"{TRIALS}/repeated.py",
        "except (ValueError, IndexError):",
        "except ZeroDivisionError:",
        (ROUNDS,),
    ),
    # patches
    Fault(
        "flags are as they should be",
        f"{PATCHES}/patches_of_analogy.py",
        "if isinstance(parameter.default, bool) and not given:",
        "if False:",
        offered("flag"),
    ),
    Fault(
        "results that nothing reads are left so",
        f"{PATCHES}/patches_of_statements.py",
        "        yield from carried(statement, known)\n",
        "",
        offered("carried"),
    ),
    Fault(
        "letters stand in order",
        f"{PATCHES}/patches_of_literals.py",
        "for turned in _turned(was):",
        "for turned in ():",
        offered("order-of-letters"),
    ),
    Fault(
        "a variable is never the argument of a helper",
        f"{PATCHES}/patches_of_statements.py",
        "for function in known.source.helpers:",
        "for function in ():",
        offered("not-called"),
    ),
    Fault(
        "only axes with a name are axes",
        f"{PATCHES}/patches_of_literals.py",
        'return slot.name == "args" and slot.at == (1 if is_module(value) else 0)',
        "return False",
        offered("axis-without-a-name"),
    ),
    Fault(
        "an index is any number",
        f"{PATCHES}/patches_of_formulas.py",
        "    elif slot.is_index:\n",
        "    elif False:\n",
        offered("index"),
    ),
    Fault(
        "no square is missing",
        f"{PATCHES}/patches_of_ones.py",
        '    ("- {} ** 2", ast.Sub(), lambda a: ast.BinOp(a, ast.Pow(), ast.Constant(2))),\n',
        "",
        offered("minus-a-square"),
    ),
    Fault(
        "any order of names is as good",
        f"{PATCHES}/patches_of_statements.py",
        "0.95 if other else cost",
        "cost",
        (f"{TESTS}::test_names_are_exchanged_sooner_where_they_were_packed_in_that_order",),
    ),
    Fault(
        "arguments may go unread",
        f"{PATCHES}/around.py",
        "        | _unread(source)\n",
        "",
        (f"{TESTS}::test_a_gradient_that_is_handed_over_and_never_read_is_missing_first",),
    ),
    Fault(
        "what has no source is a formula",
        f"{PATCHES}/patched.py",
        "    if tree is None:\n        return False\n    nodes = [",
        "    tree = tree or ast.parse(f'def {code.co_name}(): ...').body[0]\n    nodes = [",
        (f"{PATCHED}::test_only_formulas_are_called_as_slopes",),
    ),
    # helpers
    Fault(
        "whatever takes one argument is called as a slope",
        f"{PATCHES}/patched.py",
        "            and is_formula(value, found)\n",
        "",
        (f"{PATCHED}::test_only_formulas_are_called_as_slopes",),
    ),
    Fault(
        "a wrong gradient is looked at where the cost has a kink",
        f"{GRADIENTS}/check.py",
        "        seen = judgement.beside or judgement\n",
        "        seen = judgement\n",
        (f"{AT_A_KINK}[0.5]",),
    ),
    Fault(
        "right beside a kink there may be others",
        f"{VERDICT}/verdict.py",
        "beside=replace(clear, reasons=(reason,)) if is_clear else None)",
        "beside=None)",
        (f"{AT_A_KINK}[1.0]",),
    ),
)
