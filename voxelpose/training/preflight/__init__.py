"""A rehearsal of a run before it begins."""
