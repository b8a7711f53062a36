from math import inf

import numpy as np
import pytest
from scipy import stats

from trainwell.errors import ConfigurationError, DataError
from trainwell.report.interval import mean_interval, wilson_interval


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (0, 12), (12, 12), (3, 10), (68, 69), (9862, 10000)]
)
def test_the_interval_of_a_share_is_wilsons(successes, trials, confidence):
    found = wilson_interval(successes, trials, confidence=confidence)
    expected = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert found == pytest.approx(tuple(expected), abs=1e-14)
    assert all(0 <= end <= 1 for end in found)
    assert found[0] <= successes / trials <= found[1]


def test_nothing_is_known_of_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_the_interval_of_a_mean_is_students(confidence):
    values = np.array([1.5, 2.25, 9.0, -4.0, 0.0])
    expected = stats.t.interval(confidence, 4, values.mean(), stats.sem(values))
    assert mean_interval(values, confidence=confidence) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("values", [[], [3.0]])
def test_fewer_than_two_numbers_bound_no_mean(values):
    assert mean_interval(np.array(values)) == (-inf, inf)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson_interval(1, -1), r"wilson_interval.trials must be at least 0, got -1"),
        (lambda: wilson_interval(3, 2), r"wilson_interval.successes must be in \[0, 2\], got 3"),
        (lambda: wilson_interval(-1, 2), r"wilson_interval.successes must be in \[0, 2\], got -1"),
        (lambda: wilson_interval(1, 2, confidence=1), r"confidence must be in \(0, 1\), got 1"),
        (lambda: mean_interval(np.ones(3), confidence=0), r"confidence must be in \(0, 1\), got 0"),
    ],
)
def test_an_impossible_question_is_refused(call, message):
    with pytest.raises(ConfigurationError, match=message):
        call()


def test_infinite_numbers_have_no_mean():
    with pytest.raises(DataError, match="mean_interval: values are not all finite"):
        mean_interval(np.array([1.0, inf]))
