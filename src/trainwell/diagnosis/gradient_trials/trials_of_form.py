"""The right derivative in a wrong form: scaled, cut, turned, rounded, limited."""

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np

from trainwell.diagnosis.gradient_localisation.signatures import factor_text
from trainwell.diagnosis.gradient_trials.trials import EXACT, Around, Told, Trials, rows
from trainwell.types import FloatArray

_ELEMENTS = 4096


def factors(around: Around) -> Iterator[Trials]:
    """Yield multiples of the derivative, and of each of its parts."""
    right = around.right

    def whole(_: int, found: FloatArray) -> Told | None:
        factor = 1 + float(found[0])
        return _factor(around, factor, ("factor", "uniform", "constant"), 1.0)

    yield Trials([None], (rows([right]),), whole, alone=True)
    parts = around.suspect.parts
    if not parts:
        return

    value = around.suspect.value
    penalties = [bool(around.parameter) and _parallel(part, value) for part in parts]

    def one(at: int, found: FloatArray) -> Told | None:
        factor = 1 + float(found[0])
        kinds: tuple[str, ...]
        if any(penalties):
            kinds = ("regularisation" if penalties[at] else "data-term", "factor", "path")
        else:
            kinds = ("path", "factor", "operation")
        return _factor(around, factor, kinds, 1.2, "a part of ")

    yield Trials([None], (rows(list(parts)),), one)
    if len(parts) > 2:
        yield Trials([None], (rows([right - part for part in parts]),), one)


def _parallel(one: FloatArray, other: FloatArray) -> bool:
    """Say whether an array is a multiple of another one, or of its signs."""
    for like in (other, np.sign(other)):
        square = float(np.vdot(like, like))
        if square and np.abs(one - like * (float(np.vdot(one, like)) / square)).max() <= (
            1e-9 * np.abs(one).max()
        ):
            return True
    return False


def _factor(
    around: Around, factor: float, kinds: tuple[str, ...], cost: float, of: str = ""
) -> Told | None:
    if around.penalty:
        kinds = ("regularisation", *kinds)
    extra, _ = around.surcharge(factor)
    where = f"{of}the derivative of {around.where}"
    if abs(factor) <= EXACT:
        first = kinds[0] if kinds[0] in ("path", "regularisation", "data-term") else "zero"
        others: tuple[str, ...] = ("zero", "mask" if _masked(around) else "path", "operand")
        return Told(
            (first, *(kind for kind in others if kind != first)),
            f"{where} were dropped",
            cost - 0.1,
            0.0,
        )
    if abs(factor + 1) <= EXACT:
        first = kinds[0] if kinds[0] in ("regularisation", "data-term") else "sign"
        others = tuple(k for k in ("sign", "operation", "path", "factor") if k != first)
        return Told((first, *others[:2]), f"{where} had the wrong sign", cost - 0.1, -1.0)
    if kinds[0] == "factor":
        kinds = ("factor", *_why(around, factor), *kinds[1:])
    said = factor_text(factor, around.constants).removeprefix("is exactly ")
    number, _, hint = said.partition(" x the correct gradient")
    return Told(kinds, f"{where} were multiplied by {number}{hint}", cost + extra, factor)


def _masked(around: Around) -> bool:
    """Say whether the derivative is that of another value, with a mask."""
    with np.errstate(all="ignore"):
        ratios = [around.right / entry.array for entry in around.derivatives]
    return any(
        np.isfinite(r).all() and 0 in r and np.ptp(r[r != 0]) <= EXACT for r in ratios if np.any(r)
    )


def _why(around: Around, factor: float) -> tuple[str, ...]:
    """Return what may have caused a factor, beside a wrong number."""
    if around.parameter and around.right.size == 1:
        return ("constant", "support")
    if around.suspect.shown.operation in ("where", "maximum", "multiply", "divide", "power"):
        return ("activation-wrong", "uniform")
    lengths = [n for n in around.lengths if n != around.examples]
    if around.examples and any(
        abs(factor * n / around.examples - 1) <= EXACT
        or abs(factor * around.examples / n - 1) <= EXACT
        for n in lengths
    ):
        return ("uniform", "transposed")  # it was counted along the other axis
    return ()


def turned(around: Around) -> Iterator[Trials]:
    """Yield the derivative, or a part of it, with its elements in another order."""
    for of in around.replaceable():
        found = list(_orders(of))
        if not found:
            continue
        orders, said, kinds = zip(*found, strict=True)

        def told(
            at: int,
            factor: FloatArray,
            said: tuple[str, ...] = said,
            kinds: tuple[tuple[str, ...], ...] = kinds,
        ) -> Told:
            extra, times = around.surcharge(float(factor[0]))
            text = f"the derivative of {around.where} were {times}{said[at]}"
            return Told(kinds[at], text, 1.3 + 2 * extra)

        yield Trials([of], (rows(list(orders)),), told)


def _orders(of: FloatArray) -> Iterator[tuple[FloatArray, str, tuple[str, ...]]]:
    if of.ndim == 0 or of.size < 2:
        return
    if of.ndim == 2 and of.shape[0] == of.shape[1]:
        yield of.T, "transposed", ("transposed", "permuted", "matrix")
    turned = ("permuted", "transposed")
    yield of[::-1], "in reverse order", turned
    for axis in range(of.ndim):
        if of.shape[axis] > 1:
            if axis:
                yield np.flip(of, axis), f"in reverse order along axis {axis}", turned
            for shift in (1, -1):
                yield np.roll(of, shift, axis), f"shifted along axis {axis}", turned
    if of.ndim == 2:
        yield of.T.reshape(of.shape), "in Fortran's order", turned
        yield of.ravel().reshape(of.shape, order="F"), "in Fortran's order", turned


