"""Memory that is freed is kept, and what is near is told from what is not with little of it."""

import gc
import platform
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from trainwell.diagnosis.gradient_tape.recording import Step
from trainwell.diagnosis.gradient_verdict.comparison import are_close, relative_error, scale_of_all
from trainwell.diagnosis.gradients import check_gradients
from trainwell.randomness import generator

COUNT = """
    import numpy as np, resource
    from trainwell.diagnosis.gradients import check_gradients
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(300, 200)), rng.normal(size=(200, 20))
    cost, grad = lambda w, x: 0.5 * np.sum((w @ x) ** 2), lambda w, x: w @ x @ x.T
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        assert check_gradients(cost, grad, w, (x,)).ok
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_the_next_check_takes_its_memory_from_the_last_one():
    command = [sys.executable, "-c", dedent(COUNT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    # The parameters alone fill more than 100 pages, and there are several arrays of their size.
    assert int(done.stdout) < 100


FLAGS = """
    import numpy as np
    from pathlib import Path
    from trainwell.diagnosis.gradients import check_gradients
    for _ in range(3):
        assert check_gradients(lambda w: np.sum(w**2), lambda w: 2 * w, np.ones(3)).ok
    parts = Path("/proc/self/smaps").read_text().split("[heap]")[1:]
    print(*(part.partition("VmFlags:")[2].partition("\\n")[0] for part in parts))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="another system")
def test_the_memory_that_is_kept_has_no_huge_pages():
    # To clear two megabytes takes longer than a check; whether it is done is a matter of luck.
    command = [sys.executable, "-c", dedent(FLAGS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    flags = done.stdout.split()
    assert "rd" in flags
    assert "hg" not in flags


def wrong(w, x):
    return 2 * w @ x @ x.T


def test_a_check_leaves_no_recording_that_only_a_search_for_garbage_finds():
    w, x = np.ones((4, 3)), np.arange(6.0).reshape(3, 2)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        report = check_gradients(lambda w, x: 0.5 * np.sum((w @ x) ** 2), wrong, w, (x,))
        assert report.findings[0].kind == "factor"
        del report
        gc.collect()
        assert not [each for each in gc.garbage if isinstance(each, Step)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("unit", [1.0, 1e-160, 1e160, 1e-300])
@pytest.mark.parametrize("size", [1, 7, 5000])
def test_close_is_what_the_relative_error_says(unit, size):
    rng = generator(0, "what is close", size)
    expected = unit * rng.normal(size=size)
    scale = scale_of_all({"w": expected})
    seen = set()
    for exponent in range(-14, 1):
        for given in (
            expected * (1 + 10.0**exponent * rng.normal(size=size)),
            expected + 10.0**exponent * np.abs(expected).max() * (np.arange(size) == size // 2),
        ):
            close = relative_error(given, expected, scale) <= 1e-9
            assert are_close(given, expected, scale, 1e-9) == close
            seen.add(close)
    assert seen == {True, False}


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf, 1e200])
def test_what_is_not_finite_is_close_to_nothing(strange):
    given, expected = np.ones(5), np.ones(5)
    given[3] = strange
    assert not are_close(given, expected, 1.0, 1e-9)
    assert not are_close(expected, given, 1.0, 1e-9)


def test_nothing_is_close_to_zero_but_on_the_scale_of_all():
    zero = np.zeros(4)
    assert are_close(zero, zero, 0.0, 1e-9)
    assert are_close(zero + 1e-16, zero, 1.0, 1e-9)
    assert not are_close(zero + 1e-14, zero, 1.0, 1e-9)
    assert are_close(np.zeros((0, 3)), np.zeros((0, 3)), 1.0, 1e-9)
