"""The picture of an autopsy shows what was measured."""

from itertools import pairwise

import numpy as np
import pytest

from trainwell.data.dataset import Data
from trainwell.diagnosis.autopsy import Autopsy, autopsy
from trainwell.engine.run import train
from trainwell.network.build import mlp
from trainwell.network.initializers import Normal
from trainwell.network.regression_losses import SquaredError
from trainwell.report.autopsy import draw_autopsy
from trainwell.report.figure import as_svg
from trainwell.training.descent import GradientDescent
from trainwell.training.job import Job
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant

RNG = np.random.default_rng(1)
DATA = Data(RNG.standard_normal((3, 60)), RNG.standard_normal((1, 60)))


def examined(rate: float, hidden: tuple[int, ...] = (), data: Data = DATA, **settings) -> Autopsy:
    network = mlp(3, hidden, 1, activation="identity", **settings)
    plan = Plan(SquaredError(), GradientDescent(), Constant(rate), max_epochs=9999)
    return autopsy(Job(network, plan, data), train(network, plan, data, engine="reference").state)


def test_the_panels_show_the_exponents_of_the_measured_sizes():
    found = examined(3.0)
    panels = draw_autopsy(found).axes
    for axes, quantity in zip(panels, ("logits", "loss", "gradient", "parameter"), strict=True):
        line = axes.lines[0]
        values = next(t for t in found.traces if t.quantity == quantity).values
        sizes = np.array([np.nan if value is None else value for value in values])
        np.testing.assert_array_equal(line.get_xdata(), found.steps)
        np.testing.assert_allclose(line.get_ydata(), np.log10(sizes), rtol=1e-12)


def test_the_step_that_broke_and_what_was_not_finite_are_marked():
    found = examined(3.0)
    forward, loss, *_ = draw_autopsy(found).axes
    for axes in (forward, loss):
        marks = [line for line in axes.lines if line.get_label() == "step that broke"]
        assert [set(line.get_xdata()) for line in marks] == [{found.broken.step}]
    labels = [[line.get_label() for line in axes.lines] for axes in (forward, loss)]
    assert ["not finite" in each for each in labels] == [False, True]


def test_the_axes_are_labelled_by_powers_of_ten():
    figure = draw_autopsy(examined(3.0))
    as_svg(figure)
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert any(label.startswith("10²") for label in labels)
    assert [axes.get_ylabel() for axes in figure.axes[::2]] == ["largest absolute value"] * 2
    assert [axes.get_xlabel() for axes in figure.axes[2:]] == ["step"] * 2


def test_every_layer_looks_different_and_stands_in_the_legend():
    figure = draw_autopsy(examined(30.0, (4, 4, 4)))
    lines = [line for line in figure.axes[3].lines if line.get_label().startswith("layer")]
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines}
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(looks) == len(lines) == 4
    assert {line.get_label() for line in lines} <= set(names)
    assert len(set(names)) == len(names)


def test_of_many_layers_the_ends_and_the_broken_one_are_drawn():
    found = examined(1.0, (4,) * 12, initializer=Normal(1e40))
    figure = draw_autopsy(found)
    names = {line.get_label() for line in figure.axes[3].lines if "layer" in line.get_label()}
    assert len(names) <= 7
    broken = f"layer {found.broken.layer} ({found.broken.kind})"
    assert names >= {"layer 1 (Dense)", broken}


@pytest.mark.parametrize("value", [1e300, 1e160])
def test_numbers_at_the_edge_of_all_are_drawn_without_a_warning(value):
    x = DATA.x.copy()
    x[1, 7] = value
    for rate in (0.1, 1e-200):
        figure = draw_autopsy(examined(rate, (4,), Data(x, DATA.y)))
        assert as_svg(figure) == as_svg(figure)
        for axes in figure.axes:
            low, high = axes.get_ylim()
            assert np.isfinite([low, high]).all()
            assert all(a < b for a, b in pairwise([low, high]))
