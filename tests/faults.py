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
import compileall
import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import Queue
from time import monotonic
from uuid import uuid4

from fault_list import FAULTS, Fault

ROOT = Path(__file__).parents[1]
COPIED = ("src", "tests", "pyproject.toml")
SECONDS = 180
WORKERS = 2
OPTIONS = "--import-mode=importlib"  # one process, no plugins
PYTEST = ("-x", "-q", "--tb=native", "-p", "no:cacheprovider", "-o", f"addopts={OPTIONS}")
PRELOADED = (
    *("pytest", "hypothesis", "numpy", "scipy.optimize", "scipy.special", "scipy.stats"),
    *("sklearn.linear_model", "sklearn.utils.estimator_checks", "matplotlib.figure"),
    *("narwhals", "numba.core.registry", "polars", "rich.console", "safetensors", "typer"),
    "__main__",  # this file and its list
)
"""Imported once: each run begins as a fork of a process that has them, a second sooner."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a third of the time; no random order
}
VERDICTS = {0: "MISSED", 1: "caught"}

Variables = tuple[tuple[str, str], ...]

FORKS = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")


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
                ignored = shutil.ignore_patterns("*.pyc", "*.egg-info")
                shutil.copytree(ROOT / name, copy / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, copy / name)
        yield copy


def compiled(copy: Path) -> None:
    """Compile the modules of a copy, each with the hash of its source.

    A module that is not as it was compiled, since a fault was planted or mended, is then
    compiled anew, however soon after the last time it was changed.
    """
    by_hash = PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(copy / "src", quiet=2, workers=WORKERS, invalidation_mode=by_hash)


def run_tests(
    copy: Path,
    tests: Iterable[str],
    variables: Variables = (),
    limit: int = SECONDS,
) -> tuple[int, str]:
    """Run the named tests against the copy; return pytest's exit code and its answer."""
    answer = copy.with_name(f"answer-{uuid4().hex}")
    process = FORKS.Process(target=begin, args=(str(copy), str(answer), list(tests), variables))
    process.start()
    process.join(limit)
    if process.exitcode is None:
        process.kill()
        process.join()
        return -1, f"no answer in {limit} s"
    # Two threads that look at one process at once may read 255 for what it really ended with.
    told = Path(f"{answer}.code")
    code = int(told.read_text(encoding="utf-8")) if told.exists() else process.exitcode
    return code, answer.read_text(encoding="utf-8") if answer.exists() else ""


def begin(copy: str, answer: str, tests: list[str], variables: Variables) -> None:
    """Be the process of one run: everything it says goes to a file."""
    os.chdir(copy)
    os.environ.update({**ENVIRONMENT, **dict(variables), "PYTHONPATH": f"{copy}/src"})
    gc.freeze()  # a fork that looks through what it was given copies it
    # What the source of the copy imports must be its own, not what is installed.
    sys.path.insert(0, f"{copy}/src")
    said = os.open(answer, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(said, stream)
    import pytest
    from numba.core import config

    config.reload_config()  # it was imported before the variables of this run were set
    doctests = ["--doctest-modules"] if any(test.startswith("src/") for test in tests) else []
    # A folder of its own for what tests write: pytest would tidy up the old ones each time.
    code = pytest.main([*PYTEST, *doctests, f"--basetemp={answer}.files", *tests])
    sys.stdout.flush()
    Path(f"{answer}.code").write_text(str(int(code)), encoding="utf-8")
    os._exit(int(code))


def plant(fault: Fault, copies: "Queue[Path]") -> Result:
    """Put one fault into a free copy, see what its tests say, and mend the copy."""
    begun = monotonic()
    copy = copies.get()
    try:
        file = copy / "src" / "trainwell" / fault.file
        source = file.read_text(encoding="utf-8") if file.exists() else ""
        if (found := source.count(fault.old)) != 1:
            answer = f"the text to replace stands {found} times in {fault.file}"
            return Result(fault, "STALE", monotonic() - begun, answer)
        try:
            file.write_text(source.replace(fault.old, fault.new), encoding="utf-8")
            code, answer = run_tests(copy, fault.tests, fault.environment)
        finally:
            file.write_text(source, encoding="utf-8")
        return Result(fault, VERDICTS.get(code, "BROKEN"), monotonic() - begun, answer)
    finally:
        copies.put(copy)


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
    parser.add_argument("--tested", action="store_true", help="all tests have just passed")
    arguments = parser.parse_args()
    faults = chosen(arguments.words)
    if arguments.list:
        print(*(f"{fault.file}: {fault.name}" for fault in faults), sep="\n")
        return 0
    missed = 0
    os.environ.update(ENVIRONMENT)
    FORKS.set_forkserver_preload(list(PRELOADED))
    with ThreadPoolExecutor(max_workers=WORKERS) as workers, ExitStack() as stack:
        if not faults or not (arguments.tested or healthy(faults, workers)):
            return 2
        copies: Queue[Path] = Queue()
        for _ in range(WORKERS):
            copy = stack.enter_context(copy_of_project())
            compiled(copy)
            copies.put(copy)
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
