"""Faults in what is clear of one of two mistakes, and in the factors that are missing."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

CLEAR = "tests/diagnosis/test_check_clear.py"
BOTH = f"{CLEAR}::test_both_are_told_in_their_lines"
ODD = f"{CLEAR}::test_terms_that_are_not_linear_in_gradients_are_odd"
FACTORS = "tests/diagnosis/test_check_factors.py"
PATCH = f"{FACTORS}::test_means_and_complements_are_patches"
BEGINS = f"{FACTORS}::test_what_all_is_divided_by_is_missing_where_the_pass_begins"
DIFFER = f"{FACTORS}::test_nothing_is_lacking_where_the_factors_differ"
LOOKS = "tests/diagnosis/test_check_looks.py::test_each_of_two_is_looked_at_again"
CALLED = (
    "tests/diagnosis/test_check_second_look.py"
    "::test_a_value_that_is_not_what_it_is_called_is_at_fault"
)
KEPT = "tests/diagnosis/test_leftovers.py"
DEGREES = f"{PATCHES}/degrees.py"
SUMS = f"{PATCHES}/patches_of_sums.py"
WRITTEN = f"{GRADIENTS}/written_factors.py"
LEFTOVERS = f"{VERDICT}/leftovers.py"

FAULTS = (
    Fault(
        "an index is what an expression is made of",
        DEGREES,
        "inner = [node.value] if isinstance(node, ast.Subscript) else ast.iter_child_nodes(node)",
        "inner = ast.iter_child_nodes(node)",
        (ODD,),
    ),
    Fault(
        "a penalty's term lacks a gradient",
        DEGREES,
        "_SEVERAL = 2 ",
        "_SEVERAL = 1 ",
        (ODD,),
    ),
    Fault(
        "a gate is a gradient",
        DEGREES,
        " and name != _GATE",
        "",
        (ODD,),
    ),
    Fault(
        "what is added in place is always right",
        DEGREES,
        "    return beside + added + odd + _is_without(statement, known)",
        "    return beside + odd + _is_without(statement, known)",
        (ODD,),
    ),
    Fault(
        "half of what is returned may lack a gradient",
        DEGREES,
        "without if 2 * without < len(parts) else 0",
        "without if without < len(parts) else 0",
        (ODD,),
    ),
    Fault(
        "the first gradient is made of others",
        DEGREES,
        "and each.lineno < statement.lineno",
        "and each.lineno != statement.lineno",
        (f"{CLEAR}::test_the_first_gradient_of_a_function_is_made_of_none",),
    ),
    Fault(
        "a mean is over all letters",
        SUMS,
        "if letter.isalpha() and letter not in made and place is not None:",
        "if letter.isalpha() and place is not None:",
        (f"{FACTORS}::test_nothing_is_divided_by_what_is_not_summed",),
    ),
    Fault(
        "all letters count the first axis",
        SUMS,
        ".shape[{axes.index(letter)}]",
        ".shape[0]",
        (PATCH,),
    ),
    Fault(
        "what a number lacks to one has no sign",
        f"{PATCHES}/patches_of_constants.py",
        "factor = ast.UnaryOp(ast.USub(), rest) if sign else rest",
        "factor = rest",
        (f"{FACTORS}::test_the_sign_of_a_complement_is_its_own",),
    ),
    Fault(
        "what all is divided by is missing in a helper",
        f"{PATCHES}/likeliest.py",
        "turn = backward.sources.index(trial.source) if factor else 0",
        "turn = 0",
        (BEGINS,),
    ),
    Fault(
        "a number that nothing is called like is not missing",
        WRITTEN,
        "Offer([*missing, *scaled])",
        "Offer(missing)",
        (BEGINS,),
    ),
    Fault(
        "different factors have one cause",
        WRITTEN,
        "all(each and isclose(each, first) for each in factors)",
        "all(factors)",
        (DIFFER,),
    ),
    Fault(
        "one factor has a cause of its own",
        WRITTEN,
        "_ALIKE_TOLD = 2 ",
        "_ALIKE_TOLD = 1 ",
        (DIFFER,),
    ),
    Fault(
        "only one finding is looked at again",
        f"{GRADIENTS}/second_look.py",
        "rest = located.without(others) if others else located",
        "rest = None if others else located",
        (LOOKS,),
    ),
    Fault(
        "what spoils the other's gradients takes its place",
        f"{GRADIENTS}/weighing.py",
        "return all(made[1] & behind or not made[0] & behind for behind in lineages)",
        "return True",
        ("tests/diagnosis/test_check_looks.py::test_another_place_spoils_no_more_gradients",),
    ),
    Fault(
        "what a call keeps stays changed",
        LEFTOVERS,
        "                put(held)\n",
        "                pass\n",
        (f"{KEPT}::test_what_is_kept_is_as_before",),
    ),
    Fault(
        "what a call changes in place stays changed",
        LEFTOVERS,
        "return held.copy() if plain and held.flags.writeable else None",
        "return None",
        (f"{KEPT}::test_what_is_kept_is_as_before",),
    ),
    Fault(
        "what is clearly too much is searched for last",
        f"{GRADIENTS}/diagnosis.py",
        "    if clear:\n        return clear, True\n",
        "",
        (f"{CLEAR}::test_what_is_clear_is_found_by_itself",),
    ),
    Fault(
        "a factor by convention is none that is too much",
        f"{LOCALISATION}/called_values.py",
        "if factor is None or not near(c, factor))",
        "if factor is None or factor)",
        ("tests/diagnosis/test_check_looks.py::test_a_factor_is_no_convention_where_it_is_wrong",),
    ),
    Fault(
        "what uses a right value is no dearer to patch",
        f"{GRADIENTS}/second_look.py",
        "_OF_USERS = 0.5 ",
        "_OF_USERS = 0.0 ",
        ("tests/diagnosis/test_check_looks.py::test_where_a_value_is_right_its_users_are_wrong",),
    ),
    Fault(
        "a function is given what calls it has made",
        f"{LOCALISATION}/edits_of_values.py",
        "cost += 0.02 if behind and len(step.place[3]) > len(other.place[3]) else 0.0",
        "cost += 0.0",
        (
            "tests/diagnosis/test_check_looks.py::test_a_function_is_not_given_what_calls_it_has_made",
        ),
    ),
    Fault(
        "what is only returned is not what it is called",
        f"{GRADIENTS}/second_look.py",
        "own = own or _returned(shop, finding)",
        "pass",
        (f"{CALLED}[sign-of-a-call]",),
    ),
)
