"""Faults in what makes a check of gradients cheap: what is left out, and when."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, TAPE, VERDICT
from fault_list.record import Fault

HOSTILE = "tests/diagnosis/test_check_hostile.py"
CHANCE = "tests/diagnosis/test_check_chance.py"
POINTS = "tests/diagnosis/test_check_adequacy.py"
ANCHOR = "tests/diagnosis/test_anchor.py"
COST = "tests/diagnosis/test_check_cost.py"
LOOK = "tests/diagnosis/test_confirmed_elsewhere.py"
ELSEWHERE = (f"{POINTS}::test_a_bug_that_shows_only_elsewhere_is_found",)
AS_MUCH = (f"{COST}::test_as_much_is_taken_as_is_kept",)
MATH = "tests/diagnosis/test_tape_math.py"
MEMORY = "tests/diagnosis/test_check_memory.py"
CLOSE = (f"{MEMORY}::test_close_is_what_the_relative_error_says",)

FAULTS = (
    Fault(
        "one direction is taken for as much as any number of them",
        f"{VERDICT}/anchor.py",
        "drawn) <= enough\n",
        "drawn) <= 1e-2\n",
        (f"{ANCHOR}::test_directions_are_drawn_until_they_show_as_much_as_so_many_are_worth",),
    ),
    Fault(
        "squares of huge numbers overflow",
        f"{VERDICT}/comparison.py",
        "if _ORDINARY[0] < square < _ORDINARY[1]:",
        "if _ORDINARY[0] < square:",
        (f"{COST}::test_lengths_neither_overflow_nor_vanish",),
    ),
    Fault(
        "the peak of many numbers is the largest positive one",
        f"{VERDICT}/comparison.py",
        "max(high, -float(np.minimum.reduce(array, axis=None)))",
        "high",
        (f"{COST}::test_the_peak_is_the_largest_size_and_shows_what_is_not_finite",),
    ),
    Fault(
        "single precision excludes rounding whatever it shows",
        f"{VERDICT}/precisions.py",
        "_STEADY = 1e-3",
        "_STEADY = np.inf",
        (f"{COST}::test_rounding_is_excused_where_the_cost_is_ill_conditioned",),
    ),
    Fault(
        "numbers that were never rounded to single precision speak for it",
        f"{VERDICT}/precisions.py",
        "return False  # part of it was not",
        "pass  # part of it was not",
        (f"{COST}::test_rounding_is_excused_where_the_cost_is_ill_conditioned",),
    ),
    Fault(
        "long doubles are asked though rounding explains nothing",
        f"{VERDICT}/lost_digits.py",
        "if is_well_conditioned(judgement.calls,",
        "if False and is_well_conditioned(judgement.calls,",
        (f"{COST}::test_what_rounding_cannot_explain_takes_no_long_doubles",),
    ),
    Fault(
        "a third point is looked at though nothing is hidden",
        f"{VERDICT}/other_points.py",
        "if looked and not left.spots:",
        "if looked is None:",
        (f"{LOOK}::test_a_third_point_is_not_looked_at_if_nothing_is_hidden",),
    ),
    Fault(
        "one more point is enough, whatever it hides",
        f"{VERDICT}/other_points.py",
        "if looked and not left.spots:",
        "if looked:",
        (f"{ELSEWHERE[0]}[no mean, one example]",),
    ),
    Fault(
        "elsewhere any gradient agrees with the slope along a direction",
        f"{VERDICT}/other_points.py",
        "_SHARP * spread_of(given, beside)",
        "9 * spread_of(given, beside)",
        (f"{LOOK}::test_a_mask_that_is_missing_where_all_is_on_shows_elsewhere",),
    ),
    Fault(
        "what tape and gradient have wrong alike is right",
        f"{VERDICT}/other_points.py",
        "or not off <= tolerance * size:",
        "or not off <= 9 * size:",
        (f"{LOOK}::test_what_tape_and_gradient_have_wrong_alike_is_not_confirmed",),
    ),
    Fault(
        "a gradient need not be the tape's to be confirmed elsewhere",
        f"{VERDICT}/other_points.py",
        "    if not all(_is_close(",
        "    if scale < 0 and not all(_is_close(",
        (f"{LOOK}::test_a_gradient_that_is_not_the_tapes_takes_the_long_way",),
    ),
    Fault(
        "one direction at another point is worth any number of them",
        f"{VERDICT}/other_points.py",
        " or not are_enough(1, tolerance, directions):",
        ":",
        (f"{LOOK}::test_whatever_needs_a_longer_look_is_left_to_it",),
    ),
    Fault(
        "numbers of very different size are confirmed in one unit",
        f"{VERDICT}/other_points.py",
        "if any(map(is_mixed, arrays.values())):",
        "if not arrays:",
        (f"{LOOK}::test_whatever_needs_a_longer_look_is_left_to_it",),
    ),
    Fault(
        "positive biases keep their sign though every unit is on",
        f"{VERDICT}/other_points.py",
        "moves = moves if aside else moves[1:]",
        "moves = moves[1:]",
        (f"{LOOK}::test_a_mask_that_is_missing_where_all_is_on_shows_elsewhere",),
    ),
    Fault(
        "what the other point shows stays a blind spot",
        f"{VERDICT}/other_points.py",
        "left = _left_at(*judgement.reference.anchor.elsewhere, left)",
        "left = known",
        (f"{COST}::test_what_the_other_point_shows_takes_no_third_one",),
    ),
    Fault(
        "the gradient of one triangle is looked at with other matrices",
        f"{VERDICT}/one_triangle.py",
        "g + g.T if _is_triangular(g) else g for",
        "g for",
        (
            "tests/diagnosis/test_check_symmetric.py::test_the_gradient_of_one_triangle_is_right_too",
        ),
    ),
    Fault(
        "elsewhere any gradient agrees with the tape",
        f"{VERDICT}/other_points.py",
        "are_close(given[name], r, scale, _SHARP) for",
        "given[name].shape == r.shape for",
        (f"{COST}::test_in_a_large_network_a_bug_that_shows_only_elsewhere_is_found",),
    ),
    Fault(
        "what another point hides, too, is cured by it",
        f"{VERDICT}/adequacy.py",
        "mask & known.faint[name] for",
        "mask & ~known.faint[name] for",
        (f"{POINTS}::test_an_element_that_no_point_shows_stays_a_blind_spot",),
    ),
    Fault(
        "elements that are nil here and others that are nil there stay hidden",
        f"{VERDICT}/adequacy.py",
        "mask & known.faint[name] for",
        "mask | known.faint[name] for",
        (f"{POINTS}::test_elements_that_another_point_shows_are_cured",),
    ),
    Fault(
        "what was changed in place is always blamed on the backward pass",
        f"{GRADIENTS}/both_passes.py",
        'copies.changed("the forward pass") or changed',
        "changed",
        (f"{HOSTILE}::test_parameters_and_data_that_are_changed_in_place_are_named",),
    ),
    Fault(
        "a normal number that NumPy keeps is not among the state of its generator",
        f"{VERDICT}/generators.py",
        "if twister and not self._state[3] else None",
        "if twister else None",
        (f"{CHANCE}::test_a_number_that_a_generator_keeps_is_put_back",),
    ),
    Fault(
        "elsewhere the random draws are those of the given point",
        f"{VERDICT}/calls.py",
        "if self.generators.have_moved():",
        "if False:",
        (f"{CHANCE}::test_a_mask_that_is_kept_from_the_first_call_is_found",),
    ),
    Fault(
        "a cache with a default is not handed on",
        f"{VERDICT}/calls.py",
        'by_name="cache" in names[max(free, given) :])',
        "by_name=False)",
        AS_MUCH,
    ),
    Fault(
        "several things that are kept are handed on as one",
        f"{VERDICT}/calls.py",
        "Kept(result[1:])",
        "result[1:]",
        AS_MUCH,
    ),
    Fault(
        "a setting is something that was kept",
        f"{VERDICT}/calls.py",
        "takewhile(lambda default: default is None, defaults)",
        "defaults",
        AS_MUCH,
    ),
    Fault(
        "a cache is taken apart",
        f"{VERDICT}/calls.py",
        " and not CACHE.fullmatch(self.names[0])",
        "",
        AS_MUCH,
    ),
    Fault(
        "what is kept is counted by nobody",
        f"{VERDICT}/calls.py",
        "if isinstance(cache, tuple) and len(cache) == wanted.least:",
        "if isinstance(cache, tuple):",
        (f"{COST}::test_more_than_is_kept_is_not_taken",),
    ),
    Fault(
        "the functions of numbers stay exchanged",
        f"{TAPE}/recorded_numpy.py",
        "    restore_in_math()\n",
        "",
        (
            f"{MATH}::test_the_functions_are_the_original_ones_afterwards_and_without_recorded_numbers",
        ),
    ),
    Fault(
        "a logarithm has one base",
        f"{TAPE}/recorded_math.py",
        "np.log(x) / np.log(base[0]) if base else np.log(x)",
        "np.log(x)",
        (f"{MATH}::test_a_logarithm_has_any_base_and_arrays_of_one_number_are_numbers",),
    ),
    Fault(
        "a matrix without an inverse has a logarithm",
        f"{TAPE}/linalg_rules.py",
        "    if not np.all(sign):\n        raise NotImplementedError\n",
        "",
        (f"{MATH}::test_a_matrix_without_an_inverse_has_no_derivative_of_its_determinant",),
    ),
    Fault(
        "a solution of one column has several",
        f"{TAPE}/linalg_rules.py",
        "back(g)[..., 0] if b.ndim == 1 else back(g)",
        "back(g)",
        ("tests/diagnosis/test_tape.py",),
    ),
    Fault(
        "a function is judged by what wraps it",
        f"{VERDICT}/calls.py",
        "type(function) is FunctionType and not function.__dict__",
        "type(function) is FunctionType",
        (f"{COST}::test_what_a_function_takes_of_what_is_kept_is_seen_from_its_signature",),
    ),
    Fault(
        "a forward pass in single precision counts as one",
        f"{VERDICT}/calls.py",
        "apart.forward = Stopwatch(limit=self.forward.patience)",
        "apart.forward = self.forward",
        (f"{COST}::test_forward_equivalents_are_those_of_double_precision",),
    ),
    Fault(
        "memory is given back page by page",
        f"{VERDICT}/freed_memory.py",
        "    BufferedReader(BytesIO(), _BLOCK)",
        "    BufferedReader(BytesIO(), 8)",
        (f"{MEMORY}::test_the_next_check_takes_its_memory_from_the_last_one",),
    ),
    Fault(
        "huge pages are cleared for small arrays",
        f"{VERDICT}/freed_memory.py",
        "    BufferedReader(BytesIO(), _BLOCK)",
        '    __import__("numpy").empty(_BLOCK, "u1")',
        (f"{MEMORY}::test_the_memory_that_is_kept_has_no_huge_pages",),
    ),
    Fault(
        "recordings stay until garbage is looked for",
        f"{GRADIENTS}/patchable.py",
        "    once = cache(record)\n\n    def patchable() -> Patchable:\n",
        "    once = cache(record)\n\n    def patchable() -> Patchable:\n        str(patchable)\n",
        (f"{MEMORY}::test_a_check_leaves_no_recording_that_only_a_search_for_garbage_finds",),
    ),
    Fault(
        "the largest number is taken for their root mean square",
        f"{VERDICT}/comparison.py",
        "max(sqrt(square / expected.size), floor)",
        "max(sqrt(square), floor)",
        CLOSE,
    ),
    Fault(
        "a gradient without numbers that count is close to any",
        f"{VERDICT}/comparison.py",
        "apart <= (tolerance * max(sqrt(square / expected.size), floor)) ** 2",
        "apart <= tolerance * max(sqrt(square / expected.size), floor) ** 2",
        CLOSE,
    ),
    Fault(
        "what is far in the root mean square is not close enough",
        f"{VERDICT}/comparison.py",
        "if apart > _CLEARLY * (tolerance * max(sqrt(square), floor)) ** 2:",
        "if apart > (tolerance * max(sqrt(square / expected.size), floor)) ** 2:",
        CLOSE,
    ),
    Fault(
        "what is mended stays so for the next search",
        f"{LOCALISATION}/workshop.py",
        "shop._begin(deadline)",
        "shop.deadline = deadline",
        ("tests/diagnosis/test_check_likelier.py::test_another_search_begins_with_nothing_mended",),
    ),
    Fault(
        "transposed arrays are looked for as they lie",
        f"{LOCALISATION}/matching.py",
        "reshape(shape[::-1]).T.ravel()",
        "reshape(shape[::-1]).ravel()",
        (
            "tests/diagnosis/test_check_whose.py::test_what_matches_is_found_among_many_with_its_factor",
        ),
    ),
    Fault(
        "the smallest data become larger most",
        f"{VERDICT}/points.py",
        "_LARGER / larger.max()",
        "_LARGER / larger.max() ** 2",
        (f"{POINTS}::test_at_a_mirrored_point_what_was_off_is_on",),
    ),
    Fault(
        "a few data that may be labels say that all are",
        f"{VERDICT}/points.py",
        "return _are_free(few) or _are_free(item)",
        "return _are_free(few)",
        (f"{COST}::test_labels_are_told_from_measured_numbers_that_begin_like_them",),
    ),
)
