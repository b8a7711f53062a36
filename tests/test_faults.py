"""The list of planted faults is true, and what plants them can tell caught from missed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from queue import Queue

import pytest
from fault_list import FAULTS, Fault
from fault_runs import ROOT, Copy, copy_of_project
from faults import plant

TESTS = ("tests/test_randomness.py::test_the_hash_is_lowbias32_of_a_weyl_sequence",)


def test_a_fault_replaces_text_that_stands_once_in_the_source() -> None:
    files = {fault.file for fault in FAULTS}
    source = {f: (ROOT / "src" / "trainwell" / f).read_text(encoding="utf-8") for f in files}
    stale = [f"{f.file}: {f.name}" for f in FAULTS if source[f.file].count(f.old) != 1]
    assert not stale
    assert not [fault.name for fault in FAULTS if fault.new == fault.old]


def test_a_fault_names_tests_that_exist() -> None:
    assert all(fault.tests for fault in FAULTS)
    files = {test.partition("::")[0] for fault in FAULTS for test in fault.tests}
    assert not [file for file in files if not (ROOT / file).is_file()]


def test_no_fault_is_counted_twice() -> None:
    changes = Counter((fault.file, fault.old, fault.new, fault.tests) for fault in FAULTS)
    names = Counter((fault.file, fault.name) for fault in FAULTS)
    assert [same for same, count in (changes + names).items() if count > 1] == []


@pytest.fixture(scope="module")
def copies() -> Iterator["Queue[Copy]"]:
    with copy_of_project() as copy:
        copies: Queue[Copy] = Queue()
        copies.put(copy)
        yield copies


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        ("np.uint32(14)", "caught"),
        ("np.uint32(15 + 0)", "MISSED"),
        ("np.uint32(15", "BROKEN"),
    ],
)
def test_a_planted_fault_is_judged_by_the_tests_it_names(
    new: str, verdict: str, copies: "Queue[Copy]"
) -> None:
    fault = Fault("another shift", "randomness.py", "np.uint32(15)", new, TESTS)
    assert plant(fault, copies).verdict == verdict


def test_a_fault_whose_text_is_gone_is_stale(copies: "Queue[Copy]") -> None:
    fault = Fault("gone", "randomness.py", "no such text", "", TESTS)
    assert plant(fault, copies).verdict == "STALE"


def test_what_imports_a_changed_module_is_imported_anew(copies: "Queue[Copy]") -> None:
    same = ("tests/diagnosis/test_gradient_forms.py::test_forms_of_errors_are_told_apart",)
    deep = "diagnosis/gradient_localisation/signatures.py"
    source = (ROOT / "src" / "trainwell" / deep).read_text(encoding="utf-8")
    first = source.splitlines()[0]
    broken = Fault("no module any more", deep, first, "raise RuntimeError", same)
    assert plant(broken, copies).verdict == "BROKEN"
    assert plant(replace(broken, new=first.upper()), copies).verdict == "MISSED"
