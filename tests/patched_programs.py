"""Small programs with one mistake each in their backward pass, for tests of the check."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trainwell.diagnosis.gradient_patches.patch_trials import Patchable
from trainwell.diagnosis.gradient_patches.patching import offered
from trainwell.diagnosis.gradient_patches.sources import sources
from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(4, 6)), RNG.normal(size=(2, 6))
PARAMS = {
    "W1": RNG.normal(size=(3, 4)),
    "b1": 0.3 * RNG.normal(size=(3, 1)),
    "W2": RNG.normal(size=(2, 3)),
    "b2": 0.3 * RNG.normal(size=(2, 1)),
}
DEEP = {
    f"W{layer}": RNG.normal(size=(above, below))
    for layer, below, above in ((1, 4, 3), (2, 3, 5), (3, 5, 2))
}

NETWORK = '''\
"""Two layers."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z, activation):
    if activation == "relu":
        return (z > 0) * 1.0
    return 1 - np.tanh(z) ** 2


def cost(p, X, Y):
    z1 = p["W1"] @ X + p["b1"]
    a1 = np.tanh(z1)
    z2 = p["W2"] @ a1 + p["b2"]
    a2 = sigmoid(z2)
    return np.sum((a2 - Y) ** 2) / (2 * X.shape[1]), {"z1": z1, "a1": a1, "z2": z2, "a2": a2}


def grad(p, X, Y, cache):
    m = X.shape[1]
    W2, a2 = p["W2"], cache["a2"]
    a1, z1 = cache["a1"], cache["z1"]
    s = sigmoid(cache["z2"])
    gate = s * (1 - s)
    d2 = (a2 - Y) / m * gate
    d1 = (W2.T @ d2) * slope(z1, "tanh")
    dW1 = d1 @ X.T
    dW2 = d2 @ a1.T
    db1 = np.sum(d1, axis=1, keepdims=True)
    db2 = np.sum(d2, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
'''

LAYERS = '''\
"""Any number of layers, without biases."""

import numpy as np


def cost(p, X, Y):
    L = len(p)
    kept = [X]
    for layer in range(1, L):
        kept.append(np.tanh(p[f"W{layer}"] @ kept[-1]))
    out = p[f"W{L}"] @ kept[-1]
    return np.sum((out - Y) ** 2) / 2, (kept, out)


def grad(p, X, Y, cache):
    kept, out = cache
    L = len(p)
    grads = {f"dW{layer}": np.zeros_like(p[f"W{layer}"]) for layer in range(1, L + 1)}
    d = out - Y
    grads[f"dW{L}"] = d @ kept[L - 1].T
    for back in range(L - 1):
        layer = L - 1 - back
        d = (p[f"W{layer + 1}"].T @ d) * (1 - kept[layer] ** 2)
        grads[f"dW{layer}"] = d @ kept[layer - 1].T
    return grads
'''


class Mistake(NamedTuple):
    """What was meant, what was written, and what is told of it."""

    meant: str
    written: str
    kind: str
    told: str
    program: str = NETWORK


MISTAKES = {
    "count": Mistake(
        "m = X.shape[1]", "m = X.shape[0]", "factor", "`X.shape[0]` should be `X.shape[1]`"
    ),
    "unpacked": Mistake('a1, z1 = cache["a1"]', 'z1, a1 = cache["a1"]', "operand", "are exchanged"),
    "branch": Mistake(
        'if activation == "relu":',
        'if activation != "relu":',
        "mask",
        "`activation != 'relu'` should be `activation == 'relu'`",
    ),
    "kept": Mistake(
        "dW1 = d1 @ X.T",
        'dW1 = grad.kept = getattr(grad, "kept", 0) + d1 @ X.T',
        "accumulated",
        "a second call with the same arguments gives twice the gradient",
    ),
    "unused": Mistake(
        "(a2 - Y) / m * gate", "(a2 - Y) / m", "activation-missing", "`* gate` is missing"
    ),
    "key": Mistake(
        'sigmoid(cache["z2"])',
        'sigmoid(cache["a2"])',
        "operand",
        "`cache['a2']` should be `cache['z2']`",
    ),
    "term": Mistake("gate = s * (1 - s)", "gate = s * 1", "activation-wrong", "`- s` is missing"),
    "loop": Mistake(
        "for back in range(L - 1):", "for back in range(L - 2):", "path", "`L - 2`", LAYERS
    ),
}


def load(folder, text):
    """Return the module of a program that stands in a file of its own, as a user has it."""
    file = folder / "program.py"
    file.write_text(text, encoding="utf-8")
    # What was compiled of another text of this length, within the same second, is not this one.
    Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
    spec = importlib.util.spec_from_file_location(f"program_in_{folder.name}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(*mistakes, program=NETWORK):
    """Return the text of a program with other pieces of text than it should have."""
    for meant, instead in mistakes:
        assert program.count(meant) == 1
        program = program.replace(meant, instead)
    return program


def line_of(module, text):
    """Return the number of the first line that holds a text."""
    lines = Path(module.__file__).read_text(encoding="utf-8").splitlines()
    return next(at for at, line in enumerate(lines, 1) if text in line)


def checked(module, seconds=3.0, **settings):
    """Check the gradients of a program at its own parameters, at this one point."""
    params = params_of(module)
    return check_gradients(
        module.cost, module.grad, params, (X, Y), points=1, seconds=seconds, **settings
    )


def params_of(module):
    """Return what a program takes as its parameters."""
    return DEEP if "layer" in module.cost.__code__.co_varnames else PARAMS


def patchable(module, **settings):
    """Return a program's backward pass, ready to be called with patched functions."""
    params = params_of(module)

    def forward():
        return module.cost(params, X, Y)

    def gradient():
        given = module.grad(params, X, Y, forward()[1])
        return {name: given[f"d{name}"] for name in params}

    arrays = checked(module, diagnose=False).arrays
    expected = {name: array.expected for name, array in arrays.items()}
    own = [found for found in sources(forward, gradient) if found.file == module.__file__]
    return Patchable(gradient, expected, own, {}, **settings)


def offered_for(module, params, data):
    """Return the patches of a backward pass."""

    def gradient():
        return module.grad(params, *data, module.cost(params, *data)[1])

    found = sources(lambda: module.cost(params, *data), gradient)
    return offered(Patchable(gradient, gradient(), found, {})).patches


def offers_for(module, params, data):
    """Return what is told of the patches of a backward pass, each with its line."""
    patches = offered_for(module, params, data)
    return {(patch.told(), patch.statement.lineno) for _, patch in patches}
