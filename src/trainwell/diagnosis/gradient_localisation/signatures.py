"""Closed forms that tell how one array differs from another: the simplest that fits wins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from trainwell.diagnosis.gradient_verdict.constants import Constants
from trainwell.types import BoolArray, FloatArray

_COMMON = 1e-9  # how far a factor is from a ratio of whole numbers
_NOTHING = 1e-11  # a factor so small is none
_LISTED = 5  # elements that are told one by one
_CLIPPED = 2  # numbers beyond a bound, at least
FITS = 1e-6
"""Relative residual of a form that explains an array."""


@dataclass(frozen=True)
class Form:
    """A way in which an array is wrong.

    Parameters
    ----------
    kind : str
        As in :data:`~trainwell.diagnosis.gradient_localisation.finding.KINDS`.
    message : str
        For a person; continues "dW2 ...".
    factor : float or None
        The given array over the right one, where that is one number.
    """

    kind: str
    message: str
    factor: float | None = None


def fits(given: FloatArray, model: FloatArray, tolerance: float = FITS) -> bool:
    """Say whether a model explains an array.

    Parameters
    ----------
    given : FloatArray
        What is explained.
    model : FloatArray
        By what.
    tolerance : float, default=1e-6
        Relative residual.

    Returns
    -------
    bool
        False also where the shapes differ.
    """
    if given.shape != model.shape:
        return False
    size = float(np.abs(given).max(initial=0.0)) or float(np.abs(model).max(initial=0.0))
    return bool(np.abs(given - model).max(initial=0.0) <= tolerance * size)


def ratio(given: FloatArray, expected: FloatArray) -> float | None:
    """Return c if ``given = c * expected``, else ``None``.

    Parameters
    ----------
    given : FloatArray
        An array.
    expected : FloatArray
        Another one of the same shape.

    Returns
    -------
    float or None
        By least squares, if nothing is left; a factor near 1 must fit better than one that
        is far from it.
    """
    square = float(np.vdot(expected, expected))
    if not square:
        return None
    c = float(np.vdot(expected, given)) / square
    if abs(c) <= _NOTHING:
        c = 0.0
    # A small deviation from 1 must be seen as a factor, not as noise.
    scale = min(1.0, abs(c - 1)) if c != 1 else 1.0
    tolerance = max(_NOTHING, FITS * min(1.0, scale))
    return c if np.abs(given - c * expected).max() <= tolerance * np.abs(expected).max() else None


def forms(
    given: FloatArray,
    expected: FloatArray,
    constants: Constants,
    parameter: FloatArray | None = None,
    others: Mapping[str, FloatArray] | None = None,
) -> Iterator[Form]:
    """Yield the forms that explain an array, the simplest first.

    Parameters
    ----------
    given : FloatArray
        What the user has.
    expected : FloatArray
        What is right; of the same shape.
    constants : Constants
        Numbers with a name.
    parameter : FloatArray or None, default=None
        The parameter whose gradient it is.
    others : mapping of str to FloatArray, optional
        Arrays that it may have been taken for, by what they are called.

    Yields
    ------
    Form
        Every one that fits.
    """
    if not np.isfinite(given).all():
        count = int((~np.isfinite(given)).sum())
        yield Form("not-finite", f"has {count} of {given.size} elements that are not finite")
        return
    if not np.isfinite(expected).all():
        return
    if not given.any():
        yield Form("zero", "is exactly zero")
        yield Form("path", "no gradient arrives")
        return
    yield from _factors(given, expected, constants)
    yield from _copies(given, others or {}, constants)
    yield from _arrangements(given, expected)
    yield from _penalties(given, expected, constants, parameter)
    yield from _roundings(given, expected)
    yield from _clips(given, expected)
    yield from _supports(given, expected, constants)
    yield from _reductions(given, expected)


def _factors(given: FloatArray, expected: FloatArray, constants: Constants) -> Iterator[Form]:
    c = ratio(given, expected)
    if c is None:
        return
    if abs(c + 1) <= 1e-12:
        yield Form("sign", "has the wrong sign", -1.0)
    else:
        yield Form("factor", factor_text(c, constants, given.size), c)


def _is_common(c: float, constants: Constants) -> bool:
    """Say whether a factor is one that people write: any two numbers have some factor."""
    return constants.name(c) != f"{c:.7g}" or any(
        abs(part * c - round(part * c)) <= _COMMON for part in range(1, 7)
    )


def factor_text(c: float, constants: Constants, size: int = 2) -> str:
    """Return the sentence for a factor.

    Parameters
    ----------
    c : float
        The given array over the right one.
    constants : Constants
        Numbers with a name.
    size : int, default=2
        Elements of the array: any number is a multiple of any other one.

    Returns
    -------
    str
        Continues "dW2 ...".

    Examples
    --------
    >>> from trainwell.diagnosis.gradient_verdict.constants import Constants
    >>> from trainwell.diagnosis.gradient_localisation.signatures import factor_text
    >>> factor_text(9.0, Constants({"m": 9.0}, {}))
    'is exactly 9 = m x the correct gradient: the division by m is missing'
    >>> factor_text(2.0, Constants({}, {}))
    'is exactly 2 x the correct gradient'
    >>> factor_text(10 / 7, Constants({}, {}, {"b": 0.7}))
    'is exactly 1.428571 = 1 / b x the correct gradient: `* b` is missing, or `/ b` is too many'
    """
    if size == 1 and not _is_common(c, constants):
        return f"is {c:.7g} times the correct value"
    name = constants.name(c)
    number = f"{c:.7g}"
    said = number if name == number else f"{number} = {name}"
    text = f"is exactly {said} x the correct gradient"
    if name in constants.named:
        text += f": the division by {name} is missing"
    elif name.startswith("1 / ") and name[4:] in constants.named:
        text += f": it is divided by {name[4:]} once too often"
    elif name in constants.parameters:
        text += f": `* {name}` is too many, or `/ {name}` is missing"
    elif name.startswith("1 / ") and name[4:] in constants.parameters:
        text += f": `* {name[4:]}` is missing, or `/ {name[4:]}` is too many"
    return text


def _arrangements(given: FloatArray, expected: FloatArray) -> Iterator[Form]:
    """Yield transpositions, reversals and permutations."""
    if given.ndim == 2 and given.shape[0] == given.shape[1]:
        c = ratio(given, np.ascontiguousarray(expected.T))
        if c is not None and ratio(given, expected) is None:
            yield Form("transposed", "is the transpose of the correct gradient", c)
    if given.ndim != 2 or min(given.shape) < 1 or given.size < 2:
        if given.ndim == 1 and given.size > 1 and fits(given, expected[::-1]):
            yield Form("permuted", "has its elements in reverse order")
        return
    turned = [
        (expected[::-1], "its rows in reverse order"),
        (expected[:, ::-1], "its columns in reverse order"),
        (expected.ravel(order="F").reshape(expected.shape), "its elements in Fortran's order"),
        (
            expected.ravel().reshape(expected.shape, order="F"),
            "its elements in Fortran's order",
        ),
    ]
    for model, said in turned:
        if not fits(expected, model) and fits(given, model):
            yield Form("permuted", f"has {said}")
            return
    if fits(np.sort(given.ravel()), np.sort(expected.ravel())):
        yield Form("permuted", "has its elements in another order")


def _penalties(
    given: FloatArray, expected: FloatArray, constants: Constants, parameter: FloatArray | None
) -> Iterator[Form]:
    """Yield terms in the parameter itself."""
    if parameter is None or parameter.shape != given.shape or not parameter.any():
        return
    rest, signs = given - expected, np.sign(parameter)
    terms = [(parameter, "W"), (signs, "sign(W)"), (parameter**2, "W^2")]
    if not np.ptp(signs):  # which may be any number that is added
        del terms[1]
    for term, said in terms:
        alpha = ratio(rest, term)
        if alpha is not None and given.size > 1:
            verb = "is too large by" if alpha > 0 else "lacks"
            text = f"{verb} {constants.name(abs(alpha), 1e-6)} x {said}: the penalty's term"
            yield Form("regularisation", text)
    yield from _partly_penalised(given, expected, constants, parameter)
    # a times the data's part and b times the parameter, of which the reference is a sum.
    basis = np.stack([expected.ravel(), parameter.ravel()], axis=1)
    if given.size > 2:
        lengths = np.linalg.norm(basis, axis=0)
        if not (lengths > 0).all() or not np.isfinite(lengths).all():
            return
        solution, *_ = np.linalg.lstsq(basis / lengths, given.ravel(), rcond=None)
        solution = solution / lengths
        a, b = (float(x) for x in solution)
        if (
            min(abs(a), abs(b)) > 1e-9
            and abs(a - 1) > FITS
            and fits(given.ravel(), basis @ solution)
        ):
            text = (
                f"is {constants.name(a, 1e-6)} x the correct gradient"
                f" + {constants.name(b, 1e-6)} x W"
            )
            yield Form("data-term", f"{text}: the data's part is scaled, the penalty's is not", a)


def _partly_penalised(
    given: FloatArray, expected: FloatArray, constants: Constants, parameter: FloatArray
) -> Iterator[Form]:
    """Yield a term in a part of the parameter, as in its column of biases."""
    wrong = _apart(given, expected)
    count = int(wrong.sum())
    if not 1 < count < given.size:
        return
    alpha = ratio((given - expected)[wrong], parameter[wrong])
    if alpha is None:
        return
    times = constants.name(abs(alpha), 1e-6)
    verb, why = "lacks", "the penalty's term"
    if alpha > 0:
        verb, why = "is too large by", "the penalty leaves that out"
    where = _where(wrong)
    yield Form("regularisation", f"{verb} {times} x W in {where}, and is right elsewhere: {why}")


def _copies(
    given: FloatArray, others: Mapping[str, FloatArray], constants: Constants
) -> Iterator[Form]:
    for name, other in others.items():
        if other.size == given.size:
            c = ratio(given.ravel(), other.ravel())
            if c is not None and (given.size > 1 or c == 1):
                times = "" if abs(c - 1) <= FITS else f"{constants.name(c)} x "
                yield Form("copied", f"is {times}{name}")


def _roundings(given: FloatArray, expected: FloatArray) -> Iterator[Form]:
    kinds: tuple[tuple[str, type], ...] = (("float16", np.float16), ("float32", np.float32))
    for name, kind in kinds:
        with np.errstate(over="ignore"):
            model = expected.astype(kind).astype(np.float64)
            narrow: FloatArray = given.astype(kind)
        step = float(np.finfo(kind).eps)
        if (given == model).mean() > 0.9 or (
            np.array_equal(given, narrow)
            and np.abs(given - expected).max() <= 4 * step * np.abs(expected).max()
        ):
            yield Form("precision", f"is rounded to {name}")
            return
    whole = given.size > 1 and np.array_equal(given, np.round(given))
    # Signs and masks are whole by themselves.
    if whole and np.abs(given).max() > 1 >= np.abs(given - expected).max():
        yield Form("precision", "is rounded to whole numbers")


def _clips(given: FloatArray, expected: FloatArray) -> Iterator[Form]:
    if np.count_nonzero(_apart(given, expected)) < _CLIPPED:
        return  # one number that is too small is the bound of all others by chance
    bound = float(np.abs(given).max())
    low, high = float(given.min()), float(given.max())
    # Without a number between the bounds, anything beyond them would be clipped to what there is.
    if (np.abs(given) < bound).any() and fits(given, np.clip(expected, -bound, bound)):
        yield Form("clipped", f"is clipped at {bound:.6g}")
    if ((low < given) & (given < high)).any() and fits(given, np.clip(expected, low, high)):
        yield Form("clipped", f"is clipped to [{low:.6g}, {high:.6g}]")


def _supports(given: FloatArray, expected: FloatArray, constants: Constants) -> Iterator[Form]:
    """Yield the part of the array that is wrong, if the rest is right."""
    wrong = _apart(given, expected)
    if not 0 < int(wrong.sum()) < given.size:
        return
    where = _where(wrong)
    part, right = given[wrong], expected[wrong]
    if not part.any():
        how = "exactly zero"
    else:
        c = ratio(part, right)
        how = "wrong" if c is None else f"{constants.name(c, 1e-6)} x the correct value"
    yield Form("support", f"is {how} in {where}, and right elsewhere")


def _apart(given: FloatArray, expected: FloatArray) -> BoolArray:
    """Return which elements differ."""
    scale = float(np.abs(expected).max()) or 1.0
    return np.abs(given - expected) > 1e-9 * scale


def _where(wrong: BoolArray) -> str:
    """Return the elements of an array that are wrong in a few words."""
    count = int(wrong.sum())
    if wrong.ndim == 2:
        rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
        if count == 1:
            return f"element [{rows[0]}, {columns[0]}]"
        if len(rows) < wrong.shape[0] and len(rows) <= len(columns):
            return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:5]))}"
        if len(columns) < wrong.shape[1]:
            return f"column{'s' if len(columns) > 1 else ''} {', '.join(map(str, columns[:5]))}"
    if wrong.ndim == 1 and count <= _LISTED:
        shown = ", ".join(map(str, np.flatnonzero(wrong)))
        return f"element{'s' if count > 1 else ''} {shown} of {wrong.size}"
    return f"{count} of {wrong.size} elements"


def _reductions(given: FloatArray, expected: FloatArray) -> Iterator[Form]:
    for axis in range(given.ndim):
        if given.shape[axis] < 2:
            continue
        first = np.take(given, [0], axis=axis)
        if fits(given, np.broadcast_to(first, given.shape), 1e-12):
            total = expected.sum(axis=axis, keepdims=True)
            for factor, name in ((1.0, "sum"), (1 / given.shape[axis], "mean")):
                if fits(first, factor * total):
                    text = f"holds the {name} of the correct gradient along axis {axis} everywhere"
                    yield Form("reduction", text)
                    return
            yield Form("reduction", f"is the same all along axis {axis}")
