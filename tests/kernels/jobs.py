"""Jobs in which one thing is unlike all others: a new thing is compared by one row here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from tables import ACTIVATIONS, LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES

from trainwell.data.augmentation import FeatureNoise, Mixup
from trainwell.data.chunks import ArrayChunks
from trainwell.data.dataset import Data
from trainwell.data.stream import Stream
from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SoftmaxCrossEntropy
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.layer import Layer
from trainwell.network.network import Network
from trainwell.network.penalties import Penalty
from trainwell.training.adaptive import Adam
from trainwell.training.descent import Momentum
from trainwell.training.job import Job
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant

EXAMPLES, INPUTS, OUTPUTS = 25, 3, 3
BATCH = 8
"""Leaves a remainder of one example."""

TANH = mlp(INPUTS, (5, 4), OUTPUTS, activation="tanh")
NORMAL = mlp(INPUTS, (5, 4), OUTPUTS, batch_norm=True)


def drawn(
    loss: str = "softmax",
    examples: int = EXAMPLES,
    inputs: int = INPUTS,
    outputs: int = OUTPUTS,
    *,
    weighted: bool = False,
    dtype: Any = np.float64,
    seed: int = 0,
) -> Data:
    """Return examples with targets of the domain of a loss."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((inputs, examples)).astype(dtype)
    y = LOSSES[loss].targets(rng, outputs, examples)
    return Data(x, y, rng.uniform(0.2, 2, examples) if weighted else None)


def job(network: Network = TANH, loss: str = "softmax", **settings: Any) -> Job:
    """Return a job of small batches; settings are the plan's, or ``training``, ``validation``."""
    data = {
        "training": drawn(loss, inputs=network.inputs, outputs=network.outputs),
        "validation": None,
    }
    given = {name: settings.pop(name, default) for name, default in data.items()}
    usual = {"learning_rate": Constant(0.01), "batch_size": BATCH, "seed": 3}
    plan = Plan(**{"loss": LOSSES[loss].loss} | usual | settings)
    return Job(network, plan, given["training"], given["validation"])


def layers(*stack: Layer, **settings: Any) -> Job:
    """Return a job for a network of these layers, with squared error."""
    return job(Network(stack), "squared", **settings)


def in_single(given: Job) -> Job:
    """Return the job in single precision."""

    def single(data: Any) -> Any:
        if isinstance(data, Stream):
            return replace(data, single=True)
        return data and Data(data.x.astype(np.float32), data.y, data.weight)

    return replace(given, training=single(given.training), validation=single(given.validation))


def _streamed(**settings: Any) -> Stream:
    data = drawn()
    weight = np.linspace(0.5, 2, EXAMPLES)
    return Stream(
        ArrayChunks(data.x.T, data.y.T, weight, rows=6), mixed=2, single=False, **settings
    )


FIRST, LAST = Dense(INPUTS, 5), Dense(5, 2)
# Batch norm takes any shift away: the gradient of a bias before it is rounding, which
# optimizers that divide by a gradient's size would make as large as any other.
UNSHIFTED = replace(FIRST, bias=False)

LAYERS: Mapping[str, Job] = {
    "linear": job(mlp(INPUTS, (), OUTPUTS)),
    "batch-norm": job(NORMAL),
    "dropout": job(mlp(INPUTS, (5, 4), OUTPUTS, dropout=0.3)),
    "batch-norm-and-dropout": job(mlp(INPUTS, (5, 4), OUTPUTS, batch_norm=True, dropout=0.3)),
    "batch-norm-of-other-settings": layers(
        UNSHIFTED, BatchNorm(5, momentum=0.5, epsilon=0.3), LAST
    ),
    "batch-norm-first": layers(BatchNorm(INPUTS), FIRST, Activate(5, "tanh"), LAST),
    "batch-norm-last": layers(FIRST, Activate(5, "tanh"), replace(LAST, bias=False), BatchNorm(2)),
    "batch-norm-alone": layers(BatchNorm(INPUTS)),
    "batch-norm-twice": layers(
        BatchNorm(INPUTS), FIRST, BatchNorm(5), BatchNorm(5), LAST, optimizer=Momentum()
    ),
    "batch-norm-after-activation": layers(FIRST, Activate(5, "relu"), BatchNorm(5), LAST),
    "dropout-on-the-input": layers(Dropout(INPUTS, 0.3), FIRST, Activate(5, "relu"), LAST),
    "dropout-twice": layers(FIRST, Dropout(5, 0.2), Activate(5, "elu"), Dropout(5, 0.4), LAST),
    "dropout-in-a-row": layers(FIRST, Dropout(5, 0.2), Dropout(5, 0.4), LAST),
    "dropout-last": layers(FIRST, Activate(5, "tanh"), LAST, Dropout(2, 0.3)),
    "dropout-of-nothing": layers(FIRST, Dropout(5, 0.0), LAST),
    "activation-first": layers(Activate(INPUTS, "tanh"), FIRST, LAST),
    "activation-of-its-input-first": layers(Activate(INPUTS, "gelu"), FIRST, LAST),
    "activation-last": layers(FIRST, Activate(5, "silu"), LAST, Activate(2, "softplus")),
    "activation-after-activation": layers(
        FIRST, Activate(5, "tanh"), Activate(5, "gelu"), Activate(5, "relu"), LAST
    ),
    "activation-after-batch-norm-and-dropout": layers(
        UNSHIFTED, BatchNorm(5), Activate(5, "gelu"), Dropout(5, 0.2), Activate(5, "elu"), LAST
    ),
    "dense-after-dense": layers(FIRST, Dense(5, 7), LAST_OF_SEVEN := Dense(7, 2)),
    "dense-without-bias": layers(
        Dense(INPUTS, 7, bias=False), Activate(7, "tanh"), replace(LAST_OF_SEVEN, bias=False)
    ),
    "widening": layers(Dense(INPUTS, 1), Activate(1, "tanh"), Dense(1, 9), Dense(9, 2)),
    # Every epoch is as good as the first, but for the order in which its losses are summed.
    "nothing-to-train": layers(Activate(INPUTS, "tanh"), shuffle=False),
    "nothing-to-train-below": layers(
        Dropout(INPUTS, 0.2), Activate(INPUTS, "silu"), Dropout(INPUTS, 0.2), Dense(INPUTS, 2)
    ),
}
"""Networks of every layer, in usual and unusual orders."""

