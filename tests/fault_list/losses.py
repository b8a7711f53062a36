"""Faults in losses and penalties."""

from fault_list.record import Fault

LOSSES = ("tests/network/test_losses.py",)
PENALTIES = ("tests/network/test_penalties.py",)

FAULTS = (
    Fault(
        "the gradient is not divided by the batch",
        "network/averaging.py",
        "/ examples, gradients / examples",
        "/ examples, gradients",
        LOSSES,
    ),
    Fault(
        "the gradient forgets the sample weights",
        "network/averaging.py",
        "gradients * (weight / examples)",
        "gradients / examples",
        LOSSES,
    ),
    Fault(
        "the base rate forgets the sample weights",
        "network/averaging.py",
        "np.average(y, axis=1, weights=weight, keepdims=True)",
        "np.average(y, axis=1, keepdims=True)",
        LOSSES,
    ),
    Fault(
        "the gradient forgets label smoothing",
        "network/cross_entropy.py",
        "batch_mean(losses, sigmoid(logits) - target, weight)",
        "batch_mean(losses, sigmoid(logits) - y, weight)",
        LOSSES,
    ),
    Fault(
        "smoothing spreads over two classes, however many there are",
        "network/cross_entropy.py",
        "self.label_smoothing / len(y)",
        "self.label_smoothing / 2",
        LOSSES,
    ),
    Fault(
        "the softmax normalises over the batch",
        "network/cross_entropy.py",
        "total = powers.sum(axis=0)",
        "total = powers.sum(axis=1, keepdims=True)",
        LOSSES,
    ),
    Fault(
        "the softmax overflows",
        "network/cross_entropy.py",
        "shifted = logits - logits.max(axis=0)",
        "shifted = logits",
        LOSSES,
    ),
    Fault(
        "the squared error is not halved",
        "network/regression_losses.py",
        "batch_mean(residual**2 / 2, residual, weight)",
        "batch_mean(residual**2, residual, weight)",
        LOSSES,
    ),
    Fault(
        "the corner of Huber's loss stays at one",
        "network/regression_losses.py",
        "np.clip(residual, -self.delta, self.delta)",
        "np.clip(residual, -1, 1)",
        LOSSES,
    ),
    Fault(
        "the sides of the pinball loss are exchanged in its slope",
        "network/regression_losses.py",
        "np.where(missing > 0, -self.quantile, 1 - self.quantile)",
        "np.where(missing > 0, self.quantile - 1, self.quantile)",
        LOSSES,
    ),
    Fault(
        "the Poisson loss takes the logit for the mean",
        "network/regression_losses.py",
        "batch_mean(mean - y * logits, mean - y, weight)",
        "batch_mean(mean - y * logits, logits - y, weight)",
        LOSSES,
    ),
    Fault(
        "the L2 penalty is not halved",
        "network/penalties.py",
        "self.l2 / 2 * float(weights @ weights)",
        "self.l2 * float(weights @ weights)",
        PENALTIES,
    ),
    Fault(
        "the penalty's gradient is not divided by the examples",
        "network/penalties.py",
        "return value / examples, gradient / examples",
        "return value / examples, gradient",
        PENALTIES,
    ),
    Fault(
        "the penalty does not ask what is a weight",
        "network/penalties.py",
        "weights = theta * penalized",
        "weights = theta",
        PENALTIES,
    ),
    Fault(
        "L1 pulls negative weights further away",
        "network/penalties.py",
        "self.l1 * np.sign(weights)",
        "self.l1 * (weights != 0)",
        PENALTIES,
    ),
)
