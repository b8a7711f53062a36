"""What patches of the user's functions do to the gradients: each is tried for a moment."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from math import inf
from types import CodeType
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_patches.patch import Patch, all_applied
from trainwell.diagnosis.gradient_patches.patched import Source, replaced
from trainwell.diagnosis.gradient_verdict.bounded import bounded
from trainwell.diagnosis.gradient_verdict.comparison import are_close, scale_of_all
from trainwell.errors import EndlessError
from trainwell.randomness import generator
from trainwell.types import FloatArray, IntArray

_ENDLESS = 12  # patches that did not come to an end: no more of their statements are tried
_OF_TURNS = 0.1  # of the time that a call may take: where loops turn, pauses are no reason
RIGHT = 1e-8
"""Relative error of a gradient that is right, in double precision."""
_SAMPLED = 256  # numbers of all wrong gradients together that are kept of a trial


def _nothing() -> None:
    """Put nothing back where no array is in reach."""


@dataclass(frozen=True, eq=False)
class Patchable:
    """A backward pass that can be called with patched functions.

    Parameters
    ----------
    gradient : callable
        Calls forward and backward pass; gives the gradients by the name of their parameter.
    expected : mapping of str to FloatArray
        The right ones.
    sources : sequence of Source
        The functions that may be patched.
    constants : mapping of str to float
        Numbers with a name.
    sense : callable or None
        How many values of the backward pass are derivatives, as it stands.
    settled : frozenset of tuple
        File and line of statements that right gradients are made of.
    suspected : frozenset of tuple
        File and line of statements that make something wrong of what is right.
    close : frozenset of tuple
        File and line of statements that give these what they use.
    formed : frozenset of tuple
        File and line of statements whose values are derivatives as they stand.
    given : frozenset of tuple
        File and line of statements that give, to the bit, what the forward pass has given.
    called : frozenset of tuple
        File and line of statements whose values are called like gradients.
    within : float
        Relative error of a wrong gradient that a patch made right: less than it has without one.
    exact : float
        Relative error of a gradient that is right without a patch.
    patience : float
        Seconds that a call may take: with a patch, a loop may go round for ever.
    endless : dict of int to int
        How many patches of a statement did so, by its identity.
    put_back : callable
        Gives the user's arrays the numbers again that a patch may have written over.
    elsewhere : callable
        Returns the same pass at another point; ``None`` if there is none to compare with.
    """

    gradient: Callable[[], Mapping[str, Any]]
    expected: Mapping[str, FloatArray]
    sources: Sequence[Source]
    constants: Mapping[str, float]
    sense: Callable[[], float] | None = None
    settled: frozenset[tuple[str, int]] = frozenset()
    suspected: frozenset[tuple[str, int]] = frozenset()
    close: frozenset[tuple[str, int]] = frozenset()
    formed: frozenset[tuple[str, int]] = frozenset()
    given: frozenset[tuple[str, int]] = frozenset()
    called: frozenset[tuple[str, int]] = frozenset()
    within: float = RIGHT
    exact: float = RIGHT
    patience: float = inf
    endless: dict[int, int] = field(default_factory=dict)
    put_back: Callable[[], None] = _nothing
    elsewhere: Callable[[], "Patchable | None"] = _nothing

    def is_suspected(self, source: Source) -> bool:
        """Say whether a suspected statement stands in a function."""
        first, last = source.tree.lineno, source.tree.end_lineno or source.tree.lineno
        return any(f == source.file and first <= at <= last for f, at in self.suspected)


@dataclass(frozen=True, eq=False)
class Trial:
    """A patch, and what it makes of the gradients.

    Parameters
    ----------
    source : Source
        The function that is patched.
    patch : Patch
        The change of it.
    code : CodeType or None
        The patched function's; ``None`` where the patch mends nothing by itself.
    names : tuple of str
        Parameters whose wrong gradients it makes right, without making a right one wrong.
    numbers : FloatArray or None
        Some numbers of the wrong gradients with it; ``None`` if they cannot be compared, or if a
        right gradient is wrong then.
    """

    source: Source
    patch: Patch
    code: CodeType | None
    names: tuple[str, ...]
    numbers: FloatArray | None


@contextmanager
def quietly() -> Iterator[None]:
    """Let patched functions print and warn without anybody hearing it."""
    with (
        redirect_stdout(StringIO()),
        redirect_stderr(StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def together(trials: Sequence[Trial]) -> Iterator[bool]:
    """Apply several patches for a while; gives whether there is code for all of them."""
    with ExitStack() as kept:
        kept.enter_context(all_applied([trial.patch for trial in trials]))
        sources = {id(trial.source.function): trial.source for trial in trials}.values()
        alone = len(sources) == len(trials)
        known = [trial.code if alone else None for trial in trials]
        codes = [code or s.compiled() for code, s in zip(known, sources, strict=False)]
        for source, code in zip(sources, codes, strict=True):
            if code is not None:
                kept.enter_context(replaced(source.function, code))
        yield None not in codes


def gradient_of(backward: Patchable) -> Mapping[str, Any] | None:
    """Return the gradients as the functions stand; ``None`` after an exception, or without end."""
    try:
        return _gradient(backward)
    except EndlessError:
        return None
    finally:
        backward.put_back()


def _gradient(backward: Patchable) -> Mapping[str, Any] | None:
    """Return the gradients as the functions stand; ``None`` if they raise an exception."""
    found: Mapping[str, Any] | None
    turns = {id(source.turns): source.turns for source in backward.sources}
    try:
        with ExitStack() as kept:
            for each in turns.values():
                kept.enter_context(each.limited(_OF_TURNS * backward.patience))
            found = bounded(backward.gradient, backward.patience)
    except EndlessError:
        raise
    except Exception:  # noqa: BLE001 - what a patched function raises is not foreseen
        return None
    return found


def tried(backward: Patchable, source: Source, patch: Patch, wrong: Sequence[str]) -> Trial | None:
    """Return what a patch does; ``None`` if that is nothing, an exception, or without end.

    What has no end is noted.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    source : Source
        One of its functions.
    patch : Patch
        The change of it.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    Trial or None
        With what is right in two calls.
    """
    statement = id(patch.statement)
    if statement in backward.endless and sum(backward.endless.values()) >= _ENDLESS:
        return None
    try:
        return _tried(backward, source, patch, wrong)
    except EndlessError:
        backward.endless[statement] = backward.endless.get(statement, 0) + 1
        return None


def _tried(backward: Patchable, source: Source, patch: Patch, wrong: Sequence[str]) -> Trial | None:
    hole, asking = source.hole(patch.statement)
    with patch.applied():
        value = None if asking is None else hole.filled_by(patch.changes)
        code = source.compiled() if value is None else None
    if asking is not None and value is not None and value != hole.own:
        with replaced(source.function, asking):
            found = _mended(backward, wrong)
        if found is None:
            return None
        names, given = found
        if not names:
            return Trial(source, patch, None, names, numbers_of(backward, given, wrong))
        with patch.applied():
            code = source.compiled()
    if code is None or code == source.function.__code__:
        return None
    with replaced(source.function, code):
        found = _mended(backward, wrong)
    if found is None:
        return None
    names, given = found
    return Trial(source, patch, code, names, numbers_of(backward, given, wrong))


def mended(
    backward: Patchable, wrong: Sequence[str]
) -> tuple[tuple[str, ...], Mapping[str, Any]] | None:
    """Return which wrong gradients are right in two calls, and what the first one gave.

    Parameters
    ----------
    backward : Patchable
        What is patched, as its functions stand.
    wrong : sequence of str
        Parameters whose gradients are wrong without a patch.

    Returns
    -------
    tuple or None
        What is kept from call to call shows in the second one; ``None`` after an exception.
    """
    with suppress(EndlessError):
        return _mended(backward, wrong)
    return None


def are_right(backward: Patchable, given: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Say whether some gradients are right, whatever the others are.

    Parameters
    ----------
    backward : Patchable
        What has given them.
    given : mapping of str to Any
        All gradients.
    names : sequence of str
        Parameters that are asked for.

    Returns
    -------
    bool
        To the error that a patch may leave.
    """
    scale = scale_of_all(backward.expected)
    return all(_is_right(backward, given, name, scale, backward.within) for name in names)


