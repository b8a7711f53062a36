"""A network and a plan, in words."""

import re
from dataclasses import MISSING, fields
from typing import Any

from trainwell.network.activate import Activate
from trainwell.network.batch_norm import BatchNorm
from trainwell.network.dense import Dense
from trainwell.network.dropout import Dropout
from trainwell.network.network import Network
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant


def network_in_words(network: Network) -> str:
    """Return what a network consists of, in a sentence.

    Parameters
    ----------
    network : Network
        Any network of dense layers.

    Returns
    -------
    str
        Sizes, activations, and whatever else the layers do.

    Examples
    --------
    >>> from trainwell.network.build import mlp
    >>> from trainwell.report.plan_in_words import network_in_words
    >>> network_in_words(mlp(7, (32, 16), 3))
    '7 inputs, hidden layers of 32 and 16 units (relu), 3 outputs; 835 numbers to learn.'
    """
    layers = network.layers
    widths = [layer.outputs for layer in layers if isinstance(layer, Dense)][:-1]
    traits = dict.fromkeys(layer.function for layer in layers if isinstance(layer, Activate))
    if any(isinstance(layer, BatchNorm) for layer in layers):
        traits["batch norm"] = None
    traits |= {f"dropout {a.rate:g}": None for a in layers if isinstance(a, Dropout)}
    parts = [_counted(network.inputs, "input")]
    if widths:
        plural = "a hidden layer" if len(widths) == 1 else "hidden layers"
        parts.append(f"{plural} of {_listed([str(width) for width in widths])} units")
    else:
        parts.append("no hidden layer")
    if traits:
        parts[-1] += f" ({', '.join(traits)})"
    parts.append(_counted(network.outputs, "output"))
    return f"{', '.join(parts)}; {network.size:,} numbers to learn."


def plan_in_words(plan: Plan) -> str:
    """Return how a network is trained, in a few words for each setting that does something.

    Parameters
    ----------
    plan : Plan
        Any plan.

    Returns
    -------
    str
        Plain text.

    Examples
    --------
    >>> from trainwell.network.regression_losses import Huber
    >>> from trainwell.report.plan_in_words import plan_in_words
    >>> from trainwell.training.plan import Plan
    >>> plan_in_words(Plan(Huber(), batch_size=32, max_epochs=90))
    'Huber loss, Adam, learning rate 0.001, batches of 32 rows, at most 90 epochs.'
    """
    schedule: Any = plan.learning_rate
    constant = isinstance(schedule, Constant)
    batches = (
        "all rows at once" if plan.batch_size is None else f"batches of {plan.batch_size} rows"
    )
    parts = [
        f"{_named(plan.loss)} loss",
        _named(plan.optimizer),
        f"learning rate {schedule.rate:g}" if constant else f"learning rate {_named(schedule)}",
        batches,
    ]
    shares = {"L1": plan.penalty.l1, "L2": plan.penalty.l2, "weight decay": plan.weight_decay}
    parts += [f"{name} {share:g}" for name, share in shares.items() if share]
    if plan.clip_value is not None:
        parts.append(f"gradients clipped at {plan.clip_value:g} each")
    if plan.clip_norm is not None:
        parts.append(f"gradients clipped at norm {plan.clip_norm:g}")
    if plan.augmentation is not None:
        parts.append(_named(plan.augmentation))
    parts.append(f"at most {_counted(plan.max_epochs, 'epoch')}")
    if plan.patience is None:
        return ", ".join(parts) + "."
    waits = f"stops after {_counted(plan.patience, 'epoch')} without a lower loss"
    return f"{', '.join(parts)}; {waits}."


def _named(setting: Any) -> str:
    """Return the kind of a setting in words, with the fields that are not at their default."""
    first, *others = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(setting).__name__).split()
    words = " ".join([first, *map(str.lower, others)])
    changed = [
        f"{field.name.replace('_', ' ')} {_value(getattr(setting, field.name))}"
        for field in fields(setting)
        if field.default is MISSING or getattr(setting, field.name) != field.default
    ]
    return f"{words} ({', '.join(changed)})" if changed else words


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
