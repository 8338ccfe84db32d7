"""Many people on one sheet."""
