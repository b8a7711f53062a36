"""The fixture ``gradcheck``: a test that a hand-written gradient is right.

A package of its own beside :mod:`trainwell`, since pytest imports it at every start, and to import
anything inside ``trainwell`` is to import NumPy.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trainwell.diagnosis.gradients.report import GradientReport


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the number of points."""
    parser.getgroup("gradcheck", "checks of gradients").addoption(
        "--gradcheck-points",
        type=int,
        default=None,
        metavar="N",
        help="points that the fixture gradcheck checks at, if the given one hides something",
    )


@pytest.fixture(scope="session")
def gradcheck(request: pytest.FixtureRequest) -> "Callable[..., GradientReport]":
    """Check a hand-written gradient: gradcheck(cost, grad, params, data) raises if it is wrong.

    Takes what trainwell.check_gradients takes and returns its report; the error's message
    is the report.
    """
    points = request.config.getoption("--gradcheck-points")

    def check(
        cost: Callable[..., Any], grad: Any, params: Any, data: Any = (), **settings: Any
    ) -> "GradientReport":
        __tracebackhide__ = True
        from trainwell.diagnosis.gradients.check import check_gradients
        from trainwell.diagnosis.gradients.report import GradientError

        if points is not None:
            settings = {"points": points} | settings
        report = check_gradients(cost, grad, params, data, **settings)
        if not report.ok:
            raise GradientError(f"\n{report}")
        return report

    return check
