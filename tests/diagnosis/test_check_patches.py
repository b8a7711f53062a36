"""The search for a patch of the user's source that makes wrong gradients right."""

import ast
import sys

import pytest
from patched_programs import (
    LAYERS,
    MISTAKES,
    NETWORK,
    X,
    Y,
    checked,
    line_of,
    load,
    offered_for,
    params_of,
    patchable,
    written,
)

from trainwell.diagnosis.gradient_localisation import counts as counting
from trainwell.diagnosis.gradient_localisation.finding import confidence, cost_of
from trainwell.diagnosis.gradient_localisation.statements import unused_at, unused_in
from trainwell.diagnosis.gradient_patches.around import around
from trainwell.diagnosis.gradient_patches.patches import patches
from trainwell.diagnosis.gradient_patches.patching import in_turn, patched_findings
from trainwell.diagnosis.gradient_patches.sources import sources

COUNT = MISTAKES["count"][:2]
BRANCH = MISTAKES["branch"][:2]
PLUS = ("(a2 - Y) / m", "(a2 + Y) / m")
TERM = MISTAKES["term"][:2]
FORWARD = ("sigmoid", "cost")
BEHIND = "\nown = grad.__code__\n"  # a program that sees whether it is patched


def watching(*lines, program=None):
    """Return a program with the wrong count that does something where it is patched."""
    text = written(COUNT) if program is None else program
    head = "def grad(p, X, Y, cache):\n"
    told = "".join(f"        {line}\n" for line in lines)
    patched = f"{head}    if grad.__code__ is not own:\n{told}"
    return written((head, patched), program=text) + BEHIND


def lines_of(report):
    return [finding.line for finding in report.findings]


def codes(module):
    return {name: getattr(module, name).__code__ for name in ("grad", "slope", *FORWARD)}


# What is found


@pytest.mark.long
@pytest.mark.parametrize("program", [NETWORK, LAYERS], ids=["network", "layers"])
def test_programs_without_a_mistake_pass(program, tmp_path):
    report = checked(load(tmp_path, program))
    assert (report.verdict, report.findings) == ("PASS", ())


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_that_no_operation_shows_is_named_with_its_line(mistake, tmp_path):
    module = load(tmp_path, written(mistake[:2], program=mistake.program))
    report = checked(module)
    (finding,) = report.findings
    assert (finding.file, finding.line) == (module.__file__, line_of(module, mistake.written))
    assert finding.kind == mistake.kind
    assert mistake.told in finding.message


@pytest.mark.parametrize("name", [name for name in MISTAKES if name != "kept"])
def test_what_is_meant_is_among_the_patches(name, tmp_path):
    mistake = MISTAKES[name]
    module = load(tmp_path, written(mistake[:2], program=mistake.program))
    patches = [p for _, p in offered_for(module, params_of(module), (X, Y))]
    told = [patch for patch in patches if mistake.told in patch.told()]
    assert line_of(module, mistake.written) in {patch.statement.lineno for patch in told}
    assert mistake.kind in {patch.kinds[0] for patch in told}


@pytest.mark.parametrize("name", [name for name in MISTAKES if name != "kept"])
def test_patches_alone_name_the_line_and_all_gradients_that_are_wrong(name, tmp_path):
    mistake = MISTAKES[name]
    module = load(tmp_path, written(mistake[:2], program=mistake.program))
    arrays = checked(module, diagnose=False).arrays
    wrong = [name for name, array in arrays.items() if array.status.name != "OK"]
    (finding,) = patched_findings(patchable(module), wrong, 60.0)
    assert finding.line == line_of(module, mistake.written)
    assert finding.affected == tuple(wrong)
    assert finding.confidence > 0.9


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (PLUS, ("(W2.T @ d2)", "(W2.T @ a2)")),
        (TERM, BRANCH),
        (TERM, ("1 - np.tanh(z) ** 2", "1 + np.tanh(z) ** 2")),
        (PLUS, ("1 - np.tanh(z) ** 2", "1 + np.tanh(z) ** 2")),
    ],
    ids=["operands", "branch", "signs", "operations"],
)
def test_two_mistakes_on_one_path_are_both_named(one, two, tmp_path):
    module = load(tmp_path, written(one, two))
    report = checked(module)
    assert lines_of(report) == [line_of(module, one[1]), line_of(module, two[1])]
    assert {name for finding in report.findings for name in finding.affected} == set(report.arrays)
    assert all(finding.confidence >= 0.9 for finding in report.findings)


