"""Faults in what is told of what nothing reads, of slopes that are none, and of sums."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE, VERDICT
from fault_list.record import Fault

UNREAD = "tests/diagnosis/test_check_unread.py"
SLOPE = f"{UNREAD}::test_a_wrong_slope_is_found_by_itself"
OFFERED = f"{UNREAD}::test_what_is_lost_is_among_the_patches"
ENDS = (f"{UNREAD}::test_what_makes_what_a_loop_reads_serves_it",)
IDLE = (f"{UNREAD}::test_a_loop_that_reads_what_it_is_given_is_not_idle",)
VAIN = (f"{UNREAD}::test_a_product_with_what_a_loop_is_given_in_vain_is_missing",)
CALLED = "tests/diagnosis/test_check_rounds.py"
COUNT = "test_of_a_count_of_examples_in_the_place_of_another_length_the_count_is_to_blame"
SUMS = (
    "tests/diagnosis/test_check_accumulators.py"
    "::test_a_sum_that_nothing_is_added_to_has_its_name_and_its_line"
)
EINSUM = (
    "tests/diagnosis/test_tape.py::test_a_function_of_arrays_has_the_slopes_of_differences[einsum]",
)

FAULTS = (
    Fault(
        "of a letter that stands twice the derivative is everywhere",
        f"{TAPE}/product_rules.py",
        "        if once == term:\n",
        "        if once == term or True:\n",
        EINSUM,
    ),
    Fault(
        "dots stand for the first dimensions",
        f"{TAPE}/product_rules.py",
        "named[len(named) - count :]",
        "named[:count]",
        EINSUM,
    ),
    Fault(
        "where no output is written, dots are summed up",
        f"{TAPE}/product_rules.py",
        'output = "..." * ("." in inputs) + ',
        "output = ",
        EINSUM,
    ),
    Fault(
        "a dot in a parameter's name is a step into what is nested",
        f"{VERDICT}/parameters.py",
        "in (_key(path, pattern.format(last)), pattern.format(name)):",
        "in (_key(path, pattern.format(last)),):",
        (f"{UNREAD}::test_a_dot_in_a_name_is_no_step_into_what_is_nested",),
    ),
    Fault(
        "nothing is called that is there for nothing",
        f"{PATCHES}/patches_of_unread.py",
        "        yield from _called(body, at, statement, shapes, known)\n",
        "        yield from ()\n",
        (f"{OFFERED}[call]",),
    ),
    Fault(
        "no step of an array is added to what a loop hands on",
        f"{PATCHES}/patches_of_unread.py",
        "yield from _carried(statement, shapes, unread) if unread else ()",
        "yield from ()",
        (f"{OFFERED}[step]",),
    ),
    Fault(
        "a loop adds nothing to what it does not add to",
        f"{PATCHES}/patches_of_unread.py",
        "if shape == beside + own else []",
        "if shape == () else []",
        VAIN,
    ),
    Fault(
        "only the mean itself is subtracted",
        f"{PATCHES}/patches_of_terms.py",
        "                mean = _reducing(right, ast.BinOp(numbers, ast.Mult(), read(text)))\n",
        "                mean = right\n",
        (f"{OFFERED}[mean of a product]",),
    ),
    Fault(
        "the mean itself is never missing",
        f"{PATCHES}/patches_of_terms.py",
        "                yield _lacks(slot, _reducing(mean, own))\n",
        "                pass\n",
        (f"{OFFERED}[mean]",),
    ),
    Fault(
        "of a quotient nothing is left to one",
        f"{PATCHES}/patches_of_terms.py",
        "        yield from _of_rest(slot)\n",
        "",
        (f"{OFFERED}[rest]",),
    ),
    Fault(
        "what is left to one is not made of what is left",
        f"{PATCHES}/patches_of_terms.py",
        "            return right if is_one(left) else None\n",
        "            return None\n",
        (f"{OFFERED}[first quotient]",),
    ),
    Fault(
        "a sum is never missing",
        f"{GRADIENTS}/second_look.py",
        "    return any(near(abs(factor), x) or near(1.0, abs(factor) * x) for x in known)\n",
        "    return False\n",
        (f"{UNREAD}::test_the_sum_is_missing_where_it_is_known",),
    ),
    Fault(
        "only what a statement reads is divided by",
        f"{PATCHES}/patches_of_sums.py",
        "if number or name in names:",
        "if name in names:",
        (f"{OFFERED}[sum]",),
    ),
    Fault(
        "no slope is looked for",
        f"{GRADIENTS}/wrong_slope.py",
        "    if not found:\n",
        "    if found or not found:\n",
        (f"{SLOPE}[slope]", f"{SLOPE}[number]"),
    ),
    Fault(
        "no number stands where a slope belongs",
        f"{GRADIENTS}/wrong_slope.py",
        "    if repair.change.was is None:\n",
        "    if repair.change.was != 0:\n",
        (f"{SLOPE}[number]",),
    ),
    Fault(
        "what is made of a wrong slope is to blame",
        f"{LOCALISATION}/local_slopes.py",
        "key=lambda steps: steps[0].index):",
        "key=lambda steps: -steps[0].index):",
        (f"{SLOPE}[slope]",),
    ),
    Fault(
        "slopes of what has another shape are slopes",
        f"{LOCALISATION}/local_slopes.py",
        "if part is not None and np.shape(parent.value) == value.shape:",
        "if part is not None:",
        (f"{UNREAD}::test_slopes_are_of_each_number_by_itself",),
    ),
    Fault(
        "of two ways from one array to another one counts",
        f"{LOCALISATION}/local_slopes.py",
        "cotangents.get(parent.index, 0.0) + part",
        "part",
        (f"{UNREAD}::test_slopes_are_of_each_number_by_itself",),
    ),
    Fault(
        "a slope that is found is told where something surer is",
        f"{GRADIENTS}/diagnosis.py",
        "if not patched and located is not None and not one:",
        "if not patched and located is not None:",
        (
            "tests/diagnosis/test_check_formed.py::test_what_is_a_derivative_as_it_stands_is_not_mended",
        ),
    ),
    Fault(
        "what is counted serves no loop",
        f"{PATCHES}/serving.py",
        "if around or any(_is_of(name, stored) for name in names):",
        "if around:",
        ENDS,
    ),
    Fault(
        "what a method changes serves no loop",
        f"{PATCHES}/serving.py",
        "            elif any(_changes(each, names) for each in own):\n",
        "            elif names == own:\n",
        ENDS,
    ),
    Fault(
        "the branch in which a loop ends does not serve it",
        f"{PATCHES}/serving.py",
        "            around = not found.isdisjoint(within - {statement.lineno})\n",
        "            around = False\n",
        ENDS,
    ),
    Fault(
        "a loop that reads nothing is not told",
        f"{GRADIENTS}/idle_statements.py",
        "    if finding.message != STAYS_ZERO:\n",
        "    if finding.message:\n",
        (SUMS,),
    ),
    Fault(
        "one of two loops that read nothing is told",
        f"{LOCALISATION}/carried_zeros.py",
        "    return found[0] if len(found) == 1 else None\n",
        "    return found[0] if found else None\n",
        IDLE,
    ),
    Fault(
        "what several calls give is judged as if there were one",
        f"{LOCALISATION}/oracles.py",
        "        for values in _in_turn(site, [*own, *whole], factors):\n",
        "        for values in ():\n",
        (f"{CALLED}::test_what_each_call_gives_of_its_own_size_is_judged_by_what_it_is_called",),
    ),
    Fault(
        "each call gives arrays of one size",
        f"{LOCALISATION}/oracles.py",
        "_in_turn(site, [*own, *whole], factors)",
        "_in_turn(site, own, factors)",
        (f"{CALLED}::test_what_each_call_gives_of_its_own_size_is_judged_by_what_it_is_called",),
    ),
    Fault(
        "what is called a derivative is as good as what is made of it",
        f"{GRADIENTS}/second_look.py",
        "        if found is not None and found.line == self.finding.line:\n",
        "        if found is not None and found.line is None:\n",
        (f"{CALLED}::test_in_a_loop_the_value_is_to_blame_that_is_not_what_it_is_called",),
    ),
    Fault(
        "a count is always that of the examples",
        f"{LOCALISATION}/counts.py",
        " + [(m, n) for n in lengths if m in numbers]\n",
        "\n",
        (f"{CALLED}::{COUNT}",),
    ),
    Fault(
        "an array of zeros is never told",
        f"{GRADIENTS}/idle_statements.py",
        "(unwritten_zeros, UNWRITTEN))",
        "(unchanged_zeros, UNWRITTEN))",
        (
            "tests/diagnosis/test_check_carried_zeros.py::test_labels_that_are_never_written_are_told",
        ),
    ),
    Fault(
        "what a call is given is never written into",
        f"{LOCALISATION}/carried_zeros.py",
        "        given = any(_is_given(node, name) or _changes(node, name) for node in others)\n",
        "        given = any(_changes(node, name) for node in others)\n",
        (
            "tests/diagnosis/test_check_carried_zeros.py::test_what_nothing_is_written_into_stays_zero",
        ),
    ),
)
