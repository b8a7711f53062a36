"""Everything that the report of a fitted table says, as plain values."""

from dataclasses import dataclass

from trainwell.data.columns import Column
from trainwell.errors import ConfigurationError, ShapeError
from trainwell.training.state import History
from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class ClassTest:
    """The test rows of a classification.

    Parameters
    ----------
    classes : tuple of str
        Names in the order of the probabilities; of two, the second is the event whose
        probability is drawn.
    true, predicted : tuple of str
        Class of each row.
    probabilities : FloatArray of shape (N, C)
        Predicted probability of each class for each row, in [0, 1].

    Raises
    ------
    ShapeError
        If rows or classes are not equally many everywhere.
    """

    classes: tuple[str, ...]
    true: tuple[str, ...]
    predicted: tuple[str, ...]
    probabilities: FloatArray

    def __post_init__(self) -> None:
        expected = (len(self.true), len(self.classes))
        if self.probabilities.shape != expected:
            shape = self.probabilities.shape
            raise ShapeError.mismatch("ClassTest", "probabilities", shape, str(expected))
        if len(self.predicted) != len(self.true):
            shape = (len(self.predicted),)
            raise ShapeError.mismatch("ClassTest", "predicted", shape, f"({len(self.true)},)")

    @property
    def rows(self) -> int:
        """Number of test rows."""
        return len(self.true)

    @property
    def right(self) -> int:
        """Number of rows whose own class is predicted."""
        return sum(is_ == said for is_, said in zip(self.true, self.predicted, strict=True))


@dataclass(frozen=True, eq=False)
class NumberTest:
    """The test rows of a regression.

    Parameters
    ----------
    true, predicted : FloatArray of shape (N,)
        Number of each row, in the unit of the target.

    Raises
    ------
    ShapeError
        If there are not as many true as predicted numbers.
    """

    true: FloatArray
    predicted: FloatArray

    def __post_init__(self) -> None:
        if self.true.ndim != 1 or self.predicted.shape != self.true.shape:
            shape = self.true.shape, self.predicted.shape
            raise ShapeError.mismatch("NumberTest", "true and predicted", shape, "(N,) and (N,)")

    @property
    def rows(self) -> int:
        """Number of test rows."""
        return int(self.true.size)


@dataclass(frozen=True)
class Scores:
    """How good the predictions of each part are, and the trivial ones.

    Parameters
    ----------
    metrics : tuple of str
        Their names: ``"accuracy"``, ``"log loss"``, ``"RMSE"``, ...
    rows : tuple of (str, tuple of float or None)
        Part and one value for each metric, ``None`` where it is not defined. One of the
        parts is called ``"test"``, the trivial prediction ``"baseline (test)"``.

    Raises
    ------
    ConfigurationError
        If a row does not have one value for each metric.
    """

    metrics: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]

    def __post_init__(self) -> None:
        for part, values in self.rows:
            if len(values) != len(self.metrics):
                sentence = f"{part!r} has {len(values)} values for {len(self.metrics)} metrics"
                raise ConfigurationError.contradiction("Scores", sentence)

    def value(self, part: str, metric: str) -> float | None:
        """Return one value; ``None``, too, where there is no such part or metric."""
        row = dict(self.rows).get(part)
        if row is None or metric not in self.metrics:
            return None
        return row[self.metrics.index(metric)]


@dataclass(frozen=True, eq=False)
class FitSummary:
    """A table, the network that was fitted to it, and what came of it.

    Parameters
    ----------
    source : str
        Name of the table, without its folder: the report may be passed on.
    target : str
        Name of the predicted column.
    target_word : str
        What it is and why: ``"3 different words"``.
    parts : tuple of (str, int)
        Rows of train, dev and test, by these names.
    columns : tuple of Column
        All columns but the target, those left out included.
    notes : tuple of str
        Sentences about the table that a person should read.
    scores : Scores
        Of each part and of the trivial prediction.
    baseline : str
        The trivial prediction in words, such that "would be right" may follow:
        ``"always saying Adelie"``, ``"always saying 5.64 (the training mean)"``.
    history : History
        Loss of each epoch.
    best_epoch : int
        Epoch whose weights are kept, from 1; 0 if training never found any.
    outcome : str
        How training ended, in a sentence.
    test : ClassTest or NumberTest
        True and predicted values of the test rows.
    network, plan : str
        What was trained and how, in words.
    configuration : str
        The JSON text that repeats the run.
    seed : int
        Key of every random decision.
    versions : tuple of (str, str)
        Programs and their versions, trainwell's among them.
    repeat_command, predict_command : str
        Lines for the command line.
    """

    source: str
    target: str
    target_word: str
    parts: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    scores: Scores
    baseline: str
    history: History
    best_epoch: int
    outcome: str
    test: ClassTest | NumberTest
    network: str
    plan: str
    configuration: str
    seed: int
    versions: tuple[tuple[str, str], ...]
    repeat_command: str
    predict_command: str

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "classification" if isinstance(self.test, ClassTest) else "regression"
