"""One house style for every picture, and pictures as bytes that never vary.

Figures are objects: :mod:`matplotlib.pyplot` and its global state are not used, so
a picture drawn here cannot disturb one drawn by the caller, nor be disturbed by the
caller's settings. Two classes are told apart by colour *and* by marker or line, and
the colours stay apart for colour-blind readers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import floor, log10
from typing import TYPE_CHECKING, Literal
from warnings import catch_warnings, filterwarnings

from trainwell.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

POSITIVE = "#0072B2"
"""Blue: the positive class, positive numbers, the first of two."""
NEGATIVE = "#D55E00"
"""Orange: the negative class, negative numbers, the second of two."""
PALETTE = (POSITIVE, NEGATIVE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D")
"""Colours for series and classes, in order of use (Okabe and Ito)."""
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
"""Marker shapes beside :data:`PALETTE`, so that colour is never the only sign."""
LINES = ("-", "--", "-.", ":", (0, (7, 1.5)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1)))
"""Line styles beside :data:`PALETTE`, so that colour is never the only sign."""
INK, MUTED, GRID = "#1F2328", "#59636E", "#D8DEE4"
"""Text and axes; remarks; the lines of the grid."""

_STYLE: dict[str, object] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": f"cycler(color={PALETTE}, linestyle={LINES})",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same shapes everywhere
    "font.size": 10.5,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "trainwell",
    "text.color": INK,
    "text.parse_math": False,  # a column named "a$b$" is not a formula
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style of this package while a picture is drawn.

    Whatever the caller has set for matplotlib is put aside and comes back
    afterwards. Every function that draws does so inside this context.

    Yields
    ------
    None
        Nothing; the style holds inside the ``with`` block.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> from trainwell.report.figure import house_style
    >>> with house_style():
    ...     inside = mpl.rcParams["axes.spines.top"]
    >>> inside, mpl.rcParams["axes.spines.top"]
    (False, True)
    """
    from matplotlib.style import context

    with context(["default", _STYLE]):
        yield


def new_figure(
    size: tuple[float, float] = (6.4, 4.0),
    *,
    rows: int = 1,
    columns: int = 1,
    share_x: bool = False,
    share_y: bool = False,
) -> "tuple[Figure, tuple[Axes, ...]]":
    """Return an empty figure in the house style and its axes.

    Parameters
    ----------
    size : tuple of two floats, default=(6.4, 4.0)
        Width and height of the whole figure in inches; positive.
    rows, columns : int, default=1
        How many axes stand below and beside each other; at least 1.
    share_x, share_y : bool, default=False
        Whether all axes have one scale, horizontally or vertically.

    Returns
    -------
    figure : matplotlib.figure.Figure
        A figure that belongs to nobody's global state.
    axes : tuple of matplotlib.axes.Axes
        Its axes, row by row.

    Raises
    ------
    ConfigurationError
        If a size or a count is not positive.

    Examples
    --------
    >>> from trainwell.report.figure import new_figure
    >>> figure, (left, right) = new_figure(columns=2)
    >>> figure.axes == [left, right]
    True
    """
    for name, value in (("size", min(size)), ("rows", rows), ("columns", columns)):
        if not value > 0:
            raise ConfigurationError.out_of_range("new_figure", name, value, "positive")
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(rows, columns, sharex=share_x, sharey=share_y, squeeze=False)
    return figure, tuple(grid.ravel())


def sequential_map() -> "LinearSegmentedColormap":
    """Return the colours of amounts: white is none, deep blue is most.

    Returns
    -------
    matplotlib.colors.LinearSegmentedColormap
        Lightness falls evenly from 0 to 1, so the order survives in grey.

    Examples
    --------
    >>> from trainwell.report.figure import sequential_map
    >>> light, middle, dark = (float(sum(sequential_map()(amount))) for amount in (0.0, 0.5, 1.0))
    >>> light > middle > dark
    True
    """
    return _map("amount", ["#F7FBFF", "#C9DFF1", "#7FB8DD", "#2F86BF", "#0A5A96", "#08306B"])


