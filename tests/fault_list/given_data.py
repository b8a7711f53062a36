"""Faults in how data in structures are given to the functions, and of numbers that are equal."""

from fault_list.gradient_folders import GRADIENTS, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_given_data.py"
HELD = "tests/diagnosis/test_check_held.py"
CLI = "tests/cli/test_check_arguments.py"
AS_IT_IS = f"{TESTS}::test_a_dictionary_that_the_forward_pass_changes_is_given_as_it_is"
CALLED = f"{TESTS}::test_arrays_are_data_by_themselves_and_called_by_their_keys"
TOGETHER = f"{TESTS}::test_structures_of_every_kind_are_put_together_again"
PLAIN = f"{TESTS}::test_data_without_arrays_in_structures_and_long_lists_are_as_they_are"
TWO_WAYS = f"{TESTS}::test_two_ways_to_one_number_are_no_kink"

FAULTS = (
    Fault(
        "arrays in a dictionary are not recorded",
        f"{GRADIENTS}/check.py",
        "calls = one_by_one(Calls(cost, function, Parameters.of(params), given))",
        "calls = Calls(cost, function, Parameters.of(params), given)",
        (f"{TESTS}::test_what_plain_arrays_in_a_dictionary_do_is_recorded",),
    ),
    Fault(
        "what keeps the cache is built anew for the backward pass",
        f"{GRADIENTS}/given_data.py",
        "return before != after or bool",
        "return bool",
        (f"{AS_IT_IS}[keeping]", f"{AS_IT_IS}[changing]"),
    ),
    Fault(
        "arrays that are written to are taken apart",
        f"{GRADIENTS}/given_data.py",
        'return before != after or bool(copies.changed("the forward pass"))',
        "return before != after",
        (f"{AS_IT_IS}[writing]",),
    ),
    Fault(
        "what cannot be called ends the check in the wrong place",
        f"{GRADIENTS}/given_data.py",
        "        return True\n    finally",
        "        return False\n    finally",
        (f"{AS_IT_IS}[refusing]",),
    ),
    Fault(
        "parts are named by their number",
        f"{GRADIENTS}/given_data.py",
        "name = str(keys[-1]) if keys",
        "name = str(at) if keys",
        (CALLED,),
    ),
    Fault(
        "lists of words are taken apart",
        f"{GRADIENTS}/given_data.py",
        "return any(isinstance(each, np.ndarray) or _has_arrays(each) for each in inner)",
        "return True",
        (CALLED,),
    ),
    Fault(
        "pairs with names become plain ones",
        f"{GRADIENTS}/given_data.py",
        'return type(item)(*inner) if hasattr(item, "_fields") else type(item)(inner)',
        "return tuple(inner)",
        (TOGETHER,),
    ),
    Fault(
        "long lists are taken apart",
        f"{GRADIENTS}/given_data.py",
        "any(len(_parts(item)) > _MANY for item in held)",
        "not held",
        (PLAIN,),
    ),
    Fault(
        "a function without arguments that are known ends the check",
        f"{GRADIENTS}/given_data.py",
        "except (TypeError, ValueError):  # nobody",
        "except KeyError:  # nobody",
        (f"{TESTS}::test_a_function_whose_arguments_nobody_knows_is_called_as_it_is",),
    ),
    Fault(
        "arrays in structures keep their precision",
        f"{GRADIENTS}/given_data.py",
        "calls.parameters, doubled(data), paths)",
        "calls.parameters, data, paths)",
        (f"{TESTS}::test_arrays_in_structures_are_of_double_precision_too",),
    ),
    Fault(
        "any number of data is none",
        f"{GRADIENTS}/given_data.py",
        "own[1 + len(data) :] or [p for p in own if p.kind is p.VAR_POSITIONAL]",
        "own[1 + len(data) :]",
        (f"{TESTS}::test_a_function_may_take_any_number_of_data",),
    ),
    Fault(
        "of two equal numbers neither is chosen",
        f"{TAPE}/elementwise_rules.py",
        "return found + half * (np.equal(a, b) & np.not_equal(a, 0))",
        "return found + 0 * half",
        (TWO_WAYS,),
    ),
    Fault(
        "a case's dictionary is always taken apart",
        "cli/check_case.py",
        "if taken or (mappings == [0, 1] and len(arguments) == 1):",
        "if taken or mappings == [0, 1]:",
        (f"{CLI}::test_data_may_be_one_dictionary",),
    ),
    Fault(
        "data that nobody takes are refused",
        "cli/check_case.py",
        "if taken or (mappings == [0, 1] and len(arguments) == 1):",
        "if taken:",
        (f"{CLI}::test_a_forward_pass_without_data_may_have_data_in_its_case",),
    ),
    Fault(
        "what is changed in a structure is called by a number of its own",
        f"{GRADIENTS}/given_data.py",
        "calls.parameters, doubled(data), paths)",
        "calls.parameters, doubled(data))",
        (f"{HELD}::test_an_array_in_a_list_of_the_data_that_is_changed_is_named",),
    ),
    Fault(
        "names of arguments are not read",
        f"{GRADIENTS}/given_data.py",
        "if isinstance(data, dict) and data and set(called[: len(data)]) == set(data):",
        "if data is None:",
        (f"{TESTS}::test_data_may_be_given_by_the_names_of_the_arguments",),
    ),
    Fault(
        "imaginary parts are left out",
        f"{VERDICT}/parameters.py",
        "if largest > _ROUNDED * float(np.max(np.abs(gradient), initial=0.0)):",
        "if largest < 0:",
        (f"{TESTS}::test_a_gradient_of_real_parameters_is_real",),
    ),
    Fault(
        "no gradient is a wrong gradient",
        f"{GRADIENTS}/check.py",
        "    if grad is None:\n",
        "    if grad is False:\n",
        (f"{TESTS}::test_without_a_gradient_there_is_nothing_to_check",),
    ),
    Fault(
        "a narrow cost is noisy for no reason",
        f"{GRADIENTS}/check.py",
        "    if not passes.narrow:\n        return ()\n",
        "    if passes.narrow:\n        return ()\n",
        (f"{TESTS}::test_of_a_narrow_cost_it_is_said_that_it_is",),
    ),
)
