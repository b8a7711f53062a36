"""Variables of loops that begin as zeros and are never changed."""

import ast

import pytest

from trainwell.diagnosis.gradient_localisation.carried_zeros import unchanged_zeros

STAY = {
    "added": "c = np.zeros(3)\n    for i in a:\n        s = i + c",
    "one of two": "b, c = [], np.zeros_like(a)\n    for i in a:\n        s += c[i]",
    "number": "c = 0.0\n    while a:\n        s = a.pop() - c",
    "inner loop": "for j in a:\n        c = 0\n        for i in j:\n            s = i + c",
}
CHANGE = {
    "assigned": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        c = s",
    "written to": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        c[0] = s",
    "added to": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        c += s",
    "passed on": "c = np.zeros(3)\n    for i in a:\n        s = i + c\n        np.add.at(c, i, s)",
    "result of a call": "c = np.zeros(3)\n    for i in a:\n        np.add(i + c, 1, out=c)",
    "filled before": (
        "c = np.zeros(3)\n    for i in a:\n        c[i] = 1\n    for i in a:\n        s = i + c"
    ),
    "compared only": "c = np.zeros(3)\n    for i in a:\n        s = np.maximum(c, i)",
    "no zeros": "c = np.ones(3)\n    for i in a:\n        s = i + c",
    "not in the loop": "c = np.zeros(3)\n    for i in a:\n        s = i\n    s = s + c",
}


def found(body):
    (tree,) = ast.parse(f"def f(a, s):\n    {body}\n").body
    return [name for name, _ in unchanged_zeros(tree, "nowhere.py")]


@pytest.mark.parametrize("name", STAY)
def test_what_a_loop_adds_and_never_changes_stays_zero(name):
    assert found(STAY[name]) == ["c"]


@pytest.mark.parametrize("name", CHANGE)
def test_what_may_change_or_is_not_added_is_left_alone(name):
    assert found(CHANGE[name]) == []
