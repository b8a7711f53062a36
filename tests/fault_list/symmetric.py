"""Faults in what is held to be right for symmetric matrices."""

from fault_list.gradient_folders import TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_symmetric.py"
RIGHT = f"{TESTS}::test_the_symmetric_gradient_of_what_reads_one_triangle_is_right"
ALONE = f"{TESTS}::test_a_gradient_for_symmetric_matrices_is_looked_at_for_these_alone"

FAULTS = (
    Fault(
        "what reads one triangle has a gradient of one triangle",
        f"{VERDICT}/one_triangle.py",
        "    if not expected:",
        "    if expected:",
        (f"{RIGHT}[by_cholesky]",),
    ),
    Fault(
        "the symmetric gradient is the sum of both",
        f"{VERDICT}/one_triangle.py",
        "(right + right.T) / 2",
        "right + right.T",
        (f"{RIGHT}[by_eigenvectors]",),
    ),
    Fault(
        "a wrong gradient is compared with one triangle",
        f"{VERDICT}/one_triangle.py",
        "or (_is_triangular(right) and not",
        "or (False and not",
        (f"{TESTS}::test_what_is_not_symmetric_is_compared_with_what_should_be",),
    ),
    Fault(
        "the gradient of one triangle is wrong",
        f"{VERDICT}/one_triangle.py",
        "and not _is_triangular(np.asarray(given.get(name))))",
        "and True)",
        (f"{TESTS}::test_the_gradient_of_one_triangle_is_right_too",),
    ),
    Fault(
        "symmetric matrices are moved freely",
        f"{VERDICT}/points.py",
        "arrays |= moved_alike(calls.parameters.arrays, alike, rng, _NEAR)",
        "pass",
        (ALONE,),
    ),
    Fault(
        "a symmetric matrix is moved to one that is not",
        f"{VERDICT}/symmetric.py",
        "moved[name] = (far + far.T) / 2",
        "moved[name] = far + np.triu(far)",
        (ALONE,),
    ),
    Fault(
        "whatever is symmetric stays so",
        f"{VERDICT}/symmetric.py",
        "if is_symmetric(array) and is_symmetric(np.asarray(gradients.get(name)))",
        "if is_symmetric(array)",
        (f"{TESTS}::test_weights_that_happen_to_be_symmetric_are_moved_freely",),
    ),
    Fault(
        "one number throughout is a symmetric matrix",
        f"{VERDICT}/symmetric.py",
        "return bool((array != array.flat[0]).any())",
        "return True",
        (f"{TESTS}::test_a_matrix_that_is_one_number_is_no_symmetric_one",),
    ),
    Fault(
        "a system that is said to be symmetric is read whole",
        f"{TAPE}/composed_linalg.py",
        'if settings.get("assume_a") in _ONE_TRIANGLE:',
        "if False:",
        (f"{RIGHT}[by_positive_definite]",),
    ),
)
