"""Ctrl-C while something runs that should not be cut short."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """A Ctrl-C that waits."""

    def __init__(self) -> None:
        self.waits = False

    def deliver(self) -> None:
        """Let it do what it would have done when it came, if one came."""
        if self.waits:
            self.waits = False
            signal.raise_signal(signal.SIGINT)


@contextmanager
def first_interrupt_waits(heard: Callable[[], None]) -> Iterator[Interrupt]:
    """Let the first Ctrl-C wait in the block, which may deliver it; a second is not held up.

    ``heard`` is called when it comes. What is never delivered is dropped.
    """
    interrupt = Interrupt()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield interrupt  # signals are the main thread's alone, and an ignored one stays so
        return

    def wait(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        interrupt.waits = True
        heard()

    signal.signal(signal.SIGINT, wait)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
