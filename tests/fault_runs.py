"""Run tests against a copy of the project, each time in a fork of a process that imported it.

Most of a short run is imports. The process that stands by a copy has imported the library
as it is; a fork of it forgets the module that was changed, with all that imports it, and
runs the tests on the rest.
"""

import compileall
import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

import grimp
import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).parents[1]
COPIED = ("src", "tests", "pyproject.toml")
SECONDS = 180
OPTIONS = "--import-mode=importlib"  # one process, no plugins
UNUSED = (
    *("cacheprovider", "debugging", "faulthandler", "junitxml", "legacypath"),
    *("logging", "pastebin", "setuponly", "setupplan", "stepwise"),
)
"""Parts of pytest that no test needs: to begin with them takes a seventh of a short run."""

PYTEST = (
    *("-x", "-q", "--tb=native", "--assert=plain", "-o", f"addopts={OPTIONS}"),
    *(f"-pno:{name}" for name in UNUSED),
)
PRELOADED = (
    *("pytest", "hypothesis", "numpy", "scipy.optimize", "scipy.special", "scipy.stats"),
    *("sklearn.linear_model", "sklearn.utils.estimator_checks", "matplotlib.figure"),
    *("narwhals", "numba.core.registry", "polars", "rich.console", "safetensors", "typer"),
)
"""What tests import beside the library."""

FRAMEWORKS = "trainwell.diagnosis.gradient_corpus."  # some need PyTorch or JAX
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a third of the time; no random order
}

Variables = tuple[tuple[str, str], ...]

CAN_FORK = hasattr(os, "fork")
STANDING = multiprocessing.get_context("spawn")
RUNNING: Any = multiprocessing.get_context("fork" if CAN_FORK else "spawn")


@dataclass(frozen=True)
class Order:
    """Tests to run, the file of the library that was changed, variables and a limit in s."""

    tests: tuple[str, ...]
    changed: str = ""
    variables: Variables = ()
    limit: int = SECONDS


@dataclass(frozen=True)
class Copy:
    """A copy of the source and the tests, and the process that stands by it."""

    folder: Path
    orders: Connection

    def run(self, order: Order) -> tuple[int, str]:
        """Return pytest's exit code, -1 for none in time, and what it printed."""
        self.orders.send(order)
        code, answer = self.orders.recv()
        return code, answer


@contextmanager
def copy_of_project() -> Iterator[Copy]:
    """Give a copy of the project, away from the reference files."""
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory(prefix="trainwell-faults-") as folder:
        copy = Path(folder) / "project"
        copy.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("*.pyc", "*.egg-info")
                shutil.copytree(ROOT / name, copy / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, copy / name)
        # A module that is not as it was compiled, since a fault was planted or mended, is
        # then compiled anew, however soon after the last time it was changed.
        by_hash = PycInvalidationMode.CHECKED_HASH
        for name in ("src", "tests"):
            compileall.compile_dir(copy / name, quiet=2, workers=0, invalidation_mode=by_hash)
        orders, theirs = STANDING.Pipe()
        process = STANDING.Process(target=stand_by, args=(str(copy), theirs))
        process.start()
        theirs.close()
        try:
            orders.recv()  # only then may the source be changed
            yield Copy(copy, orders)
        finally:
            orders.close()
            process.join()


def stand_by(copy: str, orders: Connection) -> None:
    """Be the process of one copy, until nobody gives orders any more."""
    os.chdir(copy)
    os.environ["PYTHONPATH"] = f"{copy}/src"
    # What the source of the copy imports must be its own, not what is installed.
    sys.path.insert(0, f"{copy}/src")
    graph = grimp.build_graph("trainwell", exclude_type_checking_imports=True, cache_dir=None)
    if CAN_FORK:
        own = (name for name in sorted(graph.modules) if not name.startswith(FRAMEWORKS))
        for module in (*PRELOADED, *own):
            with suppress(ImportError):  # the tests that need it will say so
                import_module(module)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            pytest.main([*PYTEST, "--version"])  # what pytest imports itself
    orders.send(True)
    gc.freeze()  # a fork that looks through what it was given copies it
    with suppress(EOFError):
        while True:
            order: Order = orders.recv()
            orders.send(run(order, affected(graph, order), Path(copy)))


def affected(graph: grimp.ImportGraph, order: Order) -> set[str]:
    """Return the modules that are not what they were imported as: changed, or above it."""
    if order.variables:  # some are read at import
        return set(graph.modules)
    if not order.changed:
        return set()
    changed = ".".join(("trainwell", *Path(order.changed).with_suffix("").parts))
    above = graph.find_downstream_modules(changed) if changed in graph.modules else {"trainwell"}
    # What a package says itself is imported before what is in it.
    return set(graph.modules) if "trainwell" in above else {changed, *above}


def run(order: Order, gone: Iterable[str], copy: Path) -> tuple[int, str]:
    """Run the named tests in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=copy.parent) as folder:
        process = RUNNING.Process(target=begin, args=(order, tuple(gone), folder))
        process.start()
        process.join(order.limit)
        if process.exitcode is None:
            process.kill()
            process.join()
            return -1, f"no answer in {order.limit} s"
        said = Path(folder) / "said"
        return process.exitcode, said.read_text(encoding="utf-8") if said.exists() else ""


def begin(order: Order, gone: Iterable[str], folder: str) -> None:
    """Be the process of one run: everything it says goes to a file."""
    os.environ.update(dict(order.variables))
    for module in gone:
        sys.modules.pop(module, None)
        above, _, name = module.rpartition(".")
        if above in sys.modules:
            vars(sys.modules[above]).pop(name, None)
    said = os.open(f"{folder}/said", os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(said, stream)
    from numba.core import config

    config.reload_config()  # it was imported before the variables of this run were set
    # The first example that fails is as good as the simplest. The tests' own profile builds on it.
    settings.register_profile("unshrunk", phases=(Phase.explicit, Phase.generate))
    settings.load_profile("unshrunk")
    doctests = any(test.startswith("src/") for test in order.tests)
    more = ["--doctest-modules"] if doctests else []
    # A folder of its own for what tests write: pytest would tidy up the old ones each time.
    code = pytest.main([*PYTEST, *more, f"--basetemp={folder}/files", *order.tests])
    sys.stdout.flush()
    os._exit(int(code))
