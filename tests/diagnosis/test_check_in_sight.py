"""What the user's functions read that is not given to them stays as it is, whatever is tried."""

import numpy as np
import pytest
from patched_programs import line_of, load

from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.leftovers import kept_as_found, put_back
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.gradients.arranged import Then

CENSORED = """\
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 2)), rng.normal(size=12)
SEEN, LATE = np.arange(12) % 3 > 0, np.arange(12) % 3 == 0


class Model:
    def __init__(self, x, y, seen, late):
        self.x, self.y, self.seen, self.late = x, y, seen, late

    def cost(self, w):
        s = np.exp(w[-1])
        r = (self.y - self.x @ w[:-1]) / s
        late = np.logaddexp(0, -r[self.late]).sum()
        return 0.5 * (r[self.seen] ** 2).sum() + self.seen.sum() * w[-1] + late

    def grad(self, w):
        s = np.exp(w[-1])
        r = (self.y - self.x @ w[:-1]) / s
        g = np.zeros(len(w))
        chosen = self.seen
        g[:-1] -= r[chosen] @ self.x[chosen] / s
        g[-1] += len(r[chosen]) - (r[chosen] ** 2).sum()
        chosen = self.late
        p = 1 / (1 + np.exp(r[chosen]))
        g[:-1] += p @ self.x[chosen]
        g[-1] += (p * r[chosen]).sum()
        return g


model = Model(X, Y, SEEN, LATE)
"""


def test_a_patch_writes_into_nothing_that_is_only_read(tmp_path):
    module = load(tmp_path, CENSORED)
    arrays = {name: array.copy() for name, array in vars(module.model).items()}
    report = check_gradients(module.model.cost, module.model.grad, np.array([0.1, 0.4, 0.2]))
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(module.model, name), array, err_msg=name)
    (finding,) = report.findings
    assert finding.line == line_of(module, "g[:-1] += p @")
    assert "`/ s` is missing" in finding.message


@pytest.mark.parametrize("held", ["closure", "behind another"])
def test_arrays_in_reach_are_given_their_numbers_again(held):
    mask, buffer = np.array([True, False, True]), np.zeros(3)

    def cost(w):
        buffer[:] = w
        return np.sum(w[mask] ** 2)

    w = np.array([1.0, 2.0, 3.0])
    calls = Calls(cost if held == "closure" else Then(cost, float), None, Parameters.of(w), ())
    as_found = kept_as_found(calls, calls.value)
    mask[:] = False
    buffer[:] = 7
    as_found()
    np.testing.assert_array_equal(mask, [True, False, True])
    np.testing.assert_array_equal(buffer, [7, 7, 7])  # which the functions write to themselves


@pytest.mark.parametrize("written", [False, True])
def test_large_arrays_cannot_be_written_to_until_the_check_ends(written):
    large = np.ones(1_000_002)
    view = large[1:]

    def cost(w):
        if written:
            view[0] = 1
        return np.sum(w**2) * large[0] * view[0]

    calls = Calls(cost, None, Parameters.of(np.array([1.0, 2.0])), ())
    kept_as_found(calls, calls.value)
    assert large.flags.writeable == view.flags.writeable == written
    calls.locked.sort(key=lambda array: array.base is None)
    put_back(calls)
    assert large.flags.writeable
    assert view.flags.writeable
    assert not calls.locked
