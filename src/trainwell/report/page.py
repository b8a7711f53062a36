"""Pages that stand alone: one HTML file, nothing fetched, nothing executed.

A page is a frozen value made of sections and blocks; :func:`as_html` turns it into
text. Whatever comes from data (names of columns and classes, file names) is escaped
there, in one place. Equal pages have equal bytes: no date is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from trainwell.errors import ConfigurationError
from trainwell.report.page_style import STYLE

_SIGNS = {"good": "✓ ", "bad": "✗ ", "neutral": ""}
_DASH = "\N{EN DASH}"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# What HTML forbids in text, halves of characters included.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Mark:
    """A word with a judgement, told by a sign as well as by a colour.

    Parameters
    ----------
    text : str
        The word, for example ``"within tolerance"``.
    kind : {"good", "bad", "neutral"}, default="neutral"
        The judgement.

    Raises
    ------
    ConfigurationError
        If the judgement is none of these.

    Examples
    --------
    >>> from trainwell.report.page import Mark, Page, Paragraph, Section, Table, as_html
    >>> table = Table(("check", "verdict"), (("cost", Mark("off", "bad")),))
    >>> "✗ off" in as_html(Page("Checks", (Section("All", (table,)),)))
    True
    """

    text: str
    kind: Literal["good", "bad", "neutral"] = "neutral"

    def __post_init__(self) -> None:
        if self.kind not in _SIGNS:
            raise ConfigurationError.unknown_name("Mark.kind", self.kind, _SIGNS)


Cell = str | int | float | Mark | None
"""What a table shows in one place; a float has six digits, ``None`` is a dash."""


@dataclass(frozen=True)
class Paragraph:
    """Running text.

    Parameters
    ----------
    text : str
        Plain text; a line break stays one.
    """

    text: str


@dataclass(frozen=True)
class Code:
    """Text whose columns matter: a configuration, a command, a traceback.

    Parameters
    ----------
    text : str
        Plain text, shown as it stands.
    """

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under named columns; the first cell of a row names it.

    Columns of numbers are set to the right. A table wider than the page scrolls.

    Parameters
    ----------
    columns : tuple of str
        Headings.
    rows : tuple of tuple of cells
        One cell for each heading.
    caption : str, default=""
        One line above the table.

    Raises
    ------
    ConfigurationError
        If there is no column, or a row has more or fewer cells than there are headings.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.columns:
            raise ConfigurationError.out_of_range("Table", "columns", (), "at least one")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                sentence = f"row {number} has {len(row)} cells for {len(self.columns)} columns"
                raise ConfigurationError.contradiction("Table", sentence)


@dataclass(frozen=True)
class Facts:
    """Names with one value each: a configuration, versions, sizes.

    Parameters
    ----------
    pairs : tuple of (str, cell)
        Names and values in the order in which they are shown.
    """

    pairs: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Picture:
    """A drawing inside the page, with words for those who cannot see it.

    Parameters
    ----------
    svg : str
        A whole SVG document, from :func:`trainwell.report.figure.as_svg`.
    description : str
        What the picture shows, for a reader who only hears the page; not empty.
    caption : str, default=""
        A line below the picture.

    Raises
    ------
    ConfigurationError
        If ``svg`` is not SVG or the description is empty.
    """

    svg: str
    description: str
    caption: str = ""

    def __post_init__(self) -> None:
        if "<svg" not in self.svg:
            raise ConfigurationError.out_of_range(
                "Picture", "svg", self.svg[:40], "an SVG document"
            )
        if not self.description.strip():
            raise ConfigurationError.out_of_range("Picture", "description", "", "a sentence")


@dataclass(frozen=True)
class Beside:
    """Blocks next to each other while there is room, else below each other.

    Parameters
    ----------
    content : tuple of blocks
        What stands side by side.
    """

    content: "tuple[Block, ...]"


@dataclass(frozen=True)
class Details:
    """Blocks that are folded away behind one line.

    Parameters
    ----------
    summary : str
        The line.
    content : tuple of blocks
        What unfolds.
    """

    summary: str
    content: "tuple[Block, ...]"


Block = Paragraph | Code | Table | Facts | Picture | Beside | Details
"""What a section consists of."""


@dataclass(frozen=True)
class Section:
    """Blocks under a heading.

    Parameters
    ----------
    title : str
        The heading.
    content : tuple of blocks
        What stands below it.
    """

    title: str
    content: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A whole page.

    Parameters
    ----------
    title : str
        Heading and name of the page.
    sections : tuple of Section
        Its parts; three or more get a list of links at the top.
    lead : str, default=""
        What the reader should know first.
    footer : str, default=""
        The last line: how the page was made.
    """

    title: str
    sections: tuple[Section, ...]
    lead: str = ""
    footer: str = ""


