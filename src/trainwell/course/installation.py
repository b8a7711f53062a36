"""The modules that the course's notebooks import, made out of ours."""

import sys
from functools import partial
from importlib import import_module
from types import ModuleType

from trainwell.errors import ConfigurationError

# notebook module -> our module, and the names that the course's file of that name offers
NOTEBOOK_MODULES = {
    "init_utils": (
        "initialization",
        """backward_propagation compute_loss forward_propagation load_dataset
        plot_decision_boundary predict predict_dec relu sigmoid update_parameters""",
    ),
    "reg_utils": (
        "regularization",
        """backward_propagation compute_cost forward_propagation initialize_parameters
        load_2D_dataset plot_decision_boundary predict predict_dec relu sigmoid
        update_parameters""",
    ),
    "gc_utils": (
        "gradient_checking",
        "dictionary_to_vector gradients_to_vector relu sigmoid vector_to_dictionary",
    ),
    "opt_utils": (
        "optimization",
        """backward_propagation compute_cost forward_propagation initialize_parameters
        load_dataset load_params_and_grads plot_decision_boundary predict predict_dec relu
        sigmoid update_parameters""",
    ),
}
OTHER_NAMES = {"opt_utils_v1a": "opt_utils", "opt_utils_v1b": "opt_utils"}
"""What later editions call some of the modules."""
COST_CONVENTIONS = ("sum", "mean")


def install(minibatch_cost: str = "sum") -> None:
    """Make ``init_utils``, ``reg_utils``, ``gc_utils``, ``opt_utils``, ``testCases`` importable.

    One line above the first cell, and the course's notebooks run as they stand:
    ``import trainwell.course; trainwell.course.install()``. Modules of these names that
    were imported before are replaced, files of these names beside the notebook are not
    read.

    Parameters
    ----------
    minibatch_cost : {"sum", "mean"}, default="sum"
        What ``opt_utils.compute_cost`` returns for a mini-batch. The notebook of the first
        edition, which prints the cost of the last mini-batch, needs the mean; later ones,
        which divide by the number of examples themselves, the sum.

    Raises
    ------
    ConfigurationError
        If ``minibatch_cost`` is neither.

    Examples
    --------
    >>> import trainwell.course
    >>> trainwell.course.install()
    >>> from init_utils import sigmoid
    >>> sigmoid(0.0).item()
    0.5
    """
    if minibatch_cost not in COST_CONVENTIONS:
        raise ConfigurationError.unknown_name("minibatch_cost", minibatch_cost, COST_CONVENTIONS)
    for name, (ours, exported) in NOTEBOOK_MODULES.items():
        source = import_module(f"trainwell.course.{ours}")
        sys.modules[name] = _module(name, source, exported.split())
    test_cases = import_module("trainwell.course.test_cases")
    names = [name for name in test_cases.__all__ if name.endswith("_test_case")]
    sys.modules["testCases"] = _module("testCases", test_cases, names)
    if minibatch_cost == "mean":
        opt_utils = sys.modules["opt_utils"].__dict__
        opt_utils["compute_cost"] = partial(opt_utils["compute_cost"], average=True)
    for other, name in OTHER_NAMES.items():
        sys.modules[other] = sys.modules[name]


def _module(name: str, source: ModuleType, exported: list[str]) -> ModuleType:
    module = ModuleType(name, f"The course's ``{name}``, from ``{source.__name__}``.")
    module.__dict__.update({export: getattr(source, export) for export in exported})
    module.__dict__["__all__"] = exported
    return module
