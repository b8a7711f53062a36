"""Which recorded statements of a wrong backward pass are at fault, and how."""
