"""Faults in what stops a loop that comes to no end."""

from fault_list.gradient_folders import PATCHES, VERDICT
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_endless.py"
PATCHED = "tests/diagnosis/test_endless.py::test_of_patches_that_come_to_no_end_some_are_tried"
TURNS = f"{TESTS}::test_turns_are_limited_by_number_and_time_and_each_call_has_its_own"

FAULTS = (
    Fault(
        "what catches every exception is never stopped",
        f"{VERDICT}/bounded.py",
        "class _Stop(BaseException):",
        "class _Stop(Exception):",
        (f"{TESTS}::test_what_has_no_end_is_stopped_whatever_it_catches",),
    ),
    Fault(
        "an inner call may take longer than the outer one",
        f"{VERDICT}/bounded.py",
        "min(before, perf_counter() + seconds)",
        "perf_counter() + seconds",
        (f"{TESTS}::test_the_shorter_of_two_limits_counts",),
    ),
    Fault(
        "an inner call takes the outer one's limit along",
        f"{VERDICT}/bounded.py",
        "        finally:\n            _set(thread, before)",
        "        finally:\n            _set(thread, inf)",
        (f"{TESTS}::test_the_shorter_of_two_limits_counts",),
    ),
    Fault(
        "an inner call's limit counts for the outer one",
        f"{VERDICT}/bounded.py",
        "        if isinf(end):\n            _ends.pop(thread, None)\n",
        "        if isinf(end) or end > _ends.get(thread, inf):\n            pass\n",
        (f"{TESTS}::test_the_longer_limit_counts_again_behind_the_shorter_one",),
    ),
    Fault(
        "what stops a function may arrive outside",
        f"{VERDICT}/bounded.py",
        "    except _Stop:\n        _set(thread, before)\n",
        "    except ZeroDivisionError:\n",
        (f"{TESTS}::test_nothing_is_stopped_that_has_ended_just_then",),
    ),
    Fault(
        "a cost that has no end elsewhere is an error",
        f"{VERDICT}/verdict.py",
        "    except Exception:  # noqa: BLE001 - at a point that the user",
        "    except ValueError:  # noqa: BLE001 - at a point that the user",
        (f"{TESTS}::test_points_at_which_the_cost_has_no_end_are_left_out",),
    ),
    Fault(
        "an endless function has no name",
        f"{VERDICT}/calls.py",
        'raise EndlessError.of("check_gradients", name, seconds, self.shortest) from error',
        "raise",
        (f"{TESTS}::test_a_cost_that_has_no_end_elsewhere_says_so",),
    ),
    Fault(
        "turns of earlier calls count",
        f"{PATCHES}/turns.py",
        "self.count, self.seconds, self.until = 0, seconds, perf_counter() + seconds",
        "self.seconds, self.until = seconds, perf_counter() + seconds",
        (TURNS,),
    ),
    Fault(
        "turns are limited behind a call, too",
        f"{PATCHES}/turns.py",
        "            self.until = inf\n",
        "            pass\n",
        (TURNS,),
    ),
    Fault(
        "a loop keeps asking for its turns",
        f"{PATCHES}/turns.py",
        "                loop.test = test\n",
        "                pass\n",
        (TURNS,),
    ),
    Fault(
        "few turns that take long are too many",
        f"{PATCHES}/turns.py",
        "if self.count > _FREE and perf_counter() > self.until:",
        "if perf_counter() > self.until:",
        (TURNS,),
    ),
    Fault(
        "the turns of patched loops are not limited",
        f"{PATCHES}/patch_trials.py",
        "kept.enter_context(each.limited(_OF_TURNS * backward.patience))",
        "each.limited(_OF_TURNS * backward.patience)",
        (f"{TESTS}::test_the_turns_of_a_call_are_limited",),
    ),
    Fault(
        "each statement's patches may come to no end",
        f"{PATCHES}/patch_trials.py",
        "sum(backward.endless.values()) >= _ENDLESS",
        "backward.endless[statement] >= _ENDLESS",
        (PATCHED,),
    ),
    Fault(
        "what came to no end once is not tried again",
        f"{PATCHES}/patch_trials.py",
        "    if statement in backward.endless and sum(",
        "    if statement in backward.endless or sum(",
        (PATCHED,),
    ),
)
