"""Faults in the objective, the steps of an epoch, stopping and storage."""

from fault_list.record import Fault

STEPS = ("tests/engine/test_steps.py",)
STOPPING = ("tests/engine/test_stopping.py",)
DIVERGENCE = ("tests/engine/test_divergence.py",)
RESUME = ("tests/engine/test_resume.py",)
TENSORS = ("tests/training/test_tensor_file.py",)

FAULTS = (
    Fault(
        "the penalty is reported but does not pull",
        "network/objective.py",
        "            gradient += pull\n",
        "",
        STEPS,
    ),
    Fault(
        "the mean loss forgets the sample weights",
        "network/objective.py",
        "self.loss(logits, y, weight)",
        "self.loss(logits, y)",
        STEPS,
    ),
    Fault(
        "the validation loss forgets the sample weights",
        "network/objective.py",
        "loss(logits, data.y, data.relative_weight)[0]",
        "loss(logits, data.y)[0]",
        STEPS,
    ),
    Fault(
        "every step drops the same units",
        "engine/reference.py",
        "Randomness(plan.seed, point.memory.step)",
        "Randomness(plan.seed, 0)",
        STEPS,
    ),
    Fault(
        "every epoch of a run has the order of the first",
        "training/drawing.py",
        "        plan.seed,\n        epoch,\n",
        "        plan.seed,\n        0,\n",
        STEPS,
    ),
    Fault(
        "decay shrinks biases",
        "engine/reference.py",
        "(theta * network.penalized)",
        "theta",
        STEPS,
    ),
    Fault(
        "decay does not follow the learning rate",
        "engine/reference.py",
        "rate * plan.weight_decay * (theta",
        "plan.weight_decay * (theta",
        STEPS,
    ),
    Fault(
        "a short batch counts as much as a full one",
        "engine/reference.py",
        "total += value * len(batch.examples)",
        "total += value * training.examples / len(rates)",
        STEPS,
    ),
    Fault(
        "the engine forgets to move the running statistics",
        "engine/reference.py",
        "network.moved(point.buffers, caches)",
        "point.buffers",
        STEPS,
    ),
    Fault(
        "a step that broke is kept",
        "engine/reference.py",
        "return point, value, found",
        "return following, value, found",
        DIVERGENCE,
    ),
    Fault(
        "only the loss is watched for divergence",
        "engine/reference.py",
        "if not (np.isfinite(value) and _is_finite(following)):",
        "if not np.isfinite(value):",
        DIVERGENCE,
    ),
    Fault(
        "time stands still within an epoch",
        "training/loop.py",
        "(number + k / steps for number",
        "(number for number",
        STEPS,
    ),
    Fault(
        "a loss within the tolerance is a new best",
        "training/loop.py",
        "monitored < state.best_loss - plan.tolerance",
        "monitored < state.best_loss + plan.tolerance",
        STOPPING,
    ),
    Fault(
        "the best weights are those of the epoch before",
        "training/loop.py",
        "following = State(point, history, judged, epoch + 1, monitored)",
        "following = State(point, history, state.point, epoch + 1, monitored)",
        STOPPING,
    ),
    Fault(
        "negative weights are flushed to zero",
        "training/loop.py",
        "np.where(np.abs(vector) < SUBNORMAL, 0, vector)",
        "np.where(vector < SUBNORMAL, 0, vector)",
        STEPS,
    ),
    Fault(
        "a run has one epoch of patience too many",
        "training/outcome.py",
        "state.epoch - state.best_epoch >= plan.patience",
        "state.epoch - state.best_epoch > plan.patience",
        STOPPING,
    ),
    Fault(
        "a resumed run counts its steps from zero",
        "training/storage.py",
        '_count(document, "step"), moments)',
        "0, moments)",
        RESUME,
    ),
    Fault(
        "the last weights are saved as the best",
        "training/storage.py",
        '_point_arrays("best.", state.best)',
        '_point_arrays("best.", state.point)',
        RESUME,
    ),
    Fault(
        "a header that promises too much is believed",
        "training/tensor_file.py",
        "if len(first) < 8 or length > min(size - 8, LARGEST_HEADER):",
        "if len(first) < 8:",
        TENSORS,
    ),
    Fault(
        "a write that failed leaves its part behind",
        "training/tensor_file.py",
        "Path(temporary).unlink()",
        "Path(temporary)",
        TENSORS,
    ),
    Fault(
        "a file is written in place",
        "training/tensor_file.py",
        "            file.write(content)\n",
        "            target.write_bytes(content)\n            file.write(content)\n",
        TENSORS,
    ),
)
