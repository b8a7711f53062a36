"""A module that hides a part of itself from PyTorch has the line that hides it."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is an extra: pip install 'trainwell[torch]'")

from torch_rules import draw, line_of  # noqa: E402

from trainwell.diagnosis.gradient_frameworks.torch_check import check_module  # noqa: E402


class Weighted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(0.5, 1.5, 3, dtype=torch.float64))
        self.register_buffer("average", torch.zeros(3, dtype=torch.float64))

    def follow(self, y):
        """Keep a running average, which cuts nothing that counts."""
        with torch.no_grad():
            self.average.mul_(0.9).add_(0.1 * y.mean(0))
        self.last = y.detach()
        return y


class Right(Weighted):
    def forward(self, x):
        return self.follow(torch.tanh(self.weight * x)) * self.weight


class Detached(Weighted):
    def forward(self, x):
        y = self.follow(torch.tanh(self.weight * x))
        y = y.detach()  # here
        return y * self.weight


class ThroughData(Weighted):
    def forward(self, x):
        y = torch.tanh(self.weight.data * x)  # here
        return self.follow(y) * self.weight


class WithoutGradient(Weighted):
    def forward(self, x):
        with torch.no_grad():
            y = torch.tanh(self.weight * x)  # here
        return self.follow(y) * self.weight


class ThroughNumPy(Weighted):
    def forward(self, x):
        y = torch.from_numpy(np.tanh((self.weight * x).detach().numpy()))  # here
        return y * self.weight


class NothingLeft(Weighted):
    def forward(self, x):
        y = torch.tanh(self.weight * x)
        return y.detach()  # here


@pytest.mark.parametrize(
    ("module", "said", "confidence"),
    [
        (Detached, "detach cuts the graph here", 1.0),
        (ThroughData, ".data cuts the graph here", 1.0),
        (WithoutGradient, "no_grad cuts the graph here", 1.0),
        (ThroughNumPy, "detach cuts the graph here", 0.5),
        (NothingLeft, "detach cuts the graph here", 1.0),
    ],
)
def test_what_cuts_the_graph_is_named_by_its_line(module, said, confidence):
    report = check_module(module(), draw(4, 3))
    assert report.verdict == "FAIL", str(report)
    (finding,) = report.findings
    assert finding.line == line_of(module, "# here"), str(report)
    assert said in finding.message
    assert "weight" in finding.affected
    assert finding.confidence == confidence
    assert ("without it the gradient is right" in finding.message) == (confidence == 1)
    assert (finding.kind, finding.alternatives) == ("path", ())


def test_running_averages_cut_nothing():
    report = check_module(Right(), draw(4, 3))
    assert report.ok, str(report)


def test_two_cuts_are_both_named_and_a_harmless_one_is_not():
    class Twice(Weighted):
        def forward(self, x):
            y = self.follow(torch.tanh(self.weight * x))
            z = y.detach()  # first
            return z * self.weight + self.weight.data.sin()  # second

    report = check_module(Twice(), draw(4, 3))
    assert report.verdict == "FAIL"
    lines = {finding.line for finding in report.findings}
    assert lines == {line_of(Twice, "# first"), line_of(Twice, "# second")}


def halved(_module, gradients, _outputs):  # here
    return tuple(None if g is None else g / 2 for g in gradients)


def same(_module, _gradients, _outputs):
    return None


def test_a_backward_hook_that_changes_the_gradient_is_named():
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    module[2].register_full_backward_hook(same)
    assert check_module(module, draw(5, 3)).ok
    module[2].register_full_backward_hook(halved)
    report = check_module(module, draw(5, 3))
    assert report.verdict == "FAIL", str(report)
    (finding,) = report.findings
    assert finding.line == line_of(halved, "# here")
    assert "the backward hook halved of Linear changes the gradient" in finding.message
    assert finding.confidence == 1.0
    assert not {"2.weight", "2.bias"} & set(finding.affected)


def test_a_forward_hook_that_detaches_is_named():
    def hook(_module, _inputs, output):
        return output.detach()  # here

    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    module[1].register_forward_hook(hook)
    report = check_module(module, draw(5, 3))
    assert report.verdict == "FAIL"
    (finding,) = report.findings
    assert finding.line == line_of(hook, "# here")
    assert {"0.weight", "0.bias"} <= set(finding.affected)
