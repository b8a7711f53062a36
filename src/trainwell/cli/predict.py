"""``trainwell predict``: a model and a table in, one prediction a row out."""

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainwell.cli.text import counted, naming, print_json, say
from trainwell.errors import ConfigurationError, FileFormatError

if TYPE_CHECKING:
    import polars as pl

    from trainwell.estimators.file_predictor import FilePredictor
    from trainwell.estimators.table_model import Predictions

SUFFIXES = (".csv", ".parquet")


def predict(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A file of a model, or the folder of a fit.")
    ],
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="Rows to predict, in any format that fit reads.")
    ],
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write a .csv or .parquet instead of printing CSV."),
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            metavar="",
            help="Whether the first line names the columns; found out by default.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="Print only results and errors.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", metavar="", help="Print the result as JSON.")
    ] = False,
) -> None:
    """Predict every row of a table, in order: trainwell predict MODEL TABLE.

    The first column is the prediction; for classes, one column of probabilities each
    follows. Columns may stand in any order, and those that the model does not know are
    ignored.
    """
    from trainwell.data.table_files import read_table
    from trainwell.estimators.file_predictor import load_predictor
    from trainwell.estimators.run_folder import RunFolder

    _check_out(out, (model, table))
    folder = RunFolder(Path(model))
    if folder.checkpoint.exists() and not folder.model.exists():
        problem = "holds no model yet: repeat its fit with --resume"
        raise FileFormatError.unreadable(folder.path, problem)
    fitted = load_predictor(folder.model if folder.path.is_dir() else folder.path)
    with naming(table):
        read = read_table(table, header=header, expected=fitted.encoding.columns)
        said = fitted.predict(read.frame)
    answer = _as_frame(fitted, said)
    if not quiet:
        for note in said.notes:
            say(f"Note: {note}")
    if out is not None:
        _write(out, answer)
        if not quiet:
            say(f"{counted(answer.height, 'row')}: {out}")
    if json:
        print_json(_as_json(fitted, said, out))
    elif out is None:
        sys.stdout.flush()
        sys.stdout.write(_csv(answer).decode())


def _check_out(out: str | None, inputs: tuple[str, ...]) -> None:
    if out is None:
        return
    if not out.endswith(SUFFIXES):
        raise ConfigurationError.out_of_range("predict", "out", out, "a .csv or .parquet file")
    if any(Path(out).resolve() == Path(path).resolve() for path in inputs):
        sentence = f"--out {out} would replace what is read"
        raise ConfigurationError.contradiction("predict", sentence)


def _as_frame(fitted: "FilePredictor", said: "Predictions") -> "pl.DataFrame":
    """Return the predictions as a table."""
    import polars as pl

    columns = {"prediction": pl.Series(said.values)}
    if said.probabilities is not None:
        for label, shares in zip(fitted.classes, said.probabilities.T, strict=True):
            columns[f"probability_{label}"] = pl.Series(shares)
    return pl.DataFrame(columns)


def _csv(answer: "pl.DataFrame") -> bytes:
    content = BytesIO()
    answer.write_csv(content)
    return content.getvalue()


def _write(out: str, answer: "pl.DataFrame") -> None:
    from trainwell.training.tensor_file import write_bytes

    content = BytesIO()
    if out.endswith(".parquet"):
        answer.write_parquet(content)
    else:
        answer.write_csv(content)
    write_bytes(out, content.getvalue())


def _as_json(fitted: "FilePredictor", said: "Predictions", out: str | None) -> dict[str, Any]:
    document: dict[str, Any] = {"task": fitted.task, "rows": len(said.values)}
    if fitted.classes:
        document["classes"] = fitted.classes
    if out is None:
        document["predictions"] = said.values
        if said.probabilities is not None:
            document["probabilities"] = said.probabilities.tolist()
    else:
        document["file"] = out
    return document | {"notes": said.notes}
