"""PyTorch, eager: a module, an optimizer, and epochs gathered by one index_select each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import torch
from torch import nn

from benchmarks.machine import thread_counts, threads_in_words
from benchmarks.timing import Candidate
from benchmarks.work import FloatArray, Work, examples, initial_weights

NAME = "PyTorch"
STEPS = ("fused", "foreach")
"""Two ways in which PyTorch's optimizers step over all parameters at once."""


@dataclass(frozen=True, eq=False)
class Trainee:
    """A module with its optimizer."""

    module: nn.Module
    optimizer: torch.optim.Optimizer


def module(work: Work) -> nn.Sequential:
    """Return the network of a work up to its logits, at the initial weights."""
    parts: list[nn.Module] = []
    for weights in initial_weights(work)[:-1]:
        parts.append(linear(weights, bias=not work.regularised))
        if work.regularised:
            parts.append(nn.BatchNorm1d(len(weights)))
        parts.append(nn.ReLU())
        if work.regularised:
            parts.append(nn.Dropout(0.5))
    parts.append(linear(initial_weights(work)[-1], bias=True))
    return nn.Sequential(*parts).to(getattr(torch, work.dtype))


def linear(weights: FloatArray, *, bias: bool) -> nn.Linear:
    """Return a dense layer with given weights (O, I) and a bias of zero."""
    outputs, inputs = weights.shape
    layer = nn.Linear(inputs, outputs, bias=bias).to(torch.from_numpy(weights).dtype)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        if bias:
            layer.bias.zero_()
    return layer


def optimizer(work: Work, network: nn.Module, step: str) -> torch.optim.Optimizer:
    """Return the work's optimizer; ``step`` is one of :data:`STEPS`."""
    kind = torch.optim.Adam if work.optimizer == "adam" else torch.optim.SGD
    return kind(network.parameters(), lr=work.learning_rate, **{step: True})


def training(work: Work) -> list[Candidate]:
    """Return one candidate per number of threads and way to step."""
    data = examples(work)
    x = torch.from_numpy(data.x)
    labels = torch.from_numpy(data.labels)
    sigmoid = work.widths[-1] == 1
    y = labels.to(x.dtype)[:, None] if sigmoid else labels
    criterion: nn.Module = nn.BCEWithLogitsLoss() if sigmoid else nn.CrossEntropyLoss()

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        if work.batch_size is None:
            yield x, y
            return
        order = torch.randperm(work.rows)
        yield from zip(
            x.index_select(0, order).split(work.batch_size),
            y.index_select(0, order).split(work.batch_size),
            strict=True,
        )

    def with_options(threads: int, step: str) -> Callable[[], Trainee]:
        def start() -> Trainee:
            torch.set_num_threads(threads)
            torch.manual_seed(0)
            network = module(work)
            return Trainee(network, optimizer(work, network, step))

        return start

    def run(trainee: Trainee) -> nn.Module:
        network, rule = trainee.module, trainee.optimizer
        network.train()
        for _ in range(work.epochs):
            for batch_x, batch_y in batches():
                rule.zero_grad(set_to_none=True)
                criterion(network(batch_x), batch_y).backward()
                rule.step()
        return network

    def probabilities(network: nn.Module) -> FloatArray:
        network.eval()
        with torch.inference_mode():
            logits = network(x)
            return (logits.sigmoid() if sigmoid else logits.softmax(1)).numpy()

    return [
        Candidate(
            NAME,
            f"module, {step}, {threads_in_words(threads)}",
            with_options(threads, step),
            run,
            work.updates,
            probabilities,
        )
        for threads, step in product(thread_counts(), STEPS)
        if has_step(work, step)
    ]


def has_step(work: Work, step: str) -> bool:
    """Return whether this version of PyTorch has a way to step on this machine."""
    network = module(work)
    try:
        optimizer(work, network, step)
    except (RuntimeError, TypeError):
        return False
    return True


def prediction(work: Work, x: FloatArray, calls: int) -> list[Candidate]:
    """Return predictions for rows, softmax included, one candidate per number of threads.

    The network has been trained and is in evaluation mode; rows are a tensor already.
    """
    rows = torch.from_numpy(x)
    trainer = training(work)[0]
    network = trainer.run(trainer.start()).eval()

    def predict(_state: None) -> torch.Tensor:
        with torch.inference_mode():
            for _ in range(calls):
                predicted = network(rows).softmax(1)
        return predicted

    return [
        Candidate(
            NAME,
            f"module, {threads_in_words(threads)}",
            partial(torch.set_num_threads, threads),
            predict,
            calls,
            torch.Tensor.numpy,
        )
        for threads in thread_counts()
    ]
