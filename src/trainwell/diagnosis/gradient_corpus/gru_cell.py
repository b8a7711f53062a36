"""Two steps of a gated recurrent unit on plain vectors, with a learned start state and squared error."""

import numpy as np

HYPER = {"l2": 0.02}
BACKWARD = ("GRUCell.backward", "GRUCell.add_outer", "grad")


def case(seed):
    rng = np.random.default_rng(2200 + seed)
    n_in, n_hid, n_out = 3, 4, 2
    params = {"h0": rng.normal(size=n_hid) * 0.7}
    for gate in "zrc":
        params["W_" + gate] = rng.normal(size=(n_hid, n_in)) * 0.6
        params["U_" + gate] = rng.normal(size=(n_hid, n_hid)) * 0.6
        params["b_" + gate] = rng.normal(size=n_hid) * 0.3
    params["V"] = rng.normal(size=(n_out, n_hid)) * 0.7
    seq = [rng.normal(size=n_in) for _ in range(2)]
    goal = [rng.normal(size=n_out) for _ in range(2)]
    return params, (seq, goal)


def sigm(a):
    return 1.0 / (1.0 + np.exp(-a))


class GRUCell:
    def __init__(self, params):
        self.p = params
        self.tape = []

    def forward(self, x, h):
        p = self.p
        z = sigm(p["W_z"] @ x + p["U_z"] @ h + p["b_z"])
        r = sigm(p["W_r"] @ x + p["U_r"] @ h + p["b_r"])
        rh = r * h
        c = np.tanh(p["W_c"] @ x + p["U_c"] @ rh + p["b_c"])
        h_new = (1 - z) * h + z * c
        self.tape.append((x, h, z, r, rh, c))
        return h_new

    def add_outer(self, acc, gate, da, x, h_in):
        acc["dW_" + gate] += np.outer(da, x)
        acc["dU_" + gate] += np.outer(da, h_in)
        acc["db_" + gate] += da
        return self.p["U_" + gate].T @ da

    def backward(self, step, d_new, acc):
        x, h, z, r, rh, c = self.tape[step]

        # blend of the old state and the candidate
        dz = d_new * (c - h)
        dc = d_new * z
        dh = d_new * (1 - z)

        # candidate
        da_c = dc * (1 - c**2)
        d_rh = self.add_outer(acc, "c", da_c, x, rh)
        dr = d_rh * h
        dh += d_rh * r

        # the two gates
        da_r = dr * r * (1 - r)
        dh += self.add_outer(acc, "r", da_r, x, h)
        da_z = dz * z * (1 - z)
        dh += self.add_outer(acc, "z", da_z, x, h)
        return dh


def cost(params, seq, goal):
    cell = GRUCell(params)
    h = params["h0"]
    loss = 0.0
    states, errors = [], []
    for x, t in zip(seq, goal):
        h = cell.forward(x, h)
        err = params["V"] @ h - t
        loss += 0.5 * err.dot(err)
        states.append(h)
        errors.append(err)
    loss += 0.5 * HYPER["l2"] * np.sum(params["V"] ** 2)
    return loss, (cell, states, errors)


def grad(params, seq, goal, cache):
    cell, states, errors = cache
    acc = {"d" + name: np.zeros(value.shape) for name, value in params.items()}
    carry = 0.0
    for step in range(len(seq) - 1, -1, -1):
        acc["dV"] += np.outer(errors[step], states[step])
        carry = carry + params["V"].T @ errors[step]
        carry = cell.backward(step, carry, acc)
    acc["dh0"] += carry
    acc["dV"] += HYPER["l2"] * params["V"]
    return acc
