"""Another local derivative, mask or operand in the place of the right one."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from trainwell.diagnosis.gradient_trials.pool import Entry
from trainwell.diagnosis.gradient_trials.trials import Around, Told, Trials, rows
from trainwell.types import FloatArray

_LEVELS = 12
_SORTED = 512

FORMS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "a": lambda a: a,
    "1 - a": lambda a: 1 - a,
    "1 - a^2": lambda a: 1 - a * a,
    "a (1 - a)": lambda a: a * (1 - a),
    "a^2": lambda a: a * a,
    "1 + a": lambda a: 1 + a,
    "1 / a": lambda a: 1 / a,
    "a^3": lambda a: a**3,
    "1 / a^2": lambda a: a**-2.0,
    "sqrt(a)": lambda a: np.sqrt(np.abs(a)),
    "1 / sqrt(a)": lambda a: np.abs(a) ** -0.5,
    "a^1.5": lambda a: np.abs(a) ** 1.5,
    "a^-1.5": lambda a: np.abs(a) ** -1.5,
    "a^-2.5": lambda a: np.abs(a) ** -2.5,
    "exp(a)": np.exp,
    "|a|": np.abs,
    "sign(a)": np.sign,
}
"""What the slopes of activations look like in terms of recorded values."""

_MASKS: dict[str, Callable[[FloatArray], Any]] = {
    "a > 0": lambda a: a > 0,
    "a <= 0": lambda a: a <= 0,
    "a >= 0": lambda a: a >= 0,
    "a < 0": lambda a: a < 0,
    "a != 0": lambda a: a != 0,
}


def _factors(around: Around) -> list[Entry]:
    """Return the derivatives that a slope may have been multiplied with."""
    own = [Entry(around.right, around.where, "derivative")]
    own += [Entry(p, f"a part of {around.where}", "derivative") for p in around.suspect.parts]
    return own + around.derivatives[:12]


def others(around: Around) -> Iterator[Trials]:
    """Yield other derivatives and values, as they are."""
    entries = [*around.derivatives, *around.values]
    ones = Entry(np.ones(around.right.shape), "1", "value")
    values = rows([e.array for e in [*entries, ones]])
    names = [*entries, ones]
    for of in around.replaceable():
        yield Trials([of], (values,), partial(_other, around, of, names))
    if around.derivatives:
        known = rows([e.array for e in around.derivatives])
        yield Trials([None], (known,), partial(_added, around))


def _other(around: Around, of: FloatArray, names: list[Entry], at: int, found: FloatArray) -> Told:
    entry = names[at]
    extra, times = around.surcharge(float(found[0]))
    text = f"{times}the {'derivative of' if entry.sort in _DERIVED else 'value'} {entry.said}"
    text = f"{text} stood in the place of the derivative of {around.where}"
    if around.parameter:
        return Told(("copied", "operand", "path"), text, 1.7 + extra)
    if entry.sort not in _DERIVED:
        return Told(("operand", "activation-wrong", "path"), text, 2.0 + extra)
    kinds, said = _missing(of, entry.array)
    if said:
        text = f"{said} were missing between {entry.said} and {around.where}"
    return Told(kinds, text, (1.4 if said else 1.7) + extra)


_DERIVED = ("derivative", "gradient")


def _missing(right: FloatArray, given: FloatArray) -> tuple[tuple[str, ...], str]:
    """Return what is missing where one derivative stands for another."""
    with np.errstate(all="ignore"):
        slope = right[given != 0] / given[given != 0]
    values = np.unique(np.round(slope, 9))
    if 0 < values.size <= 2 and 0 in values:
        scaled = values.max() not in (0.0, 1.0)
        if scaled:
            return ("dropout", "mask", "activation-missing"), "the mask with its factor"
        return ("mask", "activation-missing", "dropout"), "the mask"
    if values.size == 2:
        return ("mask", "activation-missing", "activation-wrong"), "the slope on either side"
    if values.size == 1:
        return ("factor", "operation", "path"), ""
    return ("activation-missing", "activation-wrong", "operand"), "the slope"


def _added(around: Around, at: int, found: FloatArray) -> Told:
    extra, times = around.surcharge(float(found[0]))
    entry = around.derivatives[at]
    text = (
        f"{times}the derivative of {entry.said} were added to that of {around.where}"
        " on the way back"
    )
    return Told(("path", "operation", "factor"), text, 2.0 + extra)


def slopes(around: Around) -> Iterator[Trials]:
    """Yield derivatives times a function of a recorded value."""
    values = around.values
    if not values:
        return
    shape = around.right.shape
    with np.errstate(all="ignore"):
        shown = [
            (name, form(e.array), e)
            for name, form in (*FORMS.items(), *_MASKS.items())
            for e in values
            if e.sort != "parameter" or name in _OF_PARAMETERS
        ]
    usable = [(n, np.asarray(a, dtype=np.float64), e) for n, a, e in shown]
    usable = [row for row in usable if np.isfinite(row[1]).all() and np.ptp(row[1])]
    if not usable:
        return
    forms = rows([a for _, a, _ in usable])
    for factor in _factors(around):
        if factor.array.shape != shape:
            continue
        values_here = forms * factor.array.ravel()
        told = partial(_slope, around, factor, usable)
        yield Trials([*around.replaceable(), None], (values_here,), told)


def _slope(
    around: Around,
    factor: Entry,
    usable: Sequence[tuple[str, FloatArray, Entry]],
    at: int,
    found: FloatArray,
) -> Told:
    name, form, entry = usable[at]
    extra, times = around.surcharge(float(found[0]))
    masked = name in _MASKS or (name in ("a", "1 - a") and entry.mask)
    text = f"the slope at {around.where} were {times}{name}, with a = {entry.said}"
    own = factor.array is around.right
    if masked:
        scaled = np.unique(form).tolist() not in ([0.0, 1.0], [0, 1])
        kinds = (
            ("dropout", "mask", "activation-wrong")
            if scaled
            else ("mask", "activation-wrong", "dropout")
        )
        return Told(kinds, text, 1.6 + extra)
    if own:
        text = (
            f"the derivative of {around.where} were multiplied by {times}{name}, a = {entry.said}"
        )
    kinds = ("activation-wrong", "operand", "activation-missing")
    if entry.sort == "parameter":
        kinds = ("matrix", "operand", "activation-wrong")
    return Told(kinds, text, 1.75 + extra + (0.0 if name in _SIMPLE else 0.1))


_OF_PARAMETERS = ("a", "a^2", "1 / a")
_SIMPLE = ("a", "1 - a", "1 - a^2", "a (1 - a)", "a^2", "1 / a")


def thresholds(around: Around) -> Iterator[Trials]:
    """Yield derivatives where a recorded value is above some limit, for all limits."""
    for entry in around.values:
        flat = entry.array.ravel()
        levels = np.unique(flat)
        if not 1 < levels.size <= _SORTED or entry.sort == "parameter":
            continue
        above = (flat[None, :] >= levels[1:, None]).astype(np.float64)
        for factor in _factors(around)[:6]:
            sides = np.concatenate([above, 1 - above]) * factor.array.ravel()
            told = partial(_limit, around, entry, levels)
            yield Trials([*around.replaceable(), None], (sides,), told)
        if levels.size <= _LEVELS:
            equal = (flat[None, :] == levels[:, None]) * around.right.ravel()
            yield Trials([None], (equal,), partial(_level, around, entry, levels))


def _limit(around: Around, entry: Entry, levels: FloatArray, at: int, found: FloatArray) -> Told:
    extra, times = around.surcharge(float(found[0]))
    sign = "above" if at < levels.size - 1 else "below"
    limit = levels[1:][at % (levels.size - 1)]
    text = f"the slope at {around.where} were {times}1 where {entry.said} is {sign} {limit:.4g}"
    if entry.sort == "data":
        return Told(("examples", "mask", "support"), text, 1.8 + extra)
    return Told(("mask", "activation-wrong", "constant"), text, 1.8 + extra)


def _level(around: Around, entry: Entry, levels: FloatArray, at: int, found: FloatArray) -> Told:
    factor = 1 + float(found[0])
    extra, _ = around.surcharge(factor)
    text = (
        f"the derivative of {around.where} were multiplied by {factor:.6g} where {entry.said}"
        f" is {levels[at]:.4g}"
    )
    if entry.sort == "data":
        return Told(("examples", "support", "mask"), text, 1.45 + extra)
    return Told(("mask", "activation-wrong", "support"), text, 1.9 + extra)
