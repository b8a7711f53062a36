"""Plans: their domains, and their one JSON form."""

import json
from typing import Any

import pytest
from tables import LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES

from trainwell.data.augmentation import FeatureNoise, Mixup
from trainwell.errors import ConfigurationError
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.network.penalties import Penalty
from trainwell.settings import as_json, from_json
from trainwell.training.adaptive import Adam
from trainwell.training.plan import PLAN_KINDS, Plan
from trainwell.training.schedules import Constant, WarmupCosine

LOSS = SigmoidCrossEntropy()
FULL = Plan(
    SigmoidCrossEntropy(0.1),
    Adam(0.5, 0.9, 1e-7),
    WarmupCosine(0.1 + 0.2, 1, 20, 1e-5),
    batch_size=17,
    penalty=Penalty(1e-3, 0.7),
    weight_decay=0.01,
    clip_value=3.0,
    clip_norm=1.5,
    augmentation=FeatureNoise(0.25),
    output_bias="base rate",
    shuffle=False,
    max_epochs=33,
    patience=5,
    tolerance=1e-4,
    seed=2**40,
)
SETTINGS: dict[str, object] = {
    "smallest": Plan(LOSS),
    "full": FULL,
    "mixup": Plan(LOSS, augmentation=Mixup(0.3)),
    **{f"loss-{name}": row.loss for name, row in LOSSES.items()},
    **{f"loss-{name}-in-a-plan": Plan(row.loss) for name, row in LOSSES.items()},
    **PENALTIES,
    **OPTIMIZERS,
    **SCHEDULES,
    **{f"{name}-in-a-plan": Plan(LOSS, rule) for name, rule in OPTIMIZERS.items()},
    **{f"{name}-in-a-plan": Plan(LOSS, learning_rate=rate) for name, rate in SCHEDULES.items()},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_survives_its_json_form_and_its_printed_form(name: str) -> None:
    setting = SETTINGS[name]
    text = json.dumps(as_json(setting), allow_nan=False)
    again = from_json(json.loads(text), PLAN_KINDS)
    assert again == setting
    assert type(again) is type(setting)
    assert hash(again) == hash(setting)
    assert json.dumps(as_json(again)) == text
    assert eval(repr(setting), dict(PLAN_KINDS)) == setting  # noqa: S307 - our own text


def test_whatever_a_plan_leaves_out_is_the_documented_default() -> None:
    plan = Plan(LOSS)
    assert (plan.optimizer, plan.learning_rate) == (Adam(0.9, 0.999, 1e-8), Constant(0.001))
    assert plan.penalty == Penalty(0.0, 0.0)
    assert (plan.batch_size, plan.clip_value, plan.clip_norm, plan.patience) == (None,) * 4
    assert (plan.shuffle, plan.max_epochs, plan.seed, plan.output_bias) == (True, 200, 0, "zero")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"batch_size": 0}, "Plan.batch_size must be an integer of at least 1, got 0"),
        ({"batch_size": 2.0}, "Plan.batch_size must be an integer of at least 1, got 2.0"),
        ({"max_epochs": 0}, "Plan.max_epochs must be an integer of at least 1, got 0"),
        ({"max_epochs": None}, "Plan.max_epochs must be an integer of at least 1, got None"),
        ({"patience": 0}, "Plan.patience must be an integer of at least 1, got 0"),
        ({"seed": -1}, "Plan.seed must be an integer of at least 0, got -1"),
        ({"seed": True}, "Plan.seed must be an integer of at least 0, got True"),
        ({"weight_decay": -0.1}, "Plan.weight_decay must be at least 0, got -0.1"),
        ({"tolerance": float("nan")}, "Plan.tolerance must be at least 0, got nan"),
        ({"clip_value": 0.0}, "Plan.clip_value must be greater than 0, got 0.0"),
        ({"clip_norm": float("inf")}, "Plan.clip_norm must be greater than 0, got inf"),
        ({"weight_decay": 10**400}, "Plan.weight_decay must be at least 0, got 1000"),
        (
            {"output_bias": "base_rate"},
            "Plan.output_bias must be one of base rate, zero, got 'base_rate'",
        ),
    ],
)
def test_a_setting_outside_its_domain_is_refused(change: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Plan(LOSS, **change)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss", 3),
        ("loss", "sigmoid_cross_entropy"),
        ("loss", None),
        ("loss", {"kind": "Adam"}),
        ("optimizer", "adam"),
        ("optimizer", {"kind": "Penalty"}),
        ("learning_rate", 0.1),
        ("learning_rate", {"kind": "Adam"}),
        ("penalty", None),
        ("penalty", {"kind": "Adam"}),
        ("augmentation", "mixup"),
        ("augmentation", 0.1),
        ("shuffle", "no"),
        ("shuffle", 0),
        ("shuffle", None),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(field: str, value: Any) -> None:
    document = {**as_json(FULL), field: value}
    with pytest.raises(ConfigurationError, match=rf"^Plan.{field} must be .*, got "):
        from_json(document, PLAN_KINDS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"learning_rat": 1}, r"^a setting of Plan .*; did you mean 'learning_rate'\?$"),
        ({"optimizer": {"kind": "Adan"}}, r"^kind must be .*, got 'Adan'; did you mean 'Adam'\?$"),
        ({"optimizer": {}}, r"^kind must be one of .*, got None"),
        ({"optimizer": {"kind": "Adam", "beta1": "0.9"}}, r"^Adam.beta1 must be .*, got '0.9'$"),
        ({"penalty": {"kind": "Penalty", "l2": -1}}, r"^Penalty.l2 must be at least 0, got -1$"),
        ({"learning_rate": {"kind": "Constant"}}, r"^Constant: .*missing.*'rate'"),
        ({"seed": 0.5}, r"^Plan.seed must be an integer of at least 0, got 0.5$"),
        ({"seed": [1]}, r"^Plan.seed must be an integer of at least 0, got \(1,\)$"),
        ({"batch_size": {"kind": "Adam"}}, r"^Plan.batch_size must be an integer"),
    ],
)
def test_an_edited_document_is_refused_in_one_sentence(change: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        from_json({**as_json(FULL), **change}, PLAN_KINDS)
