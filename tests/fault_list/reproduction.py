"""Faults in the reproduction of the course, its page, its pictures and its command."""

from fault_list.record import Fault

REPRODUCTION = "tests/course/test_reproduction.py"
FUNCTIONS = (f"{REPRODUCTION}::test_what_was_printed_of_a_function_is_computed",)
WITHIN = (f"{REPRODUCTION}::test_a_single_number_beyond_the_tolerance_is_off",)
BY_HAND = (f"{REPRODUCTION}::test_a_point_is_called_1_only_if_its_probability_is_above_one_half",)
SYNTHETIC = (
    f"{REPRODUCTION}::test_without_data_a_synthetic_field_is_trained_on_and_compared_with_nothing",
)
COMMAND = "tests/cli/test_reproduce.py"
OFF = (f"{COMMAND}::test_one_changed_number_in_print_is_called_off_and_is_the_exit_code",)
BROKEN = (f"{COMMAND}::test_a_broken_computation_is_off_in_every_form",)
PLACE = (f"{COMMAND}::test_a_page_that_cannot_be_written_is_refused_before_anything_is_computed",)
PAGE = (
    "tests/course/test_reproduction_page.py::test_the_course_s_own_data_are_not_called_synthetic",
)
BOUNDARY = ("tests/report/test_boundary.py",)
CURVES = ("tests/report/test_curves.py",)

FAULTS = (
    Fault(
        "a published number has a wrong digit",
        "course/published.py",
        "1.78648594516",
        "1.78648594526",
        FUNCTIONS,
    ),
    Fault(
        "one good number excuses the others",
        "course/reproduction.py",
        "return all(difference <=",
        "return any(difference <=",
        WITHIN,
    ),
    Fault(
        "what is no number differs least",
        "course/reproduction.py",
        "nan=np.inf",
        "nan=0.0",
        WITHIN,
    ),
    Fault(
        "a probability of one half is a 1",
        "course/reproduction.py",
        "self.decide(data.x) > 0.5",
        "self.decide(data.x) >= 0.5",
        BY_HAND,
    ),
    Fault(
        "a synthetic field is held against the print",
        "course/reproduction.py",
        "experiment, field is football, excepted)",
        "experiment, True, excepted)",
        SYNTHETIC,
    ),
    Fault(
        "the course's data are called synthetic",
        "course/reproduction_page.py",
        "    if not advice:\n",
        "    if advice is None:\n",
        PAGE,
    ),
    Fault(
        "a number that is off is no failure",
        "cli/reproduce.py",
        "raise typer.Exit(OFF)",
        "raise typer.Exit(0)",
        OFF,
    ),
    Fault(
        "a number that is no number breaks the JSON form",
        "cli/reproduce.py",
        "return value if isfinite(value) else str(value)",
        "return value",
        BROKEN,
    ),
    Fault(
        "the place of the page is tried at the end",
        "cli/reproduce.py",
        "    _check_place(Path(out), football)\n",
        "",
        PLACE,
    ),
    Fault(
        "the picture of a boundary lies on its side",
        "report/boundary.py",
        "np.meshgrid(across, up)",
        'np.meshgrid(across, up, indexing="ij")',
        BOUNDARY,
    ),
    Fault(
        "an infinite cost hides the others",
        "report/curves.py",
        "np.where(np.isfinite(curve.values), curve.values, np.nan)",
        "np.asarray(curve.values, dtype=float)",
        CURVES,
    ),
)
