import re
from collections import Counter
from dataclasses import FrozenInstanceError
from html.parser import HTMLParser

import pytest

from trainwell.errors import ConfigurationError
from trainwell.report.figure import as_svg, house_style, new_figure
from trainwell.report.page import (
    Beside,
    Code,
    Details,
    Facts,
    Mark,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
    as_html,
)

EVIL = """<script>alert("x")</script> & 'quotes' --> ]]> </style></svg><img src=x onerror=y>"""
VOID = {"meta", "br", "img", "link", "hr", "input"}
FETCHING = {"script", "link", "iframe", "object", "embed", "base", "form", "img", "foreignobject"}


class Reader(HTMLParser):
    """Read a page strictly: every tag closed in order, every id once."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text = [], Counter(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of {tag} stands twice"
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert "svg" in self.open, f"{tag} closes itself outside a drawing"
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def values(self, name):
        return [value for _, attribute, value in self.attributes if attribute == name]


def read(page):
    reader = Reader()
    reader.feed(as_html(page))
    reader.close()
    assert not reader.open
    return reader


def drawing(label="cost"):
    with house_style():
        figure, (axes,) = new_figure((3, 2))
        axes.plot([1, 2], label=label)
        axes.legend()
        axes.set_xlabel(label)
    return as_svg(figure)


def everything(word):
    svg = drawing()
    return Page(
        word,
        (
            Section(word, (Paragraph(word), Code(word), Facts(((word, word), ("n", 3))))),
            Section("Table", (Table((word, "number"), ((word, 1.5), ("b", None)), word),)),
            Section(
                "Pictures",
                (
                    Beside((Picture(svg, word, word), Picture(svg, "the same again"))),
                    Details(word, (Picture(svg, word), Table(("a",), ((Mark(word, "bad"),),)))),
                ),
            ),
        ),
        lead=word,
        footer=word,
    )


@pytest.mark.parametrize("word", ["plain", EVIL, "\x00\x1b[0m\ud800\uffff", "日本 ‮ é", ""])  # noqa: PLE2502
def test_every_page_is_well_formed(word):
    page = everything(word) if word else Page("", ())
    read(page)


def test_words_from_data_are_shown_and_never_obeyed():
    reader = read(everything(EVIL))
    assert not FETCHING & set(reader.tags)
    assert reader.tags["svg"] == 3
    assert sum(EVIL in text for text in reader.text) == 16
    assert reader.values("aria-label").count(EVIL) == 3  # two pictures and a table
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]


def test_what_html_forbids_is_replaced():
    text = as_html(everything("a\x00b\x1bc\x85d\ud800e\uffff"))
    assert "a�b�c�d�e�" in text
    text.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_a_page_fetches_nothing():
    reader = read(everything("plain"))
    assert not FETCHING & set(reader.tags)
    for name in ("href", "src", "xlink:href", "action", "data", "poster", "srcset"):
        assert all(value.startswith(("#", "data:")) for value in reader.values(name))
    style = as_html(everything("plain")).partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = (v for v in reader.values("content") if "default-src" in v)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_every_id_is_unique_and_every_link_leads_somewhere():
    reader = read(everything("plain"))
    ids = reader.values("id")
    assert len(ids) == len(set(ids)) > 100
    inside = [v[1:] for name in ("href", "xlink:href") for v in reader.values(name)]
    clipped = re.findall(r"url\(#([^)]*)\)", as_html(everything("plain")))
    assert inside
    assert clipped
    assert set(inside) | set(clipped) <= set(ids)


def test_equal_pages_have_equal_bytes():
    assert as_html(everything("plain")) == as_html(everything("plain"))


def test_a_label_inside_a_picture_is_not_left_in_a_comment():
    picture = Picture(drawing("--> <b>secret</b>"), "a line")
    text = as_html(Page("t", (Section("s", (picture,)),)))
    assert "secret" not in text
    assert "<!--" not in text


def test_a_picture_is_spoken():
    reader = read(Page("t", (Section("s", (Picture(drawing(), "cost falls", "Cost"),)),)))
    assert ("svg", "role", "img") in reader.attributes
    assert ("svg", "aria-label", "cost falls") in reader.attributes
    assert "Cost" in reader.text


@pytest.mark.parametrize(
    ("cells", "numeric"),
    [
        pytest.param((1, 2.5), True, id="numbers"),
        pytest.param(("1,024", "-3e-7"), True, id="written-numbers"),
        pytest.param(("98 %", "7%"), True, id="shares"),
        pytest.param((None, 3), True, id="a-gap"),
        pytest.param(("nan", "inf"), True, id="not-finite"),
        pytest.param(("1", "one"), False, id="a-word"),
        pytest.param((Mark("yes", "good"), Mark("no", "bad")), False, id="marks"),
    ],
)
def test_columns_of_numbers_stand_to_the_right(cells, numeric):
    table = Table(("name", "value"), tuple((f"row {i}", cell) for i, cell in enumerate(cells)))
    reader = read(Page("t", (Section("s", (table,)),)))
    assert reader.values("class").count("number") == (3 if numeric else 0)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, "\N{EN DASH}"),
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (1.1890913e-07, "1.18909e-07"),
        ("0.30", "0.30"),
        (Mark("ok", "good"), "✓ ok"),
        (Mark("off", "bad"), "✗ off"),
        (Mark("unknown"), "unknown"),
    ],
)
def test_cells_are_written_for_people(cell, shown):
    assert shown in read(Page("t", (Section("s", (Facts((("it", cell),)),)),))).text


def test_tables_have_headings_for_rows_and_columns():
    table = Table(("name", "size"), (("a", 1), ("b", 2)), "Sizes")
    reader = read(Page("t", (Section("s", (table,)),)))
    assert reader.values("scope") == ["col", "col", "row", "row"]
    assert "Sizes" in reader.values("aria-label")


def test_a_table_without_rows_is_no_error():
    read(Page("t", (Section("s", (Table(("a", "b"), ()),)),)))


@pytest.mark.parametrize(("count", "links"), [(2, 0), (3, 3)])
def test_a_long_page_begins_with_links(count, links):
    page = Page("t", tuple(Section(f"part {i}", ()) for i in range(count)))
    assert read(page).tags["a"] == links


def test_a_page_serves_the_dark_the_telephone_and_the_printer():
    text = as_html(Page("t", ()))
    assert "prefers-color-scheme: dark" in text
    assert "width=device-width" in text
    assert "@media print" in text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Table(("a", "b"), (("x", 1), ("y",))), "row 2 has 1 cells for 2 columns"),
        (lambda: Table((), ((),)), r"Table.columns must be at least one, got \(\)"),
        (lambda: Picture("no drawing", "words"), "Picture.svg must be an SVG document"),
        (lambda: Picture("<svg></svg>", " "), "Picture.description must be a sentence"),
        (lambda: Mark("x", "great"), "Mark.kind must be one of bad, good, neutral"),
    ],
)
def test_a_block_that_cannot_be_shown_is_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()


def test_blocks_are_values():
    assert everything("a") == everything("a") != everything("b")
    with pytest.raises(FrozenInstanceError):
        Paragraph("a").text = "b"
