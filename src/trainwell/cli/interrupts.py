"""Ctrl-C while the results are being written."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from trainwell.cli.text import say


@contextmanager
def first_interrupt_waits() -> Iterator[None]:
    """Let the first Ctrl-C wait for the end of the block; a second one is not held up."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's alone
        return

    def wait(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        say("Training is over: writing the results.")

    before = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
