"""Machine code is kept on disk where it can be, and its absence is never an error."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernels.comparison import JIT, last
from kernels.jobs import EVERYTHING, FEATURES, in_single
from numba.core import caching, config, types

from trainwell.kernels import cache
from trainwell.kernels.cache import Compilations, sources_digest, told
from trainwell.kernels.epochs import run_epochs

pytestmark = pytest.mark.skipif(not JIT, reason="nothing is compiled, so nothing is kept")

SOURCE = """
from trainwell.kernels.compiling import entry

@entry
def doubled(x):
    return 2 * x
"""

BEGUN = "trainwell: compiling for float64, once on this machine ..."


class Kernel:
    """A small kernel of its own file, with a folder for its code."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "small.py"
        self.file.write_text(SOURCE, encoding="utf-8")
        self.kept = folder / "kept"

    def load(self) -> Callable[[float], float]:
        """Return the kernel as a new process would find it."""
        specification = spec_from_file_location("small", self.file)
        assert specification is not None
        assert specification.loader is not None
        module = module_from_spec(specification)
        specification.loader.exec_module(module)
        doubled: Callable[[float], float] = module.doubled
        return doubled

    def call(self) -> float:
        """Load it and call it, as a session of the engine does."""
        with told(np.float64):
            return self.load()(21.0)

    @property
    def files(self) -> list[Path]:
        """What is kept of it."""
        return sorted(path for path in self.kept.rglob("*") if path.is_file())


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Return a kernel that was never compiled, in what looks like a new process."""
    kernel = Kernel(tmp_path)
    monkeypatch.setattr(config, "CACHE_DIR", str(kernel.kept))
    monkeypatch.setattr(cache, "COMPILATIONS", Compilations())
    return kernel


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this look like a new process."""
    monkeypatch.setattr(cache, "COMPILATIONS", Compilations())


def test_compiling_is_announced_once_and_its_time_told(
    small: Kernel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert small.call() == 42
    small.kept.rename(small.kept.with_name("gone"))
    assert small.call() == 42  # compiled again, but it was said
    output = capsys.readouterr()
    assert output.out == ""
    begun, ended = output.err.splitlines()
    assert begun == BEGUN
    assert ended.startswith("trainwell: compiled in ")


@pytest.fixture
def _plain_ctrl_c() -> Iterator[None]:
    # Where the tests run in the background, Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_plain_ctrl_c")
def test_ctrl_c_waits_for_the_kernel_that_is_compiled(
    small: Kernel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def begin(self: Compilations, original: Any = Compilations.begin) -> float:
        begun: float = original(self)
        signal.raise_signal(signal.SIGINT)
        return begun

    def stopped() -> None:
        with told(np.float64):
            small.load()(21.0)
            pytest.fail("went on")

    monkeypatch.setattr(Compilations, "begin", begin)
    with pytest.raises(KeyboardInterrupt):
        stopped()
    said = "trainwell: stopping when this is compiled; Ctrl-C again stops at once"
    assert capsys.readouterr().err.splitlines() == [BEGUN, said]
    assert {path.suffix for path in small.files} == {".nbi", ".nbc"}


@pytest.mark.usefixtures("_plain_ctrl_c")
def test_ctrl_c_stops_where_nothing_is_compiled(capsys: pytest.CaptureFixture[str]) -> None:
    def stopped() -> None:
        with told(np.float16):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert capsys.readouterr().err == ""


def test_what_was_kept_is_loaded_without_a_word(
    small: Kernel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small.call()
    kept = small.files
    assert {path.suffix for path in kept} == {".nbi", ".nbc"}
    capsys.readouterr()
    forget(monkeypatch)
    assert small.call() == 42
    assert capsys.readouterr().err == ""
    assert small.files == kept


def test_kept_code_is_stale_when_any_kernel_has_changed(
    small: Kernel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small.call()
    capsys.readouterr()
    forget(monkeypatch)
    monkeypatch.setattr(cache, "sources_digest", lambda: "of other kernels")
    assert small.call() == 42
    assert BEGUN in capsys.readouterr().err


def test_the_stamp_is_of_all_kernels_and_the_constants_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def recorded(path: Path, original: Any = Path.read_bytes) -> bytes:
        read.append(path.name)
        found: bytes = original(path)
        return found

    monkeypatch.setattr(Path, "read_bytes", recorded)
    again = sources_digest.__wrapped__()
    assert again == sources_digest()
    kernels = {path.name for path in Path(cache.__file__).parent.glob("*.py")}
    assert {*read} >= {*kernels, "activations.py"}


def test_a_full_disk_costs_the_time_of_compiling_only(
    small: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(caching.IndexDataCacheFile, "_open_for_write", full)
    assert small.call() == 42
    assert small.files == []


def test_a_folder_that_cannot_be_written_costs_the_time_of_compiling_only(
    small: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for locator in cache._Places._locator_classes:
        monkeypatch.setattr(locator, "ensure_cache_path", refused)
    assert small.call() == 42
    assert small.files == []


def test_a_folder_within_a_file_is_passed_over(
    small: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(small.file / "kept"))
    assert small.call() == 42
    beside = {path.suffix for path in (small.file.parent / "__pycache__").iterdir()}
    assert {".nbi", ".nbc"} <= beside


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("rest", [b"", b"\x80\x05", b"no code"], ids=["empty", "cut", "other"])
def test_files_that_were_cut_short_are_compiled_again(
    small: Kernel, monkeypatch: pytest.MonkeyPatch, suffix: str, rest: bytes
) -> None:
    small.call()
    for path in small.files:
        if path.suffix == suffix:
            path.write_bytes(rest)
    forget(monkeypatch)
    assert small.call() == 42


def test_a_file_that_disappears_is_compiled_again(small: Kernel) -> None:
    small.call()
    for path in small.files:
        if path.suffix == ".nbc":
            path.unlink()
    assert small.call() == 42


QUIET = """
import sys
sys.path[:0] = sys.argv[1:]
from kernels.comparison import last
from kernels.jobs import EVERYTHING, FEATURES, in_single
print(last(EVERYTHING, "compiled", 2).state.epoch)
"""


def test_an_engine_that_was_compiled_before_starts_without_a_word() -> None:
    last(EVERYTHING, "compiled", 2)
    answer = subprocess.run(
        [sys.executable, "-c", QUIET, str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (answer.stdout, answer.stderr) == ("2\n", "")


def test_one_compilation_serves_every_job_of_a_precision() -> None:
    for name in ("linear", "gradient-descent", "weights", "mixup", "streamed", "full-batches"):
        for job in (FEATURES[name], in_single(FEATURES[name])):
            last(job, "compiled", 2)
    # Another test of this process may have compiled them for teams.
    alone = [kinds for kinds in run_epochs.signatures if kinds[-1] == types.none]
    assert len(alone) == 2
