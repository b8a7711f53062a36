"""Faults where cost and gradient share their work."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, TAPE
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_shared_work.py"
KEPT = f"{TESTS}::test_what_was_kept_for_the_same_numbers_is_computed_again"
BY_KEY = f"{TESTS}::test_what_is_kept_by_a_key_is_computed_again"
MEMORY = f"{TAPE}/composed_memory.py"

FAULTS = (
    Fault(
        "numbers that were kept are taken for those of the recording",
        MEMORY,
        "return same and not _is_kept(recorder, a, b)\n\n\ndef _allclose",
        "return same\n\n\ndef _allclose",
        (f"{KEPT}[array_equal]",),
    ),
    Fault(
        "numbers close to those that were kept are taken for them",
        MEMORY,
        "return same and not _is_kept(recorder, a, b)\n\n\ndef _all(",
        "return same\n\n\ndef _all(",
        (f"{KEPT}[allclose]",),
    ),
    Fault(
        "numbers that are all the same were recorded",
        MEMORY,
        'step.operation == "equal" and _is_kept(recorder, *step.arguments)',
        "False",
        (f"{KEPT}[all]",),
    ),
    Fault(
        "signs and labels are taken for what was kept",
        MEMORY,
        "if not np.array_equal(first, second) or (plain == np.round(plain)).all():",
        "if not np.array_equal(first, second):",
        (f"{TESTS}::test_whole_numbers_are_compared_for_what_they_are",),
    ),
    Fault(
        "recorded numbers have the key of plain ones",
        MEMORY,
        'return bytes(step.value.tobytes()) + f"recorded {step.index}".encode()',
        "return bytes(step.value.tobytes())",
        (f"{BY_KEY}[ByBytes]",),
    ),
    Fault(
        "recorded numbers are no key",
        MEMORY,
        "    if traced.ndim:\n        sentence",
        "    if True:\n        sentence",
        (f"{BY_KEY}[ByArguments]",),
    ),
    Fault(
        "float is not followed in methods",
        f"{TAPE}/imported_names.py",
        "for each in (*read_by(called), *_methods_named_by(called)) if depth else ():",
        "for each in read_by(called) if depth else ():",
        (f"{TESTS}::test_float_is_followed_within_methods",),
    ),
    Fault(
        "what returns both, and cannot be followed, is not searched",
        f"{PATCHES}/sources.py",
        "own, others = of_first_result(tree)",
        "pass",
        (f"{TESTS}::test_the_gradient_beside_a_cost_that_nothing_follows_is_searched",),
    ),
    Fault(
        "values of the gradient are those of the forward pass",
        f"{LOCALISATION}/computed_again.py",
        "if step.index in shop.ends_of_forward & of_cost and np",
        "if step.index in shop.ends_of_forward and np",
        (f"{TESTS}::test_a_value_of_the_gradient_is_none_of_the_forward_pass",),
    ),
    Fault(
        "patches are tried on what was kept",
        f"{GRADIENTS}/patchable.py",
        "value = partial(_computed_anew, calls) if looks_up else calls.value",
        "value = calls.value",
        (f"{TESTS}::test_what_is_prepared_beside_what_is_kept_is_searched",),
    ),
    Fault(
        "operations stand in the libraries that carry them out",
        f"{TAPE}/places.py",
        "passed_by = is_inside(file) or file.startswith(_BUILT_ON_NUMPY)",
        "passed_by = is_inside(file)",
        ("tests/diagnosis/test_places.py::test_an_operation_of_a_library_has_the_users_line",),
    ),
)
