"""Checks a hand-written gradient, and says which line is wrong and how."""

from trainwell.diagnosis.gradient_localisation.finding import Finding
from trainwell.diagnosis.gradient_trials.hidden import hidden_mistakes
from trainwell.diagnosis.gradient_verdict.step_curve import step_curve
from trainwell.diagnosis.gradients.check import assert_gradients, check_gradients
from trainwell.diagnosis.gradients.report import GradientError, GradientReport

__all__ = [
    "Finding",
    "GradientError",
    "GradientReport",
    "assert_gradients",
    "check_gradients",
    "hidden_mistakes",
    "step_curve",
]
