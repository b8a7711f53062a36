"""Faults in how programs are read that few people organise so."""

from fault_list.gradient_folders import GRADIENTS, PATCHES, TAPE, VERDICT
from fault_list.record import Fault

REFUSALS = "tests/diagnosis/test_tape_refusals.py"
REFUSED = f"{REFUSALS}::test_what_cannot_be_followed_is_refused_with_its_line"
DIVIDED = "tests/cli/test_check_divided.py"


def passes(name: str) -> tuple[str, ...]:
    """Return the test of a program that is right."""
    return (f"{DIVIDED}::test_what_is_right_passes_with_all_its_arrays[{name}]",)


def named(name: str) -> tuple[str, ...]:
    """Return the test of a program with a mistake."""
    return (f"{DIVIDED}::test_the_statement_that_is_wrong_is_named[{name}]",)


FAULTS = (
    Fault(
        "what cannot be copied ends the check",
        f"{TAPE}/copies.py",
        "            if held is None or id(held) in shared:\n                raise\n",
        "            raise\n",
        passes("lock"),
    ),
    Fault(
        "a weight that forbids to be set ends the check",
        f"{GRADIENTS}/owners.py",
        "        object.__setattr__(holder, name, value)",
        "        raise",
        passes("frozen-weights"),
    ),
    Fault(
        "what a function with an object returns is taken for the object",
        f"{GRADIENTS}/owned.py",
        "return cost, (space, *outputs)",
        "return cost, (*outputs, space)",
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
        passes("step-within"),
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
        f"{GRADIENTS}/owned.py",
        'HELD = "held_by_the_owner"',
        'HELD = "params"',
        passes("views"),
    ),
    Fault(
        "what has no name among gradients is lost",
        f"{GRADIENTS}/arranged.py",
        "return {**found, **_by_shape([item for name, item in parts if not name], left)}",
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
        f"{GRADIENTS}/owners.py",
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
        passes("probability"),
    ),
    Fault(
        "the cost that a person names is not taken",
        "cli/check_pair.py",
        "if chosen.cost and chosen.forward != chosen.cost:",
        "if not chosen:",
        (f"{DIVIDED}::test_a_cost_that_is_named_is_taken",),
    ),
    Fault(
        "an imported helper is the backward pass of an object",
        "cli/check_made.py",
        "beside = backwards_of(own_of(program.module, self.names))",
        "pass",
        (f"{DIVIDED}::test_an_imported_helper_is_no_backward_pass_of_an_object",),
    ),
)
