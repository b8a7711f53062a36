"""Which of several patches that mend the same is the likeliest."""

import ast
from collections.abc import Sequence

from trainwell.diagnosis.gradient_localisation.statements import nodes_of, source_of
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import Patchable, Trial, together

CLOSE = 0.06
"""How far costs are apart that do not differ."""

_COMPARED = 12
_RARE = 1.35  # cost of what hardly anybody gets wrong
_CLOSE_TO_RARE = 0.3


def by_sense(backward: Patchable, found: Sequence[Trial], closeness: float) -> Trial:
    """Return the likeliest of some patches: by the text, then by how many values are derivatives.

    Parameters
    ----------
    backward : Patchable
        What is patched.
    found : sequence of Trial
        Of patches that mend the same, the simplest first.
    closeness : float
        What those may cost more that are as likely.

    Returns
    -------
    Trial
        The simplest of those.
    """
    dearest = reach(found[0].patch.cost, closeness)
    close = [each for each in found if each.patch.cost <= dearest][:_COMPARED]
    close = [each for each in close if not _is_handed_on(each.patch)] or close
    close = [each for each in close if not _is_outside(each)] or close
    close = [each for each in close if _scales_a_number(each)] or close
    if len({each.patch.statement.lineno for each in close}) < 2 or backward.sense is None:
        return close[0]
    counts = []
    for each in close:
        with together([each]):
            counts.append(backward.sense())
    best = [each for each, count in zip(close, counts, strict=True) if count == max(counts)]

    def key(trial: Trial) -> tuple[bool, float, bool, int, int]:
        line = trial.patch.statement.lineno
        factor = trial.patch.kinds[0] == "factor"
        term = trial.patch.kinds[0] == "path"  # slopes have factors, too
        called = not term or (trial.source.file, line) in backward.called
        # Between two lines, something would still be wrong; but `dz = da` was hardly meant so.
        renames = _renames(trial.patch) and not factor
        # What all is multiplied by stands rather where the pass begins than in a helper.
        turn = backward.sources.index(trial.source) if factor else 0
        return not renames, trial.patch.cost, not called, turn, line

    return min(best, key=key)


def reach(cost: float, close: float = CLOSE) -> float:
    """Return what patches may cost that are as likely as one: what is rare is so in many ways.

    Parameters
    ----------
    cost : float
        Of the patch, or of what was found by operation.
    close : float, default=0.06
        How far costs are apart that do not differ, where nothing is rare.

    Returns
    -------
    float
        Of these that one is chosen which makes more sense.
    """
    return cost + (max(close, _CLOSE_TO_RARE) if cost >= _RARE else close)


def is_forgotten(trial: Trial) -> bool:
    """Say whether a factor is missing where a value only gets another name, for nothing.

    Parameters
    ----------
    trial : Trial
        Of the patch that puts it there.

    Returns
    -------
    bool
        Whether it was hardly meant so: ``ds = d``.
    """
    return trial.patch.kinds[0] == "factor" and _renames(trial.patch)


def _is_handed_on(patch: Patch) -> bool:
    """Say whether a function lacks what is made of what it is given: that is used inside of it."""
    for _, _, _, new in patch.changes:
        match new:
            case ast.BinOp(left=ast.Call(func=ast.Name(), args=given), right=factor):
                handed = {n.id for each in given for n in ast.walk(each) if isinstance(n, ast.Name)}
                return any(isinstance(n, ast.Name) and n.id in handed for n in ast.walk(factor))
    return False


def _is_outside(trial: Trial) -> bool:
    """Say whether a helper lacks what its function is multiplied by outside: `c * f()`, `df()`."""
    match trial.patch.statement, trial.patch.changes[:1]:
        case ast.Return(), ((_, _, _, ast.BinOp(left=left, op=ast.Mult())),):
            factor, name = ast.unparse(left), trial.source.tree.name.lower()
        case _:
            return False
    for node in nodes_of(source_of(trial.source.file)):
        match node:
            case ast.BinOp(left=one, op=ast.Mult(), right=ast.Call(func=ast.Name(id=called))):
                if called.lower() in name and called.lower() != name and ast.unparse(one) == factor:
                    return True
    return False


def _scales_a_number(trial: Trial) -> bool:
    """Say whether a factor is missing where something is multiplied by a number only: `d *= -1`."""
    match trial.patch.statement, trial.patch.changes[:1]:
        case ast.AugAssign(op=ast.Mult() | ast.Div()) as update, ((holder, *_, new),):
            scaled = isinstance(new, ast.BinOp) and isinstance(new.op, ast.Mult | ast.Div)
            value = update.value.operand if isinstance(update.value, ast.UnaryOp) else update.value
            return scaled and holder is update and isinstance(value, ast.Constant)
    return False


def _renames(patch: Patch) -> bool:
    """Say whether a statement only gives a value another name, as it stands."""
    match patch.statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Name()):
            return True
    return False
