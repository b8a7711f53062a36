"""Progress of a training: a bar on a terminal, a few lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from trainwell.cli.text import messages, number, printable, say
from trainwell.training.engine import Epoch

Show = Callable[[Epoch], None]


@contextmanager
def progress(max_epochs: int, *, quiet: bool = False) -> Iterator[Show]:
    """Show epochs while they come.

    Parameters
    ----------
    max_epochs : int
        Length of the longest run.
    quiet : bool, default=False
        Whether to show nothing.

    Yields
    ------
    callable
        To be given every epoch.
    """
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(max_epochs) as show:
            yield show
    else:
        yield _line


def busy(text: str, *, quiet: bool = False) -> AbstractContextManager[object]:
    """Say on a terminal what is being done, for as long as it takes."""
    if quiet or not sys.stderr.isatty():
        return nullcontext()
    return messages().status(printable(text))


@contextmanager
def _bar(max_epochs: int) -> Iterator[Show]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("epoch {task.completed:,} of {task.total:,}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[losses]}"),
        TimeElapsedColumn(),
    )
    # Standard output belongs to the result; rich must not wrap it.
    bar = Progress(*columns, console=messages(), transient=True, redirect_stdout=False)
    with bar:
        task = bar.add_task("training", total=max_epochs, losses="")

        def show(epoch: Epoch) -> None:
            bar.update(task, completed=epoch.number, losses=_losses(epoch))

        yield show


def _line(epoch: Epoch) -> None:
    """Print epochs 1, 2, 5, 10, 20, 50, ...: enough to see whether it goes anywhere."""
    if str(epoch.number).rstrip("0") in {"1", "2", "5"}:
        say(f"epoch {epoch.number:,}: {_losses(epoch)}")


def _losses(epoch: Epoch) -> str:
    parts = [f"train {number(epoch.training_loss)}"]
    if epoch.validation_loss is not None:
        parts.append(f"dev {number(epoch.validation_loss)}")
    if epoch.state.best_epoch:
        parts.append(f"best epoch {epoch.state.best_epoch:,} ({number(epoch.state.best_loss)})")
    return "  ".join(parts)
