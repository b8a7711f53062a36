"""Domains of settings, and their one JSON form."""

import json
from dataclasses import dataclass
from math import inf, nan

import pytest

from trainwell.errors import ConfigurationError
from trainwell.settings import (
    FINITE,
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    as_json,
    check_integer,
    check_name,
    check_real,
    from_json,
)


@dataclass(frozen=True)
class Oven:
    """A setting to test with."""

    heat: float = 180.0
    trays: int = 2
    mode: str = "fan"

    def __post_init__(self) -> None:
        check_real(self, "heat", POSITIVE)
        check_integer(self, "trays", 1)
        check_name(self, "mode", frozenset({"fan", "grill"}))


@dataclass(frozen=True)
class Kitchen:
    """A setting that holds others."""

    ovens: tuple[Oven, ...] = ()
    best: Oven | None = None


KINDS = {"Oven": Oven, "Kitchen": Kitchen}


@pytest.mark.parametrize(
    ("interval", "inside", "outside", "sentence"),
    [
        (Interval(0, 1), (0, 0.5, 1), (-1e-9, 1.1), "in [0, 1]"),
        (Interval(0, 1, closed="left"), (0, 0.5), (1, -1e-9), "in [0, 1)"),
        (Interval(0, 1, closed="right"), (0.5, 1), (0, 1.1), "in (0, 1]"),
        (Interval(0, 1, closed="neither"), (0.5,), (0, 1), "in (0, 1)"),
        (POSITIVE, (1e-300, 1e300), (0, -1, inf, nan), "greater than 0"),
        (NON_NEGATIVE, (0, 1e300), (-1e-300, inf, nan), "at least 0"),
        (FRACTION, (0, 0.999), (1, -0.1, nan), "in [0, 1)"),
        (FINITE, (-1e300, 0, 1e300), (inf, -inf, nan), "a finite number"),
    ],
)
def test_an_interval_holds_what_it_says(
    interval: Interval, inside: tuple[float, ...], outside: tuple[float, ...], sentence: str
) -> None:
    assert all(value in interval for value in inside)
    assert not any(value in interval for value in outside)
    assert str(interval) == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"heat": 0.0}, "Oven.heat must be greater than 0, got 0.0"),
        ({"heat": nan}, "Oven.heat must be greater than 0, got nan"),
        ({"heat": True}, "Oven.heat must be greater than 0, got True"),
        ({"heat": "hot"}, "Oven.heat must be greater than 0, got 'hot'"),
        ({"trays": 0}, "Oven.trays must be an integer of at least 1, got 0"),
        ({"trays": 1.5}, "Oven.trays must be an integer of at least 1, got 1.5"),
        ({"trays": True}, "Oven.trays must be an integer of at least 1, got True"),
        (
            {"mode": "gril"},
            "Oven.mode must be one of fan, grill, got 'gril'; did you mean 'grill'?",
        ),
        ({"mode": 3}, "Oven.mode must be one of fan, grill, got 3"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(
    change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Oven(**change)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "setting",
    [Oven(), Oven(heat=0.1 + 0.2, trays=7), Kitchen((Oven(), Oven(trays=1)), Oven())],
    ids=repr,
)
def test_a_setting_survives_its_json_form(setting: object) -> None:
    document = json.loads(json.dumps(as_json(setting)))
    assert from_json(document, KINDS) == setting


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"heat": 1.0}, "kind must be one of Kitchen, Oven, got None"),
        ({"kind": "Owen"}, "kind must be one of Kitchen, Oven, got 'Owen'; did you mean 'Oven'?"),
        (
            {"kind": "Oven", "tray": 1},
            "a setting of Oven must be one of heat, mode, trays, got 'tray'; did you mean 'trays'?",
        ),
        ({"kind": "Oven", "trays": 0}, "Oven.trays must be an integer of at least 1, got 0"),
    ],
)
def test_an_edited_document_is_refused_in_one_sentence(
    document: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        from_json(document, KINDS)
    assert str(caught.value) == sentence


def test_a_missing_setting_is_named() -> None:
    @dataclass(frozen=True)
    class Tray:
        size: int

    with pytest.raises(ConfigurationError, match=r"^Tray: .*missing.*'size'$"):
        from_json({"kind": "Tray"}, {"Tray": Tray})
