"""What every test may count on: quiet pictures, repeatable examples, the reference files."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
REPRODUCTION = frozenset(
    f"tests/{name}.py"
    for name in (
        "cli/test_reproduce",
        "course/test_published",
        "course/test_published_numbers",
        "course/test_reproduction",
        "course/test_reproduction_page",
    )
)
"""Files whose tests look at one run of all the course's trainings; it takes a while."""

os.environ.setdefault("MPLBACKEND", "Agg")
# A command that a test starts must run the source that the test imports.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")])
)

# The same examples in every run, and no folder left behind.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file to one process, and all that look at the reproduction to the same."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "reproduction" if file in REPRODUCTION else file

    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)  # behind the plugin that shuffles them
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is alone with it at the end."""
    if hasattr(config, "workerinput"):  # one process of several
        items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    """Return when a test's file is given to a process: the long ones, some of them first."""
    long = item.get_closest_marker("long")
    return 2 if long is None else int(not long.kwargs.get("first", False))


def close_pictures() -> None:
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True)
def _pictures_of_its_own() -> Iterator[None]:
    """Keep a test from drawing into what a doctest or another test left open."""
    close_pictures()
    yield
    close_pictures()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference files beside the project, or skip the test."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the reference files in ../shared, which are not here")
    return folder
