"""Faults in the whole result of a formula: scaled, negated, cut, turned, rounded."""

import ast
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from trainwell.diagnosis.scorecard.faults import drawn, planted
from trainwell.diagnosis.scorecard.roles import compares
from trainwell.diagnosis.scorecard.sites import Edit, Site, numbers

_SCALE = ("factor", "uniform", "constant")


def _each(site: Site, before: str, after: str = "", *kinds: str) -> Iterator[Edit]:
    for node in site.values:
        yield site.replace(node, f"{before}({site.text(node)}){after}", *kinds)


@planted("scale-2", *_SCALE)
def scale_2(site: Site) -> Iterator[Edit]:
    """Double a result."""
    yield from _each(site, "2 * ")


@planted("scale-4", *_SCALE)
def scale_4(site: Site) -> Iterator[Edit]:
    """Multiply a result by four."""
    yield from _each(site, "4 * ")


@planted("scale-half", *_SCALE)
def scale_half(site: Site) -> Iterator[Edit]:
    """Halve a result."""
    yield from _each(site, "0.5 * ")


@planted("ladder-1e-3", *_SCALE)
def ladder_1e_3(site: Site) -> Iterator[Edit]:
    """Add a thousandth to a result."""
    yield from _each(site, "1.001 * ")


@planted("ladder-1e-4", *_SCALE)
def ladder_1e_4(site: Site) -> Iterator[Edit]:
    """Add a ten-thousandth to a result."""
    yield from _each(site, "1.0001 * ")


@planted("ladder-1e-5", *_SCALE)
def ladder_1e_5(site: Site) -> Iterator[Edit]:
    """Add a hundred-thousandth to a result."""
    yield from _each(site, "1.00001 * ")


@planted("ladder-1e-6", *_SCALE)
def ladder_1e_6(site: Site) -> Iterator[Edit]:
    """Add a millionth to a result."""
    yield from _each(site, "1.000001 * ")


@planted("sign", "sign", "factor", "uniform")
def sign(site: Site) -> Iterator[Edit]:
    """Negate a result."""
    yield from _each(site, "-")


@planted("zeroed", "zero", "path", "support")
def zeroed(site: Site) -> Iterator[Edit]:
    """Return zeros of the right shape."""
    yield from _each(site, "0 * ")


@planted("transposed", "transposed", "permuted", "matrix")
def transposed(site: Site) -> Iterator[Edit]:
    """Transpose a result, where that keeps the shape."""
    for node in site.values:
        lengths = site.shape(node) or ()
        if len(lengths) == 2 and lengths[0] == lengths[1] > 1:
            yield site.replace(node, f"({site.text(node)}).T")


@planted("rows-reversed", "permuted")
def rows_reversed(site: Site) -> Iterator[Edit]:
    """Put the rows in the reverse order."""
    after = ".flip(0)" if site.around.program.framework == "torch" else "[::-1]"
    yield from _each(site, "", after)


@planted("rolled", "permuted")
def rolled(site: Site) -> Iterator[Edit]:
    """Shift the last axis by one place."""
    prefix = site.around.program.prefix
    yield from _each(site, f"{prefix}.roll(", ", 1, -1)")


@planted("fortran-order", "permuted", "transposed")
def fortran_order(site: Site) -> Iterator[Edit]:
    """Read the numbers column by column and write them row by row."""
    if site.single and site.values:
        name = site.single
        yield site.append(f"{name} = {name}.T.reshape({name}.shape)")


@planted("float16", "precision")
def float16(site: Site) -> Iterator[Edit]:
    """Round a result to half precision."""
    prefix = site.around.program.prefix
    halved = {"torch": ".half().double()", "jax": f".astype({prefix}.float16).astype(float)"}
    yield from _each(
        site, "", halved.get(site.around.program.framework, f".astype({prefix}.float16)")
    )


@planted("float32", "precision")
def float32(site: Site) -> Iterator[Edit]:
    """Round a result to single precision."""
    prefix = site.around.program.prefix
    halved = {"torch": ".float().double()", "jax": f".astype({prefix}.float32).astype(float)"}
    yield from _each(
        site, "", halved.get(site.around.program.framework, f".astype({prefix}.float32)")
    )


@drawn("clipped", "clipped")
def clipped(site: Site, rng: Generator) -> Iterator[Edit]:
    """Cut the entries of a result at a limit."""
    prefix = site.around.program.prefix
    for node in site.values:
        largest = float(np.abs(numbers(site.value(node))).max())
        limit = float(f"{largest * rng.uniform(0.3, 0.7):.1g}")
        if np.isfinite(limit) and limit > 0:
            yield site.replace(node, f"{prefix}.clip({site.text(node)}, -{limit}, {limit})")


