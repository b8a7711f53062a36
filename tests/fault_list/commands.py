"""Faults in the commands: exit codes, streams, files, stopping and resuming."""

from fault_list.record import Fault

MAIN = ("tests/cli/test_main.py",)
TABLES = ("tests/cli/test_bad_tables.py",)
SETTINGS = ("tests/cli/test_bad_settings.py",)
FILES = ("tests/cli/test_bad_files.py",)
FIT = ("tests/cli/test_fit.py",)
PREDICT = ("tests/cli/test_predict.py",)
RESUME = ("tests/cli/test_resume.py",)
FOLDER = ("tests/estimators/test_run_folder.py",)
INTERRUPTS = ("tests/test_interrupts.py",)
TEXT = ("tests/cli/test_text.py",)

FAULTS = (
    Fault(
        "what an interruption leaves half made is heard of",
        "cli/main.py",
        "        _let_go(stop)\n",
        "        del stop\n",
        ("tests/cli/test_interrupts.py",),
    ),
    Fault(
        "any file is taken for a program",
        "cli/check_program.py",
        'if Path(path).suffix not in ("", ".py"):',
        "if False:",
        ("tests/cli/test_check_refusals.py::test_a_table_is_not_taken_for_a_program",),
    ),
    Fault(
        "only some names are those of parameters",
        "cli/check_arguments.py",
        "if p.name == HELD or p.name in self.params:",
        "if p.name == HELD:",
        ("tests/cli/test_check_arguments.py::test_parameters_are_called_as_in_the_forward_pass",),
    ),
    Fault(
        "of several things that are kept each is the first",
        "diagnosis/gradients/arranged.py",
        "given[self.data + place.what]",
        "given[self.data]",
        ("tests/cli/test_check_arguments.py",),
    ),
    Fault(
        "a refusal looks like success",
        "cli/main.py",
        "COULD_NOT_RUN = 2",
        "COULD_NOT_RUN = 0",
        TABLES,
    ),
    Fault(
        "the reason of a refusal goes to standard output",
        "cli/main.py",
        'print(f"trainwell: {printable(_sentence(error))}", file=sys.stderr)',
        'print(f"trainwell: {printable(_sentence(error))}")',
        SETTINGS,
    ),
    Fault(
        "a mistake of ours is hidden",
        "cli/main.py",
        "        print_exc()\n",
        "",
        (f"{MAIN[0]}::test_a_mistake_of_ours_is_not_hidden_and_is_no_finding",),
    ),
    Fault(
        "a name may move the cursor",
        "cli/main.py",
        "{printable(_sentence(error))}",
        "{_sentence(error)}",
        (f"{MAIN[0]}::test_a_sentence_names_settings_as_flags",),
    ),
    Fault(
        "the bar is drawn into files",
        "cli/progress.py",
        "elif sys.stderr.isatty():",
        "elif sys.stderr:",
        (f"{MAIN[0]}::test_progress_and_colour_are_for_terminals_only",),
    ),
    Fault(
        "a configuration overrides the flags",
        "cli/fit_request.py",
        "stored_settings | given_settings",
        "given_settings | stored_settings",
        (f"{FIT[0]}::test_flags_override_a_configuration",),
    ),
    Fault(
        "a configuration may say anything",
        "cli/fit_request.py",
        '    _check_keys(f"{path}: a key of settings", settings, FitSettings)\n',
        "",
        SETTINGS,
    ),
    Fault(
        "a repeated run does not notice another table",
        "cli/fit_request.py",
        'record.get("fingerprint")',
        "None",
        (f"{FIT[0]}::test_a_repeated_run_says_that_the_table_has_changed",),
    ),
    Fault(
        "the target is not asked for",
        "cli/fit.py",
        'if "target" not in settings:',
        'if not settings.setdefault("target", table.columns[-1]):',
        TABLES,
    ),
    Fault(
        "a diverged run looks like any other",
        "cli/fit.py",
        "DIVERGED = 1",
        "DIVERGED = 0",
        (f"{FIT[0]}::test_a_run_that_diverges_is_said_to_and_leaves_a_model",),
    ),
    Fault(
        "a stop does not keep where the run stands",
        "cli/fit_training.py",
        "    save_checkpoint(folder.checkpoint, prepared, last.state)\n    return",
        "    return",
        RESUME,
    ),
    Fault(
        "the first epoch is not kept at once",
        "cli/fit_training.py",
        "due = 0.0",
        "due = monotonic() + pause",
        (f"{RESUME[0]}::test_a_stop_while_results_are_written_can_be_resumed",),
    ),
    Fault(
        "resuming begins anew",
        "cli/fit.py",
        "train(prepared, folder, start,",
        "train(prepared, folder, None,",
        (f"{RESUME[0]}::test_a_run_stopped_twice_goes_on_twice",),
    ),
    Fault(
        "a stopped run passes for a finished one",
        "estimators/run_results.py",
        '"finished": ending.outcome is not Outcome.INTERRUPTED',
        '"finished": True',
        RESUME,
    ),
    Fault(
        "the checkpoint goes before the results are written",
        "estimators/run_results.py",
        "    model.save(folder.model)",
        "    folder.checkpoint.unlink(missing_ok=True)\n    model.save(folder.model)",
        RESUME,
    ),
    Fault(
        "the checkpoint stays for ever",
        "estimators/run_results.py",
        "folder.checkpoint.unlink(missing_ok=True)",
        "pass",
        FIT,
    ),
    Fault(
        "another run is replaced without a word",
        "estimators/run_folder.py",
        'if record.get("fingerprint") != fingerprint:',
        "if not record:",
        FOLDER,
    ),
    Fault(
        "files of others are removed as leftovers",
        "training/tensor_file.py",
        "[a-z0-9_]{{8}}",
        ".*",
        FOLDER,
    ),
    Fault(
        "two fits write to one folder",
        "estimators/run_folder.py",
        "fcntl.LOCK_EX",
        "fcntl.LOCK_SH",
        FOLDER,
    ),
    Fault(
        "an empty folder is left behind",
        "estimators/run_folder.py",
        "                place.rmdir()",
        "                pass",
        FILES,
    ),
    Fault(
        "every Ctrl-C waits",
        "interrupts.py",
        "        signal.signal(signal.SIGINT, before)\n        interrupt",
        "        interrupt",
        INTERRUPTS,
    ),
    Fault(
        "an ignored Ctrl-C is heard all the same",
        "interrupts.py",
        " or not callable(before)",
        "",
        INTERRUPTS,
    ),
    Fault(
        "a Ctrl-C that waited is delivered twice",
        "interrupts.py",
        "            self.waits = False\n",
        "",
        INTERRUPTS,
    ),
    Fault(
        "probabilities stand under the other class",
        "cli/predict.py",
        "zip(fitted.classes, said.probabilities.T, strict=True)",
        "zip(fitted.classes[::-1], said.probabilities.T, strict=True)",
        PREDICT,
    ),
    Fault(
        "predictions replace the table they were made of",
        "cli/predict.py",
        "if any(Path(out).resolve()",
        "if not out and any(Path(out).resolve()",
        FILES,
    ),
    Fault(
        "long lists do not say what they leave out",
        "cli/text.py",
        '(f" and {more:,} more" if more else "")',
        '""',
        TEXT,
    ),
)
