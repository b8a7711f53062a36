"""Values that are computed outside of their function while patches of it are tried."""

import ast
import textwrap

import pytest
from patched_programs import NETWORK, PARAMS, X, Y, load, patchable, written

from trainwell.diagnosis.gradient_patches.holding import Hold
from trainwell.diagnosis.gradient_patches.patch import Patch
from trainwell.diagnosis.gradient_patches.patch_trials import together, tried
from trainwell.diagnosis.gradient_patches.patched import Source, replaced
from trainwell.diagnosis.gradient_patches.patching import offered

FORMULA = """
def formula(x, *, scale=2):
    y = x * scale
    total = 0
    for each in range(3):
        total += y - each
    return offset + total
"""


def source_of(text=FORMULA, **names):
    """Return a function as something that patches change, its statements by their first line."""
    tree = ast.parse(textwrap.dedent(text))
    namespace = {"offset": 100, **names}
    exec(compile(tree, "formula.py", "exec"), namespace)  # noqa: S102 - the text above
    (definition,) = tree.body
    lines = text.splitlines()
    nodes = [node for node in ast.walk(definition) if isinstance(node, ast.stmt)]
    statements = {lines[node.lineno - 1].strip(): node for node in nodes}
    return Source(namespace[definition.name], definition, {}, {}), statements


def with_value(source, statement, text, *arguments):
    """Return what a function gives with another value of a statement, and whether by a hole."""
    new = ast.parse(text, mode="eval").body
    patch = Patch(statement, ("path",), 1.0, "", ((statement, "value", None, new),))
    hole, code = source.hole(statement)
    with patch.applied():
        value = None if code is None else hole.filled_by(patch.changes)
        whole = source.compiled()
    asked = None
    if value is not None:
        with replaced(source.function, code):
            asked = source.function(*arguments)
    with replaced(source.function, whole):
        return asked, source.function(*arguments)


@pytest.mark.parametrize(
    ("line", "value", "given"),
    [
        ("y = x * scale", "x - scale", 100 + 3 * 3 - 3),  # an argument by name
        ("total += y - each", "y * each + len(str(each))", 100 + 10 * 3 + 3),  # each round
        ("return offset + total", "total - offset", 30 - 3 - 100),  # a global variable
    ],
)
def test_a_value_is_computed_among_the_variables_of_its_function(line, value, given):
    source, statements = source_of()
    assert with_value(source, statements[line], value, 5) == (given, given)
    assert source.function(5) == 100 + 30 - 3  # as it was


@pytest.mark.parametrize("value", ["sum(scale for _ in range(x))", "(lambda: scale * x)()"])
def test_what_has_variables_of_its_own_is_compiled_in_its_function(value):
    source, statements = source_of()
    asked, whole = with_value(source, statements["y = x * scale"], value, 5)
    assert (asked, whole) == (None, 127)


def test_what_is_changed_outside_of_a_value_is_compiled_in_its_function():
    source, statements = source_of()
    statement = statements["total += y - each"]
    change = (statement, "op", None, ast.Sub())
    hole, code = source.hole(statement)
    assert code is not None
    assert hole.filled_by([change]) is None
    inside = (statement.value, "op", None, ast.Add())
    assert hole.filled_by([inside]) is not None
    assert hole.filled_by([inside, change]) is None


def test_a_statement_without_a_value_has_no_hole():
    source, statements = source_of()
    assert source.hole(statements["for each in range(3):"])[1] is None


def test_beside_another_patch_the_function_is_compiled_anew():
    source, statements = source_of()
    statement, other = statements["y = x * scale"], statements["return offset + total"]
    assert with_value(source, statement, "x", 5) == (112, 112)
    negative = ((other, "value", None, ast.parse("-total", mode="eval").body),)
    beside = Patch(other, ("sign",), 1.0, "", negative)
    with beside.applied(), replaced(source.function, source.compiled()):
        assert with_value(source, statement, "x", 5) == (-12, -12)
    assert with_value(source, statement, "x", 5) == (112, 112)


def test_a_function_that_is_held_has_no_hole():
    source, statements = source_of()
    held = Source(source.function, source.tree, {}, {}, Hold(statements["y = x * scale"]))
    assert held.hole(statements["return offset + total"])[1] is None


def test_what_mends_has_the_code_of_its_function_and_the_rest_none(tmp_path):
    module = load(tmp_path, written(("W2.T @ d2", "W2.T @ d2 * 2"), program=NETWORK))
    backward = patchable(module)
    wrong = ["W1", "b1"]
    with_all = [tried(backward, *pair, wrong) for pair in offered(backward).patches]
    trials = [trial for trial in with_all if trial is not None]
    assert any(trial.names for trial in trials)
    assert any(trial.code is None for trial in trials)
    for trial in trials:
        assert trial.code is not None or not trial.names


def test_what_mends_nothing_by_itself_is_compiled_to_be_applied(tmp_path):
    module = load(tmp_path, written(("W2.T @ d2", "W2.T @ d2 * 2"), program=NETWORK))
    backward = patchable(module)
    (own,) = [source for source in backward.sources if source.function is module.grad]
    statement = next(n for n in own.tree.body if "d1 = " in ast.unparse(n))
    nothing = ast.parse("np.zeros_like(z1)", mode="eval").body
    patch = Patch(statement, ("path",), 1.0, "", ((statement, "value", None, nothing),))
    trial = tried(backward, own, patch, ["W1", "b1"])
    assert trial.code is None
    with together([trial]) as compiled:
        assert compiled
        given = module.grad(PARAMS, X, Y, module.cost(PARAMS, X, Y)[1])
    assert not given["dW1"].any()
    assert given["dW2"].any()
