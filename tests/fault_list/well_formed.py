"""Faults in what is right as it stands, in missing statements, and in measured slopes."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION, PATCHES, VERDICT
from fault_list.record import Fault

FORMED = "tests/diagnosis/test_check_formed.py"
STANDS = (f"{FORMED}::test_what_is_a_derivative_as_it_stands_is_not_mended",)
CARRIED = "tests/diagnosis/test_check_carried_zeros.py"
STAYS = (f"{CARRIED}::test_what_a_loop_adds_and_never_changes_stays_zero",)
ALONE = (f"{CARRIED}::test_what_may_change_or_is_not_added_is_left_alone",)
MISSING = "tests/diagnosis/test_check_missing.py"
ADEQUACY = "tests/diagnosis/test_check_adequacy.py"
GRAPH = (f"{ADEQUACY}::test_a_graph_is_turned_with_its_nodes_unless_it_has_an_order",)
COUNT = (f"{ADEQUACY}::test_the_number_of_examples_is_that_of_most_data",)
ANCHOR = "tests/diagnosis/test_anchor.py"
POINTS = "tests/diagnosis/test_check_hostile.py"
ZEROS = (f"{POINTS}::test_a_wrong_gradient_where_all_parameters_are_zero_fails_at_that_very_point",)
HOSTILE = f"{POINTS}::test_a_right_program_is_not_called_wrong"


def meant(name: str) -> tuple[str, ...]:
    """Return the test of one missing statement."""
    return (f"{MISSING}::test_what_is_missing_stands_in_its_line[{name}]",)


def offered(name: str) -> tuple[str, ...]:
    """Return the test of a patch for one mistake."""
    return (f"{MISSING}::test_what_is_missing_is_among_the_patches[{name}]",)


FAULTS = (
    Fault(
        "what is right as it stands is mended",
        f"{LOCALISATION}/repair.py",
        "if in_form and (change.kind in OF_FORM) is not formed:",
        "if formed and change.kind not in OF_FORM:",
        STANDS,
    ),
    Fault(
        "a value that lacks a factor only is called wrong",
        f"{LOCALISATION}/oracles.py",
        "yield _as_factor(shop, repair, factor * value) or repair",
        "yield repair",
        STANDS,
    ),
    Fault(
        "values of two shapes are compared",
        f"{LOCALISATION}/oracles.py",
        "factor = ratio(given, value) if given.shape == value.shape and value.size > 1 else None",
        "factor = ratio(given, value) if value.size > 1 else None",
        (f"{FORMED}::test_one_repair_may_change_the_shape_of_what_another_looks_at",),
    ),
    Fault(
        "a named value counts no more than any other",
        f"{LOCALISATION}/repair.py",
        "_NAMED = 5.0",
        "_NAMED = 0.0",
        STANDS,
    ),
    Fault(
        "a value with another factor is as good a derivative",
        f"{LOCALISATION}/repair.py",
        "_OTHER_FACTOR = 0.6",
        "_OTHER_FACTOR = 1.0",
        (f"{FORMED}::test_nor_is_what_has_another_name",),
    ),
    Fault(
        "what is filled before a loop stays zero in it",
        f"{LOCALISATION}/carried_zeros.py",
        "changed = [name for name in begun if any(_changes(each, name) for each in nodes)]",
        "changed = []",
        ALONE,
    ),
    Fault(
        "what only the second of two names begins with is not seen",
        f"{LOCALISATION}/carried_zeros.py",
        "pairs = list(zip(names, values, strict=True))",
        "pairs = []",
        STAYS,
    ),
    Fault(
        "what a call writes to stays zero",
        f"{LOCALISATION}/carried_zeros.py",
        "return name in {root_of(each) for each in (called, *arguments)}",
        "return False",
        ALONE,
    ),
    Fault(
        "a carry that stays zero is not told",
        f"{GRADIENTS}/diagnosis.py",
        "findings = with_carried(findings, functions, wrong)",
        "pass",
        meant("carry that stays zero"),
    ),
    Fault(
        "labels are not subtracted",
        f"{PATCHES}/patches_of_missing.py",
        'yield f"{name}[range(len({labels})), {labels}]"',
        "pass",
        offered("labels"),
    ),
    Fault(
        "the label of one step is not subtracted",
        f"{PATCHES}/patches_of_missing.py",
        'yield f"{name}[{labels}]"',
        "pass",
        offered("label of one step"),
    ),
    Fault(
        "what was written to is never divided",
        f"{PATCHES}/patches_of_missing.py",
        'further = [(f"{name} /= {number}", kinds, _COUNT) for number in numbers]',
        "further = []",
        (
            f"{MISSING}::test_a_mean_of_what_was_written_to_is_missing_where_operations_are_not_followed",
        ),
    ),
    Fault(
        "a mask that is unpacked counts as read",
        f"{PATCHES}/around.py",
        "    given |= {node.id for node in names if DROPPED.match(node.id)}\n",
        "",
        meant("mask that nothing reads"),
    ),
    Fault(
        "what nothing calls is not missing",
        f"{PATCHES}/patches_of_products.py",
        "for text in known.uncalled:",
        "for text in ():",
        offered("formula that nothing calls"),
    ),
    Fault(
        "any formula counts as one that nothing calls",
        f"{PATCHES}/uncalled.py",
        "if name in _read(text) or value",
        "if value",
        (f"{MISSING}::test_what_is_called_is_not_missing",),
    ),
    Fault(
        "variables of a loop are never exchanged",
        f"{PATCHES}/patches_of_statements.py",
        "yield from _unpacked(statement, list(ast.walk(statement.target)), known)",
        "pass",
        (f"{MISSING}::test_variables_of_a_loop_are_exchanged",),
    ),
    Fault(
        "a graph is turned along one axis",
        f"{VERDICT}/points.py",
        "np.roll(item, [1] * len(axes), axes)",
        "np.roll(item, 1, axes[0])",
        GRAPH,
    ),
    Fault(
        "a graph with an order is turned",
        f"{VERDICT}/points.py",
        "return axes > 1 and not (np.triu(item, 1).any() and np.tril(item, -1).any())",
        "return False",
        GRAPH,
    ),
    Fault(
        "two data of three are no majority",
        f"{VERDICT}/constants.py",
        "least = max(2, len(shapes) // 2 + 1)",
        "least = max(3, len(shapes) // 2 + 1)",
        COUNT,
    ),
    Fault(
        "a staircase is flat",
        f"{VERDICT}/slopes.py",
        "bars = np.where(flat, bars + before, bars)",
        "pass",
        (f"{ANCHOR}::test_a_staircase_is_not_flat",),
    ),
    Fault(
        "a noisy cost is as sharp as its size tells",
        f"{VERDICT}/slopes.py",
        "noise = np.median(scatter[-_SCATTERED:]) if len(rungs) > 2 * _SCATTERED else 0.0",
        "noise = 0.0",
        (f"{ANCHOR}::test_the_bar_covers_what_short_steps_scatter_by",),
    ),
    Fault(
        "a gradient below the rounding of its cost decides",
        f"{VERDICT}/verdict.py",
        'if judgement.verdict == "FAIL" and is_rounding(judgement):',
        "if False:",
        (f"{HOSTILE}[dice_segmentation-scales of 1e-4 to 1e4-500002-UNDECIDED]",),
    ),
    Fault(
        "where all parameters are zero, every gradient is rounding",
        f"{VERDICT}/verdict.py",
        "scale_of(arrays[name]) * float(np.abs(slope).sum())",
        "float(np.abs(slope * arrays[name]).sum())",
        ZEROS,
    ),
    Fault(
        "a staircase is flat for central differences",
        f"{VERDICT}/numerical.py",
        "if slope == longer == 0:",
        "if False:",
        (
            "tests/diagnosis/test_check_vjp.py::test_a_staircase_is_not_flat_for_central_differences",
        ),
    ),
    Fault(
        "the index behind a key belongs to what is named",
        "diagnosis/scorecard/judging.py",
        """f"[{key.partition(']')[0]}]\"""",
        """f"[{key}\"""",
        ("tests/diagnosis/test_scorecard.py::test_targets_have_keys_and_no_indices",),
    ),
    Fault(
        "counts of a signature are no whole numbers",
        "cli/check_arguments.py",
        "            p.name: p.default\n",
        "            p.name: float(p.default)\n",
        ("tests/cli/test_check_arguments.py::test_a_count_stays_a_whole_number",),
    ),
)
