"""What the test rows tell: which errors there are, and how sure the network is of itself."""

import numpy as np

from trainwell.report.calibration import Calibration, calibration, draw_calibration, top_label
from trainwell.report.confusion import (
    ClassScore,
    class_scores,
    confusion,
    draw_confusion,
    mistakes,
)
from trainwell.report.figure import as_svg
from trainwell.report.fit_summary import ClassTest, FitSummary, NumberTest
from trainwell.report.interval import mean_interval, wilson_interval
from trainwell.report.page import (
    Beside,
    Block,
    Cell,
    Details,
    Facts,
    Paragraph,
    Picture,
    Section,
    Table,
)
from trainwell.report.residuals import MOST_POINTS, Residuals, draw_residuals, residuals
from trainwell.report.wording import number, percent, rows, shortened

MOST_LINES = 200
"""Longer tables are cut."""

MOST_BESIDE = 4
"""Up to so many classes the square leaves room for a table next to it."""

_NO_ROWS = Paragraph("No rows were kept for testing.")


def class_sections(summary: FitSummary, test: ClassTest) -> tuple[Section, ...]:
    """Return which classes are taken for which, and how far probabilities can be trusted.

    Parameters
    ----------
    summary : FitSummary
        The fit.
    test : ClassTest
        Its test rows.

    Returns
    -------
    tuple of Section
        Two sections.
    """
    errors, trust = "Which classes are confused", "How far to trust the probabilities"
    if not test.rows:
        return Section(errors, (_NO_ROWS,)), Section(trust, (_NO_ROWS,))
    return Section(errors, _confusion_blocks(test)), Section(trust, _trust_blocks(summary, test))


def number_sections(summary: FitSummary, test: NumberTest) -> tuple[Section, ...]:
    """Return how far predicted numbers are from the true ones.

    Parameters
    ----------
    summary : FitSummary
        The fit.
    test : NumberTest
        Its test rows.

    Returns
    -------
    tuple of Section
        One section.
    """
    title = "Predicted and true numbers"
    if not test.rows:
        return (Section(title, (_NO_ROWS,)),)
    finite = np.isfinite(test.predicted) & np.isfinite(test.true)
    if not finite.all():
        words = f"For {rows(int((~finite).sum()), 'test')} the prediction is not a finite number."
        return (Section(title, (Paragraph(words),)),)
    return (Section(title, _residual_blocks(summary, test)),)


def _confusion_blocks(test: ClassTest) -> tuple[Block, ...]:
    found = confusion(test.true, test.predicted, test.classes)
    scores = class_scores(test.true, test.predicted, test.classes)
    caption = (
        "Each line is a true class: how many of its test rows were predicted as each class, and "
        "which share of the line that is. Right answers lie on the diagonal."
    )
    if found.together:
        inside = int(found.counts[-1, -1])
        caption += (
            f" The last line and column put {found.together} classes with fewer rows together; "
            f"of the {rows(inside)} in the corner {found.together_right:,} are right."
        )
    words = f"Confusion matrix: {found.right:,} of {rows(test.rows, 'test')} on the diagonal."
    picture = Picture(as_svg(draw_confusion(found)), words, caption)
    table = _class_table(scores)
    few = len(scores) <= MOST_BESIDE
    blocks: list[Block] = [Beside((picture, table)) if few else picture]
    if silent := _silence(scores):
        blocks.append(Paragraph(silent))
    if not few and (wrong := mistakes(test.true, test.predicted)):
        frequent = tuple((is_, said, count) for is_, said, count in wrong)
        heads = "true class", "predicted class", "test rows"
        blocks.append(Table(heads, frequent, "The most frequent mistakes"))
    return tuple(blocks if few else [*blocks, table])


def _silence(scores: tuple[ClassScore, ...]) -> str:
    said = [score.name for score in scores if score.predicted]
    if len(said) == 1:
        return f"The network predicts {said[0]} for every test row."
    never = [score.name for score in scores if score.rows and not score.predicted]
    if not never:
        return ""
    names = ", ".join(shortened(name, 40) for name in never[:5])
    return f"Never predicted: {names}{f' and {len(never) - 5} more' if len(never) > 5 else ''}."


def _class_table(scores: tuple[ClassScore, ...]) -> Block:
    def share(value: float | None) -> Cell:
        return None if value is None else percent(value, decimals=1)

    lines = tuple(
        (score.name, f"{score.rows:,}", share(score.recall), share(score.precision))
        for score in scores[:MOST_LINES]
    )
    heads = "class", "test rows", "recall", "precision"
    more = len(scores) - len(lines)
    caption = (
        "Recall: share of the class that is found. Precision: share of its predictions that are "
        "right."
    )
    if more:
        caption += f" {more:,} more classes are not shown."
    table = Table(heads, lines, caption)
    return table if len(lines) <= 12 else Details(f"All {len(scores):,} classes", (table,))


