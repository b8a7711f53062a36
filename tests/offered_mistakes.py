"""Mistakes whose patches are offered: they are not looked for, which would take long."""

from everyday_mistakes import Mistake

TRIED = {
    "flag": Mistake(
        "real_long_short_term",
        "df = sigmoid(f, derivative=True) * df",
        "df = sigmoid(f) * df",
        "activation-wrong",
        "`sigmoid(f)` should be `sigmoid(f, derivative=True)`",
    ),
    "carried": Mistake(
        "real_long_short_term",
        "        dh_next, dC_next = step_backward(",
        "        dh_prev, dC_prev = step_backward(",
        "path",
        "nothing reads `(dh_prev, dC_prev)`: `(dh_next, dC_next)` is meant",
    ),
    "order-of-letters": Mistake(
        "real_tanh_softmax",
        'np.einsum("ij,ik->jk", a1, delta3)',
        'np.einsum("ij,ik->kj", a1, delta3)',
        "transposed",
        "'ij,ik->jk', a1, delta3",
    ),
    "not-called": Mistake(
        "real_sigmoid_network", "s = sigmoid(z)\n", "s = z\n", "activation-wrong", "`sigmoid(z)` is"
    ),
    "axis-without-a-name": Mistake(
        "transformer_block",
        "(dxhat * xhat).mean(-1, keepdims=True)",
        "(dxhat * xhat).mean(None, keepdims=True)",
        "reduction",
        "`(dxhat * xhat).mean(None, keepdims=True)` should be `(dxhat * xhat).mean(-1",
    ),
    "axis-without-its-factor": Mistake(
        "skip_gram",
        "g_neg[:, :, None] * v[:, None, :]",
        "g_neg[:, :, None]",
        "activation-missing",
        "`* v[:, None, :]` is missing",
    ),
    "axis-without-its-gradient": Mistake(
        "skip_gram",
        "g_neg[:, :, None] * v[:, None, :]",
        "v[:, None, :]",
        "path",
        "`* g_neg[:, :, None]` is missing",
    ),
    "returned-as-it-came": Mistake(
        "sparse_autoencoder",
        "return a * (1 - a)",
        "return a",
        "activation-missing",
        "`* (1 - a)` is missing",
    ),
    "index": Mistake("vanilla_rnn", "hs[t].T)", "hs[t - 1].T)", "operand", "`t - 1` should be `t`"),
    "minus-a-square": Mistake(
        "softmax_rows",
        "dz1 = dh1 * (1 - h1 ** 2)",
        "dz1 = dh1 * 1",
        "activation-wrong",
        "`- h1 ** 2` is missing",
    ),
    "number-of-the-forward-pass": Mistake(
        "transformer_block",
        "dinner = np.sqrt(2 / np.pi) * (",
        "dinner = (2 / np.pi) * (",
        "constant",
        "`2 / np.pi` should be `np.sqrt(2 / np.pi)`",
    ),
    "factor-of-the-forward-pass": Mistake(
        "transformer_block",
        "dinner = np.sqrt(2 / np.pi) * (",
        "dinner = (",
        "factor",
        "`np.sqrt(2 / np.pi) *` is missing",
    ),
    "factor-of-a-power": Mistake(
        "transformer_block",
        '(1 + 3 * HYPER["gelu_cubic"] * u**2)',
        '(1 + HYPER["gelu_cubic"] * u**2)',
        "factor",
        "`3 *` is missing",
    ),
    "zero-for-a-factor": Mistake(
        "hinge_svm",
        "dW = np.dot(X.T, dscores)",
        "dW = 0 * np.dot(X.T, dscores)",
        "zero",
        "`0 * np.dot(X.T, dscores)` should be `np.dot(X.T, dscores)`",
    ),
}
