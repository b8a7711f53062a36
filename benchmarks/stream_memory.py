"""Peak memory of one epoch on data in memory, mapped from a file and read from Parquet.

    python -m benchmarks.stream_memory [--rows 250000] [--factors 1 4 16] [--columns 32]

Every number is the largest resident set of a fresh process that trains one epoch of a small
network, measured by that process itself. Where data are streamed it must not grow with them.
Exit code 1 if it does, by more than a tenth.
"""
# ruff: noqa: T201 - a program of its own, which prints a table

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# This process stays small: the system counts the pages of a process that starts another
# among those of the other. Whatever needs memory is done by these programs.
WRITE = """
import sys
import numpy as np
import polars as pl
folder, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
group = 65_536
names = [f"x{number}" for number in range(columns)]
x = np.lib.format.open_memmap(f"{folder}/x.npy", "w+", np.float32, (rows, columns))
y = np.lib.format.open_memmap(f"{folder}/y.npy", "w+", np.float32, (rows, 1))
for number, start in enumerate(range(0, rows, group)):
    drawn = np.random.default_rng(number).standard_normal((min(group, rows - start), columns))
    x[start : start + group] = drawn
    y[start : start + group] = (drawn[:, :1] * drawn[:, 1:2] > 0)
table = pl.DataFrame({name: x[:, number] for number, name in enumerate(names)})
table = table.with_columns(pl.Series("y", y[:, 0]))
table.write_parquet(f"{folder}/table.parquet", row_group_size=group)
"""

TRAIN = """
import json, resource, sys, time
import numpy as np
import trainwell as tw
folder, source = sys.argv[1], sys.argv[2]
begun = time.perf_counter()
if source == "nothing":
    data = tw.Data(np.zeros((32, 1000), np.float32), np.zeros((1, 1000)))
elif source == "memory":
    x, y = np.load(f"{folder}/x.npy"), np.load(f"{folder}/y.npy")
    data = tw.Data(x.T, y.T)
    del x, y
elif source == "memmap":
    x, y = (np.load(f"{folder}/{name}.npy", mmap_mode="r") for name in "xy")
    data = tw.Stream(tw.ArrayChunks(x, y, rows=16_384))
else:
    data = tw.Stream(tw.ParquetChunks(f"{folder}/table.parquet", "y", rows=16_384))
inputs = data.inputs if isinstance(data, tw.Stream) else len(data.x)
plan = tw.Plan(tw.SigmoidCrossEntropy(), batch_size=256, max_epochs=1)
run = tw.train(tw.mlp(inputs, (32, 16), 1), plan, data, engine="compiled")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([
    peak / (2**20 if sys.platform == "darwin" else 2**10),
    time.perf_counter() - begun,
    run.state.history.training_loss[-1],
]))
"""

SOURCES = ("memory", "memmap", "parquet")
STREAMED = SOURCES[1:]
TOLERATED = 1.1


@dataclass(frozen=True)
class Measured:
    """What one process has needed.

    Parameters
    ----------
    peak : float
        Its largest resident set, MiB.
    seconds : float
        Time of reading and training.
    loss : float
        Mean training loss of the epoch.
    """

    peak: float
    seconds: float
    loss: float


def output(program: str, *arguments: object) -> str:
    """Run a program in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode:
        sys.exit(f"a fresh process ended with {answer.returncode}:\n{answer.stderr}")
    return answer.stdout


def measured(folder: str, source: str) -> Measured:
    """Train one epoch in a fresh process."""
    return Measured(*json.loads(output(TRAIN, folder, source)))


def line(cells: Sequence[object]) -> str:
    """Return cells as one line of the table."""
    return "".join(str(cell).rjust(18 if place else 12) for place, cell in enumerate(cells))


def main() -> int:
    """Print the table and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=250_000, help="of the smallest data")
    parser.add_argument("--factors", type=int, nargs="+", default=[1, 4, 16], help="how often")
    parser.add_argument("--columns", type=int, default=32, help="features, float32")
    asked = parser.parse_args()
    output(TRAIN, "", "nothing")  # compiles, where that was never done
    floor = measured("", "nothing")
    print(f"peak resident memory, MiB (seconds); without data it is {floor.peak:.0f}")
    print(line(["rows", "data, MiB", *SOURCES]))
    peaks: dict[str, list[float]] = {source: [] for source in SOURCES}
    for factor in asked.factors:
        rows = factor * asked.rows
        with tempfile.TemporaryDirectory() as folder:
            output(WRITE, folder, rows, asked.columns)
            size = (Path(folder) / "x.npy").stat().st_size / 2**20
            found = {source: measured(folder, source) for source in SOURCES}
        for source in SOURCES:
            peaks[source].append(found[source].peak)
        cells = [f"{one.peak:.0f} ({one.seconds:.1f})" for one in found.values()]
        print(line([f"{rows:,}", f"{size:.0f}", *cells]), flush=True)
    grown = [source for source in STREAMED if max(peaks[source]) > TOLERATED * peaks[source][0]]
    for source in grown:
        print(f"the memory of {source} grows with the data")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
