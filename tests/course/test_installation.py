import importlib
import subprocess
import sys

import numpy as np
import pytest

import trainwell.course
from trainwell.course import optimization
from trainwell.course.installation import NOTEBOOK_MODULES, OTHER_NAMES
from trainwell.errors import ConfigurationError

MODULES = [*NOTEBOOK_MODULES, "testCases"]
# What the import lines of the notebooks name.
IMPORTED = {
    "init_utils": """sigmoid relu compute_loss forward_propagation backward_propagation
        update_parameters predict load_dataset plot_decision_boundary predict_dec""",
    "reg_utils": """sigmoid relu plot_decision_boundary initialize_parameters load_2D_dataset
        predict_dec compute_cost predict forward_propagation backward_propagation
        update_parameters""",
    "gc_utils": "sigmoid relu dictionary_to_vector vector_to_dictionary gradients_to_vector",
    "opt_utils": """load_params_and_grads initialize_parameters forward_propagation
        backward_propagation compute_cost predict predict_dec plot_decision_boundary
        load_dataset""",
    "testCases": """compute_cost_with_regularization_test_case
        backward_propagation_with_regularization_test_case
        forward_propagation_with_dropout_test_case backward_propagation_with_dropout_test_case
        gradient_check_n_test_case update_parameters_with_gd_test_case
        random_mini_batches_test_case initialize_velocity_test_case
        update_parameters_with_momentum_test_case initialize_adam_test_case
        update_parameters_with_adam_test_case""",
}


@pytest.fixture(autouse=True)
def _leave_no_modules_behind(monkeypatch):
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield
    for name in (*MODULES, *OTHER_NAMES):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", MODULES)
def test_a_notebook_finds_every_name_that_it_imports(name):
    trainwell.course.install()
    module = importlib.import_module(name)
    for imported in IMPORTED[name].split():
        assert callable(getattr(module, imported))


@pytest.mark.parametrize("name", MODULES)
def test_a_starred_import_brings_the_names_of_the_module_and_no_others(name):
    trainwell.course.install()
    names: dict[str, object] = {}
    exec(f"from {name} import *", names)  # noqa: S102 - a starred import needs a module's top level
    assert set(names) - {"__builtins__"} == set(importlib.import_module(name).__all__)


def test_a_second_installation_changes_nothing_that_a_notebook_sees():
    trainwell.course.install()
    before = {name: dict(vars(sys.modules[name])) for name in MODULES}
    trainwell.course.install()
    for name in MODULES:
        for imported in IMPORTED[name].split():
            assert getattr(sys.modules[name], imported) is before[name][imported]


def test_the_first_edition_of_the_optimization_notebook_gets_the_mean_cost():
    half, labels = np.full((1, 4), 0.5), np.array([[0, 1, 1, 0]])
    trainwell.course.install(minibatch_cost="mean")
    assert sys.modules["opt_utils"].compute_cost(half, labels) == pytest.approx(np.log(2))
    trainwell.course.install()
    assert sys.modules["opt_utils"].compute_cost(half, labels) == pytest.approx(4 * np.log(2))
    assert optimization.compute_cost(half, labels) == pytest.approx(4 * np.log(2))


def test_another_cost_is_refused():
    with pytest.raises(ConfigurationError, match="minibatch_cost must be one of mean, sum"):
        trainwell.course.install(minibatch_cost="men")


def test_importing_the_course_loads_no_drawing_and_no_science():
    code = (
        "import sys, trainwell.course as course; course.install(); course.regularization;"
        " print([m for m in ('matplotlib', 'scipy', 'sklearn', 'polars') if m in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout == "[]\n"


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'optimisation'"):
        trainwell.course.optimisation  # noqa: B018 - the attribute is the test


def test_later_names_of_a_module_are_the_same_module():
    trainwell.course.install()
    for other, name in OTHER_NAMES.items():
        assert sys.modules[other] is sys.modules[name]
