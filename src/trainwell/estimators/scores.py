"""How good predictions are, and how good the trivial ones would be."""

from collections.abc import Mapping

import numpy as np

from trainwell.report.fit_summary import Scores
from trainwell.types import FloatArray, IntArray

CLASSIFICATION_METRICS = ("accuracy", "log loss", "balanced accuracy", "ROC AUC")
REGRESSION_METRICS = ("R2", "RMSE", "MAE")
BASELINE = "baseline (test)"


def classification_scores(labels: IntArray, probabilities: FloatArray) -> tuple[float | None, ...]:
    """Return accuracy, log loss (nats), balanced accuracy and ROC AUC.

    Parameters
    ----------
    labels : IntArray of shape (N,)
        True classes, as numbers from 0.
    probabilities : FloatArray of shape (N, C)
        Predicted share of each class; rows sum to 1.

    Returns
    -------
    tuple of float or None
        In the order of ``CLASSIFICATION_METRICS``. ROC AUC of more than two classes is
        the mean of one against the rest; it is ``None`` where a class is absent.
    """
    from sklearn import metrics

    classes = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    present = np.unique(labels)
    recalls = [float((predicted[labels == label] == label).mean()) for label in present]
    area: float | None = None
    if len(present) == len(classes):
        if len(classes) == 2:
            area = float(metrics.roc_auc_score(labels, probabilities[:, 1]))
        else:
            area = float(
                metrics.roc_auc_score(labels, probabilities, multi_class="ovr", labels=classes)
            )
    return (
        float((predicted == labels).mean()),
        float(metrics.log_loss(labels, probabilities, labels=classes)),
        float(np.mean(recalls)),
        area,
    )


def regression_scores(y: FloatArray, predicted: FloatArray) -> tuple[float | None, ...]:
    r"""Return R2, root mean squared error and mean absolute error.

    .. math:: R^2 = 1 - \frac{\sum (y - \hat y)^2}{\sum (y - \bar y)^2}

    Parameters
    ----------
    y : FloatArray of shape (N,)
        True values.
    predicted : FloatArray of shape (N,)
        Predictions.

    Returns
    -------
    tuple of float or None
        In the order of ``REGRESSION_METRICS``, the errors in the target's units; R2 is
        ``None`` where the target does not vary.
    """
    unit = float(np.abs(y - y.mean()).max()) or 1.0  # so that squares of huge targets fit
    residual = (predicted - y) / unit
    spread = float((((y - y.mean()) / unit) ** 2).sum())
    explained = 1 - float((residual**2).sum()) / spread if spread > 0 else None
    error = unit * float(np.sqrt((residual**2).mean()))
    return explained, error, unit * float(np.abs(residual).mean())


def classification_table(
    labels: Mapping[str, IntArray], probabilities: Mapping[str, FloatArray]
) -> Scores:
    """Return the scores of each part, and of always predicting the training shares.

    Parameters
    ----------
    labels : mapping of str to IntArray of shape (N,)
        True classes of ``train``, ``dev`` and ``test``.
    probabilities : mapping of str to FloatArray of shape (N, C)
        Predicted shares of the same parts.

    Returns
    -------
    Scores
        One row a part, then the baseline.
    """
    rows = [(part, classification_scores(labels[part], probabilities[part])) for part in labels]
    shares = np.bincount(labels["train"], minlength=probabilities["train"].shape[1])
    trivial = np.tile(shares / shares.sum(), (len(labels["test"]), 1))
    rows.append((BASELINE, classification_scores(labels["test"], trivial)))
    return Scores(CLASSIFICATION_METRICS, tuple(rows))


def regression_table(
    targets: Mapping[str, FloatArray], predicted: Mapping[str, FloatArray]
) -> Scores:
    """Return the scores of each part, and of always predicting the training mean.

    Parameters
    ----------
    targets : mapping of str to FloatArray of shape (N,)
        True values of ``train``, ``dev`` and ``test``.
    predicted : mapping of str to FloatArray of shape (N,)
        Predictions of the same parts.

    Returns
    -------
    Scores
        One row a part, then the baseline.
    """
    rows = [(part, regression_scores(targets[part], predicted[part])) for part in targets]
    trivial = np.full(len(targets["test"]), targets["train"].mean())
    rows.append((BASELINE, regression_scores(targets["test"], trivial)))
    return Scores(REGRESSION_METRICS, tuple(rows))
