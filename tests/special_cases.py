"""A row of cases for every derivative of a function of ``scipy.special``."""

# ruff: noqa: SIM905 - a list of names is easier to read without its commas

from scipy import special

A, C = (3, 4), (2, 3, 4)

SPECIAL_CASES = {
    name: getattr(special, name)
    for name in """expit log_expit logit erf erfc erfcx erfinv ndtr log_ndtr ndtri xlogy xlog1py
    entr rel_entr kl_div huber pseudo_huber gammaln loggamma gamma psi
    beta betaln j0 j1 i0 i0e i1 i1e""".split()
}
"""Universal functions."""

SPECIAL_ARRAY_CASES = {
    "softmax": [
        (special.softmax, [A]),
        (lambda a: special.softmax(a, axis=-1), [C]),
        (lambda a: special.softmax(a, (0, 2)), [C]),
        (lambda a: special.softmax(800 * a, axis=1), [(2, 2)]),
    ],
    "log_softmax": [
        (special.log_softmax, [A]),
        (lambda a: special.log_softmax(a, axis=0), [A]),
        (lambda a: special.log_softmax(a, (0, 2)), [C]),
    ],
    "logsumexp": [
        (special.logsumexp, [A]),
        (lambda a: special.logsumexp(a, axis=-1, keepdims=True), [C]),
        (lambda a: special.logsumexp(a, (0, 2)), [C]),
        (lambda a: special.logsumexp(900 + a, 1), [A]),
        (lambda a, b: special.logsumexp(a, 0, b), [A, (4,)]),
        (lambda a, b: special.logsumexp(a, b=b, axis=1, keepdims=True), [(4,), A]),
    ],
}
"""Functions with the shapes of their arguments."""
