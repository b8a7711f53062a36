"""Faults in the search for a patch of the user's source that makes wrong gradients right."""

from fault_list.gradient_folders import LOCALISATION, PATCHES
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_patches.py"
CARD = "tests/diagnosis/test_scorecard.py"
PATCHED = "tests/diagnosis/test_patched.py"
NAMED = f"{TESTS}::test_a_mistake_that_no_operation_shows_is_named_with_its_line"
ALONE = f"{TESTS}::test_patches_alone_name_the_line_and_all_gradients_that_are_wrong"
OFFERED = f"{TESTS}::test_what_is_meant_is_among_the_patches"
KEPT = (f"{TESTS}::test_a_term_that_is_kept_between_calls_is_said_to_be_so",)
TWICE = (f"{TESTS}::test_a_patch_has_to_be_right_in_a_second_call_too",)
IN_TURN = (f"{TESTS}::test_patches_find_one_mistake_after_the_other",)
RIGHT = (f"{TESTS}::test_a_right_gradient_is_not_made_wrong",)
SETTLED = (f"{TESTS}::test_statements_that_right_gradients_are_made_of_are_the_last_to_be_blamed",)
LIMIT = (f"{TESTS}::test_the_cost_of_patches_has_a_limit",)
CLOSURE = (f"{TESTS}::test_a_function_with_variables_from_around_it_can_be_patched",)
INTERRUPTED = (f"{TESTS}::test_the_functions_are_as_before_after_an_interruption",)
FORWARD = (f"{TESTS}::test_functions_of_the_forward_pass_are_never_patched",)
QUIET = (f"{TESTS}::test_what_patched_functions_print_and_warn_is_not_heard",)
PROFILED = (f"{TESTS}::test_nothing_is_patched_under_a_profiler_that_stays",)
PUT_BACK = (f"{TESTS}::test_every_patch_changes_the_tree_and_puts_it_back",)
COSTS = (f"{TESTS}::test_a_cost_is_known_from_the_confidence_it_gives",)
UNUSED = (f"{TESTS}::test_unused_variables_are_computed_and_never_read",)
QUOTIENTS = (f"{TESTS}::test_quotients_of_counts_are_told_from_other_factors",)

