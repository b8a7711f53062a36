"""Where the football data are looked for, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from trainwell.data.football import VARIABLE, load_football
from trainwell.errors import DataError

SHARED = Path(__file__).parents[3] / "shared"


def arrays(**changes):
    rng = np.random.default_rng(0)
    whole = {
        "X": rng.normal(size=(7, 2)),
        "y": np.array([[0, 1, 1, 0, 0, 1, 1]], dtype=np.uint8).T,
        "Xval": rng.normal(size=(4, 2)),
        "yval": np.array([[1, 0, 0, 1]], dtype=np.uint8).T,
    }
    return {name: array for name, array in {**whole, **changes}.items() if array is not None}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder, without the environment variable."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(path, **changes):
    path.parent.mkdir(exist_ok=True)
    scipy.io.savemat(path, arrays(**changes))
    return path


def first(data):
    return float(data[0].x[0, 0])


def test_both_parts_are_columns_of_floats(elsewhere):
    training, validation = load_football(save(elsewhere / "a.mat"))
    expected = arrays()
    assert np.array_equal(training.x, expected["X"].T)
    assert np.array_equal(validation.x, expected["Xval"].T)
    assert np.array_equal(training.y, expected["y"].T)
    assert np.array_equal(validation.y, expected["yval"].T)
    assert training.y.dtype == np.float64
    assert (-training.y).min() == -1.0  # uint8 would wrap


def test_the_path_comes_before_the_folder_and_the_folder_before_the_variable(
    elsewhere, monkeypatch
):
    numbers = {name: np.full((7, 2), value) for value, name in enumerate(("path", "here", "env"))}
    by_path = save(elsewhere / "path.mat", X=numbers["path"])
    by_variable = save(elsewhere / "env.mat", X=numbers["env"])
    monkeypatch.setenv(VARIABLE, str(by_variable))
    assert first(load_football()) == 2
    here = save(elsewhere / "datasets" / "data.mat", X=numbers["here"])
    assert first(load_football()) == 1
    assert first(load_football(by_path)) == 0
    assert first(load_football(str(by_path))) == 0
    here.unlink()
    assert first(load_football()) == 2


@pytest.mark.usefixtures("elsewhere")
def test_without_a_file_the_sentence_says_what_to_do():
    with pytest.raises(DataError) as caught:
        load_football()
    message = str(caught.value)
    assert "\n" not in message
    for part in ("datasets/data.mat", "pass the path", VARIABLE):
        assert part in message.replace("\\", "/")


@pytest.mark.usefixtures("elsewhere")
def test_an_empty_variable_is_no_path(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(DataError, match="pass the path"):
        load_football()


@pytest.mark.usefixtures("elsewhere")
def test_a_variable_that_points_nowhere_is_named_by_its_path(monkeypatch):
    monkeypatch.setenv(VARIABLE, "nowhere.mat")
    with pytest.raises(DataError, match=r"nowhere\.mat: there is no such file"):
        load_football()


def test_a_given_path_is_not_replaced_by_another(elsewhere):
    save(elsewhere / "datasets" / "data.mat")
    with pytest.raises(DataError, match=r"gone\.mat: there is no such file"):
        load_football("gone.mat")


REFUSED = {
    "no-X": ({"X": None}, "lacks the array 'X'"),
    "no-y": ({"y": None}, "lacks the array 'y'"),
    "no-Xval": ({"Xval": None}, "lacks the array 'Xval'"),
    "no-yval": ({"yval": None}, "lacks the array 'yval'"),
    "three-features": ({"X": np.ones((7, 3))}, r"X must have shape \(N, 2\), got \(7, 3\)"),
    "columns": ({"Xval": np.ones((2, 4))}, r"Xval must have shape \(N, 2\), got \(2, 4\)"),
    "empty": ({"X": np.ones((0, 2))}, r"X must have shape \(N, 2\), got \(0, 2\)"),
    "deep": ({"X": np.ones((7, 2, 2))}, r"X must have shape \(N, 2\), got \(7, 2, 2\)"),
    "row": ({"y": np.ones((1, 7))}, r"y must have shape \(N, 1\), got \(1, 7\)"),
    "fewer": ({"y": np.ones((6, 1))}, "X has 7 rows and y has 6, they must have as many"),
    "more": ({"yval": np.ones((5, 1))}, "Xval has 4 rows and yval has 5"),
    "labels": ({"yval": np.full((4, 1), 2)}, "yval must hold 0 and 1 only"),
    "nan": ({"X": np.full((7, 2), np.nan)}, "X must be finite"),
    "nan-label": ({"y": np.full((7, 1), np.nan)}, "y must be finite"),
    "text": ({"X": "positions"}, "X must be a full array of real numbers"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_the_football_file_is_refused_in_one_sentence(elsewhere, changes, message):
    path = save(elsewhere / "a.mat", **changes)
    with pytest.raises(DataError, match=rf"a\.mat: {message}") as caught:
        load_football(path)
    assert "\n" not in str(caught.value)


def test_the_courses_file_has_the_published_fingerprint():
    path = SHARED / "data" / "football.mat"
    if not path.exists():
        pytest.skip("../shared/data/football.mat is not there")
    cases = json.loads((SHARED / "published.json").read_text())["cases"]
    (case,) = [row for row in cases if row["id"] == "data.football"]
    expected, within = case["expected"], case["tolerance"]["abs"]
    training, validation = load_football(path)
    for data, x, y, positive in [
        (training, "X", "y", "n_pos_train"),
        (validation, "Xval", "yval", "n_pos_val"),
    ]:
        assert list(data.x.T.shape) == expected[f"{x}_shape"]
        assert np.abs(data.x[:, :3].T - expected[f"{x}_first3"]).max() <= within
        assert np.abs(data.x.sum(axis=1) - expected[f"{x}_column_sums"]).max() <= within
        assert data.y[0, :10].tolist() == expected[f"{y}_first10"]
        assert data.y.sum() == expected[positive]
