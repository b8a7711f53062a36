"""How good the gradient checker is: right programs, faults planted in them, and the score."""
