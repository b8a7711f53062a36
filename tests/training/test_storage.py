"""A run's state to named arrays and back; what is damaged is refused by name."""

import json
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from tables import OPTIMIZERS

from trainwell.data.dataset import Data
from trainwell.engine.epochs import epochs
from trainwell.errors import FileFormatError
from trainwell.network.build import mlp
from trainwell.network.regression_losses import SquaredError
from trainwell.settings import as_json
from trainwell.training.plan import Plan
from trainwell.training.series import Series
from trainwell.training.state import History, State, starting_state
from trainwell.training.storage import FORMAT, state_from_parts, state_to_parts

NETWORK = mlp(2, (3,), 1, batch_norm=True)
RNG = np.random.default_rng(1)
DATA = Data(RNG.standard_normal((2, 9)), RNG.standard_normal((1, 9)))
PLAN = Plan(SquaredError(), batch_size=4)


def after(count: int, plan: Plan = PLAN) -> State:
    if count == 0:
        return starting_state(NETWORK, plan, DATA)
    return list(islice(epochs(NETWORK, plan, DATA, DATA), count))[-1].state


STATE = after(3)


def parts() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the document of a state, free to be damaged."""
    return state_to_parts(NETWORK, PLAN, STATE)


def test_a_document_is_json() -> None:
    _, document = parts()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["format"] == FORMAT


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("count", [0, 3])
def test_a_state_comes_back_whole(name: str, count: int) -> None:
    plan = replace(PLAN, optimizer=OPTIMIZERS[name])
    state = after(count, plan)
    arrays, document = state_to_parts(NETWORK, plan, state)
    network, again, read = state_from_parts(arrays, json.loads(json.dumps(document)), "file")
    assert (network, again) == (NETWORK, plan)
    for one, other in ((read.point, state.point), (read.best, state.best)):
        np.testing.assert_array_equal(one.theta, other.theta)
        np.testing.assert_array_equal(one.buffers, other.buffers)
        np.testing.assert_equal(one.memory.moments, other.memory.moments)
        assert one.memory.step == other.memory.step
    for field in ("learning_rate", "training_loss", "validation_loss"):
        assert tuple(getattr(read.history, field)) == tuple(getattr(state.history, field))
    assert (read.best_epoch, read.best_loss) == (state.best_epoch, state.best_loss)


def test_an_infinite_validation_loss_can_be_stored() -> None:
    history = History(
        Series((0.1,) * 3), Series((1.0, 0.9, 0.8)), Series((2.0, float("inf"), float("nan")))
    )
    state = State(STATE.point, history, STATE.point, 1, 2.0)
    _, _, read = state_from_parts(*state_to_parts(NETWORK, PLAN, state), "file")
    np.testing.assert_array_equal(read.history.validation_loss, history.validation_loss)


def deep(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


GONE = object()
SIZE = NETWORK.size

DOCUMENTS: dict[str, tuple[str, Any]] = {
    "no format": ("format", GONE),
    "a later format": ("format", FORMAT + 1),
    "no network": ("network", GONE),
    "a network of another kind": ("network", {"kind": "Adam"}),
    "a network that is a number": ("network", 3),
    "a network that is too deep": ("network", deep(900)),
    "another network": ("network", as_json(mlp(2, (4,), 1))),
    "a plan of another kind": ("plan", as_json(NETWORK)),
    "a plan out of its domain": ("plan", {**as_json(PLAN), "batch_size": 0}),
    "a plan with a new field": ("plan", {**as_json(PLAN), "learning": 1}),
    "a plan with another optimizer": ("plan", {**as_json(PLAN), "optimizer": {"kind": "Adan"}}),
    "no step": ("step", GONE),
    "half a step": ("step", 2.5),
    "a negative step": ("step", -1),
    "an infinite step": ("step", float("inf")),
    "a step in words": ("step", "3"),
    "a step that is true": ("step", True),
    "no best step": ("best_step", GONE),
    "a best epoch to come": ("best_epoch", 4),
    "a best loss without its epoch": ("best_epoch", 0),
}
ARRAYS: dict[str, tuple[str, Any]] = {
    "no parameters": ("theta", GONE),
    "too few parameters": ("theta", np.zeros(5)),
    "parameters as a matrix": ("theta", np.zeros((1, SIZE))),
    "whole parameters": ("theta", np.zeros(SIZE, dtype=int)),
    "an infinite parameter": ("theta", np.full(SIZE, np.inf)),
    "best parameters that are no numbers": ("best.theta", np.full(SIZE, np.nan)),
    "no statistics": ("buffers", GONE),
    "too many statistics": ("buffers", np.zeros(99)),
    "no best statistics": ("best.buffers", GONE),
    "no second moment": ("moment1", GONE),
    "a short moment": ("moment0", np.zeros(1)),
    "a short best moment": ("best.moment1", np.zeros(1)),
    "no losses": ("history.training_loss", GONE),
    "a loss that is no number": ("history.training_loss", np.full(3, np.nan)),
    "losses as a matrix": ("history.training_loss", np.ones((3, 1))),
    "fewer rates than losses": ("history.learning_rate", np.ones(2)),
    "more validation losses": ("history.validation_loss", np.ones(4)),
    "no best loss": ("best_loss", GONE),
    "two best losses": ("best_loss", np.ones(2)),
    "a best loss that is no number": ("best_loss", np.array([np.nan])),
}


@pytest.mark.parametrize("name", [*DOCUMENTS, *ARRAYS])
def test_a_damaged_state_is_refused_in_one_sentence(name: str) -> None:
    arrays, document = parts()
    state_from_parts(arrays, document, "file")  # whole, it can be read
    changed = document if name in DOCUMENTS else arrays
    part, value = (DOCUMENTS | ARRAYS)[name]
    assert part in changed
    changed[part] = value
    if value is GONE:
        del changed[part]
    with pytest.raises(FileFormatError) as caught:
        state_from_parts(arrays, document, "run.safetensors")
    assert str(caught.value).startswith("run.safetensors: ")
    assert "\n" not in str(caught.value)
    if name in ARRAYS:
        assert part in str(caught.value)


def test_another_version_is_named() -> None:
    arrays, document = parts()
    with pytest.raises(FileFormatError, match=f"has format 99; this version reads {FORMAT}$"):
        state_from_parts(arrays, {**document, "format": 99}, "file")


def test_a_history_grows_and_the_old_one_stays() -> None:
    first = History().extended([0.1], [3.0])
    second, other = first.extended([0.2], [2.0]), first.extended([0.3], [1.0])
    assert tuple(first.training_loss) == (3.0,)
    assert tuple(second.training_loss) == (3.0, 2.0)
    assert tuple(other.learning_rate) == (0.1, 0.3)
    assert tuple(second.monitored) == (3.0, 2.0)
    assert tuple(History().extended([0.1], [3.0], [4.0]).monitored) == (4.0,)
