"""Faults in what the threads of a team share."""

from fault_list.compiled import AS_PYTHON
from fault_list.record import Fault

TEAMS = "tests/engine/test_teams.py"
SHARED = f"{TEAMS}::test_every_feature_that_is_shared_gives_the_numbers_of_the_reference"


def _fault(name: str, file: str, old: str, new: str, test: str) -> Fault:
    return Fault(name, file, old, new, (test,), AS_PYTHON)


FAULTS = (
    _fault(
        "every share has the mask of the first",
        "kernels/steps.py",
        "workspace, x, y, weight, key, first)",
        "workspace, x, y, weight, key, 0)",
        f"{SHARED}[dropout]",
    ),
    _fault(
        "the gradient of a share is forgotten",
        "kernels/steps.py",
        "for other in range(1, members):",
        "for other in range(2, members):",
        f"{SHARED}[tanh]",
    ),
    _fault(
        "the loss is that of the leader's share",
        "kernels/steps.py",
        "for member in range(team.values.size):",
        "for member in range(1):",
        f"{SHARED}[tanh]",
    ),
    _fault(
        "an example weighs as in a batch of its share",
        "kernels/steps.py",
        "workspace.weight[example] = weight[example] * worth",
        "workspace.weight[example] = weight[example]",
        f"{SHARED}[tanh]",
    ),
    _fault(
        "unequal shares count alike",
        "kernels/steps.py",
        "(last - first) / together",
        "1 / members",
        f"{SHARED}[a-remainder]",
    ),
    _fault(
        "every batch is the first one's examples",
        "kernels/steps.py",
        "asked[EPOCH], begin + first, begin + last)",
        "asked[EPOCH], first, last)",
        f"{SHARED}[tanh]",
    ),
    _fault(
        "a share of no example keeps the gradient of the one before",
        "kernels/steps.py",
        "            workspace.gradient[i] = 0\n",
        "            workspace.gradient[i] *= 1\n",
        f"{SHARED}[single-examples]",
    ),
    _fault(
        "the last parameters are nobody's",
        "kernels/steps.py",
        "(last if member + 1 < members else parameters) - first",
        "last - first",
        f"{SHARED}[tanh]",
    ),
    _fault(
        "every member moves the moments of the first parameters",
        "kernels/steps.py",
        "band(position.moments, first, size)",
        "band(position.moments, 0, size)",
        f"{SHARED}[adam]",
    ),
    _fault(
        "all members' steps have the first rate",
        "kernels/steps.py",
        "given = (program.update_numbers, theta, gradient, moments, step, rate)",
        "given = (program.update_numbers, theta, gradient, moments, step, course.rates[0, 0])",
        f"{SHARED}[rate-inverse-time]",
    ),
    _fault(
        "a team reads full batches where they are not",
        "engine/compiled.py",
        "self.full = whole and self.members == 1",
        "self.full = whole",
        f"{SHARED}[full-batches]",
    ),
    _fault(
        "each share has statistics of its own",
        "engine/teams.py",
        "if job.network.buffer_size:",
        "if False:",
        f"{TEAMS}::test_statistics_of_a_batch_are_those_of_one_thread",
    ),
    _fault(
        "what broke in another thread is kept secret",
        "engine/teams.py",
        "            part.result()\n",
        "            part.done()\n",
        f"{TEAMS}::test_a_leader_does_not_wait_for_a_thread_that_broke",
    ),
)
