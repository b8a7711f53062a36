"""Domains of settings, and their one JSON form."""

import json
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pytest

from trainwell.errors import ConfigurationError
from trainwell.settings import (
    FINITE,
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    as_json,
    check_flag,
    check_integer,
    check_kind,
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
    light: bool = True

    def __post_init__(self) -> None:
        check_real(self, "heat", POSITIVE)
        check_integer(self, "trays", 1)
        check_name(self, "mode", frozenset({"fan", "grill"}))
        check_flag(self, "light")


@dataclass(frozen=True)
class Kitchen:
    """A setting that holds others."""

    ovens: tuple[Oven, ...] = ()
    best: Oven | None = None

    def __post_init__(self) -> None:
        if self.best is not None:
            check_kind(self, "best", Oven, "an oven")


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
        ({"heat": 10**400}, f"Oven.heat must be greater than 0, got {10**400}"),
        ({"heat": 1 + 0j}, "Oven.heat must be greater than 0, got (1+0j)"),
        ({"heat": np.float64(-1)}, "Oven.heat must be greater than 0, got np.float64(-1.0)"),
        ({"trays": None}, "Oven.trays must be an integer of at least 1, got None"),
        ({"light": 1}, "Oven.light must be true or false, got 1"),
        ({"light": "no"}, "Oven.light must be true or false, got 'no'"),
        ({"light": None}, "Oven.light must be true or false, got None"),
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
            {"kind": "Oven", "lights": 1},
            "a setting of Oven must be one of heat, light, mode, trays, got 'lights'",
        ),
        ({"kind": "Oven", "trays": 0}, "Oven.trays must be an integer of at least 1, got 0"),
    ],
)
def test_an_edited_document_is_refused_in_one_sentence(
    document: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        from_json(document, KINDS)
    assert str(caught.value).startswith(sentence)


def test_a_setting_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^Kitchen.best must be an oven, got 3$"):
        Kitchen(best=3)
    with pytest.raises(ConfigurationError, match=r"^Kitchen.best must be an oven, got Kitchen"):
        from_json({"kind": "Kitchen", "best": {"kind": "Kitchen"}}, KINDS)


def test_numbers_of_numpy_are_numbers_and_become_plain_in_json() -> None:
    oven = Oven(heat=np.float32(0.5), trays=np.int64(3))
    document = json.dumps(as_json(oven))
    assert json.loads(document) == {
        "kind": "Oven",
        "heat": 0.5,
        "trays": 3,
        "mode": "fan",
        "light": True,
    }
    assert from_json(json.loads(document), KINDS) == oven


def test_every_number_survives_to_the_last_bit() -> None:
    for heat in (0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2.0**-1074, 1e22):
        text = json.dumps(as_json(Oven(heat=heat)), allow_nan=False)
        assert from_json(json.loads(text), KINDS).heat == heat


def test_integers_stay_integers_and_flags_stay_flags() -> None:
    again = from_json(as_json(Oven(trays=2)), KINDS)
    assert type(again.trays) is int
    assert again.light is True
    assert type(again.heat) is float


def test_a_missing_setting_is_named() -> None:
    @dataclass(frozen=True)
    class Tray:
        size: int

    with pytest.raises(ConfigurationError, match=r"^Tray: .*missing.*'size'$"):
        from_json({"kind": "Tray"}, {"Tray": Tray})
