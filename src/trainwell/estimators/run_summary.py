"""A fit as its report tells it."""

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from trainwell.data.columns import Column
from trainwell.estimators.preparation import Prepared
from trainwell.estimators.table_fit import versions
from trainwell.estimators.table_model import TableModel
from trainwell.report.fit_summary import ClassTest, FitSummary, NumberTest, Scores
from trainwell.report.plan_in_words import network_in_words, plan_in_words
from trainwell.report.wording import number
from trainwell.settings import as_json
from trainwell.training.state import State


def summarised(
    prepared: Prepared, model: TableModel, scores: Scores, state: State, sentence: str
) -> FitSummary:
    """Return what the report of a fit says.

    Parameters
    ----------
    prepared : Prepared
        What was fitted.
    model : TableModel
        What came out.
    scores : Scores
        Of each part.
    state : State
        Where the fit ended.
    sentence : str
        How it ended.

    Returns
    -------
    FitSummary
        Without folders and times: equal runs have equal reports, wherever they are.
    """
    configuration = {"table": prepared.source, "settings": as_json(prepared.settings)}
    return FitSummary(
        source=prepared.source,
        target=prepared.target.name,
        target_word=prepared.target_column.word,
        parts=tuple((part, frame.height) for part, frame in prepared.frames.items()),
        columns=columns_as_used(prepared),
        notes=prepared.notes,
        scores=scores,
        baseline=_baseline(prepared),
        history=state.history,
        best_epoch=state.best_epoch,
        outcome=sentence,
        test=_test(prepared, model),
        network=network_in_words(prepared.network),
        plan=plan_in_words(prepared.plan),
        configuration=json.dumps(configuration, ensure_ascii=False, indent=2),
        seed=prepared.settings.seed,
        versions=tuple(versions().items()),
        repeat_command="trainwell fit --config run.json",
        predict_command="trainwell predict model.safetensors TABLE",
    )


def columns_as_used(prepared: Prepared) -> tuple[Column, ...]:
    """Return what each column became, those included that do not differ in the training rows."""
    reasons: Mapping[str, str] = dict(prepared.encoding.left_out)
    return tuple(
        replace(column, kind="left out", word=reasons[column.name])
        if column.name in reasons
        else column
        for column in prepared.columns
    )


def _baseline(prepared: Prepared) -> str:
    if prepared.task == "regression":
        return f"always saying {number(prepared.target.centre, digits=4)}, the training mean"
    labels = prepared.target.indices(prepared.frames["train"])
    return f"always saying {prepared.target.labels[int(np.bincount(labels).argmax())]}"


def _test(prepared: Prepared, model: TableModel) -> ClassTest | NumberTest:
    frame = prepared.frames["test"]
    outputs = model.outputs(prepared.data["test"].x.T)
    if prepared.task == "regression":
        return NumberTest(model.target.values(frame), np.asarray(model.target.decode(outputs)))
    true = tuple(model.classes[index] for index in model.target.indices(frame))
    said = tuple(map(str, model.target.decode(outputs)))
    return ClassTest(model.classes, true, said, model.target.probabilities(outputs).T)