def _trust_blocks(summary: FitSummary, test: ClassTest) -> tuple[Block, ...]:
    at = {name: place for place, name in enumerate(test.classes)}
    true = np.array([at.get(name, -1) for name in test.true])
    sureness, right = top_label(test.probabilities, true)
    if len(test.classes) == 2:
        event = f"{summary.target} is {test.classes[1]}"
        found = calibration(test.probabilities[:, 1], true == 1)
    else:
        event = "the predicted class is right"
        found = calibration(sureness, right)
    caption = (
        "Above: where the network says 0.8, the event should come true in about 80 % of the rows; "
        "points below the line are too sure, points above it too cautious. A bar that crosses the "
        "line is no evidence against it. Below: how many rows each point stands for."
    )
    if len(test.classes) == 2:
        caption = caption.replace(
            "points below the line are too sure, points above it too cautious. ",
            "points below the line are given too much, points above it too little. ",
        )
    words = (
        f"Reliability diagram: observed share against predicted probability that {event}, "
        f"in {sum(b.rows > 0 for b in found.bins)} groups of rows."
    )
    return (
        Paragraph(_self_assessment(float(sureness.mean()), int(right.sum()), test.rows)),
        Paragraph(
            f"Expected calibration error: {number(found.error, digits=2)} (mean distance of "
            f"probability and observed share, 0 is best). On {rows(found.rows)} chance alone "
            f"brings about {number(found.error_by_chance, digits=2)}."
        ),
        Picture(as_svg(draw_calibration(found, event)), words, caption),
        Details("The numbers of the picture", (_bin_table(found),)),
    )


def _self_assessment(sureness: float, right: int, count: int) -> str:
    low, high = wilson_interval(right, count)
    verdict = (
        "it is too sure of itself"
        if sureness > high
        else "it is too cautious"
        if sureness < low
        else "on the whole that agrees"
    )
    return (
        f"On average the network gives its answer a probability of "
        f"{percent(sureness, decimals=1)}; {percent(right / count, decimals=1)} of the answers are "
        f"right (95 % interval {percent(low, decimals=1)} to {percent(high, decimals=1)}): "
        f"{verdict}."
    )


def _bin_table(found: Calibration) -> Table:
    heads = "probability", "rows", "mean probability", "observed share", "95 % interval"
    lines: list[tuple[Cell, ...]] = []
    for bin_ in found.bins:
        if bin_.mean_probability is None or bin_.share is None:
            continue
        low, high = bin_.interval
        lines.append(
            (
                f"{bin_.low:g} to {bin_.high:g}",
                f"{bin_.rows:,}",
                f"{bin_.mean_probability:.3f}",
                f"{bin_.share:.3f}",
                f"{low:.3f} to {high:.3f}",
            )
        )
    return Table(heads, tuple(lines))


def _residual_blocks(summary: FitSummary, test: NumberTest) -> tuple[Block, ...]:
    found = residuals(test.true, test.predicted)
    dense = test.rows > MOST_POINTS
    caption = (
        f"Left: each {'cell counts test rows' if dense else 'point is a test row'}; on the dashed "
        "line the prediction equals the truth. Right: what is left over; above zero the "
        "prediction is too low."
    )
    if len(found.trend) > 1:
        caption += (
            " The line should stay near zero: where it does not, the network misses a pattern."
        )
    words = (
        f"Predicted against true {summary.target}, and residuals against predictions: half of "
        f"{rows(test.rows, 'test')} are off by at most {number(found.within(0.5))}."
    )
    blocks: list[Block] = [
        Picture(as_svg(draw_residuals(found, summary.target)), words, caption),
        _distances(found, shortened(summary.target, 40)),
    ]
    if test.rows > 1 and float(np.ptp(test.predicted)) == 0:
        blocks.append(Paragraph("The network predicts the same number for every test row."))
    return tuple(blocks)


def _distances(found: Residuals, target: str) -> Facts:
    bias = number(found.bias)
    low, high = mean_interval(found.values)
    if found.values.size > 1:
        bias += f" (95 % interval {number(low)} to {number(high)})"
    return Facts(
        (
            ("half of the predictions are off by at most", number(found.within(0.5))),
            ("nine of ten are off by at most", number(found.within(0.9))),
            ("the worst is off by", number(found.within(1.0))),
            ("mean residual (above zero: predictions are too low)", bias),
            ("unit of these numbers", f"that of {target}"),
        )
    )
