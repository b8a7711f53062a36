"""Faults of the estimators and of how they encode rows."""

from fault_list.record import Fault

PERCEPTRON = "tests/estimators/test_perceptron.py::test_"
FORMS = "tests/estimators/test_input_forms.py::test_"
CHECKPOINT = "tests/estimators/test_checkpoint.py::test_"
MODEL_FILE = ("tests/estimators/test_model_file.py",)
MATRIX = ("tests/data/test_matrix.py",)
FRAMES = ("tests/data/test_frames.py",)
LBFGS = ("tests/engine/test_lbfgs.py",)

FAULTS = (
    Fault(
        "a weighted median is the plain one",
        "data/moments.py",
        "median = float(lower_quantiles(known, counted, 0.5))",
        "median = float(lower_quantiles(known, None, 0.5))",
        MATRIX,
    ),
    Fault(
        "a weighted deviation forgets the weights",
        "data/moments.py",
        "np.average((parts - mean) ** 2, weights=weight)",
        "np.average((parts - mean) ** 2)",
        MATRIX,
    ),
    Fault(
        "pieces begin a piece too late",
        "data/inputs.py",
        "come = (values[:, np.newaxis] / 2 - edges[:-1] / 2) / widths",
        "come = (values[:, np.newaxis] / 2 - edges[1:] / 2) / widths",
        MATRIX,
    ),
    Fault(
        "pieces are not held between 0 and 1",
        "data/inputs.py",
        "return np.asarray(np.clip(come, 0.0, 1.0))",
        "return np.asarray(come)",
        MATRIX,
    ),
    Fault(
        "quantiles forget the weights of rows",
        "data/inputs.py",
        "counted = values[present], None if weight is None else weight[present]",
        "counted = values[present], None",
        MATRIX,
    ),
    Fault(
        "a matrix does not hold outliers",
        "data/matrix.py",
        "values = np.clip(standardised(filled, centre, scale), low, high)",
        "values = standardised(filled, centre, scale)",
        MATRIX,
    ),
    Fault(
        "marks of missing numbers stand before the value",
        "data/matrix.py",
        "columns.append(missing[:, at : at + 1].astype(np.float64))",
        "columns.insert(-1, missing[:, at : at + 1].astype(np.float64))",
        MATRIX,
    ),
    Fault(
        "a missing word becomes the word None",
        "data/frames.py",
        "None if absent else str(cell)",
        "str(cell)",
        FRAMES,
    ),
    Fault(
        "lbfgs forgets the weights of examples",
        "engine/lbfgs.py",
        "job.network, point, start.buffers, x, y, weight",
        "job.network, point, start.buffers, x, y, None",
        LBFGS,
    ),
    Fault(
        "lbfgs forgets the penalty",
        "engine/lbfgs.py",
        "Objective(plan.loss, plan.penalty, data.total_weight)",
        "Objective(plan.loss, type(plan.penalty)(), data.total_weight)",
        LBFGS,
    ),
    Fault(
        "a fit that goes on begins anew",
        "estimators/perceptron.py",
        "None if before is None else resumable(before.members[member].state, measured),",
        "None,",
        (f"{PERCEPTRON}parts_of_a_fit_give_the_bits_of_one_long_fit[adam-reference]",),
    ),
    Fault(
        "weights of validation rows are forgotten",
        "estimators/perceptron.py",
        "self._read(given_x, given_y, given_weight, translation)",
        "self._read(given_x, given_y, None, translation)",
        (f"{PERCEPTRON}weights_of_validation_rows_count",),
    ),
    Fault(
        "class weights replace those of rows by nothing",
        "estimators/classifier.py",
        "return balanced if weight is None else balanced * weight",
        "return weight",
        (f"{PERCEPTRON}class_weights_are_weights_of_rows",),
    ),
    Fault(
        "members have one seed",
        "estimators/perceptron.py",
        "replace(plan, seed=self.seed_ + member),",
        "replace(plan, seed=self.seed_),",
        (f"{PERCEPTRON}members_differ_and_their_mean_is_the_answer",),
    ),
    Fault(
        "the last weights are kept where the best are known",
        "estimators/descent.py",
        "return Member(job.plan, state, restored and state.best_epoch > 0)",
        "return Member(job.plan, state, restored=False)",
        (f"{PERCEPTRON}the_best_weights_on_rows_of_ones_own_are_restored",),
    ),
    Fault(
        "a divergence is tried again with the same rate",
        "estimators/choices.py",
        "rate=schedule.rate / 10)",
        "rate=schedule.rate / 1)",
        (f"{PERCEPTRON}a_divergence_is_recovered_from_once_and_told",),
    ),
    Fault(
        "predictions stay standardised",
        "estimators/targets.py",
        "values: FloatArray = outputs.T * scale + centre",
        "values: FloatArray = outputs.T * scale",
        (f"{FORMS}standardisation_is_reversible_and_can_be_left_out",),
    ),
    Fault(
        "the mean of members is the first of them",
        "estimators/fitted.py",
        "else np.asarray(np.mean(parts, axis=0))",
        "else parts[0]",
        (f"{PERCEPTRON}members_differ_and_their_mean_is_the_answer",),
    ),
    Fault(
        "a function that says stop is not heard",
        "estimators/members.py",
        "end = End.STOPPED if watch(record) else None",
        "end = None if watch(record) else None",
        (f"{PERCEPTRON}a_function_sees_each_epoch_and_stops_the_fit",),
    ),
    Fault(
        "a resumed fit takes all its epochs once more",
        "estimators/descent.py",
        "request.epochs - (progress.state.epoch - progress.begun),",
        "request.epochs,",
        (f"{CHECKPOINT}a_fit_goes_on_where_it_was_left",),
    ),
    Fault(
        "scores of the epochs before a kill are lost",
        "estimators/checkpoint.py",
        'tuple(map(float, part["scores"])),',
        "(),",
        (f"{CHECKPOINT}a_fit_goes_on_where_it_was_left",),
    ),
    Fault(
        "a checkpoint of other settings is taken",
        "estimators/checkpoint.py",
        'if document.get("run") != self.run:',
        'if document.get("run") is None:',
        (f"{CHECKPOINT}a_checkpoint_of_another_fit_is_left_alone",),
    ),
    Fault(
        "two fits write to one checkpoint",
        "estimators/checkpoint.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        (f"{CHECKPOINT}two_fits_do_not_share_a_checkpoint",),
    ),
    Fault(
        "a checkpoint outlives its fit",
        "estimators/checkpoint.py",
        "self.path.unlink(missing_ok=True)",
        "self.path.exists()",
        (f"{CHECKPOINT}a_fit_goes_on_where_it_was_left",),
    ),
    Fault(
        "a file forgets which weights predict",
        "estimators/model_file.py",
        'members.append(Member(plan, state, bool(part["restored"])))',
        "members.append(Member(plan, state, restored=False))",
        MODEL_FILE,
    ),
)
