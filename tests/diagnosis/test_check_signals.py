"""Mistakes in convolutions, spectra and decompositions have their lines."""

import numpy as np
import pytest

from trainwell.diagnosis.gradients import check_gradients
from trainwell.diagnosis.scorecard.programs import load

IMAGES = """
import numpy as np
from scipy import ndimage, signal


def cost(p, x, y):
    z = np.stack([signal.correlate2d(x, k, "valid") for k in p["kernels"]])
    a = np.tanh(z)
    out = sum(signal.convolve2d(a[i], p["back"][i], mode="full") for i in range(2))
    out = ndimage.convolve1d(out, p["taps"], axis=1, mode="constant")
    return 0.5 * np.sum((out - y) ** 2), (a, out)


def grad(p, x, y, cache):
    a, out = cache
    d = out - y
    dsum = ndimage.correlate1d(d, p["taps"], axis=1, mode="constant")
    out = sum(signal.convolve2d(a[i], p["back"][i], mode="full") for i in range(2))
    wide = np.pad(out, ((0, 0), (1, 1)))
    dtaps = np.array([np.sum(d * wide[:, 2 - k : 2 - k + d.shape[1]]) for k in range(3)])
    dkernels, dback = np.zeros_like(p["kernels"]), np.zeros_like(p["back"])
    for i in range(2):
        dback[i] = signal.correlate2d(dsum, a[i], "valid")
        da = signal.correlate2d(dsum, p["back"][i], mode="valid")
        dz = da * (1 - a[i] ** 2)
        dkernels[i] = signal.correlate2d(x, dz, "valid")
    return {"kernels": dkernels, "back": dback, "taps": dtaps}
"""
SPECTRA = """
import numpy as np


def cost(p, x, y):
    spectrum = np.fft.rfft(p["w"] * x) * np.fft.rfft(p["h"], n=len(x))
    out = np.fft.irfft(spectrum, n=len(x))
    power = np.abs(np.fft.fft(out)) ** 2
    return 0.5 * np.sum((out - y) ** 2) + 0.1 * np.sum(np.log(1 + power)), (out, power)


def grad(p, x, y, cache):
    out, power = cache
    d = out - y
    slope = 0.2 * np.fft.fft(out) / (1 + power)
    d = d + len(x) * np.real(np.fft.ifft(slope))
    back = np.fft.rfft(d)
    dh = np.fft.irfft(back * np.conj(np.fft.rfft(p["w"] * x)), n=len(x))[: len(p["h"])]
    dv = np.fft.irfft(back * np.conj(np.fft.rfft(p["h"], n=len(x))), n=len(x))
    return {"w": dv * x, "h": dh}
"""
PROCESS = """
import numpy as np
import scipy.linalg as sla
from scipy.spatial.distance import pdist, squareform


def cost(p, x, y):
    r = squareform(pdist(x)) / np.exp(p["length"])
    kernel = np.exp(p["scale"]) * (1 + r) * np.exp(-r)
    factor = sla.cho_factor(kernel + 0.1 * np.eye(len(y)))
    a = sla.cho_solve(factor, y)
    values, vectors = np.linalg.eigh(kernel)
    rest = np.sum(vectors[:, -1] ** 2 * np.arange(len(y)))
    return 0.5 * y @ a + np.sum(np.log(np.diag(factor[0]))) + 0.1 * rest, (r, kernel, factor, a)


def grad(p, x, y, cache):
    r, kernel, factor, a = cache
    inverse = sla.cho_solve(factor, np.eye(len(y)))
    dk = 0.5 * inverse - 0.5 * np.outer(a, a)
    values, vectors = np.linalg.eigh(kernel)
    v = vectors[:, -1]
    dv = 0.2 * v * np.arange(len(y))
    gaps = values[-1] - values[:-1]
    part = vectors[:, :-1] @ ((vectors[:, :-1].T @ dv) / gaps)
    dk = dk + 0.5 * (np.outer(part, v) + np.outer(v, part))
    dr = -dk * np.exp(p["scale"]) * r * np.exp(-r)
    return {"length": -np.sum(dr * r), "scale": np.sum(dk * kernel)}
"""


