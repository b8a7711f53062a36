"""Three tanh experts of different widths under a softmax gate, with a load-balancing penalty."""

import numpy as np

HYPER = {"lam": 0.3}
BACKWARD = ("Expert.backward", "d_softmax", "grad")

WIDTHS = (2, 3, 5)


class Expert:
    """tanh(x A + a) B + b, its arrays taken from the parameters by number."""

    def __init__(self, p, k):
        self.k = k
        self.A, self.a = p[f"A{k}"], p[f"a{k}"]
        self.B, self.b = p[f"B{k}"], p[f"b{k}"]

    def forward(self, X):
        self.X = X
        self.H = np.tanh(X @ self.A + self.a)
        return self.H @ self.B + self.b

    def backward(self, dY):
        dH = dY @ self.B.T
        dZ = dH - dH * self.H * self.H
        return {
            f"dA{self.k}": self.X.T @ dZ,
            f"da{self.k}": dZ.sum(0),
            f"dB{self.k}": self.H.T @ dY,
            f"db{self.k}": dY.sum(0),
        }


def case(seed):
    rng = np.random.default_rng(880 + 7 * seed)
    N, D, M = 6, 4, 2
    p = {"G": 0.8 * rng.standard_normal((D, len(WIDTHS))), "g": np.array([0.5, -0.4, 0.1])}
    p["g"] = p["g"] + 0.2 * rng.standard_normal(len(WIDTHS))
    for k, H in enumerate(WIDTHS):
        p[f"A{k}"] = rng.standard_normal((D, H)) * 0.6
        p[f"a{k}"] = rng.standard_normal(H) * 0.3
        p[f"B{k}"] = rng.standard_normal((H, M)) * 0.7
        p[f"b{k}"] = rng.standard_normal(M) * 0.3
    X = rng.standard_normal((N, D))
    T = rng.standard_normal((N, M))
    return p, (X, T)


def softmax(S):
    E = np.exp(S - S.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)


def cost(p, X, T):
    P = softmax(X @ p["G"] + p["g"])
    experts = [Expert(p, k) for k in range(len(WIDTHS))]
    Y = np.stack([e.forward(X) for e in experts], axis=1)  # (N, experts, M)
    R = np.einsum("ne,nem->nm", P, Y) - T
    # the gates of a row sum to one, so the mean use is 1/K and var/mean^2 = K sum(use^2) - 1
    use = P.mean(0)
    cv2 = len(WIDTHS) * np.sum(use**2) - 1
    loss = np.mean(R**2) + HYPER["lam"] * cv2
    return loss, (P, experts, Y, R, use)


def d_softmax(P, dP):
    inner = np.sum(P * dP, axis=1, keepdims=True)
    return P * (dP - inner)


def grad(p, X, T, cache):
    P, experts, Y, R, use = cache
    N = X.shape[0]
    dM = 2 * R / R.size
    grads = {}
    for k, e in enumerate(experts):
        grads.update(e.backward(P[:, k, None] * dM))

    dP = np.einsum("nm,nem->ne", dM, Y)
    duse = HYPER["lam"] * 2 * len(WIDTHS) * use
    dP += duse / N
    dS = d_softmax(P, dP)
    grads["dG"] = X.T @ dS
    grads["dg"] = dS.sum(0)
    return grads
