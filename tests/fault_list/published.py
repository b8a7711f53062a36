"""Faults in how objects are checked as people publish them."""

from fault_list.gradient_folders import GRADIENTS
from fault_list.record import Fault

TESTS = "tests/cli/test_check_published.py"
RIGHT = f"{TESTS}::test_an_object_is_checked_as_it_is"
GOOD = f"{TESTS}::test_what_the_next_forward_pass_makes_good_is_a_note"
MADE = "cli/check_made.py"
OWNERS = f"{GRADIENTS}/owners.py"
OWNED = f"{GRADIENTS}/owned.py"
BOTH = f"{GRADIENTS}/both_passes.py"

FAULTS = (
    Fault(
        "what is made good is a mistake",
        BOTH,
        "    if repeats is not None and _is_made_good(calls, cache, key):\n",
        "    if False:\n",
        (f"{RIGHT}[in-place]", GOOD),
    ),
    Fault(
        "all that a backward pass changes is made good",
        BOTH,
        " and repeated(without, with_it) is None\n",
        "\n",
        (f"{TESTS}::test_what_the_next_forward_pass_does_not_make_good_is_a_mistake",),
    ),
    Fault(
        "the next step begins with another object",
        OWNED,
        "        found.owner = function.owner.used(space)\n",
        "        pass\n",
        (f"{TESTS}::test_what_the_next_forward_pass_does_not_make_good_is_a_mistake",),
    ),
    Fault(
        "what a forward pass hands on is what a backward pass changes",
        BOTH,
        "for each in (cache, calls.value()[1]))",
        "for each in (cache, cache))",
        (f"{TESTS}::test_what_the_next_forward_pass_does_not_make_good_is_a_mistake",),
    ),
    Fault(
        "what is overwritten is told by its place",
        f"{GRADIENTS}/changed_state.py",
        "return path if within == path else owner.called(within)",
        "return path",
        (GOOD,),
    ),
    Fault(
        "functions call the object self",
        OWNERS,
        '        return ("self" if of_methods else',
        '        return ("self" if True else',
        (f"{TESTS}::test_of_functions_what_they_overwrite_is_called_as_they_call_the_object",),
    ),
    Fault(
        "a backward pass is told no length of its step",
        "cli/check_arguments.py",
        '                self._put(p, "number", 1.0)  # a step of this length shows the gradient\n',
        "                pending.append(p)\n",
        (f"{RIGHT}[step]",),
    ),
    Fault(
        "a step shows no gradient",
        MADE,
        "        if changed and aim.rate:\n",
        "        if False:\n",
        (f"{RIGHT}[step]",),
    ),
    Fault(
        "a step of any length shows the gradient",
        MADE,
        "        if changed and aim.rate:\n            return changed, aim.rate\n",
        "        if changed:\n            return changed, 1.0\n",
        (f"{TESTS}::test_a_step_of_unknown_length_is_refused",),
    ),
    Fault(
        "a step is as long as any other",
        OWNED,
        "(a - now[n]) / self.rate for",
        "(a - now[n]) for",
        (f"{TESTS}::test_it_is_told_that_gradients_are_read_from_a_step",),
    ),
    Fault(
        "nobody says that gradients are read from a step",
        MADE,
        'takes itself" if rate else',
        'takes itself" if False else',
        (f"{TESTS}::test_it_is_told_that_gradients_are_read_from_a_step",),
    ),
    Fault(
        "a step is not undone",
        OWNED,
        "                _put_back(params, own)\n",
        "                pass\n",
        (f"{TESTS}::test_it_is_told_that_gradients_are_read_from_a_step",),
    ),
    Fault(
        "an object with a backward pass has its cost, too",
        MADE,
        "more = [] if costs_of(methods, ()) else costs_of(given_to, methods)",
        "more: list[str] = []",
        (f"{RIGHT}[free-cost]",),
    ),
    Fault(
        "what sets a loss is one",
        "cli/check_names.py",
        "|.*_prime|set_.*",
        "|.*_prime",
        (f"{RIGHT}[free-both]",),
    ),
    Fault(
        "most functions take the object",
        OWNERS,
        "counts = Counter(map(_first, readers or own))",
        "counts = Counter(map(_first, own))",
        (f"{RIGHT}[free-cost]",),
    ),
    Fault(
        "rules of layers hide an object's methods",
        MADE,
        "beside = backwards_of(given_to if backwards_of(methods) else self.names)",
        "beside = backwards_of(self.names)",
        (f"{RIGHT}[layer-functions]",),
    ),
    Fault(
        "an optimiser's averages hide the gradients",
        OWNED,
        "        if alike:  # an",
        "        if len(alike) == 1:  # an",
        (f"{RIGHT}[layer-functions]",),
    ),
    Fault(
        "a gradient has the whole name of its parameter",
        f"{GRADIENTS}/left_gradients.py",
        "    return _by_letter(found, names, name) if entry is None else entry\n",
        "    return entry\n",
        (f"{RIGHT}[letters]",),
    ),
    Fault(
        "an attribute has the whole name of its parameter",
        f"{GRADIENTS}/left_gradients.py",
        "        found = _by_letter(around, around, last) if found is None else found\n",
        "",
        (f"{RIGHT}[attributes]",),
    ),
    Fault(
        "any letter tells whose gradient it is",
        f"{GRADIENTS}/left_gradients.py",
        "    if alike != [name]:\n",
        "    if False:\n",
        (f"{TESTS}::test_a_letter_that_two_arrays_begin_with_says_nothing",),
    ),
    Fault(
        "a letter tells whose gradient it is whatever its shape",
        f"{GRADIENTS}/left_gradients.py",
        "if f is not None and np.shape(f) == np.shape(names[name])), None)",
        "if f is not None), None)",
        (f"{TESTS}::test_a_letter_says_nothing_of_what_has_another_shape",),
    ),
    Fault(
        "what a layer has kept is a parameter of it",
        MADE,
        "return any(behind[name] is given[name] for name in arrays)",
        "return bool(arrays)",
        (f"{RIGHT}[no-parameters]",),
    ),
    Fault(
        "a cost is no object",
        OWNED,
        "return number_in(cost), (space,",
        "return cost, (space,",
        (f"{RIGHT}[values]",),
    ),
    Fault(
        "numbers are added to from step to step",
        f"{GRADIENTS}/left_gradients.py",
        "            set_attribute(holder, name, before)\n",
        "            pass\n",
        (f"{RIGHT}[values]",),
    ),
    Fault(
        "what gives a number leaves no gradients",
        MADE,
        "        if numbers and len(items) == 1 and self.owner is not None:",
        "        if False:",
        (f"{RIGHT}[in-one]",),
    ),
    Fault(
        "what an object keeps is what it is given",
        "cli/check_arguments.py",
        "return not held and isinstance(",
        "return isinstance(",
        (f"{RIGHT}[stateful]",),
    ),
)
