"""A character-level recurrent net with a tanh cell, trained by backpropagation through time."""

import numpy as np

HYPER = {}
BACKWARD = ("grad",)
vocab_size = 5
hidden_size = 6
seq_length = 7


def case(seed):
    rng = np.random.default_rng(2100 + seed)
    params = {
        "Wxh": rng.normal(size=(hidden_size, vocab_size)) * 0.5,  # input to hidden
        "Whh": rng.normal(size=(hidden_size, hidden_size)) * 0.4,  # hidden to hidden
        "Why": rng.normal(size=(vocab_size, hidden_size)) * 0.5,  # hidden to output
        "bh": rng.normal(size=(hidden_size, 1)) * 0.2,
        "by": rng.normal(size=(vocab_size, 1)) * 0.2,
    }
    text = rng.permutation(np.arange(seq_length + 1) % vocab_size)
    inputs, targets = text[:-1], text[1:]
    hprev = rng.normal(size=(hidden_size, 1)) * 0.5
    return params, (inputs, targets, hprev)


def cost(params, inputs, targets, hprev):
    Wxh, Whh, Why = params["Wxh"], params["Whh"], params["Why"]
    bh, by = params["bh"], params["by"]
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab_size, 1))  # 1-of-k
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][targets[t], 0])
    return loss, (xs, hs, ps)


def grad(params, inputs, targets, hprev, cache):
    xs, hs, ps = cache
    Wxh, Whh, Why = params["Wxh"], params["Whh"], params["Why"]
    bh, by = params["bh"], params["by"]

    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1  # backprop into y
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext  # backprop into h
        dhraw = (1 - hs[t] * hs[t]) * dh  # through the tanh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return {"dWxh": dWxh, "dWhh": dWhh, "dWhy": dWhy, "dbh": dbh, "dby": dby}
