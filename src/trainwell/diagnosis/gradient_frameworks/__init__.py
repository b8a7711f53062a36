"""Custom derivative rules of PyTorch and JAX, checked as any other backward pass."""
