"""Costs that refuse recorded arrays and complex numbers: number by number, with error bars."""

import io
import math
import sys

import numpy as np
import pytest

from trainwell.diagnosis.gradient_verdict import element_wise
from trainwell.diagnosis.gradient_verdict.calls import Calls
from trainwell.diagnosis.gradient_verdict.error_bars import compared_by_bars
from trainwell.diagnosis.gradient_verdict.parameters import Parameters
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(5)
W = {"w": RNG.normal(size=(3, 4)), "b": RNG.normal(size=3)}


def compiled(array):
    """Do as a function of a library does that takes a pointer to doubles."""
    if type(array) is not np.ndarray or array.dtype != np.float64:
        raise TypeError("double * expected")
    return math.fsum(math.sin(x) + x * x for x in array.ravel())


def opaque(p):
    return compiled(p["w"]) + compiled(p["b"])


def slopes(p):
    return {f"d{name}": np.cos(x) + 2 * x for name, x in p.items()}


def exact(p):
    return {name: np.cos(x) + 2 * x for name, x in p.items()}


def half_opaque(p):
    return np.sum(np.sin(p["w"]) + p["w"] ** 2) + compiled(np.ascontiguousarray(p["b"]))


def only_b_is_opaque(p):
    if np.iscomplexobj(p["b"]) and not np.any(p["b"].imag):
        p = p | {"b": p["b"].real.copy()}
    return half_opaque(p)


def changed(share):
    def wrong(p):
        found = slopes(p)
        found["dw"][1, 2] *= 1 + share
        return found

    return wrong


@pytest.mark.parametrize("method", ["auto", "complex", "central"])
def test_the_report_says_how_the_slopes_were_found_not_what_was_tried(method):
    report = check_gradients(opaque, slopes, W, method=method)
    assert report.ok, str(report)
    assert (report.method, report.slopes) == ("central", "ladder")
    assert "differences of your cost with an error bar, number by number" in str(report)
    assert "2 random directions by differences" in str(report)
    assert f"({report.passes:,} forward passes)" in str(report)
    assert report.as_dict()["passes"] == report.passes
    refused = "No tape: your cost refuses recorded arrays (TypeError: double * expected)."
    assert (refused in str(report)) == (method == "auto")


def test_where_some_slopes_are_complex_steps_both_are_named():
    report = check_gradients(only_b_is_opaque, slopes, W, method="complex")
    assert report.ok, str(report)
    assert report.method == "complex and central"
    assert "complex steps of your cost, and differences where it refuses them" in str(report)


@pytest.mark.parametrize(
    ("cost", "slope", "method"),
    [
        (np.sin, np.cos, "complex"),
        (lambda x: abs(x) ** 3, lambda x: 3 * x * abs(x), "ladder"),
    ],
)
def test_a_tape_is_confirmed_by_complex_steps_or_by_differences(cost, slope, method):
    report = check_gradients(
        lambda p: np.sum(cost(p["w"])), lambda p: {"dw": slope(p["w"])}, {"w": W["w"]}
    )
    assert report.ok
    assert (report.method, report.slopes, report.passes) == ("trace", method, 0)


@pytest.mark.parametrize("share", [1.0, 1e-3, 1e-5])
def test_one_wrong_number_of_an_opaque_cost_is_found(share):
    report = check_gradients(opaque, changed(share), W)
    assert report.verdict == "FAIL", str(report)
    assert np.argwhere(report["w"].wrong).tolist() == [[1, 2]]


@pytest.mark.parametrize("method", ["complex", "central"])
def test_bars_hold_and_a_tame_cost_takes_three_steps_for_most_numbers(method):
    found = element_wise.element_wise(Calls(opaque, None, Parameters.of(W), ()), method)
    for name, r in exact(W).items():
        assert (np.abs(found.gradient[name] - r) <= found.bars[name]).all()
        assert found.bars[name].max() < 1e-7
    count = sum(array.size for array in W.values())
    assert 6 * count <= found.passes < 12 * count


