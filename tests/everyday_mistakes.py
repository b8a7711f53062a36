"""Mistakes that people make every day, in programs of the corpus."""

from typing import NamedTuple


class Mistake(NamedTuple):
    """Another text in a program of the corpus, and what is to be said of it."""

    program: str
    old: str
    new: str
    kind: str
    told: str


MISTAKES = {
    "cast": Mistake(
        "variational_autoencoder",
        "gMu = gLat.copy()",
        "gMu = gLat.copy().astype(np.float32)",
        "precision",
        "is cast to float32",
    ),
    "cast-among-doubles": Mistake(
        "skip_gram",
        'dcenter += HYPER["l2"] * params["center"]',
        'dcenter += (HYPER["l2"] * params["center"]).astype(np.float32)',
        "precision",
        "is cast to float32, which loses digits",
    ),
    "cast-of-a-source": Mistake(
        "conv_im2col",
        "dlogits = (np.exp(logp) - np.eye(3)[lab]) / n",
        "dlogits = ((np.exp(logp) - np.eye(3)[lab]) / n).astype(np.float32)",
        "precision",
        "is cast to float32",
    ),
    "axis-that-leaves-nothing": Mistake(
        "conv_im2col",
        'g["dfb"] = dlogits.sum(axis=0)',
        'g["dfb"] = dlogits.T.sum(axis=0)',
        "reduction",
        "`dlogits.T.sum(axis=0)` should be `dlogits.T.sum(axis=1)`",
    ),
    "number-that-is-no-count": Mistake(
        "layered_loop",
        "s = 1 / (1 + np.exp(-Z))",
        "s = 2 / (1 + np.exp(-Z))",
        "factor",
        "is exactly 2 x the correct gradient",
    ),
    "view-of-a-forward-value": Mistake(
        "generalized_entropy",
        "dZ[:, j] = p * (dp - np.dot(p, dp))",
        "p *= dp - np.dot(p, dp); dZ[:, j] = p",
        "aliased",
        "a second call with the same arguments gives another gradient",
    ),
    "sign-of-a-parameter": Mistake(
        "elastic_logistic",
        'HYPER["l1"] * np.sign(w)',
        'HYPER["l1"]',
        "regularisation",
        "`* np.sign(params['w'])` is missing",
    ),
    "not-finite-in-the-caller": Mistake(
        "power_cross_entropy",
        "d_pt = dloss_dpt(p_t, y) / len(y)",
        "d_pt = np.where(abs(dloss_dpt(p_t, y)) > 9, np.nan, dloss_dpt(p_t, y) / len(y))",
        "not-finite",
        "gives numbers that are not finite",
    ),
    "mask-of-another-layer": Mistake(
        "course",
        "np.int64(A2 > 0)",
        "np.int64(A3 > 0)",
        "operand",
        "`A3 > 0` should be `A2 > 0`",
    ),
    "rest-of-one": Mistake(
        "power_cross_entropy",
        "rest = 1.0 - p_t",
        "rest = 1.0",
        "activation-wrong",
        "`- p_t` is missing",
    ),
    "divided-by-one": Mistake(
        "weight_norm_classes",
        "grad_output / (1.0 + np.exp(-self.inputs))",
        "grad_output / 1.0",
        "activation-wrong",
        "`+ np.exp(-self.inputs)` is missing",
    ),
    "factor-of-one": Mistake(
        "dice_segmentation",
        "dprob * self.prob * (1.0 - self.prob)",
        "dprob * self.prob * 1.0",
        "activation-wrong",
        "`- self.prob` is missing",
    ),
    "millionth": Mistake(
        "variational_autoencoder",
        'gLogvar = gLat * noise * 0.5 * c["std"]',
        'gLogvar = 1.000001 * (gLat * noise * 0.5 * c["std"])',
        "factor",
        "1.000001",
    ),
    "one-factor-of-all": Mistake(
        "module_classes",
        "return (self.softmax - self.Y) / self.N",
        "return (self.softmax - self.Y)",
        "factor",
        "the division by m is missing",
    ),
    "sign": Mistake(
        "softmax_rows",
        "dz2 = dh2 * h2 * (1 - h2)",
        "dz2 = -(dh2 * h2 * (1 - h2))",
        "sign",
        "`-(dh2 * h2 * (1 - h2))` should be `dh2 * h2 * (1 - h2)`",
    ),
    "sibling": Mistake(
        "gru_cell",
        'dh += self.add_outer(acc, "r", da_r, x, h)',
        "pass",
        "path",
        "nothing uses `da_r`",
    ),
    "nothing-written": Mistake(
        "skip_gram",
        'dbias = np.zeros_like(params["bias"])\n    np.add.at(dbias, pos, g_pos)\n'
        "    np.add.at(dbias, negs, g_neg)\n",
        'dbias = np.zeros_like(params["bias"])\n\n\n',
        "zero",
        "stays zero: nothing is added to it",
    ),
    "stride": Mistake(
        "conv_im2col",
        "window = x[b, f, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]",
        "window = x[b, f, 2 * i : i + 2, 2 * j : 2 * j + 2]",
        "factor",
        "`i + 2` should be `2 * i + 2`",
    ),
    "masked-term": Mistake(
        "instance_norm_elu",
        'dy[neg] *= a[neg] + HYPER["alpha"]',
        'dy[neg] *= HYPER["alpha"]',
        "path",
        "`+ a[neg]` is missing",
    ),
    "masked-constant": Mistake(
        "instance_norm_elu",
        'dy[neg] *= a[neg] + HYPER["alpha"]',
        "dy[neg] *= a[neg]",
        "path",
        "`+ alpha` is missing",
    ),
    "one-side": Mistake(
        "prelu_mse",
        "delta * np.sign(resid))",
        "np.sign(resid))",
        "factor",
        "`* delta` is missing",
    ),
    "one-side-of-all-calls": Mistake(
        "prelu_mse",
        "dz = np.where(negative, slope * dh, dh)",
        "dz = np.where(negative, dh, dh)",
        "activation-missing",
        "`* slope` is missing",
    ),
    "mask-of-fours": Mistake(
        "prelu_mse",
        "negative = z <= 0",
        "negative = 4 * (z <= 0)",
        "factor",
        "`4 * (z <= 0)` should be `z <= 0`",
    ),
    "factor-of-another-shape": Mistake(
        "skip_gram",
        "d_u_pos = g_pos[:, None] * v",
        "d_u_pos = g_pos[:, None]",
        "activation-missing",
        "`* v` is missing",
    ),
    "factor-without-an-axis": Mistake(
        "skip_gram",
        "d_u_pos = g_pos[:, None] * v",
        "d_u_pos = v",
        "path",
        "`* g_pos[:, None]` is missing",
    ),
    "minus-one": Mistake(
        "skip_gram",
        "g_pos = (p_pos - 1.0) / batch",
        "g_pos = p_pos / batch",
        "path",
        "`- 1` is missing beside `p_pos`",
    ),
    "clipped-by-length": Mistake(
        "gru_cell",
        'dh += self.add_outer(acc, "z", da_z, x, h)',
        'dh += (0.2 / np.linalg.norm(da_z)) * self.add_outer(acc, "z", da_z, x, h)',
        "clipped",
        "",
    ),
    "overwritten-and-renamed": Mistake(
        "gru_cell",
        "dz = d_new * (c - h)",
        "d_new *= (c - h); dz = d_new",
        "aliased",
        "overwrites `d_new`",
    ),
    "slope-of-a-helper": Mistake(
        "residual_swish",
        'delta2 = da2 * swish_prime(cache["z2"])',
        "delta2 = da2",
        "activation-missing",
        "swish_prime(cache['z2'])",
    ),
    "sign-of-one-result": Mistake(
        "siamese_margin",
        "return dgap, -dgap",
        "return dgap, dgap",
        "sign",
        "`dgap` has the wrong sign",
    ),
    "its-own-parameter": Mistake(
        "siamese_margin",
        'acc["dU"] += HYPER["decay"] * theta["U"]',
        'acc["dU"] += HYPER["decay"]',
        "regularisation",
        "`* theta['U']` is missing",
    ),
    "penalty-of-a-constant": Mistake(
        "poisson_maxout",
        'HYPER["l1"] * np.sign(w) + HYPER["l2"] * w',
        'HYPER["l1"] * np.sign(w)',
        "regularisation",
        "l2 * w` is missing",
    ),
    "helper-of-the-forward-pass": Mistake(
        "variational_autoencoder",
        'deltaEnc = (fromMu + fromLv) * sigmoid(c["pre"])',
        'deltaEnc = sigmoid(c["pre"])',
        "path",
        "is wrong",
    ),
    "factor-of-each-call": Mistake(
        "prelu_mse",
        "dslope = np.sum(dh * z * negative, axis=0)",
        "dslope = np.sum(dh * negative, axis=0)",
        "activation-missing",
        "`* z` is missing",
    ),
    "count-of-several-terms": Mistake(
        "batch_norm",
        "N = dout.shape[0]",
        "N = dout.shape[1]",
        "factor",
        "`dout.shape[1]` should be `dout.shape[0]`",
    ),
    "root-of-a-count": Mistake(
        "attention",
        "scale = np.sqrt(Q.shape[1])",
        "scale = Q.shape[1]",
        "operation",
        "the square root of `Q.shape[1]` is missing",
    ),
    "root-of-a-sum": Mistake(
        "batch_norm",
        "inv_std = 1.0 / np.sqrt(var + eps)",
        "inv_std = 1.0 / (np.sqrt(var) + eps)",
        "constant",
        "`np.sqrt(var) + eps` should be `np.sqrt(var + eps)`",
    ),
    "turned-to-ask-for-its-shape": Mistake(
        "batch_norm",
        "dy = (y - t) / x.shape[0]",
        "dy = (y - t) / x.T.shape[0]",
        "transposed",
        "`x.T` should be `x`",
    ),
    "square-of-a-slope": Mistake(
        "siamese_margin",
        "dz2 = de * (1 - tape.e**2)",
        "dz2 = de * (1 - tape.e)",
        "activation-wrong",
        "`1 - tape.e` should be `1 - tape.e ** 2`",
    ),
    "root-that-is-at-hand": Mistake(
        "batch_norm",
        "inv_std = 1.0 / np.sqrt(var + eps)",
        "inv_std = 1.0 / (var + eps)",
        "activation-wrong",
        "a root is missing",
    ),
    "term-of-a-number": Mistake(
        "siamese_margin",
        'ddist = -(HYPER["margin"] - pair.dist)',
        'ddist = -(HYPER["margin"] - pair.dist + HYPER["margin"])',
        "path",
        "the term 0.9 is too many",
    ),
}

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
"""More of those that are tried."""

LONG = (
    "sibling",
    "overwritten-and-renamed",
    "stride",
    "sign-of-one-result",
    "its-own-parameter",
    "masked-term",
    "masked-constant",
    "slope-of-a-helper",
    "penalty-of-a-constant",
    "factor-without-an-axis",
    "minus-one",
    "divided-by-one",
    "square-of-a-slope",
)
"""Those for which the search takes seconds: it is enough that what was meant is tried."""
