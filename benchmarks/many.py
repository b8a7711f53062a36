"""Many small networks on two cores."""

from benchmarks import ours, peer_sklearn
from benchmarks.options import Options
from benchmarks.result import Comparison, Target, against_ours, doubts
from benchmarks.timing import OURS, interleaved
from benchmarks.work import SMALL, examples

UNIT = "ms/network"
CORES = 2
ALONE = "trainwell, one core"


def many(options: Options) -> list[Comparison]:
    """Compare networks that differ in their seeds with one core and with scikit-learn."""
    networks, of_peer = (64, 8) if options.quick else (256, 32)
    candidates = [
        ours.many_trainings(SMALL, networks, CORES, OURS),
        ours.many_trainings(SMALL, networks, 1, ALONE),
        peer_sklearn.many_trainings(SMALL, of_peer, CORES),
    ]
    targets = {ALONE: Target(1.8), peer_sklearn.NAME: Target(20)}
    timings = interleaved(candidates, 3)
    rows = against_ours(timings, UNIT, targets, examples(SMALL).labels)
    notes = (
        f"{networks} networks; {of_peer} of scikit-learn's stand for as many",
        *doubts(rows, 2),
    )
    return [Comparison("many", f"each {SMALL.sentence}", UNIT, rows, notes)]
