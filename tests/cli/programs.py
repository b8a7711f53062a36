"""Programs to check, in parts."""

COST = """
import numpy as np

def cost(w, x, y):
    return np.mean((x @ w - y) ** 2)
"""
RIGHT = """
def gradient(w, x, y):
    return 2 * x.T @ (x @ w - y) / len(y)
"""
WRONG = """
def gradient(w, x, y):
    return 3 * x.T @ (x @ w - y) / len(y)
"""
CASE = """
def make_case():
    rng = np.random.default_rng(0)
    return rng.normal(size=3), (rng.normal(size=(5, 3)), rng.normal(size=5))
"""
