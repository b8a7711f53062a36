"""The works that are timed: architecture, data, batches and updates, the same for all peers."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import trainwell

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]


@dataclass(frozen=True)
class Work:
    """One training job.

    Parameters
    ----------
    name : str
        What it is called in the tables.
    widths : tuple of int
        Inputs, units of each hidden layer (ReLU), outputs; one output is a sigmoid.
    rows : int
        Number of training examples.
    batch_size : int or None
        Examples per update, a divisor of ``rows``; ``None`` takes all.
    epochs : int
        Passes through the data in one timed repeat.
    optimizer : {"gd", "adam"}
        Plain gradient descent, or Adam with its usual decays.
    learning_rate : float
        Of every update.
    dtype : {"float32", "float64"}
        Of data, parameters and arithmetic.
    regularised : bool, default=False
        Batch norm before each hidden activation and dropout of a half behind it.
    """

    name: str
    widths: tuple[int, ...]
    rows: int
    batch_size: int | None
    epochs: int
    optimizer: Literal["gd", "adam"]
    learning_rate: float
    dtype: Literal["float32", "float64"]
    regularised: bool = False

    @property
    def examples_per_update(self) -> int:
        """Examples per update."""
        return self.batch_size or self.rows

    @property
    def updates_per_epoch(self) -> int:
        """Updates of one pass through the data."""
        return self.rows // self.examples_per_update

    @property
    def updates(self) -> int:
        """Updates of one timed repeat."""
        return self.epochs * self.updates_per_epoch

    @property
    def sentence(self) -> str:
        """The work in words."""
        batch = "full batch" if self.batch_size is None else f"batch {self.batch_size}"
        rule = "gradient descent" if self.optimizer == "gd" else "Adam"
        extra = ", batch norm and dropout 0.5" if self.regularised else ""
        widths = "-".join(map(str, self.widths))
        rows = f"{self.rows:,} examples"
        return f"{widths}{extra}, {rows}, {batch}, {rule}, {self.dtype}, {self.updates:,} updates"


@dataclass(frozen=True, eq=False)
class Examples:
    """Training examples as rows.

    Parameters
    ----------
    x : FloatArray of shape (N, I)
        Features, in C order.
    labels : IntArray of shape (N,)
        Class of each example, from 0.
    """

    x: FloatArray
    labels: IntArray


SMALL = Work("small", (2, 10, 5, 1), 300, None, 2000, "gd", 0.3, "float64")
MEDIUM = Work("medium", (32, 64, 64, 2), 8192, 256, 10, "adam", 0.001, "float32")
LARGE = Work("large", (784, 256, 128, 10), 12800, 128, 2, "adam", 0.001, "float32")


def regularised(work: Work) -> Work:
    """Return the work with batch norm and dropout."""
    return replace(work, name=f"{work.name}, regularised", regularised=True)


@cache
def examples(work: Work) -> Examples:
    """Return the training examples of a work: two circles, or overlapping clouds."""
    # With half of 10 and 5 units dropped, the circles are learnt by luck only.
    if work.widths[0] == 2 and not work.regularised:
        circles = trainwell.make_circles(work.rows, 0.05, seed=1)
        x = np.ascontiguousarray(circles.x.T, dtype=work.dtype)
        return Examples(x, circles.y[0].astype(np.int64))
    rng = np.random.default_rng(1)
    features, classes = work.widths[0], max(2, work.widths[-1])
    # At this distance the clouds overlap whatever the number of features.
    centres = rng.standard_normal((classes, features)) * (2 / features**0.5)
    labels = rng.integers(classes, size=work.rows)
    x = centres[labels] + rng.standard_normal((work.rows, features))
    return Examples(x.astype(work.dtype), labels)


def initial_weights(work: Work, seed: int = 0) -> list[FloatArray]:
    """Return He's normal weights (O, I) of each dense layer; biases start at zero."""
    rng = np.random.default_rng(seed)
    return [
        (rng.standard_normal((outputs, inputs)) * (2 / inputs) ** 0.5).astype(work.dtype)
        for inputs, outputs in pairwise(work.widths)
    ]


def one_hot(labels: IntArray, classes: int, dtype: str) -> FloatArray:
    """Return one row per example, with a 1 in the column of its class."""
    return np.eye(classes, dtype=dtype)[labels]


def mean_loss(probabilities: FloatArray, labels: IntArray) -> float:
    """Return the cross-entropy, in nats per example, of probabilities (N, 1) or (N, C)."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape[1] == 1:
        p = np.hstack([1 - p, p])
    of_truth = p[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(of_truth, 1e-12)).mean())
