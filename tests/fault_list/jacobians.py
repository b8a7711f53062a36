"""Faults in the check of Jacobians, and in the signs of elements that are written out."""

from fault_list.gradient_folders import GRADIENTS, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_jacobian.py"
CLI = "tests/cli/test_check_jacobian.py"
FOUND = f"{CLI}::test_the_jacobian_is_found_with_its_function"
FILE = f"{GRADIENTS}/jacobian.py"

FAULTS = (
    Fault(
        "a Jacobian is multiplied from the other side",
        FILE,
        "return np.tensordot(u, matrix, u.ndim)",
        "return np.tensordot(u, -matrix, u.ndim)",
        (f"{TESTS}::test_a_right_jacobian_passes",),
    ),
    Fault(
        "a matrix with a row for each number is no Jacobian of an array",
        FILE,
        "if matrix.ndim and len(matrix) == u.size:",
        "if False:",
        (f"{TESTS}::test_a_jacobian_of_arrays_has_the_shape_of_both",),
    ),
    Fault(
        "sparse Jacobians are taken as they are",
        FILE,
        'return jacobian.toarray() if hasattr(jacobian, "toarray") else jacobian',
        "return jacobian",
        (f"{TESTS}::test_a_right_jacobian_passes",),
    ),
    Fault(
        "large rows hide small ones",
        FILE,
        "weights /= _sizes(",
        "_sizes(",
        (f"{TESTS}::test_a_row_of_tiny_numbers_counts_as_the_others",),
    ),
    Fault(
        "another row is told",
        FILE,
        "unit[at] = 1.0",
        "unit[tuple(reversed(shape))[0] - 1 - at[0]] = 1.0",
        (f"{TESTS}::test_a_row_of_tiny_numbers_counts_as_the_others",),
    ),
    Fault(
        "all rows are told one by one",
        FILE,
        "if len(wrong) == count:",
        "if False:",
        (f"{TESTS}::test_all_rows_are_told_as_one",),
    ),
    Fault(
        "a transposed Jacobian is told by the shape of a gradient",
        FILE,
        "return _of_another_shape(report, shape)",
        "return report",
        (f"{TESTS}::test_a_transposed_jacobian_has_another_shape",),
    ),
    Fault(
        "the other parameters' Jacobians are left out",
        FILE,
        "return {name: _weighted(each, u) for name, each in jacobian.items()}",
        "return {name: each for name, each in jacobian.items()}",
        (f"{TESTS}::test_several_parameters_have_a_jacobian_each",),
    ),
    Fault(
        "elements of a literal keep their signs",
        f"{PATCHES}/patches_of_formulas.py",
        'if slot.name == "elts" and len(slot.outer) > 2 and not slot.is_index:',
        "if False:",
        (f"{TESTS}::test_the_place_of_an_element_is_told_where_its_text_is_not_alone",),
    ),
    Fault(
        "the place of an element is told from the inside",
        f"{PATCHES}/patches_of_formulas.py",
        "places.insert(0, next(",
        "places.append(next(",
        (f"{TESTS}::test_the_place_of_an_element_is_told_where_its_text_is_not_alone",),
    ),
    Fault(
        "a differential equation is one of the time",
        "cli/check_jacobian.py",
        "timed = len(arguments) > 1 and",
        "timed = False and",
        (FOUND,),
    ),
    Fault(
        "df is no Jacobian of f",
        "cli/check_jacobian.py",
        "(behind and behind.group(1).casefold() in lower)",
        "(behind and False)",
        (FOUND,),
    ),
    Fault(
        "a Jacobian goes before a gradient",
        "cli/check_jacobian.py",
        "if backward is None and any(",
        "if False and any(",
        (f"{CLI}::test_a_cost_with_a_gradient_goes_first_and_others_by_name",),
    ),
    Fault(
        "parameters come first, whatever is given by name",
        f"{GRADIENTS}/named_data.py",
        "called = called if called[:1] and called[0] in data else called[1:]",
        "called = called[1:]",
        (f"{TESTS}::test_the_time_may_stand_first_where_it_is_given_by_name",),
    ),
    Fault(
        "what checks a Jacobian is another one",
        "cli/check_jacobian.py",
        "jacobians = without_helpers(jacobians_of(maker.names))",
        "jacobians = jacobians_of(maker.names)",
        (f"{CLI}::test_what_checks_and_plots_is_no_jacobian",),
    ),
    Fault(
        "a Jacobian of another shape has the shape of its product",
        FILE,
        "given = given if len(given) > len(expected) else (*shape, *given)",
        "given = given",
        (f"{TESTS}::test_a_jacobian_of_too_many_columns_is_told_with_its_shape",),
    ),
    Fault(
        "random numbers that a Jacobian draws are not put back",
        FILE,
        "    given = called(jacobian)\n    generators.restore()\n",
        "    given = called(jacobian)\n",
        (f"{TESTS}::test_the_generators_are_left_as_they_were",),
    ),
    Fault(
        "a Jacobian is given what the cost has kept",
        FILE,
        'setattr(function, "__signature__", arguments)',
        "pass",
        (f"{TESTS}::test_the_generators_are_left_as_they_were",),
    ),
    Fault(
        "no step curve of a Jacobian",
        "cli/check.py",
        "if not found.is_jacobian:",
        "if True:",
        (f"{CLI}::test_the_picture_has_all_four_panels",),
    ),
)