def test_a_rough_number_has_all_of_the_ladder():
    def bent(p):  # within a step of 2^-11 the slope of the last number is another one
        return opaque(p) + 1e3 * max(0.0, float(p["b"][2]) - W["b"][2] - 2e-4) ** 2

    found = element_wise.element_wise(Calls(bent, None, Parameters.of(W), ()), "central")
    assert np.abs(found.gradient["b"] - exact(W)["b"]).max() < 1e-7
    assert found.bars["b"].max() < 1e-7


def test_a_cost_with_steps_of_its_own_is_undecided_not_wrong():
    def rough(p):
        return opaque(p) + 1e-4 * math.floor(1e6 * float(p["w"][0, 0]))

    for grad in (slopes, changed(1e-3)):
        report = check_gradients(rough, grad, W)
        assert report.verdict == "UNDECIDED", str(report)


def test_a_tolerance_that_differences_cannot_reach_is_undecided_not_wrong():
    report = check_gradients(opaque, slopes, W, tolerance=1e-14)
    assert report.verdict == "UNDECIDED", str(report)
    assert "of its length only, and the tolerance is 1e-14" in str(report)
    assert check_gradients(opaque, changed(1e-4), W, tolerance=1e-14).verdict == "FAIL"


def test_a_long_bar_hides_nothing_beside_it():
    expected, bars = {"w": np.ones(100)}, {"w": np.full(100, 1e-12)}
    bars["w"][7] = 1e-4
    given = {"w": np.ones(100)}
    given["w"][7] += 5e-4
    assert compared_by_bars(given, expected, bars)[0]["w"].status.name == "OK"
    given["w"][8] += 1e-5
    (found,) = compared_by_bars(given, expected, bars)[0].values()
    assert (found.status.name, np.flatnonzero(found.wrong).tolist()) == ("WRONG", [8])


def test_bars_as_long_as_the_gradient_decide_nothing():
    expected, bars = {"w": np.ones((2, 3))}, {"w": np.full((2, 3), 1e-9)}
    bars["w"][1, 2] = 0.2
    (found,), reasons = (
        part if isinstance(part, tuple) else tuple(part.values())
        for part in compared_by_bars({"w": np.ones((2, 3))}, expected, bars)
    )
    assert found.status.name == "UNDECIDED"
    assert "most of all along w[1, 2]" in reasons[0]
    assert compared_by_bars({"w": 9 * np.ones((2, 3))}, expected, bars)[0]["w"].wrong[1, 2]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def at_a_terminal(monkeypatch):
    """Return what is written to; pytest exchanges it behind a fixture."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(element_wise, "_PATIENCE", 0.0)
    monkeypatch.setattr(element_wise, "_EVERY", 0.0)
    return sys.stderr


def test_on_a_terminal_the_price_and_the_time_left_are_shown_and_wiped_away(monkeypatch):
    terminal = at_a_terminal(monkeypatch)
    check_gradients(opaque, slopes, W, method="central", points=1)
    lines = terminal.getvalue().split("\r")
    assert lines[1].startswith("trainwell: measured number by number: 1 of 15, ")
    assert "forward passes, about 0 s left (Ctrl-C stops)" in lines[1]
    assert lines[-2:] == [" " * len(lines[-2]), ""]


def test_elsewhere_nothing_is_shown(capsys):
    check_gradients(opaque, slopes, W, method="central", points=1)
    assert capsys.readouterr().err == ""


def test_an_interrupt_ends_it_and_leaves_all_as_it_was(monkeypatch):
    terminal, calls = at_a_terminal(monkeypatch), 0

    def slow(p):
        nonlocal calls
        calls += 1
        if calls == 40:
            raise KeyboardInterrupt
        return opaque(p) + 0 * np.random.rand()

    state = np.random.get_state()[1].tolist()
    with pytest.raises(KeyboardInterrupt):
        check_gradients(slow, slopes, W)
    assert np.random.get_state()[1].tolist() == state
    assert terminal.getvalue().endswith(" \r")
