"""What a fit was made of: training, table, settings, and how to repeat it."""

from trainwell.data.columns import Column
from trainwell.report.curves import Curve, draw_curves
from trainwell.report.figure import as_svg
from trainwell.report.fit_summary import FitSummary
from trainwell.report.page import (
    Block,
    Cell,
    Code,
    Details,
    Facts,
    Paragraph,
    Picture,
    Section,
    Table,
)
from trainwell.report.wording import percent

MOST_LINES = 200
"""Longer tables are cut."""

_USES = {
    "train": "the network learns from it",
    "dev": "tells when to stop",
    "test": "seen at the end",
}


def training_section(summary: FitSummary) -> Section:
    """Return how training went: its end in a sentence, and the loss of each epoch.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    Section
        A sentence and a picture.
    """
    blocks: list[Block] = [Paragraph(summary.outcome)]
    history = summary.history
    epochs = len(history.training_loss)
    if not epochs:
        return Section("Training", (*blocks, Paragraph("No epoch was finished.")))
    curves = [Curve("train", _counted(epochs), history.training_loss)]
    caption = "Train: mean over the epoch, taken while the weights move, penalties included."
    if history.validation_loss:
        dev = history.validation_loss
        curves.append(Curve("dev", _counted(len(dev)), dev))
        caption += (
            " Dev: after the epoch, without dropout and penalties; the two need not agree, but dev "
            "should not rise for long while train falls."
        )
    best = summary.best_epoch or None
    quantity = "loss (nats per row)" if summary.task == "classification" else "loss"
    words = f"Loss of each of {epochs:,} epochs"
    if best is not None:
        words += f"; the best is epoch {best:,}, whose weights are kept"
        blocks.append(Paragraph(f"Of {epochs:,} epochs, the weights of epoch {best:,} are kept."))
    figure = draw_curves(tuple(curves), quantity=quantity, best=best)
    blocks.append(Picture(as_svg(figure), f"{words}.", caption))
    return Section("Training", tuple(blocks))


def _counted(epochs: int) -> tuple[float, ...]:
    return tuple(float(number) for number in range(1, epochs + 1))


def data_section(summary: FitSummary) -> Section:
    """Return what was in the table, what became of it, and what was left out and why.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    Section
        Facts, notes and tables.
    """
    used = [column for column in summary.columns if column.used]
    omitted = [column for column in summary.columns if not column.used]
    total = sum(count for _, count in summary.parts)
    facts = Facts(
        (
            ("table", summary.source),
            ("predicted column", f"{summary.target}: {summary.target_word} ({summary.task})"),
            ("rows that were used", f"{total:,}"),
            ("columns that were used", f"{len(used):,} of {len(summary.columns):,}"),
        )
    )
    parts = tuple(
        (part, f"{count:,}", percent(count / total if total else 0.0), _USES.get(part, ""))
        for part, count in summary.parts
    )
    blocks: list[Block] = [facts, *(Paragraph(note) for note in summary.notes)]
    blocks.append(Table(("part", "rows", "share", "what for"), parts))
    if omitted:
        lines = tuple((column.name, column.word) for column in omitted[:MOST_LINES])
        caption = _caption("Columns that were left out", len(omitted))
        blocks.append(Table(("column", "left out because"), lines, caption))
    table = _column_table(used)
    blocks.append(
        table if len(used) <= 15 else Details(f"The {len(used):,} columns that were used", (table,))
    )
    return Section("Data", tuple(blocks))


def _column_table(used: list[Column]) -> Table:
    heads = "column", "used as", "what it holds", "missing cells"
    lines: list[tuple[Cell, ...]] = []
    for column in used[:MOST_LINES]:
        words = column.word
        if column.markers:
            words += f"; {', '.join(map(repr, column.markers))} counted as missing"
        share = column.missing / column.rows if column.rows else 0.0
        missing = f"{column.missing:,} ({percent(share)})" if column.missing else "0"
        lines.append((column.name, column.kind, words, missing))
    return Table(heads, tuple(lines), _caption("Columns that were used", len(used)))


def _caption(title: str, count: int) -> str:
    return title if count <= MOST_LINES else f"{title}: the first {MOST_LINES} of {count:,}"


def setting_section(summary: FitSummary) -> Section:
    """Return what was trained and how: in words, and exactly.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    Section
        Facts, and the configuration folded away.
    """
    facts = Facts(
        (("network", summary.network), ("training", summary.plan), ("seed", summary.seed))
    )
    exact = Details("Exact configuration (run.json)", (Code(summary.configuration),))
    return Section("Network and training plan", (facts, exact))


def repetition_section(summary: FitSummary) -> Section:
    """Return how to use the network and how to get the same one again.

    Parameters
    ----------
    summary : FitSummary
        The fit.

    Returns
    -------
    Section
        Two commands and the versions.
    """
    again = (
        "To repeat the run, save the exact configuration above as run.json. The same table and "
        "the same versions on the same kind of machine give the same files, bit for bit:"
    )
    return Section(
        "How to use and repeat it",
        (
            Paragraph("To predict the rows of another table with the same columns:"),
            Code(summary.predict_command),
            Paragraph(again),
            Code(summary.repeat_command),
            Facts(tuple(summary.versions)),
        ),
    )
