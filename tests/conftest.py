"""What every test may count on: quiet pictures, repeatable examples, the reference files."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

os.environ.setdefault("MPLBACKEND", "Agg")
# A command that a test starts must run the source that the test imports.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")])
)

# The same examples in every run, and no folder left behind.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


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
