"""The public classes beside scikit-learn's, with its defaults on both sides."""

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import trainwell
from benchmarks.cold import fresh_folder, output
from benchmarks.options import Options
from benchmarks.peer_sklearn import per_threads
from benchmarks.result import Comparison, Target, against_ours, doubts, over
from benchmarks.timing import OURS, Candidate, compare, interleaved

THEIRS: Mapping[str, Any] = {
    "hidden_layer_sizes": (100,),
    "batch_size": 200,
    "learning_rate": "constant",
    "learning_rate_init": 0.001,
    "early_stopping": False,
}
"""scikit-learn's own defaults."""

OURS_ONLY: Mapping[str, Any] = {
    "dropout": 0.0,
    "weight_decay": 0.0,
    "n_members": 1,
    "numeric_bins": 0,
}
"""What ours do beyond that, left out: the updates are then the same."""

EPOCHS = 100
FIT_IRIS = """
import warnings
warnings.simplefilter("ignore")
from sklearn.datasets import load_iris
from {module} import MLPClassifier
x, labels = load_iris(return_X_y=True)
print(MLPClassifier(**{given!r}, random_state=0).fit(x, labels).loss_)
"""


def estimators(options: Options) -> list[Comparison]:
    """Compare a fit of digits, warm, and a whole process that fits iris, cold."""
    return [digits(options), iris(options)]


def digits(options: Options) -> Comparison:
    """Compare fits of as many updates, through the public classes."""
    x, labels = load_digits(return_X_y=True)
    length = {"max_iter": EPOCHS, "tol": 0.0, "n_iter_no_change": 10**6, "random_state": 0}
    updates = EPOCHS * -(-len(x) // 200)

    def fitted(model: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(x, labels)

    def mine() -> Any:
        return trainwell.MLPClassifier(**THEIRS, **OURS_ONLY, **length)

    def their() -> Any:
        return MLPClassifier(**THEIRS, **length)

    def shares(model: Any) -> Any:
        return model.predict_proba(x)

    candidates = [
        Candidate(OURS, "MLPClassifier", mine, fitted, updates, shares),
        *per_threads("MLPClassifier", their, fitted, updates, shares),
    ]
    timings = compare(candidates, options.repeats)
    rows = against_ours(timings, "us/update", {"scikit-learn": Target(5)}, labels)
    work = f"digits, 1,797 x 64, (100,) hidden units, batch 200, Adam, {updates:,} updates"
    notes = ("ours standardises its inputs, so the losses differ",)
    return Comparison("estimators", work, "us/update", rows, notes)


def iris(options: Options) -> Comparison:
    """Compare processes that import, fit iris with scikit-learn's defaults and end."""
    with tempfile.TemporaryDirectory() as name:
        fresh = partial(fresh_folder, Path(name))
        programs = (
            (OURS, FIT_IRIS.format(module="trainwell", given={**THEIRS, **OURS_ONLY})),
            ("scikit-learn", FIT_IRIS.format(module="sklearn.neural_network", given={})),
        )
        candidates = [
            Candidate(who, "import and fit", fresh, partial(output, program), 1)
            for who, program in programs
        ]
        timings = interleaved(candidates, 3 if options.quick else 7)
    pair = over(*timings, "s", Target(1, at_most=True))
    rows = tuple(
        replace(row, loss=float(timing.result)) for row, timing in zip(pair, timings, strict=True)
    )
    notes = ("the ratio is ours over theirs", *doubts(rows, 3))
    work = "a process that fits iris with scikit-learn's defaults, nothing compiled"
    return Comparison("estimators, cold", work, "s", rows, notes)
