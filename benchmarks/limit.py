"""The large work beside its bare matrix products: what no engine can go below."""

from itertools import pairwise

import numpy as np

from benchmarks import ours
from benchmarks.options import Options
from benchmarks.result import Comparison, Target, over
from benchmarks.timing import OURS, Candidate, compare, with_blas_threads
from benchmarks.work import LARGE, FloatArray, Work

UNIT = "us/update"
PRODUCTS = "bare products"


Product = tuple[FloatArray, FloatArray, FloatArray]
"""Left and right factor, and where their product goes."""


def products(work: Work, *, columns: bool) -> list[Product]:
    """Return the matrix products of one update, examples as columns or as rows.

    Forward one per layer, for the gradient of the weights one per layer, for that of
    the activations one per layer but the first.
    """
    rng = np.random.default_rng(0)
    batch = work.examples_per_update

    def drawn(*shape: int) -> FloatArray:
        return rng.standard_normal(shape).astype(work.dtype)

    forward: list[Product] = []
    backward: list[Product] = []
    for place, (inputs, outputs) in enumerate(pairwise(work.widths)):
        w, gradient = drawn(outputs, inputs), drawn(outputs, inputs)
        if columns:
            x, y = drawn(inputs, batch), drawn(outputs, batch)
            delta, before = drawn(outputs, batch), drawn(inputs, batch)
            forward.append((w, x, y))
            backward.append((delta, x.T, gradient))
            further = (w.T, delta, before)
        else:
            x, y = drawn(batch, inputs), drawn(batch, outputs)
            delta, before = drawn(batch, outputs), drawn(batch, inputs)
            forward.append((x, w.T, y))
            backward.append((delta.T, x, gradient))
            further = (delta, w, before)
        if place:
            backward.append(further)
    return forward + backward[::-1]


def candidate(work: Work, *, columns: bool) -> Candidate:
    """Return the products of all updates, into arrays that are there already."""
    of_update = products(work, columns=columns)

    def run(_state: None) -> None:
        for _ in range(work.updates):
            for left, right, product in of_update:
                np.matmul(left, right, out=product)

    how = "columns" if columns else "rows"
    return Candidate(PRODUCTS, f"matmul, {how}", ours.nothing, run, work.updates)


def limit(options: Options) -> list[Comparison]:
    """Compare our training with its products, both on one thread of the linear algebra."""
    candidates = [
        ours.training(LARGE, options.engine),
        candidate(LARGE, columns=True),
        candidate(LARGE, columns=False),
    ]
    timings = compare(
        [with_blas_threads(candidate, 1) for candidate in candidates], options.repeats
    )
    mine, bare = (
        next(timing for timing in timings if timing.candidate.name == name)
        for name in (OURS, PRODUCTS)
    )
    rows = over(mine, bare, UNIT, Target(1.6, at_most=True))
    return [Comparison("limit", LARGE.sentence, UNIT, rows, ("the ratio is ours over theirs",))]
