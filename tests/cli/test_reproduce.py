import json
from dataclasses import replace
from io import StringIO
from math import inf, nan
from pathlib import Path

import pytest
from course.reproduced import FOOTBALL, RESULTS, functions, short_field, whole
from rich.console import Console

from trainwell.cli import reproduce as command
from trainwell.course import reproduction, reproduction_page
from trainwell.course.reproduction import CASES, find_football


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Give an empty working folder, and no football data in the usual places."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAINWELL_FOOTBALL", raising=False)
    return tmp_path


@pytest.fixture
def given(monkeypatch):
    """Return what makes the command find given results, and count its runs."""

    def give(results, page="<!DOCTYPE html>"):
        runs = []

        def run(football=None, _engine=None):
            runs.append(football)
            yield from results

        monkeypatch.setattr(reproduction, "reproduce", run)
        if page:
            monkeypatch.setattr(reproduction_page, "reproduction_page", lambda *_: page)
        return runs

    return give


def changed(case, quantity, number, value, *, computed=False):
    """Return the results of a whole run with one number changed, in print or as computed."""
    results = []
    for result in RESULTS:
        comparisons = []
        for comparison in result.comparisons:
            published = comparison.published
            if (published.case, published.quantity) == (case, quantity):
                values = list(comparison.computed if computed else published.values)
                values[number] = value
                changes = (
                    {"computed": tuple(values)}
                    if computed
                    else {"published": replace(published, values=tuple(values))}
                )
                comparisons.append(replace(comparison, **changes))
            else:
                comparisons.append(comparison)
        results.append(replace(result, comparisons=tuple(comparisons)))
    assert tuple(results) != RESULTS
    return results


def counted(results):
    """Return how many quantities and how many numbers were compared."""
    comparisons = [comparison for result in results for comparison in result.comparisons]
    return len(comparisons), sum(len(comparison.computed) for comparison in comparisons)


def test_a_whole_run_is_all_green():
    run = whole()
    heading, *lines = run.out.splitlines()
    rows = [line for line in lines if ": needs" not in line]
    assert run.code == 0
    assert heading.split() == list(reproduction_page.COLUMNS)
    assert {"published", "computed", "difference", "tolerance"} < set(heading.split())
    assert len(rows) == counted(run.results)[0]
    assert all(row.endswith("  ok") for row in rows)
    for case in CASES:
        assert any(line.startswith(case) for line in lines), case


def test_messages_go_to_standard_error_and_results_to_standard_output():
    run = whole()
    quantities, numbers = counted(run.results)
    message = f"{numbers:,} published numbers in {quantities} quantities: all within tolerance."
    assert message in run.err
    assert "Pictures: reproduction.html" in run.err
    assert "Pictures" not in run.out
    assert "published numbers" not in run.out


def test_the_page_says_what_the_command_says():
    run = whole()
    quantities, numbers = counted(run.results)
    assert f"{numbers:,} published numbers in {quantities} quantities." in run.page
    assert run.page.count("✓ within") == quantities
    assert "✗ off" not in run.page


@pytest.mark.parametrize(
    ("case", "quantity", "number", "value"),
    [
        ("cost with L2", "cost", 0, 1.79),
        ("circles, large random", "cost", 0, 1773.5859549373833),
        ("circles, large random", "cost", 1, 0.50000002),
        ("circles, large random", "test predictions", 1, 1.0),
        ("football, L2", "test accuracy", 0, 0.93000002),
    ],
)
def test_one_changed_number_in_print_is_called_off_and_is_the_exit_code(
    case, quantity, number, value, given, call
):
    given(changed(case, quantity, number, value))
    answer = call("reproduce")
    off = [line for line in answer.out.splitlines() if line.endswith("  OFF")]
    assert answer.code == 1
    assert len(off) == 1
    assert off[0].startswith(f"{case}  ")
    assert quantity in off[0]
    assert f"{value:.12g}" in off[0]
    assert "6 published numbers in 4 quantities: 1 of them off." in answer.err
    assert Path("reproduction.html").exists()


@pytest.mark.parametrize("value", [nan, inf, -inf, 0.0])
def test_a_broken_computation_is_off_in_every_form(value, given, call):
    given(changed("circles, large random", "cost", 1, value, computed=True))
    assert call("reproduce", "--quiet").code == 1
    answer = call("reproduce", "--json")
    (row,) = [row for row in json.loads(answer.out)["quantities"] if not row["within"]]
    assert answer.code == 1
    assert (row["experiment"], row["quantity"]) == ("circles, large random", "cost")
    assert float(row["computed"][1]) == pytest.approx(value, nan_ok=True)


def refused(word):
    raise ValueError(word)


def test_the_json_form_holds_every_number(given, call):
    given(RESULTS)
    answer = call("reproduce", "--json", "--out", "page.html")
    document = json.loads(answer.out, parse_constant=refused)
    assert answer.code == 0
    assert document["page"] == "page.html"
    assert "TRAINWELL_FOOTBALL" in document["football"]
    comparisons = [c for result in RESULTS for c in result.comparisons]
    for row, comparison in zip(document["quantities"], comparisons, strict=True):
        assert row["experiment"] == comparison.published.case
        assert row["quantity"] == comparison.published.quantity
        assert tuple(map(float, row["published"])) == comparison.published.values
        assert tuple(map(float, row["computed"])) == comparison.computed
        assert row["difference"] == comparison.difference
        assert row["tolerance"] == comparison.published.tolerance
        assert row["within"] is True


