"""scikit-learn's multi-layer perceptron with everything off that the work does not ask for."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sklearn
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.machine import thread_counts, threads_in_words
from benchmarks.timing import Candidate, with_blas_threads
from benchmarks.work import Examples, FloatArray, Work, examples

NAME = "scikit-learn"
NEVER = 10**9


def classifier(work: Work, seed: int = 0) -> MLPClassifier:
    """Return the classifier that does a work: no penalty, no stopping, nothing printed.

    Two classes have one output here, also where the work's network has two.
    """
    adam = work.optimizer == "adam"
    return MLPClassifier(
        work.widths[1:-1],
        solver="adam" if adam else "sgd",
        alpha=0.0,
        batch_size=work.examples_per_update,
        learning_rate_init=work.learning_rate,
        momentum=0.0,
        nesterovs_momentum=False,
        max_iter=work.epochs,
        shuffle=work.batch_size is not None,
        tol=0.0,
        n_iter_no_change=NEVER,
        random_state=seed,
    )


def fitted(model: MLPClassifier, data: Examples) -> MLPClassifier:
    """Fit without a word about convergence, and without the checks that can be spared."""
    with (
        warnings.catch_warnings(),
        sklearn.config_context(assume_finite=True, skip_parameter_validation=True),
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(data.x, data.labels)


def training(work: Work) -> list[Candidate]:
    """Return one candidate per number of threads of the linear algebra."""
    data = examples(work)

    def start() -> MLPClassifier:
        return classifier(work)

    def run(model: MLPClassifier) -> MLPClassifier:
        return fitted(model, data)

    def probabilities(model: MLPClassifier) -> FloatArray:
        return model.predict_proba(data.x)

    return per_threads("fit", start, run, work.updates, probabilities)


def per_threads(
    how: str,
    start: Callable[[], Any],
    run: Callable[[Any], Any],
    units: int,
    probabilities: Callable[[Any], FloatArray],
) -> list[Candidate]:
    """Return one candidate per number of threads of the linear algebra."""
    return [
        with_blas_threads(
            Candidate(
                NAME, f"{how}, {threads_in_words(threads)}", start, run, units, probabilities
            ),
            threads,
        )
        for threads in thread_counts()
    ]


def fitted_afresh(work: Work, seed: int) -> MLPClassifier:
    """Fit one of many, in a process of its own."""
    return fitted(classifier(work, seed), examples(work))


def many_trainings(work: Work, networks: int, n_jobs: int) -> Candidate:
    """Return the fits of many networks in processes that are warm; a unit is a network."""

    def run(pool: Parallel) -> Sequence[MLPClassifier]:
        return pool(delayed(fitted_afresh)(work, seed) for seed in range(networks))

    def start() -> Parallel:
        pool = Parallel(n_jobs=n_jobs)
        brief = replace(work, epochs=1)
        pool(delayed(fitted_afresh)(brief, seed) for seed in range(4 * n_jobs))
        return pool

    def probabilities(models: Sequence[MLPClassifier]) -> FloatArray:
        return models[0].predict_proba(examples(work).x)

    how = f"joblib, {n_jobs} processes"
    return Candidate(NAME, how, start, run, networks, probabilities)


def prediction(work: Work, x: FloatArray, calls: int) -> list[Candidate]:
    """Return predictions for rows by a network that has been trained; a unit is a call."""
    model = fitted(classifier(work), examples(work))

    def predict(_state: None) -> FloatArray:
        with sklearn.config_context(assume_finite=True):
            for _ in range(calls):
                predicted = model.predict_proba(x)
        return predicted

    return per_threads("predict_proba", lambda: None, predict, calls, lambda predicted: predicted)
