"""Wrong derivatives with several unknown numbers: weights of terms, of examples, of powers."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations as pairs_of

import numpy as np

from trainwell.diagnosis.gradient_trials.pool import Entry
from trainwell.diagnosis.gradient_trials.trials import EXACT, Around, Told, Trials, rows
from trainwell.types import FloatArray

_POWERS = ((-1, 0, 1, 2, 3), (0, 1, 2))


def terms(around: Around) -> Iterator[Trials]:
    """Yield sums of two arrays that are at hand, in the place of the derivative or a part."""
    entries = [
        *around.derivatives[:12],
        *around.values[:16],
        Entry(np.ones(around.right.shape), "1", "value"),
    ]
    if len(entries) < 2 or around.right.size < 3:
        return
    values = rows([e.array for e in entries])
    first, second = (list(at) for at in zip(*pairs_of(range(len(entries)), 2), strict=True))
    told = partial(
        _terms, around, [(entries[i], entries[j]) for i, j in zip(first, second, strict=True)]
    )
    yield Trials(around.replaceable(), (values[first], values[second]), told)
    own = rows([around.right])
    mixed = [e for e in entries if not np.array_equal(e.array, around.right)]
    if mixed:
        other = rows([e.array for e in mixed])
        right = Entry(around.right, around.where, "derivative")
        told = partial(_terms, around, [(right, e) for e in mixed])
        yield Trials([around.right], (np.repeat(own, len(mixed), 0), other), told)


def _terms(
    around: Around, names: list[tuple[Entry, Entry]], at: int, found: FloatArray
) -> Told | None:
    one, two = names[at]
    a, b = (float(x) for x in found)
    if min(abs(a), abs(b)) <= EXACT * max(abs(a), abs(b)):
        return None
    known = [around.name(x) is not None for x in (a, b)]
    cost = 2.1 + 0.3 * (2 - sum(known))
    said = " + ".join(f"{around.name(x) or f'{x:.6g}'} x {e.said}" for x, e in ((a, one), (b, two)))
    text = f"the derivative of {around.where} were {said}"
    split = _decomposed(around.right, one.array, two.array)
    if split is None:
        return Told(("operand", "path", "activation-wrong"), text, cost)
    ratios = [x / y if y else np.inf for x, y in zip((a, b), split, strict=True)]
    if any(abs(r + 1) <= EXACT for r in ratios):
        return Told(("operation", "sign", "path"), text, cost - 0.4)
    return Told(("path", "factor", "operation"), text, cost - 0.4)


def _decomposed(right: FloatArray, one: FloatArray, two: FloatArray) -> FloatArray | None:
    """Return the weights with which two arrays make up the right derivative."""
    basis = rows([one, two]).T
    found = np.linalg.lstsq(basis, right.ravel(), rcond=None)[0]
    left = np.abs(basis @ found - right.ravel()).max()
    return found if left <= 1e-9 * np.abs(right).max() else None


def weights(around: Around) -> Iterator[Trials]:
    """Yield the derivative with a weight for each part, and for each index along an axis."""
    parts = around.suspect.parts
    if len(parts) > 1:
        columns = tuple(part.reshape(1, -1) for part in parts)
        yield Trials([around.right], columns, partial(_paths, around))
    of = around.right
    for axis in range(of.ndim):
        length = of.shape[axis]
        if 2 < length <= 40:
            shape = tuple(length if at == axis else 1 for at in range(of.ndim))
            columns = tuple(
                (np.eye(length)[i].reshape(shape) * of).reshape(1, -1) for i in range(length)
            )
            yield Trials([of], columns, partial(_weighted, around, axis))


def _paths(around: Around, _: int, found: FloatArray) -> Told | None:
    shown = ", ".join(around.name(float(x)) or f"{x:.4g}" for x in found)
    text = f"the parts of the derivative of {around.where} were weighted {shown}"
    return Told(("path", "factor", "operation"), text, 2.3)


def _weighted(around: Around, axis: int, _: int, found: FloatArray) -> Told | None:
    off = np.abs(found - 1) > 1e-6
    if not off.any():
        return None
    batch = around.right.shape[axis] == around.examples
    kinds = ("examples", "support", "factor") if batch else ("support", "examples", "factor")
    what = "examples" if batch else f"places along axis {axis}"
    chosen = ", ".join(map(str, np.flatnonzero(off)[:6]))
    same = float(np.ptp(found[off])) <= 1e-6 * float(np.abs(found).max())
    how = f"weighted {found[off][0]:.6g}" if same else "weighted wrongly"
    text = f"the {what} {chosen} were {how} in the derivative of {around.where}"
    return Told(kinds, text, (1.9 if same else 2.6) + 0.02 * int(off.sum()))


def powers(around: Around) -> Iterator[Trials]:
    """Yield derivatives times a polynomial of a recorded value, also with its reciprocal."""
    values = [e for e in around.values if _varies(e)][:16]
    factors = _slopeless(around)
    for entry in values:
        with np.errstate(all="ignore"):
            basis = [entry.array.ravel() ** float(p) for p in _POWERS[0]]
        if not np.isfinite(basis).all():
            basis = basis[1:]
        for factor in factors:
            columns = tuple((factor * b).reshape(1, -1) for b in basis)
            told = partial(_polynomial, around, entry.said)
            yield Trials(around.replaceable(), columns, told)


def mixed_powers(around: Around) -> Iterator[Trials]:
    """Yield derivatives times a polynomial of two recorded values."""
    values = [e for e in around.values if _varies(e) and e.sort != "data"][:8]
    for factor in _slopeless(around)[:4]:
        for one, two in pairs_of(values, 2):
            a, b = one.array.ravel(), two.array.ravel()
            columns = tuple(
                (factor * a**i * b**j).reshape(1, -1) for i in _POWERS[1] for j in _POWERS[1]
            )
            told = partial(_polynomial, around, f"{one.said} and {two.said}")
            yield Trials(around.replaceable(), columns, told)


def _varies(entry: Entry) -> bool:
    """Say whether an array can be what a slope depends on: it varies along every axis."""
    if entry.mask or entry.sort == "parameter":
        return False
    return all(
        np.ptp(entry.array, axis=axis).any()
        for axis in range(entry.array.ndim)
        if entry.array.shape[axis] > 1
    )


def _slopeless(around: Around) -> list[FloatArray]:
    found = [around.right, *around.suspect.parts, *(e.array for e in around.derivatives[:8])]
    return [x.ravel() for x in found]


def _polynomial(around: Around, said: str, _: int, found: FloatArray) -> Told | None:
    used = int((np.abs(found) > 1e-6 * np.abs(found).max()).sum())
    text = f"the slope at {around.where} were another function of {said}"
    cost = 2.2 + 0.1 * used + 0.02 * found.size
    return Told(("activation-wrong", "operand", "activation-missing"), text, cost)
