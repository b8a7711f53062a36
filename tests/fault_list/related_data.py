"""Faults in what is held right for given data, and in what a cost looks up."""

from fault_list.gradient_folders import GRADIENTS, PATCHES, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_related_data.py"
PASSES = f"{TESTS}::test_what_is_right_for_data_that_belong_together_passes"
LOOKS_UP = f"{TESTS}::test_a_cost_that_looks_up_too_little_is_told"
JACOBIANS = "tests/diagnosis/test_check_jacobian.py"
CLI = "tests/cli/test_check_jacobian.py"
METHODS = f"{CLI}::test_methods_and_functions_beside_a_solver_are_found"

FAULTS = (
    Fault(
        "what is wrong with other data is wrong",
        f"{VERDICT}/other_points.py",
        "if all(map(_is_same, moved.data, turned(data))):",
        "if True:",
        (PASSES,),
    ),
    Fault(
        "what is right for these data is not said",
        f"{VERDICT}/other_points.py",
        'return kept, [_OF_THESE_DATA.format(rule)] if kept.verdict == "PASS" else []',
        "return kept, []",
        (PASSES,),
    ),
    Fault(
        "whatever is right for the given data is right",
        f"{VERDICT}/other_points.py",
        "    if not rule:\n        return beside, []\n",
        "",
        (f"{TESTS}::test_what_is_right_for_data_without_a_rule_fails",),
    ),
    Fault(
        "lengths are no rule",
        f"{VERDICT}/data_rules.py",
        "if array.ndim == 2 and np.allclose(lengths, 1.0, rtol=_CLOSE):",
        "if False:",
        (f"{PASSES}[orthonormal]",),
    ),
    Fault(
        "products of two are no rule",
        f"{VERDICT}/data_rules.py",
        '        (f"{one}.T @ {two}", first.T, second),\n',
        "",
        (f"{TESTS}::test_the_rule_is_named",),
    ),
    Fault(
        "inverses of products are no rule",
        f"{VERDICT}/data_rules.py",
        '    "the inverse of {}": np.linalg.inv,\n',
        "",
        (f"{TESTS}::test_the_rule_is_named",),
    ),
    Fault(
        "an index out of bounds elsewhere ends the check",
        f"{VERDICT}/points.py",
        "        except Exception:  # noqa: BLE001 - at a point that the user has not chosen\n",
        "        except ValueError:\n",
        (f"{TESTS}::test_what_fails_at_other_data_is_no_error_of_the_check",),
    ),
    Fault(
        "numbers that are not tiny are looked for in the lines",
        f"{GRADIENTS}/check.py",
        'if written.verdict == "PASS":',
        "if False:",
        (f"{TESTS}::test_a_tiny_number_that_is_not_tiny_is_told_as_what_is_left_out",),
    ),
    Fault(
        "a cost may stay the same",
        f"{GRADIENTS}/stale_cost.py",
        "if before == behind and change > _SEEN * abs(before):",
        "if False:",
        (LOOKS_UP,),
    ),
    Fault(
        "nobody knows where something is looked up",
        f"{GRADIENTS}/stale_cost.py",
        "by = statement_at(file, line) if line else None",
        "by = None",
        (LOOKS_UP,),
    ),
    Fault(
        "what another call has kept is not told",
        f"{GRADIENTS}/stale_cost.py",
        "return any(differs(judgement.given[name], found.get(name)) for name in found)",
        "return False",
        (f"{TESTS}::test_a_gradient_that_reads_what_another_call_has_kept_is_told[False]",),
    ),
    Fault(
        "what is kept without a copy is compared with itself",
        f"{GRADIENTS}/stale_cost.py",
        "    calls.value()  # nothing of the moved point is kept then\n",
        "",
        (f"{TESTS}::test_a_cost_that_keeps_the_parameters_themselves_is_told[False]",),
    ),
    Fault(
        "numbers are no keys",
        f"{TAPE}/composed_memory.py",
        "    _note(traced.recorder)\n    return id(traced)\n",
        "    return id(traced)\n",
        (LOOKS_UP,),
    ),
    Fault(
        "objects are left at another point",
        f"{VERDICT}/leftovers.py",
        "if bound or any(",
        "if any(",
        (f"{TESTS}::test_nothing_complex_is_left_in_the_users_objects[False]",),
    ),
    Fault(
        "a tuple of rows is one Jacobian for each parameter",
        f"{GRADIENTS}/jacobian.py",
        "    return [*jacobian]\n",
        "    return jacobian\n",
        (f"{JACOBIANS}::test_a_tuple_of_rows_is_a_jacobian",),
    ),
    Fault(
        "a transposed text is shown twice",
        f"{PATCHES}/syntax.py",
        'if after == f"{before}.T" and len(after) > _LONGEST:',
        "if False:",
        (f"{JACOBIANS}::test_a_long_matrix_that_stands_for_its_transpose_is_told_so",),
    ),
    Fault(
        "methods that return the gradient of their argument are a layer's",
        "cli/check_methods.py",
        "not holds or _returns_its(thing, forwards[0], backwards[0], given)",
        "not holds",
        (METHODS,),
    ),
    Fault(
        "a solver is taken for the function",
        "cli/check_jacobian.py",
        "if n not in CASES and not _DRIVER.fullmatch(n)]",
        "if n not in CASES]",
        (METHODS,),
    ),
    Fault(
        "a function gives its numbers alone",
        "cli/check_jacobian.py",
        "        if found is not None:\n            return found\n",
        "",
        (METHODS,),
    ),
    Fault(
        "a gradient has no second derivatives",
        "cli/check_jacobian.py",
        "if len(second) == 1 and len(usual) == 2 and backward is None:",
        "if False:",
        (METHODS,),
    ),
    Fault(
        "weights are the parameters wherever they stand",
        "cli/check_arguments.py",
        "if _FIRST.fullmatch(first) and first not in (self.case.names or ()):",
        "if False:",
        (METHODS,),
    ),
    Fault(
        "what a Jacobian raises is no answer",
        "cli/check_jacobian.py",
        "    fits = values is not None and _fits(maker, aim, values)\n",
        "    try:\n        fits = values is not None and _fits(maker, aim, values)\n"
        "    except DataError:\n        return None\n",
        (f"{CLI}::test_what_a_jacobian_raises_is_told_with_its_line",),
    ),
)
