"""``trainwell fit``: a table in, a fitted model and a report out."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwell.cli import fit_flags as flag
from trainwell.cli.text import counted, listed, naming, print_json, say
from trainwell.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from trainwell.cli.fit_request import FitRequest
    from trainwell.data.table_files import Table
    from trainwell.estimators.preparation import Prepared
    from trainwell.types import Json

REQUEST = ("table", "demo", "out", "resume", "overwrite", "checkpoint_seconds", "quiet", "json")
DIVERGED = 1
INTERRUPTED = 130
GO_ON = "To go on from here, repeat the command with --resume."


def fit(
    table: flag.Table = None,
    demo: flag.Demo = None,
    target: flag.Target = None,
    task: flag.Task = None,
    header: flag.Header = None,
    drop: flag.Drop = None,
    dev_share: flag.DevShare = None,
    test_share: flag.TestShare = None,
    hidden: flag.Hidden = None,
    activation: flag.ActivationName = None,
    batch_norm: flag.BatchNormalized = None,
    initializer: flag.InitializerName = None,
    dropout: flag.DropoutRate = None,
    loss: flag.LossName = None,
    label_smoothing: flag.LabelSmoothing = None,
    l1: flag.L1 = None,
    l2: flag.L2 = None,
    weight_decay: flag.WeightDecay = None,
    optimizer: flag.OptimizerName = None,
    learning_rate: flag.LearningRate = None,
    schedule: flag.ScheduleName = None,
    batch_size: flag.BatchSize = None,
    clip_norm: flag.ClipNorm = None,
    max_epochs: flag.MaxEpochs = None,
    patience: flag.Patience = None,
    seed: flag.Seed = None,
    config: flag.Config = None,
    out: flag.Out = None,
    resume: flag.Resume = None,
    overwrite: flag.Overwrite = None,
    checkpoint_seconds: flag.CheckpointSeconds = None,
    quiet: flag.Quiet = None,
    json: flag.AsJson = None,
) -> int:
    """Fit a network to a table: trainwell fit TABLE --target COLUMN.

    Shows what it understood of the table, trains until the dev rows bring no new best, and
    writes model.safetensors, report.html and run.json. Whatever is not said by a flag is
    chosen by the table's size. Ctrl-C keeps the best epoch so far; --resume goes on.

    Exit code: 0 done, 1 diverged, 2 could not run, 130 stopped by Ctrl-C.
    """
    given = dict(locals())
    from trainwell.cli.fit_request import merged
    from trainwell.cli.progress import busy

    given.pop("config")
    asked = merged({name: given.pop(name) for name in REQUEST}, given, config)
    with busy("Reading the table", quiet=asked.request.quiet):
        prepared, table = _prepared(asked.request, asked.settings)
    opening = [f"Table:    {table}"]
    if asked.fingerprint not in {None, prepared.fingerprint}:
        opening.append(f"Note: the table is not the one that {config} was written for.")
    record = _fitted(asked.request, prepared, opening)
    return _shown(asked.request, record)


def _prepared(request: "FitRequest", settings: dict[str, Any]) -> tuple["Prepared", str]:
    """Read the table; return it ready for training, and in words."""
    from trainwell.cli.demo import DEMO_NAME, DEMO_TARGET, demo_table
    from trainwell.data.table_files import read_table
    from trainwell.estimators.fit_settings import FitSettings
    from trainwell.estimators.preparation import prepare

    if request.table is None:
        chosen = FitSettings(**({"target": DEMO_TARGET} | settings))
        frame, name, origin = demo_table(), DEMO_NAME, "comes with scikit-learn"
    else:
        # A typing mistake need not wait for the table.
        FitSettings(**({"target": "any"} | settings))
        names = [*([settings["target"]] if "target" in settings else []), *settings.get("drop", ())]
        # c0, c1, ... stand in no line: they leave it open whether there is a header.
        written = [name for name in names if not re.fullmatch(r"c\d+", name)]
        table = read_table(request.table, header=settings.get("header"), expected=written)
        if "target" not in settings:
            known = listed(map(repr, table.columns), most=12)
            sentence = f"say which column to predict with --target; {request.table} has {known}"
            raise ConfigurationError.contradiction("FitRequest", sentence)
        _check_names(table, names)
        chosen = FitSettings(**settings)
        frame, name, origin = table.frame, Path(request.table).name, str(table.format)
    size = f"{counted(frame.height, 'row')}, {counted(frame.width, 'column')}"
    with naming(request.table or name):
        return prepare(frame, chosen, name), f"{name}, {size}; {origin}"


def _check_names(table: "Table", names: list[str]) -> None:
    """Say of columns that are not there that the first line may have been taken for a row."""
    unknown = [name for name in names if name not in table.columns]
    if unknown and table.format.header_detected and not table.format.header:
        error = DataError.unknown_columns(unknown, table.columns)
        hint = "no header was found, --header reads the first line as names"
        raise DataError.in_file(table.path, f"{error}; {hint}")


def _fitted(request: "FitRequest", prepared: "Prepared", opening: list[str]) -> "Json":
    """Train, write the files, and return the record of the run."""
    from trainwell.cli.fit_training import train
    from trainwell.cli.fit_view import understood
    from trainwell.cli.progress import busy, progress
    from trainwell.estimators.run_folder import (
        Entrance,
        RunFolder,
        claimed,
        entrance,
        read_record,
    )
    from trainwell.estimators.run_results import write_results
    from trainwell.estimators.table_fit import load_checkpoint
    from trainwell.interrupts import first_interrupt_waits
    from trainwell.training.outcome import Outcome

    folder = RunFolder(request.folder)
    with claimed(folder):
        way = entrance(
            folder, prepared.fingerprint, resume=request.resume, overwrite=request.overwrite
        )
        if way is Entrance.FINISHED:
            if not request.quiet:
                say(f"{folder.path} holds this run, finished: there is nothing to resume.")
            return read_record(folder.record)
        start = None
        if way is Entrance.CONTINUE:
            start = load_checkpoint(folder.checkpoint, prepared)
            opening = [f"Continuing after epoch {start.epoch:,}."]
        elif request.resume:
            opening.append(f"{folder.path} holds no unfinished run: starting from the beginning.")
        if not request.quiet:
            for line in (*opening, *understood(prepared)):
                say(line)
        try:
            with progress(prepared.plan.max_epochs, quiet=request.quiet) as show:
                ending = train(prepared, folder, start, request.checkpoint_seconds, show)
            origin = {"table": request.table, "demo": request.demo}
            stopped = ending.outcome is Outcome.INTERRUPTED
            waiting = nullcontext() if stopped else first_interrupt_waits(_writing)
            with waiting, busy("Writing the results", quiet=request.quiet):
                return write_results(folder, prepared, ending, origin)
        except KeyboardInterrupt:
            kept = folder.checkpoint.exists()
            say(GO_ON if kept else "Stopped before an epoch was whole: nothing was written.")
            raise


def _writing() -> None:
    say("Training is over: writing the results.")


def _best(result: "Json") -> str:
    """Say which epoch's weights are kept."""
    if not result["epochs"]:
        return "No epoch was finished."
    best = f"{result['best_epoch']:,}" if result["best_epoch"] else "none"
    return f"Best epoch: {best} of {result['epochs']:,}."


def _shown(request: "FitRequest", record: "Json") -> int:
    """Print what came out, and return the exit code."""
    from trainwell.cli.fit_view import scores_table
    from trainwell.estimators.run_folder import RunFolder

    folder, result = RunFolder(request.folder), record["result"]
    files = [str(path) for path in folder.results]
    if request.json:
        print_json({**record, "files": files})
    else:
        print(scores_table(record))
        print(f"\n{result['headline']}\n{result['sentence']} {_best(result)}", flush=True)
    if not record["finished"]:
        say(GO_ON)
    if not request.quiet:
        for caution in result.get("cautions", ()):
            say(f"Note: {caution}")
        say(f"Files: {', '.join(files)}")
    if not record["finished"]:
        return INTERRUPTED
    return DIVERGED if result["outcome"] == "diverged" else 0
