"""The corpus of the gradient checker: right programs, and faults planted in their text."""

import traceback
from collections import Counter
from importlib import import_module

import numpy as np
import pytest

from trainwell.diagnosis.scorecard.behaviour import cost_of, gradient_call, quiet
from trainwell.diagnosis.scorecard.faults import KINDS
from trainwell.diagnosis.scorecard.mutants import Mutant, _Workshop, mutants, pairs, sample
from trainwell.diagnosis.scorecard.operators import OPERATORS
from trainwell.diagnosis.scorecard.programs import Program, load, program, programs
from trainwell.diagnosis.scorecard.sites import sites
from trainwell.errors import ConfigurationError

PROGRAMS = programs()
TUNING = [each for each in PROGRAMS if each.framework == "numpy" and not each.held_out]
PLAIN = [each for each in PROGRAMS if each.framework == "numpy"]
FOREIGN = [each for each in PROGRAMS if each.framework != "numpy"]


def named(cases: list[Program]) -> list:
    return [pytest.param(each, id=each.name) for each in cases]


def numerical(namespace: dict, params: dict, data: tuple, name: str) -> np.ndarray:
    """Differentiate the cost by differences of the fourth order."""

    def moved(place, step):
        copies = {other: array.copy() for other, array in params.items()}
        copies[name][place] += step
        return cost_of(namespace, copies, data)

    gradient = np.empty(params[name].shape)
    step = 1e-4
    for place in np.ndindex(gradient.shape):
        near = moved(place, step) - moved(place, -step)
        far = moved(place, 2 * step) - moved(place, -2 * step)
        gradient[place] = (8 * near - far) / (12 * step)
    return gradient


@pytest.mark.parametrize("right", named(PLAIN))
def test_the_gradient_of_a_program_is_that_of_its_cost(right: Program):
    for seed in (0, 3, 11):
        namespace = load(right.source, right.file)
        call, (params, data) = gradient_call(right, namespace, seed)
        gradient = call()
        assert set(gradient) >= {"d" + name for name in params}
        assert max(map(np.max, map(np.abs, params.values()))) < 10
        for name in params:
            expected = numerical(namespace, params, data, name)
            assert gradient["d" + name].shape == expected.shape
            error = np.linalg.norm(gradient["d" + name] - expected)
            assert error < 1e-6 * max(np.linalg.norm(expected), 1e-3), (name, seed)


@pytest.mark.parametrize("right", named(FOREIGN))
def test_the_derivative_of_a_function_is_right(right: Program):
    if not right.available:
        pytest.skip(f"{right.framework} is not installed")
    namespace = load(right.source, right.file)
    with quiet(right):
        for seed in (0, 3):
            values = namespace["inputs"](seed)
            if right.framework == "torch":
                gradcheck = import_module("torch").autograd.gradcheck
                assert gradcheck(namespace["FUNCTION"].apply, values)
            else:
                check = import_module("jax.test_util").check_grads
                check(namespace["FUNCTION"], values, order=1, modes=["rev"], rtol=1e-6)


@pytest.mark.parametrize("right", named(list(PROGRAMS)))
def test_another_seed_is_another_case(right: Program):
    if not right.available:
        pytest.skip(f"{right.framework} is not installed")
    namespace = load(right.source, right.file)
    with quiet(right):
        one, again, other = (gradient_call(right, namespace, seed)[0]() for seed in (0, 0, 1))
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)


def test_the_corpus_covers_what_it_promises():
    assert len(TUNING) >= 8
    assert len({operator.name for operator in OPERATORS}) == len(OPERATORS) >= 35
    assert {each.framework for each in PROGRAMS} == {"numpy", "torch", "jax"}
    assert all(each.held_out == each.name.startswith("heldout_") for each in PROGRAMS)


def test_an_unknown_program_is_refused():
    with pytest.raises(ConfigurationError, match="did you mean 'course_l2'"):
        program("course_l3")


@pytest.mark.parametrize("operator", [each.name for each in OPERATORS])
def test_an_operator_makes_a_wrong_mutant(operator: str):
    for right in TUNING:
        workshop = _Workshop(right, seed=0)
        for place in workshop.places([each for each in OPERATORS if each.name == operator]):
            mutant = workshop.judged(*place)
            if mutant is not None and mutant.status == "wrong":
                assert mutant.operator == operator
                return
    pytest.fail("no program has a wrong mutant of this operator")


def test_a_call_that_is_left_out_would_fill():
    left_out = [each for each in OPERATORS if each.name == "drop-statement"]
    for name, filled in (
        ("conv1d_pooling", "dcells"),
        ("averaged_embeddings", "g_emb, g_salience"),
    ):
        places = _Workshop(program(name), seed=0).places(left_out)
        assert filled in [edit.target for _, _, edit in places]


def test_what_stands_in_memory_by_chance_is_no_number_of_a_fault(monkeypatch):
    statements = sites(program("conv1d_pooling"), seed=0)
    monkeypatch.setattr(np, "empty", lambda shape: np.full(shape, 7.0))
    values = [
        site.value(node)
        for site in statements
        for node in site.values
        if "empty" in site.text(node)
    ]
    assert values
    assert not any(map(np.any, values))


@pytest.fixture(scope="module")
def planted() -> list[Mutant]:
    return [
        mutant for name in ("course_l2", "batch_norm") for mutant in mutants(program(name), seed=0)
    ]


