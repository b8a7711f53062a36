"""A fit that is killed, or cannot write, loses nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from trainwell import MLPClassifier
from trainwell.errors import FileFormatError, StorageError
from trainwell.estimators import checkpoint as checkpoints

IRIS = load_iris(return_X_y=True)
FIT = """
import warnings
warnings.simplefilter("ignore")
import sys
from sklearn.datasets import load_iris
from trainwell import MLPClassifier
model = MLPClassifier(
    (16,), max_iter=120, n_iter_no_change=1000, tol=0.0, n_members=2, random_state=3,
    checkpoint=sys.argv[1], checkpoint_every=0.01, engine="reference", batch_size=16,
)
model.fit(*load_iris(return_X_y=True)).save(sys.argv[2])
"""
pytestmark = pytest.mark.filterwarnings("ignore:.*Maximum iterations")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def unfinished(path, stop_at=7, **settings):
    """Leave a checkpoint as a kill in epoch ``stop_at`` would."""

    class Kill(BaseException):
        pass

    def on_epoch(record):
        if record.number == stop_at:
            raise Kill

    model = MLPClassifier(
        (4,), random_state=0, checkpoint=path, checkpoint_every=0.0, on_epoch=on_epoch, **settings
    )
    with pytest.raises(Kill):
        model.fit(*IRIS)
    assert path.exists()
    return model.set_params(on_epoch=lambda _: False)


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that kills")
def test_a_killed_fit_begun_again_gives_the_bytes_of_one_that_was_not(tmp_path):
    place = tmp_path / "checkpoint"

    def begin(name):
        return subprocess.Popen([sys.executable, "-c", FIT, place, tmp_path / name])

    assert begin("whole").wait() == 0
    kills, patience = 0, 1.0
    while True:
        fit = begin("killed")
        deadline = time.monotonic() + 30
        while fit.poll() is None and not place.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1 * patience)
        if fit.poll() is not None:
            break
        fit.send_signal(signal.SIGKILL)
        fit.wait()
        kills, patience = kills + 1, patience * 2.5
    assert kills > 1
    assert fit.returncode == 0
    assert (tmp_path / "killed").read_bytes() == (tmp_path / "whole").read_bytes()
    assert names(tmp_path) == ["killed", "whole"]


@pytest.mark.parametrize("settings", [{"early_stopping": True}, {"n_members": 2}, {}])
def test_a_fit_goes_on_where_it_was_left(settings, tmp_path):
    model = unfinished(tmp_path / "c", max_iter=20, **settings).fit(*IRIS)
    whole = MLPClassifier((4,), random_state=0, max_iter=20, **settings).fit(*IRIS)
    np.testing.assert_array_equal(model.predict_proba(IRIS[0]), whole.predict_proba(IRIS[0]))
    assert model.loss_curve_ == whole.loss_curve_
    assert model.validation_scores_ == whole.validation_scores_
    assert model.n_iter_ == whole.n_iter_
    assert not (tmp_path / "c").exists()


def test_the_seed_that_was_drawn_is_taken_from_the_file(tmp_path):
    model = unfinished(tmp_path / "c", max_iter=20)
    seed = model.seed_
    model.set_params(random_state=None)
    model.fit(*IRIS)
    assert model.seed_ == seed


def test_a_checkpoint_of_another_fit_is_left_alone(tmp_path):
    model = unfinished(tmp_path / "c", max_iter=20)
    before = (tmp_path / "c").read_bytes()
    with pytest.raises(FileFormatError, match="belongs to a fit with other settings or data"):
        model.set_params(alpha=0.5).fit(*IRIS)
    (tmp_path / "model").write_bytes(b"precious")
    with pytest.raises(FileFormatError, match="not a whole safetensors file"):
        model.set_params(checkpoint=tmp_path / "model").fit(*IRIS)
    assert (tmp_path / "c").read_bytes() == before
    assert (tmp_path / "model").read_bytes() == b"precious"


def test_a_disk_that_is_full_is_a_clear_error_and_the_last_checkpoint_intact(tmp_path, monkeypatch):
    model = unfinished(tmp_path / "c", max_iter=20)
    before = (tmp_path / "c").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        model.fit(*IRIS)
    monkeypatch.undo()
    assert (tmp_path / "c").read_bytes() == before
    assert names(tmp_path) == ["c"]
    assert model.fit(*IRIS).n_iter_ == 20


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path):
    model = MLPClassifier((4,), checkpoint=tmp_path / "no" / "c", max_iter=2)
    with pytest.raises(StorageError, match="No such file or directory"):
        model.fit(*IRIS)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    model = unfinished(tmp_path / "c", max_iter=20)
    before = (tmp_path / "c").read_bytes()
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(StorageError, match="Permission denied"):
            model.fit(*IRIS)
    finally:
        tmp_path.chmod(0o755)
    assert (tmp_path / "c").read_bytes() == before


def test_two_fits_do_not_share_a_checkpoint(tmp_path):
    def on_epoch(_):
        with pytest.raises(StorageError, match="another fit is writing to it"):
            MLPClassifier((4,), checkpoint=tmp_path / "c", max_iter=2).fit(*IRIS)
        return True

    MLPClassifier((4,), checkpoint=tmp_path / "c", max_iter=2, on_epoch=on_epoch).fit(*IRIS)
    assert not names(tmp_path)


def test_what_a_kill_left_half_written_is_removed(tmp_path):
    (tmp_path / ".c.abcd1234").write_bytes(b"half")
    with checkpoints.held(Path(tmp_path / "c")):
        assert names(tmp_path) == [".c.lock"]
    assert not names(tmp_path)
