"""Faults in how programs are read that few people organise so."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE, TRIALS, VERDICT
from fault_list.record import Fault

REFUSALS = "tests/diagnosis/test_tape_refusals.py"
REFUSED = f"{REFUSALS}::test_what_cannot_be_followed_is_refused_with_its_line"
ENDS = "tests/diagnosis/test_check_unread.py::test_what_makes_what_a_loop_reads_serves_it"
LITERALS = "tests/diagnosis/test_patches_of_literals.py"
TOLD = "tests/diagnosis/test_check_told.py"
ROUGH = "tests/diagnosis/test_rough_costs.py"
DIVIDED = "tests/cli/test_check_divided.py"
GIVEN = "test_what_was_given_for_an_argument_that_nothing_is_called_like_is_said"


def passes(name: str) -> tuple[str, ...]:
    """Return the test of a program that is right."""
    return (f"{DIVIDED}::test_what_is_right_passes_with_all_its_arrays[{name}]",)


def named(name: str) -> tuple[str, ...]:
    """Return the test of a program with a mistake."""
    return (f"{DIVIDED}::test_the_statement_that_is_wrong_is_named[{name}]",)


HOSTILE = "tests/diagnosis/test_check_hostile.py"
FAULTS = (
    Fault(
        "variables are no parameters under their own names",
        "cli/check_made.py",
        "likely = likely or any(path[-1][1] in texts_of(functions[-1]) for path in paths)",
        "pass",
        passes("bare-names"),
    ),
    Fault(
        "what the cost calls a result has no name for the backward pass",
        "cli/check_made.py",
        'tuple(name or names.get(at, "") for at, name in enumerate(outputs))',
        "tuple(outputs)",
        passes("called-by-the-cost"),
    ),
    Fault(
        "what a function was given is not said",
        f"{GRADIENTS}/arranged.py",
        "                error.add_note(self._described(params, given))\n",
        "                pass\n",
        (f"{DIVIDED}::test_what_was_given_for_an_argument_that_nothing_is_called_like_is_said",),
    ),
    Fault(
        "arrays of objects are refused without a word",
        "cli/check_case.py",
        'if getattr(kind, "kind", "") == "O"]',
        'if kind.kind == "U"]',
        ("tests/cli/test_check_refusals.py::test_a_case_that_is_nonsense_is_refused",),
    ),
    Fault(
        "what cannot be copied ends the check",
        f"{TAPE}/copies.py",
        "            if held is None or id(held) in shared:\n                raise\n",
        "            raise\n",
        passes("lock"),
    ),
    Fault(
        "a weight that forbids to be set ends the check",
        f"{GRADIENTS}/left_gradients.py",
        "        object.__setattr__(holder, name, value)",
        "        raise",
        passes("frozen-weights"),
    ),
    Fault(
        "what a function with an object returns is taken for the object",
        f"{GRADIENTS}/owned.py",
        "return number_in(cost), (space, *outputs)",
        "return number_in(cost), (*outputs, space)",
        passes("records"),
    ),
    Fault(
        "gradients in an object are not looked at",
        f"{GRADIENTS}/owned.py",
        "if is_record(item) and item is not space:",
        "if item is None:",
        passes("records"),
    ),
    Fault(
        "the keys of a dictionary are no names",
        "cli/check_names.py",
        "parts = each if isinstance(each, tuple) else (each,)",
        "parts = (each,)",
        passes("keys-and-globals"),
    ),
    Fault(
        "gradients that a training loop has left come first",
        f"{GRADIENTS}/owned.py",
        "if left is not None and before and _is_same(left, *before[name]):",
        "if left is None and before:",
        passes("trained-already"),
    ),
    Fault(
        "gradients without names are none of the module's",
        "cli/check_made.py",
        "return owner if likely or 1 < len(returned) == len(owner.paths) else None",
        "return owner if likely else None",
        passes("trained-already"),
    ),
    Fault(
        "layers keep their own arrays when those of the collection are exchanged",
        f"{GRADIENTS}/owners.py",
        "known += [each] if each not in known else []",
        "known += []",
        passes("arrays-of-layers"),
    ),
    Fault(
        "a cache that is used up ends the check",
        f"{GRADIENTS}/both_passes.py",
        "    except Exception:  # noqa: BLE001 - a cache may be used up, as by cache.pop()\n"
        "        second = None",
        "    except ArithmeticError:\n        second = None",
        passes("cache-used-up"),
    ),
    Fault(
        "a step behind a backward pass is a bug",
        f"{GRADIENTS}/both_passes.py",
        "second = calls.gradients(cache, copies.get, copies.data) if not reasons else None",
        "second = calls.gradients(cache, copies.get, copies.data)",
        (f"{HOSTILE}::test_parameters_and_data_that_are_changed_in_place_are_named",),
    ),
    Fault(
        "statistics that are changed in place leave the tape",
        f"{TAPE}/traced.py",
        "if is_in_place(sys._getframe(2)):",
        "if target is None:",
        (f"{DIVIDED}::test_statistics_that_are_changed_in_place_stay_on_the_tape",),
    ),
    Fault(
        "what out= writes into goes on unseen",
        f"{TAPE}/call_sites.py",
        'return dis.opname[code[at]] == "BINARY_OP" and code[at + 1] >= _IN_PLACE',
        "return code is not None and at >= 0",
        (f"{REFUSED}[written into an array made before]",),
    ),
    Fault(
        "what an object holds is no part of a norm's derivative",
        f"{PATCHES}/patches_of_terms.py",
        "same = [text for text, own in known.arrays.items() if own == shape]",
        "same = [text for text, own in known.source.sorts.items() if own[1:] == (shape,)]",
        (f"{DIVIDED}::test_statistics_that_are_changed_in_place_stay_on_the_tape",),
    ),
    Fault(
        "keys that are numbers are no names",
        f"{VERDICT}/parameters.py",
        "called = {str(name): gradient for name, gradient in gradients.items()}",
        "called = dict(gradients)",
        passes("keys-of-numbers"),
    ),
    Fault(
        "dt is always the gradient of t",
        f"{VERDICT}/parameters.py",
        "alike = key == PATTERNS[0] and _are_called_alike(called, names)",
        "alike = False",
        passes("t-and-dt"),
    ),
    Fault(
        "W and dW are the gradients of W",
        f"{VERDICT}/parameters.py",
        "return own and not all(PATTERNS[0].format(name) in gradients for name in names)",
        "return own",
        ("tests/diagnosis/test_records.py::test_values_beside_gradients_are_none",),
    ),
    Fault(
        "an object may not call its weights params",
        f"{GRADIENTS}/arranged.py",
        'HELD = "held_by_the_owner"',
        'HELD = "params"',
        passes("views"),
    ),
    Fault(
        "what has no name among gradients is lost",
        f"{GRADIENTS}/arranged.py",
        "return {**found, **_by_shape(others, left)}",
        "return found",
        passes("one-name"),
    ),
    Fault(
        "a derivative may not be called by its sign",
        f"{VERDICT}/parameters.py",
        '    "∂{}",\n',
        "",
        passes("signs"),
    ),
    Fault(
        "what is behind a property has another name than its gradient",
        f"{VERDICT}/parameters.py",
        'plain = str(name).lstrip("_")',
        "plain = str(name)",
        passes("behind-a-property"),
    ),
    Fault(
        "gradients in a tuple with names are not found",
        f"{GRADIENTS}/left_gradients.py",
        'group = group._asdict() if hasattr(group, "_fields") else group',
        "group = group",
        passes("behind-a-property"),
    ),
    Fault(
        "partial functions are none of the program's",
        "cli/check_names.py",
        "behind = function.func if isinstance(function, partial) else function",
        "behind = function",
        passes("partial"),
    ),
    Fault(
        "a number that a cost takes is the cost",
        "cli/check_pair.py",
        "if not _takes_the_output(maker, costs, forward) and maker",
        "if maker",
        (f"{DIVIDED}::test_a_number_that_a_cost_takes_is_no_cost_of_its_own",),
    ),
    Fault(
        "the cost that a person names is not taken",
        "cli/check_pair.py",
        "if chosen.cost and chosen.forward != chosen.cost:",
        "if not chosen:",
        (f"{DIVIDED}::test_a_number_that_a_cost_takes_is_no_cost_of_its_own",),
    ),
    Fault(
        "an imported helper is the backward pass of an object",
        "cli/check_made.py",
        "[n for n in self.names if self.owner.is_given_to(n)]",
        "self.names",
        (f"{DIVIDED}::test_an_imported_helper_is_no_backward_pass_of_an_object",),
    ),
    Fault(
        "what pops an attribute's list serves no loop",
        f"{PATCHES}/serving.py",
        "return any(ast.unparse(owner) in names for owner in owners)",
        "return any(isinstance(o, ast.Name) and o.id in names for o in owners)",
        (f"{ENDS}[within]",),
    ),
    Fault(
        "what counts an attribute down serves no loop",
        f"{PATCHES}/serving.py",
        "every = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]",
        "every = [each for each in ast.walk(node) if isinstance(each, ast.Name)]",
        (f"{ENDS}[attribute]",),
    ),
    Fault(
        "letters of one array stay where they are",
        f"{PATCHES}/patches_of_literals.py",
        "for found in reversed(arrays):",
        "for found in arrays[-1:]:",
        (f"{LITERALS}::test_letters_of_one_array_of_einsum_are_exchanged",),
    ),
    Fault(
        "a size is no sum",
        f"{PATCHES}/patches_of_sums.py",
        'case ast.Call(ast.Name("len"), args=[_]) | ast.Attribute(attr="size"):',
        'case ast.Call(ast.Name("len"), args=[_]):',
        (f"{LITERALS}::test_a_count_may_be_a_sum_of_weights",),
    ),
    Fault(
        "no number that divides is a sum",
        f"{PATCHES}/patches_of_sums.py",
        "return isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Div)",
        "return isinstance(holder, ast.BinOp) and isinstance(holder.op, ast.Pow)",
        (f"{LITERALS}::test_a_count_may_be_a_sum_of_weights",),
    ),
    Fault(
        "what is missing is told without its place",
        f"{PATCHES}/patch.py",
        'return f"{self.message}{self._beside()}"',
        "return self.message",
        (f"{LITERALS}::test_what_a_part_of_a_sum_lacks_is_told_with_that_part",),
    ),
    Fault(
        "a factor that is missing is not told in the words of the source",
        f"{GRADIENTS}/second_look.py",
        "return found or _worded(finding, patchable, wrong, deadline)",
        "return found or finding",
        (f"{TOLD}::test_a_factor_that_is_missing_is_told_with_what_it_is",),
    ),
    Fault(
        "what is right is accused",
        f"{GRADIENTS}/check.py",
        "return written, of_wrong or told, said",
        "return written, told, said",
        (f"{ROUGH}::test_what_is_far_beyond_the_error_bars_is_wrong_without_a_tape",),
    ),
    Fault(
        "what is wrong in a second call is wrong",
        f"{GRADIENTS}/text.py",
        'later = " in a second call" if all(',
        'later = "" if all(',
        (f"{TOLD}::test_what_is_wrong_in_a_second_call_is_right_in_the_first",),
    ),
    Fault(
        "a count is a cost",
        f"{GRADIENTS}/both_passes.py",
        "if isinstance(cost, int | np.integer):",
        "if cost is None:",
        (f"{DIVIDED}::test_a_count_is_no_cost",),
    ),
    Fault(
        "what a cost refuses nearby is told as if it refused it at the point",
        "cli/check_program.py",
        'problem += "".join(f" ({note})" for note in getattr(error, "__notes__", ()))',
        "pass",
        (f"{DIVIDED}::test_what_a_cost_refuses_nearby_is_said_with_where",),
    ),
    Fault(
        "arrays that are changed are told one by one",
        f"{VERDICT}/calls.py",
        "return [f\"{who} changes {', '.join(names)} in place: use {copies}\"] if names else []",
        'return [f"{who} changes {name} in place: use {copies}" for name in names]',
        (f"{DIVIDED}::test_weights_that_are_stepped_are_told_once",),
    ),
    Fault(
        "lists of numbers are no gradients",
        f"{VERDICT}/parameters.py",
        "given = parts or named_parts(_as_arrays(gradients))",
        "given = parts or named_parts(gradients)",
        ("tests/diagnosis/test_records.py::test_gradients_may_be_lists_of_numbers",),
    ),
    Fault(
        "arrays of other classes are moved",
        f"{VERDICT}/points.py",
        'if type(item) is not np.ndarray or item.dtype.kind != "f":',
        'if not isinstance(item, np.ndarray) or item.dtype.kind != "f":',
        ("tests/diagnosis/test_records.py::test_arrays_of_other_kinds_may_be_data[of a class]",),
    ),
    Fault(
        "structures have an order",
        f"{VERDICT}/points.py",
        'if item.dtype.kind not in "biufc":',
        "if item is None:",
        ("tests/diagnosis/test_records.py::test_arrays_of_other_kinds_may_be_data[structure]",),
    ),
    Fault(
        "of another shape all numbers are right",
        f"{TRIALS}/shapes.py",
        "    if not wrong:\n",
        "    if True:\n",
        (f"{TOLD}::test_of_another_shape_it_is_said_whether_the_numbers_are_right",),
    ),
    Fault(
        "of another size there are as many numbers",
        f"{TRIALS}/shapes.py",
        "if given is None or given.size != expected.size:",
        "if given is None:",
        (f"{TOLD}::test_a_gradient_of_another_size_has_a_shape_only",),
    ),
    Fault(
        "a way to something is called d",
        f"{LOCALISATION}/finding.py",
        "    if all(name.isidentifier() for name in names):\n",
        "    if True:\n",
        (f"{TOLD}::test_of_another_shape_it_is_said_whether_the_numbers_are_right",),
    ),
    Fault(
        "each parameter that is zero is told by itself",
        f"{VERDICT}/adequacy.py",
        "    if len(names) < 2:\n",
        "    if True:\n",
        (f"{TOLD}::test_parameters_that_are_zero_are_told_together",),
    ),
)
