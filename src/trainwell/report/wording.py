"""Numbers and names as people write them."""

from math import isfinite


def percent(share: float, *, decimals: int = 0) -> str:
    """Return a share in per cent; 0 and 100 only where it is nothing or all.

    Parameters
    ----------
    share : float
        In [0, 1].
    decimals : int, default=0
        Digits behind the point; 0 and 100 themselves are written without.

    Returns
    -------
    str
        For example ``"98.6 %"``.

    Examples
    --------
    >>> from trainwell.report.wording import percent
    >>> percent(0.5), percent(0.9999), percent(1.0), percent(0.9862, decimals=1)
    ('50 %', '>99 %', '100 %', '98.6 %')
    """
    if share in {0.0, 1.0}:
        return f"{100 * share:.0f} %"
    step = 10.0**-decimals
    if round(100 * share, decimals) <= 0:
        return f"<{step:.{decimals}f} %"
    if round(100 * share, decimals) >= 100:
        return f">{100 - step:.{decimals}f} %"
    return f"{100 * share:.{decimals}f} %"


def number(value: float, *, digits: int = 3) -> str:
    """Return a number with few significant digits and thousands set apart.

    Parameters
    ----------
    value : float
        Any number.
    digits : int, default=3
        Significant digits; whole parts are never shortened below a million.

    Returns
    -------
    str
        For example ``"0.0312"`` or ``"12,345"``.

    Examples
    --------
    >>> from trainwell.report.wording import number
    >>> number(0.031249), number(12345.6), number(2.5e9), number(-0.00001)
    ('0.0312', '12,346', '2.5e+09', '-1e-05')
    """
    if not isfinite(value):
        return f"{value:g}"
    if 10**digits - 0.5 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:,.{digits}g}"


def rows(count: int, kind: str = "") -> str:
    """Return a number of rows in words.

    Parameters
    ----------
    count : int
        How many.
    kind : str, default=""
        Which rows, for example ``"test"``.

    Returns
    -------
    str
        For example ``"1 test row"`` or ``"12,000 rows"``.

    Examples
    --------
    >>> from trainwell.report.wording import rows
    >>> rows(1, "test"), rows(12000)
    ('1 test row', '12,000 rows')
    """
    words = [f"{count:,}", kind, "row" if count == 1 else "rows"]
    return " ".join(word for word in words if word)


def shortened(name: str, longest: int) -> str:
    r"""Return a name on one line and not too long for a label.

    Parameters
    ----------
    name : str
        Any text.
    longest : int
        Characters to keep at most; positive.

    Returns
    -------
    str
        The name, or its beginning and an ellipsis.

    Examples
    --------
    >>> from trainwell.report.wording import shortened
    >>> shortened("hepatitis", 20), shortened("drug-induced\nliver injury", 14)
    ('hepatitis', 'drug-induced…')
    """
    flat = " ".join(name.split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"
