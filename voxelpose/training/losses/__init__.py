"""The losses, as sums and weights apart."""
