"""What is going on inside: gradients checked, and how signals travel through depth."""
