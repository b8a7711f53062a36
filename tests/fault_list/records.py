"""Faults in what is read of objects and put into them."""

from fault_list.gradient_folders import GRADIENTS, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_records.py"
CHECKED = f"{TESTS}::test_objects_are_checked_as_dictionaries_are"
SETTING = f"{TESTS}::test_a_number_of_an_object_is_a_parameter_if_there_is_a_gradient"
REACHED = f"{TESTS}::test_objects_within_lists_within_objects_are_reached_by_their_names"
RECORD = f"{TESTS}::test_what_has_values_of_its_own_is_no_record"

FAULTS = (
    Fault(
        "slots of classes above are not seen",
        f"{TAPE}/attributes.py",
        "for kind in reversed(type(thing).__mro__):",
        "for kind in (type(thing),):",
        (f"{TESTS}::test_attributes_in_slots_are_those_that_are_set",),
    ),
    Fault(
        "a slot that is not set ends the check",
        f"{TAPE}/attributes.py",
        "with suppress(AttributeError):\n                        found",
        "with suppress(KeyError):\n                        found",
        (f"{TESTS}::test_attributes_in_slots_are_those_that_are_set",),
    ),
    Fault(
        "namespaces are no records",
        f"{TAPE}/attributes.py",
        "if kind is SimpleNamespace:\n        return True",
        "if kind is SimpleNamespace:\n        return False",
        (f"{CHECKED}[SimpleNamespace]",),
    ),
    Fault(
        "sparse matrices are records",
        f"{TAPE}/attributes.py",
        "is_written_by_user(kind) and has_attributes(thing)",
        "has_attributes(thing)",
        (RECORD,),
    ),
    Fault(
        "pairs with names are records",
        f"{TAPE}/attributes.py",
        "if isinstance(thing, dict | list | tuple | int | float):",
        "if isinstance(thing, dict | list | int | float):",
        (RECORD,),
    ),
    Fault(
        "the object itself is changed",
        f"{TAPE}/attributes.py",
        "twin = copy(thing)",
        "twin = thing",
        (f"{TESTS}::test_a_copy_is_changed_and_no_more",),
    ),
    Fault(
        "what is frozen cannot be changed in a copy",
        f"{TAPE}/attributes.py",
        "object.__setattr__(twin, name, new)",
        "setattr(twin, name, new)",
        (f"{TESTS}::test_a_copy_is_changed_and_no_more",),
    ),
    Fault(
        "an object's numbers are parameters at once",
        f"{VERDICT}/parameters.py",
        'kind == "i" or (of_object and not isinstance(value, np.ndarray))',
        'kind == "i"',
        (SETTING,),
    ),
    Fault(
        "settings that both objects have are gradients",
        f"{VERDICT}/parameters.py",
        "if not (twins and np.array_equal(g, every.arrays[name]))",
        "if g is not None",
        (f"{CHECKED}[Frozen]",),
    ),
    Fault(
        "an object that holds itself never ends",
        f"{VERDICT}/parameters.py",
        'elif is_record(structure) and path.count(".") < _DEEP:',
        "elif is_record(structure):",
        (f"{TESTS}::test_an_object_that_holds_itself_ends",),
    ),
    Fault(
        "an object in a list is not built anew",
        f"{VERDICT}/parameters.py",
        "if is_record(structure) and any(each.startswith(path) for each in names):",
        "if is_record(structure) and not path:",
        (REACHED,),
    ),
    Fault(
        "gradients of an object are called as the parameters",
        f"{VERDICT}/parameters.py",
        "if isinstance(gradients, Mapping) or is_record(gradients):",
        "if isinstance(gradients, Mapping):",
        (REACHED,),
    ),
    Fault(
        "layers with slots are nobody's",
        f"{GRADIENTS}/owners.py",
        "if isinstance(thing, type | ModuleType) or not has_attributes(thing):",
        'if isinstance(thing, type | ModuleType) or not hasattr(thing, "__dict__"):',
        (f"{TESTS}::test_layers_with_slots_are_found_with_their_gradients",),
    ),
    Fault(
        "what layers keep in slots is not put back",
        f"{VERDICT}/leftovers.py",
        "elif is_written_by_user(kind) and has_attributes(holder):",
        'elif is_written_by_user(kind) and hasattr(holder, "__dict__"):',
        (f"{TESTS}::test_what_layers_keep_in_slots_is_put_back",),
    ),
    Fault(
        "a numerical gradient of a dictionary is a type error",
        "diagnosis/gradient_check.py",
        "except (TypeError, ValueError):\n        problem",
        "except ValueError:\n        problem",
        (f"{TESTS}::test_a_numerical_gradient_is_of_one_array",),
    ),
)