FAULTS = (
    # the user's functions
    Fault(
        "programs of the corpus are a library's where the package is installed",
        "diagnosis/gradient_tape/places.py",
        " and not file.startswith(_CORPUS)",
        "",
        (f"{PATCHED}::test_programs_of_the_corpus_are_patched_where_the_package_is_installed",),
    ),
    Fault(
        "functions of the forward pass are patched, too",
        f"{PATCHES}/sources.py",
        "if tree is not None and others:",
        "if tree is not None:",
        FORWARD,
    ),
    Fault(
        "another's profiler is lost",
        f"{PATCHES}/sources.py",
        "if sys.getprofile() is not None:",
        "if sys.getprofile() is watch:",
        PROFILED,
    ),
    Fault(
        "a patched function stays after an interruption",
        f"{PATCHES}/patched.py",
        "    try:\n        yield\n    finally:\n        function.__code__ = own",
        "    yield\n    function.__code__ = own",
        INTERRUPTED,
    ),
    Fault(
        "closures are compiled as if nothing were around them",
        f"{PATCHES}/patched.py",
        "            body = [around]\n",
        "",
        CLOSURE,
    ),
    # patches
    Fault(
        "what has been changed first is put back first",
        f"{PATCHES}/patch.py",
        "in reversed(before):",
        "in before[:1]:",
        PUT_BACK,
    ),
    Fault(
        "a count is never that of another axis",
        f"{PATCHES}/patches_of_literals.py",
        "{0: 1.0, 1: 1.0, -1: 1.0, 2: 1.05}",
        "{0: 1.0, 2: 1.05}",
        (f"{OFFERED}[count]",),
    ),
    Fault(
        "a comparison has only the opposite that orders have",
        f"{PATCHES}/patches_of_formulas.py",
        "for other in (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq):",
        "for other in (ast.Gt, ast.GtE, ast.Lt, ast.LtE):",
        (f"{OFFERED}[branch]",),
    ),
    Fault(
        "what is kept in an attribute is any other term",
        f"{PATCHES}/patches_of_formulas.py",
        'kinds = ("accumulated", "stale")',
        'kinds = ("path", "operand")',
        KEPT,
    ),
    Fault(
        "keys are only those of what is no dictionary",
        f"{PATCHES}/patches_of_names.py",
        "for other in dict.fromkeys([*inside, *known.keys]):",
        "for other in dict.fromkeys(known.keys if not inside else ()):",
        ("tests/diagnosis/test_check_held.py::test_keys_are_offered_whatever_stands_there",),
    ),
    Fault(
        "unpacked values keep their order",
        f"{PATCHES}/patches_of_statements.py",
        'changes = ((target, "elts", one, second), (target, "elts", two, first))',
        'changes = ((target, "elts", one, first), (target, "elts", two, second))',
        (f"{ALONE}[unpacked]",),
    ),
    Fault(
        "variables that are there for nothing are like any others",
        f"{PATCHES}/patches_of_statements.py",
        "return _UNUSED if copied else _UNUSED + 0.1",
        "return 2.0",
        (f"{NAMED}[unused]",),
    ),
    # the search
    Fault(
        "a patch may make right gradients wrong",
        f"{PATCHES}/patch_trials.py",
        "others = (name for name in backward.expected if name not in wrong)",
        "others: tuple[str, ...] = ()",
        RIGHT,
    ),
    Fault(
        "one call is enough to see that a patch helps",
        f"{PATCHES}/patch_trials.py",
        "names = right(backward, _gradient(backward) or {}, names, wrong)",
        "pass",
        TWICE,
    ),
    Fault(
        "a patch is searched for beside none before it",
        f"{PATCHES}/patching.py",
        "                kept.enter_context(together([best]))\n",
        "",
        IN_TURN,
    ),
    Fault(
        "statements that right gradients are made of are blamed",
        f"{PATCHES}/patching.py",
        "return (source.file, patch.statement.lineno) in backward.settled\n",
        "return False\n",
        SETTLED,
    ),
    Fault(
        "patches may cost anything",
        f"{PATCHES}/patching.py",
        "if pair[1].cost <= dearest]",
        "if pair[1].cost <= dearest + 1]",
        LIMIT,
    ),
    Fault(
        "what patched functions print comes out",
        f"{PATCHES}/patch_trials.py",
        "        redirect_stdout(StringIO()),\n",
        "",
        QUIET,
    ),
    Fault(
        "what patched functions warn of is an error",
        f"{PATCHES}/patch_trials.py",
        'warnings.simplefilter("ignore")',
        'warnings.simplefilter("error")',
        QUIET,
    ),
    # what belongs to it
    Fault(
        "the cost of a change is that of one twice as unlikely",
        f"{LOCALISATION}/finding.py",
        "_SIMPLE + (0.99 - sure) / 0.1",
        "_SIMPLE + (0.99 - sure) / 0.05",
        COSTS,
    ),
    Fault(
        "what is updated in place is not read",
        f"{LOCALISATION}/statements.py",
        "read.add(node.target.id)",
        "bound.add(node.target.id)",
        UNUSED,
    ),
    Fault(
        "any factor is the quotient of two counts",
        f"{LOCALISATION}/counts.py",
        "return abs(float(quotient) - factor) <= 1e-9 * abs(factor) and",
        "return",
        QUOTIENTS,
    ),
    Fault(
        "functions that wait are searched for ever",
        f"{LOCALISATION}/deadline.py",
        "return waited > _PATIENCE * self.seconds or",
        "return",
        ("tests/diagnosis/test_deadline.py",),
    ),
    Fault(
        "work does not end a search",
        f"{LOCALISATION}/deadline.py",
        "thread_time() - self._work > self.seconds",
        "False",
        ("tests/diagnosis/test_deadline.py::test_work_ends_a_search_before_the_clock_does",),
    ),
    Fault(
        "tasks go on behind an exception",
        "diagnosis/scorecard/parallel.py",
        "child.terminate()",
        "child.is_alive()",
        (f"{CARD}::test_an_exception_ends_the_tasks_that_are_still_at_work",),
    ),
    Fault(
        "Ctrl-C stops the processes of a card within a queue",
        "diagnosis/scorecard/parallel.py",
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})",
        "signal.pthread_sigmask(signal.SIG_BLOCK, set())",
        (f"{CARD}::test_an_interrupt_does_not_reach_the_processes_but_this_one",),
    ),
)
