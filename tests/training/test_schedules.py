"""Schedules: closed forms, continuity, and plateaus on made-up histories."""

from math import cos, pi, sqrt
from typing import Any

import numpy as np
import pytest
from tables import SCHEDULES

from trainwell.errors import ConfigurationError
from trainwell.training.schedules import SCHEDULES as REGISTERED
from trainwell.training.schedules import (
    Constant,
    Cosine,
    Exponential,
    InverseRoot,
    InverseScaling,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    Stepped,
    WarmupCosine,
)

EVERY_SCHEDULE = pytest.mark.parametrize("name", SCHEDULES)
BY_EPOCH = (
    "constant",
    "inverse-time",
    "exponential",
    "inverse-root",
    "inverse-scaling",
    "stepped",
    "plateau",
)
SMOOTH = ("cosine", "warmup-cosine", "one-cycle")


@pytest.mark.parametrize(
    ("schedule", "time", "rate"),
    [
        (Constant(0.3), 17.5, 0.3),
        (InverseTime(0.5, 1.0), 2, 0.5 / 3),  # opt.update_lr of the course
        (InverseTime(0.2, 0.5), 0, 0.2),
        (InverseTime(0.2, 0.5), 3.99, 0.2 / 2.5),
        (Exponential(0.2, 0.5), 3, 0.025),
        (Exponential(0.2), 2, 0.2 * 0.95**2),
        (InverseRoot(0.6), 0, 0.6),
        (InverseRoot(0.6), 3, 0.3),
        (InverseRoot(0.6), 8.5, 0.2),
        (InverseScaling(0.6, examples=3), 1.5, 0.3),
        (InverseScaling(0.6, 7, power=1.0), 2, 0.04),
        # opt.schedule_lr_decay of the course: rate, epoch, decay, interval
        (Stepped(0.5, 1, 100), 100, 0.25),
        (Stepped(0.5, 1, 100), 10, 0.5),
        (Stepped(0.3, 0.25, 100), 1000, 0.3 / 3.5),
        (Stepped(0.3, 0.25, 100), 100, 0.24),
        (Stepped(0.5, 0.3, 100), 10, 0.5),
        (Stepped(0.5, 0.3, 100), 100, 0.5 / 1.3),
        (Cosine(2.0, 10), 0, 2.0),
        (Cosine(2.0, 10), 2.5, 1 + cos(pi / 4)),
        (Cosine(2.0, 10), 5, 1.0),
        (Cosine(2.0, 10, 0.5), 10, 0.5),
        (Cosine(2.0, 10, 0.5), 99, 0.5),
        (WarmupCosine(2.0, 4, 12), 0, 0.0),
        (WarmupCosine(2.0, 4, 12), 1, 0.5),
        (WarmupCosine(2.0, 4, 12), 4, 2.0),
        (WarmupCosine(2.0, 4, 12), 6, 1 + sqrt(0.5)),
        (WarmupCosine(2.0, 4, 12, 0.2), 8, 1.1),
        (WarmupCosine(2.0, 0, 12), 0, 2.0),
        (OneCycle(1.0, 10, 0.4, 0.2, 0.1), 0, 0.2),
        (OneCycle(1.0, 10, 0.4, 0.2, 0.1), 2, 0.6),
        (OneCycle(1.0, 10, 0.4, 0.2, 0.1), 4, 1.0),
        (OneCycle(1.0, 10, 0.4, 0.2, 0.1), 7, 0.55),
        (OneCycle(1.0, 10, 0.4, 0.2, 0.1), 10, 0.1),
        (OneCycle(1.0, 10, 0.4, 0.2, 0.1), 50, 0.1),
        (OneCycle(1.0, 10), 10, 4e-6),
    ],
    ids=str,
)
def test_a_schedule_is_its_formula(schedule: Schedule, time: float, rate: float) -> None:
    assert schedule(time) == pytest.approx(rate, rel=1e-13)


@EVERY_SCHEDULE
def test_a_rate_is_never_negative_nor_above_the_top(name: str) -> None:
    rates = [SCHEDULES[name](time) for time in np.linspace(0, 30, 301)]
    assert all(isinstance(rate, float) for rate in rates)
    assert min(rates) >= 0
    assert max(rates) <= 0.1 * (1 + 1e-15)
    assert max(rates) == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("name", BY_EPOCH)
def test_schedules_of_the_course_stand_still_within_an_epoch(name: str) -> None:
    schedule = SCHEDULES[name]
    for epoch in range(12):
        assert schedule(epoch) == schedule(epoch + 0.25) == schedule(epoch + 0.999)


