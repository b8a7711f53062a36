"""Models of every kind that an export must carry over, and how near its answers must be."""

from functools import cache

import numpy as np

from trainwell import MLPClassifier, MLPRegressor

RNG = np.random.default_rng(0)
# Columns far from zero, tiny, constant and with missing numbers.
X = RNG.normal(size=(150, 5)) * [1, 100, 1e-3, 5, 0] + [0, 1e4, 0, 3, 7]
X[RNG.random(X.shape) < 0.05] = np.nan
SUM = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 3])
WORDS = np.array(["low", "middle", "high, äöü"])[np.digitize(SUM, [1.5, 4])]
LABELS = np.column_stack([SUM > 3, SUM > 1, SUM < 0]).astype(int)
SMALL = {
    "hidden_layer_sizes": (8, 6),
    "max_iter": 3,
    "random_state": 0,
    "engine": "reference",
    "n_members": 1,
}
FEW = {**SMALL, "numeric_bins": 4, "n_members": 3}
MODELS = {
    "two classes": (MLPClassifier(**SMALL), X, SUM > 3),
    "numbers as classes": (MLPClassifier(**SMALL, dtype="float32"), X, 10 * (SUM > 3) - 5),
    "floats as classes": (MLPClassifier(**SMALL), X, 2.0 * (SUM > 3)),
    "words": (MLPClassifier(**FEW, dtype="float32"), X, WORDS),
    "words as objects": (MLPClassifier(**SMALL), X, WORDS.astype(object)),
    "one class": (MLPClassifier(**SMALL), X, np.ones(len(X))),
    "labels": (MLPClassifier(**FEW), X, LABELS),
    "a number": (MLPRegressor(**FEW, dtype="float32"), X, SUM * 1e6 + 1e9),
    "numbers": (MLPRegressor(**FEW), X, np.column_stack([SUM, SUM**2])),
    "one column": (MLPRegressor(**SMALL), X, SUM[:, np.newaxis]),
    "counts": (MLPRegressor("poisson", **FEW), X, np.exp(np.clip(SUM, None, 4))),
    "quantile": (MLPRegressor("quantile", **SMALL), X, SUM),
    "as they are": (MLPRegressor(**SMALL, standardize=False), np.clip(X, -9, 9), SUM),
    "wide": (MLPRegressor(**SMALL), RNG.standard_cauchy((40, 60)), SUM[:40]),
    "single precision": (MLPClassifier(**FEW, dtype="float32"), X.astype(np.float32), WORDS),
    "rows in single precision": (MLPRegressor(**FEW, dtype="float64"), X.astype("float32"), SUM),
    "linear": (MLPRegressor(**{**SMALL, "hidden_layer_sizes": ()}), X, SUM),
    "normalised": (MLPRegressor(**FEW, batch_norm=True, dropout=0.3), X, SUM),
}


@cache
def fitted(name):
    """Return a model, fitted when it is first asked for, and its rows."""
    model, x, y = MODELS[name]
    return model.fit(x, y), x


def answers(model, x):
    return model.predict_proba(x) if hasattr(model, "predict_proba") else model.predict(x)


def close(theirs, ours, model):
    assert theirs.shape == ours.shape
    assert theirs.dtype == ours.dtype
    coarse = "float32" in {model.fitted_.dtype.name, model.fitted_.translation.precision.name}
    scale = 1 if hasattr(model, "classes_") else model.fitted_.translation.targets.scale
    tolerance = 1e-5 if coarse else 1e-12
    assert (np.abs(theirs - ours) <= tolerance * (scale + np.abs(ours))).all()


def session(runtime, path):
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(runtime, path, x):
    made = session(runtime, path)
    names = [output.name for output in made.get_outputs()]
    return dict(zip(names, made.run(None, {"X": x}), strict=True))
