"""Faults in how numbers are followed that ``float`` takes out of arrays."""

from fault_list.record import Fault

TYPES = "diagnosis/gradient_tape/recorded_types.py"
NAMES = "diagnosis/gradient_tape/imported_names.py"
TESTS = "tests/diagnosis/test_tape_float.py"
FOLLOWED = f"{TESTS}::test_what_is_made_of_them_is_followed"

FAULTS = (
    Fault(
        "numbers that are taken out are lost",
        TYPES,
        "return TakenOut(number.recorder, number.step)",
        "return float(number)",
        (f"{TESTS}::test_a_mistake_is_found_by_operation",),
    ),
    Fault(
        "numbers that are taken out go nowhere else",
        TYPES,
        "return self.recorder.number(self.step)",
        "return super().__float__()",
        (FOLLOWED,),
    ),
    Fault(
        "numbers that are taken out are NumPy's",
        TYPES,
        "        return float\n",
        "        return np.ndarray\n",
        (FOLLOWED,),
    ),
    Fault(
        "short numbers stay short",
        TYPES,
        "number.dtype.itemsize < np.dtype(float).itemsize",
        "number.dtype.itemsize < 0",
        (f"{TESTS}::test_short_numbers_are_long_once_they_are_taken_out",),
    ),
    Fault(
        "float stays exchanged",
        NAMES,
        "                del names[name]\n",
        "                pass\n",
        (FOLLOWED,),
    ),
    Fault(
        "what a module calls float itself is exchanged",
        NAMES,
        "if names.get(name) is value:",
        "if name in names:",
        (f"{TESTS}::test_what_a_module_calls_float_itself_is_left_alone",),
    ),
    Fault(
        "recorded numbers are no keys",
        "diagnosis/gradient_tape/traced.py",
        "return hash(self.step.value)",
        "raise TypeError",
        (FOLLOWED,),
    ),
)
