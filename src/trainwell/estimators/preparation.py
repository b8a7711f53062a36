"""A table and settings to arrays, a network and a plan: everything before training."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from json import dumps
from typing import TYPE_CHECKING

import numpy as np

from trainwell.data.columns import Column, infer_columns
from trainwell.data.dataset import Data
from trainwell.data.encoding import TableEncoding, fit_encoding
from trainwell.data.shift import distribution_differences
from trainwell.data.splits import split_indices
from trainwell.data.target import Target, has_target, infer_target
from trainwell.data.target_encoding import TargetEncoding, fit_target
from trainwell.errors import ConfigurationError, DataError, DistributionWarning
from trainwell.estimators.fit_settings import FitSettings
from trainwell.estimators.recipe import Size, choose_loss, choose_network, choose_plan
from trainwell.network.network import Network
from trainwell.settings import as_json
from trainwell.training.plan import Plan

if TYPE_CHECKING:
    import polars as pl

PARTS = ("train", "dev", "test")
FEWEST_TRAINING_ROWS = 5
FEWEST_ROWS = 10
"""Fewer rows than this leave nothing to measure with."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Everything that a fit needs, and what a person should know before it starts.

    Parameters
    ----------
    settings : FitSettings
        What was asked for.
    source : str
        Name of the table.
    columns : tuple of Column
        What each column is, or why it is left out.
    target_column : Target
        What the target is, and why.
    notes : tuple of str
        Sentences about rows and columns that were dropped or look odd.
    frames : mapping of str to polars.DataFrame
        Rows of each part.
    encoding : TableEncoding
        Fitted to the training rows.
    target : TargetEncoding
        Fitted to the training rows.
    data : mapping of str to Data
        Encoded parts, examples in columns.
    network : Network
        Suits the table's size.
    plan : Plan
        Suits the table's size.
    """

    settings: FitSettings
    source: str
    columns: tuple[Column, ...]
    target_column: Target
    notes: tuple[str, ...]
    frames: Mapping[str, "pl.DataFrame"]
    encoding: TableEncoding
    target: TargetEncoding
    data: Mapping[str, Data]
    network: Network
    plan: Plan

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return self.target.task

    @cached_property
    def fingerprint(self) -> str:
        """A hash of settings, plan and data: equal for runs that give the same bits."""
        digest = blake2b(digest_size=16)
        for setting in (self.settings, self.network, self.plan):
            digest.update(dumps(as_json(setting), sort_keys=True).encode())
        for part in PARTS:
            digest.update(np.array(self.data[part].x.shape).tobytes())
            digest.update(self.data[part].x.tobytes() + self.data[part].y.tobytes())
        return digest.hexdigest()


def prepare(frame: "pl.DataFrame", settings: FitSettings, source: str) -> Prepared:
    """Split a table, encode it, and choose a network and a plan.

    Parameters
    ----------
    frame : polars.DataFrame
        Tidy table, as :func:`~trainwell.data.table_files.read_table` returns.
    settings : FitSettings
        What to fit and how.
    source : str
        Name of the table, for messages and reports.

    Returns
    -------
    Prepared
        Nothing in it depends on the dev or test rows but these themselves.

    Raises
    ------
    DataError
        If the table cannot be learnt from.
    ConfigurationError
        If a setting does not suit it.
    """
    task = None if settings.task == "auto" else settings.task
    column = infer_target(frame, settings.target, task)  # type: ignore[arg-type]
    known = frame.filter(has_target(frame, column))
    if known.height < FEWEST_ROWS:
        problem = f"has {known.height} rows with a target; at least {FEWEST_ROWS} are needed"
        raise DataError.in_file(source, problem)
    columns = infer_columns(frame, settings.target, settings.drop)
    frames = _split(known, column, settings)
    training = frames["train"]
    encoding = fit_encoding(training, columns).suited_to(training.height)
    target = fit_target(frames["train"], column)
    data = {
        part: Data(encoding.apply(rows).T, target.encode(rows)) for part, rows in frames.items()
    }
    size = Size(data["train"].examples, len(encoding.feature_names), target.outputs)
    loss = choose_loss(settings, target.task, target.outputs)
    return Prepared(
        settings,
        source,
        columns,
        column,
        (*column.notes, *_repeats(frames), *_differences(data, encoding.feature_names)),
        frames,
        encoding,
        target,
        data,
        choose_network(settings, size),
        choose_plan(settings, loss, size),
    )


def _split(
    frame: "pl.DataFrame", column: Target, settings: FitSettings
) -> dict[str, "pl.DataFrame"]:
    """Cut the rows into parts, each with its share of every class."""
    labels = None
    if column.task == "classification":
        encoding = TargetEncoding(column.name, column.task, column.labels, column.numeric)
        labels = encoding.indices(frame)
    shares = {
        "train": 1 - settings.dev_share - settings.test_share,
        "dev": settings.dev_share,
        "test": settings.test_share,
    }
    rows = split_indices(frame.height, shares, seed=settings.seed, labels=labels)
    if len(rows["train"]) < FEWEST_TRAINING_ROWS:
        sentence = f"dev_share and test_share leave {len(rows['train'])} of {frame.height} rows"
        least = f"at least {FEWEST_TRAINING_ROWS} are needed to train on"
        raise ConfigurationError.contradiction("FitSettings", f"{sentence}, but {least}")
    return {part: frame[rows[part].tolist()] for part in PARTS}


def _repeats(frames: Mapping[str, "pl.DataFrame"]) -> tuple[str, ...]:
    """Say how many test rows the network has seen cell by cell while it was trained."""
    test = frames["test"]
    seen = test.join(frames["train"].unique(), on=test.columns, how="semi", nulls_equal=True)
    if not seen.height:
        return ()
    rows = f"{seen.height:,} of {test.height:,} test rows stand among the training rows, too"
    return (f"{rows}, cell by cell: the test scores are too good for rows that are new.",)


def _differences(data: Mapping[str, Data], names: tuple[str, ...]) -> tuple[str, ...]:
    """Say which features are distributed differently in the parts, if any are."""
    found = distribution_differences({part: data[part].x for part in PARTS}, names)
    features = list(dict.fromkeys(difference.feature for difference in found))
    if not features:
        return ()
    warning = DistributionWarning.between_parts(len(features), len(names), features[:3])
    return (f"{warning}.",)