def test_a_mistake_is_sure_beside_another_one_that_the_same_gradients_suffer_from(tmp_path):
    plus = ("(W2.T @ d2) *", "(W2.T @ d2) +")
    module = load(tmp_path, written(PLUS, plus))
    sure = {finding.line for finding in checked(module).findings if finding.confidence >= 0.9}
    assert sure == {line_of(module, PLUS[1]), line_of(module, plus[1])}


def test_patches_find_one_mistake_after_the_other(tmp_path):
    module = load(tmp_path, written(PLUS, BRANCH))
    backward = patchable(module)
    found = patched_findings(backward, ["W1", "b1", "W2", "b2"], 60.0)
    assert [finding.line for finding in found] == [
        line_of(module, PLUS[1]),
        line_of(module, BRANCH[1]),
    ]
    assert [set(finding.affected) for finding in found] == [{"W2", "b2"}, {"W1", "b1"}]
    assert patched_findings(backward, ["W1", "b1", "W2", "b2"], 60.0, most=1) == []


def test_a_condition_is_told_by_its_line_alone(tmp_path):
    module = load(tmp_path, written(BRANCH))
    assert f"  1. line {line_of(module, BRANCH[1])}: `activation" in str(checked(module))


def test_a_right_gradient_is_not_made_wrong(tmp_path):
    # Without the other division by m, this gradient would be right, but no other one.
    module = load(tmp_path, written(("dW2 = d2 @ a1.T", "dW2 = d2 @ a1.T / m")))
    (finding,) = patched_findings(patchable(module), ["W2"], 60.0)
    assert finding.line == line_of(module, "dW2 = ")


def test_statements_that_right_gradients_are_made_of_are_the_last_to_be_blamed(tmp_path):
    module = load(tmp_path, written(BRANCH))
    at = line_of(module, BRANCH[1])
    settled = frozenset({(module.__file__, at)})
    wrong = ["W1", "b1"]
    assert [f.line for f in patched_findings(patchable(module), wrong, 60.0)] == [at]
    backward = patchable(module, settled=settled)
    every = [(s, patch) for s in backward.sources for patch in patches(around(s, {}, ()))]
    order = [patch.statement.lineno == at for _, patch in in_turn(backward, every)]
    assert len(order) == len(every)
    assert order == sorted(order)
    assert [f.line for f in patched_findings(backward, wrong, 60.0)] == [at]


def test_nothing_settled_is_blamed_where_something_else_mends_as_much(tmp_path):
    module = load(tmp_path, written(("d2 = (a2 - Y) / m * gate", "d2 = -((a2 - Y) / m * gate)")))
    at = line_of(module, "d2 = -(")
    wrong = ["W1", "b1", "W2", "b2"]
    assert [f.line for f in patched_findings(patchable(module), wrong, 60.0)] == [at]
    settled = frozenset({(module.__file__, at)})
    found = patched_findings(patchable(module, settled=settled), wrong, 60.0)
    assert found
    assert at not in [finding.line for finding in found]


@pytest.mark.parametrize("name", ["count", "branch", "unpacked", "key"])
def test_the_cost_of_patches_has_a_limit(name, tmp_path):
    module = load(tmp_path, written(MISTAKES[name][:2]))
    arrays = checked(module, diagnose=False).arrays
    wrong = [name for name, array in arrays.items() if array.status.name != "OK"]
    assert patched_findings(patchable(module), wrong, 60.0, dearest=0.9) == []
    assert patched_findings(patchable(module), wrong, 60.0, dearest=1.3)