def case(text):
    rng = np.random.default_rng(6)
    if "signal" in text:
        params = {
            "kernels": rng.normal(size=(2, 2, 3)),
            "back": rng.normal(size=(2, 2, 2)),
            "taps": rng.normal(size=3),
        }
        return params, (rng.normal(size=(5, 6)), rng.normal(size=(5, 5)))
    if "fft" in text:
        params = {"w": rng.normal(size=8), "h": rng.normal(size=3)}
        return params, (rng.normal(size=8), rng.normal(size=8))
    data = rng.uniform(0, 3, size=(6, 2)), rng.normal(size=6)
    return {"length": np.array(0.3), "scale": np.array(-0.1)}, data


def checked(text, old="", new=""):
    assert text.count(old) == 1 or not old
    module = load(text.replace(old, new) if old else text, "signals.py")
    params, data = case(text)
    return check_gradients(module["cost"], module["grad"], params, data)


@pytest.mark.parametrize("text", [IMAGES, SPECTRA, PROCESS], ids=["images", "spectra", "process"])
def test_right_ones_pass_by_the_tape(text):
    report = checked(text)
    assert (report.verdict, report.method) == ("PASS", "trace"), str(report)


DTAPS = "wide[:, 2 - k : 2 - k + d.shape[1]]"
MISTAKES = {
    "convolved": (IMAGES, 'correlate2d(x, dz, "valid")', 'convolve2d(x, dz, "valid")'),
    "correlated": (IMAGES, 'correlate2d(dsum, a[i], "valid")', 'convolve2d(dsum, a[i], "valid")'),
    "along": (IMAGES, 'correlate1d(d, p["taps"]', 'convolve1d(d, p["taps"]'),
    "turned": (IMAGES, 'dsum, p["back"][i], mode', 'dsum, p["back"][i][::-1, ::-1], mode'),
    "slope": (IMAGES, "da * (1 - a[i] ** 2)", "da * (1 - a[i])"),
    "conjugate": (SPECTRA, 'np.conj(np.fft.rfft(p["w"] * x))', 'np.fft.rfft(p["w"] * x)'),
    "another": (SPECTRA, 'np.conj(np.fft.rfft(p["h"], n=len(x)))', 'np.fft.rfft(p["h"], n=len(x))'),
    "length": (SPECTRA, "d + len(x) * np.real", "d + np.real"),
    "half": (PROCESS, "dk = 0.5 * inverse", "dk = inverse"),
    "outer": (PROCESS, "- 0.5 * np.outer(a, a)", "- np.outer(a, a)"),
    "gaps": (PROCESS, "(vectors[:, :-1].T @ dv) / gaps", "(vectors[:, :-1].T @ dv) * gaps"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_line(name):
    text, old, new = MISTAKES[name]
    report = checked(text, old, new)
    line = text[: text.index(old)].count("\n") + 1
    assert [each.line for each in report.findings] == [line], str(report)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("convolved", "should be `signal.correlate2d(x, dz, 'valid')`"),
        ("along", "should be `ndimage.correlate1d("),
        ("conjugate", "should be `np.conj("),
    ],
)
def test_what_is_meant_is_told(name, said):
    (finding,) = checked(*MISTAKES[name]).findings
    assert said in finding.message


DECOMPOSED = """
import numpy as np


def cost(p, x):
    u, s, vh = np.linalg.svd(p["B"], full_matrices=False)
    return 0.2 * s[0] + 0.1 * s.sum() + np.sum((p["B"] @ x) ** 2), (u, vh)


def grad(p, x, cache):
    u, vh = cache
    db = 2 * p["B"] @ x @ x.T
    left, _, right = np.linalg.svd(p["B"], full_matrices=False)
    db += 0.1 * left @ right
    db += 0.2 * np.outer(u[:, 0], vh[0])
    return {"B": db}
"""


