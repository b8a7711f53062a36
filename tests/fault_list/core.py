"""More faults in the core: edges of formulas, and what stands between the parts."""

from fault_list.record import Fault

SETTINGS = ("tests/test_settings.py",)
RANDOMNESS = ("tests/test_randomness.py",)
ACTIVATIONS = ("tests/network/test_activations.py",)
LAYERS = ("tests/network/test_layers.py",)
INITIALIZERS = ("tests/network/test_initializers.py",)
NETWORK = ("tests/network/test_network.py",)
BUILD = ("tests/network/test_build.py",)
LOSSES = ("tests/network/test_losses.py",)
OPTIMIZERS = ("tests/training/test_optimizers.py",)
CLIPPING = ("tests/training/test_clipping.py",)
SCHEDULES = ("tests/training/test_schedules.py",)
PLAN = ("tests/training/test_plan.py",)
SERIES = ("tests/training/test_series.py",)
STORAGE = ("tests/training/test_storage.py",)
TENSORS = ("tests/training/test_tensor_file.py",)
STEPS = ("tests/engine/test_steps.py",)
STOPPING = ("tests/engine/test_stopping.py",)
DIVERGENCE = ("tests/engine/test_divergence.py",)
RESUME = ("tests/engine/test_resume.py",)

FAULTS = (
    Fault(
        "a number too large for a float escapes as another error",
        "settings.py",
        "except OverflowError:",
        "except RecursionError:",
        SETTINGS,
    ),
    Fault(
        "a word is as good as a flag",
        "settings.py",
        "if not isinstance(value, bool):",
        "if not isinstance(value, bool | str):",
        SETTINGS,
    ),
    Fault(
        "a seed from NumPy is another seed",
        "randomness.py",
        "tuple(int(part) if isinstance(part, Integral) else part for part in parts)",
        "parts",
        RANDOMNESS,
    ),
    Fault(
        "all units drop the same examples",
        "randomness.py",
        "uniform_bits(key, units)[:, np.newaxis]",
        "uniform_bits(key, 0 * units)[:, np.newaxis]",
        RANDOMNESS,
    ),
    Fault(
        "the leak is a tenth",
        "network/activations.py",
        "LEAK = 0.01",
        "LEAK = 0.1",
        ACTIVATIONS,
    ),
    Fault(
        "the constants of SELU are exchanged",
        "network/activations.py",
        "return (SELU_SCALE * np.where(z > 0, z, negative))",
        "return (SELU_ALPHA * np.where(z > 0, z, negative))",
        ACTIVATIONS,
    ),
    Fault(
        "batch norm's epsilon stands outside the root",
        "network/batch_norm.py",
        "1 / np.sqrt(variance + self.epsilon)",
        "1 / (np.sqrt(variance) + self.epsilon)",
        LAYERS,
    ),
    Fault(
        "orthogonal weights prefer one half of the rotations",
        "network/initializers.py",
        "q = q * np.sign(np.diag(r))",
        "q = q * 1.0",
        INITIALIZERS,
    ),
    Fault(
        "Glorot's fan is the sum",
        "network/initializers.py",
        "(inputs + outputs) / 2}",
        "(inputs + outputs)}",
        INITIALIZERS,
    ),
    Fault(
        "an output bias is written into the caller's vector",
        "network/network.py",
        "result = theta.copy()",
        "result = theta",
        NETWORK,
    ),
    Fault(
        "a split copies",
        "network/network.py",
        "vector[a:b].reshape(shape)",
        "vector[a:b].reshape(shape).copy()",
        NETWORK,
    ),
    Fault(
        "a named initializer does not reach the output",
        "network/build.py",
        "Dense(units, outputs, starts[-1] or glorot_normal)",
        "Dense(units, outputs, glorot_normal)",
        BUILD,
    ),
    Fault(
        "a base rate of zero needs an infinite logit",
        "network/cross_entropy.py",
        "rate = np.clip(weighted_mean(y, weight), CLIP, 1 - CLIP)",
        "rate = weighted_mean(y, weight)",
        LOSSES,
    ),
    Fault(
        "binary smoothing pulls towards zero",
        "network/cross_entropy.py",
        "y * (1 - self.label_smoothing) + self.label_smoothing / 2",
        "y * (1 - self.label_smoothing)",
        LOSSES,
    ),
    Fault(
        "the pinball loss is that of the other quantile",
        "network/regression_losses.py",
        "np.maximum(self.quantile * missing, (self.quantile - 1) * missing)",
        "np.maximum((1 - self.quantile) * missing, -self.quantile * missing)",
        LOSSES,
    ),
    Fault(
        "the base rate of counts is a mean, not its logarithm",
        "network/regression_losses.py",
        "np.log(np.maximum(weighted_mean(y, weight), 1e-6))",
        "np.maximum(weighted_mean(y, weight), 1e-6)",
        LOSSES,
    ),
    Fault(
        "the weighted quantile forgets the weights",
        "network/averaging.py",
        "lower_quantiles(targets, weight, quantile)",
        "lower_quantiles(targets, None, quantile)",
        LOSSES,
    ),
    Fault(
        "Adam's epsilon stands inside the root",
        "training/adaptive.py",
        "(np.sqrt(square_hat) + self.epsilon)",
        "np.sqrt(square_hat + self.epsilon)",
        OPTIMIZERS,
    ),
    Fault(
        "the velocity is forgotten",
        "training/descent.py",
        "Memory(memory.step + 1, (velocity,))",
        "Memory(memory.step + 1, (0 * velocity,))",
        OPTIMIZERS,
    ),
    Fault(
        "a short gradient is stretched to the limit",
        "training/clipping.py",
        "if norm > limit else gradient",
        "if norm > 0 else gradient",
        CLIPPING,
    ),
    Fault(
        "the fall begins before the climb has ended",
        "training/schedules.py",
        "(time - self.warmup) / (self.epochs - self.warmup)",
        "time / self.epochs",
        SCHEDULES,
    ),
    Fault(
        "one-cycle falls first and rises then",
        "training/schedules.py",
        "self.start, 1 - progress / self.rising",
        "self.start, progress / self.rising",
        SCHEDULES,
    ),
    Fault(
        "anything is a loss",
        "training/plan.py",
        '        check_kind(self, "loss", Loss, "a loss")\n',
        "",
        PLAN,
    ),
    Fault(
        "the norm is clipped before the values",
        "engine/reference.py",
        "gradient = clip_by_value(gradient, plan.clip_value)",
        "gradient = clip_by_value(clip_by_norm(gradient, plan.clip_norm or 1e9), plan.clip_value)",
        STEPS,
    ),
    Fault(
        "examples of a batch carry the weights of the first ones",
        "training/drawing.py",
        "relative[columns]",
        "relative[: len(columns)]",
        STEPS,
    ),
    Fault(
        "every batch is augmented in the same way",
        "training/drawing.py",
        'generator(job.plan.seed, "augmentation", number)',
        'generator(job.plan.seed, "augmentation")',
        STEPS,
    ),
    Fault(
        "the penalty is spread over the examples, not their weight",
        "engine/reference.py",
        "Objective(plan.loss, plan.penalty, training.total_weight)",
        "Objective(plan.loss, plan.penalty, training.examples)",
        STEPS,
    ),
    Fault(
        "broken rows are counted within their batch",
        "engine/reference.py",
        "int(column) for column in columns[broken]",
        "int(column) for column in broken.nonzero()[0]",
        ("tests/engine/test_divergence.py::test_rows_are_those_of_the_data_not_of_the_batch",),
    ),
    Fault(
        "the first layer is blamed for whatever breaks on the way back",
        "engine/reference.py",
        "for number in range(last, 0, -1):",
        "for number in range(1, last + 1):",
        (
            "tests/engine/test_divergence.py::test_a_broken_gradient_is_named_where_it_breaks_first_on_the_way_back",
        ),
    ),
    Fault(
        "moments may be infinite",
        "engine/reference.py",
        "(point.theta, point.buffers, *point.memory.moments)",
        "(point.theta, point.buffers)",
        ("tests/engine/test_divergence.py::test_a_moment_beyond_all_numbers_is_divergence",),
    ),
    Fault(
        "statistics may be infinite",
        "engine/reference.py",
        "(point.theta, point.buffers, *point.memory.moments)",
        "(point.theta, *point.memory.moments)",
        (
            "tests/engine/test_divergence.py::test_a_running_statistic_beyond_all_numbers_is_divergence",
        ),
    ),
    Fault(
        "nothing is flushed",
        "training/loop.py",
        "    point = _flushed(point)\n",
        "",
        STOPPING,
    ),
    Fault(
        "moments are not flushed",
        "training/loop.py",
        "tuple(flush(moment) for moment in point.memory.moments)",
        "point.memory.moments",
        STOPPING,
    ),
    Fault(
        "validation targets are not checked",
        "training/job.py",
        'if name == "training" or data is not None:',
        'if name == "training":',
        STOPPING,
    ),
    Fault(
        "a run always starts anew",
        "training/loop.py",
        "    if start is None:\n        return starting_state",
        "    if True:\n        return starting_state",
        (
            "tests/engine/test_resume.py::test_training_on_does_not_change_the_record_it_started_from",
        ),
    ),
    Fault(
        "schedules watch the training loss although there is another",
        "training/state.py",
        "return self.validation_loss or self.training_loss",
        "return self.training_loss",
        STORAGE,
    ),
    Fault(
        "the base rate forgets the sample weights of the run",
        "training/state.py",
        "plan.loss.base(seen.y, seen.weight)",
        "plan.loss.base(seen.y)",
        STOPPING,
    ),
    Fault(
        "a run has an epoch too few",
        "training/outcome.py",
        "if state.epoch >= plan.max_epochs:",
        "if state.epoch >= plan.max_epochs - 1:",
        STOPPING,
    ),
    Fault(
        "a finished run goes on when it is resumed",
        "engine/run.py",
        "    if ended is not None:\n",
        "    if False:\n",
        ("tests/engine/test_resume.py::test_a_finished_run_stays_finished",),
    ),
    Fault(
        "a fork of a series writes into the other one",
        "training/series.py",
        "return Series([*self._shared[: self._length], *new])",
        "pass",
        SERIES,
    ),
    Fault(
        "the last number of a series is that of the longest",
        "training/series.py",
        "self._shared[range(self._length)[index]]",
        "self._shared[index]",
        SERIES,
    ),
    Fault(
        "the best of full batches is one step too late",
        "training/loop.py",
        "judged = state.point if judges_start(job) else point",
        "judged = point",
        STOPPING,
    ),
    Fault(
        "a state of another network is believed",
        "training/storage.py",
        "array.shape != (length,) or ",
        "",
        STORAGE,
    ),
    Fault(
        "a best epoch that never was is believed",
        "training/storage.py",
        "if best_epoch > epochs:",
        "if False:",
        STORAGE,
    ),
    Fault(
        "a file has its name before it is on the disk",
        "training/tensor_file.py",
        "            os.fsync(file.fileno())\n",
        "",
        TENSORS,
    ),
    Fault(
        "nobody else may read what was written",
        "training/tensor_file.py",
        "        Path(temporary).chmod(0o666 & ~_umask())\n",
        "",
        TENSORS,
    ),
)