WEIGHTED = drawn(weighted=True)
CHECKED = drawn(examples=11, seed=1)

PLANS: Mapping[str, Job] = {
    "weights": job(training=WEIGHTED),
    "weights-and-penalty": job(training=WEIGHTED, penalty=Penalty(0.2, 0.5)),
    "weights-of-full-batches": job(training=WEIGHTED, batch_size=None),
    "weight-decay": job(weight_decay=0.3),
    "clip-value": job(clip_value=0.02),
    "clip-norm": job(clip_norm=0.05),
    "clip-both": job(clip_value=0.03, clip_norm=0.05),
    "all-rules": job(penalty=Penalty(0.2, 0.5), clip_value=0.1, clip_norm=0.2, weight_decay=0.3),
    "rules-with-batch-norm": job(
        NORMAL, penalty=Penalty(0.2, 0.5), weight_decay=0.3, optimizer=Momentum()
    ),
    "feature-noise": job(augmentation=FeatureNoise(0.3)),
    "mixup": job(augmentation=Mixup(0.4)),
    "mixup-of-weighted": job(augmentation=Mixup(0.4), training=WEIGHTED),
    "noise-on-full-batches": job(augmentation=FeatureNoise(0.3), batch_size=None),
    "base-rate": job(output_bias="base rate"),
    "base-rate-of-weighted": job(output_bias="base rate", training=WEIGHTED),
    "full-batches": job(batch_size=None),
    "full-batches-normalised": job(NORMAL, batch_size=None),
    "full-batches-checked": job(NORMAL, batch_size=None, validation=CHECKED),
    "single-examples": job(batch_size=1),
    "single-examples-normalised": job(NORMAL, batch_size=1),
    "no-remainder": job(batch_size=5),
    "a-remainder": job(batch_size=7),
    "a-remainder-of-one": job(batch_size=8),
    "a-remainder-of-one-merged": job(NORMAL, batch_size=8),
    "a-batch-larger-than-the-data": job(batch_size=1000),
    "not-shuffled": job(shuffle=False),
    "checked": job(validation=CHECKED),
    "checked-with-weights": job(validation=drawn(examples=11, weighted=True, seed=1)),
    "checked-normalised": job(NORMAL, validation=CHECKED),
    "checked-with-dropout": job(mlp(INPUTS, (5,), OUTPUTS, dropout=0.5), validation=CHECKED),
    "checked-in-parts": job(validation=drawn(examples=513 + 40, weighted=True, seed=1)),
    "a-tolerance": job(tolerance=0.2),
    "a-tolerance-of-full-batches": job(tolerance=0.2, batch_size=None),
    "streamed": job(training=_streamed()),
    "streamed-and-checked": job(NORMAL, training=_streamed(), validation=CHECKED),
    "streamed-with-noise": job(training=_streamed(), augmentation=FeatureNoise(0.1)),
    "a-rate-that-is-an-integer": job(learning_rate=Constant(1), optimizer=Momentum()),
    "another-seed": job(mlp(INPUTS, (5,), OUTPUTS, dropout=0.5), seed=2**40 + 5),
}
"""Everything that a plan and data can ask for."""

FEATURES: Mapping[str, Job] = {
    **{
        name: job(mlp(INPUTS, (5, 4), OUTPUTS, activation=name), validation=CHECKED)
        for name in ACTIVATIONS
    },
    **{f"loss-{name}": job(TANH, name, validation=drawn(name, 9, seed=2)) for name in LOSSES},
    **{
        f"loss-{name}-weighted": job(TANH, name, training=drawn(name, weighted=True))
        for name in LOSSES
    },
    **{f"penalty-{name}": job(penalty=penalty) for name, penalty in PENALTIES.items()},
    **{name: job(optimizer=optimizer) for name, optimizer in OPTIMIZERS.items()},
    **{
        f"rate-{name}": job(learning_rate=schedule, optimizer=Momentum(), validation=CHECKED)
        for name, schedule in SCHEDULES.items()
    },
    **LAYERS,
    **PLANS,
}
"""Every job in which one thing is unlike all others."""

EVERYTHING = replace(
    job(
        mlp(INPUTS, (6, 5), OUTPUTS, activation="gelu", batch_norm=True, dropout=0.3),
        "softmax-smoothed",
        training=WEIGHTED,
        validation=CHECKED,
        optimizer=Adam(),
        penalty=Penalty(0.01, 0.1),
        weight_decay=0.01,
        clip_value=5.0,
        clip_norm=3.0,
        output_bias="base rate",
        max_epochs=7,
    )
)
"""A job in which everything happens at once."""

assert isinstance(EVERYTHING.plan.loss, SoftmaxCrossEntropy)
