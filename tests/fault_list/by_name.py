"""Faults in how each statement is judged alone, by what its value is called."""

from fault_list.gradient_folders import GRADIENTS, LOCALISATION
from fault_list.record import Fault

BY_NAME = "tests/diagnosis/test_check_by_name.py"
ALONE = f"{LOCALISATION}/judged_alone.py"
BOTH = (f"{BY_NAME}::test_each_statement_is_judged_alone[operands]",)

FAULTS = (
    Fault(
        "nothing is judged by its name",
        f"{GRADIENTS}/diagnosis.py",
        "    if convincing(found, wrong):\n        return found, True\n",
        "    found = []\n",
        (f"{BY_NAME}::test_two_faults_of_each_round_are_named",),
    ),
    Fault(
        "rounds are those of the forward pass in the same order",
        ALONE,
        "np.argsort([np.mean(each) for each in read])",
        "range(len(read))",
        BOTH,
    ),
    Fault(
        "what is wrong in one statement is wrong behind it",
        ALONE,
        "own[step.index], values[step.index] = found, right[step.index]",
        "own[step.index] = found",
        BOTH,
    ),
    Fault(
        "each round has the values of the first",
        ALONE,
        "    if made or own is None:\n        return made\n",
        "    return made\n",
        BOTH,
    ),
)
