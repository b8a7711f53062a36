"""Faults in steps on several scales, in what is in sight, and in the forms of what is given."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_scales.py"
SIGHT = "tests/diagnosis/test_check_in_sight.py"
FORMS = "tests/diagnosis/test_check_given_forms.py"
RIGHT = f"{TESTS}::test_what_is_right_passes_on_its_own_scale"
MIXED = f"{TESTS}::test_a_small_part_of_one_vector_is_compared_in_its_units"
OWN = f"{VERDICT}/own_units.py"

FAULTS = (
    Fault(
        "usual steps suit every number",
        OWN,
        "    if own.bar <= _SHARP * own_size:\n",
        "    if False:\n",
        (f"{RIGHT}[all small-auto]", f"{RIGHT}[zeros beside-auto]"),
    ),
    Fault(
        "a step that is refused is the end",
        OWN,
        "        slope, failure = _NONE, error\n",
        "        raise\n",
        (f"{RIGHT}[a domain-auto]", f"{RIGHT}[a refusal-auto]"),
    ),
    Fault(
        "what refuses every step says nothing",
        OWN,
        "    if failure is not None:\n        raise failure\n",
        "",
        (f"{TESTS}::test_what_refuses_every_step_is_told_as_it_said",),
    ),
    Fault(
        "zeros are moved far beside small numbers",
        OWN,
        "    usual = scale_of(array, 0.0) or scale\n",
        "    usual = scale\n",
        (f"{RIGHT}[zeros beside-auto]",),
    ),
    Fault(
        "a small number alone is moved as others are",
        f"{VERDICT}/element_wise.py",
        "    if is_small(number, arrays[name]):\n",
        "    if False:\n",
        (f"{RIGHT}[all small-central]",),
    ),
    Fault(
        "a number whose step is refused is not measured",
        f"{VERDICT}/element_wise.py",
        "        own = own or _in_own_units(function, arrays, v, number)\n",
        "        raise\n",
        (f"{RIGHT}[a refusal-central]",),
    ),
    Fault(
        "small parts of a vector may be anything",
        f"{VERDICT}/judgement.py",
        "each.given is not None and is_mixed(array):",
        "each.given is not None and False:",
        (f"{MIXED}[1]",),
    ),
    Fault(
        "patches are judged by the large parts of a vector",
        f"{GRADIENTS}/patchable.py",
        "    if not units:\n        return gradient,",
        "    if True:\n        return gradient,",
        (f"{MIXED}[1]",),
    ),
    Fault(
        "patches write where the user's functions read",
        f"{GRADIENTS}/patchable.py",
        "put_back=as_found)",
        "put_back=made.put_back)",
        (f"{SIGHT}::test_a_patch_writes_into_nothing_that_is_only_read",),
    ),
    Fault(
        "what the functions write to is put back, too",
        f"{VERDICT}/leftovers.py",
        "if copy is not None and _is_same(held, copy)]",
        "if copy is not None]",
        (f"{SIGHT}::test_arrays_in_reach_are_given_their_numbers_again[closure]",),
    ),
    Fault(
        "behind what calls a function nothing is in reach",
        f"{VERDICT}/leftovers.py",
        "        yield holder.func, _refused\n\n\ndef _of_list",
        "        pass\n\n\ndef _of_list",
        (f"{SIGHT}::test_arrays_in_reach_are_given_their_numbers_again[behind another]",),
    ),
    Fault(
        "one array holds no gradients of several parameters",
        f"{VERDICT}/parameters.py",
        "    parts = _split(gradients, parameters) if len(names) > 1 else {}\n",
        "    parts: dict[str, Any] = {}\n",
        (f"{FORMS}::test_one_array_may_hold_all_gradients[list]",),
    ),
    Fault(
        "an array of any size holds all gradients",
        f"{VERDICT}/parameters.py",
        "np.size(gradients) != parameters.count:",
        "np.size(gradients) < 2:",
        (f"{FORMS}::test_one_array_may_hold_all_gradients[dictionary]",),
    ),
    Fault(
        "named data come as the cost has them",
        f"{GRADIENTS}/named_data.py",
        "    passes = [_by_name(f, names) if callable(f) else f for f in (cost, grad)]\n",
        "    passes = [cost, grad]\n",
        (f"{FORMS}::test_data_by_name_go_where_each_function_has_them",),
    ),
    Fault(
        "every function takes all of the named data",
        f"{GRADIENTS}/named_data.py",
        "for name, value in data if name in self.own}",
        "for name, value in data}",
        (f"{FORMS}::test_data_by_name_may_be_keywords_and_not_all_of_them",),
    ),
    Fault(
        "a cost is no gradient",
        f"{GRADIENTS}/named_data.py",
        "    if grad is cost:\n",
        "    if False:\n",
        (f"{FORMS}::test_a_cost_may_return_its_gradient",),
    ),
    Fault(
        "generators among the data go on from pass to pass",
        f"{VERDICT}/generators.py",
        "        _access(generator)[1](state)\n",
        "        pass\n",
        (f"{FORMS}::test_a_generator_among_the_data_draws_the_same_in_both_passes[default_rng]",),
    ),
    Fault(
        "narrow parameters have wide gradients",
        f"{VERDICT}/lost_digits.py",
        " and n not in narrow_ones\n",
        "\n",
        (f"{FORMS}::test_a_gradient_may_be_as_narrow_as_its_parameter[True]",),
    ),
    Fault(
        "a span of time is a number",
        f"{LOCALISATION}/change.py",
        "isinstance(value, bool | np.timedelta64)",
        "isinstance(value, bool)",
        (f"{FORMS}::test_dates_are_no_numbers_and_complex_ones_lose_nothing",),
    ),
    Fault(
        "large arrays may be written to",
        f"{VERDICT}/leftovers.py",
        "        held.flags.writeable = False\n",
        "        pass\n",
        (f"{SIGHT}::test_large_arrays_cannot_be_written_to_until_the_check_ends[False]",),
    ),
    Fault(
        "large arrays stay locked",
        f"{VERDICT}/leftovers.py",
        "        held.flags.writeable = True\n",
        "        pass\n",
        (f"{SIGHT}::test_large_arrays_cannot_be_written_to_until_the_check_ends[False]",),
    ),
)
