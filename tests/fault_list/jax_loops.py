"""Faults in how custom derivatives of JAX around loops, callbacks and compiled code are checked."""

from dataclasses import replace

from fault_list.gradient_folders import FRAMEWORKS
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_jax_loops.py"
COMPILED = f"{TESTS}::test_compiled_rules_have_lines"
NEWTON = f"{TESTS}::test_a_loop_of_unknown_length_has_forward_mode_as_its_reference"
TURNS = "tests/diagnosis/test_check_jax_turns.py"
WRITTEN = f"{TURNS}::test_a_loop_is_written_down_as_it_runs"
NO_RULE = f"{TESTS}::test_a_function_whose_rule_is_missing_is_refused[custom_vjp-defvjp]"

_FAULTS = (
    Fault(
        "forward mode is no reference",
        f"{FRAMEWORKS}/jax_subject.py",
        "found = self._differentiated(function, point, forward=True)",
        "found = self._differentiated(function, point)",
        (NEWTON,),
    ),
    Fault(
        "that forward mode was taken is not said",
        f"{FRAMEWORKS}/jax_subject.py",
        "        self._say(f\"the reference is JAX's forward mode",
        "        str(f\"the reference is JAX's forward mode",
        (NEWTON,),
    ),
    Fault(
        "callbacks are not measured",
        f"{FRAMEWORKS}/jax_forwards.py",
        "return _measured(cost, values)",
        "raise",
        (f"{TESTS}::test_what_jax_does_not_differentiate_at_all_is_measured",),
    ),
    Fault(
        "loops that stop early excuse nothing",
        f"{FRAMEWORKS}/jax_check.py",
        "if rough > TOLERANCE:",
        "if False:",
        (f"{TESTS}::test_a_loop_that_stops_early_excuses_what_more_turns_would_change[1.0-PASS]",),
    ),
    Fault(
        "loops that do not settle excuse everything",
        f"{FRAMEWORKS}/jax_loops.py",
        "return found if found <= _ROUGHEST else 0.0",
        "return found",
        (f"{TESTS}::test_a_loop_that_does_not_settle_excuses_nothing",),
    ),
    Fault(
        "parts stay compiled",
        f"{FRAMEWORKS}/jax_function.py",
        "plain = {name: _uncompiled(part) for name, part in parts.items()}",
        "plain = parts",
        (COMPILED,),
    ),
    Fault(
        "the user's function is changed",
        f"{FRAMEWORKS}/jax_function.py",
        "given, function = function, object.__new__(type(function))",
        "given = function",
        (COMPILED,),
    ),
    Fault(
        "compiled helpers have no lines",
        f"{FRAMEWORKS}/jax_recording.py",
        "outer = None if place is None and _is_users(inner.jaxpr) else at",
        "outer = at",
        (COMPILED,),
    ),
    Fault(
        "what was tried is told",
        f"{FRAMEWORKS}/jax_subject.py",
        "return [*self._oddities], [*self._said]",
        "return self._oddities, self._said",
        (f"{TESTS}::test_compiled_rules_in_forward_mode_have_lines",),
    ),
    Fault(
        "a function needs no rule",
        f"{FRAMEWORKS}/jax_function.py",
        'if getattr(function, "bwd" if rule == "defvjp" else "jvp", None) is None:',
        "if False:",
        (NO_RULE,),
    ),
    Fault(
        "whatever a loop explains passes",
        f"{FRAMEWORKS}/jax_check.py",
        "if rough > BLUNT and report.ok and within:",
        "if False:",
        (
            f"{TESTS}::test_what_a_loop_explains_that_stops_very_early_is_not_decided[1.0-UNDECIDED]",
        ),
    ),
    Fault(
        "gradients of frameworks have no order",
        f"{FRAMEWORKS}/framework_report.py",
        "told = told or exchanged(seen, wrong)",
        "pass",
        (f"{TESTS}::test_gradients_in_another_order_are_told_at_the_return",),
    ),
    Fault(
        "loops of known length are one operation",
        f"{FRAMEWORKS}/jax_recording.py",
        '{"scan": self._scan, "while"',
        '{"while"',
        (WRITTEN,),
    ),
    Fault(
        "loops run forwards only",
        f"{FRAMEWORKS}/jax_recording.py",
        'range(length)[::-1] if params["reverse"] else range(length)',
        "range(length)",
        (WRITTEN,),
    ),
    Fault(
        "a loop that is too long is followed half",
        f"{FRAMEWORKS}/jax_recording.py",
        "            del self.steps[begin:]\n            self.turns = turns\n",
        "",
        (WRITTEN,),
    ),
    Fault(
        "a compiled loop goes on for ever",
        f"{FRAMEWORKS}/jax_subject.py",
        'slowly = self._short or is_named("while_loop", parts)',
        "slowly = self._short",
        (f"{TURNS}::test_loops_that_may_not_end_are_carried_out_by_python",),
    ),
    Fault(
        "what is repeated goes on for ever",
        f"{FRAMEWORKS}/jax_turns.py",
        "return on if most is None else on & (state[1] < most)",
        "return on",
        (f"{TURNS}::test_a_loop_that_is_repeated_ends",),
    ),
)

FAULTS = tuple(replace(fault, needs="jax") for fault in _FAULTS)
