"""The encoding of tables as a transformer of scikit-learn's."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from trainwell.estimators.given import (
    FROM_DTYPE,
    categorical_names,
    features_of,
    fit_features,
    read_input,
)
from trainwell.estimators.parameters import AUTO
from trainwell.settings import check_flag, required_integer
from trainwell.types import FloatArray


class TableEncoder(TransformerMixin, BaseEstimator):
    """Columns of any kind to the features of a network.

    Numbers are imputed by their median and standardised, and what lies beyond the numbers of
    the fit is held one standard deviation further; a feature says where they were missing.
    Categories and words become one feature for each frequent level, dates a day and its place
    in its cycles. :class:`~trainwell.estimators.classifier.MLPClassifier` and the command
    line encode their tables in this very way.

    Parameters
    ----------
    categorical_features : {"from_dtype"}, sequence of str, int or bool, or None
        Columns that hold categories whatever they look like; by default those of a
        categorical dtype. Columns of words are recognised by their cells.
    standardize : bool, default=True
        Whether numbers are standardised.
    numeric_bins : int or "auto", default=0
        Pieces between quantiles that tell a standardised number as well, at least 0;
        ``"auto"`` decides by the size of the table.

    Attributes
    ----------
    encoding_ : TableEncoding
        What was learnt: names, levels and one array of numbers; no pickle is needed to
        store it.
    n_features_in_ : int
        Columns of the fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where all are strings.

    Raises
    ------
    ConfigurationError
        If a setting is outside its domain.
    DataError
        If no column can be an input.

    Examples
    --------
    >>> import polars as pl
    >>> from trainwell import TableEncoder
    >>> pets = pl.DataFrame({"pet": ["cat", "dog"] * 3, "weight": [4.0, None, 5.0, 9.0, 3.0, 9.0]})
    >>> encoder = TableEncoder().fit(pets)
    >>> encoder.get_feature_names_out().tolist()
    ['pet = cat', 'pet = dog', 'weight', 'weight (missing)']
    >>> encoder.transform(pets)[1].round(2).tolist()
    [0.0, 1.0, -0.4, 1.0]
    """

    def __init__(
        self,
        *,
        categorical_features: Any = FROM_DTYPE,
        standardize: bool = True,
        numeric_bins: Any = 0,
    ) -> None:
        self.categorical_features = categorical_features
        self.standardize = standardize
        self.numeric_bins = numeric_bins

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from training rows.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Numbers, words, dates or categories; missing values are welcome.
        y : ignored
            For pipelines.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the rows; those of weight zero are not looked at.

        Returns
        -------
        TableEncoder
            Itself.
        """
        check_flag(self, "standardize")
        bins = None
        if not isinstance(self.numeric_bins, str) or self.numeric_bins != AUTO:
            owner = type(self).__name__
            bins = required_integer(owner, "numeric_bins", self.numeric_bins, 0)
        given = read_input(self, X, self.categorical_features)
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, given, ensure_non_negative=True)
            kept = weight > 0
            weight = weight[kept]
            given = given[kept] if isinstance(given, np.ndarray) else given.filter(kept)
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        columns = names or [f"x{at}" for at in range(self.n_features_in_)]
        owner = type(self).__name__
        chosen = categorical_names(owner, self.categorical_features, X, columns)
        self.encoding_ = fit_features(
            given, columns, chosen, weight, standardize=self.standardize, bins=bins
        )
        self._tabular = not isinstance(given, np.ndarray)
        return self

    def transform(self, X: Any) -> FloatArray:
        """Return the features of rows like those of the fit.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            With the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
            Finite numbers.
        """
        check_is_fitted(self)
        return features_of(self.encoding_, read_input(self, X, tabular=self._tabular))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """Return the names of the features.

        Parameters
        ----------
        input_features : ignored
            The names are those of the fit.

        Returns
        -------
        ndarray of str of shape (n_features_out,)
            In order.
        """
        check_is_fitted(self)
        return np.array(self.encoding_.feature_names, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
