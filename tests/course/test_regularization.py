import numpy as np
import pytest
from course.printed import differ

from trainwell.course import regularization, test_cases
from trainwell.course.descent import finished
from trainwell.errors import ConfigurationError, DataError


@pytest.fixture
def football(shared, monkeypatch):
    monkeypatch.setenv("TRAINWELL_FOOTBALL", str(shared / "data" / "football.mat"))
    return regularization.load_2D_dataset(is_plot=False)


def test_initial_parameters_are_xavier_and_of_seed_3():
    parameters = regularization.initialize_parameters([4, 3, 1])
    rng = np.random.RandomState(3)
    assert (parameters["W1"] == rng.randn(3, 4) / 2).all()
    assert (parameters["W2"] == rng.randn(1, 3) / np.sqrt(3)).all()
    assert not parameters["b1"].any()


def test_the_penalised_cost_is_the_printed_one():
    A3, Y, parameters = test_cases.compute_cost_with_regularization_test_case()
    cost = regularization.compute_cost_with_regularization(A3, Y, parameters, lambd=0.1)
    assert differ(cost, 1.78648594516) <= 5e-12
    assert differ(cost, 1.7864859451590758) <= 1e-15


def test_gradients_with_l2_are_the_printed_ones():
    X, Y, cache = test_cases.backward_propagation_with_regularization_test_case()
    grads = regularization.backward_propagation_with_regularization(X, Y, cache, lambd=0.7)
    printed = {
        "dW1": [[-0.25604646, 0.12298827, -0.28297129], [-0.17706303, 0.34536094, -0.4410571]],
        "dW2": [[0.79276486, 0.85133918], [-0.0957219, -0.01720463], [-0.13100772, -0.03750433]],
        "dW3": [[-1.77691347, -0.11832879, -0.09397446]],
    }
    assert all(differ(grads[name], printed[name]) <= 1e-8 for name in printed)


def test_the_output_under_dropout_is_the_printed_one():
    X, parameters = test_cases.forward_propagation_with_dropout_test_case()
    A3, _ = regularization.forward_propagation_with_dropout(X, parameters, keep_prob=0.7)
    assert differ(A3, [[0.36974721, 0.00305176, 0.04565099, 0.49683389, 0.36974721]]) <= 1e-8


def test_gradients_under_dropout_are_the_printed_ones():
    X, Y, cache = test_cases.backward_propagation_with_dropout_test_case()
    gradients = regularization.backward_propagation_with_dropout(X, Y, cache, keep_prob=0.8)
    dA1 = [[0.36544439, 0, -0.00188233, 0, -0.17408748], [0.65515713, 0, -0.00337459, 0, 0]]
    dA2 = [
        [0.58180856, 0, -0.00299679, 0, -0.27715731],
        [0, 0.53159854, 0, 0.53159854, -0.34089673],
        [0, 0, -0.00292733, 0, 0],
    ]
    assert differ(gradients["dA1"], dA1) <= 1e-8
    assert differ(gradients["dA2"], dA2) <= 1e-8


def test_the_cache_of_the_dropout_test_case_has_the_decimals_of_the_course():
    _, _, cache = test_cases.backward_propagation_with_dropout_test_case()
    Z1, D1, _A1, _W1, _b1, _Z2, D2, A2, _W2, _b2, _Z3, A3, _W3, b3 = cache
    assert A3.tolist() == [[0.32266394, 0.49683389, 0.00348883, 0.49683389, 0.32266394]]
    assert Z1[0].tolist() == [-1.52855314, 3.32524635, 2.13994541, 2.60700654, -0.75942115]
    assert D1.tolist() == [[1, 0, 1, 1, 1], [1, 1, 1, 1, 0]]
    assert D2.tolist() == [[1, 0, 1, 0, 1], [0, 1, 0, 1, 1], [0, 0, 1, 0, 0]]
    assert A2[0].tolist() == [1.06071093, 0, 8.21049603, 0, 1.06071093]
    assert b3.tolist() == [[-0.0126646]]


