"""The people that an evaluation is about."""
