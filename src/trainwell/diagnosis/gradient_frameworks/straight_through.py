"""Rules that give a gradient where the function is flat, as quantisers do on purpose."""

from collections.abc import Sequence

import numpy as np

from trainwell.diagnosis.gradient_verdict.judgement import Judgement


def straight_through(judgement: Judgement, wrong: Sequence[str]) -> tuple[str, ...]:
    """Say that a rule may be a straight-through estimator, which is no derivative.

    Parameters
    ----------
    judgement : Judgement
        What was compared.
    wrong : sequence of str
        Inputs whose gradients are wrong.

    Returns
    -------
    tuple of str
        One sentence, or none.

    References
    ----------
    .. [1] Y. Bengio, N. Leonard and A. Courville, "Estimating or Propagating Gradients Through
       Stochastic Neurons for Conditional Computation", arXiv:1308.3432, 2013.
    """
    expected = judgement.reference.gradient
    flat = [
        name
        for name in wrong
        if not np.any(expected[name]) and np.any(judgement.arrays[name].given)
    ]
    if not flat:
        return ()
    names = ", ".join(flat)
    said = f"the function does not change with {names} here, and the rule gives a gradient: if that"
    return (f"{said} is meant, as of a straight-through estimator, no derivative confirms it",)
