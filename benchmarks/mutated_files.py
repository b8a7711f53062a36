"""Damaged model files: each is refused in our words or is still a model, in flat memory.

python -m benchmarks.mutated_files            100,000 files
python -m benchmarks.mutated_files 1000       so many
"""

import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

from trainwell import MLPClassifier, load
from trainwell.errors import FileFormatError

MANY = 100_000
SEED = 0


def saved(folder: Path) -> bytes:
    """Return the bytes of a small model."""
    x, labels = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[labels]
    model = MLPClassifier((4,), n_members=2, max_iter=3, batch_norm=True, random_state=0)
    model.fit(x, names).save(folder / "model.safetensors")
    return (folder / "model.safetensors").read_bytes()


def changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with one to four changes: bytes, digits, holes, repeats or a cut."""
    file = bytearray(content)
    header = 8 + int.from_bytes(content[:8], "little")
    for _ in range(rng.integers(1, 5)):
        # Most of the meaning stands in the header.
        at = int(rng.integers(len(file) if rng.random() < 0.2 else min(header, len(file))))
        match rng.integers(6):
            case 0:
                file[at] = rng.integers(256)
            case 1:
                file[at] = ord(rng.choice(list('0123456789-[]{}",:.e')))
            case 2:
                del file[at : at + int(rng.integers(1, 40))]
            case 3:
                file[at:at] = file[at : at + int(rng.integers(1, 40))]
            case 4:
                file[:8] = int(rng.integers(2**62)).to_bytes(8, "little")
            case _:
                del file[max(1, at) :]
        if not file:
            return b"\0"
    return bytes(file)


def main() -> int:
    """Try the files; 0 if each was refused in our words or still predicts."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    rng = np.random.default_rng(SEED)
    rows = load_iris(return_X_y=True)[0][:3]
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = saved(folder)
        path = folder / "changed.safetensors"
        before = peak()
        for _ in range(count):
            path.write_bytes(changed(content, rng))
            try:
                model = load(path)
            except FileFormatError:
                found["refused"] += 1
                continue
            found["still a model"] += 1
            try:
                model.predict(rows)
            except ValueError:
                found["of which asks for other columns"] += 1
        left = sorted(file.name for file in folder.iterdir())
    sys.stdout.write(f"{dict(found)}, files {left}, peak {before} -> {peak()} MiB\n")
    return 0 if found["refused"] + found["still a model"] == count else 1


def peak() -> int:
    """Return the largest resident memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
