"""The error that the grid alone imposes."""
