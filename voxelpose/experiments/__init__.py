"""Experiments: many small trainings that differ in one thing each, and the report that compares them."""
