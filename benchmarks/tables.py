"""Defaults on real tables: ours on the raw frame beside scikit-learn's models behind pipelines."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from time import perf_counter
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import trainwell
from benchmarks.machine import installed
from benchmarks.options import Options
from benchmarks.real_tables import FOLDER, RealTable, for_scikit_learn, real_tables
from benchmarks.result import Comparison, Row
from benchmarks.timing import OURS, progress

SEEDS = 5
MEASURES: Mapping[str, str] = {
    "binary": "1 - ROC AUC",
    "multiclass": "log loss",
    "regression": "RMSE",
}
PEERS = ("scikit-learn MLP", "HistGradientBoosting", "linear")
REAL_MLP = "RealMLP_TD_S"
Fit = Callable[[RealTable, np.ndarray[Any, Any], int], Callable[[np.ndarray[Any, Any]], Any]]
"""Fits to some rows of a table under a seed, and gives what predicts others."""


@dataclass(frozen=True)
class Outcome:
    """One fit: its error on the test rows, and its seconds."""

    error: float
    seconds: float


def tables(options: Options) -> list[Comparison]:
    """Compare defaults on real tables: error, rank and time of a fit."""
    found = real_tables()
    if not found:
        note = f"skipped: there are no tables in {FOLDER} (TRAINWELL_TABLES names another folder)"
        return [Comparison("tables", "defaults on real tables", "s", (), (note,))]
    methods = fits()
    seeds = range(2 if options.quick else SEEDS)
    answers, ranks = [], {name: [] for name in methods}
    for table in found:
        progress(f"    {table.name}")
        outcomes = {name: [] for name in methods}
        for seed in seeds:
            train, test = table.parts(seed)
            for name, fit in methods.items():
                outcomes[name].append(measured(fit, table, train, test, seed))
        means = {name: np.mean([one.error for one in outcomes[name]]) for name in methods}
        for name, rank in zip(methods, rankdata(list(means.values())), strict=True):
            ranks[name].append(float(rank))
        rows = tuple(row(name, outcomes[name], outcomes[OURS]) for name in methods)
        work = f"{table.name}: {MEASURES[table.task]}, {len(table.targets):,} rows"
        answers.append(Comparison("tables", work, "s", rows))
    summary = tuple(Row(name, f"mean rank {np.mean(ranks[name]):.2f}") for name in methods)
    return [
        *answers,
        Comparison("tables", f"{len(found)} tables, {len(seeds)} seeds", "s", summary),
    ]


def row(name: str, own: list[Outcome], ours: list[Outcome]) -> Row:
    """Return errors in words, and seconds of a fit."""
    errors = np.array([one.error for one in own])
    words = f"{errors.mean():.4g} +- {standard_error(errors):.2g}"
    if name != OURS:
        behind = np.array([a.error for a in ours]) - errors
        words += f" (ours {behind.mean():+.2g} +- {standard_error(behind):.2g})"
    seconds = [one.seconds for one in own]
    return Row(name, words, min(seconds), float(np.median(seconds)))


def standard_error(values: np.ndarray[Any, Any]) -> float:
    """Return the standard error of a mean."""
    return float(values.std(ddof=1) / sqrt(len(values))) if len(values) > 1 else float("nan")


def measured(
    fit: Fit, table: RealTable, train: np.ndarray[Any, Any], test: np.ndarray[Any, Any], seed: int
) -> Outcome:
    """Fit to the training rows and measure on the test rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = perf_counter()
        predict = fit(table, train, seed)
        seconds = perf_counter() - begun
        said = predict(test)
    truth = table.targets[test]
    if table.task == "regression":
        return Outcome(float(np.sqrt(np.mean((said - truth) ** 2))), seconds)
    classes = np.unique(table.targets[train])
    if table.task == "binary":
        return Outcome(float(1 - roc_auc_score(truth == classes[1], said[:, 1])), seconds)
    return Outcome(float(log_loss(truth, said, labels=classes)), seconds)


def answer(model: Any, inputs: Any, task: str) -> Any:
    """Return probabilities or numbers."""
    return model.predict(inputs) if task == "regression" else model.predict_proba(inputs)


def fits() -> Mapping[str, Fit]:
    """Return every method by its name, ours first."""
    made: dict[str, Fit] = {OURS: fit_ours}
    for name in PEERS:
        made[name] = behind_pipeline(name)
    if installed("pytabkit"):
        made[REAL_MLP] = fit_real_mlp
    return made


def fit_ours(
    table: RealTable, train: np.ndarray[Any, Any], seed: int
) -> Callable[[np.ndarray[Any, Any]], Any]:
    """Fit our default to the raw frame."""
    regression = table.task == "regression"
    kind = trainwell.MLPRegressor if regression else trainwell.MLPClassifier
    model = kind(random_state=seed).fit(table.inputs[train.tolist()], table.targets[train])
    return lambda rows: answer(model, table.inputs[rows.tolist()], table.task)


def behind_pipeline(name: str) -> Fit:
    """Return how one of scikit-learn's models is fitted behind the usual steps."""

    def fit(
        table: RealTable, train: np.ndarray[Any, Any], seed: int
    ) -> Callable[[np.ndarray[Any, Any]], Any]:
        frame, numbers, words = for_scikit_learn(table.inputs)
        model = make_pipeline(*steps(name, table.task, numbers, words, seed))
        model.fit(frame.iloc[train], table.targets[train])
        return lambda rows: answer(model, frame.iloc[rows], table.task)

    return fit


def steps(name: str, task: str, numbers: list[str], words: list[str], seed: int) -> list[Any]:
    """Return the steps of a pipeline."""
    regression = task == "regression"
    if name == "HistGradientBoosting":
        missing = {"unknown_value": np.nan, "encoded_missing_value": np.nan}
        ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", **missing)
        encode = ColumnTransformer([("numbers", "passthrough", numbers), ("words", ordinal, words)])
        mask = [False] * len(numbers) + [True] * len(words)
        kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
        return [encode, kind(random_state=seed, categorical_features=mask)]
    common = SimpleImputer(strategy="most_frequent")
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encode = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("words", make_pipeline(common, one_hot), words),
        ]
    )
    if name == "linear":
        return [encode, Ridge() if regression else LogisticRegression(max_iter=1000)]
    return [encode, (MLPRegressor if regression else MLPClassifier)(random_state=seed)]


def fit_real_mlp(
    table: RealTable, train: np.ndarray[Any, Any], seed: int
) -> Callable[[np.ndarray[Any, Any]], Any]:
    """Fit RealMLP with its simple defaults, with one thread: more made it slower."""
    from pytabkit import RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor

    frame, numbers, _ = for_scikit_learn(table.inputs)
    # It takes no missing numbers.
    frame[numbers] = SimpleImputer().fit(frame.iloc[train][numbers]).transform(frame[numbers])
    kind = RealMLP_TD_S_Regressor if table.task == "regression" else RealMLP_TD_S_Classifier
    model = kind(random_state=seed, n_threads=1, device="cpu", verbosity=0)
    model.fit(frame.iloc[train], table.targets[train])
    return lambda rows: answer(model, frame.iloc[rows], table.task)
