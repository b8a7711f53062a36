"""Faults in what is exported, and in the check that must notice them."""

from fault_list.record import Fault

SAME = "tests/estimators/test_export.py::test_"
REFUSED = "tests/estimators/test_export_refusals.py::test_"

FAULTS = (
    Fault(
        "a number that is missing stays missing in a file",
        "estimators/onnx_export.py",
        'graph.add("Where", missing, graph.constant("median", raw.median), rows)',
        'graph.add("Where", missing, rows, rows)',
        (f"{SAME}a_file_predicts_the_same[words]",),
    ),
    Fault(
        "values of a file are not held",
        "estimators/onnx_export.py",
        'return graph.add("Min", held, graph.constant("high", raw.high))',
        "return held",
        (f"{SAME}a_file_predicts_the_same[words]",),
    ),
    Fault(
        "a file has the first member alone",
        "estimators/onnx_export.py",
        'graph.add("Sum", *outputs)',
        'graph.add("Sum", outputs[0])',
        (f"{SAME}a_file_predicts_the_same[numbers]",),
    ),
    Fault(
        "batch norm in a file forgets its epsilon",
        "estimators/onnx_export.py",
        "np.sqrt(variance + layer.epsilon)",
        "np.sqrt(variance)",
        (f"{SAME}every_activation_is_in_a_file[tanh-batch norm-float64]",),
    ),
    Fault(
        "the likeliest label is that of the last class",
        "estimators/onnx_export.py",
        "names.astype(object) if all(",
        "names[::-1].astype(object) if all(",
        (f"{SAME}a_file_predicts_the_same[words]",),
    ),
    Fault(
        "the preparation forgets that pieces come before marks",
        "estimators/raw_features.py",
        "*range(first_piece[at], first_piece[at + 1]),\n"
        "            *range(first_mark[at], first_mark[at + 1]),",
        "*range(first_mark[at], first_mark[at + 1]),\n"
        "            *range(first_piece[at], first_piece[at + 1]),",
        (f"{SAME}a_file_predicts_the_same[words]",),
    ),
    Fault(
        "the leak of a file is in single precision",
        "estimators/onnx_graph.py",
        "graph.number(LEAK)",
        "graph.number(float(np.float32(LEAK)))",
        (f"{SAME}every_activation_is_in_a_file[leaky_relu-plain-float64]",),
    ),
    Fault(
        "a file is written whatever it predicts",
        "estimators/onnx_export.py",
        "    require_same_answers(owner, fitted, rows, theirs)\n",
        "",
        (f"{REFUSED}a_file_that_reads_rows_otherwise_is_refused[median]",),
    ),
    Fault(
        "what rounding does is allowed without measure",
        "estimators/export_check.py",
        "_ROUNDING * _rounding(fitted, rows, ours)",
        "100 * _rounding(fitted, rows, ours)",
        (f"{REFUSED}ten_times_what_rounding_does_is_no_difference",),
    ),
    Fault(
        "NaN is as good as any answer",
        "estimators/export_check.py",
        "np.where(np.isnan(distance), np.inf, distance)",
        "np.where(np.isnan(distance), 0.0, distance)",
        (f"{REFUSED}a_nan_is_not_close_to_anything",),
    ),
    Fault(
        "no row that is tried has a missing number",
        "estimators/export_check.py",
        "rows[missing.start] = np.nan",
        "rows[missing] = 0.0",
        (f"{REFUSED}the_rows_that_are_tried_are_of_every_kind[words]",),
    ),
    Fault(
        "no row that is tried is far away",
        "estimators/export_check.py",
        "steps[far] *= further[far]",
        "steps[far] *= 1.0",
        (f"{REFUSED}the_rows_that_are_tried_are_of_every_kind[words]",),
    ),
)
