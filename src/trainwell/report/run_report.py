"""The report of a fitted table: one page that stands alone, from plain values."""

from collections.abc import Callable

from trainwell.report.error_sections import class_sections, number_sections
from trainwell.report.fit_sections import (
    data_section,
    repetition_section,
    setting_section,
    training_section,
)
from trainwell.report.fit_summary import ClassTest, FitSummary
from trainwell.report.headline import BASELINE, cautions, headline
from trainwell.report.page import (
    Cell,
    Details,
    Facts,
    Mark,
    Page,
    Paragraph,
    Section,
    Table,
    as_html,
)
from trainwell.report.wording import number, percent, shortened


def _as_percent(value: float) -> str:
    return percent(value, decimals=1)


def _as_number(value: float) -> str:
    return number(value, digits=4)


def _as_share(value: float) -> str:
    return f"{value:.3f}".replace("-0.000", "0.000")


FEWEST_ROWS = 30
"""With fewer test rows than this no verdict has a colour: it may well be chance."""

_METRICS: dict[str, tuple[str, bool, Callable[[float], str]]] = {
    "accuracy": ("share of the rows that are right", True, _as_percent),
    "balanced accuracy": ("mean over the classes of the share found", True, _as_percent),
    "log loss": ("surprise at what came true, in nats per row", False, number),
    "ROC AUC": (
        "chance that a row of a class gets more probability for it than another row; 0.5 guesses",
        True,
        _as_share,
    ),
    "R2": ("share of the variance that is explained; 0 is the mean alone", True, _as_share),
    "RMSE": ("root of the mean squared distance, in the unit of {target}", False, _as_number),
    "MAE": ("mean distance from the truth, in the unit of {target}", False, _as_number),
}
"""Meaning, whether more is better, and how it is written."""


def fit_page(summary: FitSummary) -> str:
    """Return the report of a fit as an HTML document that needs no other file.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    str
        The whole page: result, training, errors, probabilities, data, settings and how to
        repeat it. Neither date nor folder is in it; equal summaries give equal text.
    """
    if isinstance(summary.test, ClassTest):
        errors = class_sections(summary, summary.test)
    else:
        errors = number_sections(summary, summary.test)
    sections = (
        _result_section(summary),
        training_section(summary),
        *errors,
        data_section(summary),
        setting_section(summary),
        repetition_section(summary),
    )
    title = f"{shortened(summary.target, 60)} in {shortened(summary.source, 60)}"
    version = dict(summary.versions).get("trainwell")
    footer = "Made by trainwell" + (f" {version}." if version else ".")
    return as_html(Page(title, sections, headline(summary), footer))


def _result_section(summary: FitSummary) -> Section:
    parts = [part for part, _ in summary.scores.rows]
    beside = {"test", BASELINE} <= set(parts)
    heads = ("metric", *parts, *(["test against baseline"] if beside else []))
    lines = []
    for at, metric in enumerate(summary.scores.metrics):
        _, _, written = _METRICS.get(metric, ("", True, _as_number))
        values = [line[at] for _, line in summary.scores.rows]
        cells: list[Cell] = [None if value is None else written(value) for value in values]
        lines.append((metric, *cells, *([_verdict(summary, metric)] if beside else [])))
    caption = "Train: what the network learnt from. Dev: when to stop. Test: seen only at the end."
    if beside:
        caption += f" Baseline: {summary.baseline}."
    meanings = tuple(
        (metric, _meaning(metric, shortened(summary.target, 40)))
        for metric in summary.scores.metrics
        if metric in _METRICS
    )
    return Section(
        "Result",
        (
            Table(heads, tuple(lines), caption),
            *(Paragraph(text) for text in cautions(summary)),
            Details("What these metrics mean", (Facts(meanings),)),
        ),
    )


def _meaning(metric: str, target: str) -> str:
    words, more, _ = _METRICS[metric]
    return f"{words.format(target=target)}; {'more' if more else 'less'} is better"


def _verdict(summary: FitSummary, metric: str) -> Cell:
    test = summary.scores.value("test", metric)
    trivial = summary.scores.value(BASELINE, metric)
    if test is None or trivial is None or metric not in _METRICS:
        return None
    if test == trivial:
        return Mark("equal")
    better = (test > trivial) == _METRICS[metric][1]
    if summary.test.rows < FEWEST_ROWS:
        return Mark("better" if better else "worse")
    return Mark("better", "good") if better else Mark("worse", "bad")
