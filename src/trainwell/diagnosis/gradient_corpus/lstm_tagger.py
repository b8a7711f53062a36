"""An LSTM sequence tagger: embeddings, one stacked gate matrix, a softmax over tags each step."""

import numpy as np

HYPER = {}
BACKWARD = ("grad", "lstm_step_back", "sentence_back", "zeros_like_all")

VOCAB, EMB, HID, TAGS = 5, 2, 3, 4


def case(seed):
    rs = np.random.RandomState(918 + seed)
    params = {
        "E": rs.randn(VOCAB, EMB) * 0.9,
        "W": rs.randn(4 * HID, HID + EMB) / np.sqrt(HID),
        "b": rs.randn(4 * HID) * 0.2,
        "Wy": rs.randn(TAGS, HID),
        "by": rs.randn(TAGS) * 0.3,
    }
    params["b"][:HID] += 1.0  # forget gates start open
    words = [[0, 3, 1, 4, 2], [2, 0, 4, 4, 1, 3]]
    tags = [rs.randint(TAGS, size=len(s)).tolist() for s in words]
    return params, (words, tags)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_step(x, h_prev, c_prev, W, b):
    hx = np.concatenate([h_prev, x])
    z = W.dot(hx) + b
    f = sigmoid(z[:HID])
    i = sigmoid(z[HID : 2 * HID])
    o = sigmoid(z[2 * HID : 3 * HID])
    g = np.tanh(z[3 * HID :])
    c = f * c_prev + i * g
    tc = np.tanh(c)
    h = o * tc
    return h, c, (hx, c_prev, f, i, o, g, tc)


def softmax(s):
    e = np.exp(s - np.max(s))
    return e / e.sum()


def cost(params, words, tags):
    loss, n = 0.0, 0
    caches = []
    for sent, gold in zip(words, tags):
        h, c = np.zeros(HID), np.zeros(HID)
        steps = []
        for w, t in zip(sent, gold):
            h, c, gates = lstm_step(params["E"][w], h, c, params["W"], params["b"])
            p = softmax(params["Wy"].dot(h) + params["by"])
            loss -= np.log(p[t])
            n += 1
            steps.append((w, h, p, gates))
        caches.append(steps)
    return loss / n, (caches, n)


def lstm_step_back(dh, dc_next, W, gates):
    hx, c_prev, f, i, o, g, tc = gates
    do = dh * tc
    dc = dc_next + dh * o * (1 - tc * tc)
    df = dc * c_prev
    di = dc * g
    dg = dc * i
    dz = np.concatenate(
        [df * f * (1 - f), di * i * (1 - i), do * o * (1 - o), dg * (1 - g * g)]
    )
    dhx = W.T.dot(dz)
    return dhx[HID:], dhx[:HID], dc * f, np.outer(dz, hx), dz


def sentence_back(params, steps, gold, scale, grads):
    dh_next, dc_next = np.zeros(HID), np.zeros(HID)
    for t in reversed(range(len(steps))):
        w, h, p, gates = steps[t]
        dy = p.copy()
        dy[gold[t]] -= 1
        dy *= scale
        grads["dWy"] += np.outer(dy, h)
        grads["dby"] += dy
        dh = params["Wy"].T.dot(dy) + dh_next
        dx, dh_next, dc_next, dW, db = lstm_step_back(dh, dc_next, params["W"], gates)
        grads["dW"] += dW
        grads["db"] += db
        grads["dE"][w] += dx


def zeros_like_all(params):
    return {"d" + k: np.zeros_like(v) for k, v in params.items()}


def grad(params, words, tags, cache):
    caches, n = cache
    grads = zeros_like_all(params)
    for steps, gold in zip(caches, tags):
        sentence_back(params, steps, gold, 1.0 / n, grads)
    return grads
