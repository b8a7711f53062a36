"""Faults in the check of hand-written gradients: reference, anchor, verdict, findings."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, TAPE, VERDICT
from fault_list.record import Fault

CHECK = "tests/diagnosis/test_check_gradients.py"
HOSTILE = "tests/diagnosis/test_check_hostile.py"
CHANCE = "tests/diagnosis/test_check_chance.py"
UNTRACED = "tests/diagnosis/test_check_untraced.py"
FORMS = "tests/diagnosis/test_gradient_forms.py"
POINTS = "tests/diagnosis/test_check_adequacy.py"
ANCHOR = "tests/diagnosis/test_anchor.py"
META = "tests/diagnosis/test_tape_meta.py"
SCIPY = "tests/diagnosis/test_check_scipy.py"


RULES = (f"{META}::test_a_right_rule_is_confirmed_and_a_broken_one_refuted",)
REFUTED = (f"{META}::test_a_refuted_tape_gives_way_to_complex_steps",)
COURSE = (
    f"{CHECK}::test_the_courses_two_planted_bugs_are_named_by_line_and_factor_and_nothing_else",
)
SLOPES = (f"{ANCHOR}::test_slopes_are_those_that_are_known",)
BARS = (f"{ANCHOR}::test_the_bar_of_a_ladder_covers_its_error",)
MISSES = (f"{ANCHOR}::test_errors_are_missed_as_rarely_as_it_is_printed",)
BOUND = (f"{ANCHOR}::test_the_bound_is_the_density_of_a_gaussian_at_zero",)
SPOTS = (f"{POINTS}::test_what_a_point_hides_is_named_or_cured",)
ELSEWHERE = (f"{POINTS}::test_a_bug_that_shows_only_elsewhere_is_found",)
NEARBY = (f"{POINTS}::test_a_point_nearby_keeps_signs_that_are_all_positive_and_the_data",)
MIRROR = (f"{POINTS}::test_at_a_mirrored_point_what_was_off_is_on",)
DROPOUT = (f"{CHANCE}::test_dropout_is_checked_as_it_is_and_nothing_is_left_changed",)

FAULTS = (
    # what scipy.special has
    Fault(
        "the density of a normal number is that of another width",
        f"{TAPE}/special_rules.py",
        "np.exp(-a * a / 2) / _ROOT",
        "np.exp(-a * a) / _ROOT",
        (f"{RULES[0]}[ndtr-0]",),
    ),
    Fault(
        "a share of a softmax is as if it were alone",
        f"{TAPE}/special_rules.py",
        "y * (g - np.sum(g * y, axis=axis, keepdims=True))",
        "y * g",
        (f"{RULES[0]}[softmax-0]",),
    ),
    Fault(
        "SciPy's functions keep the tape's code",
        f"{TAPE}/recorded_numpy.py",
        "    restore_in_scipy()\n",
        "",
        (f"{SCIPY}::test_scipys_functions_are_as_before_whatever_happens",),
    ),
    # the anchor
    Fault(
        "the bound of a miss is that of a density twice as high",
        f"{VERDICT}/anchor.py",
        "sqrt(2 / np.pi) * tolerance / error",
        "sqrt(8 / np.pi) * tolerance / error",
        BOUND,
    ),
    Fault(
        "the bound of a miss forgets how many directions there were",
        f"{VERDICT}/anchor.py",
        "* tolerance / error) ** directions",
        "* tolerance / error)",
        BOUND,
    ),
    Fault(
        "directions are as long in every array, whatever its size",
        f"{VERDICT}/slopes.py",
        "part *= scale_of(array)",
        "part *= 1.0",
        (f"{ANCHOR}::test_directions_are_as_long_as_the_arrays_whatever_their_size",),
    ),
    Fault(
        "directions are signs: two errors that cancel go unseen",
        f"{VERDICT}/slopes.py",
        "noise = rng.standard_normal(sum(array.size for array in arrays.values()))",
        "noise = rng.choice([-1.0, 1.0], sum(array.size for array in arrays.values()))",
        MISSES,
    ),
    Fault(
        "a complex step is read off the real part",
        f"{VERDICT}/slopes.py",
        "float(value.reshape(()).imag) / _STEP",
        "float(value.reshape(()).real) / _STEP",
        SLOPES,
    ),
    Fault(
        "a complex step is so long that its square counts",
        f"{VERDICT}/slopes.py",
        "_STEP = 2.0**-100",
        "_STEP = 2.0**-17",
        SLOPES,
    ),
    Fault(
        "central differences are extrapolated as one-sided ones are",
        f"{VERDICT}/slopes.py",
        "(16 * differences[1:] - differences[:-1]) / 15",
        "(4 * differences[1:] - differences[:-1]) / 3",
        (f"{ANCHOR}::test_what_bends_as_a_cube_is_extrapolated_exactly",),
    ),
    Fault(
        "the bar of a difference forgets the rounding of the cost",
        f"{VERDICT}/slopes.py",
        "bars = bars + 2 * rounding[2:]",
        "bars = bars + 0 * rounding[2:]",
        BARS,
    ),
    Fault(
        "a slope by differences is that of a direction of length one",
        f"{VERDICT}/slopes.py",
        "Slope(float(better[best + 1]) * length,",
        "Slope(float(better[best + 1]),",
        SLOPES,
    ),
    Fault(
        "a disagreement is not on the scale of the gradient",
        f"{VERDICT}/slopes.py",
        "sqrt(sum(parts))",
        "sum(parts)",
        (f"{ANCHOR}::test_the_spread_is_the_standard_deviation_of_slopes",),
    ),
    # the comparison
    Fault(
        "what differs by a hundredth of a percent passes",
        f"{VERDICT}/comparison.py",
        "TOLERANCE = 1e-7",
        "TOLERANCE = 1e-4",
        (f"{CHECK}::test_one_element_that_is_slightly_off_fails",),
    ),
    Fault(
        "what is not finite is compared like any number",
        f"{VERDICT}/comparison.py",
        "if not isfinite(largest):",
        "if False:",
        (f"{CHECK}::test_what_is_not_finite_fails_and_is_said_to_be_so",),
    ),
    Fault(
        "a gradient that is not returned is right",
        f"{VERDICT}/comparison.py",
        "return Comparison(name, None, expected, np.inf, Status.MISSING, everything)",
        "return Comparison(name, None, expected, 0.0, Status.OK, ~everything)",
        (f"{CHECK}::test_a_gradient_that_is_not_returned_is_missing",),
    ),
    Fault(
        "one number must have the axes of its parameter",
        f"{VERDICT}/comparison.py",
        "if array.size == expected.size == 1:",
        "if False:",
        (f"{CHECK}::test_one_number_may_have_any_number_of_axes",),
    ),
    Fault(
        "the right elements are shown as the wrong ones",
        f"{VERDICT}/comparison.py",
        "Status.WRONG, ~close)",
        "Status.WRONG, close)",
        (f"{CHECK}::test_one_element_that_is_slightly_off_fails",),
    ),
    Fault(
        "the course's number is not over the sum of both lengths",
        f"{VERDICT}/comparison.py",
        "_whole(given[name] for name in expected) + _whole(expected.values())",
        "_whole(expected.values())",
        COURSE,
    ),
    # the reference
    Fault(
        "a tape that the function contradicts is believed",
        f"{VERDICT}/reference.py",
        'if found.anchor.confirmed or method == "trace":',
        "if True:",
        REFUTED,
    ),
    Fault(
        "a cost that is another one each time goes unnoticed",
        f"{VERDICT}/reference.py",
        "if again == cost or abs(again - cost) <= 1e-12 * abs(cost):",
        "if True:",
        (f"{CHANCE}::test_a_cost_that_is_really_random_is_undecided",),
    ),
    Fault(
        "without a tape only the first element of each array is measured",
        f"{VERDICT}/element_wise.py",
        "for at in np.ndindex(array.shape):",
        "for at in list(np.ndindex(array.shape))[:1]:",
        (f"{UNTRACED}::test_what_the_tape_cannot_follow_is_checked_in_another_way",),
    ),
    # the tape
    Fault(
        "of a quotient the lower part has the wrong sign",
        f"{TAPE}/elementwise_rules.py",
        "lambda g, y, a, b: -g * y / b)",
        "lambda g, y, a, b: g * y / b)",
        tuple(f"{test}[divide-1]" for test in RULES),
    ),
    Fault(
        "tanh has the slope of its argument's square",
        f"{TAPE}/elementwise_rules.py",
        '"tanh": (lambda g, y, a: g * (1 - y * y),)',
        '"tanh": (lambda g, y, a: g * (1 - a * a),)',
        tuple(f"{test}[tanh-0]" for test in RULES),
    ),
    Fault(
        "a transposition with given axes goes back along the same ones",
        f"{TAPE}/array_rules.py",
        "back = np.argsort([at % a.ndim for at in axes])",
        "back = [at % a.ndim for at in axes]",
        ("tests/diagnosis/test_tape.py::test_a_function_of_arrays_has_the_slopes_of_differences",),
    ),
    # localisation and form
    Fault(
        "labels in other precisions are the user's own",
        f"{VERDICT}/reference.py",
        "for x in calls.copied_data()",
        "for x in calls.data",
        (f"{CHECK}::test_labels_that_the_backward_pass_overwrites_are_those_of_a_copy",),
    ),
    Fault(
        "only one bug is looked for",
        f"{LOCALISATION}/localisation.py",
        "MOST = 8",
        "MOST = 1",
        (f"{CHECK}::test_operations_alone_name_both_planted_bugs",),
    ),
    Fault(
        "a factor is the right value over the wrong one",
        f"{LOCALISATION}/signatures.py",
        "square = float(np.vdot(expected, expected))",
        "square = float(np.vdot(given, given))",
        (f"{FORMS}::test_the_factor_between_two_arrays_is_recovered",),
    ),
    Fault(
        "a wrong sign is a factor like any other",
        f"{LOCALISATION}/signatures.py",
        "if abs(c + 1) <= 1e-12:",
        "if abs(c - 1) <= 1e-12:",
        (f"{FORMS}::test_forms_of_errors_are_told_apart",),
    ),
    Fault(
        "a transposed gradient is not recognised",
        f"{LOCALISATION}/signatures.py",
        "ratio(given, np.ascontiguousarray(expected.T))",
        "ratio(given, np.ascontiguousarray(expected))",
        (f"{FORMS}::test_forms_of_errors_are_told_apart",),
    ),
    Fault(
        "rows in reverse order are columns in reverse order",
        f"{LOCALISATION}/signatures.py",
        '(expected[::-1], "its rows in reverse order"),',
        '(expected[:, ::-1], "its rows in reverse order"),',
        (f"{FORMS}::test_forms_of_errors_are_told_apart",),
    ),
    Fault(
        "a clipped gradient is compared with one clipped at zero",
        f"{LOCALISATION}/signatures.py",
        "np.clip(expected, -bound, bound)",
        "np.clip(expected, 0, bound)",
        (f"{FORMS}::test_forms_of_errors_are_told_apart",),
    ),
    Fault(
        "the reciprocal of a number has the number's name",
        f"{VERDICT}/constants.py",
        'yield f"1 / {name}", 1 / value\n            yield f"2 {name}"',
        'yield f"1 / {name}", value\n            yield f"2 {name}"',
        (f"{FORMS}::test_numbers_are_called_by_their_names",),
    ),
    Fault(
        "one example has a name, too",
        f"{VERDICT}/constants.py",
        "if m is not None and m > 1:",
        "if m is not None:",
        (f"{FORMS}::test_numbers_are_called_by_their_names",),
    ),
    # parameters
    Fault(
        "parameters keep their single precision",
        f"{VERDICT}/parameters.py",
        "name: np.array(value, dtype=np.float64) for",
        "name: np.array(value) for",
        (f"{HOSTILE}::test_parameters_in_single_precision_are_checked_in_double",),
    ),
    Fault(
        "a named tuple becomes a plain one",
        f"{VERDICT}/parameters.py",
        'if hasattr(structure, "_fields"):',
        'if hasattr(structure, "_no_fields"):',
        (f"{CHECK}::test_parameters_can_be_a_named_tuple",),
    ),
    Fault(
        "a mapping of keys is not looked at",
        f"{VERDICT}/parameters.py",
        "return gradients.get(key.get(name, name))",
        "return gradients.get(name)",
        (f"{CHECK}::test_gradients_are_found_by_a_key",),
    ),
    # what calls do beside
    Fault(
        "NumPy's generator is put back to where it is",
        f"{VERDICT}/generators.py",
        "np.random.set_state(self._state)",
        "np.random.set_state(np.random.get_state())",
        DROPOUT,
    ),
    Fault(
        "generators in the data are used up",
        f"{VERDICT}/calls.py",
        "Generators([self.data, *map(",
        "Generators([*map(",
        DROPOUT,
    ),
    Fault(
        "the functions are given the parameters themselves",
        f"{VERDICT}/calls.py",
        "arrays = {name: array.copy() for name, array in self.parameters.arrays.items()}",
        "arrays = dict(self.parameters.arrays.items())",
        (f"{HOSTILE}::test_parameters_and_data_that_are_changed_in_place_are_named",),
    ),
    Fault(
        "a second call that gives another gradient goes unnoticed",
        f"{GRADIENTS}/hygiene.py",
        "changed = [name for name in given if differs(",
        "changed = [name for name in () if differs(",
        (f"{HOSTILE}::test_a_backward_pass_that_adds_up_is_found",),
    ),
    Fault(
        "twice the gradient is taken for an array written in place",
        f"{GRADIENTS}/hygiene.py",
        "all(abs(c - 2) < 1e-6 for c in factors)",
        "all(abs(c - 3) < 1e-6 for c in factors)",
        (f"{HOSTILE}::test_a_sum_of_calls_is_told_from_an_array_written_in_place",),
    ),
    # other points
    Fault(
        "positive numbers may become negative at another point",
        f"{VERDICT}/points.py",
        "part *= array",
        "part *= -array",
        NEARBY,
    ),
    Fault(
        "the mirrored point is the given one",
        f"{VERDICT}/points.py",
        "_moved(calls.parameters.arrays, -1, rng, _NEAR, ",
        "_moved(calls.parameters.arrays, 1, rng, _NEAR, ",
        MIRROR,
    ),
    Fault(
        "one example stays one",
        f"{VERDICT}/points.py",
        "EXAMPLES = 5",
        "EXAMPLES = 1",
        (f"{ELSEWHERE[0]}[no mean, one example]",),
    ),
    Fault(
        "masks that nothing falls behind are no blind spot",
        f"{VERDICT}/adequacy.py",
        "if np.count_nonzero(above) in (0, above.size):",
        "if not np.count_nonzero(above):",
        SPOTS,
    ),
    Fault(
        "weights of zero are no blind spot",
        f"{VERDICT}/adequacy.py",
        "not array.any():\n        yield name + _ZERO",
        "array.any() is None:\n        yield name + _ZERO",
        SPOTS,
    ),
    Fault(
        "a penalty without weight is no blind spot",
        f"{VERDICT}/adequacy.py",
        "if value == 0:",
        "if value == -1:",
        (f"{POINTS}::test_settings_that_switch_something_off_are_named",),
    ),
)