def test_every_other_line_stays_where_it_was(planted):
    for mutant in planted:
        right, wrong = mutant.program.source.splitlines(), mutant.source.splitlines()
        first, last = mutant.lines
        changed = [
            i + 1 for i, pair in enumerate(zip(right, wrong, strict=True)) if len(set(pair)) > 1
        ]
        assert changed, mutant
        statement = range(first, max(last, changed[-1]) + 1)
        assert set(changed) <= set(statement)
        assert all(not wrong[line - 1].strip() for line in changed if line > last)


def test_a_statement_of_several_lines_may_become_shorter(planted):
    first, last = max({mutant.lines for mutant in planted}, key=lambda lines: lines[1] - lines[0])
    assert last > first
    assert {mutant.lines[1] for mutant in planted if mutant.lines[0] == first} > {last}


def test_mutants_have_names_from_the_vocabulary(planted):
    assert all(mutant.kinds and set(mutant.kinds) <= set(KINDS) for mutant in planted)
    assert all(len(set(mutant.kinds)) == len(mutant.kinds) for mutant in planted)


def kinds_of(name: str, operator: str, right: str, wrong: str) -> tuple[str, ...]:
    """Return the kinds of the fault that puts one text in the place of another."""
    shop = _Workshop(program(name), seed=0)
    places = shop.places([each for each in OPERATORS if each.name == operator])
    source = shop.program.source.replace(right, wrong)
    assert source != shop.program.source
    (edit,) = (edit for _, site, edit in places if site.mutated(edit)[0] == source)
    return edit.kinds


@pytest.mark.parametrize(
    ("name", "operator", "right", "wrong", "first"),
    [
        ("mixture_of_experts", "transpose-extra", "N = X.shape[0]", "N = X.T.shape[0]", "factor"),
        ("generalized_entropy", "wrong-count", "(P.shape[1])", "(P.shape[0])", "path"),
        ("generalized_entropy", "drop-term", "** (q - 1)", "** ((-1))", "activation-wrong"),
        ("generalized_entropy", "plus-minus", "** (q - 1)", "** (q + 1)", "activation-wrong"),
    ],
)
def test_what_is_wrong_with_a_count_or_an_exponent_is_named_so(name, operator, right, wrong, first):
    kinds = kinds_of(name, operator, right, wrong)
    assert kinds[0] == first
    assert len(set(kinds)) == len(kinds)


def test_mutants_are_different_and_none_is_equivalent(planted):
    assert len({mutant.source for mutant in planted}) == len(planted)
    assert len({mutant.filename for mutant in planted}) == len(planted)
    assert {mutant.status for mutant in planted} == {"wrong", "crash", "shape"}


def test_most_faults_show_at_the_first_call(planted):
    wrong = [mutant for mutant in planted if mutant.status == "wrong"]
    hidden = {mutant.operator for mutant in wrong if mutant.calls == 2}
    assert hidden <= {"stale-memo", "not-reset", "shared-buffer", "in-place"}
    assert hidden


def test_a_wrong_mutant_has_another_gradient(planted):
    for mutant in [each for each in planted if each.points][::10]:
        seed = mutant.points[0]
        with quiet(mutant.program):
            right, wrong = (
                gradient_call(mutant.program, namespace, seed)[0]()
                for namespace in (load(mutant.program.source, "right.py"), mutant.load())
            )
        assert any(not np.allclose(right[name], wrong[name], rtol=1e-9, atol=0) for name in right)


def test_points_are_those_that_were_looked_at(planted):
    assert {seed for mutant in planted for seed in mutant.points} == {0, 1000, 2000}
    wrong = [mutant for mutant in planted if mutant.status == "wrong" and mutant.calls == 1]
    assert sum(mutant.points == (0, 1000, 2000) for mutant in wrong) > 0.9 * len(wrong)


def test_a_traceback_shows_the_text_of_the_mutant(planted):
    mutant = next(each for each in planted if each.status == "crash")
    namespace = mutant.load()
    try:
        with quiet(mutant.program):
            gradient_call(mutant.program, namespace, 0)[0]()
    except Exception as error:  # noqa: BLE001 - whichever the mutant raises
        frames = traceback.extract_tb(error.__traceback__)
        shown = [each for each in frames if each.filename == mutant.filename]
        assert shown[-1].line == mutant.source.splitlines()[shown[-1].lineno - 1].strip()
    else:
        pytest.fail("the mutant did not crash")


def test_the_same_seed_makes_the_same_mutants():
    right = program("elastic_logistic")
    one, again, other = (mutants(right, seed) for seed in (4, 4, 5))
    assert one == again
    assert {each.source for each in one} != {each.source for each in other}


def test_a_sample_gives_operators_and_programs_equal_shares():
    drawn = sample(60, seed=2, held_out=False)
    assert len(drawn) == 60
    assert all(mutant.status == "wrong" and not mutant.program.held_out for mutant in drawn)
    strata = Counter((mutant.program.name, mutant.operator) for mutant in drawn)
    assert max(strata.values()) == 1
    assert len({mutant.operator for mutant in drawn}) > 25
    programs = Counter(mutant.program.name for mutant in drawn)
    assert len(programs) > 25
    assert max(programs.values()) < 6


def test_a_pair_holds_two_faults_in_two_statements():
    right = program("course")
    found = pairs(right, 8, seed=1)
    assert len(found) == 8
    assert found == pairs(right, 8, seed=1)
    for pair in found:
        assert pair.first.lines[1] < pair.second.lines[0]
        lines = pair.source.splitlines()
        for mutant in (pair.first, pair.second):
            place = slice(mutant.lines[0] - 1, mutant.lines[1])
            assert lines[place] == mutant.source.splitlines()[place]
