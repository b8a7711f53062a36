"""The table of the scores: digits that can be read, in columns."""

from typing import Any

import pytest

from trainwell.cli.fit_view import scores_table


def column(metric: str, *values: float | None) -> list[str]:
    """Return one column of the table as it stands there, blanks included."""
    parts = ("train", "dev", "test", "baseline (test)")
    scores: dict[str, Any] = {
        part: {metric: value} for part, value in zip(parts, values, strict=True)
    }
    lines = scores_table({"result": {"scores": scores}}).splitlines()
    return [line[len(parts[-1]) + 2 :] for line in lines[1:]]


@pytest.mark.parametrize(
    ("metric", "values", "written"),
    [
        ("MAE", (0.5, 1.0, 12.25, 3.0), ["0.5000", "1.0000", "12.2500", "3.0000"]),
        ("RMSE", (3.25e-5, 4e-5, None, 1e-3), ["3.250e-05", "4.000e-05", "-", "1.000e-03"]),
        ("MAE", (0.00123, 0.002, 0.01, 0.5), ["0.001230", "0.002000", "0.010000", "0.500000"]),
        ("MAE", (1e-9, 0.5, 1.0, 2.0), ["1.000e-09", "5.000e-01", "1.000e+00", "2.000e+00"]),
        ("RMSE", (12345.0, 2e6, 2e6, 3e6), ["12,345", "2,000,000", "2,000,000", "3,000,000"]),
        ("RMSE", (1.5e30, 2e6, 0.0, 3e6), ["1.500e+30", "2.000e+06", "0.000e+00", "3.000e+06"]),
        ("MAE", (0.0, 0.0, 0.0, 0.0), ["0.000"] * 4),
        ("accuracy", (1.0, 0.5, 1e-9, 0.25), ["1.0000", "0.5000", "0.0000", "0.2500"]),
        ("R2", (1.0, -123.4, 0.0, -0.01), ["1.00", "-123.40", "0.00", "-0.01"]),
        ("R2", (0.5, -1.25e30, None, 0.0), ["5.000e-01", "-1.250e+30", "-", "0.000e+00"]),
    ],
)
def test_scores_show_their_digits_point_below_point(
    metric: str, values: tuple[float | None, ...], written: list[str]
) -> None:
    width = max(map(len, (metric, *written)))
    assert column(metric, *values) == [cell.rjust(width) for cell in written]
