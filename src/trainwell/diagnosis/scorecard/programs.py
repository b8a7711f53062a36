"""The programs of the corpus: right gradients as people write them by hand."""

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from types import CodeType
from typing import Any

from trainwell.errors import ConfigurationError

HELD_OUT = "heldout_"
"""How the names of files begin on which nothing was tuned."""

REAL = "real_"
"""How the names of files begin whose faults were met in the wild, not planted by operators."""

Namespace = dict[str, Any]
"""What a program defines, by name."""

_FOLDER = "gradient_corpus"
_MODULES = {"torch": "torch", "jax": "jax.numpy", "numpy": "numpy"}


@dataclass(frozen=True)
class Program:
    """A cost and its hand-written gradient.

    Parameters
    ----------
    name : str
        Name of the file without its ending.
    source : str
        Text of the file.
    file : str
        Its path.
    held_out : bool
        Whether nothing was tuned on it.
    framework : {"numpy", "torch", "jax"}
        What runs the backward pass.
    """

    name: str
    source: str = field(repr=False)
    file: str
    held_out: bool
    framework: str

    @property
    def available(self) -> bool:
        """Whether its framework is installed."""
        return find_spec(self.framework) is not None

    @property
    def backward(self) -> tuple[str, ...]:
        """Qualified names of the functions that are backward code."""
        for statement in ast.parse(self.source).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="BACKWARD")], value=value):
                    return tuple(ast.literal_eval(value))
        raise ConfigurationError.contradiction(self.name, "a program needs a constant BACKWARD")

    @property
    def prefix(self) -> str:
        """What the program calls the module of its arrays, such as ``np``."""
        module = _MODULES[self.framework]
        return next((alias for name, alias in _imports(self.source) if name == module), module)


def programs(*, held_out: bool | None = None) -> tuple[Program, ...]:
    """Return the programs in which faults are planted, in the order of their names.

    Parameters
    ----------
    held_out : bool, optional
        Only those on which nothing was tuned, or only the others.

    Returns
    -------
    tuple of Program
        Those of a framework that is not installed are among them.
    """
    found = (program(name) for name in sorted(_names()) if not name.startswith(REAL))
    return tuple(each for each in found if held_out in {None, each.held_out})


def program(name: str) -> Program:
    """Return the program of one name, whichever kind of faults it is for."""
    if name not in _names():
        raise ConfigurationError.unknown_name("program", name, _names())
    file = files("trainwell.diagnosis") / _FOLDER / f"{name}.py"
    source = file.read_text(encoding="utf-8")
    imported = {module.partition(".")[0] for module, _ in _imports(source)}
    framework = next((each for each in ("torch", "jax") if each in imported), "numpy")
    return Program(name, source, str(file), name.startswith(HELD_OUT), framework)


def load(source: str, filename: str) -> Namespace:
    """Run the text of a program; tracebacks and frames can show its lines.

    Parameters
    ----------
    source : str
        Text of the program, planted faults included.
    filename : str
        What its frames are to call it: another name for another text.

    Returns
    -------
    dict
        What the program defines.
    """
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    return execute(compile(source, filename, "exec"))


def execute(code: CodeType) -> Namespace:
    """Run compiled text in a namespace of its own."""
    namespace: Namespace = {"__name__": "program", "__file__": code.co_filename}
    exec(code, namespace)  # noqa: S102 - the text is a program of the corpus
    return namespace


def _names() -> list[str]:
    folder = files("trainwell.diagnosis") / _FOLDER
    listed = (file.name for file in folder.iterdir())
    return [name.removesuffix(".py") for name in listed if name.endswith(".py") and name[0] != "_"]


@lru_cache(maxsize=128)
def _imports(source: str) -> tuple[tuple[str, str], ...]:
    """Return the modules that a program imports and what it calls them."""
    return tuple(_imported(source))


def _imported(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, alias.asname or alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", alias.asname or alias.name
