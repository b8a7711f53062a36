"""Two mistakes at once in programs of the corpus: both are told, and nothing else."""

import pytest

from trainwell.diagnosis.scorecard.judging import report_on
from trainwell.diagnosis.scorecard.programs import load, program

MASK = ("return dLdA * (self.A > 0)", "return dLdA", "mask")
PAIRS = {
    "a number of an object": (
        "module_classes",
        MASK,
        ("(self.softmax - self.Y) / self.N", "(self.softmax - self.Y)", "factor"),
    ),
    "a helper's slope": (
        "sparse_autoencoder",
        ("return a * (1 - a)", "return a", "activation-missing"),
        ("W2grad += np.outer(delta3", "W2grad += 0 * np.outer(delta3", "zero"),
    ),
    "a factor along an axis": (
        "skip_gram",
        ("g_neg = p_neg / batch", "g_neg = p_neg", "factor"),
        ("g_neg[:, :, None] * v[:, None, :]", "g_neg[:, :, None]", "activation-missing"),
    ),
    "another name": (
        "hinge_svm",
        ("dscores = mask / num_train", "dscores = mask", "factor"),
        ("dW += 2 * reg * W", "dW += 2 / reg * W", "operation"),
    ),
    "what is only returned": (
        "conv1d_pooling",
        ("dact * np.where(z > 0, 1.0, H", "dact * np.where(z > 0, 2, H", "activation-wrong"),
        ("dscores.sum(axis=0)}", "dscores.mean(axis=0)}", "factor"),
    ),
    "what a helper is given": (
        "factorization_machine",
        ("(prob - clicked) / np.sum(weight)", "(prob - clicked)", "factor"),
        ("dpre = delta *", "dpre = 1.000001 * delta *", "factor"),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_both_are_told_in_their_lines(name):
    right, *mistakes = program(PAIRS[name][0]), *PAIRS[name][1:]
    source, expected = right.source, set()
    for old, new, kind in mistakes:
        assert source.count(old) == 1
        expected.add((source[: source.index(old)].count("\n") + 1, kind))
        source = source.replace(old, new)
    found = report_on(right, load(source, f"{right.name}-twice-{hash(source)}.py"), 1).findings
    assert {(each.line, each.kind) for each in found} == expected
