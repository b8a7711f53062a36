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
        "added = {name for name in built_in if name not in names}",
        "added = {*built_in}",
        (f"{TESTS}::test_what_a_module_calls_float_itself_is_left_alone",),
    ),
    Fault(
        "where numbers have to be Python's, nothing is recorded",
        "diagnosis/gradient_verdict/trace.py",
        "with suppress(Exception):  # a number",
        "with suppress(ValueError):  # a number",
        (f"{TESTS}::test_where_they_have_to_be_numbers_of_python_they_are",),
    ),
    Fault(
        "types that are made of float give floats",
        TYPES,
        'if cls is not BUILT_IN["float"]:',
        "if False:",
        (f"{TESTS}::test_a_type_made_of_float_is_the_users_own",),
    ),
    Fault(
        "NumPy is not told what arrays of float hold",
        TYPES,
        "dtype = np.dtype(float)",
        "dtype = np.dtype(object)",
        (f"{TESTS}::test_arrays_of_floats_have_floats",),
    ),
)
