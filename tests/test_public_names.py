"""The names that ``import trainwell`` gives."""

import ast
from pathlib import Path

import pytest

import trainwell

SOURCE = ast.parse(Path(trainwell.__file__).read_text(encoding="utf-8"))
IMPORTED = [
    alias.name
    for node in ast.walk(SOURCE)
    if isinstance(node, ast.ImportFrom) and str(node.module).startswith("trainwell.")
    for alias in node.names
]


def test_every_public_name_is_imported_once_and_nothing_else_is():
    assert sorted(trainwell.__all__) == sorted(IMPORTED)
    assert len(set(IMPORTED)) == len(IMPORTED)


@pytest.mark.parametrize("name", trainwell.__all__)
def test_a_public_name_is_its_own_name(name):
    value = getattr(trainwell, name)
    assert getattr(value, "__name__", name) == name


def test_the_file_holds_names_and_nothing_else():
    kinds = {type(node) for node in SOURCE.body}
    # What is imported for type checkers alone comes when it is asked for.
    assert kinds == {ast.Expr, ast.ImportFrom, ast.Assign, ast.If, ast.FunctionDef}
    functions = [node.name for node in SOURCE.body if isinstance(node, ast.FunctionDef)]
    assert functions == ["__getattr__"]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'MLPClasifier'"):
        trainwell.MLPClasifier  # noqa: B018
