import copy

import numpy as np
import pytest
from scipy import special
from tape_cases import agrees, draw, gradients, recorded

from trainwell.diagnosis.gradient_tape.recorder import Recorder
from trainwell.diagnosis.gradient_tape.recording import sweep

COUNT = np.arange(12.0).reshape(3, 4)


def augmented_element(w, v):
    w = w * 1
    w[1] += v * v
    w[2, 3] -= v[0]
    w[-1, :2] *= v[:2]
    return np.sum(w**2)


def mask_of_zeros(w, v):
    w = w.copy()
    w[w > 0.5] = 0
    w[np.array([True, False, True])] *= v
    return np.sum(w**2)


def in_place_through_another_name(w, v):
    w = w * 1
    b = w
    b += v
    b *= w
    b /= 1 + v
    b **= 2
    b -= 1
    return np.sum(w)


def numbers_are_replaced(w, v):
    cost = np.sum(w * w)
    kept = cost
    kept += v.sum()
    kept *= v[0]
    return cost + kept


def out_argument(w, v):
    w = w * 1
    np.multiply(w, v, out=w)
    np.add(w, 1, w)
    product = np.empty(3)
    np.dot(w, v, out=product)
    total = np.zeros(4)
    np.sum(w, axis=0, out=total)
    return np.sum(product**2) + np.sum(total * v)


def rows_of_an_iteration(w, v):
    w = w * 1
    for row in w:
        row *= v  # noqa: PLW2901 - it writes into the array
        row[0] = v[3]
    return np.sum(w**3)


def transpose_is_a_view(w, v):
    a = w * 1
    b = a.T
    b += 1
    b[0] = v[:3]
    a[1] *= 2
    return np.sum(a**3) + np.sum(b * COUNT.T)


def siblings_see_each_other(w, v):
    a = w * 1
    flat, row, column = a.reshape(-1), a[1], a[:, 1]
    flat[5] = v[0]
    row *= 2
    column[...] = v[1] * column
    flat[[0, 11]] = v[2]
    return np.sum(a**2 * COUNT) + np.sum(flat * np.arange(12.0)) + row.sum() + np.sum(column**2)


def copies_are_not_views(w, v):
    a = w * 1
    flat, rows, other = a.flatten(), a[[0, 1]], a.copy()
    turned = a.T.reshape(-1)
    a[...] = 0
    flat[0] = v[0]
    rows += 1
    return np.sum(flat**2) + np.sum(rows**2) + np.sum(other * w) + np.sum(a) + np.sum(turned**3)


def views_of_views(w, v):
    a = w * 1
    b = a[1:][:, ::-1].T
    b[0] = v[:2]
    c = a.reshape(2, 6)[1]
    c *= 3
    d = np.expand_dims(a, 0).swapaxes(0, 2)[1]
    d += v[1]
    return np.sum(a**2 * COUNT) + np.sum(b**2) + np.sum(c) + np.sum(d**3)


def chained_index(w, v):
    w = w.copy()
    w[0][1] = v[2]
    w[1][2:] += v[:2]
    first, second = np.split(w, 2, axis=1)
    first += second
    return np.sum(w**2 * COUNT)


def rows_written_one_by_one(w, v):
    out = np.zeros((3,))
    for i in range(3):
        out[i] = w[i] @ v
    out[1:] = out[:-1] * out[1:]
    return np.sum(out**2)


def repeated_index(w, v):
    out, table = np.zeros(3), np.ones((2, 4))
    out[[0, 0, 1]] = v[:3]
    np.add.at(out, [0, 0, 2], v[:3] ** 2)
    np.subtract.at(table, (np.array([0, 1, 0]), slice(1, 3)), w[:, :2])
    return np.sum(out**2) + np.sum(table**2)


def broadcast_into(w, v):
    out = np.empty((3, 4))
    out[:] = v
    out[1:, :2] = v[0]
    out[0] = w[None, 1]
    out.fill(v[1]) if v[0] > 5 else None
    block = np.zeros((2, 3, 4))
    block[:, 1] = v
    return np.sum(out**2 * COUNT) + np.sum(block**2)


def an_array_without_axes(w, v):
    total = np.zeros(())
    other = total
    total += w.sum()
    total += v[0]
    total *= total
    return other


def only_some_elements(w, v):
    out, numbers = np.zeros_like(v), np.where(v > 0.55, v, 0)
    np.divide(w[0], numbers, out=out, where=numbers > 0)
    w[0] += out
    np.divide(1.0, v - 0.5, out=out, where=v > 0.55)
    return np.sum(out**2) + w[0, 0]


def copied_into(w, v):
    a = np.full((3, 4), 2.0)
    np.copyto(a, v)
    np.copyto(a, w, where=w > 0.5)
    square = np.zeros((3, 3))
    np.fill_diagonal(square, v[0])
    np.fill_diagonal(square[1:, 1:], v[:2] ** 2)
    return np.sum(a**2) + np.sum(square @ w)


def recurrent_state(w, v):
    states = np.zeros((5, 4))
    state = states[0]
    for t in range(1, 5):
        states[t] = np.tanh(states[t - 1] * v + w[t % 3])
        state = states[t]
    return np.sum(states**2) + np.sum(state)


def a_constant_that_is_used_again(w, v):
    code = np.zeros(4, dtype=int)
    total = np.sum(w) * 0
    for i in range(3):
        code[:] = 0
        code[i] = 1
        total = total + np.sum(w[i] * code) * np.sum(v * code) ** 2
    return total


def deep_copies(w, v):
    a = copy.deepcopy({"w": w})["w"]
    b = copy.copy(v)
    a += 1
    b *= 2
    return np.sum(a * w) + np.sum(b * v)


