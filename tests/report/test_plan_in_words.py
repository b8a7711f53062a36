import pytest

from trainwell.data.augmentation import FeatureNoise
from trainwell.network.build import mlp
from trainwell.network.losses import LOSSES, Huber, SoftmaxCrossEntropy
from trainwell.network.penalties import Penalty
from trainwell.report.plan_in_words import network_in_words, plan_in_words
from trainwell.training.adaptive import Adam
from trainwell.training.descent import Momentum
from trainwell.training.plan import OPTIMIZERS, Plan
from trainwell.training.schedules import OneCycle


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (mlp(2, (), 1), "2 inputs, no hidden layer, 1 output; 3 numbers to learn."),
        (
            mlp(1, (8,), 3, activation="tanh"),
            "1 input, a hidden layer of 8 units (tanh), 3 outputs; 43 numbers to learn.",
        ),
        (
            mlp(50, (64, 32, 16), 1, batch_norm=True, dropout=0.1),
            (
                "50 inputs, hidden layers of 64, 32 and 16 units (relu, batch norm, dropout 0.1), "
                "1 output; 6,001 numbers to learn."
            ),
        ),
    ],
    ids=["linear", "shallow", "deep"],
)
def test_a_network_is_told_in_a_sentence(network, words):
    assert network_in_words(network) == words


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (
            Plan(Huber(), max_epochs=1),
            "Huber loss, Adam, learning rate 0.001, all rows at once, at most 1 epoch.",
        ),
        (
            Plan(SoftmaxCrossEntropy(0.1), batch_size=32, patience=40, weight_decay=0.01),
            (
                "Softmax cross entropy (label smoothing 0.1) loss, Adam, learning rate 0.001, "
                "batches of 32 rows, weight decay 0.01, at most 200 epochs; stops after 40 epochs "
                "without a lower loss."
            ),
        ),
        (
            Plan(
                Huber(2.0),
                optimizer=Momentum(form="classical", nesterov=True),
                learning_rate=OneCycle(0.1, 200),
                penalty=Penalty(0.5, 0.25),
                clip_value=3.0,
                clip_norm=1.0,
                augmentation=FeatureNoise(0.2),
            ),
            (
                "Huber (delta 2) loss, Momentum (form classical, nesterov True), learning rate One "
                "cycle (rate 0.1, epochs 200), all rows at once, L1 0.5, L2 0.25, gradients "
                "clipped at 3 each, gradients clipped at norm 1, Feature noise (scale 0.2), at "
                "most 200 epochs."
            ),
        ),
        (
            Plan(Huber(), optimizer=Adam(beta1=0.5)),
            (
                "Huber loss, Adam (beta1 0.5), learning rate 0.001, all rows at once, at most 200 "
                "epochs."
            ),
        ),
    ],
    ids=["bare", "usual", "everything", "changed"],
)
def test_a_plan_is_told_in_a_sentence(plan, words):
    assert plan_in_words(plan) == words


def test_plans_that_differ_read_differently():
    plans = [Plan(loss()) for loss in LOSSES.values()]
    plans += [Plan(Huber(), optimizer=optimizer) for optimizer in OPTIMIZERS.values()]
    plans = list(dict.fromkeys(plans))
    assert len({plan_in_words(plan) for plan in plans}) == len(plans)
