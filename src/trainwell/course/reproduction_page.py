"""The page of the reproduction: pictures side by side, every number in its place."""

from collections.abc import Sequence

from trainwell.course.reproduction import Comparison, Result, Trained
from trainwell.report.boundary import decision_boundary, draw_boundaries
from trainwell.report.curves import Curve, draw_curves
from trainwell.report.figure import as_svg
from trainwell.report.page import (
    Block,
    Cell,
    Details,
    Mark,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
    as_html,
)

COLUMNS = ("experiment", "quantity", "published", "computed", "difference", "tolerance", "verdict")


def reproduction_page(results: Sequence[Result], advice: str = "") -> str:
    """Return the page as HTML that stands alone.

    Parameters
    ----------
    results : sequence of Result
        What :func:`~trainwell.course.reproduction.reproduce` gave.
    advice : str, default=""
        How to get the football data, if they were not there.

    Returns
    -------
    str
        The same results, the same bytes.
    """
    comparisons = [comparison for result in results for comparison in result.comparisons]
    numbers = sum(len(comparison.computed) for comparison in comparisons)
    off = sum(not comparison.within for comparison in comparisons)
    verdict = f"{off} of them off." if off else "All are within their tolerance."
    trained = [result.trained for result in results if result.trained is not None]
    sections = (
        Section(
            "Initialisation: circles",
            _pictures(
                [case for case in trained if case.case.startswith("circles")],
                "Three starts of the same network, 15,000 iterations of gradient descent each. "
                "Zeros cannot break the symmetry; large weights saturate the output and "
                "learn slowly; He's weights separate the circles.",
            ),
        ),
        Section("Regularisation: football", _football(trained, advice)),
        Section("Every published number", (_table(results), _every_number(comparisons))),
    )
    page = Page(
        "The course, reproduced",
        sections,
        lead=f"{numbers:,} published numbers in {len(comparisons)} quantities. {verdict}",
        footer="Made by trainwell reproduce.",
    )
    return as_html(page)


def _football(trained: Sequence[Trained], advice: str) -> tuple[Block, ...]:
    fields = [case for case in trained if case.case.startswith("football")]
    text = (
        "The same network without regularisation, with an L2 penalty (0.7) and with "
        "dropout (keeping 86 %), 30,000 iterations each."
    )
    if not advice:
        return _pictures(fields, f"{text} Both smooth the boundary.")
    missing = (
        f"The course's data were not found ({advice}). These pictures show a synthetic field, "
        "for which nothing was published."
    )
    return (Paragraph(missing), *_pictures(fields, text))


def _pictures(trained: Sequence[Trained], text: str) -> tuple[Block, ...]:
    curves = tuple(_curve(case) for case in trained)
    costs = Picture(
        as_svg(draw_curves(curves, time="iteration", quantity="cost (nats per example)")),
        "Cost against iterations: " + "; ".join(_in_words(curve) for curve in curves) + ".",
        "Cost before the update of every 1,000th iteration; infinite costs are left out.",
    )
    return (Paragraph(text), _boundaries(trained), costs)


def _boundaries(trained: Sequence[Trained]) -> Picture:
    drawn = tuple(
        decision_boundary(_title(case), case.decide, case.training.x, case.training.y[0])
        for case in trained
    )
    description = "Decision boundaries of " + ", ".join(case.case for case in trained) + "."
    return Picture(as_svg(draw_boundaries(drawn)), description, "Training examples.")


def _title(case: Trained) -> str:
    found = case.quantities()
    shares = [f"{float(found[f'{part} accuracy'][0]):.1%}" for part in ("train", "test")]
    return f"{case.case.partition(', ')[2]}\ntrain {shares[0]}, test {shares[1]}"


def _curve(case: Trained) -> Curve:
    costs = case.experiment.costs
    times = tuple(float(case.every * number) for number in range(len(costs)))
    return Curve(case.case.partition(", ")[2], times, costs)


def _in_words(curve: Curve) -> str:
    return f"{curve.name} from {curve.values[0]:.3g} to {curve.values[-1]:.3g}"


def _table(results: Sequence[Result]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for result in results:
        rows += [_row(comparison) for comparison in result.comparisons]
        if not result.comparisons:
            needs = "needs the course's data: --football data.mat"
            rows.append((result.case, needs, *[None] * 4, Mark("not compared")))
    return Table(COLUMNS, tuple(rows), "Of several numbers, the one that differs most.")


def _row(comparison: Comparison) -> tuple[Cell, ...]:
    return (
        comparison.published.case,
        _quantity(comparison),
        _digits(comparison.published.values[comparison.worst]),
        _digits(comparison.computed[comparison.worst]),
        f"{comparison.difference:.1e}" if comparison.difference else "0",
        f"{comparison.published.tolerance:.0e}" if comparison.published.tolerance else "0",
        Mark("within", "good") if comparison.within else Mark("off", "bad"),
    )


def _every_number(comparisons: Sequence[Comparison]) -> Details:
    rows = tuple(
        (comparison.published.case, _place(comparison, number), _digits(a), _digits(b))
        for comparison in comparisons
        if "predictions" not in comparison.published.quantity
        for number, (a, b) in enumerate(
            zip(comparison.published.values, comparison.computed, strict=True)
        )
    )
    table = Table(("experiment", "quantity", "published", "computed"), rows)
    return Details("Each number by itself", (table,))


def _quantity(comparison: Comparison) -> str:
    count = len(comparison.computed)
    return comparison.published.quantity + (f" ({count} numbers)" if count > 1 else "")


def _place(comparison: Comparison, number: int) -> str:
    published = comparison.published
    if published.at:
        return f"{published.quantity} at iteration {published.at[number]:,}"
    suffix = f"[{number}]" if len(published.values) > 1 else ""
    return published.quantity + suffix


def _digits(value: float) -> str:
    return repr(float(value))
