"""Full-batch training by L-BFGS: SciPy minimises, the network gives value and gradient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainwell.errors import ConfigurationError
from trainwell.network.dropout import Dropout
from trainwell.network.layer import Tracking
from trainwell.network.objective import Objective
from trainwell.training.job import Job
from trainwell.training.loop import starting_point
from trainwell.types import FloatArray


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where L-BFGS has ended.

    Parameters
    ----------
    theta : FloatArray of shape (P,)
        Parameters.
    losses : tuple of float
        Objective after each iteration.
    iterations : int
        How many were made.
    converged : bool
        Whether the gradient is as small as was asked for, or nothing is left to gain.
    message : str
        SciPy's word for the end.
    """

    theta: FloatArray
    losses: tuple[float, ...]
    iterations: int
    converged: bool
    message: str


def minimize(
    job: Job,
    *,
    tolerance: float = 1e-4,
    max_evaluations: int = 15_000,
    watch: Callable[[int, float, FloatArray], bool] = lambda *_: False,
) -> Minimum:
    """Minimise loss and penalty over all training examples at once.

    Parameters
    ----------
    job : Job
        Whose plan gives loss, penalty, seed and the largest number of iterations; there is
        no batch, no rate and no optimizer.
    tolerance : float, default=1e-4
        Largest coordinate of the gradient at which the search ends.
    max_evaluations : int, default=15000
        Largest number of times that the objective is computed.
    watch : callable, default=never
        Given the iteration from 1, the objective and the parameters; where it says so the
        search ends.

    Returns
    -------
    Minimum
        In the precision of the training data.

    Raises
    ------
    ConfigurationError
        If the network draws at random or tracks statistics, which have no single objective.

    References
    ----------
    .. [1] R. H. Byrd, P. Lu, J. Nocedal and C. Zhu, "A limited memory algorithm for bound
       constrained optimization", SIAM J. Sci. Comput. 16, 1995.
    """
    from scipy.optimize import minimize as search

    if any(isinstance(layer, Dropout | Tracking) for layer in job.network.layers):
        sentence = "a network with dropout or batch norm has no single objective to minimise"
        raise ConfigurationError.contradiction("lbfgs", sentence)
    plan, data, start = job.plan, job.training, starting_point(job).point
    objective = Objective(plan.loss, plan.penalty, data.total_weight)
    x, y, weight = data.x, data.y, data.relative_weight  # type: ignore[union-attr]
    losses: list[float] = []

    def value_and_gradient(theta: FloatArray) -> tuple[float, FloatArray]:
        point = theta.astype(data.dtype)
        value, gradient, _ = objective.value_and_gradient(
            job.network, point, start.buffers, x, y, weight
        )
        return float(value), gradient.astype(np.float64)

    def after_iteration(intermediate_result: object) -> None:
        losses.append(float(intermediate_result.fun))  # type: ignore[attr-defined]
        reached = intermediate_result.x.astype(data.dtype)  # type: ignore[attr-defined]
        if watch(len(losses), losses[-1], reached):
            raise StopIteration

    with np.errstate(over="ignore", invalid="ignore"):
        found = search(
            value_and_gradient,
            start.theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=after_iteration,
            options={"maxfun": max_evaluations, "maxiter": plan.max_epochs, "gtol": tolerance},
        )
    theta = found.x.astype(data.dtype)
    return Minimum(theta, tuple(losses), int(found.nit), found.status == 0, str(found.message))
