"""The course's full-batch trainings, carried out by the core instead of the course's loop."""

import numpy as np

from trainwell.course.descent import Experiment
from trainwell.course.vectors import flattened, parameter_names, unflattened
from trainwell.data.dataset import Data
from trainwell.engine.run import train
from trainwell.network.build import mlp
from trainwell.network.cross_entropy import SigmoidCrossEntropy
from trainwell.network.objective import Objective
from trainwell.network.penalties import Penalty
from trainwell.training.descent import GradientDescent
from trainwell.training.plan import Plan
from trainwell.training.schedules import Constant
from trainwell.training.state import state_at
from trainwell.types import FloatArray


def descend_in_core(
    parameters: dict[str, FloatArray],
    data: Data,
    *,
    engine: str,
    learning_rate: float,
    iterations: int,
    every: int,
    lambd: float = 0.0,
) -> Experiment:
    """Descend from the course's initial parameters with an engine of the core.

    Parameters
    ----------
    parameters : dict of str to FloatArray
        ``W1, b1, ..., WL, bL``; not modified.
    data : Data
        Examples in columns.
    engine : {"auto", "compiled", "reference"}
        What executes the steps.
    learning_rate : float
        Length of a step.
    iterations : int
        Number of updates, each on all examples.
    every : int
        Updates between two costs.
    lambd : float, default=0.0
        Strength of the L2 penalty.

    Returns
    -------
    Experiment
        As the course's own loop gives it, to the rounding of its sums.
    """
    names = parameter_names(len(parameters) // 2)
    shapes = {name: parameters[name].shape for name in names}
    sizes = [parameters[name].shape[0] for name in names if name.startswith("W")]
    network = mlp(parameters["W1"].shape[1], sizes[:-1], sizes[-1])
    plan = Plan(
        SigmoidCrossEntropy(),
        GradientDescent(),
        Constant(learning_rate),
        penalty=Penalty(l2=lambd),
        max_epochs=iterations,
    )
    start = state_at(network, plan, flattened(parameters, names))
    state = train(network, plan, data, engine=engine, start=start).state
    objective = Objective(plan.loss, plan.penalty, data.total_weight)
    final, _, _ = objective.value_and_gradient(
        network, state.point.theta, np.empty(0), data.x, data.y
    )
    costs = tuple(state.history.training_loss[::every])
    return Experiment(unflattened(np.array(state.point.theta), shapes), costs, final)
