"""Plant faults one at a time and see that the tests notice.

A test that cannot fail shows nothing. Each fault of ``tests/fault_list`` replaces one
piece of the source in a copy of the project; the tests it names must then fail, and
must pass without it. A fault whose text is no longer in the source is an error, which
keeps the list true.

    python tests/faults.py                    all of them
    python tests/faults.py --list             their names
    python tests/faults.py "wrong slope" ...  those whose name contains one of the words
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from fault_list import FAULTS, Fault

ROOT = Path(__file__).parents[1]
COPIED = ("src", "tests", "pyproject.toml")
SECONDS = 180
WORKERS = 2
OPTIONS = "--import-mode=importlib --doctest-modules"  # one process, no plugins
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", f"addopts={OPTIONS}")
VERDICTS = {0: "MISSED", 1: "caught"}

Variables = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Result:
    """What pytest answered to one fault."""

    fault: Fault
    verdict: str
    seconds: float
    answer: str


@contextmanager
def copy_of_project() -> Iterator[Path]:
    """Give a copy of the source and the tests, away from the reference files."""
    with tempfile.TemporaryDirectory(prefix="trainwell-faults-") as folder:
        copy = Path(folder) / "project"
        copy.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(ROOT / name, copy / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, copy / name)
        yield copy


def run_tests(
    copy: Path,
    tests: Iterable[str],
    variables: Variables = (),
    limit: int = SECONDS,
) -> tuple[int, str]:
    """Run the named tests against the copy; return pytest's exit code and its answer."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a third of the time; no random order
        "PYTHONPATH": str(copy / "src"),
        **dict(variables),
    }
    command = [sys.executable, *PYTEST, *tests]
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1, f"no answer in {limit} s"
    return done.returncode, done.stdout + done.stderr


def plant(fault: Fault) -> Result:
    """Put one fault into a copy and see what its tests say."""
    begun = monotonic()
    with copy_of_project() as copy:
        file = copy / "src" / "trainwell" / fault.file
        source = file.read_text(encoding="utf-8") if file.exists() else ""
        if (found := source.count(fault.old)) != 1:
            answer = f"the text to replace stands {found} times in {fault.file}"
            return Result(fault, "STALE", monotonic() - begun, answer)
        file.write_text(source.replace(fault.old, fault.new), encoding="utf-8")
        code, answer = run_tests(copy, fault.tests, fault.environment)
    return Result(fault, VERDICTS.get(code, "BROKEN"), monotonic() - begun, answer)


def healthy(faults: Iterable[Fault], workers: ThreadPoolExecutor) -> bool:
    """Say whether all named tests pass while nothing is wrong."""
    named: dict[Variables, dict[str, None]] = {}
    for fault in faults:
        named.setdefault(fault.environment, {}).update(dict.fromkeys(fault.tests))
    shares = [
        (tuple(tests)[start::WORKERS], variables)
        for variables, tests in named.items()
        for start in range(min(WORKERS, len(tests)))
    ]
    with copy_of_project() as copy:
        answers = list(
            workers.map(lambda share: run_tests(copy, *share, limit=10 * SECONDS), shares)
        )
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
    arguments = parser.parse_args()
    faults = chosen(arguments.words)
    if arguments.list:
        print(*(f"{fault.file}: {fault.name}" for fault in faults), sep="\n")
        return 0
    missed = 0
    with ThreadPoolExecutor(max_workers=WORKERS) as workers:
        if not faults or not healthy(faults, workers):
            return 2
        for result in workers.map(plant, faults):
            fault = result.fault
            print(f"{result.verdict:7} {result.seconds:5.1f} s  {fault.file}: {fault.name}")
            if result.verdict != "caught":
                missed += 1
                print(result.answer[-2000:])
    print(f"{len(faults) - missed} caught, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