CLOSURE = """\
import numpy as np


def cost(p, X, Y):
    out = p["W2"] @ np.tanh(p["W1"] @ X + p["b1"]) + p["b2"]
    return np.sum((out - Y) ** 2) / (2 * X.shape[1]), out


def program(scale):
    def grad(p, X, Y, out):
        m = X.shape[0]
        a1 = np.tanh(p["W1"] @ X + p["b1"])
        d2 = scale * (out - Y) / m
        d1 = (p["W2"].T @ d2) * (1 - a1 ** 2)
        dW1, dW2 = d1 @ X.T, d2 @ a1.T
        db1, db2 = (np.sum(d, axis=1, keepdims=True) for d in (d1, d2))
        return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}

    return grad


grad = program(1.0)
"""


def test_a_function_with_variables_from_around_it_can_be_patched(tmp_path):
    module = load(tmp_path, CLOSURE)
    assert module.grad.__code__.co_freevars == ("scale",)
    (finding,) = patched_findings(patchable(module), ["W1", "b1", "W2", "b2"], 60.0)
    assert finding.line == line_of(module, "m = X.shape[0]")


def test_a_patch_has_to_be_right_in_a_second_call_too(tmp_path):
    again = ("again = seen[-1:] == [grad.__code__]", "seen.append(grad.__code__)")
    module = load(tmp_path, watching(*again, "if again:", "    raise ValueError") + "seen = []\n")
    assert patched_findings(patchable(module), ["W1", "b1", "W2", "b2"], 1.0) == []
    assert module.seen


def test_a_term_that_is_kept_between_calls_is_said_to_be_so(tmp_path):
    module = load(tmp_path, written(MISTAKES["kept"][:2]))
    (finding,) = patched_findings(patchable(module), ["W1"], 60.0)
    assert (finding.line, finding.kind) == (line_of(module, "dW1 = "), "accumulated")


# What is not touched


@pytest.mark.parametrize("name", [name for name in MISTAKES if name != "loop"])
def test_the_functions_are_as_before_afterwards(name, tmp_path):
    module = load(tmp_path, written(MISTAKES[name][:2]))
    before = codes(module)
    checked(module)
    assert all(code is before[name] for name, code in codes(module).items())


def test_the_functions_are_as_before_after_an_interruption(tmp_path, capsys):
    module = load(tmp_path, watching("raise KeyboardInterrupt"))
    before, out = codes(module), sys.stdout
    with pytest.raises(KeyboardInterrupt):
        checked(module)
    assert all(code is before[name] for name, code in codes(module).items())
    assert sys.stdout is out
    print("heard")  # noqa: T201 - what is printed afterwards comes out again
    assert capsys.readouterr().out == "heard\n"


def test_functions_of_the_forward_pass_are_never_patched(tmp_path):
    noted = [
        ("def sigmoid(z):\n", "def sigmoid(z):\n    seen['sigmoid'].add(sigmoid.__code__)\n"),
        (
            "def grad(p, X, Y, cache):\n",
            "def grad(p, X, Y, cache):\n    seen['grad'].add(grad.__code__)\n",
        ),
    ]
    text = written(COUNT, *noted) + "\nseen = {'sigmoid': set(), 'grad': set()}\n"
    module = load(tmp_path, text)
    assert line_of(module, COUNT[1]) in lines_of(checked(module))
    assert len(module.seen["sigmoid"]) == 1
    assert len(module.seen["grad"]) > 1
    found = [source.function.__name__ for source in patchable(module).sources]
    assert sorted(found) == ["grad", "slope"]


def test_what_patched_functions_print_and_warn_is_not_heard(tmp_path, capsys):
    noisy = watching("print('patched')", "warnings.warn('patched')", "np.log(-X.size)")
    module = load(tmp_path, f"import warnings\n{noisy}")
    (finding,) = patched_findings(patchable(module), ["W1", "b1", "W2", "b2"], 60.0)
    assert finding.line == line_of(module, COUNT[1])
    assert capsys.readouterr().out == ""


def test_a_patch_that_fails_is_no_mistake_of_the_users(tmp_path):
    module = load(tmp_path, watching("raise ValueError"))
    assert patched_findings(patchable(module), ["W1", "b1", "W2", "b2"], 60.0) == []


