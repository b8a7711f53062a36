import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_the_examples_of_a_page_give_what_they_show(page: str) -> None:
    failures, _ = doctest.testfile(str(ROOT / "docs" / page), module_relative=False)
    assert failures == 0


def test_the_tour_of_the_library_has_examples() -> None:
    _, examples = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False)
    assert examples > 15
