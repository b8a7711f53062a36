"""Data sets: arrays that are checked once, and what is done with them before training."""
