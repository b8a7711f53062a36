"""Faults in what variables hold, in what stands beside a statement, and in where to look first."""

from fault_list.record import Fault

FOLDER = "diagnosis/gradients"
TESTS = "tests/diagnosis/test_check_held.py"
MENDED = f"{TESTS}::test_the_simplest_patch_of_this_text_makes_the_gradients_right"
TEXTS = (f"{TESTS}::test_texts_that_read_a_variables_parts_are_found_with_what_they_are",)
ELEMENTS = (f"{TESTS}::test_elements_are_read_by_the_indices_that_the_function_uses",)
FIRST = (f"{TESTS}::test_patches_of_the_statement_that_spoils_what_is_right_are_tried_first",)
RAGGED = (f"{TESTS}::test_lists_of_different_lengths_are_data",)
NESTED = (f"{TESTS}::test_an_array_in_a_list_of_the_data_that_is_changed_is_named",)
SETTINGS = (f"{TESTS}::test_settings_of_any_kind_may_be_given_and_their_numbers_are_named",)
HOSTILE = "tests/diagnosis/test_check_hostile.py::test_a_right_program_is_not_called_wrong"
LATER = (f"{TESTS}::test_a_buffer_that_a_later_call_overwrites_has_its_line",)


SEARCH = "tests/diagnosis/test_check_search.py"
LIKELIER = "tests/diagnosis/test_check_likelier.py"
SOONER = (f"{SEARCH}::test_one_simple_patch_is_found_before_several_faults_are_looked_for",)
ONCE = (f"{SEARCH}::test_a_patch_is_tried_once",)
REPEATED = (f"{SEARCH}::test_only_what_depends_on_a_change_is_repeated",)


def everyday(*mistakes: str) -> tuple[str, ...]:
    """Return the tests that some mistakes are named."""
    file = "tests/diagnosis/test_check_everyday_faults.py"
    return tuple(f"{file}::test_an_everyday_mistake_is_named[{each}]" for each in mistakes)


def mended(*mistakes: str) -> tuple[str, ...]:
    """Return the tests that some mistakes are mended."""
    return tuple(f"{MENDED}[{mistake}]" for mistake in mistakes)