def test_masks_are_those_of_seed_1_in_every_pass():
    X, parameters = test_cases.forward_propagation_with_dropout_test_case()
    rng = np.random.RandomState(1)
    D1, D2 = rng.rand(2, 5) < 0.6, rng.rand(3, 5) < 0.6
    for _ in range(2):
        _, cache = regularization.forward_propagation_with_dropout(X, parameters, 0.6)
        assert (cache[1] == D1).all()
        assert (cache[6] == D2).all()


def test_dropout_that_keeps_everything_is_no_dropout():
    X, parameters = test_cases.forward_propagation_with_dropout_test_case()
    plain, _ = regularization.forward_propagation(X, parameters)
    dropped, _ = regularization.forward_propagation_with_dropout(X, parameters, keep_prob=1)
    assert (dropped == plain).all()


def test_without_a_penalty_regularised_gradients_are_the_plain_ones():
    X, Y, cache = test_cases.backward_propagation_with_regularization_test_case()
    plain = regularization.backward_propagation(X, Y, cache)
    penalised = regularization.backward_propagation_with_regularization(X, Y, cache, lambd=0)
    assert all((plain[name] == penalised[name]).all() for name in plain)


def test_the_football_field_has_its_211_and_200_positions(football):
    assert [array.shape for array in football] == [(2, 211), (1, 211), (2, 200), (1, 200)]
    assert int(football[1].sum()) == 106
    assert int(football[3].sum()) == 87


def test_without_the_football_file_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAINWELL_FOOTBALL", raising=False)
    with pytest.raises(DataError, match="TRAINWELL_FOOTBALL"):
        regularization.load_2D_dataset()


def small_field() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (2, 40))
    return X, (X[1:] > X[:1]).astype(int)


def test_model_prints_every_10000_iterations(capsys):
    X, Y = small_field()
    parameters = regularization.model(X, Y, num_iterations=10001, lambd=0.1)
    run = finished(regularization.iterations(X, Y, num_iterations=10001, lambd=0.1))
    assert len(run.costs) == 11
    assert capsys.readouterr().out == (
        f"Cost after iteration 0: {run.costs[0]}\nCost after iteration 10000: {run.costs[10]}\n"
    )
    assert (parameters["W1"] == run.parameters["W1"]).all()


@pytest.mark.parametrize("settings", [{}, {"lambd": 0.5}, {"keep_prob": 0.8}])
def test_training_lowers_the_cost_that_it_records(settings):
    X, Y = small_field()
    run = finished(
        regularization.iterations(X, Y, learning_rate=0.1, num_iterations=300, **settings)
    )
    assert run.final_cost < 0.8 * run.costs[0]


def test_a_penalty_shrinks_the_weights():
    X, Y = small_field()
    norms = [
        np.linalg.norm(finished(records).parameters["W1"])
        for records in (
            regularization.iterations(X, Y, num_iterations=500, lambd=lambd) for lambd in (0.0, 2.0)
        )
    ]
    assert norms[1] < 0.8 * norms[0]


@pytest.mark.parametrize("keep_prob", [0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(keep_prob):
    X, Y = small_field()
    message = r"keep_prob must be in \(0, 1\], got"
    with pytest.raises(ConfigurationError, match=message):
        regularization.model(X, Y, keep_prob=keep_prob)
    parameters = regularization.initialize_parameters([2, 3, 1])
    with pytest.raises(ConfigurationError, match=message):
        regularization.forward_propagation_with_dropout(X, parameters, keep_prob)


def test_penalty_and_dropout_together_are_refused():
    X, Y = small_field()
    with pytest.raises(ConfigurationError, match="lambd and keep_prob exclude each other"):
        regularization.model(X, Y, lambd=0.7, keep_prob=0.86)
