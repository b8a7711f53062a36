"""Predictions: one row, many rows, and a grid for a picture."""

from dataclasses import replace

import numpy as np

import trainwell
from benchmarks import ours, peer_sklearn
from benchmarks.machine import installed, thread_counts
from benchmarks.options import Options
from benchmarks.result import Comparison, Row, Target, against_ours, doubts, measured, not_installed
from benchmarks.timing import Candidate, compare
from benchmarks.work import MEDIUM, SMALL, Examples, Work, examples

BRIEF = replace(MEDIUM, epochs=2)
"""How long the networks are trained that predict."""

MANY = replace(MEDIUM, rows=100_000)
"""Whose examples are predicted."""

TARGETS = {"scikit-learn": Target(3), "PyTorch": Target(2)}
GRID = 100


def predict(options: Options) -> list[Comparison]:
    """Compare predictions for one row and for many; time those for a grid."""
    run = ours.trained(BRIEF, options.engine)
    everything = examples(MANY)
    one = Examples(everything.x[:1], everything.labels[:1])
    widths = "-".join(map(str, MEDIUM.widths))
    return [
        against("one row", f"{widths}, 1 row, float32", "us/call", run, one, 1000, options),
        against(
            "many rows",
            f"{widths}, {MANY.rows:,} rows, float32",
            "ms/call",
            run,
            everything,
            3,
            options,
        ),
        grid(options),
    ]


def against(
    name: str,
    sentence: str,
    unit: str,
    run: trainwell.Run,
    known: Examples,
    calls: int,
    options: Options,
) -> Comparison:
    """Compare predictions for given rows."""
    columns = np.ascontiguousarray(known.x.T)
    candidates = [ours.prediction(run, columns, calls, n_jobs) for n_jobs in thread_counts()]
    candidates += peer_sklearn.prediction(BRIEF, known.x, calls)
    missing: tuple[Row, ...] = ()
    if installed("torch"):
        from benchmarks import peer_torch

        candidates += peer_torch.prediction(BRIEF, known.x, calls)
    else:
        missing = (not_installed("PyTorch"),)
    labels = known.labels if len(known.labels) > 1 else None  # the loss of one row says little
    rows = against_ours(compare(candidates, options.repeats), unit, TARGETS, labels)
    return Comparison(f"predict, {name}", sentence, unit, (*rows, *missing), doubts(rows, 2))


def grid(options: Options) -> Comparison:
    """Time the predictions behind a picture of a decision boundary."""
    work: Work = replace(SMALL, widths=(2, 20, 10, 1), epochs=10, dtype="float32")
    run = ours.trained(work, options.engine)
    side = np.linspace(-1, 1, GRID, dtype=np.float32)
    points = np.stack([values.ravel() for values in np.meshgrid(side, side)])
    candidates: list[Candidate] = [
        ours.prediction(run, points, 20, n_jobs) for n_jobs in thread_counts()
    ]
    (timing,) = compare(candidates, options.repeats)
    row = replace(measured(timing, "ms/call"), target=Target(1, at_most=True))
    sentence = f"2-20-10-1, a grid of {GRID} x {GRID} points, float32"
    return Comparison("predict, grid", sentence, "ms/call", (row,))
