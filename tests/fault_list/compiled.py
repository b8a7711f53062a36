"""Faults in the compiled engine: rules, optimizers, epochs, and what calls the kernels."""

from fault_list.record import Fault

AS_PYTHON = (("NUMBA_DISABLE_JIT", "1"),)
"""Nothing is compiled: a fault is tried in seconds."""

EQUALITY = "tests/engine/test_equality.py"
ALONE = f"{EQUALITY}::test_every_feature_alone_gives_the_numbers_of_the_reference"
STOPS = f"{EQUALITY}::test_a_run_stops_where_the_reference_stops"
BREAKS = "tests/kernels/test_divergence.py::test_a_run_breaks_where_the_reference_breaks"
BITS = "tests/engine/test_bit_identity.py"
CHOICE = "tests/engine/test_engine_choice.py"
CTRL_C = "tests/kernels/test_cache.py::test_ctrl_c"


def _fault(name: str, file: str, old: str, new: str, test: str) -> Fault:
    return Fault(name, file, old, new, (test,), AS_PYTHON)


FAULTS = (
    _fault(
        "an activation behind another writes over it",
        "engine/lowering.py",
        "isinstance(before, Dense | BatchNorm | Dropout)",
        "before is not None",
        f"{ALONE}[activation-after-activation]",
    ),
    _fault(
        "every step has the mask of the first",
        "kernels/steps.py",
        "hashed(course.dropout_key, step)",
        "hashed(course.dropout_key, 0)",
        f"{ALONE}[dropout]",
    ),
    _fault(
        "the kernel's L2 gradient is doubled",
        "kernels/gradients.py",
        "lasso * sign + ridge * weight",
        "lasso * sign + 2 * ridge * weight",
        f"{ALONE}[penalty-l2]",
    ),
    _fault(
        "the penalty is spread over the number of examples",
        "engine/compiled.py",
        "plan, training.total_weight)",
        "plan, float(training.examples))",
        f"{ALONE}[weights-and-penalty]",
    ),
    _fault(
        "the penalty's value is not part of the loss",
        "kernels/steps.py",
        "value += call_rule(program.penalty, given)",
        "call_rule(program.penalty, given)",
        f"{ALONE}[penalty-l1]",
    ),
    _fault(
        "the penalty pulls behind the limits",
        "kernels/steps.py",
        (
            "    if program.penalty:\n"
            "        given = (program.rules, program.segments, "
            "position.theta, workspace.gradient, 0.0)\n"
            "        value += call_rule(program.penalty, given)\n"
        ),
        (
            "    if program.clipping:\n"
            "        given = (program.rules, program.segments, "
            "position.theta, workspace.gradient, 0.0)\n"
            "        call_rule(program.clipping, given)\n"
            "    if program.penalty:\n"
            "        given = (program.rules, program.segments, "
            "position.theta, workspace.gradient, 0.0)\n"
            "        value += call_rule(program.penalty, given)\n"
        ),
        f"{ALONE}[all-rules]",
    ),
    _fault(
        "biases decay, too",
        "engine/lowering.py",
        "(start, stop, slot.penalized)",
        "(start, stop, True)",
        f"{ALONE}[weight-decay]",
    ),
    _fault(
        "weights decay behind the step",
        "kernels/steps.py",
        (
            "    if program.decay:\n"
            "        call_rule(program.decay, given)\n"
            "    if team is None:\n"
            "        call_update(\n"
            "            program.update,\n"
            "            (program.update_numbers, position.theta, "
            "gradient, position.moments, step, rate),\n"
            "        )\n"
        ),
        (
            "    if team is None:\n"
            "        call_update(\n"
            "            program.update,\n"
            "            (program.update_numbers, position.theta, "
            "gradient, position.moments, step, rate),\n"
            "        )\n"
            "        if program.decay:\n"
            "            call_rule(program.decay, given)\n"
        ),
        f"{ALONE}[weight-decay]",
    ),
    _fault(
        "weights decay by the same share at any rate",
        "kernels/gradients.py",
        "theta.dtype.type(rate * rules[WEIGHT_DECAY])",
        "theta.dtype.type(rules[WEIGHT_DECAY])",
        f"{ALONE}[weight-decay]",
    ),
    _fault(
        "the norm is limited before the coordinates",
        "kernels/gradients.py",
        (
            "    if rules[CLIP_VALUE] > 0:\n"
            "        limit = gradient.dtype.type(rules[CLIP_VALUE])\n"
            "        for i in range(gradient.size):\n"
            "            below = min(gradient[i], limit)\n"
            "            gradient[i] = max(below, -limit)\n"
            "    if rules[CLIP_NORM] > 0:\n"
            "        norm = sqrt(_square(gradient))\n"
            "        if norm > rules[CLIP_NORM]:\n"
            "            share = gradient.dtype.type(rules[CLIP_NORM] / norm)\n"
            "            for i in range(gradient.size):\n"
            "                gradient[i] *= share\n"
        ),
        (
            "    if rules[CLIP_NORM] > 0:\n"
            "        norm = sqrt(_square(gradient))\n"
            "        if norm > rules[CLIP_NORM]:\n"
            "            share = gradient.dtype.type(rules[CLIP_NORM] / norm)\n"
            "            for i in range(gradient.size):\n"
            "                gradient[i] *= share\n"
            "    if rules[CLIP_VALUE] > 0:\n"
            "        limit = gradient.dtype.type(rules[CLIP_VALUE])\n"
            "        for i in range(gradient.size):\n"
            "            below = min(gradient[i], limit)\n"
            "            gradient[i] = max(below, -limit)\n"
        ),
        f"{ALONE}[clip-both]",
    ),
    _fault(
        "the limit of the norm is that of its square",
        "kernels/gradients.py",
        "norm = sqrt(_square(gradient))",
        "norm = _square(gradient)",
        f"{ALONE}[clip-norm]",
    ),
    _fault(
        "numbers near zero are not flushed",
        "kernels/epochs.py",
        "        _flush(position, course.smallest)\n",
        "",
        f"{EQUALITY}::test_numbers_too_small_to_matter_become_zero",
    ),
    _fault(
        "Adam's decays are exchanged in the kernel",
        "kernels/optimizers.py",
        "mean[i] = beta1 * mean[i] + newness1 * gradient[i]",
        "mean[i] = beta2 * mean[i] + newness2 * gradient[i]",
        f"{ALONE}[adam]",
    ),
    _fault(
        "the kernel's Adam counts its steps from zero",
        "kernels/epochs.py",
        (
            "            step += 1\n"
            "            move(program, position, workspace, source, course, team, "
            "epoch, number, step)"
        ),
        (
            "            move(program, position, workspace, source, course, team, "
            "epoch, number, max(step, 1))\n"
            "            step += 1"
        ),
        f"{ALONE}[adam]",
    ),
    _fault(
        "the kernel's Adam corrects the square like the mean",
        "kernels/optimizers.py",
        "1 / (1 - numbers[1] ** step)",
        "1 / (1 - numbers[0] ** step)",
        f"{ALONE}[adam]",
    ),
    _fault(
        "epsilon stands within the root",
        "kernels/optimizers.py",
        "sqrt(square[i]) + epsilon",
        "sqrt(square[i] + epsilon)",
        f"{ALONE}[rmsprop]",
    ),
    _fault(
        "the kernel's Adagrad forgets",
        "kernels/optimizers.py",
        "total[i] += gradient[i] * gradient[i]",
        "total[i] = gradient[i] * gradient[i]",
        f"{ALONE}[adagrad]",
    ),
    _fault(
        "Nesterov looks at the old velocity",
        "kernels/optimizers.py",
        "beta * velocity[i] + newest if nesterov else velocity[i]",
        "velocity[i] + newest if nesterov else velocity[i]",
        f"{ALONE}[nesterov]",
    ),
    _fault(
        "the classical velocity is averaged",
        "engine/lowering.py",
        'newest = 1 - setting.beta if setting.form == "average" else 1.0',
        "newest = 1 - setting.beta",
        f"{ALONE}[classical-momentum]",
    ),
    _fault(
        "the remainder counts as a whole batch",
        "kernels/epochs.py",
        "            total += value * examples\n        if not",
        ("            total += value * (course.cuts[1] - course.cuts[0])\n        if not"),
        f"{ALONE}[a-remainder]",
    ),
    _fault(
        "weights of examples are not gathered",
        "kernels/steps.py",
        "source.weight[order[example]]",
        "source.weight[example]",
        f"{ALONE}[weights]",
    ),
    _fault(
        "validation forgets its weights",
        "kernels/epochs.py",
        (
            "        if source.weight.size:\n"
            "            weight = segment(source.weight, first, examples)\n"
        ),
        "",
        f"{ALONE}[checked-with-weights]",
    ),
    _fault(
        "the best of full batches has the statistics of a step later",
        "kernels/epochs.py",
        "                _copy(watch.before, watch.best.buffers)\n",
        "",
        f"{ALONE}[full-batches-normalised]",
    ),
    _fault(
        "the best of full batches is kept a step late",
        "engine/compiled.py",
        "judges_start=judges_start(self.job) and settled",
        "judges_start=False",
        f"{ALONE}[full-batches]",
    ),
    _fault(
        "a loss as good as the best is a new best",
        "kernels/epochs.py",
        "if not course.judges_start and monitored < best_loss - watch.tolerance:",
        "if not course.judges_start and monitored < best_loss:",
        f"{ALONE}[a-tolerance]",
    ),
    _fault(
        "the best forgets the moments",
        "kernels/epochs.py",
        "    _copy(flat(position.moments), flat(best.moments))\n",
        "",
        f"{ALONE}[adam]",
    ),
    _fault(
        "patience lasts an epoch too long in the kernel",
        "kernels/epochs.py",
        "watch.epoch + epoch + 1 - best_epoch:",
        "watch.epoch + epoch - best_epoch:",
        f"{STOPS}[checked]",
    ),
    _fault(
        "an epoch may end with what is not finite",
        "kernels/epochs.py",
        ("        if not _all_finite(position):\n            return epoch, steps, total"),
        "        if number < 0:\n            return epoch, steps, total",
        f"{BREAKS}[a-running-statistic-1]",
    ),
    _fault(
        "a step that breaks is looked for from the end",
        "kernels/epochs.py",
        "if course.careful and not _all_finite(position):",
        "if False:",
        f"{BREAKS}[a-running-statistic-1]",
    ),
    _fault(
        "the loss of the parts before is not carried on",
        "engine/compiled.py",
        "carried=total, settled=settled)",
        "carried=0.0, settled=settled)",
        "tests/engine/test_streams.py::test_without_shuffling_a_stream_is_the_data_in_memory[10-2-6-compiled]",
    ),
    _fault(
        "the point of a divergence is that of the epoch's start",
        "engine/compiled.py",
        "        if broken.broken:\n",
        "        if False:\n",
        f"{BREAKS}[within-an-epoch-1]",
    ),
    _fault(
        "the rows of a divergence are those of the batch",
        "engine/compiled.py",
        "names = part.names[places]",
        "names = np.arange(places.stop - places.start)",
        f"{BREAKS}[outputs-of-a-row-of-a-batch-1]",
    ),
    _fault(
        "every epoch has the order of the first",
        "engine/compiled.py",
        "epoch_order(examples, seed, number) for number in numbers",
        "epoch_order(examples, seed, first) for number in numbers",
        f"{ALONE}[tanh]",
    ),
    _fault(
        "a plateau is looked for once a call",
        "engine/compiled.py",
        "            return 1\n",
        "            return 3\n",
        f"{EQUALITY}::test_epochs_in_chunks_are_the_epochs_of_the_reference[rate-plateau-7]",
    ),
    _fault(
        "records can be written to",
        "engine/compiled.py",
        "return read_only(Point(position.theta, position.buffers, memory))",
        "return Point(position.theta, position.buffers, memory)",
        f"{ALONE}[tanh]",
    ),
    _fault(
        "runs write into the state that they start from",
        "engine/compiled.py",
        "Position(np.array(point.theta, dtype), np",
        "Position(np.asarray(point.theta, dtype), np",
        f"{BITS}::test_a_session_can_be_forked_and_taken_up_again",
    ),
    _fault(
        "a network that has begun counts its steps anew",
        "engine/compiled.py",
        "        begun = state.point.memory.step\n",
        "        begun = 0\n",
        f"{EQUALITY}::test_a_run_that_has_begun_goes_on_as_the_reference_does",
    ),
    _fault(
        "a part of the caller's own is computed by another's kernel",
        "engine/lowering.py",
        "if type(loss) not in LOSS_KERNELS:",
        "if not any(isinstance(loss, kind) for kind in LOSS_KERNELS):",
        f"{CHOICE}::test_the_compiled_engine_names_the_part_that_it_has_no_kernel_for",
    ),
    _fault(
        "auto forgets how many jobs there are",
        "engine/choice.py",
        "reference_seconds(job) * siblings < WORTH_COMPILING",
        "reference_seconds(job) < WORTH_COMPILING",
        f"{CHOICE}::test_many_small_jobs_together_are_worth_compiling",
    ),
    Fault(
        "Ctrl-C waits until everything is compiled",
        "kernels/cache.py",
        "perf_counter() - begun\n        self.stop.deliver()",
        "perf_counter() - begun",
        (f"{CTRL_C}_waits_for_the_kernel_that_is_compiled",),
    ),
    Fault(
        "the kernel that Ctrl-C waited for is not kept",
        "kernels/cache.py",
        "        with suppress(Exception):  # read-only",
        "        COMPILATIONS.stop.deliver()\n        with suppress(Exception):  # read-only",
        (f"{CTRL_C}_waits_for_the_kernel_that_is_compiled",),
    ),
    Fault(
        "a Ctrl-C where nothing was compiled is lost",
        "kernels/cache.py",
        "            yield\n            COMPILATIONS.stop.deliver()",
        "            yield",
        (f"{CTRL_C}_stops_where_nothing_is_compiled",),
    ),
)
