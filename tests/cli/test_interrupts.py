"""What is left of a command that Ctrl-C stopped."""

import sys
from types import SimpleNamespace

import pytest

from trainwell.cli import main


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
