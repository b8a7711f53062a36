"""What is computed: activations, initializers, layers, losses, penalties, one flat vector."""
