# ruff: noqa: T201 - a program of its own, which prints its result
"""A thousand short runs in threads: memory stays flat, and there is one result.

    python -m benchmarks.soak [--runs 1000] [--threads 4]

Exits with 1 if two runs differ in a bit, or memory grows by more than a tenth after the first
tenth of the runs.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trainwell import (
    Adam,
    Constant,
    Data,
    Job,
    Plan,
    SigmoidCrossEntropy,
    make_circles,
    mlp,
)
from trainwell.engine.many import runs_as_they_end


def resident_megabytes() -> float:
    """Return the memory of this process now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def jobs(runs: int) -> Iterator[Job]:
    """Yield equal jobs: batch norm, dropout, a remainder batch and validation data."""
    data, validation = make_circles(130, 0.05, seed=1), make_circles(60, 0.05, seed=2)
    single = Data(data.x.astype(np.float32), data.y)
    network = mlp(2, (12, 6), 1, batch_norm=True, dropout=0.2)
    plan = Plan(
        SigmoidCrossEntropy(), Adam(), Constant(0.01), batch_size=32, max_epochs=20, patience=15
    )
    for _ in range(runs):
        yield Job(network, plan, single, validation)


def main() -> int:
    """Run, and say whether memory and results are what they must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=4)
    arguments = parser.parse_args()
    results: set[bytes] = set()
    begun = resident_megabytes()
    after_a_tenth = begun
    ended = runs_as_they_end(jobs(arguments.runs), n_jobs=arguments.threads, engine="compiled")
    for number, (_, run) in enumerate(ended, start=1):
        results.add(run.state.point.theta.tobytes() + run.state.best.theta.tobytes())
        if number == max(1, arguments.runs // 10):
            after_a_tenth = resident_megabytes()
    last = resident_megabytes()
    print(f"{arguments.runs} runs in {arguments.threads} threads: {len(results)} result")
    print(f"memory: {after_a_tenth:.0f} MiB after a tenth of them, {last:.0f} MiB at the end")
    return 0 if len(results) == 1 and last < 1.1 * after_a_tenth else 1


if __name__ == "__main__":
    sys.exit(main())
