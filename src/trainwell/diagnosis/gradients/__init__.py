"""Checks a hand-written gradient, and says which line is wrong and how."""

from trainwell.diagnosis.gradients.check import assert_gradients, check_gradients
from trainwell.diagnosis.gradients.finding import Finding
from trainwell.diagnosis.gradients.report import GradientError, GradientReport

__all__ = ["Finding", "GradientError", "GradientReport", "assert_gradients", "check_gradients"]