def diverging_map() -> "LinearSegmentedColormap":
    """Return the colours of signed numbers: orange below, white between, blue above.

    Returns
    -------
    matplotlib.colors.LinearSegmentedColormap
        From orange at 0 through white at 0.5 to blue at 1.

    Examples
    --------
    >>> from trainwell.report.figure import diverging_map
    >>> (red, _, blue, _), (most_red, _, least_blue, _) = diverging_map()([1.0, 0.0])
    >>> bool(blue > red), bool(most_red > least_blue)
    (True, True)
    """
    return _map(
        "signed", ["#A84300", "#EE9A5A", "#FBD9BF", "#F7F7F7", "#C3DDEF", "#5FA8D3", "#005A8F"]
    )


def _map(name: str, colours: list[str]) -> "LinearSegmentedColormap":
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(f"trainwell-{name}", colours)


def logarithmic(axes: "Axes", which: Literal["x", "y"] = "y") -> None:
    """Make one axis of ``axes`` logarithmic, with tick labels that are plain text.

    ``axes`` is modified. The labels are 0.01 to 1000 written out and powers of ten
    beyond that. Where less than two decades are in view, 2 and 5 are labelled, too,
    and where it is little more than half a decade, every tick.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        What is changed.
    which : {"x", "y"}, default="y"
        Which of its two axes.

    Examples
    --------
    >>> from trainwell.report.figure import logarithmic, new_figure
    >>> figure, (axes,) = new_figure()
    >>> logarithmic(axes)
    >>> axes.get_yscale(), axes.get_xscale()
    ('log', 'linear')
    """
    from matplotlib.ticker import FuncFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis

    def between(value: float, *_: object) -> str:
        low, high = sorted(axis.get_view_interval())
        if high < 4 * low:
            return _written(value)
        digit = round(value / 10 ** floor(log10(value)))
        return _written(value) if high < 100 * low and digit in {2, 5} else ""

    with house_style():
        (axes.set_yscale if which == "y" else axes.set_xscale)("log")
        axis.set_major_formatter(FuncFormatter(_power_of_ten))
        axis.set_minor_formatter(FuncFormatter(between))


def _power_of_ten(value: float, *_: object) -> str:
    exponent = round(log10(value))
    if -2 <= exponent <= 3:
        return _written(value)
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _written(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".") if value > 1e-9 else f"{value:.0e}"


def as_svg(figure: "Figure") -> str:
    """Return a figure as an SVG document: the same figure, the same bytes.

    Letters become outlines, so that the picture looks the same on a machine without
    our font; element names are hashed with a fixed salt and no date is written.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw.

    Returns
    -------
    str
        A whole SVG document.

    Examples
    --------
    >>> from trainwell.report.figure import as_svg, new_figure
    >>> figure, (axes,) = new_figure()
    >>> as_svg(figure) == as_svg(figure)
    True
    """
    return _saved(figure, "svg", 72, ("Creator", "Date", "Format", "Type")).decode()


def as_png(figure: "Figure", *, dpi: float = 150) -> bytes:
    """Return a figure as a PNG file: the same figure, the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw.
    dpi : float, default=150
        Dots per inch; positive.

    Returns
    -------
    bytes
        A whole PNG file.

    Raises
    ------
    ConfigurationError
        If ``dpi`` is not positive.

    Examples
    --------
    >>> from trainwell.report.figure import as_png, new_figure
    >>> figure, (axes,) = new_figure()
    >>> as_png(figure)[1:4]
    b'PNG'
    """
    if not dpi > 0:
        raise ConfigurationError.out_of_range("as_png", "dpi", dpi, "positive")
    return _saved(figure, "png", dpi, ("Software",))


def _saved(figure: "Figure", kind: str, dpi: float, unwritten: tuple[str, ...]) -> bytes:
    file = BytesIO()
    with house_style(), catch_warnings():
        # A class may be named in a script that the font lacks: a box is drawn instead.
        filterwarnings("ignore", "Glyph .* missing from font")
        layout = figure.get_layout_engine()
        _settle(figure)
        figure.set_layout_engine("none")
        figure.savefig(file, format=kind, dpi=dpi, metadata=dict.fromkeys(unwritten))
        figure.set_layout_engine(layout or "none")
    return file.getvalue()


def _settle(figure: "Figure") -> None:
    """Lay the axes out until they stay, always at the figure's own resolution.

    Each pass of matplotlib's layout starts from where the last one ended, and letters
    are wider at another resolution: a picture would depend on what was drawn before it.
    """
    layout = figure.get_layout_engine()
    if layout is None:
        return
    before = None
    for _ in range(8):
        layout.execute(figure)
        places = [axes.get_position().bounds for axes in figure.axes]
        if places == before:
            return
        before = places
