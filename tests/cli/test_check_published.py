"""Objects as people publish them: they are checked as they are."""

from collections.abc import Callable

import pytest
from cli.conftest import Call
from cli.published_forms import FORMS, TWO_INPUTS
from cli.published_programs import IN_PLACE, LETTERS, NO_PARAMETERS, PUBLISHED, STATEFUL, STEP

EVERY = PUBLISHED | FORMS
ONCE = "in place: call it once after a forward pass"


@pytest.mark.parametrize("name", EVERY)
def test_an_object_is_checked_as_it_is(call: Call, write: Callable[..., str], name: str) -> None:
    answer = call("check", write(EVERY[name].text))
    assert answer.code == 0, answer


@pytest.mark.parametrize("name", EVERY)
def test_its_mistake_is_told_with_its_line(
    call: Call, write: Callable[..., str], name: str
) -> None:
    text, right, wrong, told = EVERY[name]
    assert text.count(right) == 1
    line = text[: text.index(right)].count("\n") + 1
    answer = call("check", write(text.replace(right, wrong)))
    assert answer.code == 1, answer
    assert f", line {line}: " in answer.out, answer.out
    assert told in " ".join(answer.out.split())


def test_what_the_next_forward_pass_makes_good_is_a_note(
    call: Call, write: Callable[..., str]
) -> None:
    answer = call("check", write(IN_PLACE))
    assert f"! the backward pass changes self.cache[2] {ONCE}" in answer.out
    answer = call("check", write(STATEFUL))
    assert f"! the backward pass changes self.error {ONCE}" in answer.out


def test_what_the_next_forward_pass_does_not_make_good_is_a_mistake(
    call: Call, write: Callable[..., str]
) -> None:
    text = IN_PLACE.replace("self.dW = x.T @ dx", "self.total += x.T @ dx; self.dW = self.total")
    answer = call("check", write(text))
    assert answer.code == 1
    assert "a second call with the same arguments" in " ".join(answer.out.split())


def test_of_functions_what_they_overwrite_is_called_as_they_call_the_object(
    call: Call, write: Callable[..., str]
) -> None:
    text = IN_PLACE.replace("    def forward(self", "    def unused(self")
    text = text.replace("    def backward(self):", "    def neither(self):")
    text = text.replace("def case", FUNCTIONS + "\n\ndef case")
    answer = call("check", write(text))
    assert answer.code == 0, answer
    assert f"! the backward pass changes net.cache[2] {ONCE}" in answer.out


FUNCTIONS = """
def forward(net, x, t):
    return net.unused(x, t)


def backward(net):
    net.neither()
"""


def test_it_is_told_that_gradients_are_read_from_a_step(
    call: Call, write: Callable[..., str]
) -> None:
    answer = call("check", write(STEP))
    assert "! the gradients are read from the step that backward takes itself" in answer.out
    assert "in place" not in answer.out
    answer = call("check", write(STEP), "--hyper", "learning_rate=0.01")
    assert answer.code == 0, answer


def test_a_step_of_unknown_length_is_refused(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(
        write(
            STEP.replace("output_gradient, learning_rate", "output_gradient, scale=1").replace(
                "learning_rate *", "scale *"
            )
        )
    )
    assert "backward changes weights, bias itself: return the gradients" in said


def test_a_letter_that_two_arrays_begin_with_says_nothing(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    text = LETTERS.replace("self.grads = {}", "self.grads, self.bound = {}, np.ones(3)")
    text = text.replace("self.biases)", "self.biases + self.bound)").replace(
        '"dW": self.input.T @ dz, ', ""
    )
    said = sentence(write(text))
    assert "neither returns nor leaves a gradient (such as dW) of weights, biases, bound" in said


def test_a_letter_says_nothing_of_what_has_another_shape(
    call: Call, write: Callable[..., str]
) -> None:
    text = LETTERS.replace("self.grads = {}", "self.grads, self.scale = {}, 0.5").replace(
        "dz = 2 * self.z", "dz = self.ds = 2 * self.z"
    )
    answer = call("check", write(text))
    assert answer.code == 0, answer
    assert "scale" not in answer.out


def test_what_returns_nothing_that_fits_is_refused(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    said = sentence(write(NO_PARAMETERS.replace("return self.y * (grad", "return np.sum(grad")))
    assert "backward neither returns nor leaves a gradient" in said


def test_all_that_a_layer_is_given_is_checked(call: Call, write: Callable[..., str]) -> None:
    answer = call("check", write(TWO_INPUTS))
    assert "all 3 arrays agree" in answer.out
    swapped = TWO_INPUTS.replace("size=(3, 4)", "size=(4, 4)").replace("size=(5, 3)", "size=(5, 4)")
    swapped = swapped.replace("return dz @ self.W.T, dh", "return dout * t, dz @ self.W.T")
    assert call("check", write(swapped)).code == 1


def test_a_second_result_that_is_no_gradient_is_none(
    sentence: Callable[..., str], write: Callable[..., str]
) -> None:
    text = """
import numpy as np


def forward(image, label):
    out = np.tanh(image.sum(axis=0))
    loss = -np.log(out[label] ** 2)
    acc = 1.0 if out.argmax() == label else 0.0
    return out, loss, acc


def case():
    return np.random.default_rng(0).normal(size=(4, 4)) + 1, (2,)
"""
    assert "has no function whose name begins with backward or grad" in sentence(write(text))


def test_a_second_result_of_another_shape_may_be_the_gradient(
    call: Call, write: Callable[..., str]
) -> None:
    text = """
import numpy as np


def squared_cost(theta, X, y):
    r = X @ theta - y
    return 0.5 * np.sum(r**2), (X.T @ r).flatten()


def case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 1)), (rng.normal(size=(5, 3)), rng.normal(size=(5, 1)))
"""
    answer = call("check", write(text))
    assert answer.code == 1
    assert "has shape (3,), the parameter (3, 1); its numbers are right" in answer.out


def test_a_gradient_of_one_of_two_alike_is_that_of_the_first(
    call: Call, write: Callable[..., str]
) -> None:
    text = TWO_INPUTS.replace("return dz @ self.W.T, dh", "return dz @ self.W.T")
    answer = call("check", write(text))
    assert answer.code == 0
    assert "all 2 arrays agree" in answer.out
