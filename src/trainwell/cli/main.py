"""The command ``trainwell``: its commands, and the one place where an error becomes a sentence."""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from traceback import clear_frames, extract_tb, print_exc
from typing import Annotated, cast

import typer

from trainwell.cli.check import check
from trainwell.cli.fit import fit
from trainwell.cli.predict import predict
from trainwell.cli.reproduce import reproduce
from trainwell.cli.text import printable
from trainwell.errors import TrainwellError

COULD_NOT_RUN = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

# Older releases of typer take these classes from click, newer ones bring their own.
_UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])

# Whose settings are flags.
_OWNERS = "FitSettings|FitRequest|predict|check_gradients|check"

app = typer.Typer(
    name="trainwell",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(fit)
app.command()(predict)
app.command()(reproduce)
app.command()(check)


@app.callback(invoke_without_command=True)
def trainwell(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", metavar="", help="Print the version.")
    ] = False,
) -> None:
    """Train, explain and improve feed-forward neural networks.

    Begin with: trainwell fit --demo
    """
    if show_version:
        print(f"trainwell {installed_version()}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def installed_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("trainwell")
    except PackageNotFoundError:
        return "(not installed)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands behind ``trainwell`` on the command line; taken from there if not given.

    Returns
    -------
    int
        0 done; 1 done, but look at what was found; 2 could not run; 3 undecided; 130
        stopped by Ctrl-C; 141 nobody reads the output any more.
    """
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        command = typer.main.get_command(app)
        code = command.main(
            args=sys.argv[1:] if arguments is None else list(arguments),
            prog_name="trainwell",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort) as stop:
        _let_go(stop)
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # typer turns the one into the other
        _close_output()
        return BROKEN_PIPE
    except (_UsageError, TrainwellError, MemoryError, OSError) as error:
        print(f"trainwell: {printable(_sentence(error))}", file=sys.stderr)
        return COULD_NOT_RUN
    except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a finding
        print_exc()
        print(f"trainwell: {printable(_of_our_own(error))}", file=sys.stderr)
        return COULD_NOT_RUN
    return code if isinstance(code, int) else 0


def _let_go(stop: BaseException) -> None:
    """Free what an interruption left behind: what a compiler has half made cannot close itself."""
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        each: BaseException | None = stop
        while each is not None:
            clear_frames(each.__traceback__)
            each = each.__context__
    finally:
        sys.unraisablehook = before


def _open_closed_streams() -> None:
    """Let what nobody can read go nowhere: Python has no object for a stream that is closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _sentence(error: Exception) -> str:
    """Return what a person should read of an error."""
    if isinstance(error, TrainwellError):
        return _in_flags(str(error))
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; try fewer rows or a smaller network"
    if isinstance(error, OSError):
        if error.filename is None:
            _close_output()
        return f"{error.filename or 'standard output'}: {error.strerror or error}"
    return _usage_sentence(error.format_message())  # type: ignore[attr-defined]


def _of_our_own(error: Exception) -> str:
    """Return what a person should read of an error that nobody has foreseen."""
    place = extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    where = f"{Path(place.filename).name}, line {place.lineno}"
    return f"a fault of trainwell's own, please report it: {said} ({where})"


def _usage_sentence(message: str) -> str:
    """Turn what typer says of a flag into one sentence in the manner of ours."""
    sentence = re.sub(r"^Invalid value for '(.+?)': ", r"\1 ", message.strip())
    sentence = re.sub(r" \(Possible options: (.+)\)$", r"; did you mean \1?", sentence)
    clauses = sentence.rstrip(".").split(". ")
    return "; ".join(clause[:1].lower() + clause[1:] for clause in clauses)


def _in_flags(sentence: str) -> str:
    """Name a setting as the command line does: ``FitSettings.dev_share`` is ``--dev-share``."""

    def flag(found: re.Match[str]) -> str:
        name = found.group(1)
        return "TABLE" if name == "table" else f"--{name.replace('_', '-')}"

    named = re.sub(rf"(?<![\w./-])(?:{_OWNERS})\.(?!py\b)(\w+)", flag, sentence)
    if named.startswith("FitSettings: "):
        # In quotes it is the name of a column.
        names = "|".join(name for name in _settings() if "_" in name)
        named = re.sub(rf"(?<![\w'\"])({names})(?!\w)", flag, named)
    return re.sub(rf"^(?:{_OWNERS}): ", "", named)


def _settings() -> list[str]:
    """Return the names of a fit's settings."""
    from trainwell.estimators.fit_settings import FitSettings

    return [field.name for field in fields(FitSettings)]


def _close_output() -> None:
    """Drop what is still to be written, so that the interpreter does not try again on leaving."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
