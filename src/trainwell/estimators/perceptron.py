"""What the classifier and the regressor share: fitting, going on, and what is left behind."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import replace
from math import inf
from numbers import Integral
from time import perf_counter
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from trainwell.data.dataset import Data
from trainwell.engine.prediction import checked_threads, predict
from trainwell.errors import ConfigurationError, FitError
from trainwell.estimators.callbacks import EpochTasks
from trainwell.estimators.choices import (
    Shape,
    choose_network,
    choose_plan,
    completed,
    divides,
)
from trainwell.estimators.descent import Descent, Request, descend, search
from trainwell.estimators.given import categorical_names, features_of, fit_features, read_input
from trainwell.estimators.members import End, suited_engine
from trainwell.estimators.parameters import AUTO, checked
from trainwell.estimators.rows import Rows, checked_weight, divided, matched_rows
from trainwell.estimators.targets import Classes, Measured
from trainwell.network.dense import Dense
from trainwell.network.losses import Loss
from trainwell.settings import required_integer
from trainwell.training.job import Job
from trainwell.training.series import Series
from trainwell.training.state import Point, State
from trainwell.types import FloatArray, IntArray


def takes_steps(estimator: Any) -> bool:
    """Return whether a fit can go on with other rows."""
    if estimator.solver == "lbfgs":
        sentence = "partial_fit needs a solver that takes steps, which lbfgs does not"
        raise AttributeError(sentence)
    return True


class Perceptron(CallbackSupportMixin, BaseEstimator, ABC):
    """A multi-layer perceptron behind scikit-learn's interface."""

    # What classes and measured numbers differ in.

    @abstractmethod
    def _read_targets(self, y: Any) -> np.ndarray[Any, Any]:
        """Return targets as an array."""

    @abstractmethod
    def _fitted_targets(self, rows: Rows, given: dict[str, Any]) -> Classes | Measured:
        """Return how targets become arrays."""

    @abstractmethod
    def _check_known(self, targets: np.ndarray[Any, Any]) -> None:
        """Refuse targets that a fit which goes on does not know."""

    @abstractmethod
    def _loss(self, given: dict[str, Any]) -> Loss:
        """Return the loss of the targets."""

    @abstractmethod
    def _strata(self, targets: np.ndarray[Any, Any]) -> IntArray | None:
        """Return what a split has to share out evenly."""

    @abstractmethod
    def _class_weighted(
        self, targets: np.ndarray[Any, Any], weight: FloatArray | None
    ) -> FloatArray | None:
        """Return the weights of rows, those of their classes included."""

    @abstractmethod
    def _score_of(self, outputs: FloatArray, data: Data) -> float:
        """Return accuracy or R2 of outputs (O, N)."""

    # Fitting.

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the network.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Training rows; missing values, categories, words and dates are welcome.
        y : array of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the rows, at least 0; a row of weight 2 counts as two rows.
        X_val, y_val, sample_weight_val : as X, y and sample_weight, default=None
            Rows to measure the validation loss on, instead of a part of ``X``.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        ValueError
            If data or parameters are outside their domains; the message names them.
        """
        given = checked(type(self).__name__, self.get_params(deep=False))
        validation = None
        if X_val is not None or y_val is not None:
            if X_val is None or y_val is None:
                sentence = "X_val and y_val go together"
                raise ConfigurationError.contradiction(type(self).__name__, sentence)
            validation = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, given, partial=False)

    def _fit_partially(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Train one epoch on some rows."""
        given = checked(type(self).__name__, self.get_params(deep=False))
        if given["early_stopping"] is True:
            sentence = "partial_fit does not support early_stopping=True"
            raise ConfigurationError.contradiction(type(self).__name__, sentence)
        return self._fit(X, y, sample_weight, None, given, partial=True)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: Any,
        given: dict[str, Any],
        *,
        partial: bool,
    ) -> Self:
        going_on = hasattr(self, "states_") and (partial or given["warm_start"])
        rows = self._read(X, y, sample_weight, going_on=going_on)
        if not going_on:
            self._begin(X, rows, given)
        whole = self._data(rows)
        strata = self._strata(rows.targets)
        parts: list[tuple[Data, Data | None]]
        shape = Shape(len(rows), len(whole.x), self._targets.outputs)
        given = completed(given, shape)
        members = range(given["n_members"])
        if validation is not None:
            measured = self._data(self._read(*validation, going_on=True))
            parts = [(whole, measured)] * len(members)
        elif partial or not divides(given, len(rows)):
            parts = [(whole, None)] * len(members)
        else:
            owner, share = type(self).__name__, given["validation_fraction"]
            parts = [
                divided(owner, whole, share, self.seed_ + member, strata) for member in members
            ]
        self._carry_on(parts, given, going_on=going_on, partial=partial)
        return self

    def _read(self, X: Any, y: Any, sample_weight: Any, *, going_on: bool) -> Rows:
        """Return rows that belong together."""
        tabular = self._tabular if going_on else None
        inputs = read_input(self, X, self.categorical_features, tabular=tabular)
        targets = self._read_targets(y)
        weight = checked_weight(inputs, sample_weight)
        if len(targets) == len(inputs):
            weight = self._class_weighted(targets, weight)
        rows = matched_rows(type(self).__name__, inputs, targets, weight)
        if going_on:
            self._check_known(rows.targets)
        return rows

    def _begin(self, X: Any, rows: Rows, given: dict[str, Any]) -> None:
        """Learn how columns and targets become arrays, and draw a seed."""
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        columns = names or [f"x{at}" for at in range(self.n_features_in_)]
        categorical = categorical_names(
            type(self).__name__, given["categorical_features"], X, columns
        )
        self.encoding_ = fit_features(
            rows.inputs, columns, categorical, rows.weight, standardize=given["standardize"]
        )
        matrix = rows.inputs if isinstance(rows.inputs, np.ndarray) else None
        self._tabular = matrix is None
        self._precision = np.dtype("float64") if matrix is None else matrix.dtype
        self._targets = self._fitted_targets(rows, given)
        self.seed_ = _seed(given["random_state"])
        self.t_ = 0
        for name in ("states_", "network_", "_engine"):
            self.__dict__.pop(name, None)

    def _data(self, rows: Rows) -> Data:
        """Return rows as columns for a network."""
        features = features_of(self.encoding_, rows.inputs)
        return Data(
            np.asarray(features.T, np.float64), self._targets.encode(rows.targets), rows.weight
        )

    def _carry_on(
        self,
        parts: list[tuple[Data, Data | None]],
        given: dict[str, Any],
        *,
        going_on: bool,
        partial: bool,
    ) -> None:
        """Train each network from where it stands, and leave behind what was fitted."""
        owner, loss = type(self).__name__, self._loss(given)
        rows = parts[0][0].examples
        shape = Shape(rows, len(parts[0][0].x), self._targets.outputs)
        if not going_on:
            self.network_ = choose_network(owner, given, shape)
        plan = choose_plan(given, loss, shape, self.seed_)
        jobs = [
            Job(
                self.network_,
                replace(plan, seed=self.seed_ + member),
                training,
                measured,
                _start(self.states_[member], measured) if going_on else None,
            )
            for member, (training, measured) in enumerate(parts)
        ]
        if not going_on:
            threads = checked_threads(owner, given["n_jobs"])
            self._engine = suited_engine(given["engine"], jobs[0], len(jobs), threads)
            self._dtype = self._precision_of(given["dtype"])
        jobs = [_in_precision(job, self._dtype) for job in jobs]
        tasks = EpochTasks(self, given["on_epoch"], given["verbose"], given["max_iter"])
        scored = given["early_stopping"] is True and jobs[0].validation is not None
        request = Request(
            owner=owner,
            epochs=1 if partial else given["max_iter"],
            deadline=perf_counter() + (given["time_limit"] or inf),
            adaptive=given["learning_rate"] == "adaptive",
            again=not partial,
            scores=tuple(getattr(self, "validation_scores_", None) or ()) if going_on else (),
            score=self._score_at if scored else None,
        )
        if given["solver"] == "lbfgs":
            tolerance, evaluations = given["tol"], given["max_fun"]
            ended = [search(job, request, tolerance, evaluations) for job in jobs]
        else:
            ended = [
                descend(self._engine, job, request, tasks, self._attributes_at) for job in jobs
            ]
        self._leave(ended, given, partial=partial)
        tasks.close(lambda: {"states_": self.states_})

    def _precision_of(self, wanted: str) -> np.dtype[Any]:
        """Return the precision of the steps."""
        if wanted != AUTO:
            return np.dtype(wanted)
        return np.dtype("float32") if self._engine.name == "compiled" else self._precision

    def _leave(self, ended: list[Descent], given: dict[str, Any], *, partial: bool) -> None:
        """Set the fitted attributes."""
        owner = type(self).__name__
        first = ended[0]
        for one in ended:
            for note in one.notes:
                warnings.warn(f"{owner}: {note}", ConvergenceWarning, stacklevel=5)
            if one.end is End.INTERRUPTED:
                warnings.warn("Training interrupted by user.", stacklevel=5)
            if one.end is End.DIVERGED and not one.state.epoch:
                raise FitError.diverged(owner, str(one.divergence))
        self.states_ = tuple(one.state for one in ended)
        self._points = tuple(one.kept for one in ended)
        self.plan_ = first.job.plan
        self.n_iter_ = first.epochs
        self.t_ += first.epochs * first.job.training.examples
        history = first.state.history
        self.loss_curve_ = list(history.training_loss)
        self.validation_loss_curve_ = list(history.validation_loss) or None
        self.learning_rate_curve_ = list(history.learning_rate)
        self.loss_ = self.loss_curve_[-1]
        early = given["early_stopping"] is True and not partial
        self.best_loss_ = None if early else min(self.loss_curve_)
        self.validation_scores_ = list(first.scores) if first.scores else None
        self.best_validation_score_ = np.nanmax(first.scores) if first.scores else None
        self.stopped_because_ = first.end.value
        self._set_weights()
        if first.end is End.COMPLETED and not partial and self.max_iter != AUTO:
            sentence = f"Maximum iterations ({self.n_iter_}) reached and the optimization"
            warnings.warn(
                f"{owner}: {sentence} hasn't converged yet.", ConvergenceWarning, stacklevel=5
            )

    def _set_weights(self) -> None:
        """Set the weights of the first network as scikit-learn has them: inputs in rows."""
        layers = zip(self.network_.layers, self.network_.split(self._points[0].theta), strict=True)
        dense = [arrays for layer, arrays in layers if isinstance(layer, Dense)]
        self.coefs_ = [arrays[0].T.copy() for arrays in dense]
        self.intercepts_ = [
            arrays[1].ravel().copy() if len(arrays) > 1 else np.zeros(len(arrays[0]), self._dtype)
            for arrays in dense
        ]
        self.n_layers_ = len(dense) + 1
        self.n_outputs_ = self._targets.outputs

    def _attributes_at(self, job: Job, state: State) -> dict[str, Any]:
        """Return what an estimator needs to predict as if the fit had stopped at a state."""
        kept = state.best if job.validation is not None and state.best_epoch else state.point
        names = ("network_", "encoding_", "_targets", "_tabular", "_precision", "_dtype")
        attributes = {
            name: getattr(self, name) for name in (*names, "plan_") if hasattr(self, name)
        }
        return attributes | {
            "plan_": job.plan,
            "states_": (state,),
            "_points": (kept,),
            "n_features_in_": self.n_features_in_,
            **({"classes_": self.classes_} if hasattr(self, "classes_") else {}),
        }

    def _score_at(self, job: Job, point: Point) -> float:
        measured = job.validation
        outputs = predict(
            job.network,
            job.plan.loss,
            point.theta,
            point.buffers,
            measured.x,  # type: ignore[union-attr]
        )
        if not np.isfinite(outputs).all():
            return float("nan")
        return self._score_of(outputs, measured)  # type: ignore[arg-type]

    # Predicting.

    def _outputs(self, X: Any) -> FloatArray:
        """Return the mean output (O, N) of the networks for rows."""
        check_is_fitted(self, "states_")
        inputs = read_input(self, X, tabular=self._tabular)
        features = np.asarray(features_of(self.encoding_, inputs), self._dtype)
        columns = np.ascontiguousarray(features.T)
        threads = checked_threads(type(self).__name__, self.n_jobs or 1)
        parts = [
            predict(
                self.network_, self.plan_.loss, point.theta, point.buffers, columns, n_jobs=threads
            )
            for point in self._points
        ]
        return parts[0] if len(parts) == 1 else np.mean(parts, axis=0)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _seed(random_state: Any) -> int:
    """Return the key of every random decision: an integer stands for itself."""
    if isinstance(random_state, Integral) and not isinstance(random_state, bool):
        return required_integer("estimator", "random_state", random_state, 0)
    if hasattr(random_state, "integers"):
        return int(random_state.integers(2**31 - 1))
    return int(check_random_state(random_state).randint(2**31 - 1))


def _start(state: State, measured: Data | None) -> State:
    """Return where to go on; a history without validation losses begins anew with them."""
    known = bool(state.history.validation_loss)
    if known == (measured is not None):
        return state
    empty = type(state.history)(Series(), Series(), Series())
    return State(state.point, empty, state.point)


def _in_precision(job: Job, dtype: np.dtype[Any]) -> Job:
    """Return a job on data of a precision."""

    def cast(data: Any) -> Any:
        if data is None or data.dtype == dtype:
            return data
        return Data(data.x.astype(dtype), data.y, data.weight)

    return replace(job, training=cast(job.training), validation=cast(job.validation))
