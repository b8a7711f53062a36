"""Faults in how modules of PyTorch are checked with what they have of their own."""

from dataclasses import replace

from fault_list.gradient_folders import FRAMEWORKS
from fault_list.record import Fault

TESTS = "tests/diagnosis/test_check_torch_modules.py"
OWN_WAYS = f"{TESTS}::test_modules_pass_that_look_at_gradients_or_make_constants"
SINGLE = f"{TESTS}::test_constants_in_single_precision_are_made_double_where_both_meet"
NUMBER = f"{TESTS}::test_a_parameter_that_is_one_number_names_a_factor"

_FAULTS = (
    Fault(
        "hooks of parameters are lost",
        f"{FRAMEWORKS}/torch_module.py",
        "clones = hooked({n: x.clone() for n, x in leaves.items()}, hooks)",
        "clones = {n: x.clone() for n, x in leaves.items()}",
        (f"{TESTS}::test_a_hook_of_a_parameter_is_told",),
    ),
    Fault(
        "only hooks of modules are told",
        f"{FRAMEWORKS}/torch_module.py",
        "(*hooks_of_modules(self.module), *self.hooks.items()),",
        "(*hooks_of_modules(self.module),),",
        (f"{TESTS}::test_a_hook_of_a_parameter_is_told",),
    ),
    Fault(
        "padding is moved like other rows",
        f"{FRAMEWORKS}/torch_module.py",
        "state[name] = state[name] * factor + term",
        "state[name] = state[name] + 0 * (factor + term)",
        (f"{TESTS}::test_padding_gets_no_gradient_and_that_is_right",),
    ),
    Fault(
        "rows that are used elsewhere are padding",
        f"{FRAMEWORKS}/torch_parameters.py",
        " and uses[id(part.weight)] == 1",
        "",
        (f"{TESTS}::test_a_row_that_is_used_elsewhere_is_no_padding",),
    ),
    Fault(
        "constants are single",
        f"{FRAMEWORKS}/torch_precision.py",
        "    torch.set_default_dtype(torch.float64)\n",
        "",
        (f"{OWN_WAYS}[WithConstants]",),
    ),
    Fault(
        "hooks in a forward pass have no graph",
        f"{FRAMEWORKS}/torch_module.py",
        'if "register a hook" not in str(error):',
        "if True:",
        (f"{OWN_WAYS}[Looked]",),
    ),
    Fault(
        "rounding is relative to nothing",
        f"{FRAMEWORKS}/torch_precision.py",
        "_FAINT = 1e-3",
        "_FAINT = 0.0",
        (f"{TESTS}::test_rounding_is_told_beside_the_largest_gradient",),
    ),
    Fault(
        "flat functions have gradients",
        f"{FRAMEWORKS}/framework_report.py",
        ", *straight_through(seen, wrong)),",
        "),",
        (f"{TESTS}::test_a_straight_through_estimator_is_told_to_be_one",),
    ),
    Fault(
        "precisions are not mixed",
        f"{FRAMEWORKS}/torch_precision.py",
        "args, kwargs = tree_map_only(torch.Tensor, wide, (args, kwargs))",
        "pass",
        (SINGLE,),
    ),
    Fault(
        "what PyTorch does not mix in a module's rules is wrong",
        f"{FRAMEWORKS}/torch_module.py",
        "            if mixes(error):\n                raise\n",
        "",
        (SINGLE,),
    ),
    Fault(
        "parameters are called by their numbers at the given point",
        f"{FRAMEWORKS}/framework_report.py",
        "constants_of((), settings.hyperparams or {}, seen.calls.parameters.arrays)",
        "constants_of((), settings.hyperparams or {}, subject.arrays)",
        (NUMBER,),
    ),
    Fault(
        "double numbers are written into others",
        f"{FRAMEWORKS}/torch_precision.py",
        "if function._schema.is_mutable or not mixes(error):",
        "if not mixes(error):",
        (f"{TESTS}::test_what_is_written_into_narrower_tensors_is_refused_in_one_sentence",),
    ),
)

FAULTS = tuple(replace(fault, needs="torch") for fault in _FAULTS)
