"""The moons experiment against a second implementation, written for three layers only."""

import numpy as np
import pytest

from trainwell.course import optimization
from trainwell.course.descent import finished
from trainwell.errors import ConfigurationError

SIZES = [2, 5, 2, 1]
EPOCHS = 301


def oracle(optimizer: str, rate: float, epochs: int, decay: str | None = None) -> dict:
    """Train by the assignment's recipe; costs are those of every 100th epoch, in both ways."""
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples=300, noise=0.2, random_state=3)
    X, y = X.T, y.reshape(1, -1)
    rng = np.random.RandomState(3)
    p = []
    for rows, columns in ((5, 2), (2, 5), (1, 2)):
        p += [rng.randn(rows, columns) * np.sqrt(2 / columns), np.zeros((rows, 1))]
    m, s = [0 * a for a in p], [0 * a for a in p]
    t, first, averages, lasts, rates = 0, rate, [], [], []
    for epoch in range(epochs):
        order = np.random.RandomState(11 + epoch).permutation(300)
        losses = np.empty(0)
        for start in range(0, 300, 64):
            chosen = order[start : start + 64]
            x, target = X[:, chosen], y[:, chosen]
            a1 = np.clip(p[0] @ x + p[1], 0, None)
            a2 = np.clip(p[2] @ a1 + p[3], 0, None)
            z3 = p[4] @ a2 + p[5]
            last = np.logaddexp(0, z3) - z3 * target
            losses = np.append(losses, last)
            d3 = (1 / (1 + np.exp(-z3)) - target) / chosen.size
            d2 = p[4].T @ d3 * (a2 > 0)
            d1 = p[2].T @ d2 * (a1 > 0)
            g = [d1 @ x.T, d1.sum(1), d2 @ a1.T, d2.sum(1), d3 @ a2.T, d3.sum(1)]
            g = [slope.reshape(a.shape) for slope, a in zip(g, p, strict=True)]
            t += 1
            for i, slope in enumerate(g):
                if optimizer == "gd":
                    move = slope
                elif optimizer == "momentum":
                    m[i] = 0.9 * m[i] + 0.1 * slope
                    move = m[i]
                else:
                    m[i] = 0.9 * m[i] + 0.1 * slope
                    s[i] = 0.999 * s[i] + 0.001 * slope**2
                    move = m[i] / (1 - 0.9**t) / (np.sqrt(s[i] / (1 - 0.999**t)) + 1e-8)
                p[i] = p[i] - rate * move
        if decay == "inverse":
            rate = first / (1 + epoch)
        elif decay == "steps":
            rate = first / (1 + epoch // 100)
        if epoch % 100 == 0:
            averages.append(losses.mean())
            lasts.append(last.mean())
            rates.append(rate)
    names = ["W1", "b1", "W2", "b2", "W3", "b3"]
    parameters = dict(zip(names, p, strict=True))
    return {"parameters": parameters, "averages": averages, "lasts": lasts, "rates": rates}


def steps_of_100(rate: float, epoch: int, decay_rate: float) -> float:
    return optimization.schedule_lr_decay(rate, epoch, decay_rate, 100)


RUNS = [
    pytest.param("gd", 0.0007, None, None, id="gd"),
    pytest.param("momentum", 0.0007, None, None, id="momentum"),
    pytest.param("adam", 0.0007, None, None, id="adam"),
    pytest.param("gd", 0.1, "inverse", optimization.update_lr, id="gd-inverse-time"),
    pytest.param("adam", 0.1, "inverse", optimization.update_lr, id="adam-inverse-time"),
    pytest.param("gd", 0.1, "steps", steps_of_100, id="gd-steps"),
]


@pytest.mark.parametrize(("optimizer", "rate", "kind", "decay"), RUNS)
def test_training_follows_the_recipe(optimizer, rate, kind, decay):
    X, Y = optimization.load_dataset(is_plot=False)
    expected = oracle(optimizer, rate, EPOCHS, kind)
    for convention, costs in (("epoch_average", "averages"), ("last_minibatch", "lasts")):
        *records, last = optimization.epochs(
            X, Y, SIZES, optimizer,
            learning_rate=rate, num_epochs=EPOCHS, decay=decay, cost=convention,
        )  # fmt: skip
        assert [record.iteration for record in records] == [0, 100, 200, 300]
        assert np.allclose([record.cost for record in records], expected[costs], rtol=1e-9)
        assert np.allclose([r.learning_rate for r in records], expected["rates"], rtol=1e-15)
        for name, value in expected["parameters"].items():
            assert np.allclose(last.parameters[name], value, rtol=1e-8, atol=1e-12)


def test_the_last_record_has_the_cost_of_all_examples():
    X, Y = optimization.load_dataset(is_plot=False)
    run = finished(optimization.epochs(X, Y, SIZES, "adam", num_epochs=20))
    A, _ = optimization.forward_propagation(X, run.parameters)
    assert run.final_cost == pytest.approx(optimization.compute_cost(A, Y) / 300, rel=1e-13)


def test_adam_separates_the_moons_where_descent_has_hardly_begun():
    X, Y = optimization.load_dataset(is_plot=False)
    right = {}
    for optimizer in ("gd", "momentum", "adam"):
        run = finished(
            optimization.epochs(X, Y, SIZES, optimizer, learning_rate=0.003, num_epochs=400)
        )
        right[optimizer] = (optimization.predict_dec(run.parameters, X) == Y).mean()
    assert right["adam"] > 0.9
    assert right["adam"] > right["gd"] + 0.05
    assert abs(right["gd"] - right["momentum"]) < 0.02


def test_model_prints_the_lines_of_the_course(capsys):
    X, Y = optimization.load_dataset()
    parameters = optimization.model(X, Y, SIZES, "gd", num_epochs=1001, mini_batch_size=300)
    run = finished(optimization.epochs(X, Y, SIZES, "gd", num_epochs=1001, mini_batch_size=300))
    assert capsys.readouterr().out == (
        f"Cost after epoch 0: {run.costs[0]:f}\nCost after epoch 1000: {run.costs[10]:f}\n"
    )
    assert all((parameters[name] == run.parameters[name]).all() for name in parameters)


def test_model_prints_the_decayed_rate_of_the_next_epoch(capsys):
    X, Y = optimization.load_dataset(is_plot=False)
    settings = {"learning_rate": 0.1, "num_epochs": 1001, "mini_batch_size": 300}
    optimization.model(X, Y, SIZES, "gd", decay=optimization.update_lr, **settings)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1::2] == [
        "learning rate after epoch 0: 0.100000",
        "learning rate after epoch 1000: 0.000100",
    ]


def test_model_is_silent_on_request(capsys):
    X, Y = optimization.load_dataset(is_plot=False)
    optimization.model(X, Y, SIZES, "adam", num_epochs=1, print_cost=False)
    assert capsys.readouterr().out == ""


def test_an_unknown_name_is_refused_before_the_first_epoch():
    X, Y = optimization.load_dataset(is_plot=False)
    with pytest.raises(ConfigurationError, match="optimizer must be one of adam, gd, momentum"):
        optimization.model(X, Y, SIZES, "adma")
    with pytest.raises(ConfigurationError, match="cost must be one of epoch_average"):
        optimization.model(X, Y, SIZES, "gd", cost="mean")
