"""One planted fault."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A mistake put into the source on purpose, and the tests that must notice.

    Parameters
    ----------
    name : str
        What is wrong, in a few words.
    file : str
        Where, below ``src/trainwell``.
    old, new : str
        Text that stands exactly once in the file, and what takes its place.
    tests : tuple of str
        Paths or node ids for pytest, from the project's root; at least one test fails.
    environment : tuple of (str, str), default=()
        Variables that the tests run with, and their values.
    needs : str, default=""
        A package that is an extra, without which the tests are skipped.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    needs: str = ""
