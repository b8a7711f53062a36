"""Training beside the peers: the works small, medium and large, plain and regularised."""

from collections.abc import Mapping, Sequence
from importlib import import_module

from benchmarks import ours
from benchmarks.machine import installed, thread_counts
from benchmarks.options import Options
from benchmarks.result import Comparison, Row, Target, against_ours, doubts, not_installed
from benchmarks.timing import Candidate, compare
from benchmarks.work import LARGE, MEDIUM, SMALL, Work, examples, regularised

PEERS: Mapping[str, tuple[str, str]] = {
    "NumPy loop": ("numpy", "peer_numpy"),
    "scikit-learn": ("sklearn", "peer_sklearn"),
    "PyTorch": ("torch", "peer_torch"),
    "JAX": ("jax", "peer_jax"),
}
"""Package and module of each peer."""

UNIT = "us/update"


def peers(names: Sequence[str], work: Work) -> tuple[list[Candidate], tuple[Row, ...]]:
    """Return the candidates of the peers that are there, and the rows of those that are not."""
    found: list[Candidate] = []
    missing = []
    for name in names:
        package, module = PEERS[name]
        if installed(package):
            found += import_module(f"benchmarks.{module}").training(work)
        else:
            missing.append(not_installed(name))
    return found, tuple(missing)


def against(
    work: Work, targets: Mapping[str, Target], options: Options, further: Sequence[str] = ()
) -> Comparison:
    """Compare our training of a work with the peers that have a target, and with further ones."""
    found, missing = peers((*targets, *further), work)
    own = [ours.training(work, options.engine, n_jobs) for n_jobs in thread_counts()]
    timings = compare([*own, *found], options.repeats)
    rows = against_ours(timings, UNIT, targets, examples(work).labels)
    notes = doubts(rows, max(2, work.widths[-1]))
    if work.widths[-1] == 2 and "scikit-learn" in targets:
        notes = ("scikit-learn has one output for two classes", *notes)
    return Comparison(work.name, work.sentence, UNIT, (*rows, *missing), notes)


def small(options: Options) -> list[Comparison]:
    """Compare on a toy network, where overhead is everything."""
    targets = {
        "NumPy loop": Target(8),
        "scikit-learn": Target(15),
        "PyTorch": Target(20),
        "JAX": Target(1.5),
    }
    return [against(SMALL, targets, options)]


def medium(options: Options) -> list[Comparison]:
    """Compare on a network for a table."""
    targets = {"scikit-learn": Target(7), "PyTorch": Target(6), "JAX": Target(1.4)}
    return [against(MEDIUM, targets, options)]


def large(options: Options) -> list[Comparison]:
    """Compare on a network for small images, where matrix products are everything."""
    targets = {"scikit-learn": Target(2.8), "PyTorch": Target(1.5)}
    return [against(LARGE, targets, options, further=["JAX"])]


def regularised_works(options: Options) -> list[Comparison]:
    """Compare the three works with batch norm and dropout."""
    return [
        against(regularised(work), {"PyTorch": Target(ratio)}, options)
        for work, ratio in ((SMALL, 6.0), (MEDIUM, 4.0), (LARGE, 1.3))
    ]
