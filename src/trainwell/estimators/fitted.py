"""What a fit leaves behind: enough to predict, and to go on to the bits of one long fit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trainwell.data.encoding import TableEncoding
from trainwell.engine.prediction import predict
from trainwell.estimators.given import features_of
from trainwell.estimators.targets import Classes, Measured
from trainwell.network.dense import Dense
from trainwell.network.losses import Loss
from trainwell.network.network import Network
from trainwell.training.plan import Plan
from trainwell.training.state import Point, State
from trainwell.types import FloatArray

if TYPE_CHECKING:
    import polars as pl


ENOUGH = 256
"""Examples that tell whether weights can predict at all."""


@dataclass(frozen=True, eq=False)
class Translation:
    """How rows become arrays for a network, and its outputs answers.

    Parameters
    ----------
    encoding : TableEncoding
        Columns to inputs.
    targets : Classes or Measured
        Outputs to answers.
    tabular : bool
        Whether the rows were a table, not a matrix of numbers.
    precision : dtype
        Of the rows, and so of the answers.
    """

    encoding: TableEncoding
    targets: Classes | Measured
    tabular: bool
    precision: np.dtype[Any]


@dataclass(frozen=True, eq=False)
class Member:
    """One network that was trained.

    Parameters
    ----------
    plan : Plan
        How, in the end.
    state : State
        Where it stands.
    restored : bool
        Whether the parameters of its best epoch predict, not the last ones.
    """

    plan: Plan
    state: State
    restored: bool

    @property
    def point(self) -> Point:
        """What predicts."""
        return self.state.best if self.restored else self.state.point


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted estimator without its parameters.

    Parameters
    ----------
    translation : Translation
        Rows to arrays, outputs to answers.
    network : Network
        Of every member.
    members : tuple of Member
        At least one; their outputs are averaged.
    dtype : dtype
        Precision of the steps.
    engine : {"compiled", "reference"}
        What took them.
    """

    translation: Translation
    network: Network
    members: tuple[Member, ...]
    dtype: np.dtype[Any]
    engine: str

    @property
    def loss(self) -> Loss:
        """What makes probabilities or means of logits."""
        return self.members[0].plan.loss

    def outputs(self, rows: "FloatArray | pl.DataFrame", threads: int) -> FloatArray:
        """Return the mean output (O, N) of the members for rows as they were read."""
        return self.outputs_of(features_of(self.translation.encoding, rows), threads)

    def outputs_of(self, features: FloatArray, threads: int) -> FloatArray:
        """Return the mean output (O, N) of the members for features (N, F)."""
        return self._mean(np.ascontiguousarray(np.asarray(features, self.dtype).T), threads)

    def is_finite(self, x: FloatArray) -> bool:
        """Return whether the members can predict the first of some columns (I, N)."""
        with np.errstate(over="ignore", invalid="ignore"):
            few = np.ascontiguousarray(x[:, :ENOUGH], self.dtype)
            return bool(np.isfinite(self._mean(few, 1)).all())

    def _mean(self, columns: FloatArray, threads: int) -> FloatArray:
        parts = [
            predict(
                self.network,
                self.loss,
                member.point.theta,
                member.point.buffers,
                columns,
                n_jobs=threads,
            )
            for member in self.members
        ]
        return parts[0] if len(parts) == 1 else np.asarray(np.mean(parts, axis=0))

    def weights(self) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return weights (inputs, units) and biases (units,) of the first member's layers."""
        layers = zip(
            self.network.layers, self.network.split(self.members[0].point.theta), strict=True
        )
        dense = [arrays for layer, arrays in layers if isinstance(layer, Dense)]
        biases = [
            arrays[1].ravel().copy() if len(arrays) > 1 else np.zeros(len(arrays[0]), self.dtype)
            for arrays in dense
        ]
        return [arrays[0].T.copy() for arrays in dense], biases