def _mended(
    backward: Patchable, wrong: Sequence[str]
) -> tuple[tuple[str, ...], Mapping[str, Any]] | None:
    try:
        given = _gradient(backward)
        if given is None:
            return None
        names = right(backward, given, wrong, wrong)
        if names:
            names = right(backward, _gradient(backward) or {}, names, wrong)
    finally:
        backward.put_back()
    return names, given


def right(
    backward: Patchable, given: Mapping[str, Any], names: Sequence[str], wrong: Sequence[str]
) -> tuple[str, ...]:
    """Return which of some wrong gradients are right now; none if a right one is not.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    given : mapping of str to Any
        All gradients, as they are now.
    names : sequence of str
        Parameters that are asked for.
    wrong : sequence of str
        Parameters whose gradients are wrong without a patch.

    Returns
    -------
    tuple of str
        Of ``names``.
    """
    scale = scale_of_all(backward.expected)
    within = backward.within
    found = tuple(name for name in names if _is_right(backward, given, name, scale, within))
    return found if found and _others_are_right(backward, given, wrong) else ()


def _others_are_right(backward: Patchable, given: Mapping[str, Any], wrong: Sequence[str]) -> bool:
    scale = scale_of_all(backward.expected)
    others = (name for name in backward.expected if name not in wrong)
    return all(_is_right(backward, given, name, scale, backward.exact) for name in others)


def _is_right(
    backward: Patchable, given: Mapping[str, Any], name: str, scale: float, within: float
) -> bool:
    expected = backward.expected[name]
    own = comparable(given.get(name), expected)
    return own is not None and are_close(own, expected, scale, within)


def comparable(given: Any, expected: FloatArray) -> FloatArray | None:
    """Return a gradient as an array; ``None`` if it is none, or of another shape than expected.

    One that is not given is zero, where nothing depends on the parameter.

    Parameters
    ----------
    given : Any
        What the backward pass gives.
    expected : FloatArray
        The right gradient.

    Returns
    -------
    FloatArray or None
        Its numbers.
    """
    if given is None:
        return None if expected.any() else expected
    try:
        own = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return own if own.shape == expected.shape else None


def numbers_of(
    backward: Patchable, given: Mapping[str, Any], wrong: Sequence[str]
) -> FloatArray | None:
    """Return some numbers of the wrong gradients, always those at the same places.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    given : mapping of str to Any
        All gradients.
    wrong : sequence of str
        Parameters whose gradients are wrong.

    Returns
    -------
    FloatArray or None
        ``None`` if a gradient has another shape than its parameter, or a right one is wrong now.
    """
    most = max(4, _SAMPLED // max(1, len(wrong)))
    parts = []
    for name in wrong:
        own = comparable(given.get(name), backward.expected[name])
        if own is None:
            return None
        parts.append(own.ravel()[_places(own.size, most)])
    return np.concatenate(parts) if _others_are_right(backward, given, wrong) else None


@lru_cache(maxsize=64)
def _places(size: int, most: int) -> IntArray:
    """Return at most so many places of an array: regular ones might all lie in one column."""
    return np.sort(generator(0, "places of an array").permutation(size)[:most])
