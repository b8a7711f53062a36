"""Two mistakes in a rule of a framework: each is named."""

import pytest

from trainwell.diagnosis.gradient_frameworks.torch_check import check_function
from trainwell.diagnosis.scorecard.programs import load, program

TANH = (
    ("scale = HYPER", 'scale = HYPER["a"] / HYPER["b"]'),
    ("grad_x =", "grad_x = -grad_z @ weight"),
)
CLIPPED = (
    ("grad_x =", "grad_x = (grad_z @ weight).flip(0)"),
    ("grad_weight =", "grad_weight = torch.clip(grad_z.t() @ x, -6.0, 6.0)"),
)
TOWER = (
    ("return g * (1.0 - out", "return 2 * (g * (1.0 - out * out))"),
    ("dx, dw1, db1 =", 'dx, dw1, db1 = dense_back(dh, saved["x"], saved["w1"])'),
)
ROLLED = (
    ("return g * (1.0 - out", "return g * (1.0 - out)"),
    ("dz1 =", 'dz1 = jnp.roll(tanh_back(dh, saved["h"]), 1, -1)'),
)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("torch_tanh_linear", TANH),
        ("torch_tanh_linear", CLIPPED),
        ("jax_log_cosh_tower", TOWER),
        ("jax_log_cosh_tower", ROLLED),
    ],
)
def test_each_is_named(name, changes):
    right = program(name)
    pytest.importorskip(right.framework, reason=f"{right.framework} is an extra")
    lines = right.source.split("\n")
    wanted = set()
    for old, new in changes:
        (at,) = (at for at, line in enumerate(lines) if line.strip().startswith(old))
        indent = lines[at][: -len(lines[at].lstrip())]
        lines[at] = indent + new
        wanted.add(at + 1)
    code = load("\n".join(lines), f"{name}-{len(wanted)}-{hash(changes)}.py")
    hyperparams = code.get("HYPER", {})
    report = check_function(code["FUNCTION"], code["inputs"](0), hyperparams=hyperparams)
    assert {finding.line for finding in report.findings} == wanted
