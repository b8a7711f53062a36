"""Products with the wrong matrix, sums over the wrong axis, terms in the parameter itself."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from trainwell.diagnosis.gradient_trials.pool import Entry
from trainwell.diagnosis.gradient_trials.trials import Around, Told, Trials, rows
from trainwell.types import FloatArray

_WORK = 2e7  # multiplications for the products at one place
_MOST = 600
_DERIVED = {"derivative", "gradient"}


def products(around: Around) -> Iterator[Trials]:
    """Yield products of two arrays that are at hand, of which at least one is a derivative."""
    shape = around.right.shape
    if len(shape) not in (1, 2) or around.right.size < 2:
        return
    found: list[FloatArray] = []
    names: list[tuple[Entry, bool, Entry, bool]] = []
    work = 0.0
    for one, first, turned in around.pool.oriented(len(shape)):
        if first.shape[:-1] != shape[:-1]:
            continue
        for two, second, turned_too in around.pool.oriented(2):
            if first.shape[-1] != second.shape[0] or second.shape[1] != shape[-1]:
                continue
            if not _DERIVED & {one.sort, two.sort}:
                continue
            work += first.size * second.shape[1]
            if work > _WORK or len(found) == _MOST:
                break
            found.append(first @ second)
            names.append((one, turned, two, turned_too))
    if not found:
        return
    values = rows(found)
    told = partial(_product, around, names)
    yield Trials([*around.replaceable(), None], (values,), told)


def _product(
    around: Around,
    names: list[tuple[Entry, bool, Entry, bool]],
    at: int,
    found: FloatArray,
) -> Told:
    one, turned, two, turned_too = names[at]
    extra, times = around.surcharge(float(found[0]))
    said = f"{_said(one, turned)} @ {_said(two, turned_too)}"
    text = f"the derivative of {around.where} were {times}{said}"
    sorts = {one.sort, two.sort}
    if "gradient" in sorts and not around.parameter:
        return Told(("stale", "matrix", "operand"), f"{text} too large or too small", 1.5 + extra)
    if "parameter" in sorts:
        kinds = ("matrix", "transposed", "operand")
    else:
        kinds = ("operand", "transposed", "activation-wrong")
    return Told(kinds, text, 1.6 + extra)


def _said(entry: Entry, turned: bool) -> str:  # noqa: FBT001
    name = entry.said.partition(",")[0].strip("`")
    derived = entry.sort in ("derivative", "gradient")
    return f"{'d' if derived else ''}{name}{'.T' if turned else ''}"


def sums(around: Around) -> Iterator[Trials]:
    """Yield sums of arrays over an axis, or over all of it."""
    shape = around.right.shape
    found: list[FloatArray] = []
    names: list[tuple[Entry, str]] = []
    for entry, axis, total in around.pool.sums():
        if total.ndim > len(shape):
            continue
        lined = (1,) * (len(shape) - total.ndim) + total.shape
        if any(n not in (1, m) for n, m in zip(lined, shape, strict=True)):
            continue
        if total.size == 1 and around.right.size > 1 and axis is not None:
            continue
        found.append(np.array(np.broadcast_to(total, shape)))
        names.append((entry, "all axes" if axis is None else f"axis {axis}"))
    own = Entry(around.right, around.where, "derivative")
    for axis in (*range(len(shape)), None):
        total = np.sum(around.right, axis=axis, keepdims=True)
        found.append(np.array(np.broadcast_to(total, shape)))
        names.append((own, "all axes" if axis is None else f"axis {axis}"))
    if not found:
        return

    def told(at: int, factor: FloatArray) -> Told | None:
        entry, axis = names[at]
        extra, times = around.surcharge(float(factor[0]))
        if extra > 0.5 and around.right.size < 3:
            return None
        derived = entry.sort in ("derivative", "gradient")
        kinds = (
            ("reduction", "operand", "path")
            if derived
            else ("operand", "activation-wrong", "reduction")
        )
        what = f"{'derivative' if derived else 'value'} of {entry.said} over {axis}"
        text = f"the derivative of {around.where} were {times}the sum of the {what}"
        return Told(kinds, text, 1.65 + extra)

    yield Trials(around.replaceable(), (rows(found),), told)


def penalties(around: Around) -> Iterator[Trials]:
    """Yield terms in the parameter itself."""
    if not around.parameter:
        return
    array = around.suspect.value
    with np.errstate(all="ignore"):
        terms = {
            "W": array,
            "sign(W)": np.sign(array),
            "W^2": array**2,
            "|W|": np.abs(array),
            "W^3": array**3,
            "1 / W": 1 / array,
            "1": np.ones_like(array),
        }
    usable = {said: t for said, t in terms.items() if np.isfinite(t).all() and t.any()}
    names = list(usable)

    def told(at: int, factor: FloatArray) -> Told | None:
        if around.right.size < 2:
            return None
        number = float(factor[0])
        extra, _ = around.surcharge(number)
        name = around.name(number) or f"{number:.6g}"
        text = f"{name} x {names[at]} were added to the derivative of {around.where}"
        return Told(("regularisation", "stale", "operand"), text, 1.25 + extra / 2)

    values = rows(list(usable.values()))
    yield Trials([None, *around.suspect.parts], (values,), told)
