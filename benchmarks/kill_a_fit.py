"""An estimator's fit killed at random moments: every one begun again ends in the same file.

python -m benchmarks.kill_a_fit          200 kills
python -m benchmarks.kill_a_fit 20       so many
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

KILLS = 200
FIT = """
import sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from trainwell import MLPClassifier
rng = np.random.default_rng(0)
x = rng.normal(size=(600, 8))
y = x[:, 0] * x[:, 1] + 0.3 * rng.normal(size=600) > 0
model = MLPClassifier(
    (16,), max_iter=200, n_iter_no_change=1000, tol=0.0, n_members=2, random_state=3,
    checkpoint=sys.argv[1], checkpoint_every=0.02, engine="reference", numeric_bins=0,
)
model.fit(x, y).save(sys.argv[2])
"""


def begin(place: Path, out: Path) -> "subprocess.Popen[bytes]":
    """Begin the fit in a process of its own."""
    # The program stands above.
    return subprocess.Popen([sys.executable, "-c", FIT, str(place), str(out)])  # noqa: S603


def main() -> int:
    """Kill the fit again and again; 0 if every result is the one that was not disturbed."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    moments = np.random.default_rng(0)
    kills = resumed = fits = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.monotonic()
        if begin(folder / "checkpoint", folder / "whole").wait() != 0:
            return 1
        seconds = time.monotonic() - begun
        while kills < wanted:
            out = folder / f"fit{fits}"
            fit = begin(folder / "checkpoint", out)
            try:
                fit.wait(timeout=moments.uniform(0.3, 1.0) * seconds)
            except subprocess.TimeoutExpired:
                resumed += (folder / "checkpoint").exists()
                fit.kill()
                fit.wait()
                kills += 1
                continue
            if fit.returncode or out.read_bytes() != (folder / "whole").read_bytes():
                sys.stdout.write(f"after {kills} kills: code {fit.returncode}, or other bytes\n")
                return 1
            fits += 1
        left = sorted(file.name for file in folder.iterdir() if not file.name.startswith("fit"))
    sys.stdout.write(
        f"{kills} kills, {resumed} with a checkpoint to go on from; {fits} fits came to their"
        f" end, all with the bytes of the undisturbed one; left: {left}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
