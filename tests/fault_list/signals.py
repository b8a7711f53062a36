"""Faults in how mistakes of convolutions, spectra and directions are told."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE, VERDICT
from fault_list.record import Fault

SIGNALS = "tests/diagnosis/test_check_signals.py"
DIRECTIONS = "tests/diagnosis/test_check_directions.py"
TOLD = f"{SIGNALS}::test_what_is_meant_is_told"
MADE = f"{DIRECTIONS}::test_a_mistake_is_told_where_it_is_made"
LINE = f"{SIGNALS}::test_a_mistake_has_its_line"
CLEAR = "tests/diagnosis/test_check_clear.py::test_what_is_clear_is_found_by_itself"

LITERALS = "tests/diagnosis/test_patches_of_literals.py"
BATCHED = "tests/diagnosis/test_batched.py"

FAULTS = (
    Fault(
        "points may be mixed",
        f"{VERDICT}/batched.py",
        "        self._refuse_what_mixes_points()\n",
        "",
        (f"{BATCHED}::test_what_mixes_points_is_refused",),
    ),
    Fault(
        "steps that nobody asked for are the next number's",
        f"{VERDICT}/batched.py",
        "                list(own)  # a step",
        "                # a step",
        (f"{BATCHED}::test_the_bits_are_those_of_single_points[central]",),
    ),
    Fault(
        "everything is stacked at once",
        f"{VERDICT}/batched.py",
        "size = max(1, _LARGEST // self.parameters.count)",
        "size = len(points)",
        (f"{BATCHED}::test_of_many_numbers_few_are_stacked_at_once",),
    ),
    Fault(
        "a convolution is never a correlation",
        f"{PATCHES}/patches_of_choices.py",
        '    "convolve2d": "correlate2d",\n',
        "",
        (f"{TOLD}[convolved-should be `signal.correlate2d(x, dz, 'valid')`]",),
    ),
    Fault(
        "kernels are not turned round",
        f"{PATCHES}/patches_of_directions.py",
        'if slot.name == "args" and shape and {name',
        'if slot.name == "func" and shape and {name',
        (f"{SIGNALS}::test_a_kernel_that_is_not_turned_round_is_told",),
    ),
    Fault(
        "conjugates are not forgotten",
        f"{PATCHES}/patches_of_directions.py",
        "                yield slot.becomes(conjugate,",
        "                slot.becomes(conjugate,",
        (f"{TOLD}[conjugate-should be `np.conj(]",),
    ),
    Fault(
        "a convolution has one mode",
        f"{PATCHES}/patches_of_literals.py",
        '_MODES = ("full", "valid", "same")',
        '_MODES = ("full", "full", "same")',
        (f"{SIGNALS}::test_another_mode_is_told",),
    ),
    Fault(
        "what counts may be any number",
        f"{PATCHES}/patches_of_literals.py",
        "    return isinstance(was, int) and (divided or made)\n",
        "    return isinstance(was, int) and (divided and made and False)\n",
        (f"{LITERALS}::test_what_counts_is_a_whole_number",),
    ),
    Fault(
        "loops go one way",
        f"{PATCHES}/patches_of_directions.py",
        'case ast.For() if slot.name == "iter" and not _is_reversed(node):',
        "case ast.For() if False:",
        (f"{MADE}[loop]",),
    ),
    Fault(
        "sums run from the start",
        f"{PATCHES}/patches_of_directions.py",
        "            yield slot.becomes(new,",
        "            slot.becomes(new,",
        (f"{MADE}[running sum]",),
    ),
    Fault(
        "indices are not exchanged",
        f"{PATCHES}/patches_of_directions.py",
        "isinstance(part, ast.Name | ast.Subscript) for part in pair",
        "isinstance(part, ast.Dict) for part in pair",
        (f"{DIRECTIONS}::test_two_indices_that_are_exchanged_are_one_finding",),
    ),
    Fault(
        "of numbers nothing is missing where they are returned",
        f"{PATCHES}/patches_of_logarithms.py",
        'if sort == ("number",) and alike(',
        'if sort == ("none",) and alike(',
        (f"{MADE}[number handed out]",),
    ),
    Fault(
        "what is handed out is what is made",
        f"{GRADIENTS}/handed_out.py",
        "return lacks is not None and bool(",
        "return lacks is None and bool(",
        (f"{MADE}[handed out]",),
    ),
    Fault(
        "names do not choose between changes",
        f"{LOCALISATION}/repair.py",
        "_AS_CALLED = 2.0",
        "_AS_CALLED = 0.0",
        (f"{DIRECTIONS}::test_a_sign_is_told_where_what_follows_is_what_it_is_called",),
    ),
    Fault(
        "one of several names is nobody's",
        f"{LOCALISATION}/accumulators.py",
        '_owner(origin).split(", ")',
        "[_owner(origin)]",
        (f"{DIRECTIONS}::test_a_sum_that_something_is_added_to_does_not_stay_zero",),
    ),
    Fault(
        "any factor of one number is exact",
        f"{LOCALISATION}/signatures.py",
        "if size == 1 and not _is_common(c, constants):",
        "if False:",
        (f"{DIRECTIONS}::test_a_factor_of_one_number_is_not_called_exact",),
    ),
    Fault(
        "what cannot be repeated ends the check",
        f"{TAPE}/recording.py",
        "    NotImplementedError,\n",
        "",
        (f"{SIGNALS}::test_what_cannot_be_decomposed_any_more_is_no_repair",),
    ),
    Fault(
        "spectra are matched",
        f"{LOCALISATION}/matching.py",
        'real = cotangent.dtype.kind != "c"',
        "real = True",
        (f"{LINE}[length]",),
    ),
    Fault(
        "the function that copies is not named",
        f"{TAPE}/traced.py",
        'return f"that {name} makes for itself" if name else',
        'return f"that {name} makes for itself" if False else',
        ("tests/diagnosis/test_tape_refusals.py::test_what_copies_arrays_is_named",),
    ),
    Fault(
        "a part of a value is called like the whole",
        f"{LOCALISATION}/names.py",
        "if steps is None or _is_part(shop, steps[0]):",
        "if steps is None:",
        (f"{DIRECTIONS}::test_a_part_of_what_is_unpacked_is_no_exchange",),
    ),
    Fault(
        "parameters that are single numbers have no name",
        f"{VERDICT}/constants.py",
        "    return Constants(named, sizes, numbers)",
        "    return Constants(named, sizes)",
        (f"{DIRECTIONS}::test_a_parameter_that_is_one_number_names_a_factor",),
    ),
    Fault(
        "a sum begins with another number",
        f"{LOCALISATION}/edits_of_form.py",
        "if not is_number(argument) or _is_start_of_sum(step, argument):",
        "if not is_number(argument):",
        (f"{DIRECTIONS}::test_what_a_sum_begins_with_does_not_stand_there",),
    ),
    Fault(
        "what stands twice is shown alone",
        f"{PATCHES}/patch.py",
        "ast.unparse(self.statement).count(text) > 1",
        "ast.unparse(self.statement).count(text) > 99",
        (f"{LITERALS}::test_what_stands_twice_in_a_line_is_shown_with_what_is_around_it",),
    ),
    Fault(
        "both texts are cut where they are alike",
        f"{PATCHES}/syntax.py",
        "first = same - _IN_FRONT if same > _LONGEST - _IN_FRONT // 2 else 0",
        "first = 0",
        (
            "tests/diagnosis/test_patches_of_literals.py::test_of_long_texts_the_part_is_shown_that_differs",
        ),
    ),
)
