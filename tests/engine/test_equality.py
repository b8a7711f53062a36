"""The compiled engine computes what the reference computes."""

import pytest
from kernels.comparison import (
    assert_equal_in_meaning,
    epochs_of,
    last,
)
from kernels.jobs import FEATURES, in_single


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_has_the_numbers_of_the_reference(name: str) -> None:
    job = FEATURES[name]
    count = epochs_of(job)
    one, other = last(job, "reference", count), last(job, "compiled", count, every=count)
    assert_equal_in_meaning(one, other)

@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_single(name: str) -> None:
    job = in_single(FEATURES[name])
    count = epochs_of(job)
    one, other = last(job, "reference", count), last(job, "compiled", count, every=count)
    assert_equal_in_meaning(one, other)