@pytest.mark.parametrize("name", BY_EPOCH)
def test_schedules_of_the_course_never_rise(name: str) -> None:
    rates = [SCHEDULES[name](epoch) for epoch in range(40)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_schedules_have_no_jump(name: str) -> None:
    times = np.linspace(0, 15, 15_001)
    rates = np.array([SCHEDULES[name](time) for time in times])
    # Steepest is half a cosine over the shortest part, 2.5 epochs: slope 0.1 pi / 2 / 2.5.
    assert np.abs(np.diff(rates)).max() < 0.1 * pi / 2 / 2.5 * 0.001 * 1.01


@pytest.mark.parametrize(
    ("name", "top"), [("cosine", 0.0), ("warmup-cosine", 2.5), ("one-cycle", 0.4 * 12)]
)
def test_smooth_schedules_rise_to_their_top_and_fall_from_it(name: str, top: float) -> None:
    times = np.linspace(0, 12, 500)
    rates = np.array([SCHEDULES[name](time) for time in times])
    assert (np.diff(rates[times <= top]) > 0).all()
    assert (np.diff(rates[times >= top]) < 0).all()
    assert SCHEDULES[name](top) == pytest.approx(0.1, rel=1e-14)


@EVERY_SCHEDULE
def test_a_rate_is_a_function_of_its_arguments(name: str) -> None:
    losses = (3.0, 2.0, 2.5, 2.5, 2.5, 1.0)
    schedule = SCHEDULES[name]
    forward = [schedule(time, losses) for time in range(10)]
    backward = [schedule(time, losses) for time in reversed(range(10))]
    assert forward == backward[::-1]


@pytest.mark.parametrize(
    ("losses", "rate"),
    [
        ((), 8.0),
        ((5.0,), 8.0),
        ((5.0, 4.0, 3.0, 2.0, 1.0), 8.0),
        ((5.0, 5.0), 8.0),
        ((5.0, 5.0, 5.0), 4.0),
        ((5.0, 6.0, 4.4, 5.0), 8.0),
        ((5.0, 6.0, 4.4, 5.0, 5.0), 4.0),
        # counted anew after each time: two more epochs, not one
        ((5.0, 5.0, 5.0, 5.0), 4.0),
        ((5.0, 5.0, 5.0, 5.0, 5.0), 2.0),
        # a new best after the cut ends the wait
        ((5.0, 5.0, 5.0, 5.0, 4.0, 4.0), 4.0),
        # within the tolerance of 0.5 nothing is new
        ((5.0, 4.6, 4.5), 4.0),
        ((5.0, 4.6, 4.4), 8.0),
    ],
    ids=str,
)
def test_a_plateau_halves_the_rate(losses: tuple[float, ...], rate: float) -> None:
    assert ReduceOnPlateau(8.0, 0.5, patience=2, tolerance=0.5)(len(losses), losses) == rate


def test_a_loss_that_is_not_a_number_brings_no_new_best() -> None:
    losses = (5.0, float("nan"), float("nan"))
    assert ReduceOnPlateau(8.0, 0.5, patience=2)(3, losses) == 4.0


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Constant(0.0), "Constant.rate must be greater than 0, got 0.0"),
        (lambda: InverseTime(1.0, -1.0), "InverseTime.decay must be at least 0, got -1.0"),
        (lambda: Exponential(1.0, 1.0), "Exponential.decay must be in (0, 1), got 1.0"),
        (lambda: InverseRoot(-1.0), "InverseRoot.rate must be greater than 0, got -1.0"),
        (lambda: Stepped(1.0, interval=0), "Stepped.interval must be an integer of at least 1"),
        (lambda: Cosine(-1.0, 10), "Cosine.rate must be greater than 0, got -1.0"),
        (lambda: Cosine(1.0, 0), "Cosine.epochs must be greater than 0, got 0"),
        (lambda: Cosine(1.0, 5, 2.0), "Cosine.floor must be "),
        (lambda: WarmupCosine(1.0, 5, 5), "WarmupCosine.warmup must be less than epochs (5)"),
        (lambda: WarmupCosine(1.0, -1, 5), "WarmupCosine.warmup must be at least 0, got -1"),
        (lambda: WarmupCosine(1.0, 1, 5, 2.0), "WarmupCosine.floor must be "),
        (lambda: OneCycle(1.0, 10, rising=1.0), "OneCycle.rising must be in (0, 1), got 1.0"),
        (lambda: OneCycle(1.0, 10, start=0.0), "OneCycle.start must be in (0, 1), got 0.0"),
        (lambda: ReduceOnPlateau(1.0, 1.0), "ReduceOnPlateau.factor must be in (0, 1), got 1.0"),
        (lambda: ReduceOnPlateau(1.0, patience=0), "ReduceOnPlateau.patience must be an integer"),
    ],
)
def test_a_setting_outside_its_domain_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert str(caught.value).startswith(sentence)


def test_every_registered_schedule_has_a_row_in_the_tables() -> None:
    assert {type(schedule) for schedule in SCHEDULES.values()} == set(REGISTERED.values())
