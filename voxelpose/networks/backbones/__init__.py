"""Feature extractors, and the weights that they begin with."""
