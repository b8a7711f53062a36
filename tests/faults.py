"""Plant faults one at a time and see that the tests notice.

A test that cannot fail shows nothing. Each fault of ``tests/fault_list`` replaces one
piece of the source in a copy of the project; the tests it names must then fail, and
must pass without it. A fault whose text is no longer in the source is an error, which
keeps the list true.

    python tests/faults.py                    all of them
    python tests/faults.py --list             their names
    python tests/faults.py "wrong slope" ...  those whose name contains one of the words
    python tests/faults.py --tested           without the run that sees the tests pass
"""

import argparse
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from queue import Queue
from time import monotonic

from fault_list import FAULTS, Fault
from fault_runs import SECONDS, Copy, Order, Variables, copy_of_project

WORKERS = 2
VERDICTS = {0: "MISSED", 1: "caught"}


@dataclass(frozen=True)
class Result:
    """What pytest answered to one fault."""

    fault: Fault
    verdict: str
    seconds: float
    answer: str


def plant(fault: Fault, copies: "Queue[Copy]") -> Result:
    """Put one fault into a free copy, see what its tests say, and mend the copy."""
    begun = monotonic()
    copy = copies.get()
    try:
        file = copy.folder / "src" / "trainwell" / fault.file
        source = file.read_text(encoding="utf-8") if file.exists() else ""
        if (found := source.count(fault.old)) != 1:
            answer = f"the text to replace stands {found} times in {fault.file}"
            return Result(fault, "STALE", monotonic() - begun, answer)
        try:
            file.write_text(source.replace(fault.old, fault.new), encoding="utf-8")
            code, answer = copy.run(Order(fault.tests, fault.file, fault.environment))
        finally:
            file.write_text(source, encoding="utf-8")
        return Result(fault, VERDICTS.get(code, "BROKEN"), monotonic() - begun, answer)
    finally:
        copies.put(copy)


def ordered(order: Order, copies: "Queue[Copy]") -> tuple[int, str]:
    """Run tests in a free copy."""
    copy = copies.get()
    try:
        return copy.run(order)
    finally:
        copies.put(copy)


def healthy(faults: Iterable[Fault], copies: "Queue[Copy]", workers: ThreadPoolExecutor) -> bool:
    """Say whether all named tests pass while nothing is wrong."""
    named: dict[Variables, dict[str, None]] = {}
    for fault in faults:
        named.setdefault(fault.environment, {}).update(dict.fromkeys(fault.tests))
    orders = [
        Order(tuple(tests)[start::WORKERS], variables=variables, limit=10 * SECONDS)
        for variables, tests in named.items()
        for start in range(min(WORKERS, len(tests)))
    ]
    answers = list(workers.map(partial(ordered, copies=copies), orders))
    for code, answer in answers:
        if code:
            print(answer, "The named tests must pass on the unchanged source.", sep="\n")
    return not any(code for code, _ in answers)


def chosen(words: list[str]) -> list[Fault]:
    """Return the faults whose name contains one of the words; all, if there are none."""
    return [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]


def main() -> int:
    """Plant the chosen faults; 0 if all were caught, 1 if not, 2 if nothing could be tried."""
    parser = argparse.ArgumentParser(description="Plant faults and see that the tests notice.")
    parser.add_argument("words", nargs="*", help="only faults whose name contains one of these")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--tested", action="store_true", help="all tests have just passed")
    arguments = parser.parse_args()
    wanted = chosen(arguments.words)
    faults = [fault for fault in wanted if not fault.needs or find_spec(fault.needs)]
    if len(faults) < len(wanted):
        packages = sorted({fault.needs for fault in wanted if fault not in faults})
        print(f"{len(wanted) - len(faults)} left out: {', '.join(packages)} is not installed")
    if arguments.list:
        print(*(f"{fault.file}: {fault.name}" for fault in faults), sep="\n")
        return 0
    missed = 0
    with ThreadPoolExecutor(max_workers=WORKERS) as workers, ExitStack() as stack:
        copies: Queue[Copy] = Queue()
        contexts = [copy_of_project() for _ in range(WORKERS)]
        for copy in workers.map(stack.enter_context, contexts):
            copies.put(copy)
        if not faults or not (arguments.tested or healthy(faults, copies, workers)):
            return 2
        for result in workers.map(partial(plant, copies=copies), faults):
            fault = result.fault
            print(f"{result.verdict:7} {result.seconds:5.1f} s  {fault.file}: {fault.name}")
            if result.verdict != "caught":
                missed += 1
                print(result.answer[-2000:])
    print(f"{len(faults) - missed} caught, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
