"""What wrong gradients tell when no code of theirs was seen."""
