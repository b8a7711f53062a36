"""When a search ends."""

from time import perf_counter, sleep, thread_time

import numpy as np

from trainwell.diagnosis.gradient_localisation import deadline
from trainwell.diagnosis.gradient_localisation.deadline import Deadline
from trainwell.diagnosis.gradients import check_gradients


def test_work_ends_a_search_before_the_clock_does(monkeypatch):
    begun = thread_time()
    search = Deadline(0.2)
    now = perf_counter() + 0.3  # longer than the work may take, and less than three times as long
    monkeypatch.setattr(deadline, "perf_counter", lambda: now)
    assert not search.passed
    while not search.passed:
        assert thread_time() - begun < 1
    assert thread_time() - begun >= 0.2


def test_waiting_ends_a_search_only_after_three_times_as_long():
    search = Deadline(0.5)
    sleep(0.6)
    assert not search.passed
    sleep(1.0)
    assert search.passed


def test_a_search_among_functions_that_only_wait_ends():
    calls = []

    def cost(p, x):
        return float(np.sum(np.tanh(p["w"] @ x) ** 2))

    def grad(p, x):
        calls.append(1)
        sleep(0.02)
        z = np.tanh(p["w"] @ x)
        return {"dw": (z * (1 - z) + np.abs(z) ** 1.7) @ x.T}

    rng = np.random.default_rng(0)
    point = {"w": rng.normal(size=(3, 4))}, (rng.normal(size=(4, 6)),)
    report = check_gradients(cost, grad, *point, seconds=0.2)
    assert report.verdict == "FAIL"
    assert len(calls) < 200
