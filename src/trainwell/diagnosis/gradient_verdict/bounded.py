"""Calls that have to end: with other numbers, or a patch, a loop may go round for ever."""

import ctypes
from collections.abc import Callable
from math import inf, isinf
from threading import Lock, Thread, get_ident
from time import perf_counter, sleep
from typing import Any

from trainwell.errors import EndlessError

_POLL = 0.05  # seconds between two looks
_AGAIN = 1.0  # seconds after which a function that catches everything is stopped once more
_STEPS = 10  # of Python's, between which it looks for what is to be raised

_lock = Lock()
_ends: dict[int, float] = {}  # by thread, when its call has to have ended
_stopped: set[int] = set()  # threads that were told, and may not have heard it yet
_watches: list[Thread] = []  # one, as long as there is something to watch


class _Stop(BaseException):
    """What a function is stopped with: it may catch every ``Exception``."""


def bounded(function: Callable[..., Any], seconds: float, *arguments: Any, **named: Any) -> Any:
    """Return what a function returns, or stop it.

    Parameters
    ----------
    function : callable
        Anything that runs Python's code: what waits in another language is not stopped.
    seconds : float
        How long it may take.
    *arguments : Any
        What it is given.
    **named : Any
        What it is given by name.

    Returns
    -------
    Any
        What it returns.

    Raises
    ------
    EndlessError
        If it takes longer.
    """
    if isinf(seconds):
        return function(*arguments, **named)
    thread = get_ident()
    before = _ends.get(thread, inf)
    try:
        _set(thread, min(before, perf_counter() + seconds))
        try:
            return function(*arguments, **named)
        finally:
            _set(thread, before)
    except _Stop:
        _set(thread, before)
        raise EndlessError.after(seconds) from None


def _set(thread: int, end: float) -> None:
    """Let a thread's call end at some time; what it was told before does not count any more."""
    with _lock:
        if isinf(end):
            _ends.pop(thread, None)
        else:
            _ends[thread] = end
            if not any(each.is_alive() for each in _watches):  # a forked process has none
                _watches[:] = [Thread(target=_watch, name="endless calls", daemon=True)]
                _watches[0].start()
        told = thread in _stopped
        _stopped.discard(thread)
    for _ in range(_STEPS if told else 0):
        get_ident()  # an exception that is still on its way arrives between two calls


def _watch() -> None:
    """Stop what takes too long, until there is nothing to watch."""
    while True:
        sleep(_POLL)
        with _lock:
            if not _ends:
                _watches.clear()
                return
            now = perf_counter()
            for thread in [each for each, end in _ends.items() if now > end]:
                _ends[thread] = now + _AGAIN
                _stopped.add(thread)
                # It is never taken back: Python 3.11 then hangs in the next function it traces.
                stop = ctypes.py_object(_Stop)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), stop)
