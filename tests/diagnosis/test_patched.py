"""Which of the user's functions are patched, and which may be called in a patch."""

from pathlib import Path

import numpy as np
from patched_programs import load

from trainwell.diagnosis.gradient_patches import patched
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradient_tape import places
from trainwell.diagnosis.scorecard import programs

HELPERS = """
import numpy as np
import math

def slope(z):
    return np.where(z > 0, 1.0, math.sqrt(0.01)) * z.shape[0]

def behind(z):
    return slope(z) + 1

def noted(z):
    print(z)
    return z

def drawn(z):
    return z + np.random.normal(size=z.shape)

def kept(z):
    return np.save("kept", z)

def elsewhere(z):
    return open(z)

def repeated(z):
    while True:
        z = z + 1

exec("def made(z):\\n    return z", globals())
made.__code__ = made.__code__.replace(co_filename=slope.__code__.co_filename)

def grad(p, X, cache):
    return {"dW": X.T @ cache}

def cost(p, X):
    return np.sum(X @ p["W"]), np.ones((len(X), 2))
"""


def test_only_formulas_are_called_as_slopes(tmp_path):
    module = load(tmp_path, HELPERS)
    inputs, params = np.ones((3, 2)), {"W": np.ones((2, 2))}
    cache = module.cost(params, inputs)[1]
    (source,) = sources(
        lambda: module.cost(params, inputs), lambda: module.grad(params, inputs, cache)
    )
    assert source.helpers == ("slope", "behind")


def test_programs_of_the_corpus_are_patched_where_the_package_is_installed(monkeypatch):
    installed = str(Path(patched.__file__).parents[3])
    monkeypatch.setattr(places, "_LIBRARIES", (installed,))
    right = programs.program("course")
    assert right.file.startswith(installed)
    module = programs.load(right.source, right.file)
    params, data = module["case"](0)
    cache = module["cost"](params, *data)[1]
    found = sources(
        lambda: module["cost"](params, *data), lambda: module["grad"](params, *data, cache)
    )
    assert "grad" in [source.tree.name for source in found]
