"""Right, wrong or undecided: the reference, and what rounding, kinks and draws make of it."""
