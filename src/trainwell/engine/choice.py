"""Which engine executes a job: by name, or by the job's size."""

from trainwell.engine.reference import ReferenceEngine
from trainwell.errors import ConfigurationError
from trainwell.training.engine import Engine
from trainwell.training.job import Job

NAMES = ("auto", "compiled", "reference")

WORTH_COMPILING = 5.0
"""Seconds that the reference engine would take, from which on compiling (once on a machine)
and loading (once in a process) are repaid."""

PATIENCES = 4
"""How many times its patience a run that may stall is taken to last."""

SECONDS_PER_STEP = 200e-6
"""What a step costs the reference engine whatever its size: measured on two cores."""

SECONDS_PER_PRODUCT = 2e-10
"""What each multiplication of a step costs it."""


def engine_of(name: str, job: Job, *, siblings: int = 1, threads: int = 1) -> Engine:
    """Return the engine of a name; for ``"auto"`` the one that suits the size of the job.

    Parameters
    ----------
    name : {"auto", "compiled", "reference"}
        What was asked for.
    job : Job
        Its size decides, never what happens to be compiled: equal calls give equal bits.
    siblings : int, default=1
        Jobs like it that are carried out with it.
    threads : int, default=1
        That share batches, or matrix products, that are large enough.

    Returns
    -------
    Engine
        Ready to make a session.

    Raises
    ------
    ConfigurationError
        If the name is unknown.
    """
    if name not in NAMES:
        raise ConfigurationError.unknown_name("engine", name, NAMES)
    if name == "reference" or (
        name == "auto" and reference_seconds(job) * siblings < WORTH_COMPILING
    ):
        return ReferenceEngine(threads)
    from trainwell.engine.compiled import CompiledEngine
    from trainwell.engine.lowering import lacks_kernel

    if name == "auto" and lacks_kernel(job.network, job.plan.loss, job.plan.optimizer):
        return ReferenceEngine(threads)
    return CompiledEngine(threads)


def reference_seconds(job: Job) -> float:
    """Return about how long the reference engine would take for the epochs of a job.

    A run that may stall is taken for one of a few times its patience.
    """
    # A pass there is one product a parameter and example, a pass back two.
    products = 3.0 * job.network.size * job.training.examples
    if job.validation is not None:
        products += job.network.size * job.validation.examples
    epoch = job.steps * SECONDS_PER_STEP + products * SECONDS_PER_PRODUCT
    epochs = job.plan.max_epochs
    if job.plan.patience is not None:
        epochs = min(epochs, PATIENCES * job.plan.patience)
    return epoch * epochs
