import numpy as np
import pytest
from scipy import stats
from sklearn.calibration import calibration_curve

from trainwell.errors import ConfigurationError, DataError, ShapeError
from trainwell.report.calibration import calibration, draw_calibration, top_label
from trainwell.report.figure import house_style


def drawn(rows, bend=1.0, seed=0):
    rng = np.random.default_rng(seed)
    given = rng.beta(0.6, 0.6, rows)
    return given, rng.random(rows) < given**bend


EXTREMES = np.array([0.0, 1.0, 1.0, 0.0, 1.0]), np.array([False, True, True, True, False])
EDGES = np.linspace(0, 1, 11), np.arange(11) % 2 == 0


@pytest.mark.parametrize("bins", [1, 5, 10])
@pytest.mark.parametrize(
    "case",
    [drawn(12), drawn(1000, 2.0), drawn(10_000), EXTREMES, EDGES],
    ids=["tiny", "bent", "many", "extremes", "edges"],
)
def test_bins_equal_scikit_learns(case, bins):
    given, came = case
    found = [bin_ for bin_ in calibration(given, came, bins=bins).bins if bin_.rows]
    shares, means = calibration_curve(came, given, n_bins=bins)
    assert [bin_.share for bin_ in found] == pytest.approx(shares.tolist())
    assert [bin_.mean_probability for bin_ in found] == pytest.approx(means.tolist())
    assert sum(bin_.rows for bin_ in found) == len(given)
    assert sum(bin_.happened for bin_ in found) == came.sum()


def test_the_error_is_the_mean_distance_by_the_definition():
    given, came = drawn(500, 2.0)
    expected = 0.0
    for low in np.arange(10) / 10:
        inside = (given > low) & (given <= low + 0.1)
        if inside.any():
            expected += inside.mean() * abs(came[inside].mean() - given[inside].mean())
    found = calibration(given, came)
    assert found.error == pytest.approx(expected)
    assert found.mean_probability == pytest.approx(given.mean())
    assert found.share == came.mean()
    assert found.rows == 500


def test_certain_and_right_is_without_error():
    found = calibration(np.array([0.0, 1.0, 1.0]), np.array([False, True, True]))
    assert (found.error, found.error_by_chance) == (0.0, 0.0)
    assert calibration(np.array([0.0, 1.0]), np.array([True, False])).error == 1.0


@pytest.mark.parametrize(
    ("rows", "given"), [(1, 0.3), (7, 0.05), (7, 0.5), (40, 0.975), (3000, 0.61)]
)
def test_the_error_by_chance_is_the_mean_over_binomial_numbers(rows, given):
    heads = np.arange(rows + 1)
    distance = np.abs(heads / rows - given)
    expected = float((stats.binom.pmf(heads, rows, given) * distance).sum())
    found = calibration(np.full(rows, given), np.zeros(rows, dtype=bool))
    assert found.error_by_chance == pytest.approx(expected, rel=1e-9)


def test_probabilities_that_are_right_err_about_as_much_as_chance():
    errors, chance = [], []
    for seed in range(40):
        found = calibration(*drawn(300, seed=seed))
        errors.append(found.error)
        chance.append(found.error_by_chance)
    assert np.mean(errors) == pytest.approx(np.mean(chance), rel=0.1)
    bent = calibration(*drawn(300, bend=2.5))
    assert bent.error > 3 * bent.error_by_chance


def test_each_bin_has_wilsons_interval():
    bin_ = calibration(np.full(10, 0.95), np.arange(10) < 7).bins[-1]
    expected = stats.binomtest(7, 10).proportion_ci(method="wilson")
    assert bin_.interval == pytest.approx(tuple(expected))


def test_an_empty_bin_has_no_share():
    bin_ = calibration(np.array([0.95]), np.array([True])).bins[0]
    assert (bin_.rows, bin_.share, bin_.mean_probability) == (0, None, None)


def test_the_top_label_is_the_surest_class():
    given = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [0.0, 0.0, 1.0], [0.1, 0.1, 0.8]])
    sureness, right = top_label(given, np.array([1, 2, 2, -1]))
    assert sureness.tolist() == [0.5, 0.4, 1.0, 0.8]
    assert right.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: calibration(np.ones(2), np.ones(3, dtype=bool)),
            ShapeError,
            r"calibration: happened must have shape .*, got \(3,\)",
        ),
        (
            lambda: calibration(np.ones((2, 1)), np.ones((2, 1), dtype=bool)),
            ShapeError,
            r"calibration: happened must have shape .*, got \(2, 1\)",
        ),
        (lambda: calibration(np.array([]), np.array([])), DataError, "probabilities are empty"),
        (lambda: calibration(np.array([1.1]), np.array([True])), DataError, r"not all in \[0, 1\]"),
        (lambda: calibration(np.array([np.nan]), np.array([True])), DataError, "not all in"),
        (
            lambda: calibration(np.array([0.5]), np.array([True]), bins=0),
            ConfigurationError,
            "calibration.bins must be at least 1, got 0",
        ),
        (lambda: top_label(np.ones(3), np.ones(3)), ShapeError, r"got \(\(3,\), \(3,\)\)"),
        (lambda: top_label(np.ones((3, 2)), np.ones(2)), ShapeError, r"got \(\(3, 2\)"),
        (lambda: top_label(np.ones((3, 0)), np.ones(3)), ShapeError, r"got \(\(3, 0\)"),
    ],
)
def test_what_is_no_probability_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def laid_out(figure):
    with house_style():
        for _ in range(3):
            figure.draw_without_rendering()


EVENT = "a_rather_long_target_column_name is drug-induced liver injury of the second kind"


@pytest.mark.parametrize(
    "case", [drawn(12), drawn(10_000), EXTREMES], ids=["tiny", "many", "extremes"]
)
@pytest.mark.parametrize("event", ["paid is yes", EVENT, EVENT.replace(" ", "_") * 3])
def test_nothing_is_cut_off(case, event):
    figure = draw_calibration(calibration(*case), event)
    laid_out(figure)
    width, height = figure.get_size_inches() * figure.dpi
    upper, lower = figure.axes
    legend = upper.get_legend().get_texts()
    for text in [*legend, *lower.texts, lower.xaxis.label, lower.yaxis.label, upper.yaxis.label]:
        box = text.get_window_extent()
        assert -2 <= box.x0 <= box.x1 <= width + 2, text.get_text()
        assert -2 <= box.y0 <= box.y1 <= height + 2, text.get_text()


def test_the_picture_shows_the_numbers():
    found = calibration(*drawn(200))
    upper, lower = draw_calibration(found, "x").axes
    _, points = upper.lines
    filled = [bin_ for bin_ in found.bins if bin_.rows]
    assert points.get_xdata().tolist() == [bin_.mean_probability for bin_ in filled]
    assert points.get_ydata().tolist() == [bin_.share for bin_ in filled]
    segments = upper.collections[0].get_segments()
    assert [tuple(end[1] for end in ends) for ends in segments] == [
        bin_.interval for bin_ in filled
    ]
    assert [bar.get_height() for bar in lower.patches] == [bin_.rows for bin_ in found.bins]
