"""The table of the demonstration, which comes with scikit-learn: nothing is fetched."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

DEMO_NAME = "breast cancer (scikit-learn)"
DEMO_TARGET = "diagnosis"


def demo_table() -> "pl.DataFrame":
    """Return 569 breast tumours, 30 measurements of each, and whether it was malignant."""
    import polars as pl
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    table = pl.DataFrame(bunch.data, schema=[str(name) for name in bunch.feature_names])
    words = [str(bunch.target_names[label]) for label in bunch.target]
    return table.with_columns(pl.Series(DEMO_TARGET, words))
