"""Kernels read no memory that was given back: the allocator is told to spoil what is freed."""

import os
import subprocess
import sys

import pytest

TRAIN = """
import numpy as np
import trainwell as tw
rng = np.random.default_rng(0)
x, labels = rng.normal(size=(4, 512)), rng.integers(0, 5, 512)
data = tw.Data(x, np.eye(5)[labels].T)
plan = tw.Plan(tw.SoftmaxCrossEntropy(), batch_size=256, max_epochs=3)
losses = [
    tw.train(tw.mlp(4, (8,), 5), plan, data, engine=engine).state.history.training_loss
    for engine in ("compiled", "reference")
]
np.testing.assert_allclose(*losses, rtol=1e-10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="MALLOC_PERTURB_ is glibc's")
def test_losses_do_not_change_where_freed_memory_is_spoiled():
    spoiled = {**os.environ, "MALLOC_PERTURB_": "23"}
    subprocess.run([sys.executable, "-c", TRAIN], env=spoiled, check=True)
