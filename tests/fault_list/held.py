"""Faults in what variables hold, in what stands beside a statement, and in where to look first."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_held.py"
MENDED = f"{TESTS}::test_the_simplest_patch_of_this_text_makes_the_gradients_right"
TEXTS = (f"{TESTS}::test_texts_that_read_a_variables_parts_are_found_with_what_they_are",)
ELEMENTS = (f"{TESTS}::test_elements_are_read_by_the_indices_that_the_function_uses",)
FIRST = (f"{TESTS}::test_patches_of_the_statement_that_spoils_what_is_right_are_tried_first",)
RAGGED = (f"{TESTS}::test_lists_of_different_lengths_are_data",)
SETTINGS = (f"{TESTS}::test_settings_of_any_kind_may_be_given_and_their_numbers_are_named",)
HOSTILE = "tests/diagnosis/test_check_hostile.py::test_a_right_program_is_not_called_wrong"
LATER = (f"{TESTS}::test_a_buffer_that_a_later_call_overwrites_has_its_line",)


def mended(*mistakes: str) -> tuple[str, ...]:
    """Return the tests that some mistakes are mended."""
    return tuple(f"{MENDED}[{mistake}]" for mistake in mistakes)


FAULTS = (
    # what is held
    Fault(
        "named tuples hold nothing",
        f"{PATCHES}/held.py",
        'elif isinstance(value, tuple) and hasattr(value, "_fields"):',
        'elif isinstance(value, tuple) and hasattr(value, "_nothing"):',
        TEXTS,
    ),
    Fault(
        "what is held holds nothing itself",
        f"{PATCHES}/held.py",
        "if depth > 1:",
        "if depth > 2:",
        TEXTS,
    ),
    Fault(
        "any list is read by any index",
        f"{PATCHES}/held.py",
        "length in at.lengths and",
        "",
        ELEMENTS,
    ),
    Fault(
        "slopes are made of plain variables only",
        f"{PATCHES}/patches_of_held.py",
        "        yield from _sloped(slot, text, known, more)\n",
        "",
        mended("slope-of-what-is-held"),
    ),
    Fault(
        "nothing is taken from one but a plain variable",
        f"{PATCHES}/patches_of_ones.py",
        "for text in {**known.at_hand, **plain}:",
        "for text in plain:",
        mended("rest-of-what-is-held"),
    ),
    Fault(
        "of what is held two are never missing",
        f"{PATCHES}/patches_of_held.py",
        "        yield from _with_two(slot, unread)\n",
        "",
        mended("two-of-an-object"),
    ),
    Fault(
        "a term has the shape of what it is made of",
        f"{PATCHES}/patches_of_held.py",
        " or (term and fits(shape, _shape(sort)))",
        "",
        mended("held-beside-a-term"),
    ),
    Fault(
        "a number is never a penalty's",
        f"{PATCHES}/patches_of_held.py",
        "    if known.is_number(slot.node) and _is_its_gradient(slot, text):",
        "    if False:",
        mended("parameter-of-a-penalty"),
    ),
    # what stands beside it
    Fault(
        "a result is not scaled as those beside it",
        f"{PATCHES}/patches_of_analogy.py",
        "    yield from _as_scaled(statement, value, known)\n",
        "",
        mended("as-beside-it"),
    ),
    Fault(
        "a result is not penalised as those beside it",
        f"{PATCHES}/patches_of_analogy.py",
        "        yield from _as_penalised(statement, value)\n",
        "        pass\n",
        mended("penalty-in-a-dictionary"),
    ),
    Fault(
        "a result that is unpacked and never read is not missing",
        f"{PATCHES}/around.py",
        " | unused_results_in(source.tree)",
        "",
        mended("result-of-a-call"),
    ),
    Fault(
        "powers have no names",
        f"{PATCHES}/patches_of_powers.py",
        "        yield from _of_arrays(slot, known)\n",
        "",
        mended("power-with-a-name"),
    ),
    Fault(
        "a power is never one less",
        f"{PATCHES}/patches_of_powers.py",
        "            yield from _exponents(slot, known)\n",
        "            pass\n",
        mended("power-one-less", "number-before-a-power"),
    ),
    Fault(
        "what is subscripted is an index, too",
        f"{PATCHES}/patch.py",
        "isinstance(inner, ast.Subscript) and inner.slice is below:",
        "isinstance(inner, ast.Subscript):",
        mended("power-of-a-part"),
    ),
    Fault(
        "a product in brackets lacks nothing",
        f"{PATCHES}/patches_of_ones.py",
        'elif slot.name == "right" and _is_product(node) and _is_product(holder):',
        "elif False:",
        mended("one-plus-a-product"),
    ),
    Fault(
        "an exponential lacks no one",
        f"{PATCHES}/patches_of_ones.py",
        'endswith("exp"):',
        'endswith("none"):',
        mended("one-plus-an-exponential"),
    ),
    Fault(
        "examples are left out of one array only",
        f"{PATCHES}/patches.py",
        "    yield from names.all_examples(statement, slots)\n",
        "",
        mended("without-the-last-example"),
    ),
    Fault(
        "every other example is another order",
        f"{PATCHES}/patches_of_names.py",
        "any(isinstance(step, ast.UnaryOp) for step in steps)",
        "bool(steps)",
        mended("every-other-example"),
    ),
    Fault(
        "nothing was to be subtracted from what there was",
        f"{PATCHES}/patches_of_statements.py",
        ', (ast.Sub(), "-=")):',
        "):",
        mended("update-that-overwrites"),
    ),
    Fault(
        "the limit of a comparison is a constant like any other",
        f"{PATCHES}/patches_of_formulas.py",
        "elif slot.within(ast.Compare) and known.is_number(node):",
        "elif False:",
        mended("threshold"),
    ),
    # where to look first
    Fault(
        "the first of what is wrong is not looked for",
        f"{PATCHES}/blame.py",
        "        suspected=at,\n",
        "",
        FIRST,
    ),
    Fault(
        "what the wrong statement uses is not looked at",
        f"{LOCALISATION}/frontier.py",
        "for line in found | calls for s in bindings_of(*line)",
        "for line in () for s in bindings_of(*line)",
        FIRST,
    ),
    Fault(
        "suspected statements wait for their turn",
        f"{PATCHES}/patching.py",
        "for pair in (next(first, each), next(second, each), each):",
        "for pair in (each,):",
        FIRST,
    ),
    # data and settings
    Fault(
        "lists of different lengths are no data",
        f"{VERDICT}/constants.py",
        "        return (len(item),)\n",
        "        return np.shape(item)\n",
        tuple(f"{RAGGED[0]}[{given}-2.0]" for given in ("code", "numbers")),
    ),
    Fault(
        "arrays in lists may be changed",
        f"{VERDICT}/calls.py",
        "if not isinstance(item, list | tuple | dict):",
        "if item is not None:",
        (f"{TESTS}::test_what_is_changed_in_long_lists_is_named",),
    ),
    Fault(
        "the recorded passes are given the user's own lists",
        "diagnosis/gradient_verdict/trace.py",
        "return deep_copy(item) if isinstance(item, list | tuple | dict) else item",
        "return item",
        (f"{TESTS}::test_a_list_of_the_data_is_left_as_it_was",),
    ),
    Fault(
        "numbers in lists have no name",
        f"{VERDICT}/constants.py",
        "several = len(shape_of(value)) == 1",
        "several = len(shape_of(value)) == 9",
        SETTINGS,
    ),
    Fault(
        "a later call does not take place where patches are tried",
        f"{GRADIENTS}/patchable.py",
        "        elsewhere.gradients(cache)\n",
        "        pass\n",
        LATER,
    ),
    # where nothing is sharp
    Fault(
        "agreement in longer numbers has to be stored in them",
        f"{VERDICT}/precisions.py",
        "value.dtype.kind != better.dtype.kind:",
        "value.dtype != better.dtype:",
        (f"{HOSTILE}[sparse_autoencoder-saturation, 10 to 50 times-2-PASS]",),
    ),
)
