"""Text classification: the mean of word vectors, a hidden layer and a softmax."""

import numpy as np

HYPER = {}

BACKWARD = ("grad",)

PAD = 0


def case(seed):
    rng = np.random.default_rng([seed, 5])
    vocabulary, dim, hidden, classes = 10, 4, 5, 3
    documents, length = 8, 6
    tokens = rng.integers(1, vocabulary, size=(documents, length))
    lengths = rng.integers(2, length + 1, size=documents)
    tokens[np.arange(length)[None, :] >= lengths[:, None]] = PAD
    labels = rng.permutation(np.arange(documents) % classes)
    params = {
        "E": rng.standard_normal((vocabulary, dim)),
        "U": 0.7 * rng.standard_normal((dim, hidden)),
        "a": 0.2 * rng.standard_normal(hidden),
        "V": 0.7 * rng.standard_normal((hidden, classes)),
        "c": 0.2 * rng.standard_normal(classes),
    }
    return params, (tokens, labels)


def cost(params, tokens, labels):
    E, U, a, V, c = (params[k] for k in "EUaVc")
    mask = (tokens != PAD).astype(float)
    counts = mask.sum(axis=1, keepdims=True)
    vectors = E[tokens]                                    # documents, length, dim
    mean = (vectors * mask[:, :, None]).sum(axis=1) / counts
    hid = np.tanh(mean @ U + a)
    logits = hid @ V + c
    logits = logits - logits.max(axis=1, keepdims=True)
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(len(labels)), labels].mean()
    return loss, (mask, counts, mean, hid, logp)


def grad(params, tokens, labels, cache):
    mask, counts, mean, hid, logp = cache
    E, U, V = params["E"], params["U"], params["V"]
    n, length = tokens.shape

    # softmax + cross-entropy
    onehot = np.zeros_like(logp)
    onehot[np.arange(n), labels] = 1.0
    grad_logits = (np.exp(logp) - onehot) / n

    grad_V = hid.T @ grad_logits
    grad_c = grad_logits.sum(axis=0)

    # hidden layer
    grad_hid = grad_logits @ V.T
    grad_pre = grad_hid * (1 - np.square(hid))
    grad_U = mean.T @ grad_pre
    grad_a = grad_pre.sum(axis=0)

    # each word of a document gets its share; a word may stand in several places
    grad_mean = grad_pre @ U.T
    share = mask / counts
    grad_vectors = share[:, :, None] * grad_mean[:, None, :]
    grad_E = np.zeros_like(E)
    np.add.at(grad_E, tokens, grad_vectors)

    return {"dE": grad_E, "dU": grad_U, "da": grad_a, "dV": grad_V, "dc": grad_c}
