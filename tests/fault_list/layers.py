"""Faults in how layers that are objects are checked."""

from fault_list.gradient_folders import GRADIENTS, TAPE, VERDICT
from fault_list.record import Fault

TESTS = "tests/cli/test_check_layers.py"
OWNERS = "tests/diagnosis/test_owners.py"
PUBLISHED = "tests/cli/test_check_published.py"
ROUGH = "tests/diagnosis/test_rough_costs.py"
GIVEN = f"{TESTS}::test_what_a_layer_is_given_has_a_gradient"
WRONG = f"{TESTS}::test_a_wrong_gradient_of_what_a_layer_is_given_is_named"

FAULTS = (
    Fault(
        "what a layer returns is not looked at",
        "cli/check_made.py",
        "        if self.owner is not None and layer:\n",
        "        if self.owner is None and layer:\n",
        (f"{GIVEN}[dense]", f"{WRONG}[dense]"),
    ),
    Fault(
        "a layer has to have parameters",
        "cli/check_made.py",
        "        except DataError as error:  # it may have no parameters of its own\n",
        "        except ZeroDivisionError as error:\n",
        (f"{GIVEN}[tanh]",),
    ),
    Fault(
        "an object without parameters is refused",
        "cli/check_made.py",
        'anything = owner.arrays or {"": np.ones(1)}  # a layer may have no parameters',
        "anything = owner.arrays",
        (f"{GIVEN}[tanh]",),
    ),
    Fault(
        "a loss has no gradient of what it is given",
        "cli/check_made.py",
        "layer = self.owner is not None and not self.owner.arrays",
        "layer = False",
        (f"{GIVEN}[loss]",),
    ),
    Fault(
        "what a layer does not return is missing",
        "cli/check_made.py",
        "if shapes[n] == a.shape}",
        "if a.shape}",
        (f"{TESTS}::test_a_layer_that_returns_nothing_is_checked_by_its_parameters",),
    ),
    Fault(
        "a gradient without a name is nobody's",
        f"{GRADIENTS}/owned.py",
        "            found[name] = alike[0]\n",
        "            pass\n",
        (f"{PUBLISHED}::test_a_gradient_of_one_of_two_alike_is_that_of_the_first",),
    ),
    Fault(
        "classes of another file are nobody's",
        "cli/check_pair.py",
        "if isclass(c) and is_class_of_user(c)]",
        "if isclass(c) and c.__module__ == module.__name__]",
        (f"{TESTS}::test_classes_of_another_file_are_the_users_too",),
    ),
    Fault(
        "what is inherited is nobody's",
        f"{GRADIENTS}/owners.py",
        "for each in kind.__mro__ for m in",
        "for each in kind.__mro__[:1] for m in",
        (f"{TESTS}::test_classes_of_another_file_are_the_users_too",),
    ),
    Fault(
        "of a line in another file no file is told",
        f"{GRADIENTS}/text.py",
        'line += f" of {Path(finding.file).name}"',
        "pass",
        (f"{TESTS}::test_of_a_line_in_another_file_the_file_is_told",),
    ),
    Fault(
        "what the forward pass puts there is a parameter",
        "cli/check_made.py",
        "if np.ndim(given[n]) == 0 or behind[n] is given[n]]",
        "if n in behind]",
        (f"{TESTS}::test_what_the_forward_pass_puts_there_is_no_parameter",),
    ),
    Fault(
        "errors from above are none",
        "cli/check_cotangents.py",
        "|g|error|.*_(?:error|grad(?:ient)?|delta)",
        "|g",
        (f"{TESTS}::test_what_comes_from_above_has_more_names",),
    ),
    Fault(
        "a name that ends in gradient is no backward pass",
        "cli/check_names.py",
        '|.*gradients?"',
        '"',
        (f"{TESTS}::test_the_one_function_with_gradient_in_its_name_is_the_backward_pass",),
    ),
    Fault(
        "differences are no gradients",
        f"{VERDICT}/parameters.py",
        '    "{}_diff",\n',
        "",
        (f"{TESTS}::test_gradients_are_left_under_more_names",),
    ),
    Fault(
        "a replay that fails ends the check",
        f"{TAPE}/recording.py",
        "        with suppress(Exception):  # as where",
        "        with suppress(KeyError):  # as where",
        ("tests/diagnosis/test_replay.py",),
    ),
    Fault(
        "a longer step that is refused ends the check",
        f"{VERDICT}/slopes.py",
        "    except Exception:  # noqa: BLE001 - so far away",
        "    except KeyError:  # noqa: BLE001 - so far away",
        (f"{ROUGH}::test_where_longer_steps_are_refused_shorter_ones_have_to_do",),
    ),
    Fault(
        "what is written into arrays of before leaves the tape",
        f"{GRADIENTS}/owned.py",
        "    if not plain:\n        return space\n",
        "    if plain:\n        return space\n",
        (f"{OWNERS}::test_what_is_written_into_an_array_of_before_is_recorded",),
    ),
    Fault(
        "recorded arrays are copied with their object",
        f"{GRADIENTS}/owned.py",
        "    recorder.shares = True\n",
        "",
        (f"{OWNERS}::test_what_is_written_into_an_array_of_before_is_recorded",),
    ),
)