@planted("norm-clipped", "clipped", "factor", "uniform")
def norm_clipped(site: Site) -> Iterator[Edit]:
    """Shorten a result to a norm."""
    prefix = site.around.program.prefix
    for node in site.values:
        norm = float(np.linalg.norm(numbers(site.value(node)).ravel()))
        limit = float(f"{norm / 2:.1g}")
        if np.isfinite(limit) and limit > 0 and not compares(node):
            scale = f"({limit} / {prefix}.linalg.norm({ast.unparse(node)}))"
            yield site.replace(node, f"{scale} * ({site.text(node)})")


def _part(site: Site, where: str, change: str, *kinds: str) -> Iterator[Edit]:
    """Change some entries of the array that a statement assigns."""
    if not site.single or not site.values:
        return
    name = site.single
    if site.around.program.framework == "jax":
        method = {"= 0": "set(0)", "*= 2": "multiply(2)"}[change]
        yield site.append(f"{name} = {name}.at[{where}].{method}", *kinds)
    else:
        yield site.append(f"{name}[{where}] {change}", *kinds)


def _place(site: Site, axis: int, rng: Generator) -> int | None:
    lengths = (site.shape(site.values[0]) or ()) if site.values else ()
    if not -len(lengths) <= axis < len(lengths):
        return None
    return int(rng.integers(lengths[axis]))


@drawn("zero-row", "support", "examples")
def zero_row(site: Site, rng: Generator) -> Iterator[Edit]:
    """Set one row to zero."""
    row = _place(site, 0, rng)
    if row is not None:
        yield from _part(site, str(row), "= 0")


@drawn("zero-column", "support", "examples")
def zero_column(site: Site, rng: Generator) -> Iterator[Edit]:
    """Set one column to zero."""
    column = _place(site, -1, rng)
    if column is not None:
        yield from _part(site, f"..., {column}", "= 0")


@drawn("element-doubled", "support")
def element_doubled(site: Site, rng: Generator) -> Iterator[Edit]:
    """Double one entry."""
    lengths = (site.shape(site.values[0]) or ()) if site.values else ()
    if lengths:
        place = ", ".join(str(rng.integers(length)) for length in lengths)
        yield from _part(site, place, "*= 2")


@planted("nan-branch", "not-finite")
def nan_branch(site: Site) -> Iterator[Edit]:
    """Return no number where an entry is beyond a limit that few exceed."""
    prefix = site.around.program.prefix
    for node in site.values:
        sizes = np.sort(np.abs(numbers(site.value(node))), axis=None)
        if sizes.size < 4 or not sizes[-1] > sizes[-2]:
            continue
        limit = float(f"{(sizes[-1] + sizes[-2]) / 2:.4g}")
        condition = f"{prefix}.abs({ast.unparse(node)}) > {limit}"
        yield site.replace(node, f"{prefix}.where({condition}, {prefix}.nan, {site.text(node)})")


@planted("one-class", "examples", "support", "mask", "activation-wrong", "factor")
def one_class(site: Site) -> Iterator[Edit]:
    """Double the share of one class."""
    around = site.around
    labels = [
        name
        for name, value in around.variables.items()
        if around.data and value is not around.data[0] and site.among(value, around.data[-1:])
        if hasattr(value, "dtype")
    ]
    if not labels:
        return
    label, prefix = labels[0], around.program.prefix
    wanted = np.shape(around.variables[label])
    whole = np.issubdtype(around.variables[label].dtype, np.integer)
    for node in site.values:
        lengths = site.shape(node) or ()
        condition = f"{prefix}.where({label} == 1, 2.0, 1.0)" if whole else ""
        condition = condition or f"{prefix}.where({label} > 0.5, 2.0, 1.0)"
        if len(lengths) == 2 and wanted == lengths[:1]:
            condition += "[:, None]"
        elif wanted != lengths and not (len(wanted) == 2 and wanted == (1, *lengths[1:])):
            continue
        yield site.replace(node, f"({site.text(node)}) * {condition}")


@planted("uniform-scale", "uniform", "factor")
def uniform_scale(site: Site) -> Iterator[Edit]:
    """Scale all gradients alike."""
    if not isinstance(site.statement, ast.Return) or not site.parts:
        return
    whole = site.parts[0]
    if isinstance(site.value(whole), dict):
        text = f"{{name: 0.5 * value for name, value in ({site.text(whole)}).items()}}"
        yield site.replace(whole, text)
    elif site.around.program.framework != "numpy":
        yield site.replace(whole, f"tuple(0.5 * value for value in ({site.text(whole)}))")
