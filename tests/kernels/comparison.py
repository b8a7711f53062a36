"""One job carried out by both engines, and how far apart their records are."""

from collections.abc import Iterable
from itertools import islice

import numpy as np
from numba.core import config

from trainwell.engine.choice import engine_of
from trainwell.training.engine import Epoch
from trainwell.training.job import Job
from trainwell.training.loop import iterate
from trainwell.training.state import Point, State
from trainwell.types import FloatArray

JIT = not config.DISABLE_JIT
"""Whether kernels are compiled; with NUMBA_DISABLE_JIT=1 they run as Python, slowly."""

STEPS = 100 if JIT else 9
"""How long the engines must agree."""

DOUBLE = 1e-10
"""Largest relative error in double precision: what the design asks for."""

SINGLE = 5e-5
"""In single precision, where each number is rounded by 6e-8 and the steps carry it on. Over a
hundred steps of the jobs of this folder the largest was 2.4e-6, the median 4e-7."""


def last(job: Job, engine: str, count: int, every: int = 1, *, threads: int = 1) -> Epoch:
    """Return the record after some epochs; after a divergence there is none to come."""
    assert count % every == 0
    chosen = engine_of(engine, job, threads=threads)
    with np.errstate(all="ignore"):
        records = list(islice(iterate(chosen, job, every), count // every))
    assert all(record.divergence is None for record in records[:-1])
    return records[-1]


def epochs_of(job: Job, steps: int = STEPS) -> int:
    """Return how many epochs have so many steps."""
    return -(-steps // job.steps)


def bound_of(state: State) -> float:
    """Return how far apart the engines may be in the precision of a state."""
    return DOUBLE if state.point.theta.dtype == np.float64 else SINGLE


def distance(one: Iterable[float] | FloatArray, other: Iterable[float] | FloatArray) -> float:
    """Return the largest difference, relative to the largest number."""
    first, second = (
        np.asarray(tuple(a) if not isinstance(a, np.ndarray) else a) for a in (one, other)
    )
    assert first.shape == second.shape
    if not first.size:
        return 0.0
    scale = float(np.abs(first).max())
    return float(np.abs(first - second).max()) / (scale or 1.0)


def vectors(point: Point) -> dict[str, FloatArray]:
    """Return the arrays of a point by name."""
    moments = {f"moment {number}": moment for number, moment in enumerate(point.memory.moments)}
    return {"theta": point.theta, "buffers": point.buffers, **moments}


def assert_near(reference: Point, compiled: Point, bound: float) -> None:
    assert compiled.memory.step == reference.memory.step
    one, other = vectors(reference), vectors(compiled)
    assert list(one) == list(other)
    for name, vector in one.items():
        assert other[name].dtype == vector.dtype, name
        assert not other[name].flags.writeable, name
        assert distance(vector, other[name]) <= bound, name


def assert_equal_in_meaning(reference: Epoch, compiled: Epoch) -> None:
    """Compare two records and the states in them."""
    bound = bound_of(reference.state)
    assert compiled.number == reference.number
    assert compiled.divergence == reference.divergence
    assert compiled.learning_rate == reference.learning_rate
    for name in ("training_loss", "validation_loss"):
        one, other = getattr(reference, name), getattr(compiled, name)
        assert (one is None) == (other is None), name
        if one is not None:
            np.testing.assert_allclose(other, one, rtol=bound, atol=bound, err_msg=name)
    assert_states_near(reference.state, compiled.state)


def assert_states_near(reference: State, compiled: State) -> None:
    bound = bound_of(reference)
    assert tuple(compiled.history.learning_rate) == tuple(reference.history.learning_rate)
    for name in ("training_loss", "validation_loss"):
        one, other = (np.array(getattr(a.history, name)) for a in (reference, compiled))
        # A loss is a difference: where it is near 0, the rounding is that of what it differs in.
        np.testing.assert_allclose(other, one, rtol=bound, atol=bound, err_msg=name)
    assert (compiled.epoch, compiled.best_epoch) == (reference.epoch, reference.best_epoch)
    np.testing.assert_allclose(compiled.best_loss, reference.best_loss, rtol=bound, atol=bound)
    assert_near(reference.point, compiled.point, bound)
    assert_near(reference.best, compiled.best, bound)


def assert_same_bits(one: State, other: State) -> None:
    """Compare two states number by number."""
    assert (one.epoch, one.best_epoch, one.best_loss) == (
        other.epoch,
        other.best_epoch,
        other.best_loss,
    )
    for name in ("learning_rate", "training_loss", "validation_loss"):
        assert tuple(getattr(one.history, name)) == tuple(getattr(other.history, name)), name
    for first, second in ((one.point, other.point), (one.best, other.best)):
        assert first.memory.step == second.memory.step
        for name, vector in vectors(first).items():
            assert vector.tobytes() == vectors(second)[name].tobytes(), name
