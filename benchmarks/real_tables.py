"""The tables that the estimators are measured on: where they are, and their peers' view of them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from trainwell.data.splits import split_indices
from trainwell.data.table_files import read_table

FOLDER = Path(os.environ.get("TRAINWELL_TABLES", "../shared/data/tabular"))
"""Holds the tables and a ``MANIFEST.json`` that says what each is."""

TEST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class RealTable:
    """A table with its target.

    Parameters
    ----------
    name : str
        Its name.
    task : {"binary", "multiclass", "regression"}
        Kind of its target.
    inputs : polars.DataFrame
        Columns as their file has them.
    targets : ndarray of shape (N,)
        Classes as words, or numbers.
    """

    name: str
    task: str
    inputs: pl.DataFrame
    targets: np.ndarray[Any, Any]

    def parts(self, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return training and test rows, with every class in both."""
        labels = None if self.task == "regression" else self.targets
        shares = {"train": 1 - TEST_SHARE, "test": TEST_SHARE}
        cut = split_indices(len(self.targets), shares, seed=seed, labels=labels)
        return cut["train"], cut["test"]


def real_tables() -> list[RealTable]:
    """Return the tables of the folder; none if it is not there."""
    manifest = FOLDER / "MANIFEST.json"
    if not manifest.exists():
        return []
    documents = json.loads(manifest.read_text(encoding="utf-8"))["datasets"]
    return [_table(document) for document in documents]


def _table(about: Mapping[str, Any]) -> RealTable:
    header = bool(about["header"])
    frame = read_table(FOLDER / about["file"], header=header).frame
    if not header:
        frame.columns = [f"c{at}" for at in range(frame.width)]
    frame = frame.drop_nulls(about["target"])
    frame = frame.drop([*about["drop"], *about["ids"]])
    target = frame[about["target"]]
    if about["task"] == "regression":
        targets = target.cast(pl.Float64).to_numpy()
    else:
        targets = np.array(target.cast(pl.String).to_list())
    inputs = frame.drop(about["target"])
    columns = [_column(inputs[name], about["dates"].get(name)) for name in inputs.columns]
    return RealTable(about["name"], about["task"], pl.DataFrame(columns), targets)


def _column(series: pl.Series, form: str | None) -> pl.Series:
    """Return a column of numbers or dates where every cell is one, as any reader has it."""
    if form is not None:
        return series.cast(pl.String).str.to_datetime(form)
    if series.dtype != pl.String:
        return series
    numbers = series.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == series.null_count() else series


def for_scikit_learn(inputs: pl.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return inputs for pipelines, with the names of numbers and of categories."""
    made: dict[str, Any] = {}
    numbers, words = [], []
    for series in inputs:
        if series.dtype == pl.String:
            made[series.name] = np.array(
                [np.nan if word is None else word for word in series.to_list()], dtype=object
            )
            words.append(series.name)
            continue
        plain = series.dt.epoch("s") if series.dtype.is_temporal() else series
        made[series.name] = plain.cast(pl.Float64).to_numpy()
        numbers.append(series.name)
    return pd.DataFrame(made), numbers, words
