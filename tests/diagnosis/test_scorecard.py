"""The score card: what the gradient checker finds, names and wrongly reports."""

import json
import signal
from functools import cache
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from trainwell.cli.check_bench import bench
from trainwell.diagnosis.gradients.check import check_gradients
from trainwell.diagnosis.scorecard.alarms import HOSTILE, Alarms, alarms, hostile_point
from trainwell.diagnosis.scorecard.baselines import BASELINES, Case, on_right, why_missing
from trainwell.diagnosis.scorecard.card import PARTS, SHORT, Baseline, Card, run_card
from trainwell.diagnosis.scorecard.card_text import card_text
from trainwell.diagnosis.scorecard.judging import (
    Row,
    _names,
    judged,
    judged_pair,
    judged_real,
    judged_values,
    real_faults,
    real_programs,
)
from trainwell.diagnosis.scorecard.mutants import mutants, pairs
from trainwell.diagnosis.scorecard.parallel import carried_out
from trainwell.diagnosis.scorecard.programs import load, program, programs
from trainwell.diagnosis.scorecard.speed import BUGS, PROGRAM, Speed, speed
from trainwell.errors import ConfigurationError

FLOORS = {
    "detected": 1.0,
    "statement named": 0.95,
    "nothing else named": 0.95,
    "kind right": 0.93,
}
"""A little below what is reached, without PyTorch and JAX too: half of the faults are held out."""


@pytest.mark.long(first=True)  # compiles nothing, beside what does
def test_the_checker_is_as_good_as_it_was():
    card = run_card(300, seed=0, parts=("mutants",), processes=2)
    for name, floor in FLOORS.items():
        measure = card[name]
        total = measure.tuning_of + measure.held_out_of
        found = measure.tuning * measure.tuning_of + measure.held_out * measure.held_out_of
        assert found / total >= floor, f"{name}\n{card}"


@pytest.fixture(scope="module")
def card() -> Card:
    return run_card(8, seed=1, parts=("mutants", "alarms"), processes=1)


def test_right_code_is_not_called_wrong(card):
    for name in ("false alarms, ordinary", "undecided, ordinary", "exceptions, ordinary"):
        assert card[name].tuning == card[name].held_out == 0, f"{name}\n{card}"


def test_the_card_shows_both_sets_beside_the_targets(card):
    heading, columns, *lines = [line for line in card_text(card).splitlines() if line]
    assert heading.startswith("SCORE CARD")
    assert columns.split() == ["tuning", "held-out", "target"]
    assert len([line for line in lines if line.startswith("detected")]) == 1
    assert ">= 97 %" in next(line for line in lines if line.startswith("statement named"))


def test_nothing_of_a_held_out_program_is_shown(card):
    shown = card_text(card, most=10_000) + json.dumps(card.as_dict(), allow_nan=False)
    names = [each.name for each in programs(held_out=True)]
    assert names
    assert not [name for name in names if name in shown]
    assert all(not row.said for row in card.mutants if row.held_out)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('grads["b"][i]', {'grads["b"]'}),
        ("grads['b']", {'grads["b"]'}),
        ("self.dW[k]", {"dW"}),
        ("(dW, g['b'])", {"dW", 'g["b"]'}),
    ],
)
def test_targets_have_keys_and_no_indices(text, names):
    assert _names(text) == names


def test_an_unknown_measure_is_refused(card):
    with pytest.raises(ConfigurationError, match="did you mean 'detected'"):
        card["detectd"]


def test_a_part_alone_is_measured_alone(monkeypatch):
    some = real_programs()[::12]
    monkeypatch.setattr("trainwell.diagnosis.scorecard.card.real_programs", lambda: some)
    found = run_card(1, parts=("real",), processes=2)
    assert not found.mutants
    assert len(found.real) == sum(len(real_faults(each.name)) for each in some)
    assert found["in the wild: detected"].tuning == 1
    assert found["in the wild: named"].tuning >= 0.8
    assert set(SHORT) < set(PARTS)


def test_many_faults_are_known_from_the_wild():
    assert sum(len(real_faults(each.name)) for each in real_programs()) >= 30


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mutants": 0}, "run_card.mutants must be at least 1"),
        ({"processes": 0}, "run_card.processes must be at least 1"),
        ({"parts": ("sped",)}, "did you mean 'speed'"),
    ],
)
def test_a_senseless_card_is_refused(settings, message):
    with pytest.raises(ConfigurationError, match=message):
        run_card(**settings)


@cache
def planted():
    return mutants(program("course"), 0)


