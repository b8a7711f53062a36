"""Ctrl-C while results are written: the first waits, the second does not."""

import signal
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from trainwell.cli import main
from trainwell.cli.interrupts import first_interrupt_waits


@pytest.fixture(autouse=True)
def _plain_ctrl_c() -> Iterator[None]:
    # Where the tests run in the background, Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_interrupt_waits(capsys: pytest.CaptureFixture[str]) -> None:
    done = []
    with first_interrupt_waits():
        signal.raise_signal(signal.SIGINT)
        done.append("written")
    assert done == ["written"]
    assert "writing the results" in capsys.readouterr().err


def test_the_second_interrupt_is_not_held_up() -> None:
    with first_interrupt_waits():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    with first_interrupt_waits():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_an_interruption_left_half_made_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class HalfMade:
        def __del__(self):
            raise AttributeError

    def interrupted(**_):
        half = HalfMade()
        assert half
        raise KeyboardInterrupt

    monkeypatch.setattr(main.typer.main, "get_command", lambda _: SimpleNamespace(main=interrupted))
    hook = sys.unraisablehook
    assert main.main([]) == main.INTERRUPTED
    assert capfd.readouterr() == ("", "")
    assert sys.unraisablehook is hook
