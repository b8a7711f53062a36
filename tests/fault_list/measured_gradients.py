"""Faults in the check of costs without a tape, and in what a check leaves behind."""

from fault_list.gradient_folders import GRADIENTS, VERDICT
from fault_list.record import Fault

NUMBERS = "tests/diagnosis/test_element_wise.py"

KEPT = "tests/diagnosis/test_leftovers.py"

FAULTS = (
    Fault(
        "the report says what was tried, not how slopes were found",
        f"{VERDICT}/element_wise.py",
        'found.add("complex" if slope.method == "complex" else "central")',
        "found.add(method)",
        (f"{NUMBERS}::test_the_report_says_how_the_slopes_were_found_not_what_was_tried[auto]",),
    ),
    Fault(
        "three steps are enough for everything",
        f"{VERDICT}/element_wise.py",
        "if slope.bar > _ENOUGH * max(largest, abs(slope.value)):",
        "if slope.bar < 0:",
        (f"{NUMBERS}::test_a_rough_number_has_all_of_the_ladder",),
    ),
    Fault(
        "a long bar hides what is wrong beside it",
        f"{VERDICT}/error_bars.py",
        "slack = _WIDE * bars[name]\n",
        "slack = _WIDE * bars[name].max()\n",
        (f"{NUMBERS}::test_a_long_bar_hides_nothing_beside_it",),
    ),
    Fault(
        "what bars are too long to tell is right",
        f"{VERDICT}/error_bars.py",
        "and not share <= (tolerance or _BLUNT)",
        "and share < 0",
        (f"{NUMBERS}::test_a_tolerance_that_differences_cannot_reach_is_undecided_not_wrong",),
    ),
    Fault(
        "a cost that refuses recorded arrays ends the check",
        f"{VERDICT}/reference.py",
        "except Exception as error:  # noqa: BLE001 - the user's function may refuse recorded",
        "except Unsupported as error:  # - the user's function may refuse recorded",
        (f"{NUMBERS}::test_one_wrong_number_of_an_opaque_cost_is_found",),
    ),
    Fault(
        "the line about the time left stays on the terminal",
        f"{VERDICT}/element_wise.py",
        '            self._show("")\n',
        "            pass\n",
        (f"{NUMBERS}::test_on_a_terminal_the_price_and_the_time_left_are_shown_and_wiped_away",),
    ),
    Fault(
        "what a network has appended stays recorded",
        f"{VERDICT}/leftovers.py",
        "                put(plain(held))",
        "                plain(held)",
        (f"{KEPT}::test_a_network_of_a_class_keeps_plain_arrays",),
    ),
    Fault(
        "a check that is interrupted leaves its recorded arrays behind",
        f"{GRADIENTS}/check.py",
        "    finally:\n        put_back(calls)\n",
        "    except ZeroDivisionError:\n        put_back(calls)\n        raise\n",
        (f"{KEPT}::test_plain_arrays_are_kept_where_the_check_is_interrupted_or_refused",),
    ),
)
