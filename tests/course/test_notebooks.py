"""The three assignments of a seed document run as they stand, with one added line."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from course.printed import CIRCLES, FOOTBALL, PRINTED_DIGITS, TWO_BUGS, Printed, differ

SEED = "001_1cd0ab69e6fe0bbf.txt"
ADDED = "import trainwell.course; trainwell.course.install()\n"
HEADING = re.compile(r"^作业\d.*$", re.MULTILINE)
FOOTER = "\n深度学习"
COST = re.compile(r"^Cost after iteration (\d+): (.*)$", re.MULTILINE)
ACCURACY = re.compile(r"^Accuracy: (.*)$", re.MULTILINE)


def assignment(shared: Path, number: int) -> str:
    """Cut the code of one assignment out of the document: all lines from its first import on."""
    document = (shared / "seeds" / SEED).read_text(encoding="utf-8")
    section = HEADING.split(document)[number]
    code = section[section.index("import numpy as np") :]
    return code.partition(FOOTER)[0]


def run(shared: Path, folder: Path, number: int) -> str:
    """Return what the assignment prints; a warning of any kind is an error."""
    script = folder / "assignment.py"
    script.write_text(ADDED + assignment(shared, number), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    finished = subprocess.run(
        [sys.executable, "-W", "error", script.name],
        cwd=folder,
        env={
            **environment,
            "MPLBACKEND": "agg",
            "TRAINWELL_FOOTBALL": str((shared / "data" / "football.mat").resolve()),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def trainings(output: str, recorded: int) -> list[tuple[list[float], list[float]]]:
    """Return costs and accuracies of each of the assignment's three trainings."""
    lines = COST.findall(output)
    accuracies = [float(number) for number in ACCURACY.findall(output)]
    assert [int(iteration) for iteration, _ in lines] == [
        1000 * record for record in range(recorded)
    ] * 3
    costs = [float(cost) for _, cost in lines]
    return [
        (costs[recorded * k : recorded * (k + 1)], accuracies[2 * k : 2 * (k + 1)])
        for k in range(3)
    ]


def compare(costs: list[float], accuracies: list[float], printed: Printed) -> None:
    assert differ(costs, printed.costs) <= printed.tolerance
    expected = [printed.training_accuracy, printed.test_accuracy]
    assert differ(accuracies, expected) <= PRINTED_DIGITS


def test_assignment_initialization_prints_the_costs_and_accuracies(shared, tmp_path):
    output = run(shared, tmp_path, 1)
    for (costs, accuracies), printed in zip(trainings(output, 15), CIRCLES.values(), strict=True):
        compare(costs, accuracies, printed)


@pytest.mark.long
def test_assignment_regularization_prints_the_costs_and_accuracies(shared, tmp_path):
    output = run(shared, tmp_path, 2)
    document = json.loads((shared / "published.json").read_text(encoding="utf-8"))
    full = {case["id"]: case.get("full_precision") for case in document["cases"]}
    for (costs, accuracies), (name, printed) in zip(
        trainings(output, 30), FOOTBALL.items(), strict=True
    ):
        compare(costs[::10], accuracies, printed)
        every_1000 = full[f"football.{name}"]["costs_every_1000"]
        assert differ(costs, every_1000) <= printed.tolerance


def test_assignment_gradient_checking_finds_the_planted_bugs(shared, tmp_path):
    output = run(shared, tmp_path, 3)
    one_dimension, n_dimensions = output.splitlines()[1:]
    # This document divides by the distance of the two points, which is exact for a line.
    assert output.startswith("The gradient is correct!\n")
    assert one_dimension == "difference = 0.0"
    verdict, _, difference = n_dimensions.partition(" difference = ")
    assert verdict == "\033[93mThere is a mistake in the backward propagation!"
    assert abs(float(difference.removesuffix("\033[0m")) - TWO_BUGS) <= 1e-8
