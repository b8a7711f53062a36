"""``trainwell check --bench``: how good the gradient checker itself is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trainwell.cli.text import messages, print_json, say

if TYPE_CHECKING:
    from trainwell.diagnosis.scorecard.parallel import Progress

_STOPPED = "Stopped: there is no score card. --mutants 300 gives one in a minute."


def bench(mutants: int | None, seed: int, *, json: bool, quiet: bool) -> None:
    """Measure the checker and print its score card."""
    from trainwell.diagnosis.scorecard.card import run_card

    try:
        with _progress(quiet=quiet) as progress:
            card = run_card(mutants, seed, progress=progress)
    except KeyboardInterrupt:
        say(_STOPPED)
        raise
    if json:
        print_json(card.as_dict())
    else:
        print(card)


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Progress | None]":
    """Draw a bar on a terminal, nothing elsewhere."""
    console = messages()
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=None)

        def told(title: str, done: int, total: int) -> None:
            bar.update(task, description=title, completed=done, total=total)

        yield told