FAULTS = (
    # what is held
    Fault(
        "named tuples hold nothing",
        f"{FOLDER}/held.py",
        'elif isinstance(value, tuple) and hasattr(value, "_fields"):',
        'elif isinstance(value, tuple) and hasattr(value, "_nothing"):',
        TEXTS,
    ),
    Fault(
        "what is held holds nothing itself",
        f"{FOLDER}/held.py",
        "if depth > 1:",
        "if depth > 2:",
        TEXTS,
    ),
    Fault(
        "any list is read by any index",
        f"{FOLDER}/held.py",
        "length in at.lengths and",
        "",
        ELEMENTS,
    ),
    Fault(
        "slopes are made of plain variables only",
        f"{FOLDER}/patches_of_held.py",
        "        yield from _sloped(slot, text, more)\n",
        "",
        mended("slope-of-what-is-held"),
    ),
    Fault(
        "nothing is taken from one but a plain variable",
        f"{FOLDER}/patches_of_ones.py",
        "for text in {**known.at_hand, **plain}:",
        "for text in plain:",
        mended("rest-of-what-is-held"),
    ),
    Fault(
        "of what is held two are never missing",
        f"{FOLDER}/patches_of_held.py",
        "        yield from _with_two(slot, unread)\n",
        "",
        mended("two-of-an-object"),
    ),
    Fault(
        "a term has the shape of what it is made of",
        f"{FOLDER}/patches_of_held.py",
        " or (term and fits(shape, _shape(sort)))",
        "",
        mended("held-beside-a-term"),
    ),
    Fault(
        "a number is never a penalty's",
        f"{FOLDER}/patches_of_held.py",
        "    if known.is_number(slot.node) and _is_its_gradient(slot, text):",
        "    if False:",
        mended("parameter-of-a-penalty"),
    ),
    # what stands beside it
    Fault(
        "a result is not scaled as those beside it",
        f"{FOLDER}/patches_of_analogy.py",
        "    yield from _as_scaled(statement, value, known)\n",
        "",
        mended("as-beside-it"),
    ),
    Fault(
        "a result is not penalised as those beside it",
        f"{FOLDER}/patches_of_analogy.py",
        "        yield from _as_penalised(statement, value)\n",
        "        pass\n",
        mended("penalty-in-a-dictionary"),
    ),
    Fault(
        "a result that is unpacked and never read is not missing",
        f"{FOLDER}/around.py",
        " | unused_results_in(source.tree)",
        "",
        mended("result-of-a-call"),
    ),
    Fault(
        "powers have no names",
        f"{FOLDER}/patches_of_powers.py",
        "        yield from _of_arrays(slot, known)\n",
        "",
        mended("power-with-a-name"),
    ),
    Fault(
        "a power is never one less",
        f"{FOLDER}/patches_of_powers.py",
        "            yield from _exponents(slot, known)\n",
        "            pass\n",
        mended("power-one-less", "number-before-a-power"),
    ),
    Fault(
        "what is subscripted is an index, too",
        f"{FOLDER}/patches.py",
        "isinstance(inner, ast.Subscript) and inner.slice is below:",
        "isinstance(inner, ast.Subscript):",
        mended("power-of-a-part"),
    ),
    Fault(
        "a product in brackets lacks nothing",
        f"{FOLDER}/patches_of_ones.py",
        'elif slot.name == "right" and _is_product(node) and _is_product(holder):',
        "elif False:",
        mended("one-plus-a-product"),
    ),
    Fault(
        "an exponential lacks no one",
        f"{FOLDER}/patches_of_ones.py",
        'endswith("exp"):',
        'endswith("none"):',
        mended("one-plus-an-exponential"),
    ),
    Fault(
        "examples are left out of one array only",
        f"{FOLDER}/patches.py",
        "        yield from names.all_examples(statement, slots)\n",
        "",
        mended("without-the-last-example"),
    ),
    Fault(
        "every other example is another order",
        f"{FOLDER}/patches_of_names.py",
        "any(isinstance(step, ast.UnaryOp) for step in steps)",
        "bool(steps)",
        mended("every-other-example"),
    ),
    Fault(
        "nothing was to be subtracted from what there was",
        f"{FOLDER}/patches_of_statements.py",
        ', (ast.Sub(), "-=")):',
        "):",
        mended("update-that-overwrites"),
    ),
    Fault(
        "the limit of a comparison is a constant like any other",
        f"{FOLDER}/patches_of_formulas.py",
        "elif slot.within(ast.Compare) and known.is_number(node):",
        "elif False:",
        mended("threshold"),
    ),
    # where to look first
    Fault(
        "the first of what is wrong is not looked for",
        f"{FOLDER}/diagnosis.py",
        "suspected=at, close=close",
        "close=close",
        FIRST,
    ),
    Fault(
        "what the wrong statement uses is not looked at",
        f"{FOLDER}/frontier.py",
        "for line in found | calls for s in bindings_of(*line)",
        "for line in () for s in bindings_of(*line)",
        FIRST,
    ),
    Fault(
        "suspected statements wait for their turn",
        f"{FOLDER}/patching.py",
        "for pair in (next(first, each), next(second, each), each):",
        "for pair in (each,):",
        FIRST,
    ),
    # data and settings
    Fault(
        "lists of different lengths are no data",
        f"{FOLDER}/constants.py",
        "        return (len(item),)\n",
        "        return np.shape(item)\n",
        tuple(f"{RAGGED[0]}[{given}-2.0]" for given in ("code", "numbers")),
    ),
    Fault(
        "arrays in lists may be changed",
        f"{FOLDER}/calls.py",
        "            found |= _numbered(part, inner)\n",
        "            pass\n",
        NESTED,
    ),
    Fault(
        "the recorded passes are given the user's own lists",
        f"{FOLDER}/reference.py",
        "return deepcopy(item) if isinstance(item, list | tuple | dict) else item",
        "return item",
        NESTED,
    ),
    Fault(
        "numbers in lists have no name",
        f"{FOLDER}/constants.py",
        "several = len(shape_of(value)) == 1",
        "several = len(shape_of(value)) == 9",
        SETTINGS,
    ),
    Fault(
        "a later call does not take place where patches are tried",
        f"{FOLDER}/diagnosis.py",
        "            elsewhere.gradients(cache)\n",
        "            pass\n",
        LATER,
    ),
    # where nothing is sharp
    Fault(
        "agreement in longer numbers has to be stored in them",
        f"{FOLDER}/precisions.py",
        "value.dtype.kind != better.dtype.kind:",
        "value.dtype != better.dtype:",
        (f"{HOSTILE}[sparse_autoencoder-saturation, 10 to 50 times-2-PASS]",),
    ),
    # what is likelier
    Fault(
        "a penalty has no sign",
        f"{FOLDER}/patches_of_held.py",
        '((text, 1.3), (f"np.sign({text})", 1.35))',
        "((text, 1.3),)",
        everyday("sign-of-a-parameter"),
    ),
    Fault(
        "a factor of one is as good as any",
        f"{FOLDER}/patches_of_ones.py",
        "(_READ if telling else 0.0)",
        "0.0",
        everyday("factor-of-one"),
    ),
    Fault(
        "only what is held stands beside one",
        f"{FOLDER}/patches_of_ones.py",
        "for text in {**known.at_hand, **plain}:",
        "for text in known.at_hand:",
        everyday("rest-of-one"),
    ),
    Fault(
        "nothing is divided by one and an exponential",
        f"{FOLDER}/patches_of_ones.py",
        "*(_EXPONENTIALS if divides else ())",
        "",
        everyday("divided-by-one"),
    ),
    Fault(
        "a call that is left out fills nothing",
        "diagnosis/scorecard/operators_memory.py",
        'site.target or ", ".join(_filled(site))',
        "site.target",
        ("tests/diagnosis/test_scorecard_programs.py::test_a_call_that_is_left_out_would_fill",),
    ),
    Fault(
        "no argument lacks a minus",
        f"{FOLDER}/patches_of_formulas.py",
        'if slot.name == "args" and not slot.is_index',
        'if slot.name == "nothing" and not slot.is_index',
        mended("minus-of-an-argument"),
    ),
    Fault(
        "powers are of variables only",
        f"{FOLDER}/patches_of_powers.py",
        "            return _is_value(value, known)",
        "            return False",
        mended("power-beside-one"),
    ),
    Fault(
        "a number that where chooses is no slope",
        f"{FOLDER}/patches.py",
        "yield from map(_of_slope, found) if _is_slope(slot, known) else found",
        "yield from found",
        mended("slope-that-is-chosen"),
    ),
    Fault(
        "an array that where chooses is a slope",
        f"{FOLDER}/patches.py",
        "each is below and known.is_number(each)",
        "each is below",
        mended("factor-on-one-side"),
    ),
    Fault(
        "an element that is changed is no part",
        f"{FOLDER}/patches_of_statements.py",
        "elif isinstance(target, ast.Subscript) and not _is_key(target.slice):",
        "elif isinstance(target, ast.Name):",
        mended("element-that-is-doubled"),
    ),
    Fault(
        "one example of several arrays is all",
        f"{FOLDER}/patches_of_names.py",
        '("1:", ":-1", ":1", "-1:")',
        '("1:", ":-1")',
        mended("only-the-first-example"),
    ),
    Fault(
        "that nothing is left of a value is likely",
        f"{FOLDER}/localisation.py",
        "_ZERO if factor == 0 else more",
        "more",
        everyday("axis-that-leaves-nothing"),
    ),
    Fault(
        "a caller writes only finite numbers",
        f"{FOLDER}/localisation.py",
        "places = {best.site[0].place[:2], *best.site[0].place[3]}",
        "places = {best.site[0].place[:2]}",
        everyday("not-finite-in-the-caller"),
    ),
    Fault(
        "a number of the statement is a count",
        f"{FOLDER}/names.py",
        " or _is_written(best):",
        ":",
        everyday("number-that-is-no-count"),
    ),
    Fault(
        "a view hides what is written",
        f"{FOLDER}/views.py",
        "        recorder.written.append((before, step))",
        "        pass",
        everyday("view-of-a-forward-value"),
    ),
    Fault(
        "sizes may be equal",
        f"{FOLDER}/edits_of_form.py",
        "far = (called in _EQUALITY) != (name in _EQUALITY)",
        "far = False",
        (f"{LIKELIER}::test_sizes_are_hardly_compared_where_it_matters_whether_they_are_equal",),
    ),
    Fault(
        "one number is clipped",
        f"{FOLDER}/signatures.py",
        "if ((low < given) & (given < high)).any() and",
        "if",
        (f"{LIKELIER}::test_what_holds_one_size_is_not_called_clipped",),
    ),
    Fault(
        "several numbers of one size are clipped",
        f"{FOLDER}/signatures.py",
        "if (np.abs(given) < bound).any() and",
        "if",
        (f"{LIKELIER}::test_what_holds_one_size_is_not_called_clipped",),
    ),
    # sooner
    Fault(
        "one simple patch has no turn of its own",
        f"{FOLDER}/diagnosis.py",
        "_OF_ONE * deadline.left, _SIMPLE)",
        "_OF_ONE * deadline.left, 0.0)",
        SOONER,
    ),
    Fault(
        "patches are tried again",
        f"{FOLDER}/patching.py",
        "        if id(patch) not in offer.done:\n",
        "        if id(patch):\n",
        ONCE,
    ),
    Fault(
        "what a change leaves alone is repeated",
        f"{FOLDER}/recording.py",
        "parent.index in found or parent.index in changed",
        "parent.index >= 0",
        REPEATED,
    ),
)