def slices(around: Around) -> Iterator[Trials]:
    """Yield changes of rows, columns, elements, and of a choice of the examples."""
    of = around.right
    for axis in range(of.ndim):
        length = of.shape[axis]
        if not 1 < length <= 1024:
            continue
        shape = tuple(length if at == axis else 1 for at in range(of.ndim))
        batch = length == around.examples
        one = np.stack([np.eye(length)[i].reshape(shape) * of for i in range(length)])
        yield Trials([None], (one.reshape(length, -1),), partial(_slice, around, axis, batch=batch))
        keep = _patterns(length)
        kept = np.stack([mask.reshape(shape) * of for mask, _ in keep])
        told = partial(_kept, around, axis, batch, [said for _, said in keep])
        yield Trials([of], (kept.reshape(len(keep), -1),), told)
    if 1 < of.size <= _ELEMENTS and of.ndim > 1:
        yield Trials([None], (np.diag(of.ravel()),), partial(_slice, around, None, batch=False))


def _slice(around: Around, axis: int | None, at: int, found: FloatArray, *, batch: bool) -> Told:
    factor = 1 + float(found[0])
    extra, _ = around.surcharge(factor)
    if abs(factor) <= EXACT:
        extra, how = 0.0, "zero"
    else:
        how = f"multiplied by {around.name(factor) or f'{factor:.6g}'}"
    if axis is None:
        place = np.unravel_index(at, around.right.shape)
        spot = f"element [{', '.join(map(str, place))}]"
    else:
        spot = f"index {at} along axis {axis}"
    kinds = ("examples", "support", "factor") if batch else ("support", "examples", "factor")
    text = f"{spot} of the derivative of {around.where} were {how}"
    return Told(kinds, text, 1.4 + extra)


def _patterns(length: int) -> list[tuple[FloatArray, str]]:
    at = np.arange(length)
    chosen = [
        (at > 0, "all but the first"),
        (at < length - 1, "all but the last"),
        (at == 0, "only the first"),
        (at == length - 1, "only the last"),
        (at % 2 == 0, "only every second"),
        (at % 2 == 1, "only every second"),
        (at < length // 2, "only the first half"),
        (at >= length // 2, "only the second half"),
    ]
    return [(mask.astype(np.float64), said) for mask, said in chosen if mask.any()]


def _kept(
    around: Around,
    axis: int,
    batch: bool,  # noqa: FBT001
    said: list[str],
    at: int,
    found: FloatArray,
) -> Told:
    extra, times = around.surcharge(float(found[0]))
    kinds = ("examples", "support", "reduction") if batch else ("support", "examples", "path")
    what = "of the examples" if batch else f"along axis {axis}"
    text = f"{times}{said[at]} {what} counted in the derivative of {around.where}"
    return Told(kinds, text, 1.35 + 2 * extra)


def limited(around: Around) -> Iterator[Trials]:
    """Yield the derivative cut at a bound, for each number of elements that are beyond it."""
    for of in around.replaceable():
        flat = of.ravel()
        if not 1 < flat.size <= _ELEMENTS:
            continue
        for low, high in ((True, True), (True, False), (False, True)):
            size = np.abs(flat) if low and high else (-flat if low else flat)
            order = np.argsort(-size, kind="stable")[: int((size > 0).sum())]
            if not order.size:
                continue
            held = np.zeros((order.size, flat.size))
            for row, at in enumerate(order):
                held[row:, at] = 1.0
            edges = np.append(size[order], 0.0)

            def told(at: int, found: FloatArray, edges: FloatArray = edges) -> Told | None:
                bound = float(found[0])
                if not edges[at + 1] - 1e-9 <= bound <= edges[at] * (1 + 1e-9):
                    return None
                extra = 0.0 if around.name(bound) is not None else 0.4
                text = f"the derivative of {around.where} were clipped at {bound:.6g}"
                return Told(("clipped", "activation-wrong", "support"), text, 1.5 + extra)

            yield Trials([held * flat], (held * np.sign(flat),), told)


def rounded(around: Around) -> Iterator[Trials]:
    """Yield what is lost in narrower numbers, and in divisions of whole numbers."""
    scales = [1.0]
    for value in around.constants.named.values():
        if value not in (0.0, 1.0):
            scales += [value, 1 / value]
    found: list[FloatArray] = []
    said: list[str] = []
    for of, scale in product(around.replaceable(), dict.fromkeys(scales)):
        for name, kind in (("float16", np.float16), ("float32", np.float32)):
            with np.errstate(all="ignore"):
                narrow = (scale * of).astype(kind).astype(np.float64) / scale
            found.append(narrow - of)
            said.append(f"rounded to {name}")
        found.append(np.floor(scale * of) / scale - of)
        said.append("rounded down to whole numbers")

    def told(at: int, factor: FloatArray) -> Told | None:
        if abs(float(factor[0]) - 1) > 1e-3:
            return None
        kinds = ("precision", "zero", "operation") if "whole" in said[at] else ("precision",)
        cost = 1.9 if "whole" in said[at] else 1.2  # p - y, rounded down, is just -y
        return Told(kinds, f"the derivative of {around.where} were {said[at]}", cost)

    yield Trials([None], (rows(found),), told, blunt=True)
