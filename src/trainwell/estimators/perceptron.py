"""What the classifier and the regressor share: fitting, going on, and what is left behind."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils.validation import check_is_fitted

from trainwell.data.dataset import Data
from trainwell.engine.prediction import checked_threads
from trainwell.errors import ConfigurationError, FitError
from trainwell.estimators.callbacks import EpochTasks
from trainwell.estimators.checkpoint import Checkpoint, fingerprint, seed_within
from trainwell.estimators.choices import (
    DESCENDING,
    Circumstances,
    choose_network,
    choose_plan,
    completed,
    divides,
)
from trainwell.estimators.descent import Request, report, search
from trainwell.estimators.fitted import Fitted, Translation
from trainwell.estimators.given import categorical_names, features_of, fit_features, read_input
from trainwell.estimators.many_descents import descend_all
from trainwell.estimators.members import in_precision, resumable, suited_engine
from trainwell.estimators.parameters import AUTO, checked, seed_of
from trainwell.estimators.recipe import Size
from trainwell.estimators.rows import Rows, checked_weight, divided, matched_rows
from trainwell.estimators.targets import Classes, Measured, output_name
from trainwell.network.losses import Loss
from trainwell.training.job import Job
from trainwell.types import FloatArray, IntArray

if TYPE_CHECKING:
    from trainwell.diagnosis.autopsy import Autopsy


Part = tuple[Data, Data | None, IntArray]
"""What a member learns from, is measured on, and which of the caller's rows the former are."""


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
    def _fit_targets(self, rows: Rows, given: dict[str, Any]) -> Classes | Measured:
        """Return how targets become arrays."""

    @abstractmethod
    def _check_known(
        self, targets: np.ndarray[Any, Any], known: Classes | Measured, *, same: bool
    ) -> None:
        """Refuse targets that the fit does not know; ``same``: in which it goes on."""

    @abstractmethod
    def _loss(self, targets: Classes | Measured, given: dict[str, Any]) -> Loss:
        """Return the loss of the targets."""

    @abstractmethod
    def _class_weighted(
        self, targets: np.ndarray[Any, Any], weight: FloatArray | None
    ) -> FloatArray | None:
        """Return the weights of rows, those of their classes included."""

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
        before: Fitted | None = None
        if hasattr(self, "fitted_") and (partial or given["warm_start"]):
            before = self.fitted_
        rows = self._read(X, y, sample_weight, before)
        translation = self._translation(X, rows, given) if before is None else before.translation
        if before is None:
            found = seed_within(given["checkpoint"]) if given["random_state"] is None else None
            self.seed_ = seed_of(given["random_state"]) if found is None else found
            self.t_ = 0
        whole = _data(translation, rows)
        about = Circumstances(
            measured=validation is not None or (divides(given, len(rows)) and not partial),
            steady=partial or given["warm_start"] or before is not None,
            partial=partial,
        )
        size = Size(len(rows), len(whole.x), translation.targets.outputs)
        given = completed(given, size, about)
        members = range(given["n_members"] if before is None else len(before.members))
        parts: list[Part]
        if validation is not None:
            given_x, given_y, given_weight = validation
            measured = self._read(given_x, given_y, given_weight, translation)
            parts = [(whole, _data(translation, measured), rows.places)] * len(members)
        elif not about.measured:
            parts = [(whole, None, rows.places)] * len(members)
        else:
            owner, share = type(self).__name__, given["validation_fraction"]
            strata = translation.targets.strata(rows.targets)
            cuts = [divided(owner, whole, share, self.seed_ + one, strata) for one in members]
            parts = [(training, held, rows.places[cut]) for training, held, cut in cuts]
        self._train(parts, translation, before, given, partial=partial)
        return self

    def _read(
        self, X: Any, y: Any, sample_weight: Any, before: Fitted | Translation | None
    ) -> Rows:
        """Return rows that belong together, and suit the fit that goes on."""
        translation = before.translation if isinstance(before, Fitted) else before
        tabular = None if translation is None else translation.tabular
        inputs = read_input(self, X, self.categorical_features, tabular=tabular)
        targets = self._read_targets(y)
        weight = checked_weight(inputs, sample_weight)
        if len(targets) == len(inputs):
            weight = self._class_weighted(targets, weight)
        rows = matched_rows(type(self).__name__, inputs, targets, weight)
        if translation is not None:
            self._check_known(rows.targets, translation.targets, same=isinstance(before, Fitted))
        return rows

    def _translation(self, X: Any, rows: Rows, given: dict[str, Any]) -> Translation:
        """Learn how columns and targets become arrays."""
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        columns = names or [f"x{at}" for at in range(self.n_features_in_)]
        categorical = categorical_names(
            type(self).__name__, given["categorical_features"], X, columns
        )
        bins = None if given["numeric_bins"] == AUTO else given["numeric_bins"]
        encoding = fit_features(
            rows.inputs,
            columns,
            categorical,
            rows.weight,
            standardize=given["standardize"],
            bins=bins,
        )
        matrix = rows.inputs if isinstance(rows.inputs, np.ndarray) else None
        precision = np.dtype("float64") if matrix is None else matrix.dtype
        return Translation(encoding, self._fit_targets(rows, given), matrix is None, precision)

    def _train(
        self,
        parts: list[Part],
        translation: Translation,
        before: Fitted | None,
        given: dict[str, Any],
        *,
        partial: bool,
    ) -> None:
        """Train each network from where it stands, and leave behind what was fitted."""
        owner, targets = type(self).__name__, translation.targets
        size = Size(parts[0][0].examples, len(parts[0][0].x), targets.outputs)
        network = choose_network(owner, given, size) if before is None else before.network
        plan = choose_plan(given, self._loss(targets, given), size, self.seed_)
        jobs = [
            Job(
                network,
                replace(plan, seed=self.seed_ + member),
                training,
                measured,
                None if before is None else resumable(before.members[member].state, measured),
            )
            for member, (training, measured, _) in enumerate(parts)
        ]
        threads = checked_threads(owner, given["n_jobs"])
        wanted = given["engine"] if before is None else before.engine
        # Members share the threads; a network alone has them for its products.
        own = threads if len(jobs) == 1 else 1
        engine = suited_engine(wanted, jobs[0], len(jobs), own)
        if before is None:
            suited = "float32" if engine.name == "compiled" else translation.precision
            dtype = np.dtype(suited if given["dtype"] == AUTO else given["dtype"])
        else:
            dtype = before.dtype
        fitted = Fitted(translation, network, (), dtype, engine.name)
        scored = given["early_stopping"] is True and jobs[0].validation is not None
        scores = getattr(self, "validation_scores_", None) if before is not None else None
        request = Request(
            epochs=1 if partial else given["max_iter"],
            deadline=perf_counter() + (given["time_limit"] or inf),
            adaptive=given["learning_rate"] == "adaptive",
            again=not partial,
            scores=tuple(scores or ()),
            score=targets.score if scored else None,
            tolerance=given["tol"],
            evaluations=given["max_fun"],
            columns=translation.encoding.feature_names,
        )
        epochs = request.epochs * len(jobs)
        tasks = EpochTasks(self, given["on_epoch"], given["verbose"], epochs)
        tasks.begin(lambda member: self._attributes(replace(fitted, members=(member,))))
        jobs = [in_precision(job, dtype) for job in jobs]
        if given["solver"] == "lbfgs":
            ended = [search(job, request) for job in jobs]
        else:
            path: Path | None = None if partial else given["checkpoint"]
            how = {"epochs": request.epochs, "dtype": dtype.name, "adaptive": request.adaptive}
            run = "" if path is None else fingerprint(owner, jobs, engine.name, how)
            checkpoint = Checkpoint(path, given["checkpoint_every"], self.seed_, run)
            places = [part[2] for part in parts]
            ended = descend_all(engine, jobs, places, request, tasks, checkpoint, threads)
        first = ended[0]
        self.t_ += first.epochs * first.examples
        self.describe(
            replace(fitted, members=tuple(one.member for one in ended)),
            epochs=first.epochs,
            scores=first.scores if scored else None,
            reason=first.end.value,
        )
        self.autopsy_: Autopsy | None = first.autopsy
        planned = given["learning_rate"] in DESCENDING or self.max_iter == AUTO
        report(owner, ended, most=0 if partial or planned else given["max_iter"])
        if not self.fitted_.is_finite(parts[0][0].x):
            raise FitError.overflowing(owner)
        tasks.end(first.member)

    def describe(
        self, fitted: Fitted, *, epochs: int, scores: Sequence[float] | None, reason: str
    ) -> None:
        """Set the fitted attributes to what a fit has left; for files and for ``fit`` itself."""
        for name, value in self._attributes(fitted).items():
            setattr(self, name, value)
        history = fitted.members[0].state.history
        self.n_iter_ = epochs
        self.loss_curve_ = list(history.training_loss)
        self.validation_loss_curve_ = list(history.validation_loss) or None
        self.learning_rate_curve_ = list(history.learning_rate)
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else float("nan")
        scored = self.early_stopping is True
        self.best_loss_ = None if scored else min(self.loss_curve_, default=float("nan"))
        self.validation_scores_ = None if scores is None else list(scores)
        self.best_validation_score_ = None if not scores else float(np.nanmax(scores))
        self.stopped_because_ = reason
        self.autopsy_ = None

    def _attributes(self, fitted: Fitted) -> dict[str, Any]:
        """Return the attributes that predict and describe."""
        coefs, intercepts = fitted.weights()
        targets = fitted.translation.targets
        classes = {"classes_": targets.names} if isinstance(targets, Classes) else {}
        names = {
            name: getattr(self, name)
            for name in ("feature_names_in_", "n_features_in_")
            if hasattr(self, name)
        }
        return {
            "fitted_": fitted,
            "coefs_": coefs,
            "intercepts_": intercepts,
            "n_layers_": len(coefs) + 1,
            "n_outputs_": targets.outputs,
            "out_activation_": output_name(fitted.loss),
            **classes,
            **names,
        }

    # Predicting.

    def _outputs(self, X: Any) -> FloatArray:
        """Return the mean output (O, N) of the networks for rows."""
        check_is_fitted(self, "fitted_")
        rows = read_input(self, X, tabular=self.fitted_.translation.tabular)
        owner, threads = type(self).__name__, 1 if self.n_jobs is None else self.n_jobs
        fitted: Fitted = self.fitted_
        return fitted.outputs(rows, checked_threads(owner, threads))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator as one safetensors file, whole or not at all.

        Parameters
        ----------
        path : path-like
            Where; :func:`trainwell.load` reads it.

        Raises
        ------
        StorageError
            If the file cannot be written; an older one is intact.
        """
        from trainwell.estimators.model_file import save_estimator

        check_is_fitted(self, "fitted_")
        save_estimator(path, self)

    def to_torch(self) -> Any:
        """Return a ``torch.nn.Module`` in evaluation mode that predicts the same.

        It gives what ``predict_proba`` or, of a regressor, ``predict`` gives, and was seen to
        before it is returned; see docs/export.md.
        """
        from trainwell.estimators.torch_export import to_torch_module

        check_is_fitted(self, "fitted_")
        return to_torch_module(f"{type(self).__name__}.to_torch", self.fitted_)

    def to_onnx(self, path: str | PathLike[str]) -> None:
        """Write an ONNX file that predicts the same, whole or not at all.

        From its input ``X`` come ``label`` and ``probabilities`` or, of a regressor,
        ``prediction``; it was seen to give ours before it is written; see docs/export.md.
        """
        from trainwell.estimators.onnx_export import write_onnx

        check_is_fitted(self, "fitted_")
        write_onnx(f"{type(self).__name__}.to_onnx", self.fitted_, path)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _data(translation: Translation, rows: Rows) -> Data:
    """Return rows as columns for a network."""
    features = features_of(translation.encoding, rows.inputs)
    targets = translation.targets.encode(rows.targets)
    return Data(np.asarray(features.T, np.float64), targets, rows.weight)