def test_quiet_leaves_the_table_and_drops_the_messages(given, call):
    given(RESULTS)
    answer = call("reproduce", "-q")
    assert answer.err == ""
    assert answer.out == call("reproduce").out
    assert len(answer.out.splitlines()) == 5


def test_without_the_data_the_rows_say_how_to_get_them_and_nothing_is_off(given, call):
    runs = given((*functions(), *RESULTS[:2], *short_field()), page=None)
    answer = call("reproduce")
    rows = [line for line in answer.out.splitlines() if line.startswith("football")]
    assert answer.code == 0
    assert runs == [None]
    assert len(rows) == 3
    for row, name in zip(rows, ("no regularisation", "L2", "dropout"), strict=True):
        assert row.startswith(f"football, {name}: needs data.mat of the course's")
        assert "--football data.mat" in row
        assert "synthetic field" in row
    assert "TRAINWELL_FOOTBALL" in answer.err
    page = Path("reproduction.html").read_text(encoding="utf-8")
    assert "synthetic field, for which nothing was published" in page
    assert "Decision boundaries of football, no regularisation, football, L2" in page


def test_the_data_are_read_from_the_path(given, call, shared):
    runs = given(RESULTS)
    assert call("reproduce", "--football", str(shared / "data" / "football.mat")).code == 0
    (football,) = runs
    training, test = find_football(FOOTBALL)[0]
    assert (football[0].x == training.x).all()
    assert (football[1].x == test.x).all()


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "nothing"])
def test_data_that_cannot_be_used_end_the_command_before_it_computes(kind, given, call, place):
    path = place / "data.mat"
    if kind == "folder":
        path.mkdir()
    elif kind in {"empty", "text"}:
        path.write_bytes(b"" if kind == "empty" else b"x,y\n1,2\n" * 40)
    runs = given(RESULTS)
    name = "" if kind == "nothing" else "data.mat"
    answer = call("reproduce", "--football", name)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(f"trainwell: {name or '.'}: ")
    assert answer.err.count("\n") == 1
    assert not runs
    assert not Path("reproduction.html").exists()


@pytest.mark.parametrize("out", ["", ".", "folder", "nowhere/page.html", "file/page.html"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_computed(
    out, given, call, place
):
    (place / "folder").mkdir()
    (place / "file").write_text("kept", encoding="utf-8")
    runs = given(RESULTS)
    answer = call("reproduce", "--out", out)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(f"trainwell: {out or '.'}: could not be written (")
    assert answer.err.count("\n") == 1
    assert not runs
    assert sorted(path.name for path in place.iterdir()) == ["file", "folder"]
    assert (place / "file").read_text(encoding="utf-8") == "kept"


def test_the_data_are_not_replaced_by_the_page(given, call, place):
    (place / "data.mat").write_text("kept", encoding="utf-8")
    runs = given(RESULTS)
    answer = call("reproduce", "--football", "data.mat", "--out", "./data.mat")
    assert answer.code == 2
    assert "it would replace the data that are read" in answer.err
    assert not runs
    assert (place / "data.mat").read_text(encoding="utf-8") == "kept"


def test_a_device_is_not_replaced_by_a_page(given, call):
    runs = given(RESULTS)
    answer = call("reproduce", "--out", "/dev/null")
    assert answer.code == 2
    assert "/dev/null" in answer.err
    assert not runs


def test_an_older_page_stays_until_the_new_one_is_whole(given, call, place):
    page = place / "reproduction.html"
    page.write_text("old", encoding="utf-8")
    given(RESULTS, page="new")
    assert call("reproduce", "--football", "nowhere.mat").code == 2
    assert page.read_text(encoding="utf-8") == "old"
    assert call("reproduce").code == 0
    assert page.read_text(encoding="utf-8") == "new"
    assert [path.name for path in place.iterdir()] == ["reproduction.html"]


@pytest.mark.parametrize("flag", ["--footbal", "--json=1", "more"])
def test_an_unknown_word_is_one_sentence(flag, call):
    answer = call("reproduce", flag)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1


def test_a_terminal_is_told_which_experiment_is_at_work(monkeypatch):
    told = []

    class Terminal(Console):
        """A console that keeps what it is asked to show."""

        def status(self, text):
            status = super().status(text)
            monkeypatch.setattr(status, "update", told.append)
            return status

    terminal = Terminal(file=StringIO(), force_terminal=True)
    monkeypatch.setattr(command, "messages", lambda: terminal)
    monkeypatch.setattr(reproduction, "reproduce", lambda *_: iter(CASES))
    assert command._run(None, None, quiet=False) == list(CASES)
    assert told == [f"{n} of {len(CASES)}: {case}" for n, case in enumerate(CASES, start=1)]
    told.clear()
    assert command._run(None, None, quiet=True) == list(CASES)
    assert not told


def test_an_unknown_engine_is_refused_before_anything_is_computed(given, call):
    given(())
    code, out, err = call("reproduce", "--engine", "turbo")
    assert code == 2
    assert not out
    assert "--engine must be one of auto, compiled, reference, got 'turbo'" in err


def test_a_result_that_was_excepted_says_why(given, call):
    given((reproduction.Result("football, dropout", (), excepted="its masks are others"),))
    code, out, _ = call("reproduce", "--engine", "compiled")
    assert code == 0
    assert "football, dropout: not compared: its masks are others" in out
    _, out, _ = call("reproduce", "--json", "--engine", "compiled")
    assert json.loads(out)["excepted"] == {"football, dropout": "its masks are others"}
