"""Faults in how the functions of SciPy, spectra and decompositions are followed."""

from fault_list.gradient_folders import TAPE, VERDICT
from fault_list.record import Fault

RULES = "tests/diagnosis/test_tape.py::test_a_function_of_arrays_has_the_slopes_of_differences"
WIDER = "tests/diagnosis/test_tape_wider.py"
SCIPY = "tests/diagnosis/test_tape_scipy_functions.py"
SPECTRA = "tests/diagnosis/test_tape_spectra.py"
LINES = (
    "tests/diagnosis/test_tape_refusals.py::test_what_cannot_be_followed_is_refused_with_its_line"
)
SLOPES = "test_they_have_the_slopes_of_differences"
NAMED = "test_what_is_not_followed_is_refused_by_its_name"
AS_BEFORE = (f"{WIDER}::test_methods_and_names_are_as_before_when_nothing_is_recorded",)


def slopes(file: str, name: str) -> tuple[str, ...]:
    """Return the test of a function against differences."""
    return (f"{file}::{SLOPES}[{name}]",)


def rule(name: str) -> tuple[str, ...]:
    """Return the test of a rule against differences."""
    return (f"{RULES}[{name}]",)


FAULTS = (
    Fault(
        "complex steps may lose a part",
        f"{VERDICT}/slopes.py",
        'warnings.simplefilter("error", np.exceptions.ComplexWarning)',
        'warnings.simplefilter("ignore", np.exceptions.ComplexWarning)',
        ("tests/diagnosis/test_anchor.py::test_a_complex_step_that_loses_a_part_is_none",),
    ),
    Fault(
        "of an even length the middle is the same for both",
        f"{TAPE}/convolution_rules.py",
        '_of_scipy, "correlate2d", turned=True, late=1',
        '_of_scipy, "correlate2d", turned=True, late=0',
        rule("correlate2d"),
    ),
    Fault(
        "the same length is that of the first series",
        f"{TAPE}/convolution_rules.py",
        "length = b.shape if longest and b.size > a.size else a.shape",
        "length = a.shape",
        rule("convolve"),
    ),
    Fault(
        "a symmetric matrix is read as a whole",
        f"{TAPE}/linalg_rules.py",
        "lower = _half(whole + transposed(whole))",
        "lower = whole",
        rule("eigvalsh"),
    ),
    Fault(
        "only the lower triangle is read",
        f"{TAPE}/linalg_rules.py",
        'return lower if triangle.upper() == "L" else transposed(lower)',
        "return lower",
        rule("eigenvectors"),
    ),
    Fault(
        "equal eigenvalues have vectors of their own",
        f"{TAPE}/decomposition_rules.py",
        "_EQUAL = 1e-10",
        "_EQUAL = -1.0",
        (f"{WIDER}::{NAMED}[eigenvectors]",),
    ),
    Fault(
        "tall matrices have no rest",
        f"{TAPE}/decomposition_rules.py",
        "found = found + ((g - u @ inside) / s[..., np.newaxis, :]) @ vh",
        "found = found + 0",
        rule("left_singular_vectors"),
    ),
    Fault(
        "wide matrices have no rest",
        f"{TAPE}/decomposition_rules.py",
        "found = found + u @ transposed(rest / s[..., np.newaxis, :])",
        "found = found + 0",
        rule("right_singular_vectors"),
    ),
    Fault(
        "a pseudo-inverse has one term",
        f"{TAPE}/decomposition_rules.py",
        "+ down - a @ p @ down + up - up @ p @ a",
        "",
        rule("pinv"),
    ),
    Fault(
        "the lower triangle is not written above",
        f"{TAPE}/decomposition_rules.py",
        "(np.tril(inner) + transposed(lower))",
        "np.tril(inner)",
        rule("qr_r"),
    ),
    Fault(
        "rows are not exchanged back",
        f"{TAPE}/decomposition_rules.py",
        "return found[np.argsort(order)]",
        "return found",
        rule("lu_packed"),
    ),
    Fault(
        "the sign of an eigenvector is NumPy's",
        f"{TAPE}/composed_linalg.py",
        "vectors * np.sign(np.sum(own * values_of(vectors), axis=0))",
        "vectors * np.sign(np.sum(own * own, axis=0)) * np.sign(values_of(vectors)[0])",
        (f"{WIDER}::test_of_eigenvectors_the_sign_is_that_of_scipy",),
    ),
    Fault(
        "vectors that are not unique are recorded",
        f"{TAPE}/composed_linalg.py",
        "if full_matrices and a.shape[-2] != a.shape[-1]:",
        "if False:",
        (f"{WIDER}::test_vectors_beside_a_matrix_are_plain",),
    ),
    Fault(
        "the factor of Cholesky is always the lower one",
        f"{TAPE}/composed_linalg.py",
        '    if lower:\n        return f["cholesky"](recorder, a)\n',
        '    return f["cholesky"](recorder, a)\n',
        slopes(WIDER, "symmetric_systems"),
    ),
    Fault(
        "a triangular system is never transposed",
        f"{TAPE}/composed_linalg.py",
        'if trans in (1, "T", 2, "C"):',
        "if False:",
        slopes(WIDER, "symmetric_systems"),
    ),
    Fault(
        "rules are used as they are for complex numbers",
        f"{TAPE}/complex_rules.py",
        "found = pull(np.conj(g))\n    return None if found is None else np.conj(found)",
        "return pull(g)",
        slopes(SPECTRA, "products"),
    ),
    Fault(
        "elements are multiplied by the slope as it is",
        f"{TAPE}/recorder.py",
        "cotangent = np.conj(part(np.conj(g), y, *values))",
        "cotangent = part(g, y, *values)",
        slopes(SPECTRA, "arithmetic"),
    ),
    Fault(
        "of a real value the imaginary part counts",
        f"{TAPE}/complex_rules.py",
        "cotangent = cotangent.real",
        "cotangent = np.abs(cotangent)",
        slopes(SPECTRA, "transforms"),
    ),
    Fault(
        "anything is analytic",
        f"{TAPE}/recorder.py",
        "    if name not in ANALYTIC:\n",
        "    if False:\n",
        (f"{SPECTRA}::test_what_is_not_analytic_is_refused",),
    ),
    Fault(
        "a direction has no conjugate",
        f"{TAPE}/elementwise_rules.py",
        "return g * np.conj(a) / np.where(y == 0, 1, y)",
        "return g * a / np.where(y == 0, 1, y)",
        slopes(SPECTRA, "arithmetic"),
    ),
    Fault(
        "what was cut off before a transform is not put back",
        f"{TAPE}/complex_rules.py",
        "return _fitted(function(g, axis=axis, norm=norm), a.shape[axis], axis)",
        "return _fitted(function(g, axis=axis), a.shape[axis], axis)",
        slopes(SPECTRA, "transforms"),
    ),
    Fault(
        "a half has no mirror image",
        f"{TAPE}/composed_spectra.py",
        '[half, f["conj"](recorder, mirrored)]',
        "[half, mirrored]",
        slopes(SPECTRA, "transforms"),
    ),
    Fault(
        "shifts go one way",
        f"{TAPE}/composed_spectra.py",
        "if sign > 0 else -(x.shape[axis] // 2)",
        "if sign > 0 else x.shape[axis] // 2",
        slopes(SPECTRA, "of_several_axes"),
    ),
    Fault(
        "what is outside goes on as a line",
        f"{TAPE}/composed_curves.py",
        "places > points[-1], fp[-1] if right is None else right, found",
        "places > points[-1] + 9, fp[-1] if right is None else right, found",
        slopes(WIDER, "interpolated"),
    ),
    Fault(
        "steps of a curve are equal",
        f"{TAPE}/composed_curves.py",
        "inside = (h[first] * sides[last] + h[last] * sides[first]) / (h[first] + h[last])",
        "inside = (sides[last] + sides[first]) / 2",
        slopes(SCIPY, "slopes_between_places"),
    ),
    Fault(
        "a covariance is divided by all",
        f"{TAPE}/composed_curves.py",
        "((0 if bias else 1) if ddof is None else ddof)",
        "(0 if ddof is None else ddof)",
        slopes(WIDER, "covariances"),
    ),
    Fault(
        "strides may lead anywhere",
        f"{TAPE}/composed_curves.py",
        "if not np.array_equal(lying[order][found], wanted):",
        "if False:",
        (f"{WIDER}::{NAMED}[as_strided beyond]",),
    ),
    Fault(
        "any number of elements is looked at one by one",
        f"{TAPE}/composed_curves.py",
        "_ONE_BY_ONE = 4096",
        "_ONE_BY_ONE = 409600",
        (f"{WIDER}::{NAMED}[vectorize of so many]",),
    ),
    Fault(
        "sums between indices begin at the first element",
        f"{TAPE}/composed_curves.py",
        "return np.concatenate([before, np.repeat(g, lengths, axis)], axis)",
        "return np.concatenate([np.repeat(g, lengths, axis), before], axis)",
        slopes(WIDER, "sums_between"),
    ),
    Fault(
        "the largest of several has the whole derivative each",
        f"{TAPE}/composed_places.py",
        "shares = value * (largest / count[index])",
        "shares = value * largest",
        (f"{SCIPY}::test_of_equal_values_each_has_its_part_of_the_largest",),
    ),
    Fault(
        "an even filter is turned about its middle",
        f"{TAPE}/composed_scipy.py",
        "size // 2 - (1 - size % 2 if turned else 0)",
        "size // 2",
        slopes(SCIPY, "images"),
    ),
    Fault(
        "all rims are alike",
        f"{TAPE}/composed_scipy.py",
        '    "mirror": "reflect",\n',
        '    "mirror": "symmetric",\n',
        slopes(SCIPY, "images"),
    ),
    Fault(
        "pivots are no permutation",
        f"{TAPE}/composed_scipy.py",
        "        b = b[order]\n",
        "",
        slopes(SCIPY, "structured"),
    ),
    Fault(
        "the next order of a polygamma is the same",
        f"{TAPE}/composed_scipy.py",
        "polygamma(np.asarray(n) + 1, value)",
        "polygamma(np.asarray(n), value)",
        slopes(SCIPY, "gammas"),
    ),
    Fault(
        "a normal distribution has no scale",
        f"{TAPE}/distributions.py",
        "return -0.5 * z * z - LOG_ROOT - np.log(scale)",
        "return -0.5 * z * z - LOG_ROOT",
        slopes(WIDER, "normal_distributions"),
    ),
    Fault(
        "the determinant of a covariance is forgotten",
        f"{TAPE}/distributions.py",
        "logarithm = np.sum(np.log(np.diagonal(factor)))",
        "logarithm = 0.0",
        slopes(SCIPY, "several_variables"),
    ),
    Fault(
        "functions keep the other code",
        f"{TAPE}/recorded_scipy.py",
        "            each.function.__code__ = each.code\n",
        "            pass\n",
        (
            "tests/diagnosis/test_check_scipy.py::test_scipys_functions_are_as_before_whatever_happens",
        ),
    ),
    Fault(
        "modules keep the other names",
        f"{TAPE}/recorded_scipy.py",
        "            setattr(each.module, each.name, each.function)\n",
        "            pass\n",
        AS_BEFORE,
    ),
    Fault(
        "classes keep the other methods",
        f"{TAPE}/recorded_methods.py",
        "        setattr(owner, name, original)\n    _ORIGINALS.clear()\n",
        "        pass\n    _ORIGINALS.clear()\n",
        AS_BEFORE,
    ),
    Fault(
        "a function of math is called as it was taken before",
        f"{TAPE}/recorded_math.py",
        "return getattr(math, name) if _ORIGINALS.get(name) is function else function",
        "return function",
        slopes(SCIPY, "many_numbers"),
    ),
    Fault(
        "arguments by name stay so",
        f"{TAPE}/recorded_scipy.py",
        "            args = (*args, left.pop(name))\n",
        "            break\n",
        (
            "tests/diagnosis/test_check_scipy.py::test_scipys_functions_are_as_before_whatever_happens",
        ),
    ),
    Fault(
        "a backward pass calls only what has a rule",
        f"{TAPE}/recorded_scipy.py",
        '*("circulant", "expm_frechet", "hankel"',
        '*("circulant", "hankel"',
        (f"{SCIPY}::test_only_a_backward_pass_may_use_what_has_no_rule",),
    ),
    Fault(
        "lists are taken out of the tape",
        f"{TAPE}/traced.py",
        "return [each.tolist() for each in self] if self.ndim else self.item()",
        "return self.step.value.tolist()",
        slopes(WIDER, "taken_out"),
    ),
    Fault(
        "functions compute in any numbers",
        f"{TAPE}/traced.py",
        'return FUNCTIONS["astype"](recorder, value, dtype) if is_traced(value) else',
        "return value if is_traced(value) else",
        (f"{WIDER}::test_a_function_computes_in_the_numbers_that_it_is_told",),
    ),
    Fault(
        "functions compute in complex numbers",
        f"{TAPE}/traced.py",
        '    if dtype.kind != "f":\n        raise Unsupported.operation(f"a function',
        '    if dtype.kind == "i":\n        raise Unsupported.operation(f"a function',
        (f"{LINES}[a function with dtype=complex128]",),
    ),
)
