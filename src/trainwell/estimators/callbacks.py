"""Who is told of each epoch of a fit: the terminal, a function, scikit-learn's callbacks."""

from collections.abc import Callable, Sequence
from typing import Any

from trainwell.estimators.fitted import Member
from trainwell.training.engine import Epoch

Attributes = Callable[[Member], dict[str, Any]]
"""Gives the fitted attributes as if the fit had stopped with a network."""


class EpochTasks:
    """Tells of the epochs of one fit.

    Parameters
    ----------
    estimator : BaseEstimator
        That is fitted.
    on_epoch : callable or None
        Called with each record; where it returns ``True`` the fit stops.
    verbose : bool or int
        Whether a line is printed for each epoch.
    epochs : int
        Most epochs of the fit, of all members.
    """

    def __init__(
        self, estimator: Any, on_epoch: Callable[[Epoch], Any] | None, verbose: Any, epochs: int
    ) -> None:
        self.estimator, self.on_epoch = estimator, on_epoch
        self.verbose, self.epochs = verbose, epochs
        self.context: Any = None
        self.told = 0

    @property
    def wanted(self) -> bool:
        """Whether anybody wants to know of each epoch."""
        return bool(self.verbose) or self.on_epoch is not None or self.context is not None

    def begin(self, attributes: Attributes) -> None:
        """Tell that the fit begins; ``attributes`` are those of a fit that has a network."""
        self.attributes = attributes
        if getattr(self.estimator, "_skl_callbacks", None):
            # scikit-learn's way for estimators to support its callbacks.
            begin = self.estimator._init_callback_context  # noqa: SLF001
            self.context = begin(max_subtasks=self.epochs)
            self.context.call_on_fit_task_begin(estimator=self.estimator)

    def tell(self, record: Epoch, scores: Sequence[float], member: Member) -> bool:
        """Tell of an epoch that has ended, and return whether the fit should stop."""
        if self.verbose:
            print(_line(record, scores))  # noqa: T201
        stop = self.on_epoch is not None and self.on_epoch(record) is True
        self.told += 1
        # After a divergence there are more epochs than were announced.
        if self.context is None or self.told > self.epochs:
            return stop
        task = self.context.subcontext(task_name="epoch")
        task.call_on_fit_task_begin(estimator=self.estimator)
        ended = task.call_on_fit_task_end(
            estimator=self.estimator, reconstruction_attributes=lambda: self.attributes(member)
        )
        return bool(ended) or stop

    def end(self, member: Member) -> None:
        """Tell that the fit has ended."""
        if self.context is not None:
            self.context.call_on_fit_task_end(
                estimator=self.estimator, reconstruction_attributes=lambda: self.attributes(member)
            )


def _line(record: Epoch, scores: Sequence[float]) -> str:
    """Return what is printed of an epoch."""
    parts = [f"Iteration {record.number}, loss = {record.training_loss:.8f}"]
    if record.validation_loss is not None:
        parts.append(f"validation loss = {record.validation_loss:.8f}")
    if scores:
        parts.append(f"validation score = {scores[-1]:.6f}")
    return ", ".join(parts)
