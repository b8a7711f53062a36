"""What is timed of trainwell: the only file that knows how it is called."""

from collections.abc import Sequence

import numpy as np

import trainwell
from benchmarks.timing import OURS, Candidate
from benchmarks.work import FloatArray, Work, examples, one_hot


def network(work: Work) -> trainwell.Network:
    """Return the network of a work."""
    inputs, *hidden, outputs = work.widths
    rate = 0.5 if work.regularised else 0.0
    return trainwell.mlp(inputs, tuple(hidden), outputs, batch_norm=work.regularised, dropout=rate)


def plan(work: Work, seed: int = 0) -> trainwell.Plan:
    """Return the plan of a work."""
    sigmoid = work.widths[-1] == 1
    return trainwell.Plan(
        trainwell.SigmoidCrossEntropy() if sigmoid else trainwell.SoftmaxCrossEntropy(),
        trainwell.Adam() if work.optimizer == "adam" else trainwell.GradientDescent(),
        trainwell.Constant(work.learning_rate),
        batch_size=work.batch_size,
        max_epochs=work.epochs,
        seed=seed,
    )


def data(work: Work) -> trainwell.Data:
    """Return the examples of a work as columns."""
    known = examples(work)
    labels, outputs = known.labels, work.widths[-1]
    y = labels[np.newaxis] if outputs == 1 else one_hot(labels, outputs, work.dtype).T
    return trainwell.Data(known.x.T, y.astype(work.dtype))


def trained(work: Work, engine: str) -> trainwell.Run:
    """Train once."""
    return trainwell.train(network(work), plan(work), data(work), engine=engine)


def last_predictions(run: trainwell.Run, x: FloatArray) -> FloatArray:
    """Return predictions (N, O) by the last parameters, not the best ones."""
    point = run.state.point
    logits, _ = run.network.forward(point.theta, point.buffers, x)
    return run.plan.loss.predict(logits).T


def training(work: Work, engine: str, n_jobs: int = 1) -> Candidate:
    """Return our training of a work; drawing the initial weights is timed as well."""
    columns = data(work)

    def run(_state: None) -> trainwell.Run:
        return trainwell.train(network(work), plan(work), columns, engine=engine, n_jobs=n_jobs)

    def probabilities(result: trainwell.Run) -> FloatArray:
        return last_predictions(result, columns.x)

    threads = f", {n_jobs} threads" if n_jobs > 1 else ""
    return Candidate(OURS, f"{engine} engine{threads}", nothing, run, work.updates, probabilities)


def many_trainings(work: Work, networks: int, n_jobs: int, name: str) -> Candidate:
    """Return our training of many networks that differ in their seeds; a unit is a network."""
    columns = data(work)

    def run(_state: None) -> Sequence[trainwell.Run]:
        jobs = [trainwell.Job(network(work), plan(work, seed), columns) for seed in range(networks)]
        return trainwell.train_many(jobs, n_jobs=n_jobs, engine="compiled")

    def probabilities(results: Sequence[trainwell.Run]) -> FloatArray:
        return last_predictions(results[0], columns.x)

    return Candidate(name, f"train_many, n_jobs={n_jobs}", nothing, run, networks, probabilities)


def prediction(run: trainwell.Run, x: FloatArray, calls: int, n_jobs: int) -> Candidate:
    """Return our prediction for examples in columns; a unit is a call."""

    def predict(_state: None) -> FloatArray:
        for _ in range(calls):
            predicted = run.predict(x, n_jobs=n_jobs)
        return predicted

    return Candidate(OURS, f"predict, n_jobs={n_jobs}", nothing, predict, calls, np.transpose)


def nothing() -> None:
    """Return the state of a candidate that starts from nothing."""
