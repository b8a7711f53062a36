"""Rules of the house that no linter knows."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "trainwell"
MODULES = sorted(PACKAGE.rglob("*.py"))
FILES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]

LONGEST = 400
HEAVY = ("matplotlib", "numba", "polars", "rich", "scipy", "sklearn", "typer")
PICKLES = {"cPickle", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
# The published numbers come from NumPy's legacy generator; the toys draw with it, and so do
# people's own programs.
# Programs of the corpus are as users write them; their generators' states are put back.
LEGACY = {
    "course/",
    "data/toys.py",
    "diagnosis/gradient_corpus/",
    "diagnosis/gradient_verdict/generators.py",
}
# Types and bit generators have no hidden state.
STATELESS = {"BitGenerator", "Generator", "Philox", "SFC64"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def syntax(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> Iterator[str]:
    for node in syntax(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{name(path)} has {lines} lines: it holds more than one idea"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_named_after_the_one_thing_in_it(path: Path) -> None:
    empty = {"base", "common", "core", "helper", "helpers", "misc", "util", "utils"}
    assert path.stem.strip("_") not in empty
    assert path.parent.name not in empty


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_folders_are_at_most_two_levels_deep(path: Path) -> None:
    assert len(path.relative_to(PACKAGE).parts) <= 3, "layer/topic/module.py at most"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_pickled(path: Path) -> None:
    roots = {module.partition(".")[0] for module in imported(path)}
    assert not roots & PICKLES
    allowed = [
        keyword.lineno
        for node in syntax(path)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", True)
    ]
    assert not allowed, f"allow_pickle in line {allowed}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_draw_depends_on_a_global_generator(path: Path) -> None:
    within = path.relative_to(PACKAGE).as_posix()
    if any(within.startswith(place) for place in LEGACY):
        return
    drawn = [
        f"{node.attr} in line {node.lineno}"
        for node in syntax(path)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in {"np.random", "numpy.random"}
        and node.attr not in STATELESS
    ]
    assert not drawn, f"{within}: {drawn}; use trainwell.randomness.generator"
    foreign = ("random", "secrets", "numpy.random")
    assert not [
        module
        for module in imported(path)
        if module.startswith(foreign) and module.rpartition(".")[2] not in STATELESS
    ]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import json, sys, trainwell; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    roots = {module.partition(".")[0] for module in json.loads(answer.stdout)}
    assert "trainwell" in roots
    assert not roots & set(HEAVY)


def test_only_one_file_configures_the_tools() -> None:
    others = {"setup.py", "setup.cfg", "tox.ini", "mypy.ini", "pytest.ini", "ruff.toml"}
    assert not {path.name for path in ROOT.iterdir()} & others
