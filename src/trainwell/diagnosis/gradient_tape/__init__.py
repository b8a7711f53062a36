"""The forward pass written down, operation by operation, with each one's derivative."""