def doubled():
    """Return a mutant with a plain factor in a statement of its own."""
    return next(each for each in planted() if each.operator == "scale-4" and each.target == "dW2")


def test_a_planted_factor_is_named():
    row = judged(doubled())
    assert row.detected
    assert row.named
    assert row.alone
    assert row.first
    assert row.right
    assert f"line {row.line} factor" in row.said


def test_gradients_without_their_code_are_named_by_array():
    row = judged_values(doubled())
    assert row.named
    assert row.alone
    assert row.first
    assert "line" not in row.said


def test_what_the_first_call_does_not_show_is_not_asked_of_values():
    hidden = next(each for each in planted() if each.calls == 2)
    assert judged_values(hidden) is None


def test_what_is_smaller_than_a_millionth_is_not_asked_of_values():
    narrow = [each for each in planted() if each.operator == "float32"]
    assert narrow
    assert [judged_values(each) for each in narrow] == [None] * len(narrow)
    assert all(judged(each).detected for each in narrow[:2])
    smallest = next(each for each in planted() if each.operator == "ladder-1e-5")
    assert judged_values(smallest).detected


def test_of_two_faults_both_have_to_be_named():
    found = [judged_pair(pair) for pair in pairs(program("course"), 3, 0)]
    assert all(row.detected and " & " in row.fault for row in found)