def test_what_cannot_be_decomposed_any_more_is_no_repair():
    module = load(DECOMPOSED.replace("u[:, 0], vh[0]", "u[:, 0], vh[1]"), "decomposed.py")
    rng = np.random.default_rng(16)
    given = {"B": rng.normal(size=(3, 3))}, (rng.normal(size=(3, 5)),)
    (finding,) = check_gradients(module["cost"], module["grad"], *given).findings
    assert finding.line == 15


FRECHET = """
import numpy as np
from scipy.linalg import expm, expm_frechet


def cost(p, x):
    s = p["M"] - p["M"].T
    q = expm(s)
    return np.sum((x @ q) ** 3), (s, q)


def grad(p, x, cache):
    s, q = cache
    dq = x.T @ (3 * (x @ q) ** 2)
    ds = expm_frechet(s.T, dq, compute_expm=False)
    return {"M": ds - ds.T}
"""


@pytest.mark.parametrize(("old", "new"), [("", ""), ("x.T @ (3", "x.T @ (2"), ("s.T, dq", "s, dq")])
def test_a_backward_pass_may_call_what_has_no_rule(old, new):
    module = load(FRECHET.replace(old, new) if old else FRECHET, "frechet.py")
    rng = np.random.default_rng(3)
    params, x = {"M": 0.4 * rng.normal(size=(3, 3))}, rng.normal(size=(4, 3))
    report = check_gradients(module["cost"], module["grad"], params, (x,))
    line = FRECHET[: FRECHET.index(old)].count("\n") + 1
    assert [each.line for each in report.findings] == ([line] if old else []), str(report)


ROWS = """
import numpy as np
from scipy.signal import fftconvolve


def cost(p, x, y):
    out = fftconvolve(x, p["k"], mode="valid") ** 2
    return 0.5 * np.sum((out - y) ** 2), out


def grad(p, x, y, out):
    d = (out - y) * 2 * fftconvolve(x, p["k"], mode="valid")
    return {"k": fftconvolve(x[::-1], d, mode="valid")}
"""


def of_rows(old, new):
    module = load(ROWS.replace(old, new), "rows.py")
    rng = np.random.default_rng(2)
    given = {"k": rng.normal(size=3)}, (rng.normal(size=7), rng.normal(size=5))
    return check_gradients(module["cost"], module["grad"], *given)


def test_a_kernel_that_is_not_turned_round_is_told():
    assert of_rows("x[::-1]", "x[::-1]").ok
    (finding,) = of_rows("x[::-1]", "x").findings
    assert "`fftconvolve(x[::-1], d, mode='valid')`" in finding.message or "[::-1]" in str(finding)


def test_another_mode_is_told():
    text = ROWS.replace('{"k": fftconvolve(x[::-1], d, mode="valid")}', '{"k": found}')
    text = text.replace(
        "    return {", '    found = fftconvolve(x[::-1], d, "same")[2:5]\n    return {'
    )
    text = text.replace('"same")[2:5]', '"full")[:3]')
    module = load(text, "modes.py")
    rng = np.random.default_rng(2)
    given = {"k": rng.normal(size=3)}, (rng.normal(size=7), rng.normal(size=5))
    (finding,) = check_gradients(module["cost"], module["grad"], *given).findings
    assert finding.line == 13
    assert "valid" in finding.message


def test_a_program_whose_patches_could_make_huge_arrays_is_checked_in_little_memory():
    import resource

    text = SPECTRA.replace("back = np", "k = np.arange(len(x) // 2 + 1)\n    back = np")
    text = text.replace("np.conj(np.fft.rfft(p", "k[0] + (np.fft.rfft(p")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    module = load(text, "huge.py")
    assert not check_gradients(module["cost"], module["grad"], *case(SPECTRA)).ok
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kilobytes
