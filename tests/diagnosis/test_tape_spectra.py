"""Costs of spectra: complex numbers on the way from real parameters to a real cost."""

import numpy as np
import pytest
import scipy.fft
from tape_cases import agrees, draw, recorded, weighted

from trainwell.diagnosis.gradient_tape.recorded_numpy import recorded_numpy
from trainwell.diagnosis.gradient_tape.recorder import Recorder, Unsupported
from trainwell.diagnosis.gradients import check_gradients

WAVES = np.exp(1j * np.arange(12.0).reshape(3, 4))


def both(z):
    """Return one number in which both parts of every element count differently."""
    return weighted(np.real(z)) + 0.7 * weighted(np.imag(z)) + weighted(np.abs(z))


def arithmetic(w, v):
    z = w + 1j * v
    return (
        both(z * WAVES)
        + both(WAVES / z)
        + both(-z + 3)
        + both(z**2 - 1 / z)
        + both(np.exp(z) * np.conj(z))
        + both(np.sqrt(z) + np.square(z))
        + both(np.sin(z) + np.cosh(z) + np.tanh(z))
        + both(z.conj())
        + weighted(z.real * z.imag)
        + weighted(np.angle(z))
        + weighted(np.angle(z, deg=True) / 60)
        + weighted(w.imag)
        + weighted(np.conj(w))
        + weighted(w.conj())
        + weighted(np.angle(w))
    )


def products(w, v):
    z = w * WAVES
    return (
        both(z @ WAVES.T)
        + both(np.dot(WAVES, v))
        + both(np.einsum("ij,kj->ik", z, w))
        + both(np.sum(z, axis=0))
        + both(np.mean(z))
        + both(np.concatenate([z[0], v]))
        + both(z.T.reshape(2, 6)[:, ::2])
        + both(np.where(w > 0.5, z, 0))
        + both(v.astype(complex) * 1j)
    )


def transforms(w, v):
    return (
        both(np.fft.fft(w))
        + both(np.fft.fft(w, 3, axis=0, norm="ortho"))
        + both(np.fft.fft(v, n=6))
        + both(np.fft.ifft(w, 2))
        + both(np.fft.rfft(w))
        + both(np.fft.rfft(w[:, :3], norm="forward"))
        + weighted(np.fft.irfft(np.fft.rfft(w)))
        + weighted(np.fft.irfft(np.fft.rfft(w), n=5))
        + weighted(np.fft.irfft(w + 1j * v, n=3))
        + weighted(np.fft.irfft(w + 1j * v, n=9))
        + weighted(np.fft.irfft(w * WAVES, axis=0))
    )


def of_several_axes(w, v):
    return (
        both(np.fft.fft2(w))
        + weighted(np.fft.ifft2(np.fft.fft2(w) * WAVES).real)
        + both(np.fft.fftn(w, s=(2, 3), axes=(0, 1)))
        + both(np.fft.ifftn(w * WAVES))
        + both(np.fft.rfft2(w))
        + weighted(np.fft.irfft2(np.fft.rfft2(w), s=w.shape))
        + both(np.fft.rfftn(w, axes=(1, 0)))
        + weighted(np.fft.irfftn(w * WAVES))
        + both(np.fft.fftshift(np.fft.fft(v)))
        + both(np.fft.fftshift(w * WAVES, axes=1))
        + both(np.fft.ifftshift(w * WAVES))
    )


def of_scipy(w, v):
    return (
        both(scipy.fft.fft(w))
        + weighted(scipy.fft.irfft(scipy.fft.rfft(v) ** 2))
        + both(scipy.fft.fft2(w))
        + weighted(scipy.fft.dct(w))
        + weighted(scipy.fft.dct(w, 3, axis=0, norm="ortho"))
        + weighted(scipy.fft.idct(v, type=1))
    )


CASES = [arithmetic, products, transforms, of_several_axes, of_scipy]


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_they_have_the_slopes_of_differences(function):
    agrees(function, draw((3, 4), 1), draw((4,), 2))


def test_what_is_not_analytic_is_refused():
    for name, function in {
        "maximum": lambda z: np.maximum(z, 0),
        "norm": np.linalg.norm,
        "var": np.var,
        "vdot": lambda z: np.vdot(z, z),
        "a cosine transform": lambda z: scipy.fft.dct(z),  # noqa: PLW0108 - looked up while recorded
    }.items():
        recorder = Recorder()
        z = recorder.leaf(np.ones(3)) * (1 + 1j)
        with recorded_numpy(recorder), pytest.raises(Unsupported, match=name):
            function(z)


def test_a_cotangent_has_the_kind_of_its_value():
    from trainwell.diagnosis.gradient_tape.recording import sweep

    recorder, _, output = recorded(lambda w: np.sum(np.abs(np.fft.fft(w)) ** 2), [draw((4,))])
    cotangents = sweep(recorder.recording, output)
    kinds = {s.operation: cotangents[s.index].dtype.kind for s in recorder.recording.steps}
    assert kinds["fft"] == "c"
    assert kinds["leaf"] == kinds["absolute"] == "f"


TAPS = np.array([0.5, -0.3, 0.1, 0.0, 0.0, 0.0])


def filtered(p, x, y):
    spectrum = np.fft.rfft(p["taps"], n=len(x))
    out = np.fft.irfft(np.fft.rfft(x) * spectrum, n=len(x))
    return 0.5 * np.sum((out - y) ** 2), out - y


def filtered_slope(p, x, _, error):
    back = np.fft.rfft(error) * np.conj(np.fft.rfft(x))
    return {"dtaps": np.fft.irfft(back, n=len(x))[: len(p["taps"])]}


def forgotten(p, x, _, error):
    back = np.fft.rfft(error) * np.fft.rfft(x)
    return {"dtaps": np.fft.irfft(back, n=len(x))[: len(p["taps"])]}


def test_a_filter_is_checked_by_the_tape_and_a_mistake_in_it_has_its_line():
    rng = np.random.default_rng(4)
    given = {"taps": rng.normal(size=3)}, (rng.normal(size=8), rng.normal(size=8))
    report = check_gradients(filtered, filtered_slope, *given)
    assert (report.verdict, report.method) == ("PASS", "trace")
    report = check_gradients(filtered, forgotten, *given)
    first = forgotten.__code__.co_firstlineno
    assert {each.line for each in report.findings} <= {first + 1, first + 2}, str(report)
