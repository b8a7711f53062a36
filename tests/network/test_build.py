"""Names and sizes to a network, and a network to JSON and back."""

import json
from typing import Any

import numpy as np
import pytest
from tables import INITIALIZERS, LAYERS

from trainwell.errors import ConfigurationError
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import NETWORK_KINDS, mlp
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.initializers import Normal, glorot_normal, he_normal, lecun_normal
from trainwell.network.network import Network
from trainwell.settings import as_json, from_json


def test_an_mlp_has_the_layers_it_is_asked_for() -> None:
    network = mlp(4, (8, 6), 3, activation="tanh", batch_norm=True, dropout=0.2)
    assert network.layers == (
        Dense(4, 8, glorot_normal, bias=False),
        BatchNorm(8),
        Activate(8, "tanh"),
        Dropout(8, 0.2),
        Dense(8, 6, glorot_normal, bias=False),
        BatchNorm(6),
        Activate(6, "tanh"),
        Dropout(6, 0.2),
        Dense(6, 3, glorot_normal),
    )


def test_without_batch_norm_there_are_biases_and_without_dropout_no_dropout() -> None:
    assert mlp(4, (8,), 3).layers == (
        Dense(4, 8, he_normal),
        Activate(8, "relu"),
        Dense(8, 3, glorot_normal),
    )


def test_a_named_initializer_serves_every_layer() -> None:
    start = Normal(0.1)
    dense = [layer for layer in mlp(4, (8, 2), 3, initializer=start).layers if layer.slots]
    assert [layer.initializer for layer in dense] == [start] * 3


def test_selu_starts_with_lecun() -> None:
    assert mlp(4, (8,), 3, activation="selu").layers[0] == Dense(4, 8, lecun_normal)


def test_without_hidden_layers_it_is_a_linear_model() -> None:
    network = mlp(4, (), 3, activation="tanh", batch_norm=True, dropout=0.5)
    assert network.layers == (Dense(4, 3, glorot_normal),)
    theta = np.arange(15.0)
    y, _ = network.forward(theta, np.empty(0), np.eye(4))
    np.testing.assert_array_equal(y, theta[:12].reshape(3, 4) + theta[12:, None])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"activation": "rellu"},
            r"^activation must be one of .*, got 'rellu'; did you mean 'relu'",
        ),
        ({"dropout": 1.0}, r"^Dropout.rate must be in \[0, 1\), got 1.0$"),
        ({"dropout": -0.5}, r"^Dropout.rate must be in \[0, 1\), got -0.5$"),
    ],
)
def test_a_setting_outside_its_domain_is_refused(settings: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        mlp(2, (3,), 1, **settings)


def test_a_size_outside_its_domain_is_refused() -> None:
    for sizes in ((0, (3,), 1), (2, (0,), 1), (2, (3,), 0), (2, (3.5,), 1)):
        with pytest.raises(ConfigurationError, match="must be an integer of at least 1, got"):
            mlp(*sizes)


NETWORKS = {
    "linear": mlp(2, (), 1),
    "course": mlp(2, (10, 5), 1),
    "everything": mlp(3, (4,), 2, activation="selu", batch_norm=True, dropout=0.1),
    **{f"from-{name}": mlp(2, (3,), 1, initializer=INITIALIZERS[name]) for name in INITIALIZERS},
}
SETTINGS: dict[str, object] = {**LAYERS, **INITIALIZERS, **NETWORKS}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_survives_its_json_form_and_its_printed_form(name: str) -> None:
    setting = SETTINGS[name]
    text = json.dumps(as_json(setting), allow_nan=False)
    again = from_json(json.loads(text), NETWORK_KINDS)
    assert again == setting
    assert hash(again) == hash(setting)
    assert eval(repr(setting), dict(NETWORK_KINDS)) == setting  # noqa: S307 - our own text


def test_a_network_from_json_computes_the_same() -> None:
    network = NETWORKS["everything"]
    again = from_json(as_json(network), NETWORK_KINDS)
    assert isinstance(again, Network)
    np.testing.assert_array_equal(again.initial(3), network.initial(3))


DENSE = as_json(Dense(2, 3))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            {**DENSE, "kind": "Dens"},
            r"^kind must be one of .*, got 'Dens'; did you mean 'Dense'\?$",
        ),
        (
            {**DENSE, "output": 3},
            r"^a setting of Dense must be one of .*; did you mean 'outputs'\?$",
        ),
        ({**DENSE, "inputs": "2"}, r"^Dense.inputs must be an integer of at least 1, got '2'$"),
        ({**DENSE, "inputs": None}, r"^Dense.inputs must be an integer of at least 1, got None$"),
        ({"kind": "Dense", "inputs": 2}, r"^Dense: .*missing.*'outputs'"),
        ({**DENSE, "bias": "no"}, r"^Dense.bias must be "),
        ({**DENSE, "initializer": 4}, r"^Dense.initializer must be "),
        ({**DENSE, "initializer": as_json(Activate(3))}, r"^Dense.initializer must be "),
        ({"kind": "Network", "layers": 3}, r"^Network"),
        ({"kind": "Network", "layers": [1, 2]}, r"^Network"),
        ({"kind": "Network", "layers": [as_json(he_normal)]}, r"^Network"),
        ({"kind": "Network", "layers": [[DENSE]]}, r"^Network"),
        ({"kind": "Network", "layers": DENSE}, r"^Network"),
        ({"kind": ["Network"]}, r"^kind must be one of"),
        ({}, r"^kind must be one of .*, got None"),
    ],
)
def test_an_edited_document_is_refused_in_one_sentence(document: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        from_json(document, NETWORK_KINDS)