def lists_and_conversions(w, v):
    a = np.array([v[0] * 2, 1.0, v[1]])
    b = np.array([[v[0], v[1]], [v[2], 3.0]], ndmin=3)
    c = np.asarray([w[0], w[1]], dtype=np.float64)
    d = np.ascontiguousarray(w.T)
    e = np.asfortranarray(w) * np.asanyarray(v)
    d[0] = 1
    return (a**2).sum() + np.sum(b @ b) + np.mean(c * c) + np.sum(d**2) + e.sum()


def numbers_taken_out(w, v):
    return np.sum(w**2).item() * 0.5 + v.item(2) + w[:1, :1].item() * 3 + np.float64(v[0]) ** 2


def joined_by_an_index(w, v):
    wide = np.c_[np.ones((3, 1)), w[:, 1:], v[:3]]
    long = np.r_[v, 1.0, v[0], w[0]]
    tall = np.r_[w, w * 2]
    plain = np.c_[np.arange(3.0), np.arange(3.0)]
    return np.sum(wide**2) + np.sum(long**3) + np.nansum(tall**2) + np.sum(plain)


def numbers_in_lists(w, v):
    squares = np.sum([np.sum(np.square(x)) for x in (w, v)])
    return (
        squares
        + np.mean([v[0], 1.0, v[1] * v[2]])
        + np.max((w[0, 0] - 5, v[1]))
        + np.full(2, v[0]) @ v[:2]
    )


def a_number_used_again(w, v):
    return float(np.sum(w**2)) + v @ v


def masks_as_numbers(w, v):
    mask = w > 0.5
    a, b, c = np.int64(mask), np.float64(mask), mask.astype(float)
    return np.sum(w * a) + np.sum(w**2 * b) + np.sum(c * w * v) + np.sum((~mask & (w > 0.3)) * w)


def choices_of_python(w, v):
    biggest = max(v[0], v[1], v[2])
    return biggest + abs(v[2]) + sum(w)[0] + (v[0] if w[0, 0] > 0.1 else v[1]) + pow(v[1], 2)


def softmax_by_hand(w, v):
    p = np.exp(w - w.max(axis=1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    chosen = p[np.arange(3), np.argmax(COUNT, 1)]
    return -np.log(chosen).mean() + np.sum(special.expit(v)) + special.erf(w[0]).sum()


PROGRAMS = {
    name: value
    for name, value in list(globals().items())
    if getattr(value, "__module__", None) == __name__ and getattr(value, "__code__", None)
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_written_is_followed(name):
    w, v = draw((3, 4)), draw((4,), 1)
    given_w, given_v = w.copy(), v.copy()
    before = np.asarray(PROGRAMS[name](w.copy(), v.copy()))
    agrees(PROGRAMS[name], w, v)
    np.testing.assert_array_equal(w, given_w)
    np.testing.assert_array_equal(v, given_v)
    np.testing.assert_array_equal(before, PROGRAMS[name](w.copy(), v.copy()))


def test_the_second_half_of_an_augmented_assignment_is_not_written_down():
    recorder, _, _ = recorded(augmented_element, [draw((3, 4)), draw((4,), 1)])
    operations = [step.operation for step in recorder.recording.steps]
    assert operations.count("setitem") == 3


def test_a_number_that_is_converted_at_the_end_is_the_output():
    arrays = [draw((3,))]
    agrees(lambda a: float(np.sum(a**2)), *arrays)
    recorder, _, output = recorded(lambda a: float(np.sum(a**2)), arrays)
    assert [step for _, step in recorder.converted] == [output]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("name", PROGRAMS)
def test_cotangents_have_the_precision_of_their_values(name, dtype):
    if name == "softmax_by_hand" and dtype not in (np.float32, np.float64):
        pytest.skip("SciPy has no error function for these")
    recorder, _, output = recorded(
        PROGRAMS[name], [draw(s, 2).astype(dtype) for s in ((3, 4), (4,))]
    )
    for index, cotangent in sweep(recorder.recording, output).items():
        assert cotangent.dtype == recorder.recording.steps[index].value.dtype
        assert cotangent.shape == recorder.recording.steps[index].value.shape
    if dtype == np.longdouble:
        assert output.value.dtype == dtype


def test_digits_of_long_doubles_are_kept():
    point = np.linspace(0.2, 0.8, 4).astype(np.longdouble)
    two, ten = np.log(np.longdouble(2)), np.log(np.longdouble(10))
    for function, slope in [
        (np.exp2, np.exp2(point) * two),
        (np.log2, 1 / (point * two)),
        (np.log10, 1 / (point * ten)),
        (np.deg2rad, np.deg2rad(np.ones_like(point))),
        (lambda a: np.where(a > 0.5, a * a / 3, 0.0), np.where(point > 0.5, 2 * point / 3, 0)),
    ]:
        (found,) = gradients(lambda a, f=function: np.sum(f(a)), [point])
        np.testing.assert_allclose(found, slope, rtol=4e-19)


def test_a_comparison_is_a_step_that_no_gradient_passes():
    recorder, (leaf,), output = recorded(lambda a: np.sum(a * (a > 0.5)), [draw((3,))])
    mask = next(step for step in recorder.recording.steps if step.operation == "greater")
    assert mask.value.dtype == bool
    assert mask.pull is None
    assert mask.parents == (leaf,)
    assert mask.index not in sweep(recorder.recording, output)
    assert mask.place[0] == __file__


def test_a_value_of_the_recording_is_a_copy_of_the_users_array():
    recorder, point, mask = Recorder(), np.ones(3), np.ones(3)
    leaf = recorder.leaf(point)
    product = leaf * mask
    point[0], mask[0] = 5, 7
    assert leaf.step.value.tolist() == [1, 1, 1]
    assert sweep(recorder.recording, np.sum(product).step)[0].tolist() == [1, 1, 1]
