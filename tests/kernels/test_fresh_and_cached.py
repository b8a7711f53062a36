"""Kernels that were just compiled and kernels from the disk give the same bits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
HASHES = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from hashlib import blake2b
from kernels.comparison import last
from kernels.jobs import FEATURES
for name in ("widening", "relu", "batch-norm", "weights", "adam"):
    if name in FEATURES:
        theta = last(FEATURES[name], "compiled", 3).state.point.theta
        print(name, blake2b(theta.tobytes(), digest_size=8).hexdigest())
"""


@pytest.mark.long
def test_freshly_compiled_kernels_give_the_bits_of_cached_ones(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    fresh, cached = (
        subprocess.run(
            [sys.executable, "-c", HASHES],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert fresh == cached
    assert "widening" in fresh
