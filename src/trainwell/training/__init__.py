"""How it is learnt: optimizers, schedules, the plan, the epoch iterator, files."""
