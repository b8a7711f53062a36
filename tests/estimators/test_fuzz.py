"""Whatever an estimator is given, it is fitted or says in our words what is wrong.

``python -m pytest tests/estimators/test_fuzz.py --hypothesis-profile=long`` tries 20,000.
"""

import warnings

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainwell import MLPClassifier, MLPRegressor

settings.register_profile("long", max_examples=20_000, deadline=None)

ODD = st.sampled_from(
    [None, -1, 0, 0.5, 1, 2, 1e9, np.inf, np.nan, True, "auto", "relu", "no", (), (3,), [2, 2], "é"]
)
USUAL = {
    "hidden_layer_sizes": st.sampled_from([(), (3,), 4, (2, 2), "auto"]),
    "activation": st.sampled_from(["relu", "tanh", "logistic", ("relu",)]),
    "solver": st.sampled_from(["adam", "sgd", "lbfgs", "rmsprop"]),
    "alpha": st.sampled_from([0.0, 1e-4, 10.0]),
    "batch_size": st.sampled_from(["auto", 1, 7, 1000]),
    "learning_rate": st.sampled_from(["auto", "adaptive", "invscaling", "one_cycle"]),
    "learning_rate_init": st.sampled_from(["auto", 1e-3, 1.0, 1e6]),
    "dropout": st.sampled_from(["auto", 0.0, 0.9]),
    "batch_norm": st.booleans(),
    "early_stopping": st.sampled_from(["auto", True, False]),
    "validation_fraction": st.sampled_from(["auto", 0.5, 0.99]),
    "n_members": st.sampled_from([1, 2]),
    "standardize": st.booleans(),
    "numeric_bins": st.sampled_from(["auto", 0, 3]),
    "categorical_features": st.sampled_from(["from_dtype", None, [0], ["x0"], [True]]),
    "clip_norm": st.sampled_from([None, 1.0]),
    "dtype": st.sampled_from(["auto", "float32", "float64"]),
    "tol": st.sampled_from(["auto", 0.0, 1.0]),
    "time_limit": st.sampled_from([None, 1e-6]),
    "warm_start": st.booleans(),
}
CELLS = {
    "float": st.one_of(
        st.floats(-1e3, 1e3), st.sampled_from([0.0, np.nan, np.inf, 1e308, -1e-300])
    ),
    "int": st.integers(-5, 5),
    "word": st.sampled_from(["a", "b", "", "NaN", "1", "2020-01-01", None]),
    "mixed": st.sampled_from([1, "a", None, 2.5, True, (1, 2), b"x"]),
    "truth": st.booleans(),
}


@st.composite
def parameters(draw):
    chosen = {
        name: draw(strategy) for name, strategy in USUAL.items() if draw(st.integers(0, 3)) == 0
    }
    if draw(st.integers(0, 2)) == 0:
        chosen[draw(st.sampled_from(sorted(USUAL)))] = draw(ODD)
    return {"hidden_layer_sizes": (3,), "n_members": 1, **chosen, "max_iter": 2}


@st.composite
def inputs(draw, rows):
    columns = draw(st.integers(0, 3))
    kinds = [draw(st.sampled_from(sorted(CELLS))) for _ in range(columns)]
    cells = [draw(st.lists(CELLS[kind], min_size=rows, max_size=rows)) for kind in kinds]
    form = draw(st.sampled_from(["list", "float", "single", "object", "pandas", "polars"]))
    if form in {"pandas", "polars"}:
        frame = pd.DataFrame({f"x{at}": pd.Series(c, dtype=object) for at, c in enumerate(cells)})
        frame = frame.infer_objects()
        if form == "pandas":
            return frame
        try:
            return pl.DataFrame({name: list(frame[name]) for name in frame}, strict=False)
        except (TypeError, pl.exceptions.PolarsError):
            return frame
    listed = [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in range(rows)]
    if form == "list":
        return listed
    kind = {"float": np.float64, "single": np.float32, "object": object}[form]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.array(listed, dtype=kind).reshape(rows, columns)
    except (TypeError, ValueError):
        return listed


@st.composite
def cases(draw):
    rows = draw(st.sampled_from([0, 1, 2, 5, 20, 120]))
    other = draw(st.sampled_from([rows] * 9 + [rows + 1]))
    kind = draw(st.sampled_from(["int", "int", "float", "word", "mixed", "truth"]))
    y = draw(st.lists(CELLS[kind], min_size=other, max_size=other))
    weight = draw(
        st.one_of(
            st.none(),
            st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=rows, max_size=rows),
            st.sampled_from([-1, "no", [[1.0]], np.nan]),
        )
    )
    return draw(parameters()), draw(inputs(rows)), y, weight


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([MLPClassifier, MLPRegressor]), cases())
def test_a_fit_is_a_fit_or_a_sentence(kind, case):
    chosen, x, y, weight = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = kind(random_state=0, **chosen).fit(x, y, sample_weight=weight)
        except (ValueError, TypeError) as error:
            sentence = str(error)
            assert 10 < len(sentence) < 1000, sentence
            return
        found = model.predict(x)
    assert len(found) == len(y)
    if kind is MLPRegressor:
        # As they are, numbers of 1e308 have no finite answer.
        assert np.isfinite(found).all() or chosen.get("standardize") is False
    else:
        assert set(np.unique(found)) <= set(model.classes_)
