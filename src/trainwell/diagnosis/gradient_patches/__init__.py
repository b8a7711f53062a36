"""Changes of the user's source that make wrong gradients right."""