def test_nothing_is_patched_under_a_profiler_that_stays(tmp_path):
    def profiler(*_):
        return None

    module = load(tmp_path, watching("seen.append(grad)") + "\nseen = []\n")
    sys.setprofile(profiler)
    try:
        checked(module)
        kept = sys.getprofile()
    finally:
        sys.setprofile(None)
    assert kept is profiler
    assert module.seen == []
    checked(module)
    assert module.seen


def test_the_profiler_of_the_search_is_gone_after_a_function_that_fails():
    def fails():
        raise ValueError

    assert sources(fails, fails) == []
    assert sys.getprofile() is None


@pytest.mark.parametrize("program", [NETWORK, LAYERS], ids=["network", "layers"])
def test_every_patch_changes_the_tree_and_puts_it_back(program, tmp_path):
    module = load(tmp_path, program)
    tried = 0
    for source in patchable(module).sources:
        before = ast.dump(source.tree, include_attributes=True)
        for patch in patches(around(source, {"lambd": 0.7}, ("W1", "W2"))):
            with patch.applied():
                assert ast.dump(source.tree, include_attributes=True) != before, patch.message
            tried += 1
        # What is not put back stays: it is seen behind the last one, too.
        assert ast.dump(source.tree, include_attributes=True) == before
    assert tried > 100


def test_a_patch_is_undone_after_a_failure(tmp_path):
    (source,) = patchable(load(tmp_path, LAYERS)).sources
    before = ast.dump(source.tree)
    patch = next(each for each in patches(around(source, {}, ())) if len(each.changes) == 2)
    with pytest.raises(KeyboardInterrupt), patch.applied():
        raise KeyboardInterrupt
    assert ast.dump(source.tree) == before


def test_patches_are_of_statements_that_stand_in_the_function(tmp_path):
    module = load(tmp_path, LAYERS)
    (source,) = patchable(module).sources
    first, last = line_of(module, "def grad"), line_of(module, "return grads")
    lines = {patch.statement.lineno for patch in patches(around(source, {}, ()))}
    assert lines <= set(range(first + 1, last + 1))
    assert line_of(module, "for back in range") in lines


# Parts


@pytest.mark.parametrize("cost", [1.15, 1.2, 1.3, 1.45, 1.8, 1.95])
def test_a_cost_is_known_from_the_confidence_it_gives(cost):
    assert cost_of(confidence(cost)) == pytest.approx(cost)
    assert 0.9 < confidence(cost) <= 1


def test_the_dearest_patches_are_still_somewhat_sure():
    assert confidence(1.0) == 1
    assert confidence(9.0) == 0.91
    assert confidence(1.2) > confidence(1.3)


@pytest.mark.parametrize(
    ("body", "unused"),
    [
        ("a = 1\n    return 2", {"a"}),
        ("a = 1\n    return a", set()),
        ("a, b = 1, 2\n    return 0", set()),
        ("a = 1\n    a += 1\n    return 0", set()),
        ("a = b = 1\n    return b", {"a"}),
        ("a = {}\n    a['k'] = 1\n    return 0", {"a"}),
        ("a = {}\n    a['k'] = 1\n    return a['k']", set()),
        ("a = {}\n    a['k'] += 1\n    return 0", {"a"}),
        ("a = 1\n\n    def inner():\n        return a\n    return inner", set()),
    ],
)
def test_unused_variables_are_computed_and_never_read(body, unused, tmp_path):
    text = f"def function():\n    {body}\n"
    assert unused_in(ast.parse(text)) == unused
    file = tmp_path / "unused.py"
    file.write_text(text, encoding="utf-8")
    assert unused_at(str(file), 2) == unused


def test_unused_variables_of_a_file_that_is_not_there_are_none():
    assert unused_at("no such file", 3) == frozenset()


@pytest.mark.parametrize(
    ("factor", "counts"),
    [
        (2 / 3, True),
        (7.0, True),
        (-3 / 4, True),
        (2**0.5, False),
        (0.5**0.5, False),
        (1.7e5, False),
    ],
)
def test_quotients_of_counts_are_told_from_other_factors(factor, counts):
    assert counting._of_counts(factor) == counts
