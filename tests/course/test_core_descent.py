"""The course's trainings, carried out by the engines of the core."""

import numpy as np
import pytest
from course.reproduced import SHORT

from trainwell.course import initialization, regularization, reproduction
from trainwell.course.core_descent import descend_in_core
from trainwell.course.datasets import course_arrays
from trainwell.course.descent import finished
from trainwell.data.toys import make_circles, make_football_field

CIRCLES = make_circles(300, noise=0.05, seed=1)
FIELD = make_football_field(211, 0.1, seed=0)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_an_engine_descends_as_the_course_does(engine):
    X, Y = course_arrays(CIRCLES)
    records = initialization.iterations(X, Y, num_iterations=SHORT, initialization="he")
    expected = finished(records)
    found = descend_in_core(
        initialization.INITIALIZATIONS["he"]([2, 10, 5, 1]),
        CIRCLES,
        engine=engine,
        learning_rate=0.01,
        iterations=SHORT,
        every=1000,
    )
    np.testing.assert_allclose(found.costs, expected.costs, rtol=0, atol=1e-12)
    assert found.final_cost == pytest.approx(expected.final_cost, abs=1e-12)
    assert list(found.parameters) == list(expected.parameters)
    for name, array in expected.parameters.items():
        np.testing.assert_allclose(found.parameters[name], array, rtol=0, atol=1e-11)


def test_the_penalty_of_the_core_is_the_course_s():
    X, Y = course_arrays(FIELD)
    expected = finished(regularization.iterations(X, Y, num_iterations=SHORT, lambd=0.7))
    found = descend_in_core(
        regularization.initialize_parameters([2, 20, 3, 1]),
        FIELD,
        engine="compiled",
        learning_rate=0.3,
        iterations=SHORT,
        every=1000,
        lambd=0.7,
    )
    np.testing.assert_allclose(found.costs, expected.costs, rtol=0, atol=1e-11)


def test_what_an_engine_cannot_be_held_to_says_why(monkeypatch):
    monkeypatch.setattr(
        reproduction,
        "_in_core",
        lambda *_: finished(
            initialization.iterations(
                *course_arrays(CIRCLES), num_iterations=1000, initialization="zeros"
            )
        ),
    )
    monkeypatch.setattr(
        regularization,
        "iterations",
        lambda X, Y, **_: initialization.iterations(X, Y, num_iterations=1000),
    )
    monkeypatch.setattr(reproduction, "_FUNCTIONS", {})
    monkeypatch.setattr(reproduction, "_compared", lambda *_: ("compared",))
    results = {result.case: result for result in reproduction.reproduce(engine="compiled")}
    assert results["circles, large random"].excepted == reproduction.CHAOTIC
    assert results["football, dropout"].excepted == reproduction.LEGACY_MASKS
    assert not results["circles, large random"].comparisons
    assert results["circles, He"].comparisons == ("compared",)
    assert not results["circles, He"].excepted
