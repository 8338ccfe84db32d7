"""How good predictions are, and how each number was made."""
