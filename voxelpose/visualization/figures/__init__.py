"""Figures of one result."""
