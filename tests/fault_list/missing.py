"""Faults in what is said to be missing, and of what."""

from fault_list.record import Fault

FOLDER = "diagnosis/gradients"
TESTS = "tests/diagnosis/test_check_missing.py"
ONCE = (f"{TESTS}::test_what_lacks_a_term_is_a_variable_that_is_read_once",)
ENTRY = (f"{TESTS}::test_an_update_like_that_of_another_entry_is_missing",)
RETURNED = (f"{TESTS}::test_what_lacks_a_penalty_is_told_where_gradients_are_returned",)

FAULTS = (
    Fault(
        "what is right elsewhere lacks a term",
        f"{FOLDER}/patches.py",
        'return text_of(old) if read == 1 else ""',
        "return text_of(old) if read else ''",
        ONCE,
    ),
    Fault(
        "what is assigned lacks nothing",
        f"{FOLDER}/patches.py",
        "if holder is patch.statement and not isinstance(holder, ast.Return):",
        "if False:",
        ONCE,
    ),
    Fault(
        "any change is one of a variable that lacks something",
        f"{FOLDER}/patches.py",
        " or old not in (new.left, new.right):",
        ":",
        ONCE,
    ),
    Fault(
        "a finding never says which variable lacks a term",
        f"{FOLDER}/patching.py",
        "patch.target or lacking(patch, best.source.tree) or statement.target",
        "patch.target or statement.target",
        RETURNED,
    ),
    Fault(
        "the update of an entry is like itself",
        f"{FOLDER}/patches_of_analogy.py",
        "text.replace(own, name) for text in (key, *read)",
        "text for text in (key, *read)",
        ENTRY,
    ),
    Fault(
        "a missing update has the target of the one it is like",
        f"{FOLDER}/patches_of_analogy.py",
        'change, aim = (holder, "body", at, both), text_of(new.target)',
        'change, aim = (holder, "body", at, both), ""',
        ENTRY,
    ),
)
