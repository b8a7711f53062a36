"""Fresh processes: what the first fit costs with nothing in memory and nothing compiled."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.datasets import load_iris

from benchmarks.options import Options
from benchmarks.result import Comparison, Row, Target, doubts, over
from benchmarks.timing import OURS, Candidate, interleaved

BY_SKLEARN = """
from sklearn.datasets import load_iris
x, labels = load_iris(return_X_y=True)
"""

BY_NUMPY = """
import numpy as np
table = np.load({path!r})
x, labels = table[:, :4], table[:, 4].astype(int)
"""

FIT_OURS = """
import numpy as np
import trainwell as tw
data = tw.Data(x.T, np.eye(3)[labels].T)
network, plan = tw.mlp(4, (100,), 3), tw.Plan(tw.SoftmaxCrossEntropy())
print(tw.train(network, plan, data, engine="auto").state.history.training_loss[-1])
"""

FIT_SKLEARN = """
import warnings
warnings.simplefilter("ignore")
from sklearn.neural_network import MLPClassifier
print(MLPClassifier(random_state=0).fit(x, labels).loss_)
"""

FIRST_CALLS = """
import json, time
import numpy as np
import trainwell as tw
circles = tw.make_circles(300, 0.05, seed=1)
data = tw.Data(circles.x.astype(np.float32), circles.y)
plan = tw.Plan(tw.SigmoidCrossEntropy(), batch_size=64, max_epochs=2)
def seconds():
    begun = time.perf_counter()
    tw.train(tw.mlp(2, (10, 5), 1), plan, data, engine={engine!r})
    return time.perf_counter() - begun
print(json.dumps([seconds(), seconds()]))
"""


def output(program: str, cache: Path) -> str:
    """Run a program in a fresh interpreter that finds only these compiled functions."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "XDG_CACHE_HOME": str(cache)}
    answer = subprocess.run(  # noqa: S603 - programs of this file
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        sys.exit(f"a fresh process ended with {answer.returncode}:\n{answer.stderr}")
    return answer.stdout


def cold(options: Options) -> list[Comparison]:
    """Compare whole processes, then tell what compiling costs."""
    repeats = 3 if options.quick else 7
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        table = place / "iris.npy"
        x, labels = load_iris(return_X_y=True)
        np.save(table, np.column_stack([x, labels]))
        return [
            processes("data by scikit-learn", BY_SKLEARN, place, repeats),
            processes("data from a file", BY_NUMPY.format(path=str(table)), place, repeats),
            compiling(options, place),
        ]


def processes(name: str, reading: str, place: Path, repeats: int) -> Comparison:
    """Compare processes that read iris, fit it with defaults and end."""

    def program(fit: str) -> partial[str]:
        return partial(output, reading + fit)

    fresh = partial(fresh_folder, place)
    candidates = [
        Candidate(OURS, "defaults, nothing compiled", fresh, program(FIT_OURS), 1),
        Candidate("scikit-learn", "defaults", fresh, program(FIT_SKLEARN), 1),
    ]
    mine, theirs = interleaved(candidates, repeats)
    pair = over(mine, theirs, "s", Target(2, at_most=True))
    rows = tuple(
        replace(row, loss=float(timing.result))
        for row, timing in zip(pair, (mine, theirs), strict=True)
    )
    notes = ("the ratio is ours over theirs", *doubts(rows, 3))
    return Comparison(f"cold, {name}", "a process that fits iris", "s", rows, notes)


def fresh_folder(place: Path) -> Path:
    """Return an empty folder for compiled functions."""
    return Path(tempfile.mkdtemp(dir=place))


def compiling(options: Options, place: Path) -> Comparison:
    """Time the first call with no compiled function at hand, and with all of them."""
    program = FIRST_CALLS.format(engine=options.engine)
    compiled, loaded = [], []
    for _ in range(1 if options.quick else 3):
        cache = fresh_folder(place)
        first, _ = json.loads(output(program, cache))
        compiled.append(first)
        first, warm = json.loads(output(program, cache))
        loaded.append(first - warm)
    rows = tuple(
        Row(OURS, how, min(times), median(times), target=Target(limit, at_most=True))
        for how, times, limit in (
            ("first compile", compiled, 12.0),
            ("cache load, less a warm call", loaded, 1.0),
        )
    )
    sentence = f"the first call of the {options.engine} engine, 2-10-5-1, float32"
    return Comparison("first compile", sentence, "s", rows)
