"""Faults in how cost and gradient are made of a program's functions."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

TESTS = "tests/cli/test_check_divided.py"
PASSES = f"{TESTS}::test_what_is_right_passes_with_all_its_arrays"
OWNERS = "tests/diagnosis/test_owners.py"
LOOPS = "tests/diagnosis/test_check_loops_and_products.py"
PATHS = "tests/diagnosis/test_check_paths.py"
ONE = "tests/diagnosis/test_check_one_example.py"
MADE, NAMES, CASE = "cli/check_made.py", "cli/check_names.py", "cli/check_case.py"
OWNED = f"{GRADIENTS}/owned.py"


def right(name: str) -> tuple[str, ...]:
    """Return the test that checks a right program."""
    return (f"{PASSES}[{name}]",)


FAULTS = (
    Fault(
        "a function that another one calls is taken for the whole",
        NAMES,
        "return [n for n in every if not any(n in found for o, found in called.items() if o != n)]",
        "return every",
        right("in-turn"),
    ),
    Fault(
        "the slope of a cost is taken for a cost",
        NAMES,
        r'r"|.*deriv.*|.*_prime"',
        'r""',
        right("lists"),
    ),
    Fault(
        "a numerical gradient is taken for the backward pass",
        NAMES,
        ".*numeric.*|",
        "",
        right("in-turn"),
    ),
    Fault(
        "a cost is not given what the forward pass returns",
        f"{GRADIENTS}/arranged.py",
        "return called_with(self.cost, {**given, **own}), outputs",
        "return called_with(self.cost, given), outputs",
        right("in-turn"),
    ),
    Fault(
        "the first argument of a cost is what the forward pass returns",
        MADE,
        "likely = [name for name in others if not _TARGET.fullmatch(name)] or others",
        "likely = others",
        (f"{TESTS}::test_a_cost_takes_what_the_forward_pass_returns_by_any_name",),
    ),
    Fault(
        "a forward pass that gives the cost is given another",
        MADE,
        'return array.size == 1 and array.dtype.kind == "f"',
        "return False",
        (f"{TESTS}::test_a_forward_pass_that_gives_the_cost_needs_no_other",),
    ),
    Fault(
        "the cost is what one function returns first",
        MADE,
        "at = (named or numbers)[0]",
        "at = 0",
        right("gradients-first"),
    ),
    Fault(
        "a rule is given what another output wants",
        MADE,
        "return found or dict.fromkeys(left[:1], 0)",
        "return dict.fromkeys(found or left[:1], 0)",
        right("layer-with-parameters"),
    ),
    Fault(
        "what has no gradient is a parameter of a layer",
        MADE,
        "return of(own, rest) if own and rest else whole",
        "return whole",
        right("layer"),
    ),
    Fault(
        "arrays of a module that nobody has a gradient of are its parameters",
        MADE,
        "return owned(owner, Case(dict(owner.arrays), aim.data, aim.names))",
        "return pair, aim",
        right("object"),
    ),
    Fault(
        "gradients within a dictionary are not those of its arrays",
        f"{GRADIENTS}/arranged.py",
        "return {**named, **within}",
        "return {**named}",
        right("layer-with-parameters"),
    ),
    Fault(
        "the cost is among the gradients",
        f"{GRADIENTS}/arranged.py",
        "if at != without]",
        "if True]",
        right("one-function"),
    ),
    Fault(
        "a backward pass sees another copy than the forward pass has left",
        OWNED,
        "self.owner.holding(params, named.pop(SPACE, None))",
        "self.owner.holding(params, named.pop(SPACE, None) and None)",
        right("object"),
    ),
    Fault(
        "gradients that are called by a letter are not found",
        OWNED,
        "found = found or _by_first_letter(owner, named) or _by_structure(owner, returned)",
        "found = found or _by_structure(owner, returned)",
        right("lists"),
    ),
    Fault(
        "an object is checked itself, and not a copy",
        f"{GRADIENTS}/owners.py",
        "copy = deepcopy(thing)",
        "copy = thing",
        (f"{OWNERS}::test_a_copy_holds_other_arrays_and_the_object_its_own",),
    ),
    Fault(
        "an array that stands twice is exchanged once",
        f"{GRADIENTS}/owners.py",
        "for path in paths[name]:",
        "for path in paths[name][:1]:",
        (f"{OWNERS}::test_an_array_that_stands_twice_is_exchanged_twice",),
    ),
    Fault(
        "a module keeps what it was checked with",
        f"{GRADIENTS}/owners.py",
        "vars(self.module).update(known)",
        "pass",
        (f"{OWNERS}::test_variables_of_a_module_are_put_back_whatever_happens",),
    ),
    Fault(
        "code for one example is wrong",
        f"{VERDICT}/other_points.py",
        "if by_example := _of_each_example(beside):",
        'if by_example := "":',
        (f"{ONE}::test_what_is_written_for_one_example_is_right_for_one",),
    ),
    Fault(
        "whatever has another shape for several examples is right",
        f"{VERDICT}/other_points.py",
        "if not any(are_close(each, a.expected, scale, TOLERANCE) for each in sums):",
        "if not axes:",
        (f"{ONE}::test_a_gradient_of_each_example_is_wrong_for_several_and_where_its_sum_is",),
    ),
    Fault(
        "nothing is said of a way back that is left out",
        f"{LOCALISATION}/meant.py",
        "if not exact or set(counts) != {0.0, 1.0}:",
        "if exact:",
        (PATHS,),
    ),
    Fault(
        "what leads through one statement together is counted twice",
        f"{LOCALISATION}/matching.py",
        "users.setdefault(each.consumer.index, each)",
        "users[each.consumer.index] = each",
        (PATHS,),
    ),
    Fault(
        "a penalty of one column is told of no column",
        f"{LOCALISATION}/signatures.py",
        "yield from _partly_penalised(given, expected, constants, parameter)",
        "pass",
        ("tests/diagnosis/test_gradient_forms.py",),
    ),
    Fault(
        "a number of the data has two names",
        f"{VERDICT}/constants.py",
        "if given and float(value) not in hyperparameters.values():",
        "if given:",
        ("tests/diagnosis/test_gradient_forms.py",),
    ),
    Fault(
        "half precision ends the search",
        f"{LOCALISATION}/meant.py",
        "own = np.asarray(given, dtype=np.float64)  # also what is rounded to less",
        "own = np.asarray(given)",
        (f"{PATHS}::test_what_is_no_double_number_is_told_all_the_same[float16]",),
    ),
    Fault(
        "a mean is not looked for where a number is missing",
        f"{GRADIENTS}/second_look.py",
        "meant = sums_up",
        "return None",
        (f"{PATHS}::test_a_mean_of_what_is_divided_later_on_is_told_where_it_is_taken",),
    ),
    Fault(
        "what has a default is given data first",
        "cli/check_arguments.py",
        "for p in sorted(pending, key=lambda p: p.default is not p.empty):",
        "for p in pending:",
        right("dropout"),
    ),
    Fault(
        "what is called dj_dw is no gradient of w",
        f"{VERDICT}/parameters.py",
        '    "dj_d{}",\n',
        "",
        right("derivatives-by-name"),
    ),
    Fault(
        "named data of a layer have no derivatives",
        MADE,
        "return Case({whole: case.params, **dict(zip(others, case.data, strict=False))})",
        "return Case({whole: case.params}, case.data, tuple(others))",
        right("layer-with-named-data"),
    ),
    Fault(
        "what a sum lacks beside another is not offered",
        f"{PATCHES}/patches_of_missing.py",
        "for name in names if number else ():",
        "for name in ():",
        (f"{LOOPS}::test_a_division_that_a_sum_lacks_is_missing_beside_that_of_another",),
    ),
    Fault(
        "a product the wrong way round is told where it is added",
        f"{GRADIENTS}/second_look.py",
        "meant = turns_product",
        "return None",
        (f"{LOOPS}::test_a_product_the_wrong_way_round_is_told_where_it_is_made",),
    ),
    Fault(
        "a whole dictionary is shown for one entry",
        f"{PATCHES}/patch.py",
        "if not short or not expressions or isinstance(expressions[0], ast.Dict):",
        "if not short or not expressions:",
        (f"{LOOPS}::test_of_a_dictionary_only_the_entry_is_shown",),
    ),
    Fault(
        "a number that an object holds is no parameter",
        f"{GRADIENTS}/owners.py",
        "return isinstance(value, float | int | np.floating) and not isinstance(value, bool)",
        "return False",
        right("numbers"),
    ),
    Fault(
        "dictionaries of a module hold no parameters",
        NAMES,
        "not isinstance(value, ModuleType | str)",
        "not isinstance(value, ModuleType | str | dict)",
        right("dictionary-of-the-module"),
    ),
    Fault(
        "what a layer adds to goes on from call to call",
        OWNED,
        "array[...] = before",
        "pass",
        right("layers-of-the-module"),
    ),
    Fault(
        "every function of a module takes the object",
        f"{GRADIENTS}/owners.py",
        "return partial(function, space) if _first(function) in self._called else function",
        "return partial(function, space)",
        right("object-as-argument"),
    ),
    Fault(
        "the slope beside a value is not its gradient",
        f"{GRADIENTS}/owners.py",
        'if found is None and kind == "attribute" and last in _VALUES:',
        "if False:",
        right("object-as-argument"),
    ),
    Fault(
        "gradients in groups like the arrays are not found",
        OWNED,
        "found = found or _by_first_letter(owner, named) or _by_structure(owner, returned)",
        "found = found or _by_first_letter(owner, named)",
        right("list-of-dictionaries"),
    ),
    Fault(
        "gradients without a name are not found",
        OWNED,
        "return found or _by_place(owner, returned)",
        "return found",
        right("places"),
    ),
    Fault(
        "one gradient by its name is that of all inputs",
        f"{GRADIENTS}/arranged.py",
        "if not isinstance(result, tuple) and len(called) == 1 < len(params):",
        "if False:",
        right("one-of-several-inputs"),
    ),
    Fault(
        "the slope of a helper is the backward pass",
        "cli/check_pair.py",
        "outermost(every, maker.get, both)",
        "outermost(every, maker.get)",
        right("slopes-by-their-name"),
    ),
    Fault(
        "one function must be called a loss",
        "cli/check_pair.py",
        "names = outermost(returning_several(maker.program.module), maker.get)",
        "names = []",
        right("whatever-it-is-called"),
    ),
    Fault(
        "a layer that is named gets a cost",
        "cli/check_pair.py",
        "if costs and not (layer and cotangents):",
        "if costs:",
        (f"{TESTS}::test_a_layer_that_is_named_needs_no_cost",),
    ),
    Fault(
        "gradients in another order are not told",
        MADE,
        "if found == order:",
        "if True:",
        (f"{TESTS}::test_another_order_of_gradients_is_told",),
    ),
    Fault(
        "switches are given data",
        "cli/check_arguments.py",
        "elif ordered and not isinstance(p.default, bool | str):",
        "elif ordered:",
        (f"{TESTS}::test_a_switch_is_given_no_data",),
    ),
    Fault(
        "an update of the weights is told as if nothing were left",
        MADE,
        "        if changed:\n",
        "        if False:\n",
        (f"{TESTS}::test_weights_that_change_are_no_gradients",),
    ),
    Fault(
        "one array is called theta, whatever the program calls it",
        "cli/check_arguments.py",
        "params = {name: params}",
        'params = {"theta": params}',
        right("one-function"),
    ),
)
