"""Faults in the autopsy of a run that broke."""

from fault_list.record import Fault

TESTS = "tests/diagnosis/test_autopsy.py"
AUTOPSY = (TESTS,)
PICTURE = ("tests/report/test_autopsy.py",)

FAULTS = (
    Fault(
        "of several guilty columns the first is named",
        "diagnosis/cause.py",
        "elif len(suspects) > 1 and heals(suspects,",
        "elif len(suspects) > 1 and heals(suspects[:1],",
        AUTOPSY,
    ),
    Fault(
        "the learning rate is tried as it is",
        "diagnosis/replay.py",
        "rates * factor, strict=True",
        "rates, strict=True",
        AUTOPSY,
    ),
    Fault(
        "a replay starts an epoch late",
        "diagnosis/replay.py",
        "if skipped := (first - began) // job.steps:",
        "if skipped := (first - began) // job.steps + 1:",
        AUTOPSY,
    ),
    Fault(
        "all values that stand out are blamed for the one that breaks",
        "diagnosis/cause.py",
        "while count < len(guilty.rows):",
        "while False:",
        AUTOPSY,
    ),
    Fault(
        "an outlier is measured by a deviation that it widens itself",
        "diagnosis/suspects.py",
        "others = values[~far]\n        mean, deviation",
        "others = values\n        mean, deviation",
        AUTOPSY,
    ),
    Fault(
        "a growth is told as that of all steps together",
        "diagnosis/growth.py",
        "values[-1] ** (1 / steps) / values[start] ** (1 / steps)",
        "values[-1] / values[start]",
        (f"{TESTS}::test_the_growth_is_that_of_the_formula",),
    ),
    Fault(
        "a running statistic is looked at after what it divides",
        "diagnosis/dissection.py",
        "if isinstance(layer, Tracking):  # measured before they are divided by",
        "if False:",
        (f"{TESTS}::test_a_running_statistic_is_named_before_what_follows_from_it",),
    ),
    Fault(
        "a run that goes on is examined",
        "diagnosis/replay.py",
        "if found[0].dissection.finite:",
        "if False:",
        (f"{TESTS}::test_a_run_that_did_not_diverge_is_refused",),
    ),
    Fault(
        "a penalty is left out of the gradient",
        "diagnosis/dissection.py",
        "view += pulls[index][place_of]",
        "view += 0 * pulls[index][place_of]",
        (f"{TESTS}::test_a_dissection_has_the_references_numbers",),
    ),
    Fault(
        "what was not finite is not marked",
        "report/autopsy.py",
        "if any(trace.values[-1] is None for trace in traces):",
        "if False:",
        PICTURE,
    ),
)
