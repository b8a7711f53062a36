"""What numbers of one sign hide is looked for where they have the other one."""

import numpy as np

from trainwell.diagnosis.gradients import check_gradients

RNG = np.random.default_rng(12)
X, Y = RNG.normal(size=(3, 6)), RNG.normal(size=(1, 6))
POSITIVE = {"w": np.array([[0.4, 1.1, 0.7]])}


def penalised(p, x, y):
    return np.mean((p["w"] @ x - y) ** 2) + 0.1 * np.abs(p["w"]).sum()


def with_signs(p, x, y):
    return {"dw": 2 * (p["w"] @ x - y) @ x.T / y.size + 0.1 * np.sign(p["w"])}


def without_signs(p, x, y):
    return {"dw": 2 * (p["w"] @ x - y) @ x.T / y.size + 0.1}


def test_numbers_of_one_sign_hide_whether_a_penalty_has_it():
    report = check_gradients(penalised, without_signs, POSITIVE, (X, Y), points=1)
    assert report.ok
    assert "`absolute`" in report.blind_spots[0]
    report = check_gradients(penalised, with_signs, POSITIVE, (X, Y))
    assert report.ok
    assert not report.blind_spots


def test_what_shows_only_elsewhere_is_mended_at_the_given_point_too():
    (finding,) = check_gradients(penalised, without_signs, POSITIVE, (X, Y)).findings
    # Where all numbers are negative, a minus in the place of the plus would do.
    assert finding.message == "`* np.sign(p['w'])` is missing beside `0.1`"
    assert finding.kind == "regularisation"
