"""Ctrl-C during what should not be cut short: the first waits, the second does not."""

import signal
from collections.abc import Iterator

import pytest

from trainwell.interrupts import first_interrupt_waits


@pytest.fixture(autouse=True)
def _plain_ctrl_c() -> Iterator[None]:
    # Where the tests run in the background, Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_interrupt_waits_and_is_heard() -> None:
    happened = []
    with first_interrupt_waits(lambda: happened.append("heard")) as interrupt:
        signal.raise_signal(signal.SIGINT)
        happened.append("done")
    assert happened == ["heard", "done"]
    assert interrupt.waits


def test_what_waited_is_delivered_once() -> None:
    with first_interrupt_waits(lambda: None) as interrupt:
        interrupt.deliver()  # nothing waits
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupt.deliver()
        assert not interrupt.waits


def test_the_second_interrupt_is_not_held_up() -> None:
    with first_interrupt_waits(lambda: None):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    with first_interrupt_waits(lambda: None):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_ignored_interrupt_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with first_interrupt_waits(lambda: None) as interrupt:
        signal.raise_signal(signal.SIGINT)
    assert not interrupt.waits
