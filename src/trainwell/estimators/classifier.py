"""A multi-layer perceptron that tells classes, behind scikit-learn's interface."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if

from trainwell.estimators.parameters import AUTO
from trainwell.estimators.perceptron import Perceptron, takes_steps
from trainwell.estimators.rows import Rows
from trainwell.estimators.targets import (
    Classes,
    Measured,
    announced_classes,
    fit_classes,
    read_classes,
)
from trainwell.network.cross_entropy import SigmoidCrossEntropy, SoftmaxCrossEntropy
from trainwell.network.losses import Loss
from trainwell.types import FloatArray


class MLPClassifier(ClassifierMixin, Perceptron):
    """A multi-layer perceptron for classes; scikit-learn's, and what its users asked for.

    Inputs are encoded and standardised, missing values imputed and marked, rows kept for
    validation, and the weights of the best epoch restored. ``"auto"`` leaves a choice to the
    table's size; docs/defaults.md has the evidence. A fit that diverges is tried once more
    with a tenth of the rate, which a warning reports.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or "auto", default="auto"
        Units of each hidden layer; ``()`` is a linear model. scikit-learn: ``(100,)``.
    activation : str or sequence of str, default="relu"
        A name of :data:`trainwell.ACTIVATIONS` or scikit-learn's ``"logistic"``, or one a
        hidden layer.
    solver : {"adam", "sgd", "lbfgs"}, other name or Optimizer, default="adam"
        Names of :data:`trainwell.OPTIMIZERS` and optimizers of one's own, too.
    alpha : float, default=0.0001
        L2 penalty in scikit-learn's meaning: the gradient of a batch of ``b`` rows has the
        term ``alpha W / b``; at least 0.
    batch_size : int or "auto", default="auto"
        Rows of a step, positive.
    learning_rate : str or Schedule, default="auto"
        ``"constant"``, ``"invscaling"``, ``"adaptive"``, a name of
        :data:`trainwell.SCHEDULES` or a schedule; with every solver that takes steps.
        ``"auto"``: a cosine, and constant where fits go on (``warm_start``, ``partial_fit``).
    learning_rate_init : float or "auto", default="auto"
        Highest rate, positive.
    power_t : float, default=0.5
        Exponent of ``"invscaling"``, at least 0.
    max_iter : int or "auto", default="auto"
        Epochs, or iterations of lbfgs, positive.
    shuffle : bool, default=True
        Whether each epoch has its own order.
    random_state : int, RandomState, Generator or None, default=None
        Key of every random decision; the one that was drawn is :attr:`seed_`.
    tol : float or "auto", default="auto"
        How much lower than the best a loss must be to count; for lbfgs the largest
        coordinate of the gradient at the end.
    verbose : bool or int, default=False
        Whether a line is printed for each epoch.
    warm_start : bool, default=False
        Whether ``fit`` goes on where the last one ended: 10 epochs and 10 more are 20, to
        the bit.
    momentum : float, default=0.9
        Of ``"sgd"``, in [0, 1).
    nesterovs_momentum : bool, default=True
        Whether ``"sgd"`` looks ahead.
    early_stopping : bool or "auto", default="auto"
        Whether some rows are kept to measure the validation loss, whose best epoch is
        restored and whose stall ends the fit; ``"auto"`` from 100 rows on. With ``True``
        each epoch is scored, too, as in scikit-learn.
    validation_fraction : float or "auto", default="auto"
        Share of these rows, in (0, 1).
    beta_1, beta_2 : float, default=0.9 and 0.999
        Of ``"adam"``, in [0, 1).
    epsilon : float, default=1e-8
        Of ``"adam"`` and ``"rmsprop"``, positive.
    n_iter_no_change : int, inf or "auto", default="auto"
        Epochs without a new best loss that are waited for.
    max_fun : int, default=15000
        Most evaluations of lbfgs.
    dropout : float, sequence of float or "auto", default="auto"
        Rate after each hidden layer, in [0, 1), or one a layer.
    batch_norm : bool, default=False
        Whether hidden layers are normalised over the batch; a remainder of one row joins
        the batch before it.
    initializer : str, Initializer, sequence of them or None, default=None
        Of all weights, or one a layer; ``None`` takes what suits the activation (He for
        ReLU). Biases start at zero, the output's at the base rate.
    l1 : float, default=0.0
        L1 penalty, spread as ``alpha`` is.
    weight_decay : float or "auto", default="auto"
        Decoupled decay: each step shrinks weights by ``learning_rate`` times this share.
        Another thing than ``alpha``.
    clip_norm, clip_value : float or None, default=None
        Largest norm of the gradient, and of its coordinates, positive.
    standardize : bool, default=True
        Whether numbers are standardised; predictions are in the units given.
    numeric_bins : int or "auto", default="auto"
        Pieces between quantiles that tell each standardised number as well, at least 0;
        ``"auto"``: 16 from 500 rows on, where that leaves two rows an input.
    categorical_features : {"from_dtype"}, sequence or None, default="from_dtype"
        Columns that hold categories: names, numbers or truth values; by default those of a
        categorical dtype. Columns of words are recognised by their cells.
    n_members : int or "auto", default="auto"
        Networks whose predictions are averaged, each with a seed and validation rows of its
        own.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Precision of the steps; ``"auto"`` takes float32 in the compiled engine, else that of
        the data.
    engine : {"auto", "compiled", "reference"}, default="auto"
        What executes the steps; ``"auto"`` decides by the size of an epoch.
    n_jobs : int or None, default=None
        Threads; -1 takes one a core.
    time_limit : float or None, default=None
        Seconds after which a fit ends with what it has.
    checkpoint : path-like or None, default=None
        File that keeps where a fit stands; the same fit, begun again after a kill, goes on
        from there to the bits of one that was not killed. Removed at the end.
    checkpoint_every : float, default=30.0
        Seconds from one writing to the next.
    on_epoch : callable or None, default=None
        Called with the :class:`trainwell.Epoch` record of each epoch; where it returns
        ``True`` the fit stops.
    label_smoothing : float or "auto", default="auto"
        Share of each target that is spread over the classes, in [0, 1).
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied with those of the rows.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        In the order of the probabilities.
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, units) and biases (units,) of each dense layer of the first network,
        which act on the encoded inputs.
    loss_curve_, validation_loss_curve_, learning_rate_curve_ : list of float
        After each epoch: mean objective over its batches, mean loss on the validation rows
        (``None`` without), rate; all on standardised targets.
    validation_scores_, best_validation_score_ : list of float and float
        Accuracy on the validation rows, with ``early_stopping=True``; else ``None``.
    best_loss_, loss_ : float
        Lowest and last loss of the curve; the former ``None`` with ``early_stopping=True``.
    n_iter_, t_ : int
        Epochs of the last fit; rows that were seen in all.
    n_layers_, n_outputs_ : int
        Layers, the input's included, and outputs.
    out_activation_ : str
        Name of the output's function.
    fitted_ : Fitted
        What the core of the library trained, and how rows become its arrays.
    seed_ : int
        Key of every random decision.
    stopped_because_ : str
        Why the fit ended.
    autopsy_ : Autopsy or None
        Where the last fit diverged, and why, if it did.

    Raises
    ------
    ConfigurationError
        When fitted, if a parameter is outside its domain.

    See Also
    --------
    MLPRegressor : The same for measured numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from trainwell import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> MLPClassifier(random_state=0).fit(X, y).score(X, y) > 0.95
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = AUTO,
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: Any = 1e-4,
        batch_size: Any = AUTO,
        learning_rate: Any = AUTO,
        learning_rate_init: Any = AUTO,
        power_t: Any = 0.5,
        max_iter: Any = AUTO,
        shuffle: Any = True,
        random_state: Any = None,
        tol: Any = AUTO,
        verbose: Any = False,
        warm_start: Any = False,
        momentum: Any = 0.9,
        nesterovs_momentum: Any = True,
        early_stopping: Any = AUTO,
        validation_fraction: Any = AUTO,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-8,
        n_iter_no_change: Any = AUTO,
        max_fun: Any = 15_000,
        dropout: Any = AUTO,
        batch_norm: Any = False,
        initializer: Any = None,
        l1: Any = 0.0,
        weight_decay: Any = AUTO,
        clip_norm: Any = None,
        clip_value: Any = None,
        standardize: Any = True,
        numeric_bins: Any = AUTO,
        categorical_features: Any = "from_dtype",
        n_members: Any = AUTO,
        dtype: Any = AUTO,
        engine: Any = AUTO,
        n_jobs: Any = None,
        time_limit: Any = None,
        checkpoint: Any = None,
        checkpoint_every: Any = 30.0,
        on_epoch: Any = None,
        label_smoothing: Any = AUTO,
        class_weight: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.initializer = initializer
        self.l1 = l1
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.standardize = standardize
        self.numeric_bins = numeric_bins
        self.categorical_features = categorical_features
        self.n_members = n_members
        self.dtype = dtype
        self.engine = engine
        self.n_jobs = n_jobs
        self.time_limit = time_limit
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.on_epoch = on_epoch
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on some rows.

        Twenty calls on the same rows are a fit of twenty epochs without validation rows, to
        the bit. Columns are encoded as the rows of the first call have it.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows.
        y : array of shape (n_samples,) or (n_samples, n_outputs)
            Their classes.
        classes : array of shape (n_classes,) or None, default=None
            All that will ever come; needed in the first call.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the rows, at least 0.

        Returns
        -------
        MLPClassifier
            Itself.

        Raises
        ------
        ValueError
            If classes are missing or others than before.
        """
        before = self.fitted_.translation.targets if hasattr(self, "fitted_") else None
        self._announced = announced_classes(type(self).__name__, classes, before)
        try:
            return self._fit_partially(X, y, sample_weight)
        finally:
            del self._announced

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows like those of the fit.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Classes, or zeros and ones for labels.
        """
        probabilities = self.predict_proba(X)
        classes: Classes = self.fitted_.translation.targets
        return classes.decode(probabilities)

    def predict_proba(self, X: Any) -> FloatArray:
        """Return the probability of each class.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows like those of the fit.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of :attr:`classes_`.
        """
        outputs = self._outputs(X)
        classes: Classes = self.fitted_.translation.targets
        return classes.probabilities(outputs)

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array, sparse matrix or data frame of shape (n_samples, n_features)
            Rows like those of the fit.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            At most 0; minus infinity where a probability is zero.
        """
        with np.errstate(divide="ignore"):
            logarithms: FloatArray = np.log(self.predict_proba(X))
        return logarithms

    def _read_targets(self, y: Any) -> np.ndarray[Any, Any]:
        return read_classes(type(self).__name__, y)

    def _fit_targets(self, rows: Rows, given: dict[str, Any]) -> Classes:
        found, announced = fit_classes(rows.targets), getattr(self, "_announced", None)
        if announced is None:
            return found
        known = Classes(announced, found.multilabel)
        known.encode(rows.targets)
        return known

    def _check_known(
        self, targets: np.ndarray[Any, Any], known: Classes | Measured, *, same: bool
    ) -> None:
        if not isinstance(known, Classes) or known.multilabel:
            return
        if same and not hasattr(self, "_announced"):
            known.check_same(targets)
        known.indices(targets)

    def _loss(self, targets: Classes | Measured, given: dict[str, Any]) -> Loss:
        smoothing = given["label_smoothing"]
        if targets.outputs == 1 or (isinstance(targets, Classes) and targets.multilabel):
            return SigmoidCrossEntropy(smoothing)
        return SoftmaxCrossEntropy(smoothing)

    def _class_weighted(
        self, targets: np.ndarray[Any, Any], weight: FloatArray | None
    ) -> FloatArray | None:
        if self.class_weight is None:
            return weight
        balanced: FloatArray = compute_sample_weight(self.class_weight, targets)
        return balanced if weight is None else balanced * weight

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
