"""Errors of poses: pure functions, tables of values per person and joint, scores with intervals."""
