"""Faults between a table and its fitted model."""

from fault_list.record import Fault

SCORES = ("tests/estimators/test_scores.py",)
MODEL = "tests/estimators/test_table_model.py"

FAULTS = (
    Fault(
        "the encoding learns from the whole table",
        "estimators/preparation.py",
        'encoding = fit_encoding(frames["train"], columns)',
        "encoding = fit_encoding(known, columns)",
        (f"{MODEL}::test_the_parts_are_disjoint_and_the_test_rows_teach_nothing",),
    ),
    Fault(
        "a wide table keeps its outliers",
        "estimators/preparation.py",
        "encoding = replace(encoding, bounded=True)",
        "pass",
        (f"{MODEL}::test_a_wide_table_gets_a_linear_model_from_zero_with_bounded_features",),
    ),
    Fault(
        "bounded features are not bounded",
        "data/encoding.py",
        "return features / np.sqrt(1 + features**2) if self.bounded else features",
        "return features",
        (f"{MODEL}::test_a_wide_table_gets_a_linear_model_from_zero_with_bounded_features",),
    ),
    Fault(
        "the baseline knows the test rows",
        "estimators/scores.py",
        'shares = np.bincount(labels["train"]',
        'shares = np.bincount(labels["test"]',
        SCORES,
    ),
    Fault(
        "the balanced accuracy is the accuracy",
        "estimators/scores.py",
        "float(np.mean(recalls))",
        "float((predicted == labels).mean())",
        SCORES,
    ),
    Fault(
        "another run's checkpoint is taken",
        "estimators/table_fit.py",
        'if document.get("run") != prepared.fingerprint:',
        "if False:",
        (f"{MODEL}::test_a_checkpoint_of_another_run_is_refused",),
    ),
    Fault(
        "the fingerprint forgets the data",
        "estimators/preparation.py",
        "digest.update(self.data[part].x.tobytes() + self.data[part].y.tobytes())",
        "pass",
        (f"{MODEL}::test_another_table_of_the_same_shape_is_another_run",),
    ),
    Fault(
        "predictions are in standard deviations",
        "data/target_encoding.py",
        "predictions[0] * self.scale + self.centre",
        "predictions[0]",
        (f"{MODEL}::test_predictions_are_in_the_terms_of_the_target",),
    ),
)
