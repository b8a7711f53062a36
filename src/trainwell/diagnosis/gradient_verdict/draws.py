"""Which of the user's functions draw random numbers."""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from trainwell.diagnosis.gradient_tape.places import is_users
from trainwell.diagnosis.gradient_verdict.generators import Generators


def drawing(function: Callable[[], Any], note: Callable[[], Generators]) -> set[CodeType]:
    """Call a function, and return what code of the user's draws random numbers in it.

    Parameters
    ----------
    function : callable
        Calls the user's functions.
    note : callable
        Notes the state of every generator that can be found.

    Returns
    -------
    set of CodeType
        Empty under another profiler, which could not be put back.
    """
    found: set[CodeType] = set()
    noted = note()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal noted
        if event not in ("call", "return") or not is_users(frame.f_code.co_filename):
            return
        if noted.have_moved():  # since the last call or return: in what has run since
            noted = note()
            running = frame if event == "return" else frame.f_back
            while running is not None and not is_users(running.f_code.co_filename):
                running = running.f_back
            if running is not None:
                found.add(running.f_code)

    if sys.getprofile() is not None:
        return found
    sys.setprofile(watch)
    try:
        function()
    finally:
        sys.setprofile(None)
    return found
