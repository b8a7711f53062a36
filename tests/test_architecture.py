"""Rules of the house that no linter knows."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "trainwell"
MODULES = sorted(PACKAGE.rglob("*.py"))
FILES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]

LONGEST = 400
OF_EXTRAS = {"jax", "torch"}
"""Packages whose tests are skipped without them."""
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


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def syntax(path: Path) -> Iterator[ast.AST]:
    return ast.walk(parsed(path))


def root(module: str) -> str:
    return module.partition(".")[0]


def imported(path: Path) -> Iterator[str]:
    for node in syntax(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    long = {file: lines for file, lines in lengths.items() if lines > LONGEST}
    assert not long, "what is so long holds more than one idea"


def test_a_module_is_named_after_the_one_thing_in_it() -> None:
    empty = {"base", "common", "core", "helper", "helpers", "misc", "util", "utils"}
    assert not [name(p) for p in MODULES if {p.stem.strip("_"), p.parent.name} & empty]


def test_folders_are_at_most_two_levels_deep() -> None:
    deep = [name(path) for path in MODULES if len(path.relative_to(PACKAGE).parts) > 3]
    assert not deep, "layer/topic/module.py at most"


def test_every_module_says_what_it_is_for() -> None:
    assert not [name(path) for path in MODULES if not ast.get_docstring(parsed(path))]


def test_nothing_is_pickled() -> None:
    assert not [name(path) for path in MODULES if set(map(root, imported(path))) & PICKLES]
    allowed = [
        f"{name(path)} line {keyword.lineno}"
        for path in MODULES
        for node in syntax(path)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", True)
    ]
    assert not allowed


def test_no_draw_depends_on_a_global_generator() -> None:
    within = {path: path.relative_to(PACKAGE).as_posix() for path in MODULES}
    checked = [p for p in MODULES if not any(within[p].startswith(place) for place in LEGACY)]
    drawn = [
        f"{within[path]} line {node.lineno}: {node.attr}"
        for path in checked
        for node in syntax(path)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in {"np.random", "numpy.random"}
        and node.attr not in STATELESS
    ]
    assert not drawn, "use trainwell.randomness.generator"
    foreign = ("random", "secrets", "numpy.random")
    assert not [
        f"{within[path]}: {module}"
        for path in checked
        for module in imported(path)
        if module.startswith(foreign) and module.rpartition(".")[2] not in STATELESS
    ]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import json, sys, trainwell; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    roots = {root(module) for module in json.loads(answer.stdout)}
    assert "trainwell" in roots
    assert not roots & set(HEAVY)


def test_only_one_file_configures_the_tools() -> None:
    others = {"setup.py", "setup.cfg", "tox.ini", "mypy.ini", "pytest.ini", "ruff.toml"}
    assert not {path.name for path in ROOT.iterdir()} & others


def imports_of(file: Path) -> Iterator[str]:
    """Yield the packages that a file imports when it is read."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_what_the_tests_import_is_installed_with_them() -> None:
    """Nothing but what the README's command installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    declared = {re.split(r"[^\w.-]", each)[0].lower() for each in wanted}
    files = list((ROOT / "tests").rglob("*.py"))
    own = {"trainwell", *(file.stem for file in files), *(file.parent.name for file in files)}
    others = {name for file in files for name in imports_of(file)} - own - OF_EXTRAS
    others -= sys.stdlib_module_names
    known = packages_distributions()
    missing = {n for n in others if not {d.lower() for d in known.get(n, ())} & declared}
    assert len(others) > 5
    assert not missing