def as_html(page: Page) -> str:
    """Return a page as an HTML document that needs no other file.

    Parameters
    ----------
    page : Page
        What is to be written.

    Returns
    -------
    str
        A whole document, to be stored as UTF-8; equal pages give equal text. Its
        policy forbids a browser to fetch or to run anything.

    Examples
    --------
    What comes from data cannot become markup:

    >>> from trainwell.report.page import Page, Paragraph, Section, as_html
    >>> text = as_html(Page("<Run>", (Section("Data", (Paragraph("a < b & c"),)),)))
    >>> "<Run>" in text, "<p>a &lt; b &amp; c</p>" in text
    (False, True)
    """
    sections = [
        f'<section id="section-{number}">\n<h2>{_text(section.title)}</h2>\n'
        f"{_blocks(section.content, str(number))}\n</section>"
        for number, section in enumerate(page.sections, start=1)
    ]
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(page.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<header>\n<h1>{_text(page.title)}</h1>",
        f'<p class="lead">{_text(page.lead)}</p>' if page.lead else "",
        "</header>",
        _links(page.sections) if len(page.sections) > 2 else "",
        "<main>",
        *sections,
        "</main>",
        f"<footer>{_text(page.footer)}</footer>" if page.footer else "",
        "</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("�", text))


def _links(sections: Sequence[Section]) -> str:
    items = (
        f'<li><a href="#section-{number}">{_text(section.title)}</a></li>'
        for number, section in enumerate(sections, start=1)
    )
    return '<nav aria-label="Contents">\n<ul>\n' + "\n".join(items) + "\n</ul>\n</nav>"


def _blocks(blocks: Sequence[Block], place: str) -> str:
    """Write blocks one below the other; ``place`` keeps the ids of a page apart."""
    return "\n".join(_block(block, f"{place}-{i}") for i, block in enumerate(blocks, start=1))


def _block(block: Block, place: str) -> str:  # noqa: PLR0911 (one for each kind)
    match block:
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Code(text):
            return f'<pre tabindex="0"><code>{_text(text)}</code></pre>'
        case Table():
            return _table(block)
        case Facts(pairs):
            items = (f"<dt>{_text(name)}</dt>\n<dd>{_cell(cell)}</dd>" for name, cell in pairs)
            return "<dl>\n" + "\n".join(items) + "\n</dl>"
        case Picture():
            return _picture(block, place)
        case Beside(content):
            return f'<div class="beside">\n{_blocks(content, place)}\n</div>'
        case Details(summary, content):
            inside = _blocks(content, place)
            return f"<details>\n<summary>{_text(summary)}</summary>\n{inside}\n</details>"


def _shown(cell: Cell) -> str:
    """Return the words of a cell, not yet escaped."""
    if cell is None:
        return _DASH
    if isinstance(cell, Mark):
        return _SIGNS[cell.kind] + cell.text
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _looks_numeric(shown: str) -> bool:
    try:
        float(shown.removesuffix("%").replace(",", ""))
    except ValueError:
        return shown in {"", _DASH}
    return True


def _cell(cell: Cell) -> str:
    shown = _text(_shown(cell))
    return f'<span class="{cell.kind}">{shown}</span>' if isinstance(cell, Mark) else shown


def _table(table: Table) -> str:
    numeric = [
        bool(table.rows) and all(_looks_numeric(_shown(row[column])) for row in table.rows)
        for column in range(len(table.columns))
    ]
    kinds = [' class="number"' if number else "" for number in numeric]
    head = "".join(
        f'<th scope="col"{kind}>{_text(name)}</th>'
        for name, kind in zip(table.columns, kinds, strict=True)
    )
    rows = "\n".join(f"<tr>{_row(row, kinds)}</tr>" for row in table.rows)
    caption = f"<caption>{_text(table.caption)}</caption>\n" if table.caption else ""
    label = _text(table.caption or "Table")
    return (
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">\n<table>\n{caption}'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _row(row: tuple[Cell, ...], kinds: list[str]) -> str:
    first, *others = ((f"{kind}>{_cell(cell)}") for cell, kind in zip(row, kinds, strict=True))
    return f'<th scope="row"{first}</th>' + "".join(f"<td{cell}</td>" for cell in others)


def _picture(picture: Picture, place: str) -> str:
    # Names inside the drawing become names of the page: each drawing needs its own.
    drawing = re.sub(r"<!--.*?-->", "", picture.svg[picture.svg.index("<svg") :], flags=re.DOTALL)
    drawing = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>f{place}-", drawing)
    spoken = f'<svg role="img" aria-label="{_text(picture.description)}"'
    caption = f"\n<figcaption>{_text(picture.caption)}</figcaption>" if picture.caption else ""
    return f"<figure>\n{drawing.replace('<svg', spoken, 1).strip()}{caption}\n</figure>"
