"""Stores of prepared people: made, checked, read."""
