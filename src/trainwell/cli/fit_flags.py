"""The flags of ``trainwell fit``: one name each, and how their words become numbers.

A flag that is not given is ``None``, so that what a configuration says can stand.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer


def whole_number(text: str) -> int:
    """Return the whole number that a flag was given."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"must be a whole number, got {text!r}") from None


def real_number(text: str) -> float:
    """Return the number that a flag was given."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"must be a number, got {text!r}") from None


def widths(text: str) -> tuple[int, ...]:
    """Return the widths of hidden layers: ``64,32``, or ``none`` for a linear model."""
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(width) for width in text.split(","))
    except ValueError:
        sentence = f"must be whole numbers such as 64,32, or none, got {text!r}"
        raise typer.BadParameter(sentence) from None


def _section(title: str) -> Callable[..., Any]:
    """Return what declares a flag under one heading of the help."""

    def flag(
        metavar: str, text: str, *names: str, parser: Callable[[str], Any] | None = None
    ) -> Any:
        return typer.Option(
            *names, metavar=metavar, help=text, parser=parser, rich_help_panel=title
        )

    return flag


_table = _section("The table")
_network = _section("The network")
_training = _section("The training")
_files = _section("Files and messages")

Table = Annotated[
    str | None,
    typer.Argument(metavar="TABLE", help="Text with any separator, also gzipped, or Parquet."),
]
Demo = Annotated[
    bool | None,
    _table("", "Fit scikit-learn's breast-cancer table; nothing is fetched.", "--demo"),
]
Target = Annotated[str | None, _table("COLUMN", "Column to predict.")]
Task = Annotated[str | None, _table("NAME", "auto (default), classification or regression.")]
Header = Annotated[
    bool | None,
    _table(
        "",
        "Whether the first line names the columns; found out by default. Without one they "
        "are c0, c1, ...",
        "--header/--no-header",
    ),
]
Drop = Annotated[list[str] | None, _table("COLUMN", "Column to leave out; may be repeated.")]
DevShare = Annotated[
    float | None,
    _table("SHARE", "Rows that choose the best epoch; 0.2 by default.", parser=real_number),
]
TestShare = Annotated[
    float | None, _table("SHARE", "Rows that judge the result; 0.2 by default.", parser=real_number)
]

Hidden = Annotated[
    Any,  # a tuple of int, which typer would take for several words
    _network("64,32", "Units of each hidden layer; none is a linear model.", parser=widths),
]
ActivationName = Annotated[str | None, _network("NAME", "Of hidden layers; relu by default.")]
BatchNormalized = Annotated[
    bool | None,
    _network("", "Whether hidden layers are normalised.", "--batch-norm/--no-batch-norm"),
]
InitializerName = Annotated[
    str | None, _network("NAME", "Of weights; by default what suits the activation.")
]
DropoutRate = Annotated[
    float | None, _network("RATE", "After each hidden layer, in [0, 1).", parser=real_number)
]

LossName = Annotated[
    str | None,
    _training("NAME", "By default cross-entropy for classes, else squared_error."),
]
LabelSmoothing = Annotated[
    float | None, _training("SHARE", "For classes, in [0, 1); 0 by default.", parser=real_number)
]
L1 = Annotated[float | None, _training("NUMBER", "Penalty on |weights|.", parser=real_number)]
L2 = Annotated[float | None, _training("NUMBER", "Penalty on squared weights.", parser=real_number)]
WeightDecay = Annotated[
    float | None, _training("NUMBER", "Decoupled decay of weights.", parser=real_number)
]
OptimizerName = Annotated[str | None, _training("NAME", "Rule of one step; adam by default.")]
LearningRate = Annotated[
    float | None, _training("NUMBER", "Highest length of a step.", parser=real_number)
]
ScheduleName = Annotated[
    str | None, _training("NAME", "How the learning rate moves; constant by default.")
]
BatchSize = Annotated[int | None, _training("N", "Rows of a step.", parser=whole_number)]
ClipNorm = Annotated[
    float | None, _training("NUMBER", "Largest norm of a gradient.", parser=real_number)
]
MaxEpochs = Annotated[int | None, _training("N", "Longest run.", parser=whole_number)]
Patience = Annotated[
    int | None,
    _training("N", "Epochs without a new best before the run stops.", parser=whole_number),
]
Seed = Annotated[
    int | None, _training("N", "Key of every random decision; 0 by default.", parser=whole_number)
]

Config = Annotated[
    str | None,
    _files("FILE", "A run.json: run it again. Flags beside it override what it says."),
]
Out = Annotated[
    str | None, _files("FOLDER", "Where the files go; by default the table's name and -fit.")
]
Resume = Annotated[
    bool | None, _files("", "Continue the run that was stopped in that folder.", "--resume")
]
Overwrite = Annotated[bool | None, _files("", "Replace another run in that folder.", "--overwrite")]
CheckpointSeconds = Annotated[
    float | None,
    _files("SECONDS", "How often a stop may set the run back; 5 by default.", parser=real_number),
]
Quiet = Annotated[bool | None, _files("", "Print only results and errors.", "--quiet", "-q")]
AsJson = Annotated[bool | None, _files("", "Print the result as JSON.", "--json")]