def test_an_exception_of_the_checker_is_counted_as_not_detected(monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("of the checker")

    monkeypatch.setattr("trainwell.diagnosis.scorecard.judging.check_gradients", broken)
    row = judged(doubled())
    assert not row.detected
    assert row.error == "ZeroDivisionError: of the checker"


@pytest.mark.parametrize("name", [each.name for each in real_programs()])
def test_a_program_of_the_wild_is_right_without_its_faults(name):
    right = program(name)
    namespace = load(right.source, right.file)
    params, data = namespace["case"](0)
    numbers = namespace["HYPER"]
    report = check_gradients(
        namespace["cost"], namespace["grad"], params, data, hyperparams=numbers
    )
    assert report.verdict == "PASS"


def test_an_unknown_fault_is_refused():
    with pytest.raises(ConfigurationError, match="did you mean 'leaky_slope_not_used'"):
        judged_real("real_activations", "leaky_slope_not_use")


@pytest.mark.parametrize("sort", HOSTILE)
def test_a_hostile_point_leaves_the_shapes_and_is_repeatable(sort):
    right = program("course")
    plain, _ = load(right.source, right.file)["case"](3)
    params, data = hostile_point(right, sort, 3)
    again, _ = hostile_point(right, sort, 3)
    assert all(params[name].shape == plain[name].shape for name in plain)
    assert all(np.array_equal(params[name], again[name]) for name in plain)
    assert any(
        params[name].dtype != plain[name].dtype or not np.array_equal(params[name], plain[name])
        for name in plain
    )
    assert np.shape(data[0]) == (4, 7)


def test_exact_kinks_are_units_without_input():
    params, (inputs, _) = hostile_point(program("course"), "exact kinks", 0)
    hidden = params["W1"] @ inputs + params["b1"]
    assert (hidden[:, 0] == 0).all()
    assert (hidden[:, 1:] != 0).all()


def test_alarms_count_every_point():
    found = alarms("course", "saturation, 10 to 50 times", range(6))
    assert found.checks + found.left_out == 6


def test_the_others_pass_a_right_program():
    answers = on_right("course_l2", 0)
    assert [each.name for each in answers] == [n for n in BASELINES if not why_missing(n)]
    assert not [each.name for each in answers if each.wrong]


@pytest.mark.parametrize("name", [each for each in BASELINES if not why_missing(each)])
def test_each_of_the_others_sees_a_doubled_gradient(name):
    mutant = doubled()
    namespace = mutant.load()
    assert BASELINES[name](Case(namespace, *namespace["case"](0)))


def test_the_bugs_to_be_timed_stand_in_the_program():
    source = program(PROGRAM).source
    assert all(source.count(old) == 1 for old in BUGS)


def test_times_of_the_course_network():
    found = speed((4, 5, 3, 1), repeats=1)
    assert (found.parameters, found.examples) == (47, 3)
    assert found.named
    assert found.measured
    assert min(found.forward, found.passed, found.failed, found.loop) > 0


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_tasks(processes):
    heard = []
    tasks = [(divmod, (number, 3)) for number in range(5)]
    found = carried_out("dividing", tasks, processes, lambda *told: heard.append(told))
    assert found == [divmod(number, 3) for number in range(5)]
    assert heard[-1] == ("dividing", 5, 5)


def test_the_exception_of_a_task_is_raised():
    with pytest.raises(ZeroDivisionError):
        carried_out("dividing", [(divmod, (1, 0)), (divmod, (1, 1))], 2)


def test_an_exception_ends_the_tasks_that_are_still_at_work(tmp_path):
    mark = tmp_path / "at the end"
    later = f"import time, pathlib; time.sleep(4); pathlib.Path({str(mark)!r}).touch()"
    with pytest.raises(ZeroDivisionError):
        carried_out("waiting", [(divmod, (1, 0)), (exec, (later,))], 2)
    assert not mark.exists()
    assert active_children() == []


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals have no masks here")
def test_an_interrupt_does_not_reach_the_processes_but_this_one():
    tasks = [(signal.pthread_sigmask, (signal.SIG_BLOCK, ()))] * 2
    assert all(signal.SIGINT in mask for mask in carried_out("asking", tasks, 2))
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_the_programs_are_part_of_the_package():
    assert {Path(each.file).parent.name for each in programs()} == {"gradient_corpus"}


FABRICATED = Card(
    seed=3,
    mutants=(
        Row("course", False, "sign", ("sign",), 7, True, True, True, True, True, 0.1, 20.0),
        Row(
            "course",
            False,
            "zero",
            ("zero",),
            9,
            True,
            False,
            False,
            False,
            False,
            0.1,
            20.0,
            "db1 line 3 factor: is twice the right one",
        ),
        Row("secret", True, "copied", ("copied",), 5, False, False, False, False, False, 0.1, 0.0),
    ),
    alarms=(
        Alarms("course", False, "float32", 10, undecided=(4,)),
        Alarms("secret", True, "float32", 10, failed=(2, 3)),
    ),
    speeds=(
        Speed((4, 5, 3, 1), 47, 3, 2e-5, 4e-4, 2e-3, True, 2e-3, True),
        Speed((784, 512, 512, 10), 669_706, 128, 4e-3, 0.08, 0.4, True, 5358.0, False),
    ),
    baselines=(
        Baseline("others", "", 0.5, None, 0.08, 0.25),
        Baseline("absent", "absent is not installed"),
    ),
    notes=("left out: something (for a reason)",),
    seconds=61.0,
)


def test_the_text_says_what_is_wrong_and_where():
    text = card_text(FABRICATED)
    assert "SCORE CARD of the gradient checker: 3 planted faults, seed 3, 61 s" in text
    assert "course line 9, zero (zero), not named: db1 line 3 factor: is twice" in text
    assert "in held-out programs, 1: copied 1" in text
    assert "Right programs, float32, failed: held-out programs 2" in text
    assert "Right programs, float32, undecided: course 1 (seed 4, ...)" in text
    assert "2 / 10" in next(line for line in text.splitlines() if "false alarms, hostile" in line)
    assert "secret" not in text


def test_the_text_shows_times_and_what_others_say():
    text = card_text(FABRICATED)
    small, large = (line for line in text.splitlines() if line.startswith(("4-5", "784-")))
    assert " ".join(small.split()) == "4-5-3-1 47 3 20 us 400 us 20 2 ms 100 2 ms 5.0 x"
    assert " ".join(large.split()).endswith("80 ms 20 400 ms 100 5,358 s * 66,975.0 x")
    assert "skipped: absent is not installed" in text
    assert "50.0 %" in next(line for line in text.splitlines() if line.startswith("others"))
    assert text.endswith("Note: left out: something (for a reason).")


def test_a_long_list_of_wrong_cases_is_cut():
    assert "... and 1 more" in card_text(FABRICATED, most=0)


def test_what_is_not_measured_is_not_shown():
    text = card_text(Card(seed=0))
    assert "people use today" not in text
    assert "one thread" not in text


@pytest.mark.parametrize("json_asked", [False, True])
def test_the_command_line_prints_the_card(monkeypatch, capsys, json_asked):
    monkeypatch.setattr("trainwell.diagnosis.scorecard.card.run_card", lambda *_, **__: FABRICATED)
    bench(300, 3, json=json_asked, quiet=False)
    printed = capsys.readouterr().out
    assert "secret" not in printed
    if json_asked:
        assert json.loads(printed)["wrong"]["mutants"][0]["line"] == 9
    else:
        assert printed.rstrip("\n") == str(FABRICATED)


def test_a_card_that_is_stopped_says_so(monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("trainwell.diagnosis.scorecard.card.run_card", stopped)
    with pytest.raises(KeyboardInterrupt):
        bench(None, 3, json=False, quiet=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Stopped: ")
